//! The audit log: who did what to what, before and after, why, from where, when.
//!
//! Every entry holds a digest of itself and of the entry before it, so that one that is changed or taken away later is
//! noticed. Words are stored, never numbers: an entry that a newer version wrote is shown and checked all the same.

mod act;
mod filter;

pub use act::Act;
pub use filter::{AuditFilter, AuditQuery};

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest text of one field, in characters; the rest is cut off.
pub const FIELD_MAX: usize = 16_384;

/// Who did something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// `agent`, `token`, `system`, `command-line`, or `nobody` before anybody has signed in.
    pub kind: String,
    /// Number of the agent or token.
    pub id: Option<i64>,
    pub name: String,
}

/// What something was done to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// Such as `device`, `subscriber`, `agent`, `token`, `file`, `setting`.
    pub kind: String,
    /// Its number or key; empty if it has none, or had none yet.
    pub id: String,
    /// Its name as it was then.
    pub label: String,
}

impl Target {
    pub fn new(kind: &str, id: impl ToString, label: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), id: id.to_string(), label: label.into() }
    }

    /// Its page in the portal, where it has one.
    pub fn href(&self) -> Option<String> {
        let is_number = !self.id.is_empty() && self.id.bytes().all(|b| b.is_ascii_digit());
        match self.kind.as_str() {
            "device" if is_number => Some(format!("/devices/{}", self.id)),
            "campaign" if is_number => Some(format!("/campaigns/{}", self.id)),
            "subscriber" if is_number => Some(format!("/subscribers/{}", self.id)),
            "escalation" if is_number => Some(format!("/snapshots/{}", self.id)),
            _ => None,
        }
    }

    /// `device 7`, for people; the label says more.
    pub fn words(&self) -> String {
        let kind = self.kind.replace('-', " ");
        if self.id.is_empty() { kind } else { format!("{kind} {}", self.id) }
    }
}

/// From where something was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The client's address; empty: not known, or none (the server's own work).
    pub address: String,
    /// What the client calls itself, at most 256 characters.
    pub user_agent: String,
    /// `portal`, `api`, `command-line`; empty: the server's own work.
    pub session: String,
}

impl Origin {
    pub const PORTAL: &'static str = "portal";
    pub const API: &'static str = "api";
    pub const COMMAND_LINE: &'static str = "command-line";
    const USER_AGENT: usize = 256;

    pub fn new(address: impl ToString, user_agent: &str, session: &str) -> Self {
        let user_agent = user_agent.chars().filter(|c| !c.is_control()).take(Self::USER_AGENT).collect();
        Self { address: address.to_string(), user_agent, session: session.to_owned() }
    }
}

/// One entry as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place in the chain: without gaps, from 1 on.
    pub id: i64,
    pub at: Timestamp,
    pub who: Who,
    /// The stable word of an [`Act`].
    pub act: String,
    pub target: Target,
    /// JSON or text, secrets masked.
    pub before: Option<String>,
    pub after: Option<String>,
    /// What the person gave as the reason; empty: none was asked for.
    pub reason: String,
    pub origin: Origin,
    /// SHA-256 of the entry before and of this one, 64 hexadecimal digits.
    pub hash: String,
}

impl AuditEntry {
    /// What was done, in words; the stored word if this version does not know it.
    pub fn act_words(&self) -> &str {
        match Act::parse(&self.act) {
            Some(act) => act.label(),
            None => &self.act,
        }
    }
}

/// A page of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    pub page: crate::page::Page<AuditEntry>,
    /// A search for words stops after so many entries: how far back it has looked. `None`: to the end of the page, or of
    /// the log.
    pub looked_back_to: Option<Timestamp>,
}

/// What walking the chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditCheck {
    /// Entries that were looked at.
    pub entries: u64,
    /// The first of them; entries before it were removed by age, and the chain says so.
    pub first: i64,
    /// The last of them; 0: none.
    pub last: i64,
    /// The hash of the last one.
    pub head: String,
    /// The entry that had the expected hash.
    pub expected_at: Option<i64>,
    /// The first thing that does not fit.
    pub fault: Option<AuditFault>,
}

/// Where the chain is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFault {
    /// The entry that does not fit.
    pub id: i64,
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_lead_to_their_pages() {
        assert_eq!(Target::new("device", 7, "A").href().as_deref(), Some("/devices/7"));
        assert_eq!(Target::new("device", "", "A").href(), None);
        assert_eq!(Target::new("subscriber", "7/../x", "A").href(), None);
        assert_eq!(Target::new("setting", "verdict", "A").href(), None);
        assert_eq!(Target::new("link-rules", "", "").words(), "link rules");
    }

    #[test]
    fn what_a_client_calls_itself_is_bounded() {
        let origin = Origin::new("192.0.2.1", &format!("a\r\n{}", "x".repeat(1000)), Origin::PORTAL);
        assert_eq!(origin.user_agent.len(), 256);
        assert!(!origin.user_agent.contains('\n'));
    }
}
