//! What an agent may do. Every operation of the `acs` crate names one of these.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Makes the enum, the list of all, and the words of each.
macro_rules! permissions {
    ($( $name:ident $word:literal $label:literal $about:literal, )*) => {
        /// One thing that an agent or token may be allowed to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Permission {
            $( #[doc = $about] $name, )*
        }

        impl Permission {
            pub const ALL: [Self; [$( $word ),*].len()] = [$( Self::$name ),*];

            /// The word in the database, in the API and on the command line. Never changed, never used again.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => $word, )* }
            }

            pub fn label(self) -> &'static str {
                match self { $( Self::$name => $label, )* }
            }

            /// One sentence for whoever decides about it.
            pub fn about(self) -> &'static str {
                match self { $( Self::$name => $about, )* }
            }
        }
    };
}

permissions! {
    DeviceRead "device.read" "See devices" "See devices, their parameters, tasks and timeline.",
    DeviceRefresh "device.refresh" "Read from devices" "Ask a device for fresh values, and have it run tests.",
    DeviceWrite "device.write" "Change devices" "Change parameters, add and delete objects.",
    PasswordReveal "password.reveal" "Show passwords" "See a Wi-Fi or line password that a device tells, with a reason that is written down.",
    DeviceReboot "device.reboot" "Reboot devices" "Reboot a device.",
    DeviceFactoryReset "device.factory-reset" "Reset devices" "Reset a device to factory settings.",
    DeviceTransfer "device.transfer" "Send files to devices" "Have a device load a file, send one, change its software modules, or take a vendor's own request.",
    DeviceManage "device.manage" "Manage devices" "Approve and refuse devices, decide how one is treated, watch its protocol.",
    FileRead "file.read" "See files" "See which files there are.",
    FileWrite "file.write" "Change files" "Upload, change and delete files.",
    SubscriberRead "subscriber.read" "See subscribers" "See subscribers.",
    SubscriberWrite "subscriber.write" "Change subscribers" "Create, change, import and delete subscribers.",
    SubscriberLink "subscriber.link" "Link routers" "Say which device is at whose line.",
    NoteWrite "note.write" "Write notes" "Write notes about devices and subscribers.",
    ViewShare "view.share" "Share views" "Offer views of the device list to everybody.",
    AgentManage "agent.manage" "Manage people" "Invite people, choose their roles, disable them.",
    RoleManage "role.manage" "Manage roles" "Make roles and decide what they may do.",
    TokenManage "token.manage" "Manage API tokens" "Make and revoke what other programs sign in with.",
    WebhookManage "webhook.manage" "Manage webhooks" "Decide which other programs hear of what happens.",
    SettingsWrite "settings.write" "Change settings" "Change rules of verdicts and links, aliases, data models and what was learnt of models.",
    CampaignRead "campaign.read" "See campaigns" "See campaigns, how they fare and which devices are in them.",
    CampaignWrite "campaign.write" "Run campaigns" "Plan, start, pause and cancel campaigns, as far as their devices may be changed.",
    CampaignApprove "campaign.approve" "Approve campaigns" "Approve campaigns that somebody else planned.",
    AuditRead "audit.read" "Read the audit log" "See who did what, and take it out.",
}

impl Permission {
    /// Whether it is about all devices and people at once, so that it is for nobody who sees a part of the fleet.
    pub fn needs_everything(self) -> bool {
        matches!(
            self,
            Self::RoleManage
                | Self::WebhookManage
                | Self::SettingsWrite
                | Self::CampaignRead
                | Self::CampaignWrite
                | Self::CampaignApprove
                | Self::AuditRead
        )
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == word)
    }
}

// By its word: positions may move.
impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::parse(&word).ok_or_else(|| serde::de::Error::custom(format!("there is no permission {word:?}")))
    }
}

/// A set of permissions. As text: their words.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u64);

impl Permissions {
    pub const NONE: Self = Self(0);

    pub fn all() -> Self {
        Permission::ALL.into_iter().collect()
    }

    pub fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u8) != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.contains(*permission))
    }

    /// Those that are in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[must_use]
    pub fn with(self, permission: Permission) -> Self {
        Self(self.0 | 1 << permission as u8)
    }

    #[must_use]
    pub fn without(self, permission: Permission) -> Self {
        Self(self.0 & !(1 << permission as u8))
    }

    pub fn covers(self, other: Self) -> bool {
        self.and(other) == other
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// From words; those of another version of Lastmile are passed over, so that they allow nothing.
    pub fn of_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        words.into_iter().filter_map(Permission::parse).collect()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<T: IntoIterator<Item = Permission>>(permissions: T) -> Self {
        permissions.into_iter().fold(Self::NONE, Self::with)
    }
}

impl std::fmt::Debug for Permissions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = Vec::<String>::deserialize(deserializer)?;
        Ok(Self::of_words(words.iter().map(String::as_str)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn words_are_unique_and_round_trip() {
        let words: HashSet<_> = Permission::ALL.into_iter().map(Permission::as_str).collect();
        assert_eq!(words.len(), Permission::ALL.len());
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.as_str()), Some(permission));
            assert!(permission.about().ends_with('.'), "{permission:?}");
        }
        assert_eq!(Permission::parse("everything"), None);
    }

    #[test]
    fn a_set_is_a_list_of_words_and_forgets_those_it_does_not_know() {
        let set: Permissions = [Permission::DeviceRead, Permission::AuditRead].into_iter().collect();
        let text = serde_json::to_string(&set).unwrap();
        assert_eq!(text, r#"["device.read","audit.read"]"#);
        assert_eq!(serde_json::from_str::<Permissions>(&text).unwrap(), set);
        let newer: Permissions = serde_json::from_str(r#"["device.read","moon.land"]"#).unwrap();
        assert_eq!(newer, Permissions::NONE.with(Permission::DeviceRead));
        assert!(Permissions::all().covers(set) && !set.covers(Permissions::all()));
        assert_eq!((set.len(), set.without(Permission::AuditRead)), (2, newer));
    }
}
