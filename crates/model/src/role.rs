//! Roles: named sets of permissions, those that come with the product and an operator's own.

use crate::permission::{Permission, Permissions};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A role that comes with the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    ReadOnly,
    Helpdesk,
    SeniorHelpdesk,
    RolloutManager,
    Administrator,
    /// For programs that keep subscribers in step with another system; not for people.
    Integration,
}

impl Role {
    pub const ALL: [Self; 6] = [
        Self::ReadOnly,
        Self::Helpdesk,
        Self::SeniorHelpdesk,
        Self::RolloutManager,
        Self::Administrator,
        Self::Integration,
    ];

    pub fn permissions(self) -> Permissions {
        use Permission as P;
        let read = [P::DeviceRead, P::FileRead, P::SubscriberRead, P::CampaignRead];
        let help =
            [P::DeviceRefresh, P::DeviceWrite, P::PasswordReveal, P::DeviceReboot, P::SubscriberLink, P::NoteWrite];
        let lead = [P::DeviceFactoryReset, P::DeviceTransfer, P::DeviceManage, P::SubscriberWrite, P::ViewShare];
        let roll_out = [
            P::DeviceRefresh,
            P::DeviceWrite,
            P::DeviceReboot,
            P::DeviceTransfer,
            P::DeviceManage,
            P::FileWrite,
            P::NoteWrite,
            P::ViewShare,
            P::CampaignWrite,
            P::CampaignApprove,
        ];
        match self {
            Self::ReadOnly => read.into_iter().collect(),
            Self::Helpdesk => read.into_iter().chain(help).collect(),
            Self::SeniorHelpdesk => read.into_iter().chain(help).chain(lead).collect(),
            Self::RolloutManager => read.into_iter().chain(roll_out).collect(),
            Self::Administrator => Permissions::all(),
            Self::Integration => {
                [P::DeviceRead, P::SubscriberRead, P::SubscriberWrite, P::SubscriberLink].into_iter().collect()
            }
        }
    }

    pub fn allows(self, permission: Permission) -> bool {
        self.permissions().contains(permission)
    }

    /// The word stored in the database and used on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Helpdesk => "helpdesk",
            Self::SeniorHelpdesk => "senior-helpdesk",
            Self::RolloutManager => "rollout-manager",
            Self::Administrator => "administrator",
            Self::Integration => "integration",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::ReadOnly => "Read only",
            Self::Helpdesk => "Helpdesk",
            Self::SeniorHelpdesk => "Senior helpdesk",
            Self::RolloutManager => "Rollout manager",
            Self::Administrator => "Administrator",
            Self::Integration => "Integration",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    pub fn view(self) -> RoleView {
        RoleView { key: RoleKey::BuiltIn(self), name: self.label().to_owned(), permissions: self.permissions() }
    }
}

/// Which role. As text: `helpdesk`, or `own-3` for one that an operator made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoleKey {
    BuiltIn(Role),
    Own(i64),
}

impl RoleKey {
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("own-") {
            Some(id) => id.parse().ok().filter(|id| *id > 0).map(Self::Own),
            None => Role::parse(text).map(Self::BuiltIn),
        }
    }
}

impl From<Role> for RoleKey {
    fn from(role: Role) -> Self {
        Self::BuiltIn(role)
    }
}

impl fmt::Display for RoleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => f.write_str(role.as_str()),
            Self::Own(id) => write!(f, "own-{id}"),
        }
    }
}

impl Serialize for RoleKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RoleKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("there is no role {text:?}")))
    }
}

/// A role, with what it allows now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleView {
    pub key: RoleKey,
    pub name: String,
    pub permissions: Permissions,
}

impl RoleView {
    pub fn allows(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }
}

/// A role, and how many have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleUse {
    pub role: RoleView,
    /// Agents that may sign in.
    pub agents: u64,
}

/// Longest name of a role, in characters.
pub const ROLE_NAME_MAX: usize = 60;

/// A role's name with single spaces, or what is wrong with it.
pub fn role_name(name: &str) -> Result<String, &'static str> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if !(1..=ROLE_NAME_MAX).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err("A role needs a name of 1 to 60 characters.");
    }
    if Role::ALL.into_iter().any(|role| role.label().eq_ignore_ascii_case(&name)) {
        return Err("A role of this name comes with Lastmile. Choose another name.");
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who_may(permission: Permission) -> Vec<Role> {
        Role::ALL.into_iter().filter(|role| role.allows(permission)).collect()
    }

    #[test]
    fn a_factory_reset_is_for_seniors() {
        assert_eq!(who_may(Permission::DeviceFactoryReset), [Role::SeniorHelpdesk, Role::Administrator]);
    }

    #[test]
    fn passwords_are_shown_to_those_who_help_people() {
        assert_eq!(who_may(Permission::PasswordReveal), [Role::Helpdesk, Role::SeniorHelpdesk, Role::Administrator]);
    }

    #[test]
    fn people_roles_tokens_and_the_log_are_for_administrators() {
        use Permission as P;
        for permission in
            [P::AgentManage, P::RoleManage, P::TokenManage, P::WebhookManage, P::SettingsWrite, P::AuditRead]
        {
            assert_eq!(who_may(permission), [Role::Administrator], "{permission:?}");
        }
    }

    #[test]
    fn read_only_changes_nothing() {
        let allowed: Vec<_> = Role::ReadOnly.permissions().iter().collect();
        assert_eq!(
            allowed,
            [Permission::DeviceRead, Permission::FileRead, Permission::SubscriberRead, Permission::CampaignRead]
        );
    }

    #[test]
    fn each_step_up_allows_what_the_one_before_did() {
        let steps = [Role::ReadOnly, Role::Helpdesk, Role::SeniorHelpdesk, Role::Administrator];
        for step in steps.windows(2) {
            assert!(step[1].permissions().covers(step[0].permissions()), "{step:?}");
        }
    }

    #[test]
    fn keys_round_trip() {
        for key in Role::ALL.into_iter().map(RoleKey::BuiltIn).chain([RoleKey::Own(3)]) {
            assert_eq!(RoleKey::parse(&key.to_string()), Some(key));
        }
        for none in ["root", "own-", "own-0", "own--1", "own-x", ""] {
            assert_eq!(RoleKey::parse(none), None, "{none}");
        }
    }

    #[test]
    fn names_of_own_roles() {
        assert_eq!(role_name("  Field   engineers "), Ok("Field engineers".to_owned()));
        assert!(role_name("  ").is_err() && role_name(&"x".repeat(61)).is_err());
        assert!(role_name("helpdesk").is_err(), "two of one name confuse");
    }
}
