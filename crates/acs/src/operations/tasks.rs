//! Changing devices.

use super::Acs;
use crate::audit::Entry as Audit;
use crate::checks::check_task;
use crate::clock::now;
use crate::devices::Entry;
use crate::learning::{all_writable, overrides};
use crate::session::method;
use crate::sessions::Taken;
use crate::views::task_view;
use crate::{AcsError, Actor, Result};
use model::audit::Act;
use model::desk::RecentTask;
use model::device::Enrolment;
use model::event::EventKind;
use model::live::LiveMessage;
use model::page::{Cursor, Page};
use model::restore::ResetPlan;
use model::task::{TaskKind, TaskState, TaskStep, TaskView};
use model::timeline::Topic;
use model::{DeviceId, Permission, TaskId};
use store::{NewTask, TaskRecord, TaskUpdate, Write, Written};

/// Tasks that may wait for one device at once.
pub(super) const OPEN_TASKS: usize = 100;

impl Acs {
    /// Newest first; `cursor` from an earlier page.
    pub async fn tasks(
        &self,
        actor: &Actor,
        id: DeviceId,
        cursor: Option<&Cursor>,
        limit: u16,
    ) -> Result<Page<TaskView>> {
        self.at(actor, Permission::DeviceRead, id).await?;
        self.record(id).await?;
        Ok(self.inner.store.tasks(id, cursor, limit).await?.map(task_view))
    }

    /// The newest tasks of the whole fleet, newest first; at most 50.
    pub async fn recent_tasks(&self, actor: &Actor, limit: u16) -> Result<Vec<RecentTask>> {
        actor.require(Permission::DeviceRead)?;
        let tasks = self.inner.store.recent_tasks(actor.scope(), limit.min(50)).await?;
        let devices: Vec<_> = tasks.iter().map(|task| task.device).collect();
        let owners = self.inner.store.owners(&devices).await?;
        let mut recent = Vec::with_capacity(tasks.len());
        for task in tasks {
            let whose = match owners.get(&task.device) {
                Some(owner) => owner.name.clone(),
                None => match self.inner.exchange.devices.get(task.device).await? {
                    Some(entry) => entry.record().identity.serial.clone(),
                    // Deleted in the meantime.
                    None => continue,
                },
            };
            recent.push(RecentTask { task: task_view(task), whose });
        }
        Ok(recent)
    }

    /// Queues a task and wakes the device if it can be woken. Checked before queueing: paths, types, what is writable.
    pub async fn create_task(&self, actor: &Actor, id: DeviceId, kind: TaskKind) -> Result<TaskView> {
        self.at(actor, kind.permission(), id).await?;
        self.queue_task(actor, id, kind, true).await
    }

    /// The same for who may; `asked`: somebody asked for it, so that it is written down who.
    pub(super) async fn queue_task(
        &self,
        actor: &Actor,
        id: DeviceId,
        kind: TaskKind,
        asked: bool,
    ) -> Result<TaskView> {
        let (kind, open) = self.checked(id, kind).await?;
        // Once is enough: pressing the button again must not reboot it again.
        if let Some(same) = same_waiting(&kind, &open) {
            return Ok(task_view(same.clone()));
        }
        if asked {
            self.audit_task(actor, Act::TaskCreated, id, &kind).await?;
        }
        let task = self.inner.store.create_task(NewTask::new(id, kind, actor.name(), now())).await?;
        let task = self.note_waiting(task, &open).await?;
        self.queued(id, task_view(task)).await
    }

    /// Writes down what is done with a task. Secrets are left out.
    pub(super) async fn audit_task(&self, actor: &Actor, act: Act, id: DeviceId, kind: &TaskKind) -> Result<()> {
        let shown = crate::session::scrubbed(kind).unwrap_or_else(|| kind.clone());
        let said = serde_json::json!({ "title": shown.title(), "task": shown });
        self.audit(actor, Audit::new(act, self.device_target(id).await?).after(said)).await
    }

