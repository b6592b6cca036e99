//! The timeline as people read it: what happened to a device, what was done with it, and what was written down about
//! it, in one stream; and what is different from some time ago.

use crate::event::{EventKind, EventView};
use crate::file::FileType;
use crate::note::NoteView;
use crate::task::TaskKind;
use crate::{TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// What a task is about, as the timeline sorts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    #[default]
    Other,
    /// It changes settings.
    Settings,
    Firmware,
    Diagnostics,
}

impl Topic {
    pub fn of(kind: &TaskKind) -> Self {
        match kind {
            TaskKind::SetValues { .. }
            | TaskKind::AddObject { .. }
            | TaskKind::DeleteObject { .. }
            | TaskKind::SetAttributes { .. } => Self::Settings,
            kind if kind
                .file()
                .is_some_and(|file| matches!(file.file_type, FileType::Firmware | FileType::StoredFirmware)) =>
            {
                Self::Firmware
            }
            _ => Self::Other,
        }
    }
}

/// The finest sorting of events: stored with each, so that a page of some kinds costs no more than a page of all. Never
/// renumber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum Class {
    Restart = 1,
    /// Something changed on the device that nobody here asked for.
    Change = 2,
    /// The version of the firmware changed.
    Version = 3,
    Task = 4,
    SettingTask = 5,
    FirmwareTask = 6,
    DiagnosticTask = 7,
    Trouble = 8,
    /// A person decided about the device.
    Decision = 9,
    Escalation = 10,
}

impl Class {
    pub fn of(kind: &EventKind) -> Self {
        use EventKind as E;
        match kind {
            E::FirstContact | E::Bootstrap | E::Boot => Self::Restart,
            E::Changed { .. }
            | E::Address { .. }
            | E::Discovered { .. }
            | E::Transferred { .. }
            | E::ModulesChanged { .. }
            | E::DownloadRequested { .. }
            | E::Reported { .. }
            | E::Login { .. } => Self::Change,
            E::Software { .. } => Self::Version,
            E::TaskEnded { topic: Topic::Settings, .. } => Self::SettingTask,
            E::TaskEnded { topic: Topic::Firmware, .. } => Self::FirmwareTask,
            E::TaskEnded { topic: Topic::Diagnostics, .. } => Self::DiagnosticTask,
            E::TaskEnded { topic: Topic::Other, .. } => Self::Task,
            E::Unreachable { .. }
            | E::SessionFailed { .. }
            | E::Fault { .. }
            | E::Rejected { .. }
            | E::Returned { .. }
            | E::Twins { .. }
            | E::LinkConflict { .. } => Self::Trouble,
            E::Enrolment { .. }
            | E::Linked { .. }
            | E::Unlinked { .. }
            | E::Revealed { .. }
            | E::AccessOpened { .. }
            | E::AccessClosed => Self::Decision,
            E::Escalated { .. } | E::EscalationClosed { .. } => Self::Escalation,
        }
    }
}

/// What a person wants to see of it, as the filter and the URL know it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    #[default]
    All,
    /// The device's own changes and ours.
    Changes,
    /// What people and Lastmile did.
    Tasks,
    Diagnostics,
    Firmware,
    Restarts,
    /// Faults, broken sessions, routers that could not be reached or fell silent.
    Trouble,
    /// Notes and escalations.
    Notes,
}

impl Group {
    pub const ALL: [Self; 8] = [
        Self::All,
        Self::Changes,
        Self::Tasks,
        Self::Diagnostics,
        Self::Firmware,
        Self::Restarts,
        Self::Trouble,
        Self::Notes,
    ];

    /// The word in URLs; empty for all.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Changes => "changes",
            Self::Tasks => "tasks",
            Self::Diagnostics => "diagnostics",
            Self::Firmware => "firmware",
            Self::Restarts => "restarts",
            Self::Trouble => "trouble",
            Self::Notes => "notes",
        }
    }

    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|group| group.as_str() == text).unwrap_or_default()
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::All => "Everything",
            Self::Changes => "Changes",
            Self::Tasks => "Tasks",
            Self::Diagnostics => "Diagnostics",
            Self::Firmware => "Firmware",
            Self::Restarts => "Restarts",
            Self::Trouble => "Trouble",
            Self::Notes => "Notes",
        }
    }

    /// The classes it holds; empty: all of them.
    pub fn classes(self) -> &'static [Class] {
        match self {
            Self::All => &[],
            Self::Changes => &[Class::Change, Class::Version, Class::SettingTask],
            Self::Tasks => {
                &[Class::Task, Class::SettingTask, Class::FirmwareTask, Class::DiagnosticTask, Class::Decision]
            }
            Self::Diagnostics => &[Class::DiagnosticTask],
            Self::Firmware => &[Class::Version, Class::FirmwareTask],
            Self::Restarts => &[Class::Restart],
            Self::Trouble => &[Class::Trouble],
            Self::Notes => &[Class::Escalation],
        }
    }

    /// Whether it has notes of people in it.
    pub fn has_notes(self) -> bool {
        matches!(self, Self::All | Self::Notes)
    }

    pub fn holds(self, kind: &EventKind) -> bool {
        self.classes().is_empty() || self.classes().contains(&Class::of(kind))
    }
}

/// Which entries. By default all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimelineFilter {
    #[serde(default)]
    pub group: Group,
    /// Name of a person: only what they did and wrote. Empty: everybody, and the device itself.
    #[serde(default)]
    pub by: String,
}

