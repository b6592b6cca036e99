//! Tokens of the API: programs' own, and personal ones of agents.

use super::Acs;
use crate::audit::Entry;
use crate::clock::now;
use crate::tokens::{digest, make};
use crate::{AcsError, Actor, Result};
use model::audit::{Act, Target};
use model::token::{NewTokenView, PERSONAL_DAYS_MAX, PERSONAL_MAX, TOKEN_DAYS_MAX, TokenState, TokenView};
use model::{AgentId, Permission, Permissions, RoleKey, Scope, TokenId};
use std::net::IpAddr;
use store::NewToken;

/// A token that a program of its own is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenWish {
    pub name: String,
    pub role: RoleKey,
    /// Of what the role allows; `None`: all of it.
    pub permissions: Option<Permissions>,
    pub scope: Scope,
    /// How long it is good for; `None`: until it is revoked.
    pub days: Option<u32>,
}

impl TokenWish {
    /// Everything that the role allows, everywhere.
    pub fn of_role(name: &str, role: RoleKey, days: Option<u32>) -> Self {
        Self { name: name.to_owned(), role, permissions: None, scope: Scope::default(), days }
    }
}

impl Acs {
    /// Makes a token of a program's own. It is shown this once and is nowhere afterwards.
    pub async fn create_token(&self, actor: &Actor, wish: TokenWish) -> Result<NewTokenView> {
        actor.require(Permission::TokenManage)?;
        let (role, scope) = self.given(actor, wish.role, wish.scope).await?;
        let permissions = wish.permissions.map(|chosen| chosen.and(role.permissions));
        some(permissions)?;
        let name = tidy(&wish.name)?;
        if wish.days.is_some_and(|days| !(1..=TOKEN_DAYS_MAX).contains(&days)) {
            return Err(AcsError::Invalid(format!("A token is good for 1 to {TOKEN_DAYS_MAX} days.")));
        }
        self.keep_token(
            actor,
            NewToken {
                name,
                hash: String::new(),
                role: role.key,
                agent: None,
                permissions,
                scope,
                by: actor.name().to_owned(),
                now: now(),
                expires_at: wish.days.map(|days| now().plus_seconds(i64::from(days) * 86_400)),
            },
        )
        .await
    }

    /// Makes a token for the agent who asks. It may never do more than they may at that moment, and ends when they may
    /// not sign in any more. `permissions`: of what they may; `None`: all of it. Good for 1 to 365 `days`.
    pub async fn create_personal_token(
        &self,
        actor: &Actor,
        name: &str,
        permissions: Option<Permissions>,
        days: u32,
    ) -> Result<NewTokenView> {
        let Actor::Agent(agent) = actor else { return Err(only_people()) };
        let name = tidy(name)?;
        some(permissions.map(|chosen| chosen.and(agent.role.permissions)))?;
        if !(1..=PERSONAL_DAYS_MAX).contains(&days) {
            return Err(AcsError::Invalid(format!("A personal token is good for 1 to {PERSONAL_DAYS_MAX} days.")));
        }
        let at = now();
        let own = self.inner.store.tokens(Some(agent.id)).await?;
        if own.iter().filter(|token| token.state(at) == TokenState::Valid).count() >= PERSONAL_MAX {
            return Err(AcsError::Invalid(format!("You have {PERSONAL_MAX} tokens already. Revoke one first.")));
        }
        self.keep_token(
            actor,
            NewToken {
                name,
                hash: String::new(),
                role: agent.role.key,
                agent: Some(agent.id),
                permissions,
                scope: Scope::default(),
                by: actor.name().to_owned(),
                now: at,
                expires_at: Some(at.plus_seconds(i64::from(days) * 86_400)),
            },
        )
        .await
    }

    async fn keep_token(&self, actor: &Actor, new: NewToken) -> Result<NewTokenView> {
        let secret = make();
        let new = NewToken { hash: digest(&secret), ..new };
        let token = self.inner.store.insert_token(new).await?;
        let entry = Entry::new(Act::TokenCreated, Target::new("token", token.id, token.name.as_str())).after(&token);
        if let Err(error) = self.audit(actor, entry).await {
            // Nobody has seen it; it is not left lying about either.
            self.inner.store.revoke_token(token.id, now()).await?;
            return Err(error);
        }
        let personal = token.owner.is_some();
        tracing::info!(token = token.id.0, role = %token.role.key, personal, by = actor.name(), "a token of the API was made");
        Ok(NewTokenView { token, secret })
    }

    /// The newest first; revoked and expired ones, and those of people, too.
    pub async fn tokens(&self, actor: &Actor) -> Result<Vec<TokenView>> {
        actor.require(Permission::TokenManage)?;
        Ok(self.inner.store.tokens(None).await?)
    }

    /// The personal tokens of the agent who asks, the newest first.
    pub async fn personal_tokens(&self, actor: &Actor) -> Result<Vec<TokenView>> {
        let Actor::Agent(agent) = actor else { return Err(only_people()) };
        Ok(self.inner.store.tokens(Some(agent.id)).await?)
    }

    /// From now on nobody gets in with it. Anybody may end their own.
    pub async fn revoke_token(&self, actor: &Actor, id: TokenId) -> Result<()> {
        let mine = |agent: AgentId| matches!(actor, Actor::Agent(asking) if asking.id == agent);
        let found = self.inner.store.token(id).await?;
        if !found.is_some_and(|token| token.owner.is_some_and(|owner| mine(owner.id))) {
            actor.require(Permission::TokenManage)?;
        }
        self.audit(actor, Entry::new(Act::TokenRevoked, Target::new("token", id, ""))).await?;
        if !self.inner.store.revoke_token(id, now()).await? {
            return Err(AcsError::NotFound("valid token"));
        }
        self.inner.tokens.forget_all();
        tracing::info!(token = id.0, by = actor.name(), "a token of the API was revoked");
        Ok(())
    }

    /// Who calls the API with this token. Wrong ones are throttled by address, right ones by themselves; one text for
    /// wrong, expired and revoked.
    pub async fn token_actor(&self, from: IpAddr, token: &str) -> Result<Actor> {
        let token = self.inner.tokens.check(&self.inner.store, from, token).await?;
        self.inner.tokens.admit_use(token.id, self.inner.exchange.settings.token_requests_per_minute, now())?;
        Ok(Actor::Token(token))
    }
}

fn tidy(name: &str) -> Result<String> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(AcsError::Invalid("A token needs a name of 1 to 100 characters: what it is for.".to_owned()));
    }
    Ok(name)
}

fn some(chosen: Option<Permissions>) -> Result<()> {
    match chosen {
        Some(chosen) if chosen.is_empty() => Err(AcsError::Invalid("Choose what this token may do.".to_owned())),
        _ => Ok(()),
    }
}

fn only_people() -> AcsError {
    AcsError::Invalid("Personal tokens are for people who have signed in.".to_owned())
}
