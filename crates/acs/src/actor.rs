//! Who asks.

use crate::{AcsError, Result};
use model::Permission;
use model::account::AgentView;
use model::token::TokenView;

/// Who an operation is done for: a signed-in agent, or the system itself.
#[derive(Clone, Debug)]
pub enum Actor {
    Agent(AgentView),
    /// Another program, by a token of the API.
    Token(TokenView),
    /// The command line and the server's own work: may do everything.
    System,
}

impl Actor {
    /// The error is [`AcsError::Denied`].
    pub fn require(&self, permission: Permission) -> Result<()> {
        match self {
            Self::Agent(agent) if !agent.role.allows(permission) => Err(AcsError::Denied(permission)),
            Self::Token(token) if !token.role.allows(permission) => Err(AcsError::Denied(permission)),
            _ => Ok(()),
        }
    }

    /// Shown in timelines and tasks.
    pub fn name(&self) -> &str {
        match self {
            Self::Agent(agent) => &agent.name,
            Self::Token(token) => &token.name,
            Self::System => "Lastmile",
        }
    }
}
