//! Tokens of the API: what other programs sign in with.

use crate::{AgentId, RoleView, Scope, Timestamp, TokenId};
use serde::{Deserialize, Serialize};

/// How every token begins, so that one that leaked is recognised.
pub const TOKEN_PREFIX: &str = "lastmile_";
/// Longest life of a token that has an end, in days.
pub const TOKEN_DAYS_MAX: u32 = 3650;
/// Longest life of a personal token, in days: each has an end.
pub const PERSONAL_DAYS_MAX: u32 = 365;
/// What is proposed, in days.
pub const TOKEN_DAYS: u32 = 90;
/// Personal tokens of one agent that are good for something, at most.
pub const PERSONAL_MAX: usize = 20;

/// Whose personal token it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenOwner {
    pub id: AgentId,
    pub name: String,
    /// They may not sign in any more, nor may their tokens.
    pub disabled: bool,
}

/// A token as it is shown: never the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenView {
    pub id: TokenId,
    /// What it is for, in the words of who made it.
    pub name: String,
    /// With what it allows now: of a personal token no more than its owner may.
    pub role: RoleView,
    /// It may do less than the role.
    #[serde(default)]
    pub restricted: bool,
    /// Whose personal token it is; `None`: a program's own.
    #[serde(default)]
    pub owner: Option<TokenOwner>,
    /// The part of the fleet that it sees and works on.
    pub scope: Scope,
    pub created_at: Timestamp,
    pub created_by: String,
    /// `None`: never.
    pub expires_at: Option<Timestamp>,
    /// Within a minute.
    pub used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// Whether a token opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenState {
    Valid,
    Expired,
    Revoked,
    /// Its owner may not sign in any more.
    OwnerDisabled,
}

impl TokenView {
    pub fn state(&self, now: Timestamp) -> TokenState {
        if self.revoked_at.is_some() {
            TokenState::Revoked
        } else if self.owner.as_ref().is_some_and(|owner| owner.disabled) {
            TokenState::OwnerDisabled
        } else if self.expires_at.is_some_and(|at| at <= now) {
            TokenState::Expired
        } else {
            TokenState::Valid
        }
    }
}

/// A token at its making: the only time that it is seen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTokenView {
    pub token: TokenView,
    pub secret: String,
}

// The secret must not reach a log.
impl std::fmt::Debug for NewTokenView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewTokenView").field("token", &self.token).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    #[test]
    fn a_token_ends_by_revocation_or_by_time() {
        let token = TokenView {
            id: TokenId(1),
            name: "CRM".into(),
            role: Role::Integration.view(),
            restricted: false,
            owner: None,
            scope: Scope::default(),
            created_at: Timestamp(0),
            created_by: "Maria".into(),
            expires_at: Some(Timestamp(100)),
            used_at: None,
            revoked_at: None,
        };
        assert_eq!(token.state(Timestamp(99)), TokenState::Valid);
        assert_eq!(token.state(Timestamp(100)), TokenState::Expired);
        let revoked = TokenView { revoked_at: Some(Timestamp(5)), ..token.clone() };
        assert_eq!(revoked.state(Timestamp(6)), TokenState::Revoked);
        assert_eq!(TokenView { expires_at: None, ..token.clone() }.state(Timestamp(i64::MAX)), TokenState::Valid);
        let owner = TokenOwner { id: AgentId(1), name: "Ana".into(), disabled: true };
        assert_eq!(TokenView { owner: Some(owner), ..token.clone() }.state(Timestamp(1)), TokenState::OwnerDisabled);
        let new = NewTokenView { token, secret: "lastmile_abc".into() };
        assert!(!format!("{new:?}").contains("lastmile_abc"));
    }
}