    /// What is to be done, complete and found to be possible as far as can be told, and the tasks that are open.
    pub(super) async fn checked(&self, id: DeviceId, kind: TaskKind) -> Result<(TaskKind, Vec<TaskRecord>)> {
        let inner = &self.inner;
        let entry = inner.exchange.devices.get(id).await?.ok_or(AcsError::NotFound("device"))?;
        let mut tree = self.stored_tree(id).await?;
        let record = entry.record().clone();
        if overrides(&record).skip_writable_check {
            all_writable(&mut tree);
        }
        if record.enrolment != Enrolment::Approved {
            return Err(AcsError::Invalid("This router is not approved. Approve it first.".to_owned()));
        }
        let kind = self.files().resolve(everything(kind, record.data_model.root()), &record).await?;
        let kind = self.resolve_test(kind)?;
        let cwmp_version = record.cwmp_version;
        check_task(&kind, &tree, &cwmp_version).map_err(AcsError::Invalid)?;
        self.check_supported(&kind, &entry)?;
        let open = inner.store.open_tasks(id).await?;
        if let TaskKind::CancelTransfer { task } = kind
            && !open.iter().any(|one| one.id == task && one.kind.is_transfer() && one.state == TaskState::Applied)
        {
            return Err(AcsError::Invalid("The router has no such transfer: there is nothing to cancel.".to_owned()));
        }
        if open.len() >= OPEN_TASKS {
            return Err(AcsError::Invalid(format!(
                "{OPEN_TASKS} tasks wait for this router already. Cancel some first."
            )));
        }
        Ok((kind, open))
    }

    /// A task is in the database: open pages hear of it, and its device is woken.
    pub(super) async fn queued(&self, id: DeviceId, task: TaskView) -> Result<TaskView> {
        self.told(id, &task).await?;
        self.wake(id);
        Ok(task)
    }

    /// Has the tasks of a device taken up: in its session, or by waking it.
    pub(super) fn wake(&self, id: DeviceId) {
        // One that lost its connection may not come back: it is called after a moment.
        if self.inner.exchange.sessions.new_work(id) != Taken::Yes {
            self.inner.exchange.reach.wake(id);
        }
    }

    /// Open pages hear of a new task.
    pub(super) async fn told(&self, id: DeviceId, task: &TaskView) -> Result<()> {
        let inner = &self.inner;
        inner.exchange.devices.count_task(id, false);
        if inner.exchange.writing.bus.watched() {
            inner.exchange.writing.bus.publish(LiveMessage::Task { task: Box::new(task.clone()) });
            if let Some(entry) = inner.exchange.devices.get(id).await? {
                inner.exchange.writing.bus.publish(LiveMessage::Device { row: Box::new(entry.row()) });
            }
        }
        Ok(())
    }

    /// What the device has answered with *method not supported* is not sent again (rule 172).
    pub(super) fn check_supported(&self, kind: &TaskKind, entry: &Entry) -> Result<()> {
        let record = entry.record();
        let learnt = self.inner.exchange.learning.of(&record);
        let (method, _) = method(kind);
        // Either of two will do.
        let other = matches!(kind, TaskKind::ReadTransfers) && learnt.supports("GetQueuedTransfers");
        if learnt.supports(method) || other || matches!(kind, TaskKind::Refresh { .. }) {
            return Ok(());
        }
        Err(AcsError::Invalid(format!("This router does not support {method}. Nothing was sent.")))
    }

    /// Takes back what an ended task changed, by a task of its own. Fails if there is nothing to take back, or if somebody
    /// has changed it since.
    pub async fn undo_task(&self, actor: &Actor, id: TaskId) -> Result<TaskView> {
        let record = self.inner.store.task(id).await?.ok_or(AcsError::NotFound("task"))?;
        self.at(actor, record.kind.permission(), record.device).await?;
        let tree = self.stored_tree(record.device).await?;
        let kind = crate::undo::undo(&record, &tree).map_err(AcsError::Invalid)?;
        self.create_task(actor, record.device, kind).await
    }

