//! Agents: the first administrator, signing in, throttling.

use crate::clock::now;
use crate::{AcsError, Result};
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use model::account::{AgentView, check_account};
use model::{AgentId, Role, RoleKey, Scope, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use store::{AgentRecord, NewAgent, Store, StoreError};
use tokio::sync::Semaphore;

/// Password hashes computed at once: each takes 19 MiB and tens of milliseconds.
const HASHES_AT_ONCE: usize = 2;
/// An agent as they were this many milliseconds ago is good enough for a request.
const AGENT_FRESH_MS: i64 = 1000;

pub(crate) struct Accounts {
    store: Store,
    hashing: Arc<Semaphore>,
    throttle: Mutex<Throttle>,
    /// Of the one-time set-up link; `None` once there is an agent.
    setup_token: Mutex<Option<String>>,
    /// Compared against when the name is unknown, so that the answer takes as long.
    decoy: String,
    seen: Mutex<HashMap<AgentId, (Timestamp, Option<AgentView>)>>,
}

impl Accounts {
    pub async fn open(store: Store) -> Result<Self> {
        let setup_token = if store.any_agent().await? { None } else { Some(random_token()) };
        let hashing = Arc::new(Semaphore::new(HASHES_AT_ONCE));
        let decoy = hash(&hashing, &random_token()).await?;
        Ok(Self {
            store,
            hashing,
            throttle: Mutex::default(),
            setup_token: Mutex::new(setup_token),
            decoy,
            seen: Mutex::default(),
        })
    }

    /// Token of the set-up link while there is no agent.
    pub fn setup_token(&self) -> Option<String> {
        self.setup_token.lock().expect("no panic while locked").clone()
    }

    /// Looks whether `lastmile user add` made an agent meanwhile: then the set-up link is done with.
    pub async fn notice_agents(&self) -> Result<()> {
        if self.setup_token().is_some() && self.store.any_agent().await? {
            *self.setup_token.lock().expect("no panic while locked") = None;
        }
        Ok(())
    }

    pub async fn create_first(&self, token: &str, username: &str, name: &str, password: &str) -> Result<AgentView> {
        let expected = self.setup_token().ok_or(AcsError::SetupLink)?;
        if !same_secret(&expected, token) {
            return Err(AcsError::SetupLink);
        }
        let new = self.new_agent(username, name, password, Role::Administrator.into(), Scope::default()).await?;
        let created = self.store.insert_first_agent(new).await?;
        *self.setup_token.lock().expect("no panic while locked") = None;
        // Someone else was faster, or `lastmile user add` was.
        created.as_ref().map(view).ok_or(AcsError::SetupLink)
    }

    pub async fn add(
        &self,
        username: &str,
        name: &str,
        password: &str,
        role: RoleKey,
        scope: Scope,
    ) -> Result<AgentView> {
        let new = self.new_agent(username, name, password, role, scope).await?;
        match self.store.insert_agent(new).await {
            Ok(record) => {
                *self.setup_token.lock().expect("no panic while locked") = None;
                Ok(view(&record))
            }
            Err(StoreError::Conflict { .. }) => {
                Err(AcsError::Invalid("This username is taken. Choose another.".to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn new_agent(
        &self,
        username: &str,
        name: &str,
        password: &str,
        role: RoleKey,
        scope: Scope,
    ) -> Result<NewAgent> {
        let (username, name) = (username.trim(), name.trim());
        check_account(username, name, password)?;
        let password_hash = hash(&self.hashing, password).await?;
        let (username, name) = (username.to_owned(), name.to_owned());
        Ok(NewAgent { username, name, role, scope, password_hash, now: now() })
    }

    /// One answer and one duration for every cause of refusal (catalogue row N2).
    pub async fn sign_in(&self, from: IpAddr, username: &str, password: &str) -> Result<AgentView> {
        let username = username.trim().to_lowercase();
        self.throttle.lock().expect("no panic while locked").admit(&username, from, now())?;
        if password.len() > model::account::PASSWORD_MAX_BYTES || username.len() > 64 {
            return Err(AcsError::SignInRefused);
        }
        let record = self.store.agent_by_username(&username).await?;
        let stored = record.as_ref().map_or_else(|| self.decoy.clone(), |record| record.password_hash.clone());
        let right = verify(&self.hashing, password, stored).await?;
        match record {
            Some(record) if right && !record.disabled => {
                self.throttle.lock().expect("no panic while locked").succeeded(&username, from);
                Ok(view(&record))
            }
            _ => Err(AcsError::SignInRefused),
        }
    }

    /// What is known of agents is looked up anew: a role has changed.
    pub fn forget_all(&self) {
        self.seen.lock().expect("no panic while locked").clear();
    }

    /// The agent as they are now, or were a moment ago; `None` if disabled or gone.
    pub async fn agent(&self, id: AgentId) -> Result<Option<AgentView>> {
        let time = now();
        if let Some((at, agent)) = self.seen.lock().expect("no panic while locked").get(&id)
            && time.since(*at) < AGENT_FRESH_MS
        {
            return Ok(agent.clone());
        }
        let record = self.store.agent(id).await?;
        let agent = record.filter(|record| !record.disabled).as_ref().map(view);
        let mut seen = self.seen.lock().expect("no panic while locked");
        if seen.len() > 1000 {
            seen.clear();
        }
        seen.insert(id, (time, agent.clone()));
        Ok(agent)
    }
}

fn view(record: &AgentRecord) -> AgentView {
    AgentView {
        id: record.id,
        username: record.username.clone(),
        name: record.name.clone(),
        role: record.role.clone(),
        scope: record.scope.clone(),
    }
}

/// 128 random bits as text that can stand in a URL and a cookie.
pub(crate) fn random_token() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>())
}

/// 256 random bits, the same way.
pub(crate) fn random_secret() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

async fn hash(limit: &Arc<Semaphore>, password: &str) -> Result<String> {
    let password = password.to_owned();
    blocking(limit, move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())).await
}

async fn verify(limit: &Arc<Semaphore>, password: &str, stored: String) -> Result<bool> {
    let password = password.to_owned();
    blocking(limit, move || {
        let parsed = PasswordHash::new(&stored)?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
    })
    .await
}

/// Runs hashing off the async threads, a few at a time.
async fn blocking<T: Send + 'static>(
    limit: &Arc<Semaphore>,
    work: impl FnOnce() -> std::result::Result<T, argon2::password_hash::Error> + Send + 'static,
) -> Result<T> {
    let permit = limit.clone().acquire_owned().await.map_err(AcsError::internal)?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(permit);
        done
    });
    done.await.map_err(AcsError::internal)?.map_err(|error| AcsError::internal(error.to_string()))
}

