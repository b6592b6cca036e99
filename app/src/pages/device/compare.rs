//! The settings of this router beside those of others, or beside its own of a week ago.

mod api;
mod table;

pub use api::LoadComparison;

use super::section::{Section, section_of};
use super::state::DeviceState;
use super::timeline::Since;
use crate::components::{Empty, ErrorView, Skeleton};
use crate::pages::devices::url::Url;
use api::load_comparison;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::params::ParamsMap;
use model::compare::{Against, CompareWith, Comparison};
use table::Differing;

/// Days of the comparison with itself.
const WEEK: u16 = 7;

/// What the page compares, from the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Query {
    with: CompareWith,
    /// Also what differs from home to home anyway.
    natural: bool,
}

impl Query {
    fn from_params(params: &ParamsMap) -> Self {
        Self {
            with: CompareWith::parse(&params.get("with").unwrap_or_default()),
            natural: params.get("nature").is_some_and(|nature| nature == "1"),
        }
    }

    fn href(&self, device: &str) -> String {
        let mut url = Url::new(&format!("{device}/compare"));
        url.text("with", self.with.as_str());
        url.text("nature", if self.natural { "1" } else { "" });
        url.finish()
    }
}

/// `/devices/:id/compare`
#[component]
pub fn CompareTab() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(Query::from_params));
    let with = Memo::new(move |_| query.with(|query| query.with.clone()));
    let week = Memo::new(move |_| with.with(|with| matches!(with, CompareWith::Week)));
    view! {
        <section class="card" aria-labelledby="compare-h">
            <div class="card__head card__head--line">
                <h2 id="compare-h">"Compare"</h2>
            </div>
            <div class="card__body card__body--top stack stack--sm">
                <Choice query />
                <Other query />
                // Each in a place of its own: in one place the `Transition` of the one would keep what the other showed.
                <Show when=move || week.get()>
                    <Since days=WEEK />
                </Show>
                <Show when=move || !week.get()>
                    <Settings with query />
                </Show>
            </div>
        </section>
    }
}

/// What to compare with: links, so that it works without WebAssembly.
#[component]
fn Choice(query: Memo<Query>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let link = move |with: CompareWith, label: &'static str| {
        let target = Query { with: with.clone(), natural: false };
        let href = move || target.href(&state.href());
        let current = move || query.with(|query| query.with == with).then_some("true");
        view! { <a href=href aria-current=current data-noscroll="">{label}</a> }
    };
    view! {
        <nav class="views views--sm" aria-label="Compare with">
            {link(CompareWith::Model, "The same model")}
            {link(CompareWith::Week, "Last week")}
        </nav>
    }
}

/// Another router by its serial number.
#[component]
fn Other(query: Memo<Query>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let navigate = use_navigate();
    let name = move || match query.with(|query| query.with.clone()) {
        CompareWith::Device(name) => name,
        CompareWith::Model | CompareWith::Week => String::new(),
    };
    let typed = RwSignal::new(untrack(name));
    Effect::new(move |_| typed.set(name()));
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        let href = Query { with: CompareWith::parse(&typed.get_untracked()), natural: false }.href(&state.href());
        navigate(&href, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    };
    let action = move || Query::default().href(&state.href());
    view! {
        <form method="get" action=action class="chips" aria-label="Compare with another router" on:submit=go>
            <label class="toolbar__note" for="compare-with">"Another router"</label>
            <input
                class="input input--serial"
                id="compare-with"
                name="with"
                autocomplete="off"
                spellcheck="false"
                placeholder="Serial number"
                prop:value=move || typed.get()
                on:input:target=move |event| typed.set(event.target().value())
            />
            <button class="btn btn--sm" type="submit">"Compare"</button>
        </form>
    }
}

/// Settings that differ from others.
#[component]
fn Settings(with: Memo<CompareWith>, query: Memo<Query>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let other = move || if let CompareWith::Device(name) = with.get() { Some(name) } else { None };
    let key = move || (state.id.get(), other());
    let section = section_of(state, key, |(device, other)| load_comparison(device, other));
    view! {
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            <Whole section query />
        </Transition>
    }
}

#[component]
fn Whole(section: Section<Comparison>, query: Memo<Query>) -> impl IntoView {
    // With something else to compare with, what was found before is not kept.
    let found = Memo::new(move |_| section.get().and_then(Result::ok));
    let failed = Memo::new(move |_| section.get().map(Result::err));
    let natural = Memo::new(move |_| query.with(|query| query.natural));
    move || match failed.get() {
        None => ().into_any(),
        Some(Some(error)) => view! { <ErrorView error /> }.into_any(),
        Some(None) => view! { <Found found natural query /> }.into_any(),
    }
}

