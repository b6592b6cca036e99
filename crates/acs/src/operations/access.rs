//! Opening a router's own pages to the internet for a time.
//!
//! Two tasks are made together: one that closes, which waits for its moment, and one that opens, which is not begun any
//! more once that moment has come. The closing one is durable first. So it survives a restart of the server, it runs at
//! the next contact of a router that was away, and no order of events leaves the door open.

use super::Acs;
use crate::aliases::Resolver;
use crate::audit::Entry;
use crate::clock::now;
use crate::forms::network::remote;
use crate::session::Progress;
use crate::views::task_view;
use crate::{AcsError, Actor, Result};
use model::audit::Act;
use model::event::EventKind;
use model::network::access::{Closing, MINUTES, Opened, switches};
use model::setting::yes_no;
use model::task::{SetValue, TaskKind, TaskState, TaskStep, TaskView};
use model::timeline::Topic;
use model::{DeviceId, Permission};
use store::{NewTask, TaskRecord, TaskUpdate, Write};

/// Why a task that closes an access waits.
const WAITS: &str = "Waits for the end of the access from outside.";

impl Acs {
    /// Opens the router's pages to the internet for 15, 30 or 60 minutes, counted from now: a router that comes only
    /// after that is not opened any more. With a password of its own for this access where the router lets one be set.
    pub async fn open_access(&self, actor: &Actor, id: DeviceId, minutes: u16) -> Result<Opened> {
        self.at(actor, Permission::DeviceWrite, id).await?;
        if !MINUTES.contains(&minutes) {
            return Err(AcsError::Invalid("It can be opened for 15, 30 or 60 minutes.".to_owned()));
        }
        let (record, tree) = self.read_for_form(id).await?;
        let access = remote(&Resolver::of(&record, &tree)).filter(|access| access.on.writable);
        let Some(access) = access else {
            return Err(AcsError::Invalid(
                "This router does not let its pages be opened to the internet from here. Nothing was changed."
                    .to_owned(),
            ));
        };
        let mut values = Vec::new();
        let secret = format!("{}UserInterface.RemoteAccess.Password", record.data_model.root());
        let mut password = None;
        if tree.get(&secret).is_some_and(|node| node.writable) {
            let value = self.suggest_password(actor)?;
            values.push(SetValue { path: secret, value: value.clone(), value_type: None });
            password = Some(value);
        }
        // What opens it comes last: with its password set.
        values.push(access.on.set(yes_no(true)));
        let (closes, open) = self.checked(id, closes(&access.on)).await?;
        if open.iter().any(waits_to_close) {
            return Err(AcsError::Invalid(
                "It is open for a time already, or about to be. Close it before you open it again.".to_owned(),
            ));
        }
        let (opens, _) = self.checked(id, TaskKind::SetValues { values }).await?;
        let entry = Entry::new(Act::AccessOpened, self.device_target(id).await?);
        let said = serde_json::json!({ "minutes": minutes, "own_password": password.is_some() });
        self.audit(actor, entry.after(said)).await?;
        let at = now();
        let until = at.plus_seconds(60 * i64::from(minutes));
        let late = |not_before, not_after| Progress { not_before, not_after, ..Progress::default() }.to_json();
        let closes = NewTask {
            progress: late(Some(until), None),
            note: Some(WAITS.to_owned()),
            ..NewTask::new(id, closes, actor.name(), at)
        };
        let opens = NewTask { progress: late(None, Some(until)), ..NewTask::new(id, opens, actor.name(), at) };
        let closes = self.inner.store.create_task(closes).await?;
        self.told(id, &task_view(closes)).await?;
        let opens = self.inner.store.create_task(opens).await?;
        let kind = EventKind::AccessOpened { minutes };
        let by = Some(actor.name().to_owned());
        self.inner.exchange.writing.commit(vec![Write::Event { device: id, at, kind, by }]).await?;
        self.queued(id, task_view(opens)).await?;
        Ok(Opened { until, password })
    }

