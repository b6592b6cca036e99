//! The settings of one router beside those of others.

use crate::task::SetValue;
use crate::tree::ValueType;
use crate::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};

/// What a router is compared with, as the URL knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompareWith {
    /// What most routers of the same model and firmware have.
    #[default]
    Model,
    /// Itself a week ago.
    Week,
    /// Another router, by its serial number or its number here.
    Device(String),
}

impl CompareWith {
    /// Longest text that can name a router, in characters.
    const LONGEST: usize = 128;

    /// From the URL; nothing is the model.
    pub fn parse(text: &str) -> Self {
        match text.trim() {
            "" | "model" => Self::Model,
            "week" => Self::Week,
            other => Self::Device(other.chars().take(Self::LONGEST).collect()),
        }
    }

    /// The word in the URL; empty for the model.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Model => "",
            Self::Week => "week",
            Self::Device(name) => name,
        }
    }
}

/// Settings that differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    pub against: Against,
    /// In the order of their paths.
    pub groups: Vec<Group>,
    /// How many settings could be compared: both sides tell them.
    pub compared: u32,
    /// There were more than are listed.
    pub truncated: bool,
}

/// The other side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Against {
    /// Routers of the same maker, model and firmware whose settings were read.
    Peers {
        /// How many were looked at: at most 20.
        count: u32,
        /// How many are needed.
        fewest: u32,
        model: String,
        software: String,
    },
    Device {
        id: DeviceId,
        serial: String,
        model: String,
        software: String,
    },
}

/// Settings of one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Ending in `.`
    pub object: String,
    pub rows: Vec<Row>,
}

/// One setting that differs. Never a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Full path.
    pub path: String,
    pub value: String,
    pub value_type: ValueType,
    pub read_at: Option<Timestamp>,
    /// What most of the others have, or the other one.
    pub usual: String,
    /// How many have it, of how many that tell it.
    pub same: u32,
    pub of: u32,
    /// When the other side was read; of several the one that was read first.
    pub usual_read_at: Option<Timestamp>,
    /// Why it differs from home to home anyway; `None`: it does not.
    pub nature: Option<Nature>,
}

impl Row {
    /// The value to be sent for the router to be as the others.
    pub fn to_usual(&self) -> SetValue {
        SetValue { path: self.path.clone(), value: self.usual.clone(), value_type: Some(self.value_type) }
    }
}

impl Comparison {
    /// How many rows differ from home to home anyway.
    pub fn natural(&self) -> usize {
        self.groups.iter().flat_map(|group| &group.rows).filter(|row| row.nature.is_some()).count()
    }

    /// Groups with the rows that are shown, none of them empty.
    pub fn shown(&self, natural: bool) -> Vec<Group> {
        let rows = |group: &Group| group.rows.iter().filter(|row| natural || row.nature.is_none()).cloned().collect();
        let groups = self.groups.iter().map(|group| Group { object: group.object.clone(), rows: rows(group) });
        groups.filter(|group| !group.rows.is_empty()).collect()
    }
}

/// Why a setting differs from home to home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// A name that people gave.
    Name,
    /// An address, in the home or on the internet.
    Address,
    /// Who the router signs in as.
    Login,
    /// What tells one box from all others.
    Identity,
    Time,
    /// A counter, or what it is counted for.
    Count,
    /// A channel: the neighbours decide.
    Channel,
    /// A row that belongs to something in this home: a forward, a lease.
    Home,
    /// The arguments of the last test.
    Test,
}

impl Nature {
    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "a name of this home",
            Self::Address => "an address",
            Self::Login => "its own login",
            Self::Identity => "tells this box from others",
            Self::Time => "a time",
            Self::Count => "a counter",
            Self::Channel => "depends on the neighbours",
            Self::Home => "belongs to this home",
            Self::Test => "the last test",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_is_compared_with_survives_the_url() {
        for text in ["", "week", "KSTL01", "17"] {
            assert_eq!(CompareWith::parse(text).as_str(), text);
        }
        assert_eq!(CompareWith::parse(" model "), CompareWith::Model);
        assert_eq!(CompareWith::parse(&"x".repeat(500)).as_str().len(), 128);
    }

    #[test]
    fn what_differs_by_nature_waits_behind_a_switch() {
        let row = |path: &str, nature| Row {
            path: path.into(),
            value: "1".into(),
            value_type: ValueType::UnsignedInt,
            read_at: None,
            usual: "2".into(),
            same: 3,
            of: 4,
            usual_read_at: None,
            nature,
        };
        let groups = vec![
            Group { object: "D.A.".into(), rows: vec![row("D.A.SSID", Some(Nature::Name))] },
            Group { object: "D.B.".into(), rows: vec![row("D.B.X", None), row("D.B.Channel", Some(Nature::Channel))] },
        ];
        let against = Against::Peers { count: 4, fewest: 3, model: "M".into(), software: "1".into() };
        let found = Comparison { against, groups, compared: 9, truncated: false };
        assert_eq!(found.natural(), 2);
        let shown = found.shown(false);
        assert_eq!((shown.len(), shown[0].rows.len(), shown[0].object.as_str()), (1, 1, "D.B."));
        assert_eq!(found.shown(true), found.groups);
        assert_eq!(shown[0].rows[0].to_usual().value, "2");
    }
}
