//! Tasks: one thing to do on one device, durable, with its whole life visible.

use crate::diagnostic::{Diagnosis, Test};
use crate::fault::FaultView;
use crate::file::{FileRef, ModuleOperation, ModuleResult, QueuedTransferView, TransferWindow, UploadKind};
use crate::network::access::switched;
use crate::restore::{KeepSet, Restored, RestoredLine};
use crate::tree::ValueType;
use crate::{DeviceId, FileId, Permission, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// One value to set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetValue {
    /// Full path (TR-069 ParameterValueStruct.Name, at most 256 characters).
    pub path: String,
    pub value: String,
    /// `None`: the type the device last reported.
    #[serde(default)]
    pub value_type: Option<ValueType>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TaskKind {
    /// Read objects (paths ending in `.`) and parameters again; names, values and writable flags. Empty: everything.
    Refresh {
        paths: Vec<String>,
    },
    /// SetParameterValues, all or nothing, then read back.
    SetValues {
        values: Vec<SetValue>,
    },
    /// AddObject, then set `values` (paths relative to the new row), then read the row back.
    AddObject {
        /// The table, ending in `.`
        path: String,
        #[serde(default)]
        values: Vec<SetValue>,
    },
    /// DeleteObject, then read the table back.
    DeleteObject {
        /// The row, ending in `.`
        path: String,
    },
    Reboot,
    /// FactoryReset; then what was kept is set again and read back.
    FactoryReset {
        /// Read before the reset, set again after `0 BOOTSTRAP`. Empty: the router stays as it left the factory.
        #[serde(default)]
        keep: Vec<KeepSet>,
        /// Passwords that the router does not tell, for what is kept.
        #[serde(default)]
        secrets: Vec<SetValue>,
    },
    /// Download: the device loads a file. Ends with its TransferComplete.
    Download {
        file: FileRef,
        /// Empty: the device decides.
        #[serde(default)]
        target_file_name: String,
        /// The device begins this many seconds after it got the order.
        #[serde(default)]
        delay_seconds: u32,
    },
    /// ScheduleDownload: as Download, inside one or two time windows (CWMP 1.2).
    ScheduleDownload {
        file: FileRef,
        #[serde(default)]
        target_file_name: String,
        windows: Vec<TransferWindow>,
    },
    /// Upload: the device sends a file.
    Upload {
        what: UploadKind,
        #[serde(default)]
        delay_seconds: u32,
    },
    /// CancelTransfer of an earlier task of the same device (CWMP 1.2).
    CancelTransfer {
        task: TaskId,
    },
    /// GetAllQueuedTransfers; GetQueuedTransfers where the device has only that.
    ReadTransfers,
    /// ScheduleInform: the device checks in after this many seconds, at least 1.
    ScheduleInform {
        delay_seconds: u32,
    },
    /// ChangeDUState: install, update, uninstall software modules (CWMP 1.2).
    ChangeModules {
        operations: Vec<ModuleOperation>,
    },
    /// GetParameterAttributes of objects and parameters.
    ReadAttributes {
        paths: Vec<String>,
    },
    /// SetParameterAttributes, in this order, all or nothing; then read back.
    SetAttributes {
        attributes: Vec<SetAttribute>,
    },
    /// GetRPCMethods.
    ReadMethods,
    /// GetOptions (deprecated). Empty: all.
    ReadOptions {
        name: String,
    },
    /// SetVouchers (deprecated). Base64.
    SetVouchers {
        vouchers: Vec<String>,
    },
    /// A vendor's own method `X_<VENDOR>_<name>` with the XML inside its element.
    Vendor {
        method: String,
        body: String,
    },
    /// The device runs a test and reports what it found.
    Diagnose {
        test: Test,
    },
    /// Ends a test that runs on the device, as far as the device can.
    StopTest {
        /// The test's object, ending in `.`
        object: String,
    },
}

/// How changes of a parameter are to be reported (A.3.2.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAttribute {
    /// A parameter, or an object ending in `.`
    pub path: String,
    /// 0 off, 1 passive, 2 active; 3 to 6 (lightweight) from CWMP 1.4. `None`: stays.
    #[serde(default)]
    pub notification: Option<u8>,
    /// Empty or `Subscriber`. `None`: stays.
    #[serde(default)]
    pub access_list: Option<Vec<String>>,
}

impl TaskOutcome {
    /// Secrets that were sent and accepted and that the router does not show: whether they hold is not known.
    pub fn unconfirmed(&self) -> impl Iterator<Item = &str> {
        let changes: &[ValueChange] = match self {
            Self::Changed { changes, .. } => changes,
            _ => &[],
        };
        let lines: &[RestoredLine] = match self {
            Self::Restored { lines, .. } => lines,
            _ => &[],
        };
        let hidden = |change: &&ValueChange| change.wanted.is_none();
        let open = |line: &&RestoredLine| line.restored == Restored::Unconfirmed;
        let changes = changes.iter().filter(hidden).map(|change| change.path.as_str());
        changes.chain(lines.iter().filter(open).map(|line| line.path.as_str()))
    }
}

