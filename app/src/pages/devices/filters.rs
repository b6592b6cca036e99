//! Filters, row height and columns. Filters are a link or a plain form, so they work without
//! WebAssembly.

use super::columns::ColumnsMenu;
use super::{Density, List, Matching, url};
use crate::components::Icon;
use crate::locale::grouped;
use crate::pages::device::words::quote;
use crate::pages::list::{FilterChip, FilterChoice, FilterSelect, FilterText, close_menu};
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::device::{Columns, DeviceFilter, DeviceQuery, DeviceSort, Direction, Enrolment, Facets, Presence};

/// A filter that is on: its words, and how to take it off.
pub struct Active {
    pub what: &'static str,
    pub value: String,
    /// Both together.
    pub says: String,
    pub remove: fn(&mut DeviceFilter),
}

/// The filters that are on, in the order of the form.
pub fn active(filter: &DeviceFilter) -> Vec<Active> {
    let mut list = Vec::new();
    let mut add = |what: &'static str, value: String, remove: fn(&mut DeviceFilter)| {
        if !value.is_empty() {
            let value = quote(&value);
            list.push(Active { what, says: format!("{what} {value}"), value, remove });
        }
    };
    add("Contains", filter.text.clone(), |filter| filter.text.clear());
    let state = filter.presence.map_or("", Presence::label).to_owned();
    add("State is", state, |filter| filter.presence = None);
    let approval = filter.enrolment.map_or("", Enrolment::label).to_owned();
    add("Approval is", approval, |filter| filter.enrolment = None);
    add("Is", if filter.stuck { "Stuck".to_owned() } else { String::new() }, |filter| filter.stuck = false);
    add("Manufacturer is", filter.manufacturer.clone(), |filter| filter.manufacturer.clear());
    add("Model is", filter.model.clone(), |filter| filter.model.clear());
    add("Firmware is", filter.software_version.clone(), |filter| filter.software_version.clear());
    let days = match filter.new_within_days {
        None => String::new(),
        Some(1) => "last day".to_owned(),
        Some(url::NEW_DAYS) => "this week".to_owned(),
        Some(days) => format!("last {days} days"),
    };
    add("New", days, |filter| filter.new_within_days = None);
    list
}

#[component]
pub fn FilterBar() -> impl IntoView {
    let list = expect_context::<List>();
    let query = list.query;
    let chips = move || {
        let here = query.get();
        active(&here.filter)
            .into_iter()
            .map(|filter| {
                let href = url::with_filter(&here, filter.remove);
                view! { <FilterChip what=filter.what value=filter.value href /> }
            })
            .collect_view()
    };
    let clear = move || {
        query.with(|query| query.filter != DeviceFilter::default()).then(|| {
            let href = query.with(|query| url::with_filter(query, |filter| *filter = DeviceFilter::default()));
            view! { <a class="linkbtn toolbar__note" href=href>"Clear"</a> }
        })
    };
    view! {
        <div class="toolbar fleetbar">
            <div class="chips" role="group" aria-label="Filters">
                <FilterForm />
                {chips}
                {clear}
            </div>
            <div class="toolbar__end">
                <Arrived />
                <Transition>
                    <Matching />
                </Transition>
                <DensitySwitch />
                <ColumnsMenu />
            </div>
        </div>
    }
}

/// New devices never push the list: they wait until they are asked for.
#[component]
fn Arrived() -> impl IntoView {
    let list = expect_context::<List>();
    let newest = url::href(&DeviceQuery {
        sort: DeviceSort::FirstSeen,
        direction: Direction::Descending,
        ..DeviceQuery::default()
    });
    let words = move || match list.arrived.get() {
        1 => "1 new device.".to_owned(),
        many => format!("{} new devices.", grouped(many.into())),
    };
    let show = move |_| {
        list.arrived.set(0);
        list.page.refetch();
        list.counts.refetch();
    };
    view! {
        <span role="status">
            <Show when=move || { list.arrived.get() > 0 }>
                <span class="toolbar__note">{words} " "</span>
                <a class="linkbtn toolbar__note" href=newest.clone() on:click=show>"Show them"</a>
            </Show>
        </span>
    }
}

#[component]
fn DensitySwitch() -> impl IntoView {
    let density = expect_context::<List>().density;
    let choice = move |choice: Density, label: &'static str, icon: &'static str| {
        let choose = move |_| {
            choice.keep();
            density.set(choice);
        };
        view! {
            <label title=label>
                <input
                    class="sr-only"
                    type="radio"
                    name="density"
                    value=choice.as_str()
                    checked=density.get_untracked() == choice
                    prop:checked=move || density.get() == choice
                    on:change=choose
                />
                <span>
                    <Icon name=icon class="icon--sm" />
                    <span class="sr-only">{label}</span>
                </span>
            </label>
        }
    };
    view! {
        <fieldset class="seg seg--sm only-wide">
            <legend class="sr-only">"Row height"</legend>
            {choice(Density::Compact, "Compact", "menu")}
            {choice(Density::Standard, "Standard", "rows")}
            {choice(Density::Comfortable, "Comfortable", "minus")}
        </fieldset>
    }
}

