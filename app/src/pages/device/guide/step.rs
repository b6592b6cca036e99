//! The step that is open: what was found, and one button for what to do.

use super::api::take_step;
use super::{Guide, look};
use crate::PortalError;
use crate::components::{Age, Button, Icon, TaskFlow};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::GuideId;
use model::guide::{Choice, Chosen, Evidence, StepNow};

#[component]
pub fn Now(guide: Guide, id: GuideId, now: StepNow) -> impl IntoView {
    let (tone, icon) = look(now.finding);
    let waits = now.running.is_some();
    let typed = RwSignal::new(String::new());
    let busy = RwSignal::new(None::<String>);
    let refused = RwSignal::new(None::<PortalError>);
    let step = StoredValue::new(now.key.clone());
    let choose = Callback::new(move |choice: String| {
        if busy.with_untracked(Option::is_some) {
            return;
        }
        busy.set(Some(choice.clone()));
        refused.set(None);
        let chosen = Chosen { guide: id, step: step.get_value(), choice, text: typed.get_untracked() };
        spawn_local(async move {
            match take_step(chosen).await {
                Ok(view) => guide.set(Some(Ok(view))),
                Err(error) => {
                    refused.try_set(Some(error));
                    busy.try_set(None);
                }
            }
        });
    });
    let asks = now.choices.iter().find_map(|choice| choice.asks.clone());
    let running = now.running.map(|task| {
        view! {
            <div class="guide__running" aria-live="polite">
                <p><b>{task.kind.title()}</b></p>
                <TaskFlow task=*task />
            </div>
        }
    });
    let evidence = (!now.evidence.is_empty()).then(|| {
        let rows = now.evidence.into_iter().map(|one| view! { <Fact one /> }).collect_view();
        view! { <ul class="guide__facts">{rows}</ul> }
    });
    let field = asks.map(|label| {
        view! {
            <div class="field">
                <label class="field__label" for="guide-text">{label}</label>
                <input
                    class="input mono"
                    id="guide-text"
                    maxlength="256"
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || typed.get()
                    on:input:target=move |event| typed.set(event.target().value())
                />
            </div>
        }
    });
    let choices = now
        .choices
        .into_iter()
        .enumerate()
        .map(|(place, choice)| view! { <Pick choice first=place == 0 && !waits busy choose typed /> })
        .collect_view();
    view! {
        <li class="guide__step guide__step--now" data-tone=tone.as_str() aria-current="step">
            <Icon name=icon />
            <div>
                <h3>{now.title}</h3>
                <p>{now.found}</p>
                {evidence}
                {(!now.say.is_empty()).then(|| view! {
                    <p class="guide__say"><Icon name="message" /> <span><b>"Tell the caller"</b> " “" {now.say} "”"</span></p>
                })}
                {running}
                {field}
                <div class="guide__choices">{choices}</div>
                {move || refused.get().map(|error| view! { <p class="field__error" role="alert">{error.to_string()}</p> })}
            </div>
        </li>
    }
}

#[component]
fn Fact(one: Evidence) -> impl IntoView {
    let (tone, icon) = look(one.finding);
    view! {
        <li data-tone=tone.as_str()>
            <Icon name=icon />
            <span><bdi>{one.label}</bdi></span>
            <b><bdi>{one.value}</bdi></b>
            {one.read_at.map(|at| view! { <Age at=at suffix=" ago" /> })}
        </li>
    }
}

#[component]
fn Pick(
    choice: Choice,
    first: bool,
    busy: RwSignal<Option<String>>,
    choose: Callback<String>,
    typed: RwSignal<String>,
) -> impl IntoView {
    let Choice { key, label, cost, asks, .. } = choice;
    let mine = key.clone();
    let here = Signal::derive(move || busy.with(|busy| busy.as_deref() == Some(mine.as_str())));
    let needs = asks.is_some();
    let off = Signal::derive(move || needs && typed.with(|typed| typed.trim().is_empty()));
    let class = if first { "btn--primary" } else { "" };
    let go = Callback::new(move |_| choose.run(key.clone()));
    view! {
        <div class="guide__choice">
            <Button class busy=here disabled=off on_click=go>{label}</Button>
            {(!cost.is_empty()).then(|| view! { <small>{cost}</small> })}
        </div>
    }
}