impl TimelineFilter {
    /// Whether an entry that came just now belongs to it.
    pub fn holds(&self, entry: &Entry) -> bool {
        let kind = match entry {
            Entry::Event { event } => self.group.holds(&event.kind),
            Entry::Note { .. } => self.group.has_notes(),
        };
        kind && (self.by.is_empty() || entry.by() == Some(&self.by))
    }
}

/// One entry of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    Event { event: EventView },
    Note { note: NoteView },
}

impl Entry {
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Event { event } => event.at,
            Self::Note { note } => note.at,
        }
    }

    /// Name of the person; `None`: the device or the system.
    pub fn by(&self) -> Option<&String> {
        match self {
            Self::Event { event } => event.by.as_ref(),
            Self::Note { note } => Some(&note.by),
        }
    }

    /// Different entries have different keys; the key of an entry stays.
    pub fn key(&self) -> (bool, i64) {
        match self {
            Self::Event { event } => (false, event.id.0),
            Self::Note { note } => (true, note.id.0),
        }
    }
}

/// What is different from some time ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differences {
    pub since: Timestamp,
    /// In the order of [`Part::ALL`], without empty ones.
    pub parts: Vec<(Part, Vec<Difference>)>,
    /// There was too much to look at all of it: what is oldest is left out.
    pub truncated: bool,
}

/// A value that is not what it was. One that came back to what it was is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// A path; or `Firmware`, `Address`, a path of a row for a row that was added or deleted.
    pub path: String,
    /// `None`: not known, or it was not there.
    pub before: Option<String>,
    /// `None`: it is not there any more.
    pub after: Option<String>,
    /// Its values are never shown.
    pub secret: bool,
    /// How often it changed.
    pub times: u32,
    /// The last time.
    pub at: Timestamp,
    /// Who changed it the last time; `None`: the device, or somebody at it.
    pub by: Option<String>,
    pub task: Option<TaskId>,
}

/// A part of a device, as people think of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Box,
    Internet,
    Wifi,
    Home,
    Ports,
    Phone,
    Management,
    Other,
}

impl Part {
    pub const ALL: [Self; 8] =
        [Self::Box, Self::Internet, Self::Wifi, Self::Home, Self::Ports, Self::Phone, Self::Management, Self::Other];

    pub fn label(self) -> &'static str {
        match self {
            Self::Box => "The router itself",
            Self::Internet => "Internet and line",
            Self::Wifi => "Wi-Fi",
            Self::Home => "Home network",
            Self::Ports => "Port forwards",
            Self::Phone => "Telephone",
            Self::Management => "Management",
            Self::Other => "Other",
        }
    }

    /// By the objects of its path (TR-098 and TR-181); the innermost known one decides.
    pub fn of(path: &str) -> Self {
        let named = |name: &str| match name {
            "WiFi" | "WLANConfiguration" => Some(Self::Wifi),
            "PortMapping" | "NAT" | "Firewall" => Some(Self::Ports),
            "VoiceService" | "Services" => Some(Self::Phone),
            "ManagementServer" => Some(Self::Management),
            "WANDevice" | "PPP" | "DSL" | "Optical" | "XPON" | "Cellular" | "IP" | "Routing" | "DNS" | "Address" => {
                Some(Self::Internet)
            }
            "LANDevice"
            | "Hosts"
            | "DHCPv4"
            | "DHCPv6"
            | "Ethernet"
            | "Bridging"
            | "LANEthernetInterfaceConfig"
            | "LANHostConfigManagement" => Some(Self::Home),
            "DeviceInfo" | "Firmware" | "Time" | "SoftwareModules" | "UserInterface" => Some(Self::Box),
            _ => None,
        };
        path.rsplit('.').find_map(named).unwrap_or(Self::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_round_trip_through_the_url() {
        for group in Group::ALL {
            assert_eq!(Group::parse(group.as_str()), group);
        }
        assert_eq!(Group::parse("nonsense"), Group::All);
    }

    #[test]
    fn our_changes_are_changes_and_tasks() {
        let ours = EventKind::TaskEnded {
            task: TaskId(1),
            title: "Set Channel to 11".into(),
            state: crate::task::TaskState::Verified,
            topic: Topic::Settings,
        };
        let held: Vec<_> = Group::ALL.into_iter().filter(|group| group.holds(&ours)).collect();
        assert_eq!(held, [Group::All, Group::Changes, Group::Tasks]);
        assert!(!Group::Changes.holds(&EventKind::Boot));
    }

    #[test]
    fn a_filter_by_person_hides_the_device() {
        let event = |by: Option<&str>| Entry::Event {
            event: EventView {
                id: crate::EventId(1),
                device: crate::DeviceId(1),
                at: Timestamp(0),
                kind: EventKind::Boot,
                by: by.map(str::to_owned),
            },
        };
        let filter = TimelineFilter { by: "Ana".into(), ..TimelineFilter::default() };
        assert!(filter.holds(&event(Some("Ana"))) && !filter.holds(&event(None)) && !filter.holds(&event(Some("Ben"))));
        assert!(TimelineFilter::default().holds(&event(None)));
    }

    #[test]
    fn paths_belong_to_parts() {
        for (path, part) in [
            ("InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.Channel", Part::Wifi),
            ("Device.WiFi.Radio.1.Channel", Part::Wifi),
            ("InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.PortMapping.2.", Part::Ports),
            ("InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.Username", Part::Internet),
            ("Device.Hosts.Host.1.Active", Part::Home),
            ("Device.ManagementServer.PeriodicInformInterval", Part::Management),
            ("Firmware", Part::Box),
            ("Address", Part::Internet),
            ("Device.X_MAKER.Thing", Part::Other),
        ] {
            assert_eq!(Part::of(path), part, "{path}");
        }
    }
}
