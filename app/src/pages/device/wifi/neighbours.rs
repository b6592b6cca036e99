//! The neighbours' networks on the air, and the channel that has the most room.

use super::Wifi;
use super::chart::{Axis, height, hill};
use crate::components::{Age, Button, Icon};
use crate::locale::dbm;
use crate::pages::device::channel::move_to;
use crate::pages::device::last_change::LastChange;
use crate::pages::device::state::DeviceState;
use crate::pages::device::words::STALE;
use crate::session::may;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::Permission;
use model::diagnostic::Test;
use model::setting::Setting;
use model::task::TaskKind;
use model::wifi::channel::{Advice, Load, best};
use model::wifi::{Neighbour, Network, Radio, WifiView};

/// The home's own level is not measured: it stands as high as this, in dBm.
const OWN: i32 = -40;

#[component]
pub fn NeighbourCard() -> impl IntoView {
    let wifi = expect_context::<Wifi>();
    let state = expect_context::<DeviceState>();
    let params = use_query_map();
    let bands = wifi.part(|view| view.radios.iter().map(|radio| radio.band.clone()).collect::<Vec<_>>());
    let band = Memo::new(move |_| {
        let wanted = params.with(|params| params.get("band").unwrap_or_default());
        let bands = bands.get();
        let found = bands.iter().find(|band| !wanted.is_empty() && band.starts_with(&wanted)).or(bands.first());
        found.cloned().unwrap_or_default()
    });
    let scanned_at = wifi.part(|view| view.neighbours.scanned_at);
    let links = move || {
        let here = band.get();
        let link = |one: String| {
            let short = one.trim_end_matches(" GHz").to_owned();
            let href = format!("{}/wifi?band={short}", state.href());
            let current = (one == here).then_some("true");
            view! { <a href=href aria-current=current>{one}</a> }
        };
        bands.get().into_iter().map(link).collect_view()
    };
    view! {
        <section class="card" aria-labelledby="occ-h">
            <div class="card__head">
                <h3 id="occ-h">"Neighbours"</h3>
                {move || {
                    scanned_at.get().map(|at| view! { <Age at stale_after=STALE prefix="scanned " suffix=" ago" /> })
                }}
                <div class="card__end">
                    <ScanButton />
                    <nav class="seg seg--sm" aria-label="Band">{links}</nav>
                </div>
            </div>
            <div class="card__body stack stack--sm">
                <Picture band />
            </div>
            <Proposal band />
        </section>
    }
}

/// Has the router listen for its neighbours.
#[component]
fn ScanButton() -> impl IntoView {
    let wifi = expect_context::<Wifi>();
    let state = expect_context::<DeviceState>();
    let can = wifi.part(|view| view.neighbours.can_scan);
    let scans = |kind: &TaskKind| matches!(kind, TaskKind::Diagnose { test: Test::WifiNeighbours });
    let running = Memo::new(move |_| state.running(scans).is_some());
    let kind = TaskKind::Diagnose { test: Test::WifiNeighbours };
    let allowed = may(kind.permission());
    let scan = Callback::new(move |_| state.ask(TaskKind::Diagnose { test: Test::WifiNeighbours }, || ()));
    view! {
        <Show when=move || can.get() && allowed>
            <Button class="btn--sm" icon="refresh" busy=running on_click=scan>
                {move || if running.get() { "Scanning" } else { "Scan" }}
            </Button>
        </Show>
    }
}

/// What is drawn of one band.
#[derive(Clone, Debug, Default, PartialEq)]
struct Scene {
    band: String,
    scanned: bool,
    can_scan: bool,
    others: Vec<Neighbour>,
    own: Option<(String, u32, u32)>,
    advice: Option<Advice>,
}

fn scene(view: &WifiView, band: &str) -> Scene {
    let radio = view.radio(band).cloned().unwrap_or_default();
    let others: Vec<Neighbour> = view.neighbours.list.iter().filter(|one| one.band == band).cloned().collect();
    let scanned = view.neighbours.scanned_at.is_some();
    let now = channel_now(&radio);
    let width = radio.width.unwrap_or(20);
    let name = view.networks.iter().find(|network| network.band == band).and_then(name_of).unwrap_or_default();
    Scene {
        band: band.to_owned(),
        advice: best(band, now, width, &radio.possible, scanned.then_some(others.as_slice())),
        own: now.map(|channel| (name, channel, width)),
        scanned,
        can_scan: view.neighbours.can_scan,
        others,
    }
}

fn name_of(network: &Network) -> Option<String> {
    network.ssid.as_ref()?.value.clone()
}

fn channel_now(radio: &Radio) -> Option<u32> {
    let set = || radio.channel.as_ref()?.value.as_ref()?.parse().ok();
    radio.channel_in_use.or_else(set).filter(|channel| *channel > 0)
}

