//! Step 1: whom it is for, and how many that are.

use super::fields::{Check, Number, StepCard, Text, Texts, count};
use super::named::NamedRouters;
use super::state::{Offered, Wizard};
use crate::clock::use_clock;
use crate::components::{Age, Button, Status, Tone};
use crate::locale::grouped;
use crate::pages::campaigns::words::routers;
use crate::pages::devices::{Active, active};
use leptos::prelude::*;
use model::campaign::{CampaignPlan, PlanPart, Preview, compare_versions};
use model::device::{DeviceFilter, Presence};
use model::saved_view::SavedView;
use std::collections::BTreeMap;

/// Names of what there is, for fields in which it is typed.
const MODELS: &str = "plan-models";
const MAKERS: &str = "plan-makers";
pub const ZONES: &str = "plan-zones";

#[component]
pub fn AudienceCard() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let head = move || match wizard.preview.with(|preview| preview.as_ref().map(|preview| preview.total)) {
        Some(0) => (Tone::Warn, "No router".to_owned()),
        Some(total) => (Tone::Ok, routers(total)),
        None => (Tone::Off, "Not counted yet".to_owned()),
    };
    let head = Memo::new(move |_| head());
    let at = Memo::new(move |_| wizard.preview.with(|preview| preview.as_ref().map(|preview| preview.counted_at)));
    let end = view! {
        <Status
            class="status--text"
            tone=Signal::derive(move || head.get().0)
            icon=Signal::derive(move || if head.get().0 == Tone::Off { "never" } else { head.get().0.icon() })
            label=Signal::derive(move || head.get().1)
        />
        <span class="card__end">
            {move || at.get().map(|at| view! { <Age at=Signal::stored(at) prefix="counted " suffix=" ago" /> })}
            <Button class="btn--sm" busy=wizard.counting on_click=Callback::new(move |_| wizard.count_again())>"Count"</Button>
        </span>
    }
    .into_any();
    let refused = move || {
        wizard.refused.get().map(|error| view! { <p class="field__error" role="alert">{error.to_string()}</p> })
    };
    view! {
        <StepCard part=PlanPart::Audience title="1. Audience" end>
            {refused}
            <FromView />
            <Filter />
            <Versions />
            <LeaveOuts />
            <Joining />
        </StepCard>
    }
}

/// What there is to choose from, for fields in which it is typed.
#[component]
pub fn Offers() -> impl IntoView {
    let Offered { facets, zones, .. } = expect_context();
    let list =
        |values: Vec<String>| values.into_iter().map(|value| view! { <option value=value></option> }).collect_view();
    let names = |values: Vec<(String, u64)>| values.into_iter().map(|(value, _)| value).collect::<Vec<_>>();
    let models = move || list(facets.get().flatten().map(|facets| names(facets.models)).unwrap_or_default());
    let makers = move || list(facets.get().flatten().map(|facets| names(facets.manufacturers)).unwrap_or_default());
    view! {
        <datalist id=MODELS>{models}</datalist>
        <datalist id=MAKERS>{makers}</datalist>
        <datalist id=ZONES>{move || list(zones.get().unwrap_or_default())}</datalist>
    }
}