impl TaskKind {
    /// The kind alone, without what it carries: for logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refresh { .. } => "Refresh",
            Self::SetValues { .. } => "SetValues",
            Self::AddObject { .. } => "AddObject",
            Self::DeleteObject { .. } => "DeleteObject",
            Self::Reboot => "Reboot",
            Self::FactoryReset { .. } => "FactoryReset",
            Self::Download { .. } => "Download",
            Self::ScheduleDownload { .. } => "ScheduleDownload",
            Self::Upload { .. } => "Upload",
            Self::CancelTransfer { .. } => "CancelTransfer",
            Self::ReadTransfers => "ReadTransfers",
            Self::ScheduleInform { .. } => "ScheduleInform",
            Self::ChangeModules { .. } => "ChangeModules",
            Self::ReadAttributes { .. } => "ReadAttributes",
            Self::SetAttributes { .. } => "SetAttributes",
            Self::ReadMethods => "ReadMethods",
            Self::ReadOptions { .. } => "ReadOptions",
            Self::SetVouchers { .. } => "SetVouchers",
            Self::Vendor { .. } => "Vendor",
            Self::Diagnose { .. } => "Diagnose",
            Self::StopTest { .. } => "StopTest",
        }
    }

    /// The file that the device is to load.
    pub fn file(&self) -> Option<&FileRef> {
        match self {
            Self::Download { file, .. } | Self::ScheduleDownload { file, .. } => Some(file),
            _ => None,
        }
    }

    /// Whether a device loads or sends a file for it.
    pub fn is_transfer(&self) -> bool {
        matches!(self, Self::Download { .. } | Self::ScheduleDownload { .. } | Self::Upload { .. })
    }

    /// Whether the device reports the end by itself, after it has taken the order.
    pub fn is_reported(&self) -> bool {
        self.is_transfer()
            || matches!(self, Self::ScheduleInform { .. } | Self::ChangeModules { .. } | Self::Diagnose { .. })
    }

    /// Whether it only asks the device something.
    pub fn only_asks(&self) -> bool {
        matches!(
            self,
            Self::Refresh { .. }
                | Self::ReadTransfers
                | Self::ReadAttributes { .. }
                | Self::ReadMethods
                | Self::ReadOptions { .. }
                | Self::Vendor { .. }
        )
    }

    /// What an agent needs to ask for it.
    pub fn permission(&self) -> Permission {
        match self {
            Self::Refresh { .. }
            | Self::ReadTransfers
            | Self::ReadAttributes { .. }
            | Self::ReadMethods
            | Self::ReadOptions { .. }
            | Self::ScheduleInform { .. }
            | Self::Diagnose { .. }
            | Self::StopTest { .. } => Permission::DeviceRefresh,
            Self::SetValues { .. }
            | Self::AddObject { .. }
            | Self::DeleteObject { .. }
            | Self::SetAttributes { .. } => Permission::DeviceWrite,
            Self::Reboot => Permission::DeviceReboot,
            Self::FactoryReset { .. } => Permission::DeviceFactoryReset,
            Self::Download { .. }
            | Self::ScheduleDownload { .. }
            | Self::Upload { .. }
            | Self::CancelTransfer { .. }
            | Self::ChangeModules { .. }
            | Self::SetVouchers { .. }
            | Self::Vendor { .. } => Permission::DeviceTransfer,
        }
    }

    /// A few words for lists, such as `Set Channel to 11`. Device- and person-supplied text stays text.
    pub fn title(&self) -> String {
        match self {
            Self::Refresh { paths } => match paths.as_slice() {
                [] => "Read everything".to_owned(),
                [root] if matches!(root.as_str(), "Device." | "InternetGatewayDevice.") => "Read everything".to_owned(),
                [one] => format!("Read {}", row_name(one)),
                many if many.len() > 8 => "Read the values of the page".to_owned(),
                many => format!("Read {} and {} more", row_name(&many[0]), many.len() - 1),
            },
            Self::SetValues { values } if values.iter().any(|value| switched(value).is_some()) => {
                let opens = values.iter().find_map(switched) == Some(true);
                format!("{} its pages to the internet", if opens { "Open" } else { "Close" })
            }
            Self::SetValues { values } => match values.as_slice() {
                [one] if is_reset(one) => "Reset the session".to_owned(),
                [one] if is_secret_name(&one.path) || one.value.is_empty() => format!("Set {}", short_name(&one.path)),
                [one] => format!("Set {} to {}", short_name(&one.path), one.value),
                many => format!("Change {} settings", many.len()),
            },
            Self::AddObject { path, .. } => format!("Add a {}", short_name(path)),
            Self::DeleteObject { path } => format!("Delete {}", row_name(path)),
            Self::Reboot => "Reboot".to_owned(),
            Self::FactoryReset { keep, .. } if keep.is_empty() => "Reset to factory".to_owned(),
            Self::FactoryReset { .. } => "Reset to factory and restore".to_owned(),
            Self::Download { file, .. } => format!("Load {}", file.name),
            Self::ScheduleDownload { file, .. } => format!("Load {} later", file.name),
            Self::Upload { what: UploadKind::Configuration(_), .. } => "Save the configuration".to_owned(),
            Self::Upload { what: UploadKind::Log(_), .. } => "Fetch the log".to_owned(),
            Self::CancelTransfer { .. } => "Cancel the transfer".to_owned(),
            Self::ReadTransfers => "Read the queued transfers".to_owned(),
            Self::ScheduleInform { delay_seconds } => format!("Check in after {delay_seconds} seconds"),
            Self::ChangeModules { operations } => match operations.as_slice() {
                [ModuleOperation::Install { .. }] => "Install a software module".to_owned(),
                [ModuleOperation::Update { .. }] => "Update a software module".to_owned(),
                [ModuleOperation::Uninstall { .. }] => "Uninstall a software module".to_owned(),
                many => format!("Change {} software modules", many.len()),
            },
            Self::ReadAttributes { paths } => match paths.as_slice() {
                [one] => format!("Read the reporting of {}", row_name(one)),
                many => format!("Read the reporting of {} parameters", many.len()),
            },
            Self::SetAttributes { attributes } => match attributes.as_slice() {
                [one] => format!("Change the reporting of {}", row_name(&one.path)),
                many => format!("Change the reporting of {} parameters", many.len()),
            },
            Self::ReadMethods => "Read the supported requests".to_owned(),
            Self::ReadOptions { .. } => "Read the options".to_owned(),
            Self::SetVouchers { .. } => "Set vouchers".to_owned(),
            Self::Vendor { method, .. } => format!("Send {method}"),
            Self::Diagnose { test } => test.title(),
            Self::StopTest { object } => format!("Stop {}", short_name(object)),
        }
    }
}