#[component]
fn Picture(band: Memo<String>) -> impl IntoView {
    let wifi = expect_context::<Wifi>();
    let scene = Memo::new(move |_| {
        let band = band.get();
        scene(&wifi.get(), &band)
    });
    move || {
        let Scene { band, scanned, others, own, advice, can_scan } = scene.get();
        let axis = Axis::of(&band);
        let nets = others.iter().filter_map(|one| {
            let path = hill(axis.stretch(one.channel, one.width)?, height(one.signal));
            Some(view! { <path class="occ__net" d=path /> })
        });
        let nets = nets.collect_view();
        let better = advice.as_ref().filter(|advice| advice.worth).map(|advice| advice.best.channel);
        let quiet = better.and_then(|channel| axis.stretch(channel, 20));
        let mine = own.as_ref().and_then(|(name, channel, width)| {
            let stretch = axis.stretch(*channel, *width)?;
            Some((name.clone(), stretch))
        });
        let own_channel = own.as_ref().map(|(_, channel, _)| *channel);
        let ticks = axis.ticks.iter().map(|(channel, x)| {
            let mine = (own_channel == Some(*channel)).then_some("");
            view! { <span style=format!("--x: {x:.1}%") data-own=mine>{*channel}</span> }
        });
        let ticks = ticks.collect_view();
        let count = others.len();
        let label = said(&band, scanned, &others, own_channel, better);
        view! {
            <div class="chart" style="--h: 246px">
                <div class="chart__y" aria-hidden="true">
                    <span>"−30"</span>
                    <span>"−50"</span>
                    <span>"−70"</span>
                    <span>"−90"</span>
                </div>
                <div class="chart__plot">
                    <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=label>
                        <line class="chart__grid" x1="0" x2="100" y1="0" y2="0" />
                        <line class="chart__grid" x1="0" x2="100" y1="33.3" y2="33.3" />
                        <line class="chart__grid" x1="0" x2="100" y1="66.7" y2="66.7" />
                        <line class="chart__base" x1="0" x2="100" y1="100" y2="100" />
                        {quiet
                            .map(|(from, to)| {
                                view! {
                                    <rect
                                        class="occ__best"
                                        x=format!("{from:.1}")
                                        y="0"
                                        width=format!("{:.1}", to - from)
                                        height="100"
                                    />
                                }
                            })}
                        {nets}
                        {mine
                            .as_ref()
                            .map(|(_, stretch)| view! { <path class="occ__own" d=hill(*stretch, height(OWN)) /> })}
                    </svg>
                    {mine
                        .map(|(name, (from, to))| {
                            let place = format!("--x: {:.1}%; --y: {:.1}%", f64::midpoint(from, to).clamp(14.0, 86.0), height(OWN));
                            view! { <span class="chart__note occ__label occ__label--own" style=place><bdi>{name}</bdi></span> }
                        })}
                    {quiet
                        .zip(better)
                        .map(|((from, to), channel)| {
                            let place = format!("--x: {:.1}%; --y: 12%", f64::midpoint(from, to).clamp(14.0, 86.0));
                            view! {
                                <span class="chart__note occ__label occ__label--best" style=place>
                                    {format!("Best: channel {channel}")}
                                </span>
                            }
                        })}
                </div>
                <div class="occ__x" aria-hidden="true">{ticks}</div>
            </div>
            <ul class="legend">
                <li data-tone="info"><i></i>"This home, level not measured"</li>
                {scanned.then(|| view! { <li><i></i>{neighbours(count)} ", signal in dBm"</li> })}
                {better.map(|_| view! { <li data-tone="ok"><i></i>"Quietest"</li> })}
            </ul>
            {(count > 0).then(|| view! { <Listed others /> })}
            {(!scanned)
                .then(|| {
                    let text = if can_scan {
                        "No scan is known: which channel is quiet cannot be told."
                    } else {
                        "This router cannot scan for neighbours: which channel is quiet cannot be told."
                    };
                    view! { <p class="field__hint">{text}</p> }
                })}
        }
    }
}

