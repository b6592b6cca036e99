//! Agents: people who sign in to the portal.

use model::{AgentId, Role, Timestamp};
use std::fmt;

/// An agent to be created.
#[derive(Clone, PartialEq, Eq)]
pub struct NewAgent {
    /// Unique whatever its case.
    pub username: String,
    pub name: String,
    pub role: Role,
    /// PHC string; never printed.
    pub password_hash: String,
    pub now: Timestamp,
}

/// An agent as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct AgentRecord {
    pub id: AgentId,
    pub username: String,
    pub name: String,
    pub role: Role,
    /// PHC string; never printed.
    pub password_hash: String,
    pub disabled: bool,
    pub created_at: Timestamp,
}

impl fmt::Debug for NewAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAgent")
            .field("username", &self.username)
            .field("name", &self.name)
            .field("role", &self.role)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AgentRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentRecord")
            .field("id", &self.id)
            .field("username", &self.username)
            .field("name", &self.name)
            .field("role", &self.role)
            .field("disabled", &self.disabled)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}