/// The form: a text field that is always there, and the rest behind a button. Without WebAssembly the browser sends it
/// as a plain GET; with it the URL gets only the fields that are set.
#[component]
fn FilterForm() -> impl IntoView {
    let list = expect_context::<List>();
    let query = list.query;
    let draft = RwSignal::new(query.with_untracked(|query| query.filter.clone()));
    // Back, a chip or a view changed the URL: the form follows.
    Effect::new(move |_| draft.set(query.with(|query| query.filter.clone())));
    let popover = NodeRef::<html::Div>::new();
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        close_menu(popover);
        let filter = draft.get_untracked();
        let filter = DeviceFilter { text: filter.text.trim().to_owned(), ..filter };
        let href = query.with_untracked(|query| url::with_filter(query, |old| *old = filter));
        navigate(&href, NavigateOptions::default());
    };
    let sort = move || query.with(|query| url::sort_text(query.sort, query.direction));
    let columns = move || query.with(|query| query.columns.map(Columns::text).unwrap_or_default());
    let new = move |filter: &DeviceFilter| filter.new_within_days.is_some();
    let offered = move |pick: fn(Facets) -> Vec<(String, u64)>| {
        move || list.facets.get().and_then(Result::ok).map(pick).unwrap_or_default()
    };
    view! {
        <form method="get" action=url::PATH class="chips" role="search" aria-label="Filter devices" on:submit=submit>
            <FilterText
                label="Serial, model, subscriber or address contains"
                text=Signal::derive(move || draft.with(|filter| filter.text.clone()))
                set=Callback::new(move |text| draft.update(|filter| filter.text = text))
            />
            <input type="hidden" name="sort" value=sort />
            <input type="hidden" name="columns" value=columns />
            <button class="chip chip--add" type="button" popovertarget="filters">
                <Icon name="plus" />
                "Filter"
            </button>
            <div class="menu menu--form" id="filters" popover="auto" node_ref=popover>
                <FilterSelect
                    name="state"
                    label="State"
                    options=Presence::ALL.map(|one| (one.as_str(), one.label()))
                    value=Signal::derive(move || draft.with(|filter| filter.presence.map_or("", Presence::as_str).to_owned()))
                    set=Callback::new(move |value: String| draft.update(|filter| filter.presence = Presence::parse(&value)))
                />
                <FilterSelect
                    name="approval"
                    label="Approval"
                    options=Enrolment::ALL.map(|one| (one.as_str(), one.label()))
                    value=Signal::derive(move || draft.with(|filter| filter.enrolment.map_or("", Enrolment::as_str).to_owned()))
                    set=Callback::new(move |value: String| draft.update(|filter| filter.enrolment = Enrolment::parse(&value)))
                />
                <Transition>
                    <FilterChoice
                        draft
                        name="maker"
                        label="Manufacturer"
                        read=|filter: &mut DeviceFilter| &mut filter.manufacturer
                        offered=offered(|facets| facets.manufacturers)
                    />
                    <FilterChoice
                        draft
                        name="model"
                        label="Model"
                        read=|filter: &mut DeviceFilter| &mut filter.model
                        offered=offered(|facets| facets.models)
                    />
                    <FilterChoice
                        draft
                        name="version"
                        label="Firmware"
                        read=|filter: &mut DeviceFilter| &mut filter.software_version
                        offered=offered(|facets| facets.software_versions)
                    />
                </Transition>
                <label class="check">
                    <input
                        type="checkbox"
                        name="stuck"
                        value="yes"
                        checked=draft.with_untracked(|filter| filter.stuck)
                        prop:checked=move || draft.with(|filter| filter.stuck)
                        on:change:target=move |event| {
                            let stuck = event.target().checked();
                            draft.update(|filter| filter.stuck = stuck);
                        }
                    />
                    <span>"Stuck: something failed too often"</span>
                </label>
                <label class="check">
                    <input
                        type="checkbox"
                        name="new"
                        value=url::NEW_DAYS.to_string()
                        checked=draft.with_untracked(new)
                        prop:checked=move || draft.with(new)
                        on:change:target=move |event| {
                            let days = event.target().checked().then_some(url::NEW_DAYS);
                            draft.update(|filter| filter.new_within_days = days);
                        }
                    />
                    <span>"New this week"</span>
                </label>
                <button class="btn btn--primary btn--block" type="submit">"Apply"</button>
            </div>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_has_a_chip_that_takes_only_it_off() {
        let filter = DeviceFilter {
            text: "a".into(),
            presence: Some(Presence::Late),
            enrolment: Some(Enrolment::Refused),
            stuck: true,
            manufacturer: "b".into(),
            model: "c".into(),
            software_version: "d".into(),
            new_within_days: Some(7),
        };
        let chips = active(&filter);
        assert_eq!(chips.len(), 8);
        for chip in &chips {
            let mut rest = filter.clone();
            (chip.remove)(&mut rest);
            let left: Vec<_> = active(&rest).into_iter().map(|other| other.says).collect();
            assert_eq!(left.len(), 7);
            assert!(!left.contains(&chip.says), "{}", chip.says);
        }
        assert!(active(&DeviceFilter::default()).is_empty());
    }
}
