//! The right column: the parameters of the open object, or the hits of a search, with editing in place.

use super::Browser;
use super::editor::{InlineEdit, edit_id};
use super::objects::DeleteRow;
use super::reporting::Reporting;
use crate::clock::use_clock;
use crate::components::{Age, Empty, Icon};
use crate::locale::grouped;
use crate::pages::device::edits::Edit;
use crate::pages::device::state::DeviceState;
use crate::pages::device::words::{STALE, shown_value};
use crate::session::may;
use leptos::prelude::*;
use model::Permission;
use model::task::short_name;
use model::tree::{ObjectView, ParameterView, is_no_data};
use std::fmt::Write as _;

#[component]
pub fn Values() -> impl IntoView {
    let browser = expect_context::<Browser>();
    let searching = Memo::new(move |_| browser.place.with(|place| !place.search.is_empty()));
    let parameters = move || browser.view().map(|view| view.parameters).unwrap_or_default();
    let objects = Memo::new(move |_| children(browser));
    let nothing = Memo::new(move |_| {
        browser.view().is_some_and(|view| view.parameters.is_empty()) && objects.with(Vec::is_empty)
    });
    let truncated = Memo::new(move |_| browser.view().is_some_and(|view| view.truncated));
    view! {
        <Show when=move || nothing.get()>
            {move || if searching.get() {
                view! {
                    <Empty
                        icon="search"
                        title="Nothing matches"
                        text="The search looks at names and values that were read. A part of a word is enough."
                    />
                }
                .into_any()
            } else {
                view! { <Empty icon="tree" title="Nothing in here" text="This object has no values and no objects." /> }.into_any()
            }}
        </Show>
        <Show when=move || !nothing.get()>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Values, scrollable table">
                <table class="table stackable table--params">
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Value"</th>
                            <th scope="col">"Type"</th>
                            <th scope="col">"Writable"</th>
                            <th scope="col" title="When the router reports a change by itself">"Tells us"</th>
                            <th scope="col" class="num">"Read"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=parameters key=|parameter| parameter.path.clone() let:parameter>
                            <Parameter parameter searching />
                        </For>
                        <For each=move || objects.get() key=|object| object.path.clone() let:object>
                            <Object object />
                        </For>
                    </tbody>
                </table>
            </div>
        </Show>
        <Show when=move || truncated.get()>
            <div class="card__foot">
                <span>"These are the first hits; there are more. A longer word finds fewer."</span>
            </div>
        </Show>
    }
}

/// The objects directly below the open one; none while searching.
fn children(browser: Browser) -> Vec<ObjectView> {
    let place = browser.place.get();
    if !place.search.is_empty() {
        return Vec::new();
    }
    // At the root the server says which object that is.
    let Some(view) = browser.view() else { return Vec::new() };
    let branch = view.branches.into_iter().find(|branch| branch.path == view.path);
    branch.map(|branch| branch.objects).unwrap_or_default()
}

#[component]
fn Object(object: ObjectView) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let href = state.parameters_href(&object.path);
    let count = match object.parameters {
        1 => "1 value".to_owned(),
        count => format!("{} values", grouped(u64::from(count))),
    };
    let kind = if object.is_table {
        "table"
    } else if object.is_row {
        "row"
    } else {
        "group"
    };
    let delete = object.is_row && object.writable && may(Permission::DeviceWrite);
    view! {
        <tr>
            <th scope="row">
                <a class="inline" href=href data-noscroll="">
                    <Icon name="tree" class="icon--sm muted" />
                    <bdi class="mono">{object.name.clone()}</bdi>
                    {object.hint.map(|hint| view! { <small class="muted"><bdi>{hint}</bdi></small> })}
                </a>
                {object.about.map(|about| view! { <span class="two-line"><small class="about">{about}</small></span> })}
            </th>
            <td class="muted slot-end">{count}</td>
            <td class="muted" data-label="Type">{kind}</td>
            <td>{delete.then(|| view! { <DeleteRow path=object.path compact=true /> })}</td>
            <td></td>
            <td class="num"></td>
        </tr>
    }
}

