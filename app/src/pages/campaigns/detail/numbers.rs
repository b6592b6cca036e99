//! How fast it goes, and how many fail: a number, a chart, and the numbers of the chart as a table.

use super::super::words::{failure_tone, moment, percent};
use super::Here;
use crate::clock::use_clock;
use crate::components::{Icon, Status, Tone};
use crate::locale::grouped;
use leptos::prelude::*;
use model::Timestamp;
use model::campaign::{CampaignState, CampaignView, RatePoint, StageState};
use model::time::duration;
use std::fmt::Write as _;

/// Minutes that a chart shows.
const SHOWN: i64 = 120;
const MINUTE: i64 = 60_000;

/// The last two hours in which something happened, minute by minute: one that is not in the list had nothing.
fn minutes(view: &CampaignView) -> Vec<RatePoint> {
    let Some(last) = view.rate.last() else { return Vec::new() };
    let running = view.state == CampaignState::Running;
    let end = if running { last.at.0.max(view.now.0 / MINUTE * MINUTE) } else { last.at.0 };
    let first = view.rate.iter().map(|point| point.at.0).find(|at| *at > end - SHOWN * MINUTE).unwrap_or(end);
    // From the minute before, so that what began in the first one rises from nothing.
    let points = (first - MINUTE..=end).step_by(MINUTE as usize);
    points
        .map(|at| {
            let known = view.rate.iter().find(|point| point.at.0 == at).copied();
            known.unwrap_or(RatePoint { at: Timestamp(at), ..RatePoint::default() })
        })
        .collect()
}

/// Share of the failed in all that finished since the chart begins; `None` before the first.
fn shares(points: &[RatePoint]) -> Vec<Option<f64>> {
    let (mut failed, mut finished) = (0_u32, 0_u32);
    points
        .iter()
        .map(|point| {
            failed += point.failed;
            finished += point.failed + point.succeeded;
            (finished > 0).then(|| f64::from(failed) * 100.0 / f64::from(finished))
        })
        .collect()
}

/// Lines of a chart: a gap is a gap.
fn path(values: &[Option<f64>], top: f64) -> String {
    let mut path = String::new();
    let step = 100.0 / (values.len().max(2) - 1) as f64;
    let mut open = false;
    for (at, value) in values.iter().enumerate() {
        let Some(value) = value else {
            open = false;
            continue;
        };
        let y = 100.0 - 100.0 * value / top;
        // Writing to a String cannot fail.
        let _ = write!(path, "{}{:.2} {y:.2}", if open { 'L' } else { 'M' }, at as f64 * step);
        open = true;
    }
    path
}

#[component]
fn Chart(
    values: Signal<Vec<Option<f64>>>,
    from: Signal<Option<Timestamp>>,
    to: Signal<Option<Timestamp>>,
    /// The highest value that fits.
    top: Signal<f64>,
    limit: Signal<Option<f64>>,
    /// What it says, in a sentence.
    says: Signal<String>,
    class: &'static str,
    area: bool,
) -> impl IntoView {
    let clock = use_clock();
    let y = move |value: f64| format!("{:.2}", 100.0 - 100.0 * value / top.get());
    let line = move || values.with(|values| path(values, top.get()));
    let filled = move || {
        let line = line();
        if line.is_empty() { line } else { format!("{line}L100 100L0 100z") }
    };
    let axis = move |share: f64| {
        move || {
            let value = top.get() * share;
            if value >= 10.0 || value == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
        }
    };
    let time = move |at: Option<Timestamp>| {
        at.map(|at| clock.time_of_day(at).get(..5).unwrap_or_default().to_owned()).unwrap_or_default()
    };
    let dot = move || {
        let last = values.with(|values| values.last().copied().flatten())?;
        Some(format!("--x:100%;--y:{}%", y(last)))
    };
    view! {
        <div class="chart" style="--h:96px">
            <div class="chart__y" aria-hidden="true">
                <span>{axis(1.0)}</span>
                <span>{axis(0.5)}</span>
                <span>"0"</span>
            </div>
            <div class="chart__plot">
                <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=move || says.get()>
                    <line class="chart__base" x1="0" x2="100" y1="100" y2="100"></line>
                    <line class="chart__grid" x1="0" x2="100" y1="50" y2="50"></line>
                    <line class="chart__grid" x1="0" x2="100" y1="0" y2="0"></line>
                    {area.then(|| view! { <path class=format!("chart__area {class}") d=filled></path> })}
                    <path class=format!("chart__line {class}") d=line></path>
                    {move || limit.get().map(|limit| view! { <line class="chart__limit" x1="0" x2="100" y1=y(limit) y2=y(limit)></line> })}
                </svg>
                {move || dot().map(|style| view! { <i class=format!("chart__dot {class}") style=style></i> })}
            </div>
            <div class="chart__x" aria-hidden="true">
                <span>{move || time(from.get())}</span>
                <span>{move || time(to.get())}</span>
            </div>
        </div>
    }
}

