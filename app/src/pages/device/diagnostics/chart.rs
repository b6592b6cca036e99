//! Charts of results: inline SVG, stretched; labels and dots are HTML.

use crate::locale::decimal;
use leptos::prelude::*;
use model::diagnostic::PingTimes;

/// The next round number that holds all values: 1, 2 or 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    let mut step = 1.0;
    while step < value {
        for factor in [2.0, 2.5, 2.0] {
            step *= factor;
            if step >= value {
                return step;
            }
        }
    }
    step
}

/// Pings one after the other: a line from the quickest to the slowest answer, a dot at the average. One that was not
/// answered is a band.
#[component]
pub fn PingChart(
    /// Oldest first.
    runs: Vec<PingTimes>,
) -> impl IntoView {
    let ms = |micros: u64| micros as f64 / 1000.0;
    let highest = runs.iter().filter_map(|run| run.maximum_us.or(run.average_us)).max().map_or(1.0, ms);
    let top = round_up(highest.max(1.0));
    let count = runs.len().max(1) as f64;
    let x = move |index: usize| (index as f64 + 0.5) * 100.0 / count;
    let y = move |micros: u64| 100.0 - ms(micros).min(top) * 100.0 / top;
    let width = (60.0 / count).min(8.0);
    let lost = runs.iter().filter(|run| run.average_us.is_none()).count();
    let label = match (runs.len(), lost) {
        (1, 0) => format!("One ping, answers within {} milliseconds", decimal(highest, 1)),
        (n, 0) => format!("{n} pings, all answered, the slowest answer after {} milliseconds", decimal(highest, 1)),
        (n, lost) => format!("{n} pings, {lost} without an answer"),
    };
    let shapes = runs
        .iter()
        .enumerate()
        .map(|(index, run)| match (run.minimum_us, run.average_us, run.maximum_us) {
            (minimum, Some(average), maximum) => {
                let (from, to) = (y(minimum.unwrap_or(average)), y(maximum.unwrap_or(average)));
                view! {
                    <line class="chart__whisker" x1=x(index).to_string() x2=x(index).to_string() y1=from.to_string() y2=to.to_string()></line>
                }
                .into_any()
            }
            _ => view! {
                <rect class="chart__band" x=(x(index) - width / 2.0).to_string() y="0" width=width.to_string() height="100"></rect>
            }
            .into_any(),
        })
        .collect_view();
    let dots = runs
        .iter()
        .enumerate()
        .filter_map(|(index, run)| Some((index, run.average_us?)))
        .map(|(index, average)| {
            let place = format!("--x: {:.2}%; --y: {:.2}%", x(index), y(average));
            view! { <i class="chart__dot c-1" style=place></i> }
        })
        .collect_view();
    let ticks =
        [top, top / 2.0, 0.0].map(|tick| view! { <span>{decimal(tick, usize::from(tick.fract() > 0.0))}</span> });
    view! {
        <div class="chart" style="--h: 168px">
            <div class="chart__y" aria-hidden="true">{ticks.into_iter().collect_view()}</div>
            <div class="chart__plot">
                <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=label>
                    <line class="chart__base" x1="0" x2="100" y1="100" y2="100"></line>
                    <line class="chart__grid" x1="0" x2="100" y1="50" y2="50"></line>
                    <line class="chart__grid" x1="0" x2="100" y1="0" y2="0"></line>
                    {shapes}
                </svg>
                {dots}
            </div>
            <div class="chart__x" aria-hidden="true">
                <span>"earlier"</span>
                <span>"milliseconds; from the quickest to the slowest answer, a dot at the average"</span>
                <span>"now"</span>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers() {
        for (value, top) in [(0.4, 1.0), (1.0, 1.0), (1.5, 2.0), (3.0, 5.0), (9.0, 10.0), (31.0, 50.0), (88.0, 100.0)] {
            assert!((round_up(value) - top).abs() < 1e-9, "{value}: {}", round_up(value));
        }
    }
}
