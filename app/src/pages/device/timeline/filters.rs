//! Which entries: kinds, people, or what is different from some time ago. Links and a plain form, so that it works
//! without WebAssembly.

use super::super::state::DeviceState;
use super::Query;
use super::api::load_people;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::timeline::{Group, TimelineFilter};

#[component]
pub fn Groups(query: Memo<Query>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let link = move |group: Group| {
        let href = move || {
            let by = query.with(|query| query.filter.by.clone());
            Query { filter: TimelineFilter { group, by }, ..Query::default() }.href(&state.href())
        };
        let current = move || query.with(|query| query.filter.group == group).then_some("true");
        view! { <a href=href aria-current=current data-noscroll="">{group.label()}</a> }
    };
    view! {
        <nav class="views views--sm" aria-label="Kinds of entries">
            {Group::ALL.map(link).collect_view()}
        </nav>
    }
}

/// Who: everybody, or one of those who did or wrote something here.
#[component]
pub fn People(query: Memo<Query>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let people = Resource::new_blocking(move || state.id.get(), load_people);
    let chosen = RwSignal::new(query.with_untracked(|query| query.filter.by.clone()));
    Effect::new(move |_| chosen.set(query.with(|query| query.filter.by.clone())));
    let navigate = use_navigate();
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        let filter = TimelineFilter { by: chosen.get_untracked(), ..query.get_untracked().filter };
        let href = Query { filter, ..Query::default() }.href(&state.href());
        navigate(&href, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    };
    let options = move || {
        let mut names = people.get().and_then(Result::ok).unwrap_or_default();
        let now = chosen.get_untracked();
        if !now.is_empty() && !names.contains(&now) {
            names.push(now.clone());
        }
        names
            .into_iter()
            .map(|name| {
                let selected = name == now;
                view! { <option value=name.clone() selected=selected>{name.clone()}</option> }
            })
            .collect_view()
    };
    let action = move || Query::default().href(&state.href());
    view! {
        <form method="get" action=action class="chips" aria-label="By whom" on:submit=go>
            <input type="hidden" name="kind" value=move || query.with(|query| query.filter.group.as_str()) />
            <label class="sr-only" for="time-by">"By whom"</label>
            <select
                class="select select--short"
                id="time-by"
                name="by"
                prop:value=move || chosen.get()
                on:change:target=move |event| chosen.set(event.target().value())
            >
                <option value="">"Everybody and the router"</option>
                <Transition>{options}</Transition>
            </select>
            <button class="btn btn--sm" type="submit">"Show"</button>
        </form>
    }
}

/// From the stream to what is different, and back.
#[component]
pub fn SinceLinks(query: Memo<Query>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let link = move |days: Option<u16>, label: &'static str| {
        let href = move || Query { since: days, ..Query::default() }.href(&state.href());
        let current = move || query.with(|query| query.since == days).then_some("true");
        view! { <a href=href aria-current=current data-noscroll="">{label}</a> }
    };
    view! {
        <nav class="views views--sm" aria-label="Entries or differences">
            {link(None, "What happened")}
            {link(Some(1), "Changed since yesterday")}
            {link(Some(7), "Changed since last week")}
            {link(Some(30), "Changed in 30 days")}
        </nav>
    }
}
