//! Accounts of people: the first administrator, signing in, what they sign in with, throttling.

mod factors;
mod links;
mod openid;
mod passkeys;
mod passwords;
mod qr;
mod sign_in;
mod throttle;
mod totp;
mod webauthn;

pub use openid::OpenIdWaiting;
pub(crate) use passkeys::passkey_name;
pub use sign_in::{PendingSignIn, SignIn};
pub use webauthn::Site;

use crate::audit::{Entry, nobody, who};
use crate::clock::now;
use crate::settings::OpenIdSettings;
use crate::{AcsError, Actor, Result};
use factors::Enrolments;
use model::account::{AgentView, check_names};
use model::audit::{Act, Target};
use model::{AgentId, Role, RoleKey, Scope, Timestamp};
use openid::Provider;
use passkeys::Challenges;
use passwords::Hashing;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{AgentRecord, NewAgent, Store, StoreError};
use throttle::{Step, Throttle};

/// An agent as they were this many milliseconds ago is good enough for a request.
const AGENT_FRESH_MS: i64 = 1000;

pub(crate) struct Accounts {
    store: Store,
    hashing: Hashing,
    throttle: Mutex<Throttle>,
    /// Of the one-time set-up link; `None` once there is an agent.
    setup_token: Mutex<Option<String>>,
    /// Compared against when the name is unknown, so that the answer takes as long.
    decoy: String,
    seen: Mutex<HashMap<AgentId, (Timestamp, Option<AgentView>)>>,
    enrolments: Enrolments,
    challenges: Challenges,
    /// Where people sign in beside here.
    openid: Option<Provider>,
    /// Grows with whatever takes something away from somebody: a session, a role, an account.
    changes: AtomicU64,
}

impl Accounts {
    pub async fn open(store: Store, openid: Option<OpenIdSettings>) -> Result<Self> {
        let setup_token = if store.any_agent().await? { None } else { Some(random_token()) };
        let hashing = Hashing::new();
        let decoy = hashing.hash(&random_token()).await?;
        Ok(Self {
            store,
            hashing,
            throttle: Mutex::default(),
            setup_token: Mutex::new(setup_token),
            decoy,
            seen: Mutex::default(),
            enrolments: Enrolments::default(),
            challenges: Challenges::default(),
            openid: openid.map(Provider::new).transpose()?,
            changes: AtomicU64::new(0),
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
        let entry = Entry::new(Act::AgentAdded, Target::new("agent", "", new.username.as_str()));
        let entry = entry.after("the first administrator");
        self.write_down(nobody(&new.username), entry).await?;
        let created = self.store.insert_first_agent(new).await?;
        *self.setup_token.lock().expect("no panic while locked") = None;
        // Someone else was faster, or `lastmile user add` was.
        let created = created.ok_or(AcsError::SetupLink)?;
        self.let_in(&created, "the set-up link").await
    }

    pub async fn add(
        &self,
        actor: &Actor,
        username: &str,
        name: &str,
        password: &str,
        role: RoleKey,
        scope: Scope,
    ) -> Result<AgentView> {
        let new = self.new_agent(username, name, password, role, scope).await?;
        // It could be used before it was written down, if it were written down afterwards.
        let entry = Entry::new(Act::AgentAdded, Target::new("agent", "", new.username.as_str()));
        let entry = entry.after(ShownPerson { name: &new.name, role: new.role, scope: &new.scope });
        self.write_down(who(actor), entry).await?;
        Ok(view(&self.insert(new).await?))
    }

    /// Somebody who has no password yet.
    pub async fn add_invited(&self, username: &str, name: &str, role: RoleKey, scope: Scope) -> Result<AgentId> {
        let (username, name) = (username.trim().to_owned(), name.trim().to_owned());
        check_names(&username, &name)?;
        let new = NewAgent { username, name, role, scope, password_hash: String::new(), now: now() };
        Ok(self.insert(new).await?.id)
    }

    async fn insert(&self, new: NewAgent) -> Result<AgentRecord> {
        match self.store.insert_agent(new).await {
            Ok(record) => {
                *self.setup_token.lock().expect("no panic while locked") = None;
                Ok(record)
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
        check_names(username, name)?;
        let password_hash = self.checked_hash(username, name, password).await?;
        let (username, name) = (username.to_owned(), name.to_owned());
        Ok(NewAgent { username, name, role, scope, password_hash, now: now() })
    }

    /// The hash of a password that is good enough for this person.
    async fn checked_hash(&self, username: &str, name: &str, password: &str) -> Result<String> {
        passwords::check(username, name, password)?;
        self.hashing.hash(password).await
    }

    /// What is known of agents is looked up anew: something was taken away from somebody, or given.
    pub fn forget_all(&self) {
        self.seen.lock().expect("no panic while locked").clear();
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// Differs from an earlier value if anything was taken away since.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Counts an attempt, or says how many seconds to wait.
    fn admit(&self, step: Step, who: &str, from: IpAddr) -> Result<()> {
        self.throttle.lock().expect("no panic while locked").admit(step, &who.to_lowercase(), from, now())
    }

    fn succeeded(&self, step: Step, who: &str, from: IpAddr) {
        self.throttle.lock().expect("no panic while locked").succeeded(step, &who.to_lowercase(), from, now());
    }

    /// The agent as they are now, or were a moment ago; `None` if disabled or gone.
    pub async fn agent(&self, id: AgentId) -> Result<Option<AgentView>> {
        let time = now();
        if let Some((at, agent)) = self.seen.lock().expect("no panic while locked").get(&id)
            && time.since(*at) < AGENT_FRESH_MS
        {
            return Ok(agent.clone());
        }
        let changes = self.changes();
        let record = self.store.agent(id).await?;
        let agent = record.filter(|record| !record.disabled).as_ref().map(view);
        let mut seen = self.seen.lock().expect("no panic while locked");
        if seen.len() > 1000 {
            seen.clear();
        }
        // What was read before something was taken away is not remembered beyond it.
        if changes == self.changes() {
            seen.insert(id, (time, agent.clone()));
        }
        Ok(agent)
    }
}

/// What the audit log shows of somebody.
#[derive(Serialize)]
pub(crate) struct ShownPerson<'a> {
    pub name: &'a str,
    pub role: RoleKey,
    pub scope: &'a Scope,
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

/// Compares by digest, so that the time taken says nothing about where they differ.
fn same_secret(a: &str, b: &str) -> bool {
    Sha256::digest(a) == Sha256::digest(b)
}

#[cfg(test)]
pub(crate) use webauthn::soft::Soft;

/// The code that an app with this secret shows at some time.
#[cfg(test)]
pub(crate) fn totp_code(secret: &str, time: Timestamp) -> String {
    totp::code_at(secret, time)
}

/// A hash as versions before this one might have made.
#[cfg(test)]
pub(crate) fn weak_hash(password: &str) -> String {
    passwords::weak_hash(password)
}
