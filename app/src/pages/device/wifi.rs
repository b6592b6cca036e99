//! Wi-Fi: radios, the networks that the home has, the neighbours', and what uses it all.

pub mod api;
mod chart;
mod clients;
mod form;
mod neighbours;
mod radios;
mod result;

pub use result::LastChange;

use super::state::{DeviceState, Loaded};
use super::words::STALE;
use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{Age, Button, Empty, ErrorView, Icon, Skeleton};
use crate::pages::devices::Debounce;
use crate::session::may;
use api::load_wifi;
use clients::Clients;
use form::NetworkForm;
pub use form::RevealPassword;
use leptos::prelude::*;
use model::live::LiveMessage;
use model::task::TaskKind;
use model::wifi::{Role, WifiView};
use model::{DeviceId, Permission, Timestamp};
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

/// A section of a device, loaded again when the device has told something new.
pub type Section<T> = Resource<Result<T, PortalError>>;

pub fn section<T, F, Fut>(state: DeviceState, load: F) -> Section<T>
where
    T: Clone + PartialEq + Send + Sync + serde::Serialize + serde::de::DeserializeOwned + 'static,
    F: Fn(DeviceId) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<T, PortalError>> + Send + 'static,
{
    section_of(state, move || state.id.get(), load)
}

/// The same of something that is told by more than the device.
pub fn section_of<K, T, F, Fut>(state: DeviceState, key: impl Fn() -> K + Send + Sync + 'static, load: F) -> Section<T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Clone + PartialEq + Send + Sync + serde::Serialize + serde::de::DeserializeOwned + 'static,
    F: Fn(K) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<T, PortalError>> + Send + 'static,
{
    let resource = Resource::new_blocking(key, load);
    let reload = Debounce::new(250, move || resource.refetch());
    state.on_message(move |message| match message {
        LiveMessage::Tree { .. } | LiveMessage::Missed => reload.call(),
        LiveMessage::Task { task } if task.state.ended() => reload.call(),
        _ => {}
    });
    resource
}

/// Whether a section can be shown, and what there is. Called below the section's `Transition`: for what is read by a memo
/// from above it, the server does not wait.
pub fn loaded<T>(section: Section<T>) -> (Memo<Loaded>, Memo<Option<T>>)
where
    T: Clone + PartialEq + Send + Sync + serde::Serialize + serde::de::DeserializeOwned + 'static,
{
    let view = Memo::new(move |before: Option<&Option<T>>| {
        // While another load fails, the page keeps what it has.
        section.get().and_then(Result::ok).or_else(|| before.cloned().flatten())
    });
    let loaded = Memo::new(move |_| match section.get() {
        None => Loaded::Nothing,
        Some(Err(error)) if view.with(Option::is_none) => Loaded::Failed(error),
        Some(_) => Loaded::Ready,
    });
    (loaded, view)
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

/// When the section was read, and the button that reads it again.
#[component]
pub fn SectionHead(
    title: &'static str,
    #[prop(into)] read_at: Signal<Option<Timestamp>>,
    /// Objects that a refresh reads.
    #[prop(into)]
    paths: Signal<Vec<String>>,
) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let clock = use_clock();
    let reads = move |kind: &TaskKind| matches!(kind, TaskKind::Refresh { paths: read } if !read.is_empty() && paths.with(|paths| paths == read));
    let running = Memo::new(move |_| state.running(reads).is_some());
    let stale = Memo::new(move |_| read_at.get().is_some_and(|at| clock.now().since(at) > STALE));
    let refresh = Callback::new(move |_| {
        let paths = paths.get_untracked();
        state.ask(TaskKind::Refresh { paths }, || ());
    });
    view! {
        <div class="toolbar">
            <h2 class="sr-only">{title}</h2>
            <span class="toolbar__note">
                {move || match read_at.get() {
                    None => "Never read".into_any(),
                    Some(at) => view! { <Age at stale_after=STALE prefix="read " suffix=" ago" /> }.into_any(),
                }}
                {move || stale.get().then(|| view! { " " <Icon name="clock" /> " old values" })}
            </span>
            <div class="toolbar__end">
                <Button
                    class="btn--sm"
                    icon="refresh"
                    busy=running
                    disabled=Signal::derive(move || !may(Permission::DeviceRefresh) || paths.with(Vec::is_empty))
                    on_click=refresh
                >
                    {move || if running.get() { "Reading" } else { "Read again" }}
                </Button>
            </div>
        </div>
    }
}
