//! How a few numbers went: charts with gaps as gaps, and the same numbers as a table.

use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{ErrorView, Skeleton};
use crate::locale::{decimal, quantity};
use crate::pages::device::api::load_history;
use crate::pages::device::state::DeviceState;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::Timestamp;
use model::history::{History, Line, Period};
use model::live::LiveMessage;

/// Lines that are drawn; more would not be read.
const LINES: usize = 4;
/// Cells of the strip that says when it was connected.
const CELLS: i64 = 96;

#[component]
pub fn HistoryCard() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let query = use_query_map();
    let period = Memo::new(move |_| {
        query.with(|query| query.get("period").and_then(|text| Period::parse(&text)).unwrap_or_default())
    });
    let history: Resource<Result<History, PortalError>> =
        Resource::new_blocking(move || (state.id.get(), period.get()), |(id, period)| load_history(id, period));
    // What was read just now belongs to it.
    state.on_message(move |message| {
        if matches!(message, LiveMessage::Task { task } if task.state.ended()) {
            history.refetch();
        }
    });
    let periods = move |one: Period| {
        let href = move || format!("{}?period={}", state.href(), one.as_str());
        let current = move || (period.get() == one).then_some("true");
        view! { <a href=href aria-current=current>{one.as_str()}</a> }
    };
    view! {
        <section class="card span-all" aria-labelledby="hist-h">
            <div class="card__head">
                <h2 id="hist-h">{move || period.get().label()}</h2>
                <div class="card__end">
                    <nav class="seg seg--sm" aria-label="Period">{Period::ALL.map(periods)}</nav>
                </div>
            </div>
            <Transition fallback=|| view! { <Skeleton lines=4 /> }>
                <Body history period />
            </Transition>
        </section>
    }
}

/// Below the `Transition`. What is open stays open when something new was read.
#[component]
fn Body(history: Resource<Result<History, PortalError>>, period: Memo<Period>) -> impl IntoView {
    let shown = Memo::new(move |_| history.get().map(|history| history.map(|history| !history.lines.is_empty())));
    let known = Memo::new(move |before: Option<&Option<History>>| {
        history.get().and_then(Result::ok).or_else(|| before.cloned().flatten())
    });
    move || match shown.get() {
        None => ().into_any(),
        Some(Err(error)) => view! { <ErrorView error /> }.into_any(),
        Some(Ok(some)) => view! {
            <div class="card__body history">
                {move || known.get().map(|history| view! { <Charts history period=period.get() /> })}
                {some.then(|| view! { <Numbers known /> })}
            </div>
        }
        .into_any(),
    }
}

#[component]
fn Charts(history: History, period: Period) -> impl IntoView {
    let lines: Vec<Line> = history.lines.iter().take(LINES).cloned().collect();
    let nothing = lines.is_empty();
    let span = history.to.since(history.from).max(1) as f64;
    let x = {
        let from = history.from;
        move |at: Timestamp| 100.0 * at.since(from) as f64 / span
    };
    let offline: Vec<(f64, f64)> = history.offline.iter().map(|(a, b)| (x(*a), x(*b))).collect();
    let marks: Vec<f64> = history.boots.iter().take(12).map(|at| x(*at)).collect();
    let charts = lines
        .iter()
        .cloned()
        .map(|line| {
            let (offline, marks) = (offline.clone(), marks.clone());
            view! { <Chart line from=history.from to=history.to offline marks /> }
        })
        .collect_view();
    let mut legend = Vec::new();
    if !marks.is_empty() {
        legend.push("dashed line: restart");
    }
    if !offline.is_empty() {
        legend.push("shaded: not connected");
    }
    if lines.iter().any(|line| line.usual.is_some()) {
        legend.push("dotted: usual");
    }
    let legend = (!nothing && !legend.is_empty()).then(|| format!("In the charts, {}.", legend.join(", ")));
    let (from, to) = (history.from, history.to);
    view! {
        <Connected history=history.clone() />
        {if nothing {
            view! { <p class="muted">"Nothing was read in this time. Numbers are kept whenever the router is read."</p> }
                .into_any()
        } else {
            view! {
                {charts}
                <TimeAxis from to period />
                {legend.map(|legend| view! { <p class="muted history__legend">{legend}</p> })}
            }
                .into_any()
        }}
    }
}

/// The time under the charts, once for all of them.
#[component]
fn TimeAxis(from: Timestamp, to: Timestamp, period: Period) -> impl IntoView {
    let clock = use_clock();
    let middle = from.plus_millis(to.since(from) / 2);
    let tick = move |at: Timestamp| {
        let words = move || match period {
            Period::Hour | Period::Day => clock.minute(at),
            Period::Week | Period::Month => clock.day(at),
        };
        view! { <span>{words}</span> }
    };
    view! {
        <div class="history__row" aria-hidden="true">
            <span></span>
            <div class="chart" style="--h: 0px">
                <div class="chart__y"></div>
                <div class="chart__x">{[from, middle, to].map(tick)}</div>
            </div>
        </div>
    }
}

