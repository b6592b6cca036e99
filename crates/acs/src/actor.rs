//! Who asks.

use crate::{AcsError, Result};
use model::account::AgentView;
use model::token::TokenView;
use model::{Permission, Permissions, RoleView, Scope};

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
            Self::Agent(agent) if !agent.may(permission) => Err(AcsError::Denied(permission)),
            Self::Token(token) if !token.role.allows(permission) => Err(AcsError::Denied(permission)),
            _ if permission.needs_everything() && self.scope().is_some() => Err(AcsError::Denied(permission)),
            _ => Ok(()),
        }
    }

    /// The part of the fleet that they see and work on; `None`: all of it.
    pub fn scope(&self) -> Option<&Scope> {
        let scope = match self {
            Self::Agent(agent) => &agent.scope,
            Self::Token(token) => &token.scope,
            Self::System => return None,
        };
        (!scope.is_everything()).then_some(scope)
    }

    pub fn permissions(&self) -> Permissions {
        match self {
            Self::Agent(agent) => agent.role.permissions,
            Self::Token(token) => token.role.permissions,
            Self::System => Permissions::all(),
        }
    }

    /// Nobody decides about a role that allows more than they have. The error is [`AcsError::Invalid`].
    pub fn require_to_give(&self, role: &RoleView) -> Result<()> {
        if self.permissions().covers(role.permissions) {
            return Ok(());
        }
        let text = format!("“{}” may do things that you may not: it is not yours to give or to change.", role.name);
        Err(AcsError::Invalid(text))
    }

    /// Nobody gives others a larger part of the fleet than they have. The error is [`AcsError::Invalid`].
    pub fn require_within(&self, scope: &Scope) -> Result<()> {
        if self.scope().is_none_or(|own| scope.is_within(own)) {
            return Ok(());
        }
        let text = "You see a part of the fleet, and can give others no more than that.";
        Err(AcsError::Invalid(text.to_owned()))
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

#[cfg(test)]
impl Actor {
    /// An agent of a role, for the whole fleet.
    pub fn of_role(role: model::Role) -> Self {
        Self::Agent(AgentView {
            id: model::AgentId(1),
            username: "ana".into(),
            name: "Ana".into(),
            role: role.view(),
            scope: Scope::default(),
        })
    }
}
