//! The five values that everyone asks for.

use super::state::DeviceState;
use super::words::STALE;
use crate::clock::use_clock;
use crate::components::{Age, Icon, Tone};
use crate::locale::{decimal, grouped, quantity};
use leptos::prelude::*;
use model::Timestamp;
use model::device::DeviceView;
use model::health::{LineKind, Link, Number, Radio, number, text};
use model::history::{Line, Series};
use model::time::duration;
use model::verdict::{Cause, Weight};

/// What one tile says.
#[derive(Clone, Debug, PartialEq)]
struct Tile {
    label: &'static str,
    icon: &'static str,
    tone: Tone,
    state: String,
    /// `None`: not known.
    value: Option<String>,
    /// Words after the value.
    unit: String,
    note: String,
    at: Option<Timestamp>,
    /// How its number went in the last 24 hours.
    trend: Option<Line>,
    /// Part of the page that says more, below the device's address.
    href: &'static str,
}

#[component]
pub fn Tiles() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let tiles = state.part(tiles);
    view! {
        <section aria-label="Key values">
            <div class="tiles">
                {move || tiles.get().unwrap_or_default().into_iter().map(|tile| view! { <One tile /> }).collect_view()}
            </div>
        </section>
    }
}

#[component]
fn One(tile: Tile) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let clock = use_clock();
    let at = tile.at;
    let stale = Memo::new(move |_| at.is_some_and(|at| clock.now().since(at) > STALE));
    let href = move || format!("{}{}", state.href(), tile.href);
    let value = match tile.value {
        Some(value) => view! { <bdi>{value}</bdi> <small>{tile.unit}</small> }.into_any(),
        None => view! { <span class="muted">"Not known"</span> }.into_any(),
    };
    view! {
        <a class="tile" data-tone=tile.tone.as_str() href=href data-stale=move || stale.get().then_some("")>
            <span class="tile__label">
                <Icon name=tile.icon />
                {tile.label}
                <span class="status" data-tone=tile.tone.as_str()>
                    <Icon name=tile.tone.icon() />
                    {tile.state}
                </span>
            </span>
            <span class="tile__value">{value}</span>
            <span class="tile__note"><bdi>{tile.note}</bdi></span>
            <span class="tile__foot">
                {match tile.trend.as_ref().and_then(spark) {
                    Some((line, area)) => view! {
                        <svg class="spark" viewBox="0 0 100 22" preserveAspectRatio="none" aria-hidden="true">
                            <path class="spark__area" d=area></path>
                            <path class="spark__line" d=line></path>
                        </svg>
                    }
                        .into_any(),
                    None => view! { <span></span> }.into_any(),
                }}
                {tile.at.map(|at| view! { <Age at stale_after=STALE /> })}
            </span>
        </a>
    }
}

/// The path of a small chart of 100 by 22, and that of what is below it; `None` for fewer than three points.
fn spark(line: &Line) -> Option<(String, String)> {
    let (first, last) = (line.points.first()?.0, line.points.last()?.0);
    let span = last.since(first) as f64;
    if line.points.len() < 3 || span <= 0.0 {
        return None;
    }
    let values = line.points.iter().map(|(_, value)| *value);
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    // What hardly moves is drawn as a calm line, not as mountains.
    let room = (high - low).max(0.1 * high.abs()).max(1.0);
    let middle = f64::midpoint(low, high);
    let points = line.points.iter().map(|(at, value)| {
        let x = 100.0 * at.since(first) as f64 / span;
        format!("{x:.1} {:.1}", 11.0 - 18.0 * (value - middle) / room)
    });
    let path = format!("M{}", points.collect::<Vec<_>>().join("L"));
    let area = format!("{path}L100 22L0 22z");
    Some((path, area))
}

/// The newest line of one of these numbers.
fn trend(view: &DeviceView, series: &[Series]) -> Option<Line> {
    series.iter().find_map(|series| view.trends.iter().find(|line| line.series == *series).cloned())
}

fn tiles(view: &DeviceView) -> Vec<Tile> {
    vec![internet(view), line(view), wifi(view), home(view), firmware(view)]
}

