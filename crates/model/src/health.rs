//! How a home is: what was read of its router, in units of people, each value with its age.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// A value that was read, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Read<T> {
    pub value: T,
    pub at: Option<Timestamp>,
    /// The parameter it comes from.
    pub path: String,
}

pub type Number = Option<Read<f64>>;
pub type Text = Option<Read<String>>;

/// The value alone.
pub fn number(read: &Number) -> Option<f64> {
    read.as_ref().map(|read| read.value)
}

pub fn text(read: &Text) -> Option<&str> {
    read.as_ref().map(|read| read.value.as_str())
}

/// Whether a connection or line works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    Up,
    Connecting,
    Down,
    #[default]
    Unknown,
}

impl Link {
    pub fn parse(text: &str) -> Self {
        match text {
            "up" => Self::Up,
            "connecting" => Self::Connecting,
            "down" => Self::Down,
            _ => Self::Unknown,
        }
    }
}

/// The connection to the internet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Internet {
    pub link: Link,
    pub status: Text,
    /// As the device names it; none when there was none (`ERROR_NONE`).
    pub error: Text,
    pub ipv4: Text,
    pub ipv6: Text,
    pub prefix: Text,
    pub gateway: Text,
    pub dns: Text,
    /// Seconds.
    pub uptime: Number,
    pub user: Text,
    pub vlan: Number,
    /// Bytes since the connection began; counters of 32 bits wrap.
    pub sent: Number,
    pub received: Number,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    Dsl,
    Optical,
    /// Neither tells of itself: an Ethernet line, or a device that does not say.
    #[default]
    Other,
}

/// The access line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub kind: LineKind,
    pub link: Link,
    pub status: Text,
    pub standard: Text,
    /// kbit/s
    pub down: Number,
    pub up: Number,
    /// dB
    pub margin: Number,
    pub margin_up: Number,
    pub attenuation: Number,
    /// Errored seconds in the current quarter of an hour.
    pub errored: Number,
    pub retrains: Number,
    /// dBm
    pub rx: Number,
    pub tx: Number,
    /// The device's own limits of light, if it has them.
    pub rx_low: Number,
    pub rx_high: Number,
}

/// One radio.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Radio {
    /// `2.4 GHz`
    pub band: String,
    pub ssid: Text,
    pub on: Option<bool>,
    pub channel: Number,
    pub auto: Option<bool>,
    /// MHz
    pub width: Number,
    /// Percent of air time.
    pub busy: Number,
    /// dBm
    pub noise: Number,
    pub clients: Number,
    /// Networks of others that the last scan heard on this band; none without a scan.
    pub neighbours: Option<u32>,
    /// How many of them use a channel that overlaps with ours.
    pub overlapping: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    Cable,
    /// The band, or empty if it is not known.
    Wifi(String),
    #[default]
    Unknown,
}

/// A device in the home.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HomeDevice {
    /// Its own name, hostile text; empty if it has none.
    pub name: String,
    pub mac: String,
    pub ip: Text,
    pub connection: Connection,
    pub active: bool,
    /// dBm
    pub signal: Number,
    /// kbit/s, from the router to it.
    pub rate: Number,
    /// Percent of packets sent twice.
    pub retransmissions: Number,
    /// The newest value of it.
    pub at: Option<Timestamp>,
}

impl HomeDevice {
    /// What a person calls it.
    pub fn title(&self) -> &str {
        if self.name.is_empty() { &self.mac } else { &self.name }
    }
}

/// The router itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RouterBox {
    /// Seconds.
    pub uptime: Number,
    /// Percent.
    pub memory_used: Number,
    pub cpu: Number,
    /// °C
    pub temperature: Number,
    pub firmware: String,
    /// Boots that were reported, by others than us.
    pub boots_day: u32,
    pub boots_week: u32,
}

/// Everything that a device's page and its verdict are made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Health {
    pub internet: Internet,
    pub line: Line,
    pub radios: Vec<Radio>,
    /// Active ones, the weakest first; then those on cable; then those that are away.
    pub home: Vec<HomeDevice>,
    pub router: RouterBox,
}

impl Health {
    pub fn on_wifi(&self) -> usize {
        self.home.iter().filter(|one| one.active && matches!(one.connection, Connection::Wifi(_))).count()
    }

    pub fn on_cable(&self) -> usize {
        self.home.iter().filter(|one| one.active && one.connection == Connection::Cable).count()
    }

    pub fn active(&self) -> usize {
        self.home.iter().filter(|one| one.active).count()
    }
}
