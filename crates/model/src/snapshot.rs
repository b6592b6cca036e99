//! Escalations: a problem is handed on together with everything that is known of the device at that moment.

use crate::device::DeviceView;
use crate::task::TaskView;
use crate::timeline::Entry;
use crate::{DeviceId, SnapshotId, Timestamp};
use serde::{Deserialize, Serialize};

/// Longest reason or outcome, in characters.
pub const WORDS_MAX: usize = 4000;
/// Most parameters that are kept; far more than devices have.
pub const PARAMETERS_MAX: usize = 20_000;

/// An escalation without its contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotHead {
    pub id: SnapshotId,
    pub device: DeviceId,
    pub at: Timestamp,
    /// Name of the agent.
    pub by: String,
    /// Why, and what was tried: their own words.
    pub reason: String,
    /// When, by whom and with which outcome it was closed.
    pub closed: Option<Closed>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    pub at: Timestamp,
    pub by: String,
    pub outcome: String,
}

/// What was known of the device when it was escalated. Secrets are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    pub device: DeviceView,
    /// In the order of their paths.
    pub parameters: Vec<SnapshotValue>,
    /// There were more parameters than are kept.
    pub truncated: bool,
    /// The newest, newest first.
    pub tasks: Vec<TaskView>,
    /// The newest entries, newest first.
    pub timeline: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotValue {
    pub path: String,
    /// `None`: it was never read, or it is a secret.
    pub value: Option<String>,
    #[serde(default)]
    pub secret: bool,
    pub read_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotView {
    pub head: SnapshotHead,
    pub content: Snapshot,
}
