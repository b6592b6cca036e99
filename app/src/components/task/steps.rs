//! From the recorded states of a task to the five steps that the page shows.

use model::Timestamp;
use model::task::{TaskKind, TaskState, TaskView};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    Done,
    Now,
    Ahead,
    Failed,
    /// The device said yes but reports something else.
    Different,
    Cancelled,
}

impl StepState {
    /// Value of `data-state`; empty for what is still ahead.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Now => "now",
            Self::Ahead => "",
            Self::Failed => "failed",
            Self::Different => "warn",
            Self::Cancelled => "off",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub label: &'static str,
    pub state: StepState,
    pub at: Option<Timestamp>,
    pub note: Option<String>,
}

const ORDER: [TaskState; 5] =
    [TaskState::Queued, TaskState::Contacting, TaskState::Connected, TaskState::Applied, TaskState::Verified];

/// Always five steps. A step that was jumped over (the device checked in by itself) counts as done, without a time.
pub fn flow(task: &TaskView) -> Vec<Step> {
    let at = |state| task.steps.iter().rev().find(|step| step.state == state).map(|step| step.at);
    // A task that could not reach its device goes back to the queue: then the earlier tries are not progress.
    let reached = match task.state {
        TaskState::Failed | TaskState::Cancelled => {
            task.steps.iter().rev().find_map(|step| ORDER.iter().position(|state| *state == step.state)).unwrap_or(0)
        }
        TaskState::Different => 3,
        state => ORDER.iter().position(|other| *other == state).unwrap_or(0),
    };
    // A password that the router took and does not show: the last step is not seen to be done.
    let unconfirmed = task.state == TaskState::Verified
        && task.outcome.as_ref().is_some_and(|outcome| outcome.unconfirmed().next().is_some());
    ORDER
        .into_iter()
        .enumerate()
        .map(|(index, order)| {
            let state = match task.state {
                TaskState::Verified if unconfirmed && index == 4 => StepState::Ahead,
                TaskState::Verified => StepState::Done,
                TaskState::Different if index == 4 => StepState::Different,
                TaskState::Failed if index == reached + 1 || (reached == 4 && index == 4) => StepState::Failed,
                TaskState::Cancelled if index == reached + 1 => StepState::Cancelled,
                _ if index <= reached => StepState::Done,
                state if !state.ended() && index == reached + 1 => StepState::Now,
                _ => StepState::Ahead,
            };
            let when = match state {
                StepState::Done => at(order),
                StepState::Failed | StepState::Different | StepState::Cancelled => at(task.state),
                StepState::Now | StepState::Ahead => None,
            };
            let note = match state {
                StepState::Now => task.note.clone(),
                _ => None,
            };
            let label = if unconfirmed && index == 4 { "Not confirmed yet" } else { label(&task.kind, order, state) };
            Step { label, state, at: when, note }
        })
        .collect()
}

fn label(kind: &TaskKind, step: TaskState, state: StepState) -> &'static str {
    let ahead = matches!(state, StepState::Now | StepState::Ahead);
    let say = |while_ahead, after| if ahead { while_ahead } else { after };
    let restarts = matches!(kind, TaskKind::Reboot | TaskKind::FactoryReset { .. });
    let tests = matches!(kind, TaskKind::Diagnose { .. });
    match step {
        TaskState::Queued => "Queued",
        TaskState::Contacting => "Contacting router",
        TaskState::Connected => say("Waiting for the router", "Connected"),
        TaskState::Applied if kind.only_asks() => say("Reading", "Read"),
        TaskState::Applied if restarts => say("Sending", "Restarting"),
        TaskState::Applied if tests => say("Starting", "Started on router"),
        TaskState::Applied if kind.is_reported() => say("Ordering", "Ordered"),
        TaskState::Applied => say("Applying", "Applied"),
        _ if kind.only_asks() => say("Storing", "Stored"),
        _ if restarts => say("Waiting for its return", "Back online"),
        _ if state == StepState::Different => "Reports something else",
        _ if tests => say("Running", "Done"),
        _ if kind.is_reported() => say("Waiting for its report", "Reported done"),
        _ => say("Verifying", "Verified"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::task::TaskStep;
    use model::{DeviceId, TaskId};

    fn task(states: &[TaskState]) -> TaskView {
        TaskView {
            id: TaskId(1),
            device: DeviceId(1),
            kind: TaskKind::SetValues { values: Vec::new() },
            state: *states.last().unwrap(),
            by: "Maria".into(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            steps: states
                .iter()
                .zip(0..)
                .map(|(state, n)| TaskStep { state: *state, at: Timestamp(n * 1000) })
                .collect(),
            note: Some("It waits.".into()),
            outcome: None,
        }
    }

    fn shown(states: &[TaskState]) -> Vec<&'static str> {
        flow(&task(states)).iter().map(|step| step.state.as_str()).collect()
    }

    #[test]
    fn green_to_the_end_only_when_verified() {
        use TaskState as S;
        assert_eq!(shown(&[S::Queued]), ["done", "now", "", "", ""]);
        assert_eq!(shown(&[S::Queued, S::Contacting, S::Connected]), ["done", "done", "done", "now", ""]);
        assert_eq!(
            shown(&[S::Queued, S::Contacting, S::Connected, S::Applied]),
            ["done", "done", "done", "done", "now"]
        );
        assert_eq!(shown(&[S::Queued, S::Connected, S::Applied, S::Verified]), ["done"; 5]);
        assert_eq!(
            shown(&[S::Queued, S::Connected, S::Applied, S::Different]),
            ["done", "done", "done", "done", "warn"]
        );
    }

    #[test]
    fn a_password_that_cannot_be_read_back_is_not_green_to_the_end() {
        use TaskState as S;
        let mut sent = task(&[S::Queued, S::Connected, S::Applied, S::Verified]);
        let change = model::task::ValueChange {
            path: "D.KeyPassphrase".into(),
            before: None,
            wanted: None,
            after: Some(String::new()),
        };
        sent.outcome = Some(model::task::TaskOutcome::Changed { changes: vec![change], pending: false });
        let last = flow(&sent).pop().unwrap();
        assert_eq!((last.label, last.state), ("Not confirmed yet", StepState::Ahead));
    }

    #[test]
    fn a_failure_sits_on_the_step_that_failed() {
        use TaskState as S;
        assert_eq!(shown(&[S::Queued, S::Connected, S::Failed]), ["done", "done", "done", "failed", ""]);
        assert_eq!(shown(&[S::Queued, S::Cancelled]), ["done", "off", "", "", ""]);
    }

    #[test]
    fn a_step_that_was_jumped_over_has_no_time() {
        use TaskState as S;
        let flow = flow(&task(&[S::Queued, S::Connected]));
        assert_eq!(flow[1].at, None);
        assert_eq!(flow[2].at, Some(Timestamp(1000)));
        assert_eq!(flow[3].note.as_deref(), Some("It waits."));
    }

    #[test]
    fn back_in_the_queue_is_not_progress() {
        use TaskState as S;
        assert_eq!(shown(&[S::Queued, S::Contacting, S::Queued]), ["done", "now", "", "", ""]);
    }
}
