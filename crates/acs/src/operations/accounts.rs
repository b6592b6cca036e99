//! Agents and subscribers.

use super::Acs;
use crate::{Actor, Result};
use model::account::AgentView;
use model::subscriber::SubscriberInput;
use model::{AgentId, Permission, Role, SubscriberId};
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
        role: Role,
    ) -> Result<AgentView> {
        actor.require(Permission::AgentManage)?;
        self.inner.accounts.add(username, name, password, role).await
    }

    /// Creates or changes a subscriber by account.
    pub async fn put_subscriber(&self, actor: &Actor, input: SubscriberInput) -> Result<SubscriberId> {
        actor.require(Permission::SubscriberWrite)?;
        let missing = |what| Err(crate::AcsError::Invalid(format!("A subscriber needs {what}.")));
        if input.name.trim().is_empty() {
            return missing("a name");
        }
        if input.account.trim().is_empty() {
            return missing("an account number");
        }
        let id = self.inner.store.put_subscriber(&input, crate::clock::now()).await?;
        self.inner.exchange.devices.forget_all();
        Ok(id)
    }

    /// Puts a device at the line of a subscriber who exists.
    pub async fn link_subscriber(&self, actor: &Actor, account: &str, serial: &str) -> Result<SubscriberId> {
        actor.require(Permission::SubscriberWrite)?;
        let Some(known) = self.inner.store.subscriber_by_account(account).await? else {
            let text = format!("There is no subscriber with the account {account:?}. Everything else was done.");
            return Err(crate::AcsError::Invalid(text));
        };
        let input = SubscriberInput { device_serial: serial.trim().to_owned(), ..known };
        self.put_subscriber(actor, input).await
    }
}
