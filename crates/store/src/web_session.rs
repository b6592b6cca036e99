//! Sessions of the portal: which browsers somebody is signed in with.
//!
//! A session is kept under a digest of its id, so that nobody gets in with what the database tells.

use crate::entity::web_session;
use crate::error::StoreError;
use crate::sql::{clean, statement};
use crate::store::Store;
use model::{AgentId, Timestamp};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Value};

/// Whose session it is, once they have signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOwner {
    pub agent: AgentId,
    pub since: Timestamp,
    pub seen_at: Timestamp,
    /// Where the sign-in came from.
    pub address: String,
    /// In words.
    pub browser: String,
}

/// A session to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSessionRow<'a> {
    pub id: &'a str,
    pub data: &'a [u8],
    pub expires_at: Timestamp,
    /// `None` before the sign-in.
    pub owner: Option<SessionOwner>,
}

impl WebSessionRow<'_> {
    fn values(self) -> [Value; 8] {
        let Self { id, data, expires_at, owner } = self;
        let (agent, owner) = (owner.as_ref().map(|owner| owner.agent.0), owner.unwrap_or_else(nobody));
        [
            id.into(),
            data.into(),
            expires_at.0.into(),
            agent.into(),
            owner.since.0.into(),
            owner.seen_at.0.into(),
            clean(&owner.address).into(),
            clean(&owner.browser).into(),
        ]
    }
}

fn nobody() -> SessionOwner {
    SessionOwner {
        agent: AgentId(0),
        since: Timestamp(0),
        seen_at: Timestamp(0),
        address: String::new(),
        browser: String::new(),
    }
}

impl Store {
    /// `false` if the id is taken: then nothing was written.
    pub async fn web_session_create(&self, row: WebSessionRow<'_>) -> Result<bool, StoreError> {
        const INSERT: &str = "INSERT INTO web_session (id, data, expires_at, agent_id, since, seen_at, address, browser) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING";
        let result = self.0.write.execute_raw(statement(self.backend(), INSERT, row.values())).await;
        Ok(result.map_err(|error| StoreError::from(error).missing("agent"))?.rows_affected() == 1)
    }

    /// `false` if it is not there any more: a session that was ended does not come back because a request of it was
    /// under way.
    pub async fn web_session_save(&self, row: WebSessionRow<'_>) -> Result<bool, StoreError> {
        const UPDATE: &str = "UPDATE web_session SET data = $2, expires_at = $3, agent_id = $4, since = $5, seen_at = $6, \
             address = $7, browser = $8 WHERE id = $1";
        let result = self.0.write.execute_raw(statement(self.backend(), UPDATE, row.values())).await;
        Ok(result.map_err(|error| StoreError::from(error).missing("agent"))?.rows_affected() == 1)
    }

    /// `None` if there is none, or if it expired.
    pub async fn web_session_load(&self, id: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let live = web_session::Entity::find_by_id(id).filter(web_session::Column::ExpiresAt.gt(now.0));
        Ok(live.one(&self.0.read).await?.map(|session| session.data))
    }

    pub async fn web_session_delete(&self, id: &str) -> Result<(), StoreError> {
        const DELETE: &str = "DELETE FROM web_session WHERE id = $1";
        self.0.write.execute_raw(statement(self.backend(), DELETE, [id.into()])).await?;
        Ok(())
    }

    /// Deletes what has expired; how many there were.
    pub async fn web_sessions_expire(&self, now: Timestamp) -> Result<u64, StoreError> {
        const DELETE: &str = "DELETE FROM web_session WHERE expires_at <= $1";
        let result = self.0.write.execute_raw(statement(self.backend(), DELETE, [now.0.into()])).await?;
        Ok(result.rows_affected())
    }

    /// Ids and owners of somebody's sessions, the one that was seen last first.
    pub async fn web_sessions_of(
        &self,
        agent: AgentId,
        now: Timestamp,
    ) -> Result<Vec<(String, SessionOwner)>, StoreError> {
        let live = web_session::Entity::find()
            .filter(web_session::Column::AgentId.eq(agent.0))
            .filter(web_session::Column::ExpiresAt.gt(now.0))
            .order_by_desc(web_session::Column::SeenAt)
            .order_by_asc(web_session::Column::Id);
        let owner = |row: web_session::Model| {
            let owner = SessionOwner {
                agent,
                since: Timestamp(row.since),
                seen_at: Timestamp(row.seen_at),
                address: row.address,
                browser: row.browser,
            };
            (row.id, owner)
        };
        Ok(live.all(&self.0.read).await?.into_iter().map(owner).collect())
    }

    /// Ends one session of somebody; `false` if they have no such session.
    pub async fn end_web_session(&self, agent: AgentId, id: &str) -> Result<bool, StoreError> {
        const DELETE: &str = "DELETE FROM web_session WHERE id = $1 AND agent_id = $2";
        let sql = statement(self.backend(), DELETE, [id.into(), agent.0.into()]);
        Ok(self.0.write.execute_raw(sql).await?.rows_affected() == 1)
    }

    /// Ends all sessions of somebody but one; how many there were.
    pub async fn end_web_sessions(&self, agent: AgentId, but: Option<&str>) -> Result<u64, StoreError> {
        end_sessions(&self.0.write, self, agent, but).await
    }
}

pub(crate) async fn end_sessions(
    connection: &impl ConnectionTrait,
    store: &Store,
    agent: AgentId,
    but: Option<&str>,
) -> Result<u64, StoreError> {
    const DELETE: &str = "DELETE FROM web_session WHERE agent_id = $1 AND id <> $2";
    let values = [agent.0.into(), but.unwrap_or_default().into()];
    Ok(connection.execute_raw(statement(store.backend(), DELETE, values)).await?.rows_affected())
}
