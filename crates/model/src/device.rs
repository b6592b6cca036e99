//! Devices as lists and pages show them.

mod columns;
mod overrides;

pub use columns::{Column, Columns};
pub use overrides::{BooleanWords, Overrides};

use crate::diagnostic::Plan;
use crate::health::Health;
use crate::history::Line;
use crate::number::Measured;
use crate::page::Cursor;
use crate::reach::{Reachability, WayView};
use crate::subscriber::SubscriberView;
use crate::verdict::Verdict;
use crate::wifi::Radio;
use crate::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};

/// Who a device is: TR-069 A.3.3.1 `DeviceIdStruct`, normalised (OUI in upper case). The key is
/// (`oui`, `product_class`, `serial`); `manufacturer` only describes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    pub manufacturer: String,
    pub oui: String,
    pub product_class: String,
    pub serial: String,
}

impl Identity {
    /// Whether both are the same device: the key alone counts (rule 124).
    pub fn is_same_device(&self, other: &Self) -> bool {
        (&self.oui, &self.product_class, &self.serial) == (&other.oui, &other.product_class, &other.serial)
    }
}

/// Which of the two data models a device speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DataModel {
    /// TR-098: the root is `InternetGatewayDevice.`
    Tr098,
    /// TR-181: the root is `Device.`
    Tr181,
    #[default]
    Unknown,
}

impl DataModel {
    pub fn label(self) -> &'static str {
        match self {
            Self::Tr098 => "TR-098",
            Self::Tr181 => "TR-181",
            Self::Unknown => "Not known",
        }
    }

    /// The root object with its final dot; empty while unknown.
    pub fn root(self) -> &'static str {
        match self {
            Self::Tr098 => "InternetGatewayDevice.",
            Self::Tr181 => "Device.",
            Self::Unknown => "",
        }
    }

    /// Learnt from any full path or root object.
    pub fn of_path(path: &str) -> Self {
        if path.starts_with("InternetGatewayDevice.") {
            Self::Tr098
        } else if path.starts_with("Device.") {
            Self::Tr181
        } else {
            Self::Unknown
        }
    }
}

/// Whether a device may take part in management.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enrolment {
    #[default]
    Approved,
    /// Its Informs are taken, nothing is read from it or sent to it until an agent approves it.
    Quarantined,
    /// An agent refused it: its sessions end with the Inform.
    Refused,
}

impl Enrolment {
    pub const ALL: [Self; 3] = [Self::Approved, Self::Quarantined, Self::Refused];

    pub fn label(self) -> &'static str {
        match self {
            Self::Approved => "Approved",
            Self::Quarantined => "Waiting for approval",
            Self::Refused => "Refused",
        }
    }

    /// The word used in URLs and filters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Quarantined => "waiting",
            Self::Refused => "refused",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Whether a device is there, judged by its own inform interval and the CWMP retry windows (§3.2.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Checked in when it should have.
    Online,
    /// Past its interval, still inside the retry windows.
    Late,
    /// Past its interval and every retry window that counts.
    Offline,
    /// We told it to reboot and it has not come back yet.
    Rebooting,
}

impl Presence {
    pub const ALL: [Self; 4] = [Self::Online, Self::Late, Self::Offline, Self::Rebooting];

    /// `late_at`: when an Inform was due; `overdue_at`: when the retry windows are over too.
    pub fn at(now: Timestamp, late_at: Timestamp, overdue_at: Timestamp, rebooting_until: Option<Timestamp>) -> Self {
        if rebooting_until.is_some_and(|until| now < until) {
            Self::Rebooting
        } else if now < late_at {
            Self::Online
        } else if now < overdue_at {
            Self::Late
        } else {
            Self::Offline
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Online => "Online",
            Self::Late => "Late",
            Self::Offline => "Offline",
            Self::Rebooting => "Rebooting",
        }
    }

    /// The word used in URLs and filters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Late => "late",
            Self::Offline => "offline",
            Self::Rebooting => "rebooting",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|presence| presence.as_str() == text)
    }
}

