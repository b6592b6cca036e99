//! Signing in, and what each does of their own account.

use super::Acs;
use crate::accounts::{PendingSignIn, SignIn};
use crate::audit::{Entry, person};
use crate::clock::now;
use crate::{AcsError, Actor, Result};
use model::account::AgentView;
use model::audit::{Act, Target};
use model::person::{ConfirmWays, FactorsView, LinkView, SecondFactorRule, SecondStep, SessionView, TotpSetup};
use model::{AgentId, Permission, Role, RoleKey, Scope, Timestamp};
use std::net::IpAddr;
use store::AgentRecord;

/// Whether the first administrator exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupState {
    /// There is at least one agent.
    Done,
    /// None yet. The token belongs into a link `/setup?token=…` that the terminal prints; it is made anew at each start.
    Needed { token: String },
}

/// Under what the session of a cookie is kept, and known to its owner: what it says opens nothing.
pub fn session_key(id: &str) -> String {
    crate::tokens::digest(id)
}

impl Acs {
    pub fn setup_state(&self) -> SetupState {
        self.inner.accounts.setup_token().map_or(SetupState::Done, |token| SetupState::Needed { token })
    }

    /// Uses up the one-time link.
    pub async fn create_first_administrator(
        &self,
        token: &str,
        username: &str,
        name: &str,
        password: &str,
    ) -> Result<AgentView> {
        self.inner.accounts.create_first(token, username, name, password).await
    }

    /// Throttled by name and by address; uniform in text and time.
    pub async fn sign_in(&self, from: IpAddr, username: &str, password: &str) -> Result<SignIn> {
        self.inner.accounts.sign_in(from, username, password).await
    }

    /// What the second step of a sign-in asks for.
    pub async fn second_step(&self, pending: &PendingSignIn) -> Result<SecondStep> {
        self.inner.accounts.second_step(pending).await
    }

    /// The second step: a code of an app, or a recovery code. Throttled; a code is taken once.
    pub async fn sign_in_code(&self, from: IpAddr, pending: &PendingSignIn, code: &str) -> Result<AgentView> {
        self.inner.accounts.give_code(from, pending, code).await
    }

    /// The second step for somebody who must have a second factor and has none: a code of the app that
    /// [`Self::second_step`] set up.
    pub async fn sign_in_set_up(&self, from: IpAddr, pending: &PendingSignIn, code: &str) -> Result<AgentView> {
        self.inner.accounts.set_up(from, pending, code).await
    }

    /// The agent signs out; their session is the caller's to delete.
    pub async fn sign_out(&self, actor: &Actor) {
        // Nobody is held back here because the log cannot be written.
        if let Ok(agent) = own(actor)
            && let Err(error) = self.audit(actor, Entry::new(Act::SignedOut, own_target(agent))).await
        {
            tracing::error!(%error, by = actor.name(), "signing out is missing in the audit log");
        }
        self.inner.accounts.forget_all();
        tracing::info!(by = actor.name(), "signed out");
    }

    /// The agent as they are now; `None` if disabled or gone. Cached for a second at most.
    pub async fn agent(&self, id: AgentId) -> Result<Option<AgentView>> {
        self.inner.accounts.agent(id).await
    }

    /// Differs from an earlier value if, in this process, a session, a role or an account was taken away since.
    pub fn account_changes(&self) -> u64 {
        self.inner.accounts.changes()
    }

    pub async fn add_agent(
        &self,
        actor: &Actor,
        username: &str,
        name: &str,
        password: &str,
        role: RoleKey,
        scope: Scope,
    ) -> Result<AgentView> {
        actor.require(Permission::AgentManage)?;
        let (role, scope) = self.given_person(actor, role, scope).await?;
        self.inner.accounts.add(actor, username, name, password, role.key, scope).await
    }

    /// The same, for people alone.
    pub(super) async fn given_person(
        &self,
        actor: &Actor,
        role: RoleKey,
        scope: Scope,
    ) -> Result<(model::RoleView, Scope)> {
        let (role, scope) = self.given(actor, role, scope).await?;
        if role.key == RoleKey::from(Role::Integration) {
            let text = "That role is for programs. Make a token for them, and choose another role for a person.";
            return Err(AcsError::Invalid(text.to_owned()));
        }
        Ok((role, scope))
    }

