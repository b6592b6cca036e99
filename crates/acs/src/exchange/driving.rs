//! Further requests of a session: the engine steps, what it writes is stored, then it is answered.

use super::{CwmpResponse, Exchange};
use crate::Result;
use crate::campaigns::leaving::{Leaves, leaves};
use crate::clock::now;
use crate::session::{Incoming, Progress, Session, Step};
use crate::sessions::Live;
use crate::views::task_view;
use cwmp::{AcsMessage, AcsRequest, CpeRequest, Dialect, encode_to_cpe};
use metrics::{counter, histogram};
use model::live::LiveMessage;
use model::{FileId, TaskId};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::{TaskRecord, Written};

/// What the engine answers, and how the device wants to be written to.
struct Said {
    message: Option<AcsMessage>,
    id: Option<String>,
    dialect: Dialect,
    empty_as_200: bool,
}

impl Said {
    fn by(engine: &Session, message: Option<AcsMessage>, id: Option<String>) -> Self {
        let empty_as_200 = engine.learnt.decided.empty_as_200;
        Self { message, id, dialect: engine.dialect.clone(), empty_as_200 }
    }
}

impl Exchange {
    /// A further request of a session. `request_id` is the `cwmp:ID` of a request of the CPE, to be echoed.
    pub(super) async fn go_on(
        &self,
        live: &Arc<Live>,
        connection: u64,
        incoming: Incoming,
        request_id: Option<String>,
    ) -> CwmpResponse {
        live.last_at.store(now().0, Ordering::Relaxed);
        self.sessions.moved(live, connection);
        match self.drive(live, incoming).await {
            // Some take 204 for an error (rule 120).
            Ok(Said { message: None, empty_as_200, .. }) => CwmpResponse::status(if empty_as_200 { 200 } else { 204 }),
            Ok(Said { message: Some(message), id, dialect, .. }) => {
                let id = id.or(request_id);
                CwmpResponse::xml(encode_to_cpe(&message, id.as_deref(), &dialect))
            }
            Err(error) => {
                // The engine is ahead of the database now: the session cannot go on. Nothing was answered, so the CPE
                // repeats it, and the tasks are taken up again from what is stored.
                tracing::error!(device = %live.entry.id, error = error.causes(), "a session step could not be stored");
                live.entry.may_have_tasks.store(true, Ordering::Release);
                self.sessions.remove(live);
                CwmpResponse { close: true, ..CwmpResponse::later() }
            }
        }
    }

    async fn drive(&self, live: &Arc<Live>, incoming: Incoming) -> Result<Said> {
        let mut engine = live.engine.lock().await;
        if live.over.load(Ordering::Acquire) && !engine.ended() {
            // Replaced or failed while this request waited.
            return Ok(Said::by(&engine, None, None));
        }
        self.look_for_work(live, &mut engine).await?;
        let reports = matches!(
            &incoming,
            Incoming::Request(CpeRequest::TransferComplete(_) | CpeRequest::DuStateChangeComplete { .. })
        );
        if reports {
            if engine.ended() {
                // After its last 204: what waits for a report is not in hand any more.
                engine.set_tasks(self.writing.store.open_tasks(live.entry.id).await?);
            }
            for (task, file) in self.received(engine.awaited_uploads()).await? {
                engine.has_received(task, file);
            }
        }
        let was_over = live.over.load(Ordering::Acquire);
        let learnt_before = engine.learnt.clone();
        let mut step = if was_over && matches!(incoming, Incoming::Empty | Incoming::Answer { .. }) {
            Step { message: None, id: None, writes: Vec::new(), claim: None }
        } else {
            engine.step(incoming, now())
        };
        loop {
            let claim = step.claim.map(|task| (task, claim_position(&step, task)));
            let leaves = match engine.task_in_hand() {
                Some(task) if step.claim == Some(task.id) => leaves(&self.writing.store, task, now()).await?,
                _ => Leaves::Yes,
            };
            if let (Leaves::No(taken_back), Some((task, at))) = (&leaves, claim) {
                if let Some(at) = at {
                    step.writes.remove(at);
                }
                self.writing.commit(std::mem::take(&mut step.writes)).await?;
                for task in taken_back {
                    self.taken_back(task.clone());
                }
                step = engine.claim_lost(task, now());
                continue;
            }
            let written = self.writing.commit(std::mem::take(&mut step.writes)).await?;
            if let Some((task, Some(at))) = claim
                && matches!(written.get(at), Some(Written::Task(None)))
            {
                step = engine.claim_lost(task, now());
                continue;
            }
            if let Leaves::Ends(reason) = leaves {
                step = engine.order_refused(reason, now());
                continue;
            }
            if self.is_loaded_already(&step, &engine).await? {
                step = engine.order_waits(now());
                continue;
            }
            if let Some(reason) = self.must_not_leave(&step, &engine).await {
                step = engine.order_refused(reason, now());
                continue;
            }
            if engine.ended() && step.message.is_none() && !was_over {
                if !self.sessions.finish(live) {
                    self.look_for_work(live, &mut engine).await?;
                    step = engine.step(Incoming::Empty, now());
                    continue;
                }
                counter!("lastmile_cwmp_sessions_ended_total", "outcome" => "ok").increment(1);
                histogram!("lastmile_cwmp_session_rpcs").record(f64::from(engine.rpcs()));
                self.reach.session_ended(live.entry.id, live.entry.may_have_tasks.load(Ordering::Acquire));
                engine.release();
            }
            break;
        }
        if was_over && engine.ended() {
            engine.release();
        }
        if engine.learnt != learnt_before {
            let patch = store::DevicePatch { quirks: Some(engine.learnt.to_json()), ..store::DevicePatch::default() };
            self.writing.commit(vec![store::Write::Device { id: live.entry.id, patch }]).await?;
            self.learning.learn(&engine.record, &learnt_before, &engine.learnt).await;
        }
        Ok(Said::by(&engine, step.message, step.id))
    }

