//! Agents: people who sign in to the portal.

use crate::{AgentId, Permission, RoleView, Scope};
use serde::{Deserialize, Serialize};

/// The signed-in person, as the page needs them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentView {
    pub id: AgentId,
    /// What they sign in with.
    pub username: String,
    /// What colleagues see.
    pub name: String,
    pub role: RoleView,
    /// The part of the fleet that they see and work on.
    pub scope: Scope,
}

impl AgentView {
    pub fn may(&self, permission: Permission) -> bool {
        self.role.allows(permission) && (self.scope.is_everything() || !permission.needs_everything())
    }

    /// One or two letters for the round badge.
    pub fn initials(&self) -> String {
        let mut letters = self.name.split_whitespace().filter_map(|word| word.chars().next());
        let first = letters.next();
        let last = letters.next_back();
        first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
    }
}

/// Shortest password that is taken, in characters.
pub const PASSWORD_MIN: usize = 12;
/// Longest password that is taken, in bytes: hashing must stay bounded.
pub const PASSWORD_MAX_BYTES: usize = 512;

/// Why a new username, name or password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AccountProblem {
    #[error("The username needs 2 to 64 letters, digits, dots, dashes or underscores.")]
    Username,
    #[error("The name needs 1 to 100 characters.")]
    Name,
    #[error("The password needs at least 12 characters.")]
    PasswordShort,
    #[error("The password is longer than 512 bytes.")]
    PasswordLong,
    #[error("The password is one of the first that anyone would try. Take another, such as a few unrelated words.")]
    PasswordCommon,
    #[error("The password is made of the username or the name. Take another, such as a few unrelated words.")]
    PasswordOwn,
}

/// Checks a username and the name that colleagues see. The order is the order of the fields in the form.
pub fn check_names(username: &str, name: &str) -> Result<(), AccountProblem> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    if !(2..=64).contains(&username.len()) || !username.chars().all(legal) {
        return Err(AccountProblem::Username);
    }
    let name_length = name.trim().chars().count();
    if !(1..=100).contains(&name_length) || name.chars().any(char::is_control) {
        return Err(AccountProblem::Name);
    }
    Ok(())
}

/// Checks how long a password is. Whether it is one that anyone would try, the server alone can tell.
pub fn check_length(password: &str) -> Result<(), AccountProblem> {
    if password.chars().count() < PASSWORD_MIN {
        return Err(AccountProblem::PasswordShort);
    }
    if password.len() > PASSWORD_MAX_BYTES {
        return Err(AccountProblem::PasswordLong);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    #[test]
    fn initials_take_first_and_last_name() {
        let agent = |name: &str| AgentView {
            id: AgentId(1),
            username: "x".into(),
            name: name.into(),
            role: Role::Helpdesk.view(),
            scope: Scope::default(),
        };
        assert_eq!(agent("Maria Bell").initials(), "MB");
        assert_eq!(agent("øyvind van der Berg").initials(), "ØB");
        assert_eq!(agent("Plato").initials(), "P");
        assert_eq!(agent("").initials(), "");
    }

    #[test]
    fn each_problem_is_named() {
        assert_eq!(check_names("maria", "Maria"), Ok(()));
        assert_eq!(check_names("m", "Maria"), Err(AccountProblem::Username));
        assert_eq!(check_names("mar ia", "Maria"), Err(AccountProblem::Username));
        assert_eq!(check_names("maria", "  "), Err(AccountProblem::Name));
        assert_eq!(check_length("correct horse battery"), Ok(()));
        assert_eq!(check_length("short"), Err(AccountProblem::PasswordShort));
        assert_eq!(check_length(&"x1".repeat(300)), Err(AccountProblem::PasswordLong));
    }
}
