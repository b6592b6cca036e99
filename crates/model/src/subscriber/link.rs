//! Which device is at whose line, and how that came.

use super::SubscriberField;
use crate::{DeviceId, SubscriberId, Timestamp};
use serde::{Deserialize, Serialize};

/// Why a device was put at a line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum LinkWhy {
    /// An agent or the API said so.
    Hand,
    /// Its serial number is among the subscriber's.
    Serial,
    /// Its provisioning code has the account.
    ProvisioningCode { value: String },
    /// It signs in at the line as the subscriber's router does.
    PppUser { value: String },
}

impl LinkWhy {
    /// The end of a sentence that begins with `Linked`.
    pub fn said(&self) -> String {
        match self {
            Self::Hand => "by hand".to_owned(),
            Self::Serial => "by its serial number".to_owned(),
            Self::ProvisioningCode { value } => format!("by its provisioning code {value}"),
            Self::PppUser { value } => format!("by its PPP user {value}"),
        }
    }
}

/// How devices find their subscribers by themselves; set by an operator.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkRules {
    /// The device's serial number is among the subscriber's.
    pub serial: bool,
    /// `DeviceInfo.ProvisioningCode` has the account.
    pub provisioning_code: bool,
    /// Where in the code the account stands: `{account}` with what is around it; `*` is anything.
    pub pattern: String,
    /// The user name of its PPP connection is the subscriber's PPP user, or the account.
    pub ppp_user: bool,
    /// What follows the `@` of a user name does not count.
    pub strip_realm: bool,
}

impl Default for LinkRules {
    fn default() -> Self {
        Self { serial: true, provisioning_code: false, pattern: ACCOUNT.to_owned(), ppp_user: false, strip_realm: true }
    }
}

/// Where a pattern has the account.
const ACCOUNT: &str = "{account}";

impl LinkRules {
    /// What is wrong with the pattern, for a person.
    pub fn problem(&self) -> Option<&'static str> {
        if self.pattern.matches(ACCOUNT).count() != 1 {
            return Some("The pattern needs {account} once: where the account stands in the provisioning code.");
        }
        if self.pattern.chars().count() > 100 || self.pattern.chars().any(char::is_control) {
            return Some("The pattern has at most 100 characters.");
        }
        let (before, after) = self.pattern.split_once(ACCOUNT)?;
        // Devices choose what the pattern is held against: it must stay cheap.
        if before.matches('*').count() > 1 || after.matches('*').count() > 1 {
            return Some("One * before {account} and one after it are enough.");
        }
        let starred = before.ends_with('*') || after.starts_with('*');
        starred.then_some("There must be a character between * and {account}, or nobody knows where the account ends.")
    }

    /// The account in a provisioning code; `None` if the code is not like the pattern.
    pub fn account_in<'a>(&self, code: &'a str) -> Option<&'a str> {
        let (before, after) = self.pattern.split_once(ACCOUNT)?;
        let code = code.trim();
        let rest = match before.split_once('*') {
            None => code.strip_prefix(before)?,
            Some((start, next)) => code.strip_prefix(start)?.split_once(next)?.1,
        };
        let account = match after.split_once('*') {
            None => rest.strip_suffix(after)?,
            Some((next, end)) => rest.strip_suffix(end)?.split_once(next)?.0,
        };
        Some(account.trim()).filter(|account| !account.is_empty())
    }
}

/// What happened to a subscriber.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum SubscriberEventKind {
    Created,
    Changed {
        changes: Vec<FieldChange>,
    },
    /// A device came to the line.
    DeviceLinked {
        device: DeviceId,
        serial: String,
        why: LinkWhy,
    },
    /// A device left the line; `to`: the account it went to.
    DeviceUnlinked {
        device: DeviceId,
        serial: String,
        to: Option<String>,
    },
}

/// One field before and after, as a person reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    pub field: SubscriberField,
    pub before: String,
    pub after: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberEventView {
    pub id: i64,
    pub subscriber: SubscriberId,
    pub at: Timestamp,
    pub kind: SubscriberEventKind,
    /// Name of the agent, the token or the import; `None`: a rule.
    pub by: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account<'a>(pattern: &str, code: &'a str) -> Option<&'a str> {
        LinkRules { pattern: pattern.to_owned(), ..LinkRules::default() }.account_in(code)
    }

    #[test]
    fn the_account_stands_where_the_pattern_says() {
        assert_eq!(account("{account}", " 4711 "), Some("4711"));
        assert_eq!(account("{account}", " "), None);
        assert_eq!(account("ISP-{account}", "ISP-4711"), Some("4711"));
        assert_eq!(account("ISP-{account}", "XYZ-4711"), None);
        assert_eq!(account("{account}.gold", "4711.gold"), Some("4711"));
        assert_eq!(account("{account}.gold", "4711.gold.de"), None);
        assert_eq!(account("{account}-*", "4711-fibre-500"), Some("4711"));
        assert_eq!(account("*/{account}", "de/fibre/4711"), Some("fibre/4711"));
        assert_eq!(account("de*/{account}.*", "de/fibre/4711.x"), Some("fibre/4711"));
        assert_eq!(account("*-{account}-*e", "x-4711-fibre"), Some("4711"));
        assert_eq!(account("*-{account}-*e", "x-4711-copper"), None);
        assert_eq!(account("a{account}b", "ab"), None, "an account is not empty");
        assert_eq!(account("ä{account}ö", "ä4711ö"), Some("4711"));
        assert_eq!(account("none", "4711"), None);
    }

    #[test]
    fn patterns_that_say_nothing_are_told() {
        let problem = |pattern: &str| LinkRules { pattern: pattern.into(), ..LinkRules::default() }.problem();
        assert_eq!(problem("{account}"), None);
        assert_eq!(problem("*-{account}-*"), None);
        for wrong in ["", "account", "{account}{account}", "*{account}", "{account}*", "*a*-{account}"] {
            assert!(problem(wrong).is_some(), "{wrong}");
        }
    }
}
