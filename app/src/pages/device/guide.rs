//! `/devices/:id/guide/:kind`: a way through a complaint, step by step.

mod api;
mod begin;
mod step;

pub use api::{BeginGuide, LoadGuide, RunningGuide, TakeStep};

use super::state::DeviceState;
use crate::PortalError;
use crate::components::{Empty, ErrorView, Icon, Skeleton, Tone};
use crate::debounce::Debounce;
use api::{load_guide, running_guide};
use begin::Begin;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::guide::{Finding, GuideEnd, GuideKind, GuideView, Outcome, StepBehind};
use model::{DeviceId, GuideId};
use step::Now;
use wasm_bindgen::JsCast;

/// How often a page looks again while a step waits: what happens on another router is not among its messages.
#[cfg(not(feature = "ssr"))]
const LOOK_AGAIN_MS: u64 = 3_000;

/// `None`: none runs, so one can be begun.
type Guide = Resource<Result<Option<GuideView>, PortalError>>;

/// The guide of the URL that runs on the device, or what it would do. Opening the page changes nothing.
#[component]
pub fn GuidePage() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let params = use_params_map();
    let kind = Memo::new(move |_| params.with(|params| params.get("kind")).as_deref().and_then(GuideKind::parse));
    // The guide that this page showed: its end stays in sight.
    let held = StoredValue::new(None::<(DeviceId, GuideKind, GuideId)>);
    let guide: Guide = Resource::new_blocking(
        move || (state.id.get(), kind.get()),
        move |(device, kind)| {
            let held = held.try_get_value().flatten().filter(|(of, what, _)| (*of, Some(*what)) == (device, kind));
            async move {
                match (held, kind) {
                    (Some((_, _, id)), _) => load_guide(id).await.map(Some),
                    (None, Some(kind)) => running_guide(device, kind).await,
                    (None, None) => Err(PortalError::NotFound("guide".to_owned())),
                }
            }
        },
    );
    Effect::new(move || {
        if let Some(Ok(Some(view))) = guide.get() {
            held.set_value(Some((view.device, view.kind, view.id)));
        }
    });
    provide_context(FocusNext(StoredValue::new(false)));
    let again = Debounce::new(300, move || guide.refetch());
    state.on_message(move |_| again.call());
    look_again(guide);
    view! {
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            <Whole guide kind />
        </Transition>
    }
}

/// Looks again from time to time while a step waits for something.
fn look_again(guide: Guide) {
    #[cfg(not(feature = "ssr"))]
    Effect::new(move || {
        let waits = guide.with(|guide| match guide {
            Some(Ok(Some(GuideView { now: Some(now), .. }))) => now.running.is_some(),
            _ => false,
        });
        if waits {
            let timer =
                set_timeout_with_handle(move || guide.refetch(), std::time::Duration::from_millis(LOOK_AGAIN_MS));
            on_cleanup(move || {
                if let Ok(timer) = timer {
                    timer.clear();
                }
            });
        }
    });
    #[cfg(feature = "ssr")]
    let _ = guide;
}

/// What the page shows.
#[derive(Clone, PartialEq)]
enum Shown {
    Nothing,
    Failed(PortalError),
    /// None runs.
    Before,
    Guide(GuideId),
}

#[component]
fn Whole(guide: Guide, kind: Memo<Option<GuideKind>>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let view = Memo::new(move |before: Option<&Option<GuideView>>| match guide.get() {
        Some(Ok(view)) => view,
        // While another load fails, the page keeps what it has of this guide.
        _ => before.cloned().flatten().filter(|view| (view.device, Some(view.kind)) == (state.id.get(), kind.get())),
    });
    let shown = Memo::new(move |_| match (guide.get(), view.with(|view| view.as_ref().map(|view| view.id))) {
        (_, Some(id)) => Shown::Guide(id),
        (Some(Err(error)), None) => Shown::Failed(error),
        (Some(Ok(_)), None) => Shown::Before,
        (None, None) => Shown::Nothing,
    });
    move || match shown.get() {
        Shown::Nothing => ().into_any(),
        Shown::Failed(error) => view! { <section class="card"><ErrorView error /></section> }.into_any(),
        Shown::Before => kind.get().map(|kind| view! { <Begin device=state.id.get() kind guide /> }).into_any(),
        Shown::Guide(id) => view! { <Running id guide view /> }.into_any(),
    }
}

