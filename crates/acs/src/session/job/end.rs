//! How tasks end, and a device's faults in plain words.

use super::orders::firmware;
use super::progress::Progress;
use cwmp::Fault;
use model::fault::{FaultView, ParameterFault, explain};
use model::task::{TaskKind, TaskOutcome, TaskState};
use model::{FileId, Timestamp};
use store::TaskRecord;

/// How a task ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct End {
    pub state: TaskState,
    pub outcome: Option<TaskOutcome>,
}

impl End {
    pub fn fault(fault: FaultView) -> Self {
        Self { state: TaskState::Failed, outcome: Some(TaskOutcome::Fault { fault }) }
    }
}

/// How a task ends whose time was over before it was seen to be done; `None` if its time is not over.
pub(crate) fn too_late(task: &TaskRecord, now: Timestamp) -> Option<End> {
    let progress = Progress::of(task);
    let over = progress.not_after.is_some_and(|end| end <= now) && task.state != TaskState::Applied;
    over.then(|| {
        End::fault(FaultView::local(if progress.sent {
            "The connection broke off while the router was doing this, and its time is over: it is not repeated."
        } else {
            "The router did not come before the time for this was over. Nothing was changed."
        }))
    })
}

pub(super) fn wrong_answer() -> FaultView {
    FaultView::local("The router answered something else than it was asked.")
}

/// A device's fault in plain words.
pub(crate) fn fault_view(fault: &Fault) -> FaultView {
    let mut view = if fault.code == 0 {
        FaultView { detail: fault.text.clone(), ..FaultView::local(explain(0)) }
    } else {
        FaultView::from_device(fault.code, fault.text.clone())
    };
    view.parameters = fault
        .parameters
        .iter()
        .map(|p| ParameterFault {
            path: p.name.clone(),
            code: p.code,
            message: explain(p.code).to_owned(),
            detail: p.text.clone(),
        })
        .collect();
    if let Some(cause) = view.cause().filter(|cause| *cause != fault.code) {
        explain(cause).clone_into(&mut view.message);
    }
    view
}

/// A file was loaded, or sent as `received`. `version`: the firmware that runs now; told only of firmware that was loaded.
pub(crate) fn transferred(
    kind: &TaskKind,
    progress: &Progress,
    version: &str,
    received: Option<FileId>,
    unreported: bool,
) -> TaskOutcome {
    let (before, after) = firmware(kind).map_or(("", ""), |_| (progress.version_before.as_str(), version));
    TaskOutcome::Transferred {
        file: received,
        version_before: before.to_owned(),
        version_after: after.to_owned(),
        unreported,
    }
}