    /// What a one-time link is for, and whom. Who has it needs no other proof.
    pub async fn one_time_link(&self, token: &str) -> Result<LinkView> {
        self.inner.accounts.link(token).await
    }

    /// Sets a password, and for an invitation a name, by a one-time link. They sign in with it afterwards.
    pub async fn use_one_time_link(&self, token: &str, name: &str, password: &str) -> Result<()> {
        let id = self.inner.accounts.use_link(token, name, password).await?;
        tracing::info!(agent = id.0, "a password was set by a one-time link");
        Ok(())
    }

    /// Where the agent is signed in; `current` is the session that asks.
    pub async fn own_sessions(&self, actor: &Actor, current: &str) -> Result<Vec<SessionView>> {
        let agent = own(actor)?;
        let sessions = self.inner.store.web_sessions_of(agent.id, now()).await?;
        let view = |(id, owner): (String, store::SessionOwner)| SessionView {
            current: id == current,
            id,
            address: owner.address,
            browser: owner.browser,
            since: owner.since,
            seen_at: owner.seen_at,
        };
        Ok(sessions.into_iter().map(view).collect())
    }

    /// Ends one session of the agent's own: at the next request, and the next live message.
    pub async fn end_own_session(&self, actor: &Actor, id: &str) -> Result<()> {
        let agent = own(actor)?;
        let entry = Entry::new(Act::SessionRevoked, own_target(agent)).after("one session");
        self.audit(actor, entry).await?;
        if !self.inner.store.end_web_session(agent.id, id).await? {
            return Err(AcsError::NotFound("session"));
        }
        self.inner.accounts.forget_all();
        tracing::info!(by = actor.name(), "a session was ended");
        Ok(())
    }

    /// Ends all sessions of the agent's own but the one that asks; how many there were.
    pub async fn end_other_sessions(&self, actor: &Actor, current: &str) -> Result<u64> {
        let agent = own(actor)?;
        let entry = Entry::new(Act::SessionRevoked, own_target(agent)).after("all other sessions");
        self.audit(actor, entry).await?;
        let ended = self.inner.store.end_web_sessions(agent.id, Some(current)).await?;
        self.inner.accounts.forget_all();
        tracing::info!(by = actor.name(), ended, "other sessions were ended");
        Ok(ended)
    }

    /// Changes the agent's own password, and ends all their sessions but the one that asks.
    pub async fn change_own_password(
        &self,
        actor: &Actor,
        from: IpAddr,
        old: &str,
        new: &str,
        current: &str,
    ) -> Result<()> {
        let agent = own(actor)?;
        self.inner.accounts.change_password(from, agent, (old, new), current).await?;
        tracing::info!(by = actor.name(), "a password was changed");
        Ok(())
    }

    /// How the agent proves who they are.
    pub async fn own_factors(&self, actor: &Actor) -> Result<FactorsView> {
        let record = self.own_record(actor).await?;
        self.inner.accounts.factors(&record).await
    }

    /// What an app for codes is to be given; the same for 15 minutes. In force once [`Self::confirm_totp`] says so.
    pub async fn begin_totp(&self, actor: &Actor) -> Result<TotpSetup> {
        let agent = self.own_record(actor).await?;
        Ok(self.inner.accounts.begin_totp(agent.id, &agent.username))
    }

    /// Turns codes of the app on, if `code` is one of them.
    pub async fn confirm_totp(&self, actor: &Actor, from: IpAddr, code: &str) -> Result<()> {
        let agent = own(actor)?;
        self.inner.accounts.confirm_totp(from, agent, code).await?;
        tracing::info!(by = actor.name(), "codes of an app were turned on");
        Ok(())
    }

    /// Turns codes of the app off. Dangerous: see [`Self::require_confirmed`].
    pub async fn remove_totp(&self, actor: &Actor) -> Result<()> {
        let factors = self.own_factors(actor).await?;
        if factors.required && factors.passkeys.is_empty() {
            return Err(AcsError::Invalid(needs_another()));
        }
        if factors.totp.is_none() {
            return Err(AcsError::NotFound("app for codes"));
        }
        let agent = own(actor)?;
        let entry = Entry::new(Act::SecondFactorRemoved, own_target(agent)).before("codes of an app");
        self.audit(actor, entry).await?;
        self.inner.store.remove_totp(agent.id).await?;
        tracing::info!(by = actor.name(), "codes of an app were turned off");
        Ok(())
    }

