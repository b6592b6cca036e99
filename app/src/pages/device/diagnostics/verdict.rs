//! How a test ended, in a word with its tone, and the number that matters.

use crate::components::{Tone, task_look};
use crate::locale::grouped;
use crate::pages::device::words::{bit_rate, millis};
use model::diagnostic::{Found, Plan};
use model::task::{TaskOutcome, TaskState, TaskView};

/// Tone, icon and words: green only when the router found what one hopes for. A speed is held against the plan.
pub fn verdict(task: &TaskView, plan: &Plan) -> (Tone, &'static str, String) {
    let (tone, icon, word) = task_look(task);
    let Some(found) = found(task).filter(|_| task.state == TaskState::Verified) else {
        return (tone, icon, word.to_owned());
    };
    let ok = |word: &str| (Tone::Ok, "check-circle", word.to_owned());
    let warn = |word: String| (Tone::Warn, "alert", word);
    let bad = |word: &str| (Tone::Bad, "octagon", word.to_owned());
    match found {
        Found::Ping(times) => match (times.answered, times.lost) {
            (Some(0), _) => bad("No reply"),
            (Some(_), Some(0)) => ok("All answered"),
            (Some(_), Some(lost)) => {
                warn(format!("{} of {} lost", grouped(lost.into()), grouped(times.sent().unwrap_or(lost).into())))
            }
            _ => (Tone::Off, "never", "Not known".to_owned()),
        },
        Found::Route { .. } => ok("Reached"),
        Found::Names { answers, .. } => {
            if answers.iter().any(|answer| !answer.addresses.is_empty() || !answer.name.is_empty()) {
                ok("Found")
            } else {
                bad("Not found")
            }
        }
        Found::Loopback(times) if times.answered == Some(0) => bad("No reply"),
        Found::Speed(speed) if speed.bits_per_second.is_none() => warn("No times".to_owned()),
        Found::Speed(speed) => match plan.share(speed) {
            Some((percent, true)) => ok(&format!("{percent} % of the plan")),
            Some((percent, false)) => warn(format!("{percent} % of the plan")),
            None => ok("Done"),
        },
        _ => ok("Done"),
    }
}

/// What the router found.
pub fn found(task: &TaskView) -> Option<&Found> {
    match &task.outcome {
        Some(TaskOutcome::Diagnosed { result }) => Some(&result.found),
        _ => None,
    }
}

/// The number that matters, for a column.
pub fn value(task: &TaskView) -> String {
    match found(task) {
        Some(Found::Ping(times)) => times.average_us.map(millis).unwrap_or_default(),
        Some(Found::Route { hops, .. }) => match hops.len() {
            1 => "1 hop".to_owned(),
            n => format!("{n} hops"),
        },
        Some(Found::Names { answers, .. }) => {
            answers.iter().flat_map(|answer| answer.addresses.iter()).next().cloned().unwrap_or_default()
        }
        Some(Found::Speed(speed)) => speed.bits_per_second.map(bit_rate).unwrap_or_default(),
        Some(Found::Capacity(capacity)) => capacity.bits_per_second.map(bit_rate).unwrap_or_default(),
        Some(Found::Server(selection)) => selection.fastest.clone(),
        Some(Found::Neighbours { networks }) => format!("{} networks", networks.len()),
        Some(Found::Loopback(times)) => times.average_ms.map(|ms| format!("{ms} ms")).unwrap_or_default(),
        Some(Found::Values { values }) => format!("{} values", values.len()),
        Some(Found::Echo(_)) | None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::diagnostic::{Diagnosis, PingTimes};
    use model::task::TaskKind;
    use model::{DeviceId, TaskId, Timestamp};

    fn pinged(answered: u32, lost: u32) -> TaskView {
        let times = PingTimes { answered: Some(answered), lost: Some(lost), ..PingTimes::default() };
        let result = Diagnosis { state: "Complete".into(), found: Found::Ping(times) };
        TaskView {
            id: TaskId(1),
            device: DeviceId(1),
            kind: TaskKind::Reboot,
            state: TaskState::Verified,
            by: "Ana".into(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            steps: Vec::new(),
            note: None,
            outcome: Some(TaskOutcome::Diagnosed { result: Box::new(result) }),
        }
    }

    #[test]
    fn a_ping_that_nobody_answered_is_not_green() {
        assert_eq!(verdict(&pinged(5, 0), &Plan::default()).0, Tone::Ok);
        assert_eq!(verdict(&pinged(4, 1), &Plan::default()).2, "1 of 5 lost");
        assert_eq!(verdict(&pinged(0, 5), &Plan::default()).0, Tone::Bad);
    }
}