/// One row of the device list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRow {
    pub id: DeviceId,
    pub identity: Identity,
    /// `DeviceInfo.ModelName`, else the ProductClass.
    pub model: String,
    pub hardware_version: String,
    pub software_version: String,
    /// Address that the ACS saw the device come from.
    pub address: String,
    pub first_seen: Timestamp,
    pub last_inform: Timestamp,
    /// An Inform is due before this moment.
    pub late_at: Timestamp,
    /// Past this moment the device counts as offline.
    pub overdue_at: Timestamp,
    pub rebooting_until: Option<Timestamp>,
    pub subscriber: Option<SubscriberView>,
    /// Tasks that have not ended yet.
    pub open_tasks: u32,
    pub enrolment: Enrolment,
    /// Something failed with it too often, see [`DeviceView::stuck`].
    #[serde(default)]
    pub stuck: bool,
    #[serde(default)]
    pub data_model: DataModel,
    /// Whether it came the last time it was called, and when that was; `None`: never called.
    #[serde(default)]
    pub woken: Option<(bool, Timestamp)>,
}

/// What became of the last call to a device: see [`DeviceRow::woken`].
pub fn woken(success: Option<Timestamp>, failure: Option<Timestamp>) -> Option<(bool, Timestamp)> {
    match (success, failure) {
        (success, Some(failure)) if success.is_none_or(|success| success < failure) => Some((false, failure)),
        (Some(success), _) => Some((true, success)),
        _ => None,
    }
}

impl DeviceRow {
    /// Whether it has ever informed; one that was registered beforehand may not have.
    pub fn was_seen(&self) -> bool {
        self.last_inform != Timestamp(0)
    }

    pub fn presence(&self, now: Timestamp) -> Presence {
        Presence::at(now, self.late_at, self.overdue_at, self.rebooting_until)
    }
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    #[default]
    Ascending,
    Descending,
}

/// What the device list can be sorted by; each has an index in the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceSort {
    /// Order of first contact.
    #[default]
    FirstSeen,
    Serial,
    Model,
    Software,
    /// Name of the subscriber; devices without one come last.
    Subscriber,
    LastInform,
}

impl DeviceSort {
    pub const ALL: [Self; 6] =
        [Self::FirstSeen, Self::Serial, Self::Model, Self::Software, Self::Subscriber, Self::LastInform];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstSeen => "first_seen",
            Self::Serial => "serial",
            Self::Model => "model",
            Self::Software => "software",
            Self::Subscriber => "subscriber",
            Self::LastInform => "last_inform",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == text)
    }
}

/// Which devices. Empty fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeviceFilter {
    /// Words as typed in the list's own search field: part of serial, model, subscriber, address…
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub presence: Option<Presence>,
    /// `None`: whatever it is.
    #[serde(default)]
    pub enrolment: Option<Enrolment>,
    #[serde(default)]
    pub manufacturer: String,
    #[serde(default)]
    pub model: String,
    #[serde(default)]
    pub software_version: String,
    /// Only devices that nothing is asked of by itself any more: it failed too often.
    #[serde(default)]
    pub stuck: bool,
    /// Only devices first seen within this many days.
    #[serde(default)]
    pub new_within_days: Option<u16>,
}

/// A page of the device list, as a URL describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeviceQuery {
    #[serde(default)]
    pub filter: DeviceFilter,
    #[serde(default)]
    pub sort: DeviceSort,
    #[serde(default)]
    pub direction: Direction,
    #[serde(default)]
    pub cursor: Option<CursorText>,
    /// Rows a page; 0 means the default of 50; at most 200.
    #[serde(default)]
    pub limit: u16,
    /// What the link wants to be shown; `None`: what the person chose for themselves. Changes no rows.
    #[serde(default)]
    pub columns: Option<Columns>,
}

/// A cursor's text inside a hashable query.
pub type CursorText = String;

impl DeviceQuery {
    pub fn page_size(&self) -> u16 {
        match self.limit {
            0 => 50,
            n => n.min(200),
        }
    }

