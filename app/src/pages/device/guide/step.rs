//! The step that is open: what was found, and one button for what to do.

use super::api::take_step;
use super::{FocusNext, Guide, look};
use crate::PortalError;
use crate::components::{Age, Button, Icon, Said, TaskFlow};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::GuideId;
use model::guide::{Choice, Chosen, Evidence, StepNow};

/// What the buttons of a step share.
#[derive(Clone, Copy)]
struct Taking {
    typed: RwSignal<String>,
    /// The choice that is on its way to the server.
    busy: RwSignal<Option<String>>,
    choose: Callback<String>,
}

#[component]
pub fn Now(
    guide: Guide,
    id: GuideId,
    /// Which step this is, as long as it is open.
    key: String,
    now: Memo<Option<StepNow>>,
) -> impl IntoView {
    let focus = expect_context::<FocusNext>();
    focus.follow();
    let typed = RwSignal::new(String::new());
    let busy = RwSignal::new(None::<String>);
    let refused = RwSignal::new(None::<PortalError>);
    let mine = key.clone();
    // The next step is another component's.
    let step = Memo::new(move |before: Option<&StepNow>| {
        let fresh = now.get().filter(|now| now.key == mine);
        fresh.or_else(|| before.cloned()).unwrap_or_default()
    });
    let key = StoredValue::new(key);
    let choose = Callback::new(move |choice: String| {
        if busy.with_untracked(Option::is_some) {
            return;
        }
        busy.set(Some(choice.clone()));
        refused.set(None);
        let chosen = Chosen { guide: id, step: key.get_value(), choice, text: typed.get_untracked() };
        spawn_local(async move {
            match take_step(chosen).await {
                Ok(view) => {
                    focus.ask();
                    guide.set(Some(Ok(Some(view))));
                }
                Err(error) => {
                    refused.try_set(Some(error));
                }
            }
            busy.try_set(None);
        });
    });
    let taking = Taking { typed, busy, choose };
    let part = move |read: fn(&StepNow) -> String| Memo::new(move |_| step.with(read));
    let (title, found, say) =
        (part(|step| step.title.clone()), part(|step| step.found.clone()), part(|step| step.say.clone()));
    let evidence = Memo::new(move |_| step.with(|step| step.evidence.clone()));
    let running = Memo::new(move |_| step.with(|step| step.running.clone()));
    let choices = Memo::new(move |_| step.with(|step| step.choices.clone()));
    let asks = Memo::new(move |_| choices.with(|all| all.iter().find_map(|choice| choice.asks.clone())));
    let icon = Signal::derive(move || step.with(|step| look(step.finding).1));
    view! {
        <li
            class="guide__step guide__step--now"
            data-tone=move || step.with(|step| look(step.finding).0).as_str()
            aria-current="step"
        >
            <Icon name=icon />
            <div>
                <h3 id="guide-focus" tabindex="-1">{title}</h3>
                <p>{found}</p>
                {move || evidence.with(|all| !all.is_empty()).then(|| {
                    let rows = evidence.get().into_iter().map(|one| view! { <Fact one /> }).collect_view();
                    view! { <ul class="guide__facts">{rows}</ul> }
                })}
                {move || say.with(|say| !say.is_empty()).then(|| view! {
                    <p class="guide__say">
                        <Icon name="message" />
                        <span><b>"Tell the caller"</b> " “" {say} "”"</span>
                    </p>
                })}
                {move || running.get().map(|task| view! {
                    <div class="guide__running" aria-live="polite">
                        <p><b>{task.kind.title()}</b></p>
                        <TaskFlow task=*task />
                    </div>
                })}
                {move || asks.get().map(|label| view! { <Asked label typed /> })}
                <div class="guide__choices">
                    <For each=move || choices.get() key=|choice| format!("{choice:?}") let:choice>
                        <Pick choice choices waits=Signal::derive(move || running.with(Option::is_some)) taking />
                    </For>
                </div>
                {move || refused.get().map(|error| view! { <p class="field__error" role="alert"><Said error /></p> })}
            </div>
        </li>
    }
}

/// The field for what has to be typed.
#[component]
fn Asked(label: String, typed: RwSignal<String>) -> impl IntoView {
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
fn Pick(choice: Choice, choices: Memo<Vec<Choice>>, waits: Signal<bool>, taking: Taking) -> impl IntoView {
    let Choice { key, label, cost, asks, .. } = choice;
    let Taking { typed, busy, choose } = taking;
    let (mine, named) = (key.clone(), key.clone());
    let here = Signal::derive(move || busy.with(|busy| busy.as_deref() == Some(mine.as_str())));
    // The first is the one to take, unless there is something to wait for.
    let class = Signal::derive(move || {
        let first = choices.with(|all| all.first().is_some_and(|first| first.key == named));
        if first && !waits.get() { "btn--primary" } else { "" }
    });
    let needs = asks.is_some();
    let off = Signal::derive(move || needs && typed.with(|typed| typed.trim().is_empty()));
    let go = Callback::new(move |_| choose.run(key.clone()));
    view! {
        <div class="guide__choice">
            <Button class busy=here disabled=off on_click=go>{label}</Button>
            {(!cost.is_empty()).then(|| view! { <small>{cost}</small> })}
        </div>
    }
}
