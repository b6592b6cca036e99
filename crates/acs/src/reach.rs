//! Waking devices for waiting tasks: connection requests now, again later with growing pauses, or not at all while the
//! device is about to return by itself.

mod egress;
mod http;

pub(crate) use egress::plain;

use crate::clock::now;
use crate::devices::Devices;
use crate::session::{Capabilities, End, Progress, RETURN_WITHIN_MS, Session, awaited_until, ended};
use crate::sessions::Sessions;
use crate::writing::Writing;
use crate::{AcsSettings, Result};
use http::{Call, Failure, Reached, connection_request};
use metrics::counter;
use model::event::EventKind;
use model::fault::FaultView;
use model::task::{TaskKind, TaskState, TaskStep};
use model::{DeviceId, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{DevicePatch, DeviceRecord, TaskRecord, TaskUpdate, Write};
use tokio::sync::Semaphore;

/// First pause after a failed attempt; doubles up to [`LONGEST_PAUSE_MS`].
const FIRST_PAUSE_MS: i64 = 30_000;
const LONGEST_PAUSE_MS: i64 = 30 * 60_000;
/// After 503: the device is in a session, or was called a moment ago.
const BUSY_PAUSE_MS: i64 = 5_000;

#[derive(Clone)]
pub(crate) struct Reach {
    inner: Arc<Inner>,
}

struct Inner {
    settings: AcsSettings,
    devices: Arc<Devices>,
    sessions: Arc<Sessions>,
    writing: Writing,
    permits: Semaphore,
    waiting: Mutex<HashMap<DeviceId, Waiting>>,
}

/// A device with open tasks that is not in a session.
#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    /// An attempt is under way.
    running: bool,
    failures: u32,
    /// Do nothing before.
    next_at: Timestamp,
}

