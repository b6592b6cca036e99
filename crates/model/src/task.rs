//! Tasks: one thing to do on one device, durable, with its whole life visible.

mod kind;
mod names;
mod outcome;
mod state;

pub use kind::{SetAttribute, SetValue, TaskKind};
use names::row_name;
pub use names::{is_secret_name, short_name};
pub use outcome::{TaskOutcome, ValueChange};
pub use state::{TaskState, TaskStep};

use crate::{DeviceId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

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
