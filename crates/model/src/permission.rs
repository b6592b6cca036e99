//! What an agent may do. Every operation of the `acs` crate names one of these.

use serde::{Deserialize, Serialize};

/// One thing that an agent or token may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Permission {
    /// See devices, their parameters, tasks and timeline.
    DeviceRead,
    /// Ask a device for fresh values.
    DeviceRefresh,
    /// Change parameters, add and delete objects.
    DeviceWrite,
    /// See a Wi-Fi password that a device tells, with a reason that is written down.
    PasswordReveal,
    /// Reboot a device.
    DeviceReboot,
    /// Reset a device to factory settings.
    DeviceFactoryReset,
    /// Have a device load a file, send one, change its software modules, or take a vendor's own request.
    DeviceTransfer,
    /// Approve and refuse devices, decide how one is treated, watch its protocol.
    DeviceManage,
    /// See which files there are.
    FileRead,
    /// Upload, change and delete files.
    FileWrite,
    /// See subscribers.
    SubscriberRead,
    /// Create, change and delete subscribers.
    SubscriberWrite,
    /// Say which device is at whose line.
    SubscriberLink,
    /// Write notes about devices and subscribers.
    NoteWrite,
    /// Offer views of the device list to everybody.
    ViewShare,
    /// Create and disable agents.
    AgentManage,
}

impl Permission {
    pub const ALL: [Self; 16] = [
        Self::DeviceRead,
        Self::DeviceRefresh,
        Self::DeviceWrite,
        Self::PasswordReveal,
        Self::DeviceReboot,
        Self::DeviceFactoryReset,
        Self::DeviceTransfer,
        Self::DeviceManage,
        Self::FileRead,
        Self::FileWrite,
        Self::SubscriberRead,
        Self::SubscriberWrite,
        Self::SubscriberLink,
        Self::NoteWrite,
        Self::ViewShare,
        Self::AgentManage,
    ];
}

/// A named set of permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Administrator,
    Helpdesk,
    ReadOnly,
    /// For programs that keep subscribers in step with another system; not for people.
    Integration,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Administrator, Self::Helpdesk, Self::ReadOnly, Self::Integration];

    pub fn allows(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::Administrator => true,
            Self::Helpdesk => matches!(
                permission,
                P::DeviceRead
                    | P::DeviceRefresh
                    | P::DeviceWrite
                    | P::PasswordReveal
                    | P::DeviceReboot
                    | P::FileRead
                    | P::SubscriberRead
                    | P::SubscriberLink
                    | P::NoteWrite
            ),
            Self::ReadOnly => matches!(permission, P::DeviceRead | P::FileRead | P::SubscriberRead),
            Self::Integration => {
                matches!(permission, P::DeviceRead | P::SubscriberRead | P::SubscriberWrite | P::SubscriberLink)
            }
        }
    }

    /// The word stored in the database and used on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Helpdesk => "helpdesk",
            Self::ReadOnly => "read-only",
            Self::Integration => "integration",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::Helpdesk => "Helpdesk",
            Self::ReadOnly => "Read only",
            Self::Integration => "Integration",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factory_reset_is_for_administrators() {
        for role in Role::ALL {
            assert_eq!(role.allows(Permission::DeviceFactoryReset), role == Role::Administrator, "{role:?}");
        }
    }

    #[test]
    fn passwords_are_shown_to_those_who_help_people() {
        let may: Vec<_> = Role::ALL.into_iter().filter(|role| role.allows(Permission::PasswordReveal)).collect();
        assert_eq!(may, [Role::Administrator, Role::Helpdesk]);
    }

    #[test]
    fn read_only_changes_nothing() {
        let allowed: Vec<_> = Permission::ALL.into_iter().filter(|p| Role::ReadOnly.allows(*p)).collect();
        assert_eq!(allowed, [Permission::DeviceRead, Permission::FileRead, Permission::SubscriberRead]);
    }

    #[test]
    fn role_words_round_trip() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("root"), None);
    }
}
