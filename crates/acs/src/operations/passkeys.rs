//! Passkeys of the agent who asks, and signing in with them.

use super::Acs;
use super::accounts::{needs_another, own, own_target};
use crate::accounts::{PendingSignIn, Site, passkey_name};
use crate::audit::Entry;
use crate::{AcsError, Actor, Result};
use model::PasskeyId;
use model::account::AgentView;
use model::audit::Act;
use std::net::IpAddr;

impl Acs {
    /// What the browser is asked to make a passkey, as JSON of `PublicKeyCredentialCreationOptionsJSON`. Dangerous: see
    /// [`Self::require_confirmed`].
    pub async fn begin_passkey(&self, actor: &Actor, site: &Site) -> Result<String> {
        let record = self.own_record(actor).await?;
        self.inner.accounts.begin_passkey(&record, site).await
    }

    /// Keeps the passkey that the browser made; `answer` is JSON of `RegistrationResponseJSON`.
    pub async fn add_passkey(&self, actor: &Actor, site: &Site, answer: &str, name: &str) -> Result<()> {
        let record = self.own_record(actor).await?;
        self.inner.accounts.add_passkey(&record, site, answer, name).await?;
        tracing::info!(by = actor.name(), "a passkey was added");
        Ok(())
    }

    pub async fn rename_passkey(&self, actor: &Actor, id: PasskeyId, name: &str) -> Result<()> {
        let name = passkey_name(name)?;
        if !self.inner.store.rename_passkey(own(actor)?.id, id, &name).await? {
            return Err(AcsError::NotFound("passkey"));
        }
        Ok(())
    }

    /// Dangerous: see [`Self::require_confirmed`].
    pub async fn delete_passkey(&self, actor: &Actor, id: PasskeyId) -> Result<()> {
        let factors = self.own_factors(actor).await?;
        if factors.required && factors.totp.is_none() && factors.passkeys.len() <= 1 {
            return Err(AcsError::Invalid(needs_another()));
        }
        let agent = own(actor)?;
        let Some(passkey) = factors.passkeys.iter().find(|passkey| passkey.id == id) else {
            return Err(AcsError::NotFound("passkey"));
        };
        self.audit(actor, Entry::new(Act::PasskeyRemoved, own_target(agent)).before(&passkey.name)).await?;
        if !self.inner.store.delete_passkey(agent.id, id).await? {
            return Err(AcsError::NotFound("passkey"));
        }
        tracing::info!(by = actor.name(), "a passkey was deleted");
        Ok(())
    }

    /// What the browser is asked for signing in with a passkey alone, as JSON of `PublicKeyCredentialRequestOptionsJSON`.
    pub fn ask_any_passkey(&self, site: &Site) -> String {
        self.inner.accounts.ask_any_passkey(site)
    }

    /// The same for the second step of a sign-in.
    pub async fn ask_second_passkey(&self, pending: &PendingSignIn, site: &Site) -> Result<String> {
        self.inner.accounts.ask_passkey(pending.agent, site).await
    }

    /// The same in the middle of work.
    pub async fn ask_own_passkey(&self, actor: &Actor, site: &Site) -> Result<String> {
        self.inner.accounts.ask_passkey(own(actor)?.id, site).await
    }

    /// Signs in with a passkey alone; `answer` is JSON of `AuthenticationResponseJSON`.
    pub async fn sign_in_passkey(&self, from: IpAddr, site: &Site, answer: &str) -> Result<AgentView> {
        self.inner.accounts.sign_in_passkey(from, site, answer).await
    }

    /// The second step with a passkey.
    pub async fn sign_in_second_passkey(
        &self,
        from: IpAddr,
        pending: &PendingSignIn,
        site: &Site,
        answer: &str,
    ) -> Result<AgentView> {
        self.inner.accounts.give_passkey(from, pending, site, answer).await
    }

    /// The agent says that it is them, with one of their passkeys.
    pub async fn confirm_by_passkey(&self, actor: &Actor, from: IpAddr, site: &Site, answer: &str) -> Result<()> {
        self.inner.accounts.confirm_passkey(from, own(actor)?.id, site, answer).await?;
        self.confirmed(actor, "passkey").await
    }
}
