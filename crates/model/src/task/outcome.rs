//! How tasks end.

use super::{SetAttribute, SetValue};
use crate::FileId;
use crate::diagnostic::Diagnosis;
use crate::fault::FaultView;
use crate::file::{ModuleResult, QueuedTransferView};
use crate::restore::{Restored, RestoredLine};
use serde::{Deserialize, Serialize};

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
