//! Tasks: the five steps, the small form of them, and the state in one word.

mod steps;

use super::{Icon, Status, Tone};
use crate::clock::{iso, use_clock};
use crate::locale::decimal;
use leptos::prelude::*;
use model::task::{TaskKind, TaskState, TaskView};
use steps::{StepState, flow};

/// The life of a task in five steps with their times.
#[component]
pub fn TaskFlow(task: TaskView) -> impl IntoView {
    let clock = use_clock();
    let created = task.created_at;
    let steps = flow(&task)
        .into_iter()
        .map(|step| {
            let icon = match step.state {
                StepState::Done => "check-circle",
                StepState::Now => "loader",
                StepState::Failed => "octagon",
                StepState::Different => "alert",
                StepState::Cancelled => "x-circle",
                StepState::Ahead => "never",
            };
            let class = if step.state == StepState::Now { "spin" } else { "" };
            let said = match step.state {
                StepState::Failed => " (failed)",
                StepState::Ahead => " (not yet)",
                _ => "",
            };
            let time = step.at.map(|at| {
                let text = move || {
                    if at == created { clock.time_of_day(at) } else { format!("+{}", seconds(at.since(created))) }
                };
                view! { <time datetime=iso(at) title=move || clock.exact(at)>{text}</time> }
            });
            view! {
                <li data-state=step.state.as_str()>
                    <Icon name=icon class=class />
                    <span>{step.label}<span class="sr-only">{said}</span></span>
                    {time}
                    {step.note.map(|note| view! { <small>{note}</small> })}
                </li>
            }
        })
        .collect_view();
    view! { <ol class="flow" aria-label="Progress">{steps}</ol> }
}

/// The five steps as five bars, for tables. The word beside it is a [`TaskBadge`].
#[component]
pub fn TaskFlowMini(task: TaskView) -> impl IntoView {
    let bars = flow(&task).into_iter().map(|step| view! { <i data-state=step.state.as_str()></i> }).collect_view();
    view! { <span class="flow-mini" aria-hidden="true">{bars}</span> }
}

/// Where a task is, in one word.
#[component]
pub fn TaskBadge(task: TaskView) -> impl IntoView {
    let (tone, icon, label) = task_look(&task);
    view! { <Status tone=tone icon=icon label=label.to_owned() /> }
}

/// Tone, icon and word of a task. Green only when verified.
pub fn task_look(task: &TaskView) -> (Tone, &'static str, &'static str) {
    match task.state {
        TaskState::Queued => (Tone::Off, "hourglass", "Waiting"),
        TaskState::Contacting => (Tone::Info, "loader", "Contacting"),
        TaskState::Connected => (Tone::Info, "loader", "Connected"),
        TaskState::Applied => match task.kind {
            TaskKind::Reboot | TaskKind::FactoryReset { .. } => (Tone::Info, "loader", "Restarting"),
            TaskKind::Diagnose { .. } => (Tone::Info, "loader", "Running"),
            ref kind if kind.is_reported() => (Tone::Info, "loader", "Under way"),
            _ => (Tone::Info, "loader", "Verifying"),
        },
        // Sent and accepted; the router does not show it. Green is only what was seen.
        TaskState::Verified if task.outcome.as_ref().is_some_and(|outcome| outcome.unconfirmed().next().is_some()) => {
            (Tone::Info, "hourglass", "Sent")
        }
        TaskState::Verified => match task.kind {
            TaskKind::Diagnose { .. } | TaskKind::StopTest { .. } => (Tone::Ok, "check-circle", "Done"),
            ref kind if kind.only_asks() => (Tone::Ok, "check-circle", "Done"),
            _ => (Tone::Ok, "check-circle", "Verified"),
        },
        TaskState::Different => (Tone::Warn, "alert", "Different"),
        TaskState::Failed => (Tone::Bad, "octagon", "Failed"),
        TaskState::Cancelled => (Tone::Off, "x-circle", "Cancelled"),
    }
}

/// `0.4 s`, `12 s`, `3 min`.
fn seconds(millis: i64) -> String {
    match millis {
        ..10_000 => format!("{} s", decimal((millis / 100) as f64 / 10.0, 1)),
        10_000..120_000 => format!("{} s", millis / 1000),
        _ => model::time::age(millis),
    }
}
