//! Signing in, in one step or two.

use super::passwords::is_outdated;
use super::throttle::Step;
use super::{Accounts, view};
use crate::audit::{Entry, nobody, oneself, person, who, write};
use crate::clock::now;
use crate::tokens::digest;
use crate::{AcsError, Actor, Result};
use model::account::{AgentView, PASSWORD_MAX_BYTES};
use model::audit::{Act, Target, Who};
use model::person::{SecondFactorRule, SecondStep};
use model::{AgentId, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use store::AgentRecord;

/// How long the second step may take.
const PENDING_MS: i64 = 600_000;
/// Name of the setting that says who needs a second factor.
const RULE: &str = "sign_in/second_factor";

/// How a sign-in goes on after the right password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    Done(AgentView),
    /// Somebody who is half in: for the session, and worth nothing without the second step.
    Second(PendingSignIn),
}

/// A sign-in between its two steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingSignIn {
    pub agent: AgentId,
    since: Timestamp,
    /// Of the password's hash: another password ends it.
    stamp: String,
}

impl Accounts {
    /// One answer and one duration for every cause of refusal (catalogue row N2).
    pub async fn sign_in(&self, from: IpAddr, username: &str, password: &str) -> Result<SignIn> {
        let username = username.trim().to_lowercase();
        self.admit(Step::Password, &username, from)?;
        if password.len() > PASSWORD_MAX_BYTES || username.len() > 64 {
            return Err(AcsError::SignInRefused);
        }
        let known = self.store.agent_by_username(&username).await?;
        let hash = known.as_ref().map(|record| &record.password_hash).filter(|hash| !hash.is_empty());
        let right = self.hashing.verify(password, hash.unwrap_or(&self.decoy).clone()).await? && hash.is_some();
        let Some(mut record) = known.clone().filter(|record| right && !record.disabled) else {
            self.refused(known.as_ref(), "password").await?;
            return Err(AcsError::SignInRefused);
        };
        self.succeeded(Step::Password, &username, from);
        if is_outdated(&record.password_hash) {
            let hash = self.hashing.hash(password).await?;
            if self.store.upgrade_password_hash(record.id, &record.password_hash, &hash).await? {
                record.password_hash = hash;
            }
        }
        self.go_on(record, "password").await
    }

    /// After the first proof: in, or to the second.
    pub(super) async fn go_on(&self, record: AgentRecord, by: &str) -> Result<SignIn> {
        let second = self.has_second(record.id).await? || self.rule().await?.asks(record.role.key);
        if second {
            let stamp = stamp(&record);
            return Ok(SignIn::Second(PendingSignIn { agent: record.id, since: now(), stamp }));
        }
        Ok(SignIn::Done(self.let_in(&record, by).await?))
    }

    /// `by`: what they proved it with, for the log.
    pub(super) async fn let_in(&self, record: &AgentRecord, by: &str) -> Result<AgentView> {
        let agent = view(record);
        self.own_act(&agent, Act::SignedIn, by).await?;
        self.store.signed_in(record.id, now()).await?;
        Ok(agent)
    }

    /// Writes down that somebody was not let in. What was typed as a name that nobody has is not: it may be a password.
    pub(super) async fn refused(&self, known: Option<&AgentRecord>, by: &str) -> Result<()> {
        let (name, target) = match known {
            Some(record) => (record.username.as_str(), person(record.id, &record.username)),
            None => ("somebody unknown", Target::new("agent", "", "")),
        };
        self.write_down(nobody(name), Entry::new(Act::SignInRefused, target).after(by)).await
    }

    /// Writes down what somebody does of their own account.
    pub(super) async fn own_act(&self, agent: &AgentView, act: Act, how: &str) -> Result<()> {
        self.write_down(oneself(agent), Entry::new(act, person(agent.id, &agent.username)).after(how)).await
    }

    pub(super) async fn write_down(&self, who: Who, entry: Entry) -> Result<()> {
        write(&self.store, who, entry).await
    }

    /// Whose sign-in waits for its second step.
    pub(super) async fn half_in(&self, pending: &PendingSignIn) -> Result<AgentRecord> {
        let record = self.store.agent(pending.agent).await?;
        let waited = now().0 - pending.since.0;
        record
            .filter(|record| (0..PENDING_MS).contains(&waited) && !record.disabled && stamp(record) == pending.stamp)
            .ok_or_else(|| {
                let text = "This sign-in took longer than 10 minutes, or the account has changed. Sign in again.";
                AcsError::Invalid(text.to_owned())
            })
    }

