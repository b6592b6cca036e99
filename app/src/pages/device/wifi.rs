//! Wi-Fi: radios, the networks that the home has, the neighbours', and what uses it all.

pub mod api;
mod chart;
mod clients;
mod form;
mod neighbours;
mod radios;

use super::section::{Section, SectionHead, loaded, section};
use super::state::{DeviceState, Loaded};
use crate::components::{Empty, ErrorView, Skeleton};
use api::load_wifi;
use clients::Clients;
use form::NetworkForm;
use leptos::prelude::*;
use model::wifi::{Role, WifiView};
use neighbours::NeighbourCard;
use radios::Radios;

/// The Wi-Fi as it was loaded last.
#[derive(Clone, Copy)]
pub struct Wifi(Memo<Option<WifiView>>);

impl Wifi {
    /// Tracked.
    pub fn get(self) -> WifiView {
        self.0.get().unwrap_or_default()
    }

    /// Part of it; it changes only when that part does.
    pub fn part<T: Clone + PartialEq + Send + Sync + 'static>(
        self,
        read: impl Fn(&WifiView) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move |_| self.0.with(|view| view.as_ref().map_or_else(|| read(&WifiView::default()), &read)))
    }
}

/// `/devices/:id/wifi`
#[component]
pub fn WifiTab() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let wifi = section(state, load_wifi);
    view! {
        <Transition fallback=|| view! { <Skeleton lines=10 /> }>
            <Whole wifi />
        </Transition>
    }
}

#[component]
fn Whole(wifi: Section<WifiView>) -> impl IntoView {
    let (loaded, view) = loaded(wifi);
    provide_context(Wifi(view));
    let nothing = Memo::new(move |_| view.with(|view| view.as_ref().is_none_or(|view| view.radios.is_empty())));
    move || match loaded.get() {
        Loaded::Nothing => ().into_any(),
        Loaded::Failed(error) => view! { <ErrorView error /> }.into_any(),
        Loaded::Ready if nothing.get() => view! {
            <section class="card">
                <Empty
                    icon="wifi"
                    title="No Wi-Fi is known of this router"
                    text="It has none, or it was not read yet. A refresh reads everything it has."
                />
            </section>
        }
        .into_any(),
        Loaded::Ready => view! { <Sections /> }.into_any(),
    }
}

#[component]
fn Sections() -> impl IntoView {
    let wifi = expect_context::<Wifi>();
    let read_at = wifi.part(|view| view.radios.iter().filter_map(|radio| radio.read_at).max());
    let paths = wifi.part(|view| view.refresh.clone());
    let guests = wifi.part(|view| view.networks.iter().any(|network| network.role == Role::Guest));
    view! {
        <div class="stack">
            <SectionHead title="Wi-Fi" read_at paths />
            <Radios />
            <div class="wifi-grid">
                <NeighbourCard />
                <NetworkForm role=Role::Home />
            </div>
            <Show
                when=move || guests.get()
                fallback=|| view! { <p class="field__hint">"This router shows no guest network."</p> }
            >
                <NetworkForm role=Role::Guest />
            </Show>
            <Clients />
        </div>
    }
}