/// A view of the device list that somebody keeps: its filter is taken over. What becomes of the view later changes nothing here.
#[component]
fn FromView() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let Offered { views, .. } = expect_context();
    let views = Memo::new(move |_| views.get().unwrap_or_default());
    let take = move |number: String| {
        let filter = views.with_untracked(|views| {
            views.iter().find(|view| view.id.to_string() == number).map(|view| view.query.filter.clone())
        });
        if let Some(filter) = filter {
            // Only approved routers are in a campaign, whatever a list shows.
            wizard.plan.update(|plan| plan.audience.filter = DeviceFilter { enrolment: None, ..filter });
        }
    };
    let options = move || {
        let option = |view: SavedView| view! { <option value=view.id.to_string()>{view.name}</option> };
        views.get().into_iter().map(option).collect_view()
    };
    // What a view asks for and has no field below.
    let rest = move || {
        let own = |filter: &DeviceFilter| DeviceFilter {
            text: String::new(),
            presence: None,
            manufacturer: String::new(),
            model: String::new(),
            ..filter.clone()
        };
        let rest = wizard.plan.with(|plan| active(&own(&plan.audience.filter)));
        (!rest.is_empty()).then(|| {
            let chip = |one: Active| {
                let remove = one.remove;
                let take_off = Callback::new(move |_| wizard.plan.update(|plan| remove(&mut plan.audience.filter)));
                view! {
                    <Button class="btn--sm" icon="x" on_click=take_off>
                        <span class="sr-only">"Take off: "</span>
                        {one.says}
                    </Button>
                }
            };
            view! {
                <p class="chips">
                    <span class="muted">"Also asked for:"</span>
                    {rest.into_iter().map(chip).collect_view()}
                </p>
            }
        })
    };
    view! {
        <Show when=move || views.with(|views| !views.is_empty())>
            <div class="field">
                <label class="field__label" for="plan-view">"Filter of a saved view"</label>
                <select class="select" id="plan-view" on:change:target=move |event| take(event.target().value())>
                    <option value="">"Choose a view to take over"</option>
                    {options}
                </select>
            </div>
        </Show>
        {rest}
    }
}

#[component]
fn Filter() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let presence = wizard.part(|plan| plan.audience.filter.presence.map_or("", Presence::as_str));
    view! {
        <div class="grid-2">
            <Text
                id="plan-model" label="Model" placeholder="Any" list=MODELS
                read=|plan| plan.audience.filter.model.clone() write=|plan, text| plan.audience.filter.model = text
            />
            <Text
                id="plan-maker" label="Manufacturer" placeholder="Any" list=MAKERS
                read=|plan| plan.audience.filter.manufacturer.clone()
                write=|plan, text| plan.audience.filter.manufacturer = text
            />
            <Text
                id="plan-text" label="Contains" placeholder="Serial, subscriber, address"
                read=|plan| plan.audience.filter.text.clone() write=|plan, text| plan.audience.filter.text = text
            />
            <div class="field">
                <label class="field__label" for="plan-state">"State"</label>
                <select
                    class="select" id="plan-state" prop:value=move || presence.get()
                    on:change:target=move |event| {
                        let chosen = Presence::parse(&event.target().value());
                        wizard.plan.update(|plan| plan.audience.filter.presence = chosen);
                    }
                >
                    <option value="">"Any"</option>
                    {Presence::ALL
                        .map(|one| {
                            let on = presence.get_untracked() == one.as_str();
                            view! { <option value=one.as_str() selected=on>{one.label()}</option> }
                        })}
                </select>
            </div>
        </div>
    }
}

/// Devices by one of their properties.
fn by(preview: &Preview, read: fn(&model::campaign::AudienceCount) -> &str) -> Vec<(String, u32)> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for group in &preview.groups {
        *counts.entry(read(group)).or_default() += group.count;
    }
    counts.into_iter().map(|(value, count)| (value.to_owned(), count)).collect()
}

/// Versions that run now, the newest first.
fn versions(preview: &Preview) -> Vec<(String, u32)> {
    let mut found = by(preview, |group| &group.version);
    found.sort_by(|one, other| compare_versions(&other.0, &one.0));
    found
}