/// Whether a value is the command to close a session and open it again: it reads back as not given.
fn is_reset(value: &SetValue) -> bool {
    value.path.ends_with(".Reset") && ValueType::Boolean.same(&value.value, "1")
}

/// The last part of a path, without a final dot.
pub fn short_name(path: &str) -> &str {
    path.trim_end_matches('.').rsplit('.').next().unwrap_or(path)
}

/// The last part of a path; of a row, with its table: `PortMapping 2`.
fn row_name(path: &str) -> String {
    let name = short_name(path);
    let parent = path.trim_end_matches('.').strip_suffix(name).unwrap_or_default();
    if !parent.is_empty() && name.bytes().all(|b| b.is_ascii_digit()) {
        format!("{} {name}", short_name(parent))
    } else {
        name.to_owned()
    }
}

/// Whether a parameter's value must be masked: keys, passwords, passphrases, secrets.
pub fn is_secret_name(path: &str) -> bool {
    /// What is said about a secret is none: which of several is used, how often it was wrong.
    const ABOUT: [&str; 9] =
        ["index", "failures", "enable", "enabled", "length", "mode", "type", "count", "numberofentries"];
    let name = short_name(path).to_ascii_lowercase();
    if ABOUT.iter().any(|about| name.ends_with(about)) {
        return false;
    }
    ["password", "passphrase", "presharedkey", "psk", "wepkey", "secret", "privatekey", "pin", "sharedkey"].iter().any(
        |word| {
            // `pin` only as a whole word's end (`DevicePIN`), not inside `Ping` or `Mapping`.
            if *word == "pin" {
                name == "pin" || name.ends_with("devicepin") || name.ends_with("wpspin")
            } else {
                name.contains(word)
            }
        },
    )
}

/// Where a task is. Queued → Contacting → Connected → Applied → Verified; the rest are other ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Waits for the device (offline, busy, or behind other tasks).
    Queued,
    /// A connection request is out.
    Contacting,
    /// The device is in a session and the request is with it.
    Connected,
    /// The device said yes; not read back yet.
    Applied,
    /// Done, and seen to be so.
    Verified,
    /// The device said yes but still reports something else.
    Different,
    /// Ended with a fault.
    Failed,
    /// Cancelled by an agent before the device got it.
    Cancelled,
}

impl TaskState {
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Contacting,
        Self::Connected,
        Self::Applied,
        Self::Verified,
        Self::Different,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Whether nothing more will happen.
    pub fn ended(self) -> bool {
        matches!(self, Self::Verified | Self::Different | Self::Failed | Self::Cancelled)
    }

