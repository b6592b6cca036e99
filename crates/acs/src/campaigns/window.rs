//! When a window is open, by the clock at the subscriber's.
//!
//! A window is a rule about local clocks, so it is worked out on local days and only then put on the line of time: an hour that
//! the clocks skip or repeat moves no window.

use crate::zones;
use jiff::Timestamp as Instant;
use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use model::Timestamp;
use model::campaign::{CampaignPlan, Tally, Window};
use std::cmp::Ordering;
use std::collections::HashMap;

/// Days that are looked through for the next opening: the longest frozen time that makes sense, and a week.
const DAYS: i32 = 400;

/// One opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    pub opens: Timestamp,
    pub closes: Timestamp,
}

/// A window in one zone.
pub struct LocalWindow<'a> {
    window: &'a Window,
    zone: TimeZone,
}

impl<'a> LocalWindow<'a> {
    /// A zone that nobody knows is taken for the window's own.
    pub fn new(window: &'a Window, zone: &str) -> Self {
        let zone = zones::find(zone).or_else(|| zones::find(&window.zone)).unwrap_or(TimeZone::UTC);
        Self { window, zone }
    }

    /// The opening that a moment is in, or else the next one; `None`: it never opens again.
    pub fn at_or_after(&self, at: Timestamp) -> Option<Opening> {
        let today = Instant::from_millisecond(at.0).ok()?.to_zoned(self.zone.clone()).date();
        // One that began yesterday may go on.
        let mut day = today.yesterday().ok()?;
        for _ in 0..DAYS {
            if let Some(opening) = self.on(day)
                && opening.closes > at
            {
                return Some(self.by_the_clock(opening, at));
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// An hour that the clocks show twice may lead out of a window and into it again: it is closed meanwhile.
    fn by_the_clock(&self, opening: Opening, at: Timestamp) -> Opening {
        let mut opens = opening.opens.max(at);
        while opens < opening.closes && !self.shows(opens) {
            opens = opens.plus_millis(60_000);
        }
        if opens > at { Opening { opens, ..opening } } else { opening }
    }

    /// Whether the clocks show a time inside of it.
    fn shows(&self, at: Timestamp) -> bool {
        let Ok(instant) = Instant::from_millisecond(at.0) else { return false };
        let time = instant.to_zoned(self.zone.clone()).time();
        let minute = u16::try_from(i16::from(time.hour()) * 60 + i16::from(time.minute())).unwrap_or(0);
        let (from, to) = (self.window.from, self.window.to);
        match from.cmp(&to) {
            Ordering::Less => (from..to).contains(&minute),
            Ordering::Equal => true,
            Ordering::Greater => minute >= from || minute < to,
        }
    }

    /// The opening that begins on a day.
    fn on(&self, day: Date) -> Option<Opening> {
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).ok()?;
        if !self.window.days.get(weekday).copied().unwrap_or(false) || self.is_frozen(day) {
            return None;
        }
        let (from, to) = (self.window.from, self.window.to);
        let end = if to > from { day } else { day.tomorrow().ok()? };
        // One that goes on after midnight does not go on into a frozen day.
        let to = if end != day && self.is_frozen(end) { 0 } else { to };
        let opening = Opening { opens: self.moment(day, from)?, closes: self.moment(end, to)? };
        (opening.opens < opening.closes).then_some(opening)
    }

    fn is_frozen(&self, day: Date) -> bool {
        let day = day.to_string();
        self.window.blackouts.iter().any(|(first, last)| (first.as_str()..=last.as_str()).contains(&day.as_str()))
    }

    /// A time that the clocks skip is the moment at which they do so; of one that they show twice it is the first.
    fn moment(&self, day: Date, minute: u16) -> Option<Timestamp> {
        let time = Time::new((minute / 60) as i8, (minute % 60) as i8, 0, 0).ok()?;
        let ambiguous = self.zone.to_ambiguous_timestamp(day.to_datetime(time));
        let instant = if matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
            // Read with the offset from before the gap it lies behind its end, with the other before it.
            let before = ambiguous.earlier().ok()?;
            self.zone.following(before).next()?.timestamp()
        } else {
            ambiguous.earlier().ok()?
        };
        Some(Timestamp(instant.as_millisecond()))
    }
}

/// When orders leave in the zones of a campaign, as seen at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    /// Without a window, orders leave at any time.
    any: bool,
    /// Until when they leave, in each zone whose window is open.
    closes: HashMap<i64, Timestamp>,
    /// When the window opens next, after the one that may be open now.
    nights: HashMap<i64, Timestamp>,
}

