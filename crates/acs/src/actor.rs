//! Who asks.

use crate::{AcsError, Result};
use model::Permission;
use model::account::AgentView;

/// Who an operation is done for: a signed-in agent, or the system itself.
#[derive(Clone, Debug)]
pub enum Actor {
    Agent(AgentView),
    /// The command line and the server's own work: may do everything.
    System,
}

impl Actor {
    /// The error is [`AcsError::Denied`].
    pub fn require(&self, permission: Permission) -> Result<()> {
        match self {
            Self::Agent(agent) if !agent.role.allows(permission) => Err(AcsError::Denied(permission)),
            _ => Ok(()),
        }
    }

    /// Shown in timelines and tasks.
    pub fn name(&self) -> &str {
        match self {
            Self::Agent(agent) => &agent.name,
            Self::System => "Lastmile",
        }
    }
}
