//! Aliases: names for what a device tells that do not depend on its data model or maker.

use crate::number::{Measured, quantity};
use crate::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};

/// What kind of value an alias gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    Text,
    /// In the unit of the alias.
    Number,
    YesNo,
    /// `02:A0:E1:00:00:01`, whatever the device writes.
    Mac,
    /// An IPv4 or IPv6 address; `0.0.0.0` and `::` are no address.
    Address,
    /// Never shown.
    Secret,
    /// A time as devices write it; one before 1971 is none.
    Time,
}

impl Kind {
    pub const ALL: [Self; 7] =
        [Self::Text, Self::Number, Self::YesNo, Self::Mac, Self::Address, Self::Secret, Self::Time];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::YesNo => "yes_no",
            Self::Mac => "mac",
            Self::Address => "address",
            Self::Secret => "secret",
            Self::Time => "time",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Number => "Number",
            Self::YesNo => "Yes or no",
            Self::Mac => "MAC address",
            Self::Address => "IP address",
            Self::Secret => "Secret",
            Self::Time => "Time",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A value in the words and units of its alias.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    Text(String),
    Number(f64),
    YesNo(bool),
}

impl Value {
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub fn yes(&self) -> Option<bool> {
        match self {
            Self::YesNo(yes) => Some(*yes),
            _ => None,
        }
    }

    /// As a number with its unit, if it is one.
    pub fn measured(&self, unit: &str) -> Option<Measured> {
        self.number().map(|number| Measured { number, unit: unit.to_owned() })
    }

    /// For people: `−18.4 dBm`, `48.0 Mbit/s`, `3 h 12 min`.
    pub fn say(&self, unit: &str) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::YesNo(yes) => if *yes { "Yes" } else { "No" }.to_owned(),
            Self::Number(number) => quantity(*number, unit),
        }
    }
}

/// An alias as the page of aliases shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasView {
    /// Such as `wifi.radio.channel`.
    pub name: String,
    pub label: String,
    pub kind: Kind,
    /// Empty: none.
    pub unit: String,
    /// The table whose rows have it; a table's own alias has none.
    pub table: Option<String>,
    /// It names the rows of a table, not a value.
    pub is_table: bool,
    /// Where the product looks, in order.
    pub paths: Vec<String>,
    /// What an operator added.
    pub own: Option<OwnAlias>,
}

/// What an operator says of an alias: places to look at first, or an alias of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnAlias {
    /// Lower case, words with dots between them, at most 64 characters.
    pub name: String,
    /// Only of an alias that the product does not have.
    #[serde(default)]
    pub label: String,
    #[serde(default)]
    pub kind: Kind,
    #[serde(default)]
    pub unit: String,
    /// One place each, at most 20 of at most 256 characters.
    pub paths: Vec<String>,
    /// Do not look at the product's own places.
    #[serde(default)]
    pub only: bool,
    #[serde(default)]
    pub changed_at: Timestamp,
    #[serde(default)]
    pub changed_by: String,
}

impl OwnAlias {
    pub const PATHS: usize = 20;

    /// The rules that need no other alias. The error says the rule.
    pub fn check(&self) -> Result<(), &'static str> {
        let word = |word: &str| {
            !word.is_empty()
                && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
        };
        if self.name.len() > 64 || self.name.split('.').count() < 2 || !self.name.split('.').all(word) {
            return Err(
                "A name is two or more words in lower case with dots between them, such as wifi.radio.channel.",
            );
        }
        if self.label.chars().count() > 60 || self.unit.chars().count() > 12 {
            return Err("A label has at most 60 characters, a unit at most 12.");
        }
        if self.paths.is_empty() || self.paths.len() > Self::PATHS {
            return Err("Give 1 to 20 places, one on each line.");
        }
        if self.paths.iter().any(|path| path.trim().is_empty() || path.len() > 256) {
            return Err("A place has 1 to 256 characters.");
        }
        Ok(())
    }
}

/// What an alias gives on one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasTry {
    pub name: String,
    /// In words and with its unit. `None`: nothing was found, or what was found makes no sense. Secrets are masked.
    pub value: Option<String>,
    /// As the device says it; empty for secrets.
    pub raw: String,
    /// The parameter or row that it comes from.
    pub path: Option<String>,
    pub writable: bool,
    pub read_at: Option<Timestamp>,
}

/// All aliases tried on one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasTrial {
    pub device: DeviceId,
    /// Maker, model and serial number.
    pub title: String,
    pub tries: Vec<AliasTry>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_said_for_people() {
        assert_eq!(Value::Number(48_000.0).say("kbit/s"), "48.0 Mbit/s");
        assert_eq!(Value::YesNo(true).say(""), "Yes");
        assert_eq!(Value::Text("up-1".into()).say("dB"), "up-1", "words of a device stay as they are");
    }

    #[test]
    fn names_and_places_of_own_aliases_are_bounded() {
        let own = |name: &str, paths: &[&str]| OwnAlias {
            name: name.to_owned(),
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            ..OwnAlias::default()
        };
        assert!(own("wifi.radio.channel", &["Channel"]).check().is_ok());
        for name in ["channel", "Wifi.channel", "wifi..channel", "", "wifi.radio.channel!"] {
            assert!(own(name, &["Channel"]).check().is_err(), "{name}");
        }
        assert!(own("a.b", &[]).check().is_err());
        assert!(own("a.b", &[" "]).check().is_err());
        assert!(own("a.b", &["x"; 21]).check().is_err());
    }
}
