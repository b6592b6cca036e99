//! What was done of a task so far, and the keys that its requests carry.

use super::TestProgress;
use super::restore::Restore;
use crate::session::Bookmark;
use model::file::ModuleResult;
use model::task::SetValue;
use model::{TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use store::TaskRecord;

/// What was done of a task so far; kept with it, so that it survives a crash.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Progress {
    /// The request that changes the device may have reached it.
    pub sent: bool,
    pub sent_at: Option<Timestamp>,
    /// Comes back with what reports the end: `M Reboot`, TransferComplete and the like.
    pub command_key: Option<String>,
    /// Rows of the table before AddObject.
    pub rows_before: Option<Vec<u32>>,
    /// The row that AddObject made.
    pub instance: Option<u32>,
    /// Values before the change; secrets left out.
    pub before: Vec<(String, Option<String>)>,
    /// The device answered with Status 1: committed, not applied yet.
    pub pending: bool,
    /// How often an order was given that must not be given again and again.
    pub sends: u32,
    /// Not taken up before: the device was busy, or it is not known yet what became of the last try.
    pub not_before: Option<Timestamp>,
    /// Not begun any more from this moment on: it was only for a time that is over.
    pub not_after: Option<Timestamp>,
    /// The device reports the end by then, or it counts as failed.
    pub deadline: Option<Timestamp>,
    /// A transfer was done when it was ordered (DownloadResponse with Status 0): no report follows.
    pub done_at_once: bool,
    /// A firmware image was reported as loaded, and its version is not the one that runs: the device has yet to start it.
    pub reported: bool,
    /// Firmware that ran before the order.
    pub version_before: String,
    /// What the device said of its software modules so far.
    pub results: Vec<ModuleResult>,
    /// What GetRPCMethods listed, if it was asked for this task.
    pub methods: Option<Vec<String>>,
    /// How often a transfer failed and was begun anew.
    pub failures: u32,
    /// Links of this transfer need no password.
    pub open_link: bool,
    /// When the windows of a ScheduleDownload were counted from first, and by how many days they were moved since.
    pub windows_from: Option<Timestamp>,
    pub days_later: u32,
    /// Values in one SetParameterValues, after the device said that it has not the resources for all; 0: all.
    pub batch: usize,
    /// Values that were set so far, in batches.
    pub set: usize,
    /// Of a test that the device runs.
    pub test: TestProgress,
    /// Where a reading stopped that takes more than one session.
    pub reading: Option<Bookmark>,
    /// What a factory reset keeps, and how far it is set again.
    pub restore: Option<Restore>,
    /// A campaign decides about repetitions: none is made without it.
    pub once: bool,
    /// Milliseconds that a transfer may take, in place of the usual time.
    pub within_ms: Option<i64>,
    /// What the row held that is deleted, below it: it can be made again.
    pub row_before: Vec<SetValue>,
}

impl Progress {
    pub fn of(task: &TaskRecord) -> Self {
        serde_json::from_str(&task.progress).unwrap_or_default()
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A new CommandKey for a task: at most 32 characters, and nobody guesses it. Each try of a transfer has one of its own.
pub(super) fn command_key(record: &TaskRecord) -> String {
    let mut key = format!("lastmile-{}-{:016x}", record.id, rand::random::<u64>());
    key.truncate(32);
    key
}

/// The task that a CommandKey of ours stands for, whether it is still there or not.
pub(crate) fn task_of_key(key: &str) -> Option<TaskId> {
    let (id, random) = key.strip_prefix("lastmile-")?.split_once('-')?;
    u64::from_str_radix(random, 16).ok()?;
    id.parse().ok()
}
