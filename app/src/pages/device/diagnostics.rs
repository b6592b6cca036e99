//! Tests that the router runs: choose one, watch it, see what it found, and what earlier ones found.

mod api;
mod cards;
mod chart;
mod choice;
mod form;
mod history;
mod running;
mod verdict;

pub use api::{LoadDiagnoses, LoadTests};
pub use form::run_all;

use super::state::{DeviceState, put};
use crate::PortalError;
use crate::components::Skeleton;
use api::{load_diagnoses, load_tests};
use cards::Findings;
use choice::Asked;
use form::RunBar;
use history::History;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::DeviceId;
use model::diagnostic::{Plan, Test, TestsView};
use model::live::LiveMessage;
use model::page::{Cursor, Page};
use model::task::{TaskKind, TaskView};
use running::Running;

/// What the parts of the section share.
#[derive(Clone, Copy)]
struct Section {
    asked: Memo<Asked>,
    tests: Resource<Result<TestsView, PortalError>>,
    /// A page of the history.
    page: Tests,
    /// The page of the history is not the newest.
    older: Memo<bool>,
    /// The newest tests, those that run among them.
    runs: Memo<Vec<TaskView>>,
    /// What speeds are held against.
    plan: Memo<Plan>,
}

/// A page of tests, as far as it was loaded.
type Tests = Memo<Option<Result<Page<TaskView>, PortalError>>>;

/// The test of a task.
fn test_of(task: &TaskView) -> Option<&Test> {
    match &task.kind {
        TaskKind::Diagnose { test } => Some(test),
        _ => None,
    }
}

/// `/devices/:id/diagnostics`
#[component]
pub fn DiagnosticsTab() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let params = use_query_map();
    let asked = Memo::new(move |_| params.with(Asked::of));
    let cursor = Memo::new(move |_| params.with(|params| params.get("at").filter(|at| !at.is_empty()).map(Cursor)));
    let older = Memo::new(move |_| cursor.with(Option::is_some));
    let tests = Resource::new_blocking(move || state.id.get(), load_tests);
    let loaded = Resource::new_blocking(
        move || (state.id.get(), cursor.get()),
        |(device, cursor): (DeviceId, Option<Cursor>)| load_diagnoses(device, cursor),
    );
    state.on_message(move |message| match message {
        LiveMessage::Missed => loaded.refetch(),
        // What the router can do may be known only now.
        LiveMessage::Tree { .. } if tests.with_untracked(|tests| matches!(tests, Some(Ok(tests)) if tests.unknown)) => {
            tests.refetch();
        }
        _ => {}
    });
    view! {
        <Transition fallback=|| view! { <section class="card"><Skeleton lines=8 /></section> }>
            <Inside asked older tests loaded />
        </Transition>
    }
}

/// Everything, below the `Transition`: for what is read by a memo from above it, the server does not wait.
#[component]
fn Inside(
    asked: Memo<Asked>,
    older: Memo<bool>,
    tests: Resource<Result<TestsView, PortalError>>,
    loaded: Resource<Result<Page<TaskView>, PortalError>>,
) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let page: Tests = Memo::new(move |_| {
        let first = !older.get();
        loaded.get().map(|page| page.map(|page| state.with_heard(page, first, |task| test_of(task).is_some())))
    });
    let runs = Memo::new(move |_| {
        let mut runs = if older.get() {
            Vec::new()
        } else {
            page.get().and_then(Result::ok).map(|page| page.items).unwrap_or_default()
        };
        for task in state.task_list().iter().filter(|task| test_of(task).is_some()) {
            put(&mut runs, task);
        }
        runs
    });
    let plan = state.part(|view| view.plan);
    let plan = Memo::new(move |_| plan.get().unwrap_or_default());
    provide_context(Section { asked, tests, page, older, runs, plan });
    view! {
        <RunBar />
        <Running />
        <Findings />
        <History />
    }
}