/// The picture as a table, loudest first.
#[component]
fn Listed(mut others: Vec<Neighbour>) -> impl IntoView {
    others.sort_by_key(|one| std::cmp::Reverse(one.signal));
    let row = |one: Neighbour| {
        let name = if one.ssid.is_empty() { "Hides its name".to_owned() } else { one.ssid };
        view! {
            <tr>
                <th scope="row"><bdi>{name}</bdi></th>
                <td class="num">{one.channel}</td>
                <td class="num">{format!("{} MHz", one.width)}</td>
                <td class="num">{dbm(one.signal)}</td>
            </tr>
        }
    };
    view! {
        <details class="details">
            <summary>
                <Icon name="chevron-right" />
                "The networks as a table"
            </summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Neighbours' networks, scrollable table">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Network"</th>
                            <th scope="col" class="num">"Channel"</th>
                            <th scope="col" class="num">"Width"</th>
                            <th scope="col" class="num">"Signal"</th>
                        </tr>
                    </thead>
                    <tbody>{others.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
}

fn neighbours(count: usize) -> String {
    match count {
        0 => "No neighbour".to_owned(),
        1 => "1 neighbour".to_owned(),
        count => format!("{count} neighbours"),
    }
}

/// What the picture shows, in words.
fn said(band: &str, scanned: bool, others: &[Neighbour], own: Option<u32>, better: Option<u32>) -> String {
    let own = own.map_or_else(String::new, |channel| format!(" This home is on channel {channel}."));
    if !scanned {
        return format!("No scan of {band} is known.{own}");
    }
    let mut channels: Vec<u32> = others.iter().map(|one| one.channel).collect();
    channels.sort_unstable();
    let mut counts: Vec<(u32, usize)> = Vec::new();
    for channel in channels {
        match counts.last_mut() {
            Some((last, count)) if *last == channel => *count += 1,
            _ => counts.push((channel, 1)),
        }
    }
    let each = counts.iter().map(|(channel, count)| format!("{count} on channel {channel}")).collect::<Vec<_>>();
    let each = if each.is_empty() { String::new() } else { format!(": {}", each.join(", ")) };
    let better = better.map_or_else(String::new, |channel| format!(" Channel {channel} is the quietest."));
    format!("{} on {band}{each}.{own}{better}", neighbours(others.len()))
}

fn load_words(load: &Load) -> String {
    match (load.neighbours, load.loudest) {
        (0, _) | (_, None) => "no neighbour heard".to_owned(),
        (count, Some(loudest)) => format!("{}, the loudest {}", neighbours(count), dbm(loudest)),
    }
}

/// The channel that has the most room, and the button that moves there.
#[component]
fn Proposal(band: Memo<String>) -> impl IntoView {
    let wifi = expect_context::<Wifi>();
    let state = expect_context::<DeviceState>();
    let radio = Memo::new(move |_| {
        let band = band.get();
        wifi.get().radio(&band).cloned().unwrap_or_default()
    });
    let advice = Memo::new(move |_| {
        let band = band.get();
        scene(&wifi.get(), &band).advice
    });
    let paths: Signal<Vec<String>> = Signal::derive(move || {
        radio.with(|radio| {
            [&radio.channel, &radio.auto].into_iter().flatten().map(|setting: &Setting| setting.path.clone()).collect()
        })
    });
    let busy = Memo::new(move |_| {
        let mine: Vec<String> = paths.get();
        state
            .running(
                |kind| matches!(kind, TaskKind::SetValues { values } if values.iter().any(|v| mine.contains(&v.path))),
            )
            .is_some()
    });
    let go = Callback::new(move |_| {
        let Some(advice) = advice.get_untracked() else { return };
        let values = radio.with_untracked(|radio| move_to(radio, &advice.best.channel.to_string()));
        if !values.is_empty() {
            state.ask(TaskKind::SetValues { values }, || ());
        }
    });
    move || {
        advice.get().map(|Advice { best, now: _, worth }| {
            let channel = best.channel;
            let can = may(Permission::DeviceWrite)
                && radio.with(|radio| radio.channel.as_ref().is_some_and(|channel| channel.writable));
            let words = if worth {
                load_words(&best)
            } else {
                format!("{}. No other is clearly better.", load_words(&best))
            };
            view! {
                <div class="card__foot">
                    <span>
                        <b class="text-strong">{format!("Channel {channel}")}</b>
                        ": "
                        {words}
                    </span>
                    {(worth && can)
                        .then(|| {
                            view! {
                                <Button class="btn--sm" busy on_click=go>
                                    {move || {
                                        if busy.get() { "Moving".to_owned() } else { format!("Move to channel {channel}") }
                                    }}
                                </Button>
                            }
                        })}
                </div>
                <div class="card__body"><LastChange paths /></div>
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_said_in_words() {
        let one =
            |channel, signal| Neighbour { channel, signal, band: "2.4 GHz".into(), width: 20, ..Neighbour::default() };
        let list = [one(6, -50), one(1, -60), one(6, -70)];
        assert_eq!(
            said("2.4 GHz", true, &list, Some(6), Some(11)),
            "3 neighbours on 2.4 GHz: 1 on channel 1, 2 on channel 6. This home is on channel 6. Channel 11 is the quietest."
        );
        assert_eq!(said("5 GHz", false, &[], None, None), "No scan of 5 GHz is known.");
        assert_eq!(said("5 GHz", true, &[], None, None), "No neighbour on 5 GHz.");
    }

    #[test]
    fn without_a_scan_nothing_is_proposed() {
        let mut view = WifiView::default();
        view.radios.push(Radio { band: "2.4 GHz".into(), channel_in_use: Some(6), ..Radio::default() });
        assert_eq!(scene(&view, "2.4 GHz").advice, None);
        view.neighbours.scanned_at = Some(model::Timestamp(1));
        assert!(!scene(&view, "2.4 GHz").advice.unwrap().worth, "nobody is heard: nothing is better");
    }
}
