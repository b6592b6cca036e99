//! The devices of the home, weakest first.

use crate::components::{Age, Icon, Tone};
use crate::pages::device::state::DeviceState;
use leptos::prelude::*;
use model::alias::quantity;
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
        (_, Some(dbm)) => {
            let (level, tone) = strength(dbm);
            let text = format!("{dbm:.0} dBm").replace('-', "−");
            view! {
                <span class="inline" data-tone=tone.as_str()>
                    <span class="signal" data-level=level data-tone=tone.as_str() aria-hidden="true">
                        <i></i>
                        <i></i>
                        <i></i>
                        <i></i>
                    </span>
                    {text}
                </span>
            }
            .into_any()
        }
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
    let resent = number(&one.retransmissions).map_or_else(unknown, |resent| format!("{resent:.0} %"));
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

/// Bars of four and how good that is.
fn strength(dbm: f64) -> (&'static str, Tone) {
    match dbm {
        d if d >= -55.0 => ("4", Tone::Ok),
        d if d >= -67.0 => ("3", Tone::Ok),
        d if d >= -75.0 => ("2", Tone::Warn),
        _ => ("1", Tone::Bad),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_follow_the_signal() {
        let levels: Vec<_> = [-40.0, -60.0, -70.0, -80.0].map(|dbm| strength(dbm).0).into();
        assert_eq!(levels, ["4", "3", "2", "1"]);
    }
}