    /// New recovery codes in place of those there are; shown this once. Dangerous: see [`Self::require_confirmed`].
    pub async fn new_recovery_codes(&self, actor: &Actor) -> Result<Vec<String>> {
        if !self.own_factors(actor).await?.has_second() {
            let text = "Recovery codes stand in for a second factor, and there is none. Set one up first.";
            return Err(AcsError::Invalid(text.to_owned()));
        }
        let agent = own(actor)?;
        self.audit(actor, Entry::new(Act::RecoveryCodesMade, own_target(agent))).await?;
        let codes = self.inner.accounts.new_codes(agent.id).await?;
        tracing::info!(by = actor.name(), "recovery codes were made");
        Ok(codes)
    }

    /// How the agent can say that it is them.
    pub async fn confirm_ways(&self, actor: &Actor) -> Result<ConfirmWays> {
        let factors = self.own_factors(actor).await?;
        let code = factors.totp.is_some() || factors.codes_left > 0;
        Ok(ConfirmWays { password: factors.password, code, passkey: !factors.passkeys.is_empty() })
    }

    /// The agent says that it is them, by their password. Throttled as a sign-in is.
    pub async fn confirm_by_password(&self, actor: &Actor, from: IpAddr, password: &str) -> Result<()> {
        self.inner.accounts.is_password(from, own(actor)?, password).await?;
        self.confirmed(actor, "password").await
    }

    /// The same by a code of their app, or a recovery code.
    pub async fn confirm_by_code(&self, actor: &Actor, from: IpAddr, code: &str) -> Result<()> {
        let record = self.own_record(actor).await?;
        self.inner.accounts.check_code(from, &record, code).await?;
        self.confirmed(actor, "code").await
    }

    pub(super) async fn confirmed(&self, actor: &Actor, by: &str) -> Result<()> {
        self.audit(actor, Entry::new(Act::Reauthenticated, own_target(own(actor)?)).after(by)).await
    }

    /// For dangerous acts: whether the agent has said lately ([`crate::AcsSettings::confirmed_for`]) that it is them; `at` is
    /// when their session last did. Tokens and the system have no need to.
    pub fn require_confirmed(&self, actor: &Actor, at: Option<Timestamp>) -> Result<()> {
        let long = self.inner.exchange.settings.confirmed_for.as_millis() as i64;
        match actor {
            Actor::Agent(_) if !at.is_some_and(|at| (0..long).contains(&(now().0 - at.0))) => {
                Err(AcsError::Unconfirmed)
            }
            _ => Ok(()),
        }
    }

    /// Who needs a second factor.
    pub async fn second_factor_rule(&self, actor: &Actor) -> Result<SecondFactorRule> {
        actor.require(Permission::AgentManage)?;
        self.inner.accounts.rule().await
    }

    /// From the next sign-in on.
    pub async fn set_second_factor_rule(&self, actor: &Actor, rule: &SecondFactorRule) -> Result<()> {
        actor.require(Permission::AgentManage)?;
        let entry = Entry::new(Act::SettingChanged, Target::new("setting", "second-factor", "Second factor"));
        self.audit(actor, entry.before(self.inner.accounts.rule().await?).after(rule)).await?;
        self.inner.accounts.set_rule(rule).await?;
        tracing::info!(by = actor.name(), ?rule, "who needs a second factor was changed");
        Ok(())
    }

    pub(super) async fn own_record(&self, actor: &Actor) -> Result<AgentRecord> {
        self.inner.store.agent(own(actor)?.id).await?.ok_or(AcsError::NotFound("person"))
    }
}

pub(super) fn needs_another() -> String {
    "A second factor is required of you, and this is the last one. Set up another first; nothing was changed."
        .to_owned()
}

pub(super) fn own_target(agent: &AgentView) -> Target {
    person(agent.id, &agent.username)
}

/// The agent who asks: a program has no account of its own.
pub(super) fn own(actor: &Actor) -> Result<&AgentView> {
    match actor {
        Actor::Agent(agent) => Ok(agent),
        Actor::Token(_) | Actor::System => {
            Err(AcsError::Invalid("Only somebody who signed in has an account of their own.".to_owned()))
        }
    }
}