    #[must_use]
    pub fn with_cursor(mut self, cursor: Option<&Cursor>) -> Self {
        self.cursor = cursor.map(|cursor| cursor.0.clone());
        self
    }
}

/// Values to offer in a filter, with how many devices have each (from a cache, see `counted_at`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facets {
    pub models: Vec<(String, u64)>,
    pub software_versions: Vec<(String, u64)>,
    pub manufacturers: Vec<(String, u64)>,
    pub counted_at: Timestamp,
}

/// How the fleet is, for the home page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    pub devices: u64,
    pub online: u64,
    pub late: u64,
    pub offline: u64,
    pub open_tasks: u64,
    pub failed_tasks_today: u64,
    pub counted_at: Timestamp,
}

/// One small fact on the summary with the age of its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    pub label: String,
    /// `None`: not known. Never shown as 0.
    pub value: Option<String>,
    /// The same where it is a number.
    #[serde(default)]
    pub measured: Option<Measured>,
    /// Mono type for identifiers.
    pub identifier: bool,
    pub read_at: Option<Timestamp>,
    /// The parameter it comes from, if it is one.
    pub path: Option<String>,
}

/// A group of facts: one card on the summary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactGroup {
    pub title: String,
    pub facts: Vec<Fact>,
}

/// The head and summary of a device's page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceView {
    pub row: DeviceRow,
    pub data_model: DataModel,
    pub cwmp_version: String,
    pub reach: Reachability,
    /// The ways that the device offers, the one that is tried first in front.
    pub ways: Vec<WayView>,
    /// What else is to be known about reaching it, one sentence each: NAT, an open door.
    pub reach_notes: Vec<String>,
    /// Seconds between Informs, by the device's own setting, if it is known.
    pub inform_interval: Option<u32>,
    pub parameter_count: u32,
    /// When the whole tree was last read.
    pub tree_read_at: Option<Timestamp>,
    /// `true` until the first discovery has ended.
    pub discovering: bool,
    /// Since when nothing is asked of it by itself any more, and why in plain words: it failed too often.
    pub stuck: Option<(Timestamp, String)>,
    /// Its Wi-Fi radios. Escalations kept before had other words for them.
    #[serde(default)]
    pub wifi_radios: Vec<Radio>,
    pub groups: Vec<FactGroup>,
    pub health: Health,
    pub verdict: Verdict,
    #[serde(default)]
    pub plan: Plan,
    /// How its numbers went in the last 24 hours, few points each.
    #[serde(default)]
    pub trends: Vec<Line>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presence_follows_the_devices_own_times() {
        let (late, overdue) = (Timestamp(100), Timestamp(200));
        let at = |now, until| Presence::at(Timestamp(now), late, overdue, until);
        assert_eq!(at(99, None), Presence::Online);
        assert_eq!(at(100, None), Presence::Late);
        assert_eq!(at(200, None), Presence::Offline);
        assert_eq!(at(50, Some(Timestamp(60))), Presence::Rebooting);
        assert_eq!(at(60, Some(Timestamp(60))), Presence::Online);
    }

    #[test]
    fn the_last_call_counts() {
        let (one, two) = (Some(Timestamp(1)), Some(Timestamp(2)));
        assert_eq!(woken(None, None), None);
        assert_eq!(woken(one, None), Some((true, Timestamp(1))));
        assert_eq!(woken(one, two), Some((false, Timestamp(2))));
        assert_eq!(woken(two, one), Some((true, Timestamp(2))));
        assert_eq!(woken(None, one), Some((false, Timestamp(1))));
    }

    #[test]
    fn data_models_are_case_sensitive() {
        assert_eq!(DataModel::of_path("Device.DeviceInfo."), DataModel::Tr181);
        assert_eq!(DataModel::of_path("InternetGatewayDevice."), DataModel::Tr098);
        assert_eq!(DataModel::of_path("device.DeviceInfo."), DataModel::Unknown);
    }

    #[test]
    fn page_sizes_are_bounded() {
        let size = |limit| DeviceQuery { limit, ..DeviceQuery::default() }.page_size();
        assert_eq!((size(0), size(10), size(9999)), (50, 10, 200));
    }
}
