//! Where the window is open, and what limits the campaign has.

use super::super::words::{clock_text, days, hours, percent, routers};
use super::Here;
use super::limits::ChangeLimits;
use crate::clock::use_clock;
use crate::components::{Status, Tone};
use crate::locale::grouped;
use leptos::prelude::*;
use model::campaign::{CampaignPlan, Limit, Window, ZoneView};
use model::time::duration;
use std::cmp::Ordering;

/// Zones that are listed; the rest is a number.
const ZONES: usize = 8;

#[component]
pub fn Windows() -> impl IntoView {
    let here = expect_context::<Here>();
    let window = here.part(|view| view.plan.window.clone());
    let zones = here.part(|view| view.zones.clone());
    let zones = Memo::new(move |_| zones.get().unwrap_or_default());
    let ended = here.part(|view| view.state.ended());
    let names = move || zones.with(|zones| zones.iter().take(ZONES).map(|zone| zone.zone.clone()).collect::<Vec<_>>());
    let state = move || {
        let open = zones.with(|zones| zones.iter().filter(|zone| zone.open).count());
        let all = zones.with(Vec::len);
        match (open, all) {
            (0, _) => (Tone::Off, "Closed".to_owned()),
            (open, all) if open == all => (Tone::Ok, "Open".to_owned()),
            (open, all) => (Tone::Ok, format!("Open in {open} of {all} zones")),
        }
    };
    let state = Memo::new(move |_| state());
    let text = move || match window.get().flatten() {
        None => "At any time of the day".to_owned(),
        Some(window) => {
            format!("{}, {}, where the subscriber lives", hours(Some((window.from, window.to))), days(&window))
        }
    };
    let frozen = move || {
        let days = window.get().flatten().map(|window| window.blackouts).unwrap_or_default();
        (!days.is_empty()).then(|| {
            let span =
                |(from, to): &(String, String)| if from == to { from.clone() } else { format!("{from} to {to}") };
            format!("Not on {}.", days.iter().map(span).collect::<Vec<_>>().join(", "))
        })
    };
    let rest = move || zones.with(Vec::len).saturating_sub(ZONES);
    view! {
        <section class="card" aria-labelledby="window-h">
            <div class="card__head">
                <h2 id="window-h">"Window"</h2>
                <Show when=move || ended.get() == Some(false) && zones.with(|zones| !zones.is_empty())>
                    <Status
                        class="status--text"
                        tone=Signal::derive(move || state.get().0)
                        icon=Signal::stored("clock")
                        label=Signal::derive(move || state.get().1)
                    />
                </Show>
            </div>
            <div class="card__body stack stack--sm">
                <p class="muted">{text}</p>
                {move || frozen().map(|text| view! { <p class="muted">{text}</p> })}
                <Show when=move || ended.get() == Some(false) && window.get().flatten().is_some()>
                    <ul class="windows">
                        <For each=names key=Clone::clone let:zone>
                            <Zone name=zone zones window=Memo::new(move |_| window.get().flatten()) />
                        </For>
                    </ul>
                    {move || (rest() > 0).then(|| view! { <p class="muted">{format!("and {} more zones", rest())}</p> })}
                </Show>
            </div>
        </section>
    }
}

/// The part of a day, in percent.
fn part(minutes: u16) -> f64 {
    f64::from(minutes) * 100.0 / 1440.0
}

/// The bars of a window in a day: two if it goes over midnight. Each from the left and from the right, in percent.
fn bars(window: &Window) -> Vec<(f64, f64)> {
    let (from, to) = (part(window.from), part(window.to));
    match window.from.cmp(&window.to) {
        Ordering::Equal => vec![(0.0, 0.0)],
        Ordering::Less => vec![(from, 100.0 - to)],
        Ordering::Greater => vec![(0.0, 100.0 - to), (from, 0.0)],
    }
}

