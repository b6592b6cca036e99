//! What is different from some time ago, by parts of the device.

use super::super::parameters::tail;
use super::super::state::DeviceState;
use super::super::words::value_words;
use super::api::load_differences;
use super::entry::Diff;
use crate::components::{Age, Empty, ErrorView, Skeleton};
use leptos::prelude::*;
use model::timeline::{Difference, Differences};

#[component]
pub fn Since(days: u16) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let found = Resource::new_blocking(move || state.id.get(), move |device| load_differences(device, days));
    view! {
        <Transition fallback=|| view! { <Skeleton lines=6 /> }>
            {move || match found.get() {
                None => ().into_any(),
                Some(Err(error)) => view! { <ErrorView error /> }.into_any(),
                Some(Ok(found)) => view! { <Parts found days /> }.into_any(),
            }}
        </Transition>
    }
}

#[component]
fn Parts(found: Differences, days: u16) -> impl IntoView {
    let when = match days {
        1 => "since yesterday".to_owned(),
        7 => "since last week".to_owned(),
        days => format!("in the last {days} days"),
    };
    if found.parts.is_empty() {
        return view! {
            <Empty
                icon="history"
                title=format!("Nothing is different {when}")
                text="No value that Lastmile reads or is told of is another than it was then."
            />
        }
        .into_any();
    }
    let parts = found.parts.into_iter().map(|(part, list)| {
        view! {
            <h3 class="timeline__day">{part.label()}</h3>
            <ul class="since">{list.into_iter().map(|one| view! { <One one /> }).collect_view()}</ul>
        }
    });
    view! {
        {parts.collect_view()}
        <p class="muted">
            "Put together from what the router reported, what was read from it and what was done with it. What came back to \
             what it was is left out."
            {found.truncated.then_some(" There was more than could be looked at: the oldest changes are missing.")}
        </p>
    }
    .into_any()
}

#[component]
fn One(one: Difference) -> impl IntoView {
    let row = one.path.ends_with('.');
    let path = one.path.clone();
    let what = if one.secret {
        view! { <span>"changed; its value is never shown"</span> }.into_any()
    } else if row {
        let word = if one.after.is_some() { "added" } else { "deleted" };
        view! { <span>{word}</span> }.into_any()
    } else {
        let before = value_words(&path, one.before.as_deref());
        let after = value_words(&path, one.after.as_deref());
        view! { <Diff before after /> }.into_any()
    };
    view! {
        <li>
            <bdi class="mono" title=path.clone()>{tail(&path).to_owned()}</bdi>
            " "
            {what}
            <small class="muted">
                {match one.by {
                    Some(by) => view! { "By " <bdi>{by}</bdi> }.into_any(),
                    None => "By the router".into_any(),
                }}
                ", "
                <Age at=one.at suffix=" ago" />
                {(one.times > 1).then(|| format!(", {} times", one.times))}
            </small>
        </li>
    }
}
