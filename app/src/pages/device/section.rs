//! What every section of a device's page that loads something of its own has in common: when it is loaded again, whether
//! it can be shown, and its head.

use super::state::{DeviceState, Loaded};
use super::words::STALE;
use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{Age, Button, Icon};
use crate::debounce::Debounce;
use crate::session::may;
use leptos::prelude::*;
use model::live::LiveMessage;
use model::task::TaskKind;
use model::{DeviceId, Permission, Timestamp};

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