    /// Which of these uploads have come.
    pub(super) async fn received(&self, uploads: Vec<TaskId>) -> Result<HashMap<TaskId, FileId>> {
        let mut received = HashMap::new();
        for task in uploads {
            if let Some(file) = self.writing.store.file_of_task(task).await? {
                received.insert(task, file.id);
            }
        }
        Ok(received)
    }

    /// Why the file of an order that is about to leave must not be loaded, though it was right when the task was made
    /// (catalogue row F3).
    async fn must_not_leave(&self, step: &Step, engine: &Session) -> Option<String> {
        let Some(AcsMessage::Request(AcsRequest::Download(_) | AcsRequest::ScheduleDownload(_))) = &step.message else {
            return None;
        };
        self.files.verify_for_send(engine.file_in_hand()?, &engine.record).await.err()
    }

    /// Whether an order of a campaign is about to leave once more, though its device has fetched something of the file: then the
    /// first one had arrived, whatever the device says of it.
    async fn is_loaded_already(&self, step: &Step, engine: &Session) -> Result<bool> {
        let (Some(AcsMessage::Request(AcsRequest::Download(_))), Some(task)) = (&step.message, engine.task_in_hand())
        else {
            return Ok(false);
        };
        let again = task.campaign.is_some() && Progress::of(task).sent;
        Ok(again && self.writing.store.target_loading(task.id).await? > 0)
    }

    /// A task was taken back that its device had not got.
    pub(crate) fn taken_back(&self, task: TaskRecord) {
        self.devices.count_task(task.device, true);
        if self.writing.bus.watched() {
            self.writing.bus.publish(LiveMessage::Task { task: Box::new(task_view(task)) });
        }
    }

    /// Hands tasks that came up meanwhile to the engine.
    async fn look_for_work(&self, live: &Arc<Live>, engine: &mut Session) -> Result<()> {
        if !live.take_new_work() {
            return Ok(());
        }
        if engine.lacks_tree() {
            engine.set_tree(Arc::new(self.writing.store.tree(live.entry.id).await?.unwrap_or_default()));
        }
        engine.set_tasks(self.writing.store.open_tasks(live.entry.id).await?);
        Ok(())
    }
}

/// Where among a step's writes the claim of its task stands: the first write of that task that sets a state.
fn claim_position(step: &Step, task: model::TaskId) -> Option<usize> {
    step.writes.iter().position(
        |write| matches!(write, store::Write::Task { id, update, .. } if *id == task && update.attempts.is_some()),
    )
}
