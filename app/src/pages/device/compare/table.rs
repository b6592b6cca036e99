//! What differs, by objects, with a button for each that should not.

use super::super::last_change::LastChange;
use super::super::state::DeviceState;
use super::super::words::{STALE, shown_value};
use crate::components::{Age, Icon};
use crate::session::may;
use leptos::prelude::*;
use model::Permission;
use model::compare::{Group, Row};
use model::task::{TaskKind, short_name};
use model::tree::ValueType;

/// What was asked for on this page: its life stays in sight when the row is gone.
#[derive(Clone, Copy)]
struct Asked(RwSignal<Vec<String>>);

#[component]
pub fn Differing(
    groups: Memo<Vec<Group>>,
    /// Compared with one router, not with many.
    one: Signal<bool>,
) -> impl IntoView {
    let asked = Asked(RwSignal::new(Vec::new()));
    provide_context(asked);
    let other = move || if one.get() { "Other router" } else { "Usual" };
    view! {
        <LastChange paths=Signal::derive(move || asked.0.get()) />
        <Show when=move || groups.with(|groups| !groups.is_empty())>
            <div class="table-scroll" tabindex="0" role="region" aria-label="What differs, scrollable table">
                <table class="table stackable table--params">
                    <thead>
                        <tr>
                            <th scope="col">"Setting"</th>
                            <th scope="col">"This router"</th>
                            <th scope="col">{other}</th>
                            <th scope="col">"How many have it"</th>
                            <th scope="col" class="num">"Read"</th>
                            <th scope="col" class="cell-actions"><span class="sr-only">"Actions"</span></th>
                        </tr>
                    </thead>
                    <For each=move || groups.get() key=|group| format!("{group:?}") let:group>
                        <tbody>
                            <tr>
                                <th scope="rowgroup" colspan="6"><ObjectLink object=group.object /></th>
                            </tr>
                            {group.rows.into_iter().map(|row| view! { <Line row one /> }).collect_view()}
                        </tbody>
                    </For>
                </table>
            </div>
        </Show>
    }
}

#[component]
fn ObjectLink(object: String) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let href = state.parameters_href(&object);
    view! {
        <a class="inline" href=href>
            <Icon name="tree" class="icon--sm muted" />
            <bdi class="mono">{object}</bdi>
        </a>
    }
}

#[component]
fn Line(row: Row, one: Signal<bool>) -> impl IntoView {
    let name = short_name(&row.path).to_owned();
    let share = if row.of > 1 { format!("{} of {}", row.same, row.of) } else { String::new() };
    let nature = row.nature.map(|nature| view! { <small class="muted">{nature.label()}</small> });
    // What differs by nature must not be made the same.
    let offered = row.nature.is_none() && may(Permission::DeviceWrite);
    let read_at = row.read_at;
    let (now, usual) = (row.value.clone(), row.usual.clone());
    let value_type = row.value_type;
    view! {
        <tr>
            <th scope="row" abbr=name.clone()>
                <span class="two-line">
                    <bdi class="mono" title=row.path.clone()>{name.clone()}</bdi>
                    {nature}
                </span>
            </th>
            <td class="slot-end"><Value value=now value_type /></td>
            <td data-label=move || if one.get() { "Other router" } else { "Usual" }><Value value=usual value_type /></td>
            <td data-label="How many have it">{share}</td>
            <td class="num">
                {match read_at {
                    Some(at) => view! { <Age at stale_after=STALE /> }.into_any(),
                    None => view! { <span class="muted">"Never"</span> }.into_any(),
                }}
            </td>
            <td class="cell-actions">{offered.then(|| view! { <SetButton row name one /> })}</td>
        </tr>
    }
}

#[component]
fn Value(value: String, value_type: ValueType) -> impl IntoView {
    if value.is_empty() {
        return view! { <span class="muted">"Empty"</span> }.into_any();
    }
    let shown = shown_value(&value, value_type);
    view! { <bdi class="value" title=value>{shown}</bdi> }.into_any()
}

#[component]
fn SetButton(row: Row, name: String, one: Signal<bool>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let Asked(asked) = expect_context::<Asked>();
    let path = row.path.clone();
    let busy = Memo::new(move |_| {
        let sets = |kind: &TaskKind| matches!(kind, TaskKind::SetValues { values } if values.iter().any(|value| value.path == path));
        state.running(sets).is_some()
    });
    let words = move || match (busy.get(), one.get()) {
        (true, _) => "Setting",
        (false, true) => "Set to the same",
        (false, false) => "Set to usual",
    };
    let label = move || format!("{}: {name}", words());
    let click = move |_| {
        if busy.get_untracked() {
            return;
        }
        let path = row.path.clone();
        asked.update(|asked| {
            asked.retain(|other| *other != path);
            asked.push(path);
        });
        state.ask(TaskKind::SetValues { values: vec![row.to_usual()] }, || ());
    };
    view! {
        <button
            class="btn btn--sm"
            type="button"
            aria-label=label
            aria-disabled=move || busy.get().then_some("true")
            on:click=click
        >
            {words}
        </button>
    }
}
