//! Filters of a list: a chip for each that is on, and the fields of the form that sets them.

use crate::components::Icon;
use crate::locale::grouped;
use crate::pages::device::words::quote;
use leptos::html;
use leptos::prelude::*;

/// Closes a menu of the list.
pub fn close_menu(menu: NodeRef<html::Div>) {
    if let Some(menu) = menu.get_untracked() {
        // Fails when it is closed already.
        let _ = menu.hide_popover();
    }
}

/// A filter that is on, with the link that takes it off.
#[component]
pub fn FilterChip(
    /// Such as `Model is`.
    what: &'static str,
    value: String,
    /// The same list without it.
    href: String,
) -> impl IntoView {
    let label = format!("Remove filter: {what} {value}");
    view! {
        <span class="chip">
            <span>{what} " " <b><bdi>{value}</bdi></b></span>
            <a class="chip__x" href=href aria-label=label>
                <Icon name="x" />
            </a>
        </span>
    }
}

/// The text field that is always there: `q` in the URL.
#[component]
pub fn FilterText(
    /// What is looked at.
    label: &'static str,
    text: Signal<String>,
    set: Callback<String>,
) -> impl IntoView {
    view! {
        <div class="input-wrap fleetbar__text">
            <label class="sr-only" for="f-text">{label}</label>
            <Icon name="filter" />
            <input
                class="input"
                id="f-text"
                type="search"
                name="q"
                maxlength="200"
                placeholder="Filter this list"
                autocomplete="off"
                value=text.get_untracked()
                prop:value=move || text.get()
                on:input:target=move |event| set.run(event.target().value())
            />
        </div>
    }
}

/// A choice of the values that there really are, with how many have each. `draft` is the filter that is being put
/// together. Below the `Transition` that waits for what is `offered`.
#[component]
pub fn FilterChoice<D, O>(
    draft: RwSignal<D>,
    /// Name in the URL.
    name: &'static str,
    label: &'static str,
    read: fn(&mut D) -> &mut String,
    offered: O,
) -> impl IntoView
where
    D: Clone + Send + Sync + 'static,
    O: Fn() -> Vec<(String, u64)> + Send + Sync + 'static,
{
    let current = move |filter: &D| read(&mut filter.clone()).clone();
    let options = move || {
        let mut values = offered();
        let chosen = draft.with_untracked(current);
        if !chosen.is_empty() && values.iter().all(|(value, _)| *value != chosen) {
            values.insert(0, (chosen.clone(), 0));
        }
        values
            .into_iter()
            .map(|(value, count)| {
                let words = if count == 0 { quote(&value) } else { format!("{} ({})", quote(&value), grouped(count)) };
                let on = value == chosen;
                view! { <option value=value selected=on>{words}</option> }
            })
            .collect_view()
    };
    let value = Signal::derive(move || draft.with(current));
    let set = Callback::new(move |value| draft.update(|filter| *read(filter) = value));
    select(name, label, value, set, options)
}

/// A choice of one of those that there can be.
#[component]
pub fn FilterSelect(
    /// Name in the URL.
    name: &'static str,
    label: &'static str,
    /// Each as the URL has it, and in words.
    #[prop(into)]
    options: Vec<(&'static str, &'static str)>,
    /// As the URL has it; empty: any.
    value: Signal<String>,
    set: Callback<String>,
) -> impl IntoView {
    let options = options
        .into_iter()
        .map(|(option, words)| {
            let on = value.with_untracked(|value| value == option);
            view! { <option value=option selected=on>{words}</option> }
        })
        .collect_view();
    select(name, label, value, set, options)
}

fn select(
    name: &'static str,
    label: &'static str,
    value: Signal<String>,
    set: Callback<String>,
    options: impl IntoView,
) -> impl IntoView {
    let id = format!("f-{name}");
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>{label}</label>
            <select
                class="select"
                id=id
                name=name
                prop:value=move || value.get()
                on:change:target=move |event| set.run(event.target().value())
            >
                <option value="">"Any"</option>
                {options}
            </select>
        </div>
    }
}