impl Reach {
    pub fn new(settings: AcsSettings, devices: Arc<Devices>, sessions: Arc<Sessions>, writing: Writing) -> Self {
        let permits = Semaphore::new(settings.max_connection_requests);
        let inner = Inner { settings, devices, sessions, writing, permits, waiting: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<DeviceId, Waiting>> {
        self.inner.waiting.lock().expect("no panic while locked")
    }

    /// There is a new task for the device: wake it now, unless that is under way.
    pub fn wake(&self, device: DeviceId) {
        {
            let mut waiting = self.waiting();
            let entry = waiting.entry(device).or_default();
            // Someone waits at the screen: failures of the past do not delay the first attempt for a new task.
            entry.next_at = Timestamp(0);
            if entry.running {
                return;
            }
            entry.running = true;
        }
        let reach = self.clone();
        tokio::spawn(async move { reach.attempt(device).await });
    }

    /// Wakes devices with tasks that were open at the start, a hundred a second.
    pub fn resume(&self, devices: Vec<DeviceId>) {
        let start = now();
        let mut waiting = self.waiting();
        for (i, device) in devices.into_iter().enumerate() {
            waiting.insert(device, Waiting { next_at: start.plus_millis(1000 + i as i64 * 10), ..Waiting::default() });
        }
    }

    /// A session ended. Whether tasks may be left, such as a reboot that is under way.
    pub fn session_ended(&self, device: DeviceId, tasks_left: bool) {
        let mut waiting = self.waiting();
        if tasks_left {
            let entry = waiting.entry(device).or_default();
            entry.failures = 0;
            entry.next_at = now().plus_millis(BUSY_PAUSE_MS);
        } else {
            waiting.remove(&device);
        }
    }

    /// Starts what is due. Costs in proportion to the devices that wait, not to the fleet.
    pub fn tick(&self) {
        let time = now();
        let due: Vec<DeviceId> = {
            let mut waiting = self.waiting();
            let due = waiting.iter_mut().filter(|(_, w)| !w.running && w.next_at <= time);
            due.take(1000)
                .map(|(device, entry)| {
                    entry.running = true;
                    *device
                })
                .collect()
        };
        for device in due {
            let reach = self.clone();
            tokio::spawn(async move { reach.attempt(device).await });
        }
    }

    async fn attempt(&self, device: DeviceId) {
        let started = now();
        let next = self.try_to_wake(device).await.unwrap_or_else(|error| {
            tracing::error!(%device, error = error.causes(), "waking a device failed");
            Next::After(FIRST_PAUSE_MS)
        });
        let mut waiting = self.waiting();
        let Some(entry) = waiting.get_mut(&device) else { return };
        entry.running = false;
        // A task came up while the attempt was under way.
        let again = entry.next_at == Timestamp(0) && started < now().plus_millis(-1000);
        match next {
            Next::Done => {
                if !again {
                    waiting.remove(&device);
                }
            }
            Next::After(pause) => entry.next_at = now().plus_millis(pause),
            Next::Failed => {
                let pause = FIRST_PAUSE_MS.saturating_mul(1 << entry.failures.min(6)).min(LONGEST_PAUSE_MS);
                entry.failures += 1;
                entry.next_at = now().plus_millis(pause);
            }
        }
    }

    /// One attempt, from looking at the tasks to the session that follows.
    async fn try_to_wake(&self, device: DeviceId) -> Result<Next> {
        let inner = &self.inner;
        let Some(entry) = inner.devices.get(device).await? else { return Ok(Next::Done) };
        if inner.sessions.new_work(device) {
            return Ok(Next::After(BUSY_PAUSE_MS));
        }
        let mut tasks = inner.writing.store.open_tasks(device).await?;
        self.give_up_on_lost_reboots(&mut tasks).await?;
        let time = now();
        let Some(first_return) =
            tasks.iter().map(|task| away_until(task, time).or_else(|| awaited_until(task, time))).min()
        else {
            return Ok(Next::Done);
        };
        let record = entry.record().clone();
        let back_at = record.rebooting_until.filter(|until| *until > time && first_return.is_none());
        if let Some(until) = first_return.or(back_at) {
            // It comes back by itself; only if it does not is there something to do.
            return Ok(Next::After(until.since(time).clamp(1000, RETURN_WITHIN_MS)));
        }
        if record.connection_request_url.is_empty() {
            self.note(&tasks, "The router gave no address for calls. It runs at its next check-in.").await?;
            return Ok(Next::After(LONGEST_PAUSE_MS));
        }
        let learnt = Capabilities::from_json(&record.quirks);
        if inner.settings.provision_connection_request && Session::lacks_credentials(&record, &learnt) {
            // Its next session gives it credentials, and takes the tasks along.
            return Ok(Next::After(FIRST_PAUSE_MS));
        }
        let Ok(permit) = inner.permits.acquire().await else { return Ok(Next::Done) };
        self.move_tasks(&tasks, TaskState::Queued, TaskState::Contacting, None).await?;
        let call = Call {
            url: &record.connection_request_url,
            username: &record.connection_request_username,
            password: &record.connection_request_password,
            peer: record.address.parse().ok(),
        };
        let began = now();
        let reached = connection_request(&call, &inner.settings.egress).await;
        inner.writing.trace.called(device, &format!("GET {}", call.url), &reached.words(), began, now());
        drop(permit);
        self.after_call(&record, &tasks, reached).await
    }

    async fn after_call(&self, record: &DeviceRecord, tasks: &[TaskRecord], reached: Reached) -> Result<Next> {
        let time = now();
        let device = record.id;
        match reached {
            Reached::Accepted | Reached::AcceptedUnprotected => {
                counter!("lastmile_connection_requests_total", "outcome" => "accepted").increment(1);
                let patch =
                    DevicePatch { reach_success: Some(time), reach_failure: Some(None), ..DevicePatch::default() };
                self.inner.writing.commit(vec![Write::Device { id: device, patch }]).await?;
                // Success is the session, not the answer to the call (rule 280); it begins within 30 s (rule 274).
                let pause = self.inner.settings.connection_request_pause.max(1);
                for _ in 0..pause * 5 {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    if self.inner.sessions.of_device(device).is_some() {
                        return Ok(Next::After(BUSY_PAUSE_MS));
                    }
                    if self.inner.devices.get(device).await?.is_some_and(|entry| entry.record().last_inform > time) {
                        return Ok(Next::After(0));
                    }
                }
                let note = "The router took the call but did not connect. It runs at its next check-in.";
                self.move_tasks(tasks, TaskState::Contacting, TaskState::Queued, Some(note)).await?;
                Ok(Next::Failed)
            }
            Reached::Busy => {
                counter!("lastmile_connection_requests_total", "outcome" => "busy").increment(1);
                self.move_tasks(
                    tasks,
                    TaskState::Contacting,
                    TaskState::Queued,
                    Some("The router is busy. Trying again."),
                )
                .await?;
                Ok(Next::After(BUSY_PAUSE_MS))
            }
            Reached::Failed(failure) => {
                counter!("lastmile_connection_requests_total", "outcome" => "failed").increment(1);
                let reason = failure.reason();
                let mut patch =
                    DevicePatch { reach_failure: Some(Some((time, reason.clone()))), ..DevicePatch::default() };
                if failure == Failure::Credentials {
                    // The next session sets new ones.
                    patch.connection_request_username = Some(String::new());
                    patch.connection_request_password = Some(String::new());
                }
                let mut writes = vec![Write::Device { id: device, patch }];
                // Told once, not at every attempt.
                if record.reach_failure.as_ref().is_none_or(|(_, before)| *before != reason) {
                    writes.push(Write::Event {
                        device,
                        at: time,
                        kind: EventKind::Unreachable { reason: reason.clone() },
                        by: None,
                    });
                }
                self.inner.writing.commit(writes).await?;
                let note = format!("{reason} It runs at the router's next check-in.");
                self.move_tasks(tasks, TaskState::Contacting, TaskState::Queued, Some(&note)).await?;
                Ok(Next::Failed)
            }
        }
    }

    /// Moves all tasks that are in one state to another; those that are elsewhere by now stay there.
    async fn move_tasks(&self, tasks: &[TaskRecord], from: TaskState, to: TaskState, note: Option<&str>) -> Result<()> {
        let at = now();
        let moved = |task: &TaskRecord| Write::Task {
            id: task.id,
            from: vec![from],
            update: TaskUpdate {
                step: Some(TaskStep { state: to, at }),
                note: Some(note.map(str::to_owned)),
                ..TaskUpdate::default()
            },
        };
        self.inner.writing.commit(tasks.iter().map(moved).collect()).await?;
        Ok(())
    }

    async fn note(&self, tasks: &[TaskRecord], note: &str) -> Result<()> {
        let noted = |task: &TaskRecord| Write::Task {
            id: task.id,
            from: vec![TaskState::Queued],
            update: TaskUpdate { note: Some(Some(note.to_owned())), ..TaskUpdate::default() },
        };
        let changed = tasks.iter().filter(|task| task.note.as_deref() != Some(note));
        self.inner.writing.commit(changed.map(noted).collect()).await?;
        Ok(())
    }

    /// A device that took the order to reboot and never came back with a boot report.
    async fn give_up_on_lost_reboots(&self, tasks: &mut Vec<TaskRecord>) -> Result<()> {
        let time = now();
        let lost = |task: &TaskRecord| away_until(task, time).is_some_and(|until| until <= time);
        let mut writes = Vec::new();
        for task in tasks.iter().filter(|task| lost(task)) {
            let fault = FaultView::local("The router has not come back since. Check its power and its line.");
            writes.extend(ended(task, End::fault(fault), time));
        }
        self.inner.writing.commit(writes).await?;
        tasks.retain(|task| !lost(task));
        Ok(())
    }
}

/// When to look at a device again.
enum Next {
    /// Nothing is left to do.
    Done,
    After(i64),
    /// Later each time.
    Failed,
}

/// Until when a task waits for its device to return from a reboot; `None` if it waits for us.
fn away_until(task: &TaskRecord, now: Timestamp) -> Option<Timestamp> {
    let reboots = matches!(task.kind, TaskKind::Reboot | TaskKind::FactoryReset);
    let sent_at = Progress::of(task).sent_at.unwrap_or(now);
    (reboots && task.state == TaskState::Applied).then(|| sent_at.plus_millis(RETURN_WITHIN_MS))
}
