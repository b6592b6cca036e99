//! The section that opens first: facts with their ages, how the device can be reached, its radios.

mod contact;
mod history;
mod home;
mod radio;

use super::state::DeviceState;
use super::words::STALE;
use crate::clock::use_clock;
use crate::components::Age;
use crate::locale::said;
use contact::Contact;
use history::HistoryCard;
use home::HomeDevices;
use leptos::prelude::*;
use model::device::{DeviceView, Fact, FactGroup};
use radio::RadioForm;
use serde::{Deserialize, Serialize};

/// A card of the section.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Card {
    Home,
    Radios,
    Contact,
    /// A group of facts by its title.
    Facts(String),
}

/// `/devices/:id`
#[component]
pub fn SummaryTab() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let cards = state.part(|view| columns(&cards(view)));
    let column = move |right: bool| {
        let list = move || cards.get().map(|(first, second)| if right { second } else { first }).unwrap_or_default();
        view! {
            <div class="stack">
                <For each=list key=Clone::clone let:card>
                    {match card {
                        Card::Home => view! { <HomeDevices /> }.into_any(),
                        Card::Radios => view! { <Radios /> }.into_any(),
                        Card::Contact => view! { <Contact /> }.into_any(),
                        Card::Facts(title) => view! { <Group title /> }.into_any(),
                    }}
                </For>
            </div>
        }
    };
    view! {
        <div class="summary-grid">
            <HistoryCard />
            {column(false)}
            {column(true)}
        </div>
    }
}

/// The cards in order, each with about how many lines it has.
fn cards(view: &DeviceView) -> Vec<(Card, usize)> {
    let known = view.health.home.len();
    let home = (known > 0).then(|| (Card::Home, 3 + known.min(10)));
    let radios = (!view.wifi_radios.is_empty()).then(|| (Card::Radios, 1 + 6 * view.wifi_radios.len()));
    let facts = view.groups.iter().map(|group| (Card::Facts(group.title.clone()), 2 + group.facts.len()));
    home.into_iter()
        .chain(radios)
        .chain(facts)
        .chain([(Card::Contact, 8 + 2 * view.ways.len() + view.reach_notes.len())])
        .collect()
}

/// Two columns of about the same height, the order kept within each.
fn columns(cards: &[(Card, usize)]) -> (Vec<Card>, Vec<Card>) {
    let (mut first, mut second) = ((Vec::new(), 0), (Vec::new(), 0));
    for (card, lines) in cards {
        let shorter = if first.1 <= second.1 { &mut first } else { &mut second };
        shorter.0.push(card.clone());
        shorter.1 += lines;
    }
    (first.0, second.0)
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
                <h2 id=anchor(&title)>{title.clone()}</h2>
                <span class="card__end">{move || all().map(|href| view! { <a href=href>"All values"</a> })}</span>
            </div>
            <div class="card__body">
                <dl class="kv">{facts}</dl>
            </div>
        </section>
    }
}

/// Where links to a card lead.
fn anchor(title: &str) -> String {
    let word = if title == "Internet" { "connection" } else { title };
    format!("{}-h", word.to_lowercase().replace(' ', "-"))
}

#[component]
fn FactRow(fact: Fact) -> impl IntoView {
    let clock = use_clock();
    let read_at = fact.read_at;
    let stale = Memo::new(move |_| read_at.is_some_and(|at| clock.now().since(at) > STALE));
    let class = if fact.identifier { "mono" } else { "" };
    let value = match fact.value.map(|value| said(fact.measured.as_ref(), value)) {
        None => view! { <span class="muted">"Not known"</span> }.into_any(),
        Some(value) if value.is_empty() => view! { <span class="muted">"Empty"</span> }.into_any(),
        Some(value) => view! { <bdi class=class>{value}</bdi> }.into_any(),
    };
    view! {
        <div data-stale=move || stale.get().then_some("")>
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

#[component]
fn Radios() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let count = state.part(|view| view.wifi_radios.len());
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
            measured: None,
            identifier: false,
            read_at: None,
            path: (!path.is_empty()).then(|| (*path).to_owned()),
        };
        FactGroup { title: String::new(), facts: paths.iter().map(fact).collect() }
    }

    #[test]
    fn cards_fill_the_shorter_column() {
        let facts = |title: &str| Card::Facts(title.to_owned());
        let list = [(Card::Radios, 13), (Card::Contact, 9), (facts("A"), 3), (facts("B"), 4), (facts("C"), 9)];
        let (first, second) = columns(&list);
        assert_eq!(first, [Card::Radios, facts("C")]);
        assert_eq!(second, [Card::Contact, facts("A"), facts("B")]);
    }

    #[test]
    fn a_group_leads_to_the_object_that_holds_its_facts() {
        assert_eq!(common_object(&group(&["Device.IP.A", "Device.IP.B", ""])).as_deref(), Some("Device.IP."));
        assert_eq!(common_object(&group(&["Device.IP.A", "Device.DNS.C"])).as_deref(), Some("Device."));
        assert_eq!(common_object(&group(&["Device.IP.A", "Other.B"])), None);
        assert_eq!(common_object(&group(&[""])), None);
    }
}