/// Tone and word of a part.
fn mark(view: &DeviceView, cause: Cause, words: [&str; 3]) -> (Tone, String) {
    match view.verdict.marks.get(&cause) {
        Some(Weight::Good) => (Tone::Ok, words[0].to_owned()),
        Some(Weight::Notice) => (Tone::Warn, words[1].to_owned()),
        Some(Weight::Bad) => (Tone::Bad, words[2].to_owned()),
        None => (Tone::Off, "Not known".to_owned()),
    }
}

fn internet(view: &DeviceView) -> Tile {
    let internet = &view.health.internet;
    let (tone, state) = match internet.link {
        Link::Up => (Tone::Ok, "Good"),
        Link::Connecting => (Tone::Warn, "Connecting"),
        Link::Down => (Tone::Bad, "Down"),
        Link::Unknown => (Tone::Off, "Not known"),
    };
    let value = match internet.link {
        Link::Up => Some("Connected"),
        Link::Connecting => Some("Connecting"),
        Link::Down => Some("No connection"),
        Link::Unknown => None,
    };
    let down = trend(view, &[Series::Down]);
    // The plan is the question, once the line is up: measured just now, or today.
    let measured = down.as_ref().and_then(|line| line.points.last().copied()).filter(|_| internet.link == Link::Up);
    let note = match (internet.link, number(&internet.uptime), text(&internet.error)) {
        (Link::Up, Some(seconds), _) => format!("For {}", duration(seconds as u64)),
        (Link::Down | Link::Connecting, _, Some(error)) => error.to_owned(),
        _ => text(&internet.ipv4).unwrap_or_default().to_owned(),
    };
    let at = internet.status.as_ref().and_then(|status| status.at);
    let (value, unit, at) = match measured {
        Some((at, kbit)) => {
            let unit = view
                .plan
                .kbit(false)
                .map_or_else(|| "Mbit/s".to_owned(), |plan| format!("of {} Mbit/s", grouped(u64::from(plan / 1000))));
            (Some(decimal(kbit / 1000.0, 0)), unit, Some(at))
        }
        None => (value.map(str::to_owned), String::new(), at),
    };
    Tile {
        label: "Internet",
        icon: "globe",
        tone,
        state: state.to_owned(),
        value,
        unit,
        note,
        at,
        trend: down.or_else(|| trend(view, &[Series::Latency])),
        href: "#connection-h",
    }
}

fn line(view: &DeviceView) -> Tile {
    let line = &view.health.line;
    let (tone, state) = mark(view, Cause::Line, ["Good", "Uneasy", "Poor"]);
    let at = |read: &Number| read.as_ref().and_then(|read| read.at);
    let plain = |read: &Number| number(read).map(|value| decimal(value, 1));
    let (value, unit, note, at) = match line.kind {
        LineKind::Optical => {
            let low = number(&line.rx_low).unwrap_or(-27.0);
            let high = number(&line.rx_high).unwrap_or(-8.0);
            let note = format!("Good from {} to {}", decimal(low, 0), decimal(high, 0));
            (plain(&line.rx), "dBm received", note, at(&line.rx))
        }
        LineKind::Dsl => {
            let rate = |read: &Number| number(read).map_or_else(|| "?".to_owned(), |rate| decimal(rate / 1000.0, 0));
            let note = format!("{} Mbit/s down, {} up", rate(&line.down), rate(&line.up));
            (plain(&line.margin), "dB margin", note, at(&line.margin))
        }
        LineKind::Other => (None, "", "The router does not tell of its line".to_owned(), None),
    };
    let trend = trend(view, &[Series::Light, Series::Margin]);
    Tile { label: "Line", icon: "fibre", tone, state, value, unit: unit.to_owned(), note, at, trend, href: "#line-h" }
}

