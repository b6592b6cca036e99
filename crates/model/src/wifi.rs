//! The Wi-Fi of a home: radios, networks, what uses them, and the networks of the neighbours.

pub mod channel;
pub mod reveal;
pub mod rules;

use crate::Timestamp;
use crate::setting::Setting;
use serde::{Deserialize, Serialize};

/// All that the Wi-Fi section of a device shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WifiView {
    pub radios: Vec<Radio>,
    pub networks: Vec<Network>,
    /// Weakest first; those that are not there any more last.
    pub clients: Vec<Client>,
    pub neighbours: Neighbours,
    /// Objects that a refresh of this section reads.
    pub refresh: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Radio {
    /// `2.4 GHz`, `5 GHz`, `6 GHz` or the object's own name.
    pub band: String,
    /// Name of the first network on it that has one; hostile text.
    pub ssid: Option<String>,
    pub on: Option<Setting>,
    pub channel: Option<Setting>,
    /// The one it uses now, where it tells it apart from the one that is set.
    pub channel_in_use: Option<u32>,
    /// It chooses its channel itself.
    pub auto: Option<Setting>,
    /// Channels that it says it can use; empty: not known.
    pub possible: Vec<u32>,
    /// In MHz.
    pub width: Option<u32>,
    /// Share of the time that the channel is in use, in percent.
    pub busy: Option<u32>,
    /// In dBm.
    pub noise: Option<i32>,
    /// How many devices use it.
    pub clients: Option<u32>,
    pub read_at: Option<Timestamp>,
}

/// One network on one band.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// The row, ending in `.`
    pub row: String,
    pub band: String,
    pub role: Role,
    pub ssid: Option<Setting>,
    pub on: Option<Setting>,
    pub security: Option<Setting>,
    /// Values that the security can have, the device's own words; empty: not known.
    pub modes: Vec<String>,
    /// Never with a value.
    pub password: Option<Setting>,
    /// The router has told its password: who may can have it shown.
    #[serde(default)]
    pub told: bool,
    /// The password of WPA3, where the router keeps it apart: it is set together with the other one.
    pub password_wpa3: Option<Setting>,
    pub clients: Option<u32>,
    /// The newest change of its password that was sent from here.
    pub sent: Option<PasswordSent>,
}

/// What a network is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The first of its band.
    #[default]
    Home,
    /// Kept apart from the home, or called so.
    Guest,
    Other,
}

/// A password that the router took and does not show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordSent {
    pub at: Timestamp,
    pub by: String,
    /// A device that was seen to use the network since; `None`: nobody has rejoined as far as is known.
    pub confirmed_by: Option<String>,
}

/// Something that uses the Wi-Fi.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// Its name in the home, else its hardware address; hostile text.
    pub name: String,
    pub mac: String,
    pub band: String,
    pub network: String,
    /// In dBm.
    pub signal: Option<i32>,
    /// Of the link, towards the client, in kbit/s.
    pub rate: Option<u32>,
    /// Share of data that had to be sent again, in percent.
    pub retransmissions: Option<u32>,
    pub since: Option<Timestamp>,
    /// `false`: the router still lists it, but it is gone.
    pub active: bool,
    pub read_at: Option<Timestamp>,
}

/// How well something hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    Good,
    Fair,
    Bad,
}

impl Signal {
    /// Of a level in dBm: below −70 pages are slow, below −78 the link breaks.
    pub fn of(dbm: i32) -> Self {
        match dbm {
            -70.. => Self::Good,
            -78..=-71 => Self::Fair,
            _ => Self::Bad,
        }
    }

    /// Bars out of four.
    pub fn bars(dbm: i32) -> u8 {
        match dbm {
            -55.. => 4,
            -70..=-56 => 3,
            -78..=-71 => 2,
            _ => 1,
        }
    }
}

/// What the last scan found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Neighbours {
    /// `None`: no scan is known.
    pub scanned_at: Option<Timestamp>,
    /// Without the home's own networks.
    pub list: Vec<Neighbour>,
    /// The router has a diagnostic that scans.
    pub can_scan: bool,
}

/// A network of somebody else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Empty: it hides its name. Hostile text.
    pub ssid: String,
    pub channel: u32,
    /// As [`Radio::band`].
    pub band: String,
    /// In dBm.
    pub signal: i32,
    /// In MHz; 20 where it is not told.
    pub width: u32,
}

impl WifiView {
    /// The bands of the networks of a role, in their order, each once.
    pub fn bands(&self, role: Role) -> Vec<String> {
        let mut bands: Vec<String> = Vec::new();
        for network in self.networks.iter().filter(|network| network.role == role) {
            if !bands.contains(&network.band) {
                bands.push(network.band.clone());
            }
        }
        bands
    }

    pub fn radio(&self, band: &str) -> Option<&Radio> {
        self.radios.iter().find(|radio| radio.band == band)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_words_and_bars() {
        for (levels, said) in [
            ([0, -47, -55], (Signal::Good, 4)),
            ([-56, -63, -70], (Signal::Good, 3)),
            ([-71, -75, -78], (Signal::Fair, 2)),
            ([-79, -81, i32::MIN], (Signal::Bad, 1)),
        ] {
            for level in levels {
                assert_eq!((Signal::of(level), Signal::bars(level)), said, "{level} dBm");
            }
        }
    }
}
