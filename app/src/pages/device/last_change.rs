//! How the last change of some settings went, beside the form that asked for it.

use crate::components::{Icon, Tone, task_look};
use crate::pages::device::activity::UndoButton;
use crate::pages::device::state::DeviceState;
use crate::pages::device::words::{outcome, value_words};
use leptos::prelude::*;
use model::task::{TaskKind, TaskOutcome, TaskState, TaskView, ValueChange, short_name};

/// What a form of the page watches: parameters, or tables ending in `.`
fn touches(kind: &TaskKind, paths: &[String]) -> bool {
    match kind {
        TaskKind::SetValues { values } => values.iter().any(|value| paths.contains(&value.path)),
        TaskKind::AddObject { path, .. } | TaskKind::DeleteObject { path } => {
            paths.iter().any(|table| table.ends_with('.') && path.starts_with(table.as_str()))
        }
        _ => false,
    }
}

/// The newest task that changes one of these. Tracked.
fn newest(state: DeviceState, paths: &[String]) -> Option<TaskView> {
    let newest = state.task_list().into_iter().find(|task| touches(&task.kind, paths))?;
    (state.watched.with(|watched| watched.contains(&newest.id)) || !newest.state.ended()).then_some(newest)
}

/// The last change of these settings that this page has seen, with a line for each place that has a name of its own.
#[component]
pub fn LastChange(
    #[prop(into)] paths: Signal<Vec<String>>,
    /// What a path is called, such as `Name on 5 GHz`.
    #[prop(optional, into)]
    names: Signal<Vec<(String, String)>>,
) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let last = Memo::new(move |_| paths.with(|paths| newest(state, paths)));
    move || {
        last.get().map(|task| {
            let (tone, icon, word) = task_look(&task);
            let said = outcome(&task);
            let spin = if icon == "loader" { "spin" } else { "" };
            let role = if matches!(tone, Tone::Bad | Tone::Warn) { "alert" } else { "status" };
            let lines = lines(&task, &names.get());
            let at_fault = said.at_fault.into_iter().map(|(path, why)| {
                view! { <p><bdi class="mono">{short_name(&path).to_owned()}</bdi> ": " <bdi>{why}</bdi></p> }
            });
            let code = said.code.map(|code| format!(" (code {code})"));
            view! {
                <div class="field__readback" data-tone=tone.as_str() role=role>
                    <Icon name=icon class=spin />
                    <div>
                        <p><b>{word}</b> " " <bdi>{if lines.is_empty() { said.sentence } else { String::new() }}</bdi> {code}</p>
                        {at_fault.collect_view()}
                        {(!lines.is_empty()).then(|| view! { <Lines lines /> })}
                        <UndoButton task=task />
                    </div>
                </div>
            }
        })
    }
}

/// One line of the result: what it is called, how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    tone: Tone,
    text: String,
}

#[component]
fn Lines(lines: Vec<Line>) -> impl IntoView {
    let lines = lines.into_iter().map(|line| {
        view! {
            <li class="status" data-tone=line.tone.as_str()>
                <Icon name=if line.tone == Tone::Info { "hourglass" } else { line.tone.icon() } />
                <bdi>{line.text}</bdi>
            </li>
        }
    });
    view! { <ul class="band-results">{lines.collect_view()}</ul> }
}

fn lines(task: &TaskView, names: &[(String, String)]) -> Vec<Line> {
    let Some(TaskOutcome::Changed { changes, .. }) = &task.outcome else { return Vec::new() };
    if !matches!(task.state, TaskState::Verified | TaskState::Different) {
        return Vec::new();
    }
    let named =
        |change: &ValueChange| names.iter().find(|(path, _)| *path == change.path).map(|(_, name)| name.clone());
    changes
        .iter()
        .filter_map(|change| {
            let name = named(change)?;
            Some(match (&change.wanted, &change.after) {
                (None, _) => Line { tone: Tone::Info, text: format!("{name}: sent, not confirmed yet") },
                (Some(_), Some(after)) if change.wanted.as_ref() == Some(after) || after.is_empty() => {
                    Line { tone: Tone::Ok, text: format!("{name}: {}", value_words(&change.path, Some(after))) }
                }
                (Some(wanted), after) if task.state == TaskState::Verified => {
                    let now = after.as_deref().unwrap_or(wanted);
                    Line { tone: Tone::Ok, text: format!("{name}: {}", value_words(&change.path, Some(now))) }
                }
                (Some(_), after) => Line {
                    tone: Tone::Warn,
                    text: format!("{name}: still {}", value_words(&change.path, after.as_deref())),
                },
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{DeviceId, TaskId, Timestamp};

    fn task(changes: Vec<ValueChange>, state: TaskState) -> TaskView {
        TaskView {
            id: TaskId(1),
            device: DeviceId(1),
            kind: TaskKind::SetValues { values: Vec::new() },
            state,
            by: "Ana".into(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            steps: Vec::new(),
            note: None,
            outcome: Some(TaskOutcome::Changed { changes, pending: false }),
        }
    }

    fn change(path: &str, wanted: Option<&str>, after: &str) -> ValueChange {
        let wanted = wanted.map(str::to_owned);
        ValueChange { path: path.into(), before: Some("old".into()), wanted, after: Some(after.into()) }
    }

    #[test]
    fn every_band_says_how_it_went() {
        let names = ["D.1.SSID", "D.2.SSID", "D.1.KeyPassphrase"]
            .map(|path| (path.to_owned(), format!("Name of {path}")))
            .to_vec();
        let changes = vec![
            change("D.1.SSID", Some("Renner"), "Renner"),
            change("D.2.SSID", Some("Renner"), "old"),
            change("D.1.KeyPassphrase", None, ""),
            change("D.1.Other", Some("1"), "1"),
        ];
        let tones: Vec<_> = lines(&task(changes, TaskState::Different), &names).into_iter().map(|l| l.tone).collect();
        assert_eq!(tones, [Tone::Ok, Tone::Warn, Tone::Info], "a password is never green");
    }

    #[test]
    fn a_form_sees_its_own_tasks() {
        let set = TaskKind::SetValues {
            values: vec![model::task::SetValue { path: "D.A".into(), value: "1".into(), value_type: None }],
        };
        assert!(touches(&set, &["D.A".into()]));
        assert!(!touches(&set, &["D.B".into()]));
        let delete = TaskKind::DeleteObject { path: "D.T.2.".into() };
        assert!(touches(&delete, &["D.T.".into()]));
        assert!(!touches(&TaskKind::Reboot, &["D.T.".into()]));
    }
}