/// Readings of each line that the table has.
const NUMBERS: usize = 200;

/// One row of the table: what, since when, until when if it lasted, and the value if it has one.
type NumberRow = (&'static str, Timestamp, Option<Timestamp>, Option<String>);

/// What the charts show, newest first: readings, and what happened between them.
fn number_rows(history: &History) -> Vec<NumberRow> {
    let readings = history.lines.iter().take(LINES).flat_map(|line| {
        let series = line.series;
        let points = line.points.iter().rev().take(NUMBERS);
        points.map(move |(at, value)| (series.label(), *at, None, Some(quantity(*value, series.unit()))))
    });
    let away = history.offline.iter().map(|(from, to)| ("Not connected", *from, Some(*to), None));
    let boots = history.boots.iter().map(|at| ("Restart", *at, None, None));
    let mut rows: Vec<NumberRow> = readings.chain(away).chain(boots).collect();
    rows.sort_by_key(|(_, at, ..)| std::cmp::Reverse(*at));
    rows
}

/// The charts as a table.
#[component]
fn Numbers(known: Memo<Option<History>>) -> impl IntoView {
    let clock = use_clock();
    let rows = Memo::new(move |_| known.with(|history| history.as_ref().map(number_rows).unwrap_or_default()));
    let cut = Memo::new(move |_| {
        known.with(|history| history.iter().flat_map(|one| &one.lines).any(|line| line.points.len() > NUMBERS))
    });
    let list = move || {
        let row = |(what, at, until, value): NumberRow| {
            let when = move || match until {
                Some(until) => format!("{} to {}", clock.exact(at), clock.exact(until)),
                None => clock.exact(at),
            };
            view! {
                <tr>
                    <th scope="row">{what}</th>
                    <td>{when}</td>
                    <td class="num">{value}</td>
                </tr>
            }
        };
        rows.get().into_iter().map(row).collect_view()
    };
    view! {
        <details>
            <summary>"The numbers"</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label="The numbers">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"What"</th>
                            <th scope="col">"When"</th>
                            <th scope="col" class="num">"Value"</th>
                        </tr>
                    </thead>
                    <tbody>{list}</tbody>
                </table>
            </div>
            <Show when=move || cut.get()>
                <p class="muted">{format!("The newest {NUMBERS} readings of each. Choose a shorter time for all of them.")}</p>
            </Show>
        </details>
    }
}

/// The strip that says when the router was connected.
#[component]
fn Connected(history: History) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let first_seen = state.part(|view| view.row.first_seen);
    let away: i64 = history.offline.iter().map(|(from, to)| to.since(*from) / 1000).sum();
    let finding = if away == 0 {
        "Connected all the time".to_owned()
    } else {
        format!("Away for {} in all", model::time::duration(away as u64))
    };
    let cell = {
        let history = history.clone();
        move |index: i64| {
            let length = history.to.since(history.from) / CELLS;
            let (from, to) = (history.from.plus_millis(index * length), history.from.plus_millis((index + 1) * length));
            let off = history.offline.iter().any(|(a, b)| *a < to && *b > from);
            let none = first_seen.get().is_some_and(|seen| to < seen);
            if off { Some("off") } else { none.then_some("none") }
        }
    };
    let cells = move || (0..CELLS).map(|index| view! { <i data-s=cell(index)></i> }).collect_view();
    view! {
        <div class="history__row">
            <span>"Connected"</span>
            <span class="uptime" role="img" aria-label=finding>{cells}</span>
        </div>
    }
}

