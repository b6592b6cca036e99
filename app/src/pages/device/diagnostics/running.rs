//! Tests that have not ended: how far each is, whoever asked for it.

use super::{Section, test_of};
use crate::clock::use_clock;
use crate::components::{Icon, Status, Tone};
use leptos::prelude::*;
use model::task::{TaskState, TaskView};
use model::{TaskId, Timestamp};

#[component]
pub(super) fn Running() -> impl IntoView {
    let section = expect_context::<Section>();
    let ids = Memo::new(move |_| {
        section.runs.with(|runs| runs.iter().filter(|task| !task.state.ended()).map(|task| task.id).collect::<Vec<_>>())
    });
    view! {
        <For each=move || ids.get().into_iter().rev() key=|id| *id let:id>
            <One id />
        </For>
    }
}

/// When the router took the order.
fn started(task: &TaskView) -> Option<Timestamp> {
    task.steps.iter().rev().find(|step| step.state == TaskState::Applied).map(|step| step.at)
}

/// Where a test is, in a few words.
fn stage(task: &TaskView) -> &'static str {
    match task.state {
        TaskState::Queued => "Waiting",
        TaskState::Contacting => "Contacting router",
        TaskState::Connected => "Connected, starting",
        _ => "Running on the router",
    }
}

#[component]
fn One(id: TaskId) -> impl IntoView {
    let section = expect_context::<Section>();
    let clock = use_clock();
    let task = Memo::new(move |before: Option<&Option<TaskView>>| {
        let found = section.runs.with(|runs| runs.iter().find(|task| task.id == id).cloned());
        found.or_else(|| before.cloned().flatten())
    });
    let title = move || task.with(|task| task.as_ref().map(|task| task.kind.title()).unwrap_or_default());
    let by = move || task.with(|task| task.as_ref().map(|task| task.by.clone()).unwrap_or_default());
    let word = Signal::derive(move || task.with(|task| task.as_ref().map_or("", stage)).to_owned());
    let waits = Memo::new(move |_| task.with(|task| task.as_ref().is_some_and(|task| task.state == TaskState::Queued)));
    let note = move || {
        task.with(|task| task.as_ref().and_then(|task| task.note.clone())).or_else(|| {
            waits
                .get()
                .then(|| "It runs at the router’s next check-in. You can leave this page, or stop it.".to_owned())
        })
    };
    let expected =
        task.with_untracked(|task| task.as_ref().and_then(test_of).map_or(1, model::diagnostic::Test::expected_ms));
    let elapsed = Memo::new(move |_| {
        let since = task.with(|task| task.as_ref().and_then(started))?;
        Some(clock.now().since(since).max(0))
    });
    let seconds = |millis: i64| (millis + 500) / 1000;
    let told = move || {
        elapsed.get().map(|elapsed| {
            if elapsed <= expected {
                format!("{} s of about {} s", seconds(elapsed), seconds(expected).max(1))
            } else {
                format!("{} s; it usually takes {} s", seconds(elapsed), seconds(expected).max(1))
            }
        })
    };
    view! {
        <section class="card" aria-label="Running test">
            <div class="card__head">
                <h2><bdi>{title}</bdi></h2>
                <span aria-live="polite">
                    <Status
                        tone=Signal::derive(move || if waits.get() { Tone::Off } else { Tone::Info })
                        icon=Signal::derive(move || if waits.get() { "hourglass" } else { "loader" })
                        label=word
                        class="status--text"
                    />
                </span>
                <span class="card__end card__meta">"Asked by " <bdi>{by}</bdi></span>
            </div>
            <div class="card__body stack stack--sm">
                {move || note().map(|note| view! { <p class="muted"><Icon name="info" class="icon--sm" />" " <bdi>{note}</bdi></p> })}
                <Show when=move || elapsed.get().is_some()>
                    <div class="progress">
                        <progress
                            max=expected.to_string()
                            prop:value=move || elapsed.get().unwrap_or(0).min(expected).to_string()
                            aria-label="Time that the test has taken"
                        ></progress>
                        <span>{told}</span>
                    </div>
                </Show>
            </div>
        </section>
    }
}
