//! What of a router is kept over a factory reset, and what became of it.

use serde::{Deserialize, Serialize};

/// Settings that belong together. In this order they are set again: what others refer to first, what may cut the
/// connection last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepSet {
    /// The router's own address at home, address range, name servers, reserved addresses.
    HomeNetwork,
    /// Names, passwords, security, on or off.
    Wifi,
    PortForwards,
    /// Name and password of the internet connection.
    Internet,
}

impl KeepSet {
    pub const ALL: [Self; 4] = [Self::HomeNetwork, Self::Wifi, Self::PortForwards, Self::Internet];

    pub fn label(self) -> &'static str {
        match self {
            Self::HomeNetwork => "Home network and addresses",
            Self::Wifi => "Wi-Fi names and passwords",
            Self::PortForwards => "Port forwards",
            Self::Internet => "Internet login",
        }
    }
}

/// What could be set again after a factory reset of one router, as far as its stored tree tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetPlan {
    /// Sets that the router has something of, in the order of [`KeepSet::ALL`].
    pub sets: Vec<PlannedSet>,
    /// Half of the routers of this model were back after this many milliseconds; `None`: none was seen yet.
    pub usual_return_ms: Option<i64>,
    /// The same after a factory reset.
    pub usual_reset_ms: Option<i64>,
}

/// One set of a [`ResetPlan`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedSet {
    pub set: KeepSet,
    /// How many values would be set again, passwords not counted.
    pub settings: u32,
    /// What a person calls the things in it, such as names of networks; hostile text, at most 12.
    pub names: Vec<String>,
    /// Passwords that the router does not tell: set again only if somebody types them.
    pub unknown: Vec<PlannedSecret>,
}

/// A password that has to be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedSecret {
    /// Full path of the parameter that takes it.
    pub path: String,
    /// What it opens, such as a network's name; hostile text.
    pub of: String,
}

/// What became of one kept value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Restored {
    /// Read back, and as it was.
    Verified,
    /// Sent and accepted; the router does not show it.
    Unconfirmed,
    /// The router said yes, and reports this. `None`: nothing.
    Different { now: Option<String> },
    /// The router refused it; why, in plain words.
    Refused { why: String },
    /// The router, as it is now, has no such setting.
    Missing,
    /// It was not known before the reset: nobody typed it.
    NotKnown,
}

impl Restored {
    /// Whether somebody has to look at it. What was not known was said before.
    pub fn is_problem(&self) -> bool {
        matches!(self, Self::Different { .. } | Self::Refused { .. } | Self::Missing)
    }
}

/// One kept value after the reset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoredLine {
    pub set: KeepSet,
    /// Where it is now: rows of tables may have another number than before.
    pub path: String,
    /// What it was before; empty for secrets.
    pub value: String,
    #[serde(flatten)]
    pub restored: Restored,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_cut_the_line_comes_last() {
        let mut sets = KeepSet::ALL;
        sets.sort_unstable();
        assert_eq!(sets, KeepSet::ALL);
        assert_eq!(sets.last(), Some(&KeepSet::Internet));
    }

    #[test]
    fn lines_are_stored_as_flat_json() {
        let line = RestoredLine {
            set: KeepSet::Wifi,
            path: "D.SSID".into(),
            value: "Home".into(),
            restored: Restored::Different { now: None },
        };
        let json = serde_json::to_string(&line).unwrap();
        assert_eq!(json, r#"{"set":"wifi","path":"D.SSID","value":"Home","result":"different","now":null}"#);
        assert_eq!(serde_json::from_str::<RestoredLine>(&json).unwrap(), line);
    }
}
