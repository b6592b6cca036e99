//! What is kept of a device's numbers, when it is read.

use crate::aliases::Resolver;
use crate::health::health;
use model::Timestamp;
use model::diagnostic::Found;
use model::health::{Number, Read};
use model::history::{History, Line, Period, Sample, Series};
use model::task::TaskOutcome;
use store::{DeviceRecord, Tree};

/// Values that were read longer ago than this are no news, in milliseconds.
const NEWS: i64 = 60_000;
/// Points of one line that are sent to a page.
const POINTS: usize = 400;
/// Days that samples are kept.
pub(crate) const KEPT_DAYS: i64 = 31;

/// The numbers of a tree that were read just now.
pub(crate) fn samples(record: &DeviceRecord, tree: &Tree, now: Timestamp) -> Vec<Sample> {
    let health = health(&Resolver::of(record, tree), record);
    let mut samples = Vec::new();
    let mut add = |series: Series, read: &Number| {
        if let Some(Read { value, at: Some(at), .. }) = read
            && now.since(*at) < NEWS
        {
            samples.push(Sample { series, at: *at, value: *value });
        }
    };
    for radio in &health.radios {
        match radio.band.as_str() {
            "2.4 GHz" => add(Series::Busy24, &radio.busy),
            "5 GHz" => add(Series::Busy5, &radio.busy),
            "6 GHz" => add(Series::Busy6, &radio.busy),
            _ => {}
        }
    }
    add(Series::Light, &health.line.rx);
    add(Series::Margin, &health.line.margin);
    add(Series::Memory, &health.router.memory_used);
    if let Some(at) = health.home.iter().filter_map(|one| one.at).max() {
        let read = Read { value: health.active() as f64, at: Some(at), path: String::new() };
        add(Series::Devices, &Some(read));
    }
    samples
}

/// The numbers of a test that has ended.
pub(crate) fn measured(outcome: &TaskOutcome, now: Timestamp) -> Option<Sample> {
    let TaskOutcome::Diagnosed { result } = outcome else { return None };
    let (series, value) = match &result.found {
        Found::Speed(speed) => {
            let series = if speed.up { Series::Up } else { Series::Down };
            (series, speed.bits_per_second? as f64 / 1000.0)
        }
        Found::Ping(times) => (Series::Latency, times.average_us? as f64 / 1000.0),
        _ => return None,
    };
    Some(Sample { series, at: now, value })
}

/// The lines of the last 24 hours, with few points: for a look in passing.
pub(crate) fn trends(samples: &[Sample], now: Timestamp) -> Vec<Line> {
    const FEW: usize = 48;
    let mut lines = history(samples, &[], Period::Day, now).lines;
    for line in &mut lines {
        line.points = thinned(std::mem::take(&mut line.points), FEW);
    }
    lines
}

/// The span in which a device was away, if it comes back only now.
pub(crate) fn away(record: &DeviceRecord, now: Timestamp) -> Option<Sample> {
    let was_seen = record.last_inform != Timestamp(0);
    (was_seen && now >= record.overdue_at && now > record.last_inform).then(|| Sample {
        series: Series::Offline,
        at: now,
        value: (now.since(record.last_inform) / 1000) as f64,
    })
}

/// The history of a period, from samples of at least that period, oldest first.
pub(crate) fn history(samples: &[Sample], boots: &[Timestamp], period: Period, now: Timestamp) -> History {
    let from = now.plus_seconds(-period.seconds());
    let mut lines = Vec::new();
    for series in Series::ALL.iter().copied().filter(|series| *series != Series::Offline) {
        let all: Vec<(Timestamp, f64)> =
            samples.iter().filter(|one| one.series == series).map(|one| (one.at, one.value)).collect();
        let (before, shown): (Vec<_>, Vec<_>) = all.into_iter().partition(|(at, _)| *at < from);
        if !shown.is_empty() {
            let usual = middle(if before.len() >= 3 { &before } else { &shown });
            lines.push(Line { series, points: thinned(shown, POINTS), usual });
        }
    }
    let offline = samples.iter().filter(|one| one.series == Series::Offline && one.at >= from);
    let offline = offline.map(|one| (one.at.plus_seconds(-(one.value as i64)).max(from), one.at)).collect();
    let boots = boots.iter().copied().filter(|at| *at >= from).collect();
    History { from, to: now, lines, offline, boots }
}

fn middle(points: &[(Timestamp, f64)]) -> Option<f64> {
    let mut values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// At most so many points, the last one among them.
fn thinned(points: Vec<(Timestamp, f64)>, most: usize) -> Vec<(Timestamp, f64)> {
    let step = points.len().div_ceil(most).max(1);
    let last = points.len().saturating_sub(1);
    points
        .into_iter()
        .enumerate()
        .filter(|(index, _)| (last - index).is_multiple_of(step))
        .map(|(_, point)| point)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000_000);

    fn sample(series: Series, seconds_ago: i64, value: f64) -> Sample {
        Sample { series, at: NOW.plus_seconds(-seconds_ago), value }
    }

    #[test]
    fn a_period_shows_its_own_and_knows_what_is_usual() {
        let samples = [
            sample(Series::Busy24, 200_000, 30.0),
            sample(Series::Busy24, 190_000, 32.0),
            sample(Series::Busy24, 180_000, 34.0),
            sample(Series::Busy24, 600, 87.0),
            sample(Series::Offline, 300, 120.0),
        ];
        let history = history(&samples, &[NOW.plus_seconds(-90_000), NOW.plus_seconds(-60)], Period::Day, NOW);
        assert_eq!(history.lines.len(), 1);
        assert_eq!(history.lines[0].points, [(NOW.plus_seconds(-600), 87.0)]);
        assert_eq!(history.lines[0].usual, Some(32.0));
        assert_eq!(history.offline, [(NOW.plus_seconds(-420), NOW.plus_seconds(-300))]);
        assert_eq!(history.boots, [NOW.plus_seconds(-60)]);
    }

    #[test]
    fn long_lines_are_thinned_and_keep_their_end() {
        let points: Vec<_> = (0..5000).map(|n| (Timestamp(n), n as f64)).collect();
        let thin = thinned(points, POINTS);
        assert!(thin.len() <= POINTS + 1, "{}", thin.len());
        assert_eq!(thin.last(), Some(&(Timestamp(4999), 4999.0)));
        assert!(thinned(Vec::new(), POINTS).is_empty());
    }
}