#[component]
fn Chart(line: Line, from: Timestamp, to: Timestamp, offline: Vec<(f64, f64)>, marks: Vec<f64>) -> impl IntoView {
    let series = line.series;
    let (low, high) = bounds(&line);
    let span = to.since(from).max(1) as f64;
    let x = move |at: Timestamp| 100.0 * at.since(from) as f64 / span;
    let y = move |value: f64| 100.0 - 100.0 * (value - low) / (high - low);
    let (path, dots) = drawn(&line.points, span / 12.0, x, y);
    let last = line.points.last().map(|(at, value)| (x(*at), y(*value), *value));
    let usual = line.usual.filter(|usual| (low..=high).contains(usual)).map(y);
    let finding = finding(&line);
    let mid = f64::midpoint(low, high);
    let axis = [high, mid, low].map(|value| view! { <span>{decimal(value, 0)}</span> });
    let dot = |(x, y): (f64, f64)| {
        view! { <span class="chart__dot" style=format!("--x:{x:.2}%;--y:{y:.2}%")></span> }
    };
    view! {
        <div class="history__row">
            <span>{series.label()} <small>{series.unit()}</small></span>
            <div class="chart" style="--h: 48px">
                <div class="chart__y" aria-hidden="true">{axis}</div>
                <div class="chart__plot">
                    <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=finding>
                        <line class="chart__base" x1="0" x2="100" y1="100" y2="100"></line>
                        <line class="chart__grid" x1="0" x2="100" y1="50" y2="50"></line>
                        <line class="chart__grid" x1="0" x2="100" y1="0" y2="0"></line>
                        {offline
                            .into_iter()
                            .map(|(a, b)| {
                                view! {
                                    <rect class="chart__band" x=a.to_string() y="0" width=(b - a).max(0.4).to_string() height="100"></rect>
                                }
                            })
                            .collect_view()}
                        {usual
                            .map(|y| {
                                view! {
                                    <line class="chart__line--ghost" x1="0" x2="100" y1=y.to_string() y2=y.to_string()></line>
                                }
                            })}
                        <path class="chart__line" d=path></path>
                    </svg>
                    {marks
                        .into_iter()
                        .map(|x| {
                            view! {
                                <span class="chart__mark" style=format!("--x:{x:.2}%") title="Restart"></span>
                            }
                        })
                        .collect_view()}
                    {dots.into_iter().map(dot).collect_view()}
                    {last.map(|(x, y, _)| dot((x, y)))}
                </div>
            </div>
        </div>
    }
}

/// The axis: from 0, except for levels below it.
fn bounds(line: &Line) -> (f64, f64) {
    let values = line.points.iter().map(|(_, value)| *value);
    let (least, most) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    match line.series.unit() {
        "%" => (0.0, 100.0),
        "dBm" => ((least - 2.0).floor(), (most + 2.0).ceil()),
        _ => (0.0, (most * 1.25).ceil().max(1.0)),
    }
}

/// The path with its gaps, and the points that stand alone.
fn drawn(
    points: &[(Timestamp, f64)],
    gap: f64,
    x: impl Fn(Timestamp) -> f64,
    y: impl Fn(f64) -> f64,
) -> (String, Vec<(f64, f64)>) {
    use std::fmt::Write as _;
    let (mut path, mut alone) = (String::new(), Vec::new());
    let far = |a: usize, b: usize| points[b].0.since(points[a].0) as f64 > gap;
    for (index, (at, value)) in points.iter().enumerate() {
        let (px, py) = (x(*at), y(*value));
        let begins = index == 0 || far(index - 1, index);
        let ends = index + 1 == points.len() || far(index, index + 1);
        // Writing to a String cannot fail.
        let _ = write!(path, "{}{px:.2} {py:.2}", if begins { 'M' } else { 'L' });
        if begins && ends {
            alone.push((px, py));
        }
    }
    (path, alone)
}

/// One sentence for those who do not see the chart.
fn finding(line: &Line) -> String {
    let unit = line.series.unit();
    let last = line.points.last().map_or(0.0, |(_, value)| *value);
    let now = quantity(last, unit);
    match line.usual {
        Some(usual) if (last - usual).abs() > 0.2 * usual.abs().max(1.0) => {
            format!("{}: {now} at last, usually {}", line.series.label(), quantity(usual, unit))
        }
        _ => format!("{}: steady, {now} at last", line.series.label()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::history::Series;

    #[test]
    fn a_gap_is_a_gap() {
        let points = [0, 10, 20, 500, 900].map(|at| (Timestamp(at), at as f64));
        let (path, alone) = drawn(&points, 100.0, |at| at.0 as f64, |value| value);
        assert_eq!(path.matches('M').count(), 3);
        assert_eq!(alone.len(), 2);
    }

    #[test]
    fn the_table_says_what_the_charts_show() {
        let history = History {
            from: Timestamp(0),
            to: Timestamp(1000),
            lines: vec![Line {
                series: Series::Busy24,
                points: vec![(Timestamp(10), 30.0), (Timestamp(900), 87.0)],
                usual: None,
            }],
            offline: vec![(Timestamp(100), Timestamp(300))],
            boots: vec![Timestamp(310)],
        };
        let rows: Vec<_> = number_rows(&history).into_iter().map(|(what, at, until, _)| (what, at.0, until)).collect();
        let wanted = [
            ("2.4 GHz busy", 900, None),
            ("Restart", 310, None),
            ("Not connected", 100, Some(Timestamp(300))),
            ("2.4 GHz busy", 10, None),
        ];
        assert_eq!(rows, wanted);
    }

    #[test]
    fn the_sentence_says_what_stands_out() {
        let line = |points: &[f64], usual| Line {
            series: Series::Busy24,
            points: points.iter().map(|value| (Timestamp(0), *value)).collect(),
            usual,
        };
        assert_eq!(finding(&line(&[30.0, 87.0], Some(34.0))), "2.4 GHz busy: 87 % at last, usually 34 %");
        assert_eq!(finding(&line(&[33.0], Some(34.0))), "2.4 GHz busy: steady, 33 % at last");
    }
}