impl Hours {
    /// Until when orders leave in a zone; `None`: not now.
    pub fn closes(&self, zone: i64) -> Option<Timestamp> {
        if self.any { Some(Timestamp(i64::MAX)) } else { self.closes.get(&zone).copied() }
    }

    /// When the next night begins in a zone; without a window there are none.
    pub fn next_night(&self, zone: i64) -> Option<Timestamp> {
        self.nights.get(&zone).copied()
    }

    /// When the next night begins anywhere.
    pub fn next(&self) -> Option<Timestamp> {
        self.nights.values().min().copied()
    }
}

/// The hours of a plan in these zones. `usual_ms`: what half of its devices took; no order leaves that would probably not be done
/// before the window closes.
pub fn hours(plan: &CampaignPlan, zones: &[(i64, String, Tally)], usual_ms: Option<i64>, now: Timestamp) -> Hours {
    let Some(window) = &plan.window else { return Hours { any: true, ..Hours::default() } };
    let mut hours = Hours::default();
    for (zone, name, _) in zones {
        let local = LocalWindow::new(window, name);
        let next = match local.at_or_after(now) {
            Some(opening) if opening.opens <= now => {
                let until = opening.closes.plus_millis(-usual_ms.unwrap_or(0));
                if until > now {
                    hours.closes.insert(*zone, until);
                }
                local.at_or_after(opening.closes)
            }
            opening => opening,
        };
        hours.nights.extend(next.map(|next| (*zone, next.opens)));
    }
    hours
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    const DAY: i64 = 86_400_000;

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<Instant>().unwrap().as_millisecond())
    }

    /// Minutes after midnight that the clocks of a zone show.
    fn shown(zone: &TimeZone, at: Timestamp) -> i64 {
        let time = Instant::from_millisecond(at.0).unwrap().to_zoned(zone.clone()).time();
        i64::from(time.hour()) * 60 + i64::from(time.minute())
    }

    /// When it closes, if it is open.
    fn closes(window: &LocalWindow<'_>, at: Timestamp) -> Option<Timestamp> {
        window.at_or_after(at).filter(|opening| opening.opens <= at).map(|opening| opening.closes)
    }

    fn window(from: u16, to: u16) -> Window {
        Window { from, to, ..Window::default() }
    }

    #[test]
    fn it_opens_by_the_local_clock_whatever_the_season() {
        let night = window(60, 300);
        let berlin = LocalWindow::new(&night, "Europe/Berlin");
        // 01:00 is 00:00 UTC in winter and 23:00 UTC the day before in summer.
        let winter = berlin.at_or_after(at("2026-01-15T12:00:00Z")).unwrap();
        assert_eq!((winter.opens, winter.closes), (at("2026-01-16T00:00:00Z"), at("2026-01-16T04:00:00Z")));
        let summer = berlin.at_or_after(at("2026-07-15T12:00:00Z")).unwrap();
        assert_eq!((summer.opens, summer.closes), (at("2026-07-15T23:00:00Z"), at("2026-07-16T03:00:00Z")));
        // The night in which an hour is missing is an hour shorter, that in which one is repeated an hour longer.
        let spring = berlin.at_or_after(at("2026-03-28T12:00:00Z")).unwrap();
        assert_eq!((spring.opens, spring.closes), (at("2026-03-29T00:00:00Z"), at("2026-03-29T03:00:00Z")));
        let autumn = berlin.at_or_after(at("2026-10-24T12:00:00Z")).unwrap();
        assert_eq!((autumn.opens, autumn.closes), (at("2026-10-24T23:00:00Z"), at("2026-10-25T04:00:00Z")));
    }

    #[test]
    fn a_time_that_is_skipped_is_the_end_of_the_gap() {
        let window = window(150, 180);
        // 02:30 to 03:00 does not exist on this day: the clocks go from 02:00 to 03:00.
        let berlin = LocalWindow::new(&window, "Europe/Berlin");
        let next = berlin.at_or_after(at("2026-03-28T12:00:00Z")).unwrap();
        assert_eq!(next.opens, at("2026-03-30T00:30:00Z"), "it is left out that day");
    }

    #[test]
    fn nothing_starts_outside_whatever_the_clocks_do() {
        let zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns"];
        for (from, to) in [(60, 300), (1380, 120), (90, 150), (0, 1), (120, 121)] {
            let window = window(from, to);
            for zone in zones {
                let local = LocalWindow::new(&window, zone);
                // Around every change of the clocks of these zones in 2026.
                for day in ["2026-03-07", "2026-03-28", "2026-04-04", "2026-10-03", "2026-10-24", "2026-10-31"] {
                    let start = at(&format!("{day}T00:00:00Z"));
                    let mut open = 0;
                    for minute in 0..(3 * DAY / MINUTE) {
                        let moment = start.plus_millis(minute * MINUTE);
                        if closes(&local, moment).is_none() {
                            continue;
                        }
                        open += 1;
                        let shown = shown(&local.zone, moment);
                        let (from, to) = (i64::from(from), i64::from(to));
                        let inside = if from < to { (from..to).contains(&shown) } else { shown >= from || shown < to };
                        assert!(inside, "{zone} {from} to {to}: {shown} on {day} after {minute} min");
                    }
                    assert!(open > 0, "{zone} {from} to {to} on {day}: it opens on other days");
                }
            }
        }
    }

    #[test]
    fn days_and_frozen_days_count_where_a_window_begins() {
        let mut window = window(1380, 120);
        // Only in the night from Friday to Saturday.
        window.days = [false, false, false, false, true, false, false];
        let utc = LocalWindow::new(&window, "UTC");
        let opening = utc.at_or_after(at("2026-12-14T00:00:00Z")).unwrap();
        assert_eq!((opening.opens, opening.closes), (at("2026-12-18T23:00:00Z"), at("2026-12-19T02:00:00Z")));
        assert_eq!(closes(&utc, at("2026-12-19T01:59:00Z")), Some(opening.closes));
        assert_eq!(closes(&utc, at("2026-12-19T02:00:00Z")), None);
        window.blackouts = vec![("2026-12-18".into(), "2027-01-02".into())];
        let utc = LocalWindow::new(&window, "UTC");
        assert_eq!(utc.at_or_after(at("2026-12-14T00:00:00Z")).unwrap().opens, at("2027-01-08T23:00:00Z"));
        // The night before the first frozen day ends at midnight.
        window.blackouts = vec![("2026-12-19".into(), "2026-12-19".into())];
        let utc = LocalWindow::new(&window, "UTC");
        assert_eq!(closes(&utc, at("2026-12-18T23:30:00Z")), Some(at("2026-12-19T00:00:00Z")));
        assert_eq!(closes(&utc, at("2026-12-19T00:00:00Z")), None);
        window.blackouts = vec![("2026-01-01".into(), "2099-12-31".into())];
        assert_eq!(LocalWindow::new(&window, "UTC").at_or_after(at("2026-12-14T00:00:00Z")), None);
    }

    #[test]
    fn a_zone_that_nobody_knows_is_the_usual_one() {
        let window = Window { zone: "Asia/Kolkata".into(), ..window(60, 300) };
        let opening = LocalWindow::new(&window, "Moon/Base").at_or_after(at("2026-01-15T12:00:00Z")).unwrap();
        assert_eq!(opening.opens, at("2026-01-15T19:30:00Z"));
    }
}