#[component]
fn Zone(name: String, zones: Memo<Vec<ZoneView>>, window: Memo<Option<Window>>) -> impl IntoView {
    let clock = use_clock();
    let zone = {
        let name = name.clone();
        Memo::new(move |_| zones.with(|zones| zones.iter().find(|zone| zone.zone == name).cloned()))
    };
    let devices = move || zone.get().map(|zone| routers(zone.devices));
    let time = {
        let name = name.clone();
        Memo::new(move |_| clock.time_there(&name, clock.now()))
    };
    let at = move || {
        let minutes = time.with(|time| {
            let (hour, minute) = time.split_once(':')?;
            Some(hour.parse::<u16>().ok()? * 60 + minute.parse::<u16>().ok()?)
        });
        format!("--x:{:.1}%", part(minutes.unwrap_or(0)))
    };
    let turns = move || {
        let Some(zone) = zone.get() else { return String::new() };
        let left = zone.turns_at.map(|at| duration(((at.since(clock.now()) / 60_000).max(1) * 60) as u64));
        match (zone.open, left) {
            (true, Some(left)) => format!(" closes in {left}"),
            (true, None) => " open".to_owned(),
            (false, Some(left)) => format!(" opens in {left}"),
            (false, None) => " does not open again".to_owned(),
        }
    };
    let bars = move || {
        let bars = window.get().map(|window| bars(&window)).unwrap_or_default();
        bars.into_iter().map(|(a, b)| view! { <span style=format!("--a:{a:.1}%;--b:{b:.1}%")></span> }).collect_view()
    };
    view! {
        <li>
            <span><b><bdi>{name}</bdi></b><small>{devices}</small></span>
            <span class="windows__bar" aria-hidden="true">
                {bars}
                <i style=at></i>
            </span>
            <small class="windows__t"><b>{time}</b>{turns}</small>
        </li>
    }
}

/// `above 2 %, from 3 on`.
fn limit(limit: &Limit, of: &str) -> String {
    format!("above {} {of}, from {} on", percent(limit.percent), grouped(u64::from(limit.count)))
}

#[component]
pub fn Limits() -> impl IntoView {
    let here = expect_context::<Here>();
    let plan = here.part(|view| view.plan.clone());
    let line = |label: &'static str, text: String| view! { <div><dt>{label}</dt><dd>{text}</dd></div> };
    let lines = move || {
        let plan = plan.get()?;
        Some(limit_lines(&plan).into_iter().map(|(label, text)| line(label, text)).collect_view())
    };
    view! {
        <section class="card" aria-labelledby="limits-h">
            <div class="card__head"><h2 id="limits-h">"Limits"</h2><ChangeLimits /></div>
            <div class="card__body"><dl class="kv kv--2">{lines}</dl></div>
        </section>
    }
}

/// What limits a plan has, in words.
pub fn limit_lines(plan: &CampaignPlan) -> Vec<(&'static str, String)> {
    let minutes = |minutes: u32| duration(u64::from(minutes) * 60);
    let thresholds = &plan.thresholds;
    let pace = &plan.pace;
    let ramp = pace.ramp_from.map(|from| format!(", from {} on, doubling every 10 min", grouped(u64::from(from))));
    let mut lines = vec![
        ("Pauses itself", limit(&thresholds.pause, "failed")),
        ("And", limit(&thresholds.lost, "never back")),
        ("Ends itself", limit(&thresholds.abort, "failed")),
        ("Judged", format!("in each stage and model, from {} finished on", grouped(u64::from(thresholds.min_sample)))),
        ("At once", routers(pace.at_once)),
        ("Per minute", format!("{} starts{}", grouped(u64::from(pace.per_minute)), ramp.unwrap_or_default())),
    ];
    if let Some(megabits) = pace.megabits {
        lines.push(("Downloads", format!("{} Mbit/s for all together", grouped(u64::from(megabits)))));
    }
    let patience = &plan.patience;
    lines.push(("Tries", format!("{}, {} a night", patience.tries, patience.tries_a_night)));
    lines.push(("Time for one", minutes(patience.finish_minutes)));
    if patience.healthy_minutes > 0 {
        lines.push(("Watched", format!("{} before it counts", minutes(patience.healthy_minutes))));
    }
    if let Some(window) = &plan.window {
        lines.push(("Window", format!("{} to {}, {}", clock_text(window.from), clock_text(window.to), days(window))));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_over_midnight_has_two_bars() {
        let drawn = |from, to| bars(&Window { from, to, ..Window::default() });
        assert_eq!(drawn(0, 720), [(0.0, 50.0)]);
        assert_eq!(drawn(1080, 360), [(0.0, 75.0), (75.0, 0.0)]);
        assert_eq!(drawn(60, 60), [(0.0, 0.0)]);
    }
}
