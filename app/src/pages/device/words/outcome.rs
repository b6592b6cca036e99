//! How tasks stand and end, in words: the sentence first, the code last.

use super::numbers::precise;
use super::{found_words, quote, span, value_words};
use crate::locale::grouped;
use model::fault::FaultView;
use model::restore::{Restored, RestoredLine};
use model::task::{TaskKind, TaskOutcome, TaskState, TaskView, ValueChange, is_secret_name, short_name};

/// How a task stands or ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub sentence: String,
    /// One line per parameter that the device found fault with: its name, and what is wrong.
    pub at_fault: Vec<(String, String)>,
    /// For experts: the code and the device's own words.
    pub code: Option<u32>,
    pub detail: String,
}

/// Tone of a state, for `data-tone`.
pub fn tone(state: TaskState) -> &'static str {
    match state {
        TaskState::Verified => "ok",
        TaskState::Different => "warn",
        TaskState::Failed => "bad",
        TaskState::Queued | TaskState::Cancelled => "off",
        TaskState::Contacting | TaskState::Connected | TaskState::Applied => "info",
    }
}

/// The word for a state.
pub fn state_word(state: TaskState) -> &'static str {
    match state {
        TaskState::Queued => "Queued",
        TaskState::Contacting => "Contacting router",
        TaskState::Connected => "Connected",
        TaskState::Applied => "Applied",
        TaskState::Verified => "Verified",
        TaskState::Different => "Not verified",
        TaskState::Failed => "Failed",
        TaskState::Cancelled => "Cancelled",
    }
}

/// What to say about a task now.
pub fn outcome(task: &TaskView) -> Outcome {
    let plain = |sentence: String| Outcome { sentence, at_fault: Vec::new(), code: None, detail: String::new() };
    match (&task.outcome, task.state) {
        (Some(TaskOutcome::Fault { fault }), _) => fault_words(fault),
        (Some(ended), state) => plain(ended_words(ended, state)),
        (None, TaskState::Queued) => plain(task.note.clone().unwrap_or_else(|| "Waits for the router.".to_owned())),
        (None, TaskState::Contacting) => {
            plain(task.note.clone().unwrap_or_else(|| "Asking the router to connect.".to_owned()))
        }
        (None, TaskState::Connected) => plain("The router is connected.".to_owned()),
        (None, TaskState::Applied) => plain(match task.kind {
            TaskKind::Reboot => "The router is rebooting. It has not come back yet.".to_owned(),
            TaskKind::FactoryReset { .. } => {
                task.note.clone().unwrap_or_else(|| "The router is resetting. It has not come back yet.".to_owned())
            }
            TaskKind::Diagnose { .. } => "The router runs the test and reports when it is done.".to_owned(),
            _ if task.kind.is_reported() => {
                task.note.clone().unwrap_or_else(|| "The router has the order and reports when it is done.".to_owned())
            }
            _ => "The router accepted it. Lastmile is reading it back.".to_owned(),
        }),
        (None, TaskState::Verified) => plain("Done.".to_owned()),
        (None, TaskState::Different) => plain("The router said yes, but still reports something else.".to_owned()),
        (None, TaskState::Failed) => plain("It failed.".to_owned()),
        (None, TaskState::Cancelled) if task.note.is_some() => plain(task.note.clone().unwrap_or_default()),
        (None, TaskState::Cancelled) => plain("Cancelled before the router got it. Nothing was changed.".to_owned()),
    }
}

fn ended_words(ended: &TaskOutcome, state: TaskState) -> String {
    match ended {
        TaskOutcome::Read { parameters: 1 } => "One value read.".to_owned(),
        TaskOutcome::Read { parameters } => format!("{} values read.", grouped(u64::from(*parameters))),
        TaskOutcome::Changed { changes, pending } => changed_words(changes, *pending, state),
        TaskOutcome::Added { path } => format!("Added {}.", row_words(path)),
        TaskOutcome::Deleted { path, .. } => format!("Deleted {}.", row_words(path)),
        TaskOutcome::Returned { after_ms } => {
            format!("The router came back after {}.", precise(u64::try_from(*after_ms).unwrap_or(0) / 1000))
        }
        TaskOutcome::Restored { after_ms, lines, pending } => restored_words(*after_ms, lines, *pending),
        TaskOutcome::Fault { fault } => fault.message.clone(),
        TaskOutcome::Transferred { file, version_before, version_after, unreported } => {
            let done = if file.is_some() { "The router sent the file." } else { "The transfer is done." };
            let mut words = done.to_owned();
            if !version_after.is_empty() && version_after == version_before {
                words = format!("The file was taken, but the version is still {version_after}.");
            } else if !version_after.is_empty() {
                words = format!("The version is {version_after} now.");
            }
            if *unreported {
                words.push_str(" The router never said so itself.");
            }
            words
        }
        TaskOutcome::Transfers { transfers } => match transfers.len() {
            0 => "No transfers wait.".to_owned(),
            1 => "One transfer waits.".to_owned(),
            n => format!("{n} transfers wait."),
        },
        TaskOutcome::Scheduled => "It will check in.".to_owned(),
        TaskOutcome::Modules { results } => {
            let failed = results.iter().filter(|result| result.fault_code != 0).count();
            match (results.len(), failed) {
                (1, 0) => "The software module was changed.".to_owned(),
                (n, 0) => format!("{n} software modules were changed."),
                (n, failed) => format!("{failed} of {n} software modules could not be changed."),
            }
        }
        TaskOutcome::Attributes { attributes } => format!("The reporting of {} settings was read.", attributes.len()),
        TaskOutcome::Methods { methods } => format!("{} requests are supported.", methods.len()),
        TaskOutcome::Options { options } => format!("{} options.", options.len()),
        TaskOutcome::Answer { .. } => "The router answered.".to_owned(),
        TaskOutcome::Diagnosed { result } => found_words(&result.found),
    }
}

