//! The devices of the home, weakest first.

use crate::components::{Age, Icon};
use crate::locale::{decimal, quantity};
use crate::pages::device::signal::SignalLevel;
use crate::pages::device::state::DeviceState;
use leptos::prelude::*;
use model::health::{Connection, HomeDevice, number};

/// Devices shown here; all of them are under Home network.
const SHOWN: usize = 10;

#[component]
pub fn HomeDevices() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let all = state.part(|view| view.health.home.clone());
    let all = Memo::new(move |_| all.get().unwrap_or_default());
    let at = Memo::new(move |_| all.with(|all| all.iter().filter_map(|one| one.at).max()));
    let count = Memo::new(move |_| all.with(Vec::len));
    let rows =
        move || all.with(|all| all.iter().take(SHOWN).map(|one| view! { <Row one=one.clone() /> }).collect_view());
    view! {
        <section class="card" aria-labelledby="home-h">
            <div class="card__head">
                <h2 id="home-h">"Home devices"</h2>
                {move || at.get().map(|at| view! { <span class="age">"read " <Age at suffix=" ago" /> ", weakest first"</span> })}
            </div>
            <div class="table-scroll">
                <table class="table stackable">
                    <thead>
                        <tr>
                            <th scope="col">"Device"</th>
                            <th scope="col">"Connection"</th>
                            <th scope="col">"Signal"</th>
                            <th scope="col" class="num">"Link rate"</th>
                            <th scope="col" class="num">"Sent twice"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {move || {
                (count.get() > SHOWN)
                    .then(|| view! { <p class="card__body muted">{format!("And {} more", count.get() - SHOWN)}</p> })
            }}
        </section>
    }
}

#[component]
fn Row(one: HomeDevice) -> impl IntoView {
    let connection = match &one.connection {
        Connection::Cable => "Cable".to_owned(),
        Connection::Wifi(band) if band.is_empty() => "Wi-Fi".to_owned(),
        Connection::Wifi(band) => band.clone(),
        Connection::Unknown => "Not known".to_owned(),
    };
    let signal = match (&one.connection, number(&one.signal)) {
        (_, Some(dbm)) => view! { <SignalLevel level=dbm.round() as i32 /> }.into_any(),
        (Connection::Cable, None) => view! {
            <span class="inline">
                <Icon name="ethernet" class="icon--sm muted" />
                "Cable"
            </span>
        }
        .into_any(),
        _ => view! { <span class="muted">"Not known"</span> }.into_any(),
    };
    let unknown = || "–".to_owned();
    let rate = number(&one.rate).map_or_else(unknown, |rate| quantity(rate, "kbit/s"));
    let resent = number(&one.retransmissions).map_or_else(unknown, |resent| format!("{} %", decimal(resent, 0)));
    let away = !one.active;
    view! {
        <tr data-stale=away.then_some("")>
            <th scope="row">
                <span class="inline">
                    <bdi class=if one.name.is_empty() { "mono" } else { "" }>{one.title().to_owned()}</bdi>
                    {away.then(|| view! { <span class="muted">"away"</span> })}
                </span>
            </th>
            <td>{connection}</td>
            <td class="slot-end">{signal}</td>
            <td class="num" data-label="Link rate">{rate}</td>
            <td class="num" data-label="Sent twice">{resent}</td>
        </tr>
    }
}
