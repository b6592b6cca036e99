//! When the router tells of a change by itself: shown, and chosen in place (SetParameterAttributes).

use super::super::state::DeviceState;
use super::super::words::notification_words;
use super::Browser;
use crate::components::Icon;
use crate::session::may;
use leptos::prelude::*;
use model::Permission;
use model::task::{SetAttribute, TaskKind, short_name};

/// What can be chosen.
const CHOICES: [u8; 3] = [0, 1, 2];

#[component]
pub fn Reporting(path: StoredValue<String>, now: Signal<Option<u8>>) -> impl IntoView {
    let browser = expect_context::<Browser>();
    let allowed = may(Permission::DeviceWrite);
    let name = path.with_value(|path| short_name(path).to_owned());
    let choosing =
        Memo::new(move |_| browser.reporting.with(|open| path.with_value(|path| open.as_ref() == Some(path))));
    let words = move || {
        let now = now.get();
        let class = if matches!(now, None | Some(0)) { "muted" } else { "" };
        view! { <span class=class>{notification_words(now)}</span> }
    };
    move || {
        if choosing.get() {
            return view! { <Choose path now=now.get_untracked() /> }.into_any();
        }
        if !allowed {
            return words().into_any();
        }
        view! {
            {words()}
            " "
            <button
                class="linkbtn"
                type="button"
                aria-label=format!("Choose when {name} is told")
                on:click=move |_| browser.reporting.set(Some(path.get_value()))
            >
                <Icon name="edit" class="icon--sm" />
            </button>
        }
        .into_any()
    }
}

#[component]
fn Choose(path: StoredValue<String>, now: Option<u8>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let browser = expect_context::<Browser>();
    let chosen = RwSignal::new(now.filter(|now| CHOICES.contains(now)).unwrap_or(0));
    let go = move |_| {
        let attribute =
            SetAttribute { path: path.get_value(), notification: Some(chosen.get_untracked()), access_list: None };
        state.ask(TaskKind::SetAttributes { attributes: vec![attribute] }, move || {
            browser.reporting.try_set(None);
        });
    };
    let label = path.with_value(|path| format!("When {} is told", short_name(path)));
    let options = CHOICES.map(|choice| {
        let selected = move || chosen.get() == choice;
        view! { <option value=choice.to_string() selected=selected>{notification_words(Some(choice))}</option> }
    });
    view! {
        <span class="btn-row">
            <select
                class="select select--sm"
                aria-label=label
                on:change:target=move |event| chosen.set(event.target().value().parse().unwrap_or_default())
            >
                {options.into_iter().collect_view()}
            </select>
            <button class="btn btn--sm" type="button" on:click=go>"Set"</button>
            <button class="btn btn--sm btn--ghost" type="button" on:click=move |_| browser.reporting.set(None)>
                "Cancel"
            </button>
        </span>
    }
}