/// Compares by digest, so that the time taken says nothing about where they differ.
fn same_secret(a: &str, b: &str) -> bool {
    Sha256::digest(a) == Sha256::digest(b)
}

/// Slows guessing down, per name and per address, and never locks anyone out: every account and address earns back
/// one attempt in a while.
#[derive(Default)]
struct Throttle {
    buckets: HashMap<String, Bucket>,
}

#[derive(Clone, Copy)]
struct Bucket {
    attempts: f64,
    at: Timestamp,
}

/// Attempts before throttling, and seconds until one more is allowed: per (name, address), so that someone who guesses
/// from elsewhere does not lock the owner out …
const PER_PAIR: (f64, f64) = (5.0, 20.0);
/// … per name over all addresses, for guessing from many …
const PER_NAME: (f64, f64) = (50.0, 5.0);
/// … and per address over all names, for spraying.
const PER_ADDRESS: (f64, f64) = (30.0, 5.0);

impl Throttle {
    fn keys(username: &str, from: IpAddr) -> [(String, (f64, f64)); 3] {
        [
            (format!("p{from} {username}"), PER_PAIR),
            (format!("n{username}"), PER_NAME),
            (format!("a{from}"), PER_ADDRESS),
        ]
    }

    /// Counts an attempt, or says how many seconds to wait.
    fn admit(&mut self, username: &str, from: IpAddr, time: Timestamp) -> Result<()> {
        if self.buckets.len() > 50_000 {
            self.buckets.retain(|_, bucket| time.since(bucket.at) < 600_000);
        }
        let left = |bucket: &Bucket, (most, seconds): (f64, f64)| {
            (bucket.attempts + time.since(bucket.at) as f64 / 1000.0 / seconds).min(most)
        };
        let keys = Self::keys(username, from);
        for (key, limit) in &keys {
            let attempts = self.buckets.get(key).map_or(limit.0, |bucket| left(bucket, *limit));
            if attempts < 1.0 {
                return Err(AcsError::Throttled(((1.0 - attempts) * limit.1).ceil() as u32));
            }
        }
        for (key, limit) in keys {
            let attempts = self.buckets.get(&key).map_or(limit.0, |bucket| left(bucket, limit)) - 1.0;
            self.buckets.insert(key, Bucket { attempts, at: time });
        }
        Ok(())
    }

    /// The right password clears what the owner mistyped; spraying from the address stays counted.
    fn succeeded(&mut self, username: &str, from: IpAddr) {
        let [(pair, _), ..] = Self::keys(username, from);
        self.buckets.remove(&pair);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const THIEF: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 66));

    #[test]
    fn n2_guessing_is_slowed_and_the_owner_is_not_locked_out() {
        let mut throttle = Throttle::default();
        for _ in 0..5 {
            throttle.admit("maria", THIEF, Timestamp(0)).unwrap();
        }
        assert!(matches!(throttle.admit("maria", THIEF, Timestamp(0)), Err(AcsError::Throttled(20))));
        assert!(throttle.admit("maria", OWNER, Timestamp(0)).is_ok());
        assert!(throttle.admit("maria", THIEF, Timestamp(20_000)).is_ok(), "one more after a while");
        assert!(throttle.admit("maria", THIEF, Timestamp(20_000)).is_err());
    }

    #[test]
    fn n2_spraying_many_names_from_one_address_is_slowed() {
        let mut throttle = Throttle::default();
        let admitted = (0..100).filter(|i| throttle.admit(&format!("user{i}"), THIEF, Timestamp(0)).is_ok()).count();
        assert_eq!(admitted, 30);
    }

    #[test]
    fn success_forgives_typing_errors() {
        let mut throttle = Throttle::default();
        for _ in 0..5 {
            throttle.admit("maria", OWNER, Timestamp(0)).unwrap();
        }
        throttle.succeeded("maria", OWNER);
        assert!(throttle.admit("maria", OWNER, Timestamp(0)).is_ok());
    }

    #[tokio::test]
    async fn hashes_verify_and_differ() {
        let limit = Arc::new(Semaphore::new(1));
        let (a, b) = (hash(&limit, "secret").await.unwrap(), hash(&limit, "secret").await.unwrap());
        assert_ne!(a, b);
        assert!(a.starts_with("$argon2id$"));
        assert!(verify(&limit, "secret", a.clone()).await.unwrap());
        assert!(!verify(&limit, "Secret", a).await.unwrap());
    }
}
