//! What clocks show where the subscriber is.

use crate::clock::use_clock;
use leptos::prelude::*;

/// `10:08 there now, America/Sao_Paulo`; hidden where clocks show what the person's own shows.
#[component]
pub fn There(zone: String) -> impl IntoView {
    let clock = use_clock();
    let there = zone.clone();
    let differs = Memo::new(move |_| clock.differs(&there, clock.now()));
    let there = zone.clone();
    let time = Memo::new(move |_| clock.time_there(&there, clock.now()));
    view! { <span hidden=move || !differs.get()>{time} " there now, " <bdi>{zone}</bdi></span> }
}