/// How a factory reset with restore ended: how much is as it was, and what is not.
fn restored_words(after_ms: i64, lines: &[RestoredLine], pending: bool) -> String {
    let back = format!("The router came back after {}.", precise(u64::try_from(after_ms).unwrap_or(0) / 1000));
    let count = |is: fn(&Restored) -> bool| lines.iter().filter(|line| is(&line.restored)).count();
    let good = count(|one| matches!(one, Restored::Verified | Restored::Unconfirmed));
    let unknown = count(|one| *one == Restored::NotKnown);
    let mut words = format!("{back} {good} of {} settings are as they were.", lines.len() - unknown);
    if count(|one| *one == Restored::Unconfirmed) > 0 {
        words.push_str(" Passwords were sent and cannot be read back.");
    }
    let bad: Vec<String> = lines
        .iter()
        .filter(|line| line.restored.is_problem())
        .take(3)
        .map(|line| {
            let name = quote(short_name(&line.path));
            match &line.restored {
                Restored::Different { now: Some(now) } => format!("{name} is {} instead.", quote(now)),
                Restored::Refused { why } => format!("{name}: {}", quote(why)),
                Restored::Missing => format!("{name} is not there any more."),
                _ => format!("{name} is different."),
            }
        })
        .collect();
    if !bad.is_empty() {
        words = format!("{words} {}", bad.join(" "));
    }
    match unknown {
        0 => {}
        1 => words.push_str(" One password was not known."),
        n => words = format!("{words} {n} passwords were not known."),
    }
    if pending {
        words.push_str(" Some apply after its next restart.");
    }
    words
}

/// A row by its number and its table: `row 2 of PortMapping`.
fn row_words(path: &str) -> String {
    let row = short_name(path);
    let table = path.trim_end_matches('.').strip_suffix(row).map(short_name).filter(|table| !table.is_empty());
    table.map_or_else(|| quote(row), |table| format!("row {} of {}", quote(row), quote(table)))
}

fn changed_words(changes: &[ValueChange], pending: bool, state: TaskState) -> String {
    let later = "The router accepted the change and applies it later, perhaps after a reboot.";
    if state == TaskState::Different {
        let differing = |change: &&ValueChange| change.wanted.is_some() && change.wanted != change.after;
        return match changes.iter().find(differing) {
            _ if pending => format!("{later} It still reports the old value."),
            Some(change) => format!(
                "The router said yes, but still reports {} for {}.",
                value_words(&change.path, change.after.as_deref()),
                quote(short_name(&change.path)),
            ),
            None => "The router said yes, but still reports something else.".to_owned(),
        };
    }
    match changes {
        _ if pending => later.to_owned(),
        [] => "Nothing had to be changed.".to_owned(),
        [one] if one.path.ends_with(".Reset") => {
            "The router took the command. The time since it is connected shows its effect.".to_owned()
        }
        [one] if is_secret_name(&one.path) && one.wanted.is_none() => {
            "Sent and accepted. Not confirmed yet: the router does not show it.".to_owned()
        }
        [one] => format!(
            "{} is {} now. It was {}.",
            quote(short_name(&one.path)),
            value_words(&one.path, one.after.as_deref()),
            value_words(&one.path, one.before.as_deref()),
        ),
        // Few enough to be told one by one.
        [_, _] | [_, _, _] => {
            let say = |change: &ValueChange| {
                let after = value_words(&change.path, change.after.as_deref());
                format!("{} is {after} now.", quote(short_name(&change.path)))
            };
            changes.iter().map(say).collect::<Vec<_>>().join(" ")
        }
        many => format!("{} settings changed.", grouped(many.len() as u64)),
    }
}

fn fault_words(fault: &FaultView) -> Outcome {
    let at_fault = fault.parameters.iter().map(|parameter| {
        let said = if parameter.detail.is_empty() { &parameter.message } else { &parameter.detail };
        (parameter.path.clone(), quote(said))
    });
    Outcome {
        sentence: fault.message.clone(),
        at_fault: at_fault.collect(),
        code: fault.code,
        detail: fault.detail.clone(),
    }
}

