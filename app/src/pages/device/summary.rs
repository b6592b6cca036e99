//! The section that opens first: facts with their ages, how the device can be reached, its radios.

mod radio;

use super::state::DeviceState;
use super::words::{reach_words, thin};
use crate::clock::use_clock;
use crate::components::{Age, Icon};
use leptos::prelude::*;
use model::device::{DataModel, DeviceView, Fact, FactGroup, Reachability};
use model::time::{age, duration};
use radio::RadioForm;

/// `/devices/:id`
#[component]
pub fn SummaryTab() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let titles = state.part(|view| view.groups.iter().map(|group| group.title.clone()).collect::<Vec<_>>());
    view! {
        <div class="summary-grid">
            <Radios />
            <Reach />
            <For each=move || titles.get().unwrap_or_default() key=Clone::clone let:title>
                <Group title />
            </For>
        </div>
    }
}

/// One card of facts.
#[component]
fn Group(title: String) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let wanted = title.clone();
    let group = Memo::new(move |_| {
        state.view().and_then(|view| view.groups.into_iter().find(|group: &FactGroup| group.title == wanted))
    });
    let facts = move || {
        let facts = group.get().map(|group| group.facts).unwrap_or_default();
        facts.into_iter().map(|fact| view! { <FactRow fact /> }).collect_view()
    };
    let all =
        move || group.with(|group| group.as_ref().and_then(common_object)).map(|path| state.parameters_href(&path));
    view! {
        <section class="card" aria-label=title.clone()>
            <div class="card__head">
                <h2>{title.clone()}</h2>
                <span class="card__end">{move || all().map(|href| view! { <a href=href>"All values"</a> })}</span>
            </div>
            <div class="card__body">
                <dl class="kv">{facts}</dl>
            </div>
        </section>
    }
}

#[component]
fn FactRow(fact: Fact) -> impl IntoView {
    let class = if fact.identifier { "mono" } else { "" };
    let value = match fact.value {
        None => view! { <span class="muted">"Not known"</span> }.into_any(),
        Some(value) if value.is_empty() => view! { <span class="muted">"Empty"</span> }.into_any(),
        Some(value) => view! { <bdi class=class>{value}</bdi> }.into_any(),
    };
    view! {
        <div>
            <dt title=fact.path>{fact.label}</dt>
            <dd class="kv__v">{value}</dd>
            <dd class="age">{fact.read_at.map(|at| view! { <Age at /> })}</dd>
        </div>
    }
}

/// The object that holds all facts of a group that come from parameters.
fn common_object(group: &FactGroup) -> Option<String> {
    let mut paths = group.facts.iter().filter_map(|fact| fact.path.as_deref());
    let first = paths.next()?;
    let mut common = &first[..=first.rfind('.')?];
    for path in paths {
        while !path.starts_with(common) {
            common = &common[..=common.trim_end_matches('.').rfind('.')?];
        }
    }
    Some(common.to_owned())
}

/// How Lastmile and the device find each other.
#[component]
fn Reach() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let clock = use_clock();
    let reach = state.part(|view| view.reach.clone());
    let row = state.row();
    let presence = Memo::new(move |_| row.with(|row| row.presence(clock.now())));
    let sentence = Memo::new(move |_| {
        let ago = |at| match age(clock.now().since(at)).as_str() {
            "now" => "just now".to_owned(),
            age => format!("{age} ago"),
        };
        reach.get().map(|reach| reach_words(&reach, presence.get(), ago))
    });
    let icon = Signal::derive(move || match reach.get() {
        Some(Reachability::Http { .. }) => "check-circle",
        Some(Reachability::Failed { .. }) => "unplugged",
        _ => "info",
    });
    let tone = move || match reach.get() {
        Some(Reachability::Http { .. }) => "ok",
        Some(Reachability::Failed { .. }) => "warn",
        _ => "off",
    };
    let rows = state.part(reach_rows);
    view! {
        <section class="card" aria-labelledby="reach-h">
            <div class="card__head">
                <h2 id="reach-h">"Contact"</h2>
            </div>
            <div class="card__body stack stack--sm">
                <p class="note">
                    <span class="status" data-tone=tone>
                        <Icon name=icon />
                        <bdi>{move || sentence.get()}</bdi>
                    </span>
                </p>
                <dl class="kv">
                    <For each=move || rows.get().unwrap_or_default() key=Clone::clone let:row>
                        <div>
                            <dt>{row.0}</dt>
                            <dd class="kv__v">
                                <bdi class=if row.2 { "mono" } else { "" }>{row.1}</bdi>
                            </dd>
                        </div>
                    </For>
                </dl>
            </div>
        </section>
    }
}

/// Label, value, and whether it is an identifier.
fn reach_rows(view: &DeviceView) -> Vec<(&'static str, String, bool)> {
    let known = |text: &str| if text.is_empty() { "Not known".to_owned() } else { text.to_owned() };
    let model = match view.data_model {
        DataModel::Tr098 => "TR-098",
        DataModel::Tr181 => "TR-181",
        DataModel::Unknown => "Not known",
    };
    let interval = view
        .inform_interval
        .map_or_else(|| "Not known".to_owned(), |seconds| format!("Every {}", duration(u64::from(seconds))));
    vec![
        ("Checks in", interval, false),
        ("Comes from", known(&view.row.address), true),
        ("Can be called at", known(&view.connection_request_url), true),
        ("Protocol", format!("CWMP {}", known(&view.cwmp_version)), false),
        ("Data model", model.to_owned(), false),
        ("Settings", thin(u64::from(view.parameter_count)), false),
    ]
}

#[component]
fn Radios() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let count = state.part(|view| view.radios.len());
    view! {
        <Show when=move || count.get().is_some_and(|count| count > 0)>
            <section class="card" aria-labelledby="wifi-h">
                <div class="card__head">
                    <h2 id="wifi-h">"Wi-Fi"</h2>
                </div>
                <div class="card__body stack">
                    <For each=move || 0..count.get().unwrap_or_default() key=|index| *index let:index>
                        <RadioForm index />
                    </For>
                </div>
            </section>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(paths: &[&str]) -> FactGroup {
        let fact = |path: &&str| Fact {
            label: String::new(),
            value: None,
            identifier: false,
            read_at: None,
            path: (!path.is_empty()).then(|| (*path).to_owned()),
        };
        FactGroup { title: String::new(), facts: paths.iter().map(fact).collect() }
    }

    #[test]
    fn a_group_leads_to_the_object_that_holds_its_facts() {
        assert_eq!(common_object(&group(&["Device.IP.A", "Device.IP.B", ""])).as_deref(), Some("Device.IP."));
        assert_eq!(common_object(&group(&["Device.IP.A", "Device.DNS.C"])).as_deref(), Some("Device."));
        assert_eq!(common_object(&group(&["Device.IP.A", "Other.B"])), None);
        assert_eq!(common_object(&group(&[""])), None);
    }
}