#[component]
pub fn Speed() -> impl IntoView {
    let here = expect_context::<Here>();
    let clock = use_clock();
    let points = here.part(minutes);
    let points = Memo::new(move |_| points.get().unwrap_or_default());
    let cap = here.part(|view| (view.plan.pace.per_minute, view.plan.pace.at_once));
    let under_way = here.part(|view| view.tally().in_flight());
    // The minute that is not over says too little.
    let rate = Memo::new(move |_| {
        points.with(|points| points.iter().rev().nth(1).or_else(|| points.last()).map_or(0, |point| point.started))
    });
    let values = Signal::derive(move || {
        points.with(|points| points.iter().map(|point| Some(f64::from(point.started))).collect::<Vec<_>>())
    });
    let most = Memo::new(move |_| points.with(|points| points.iter().map(|point| point.started).max().unwrap_or(0)));
    let top = Signal::derive(move || f64::from(most.get().max(1)) * 1.15);
    let says = Signal::derive(move || {
        format!(
            "Starts in a minute: {} lately, {} at most",
            grouped(u64::from(rate.get())),
            grouped(u64::from(most.get()))
        )
    });
    let first = Signal::derive(move || points.with(|points| points.first().map(|point| point.at)));
    let last = Signal::derive(move || points.with(|points| points.last().map(|point| point.at)));
    let ends = here.part(|view| (view.stage_ends_at, view.current_stage(), view.usual_ms));
    let foot = move || {
        let (ends_at, stage, usual) = ends.get().unwrap_or_default();
        let mut said = Vec::new();
        if let (Some(at), Some(stage)) = (ends_at, stage) {
            said.push(format!("Stage {} ends about {}.", stage + 1, moment(clock, at)));
        }
        if let Some(usual) = usual {
            said.push(format!("Half of the routers took {} at most.", duration((usual / 1000).max(1) as u64)));
        }
        said.join(" ")
    };
    view! {
        <section class="card" aria-labelledby="speed-h">
            <div class="card__head"><h2 id="speed-h">"Speed"</h2></div>
            <div class="card__body stack stack--sm">
                <div class="bignum">
                    {move || grouped(u64::from(rate.get()))}
                    <small>
                        {move || {
                            let (per_minute, _) = cap.get().unwrap_or_default();
                            format!(" starts per minute, at most {}", grouped(u64::from(per_minute)))
                        }}
                    </small>
                </div>
                <p class="muted">
                    {move || {
                        let (_, at_once) = cap.get().unwrap_or_default();
                        format!("{} under way, {} at once", grouped(u64::from(under_way.get().unwrap_or(0))), grouped(u64::from(at_once)))
                    }}
                </p>
                <Show
                    when=move || points.with(|points| !points.is_empty())
                    fallback=|| view! { <p class="muted">"No router has begun yet."</p> }
                >
                    <Chart values from=first to=last top limit=Signal::stored(None) says class="c-1" area=true />
                    <Table points />
                </Show>
                <p class="muted">{foot}</p>
            </div>
        </section>
    }
}

