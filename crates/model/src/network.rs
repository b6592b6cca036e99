//! The home network behind a router, and its connection to the outside.

pub mod access;
pub mod forward;
pub mod lan;

use crate::Timestamp;
use crate::number::Measured;
use crate::setting::Setting;
use access::RemoteAccess;
use forward::Forwards;
use serde::{Deserialize, Serialize};

/// All that the section “Home network” shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkView {
    pub hosts: Vec<Host>,
    /// When the list of hosts was read.
    pub hosts_read_at: Option<Timestamp>,
    /// `None`: the router shows nothing of it.
    pub lan: Option<Lan>,
    /// `None`: the router offers none.
    pub forwards: Option<Forwards>,
    pub internet: Internet,
    pub lines: Vec<Line>,
    /// `None`: the router offers none.
    pub remote: Option<RemoteAccess>,
    /// Objects that a refresh of this section reads.
    pub refresh: Vec<String>,
}

/// Something in the home.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// Hostile text; empty: it has not said.
    pub name: String,
    pub address: String,
    pub mac: String,
    /// Who made it, as far as its address tells: a phone that hides its own, say.
    pub maker: String,
    pub medium: Medium,
    pub active: Option<bool>,
    /// Seconds until its address is given anew.
    pub lease: Option<u64>,
    /// In dBm.
    pub signal: Option<i32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    Cable,
    Wifi,
    Other,
    #[default]
    Unknown,
}

impl Medium {
    pub fn label(self) -> &'static str {
        match self {
            Self::Cable => "Cable",
            Self::Wifi => "Wi-Fi",
            Self::Other => "Other",
            Self::Unknown => "Not known",
        }
    }
}

/// Addresses that the router gives out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lan {
    pub address: Option<Setting>,
    pub mask: Option<Setting>,
    pub dhcp: Option<Setting>,
    pub from: Option<Setting>,
    pub to: Option<Setting>,
    /// Name servers that it tells, with commas between them.
    pub dns: Option<Setting>,
    /// Seconds.
    pub lease: Option<Setting>,
}

/// The way to the internet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Internet {
    /// `PPP`, `IP`, or empty: none is known.
    pub kind: String,
    /// `up`, `down`, `connecting`, or the router's own word; empty: not known.
    pub status: String,
    /// The router's own word; empty: none, or not known.
    pub error: String,
    /// Seconds.
    pub uptime: Option<u64>,
    pub address: String,
    pub user: Option<Setting>,
    /// Never with a value.
    pub password: Option<Setting>,
    /// The router has told its password: who may can have it shown.
    #[serde(default)]
    pub told: bool,
    /// Set to yes, the router closes the session and opens it again.
    pub reset: Option<Setting>,
    pub uptime_path: String,
    pub read_at: Option<Timestamp>,
}

/// A line to the operator: DSL or optical.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// `DSL line`, `Optical line`
    pub title: String,
    pub values: Vec<LineValue>,
    pub read_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LineValue {
    pub label: String,
    /// With its unit.
    pub value: String,
    /// The same where it is a number.
    pub measured: Option<Measured>,
    /// What is usual, in words; empty: nothing is said.
    pub normal: String,
    /// `None`: nothing is said about whether it is good.
    pub level: Option<Level>,
    pub read_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Good,
    Fair,
    Bad,
}

/// LastConnectionError in plain words (TR-098 and TR-181 have the same list); empty for none.
pub fn error_words(error: &str) -> String {
    let known = match error {
        "" | "ERROR_NONE" => "",
        "ERROR_ISP_TIME_OUT" => "The operator's side did not answer in time.",
        "ERROR_COMMAND_ABORTED" => "It was broken off on the router.",
        "ERROR_NOT_ENABLED_FOR_INTERNET" => "The router is not set up for the internet here.",
        "ERROR_BAD_PHONE_NUMBER" => "The number to dial is wrong.",
        "ERROR_USER_DISCONNECT" => "Somebody at home disconnected it.",
        "ERROR_ISP_DISCONNECT" => "The operator's side ended the session.",
        "ERROR_IDLE_DISCONNECT" => "It was idle for too long.",
        "ERROR_FORCED_DISCONNECT" => "The router was told to disconnect.",
        "ERROR_SERVER_OUT_OF_RESOURCES" => "The operator's side had no room for it.",
        "ERROR_RESTRICTED_LOGON_HOURS" => "The login is not allowed at this hour.",
        "ERROR_ACCOUNT_DISABLED" => "The account is disabled.",
        "ERROR_ACCOUNT_EXPIRED" => "The account has expired.",
        "ERROR_PASSWORD_EXPIRED" => "The password has expired.",
        "ERROR_AUTHENTICATION_FAILURE" => "Name or password were refused.",
        "ERROR_NO_DIALTONE" => "There was no dial tone.",
        "ERROR_NO_CARRIER" => "There was no signal on the line.",
        "ERROR_NO_ANSWER" => "Nobody answered.",
        "ERROR_LINE_BUSY" => "The line was busy.",
        "ERROR_UNSUPPORTED_BITSPERSECOND" => "The speed is not supported.",
        "ERROR_TOO_MANY_LINE_ERRORS" => "The line made too many errors.",
        "ERROR_IP_CONFIGURATION" => "No usable address was given.",
        "ERROR_UNKNOWN" => "The router does not know why.",
        other => return other.to_owned(),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_said_in_words() {
        assert_eq!(error_words("ERROR_NONE"), "");
        assert_eq!(error_words("ERROR_AUTHENTICATION_FAILURE"), "Name or password were refused.");
        assert_eq!(error_words("X_V_ODD"), "X_V_ODD");
    }
}