    /// Closes the router's pages to the internet now, however they were opened.
    pub async fn close_access(&self, actor: &Actor, id: DeviceId) -> Result<TaskView> {
        self.at(actor, Permission::DeviceWrite, id).await?;
        self.audit(actor, Entry::new(Act::AccessClosed, self.device_target(id).await?)).await?;
        let open = self.inner.store.open_tasks(id).await?;
        let at = now();
        let event = Write::Event { device: id, at, kind: EventKind::AccessClosed, by: Some(actor.name().to_owned()) };
        let Some(waiting) = open.iter().find(|task| waits_to_close(task)) else {
            let (record, tree) = self.read_for_form(id).await?;
            let access = remote(&Resolver::of(&record, &tree));
            let access = access.ok_or_else(|| {
                AcsError::Invalid("This router does not offer access from outside. Nothing was changed.".to_owned())
            })?;
            let task = self.create_task(actor, id, closes(&access.on)).await?;
            self.inner.exchange.writing.commit(vec![event]).await?;
            return Ok(task);
        };
        // What has not been opened yet is not opened any more.
        let mut writes: Vec<Write> =
            open.iter().filter(|task| waits_to_open(task)).flat_map(|task| cancelled(task, actor.name())).collect();
        let progress = Progress { not_before: None, ..Progress::of(waiting) }.to_json();
        let update = TaskUpdate { progress: Some(progress), note: Some(None), ..TaskUpdate::default() };
        writes.push(Write::Task { id: waiting.id, from: vec![TaskState::Queued, TaskState::Contacting], update });
        writes.push(event);
        self.inner.exchange.writing.commit(writes).await?;
        self.wake(id);
        let task = self.inner.store.task(waiting.id).await?.ok_or(AcsError::NotFound("task"))?;
        Ok(task_view(task))
    }

    /// The end of an access that is open or about to be.
    pub(super) async fn closing(&self, id: DeviceId) -> Result<Option<Closing>> {
        let open = self.inner.store.open_tasks(id).await?;
        let task = open.iter().find(|task| switches(&task.kind) == Some(false));
        Ok(task.map(|task| Closing { at: Progress::of(task).not_before, by: task.by.clone() }))
    }

    /// Nobody takes away the task that closes an open door.
    pub(super) async fn may_be_cancelled(&self, task: &TaskRecord) -> Result<()> {
        if !waits_to_close(task) {
            return Ok(());
        }
        let open = self.inner.store.open_tasks(task.device).await?;
        let (record, tree) = self.read_for_form(task.device).await?;
        let is_open = remote(&Resolver::of(&record, &tree)).is_some_and(|access| access.on.yes() == Some(true));
        if is_open || open.iter().any(|task| switches(&task.kind) == Some(true)) {
            return Err(AcsError::Invalid(
                "This closes the access from outside at its end. It stays; close the access now instead.".to_owned(),
            ));
        }
        Ok(())
    }

    /// What was to be opened was taken back: nothing has to be closed.
    pub(super) async fn cancelled_access(&self, task: &TaskRecord) -> Result<()> {
        if Progress::of(task).not_after.is_none() {
            return Ok(());
        }
        let open = self.inner.store.open_tasks(task.device).await?;
        let closing = open.iter().filter(|task| waits_to_close(task));
        let writes = closing.flat_map(|closing| cancelled(closing, &task.by)).collect();
        self.inner.exchange.writing.commit(writes).await?;
        Ok(())
    }
}

fn closes(on: &model::setting::Setting) -> TaskKind {
    TaskKind::SetValues { values: vec![on.set(yes_no(false))] }
}

/// Whether a task closes an access at a later moment.
fn waits_to_close(task: &TaskRecord) -> bool {
    switches(&task.kind) == Some(false) && task.state.cancellable() && Progress::of(task).not_before.is_some()
}

/// Whether a task opens an access and the device has not got it.
fn waits_to_open(task: &TaskRecord) -> bool {
    switches(&task.kind) == Some(true) && task.state.cancellable() && Progress::of(task).not_after.is_some()
}

/// Takes back a task that the device has not got. Does nothing if the device has it by now.
fn cancelled(task: &TaskRecord, by: &str) -> [Write; 2] {
    let at = now();
    let update = TaskUpdate {
        step: Some(TaskStep { state: TaskState::Cancelled, at }),
        kind: crate::session::scrubbed(&task.kind),
        note: Some(None),
        ..TaskUpdate::default()
    };
    let kind = EventKind::TaskEnded {
        task: task.id,
        title: task.kind.title(),
        state: TaskState::Cancelled,
        topic: Topic::of(&task.kind),
    };
    [
        Write::Task { id: task.id, from: vec![TaskState::Queued, TaskState::Contacting], update },
        Write::Event { device: task.device, at, kind, by: Some(by.to_owned()) },
    ]
}
