//! Tokens of the API.

use super::Acs;
use crate::audit::Entry;
use crate::clock::now;
use crate::tokens::{digest, make};
use crate::{AcsError, Actor, Result};
use model::audit::{Act, Target};
use model::token::{NewTokenView, TOKEN_DAYS_MAX, TokenView};
use model::{Permission, RoleKey, Scope, TokenId};
use std::net::IpAddr;
use store::NewToken;

impl Acs {
    /// Makes a token. It is shown this once and is nowhere afterwards. `days`: how long it is good for; `None`: until it is
    /// revoked.
    pub async fn create_token(
        &self,
        actor: &Actor,
        name: &str,
        role: RoleKey,
        scope: Scope,
        days: Option<u32>,
    ) -> Result<NewTokenView> {
        actor.require(Permission::TokenManage)?;
        let (role, scope) = self.given(actor, role, scope).await?;
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(AcsError::Invalid("A token needs a name of 1 to 100 characters: what it is for.".to_owned()));
        }
        if days.is_some_and(|days| !(1..=TOKEN_DAYS_MAX).contains(&days)) {
            return Err(AcsError::Invalid(format!("A token is good for 1 to {TOKEN_DAYS_MAX} days.")));
        }
        let secret = make();
        let at = now();
        let expires_at = days.map(|days| at.plus_seconds(i64::from(days) * 86_400));
        let by = actor.name().to_owned();
        let new = NewToken { name, hash: digest(&secret), role: role.key, scope, by, now: at, expires_at };
        let token = self.inner.store.insert_token(new).await?;
        let entry = Entry::new(Act::TokenCreated, Target::new("token", token.id, token.name.as_str())).after(&token);
        if let Err(error) = self.audit(actor, entry).await {
            // Nobody has seen it; it is not left lying about either.
            self.inner.store.revoke_token(token.id, now()).await?;
            return Err(error);
        }
        tracing::info!(token = token.id.0, role = %role.key, by = actor.name(), "a token of the API was made");
        Ok(NewTokenView { token, secret })
    }

    /// The newest first; revoked and expired ones, too.
    pub async fn tokens(&self, actor: &Actor) -> Result<Vec<TokenView>> {
        actor.require(Permission::TokenManage)?;
        Ok(self.inner.store.tokens().await?)
    }

    /// From now on nobody gets in with it.
    pub async fn revoke_token(&self, actor: &Actor, id: TokenId) -> Result<()> {
        actor.require(Permission::TokenManage)?;
        self.audit(actor, Entry::new(Act::TokenRevoked, Target::new("token", id, ""))).await?;
        if !self.inner.store.revoke_token(id, now()).await? {
            return Err(AcsError::NotFound("valid token"));
        }
        self.inner.tokens.forget_all();
        tracing::info!(token = id.0, by = actor.name(), "a token of the API was revoked");
        Ok(())
    }

    /// Who calls the API with this token. Wrong ones are throttled by address; one text for wrong, expired and revoked.
    pub async fn token_actor(&self, from: IpAddr, token: &str) -> Result<Actor> {
        self.inner.tokens.check(&self.inner.store, from, token).await.map(Actor::Token)
    }
}
