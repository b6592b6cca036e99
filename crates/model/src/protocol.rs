//! How Lastmile talks with one device: what was learnt, what was decided, and what went over the line.

use crate::device::Overrides;
use crate::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What is known of how to talk with a device. The sentences hold words of the device: hostile text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtocolView {
    pub overrides: Overrides,
    /// What this device has shown, beyond its model.
    pub device: Vec<String>,
    /// What devices of the same model and firmware have shown.
    pub model: Vec<String>,
    /// The methods that it says it has; empty if it was never asked.
    pub methods: Vec<String>,
    /// What failed and is tried again later.
    pub pauses: Vec<PauseView>,
}

/// Something that failed and waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseView {
    /// A few words, such as `Reading all settings`.
    pub what: String,
    /// In a row.
    pub failures: u32,
    /// Not before.
    pub next_at: Timestamp,
    /// Why the last attempt failed, in plain words.
    pub reason: String,
}

/// What of the learnt facts to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forget {
    /// What this device has shown.
    Device,
    /// That, and what its model and firmware have shown.
    Model,
}

/// Whose exchanges are recorded. In an address: [`TraceKey::slug`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceKey {
    Device(DeviceId),
    /// A device that has not got in yet, by the serial number that it says to have.
    Serial(String),
    /// Whatever comes from an address.
    Address(IpAddr),
}

impl TraceKey {
    /// Longest serial number of the standard is 64 characters; some devices have longer ones.
    pub const SERIAL: usize = 128;

    /// `device-7`, `serial-AB12`, `address-192.0.2.1`.
    pub fn slug(&self) -> String {
        match self {
            Self::Device(id) => format!("device-{id}"),
            Self::Serial(serial) => format!("serial-{serial}"),
            Self::Address(address) => format!("address-{address}"),
        }
    }

    /// The other way round.
    pub fn parse(slug: &str) -> Option<Self> {
        let (kind, rest) = slug.split_once('-')?;
        match kind {
            "device" => rest.parse().ok().map(DeviceId).map(Self::Device),
            "serial" if (1..=Self::SERIAL).contains(&rest.chars().count()) => Some(Self::Serial(rest.to_owned())),
            "address" => rest.parse().ok().map(Self::Address),
            _ => None,
        }
    }
}

/// A recording, running or kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceView {
    pub key: TraceKey,
    pub started_at: Timestamp,
    /// It ends by itself at this moment.
    pub until: Timestamp,
    /// Name of the agent who started it.
    pub by: String,
    /// Newest first.
    pub sessions: Vec<TraceSession>,
    /// Exchanges that were dropped because there were too many.
    pub dropped: u32,
}

impl TraceView {
    pub fn is_running(&self, now: Timestamp) -> bool {
        now < self.until
    }
}

/// The exchanges from one Inform to the end, with what came before it (challenges, calls).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceSession {
    /// Counted from 1 in each recording.
    pub number: u32,
    /// In order of time.
    pub exchanges: Vec<TraceLine>,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceLine {
    /// Counted from 1 in each recording.
    pub number: u32,
    pub at: Timestamp,
    /// Milliseconds until the answer.
    pub took_ms: u32,
    /// What came in, such as `Inform (2 PERIODIC)`; hostile text. Of a connection request: how the device was called.
    pub sent: String,
    /// What was answered, such as `GetParameterValues`.
    pub answered: String,
    /// HTTP status of the answer; `None` for a connection request.
    pub status: Option<u16>,
    /// Bytes in and out.
    pub bytes: (u32, u32),
}

/// One exchange with all that is kept of it. Secrets are masked; everything else is as it was sent: hostile text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceExchange {
    pub line: TraceLine,
    /// Address and port that it came from.
    pub peer: String,
    pub request: TraceHalf,
    pub response: TraceHalf,
}

/// One direction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceHalf {
    /// The first line and the headers that matter, in order; credentials and cookies masked.
    pub head: Vec<String>,
    /// Indented XML, or text with what cannot be shown written as escapes.
    pub body: String,
    /// The body was longer than is kept.
    pub cut: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip_through_addresses() {
        for key in [
            TraceKey::Device(DeviceId(7)),
            TraceKey::Serial("a-b/c %d".into()),
            TraceKey::Address("2001:db8::1".parse().expect("an address")),
        ] {
            assert_eq!(TraceKey::parse(&key.slug()), Some(key));
        }
        for bad in ["", "device-", "device-x", "serial-", "address-1.2.3", "planet-9", "device"] {
            assert_eq!(TraceKey::parse(bad), None, "{bad}");
        }
        assert_eq!(TraceKey::parse(&format!("serial-{}", "a".repeat(129))), None);
    }
}
