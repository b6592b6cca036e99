//! One device: its head, its sections, and what goes on with it.

mod activity;
mod api;
mod channel;
mod compare;
mod diagnostics;
mod edits;
mod events;
mod files;
mod guide;
mod head;
mod last_change;
mod network;
mod parameters;
pub mod protocol;
mod reset;
mod reveal;
mod section;
mod signal;
mod state;
mod summary;
mod tasks;
mod tiles;
mod timeline;
mod verdict;
mod wifi;
pub mod words;

pub use api::{
    CancelTask, CreateTask, LoadDevice, LoadHistory, LoadTasks, LoadTree, Look, UndoTask, cancel_task, create_task,
    load_tasks,
};
pub use compare::{CompareTab, LoadComparison};
pub use diagnostics::{DiagnosticsTab, LoadDiagnoses, LoadTests};
pub use guide::{BeginGuide, GuidePage, LoadGuide, RunningGuide, TakeStep};
pub use network::api::LoadNetwork;
pub use network::{CloseAccess, NetworkTab, OpenAccess};
pub use parameters::ParametersTab;
pub use protocol::ProtocolTab;
pub use reset::api::LoadResetPlan;
pub use reveal::RevealPassword;
pub use summary::SummaryTab;
pub use tasks::TasksTab;
pub use timeline::{
    AddNote, CloseEscalation, EntryItem, Escalate, LoadDifferences, LoadPeople, LoadSnapshot, LoadTimeline,
    TimelineTab, close_escalation, load_snapshot,
};
pub use wifi::WifiTab;
pub use wifi::api::{LoadWifi, SuggestPassword};

use crate::components::{ErrorView, Skeleton};
use crate::pages::campaigns::{OfDevice, provide_campaigns_of};
use crate::pages::devices::keep_address;
use crate::pages::page_title;
use activity::{ActivitySide, LiveStrip};
use head::Head;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;
use leptos_router::hooks::{use_location, use_params_map};
use parameters::Pending;
use state::{DeviceState, Loaded, NOBODY};
use tiles::Tiles;
use verdict::{VerdictCard, VerdictLine};

/// `/devices/:id` and its sections.
#[component]
pub fn DevicePage() -> impl IntoView {
    keep_address();
    let params = use_params_map();
    // What is no number names no device: the server answers so.
    let id =
        Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse().ok())).unwrap_or(NOBODY));
    DeviceState::provide(id);
    provide_campaigns_of(id);
    view! {
        <Title text="Device" />
        <main class="main" id="main">
            <Transition fallback=|| view! { <Skeleton lines=10 /> }>
                <Whole />
            </Transition>
        </main>
    }
}

/// The whole page, or why there is none.
#[component]
fn Whole() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let loaded = state.loaded();
    let section = open_section();
    let summary = Memo::new(move |_| section.with(String::is_empty));
    move || match loaded.get() {
        Loaded::Nothing => ().into_any(),
        Loaded::Failed(error) => view! {
            <section class="card">
                <h1 class="sr-only">"Device"</h1>
                <ErrorView error />
            </section>
        }
        .into_any(),
        Loaded::Ready => view! {
            <Named />
            <Head />
            <div class="with-side">
                <div class="stack">
                    <Show when=move || summary.get() fallback=|| view! { <VerdictLine /> }>
                        <VerdictCard />
                        <Tiles />
                    </Show>
                    <Tabs section />
                    <Outlet />
                </div>
                <ActivitySide>
                    <Pending />
                    <OfDevice />
                </ActivitySide>
            </div>
            <LiveStrip />
        }
        .into_any(),
    }
}

/// The document's title: the name of the device.
#[component]
fn Named() -> impl IntoView {
    let name = expect_context::<DeviceState>().part(|view| head::name(&view.row));
    // The title is written outside of the page's `Transition`, where resources must not be read: so read it here first.
    name.track();
    // It is asked for there once more, maybe, when the page has gone.
    view! { <Title text=move || page_title(&name.try_get().flatten().unwrap_or_default()) /> }
}

/// The section in the address: the last part of its path, empty for the summary.
fn open_section() -> Memo<String> {
    let path = use_location().pathname;
    Memo::new(move |_| {
        path.with(|path| {
            let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            if last.parse::<i64>().is_ok() { String::new() } else { last.to_owned() }
        })
    })
}

#[component]
fn Tabs(section: Memo<String>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let open = Memo::new(move |_| state.open_tasks());
    let tab = move |name: &'static str, label: &'static str| {
        let href = move || if name.is_empty() { state.href() } else { format!("{}/{name}", state.href()) };
        let current = move || section.with(|here| here == name).then_some("page");
        let count = move || {
            let open = open.get();
            (name == "tasks" && open > 0).then(|| {
                view! {
                    " "
                    <span class="count">{open}<span class="sr-only">" open"</span></span>
                }
            })
        };
        view! { <a href=href aria-current=current>{label} {count}</a> }
    };
    view! {
        <nav class="tabs section-tabs" aria-label="Device sections">
            {tab("", "Summary")}
            {tab("wifi", "Wi-Fi")}
            {tab("network", "Home network")}
            {tab("diagnostics", "Diagnostics")}
            {tab("timeline", "Timeline")}
            {tab("compare", "Compare")}
            {tab("parameters", "Parameters")}
            {tab("tasks", "Tasks")}
            {tab("protocol", "Protocol")}
        </nav>
    }
}