/// Versions and revisions that there are, to choose from.
#[component]
fn Versions() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let offered = Memo::new(move |_| wizard.offered.with(|offered| offered.as_ref().map(versions).unwrap_or_default()));
    let revisions = Memo::new(move |_| {
        wizard
            .offered
            .with(|offered| offered.as_ref().map(|offered| by(offered, |group| &group.hardware)).unwrap_or_default())
    });
    let before = RwSignal::new(String::new());
    let choose = move |_| {
        let limit = before.get_untracked();
        let older = offered.with_untracked(|list| {
            let older =
                |(version, _): &&(String, u32)| !version.is_empty() && compare_versions(version, limit.trim()).is_lt();
            list.iter().filter(older).map(|(version, _)| version.clone()).collect::<Vec<_>>()
        });
        wizard.plan.update(|plan| plan.audience.versions = older);
    };
    let any = wizard.part(|plan| plan.audience.versions.is_empty());
    let cut = move || wizard.offered.with(|offered| offered.as_ref().is_some_and(|one| one.groups.len() >= 200));
    view! {
        <Show when=move || offered.with(|list| !list.is_empty())>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Versions that run now, scrollable table">
                <table class="table table--flush">
                    <thead>
                        <tr>
                            <th scope="col" class="cell-check"><span class="sr-only">"Only this"</span></th>
                            <th scope="col">"Version now"</th>
                            <th scope="col" class="num">"Routers"</th>
                            <th scope="col">"Share"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || offered.get() key=Clone::clone let:one>
                            <Version version=one.0 count=one.1 all=Memo::new(move |_| offered.with(|list| list.iter().map(|one| one.1).sum::<u32>())) />
                        </For>
                    </tbody>
                </table>
            </div>
            <p class="muted">
                {move || if any.get() { "None is ticked: every version is meant." } else { "Only what is ticked is meant." }}
                {move || cut().then_some(" The largest groups are shown.")}
            </p>
            <div class="planrow">
                <div class="field">
                    <label class="field__label" for="plan-before">"Version before"</label>
                    <span class="input-unit">
                        <input
                            class="input" id="plan-before" autocomplete="off" maxlength="64" placeholder="3.8.0"
                            prop:value=move || before.get()
                            on:input:target=move |event| before.set(event.target().value())
                        />
                        <Button class="btn--sm" disabled=Signal::derive(move || before.with(|text| text.trim().is_empty())) on_click=Callback::new(choose)>
                            "Tick those"
                        </Button>
                        <Show when=move || !any.get()>
                            <Button class="btn--sm btn--ghost" on_click=Callback::new(move |_| wizard.plan.update(|plan| plan.audience.versions.clear()))>
                                "Untick all"
                            </Button>
                        </Show>
                    </span>
                </div>
            </div>
        </Show>
        <Show when=move || revisions.with(|list| list.len() > 1)>
            <fieldset class="checks">
                <legend>"Only this hardware"</legend>
                <For each=move || revisions.get() key=Clone::clone let:one>
                    <Revision revision=one.0 count=one.1 />
                </For>
            </fieldset>
        </Show>
    }
}

/// Puts a value into a list, or takes it out.
fn toggle(list: &mut Vec<String>, value: &str, on: bool) {
    list.retain(|other| other != value);
    if on {
        list.push(value.to_owned());
    }
}

#[component]
fn Version(version: String, count: u32, all: Memo<u32>) -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let one = StoredValue::new(version.clone());
    let on = wizard.part(move |plan| one.with_value(|one| plan.audience.versions.contains(one)));
    let called = if version.is_empty() { "Not known".to_owned() } else { version };
    let share = move || f64::from(count) * 100.0 / f64::from(all.get().max(1));
    view! {
        <tr>
            <td class="cell-check">
                <input
                    type="checkbox" aria-label=format!("Only version {called}") checked=on.get_untracked() prop:checked=move || on.get()
                    on:change:target=move |event| {
                        let on = event.target().checked();
                        wizard.plan.update(|plan| one.with_value(|one| toggle(&mut plan.audience.versions, one, on)));
                    }
                />
            </td>
            <th scope="row" class="wrap"><bdi>{called}</bdi></th>
            <td class="num">{grouped(u64::from(count))}</td>
            <td class="cell-bar">
                <span class="meter-bar" data-tone="info" aria-hidden="true" style=move || format!("--v:{:.1}%", share())><span></span></span>
            </td>
        </tr>
    }
}

