//! The timeline of a device: what happened, when, by whom.

use crate::task::ValueChange;
use crate::timeline::Topic;
use crate::{DeviceId, EventId, SnapshotId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    pub id: EventId,
    pub device: DeviceId,
    pub at: Timestamp,
    pub kind: EventKind,
    /// Name of the agent; `None`: the device or the system.
    pub by: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// Seen for the first time.
    FirstContact,
    /// Factory reset or first installation: `0 BOOTSTRAP`.
    Bootstrap,
    /// Power-up or reboot: `1 BOOT`.
    Boot,
    /// The whole tree was read for the first time.
    Discovered {
        parameters: u32,
        round_trips: u32,
    },
    /// Parameters changed, found in an Inform or while reading. At most 20 are kept; `more` says how many else.
    Changed {
        changes: Vec<ValueChange>,
        more: u32,
    },
    /// A task came to its end.
    TaskEnded {
        task: TaskId,
        title: String,
        state: crate::task::TaskState,
        /// What it was about; entries from before it was told apart have `Other`.
        #[serde(default)]
        topic: Topic,
    },
    /// The version of the firmware changed.
    Software {
        before: String,
        after: String,
    },
    /// The address the device comes from changed.
    Address {
        before: String,
        after: String,
    },
    /// Somebody said to be this device and was turned away; what is stored of it did not change.
    Rejected {
        reason: String,
        address: String,
    },
    /// Whether the device may take part was decided, by a person or by its own login.
    Enrolment {
        state: crate::device::Enrolment,
    },
    /// `own`: it uses a login of its own from now on; else it went back to the shared one.
    Login {
        own: bool,
    },
    /// The device came to a subscriber's line; `before`: the account it was at.
    Linked {
        subscriber: crate::SubscriberId,
        account: String,
        why: crate::subscriber::LinkWhy,
        before: Option<String>,
    },
    /// The device left a subscriber's line.
    Unlinked {
        account: String,
    },
    /// Several subscribers fit to what the device says, so that it was left where it is.
    LinkConflict {
        accounts: Vec<String>,
    },
    /// A Wi-Fi password was shown to the one who did it. `what` names it, such as `Wi-Fi password of 2.4 GHz`; never
    /// its value.
    Revealed {
        what: String,
        reason: String,
    },
    /// Somebody asked for the router's own pages to be open to the internet for so many minutes.
    AccessOpened {
        minutes: u16,
    },
    /// Somebody asked for them to be closed before their time.
    AccessClosed,
    /// The device could not be woken.
    Unreachable {
        reason: String,
    },
    /// A session broke off.
    SessionFailed {
        reason: String,
    },
    /// A file was transferred that nobody here asked for. `what` is the device's own word for it, or empty.
    Transferred {
        what: String,
        download: bool,
        fault: Option<crate::fault::FaultView>,
    },
    /// Software modules changed that nobody here asked for.
    ModulesChanged {
        results: Vec<crate::file::ModuleResult>,
    },
    /// The device asks for a file.
    DownloadRequested {
        file_type: String,
    },
    /// An event of the maker's own, such as `X KESTREL overheated`; hostile text.
    Reported {
        code: String,
    },
    /// It checked in again after it had been silent past its interval and all retries; milliseconds since its last
    /// check-in.
    Returned {
        away_ms: i64,
    },
    /// Two devices report under this one identity, from these addresses.
    Twins {
        addresses: Vec<String>,
    },
    /// Handed on, with all that was known at that moment.
    Escalated {
        snapshot: SnapshotId,
        reason: String,
    },
    EscalationClosed {
        snapshot: SnapshotId,
        outcome: String,
    },
    /// The device answered a request of ours with a fault.
    Fault {
        fault: crate::fault::FaultView,
    },
}
