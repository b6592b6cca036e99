//! Portal sessions in the database, so that a restart signs nobody out.

use acs::session_key;
use app::ssr::{ADDRESS, AGENT_ID, BROWSER, SEEN, SINCE};
use async_trait::async_trait;
use model::{AgentId, Timestamp};
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;
use store::{SessionOwner, Store, StoreError, WebSessionRow};
use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

/// Implements [`tower_sessions::SessionStore`].
#[derive(Clone)]
pub struct SessionStore {
    store: Store,
}

impl fmt::Debug for SessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionStore")
    }
}

impl SessionStore {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Deletes sessions that have expired, every ten minutes. An expired one is never loaded, deleted or not.
    pub async fn clean_up(self) {
        let mut tick = tokio::time::interval(Duration::from_mins(10));
        loop {
            tick.tick().await;
            match self.store.web_sessions_expire(now()).await {
                Ok(0) => {}
                Ok(count) => tracing::debug!(count, "expired sign-ins deleted"),
                Err(error) => tracing::warn!(%error, "cannot delete expired sign-ins"),
            }
        }
    }
}

/// A new id is tried this often. One is 128 random bits: a second try already means something else is wrong.
const ATTEMPTS: usize = 4;

#[async_trait]
impl tower_sessions::SessionStore for SessionStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let (key, data) = (key(&record.id), encode(record)?);
            if self.store.web_session_create(row(record, &key, &data)).await.map_err(backend)? {
                return Ok(());
            }
            record.id = Id::default();
        }
        Err(Error::Backend("no free session id".into()))
    }

    /// Only for sessions that are there: a request that was under way while its agent signed out, or while the session was
    /// ended from elsewhere, must not bring it back.
    async fn save(&self, record: &Record) -> Result<()> {
        let (key, data) = (key(&record.id), encode(record)?);
        self.store.web_session_save(row(record, &key, &data)).await.map_err(backend).map(drop)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(data) = self.store.web_session_load(&key(id), now()).await.map_err(backend)? else {
            return Ok(None);
        };
        let stored: Stored = serde_json::from_slice(&data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date =
            OffsetDateTime::from_unix_timestamp(stored.expires).map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data: stored.data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.store.web_session_delete(&key(id)).await.map_err(backend)
    }
}

fn key(id: &Id) -> String {
    session_key(&id.to_string())
}

/// The row of a session, with what its owner is shown of it.
fn row<'a>(record: &Record, key: &'a str, data: &'a [u8]) -> WebSessionRow<'a> {
    let number = |name: &str| record.data.get(name).and_then(serde_json::Value::as_i64);
    let text = |name: &str| record.data.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let owner = number(AGENT_ID).map(|agent| SessionOwner {
        agent: AgentId(agent),
        since: Timestamp(number(SINCE).unwrap_or_default()),
        seen_at: Timestamp(number(SEEN).unwrap_or_default()),
        address: text(ADDRESS),
        browser: text(BROWSER),
    });
    WebSessionRow { id: key, data, expires_at: expiry(record), owner }
}

/// What is in the row. The id is the row's key and not repeated.
#[derive(serde::Serialize, serde::Deserialize)]
struct Stored {
    data: HashMap<String, serde_json::Value>,
    /// Seconds since 1970.
    expires: i64,
}

fn encode(record: &Record) -> Result<Vec<u8>> {
    let stored = Stored { data: record.data.clone(), expires: record.expiry_date.unix_timestamp() };
    serde_json::to_vec(&stored).map_err(|error| Error::Encode(error.to_string()))
}

fn expiry(record: &Record) -> Timestamp {
    Timestamp(record.expiry_date.unix_timestamp().saturating_mul(1000))
}

fn now() -> Timestamp {
    Timestamp((OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000) as i64)
}

fn backend(error: StoreError) -> Error {
    Error::Backend(error.to_string())
}