#[component]
fn Revision(revision: String, count: u32) -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let one = StoredValue::new(revision.clone());
    let on = wizard.part(move |plan| one.with_value(|one| plan.audience.hardware.contains(one)));
    let called = if revision.is_empty() { "Not known".to_owned() } else { revision };
    view! {
        <label class="check">
            <input
                type="checkbox" checked=on.get_untracked() prop:checked=move || on.get()
                on:change:target=move |event| {
                    let on = event.target().checked();
                    wizard.plan.update(|plan| one.with_value(|one| toggle(&mut plan.audience.hardware, one, on)));
                }
            />
            <span><bdi>{called}</bdi> <small>{grouped(u64::from(count))}</small></span>
        </label>
    }
}

#[component]
fn LeaveOuts() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let left = move || {
        let count = wizard.preview.with(|preview| preview.as_ref().map_or(0, |preview| preview.left_out));
        (count > 0).then(|| format!("{} match and are left out now.", routers(count)))
    };
    view! {
        <fieldset class="checks">
            <legend>"Leave out"</legend>
            <Check
                label="Those in another campaign that is not over"
                read=|plan: &CampaignPlan| plan.audience.leave_out.in_campaigns
                write=|plan, on| plan.audience.leave_out.in_campaigns = on
            />
            <Check
                label="Those in which something fails again and again"
                read=|plan: &CampaignPlan| plan.audience.leave_out.faulty write=|plan, on| plan.audience.leave_out.faulty = on
            />
        </fieldset>
        <div class="grid-2">
            <Number
                id="plan-silent" label="Not heard of for" part=PlanPart::Audience unit="h" hint="Empty: however long."
                min=1.0 max=87_600.0 optional=true
                read=|plan| plan.audience.leave_out.silent_hours.map(f64::from)
                write=|plan, number| plan.audience.leave_out.silent_hours = number.map(|number| count(Some(number)))
            />
            <Texts
                id="plan-tags" label="Subscribers tagged" placeholder="vip, medical" hint="With commas between them."
                read=|plan| &plan.audience.leave_out.tags write=|plan, tags| plan.audience.leave_out.tags = tags
            />
        </div>
        <NamedRouters
            id="plan-out" label="Routers to leave out, by serial number"
            read=|plan| &plan.audience.leave_out.devices write=|plan| &mut plan.audience.leave_out.devices
        />
        <NamedRouters
            id="plan-canaries" label="Canaries, by serial number: a first stage of their own"
            read=|plan| &plan.canaries write=|plan| &mut plan.canaries
        />
        <p class="muted" role="status">{left}</p>
    }
}

/// Whether others that match later are taken in.
#[component]
fn Joining() -> impl IntoView {
    let wizard = expect_context::<Wizard>();
    let clock = use_clock();
    let joins = wizard.part(|plan| plan.audience.joins_up_to.is_some());
    view! {
        <Check
            label="Routers that match later join the last stage"
            hint="Else it is for those that match when it starts."
            read=|plan: &CampaignPlan| plan.audience.joins_up_to.is_some()
            write=move |plan, on| {
                plan.audience.joins_up_to = on.then_some(10_000);
                if on && plan.ends_at.is_none() {
                    plan.ends_at = Some(untrack(|| clock.now()).plus_seconds(30 * 86_400));
                }
            }
        />
        <Show when=move || joins.get()>
            <Number
                id="plan-joins" label="In all at most" part=PlanPart::Audience unit="routers" min=1.0 max=100_000_000.0
                read=|plan| plan.audience.joins_up_to.map(f64::from)
                write=|plan, number| plan.audience.joins_up_to = Some(count(number))
            />
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::campaign::AudienceCount;

    #[test]
    fn versions_are_counted_together_the_newest_first() {
        let group = |hardware: &str, version: &str, count| AudienceCount {
            model: "GX21".into(),
            product_class: String::new(),
            hardware: hardware.into(),
            version: version.into(),
            count,
        };
        let groups = vec![group("1", "3.7.4", 5), group("2", "3.10.0", 2), group("2", "3.7.4", 4)];
        let preview = Preview { groups, ..Preview::default() };
        assert_eq!(versions(&preview), [("3.10.0".to_owned(), 2), ("3.7.4".to_owned(), 9)]);
        assert_eq!(by(&preview, |group| &group.hardware), [("1".to_owned(), 5), ("2".to_owned(), 6)]);
    }
}