#[component]
fn Found(found: Memo<Option<Comparison>>, natural: Memo<bool>, query: Memo<Query>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let against = Memo::new(move |_| found.with(|found| found.as_ref().map(|found| found.against.clone())));
    let compared = Memo::new(move |_| found.with(|found| found.as_ref().map_or(0, |found| found.compared)));
    let hidden = Memo::new(move |_| found.with(|found| found.as_ref().map_or(0, Comparison::natural)));
    let truncated = Memo::new(move |_| found.with(|found| found.as_ref().is_some_and(|found| found.truncated)));
    let groups = Memo::new(move |_| {
        let natural = natural.get();
        found.with(|found| found.as_ref().map(|found| found.shown(natural)).unwrap_or_default())
    });
    let nothing = Memo::new(move |_| {
        let against = against.get()?;
        nothing_to_compare(&against, compared.get())
            .or_else(|| groups.with(Vec::is_empty).then(|| all_as_usual(&against, compared.get())))
    });
    let one = Signal::derive(move || against.with(|against| matches!(against, Some(Against::Device { .. }))));
    // What is read in one place is owned in one place: this may run once more after a change of `query` has ended the page.
    let href = move || query.with(|query| Query { natural: !query.natural, ..query.clone() }.href(&state.href()));
    let switch = move || {
        let count = hidden.get();
        (count > 0).then(|| {
            let words = match (natural.get(), count) {
                (true, _) => "Hide what differs from home to home anyway".to_owned(),
                (false, 1) => "Show one more that differs from home to home anyway".to_owned(),
                (false, count) => format!("Show {count} more that differ from home to home anyway"),
            };
            view! { <p><a href=href data-noscroll="">{words}</a></p> }
        })
    };
    view! {
        <p class="toolbar__note">{move || against.get().map(|against| view! { <Beside against compared=compared.get() /> })}</p>
        {switch}
        {move || nothing.get().map(|(title, text)| view! { <Empty icon="rows" title text /> })}
        <Differing groups one />
        {move || {
            truncated
                .get()
                .then(|| view! { <p class="muted">"There are more differences than can be listed: these are the first."</p> })
        }}
    }
}

/// What the other side is.
#[component]
fn Beside(against: Against, compared: u32) -> impl IntoView {
    let settings = if compared == 1 { "1 setting".to_owned() } else { format!("{compared} settings") };
    match against {
        Against::Peers { count, model, software, .. } => {
            let routers = if count == 1 { "1 router".to_owned() } else { format!("{count} routers") };
            view! {
                {settings} " compared with those of " {routers} " of model " <bdi>{known(model)}</bdi> " with firmware "
                <bdi>{known(software)}</bdi> "."
            }
            .into_any()
        }
        Against::Device { id, serial, model, software } => view! {
            {settings} " compared with those of " <a href=format!("/devices/{id}")><bdi>{serial}</bdi></a> ", model "
            <bdi>{known(model)}</bdi> " with firmware " <bdi>{known(software)}</bdi> "."
        }
        .into_any(),
    }
}

fn known(text: String) -> String {
    if text.is_empty() { "not known".to_owned() } else { text }
}

/// Why there is nothing to compare, if so: title and what to do.
fn nothing_to_compare(against: &Against, compared: u32) -> Option<(String, String)> {
    match against {
        Against::Peers { count, fewest, .. } if count < fewest => {
            let there = match count {
                0 => "No other router of this model and firmware was read yet.".to_owned(),
                1 => "Only one other router of this model and firmware was read yet.".to_owned(),
                count => format!("Only {count} other routers of this model and firmware were read yet."),
            };
            let text = format!(
                "{there} It takes {fewest} to say what is usual. Compare with one router by its serial number."
            );
            Some(("Too few routers to compare with".to_owned(), text))
        }
        _ if compared == 0 => Some((
            "Nothing to compare".to_owned(),
            "The two have no setting in common, or the settings of one side were never read.".to_owned(),
        )),
        _ => None,
    }
}

fn all_as_usual(against: &Against, compared: u32) -> (String, String) {
    let text = match against {
        Against::Peers { .. } => format!("All of {compared} settings are as on most of these routers."),
        Against::Device { .. } => format!("All of {compared} settings are the same on both."),
    };
    ("Nothing differs that should not".to_owned(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers(count: u32) -> Against {
        Against::Peers { count, fewest: 3, model: "M".into(), software: "1".into() }
    }

    #[test]
    fn the_url_tells_what_is_compared() {
        assert_eq!(Query::default().href("/devices/5"), "/devices/5/compare");
        let query = Query { with: CompareWith::Device("KSTL 01".into()), natural: true };
        assert_eq!(query.href("/devices/5"), "/devices/5/compare?with=KSTL%2001&nature=1");
    }

    #[test]
    fn too_few_routers_are_said_to_be_so() {
        assert!(nothing_to_compare(&peers(0), 0).unwrap().1.starts_with("No other router"));
        assert!(nothing_to_compare(&peers(2), 50).unwrap().1.contains("Only 2 other routers"));
        assert_eq!(nothing_to_compare(&peers(3), 50), None);
        assert!(nothing_to_compare(&peers(3), 0).unwrap().1.contains("never read"));
        assert!(all_as_usual(&peers(3), 50).1.contains("All of 50"));
    }
}
