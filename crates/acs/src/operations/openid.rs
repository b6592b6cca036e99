//! Single sign-on: signing in with it, and the accounts that are connected with it.

use super::Acs;
use super::accounts::{own, own_target};
use crate::accounts::{OpenIdWaiting, SignIn};
use crate::audit::{Entry, person};
use crate::{AcsError, Actor, Result};
use model::AgentId;
use model::audit::Act;
use std::net::IpAddr;

impl Acs {
    /// What people call the provider; `None`: there is none.
    pub fn openid_label(&self) -> Option<&str> {
        self.inner.accounts.openid_label()
    }

    /// Where a browser is sent to sign in, and what its session keeps meanwhile. The provider sends it back to `redirect`,
    /// with a state and a code.
    pub async fn begin_openid(&self, from: IpAddr, redirect: String) -> Result<(String, OpenIdWaiting)> {
        self.inner.accounts.begin_openid(from, redirect).await
    }

    /// Signs in whom the provider vouches for: in, or to the second step.
    pub async fn sign_in_openid(&self, waiting: OpenIdWaiting, state: &str, code: &str) -> Result<SignIn> {
        self.inner.accounts.sign_in_openid(waiting, state, code).await
    }

    /// Connects the agent's own account. Dangerous: see [`Self::require_confirmed`].
    pub async fn link_openid(&self, actor: &Actor, waiting: OpenIdWaiting, state: &str, code: &str) -> Result<()> {
        self.inner.accounts.link_openid(own(actor)?, waiting, state, code).await?;
        tracing::info!(by = actor.name(), "an account was connected with single sign-on");
        Ok(())
    }

    /// Disconnects the agent's own account, if they can still sign in without. Dangerous: see [`Self::require_confirmed`].
    pub async fn unlink_openid(&self, actor: &Actor) -> Result<()> {
        let factors = self.own_factors(actor).await?;
        let Some(identity) = factors.identity else { return Err(AcsError::NotFound("connection")) };
        if !factors.password && factors.passkeys.is_empty() {
            let text = "You have no password and no passkey: you could not sign in any more. Nothing was changed.";
            return Err(AcsError::Invalid(text.to_owned()));
        }
        let agent = own(actor)?;
        self.audit(actor, Entry::new(Act::IdentityUnlinked, own_target(agent)).before(identity)).await?;
        self.inner.store.unlink_identities(agent.id).await?;
        tracing::info!(by = actor.name(), "an account was disconnected from single sign-on");
        Ok(())
    }

    /// Disconnects somebody's account.
    pub async fn unlink_person(&self, actor: &Actor, id: AgentId) -> Result<()> {
        let who = self.manageable(actor, id).await?;
        let Some(identity) = who.single_sign_on else { return Err(AcsError::NotFound("connection")) };
        self.audit(actor, Entry::new(Act::IdentityUnlinked, person(id, &who.username)).before(identity)).await?;
        self.inner.store.unlink_identities(id).await?;
        tracing::info!(agent = id.0, by = actor.name(), "an account was disconnected from single sign-on");
        Ok(())
    }
}
