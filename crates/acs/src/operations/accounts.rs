//! Agents.

use super::Acs;
use crate::{AcsError, Actor, Result};
use model::account::AgentView;
use model::{AgentId, Permission, Role, RoleKey, Scope};
use std::net::IpAddr;

/// Whether the first administrator exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupState {
    /// There is at least one agent.
    Done,
    /// None yet. The token belongs into a link `/setup?token=…` that the terminal prints; it is made anew at each start.
    Needed { token: String },
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
    pub async fn sign_in(&self, from: IpAddr, username: &str, password: &str) -> Result<AgentView> {
        self.inner.accounts.sign_in(from, username, password).await
    }

    /// The agent as they are now; `None` if disabled or gone. Cached for a second.
    pub async fn agent(&self, id: AgentId) -> Result<Option<AgentView>> {
        self.inner.accounts.agent(id).await
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
        let (role, scope) = self.given(actor, role, scope).await?;
        if role.key == RoleKey::from(Role::Integration) {
            let text = "That role is for programs. Make a token for them, and choose another role for a person.";
            return Err(AcsError::Invalid(text.to_owned()));
        }
        self.inner.accounts.add(username, name, password, role.key, scope).await
    }
}
