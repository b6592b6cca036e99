//! The line to the operator, with what is usual for each value.

use super::Network;
use crate::components::{Age, Status, Tone};
use crate::locale::said;
use crate::pages::device::words::STALE;
use leptos::prelude::*;
use model::network::{Level, Line, LineValue};

#[component]
pub fn Lines() -> impl IntoView {
    let network = expect_context::<Network>();
    let lines = network.part(|view| view.lines.clone());
    view! { {move || lines.get().into_iter().enumerate().map(|(at, line)| view! { <One at line /> }).collect_view()} }
}

#[component]
fn One(at: usize, line: Line) -> impl IntoView {
    let id = format!("line-{at}");
    let named = id.clone();
    let rows = line.values.into_iter().map(|value| view! { <Value value /> }).collect_view();
    view! {
        <section class="card" aria-labelledby=named>
            <div class="card__head">
                <h3 id=id>{line.title}</h3>
                <span class="card__end">
                    {line.read_at.map(|at| view! { <Age at stale_after=STALE prefix="read " suffix=" ago" /> })}
                </span>
            </div>
            <div class="card__body">
                <dl class="kv">{rows}</dl>
            </div>
        </section>
    }
}

#[component]
fn Value(value: LineValue) -> impl IntoView {
    let state = match value.level {
        Some(Level::Bad) => Some((Tone::Bad, "not good")),
        Some(Level::Fair) => Some((Tone::Warn, "at its limit")),
        // Good values stay quiet.
        Some(Level::Good) | None => None,
    };
    let normal = (!value.normal.is_empty()).then(|| format!("usual: {}", value.normal));
    view! {
        <div>
            <dt>{value.label}</dt>
            <dd class="kv__v">
                <bdi>{said(value.measured.as_ref(), value.value)}</bdi>
                {state.map(|(tone, word)| view! { " " <Status tone=tone label=word.to_owned() class="status--text" /> })}
                {normal.map(|normal| view! { " " <small class="muted">{normal}</small> })}
            </dd>
            <dd class="age">{value.read_at.map(|at| view! { <Age at stale_after=STALE /> })}</dd>
        </div>
    }
}
