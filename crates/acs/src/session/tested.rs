//! Tests that devices run, seen from the session: which are to be looked at, which have to wait for another.

use super::ending::ended;
use super::job::{End, Progress};
use super::{Session, diagnostics_of};
use crate::diagnostics::disturbs;
use cwmp::{EventCode, Inform};
use model::Timestamp;
use model::fault::FaultView;
use model::task::{TaskKind, TaskState};
use store::{TaskRecord, TaskUpdate, Write};

/// A device that is away after the last moment of its test has this long to come back and tell.
const AWAY_MS: i64 = 60_000;

/// When a running test is looked at next, should the device not report it; `None`: now.
pub(crate) fn looked_at(progress: &Progress, now: Timestamp) -> Option<Timestamp> {
    if progress.test.reported {
        return None;
    }
    progress.test.poll_at.filter(|at| now < *at)
}

/// Until when a task has to wait for a test that runs on the same device; `None`: it need not.
pub(crate) fn blocked_until(task: &TaskRecord, tasks: &[TaskRecord], now: Timestamp) -> Option<Timestamp> {
    let running = tasks.iter().filter(|other| other.id != task.id && blocks(other, &task.kind));
    running.filter_map(|other| looked_at(&Progress::of(other), now)).max()
}

fn blocks(running: &TaskRecord, other: &TaskKind) -> bool {
    let Some(test) = diagnostics_of(running) else { return false };
    disturbs(other, test, &Progress::of(running).test.objects)
}

/// How a test ends whose device has not come back; `None` if there is still time.
pub(crate) fn away_for_good(task: &TaskRecord, now: Timestamp) -> Option<End> {
    let test = diagnostics_of(task)?;
    let deadline = Progress::of(task).deadline?;
    if now < deadline.plus_millis(AWAY_MS) {
        return None;
    }
    let seconds = test.longest_ms() / 1000;
    let text = format!(
        "The router took the test and has not come back since: nothing is known of it after {seconds} s. \
         Its last word was “Requested”."
    );
    Some(End::fault(FaultView { detail: "Requested".to_owned(), ..FaultView::local(text) }))
}

impl Session {
    /// What an Inform means to a test that the device has. The task is kept to be looked at, kept waiting, or ended.
    pub(super) fn tested(
        &mut self,
        task: TaskRecord,
        inform: &Inform,
        writes: &mut Vec<Write>,
        now: Timestamp,
    ) -> Option<TaskRecord> {
        let mut progress = Progress::of(&task);
        let told = inform.has(&EventCode::DiagnosticsComplete);
        // Volatile state is void after a start (rules 144 and 336).
        if self.booted && !told {
            let text = "The router restarted before the test was done: its result is lost. Run it again.";
            writes.extend(ended(&task, End::fault(FaultView::local(text)), now));
            return None;
        }
        if told && !progress.test.reported {
            // Kept: the event does not come again if this session breaks off.
            progress.test.reported = true;
            let update = TaskUpdate { progress: Some(progress.to_json()), ..TaskUpdate::default() };
            writes.push(Write::Task { id: task.id, from: vec![TaskState::Applied], update });
        }
        if looked_at(&progress, now).is_some() {
            return Some(task);
        }
        self.collect.push_back(TaskRecord { progress: progress.to_json(), ..task });
        None
    }

    /// An order whose answer was lost may be what the device reports as done.
    pub(super) fn lost_tests_reported(&mut self, inform: &Inform) {
        if !inform.has(&EventCode::DiagnosticsComplete) {
            return;
        }
        for task in self.tasks.iter_mut().filter(|task| matches!(task.kind, TaskKind::Diagnose { .. })) {
            let mut progress = Progress::of(task);
            if progress.sent {
                progress.test.reported = true;
                task.progress = progress.to_json();
            }
        }
    }

    /// A test that was to be stopped, and in whose place another one runs by now, is over.
    pub(super) fn drop_late_stops(&mut self, writes: &mut Vec<Write>, now: Timestamp) {
        let running: Vec<String> =
            self.awaiting.iter().chain(&self.collect).flat_map(|task| Progress::of(task).test.objects).collect();
        let late = |task: &TaskRecord| matches!(&task.kind, TaskKind::StopTest { object } if running.contains(object));
        let (late, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.tasks).into_iter().partition(late);
        self.tasks = left.into();
        for task in late {
            self.skip.insert(task.id);
            writes.extend(ended(&task, End { state: TaskState::Verified, outcome: None }, now));
        }
    }

    /// Whether a task has to wait: a test runs that it would disturb.
    pub(super) fn is_blocked(&self, task: &TaskRecord) -> bool {
        self.awaiting.iter().chain(&self.collect).any(|running| blocks(running, &task.kind))
    }
}