/// How long a task took, such as `4.8 s` or `2 min 40 s`, from the first to the last step.
pub fn took(task: &TaskView) -> Option<String> {
    let (first, last) = (task.steps.first()?, task.steps.last()?);
    task.state.ended().then(|| span(last.at.since(first.at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::fault::ParameterFault;
    use model::task::{SetValue, TaskStep};
    use model::{DeviceId, TaskId, Timestamp};

    fn task(state: TaskState, outcome: Option<TaskOutcome>) -> TaskView {
        TaskView {
            id: TaskId(1),
            device: DeviceId(1),
            kind: TaskKind::SetValues {
                values: vec![SetValue { path: "D.Channel".into(), value: "11".into(), value_type: None }],
            },
            state,
            by: "Ana".into(),
            created_at: Timestamp(0),
            updated_at: Timestamp(4_800),
            steps: vec![
                TaskStep { state: TaskState::Queued, at: Timestamp(0) },
                TaskStep { state, at: Timestamp(4_800) },
            ],
            note: None,
            outcome,
        }
    }

    fn changed(path: &str, before: &str, wanted: &str, after: &str) -> ValueChange {
        let some = |text: &str| Some(text.to_owned());
        ValueChange { path: path.into(), before: some(before), wanted: some(wanted), after: some(after) }
    }

    fn said(state: TaskState, outcome_of: TaskOutcome) -> String {
        outcome(&task(state, Some(outcome_of))).sentence
    }

    #[test]
    fn a_change_says_the_new_and_the_old_value() {
        let changes = vec![changed("D.Channel", "6", "11", "11")];
        let sentence = said(TaskState::Verified, TaskOutcome::Changed { changes, pending: false });
        assert_eq!(sentence, "Channel is 11 now. It was 6.");
    }

    #[test]
    fn a_few_changes_are_told_one_by_one() {
        let changes = vec![changed("D.Auto", "true", "false", "false"), changed("D.Channel", "6", "11", "11")];
        let sentence = said(TaskState::Verified, TaskOutcome::Changed { changes, pending: false });
        assert_eq!(sentence, "Auto is false now. Channel is 11 now.");
    }

    #[test]
    fn a_change_that_did_not_take_is_never_called_done() {
        let changes = vec![changed("D.A", "1", "2", "2"), changed("D.Channel", "6", "11", "6")];
        let sentence = said(TaskState::Different, TaskOutcome::Changed { changes: changes.clone(), pending: false });
        assert_eq!(sentence, "The router said yes, but still reports 6 for Channel.");
        let later = said(TaskState::Different, TaskOutcome::Changed { changes, pending: true });
        assert!(later.contains("later") && later.contains("still reports"), "{later}");
    }

    #[test]
    fn rows_are_named_by_their_table() {
        let added = TaskOutcome::Added { path: "Device.NAT.PortMapping.2.".into() };
        assert_eq!(said(TaskState::Verified, added), "Added row 2 of PortMapping.");
        assert_eq!(
            said(TaskState::Verified, TaskOutcome::Deleted { path: "Odd.".into(), values: Vec::new() }),
            "Deleted Odd."
        );
    }

    #[test]
    fn secrets_stay_hidden() {
        let changes = vec![changed("D.KeyPassphrase", "old-key-1", "new-key-2", "")];
        for state in [TaskState::Verified, TaskState::Different] {
            let sentence = said(state, TaskOutcome::Changed { changes: changes.clone(), pending: false });
            assert!(!sentence.contains("key-"), "{sentence}");
        }
    }

    #[test]
    fn a_fault_says_the_sentence_the_parameter_and_the_code() {
        let mut fault = FaultView::from_device(9003, "Invalid arguments");
        fault.parameters.push(ParameterFault {
            path: "D.Channel".into(),
            code: 9007,
            message: "The router refused the value.".into(),
            detail: String::new(),
        });
        let said = outcome(&task(TaskState::Failed, Some(TaskOutcome::Fault { fault })));
        assert!(said.sentence.starts_with("The router") && !said.sentence.contains("9003"));
        assert_eq!(said.at_fault, [("D.Channel".to_owned(), "The router refused the value.".to_owned())]);
        assert_eq!(said.code, Some(9003));
    }

    #[test]
    fn waiting_tasks_say_why() {
        let mut waiting = task(TaskState::Queued, None);
        waiting.note = Some("The router did not answer. It runs at its next check-in.".into());
        assert_eq!(outcome(&waiting).sentence, waiting.note.unwrap());
        assert!(outcome(&task(TaskState::Cancelled, None)).sentence.contains("Nothing was changed"));
    }

    #[test]
    fn only_verified_is_green() {
        for state in TaskState::ALL {
            assert_eq!(tone(state) == "ok", state == TaskState::Verified, "{state:?}");
        }
    }

    #[test]
    fn only_what_has_ended_took_a_time() {
        assert_eq!(took(&task(TaskState::Verified, None)).as_deref(), Some("4.8 s"));
        assert_eq!(took(&task(TaskState::Connected, None)), None);
    }
}