    /// What the second step asks for.
    pub async fn second_step(&self, pending: &PendingSignIn) -> Result<SecondStep> {
        let record = self.half_in(pending).await?;
        let code = self.store.totp(record.id).await?.is_some() || self.store.codes_left(record.id).await? > 0;
        let passkey = !self.store.passkeys(record.id).await?.is_empty();
        if code || passkey {
            return Ok(SecondStep::Give { code, passkey });
        }
        Ok(SecondStep::SetUp(self.begin_totp(record.id, &record.username)))
    }

    /// Ends a sign-in with a code of the app, or a recovery code.
    pub async fn give_code(&self, from: IpAddr, pending: &PendingSignIn, typed: &str) -> Result<AgentView> {
        let record = self.half_in(pending).await?;
        self.check_code(from, &record, typed).await?;
        self.let_in(&record, "code as the second step").await
    }

    /// Ends a sign-in by setting up the second factor that is required.
    pub async fn set_up(&self, from: IpAddr, pending: &PendingSignIn, typed: &str) -> Result<AgentView> {
        let record = self.half_in(pending).await?;
        if self.has_second(record.id).await? {
            return Err(AcsError::CodeRefused);
        }
        self.confirm_totp(from, &view(&record), typed).await?;
        self.let_in(&record, "code as the second step").await
    }

    /// Whether this is the password of the agent, who is signed in already.
    pub async fn is_password(&self, from: IpAddr, agent: &AgentView, password: &str) -> Result<AgentRecord> {
        self.admit(Step::Password, &agent.username, from)?;
        let record = self.store.agent(agent.id).await?.filter(|record| !record.disabled);
        let Some(record) = record.filter(|record| !record.password_hash.is_empty()) else {
            return Err(AcsError::PasswordRefused);
        };
        if password.len() > PASSWORD_MAX_BYTES || !self.hashing.verify(password, record.password_hash.clone()).await? {
            self.refused(Some(&record), "password").await?;
            return Err(AcsError::PasswordRefused);
        }
        self.succeeded(Step::Password, &agent.username, from);
        Ok(record)
    }

    /// Sets a new password in place of the old one; ends all sessions but `current`.
    pub async fn change_password(
        &self,
        from: IpAddr,
        agent: &AgentView,
        (old, new): (&str, &str),
        current: &str,
    ) -> Result<()> {
        let record = self.is_password(from, agent, old).await?;
        if old == new {
            return Err(AcsError::Invalid("The new password is the old one. Nothing was changed.".to_owned()));
        }
        let hash = self.checked_hash(&record.username, &record.name, new).await?;
        self.own_act(agent, Act::PasswordChanged, "the old one").await?;
        if !self.store.change_password(record.id, Some(&record.password_hash), &hash, Some(current)).await? {
            return Err(AcsError::PasswordRefused);
        }
        self.forget_all();
        Ok(())
    }

    /// Sets a password without asking for the old one; ends all sessions.
    pub async fn set_password(&self, actor: &Actor, id: AgentId, password: &str) -> Result<()> {
        let record = self.store.agent(id).await?.ok_or(AcsError::NotFound("person"))?;
        let hash = self.checked_hash(&record.username, &record.name, password).await?;
        let entry = Entry::new(Act::PasswordReset, person(id, &record.username));
        self.write_down(who(actor), entry).await?;
        self.store.change_password(id, None, &hash, None).await?;
        self.forget_all();
        Ok(())
    }

    /// Who needs a second factor.
    pub async fn rule(&self) -> Result<SecondFactorRule> {
        let stored = self.store.setting(RULE).await?;
        // What cannot be read asks everybody: it must not let anybody pass.
        Ok(stored.map_or(SecondFactorRule::Nobody, |text| {
            serde_json::from_str(&text).unwrap_or(SecondFactorRule::Everybody)
        }))
    }

    pub async fn set_rule(&self, rule: &SecondFactorRule) -> Result<()> {
        let text = serde_json::to_string(rule).map_err(AcsError::internal)?;
        Ok(self.store.set_setting(RULE, &text).await?)
    }
}

fn stamp(record: &AgentRecord) -> String {
    digest(&record.password_hash)[..16].to_owned()
}