/// A guide, whose parts change one by one: what somebody types at a step stays while the router reports.
#[component]
fn Running(id: GuideId, guide: Guide, view: Memo<Option<GuideView>>) -> impl IntoView {
    let title = Memo::new(move |_| view.with(|view| view.as_ref().map_or("", |view| view.kind.title())));
    let by = Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.by.clone()).unwrap_or_default()));
    let behind =
        Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.behind.clone()).unwrap_or_default()));
    let now = Memo::new(move |_| view.with(|view| view.as_ref().and_then(|view| view.now.clone())));
    let key = Memo::new(move |_| now.with(|now| now.as_ref().map(|now| now.key.clone())));
    let ended = Memo::new(move |_| view.with(|view| Some((view.as_ref()?.device, view.as_ref()?.ended.clone()?))));
    view! {
        <section class="card guide" aria-labelledby="guide-h">
            <div class="card__head card__head--line">
                <h2 id="guide-h">{title}</h2>
                <span class="card__meta">"begun by " <bdi>{by}</bdi></span>
            </div>
            <ol class="guide__steps">
                {move || behind.get().into_iter().map(|step| view! { <Behind step /> }).collect_view()}
                {move || key.get().map(|key| view! { <Now guide id key now /> })}
            </ol>
            {move || ended.get().map(|(device, end)| view! { <Ended device end /> })}
        </section>
    }
}

/// A step that is behind, in two lines.
#[component]
fn Behind(step: StepBehind) -> impl IntoView {
    let (tone, icon) = look(step.finding);
    let done = step.by.map(|(by, _)| {
        view! {
            <p class="guide__done">
                <Icon name="check" />
                <span><b>{step.chosen}</b> " " <small>{by}</small></span>
            </p>
        }
    });
    view! {
        <li class="guide__step" data-tone=tone.as_str()>
            <Icon name=icon />
            <div>
                <h3>{step.title}</h3>
                <p>{step.found}</p>
                {done}
            </div>
        </li>
    }
}

#[component]
fn Ended(device: DeviceId, end: GuideEnd) -> impl IntoView {
    expect_context::<FocusNext>().follow();
    let (icon, text) = match end.outcome {
        Outcome::Solved => ("check-circle", "It is solved. What was found and done is written down on the device."),
        Outcome::Advice => ("check-circle", "The caller knows what to do. It is written down on the device."),
        Outcome::Line => ("octagon", "It is the line. What was found is written down, for whoever goes there."),
        Outcome::Escalated => ("alert", "It is handed over. What was found and done is written down on the device."),
        Outcome::Stopped => ("x-circle", "The guide was stopped. What was found so far is written down on the device."),
    };
    view! {
        <div class="guide__end" role="status" id="guide-focus" tabindex="-1">
            <Empty icon=icon title=end.outcome.label() text=text />
            <pre class="guide__note">{end.note}</pre>
            <a class="btn" href=format!("/devices/{device}/timeline")>"Timeline"</a>
        </div>
    }
}

/// Whether the step that opens next, or the end, takes the focus: the button that was pressed is gone then.
#[derive(Clone, Copy)]
struct FocusNext(StoredValue<bool>);

impl FocusNext {
    fn ask(self) {
        self.0.set_value(true);
    }

    /// For the component that opens: focuses the element `guide-focus` if that was asked for. In the browser.
    fn follow(self) {
        Effect::new(move || {
            if self.0.try_update_value(std::mem::take) != Some(true) {
                return;
            }
            request_animation_frame(|| {
                let step = document().get_element_by_id("guide-focus");
                if let Some(step) = step.and_then(|step| step.dyn_into::<web_sys::HtmlElement>().ok()) {
                    let _ = step.focus();
                }
            });
        });
    }
}

/// Tone and icon of a finding.
fn look(finding: Finding) -> (Tone, &'static str) {
    match finding {
        Finding::Good => (Tone::Ok, "check-circle"),
        Finding::Weak => (Tone::Warn, "alert"),
        Finding::Bad => (Tone::Bad, "octagon"),
        Finding::Neutral => (Tone::Off, "info"),
    }
}