#[component]
fn Parameter(parameter: ParameterView, searching: Memo<bool>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let browser = expect_context::<Browser>();
    let path = StoredValue::new(parameter.path.clone());
    // Values move while the page is open; the element and what is being typed into it stay.
    let now = Memo::new(move |before: Option<&ParameterView>| {
        let found = browser.tree.with(|tree| match tree {
            Some(Ok(view)) => path.with_value(|path| view.parameters.iter().find(|other| other.path == *path).cloned()),
            _ => None,
        });
        found.or_else(|| before.cloned()).unwrap_or_else(|| parameter.clone())
    });
    let edit = Memo::new(move |_| state.edits.with(|edits| path.with_value(|path| edits.get(path).cloned())));
    let editing =
        Memo::new(move |_| browser.editing.with(|editing| path.with_value(|path| editing.as_ref() == Some(path))));
    let writable = Memo::new(move |_| now.with(|now| now.writable));
    let clock = use_clock();
    let stale = Memo::new(move |_| now.with(|now| now.read_at).is_some_and(|at| clock.now().since(at) > STALE));
    let about = Memo::new(move |_| now.with(about));
    let name = path.with_value(|path| short_name(path).to_owned());
    let owner = move || {
        searching.get().then(|| {
            let object = path.with_value(|path| path[..path.rfind('.').map_or(0, |dot| dot + 1)].to_owned());
            let href = state.parameters_href(&object);
            view! { <small><a class="muted" href=href data-noscroll=""><bdi>{object}</bdi></a></small> }
        })
    };
    let full = path.get_value();
    let shown = name.clone();
    view! {
        <tr
            data-changed=move || (edit.with(Option::is_some) || editing.get()).then_some("")
            data-stale=move || stale.get().then_some("")
        >
            <th scope="row" abbr=name.clone()>
                <span class="two-line">
                    <bdi class="mono" title=full>{shown}</bdi>
                    {owner}
                    {move || about.get().map(|(text, title)| view! { <small class="about" title=title>{text}</small> })}
                </span>
            </th>
            <td class="slot-end">
                {move || if editing.get() {
                    view! { <InlineEdit parameter=now.get_untracked() edit=edit.get_untracked() /> }.into_any()
                } else {
                    match edit.get() {
                        Some(edit) => view! { <Diff edit /> }.into_any(),
                        None => view! { <Value parameter=now.get() /> }.into_any(),
                    }
                }}
            </td>
            <td class="muted kind" data-label="Type">{move || now.with(type_words)}</td>
            <td data-label="Writable">
                {move || match (writable.get(), may(Permission::DeviceWrite)) {
                    (false, _) => view! { <span class="muted">"No"</span> }.into_any(),
                    (true, false) => "Yes".into_any(),
                    (true, true) => {
                        let open = move |_| browser.editing.set(Some(path.get_value()));
                        view! {
                            <button
                                class="linkbtn"
                                type="button"
                                id=path.with_value(|path| edit_id(path))
                                aria-label=format!("Edit {name}")
                                on:click=open
                            >
                                <Icon name="edit" class="icon--sm" />
                                "Edit"
                            </button>
                        }
                        .into_any()
                    }
                }}
            </td>
            <td data-label="Tells us">
                <Reporting path now=Signal::derive(move || now.with(|now| now.notification)) />
            </td>
            <td class="num">
                {move || match now.with(|now| now.read_at) {
                    Some(at) => view! { <Age at /> }.into_any(),
                    None => view! { <span class="muted">"Never"</span> }.into_any(),
                }}
            </td>
        </tr>
    }
}

/// What a parameter is for, and the same with all that is worth knowing besides. Nothing if nobody says.
fn about(parameter: &ParameterView) -> Option<(String, String)> {
    let known = parameter.known.as_deref()?;
    // What the router lets be changed can be changed; the standard may still advise against it.
    let fixed = parameter.writable && !known.writable;
    let said = [
        Some(known.about.as_str()).filter(|about| !about.is_empty()),
        known.status.warning(),
        fixed.then_some("The standard does not let it be changed."),
    ];
    let text = said.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return None;
    }
    let mut title = format!("{text} Takes: {}.", known.rules.words());
    if let Some(default) = known.rules.default.as_deref().filter(|default| !default.is_empty()) {
        let _ = write!(title, " From the factory: {default}.");
    }
    Some((text, title))
}

/// Type and limits, as far as they are known.
fn type_words(parameter: &ParameterView) -> String {
    let plain = || parameter.value_type.label().to_owned();
    parameter.known.as_ref().map_or_else(plain, |known| known.rules.words())
}

#[component]
fn Value(parameter: ParameterView) -> impl IntoView {
    match parameter.value {
        _ if parameter.secret => {
            view! { <span class="muted inline"><Icon name="lock" class="icon--sm" />"Hidden"</span> }.into_any()
        }
        None => view! { <span class="muted">"Not read yet"</span> }.into_any(),
        Some(value) if value.is_empty() => view! { <span class="muted">"Empty"</span> }.into_any(),
        Some(value) if is_no_data(&parameter.path, &value) => {
            view! { <span class="muted" title=value>"No data"</span> }.into_any()
        }
        Some(value) => {
            let shown = shown_value(&value, parameter.value_type);
            view! { <bdi class="value" title=value>{shown}</bdi> }.into_any()
        }
    }
}

/// What the router has, and what it shall get.
#[component]
pub fn Diff(edit: Edit) -> impl IntoView {
    let shown = |value: &str| if value.is_empty() { "Empty".to_owned() } else { shown_value(value, edit.value_type) };
    let before = match (edit.secret, edit.now.as_deref().or(edit.before.as_deref())) {
        (true, _) => "hidden".to_owned(),
        (false, None) => "not known".to_owned(),
        (false, Some(value)) => shown(value),
    };
    let after = if edit.secret { "new value, hidden".to_owned() } else { shown(&edit.value) };
    view! {
        <span class="diff">
            <del><bdi>{before}</bdi></del>
            <Icon name="arrow-right" />
            <ins><bdi>{after}</bdi></ins>
        </span>
        {edit
            .now
            .is_some()
            .then(|| {
                view! {
                    <small class="status" data-tone="warn">
                        <Icon name="alert" />
                        "Changed on the router meanwhile"
                    </small>
                }
            })}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::knowledge::{Knowledge, Rules, Status};
    use model::tree::ValueType;

    #[test]
    fn what_is_known_is_said_once_and_in_full_in_the_tooltip() {
        let rules = Rules { default: Some("6".into()), ..Rules::default() };
        let known = Knowledge { about: "Channel of the radio.".into(), rules, ..Knowledge::default() };
        let parameter = |known, writable| ParameterView {
            path: "D.Channel".into(),
            value: None,
            value_type: ValueType::String,
            writable,
            notification: None,
            read_at: None,
            secret: false,
            known: Some(Box::new(known)),
        };
        let (text, title) = about(&parameter(known.clone(), false)).unwrap();
        assert_eq!(text, "Channel of the radio.");
        assert_eq!(title, "Channel of the radio. Takes: text. From the factory: 6.");
        let old = Knowledge { status: Status::Deprecated, ..known.clone() };
        assert!(about(&parameter(old, false)).unwrap().0.contains("advise against"));
        assert!(about(&parameter(known, true)).unwrap().0.ends_with("does not let it be changed."));
        assert_eq!(about(&parameter(Knowledge::default(), false)), None);
    }
}