    /// Whether it can still be cancelled: the device has not got the request.
    pub fn cancellable(self) -> bool {
        matches!(self, Self::Queued | Self::Contacting)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Contacting => "contacting",
            Self::Connected => "connected",
            Self::Applied => "applied",
            Self::Verified => "verified",
            Self::Different => "different",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// When a task came into a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskStep {
    pub state: TaskState,
    pub at: Timestamp,
}

/// How a task ended, beyond its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum TaskOutcome {
    /// Read this many parameters.
    Read {
        parameters: u32,
    },
    /// What was set, before and after, as read back; secrets masked.
    Changed {
        changes: Vec<ValueChange>,
        /** Status 1: committed, not applied yet (A.3.2.1). */
        pending: bool,
    },
    Added {
        path: String,
    },
    Deleted {
        path: String,
        /// What the row held, with paths relative to it; without secrets and without what cannot be set.
        #[serde(default)]
        values: Vec<SetValue>,
    },
    /// It came back after this many milliseconds.
    Returned {
        after_ms: i64,
    },
    /// It came back from a factory reset, and what was kept was set again.
    Restored {
        after_ms: i64,
        lines: Vec<RestoredLine>,
        /** Status 1: committed, not applied yet (A.3.2.1). */
        pending: bool,
    },
    Fault {
        fault: FaultView,
    },
    /// A file was loaded or sent.
    Transferred {
        /// What a device sent.
        file: Option<FileId>,
        /// Firmware before and after, if it was read.
        version_before: String,
        version_after: String,
        /// The device never reported the end; its new version, or the file that came, shows that it was done.
        unreported: bool,
    },
    /// What waits to be transferred.
    Transfers {
        transfers: Vec<QueuedTransferView>,
    },
    /// It will check in.
    Scheduled,
    /// One entry for each operation that was reported.
    Modules {
        results: Vec<ModuleResult>,
    },
    /// How each is reported now.
    Attributes {
        attributes: Vec<SetAttribute>,
    },
    Methods {
        methods: Vec<String>,
    },
    /// Name and whether it is enabled.
    Options {
        options: Vec<(String, bool)>,
    },
    /// The vendor's answer: XML text, hostile.
    Answer {
        body: String,
    },
    /// What a test found.
    Diagnosed {
        result: Box<Diagnosis>,
    },
}

/// One parameter before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueChange {
    pub path: String,
    /// `None`: not known, or not there.
    pub before: Option<String>,
    /// What we asked for; `None` if nobody asked, or for a secret that the router did not show again. Empty for one
    /// that it did.
    pub wanted: Option<String>,
    pub after: Option<String>,
}

/// A task as the portal shows it. Secret values are masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskView {
    pub id: TaskId,
    pub device: DeviceId,
    pub kind: TaskKind,
    pub state: TaskState,
    /// Name of the agent, or `Lastmile`.
    pub by: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// In order of time; the first is `Queued`.
    pub steps: Vec<TaskStep>,
    /// Why it still waits, in plain words, such as `The router did not answer. It runs at its next check-in.`
    pub note: Option<String>,
    pub outcome: Option<TaskOutcome>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_never_shows_a_secret() {
        let path = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase".to_owned();
        let set = TaskKind::SetValues { values: vec![SetValue { path, value: "hunter22".into(), value_type: None }] };
        assert_eq!(set.title(), "Set KeyPassphrase");
    }

    #[test]
    fn titles_name_what_a_person_would() {
        let read = |path: &str| TaskKind::Refresh { paths: vec![path.to_owned()] }.title();
        assert_eq!(read("Device."), "Read everything");
        assert_eq!(read("Device.WiFi.Radio.1."), "Read Radio 1");
        assert_eq!(read("Device.WiFi."), "Read WiFi");
        let add = TaskKind::AddObject { path: "Device.NAT.PortMapping.".into(), values: Vec::new() };
        assert_eq!(add.title(), "Add a PortMapping");
        assert_eq!(
            TaskKind::DeleteObject { path: "Device.NAT.PortMapping.12.".into() }.title(),
            "Delete PortMapping 12"
        );
    }

    #[test]
    fn secrets_are_known_by_name() {
        for name in ["A.Password", "A.ConnectionRequestPassword", "A.KeyPassphrase", "A.PreSharedKey", "A.X_V_WPSPIN"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "A.Username",
            "A.PingInterval",
            "A.PortMappingNumberOfEntries",
            "A.SSID",
            "A.WEPKeyIndex",
            "A.TotalPSKFailures",
            "A.PasswordLength",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn states_round_trip_and_end() {
        for state in TaskState::ALL {
            assert_eq!(TaskState::parse(state.as_str()), Some(state));
            assert!(!(state.ended() && state.cancellable()), "{state:?}");
        }
    }
}
