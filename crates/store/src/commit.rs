//! What a session writes at once.

use crate::device::DevicePatch;
use crate::error::StoreError;
use crate::secret::{CONNECTION_REQUEST_PASSWORD, CPE_PASSWORD, CPE_PENDING, TASK_PROGRESS, kind_column};
use crate::sql::clean;
use crate::store::Store;
use crate::subscriber::Linked;
use crate::task::{TaskRecord, json};
use crate::tree::Tree;
use crate::writer::{Done, Job, Prepared, PreparedUpdate};
use model::event::EventKind;
use model::history::Sample;
use model::task::{TaskKind, TaskOutcome, TaskState, TaskStep};
use model::timeline::Class;
use model::tree::ValueType;
use model::{DeviceId, EventId, TaskId, Timestamp};
use std::fmt;
use std::sync::Arc;

/// Writes that belong together: all of them become durable, or none.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    pub writes: Vec<Write>,
}

/// One thing to write.
#[derive(Clone)]
#[allow(clippy::large_enum_variant)] // Most writes are of a device; a box for each would cost more than the space.
pub enum Write {
    /// Changes columns of a device. A device that is gone fails the whole commit.
    Device { id: DeviceId, patch: DevicePatch },
    /// Replaces the tree blob and clears the hot values.
    Tree { device: DeviceId, tree: Arc<Tree> },
    /// Values that Informs carry (path, type, value), kept beside the tree and merged over it when it is read.
    Hot { device: DeviceId, at: Timestamp, values: Vec<(String, ValueType, String)> },
    /// Compare-and-set: does nothing unless the stored state is one of `from`; see [`Written::Task`].
    Task { id: TaskId, from: Vec<TaskState>, update: TaskUpdate },
    /// Appends numbers to the device's history.
    Samples { device: DeviceId, samples: Vec<Sample> },
    /// Appends to the device's timeline.
    Event { device: DeviceId, at: Timestamp, kind: EventKind, by: Option<String> },
}

/// What changes of a task. Only the `Some` fields are written.
#[derive(Clone, Default)]
pub struct TaskUpdate {
    /// Sets `state` and `updated_at`, and appends to the task's steps.
    pub step: Option<TaskStep>,
    /// Replaces what was to be done, to scrub secrets at the end.
    pub kind: Option<TaskKind>,
    pub note: Option<Option<String>>,
    pub outcome: Option<TaskOutcome>,
    pub progress: Option<String>,
    pub attempts: Option<u32>,
}

/// What became of each write, in the order of [`Commit::writes`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Committed {
    pub written: Vec<Written>,
}

/// What became of one write.
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    Done,
    /// A change of a device, by which it came to another line, or to none because several fit.
    Linked(Box<Linked>),
    /// The task as it is now if the update was applied; `None` if its state had moved on (or the task is gone).
    Task(Option<Box<TaskRecord>>),
    Event(EventId),
}

// Values of parameters may be secrets: sizes are printed, not contents.
impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device { id, patch } => f.debug_struct("Device").field("id", id).field("patch", patch).finish(),
            Self::Tree { device, tree } => {
                f.debug_struct("Tree").field("device", device).field("nodes", &tree.len()).finish()
            }
            Self::Hot { device, at, values } => {
                f.debug_struct("Hot").field("device", device).field("at", at).field("values", &values.len()).finish()
            }
            Self::Task { id, from, update } => {
                f.debug_struct("Task").field("id", id).field("from", from).field("update", update).finish()
            }
            Self::Samples { device, samples } => {
                f.debug_struct("Samples").field("device", device).field("samples", samples).finish()
            }
            Self::Event { device, at, by, .. } => {
                f.debug_struct("Event").field("device", device).field("at", at).field("by", by).finish_non_exhaustive()
            }
        }
    }
}

impl fmt::Debug for TaskUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskUpdate")
            .field("step", &self.step)
            .field("kind", &self.kind.as_ref().map(TaskKind::name))
            .field("note", &self.note)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Returns when everything in it is durable. Many commits of many sessions share one transaction (up to 512); one
    /// that fails does not fail the others. A caller that stops waiting does not stop the commit.
    ///
    /// After [`StoreError::Unavailable`] the commit has most likely not happened, but may have: the connection can break
    /// while the database confirms.
    pub async fn commit(&self, commit: Commit) -> Result<Committed, StoreError> {
        if commit.writes.is_empty() {
            return Ok(Committed::default());
        }
        let mut prepared = Vec::with_capacity(commit.writes.len());
        for write in commit.writes {
            prepared.push(self.prepare(write).await?);
        }
        match self.0.writer.submit(Job::Commit(prepared)).await? {
            Done::Commit(committed) => Ok(committed),
            _ => Err(StoreError::Database("a commit was not answered by a commit".to_owned())),
        }
    }

    /// Serialises on the caller's side: the writer serves everyone.
    async fn prepare(&self, write: Write) -> Result<Prepared, StoreError> {
        Ok(match write {
            Write::Device { id, mut patch } => {
                let secrets = [
                    (CPE_PASSWORD, &mut patch.cpe_password),
                    (CPE_PENDING, &mut patch.cpe_pending),
                    (CONNECTION_REQUEST_PASSWORD, &mut patch.connection_request_password),
                ];
                for (place, secret) in secrets {
                    if let Some(plain) = secret {
                        *secret = Some(self.0.vault.seal_text(place, id, plain));
                    }
                }
                Prepared::Device { id, patch: Box::new(patch) }
            }
            Write::Tree { device, tree } => {
                let (dictionary, blob) = self.encode_tree(device, &tree).await?;
                Prepared::Tree { device, dictionary, blob }
            }
            Write::Hot { device, at, values } => Prepared::Hot { device, at, values },
            Write::Task { id, from, update } => {
                let update = PreparedUpdate {
                    step: update.step,
                    kind: update.kind.as_ref().map(|kind| kind_column(&self.0.vault, id, kind)).transpose()?,
                    note: update.note.map(|note| note.as_deref().map(clean)),
                    outcome: update.outcome.as_ref().map(json).transpose()?,
                    progress: update
                        .progress
                        .map(|progress| self.0.vault.seal_text(TASK_PROGRESS, id, &clean(&progress))),
                    attempts: update.attempts,
                };
                Prepared::Task { id, from, update }
            }
            Write::Samples { device, samples } => Prepared::Samples { device, samples },
            Write::Event { device, at, kind, by } => {
                let class = Class::of(&kind) as i16;
                Prepared::Event { device, at, class, kind: json(&kind)?, by: by.as_deref().map(clean) }
            }
        })
    }
}
