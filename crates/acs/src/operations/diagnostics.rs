//! Tests that routers run: what a router can do, and what it found before.

use super::Acs;
use crate::clock::now;
use crate::diagnostics::{self, conflict, stoppable};
use crate::session::Progress;
use crate::views::task_view;
use crate::{AcsError, Actor, Result};
use model::diagnostic::{SpeedUp, Test, TestsView};
use model::event::EventKind;
use model::page::{Cursor, Page};
use model::task::{TaskKind, TaskState, TaskStep, TaskView};
use model::timeline::Topic;
use model::{DeviceId, Permission};
use store::{NewTask, TaskRecord, TaskUpdate, Write, Written};

impl Acs {
    /// What the router can be asked to test.
    pub async fn tests(&self, actor: &Actor, id: DeviceId) -> Result<TestsView> {
        self.at(actor, Permission::DeviceRead, id).await?;
        self.inner.exchange.devices.get(id).await?.ok_or(AcsError::NotFound("device"))?;
        let tree = self.stored_tree(id).await?;
        Ok(TestsView {
            supported: diagnostics::supported(&tree),
            unknown: tree.parameters() == 0,
            interfaces: diagnostics::interfaces(&tree),
            endpoint: self.inner.exchange.settings.speed.base_url.clone(),
        })
    }

    /// Tests of one router, newest first, whatever became of them; `cursor` from an earlier page.
    pub async fn diagnoses(
        &self,
        actor: &Actor,
        id: DeviceId,
        cursor: Option<&Cursor>,
        limit: u16,
    ) -> Result<Page<TaskView>> {
        self.at(actor, Permission::DeviceRead, id).await?;
        self.record(id).await?;
        Ok(self.inner.store.diagnoses(id, cursor, limit).await?.map(task_view))
    }

    /// Fills in what an agent left to us: the address of our own endpoint.
    pub(super) fn resolve_test(&self, kind: TaskKind) -> Result<TaskKind> {
        let TaskKind::Diagnose { mut test } = kind else { return Ok(kind) };
        let speed = &self.inner.exchange.settings.speed;
        let own = |path: String| {
            if speed.base_url.is_empty() {
                let text = "There is no test endpoint of our own: enter the address to measure against.";
                return Err(AcsError::Invalid(text.to_owned()));
            }
            Ok(format!("{}/speed/{path}", speed.base_url))
        };
        match &mut test {
            Test::Download(down) if down.url.is_empty() => down.url = own(speed.download_bytes.to_string())?,
            Test::Upload(up) if up.url.is_empty() => {
                if up.bytes == SpeedUp::BYTES {
                    up.bytes = speed.upload_bytes;
                }
                up.url = own("up".to_owned())?;
            }
            _ => {}
        }
        Ok(TaskKind::Diagnose { test })
    }

    /// Says of a new test that it waits for another one.
    pub(super) async fn note_waiting(&self, task: TaskRecord, open: &[TaskRecord]) -> Result<TaskRecord> {
        let TaskKind::Diagnose { test } = &task.kind else { return Ok(task) };
        let before = open
            .iter()
            .find(|other| matches!(&other.kind, TaskKind::Diagnose { test: other } if conflict(test, other)));
        let Some(before) = before else { return Ok(task) };
        let note =
            format!("Waits for “{}” of {}: both at once would disturb each other.", before.kind.title(), before.by);
        let update = TaskUpdate { note: Some(Some(note)), ..TaskUpdate::default() };
        let write = Write::Task { id: task.id, from: vec![TaskState::Queued], update };
        let written = self.inner.exchange.writing.commit(vec![write]).await?;
        Ok(match written.into_iter().next() {
            Some(Written::Task(Some(noted))) => *noted,
            _ => task,
        })
    }

    /// Stops waiting for a test that the router runs, and tells the router to stop where its data model lets it.
    pub(super) async fn stop_test(&self, actor: &Actor, record: TaskRecord) -> Result<TaskView> {
        let at = now();
        let objects = Progress::of(&record).test.objects;
        let tree = self.stored_tree(record.device).await?;
        let object = objects.into_iter().find(|object| stoppable(object, &tree));
        let note = if object.is_some() {
            "Lastmile no longer waits for it. The router is told to stop at its next contact."
        } else {
            "Lastmile no longer waits for it. This router cannot stop a test: it ends by itself."
        };
        let update = TaskUpdate {
            step: Some(TaskStep { state: TaskState::Cancelled, at }),
            kind: crate::session::scrubbed(&record.kind),
            note: Some(Some(note.to_owned())),
            ..TaskUpdate::default()
        };
        let written = self
            .inner
            .exchange
            .writing
            .commit(vec![Write::Task { id: record.id, from: vec![TaskState::Applied], update }])
            .await?;
        let Some(Written::Task(Some(cancelled))) = written.into_iter().next() else {
            return Err(AcsError::Invalid("The test has ended already.".to_owned()));
        };
        let (title, topic) = (record.kind.title(), Topic::of(&record.kind));
        let kind = EventKind::TaskEnded { task: record.id, title, topic, state: TaskState::Cancelled };
        let event = Write::Event { device: record.device, at, kind, by: Some(actor.name().to_owned()) };
        self.inner.exchange.writing.commit(vec![event]).await?;
        if let Some(object) = object {
            let kind = TaskKind::StopTest { object };
            let new = NewTask::new(record.device, kind, actor.name(), at);
            let task = self.inner.store.create_task(new).await?;
            self.queued(record.device, task_view(task)).await?;
        } else {
            // What waited for the test need not wait any more.
            self.wake(record.device);
        }
        Ok(task_view(*cancelled))
    }
}