    /// What could be set again after a factory reset, and what would have to be typed for it.
    pub async fn reset_plan(&self, actor: &Actor, id: DeviceId) -> Result<ResetPlan> {
        self.at(actor, Permission::DeviceRead, id).await?;
        let record = self.record(id).await?;
        let tree = self.stored_tree(id).await?;
        let learnt = self.inner.exchange.learning.of_model(&record);
        Ok(ResetPlan {
            sets: crate::keep::plan(&tree),
            usual_return_ms: learnt.returns.usual(false),
            usual_reset_ms: learnt.returns.usual(true),
        })
    }

    /// Only before the device has got it; a test also while the device runs it.
    pub async fn cancel_task(&self, actor: &Actor, id: TaskId) -> Result<TaskView> {
        let record = self.inner.store.task(id).await?.ok_or(AcsError::NotFound("task"))?;
        self.at(actor, record.kind.permission(), record.device).await?;
        if matches!(record.kind, TaskKind::Diagnose { .. }) && record.state == TaskState::Applied {
            self.audit_task(actor, Act::TaskCancelled, record.device, &record.kind).await?;
            return self.stop_test(actor, record).await;
        }
        self.may_be_cancelled(&record).await?;
        if record.state.cancellable() {
            self.audit_task(actor, Act::TaskCancelled, record.device, &record.kind).await?;
        }
        let at = now();
        let update = TaskUpdate {
            step: Some(TaskStep { state: TaskState::Cancelled, at }),
            kind: crate::session::scrubbed(&record.kind),
            note: Some(None),
            ..TaskUpdate::default()
        };
        let from = vec![TaskState::Queued, TaskState::Contacting];
        let written = self.inner.exchange.writing.commit(vec![Write::Task { id, from, update }]).await?;
        let Some(Written::Task(Some(cancelled))) = written.into_iter().next() else {
            return Err(AcsError::Invalid(
                "The router has this task already: it cannot be cancelled any more.".to_owned(),
            ));
        };
        let kind = EventKind::TaskEnded {
            task: id,
            title: record.kind.title(),
            state: TaskState::Cancelled,
            topic: Topic::of(&record.kind),
        };
        let event = Write::Event { device: record.device, at, kind, by: Some(actor.name().to_owned()) };
        self.inner.exchange.writing.commit(vec![event]).await?;
        self.cancelled_access(&record).await?;
        Ok(task_view(*cancelled))
    }
}

/// A refresh of everything names the root.
pub(super) fn everything(kind: TaskKind, root: &str) -> TaskKind {
    match kind {
        TaskKind::Refresh { paths } if paths.is_empty() && !root.is_empty() => {
            TaskKind::Refresh { paths: vec![root.to_owned()] }
        }
        kind => kind,
    }
}

/// A task that a new one of this kind would only repeat.
pub(super) fn same_waiting<'a>(kind: &TaskKind, open: &'a [TaskRecord]) -> Option<&'a TaskRecord> {
    let resets = |kind: &TaskKind| matches!(kind, TaskKind::FactoryReset { .. });
    let is_same = |other: &TaskKind| other == kind || (resets(other) && resets(kind));
    open.iter().find(|task| is_same(&task.kind) && repeats(task.state, kind))
}

/// Whether a second task of the same kind would only repeat one that has not ended.
fn repeats(state: TaskState, kind: &TaskKind) -> bool {
    match kind {
        TaskKind::Reboot | TaskKind::FactoryReset { .. } | TaskKind::Diagnose { .. } | TaskKind::StopTest { .. } => {
            true
        }
        TaskKind::Refresh { .. } => matches!(state, TaskState::Queued | TaskState::Contacting),
        _ => false,
    }
}
