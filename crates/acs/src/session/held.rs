//! What restarts a device waits for what a restart would destroy: transfers that the device was told to make and has not
//! reported, and tests that it runs (rules 143, 144, 336).

use super::Session;
use super::job::{Progress, TaskJob};
use model::Timestamp;
use model::file::{FileRef, FileType};
use model::task::{TaskKind, TaskState, TaskStep};
use store::{TaskRecord, TaskUpdate, Write};

/// What begins later than this is not waited for: devices keep transfers that they have queued over a reboot (A.3.2.8).
const SOON_MS: i64 = 10 * 60_000;
/// An order whose answer was lost may be with the device for this long.
const LOST_ORDER_MS: i64 = 10 * 60_000;
/// Software modules may report for a day; no restart waits for longer than this.
const MODULES_MS: i64 = 2 * 3_600_000;

/// Why a task waits.
pub(crate) struct Held {
    /// When it goes on at the latest.
    pub until: Timestamp,
    /// A sentence for the task's note.
    pub why: String,
}

/// What a task has to wait for of the other tasks of its device; `None`: it may go on.
pub(crate) fn held<'a>(
    task: &TaskRecord,
    others: impl IntoIterator<Item = &'a TaskRecord>,
    now: Timestamp,
) -> Option<Held> {
    if !restarts(&task.kind) || task.state == TaskState::Applied {
        return None;
    }
    let others = others.into_iter().filter(|other| other.id != task.id);
    let (until, other) =
        others.filter_map(|other| Some((busy_until(other, now)?, other))).max_by_key(|(until, _)| *until)?;
    let title = other.kind.title();
    let why = if other.kind.is_transfer() {
        format!("Waits until the router has reported the end of “{title}”: a restart would break it off.")
    } else {
        format!("Waits until the router has finished “{title}”: a restart would destroy it.")
    };
    Some(Held { until, why })
}

/// Whether the device restarts as soon as it has the order. Most do to take over a configuration.
fn restarts(kind: &TaskKind) -> bool {
    let file = |file: &FileRef| matches!(file.file_type, FileType::Firmware | FileType::Configuration);
    match kind {
        TaskKind::Reboot | TaskKind::FactoryReset { .. } => true,
        TaskKind::Download { file: one, .. } | TaskKind::ScheduleDownload { file: one, .. } => {
            file(one) && begins_after(kind) <= SOON_MS
        }
        _ => false,
    }
}

/// Milliseconds from the order to the transfer's begin.
fn begins_after(kind: &TaskKind) -> i64 {
    let seconds = match kind {
        TaskKind::Download { delay_seconds, .. } | TaskKind::Upload { delay_seconds, .. } => *delay_seconds,
        TaskKind::ScheduleDownload { windows, .. } => windows.iter().map(|window| window.start).min().unwrap_or(0),
        _ => 0,
    };
    i64::from(seconds) * 1000
}

/// Until when the device is busy with a task that it has, at the latest; `None` if a restart does it no harm.
fn busy_until(task: &TaskRecord, now: Timestamp) -> Option<Timestamp> {
    let progress = Progress::of(task);
    let taken = task.state == TaskState::Applied;
    let sent_at = progress.sent_at.filter(|_| progress.sent)?;
    let until = match &task.kind {
        TaskKind::Diagnose { .. } if taken => progress.deadline?,
        TaskKind::ChangeModules { .. } if taken => sent_at.plus_millis(MODULES_MS),
        // Loaded: a restart is what it waits for.
        kind if kind.is_transfer() && progress.reported => return None,
        kind if kind.is_transfer() => {
            if now.plus_millis(SOON_MS) < sent_at.plus_millis(begins_after(kind)) {
                return None;
            }
            if taken { progress.deadline? } else { sent_at.plus_millis(LOST_ORDER_MS) }
        }
        _ => return None,
    };
    (now < until).then_some(until)
}

impl Session {
    /// What a task has to wait for of all that this session knows of.
    pub(super) fn is_held(&self, task: &TaskRecord, now: Timestamp) -> Option<Held> {
        held(task, self.awaiting.iter().chain(&self.collect).chain(&self.tasks), now)
    }

    /// Notes at tasks that have to wait what they wait for.
    pub(super) fn tell_held(&mut self, writes: &mut Vec<Write>, now: Timestamp) {
        let waits = |(at, task): (usize, &TaskRecord)| {
            let able = !self.skip.contains(&task.id) && TaskJob::actionable(task, &self.learnt, now);
            let held = self.is_held(task, now).filter(|_| able)?;
            let told = task.note.as_deref() == Some(held.why.as_str()) && task.state == TaskState::Queued;
            (!told).then_some((at, held.why))
        };
        let waiting: Vec<_> = self.tasks.iter().enumerate().filter_map(waits).collect();
        for (at, why) in waiting {
            let task = &mut self.tasks[at];
            let step = TaskStep { state: TaskState::Queued, at: now };
            let noted = TaskUpdate { note: Some(Some(why.clone())), ..TaskUpdate::default() };
            let queued = TaskUpdate { step: Some(step), ..noted.clone() };
            for (from, update) in [(TaskState::Queued, noted), (TaskState::Contacting, queued)] {
                writes.push(Write::Task { id: task.id, from: vec![from], update });
            }
            task.note = Some(why);
            task.state = TaskState::Queued;
        }
    }
}
