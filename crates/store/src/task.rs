//! Tasks: one thing to do on one device, durable.

use model::task::{TaskKind, TaskOutcome, TaskState, TaskStep};
use model::{DeviceId, TaskId, Timestamp};
use std::fmt;

/// A task to be created, in the state `Queued`.
#[derive(Clone, PartialEq, Eq)]
pub struct NewTask {
    pub device: DeviceId,
    pub kind: TaskKind,
    /// Name of the agent, or of the system.
    pub by: String,
    pub now: Timestamp,
}

/// A task as stored.
#[derive(Clone, PartialEq)]
pub struct TaskRecord {
    pub id: TaskId,
    pub device: DeviceId,
    pub kind: TaskKind,
    pub state: TaskState,
    pub by: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// In order of time; the first is `Queued`.
    pub steps: Vec<TaskStep>,
    /// Why it still waits, in plain words.
    pub note: Option<String>,
    pub outcome: Option<TaskOutcome>,
    /// JSON of the `acs` crate's own: what was sent already (command key, rows before an AddObject, values before…).
    pub progress: String,
    pub attempts: u32,
}

// What is set, what was read before and the progress may hold passwords: none of it is printed.
impl fmt::Debug for NewTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewTask")
            .field("device", &self.device)
            .field("kind", &kind_name(&self.kind))
            .field("by", &self.by)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TaskRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskRecord")
            .field("id", &self.id)
            .field("device", &self.device)
            .field("kind", &kind_name(&self.kind))
            .field("state", &self.state)
            .field("by", &self.by)
            .field("created_at", &self.created_at)
            .field("updated_at", &self.updated_at)
            .field("steps", &self.steps)
            .field("note", &self.note)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// The variant's name alone.
pub(crate) fn kind_name(kind: &TaskKind) -> &'static str {
    match kind {
        TaskKind::Refresh { .. } => "Refresh",
        TaskKind::SetValues { .. } => "SetValues",
        TaskKind::AddObject { .. } => "AddObject",
        TaskKind::DeleteObject { .. } => "DeleteObject",
        TaskKind::Reboot => "Reboot",
        TaskKind::FactoryReset => "FactoryReset",
    }
}
