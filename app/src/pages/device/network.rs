//! The home network: what is in it, the addresses, port forwards, and the way to the internet.

pub mod api;
mod forwards;
mod hosts;
mod internet;
mod lan;
mod lines;
mod remote;

use super::section::{Section, SectionHead, loaded, section};
use super::state::{DeviceState, Loaded};
use crate::components::{ErrorView, Skeleton};
use api::load_network;
use forwards::{Forwarding, ForwardsCard};
use hosts::Hosts;
use internet::InternetCard;
use lan::LanForm;
use leptos::prelude::*;
use lines::Lines;
use model::network::NetworkView;
use model::setting::Setting;
use model::task::{SetValue, TaskKind};
use remote::RemoteCard;
pub use remote::{CloseAccess, OpenAccess};

/// The home network as it was loaded last.
#[derive(Clone, Copy)]
pub struct Network(Memo<Option<NetworkView>>);

impl Network {
    /// Part of it; it changes only when that part does.
    pub fn part<T: Clone + PartialEq + Send + Sync + 'static>(
        self,
        read: impl Fn(&NetworkView) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move |_| self.0.with(|view| view.as_ref().map_or_else(|| read(&NetworkView::default()), &read)))
    }
}

/// `/devices/:id/network`
#[component]
pub fn NetworkTab() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let network = section(state, load_network);
    view! {
        <Transition fallback=|| view! { <Skeleton lines=10 /> }>
            <Whole network />
        </Transition>
    }
}

#[component]
fn Whole(network: Section<NetworkView>) -> impl IntoView {
    let (loaded, view) = loaded(network);
    provide_context(Network(view));
    Forwarding::provide(Network(view));
    move || match loaded.get() {
        Loaded::Nothing => ().into_any(),
        Loaded::Failed(error) => view! { <ErrorView error /> }.into_any(),
        Loaded::Ready => view! { <Sections /> }.into_any(),
    }
}

#[component]
fn Sections() -> impl IntoView {
    let network = expect_context::<Network>();
    let read_at = network.part(|view| view.internet.read_at.max(view.hosts_read_at));
    let paths = network.part(|view| view.refresh.clone());
    let has_lines = network.part(|view| !view.lines.is_empty());
    view! {
        <div class="stack">
            <SectionHead title="Home network" read_at paths />
            <div class="summary-grid">
                <div class="stack">
                    <InternetCard />
                    <Show when=move || has_lines.get()>
                        <Lines />
                    </Show>
                    <RemoteCard />
                </div>
                <div class="stack">
                    <LanForm />
                </div>
            </div>
            <ForwardsCard />
            <Hosts />
        </div>
    }
}

/// Whether a task runs that sets one of these parameters. Tracked.
fn sets_one_of(state: DeviceState, paths: &[String]) -> bool {
    let sets = |kind: &TaskKind| matches!(kind, TaskKind::SetValues { values } if values.iter().any(|value| paths.contains(&value.path)));
    state.running(sets).is_some()
}

/// What a field shows: what was typed, else what the router says.
fn shown(typed: Option<&str>, setting: Option<&Setting>) -> String {
    typed.map(str::to_owned).or_else(|| setting?.value.clone()).unwrap_or_default()
}

/// What has to be sent for a field, if it was touched.
fn changed(typed: Option<&str>, setting: Option<&Setting>) -> Option<SetValue> {
    setting?.change(typed?.trim())
}