fn wifi(view: &DeviceView) -> Tile {
    let radios = &view.health.radios;
    let busy = |radio: &&Radio| number(&radio.busy).unwrap_or(-1.0);
    let worst = radios.iter().max_by(|a, b| busy(a).total_cmp(&busy(b)));
    let (tone, state) = mark(view, Cause::Wifi, ["Good", "Shared", "Crowded"]);
    let (value, unit, note, at) = match worst {
        Some(radio) => {
            let channel = number(&radio.channel).map(|channel| format!("{channel:.0}"));
            let percent = number(&radio.busy).map(|busy| format!("{} %", decimal(busy, 0)));
            let at = radio.busy.as_ref().or(radio.channel.as_ref()).and_then(|read| read.at);
            match (percent, channel) {
                (Some(percent), Some(channel)) => {
                    (Some(percent), "busy", format!("{}, channel {channel}", radio.band), at)
                }
                (Some(percent), None) => (Some(percent), "busy", radio.band.clone(), at),
                (None, Some(channel)) => (Some(channel), "channel", radio.band.clone(), at),
                (None, None) => (None, "", radio.band.clone(), at),
            }
        }
        None => (None, "", "No radio is known".to_owned(), None),
    };
    // Not measured: what is not busy by nobody's word is not good.
    let measured = radios.iter().any(|radio| radio.busy.is_some() || radio.overlapping.is_some());
    let (tone, state) =
        if measured || tone != Tone::Ok { (tone, state) } else { (Tone::Off, "Not measured".to_owned()) };
    let series = match worst.map(|radio| radio.band.as_str()) {
        Some("5 GHz") => Series::Busy5,
        Some("6 GHz") => Series::Busy6,
        _ => Series::Busy24,
    };
    let trend = trend(view, &[series]);
    Tile { label: "Wi-Fi", icon: "wifi", tone, state, value, unit: unit.to_owned(), note, at, trend, href: "/wifi" }
}

fn home(view: &DeviceView) -> Tile {
    let health = &view.health;
    let weak =
        health.home.iter().filter(|one| one.active && number(&one.signal).is_some_and(|dbm| dbm < -75.0)).count();
    let weak_words = format!("{weak} weak");
    let (tone, state) = mark(view, Cause::Home, ["Good", weak_words.as_str(), weak_words.as_str()]);
    let state = if state == "0 weak" { "Disturbed".to_owned() } else { state };
    let known = !health.home.is_empty();
    let active = health.active();
    Tile {
        label: "Home",
        icon: "laptop",
        tone,
        state,
        value: known.then(|| active.to_string()),
        unit: if active == 1 { "device" } else { "devices" }.to_owned(),
        note: if known {
            format!("{} on Wi-Fi, {} on cable", health.on_wifi(), health.on_cable())
        } else {
            "None is known".to_owned()
        },
        at: health.home.iter().filter_map(|one| one.at).max(),
        trend: trend(view, &[Series::Devices]),
        href: "/network",
    }
}

fn firmware(view: &DeviceView) -> Tile {
    let router = &view.health.router;
    let (tone, state) = mark(view, Cause::Router, ["Runs well", "Uneasy", "Trouble"]);
    let uptime = number(&router.uptime);
    Tile {
        label: "Firmware",
        icon: "chip",
        tone,
        state,
        value: Some(router.firmware.clone()).filter(|firmware| !firmware.is_empty()),
        unit: String::new(),
        note: uptime.map_or_else(String::new, |seconds| format!("Running for {}", quantity(seconds, "s"))),
        at: router.uptime.as_ref().and_then(|uptime| uptime.at),
        trend: trend(view, &[Series::Memory]),
        href: "#router-h",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(values: &[f64]) -> Line {
        let points = values.iter().enumerate().map(|(n, value)| (Timestamp(n as i64 * 1000), *value)).collect();
        Line { series: Series::Busy24, points, usual: None }
    }

    #[test]
    fn a_small_chart_fills_its_box_and_no_more() {
        let (path, area) = spark(&line(&[10.0, 50.0, 90.0])).unwrap();
        assert_eq!(path, "M0.0 20.0L50.0 11.0L100.0 2.0");
        assert_eq!(area, format!("{path}L100 22L0 22z"));
    }

    #[test]
    fn what_hardly_moves_is_flat_and_two_points_are_no_chart() {
        let (path, _) = spark(&line(&[50.0, 50.1, 50.0])).unwrap();
        assert_eq!(path, "M0.0 11.2L50.0 10.8L100.0 11.2");
        assert_eq!(spark(&line(&[1.0, 2.0])), None);
        assert_eq!(spark(&line(&[])), None);
    }
}
