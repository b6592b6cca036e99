//! `/devices/:id/guide/:kind`: a way through a complaint, step by step.

mod api;
mod step;

pub use api::{BeginGuide, LoadGuide, TakeStep};

use super::state::DeviceState;
use crate::PortalError;
use crate::components::{Empty, ErrorView, Icon, Skeleton, Tone};
use crate::pages::devices::Debounce;
use api::{begin_guide, load_guide};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::guide::{Finding, GuideEnd, GuideKind, GuideView, Outcome, StepBehind};
use model::{DeviceId, GuideId};
use step::Now;

/// How often a page looks again while a step waits: what happens on another router is not among its messages.
#[cfg(not(feature = "ssr"))]
const LOOK_AGAIN_MS: u64 = 3_000;

type Guide = Resource<Result<GuideView, PortalError>>;

/// The guide of the URL; begun, if none of its kind runs on the device.
#[component]
pub fn GuidePage() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let params = use_params_map();
    let kind = Memo::new(move |_| params.with(|params| params.get("kind")).as_deref().and_then(GuideKind::parse));
    // The guide that this page began: its end stays in sight.
    let held = StoredValue::new(None::<(DeviceId, GuideKind, GuideId)>);
    let guide: Guide = Resource::new_blocking(
        move || (state.id.get(), kind.get()),
        move |(device, kind)| {
            let held = held.try_get_value().flatten().filter(|(of, what, _)| (*of, Some(*what)) == (device, kind));
            async move {
                match (held, kind) {
                    (Some((_, _, id)), _) => load_guide(id).await,
                    (None, Some(kind)) => begin_guide(device, kind).await,
                    (None, None) => Err(PortalError::NotFound("guide".to_owned())),
                }
            }
        },
    );
    Effect::new(move || {
        if let Some(Ok(view)) = guide.get() {
            held.set_value(Some((view.device, view.kind, view.id)));
        }
    });
    let again = Debounce::new(300, move || guide.refetch());
    state.on_message(move |_| again.call());
    look_again(guide);
    view! {
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            <Whole guide />
        </Transition>
    }
}

/// Looks again from time to time while a step waits for something.
fn look_again(guide: Guide) {
    #[cfg(not(feature = "ssr"))]
    Effect::new(move || {
        let waits =
            guide.with(|guide| matches!(guide, Some(Ok(GuideView { now: Some(now), .. })) if now.running.is_some()));
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

#[component]
fn Whole(guide: Guide) -> impl IntoView {
    let shown = Memo::new(move |_| guide.get());
    move || match shown.get() {
        None => ().into_any(),
        Some(Err(error)) => view! { <section class="card"><ErrorView error /></section> }.into_any(),
        Some(Ok(view)) => {
            let title = view.kind.title();
            let behind = view.behind.into_iter().map(|step| view! { <Behind step /> }).collect_view();
            let device = view.device;
            view! {
                <section class="card guide" aria-labelledby="guide-h">
                    <div class="card__head card__head--line">
                        <h2 id="guide-h">{title}</h2>
                        <span class="card__meta">{format!("begun by {}", view.by)}</span>
                    </div>
                    <ol class="guide__steps">
                        {behind}
                        {view.now.map(|now| view! { <Now guide id=view.id now /> })}
                    </ol>
                    {view.ended.map(|end| view! { <Ended device end /> })}
                </section>
            }
            .into_any()
        }
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
    let (icon, text) = match end.outcome {
        Outcome::Solved => ("check-circle", "It is solved. What was found and done is written down on the device."),
        Outcome::Advice => ("check-circle", "The caller knows what to do. It is written down on the device."),
        Outcome::Line => ("octagon", "It is the line. What was found is written down, for whoever goes there."),
        Outcome::Escalated => ("alert", "It is handed over. What was found and done is written down on the device."),
        Outcome::Stopped => ("x-circle", "The guide was stopped. What was found so far is written down on the device."),
    };
    view! {
        <div class="guide__end" role="status">
            <Empty icon=icon title=end.outcome.label() text=text />
            <pre class="guide__note">{end.note}</pre>
            <a class="btn" href=format!("/devices/{device}/timeline")>"Timeline"</a>
        </div>
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