#[component]
pub fn Failures() -> impl IntoView {
    let here = expect_context::<Here>();
    let points = here.part(minutes);
    let points = Memo::new(move |_| points.get().unwrap_or_default());
    let limit = here.part(|view| view.plan.thresholds.pause.percent);
    let limit = Memo::new(move |_| limit.get().unwrap_or(0.0));
    let state = here.part(|view| {
        // Limits are held against each stage: of the one that runs, else of the last that did anything.
        let at = view.current_stage().or_else(|| view.stages.iter().rposition(|stage| stage.tally.finished() > 0));
        let stage = at.and_then(|at| view.stages.get(at));
        let tally = stage.map(|stage| stage.tally).unwrap_or_default();
        let passed = stage.is_some_and(|stage| stage.state == StageState::Failed);
        (at, failure_tone(&tally, view.plan.thresholds.pause.percent), tally.finished(), passed)
    });
    let word = move || {
        let (_, tone, ..) = state.get()?;
        Some(match tone?.0 {
            Tone::Bad => (Tone::Bad, "Above the limit"),
            Tone::Warn => (Tone::Warn, "Near the limit"),
            _ => (Tone::Ok, "Under the limit"),
        })
    };
    let number = move || {
        let share = state.get().and_then(|(_, tone, ..)| tone).map(|(_, share)| percent(share));
        share.unwrap_or_else(|| "No data yet".to_owned())
    };
    let of = move || {
        let (at, tone, ..) = state.get()?;
        let limit = percent(limit.get());
        Some(match (at, tone) {
            (Some(at), Some(_)) => format!(" of stage {}, pauses itself above {limit}", at + 1),
            _ => format!(" pauses itself above {limit}"),
        })
    };
    let values = Signal::derive(move || points.with(|points| shares(points)));
    let most = Memo::new(move |_| values.with(|values| values.iter().flatten().copied().fold(0.0, f64::max)));
    let top = Signal::derive(move || (most.get().max(limit.get()) * 1.25).clamp(1.0, 100.0));
    let says = Signal::derive(move || {
        let now = values.with(|values| values.last().copied().flatten()).unwrap_or(0.0);
        format!(
            "Share of failures: {} at last, {} at most, limit {}",
            percent(now),
            percent(most.get()),
            percent(limit.get())
        )
    });
    let first = Signal::derive(move || points.with(|points| points.first().map(|point| point.at)));
    let last = Signal::derive(move || points.with(|points| points.last().map(|point| point.at)));
    view! {
        <section class="card" aria-labelledby="fail-h">
            <div class="card__head">
                <h2 id="fail-h">"Failures"</h2>
                {move || word().map(|(tone, word)| view! { <Status tone=tone label=word class="status--text" /> })}
            </div>
            <div class="card__body stack stack--sm">
                <div class="bignum">{number} <small>{of}</small></div>
                <p class="muted">
                    {move || format!("{} of this stage have finished", grouped(u64::from(state.get().map_or(0, |state| state.2))))}
                </p>
                <Show
                    when=move || values.with(|values| values.iter().any(Option::is_some))
                    fallback=|| view! { <p class="muted">"No router has finished yet."</p> }
                >
                    <Chart values from=first to=last top limit=Signal::derive(move || Some(limit.get())) says class="c-4" area=false />
                    <p class="muted">"Of those that finished in the time shown."</p>
                </Show>
            </div>
        </section>
    }
}

/// What the charts show, as text.
#[component]
fn Table(points: Memo<Vec<RatePoint>>) -> impl IntoView {
    let clock = use_clock();
    let rows = move || {
        let row = |point: RatePoint| {
            let at = point.at;
            view! {
                <tr>
                    <th scope="row">{move || clock.time_of_day(at).get(..5).unwrap_or_default().to_owned()}</th>
                    <td class="num">{point.started}</td>
                    <td class="num">{point.succeeded}</td>
                    <td class="num">{point.failed}</td>
                </tr>
            }
        };
        let busy = |point: &RatePoint| point.started + point.succeeded + point.failed > 0;
        points.get().into_iter().rev().filter(busy).map(row).collect_view()
    };
    view! {
        <details class="details">
            <summary><Icon name="chevron-right" />"The numbers"</summary>
            <div class="table-scroll table-scroll--short" tabindex="0" role="region" aria-label="The numbers, scrollable table">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Minute"</th>
                            <th scope="col" class="num">"Started"</th>
                            <th scope="col" class="num">"Verified"</th>
                            <th scope="col" class="num">"Failed"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_breaks_where_nothing_is_known() {
        let drawn = path(&[Some(0.0), Some(50.0), None, Some(100.0)], 100.0);
        assert_eq!(drawn, "M0.00 100.00L33.33 50.00M100.00 0.00");
        assert_eq!(path(&[], 1.0), "");
        assert_eq!(path(&[Some(1.0)], 1.0), "M0.00 0.00");
    }

    #[test]
    fn shares_are_of_all_that_finished_until_then() {
        let point = |succeeded, failed| RatePoint { succeeded, failed, ..RatePoint::default() };
        let found = shares(&[point(0, 0), point(3, 1), point(4, 0)]);
        assert_eq!(found, [None, Some(25.0), Some(12.5)]);
    }
}
