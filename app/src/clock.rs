//! Server time in the page: one clock, one timer, so that ages tick together and agree with the server's.

mod zone;

use crate::locale::{Locales, use_locales};
use crate::preference;
use leptos::leptos_dom::helpers::set_interval_with_handle;
use leptos::prelude::*;
use model::Timestamp;
use model::desk::Profile;
use model::locale::Locale;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use zone::{days, shift};

/// The page's clock. It shows the server's time, whatever the browser's own clock says.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    now: RwSignal<Timestamp>,
    /// The zone that the person chose: `utc`, or an IANA name.
    chosen: RwSignal<Option<String>>,
    /// The browser's own zone; `None` as long as it has not said it to this server.
    own: RwSignal<Option<String>>,
    /// How it writes them.
    locales: Locales,
}

/// Names of the cookies: of the choice, and of what the browser said.
const CHOSEN: &str = "zone";
const OWN: &str = "browser-zone";

/// What the server wrote the page with, so that the browser begins with the same.
#[derive(Clone, Serialize, Deserialize)]
struct Start {
    now: Timestamp,
    chosen: Option<String>,
    own: Option<String>,
}

impl Start {
    fn read() -> Self {
        let now = now();
        let known = |zone: &String| zone == Profile::UTC || shift(zone, now).is_some();
        let read = |name| preference::read(name).filter(|zone| zone.len() <= 64).filter(known);
        Self { now, chosen: read(CHOSEN), own: read(OWN) }
    }
}

impl Clock {
    /// Server time, ticking once a second in the browser. Tracked.
    pub fn now(self) -> Timestamp {
        self.now.get()
    }

    /// Server time, not tracked.
    pub fn now_untracked(self) -> Timestamp {
        self.now.get_untracked()
    }

    /// The exact moment in the person's zone: the one that they chose, which is named then, or the browser's own. In UTC,
    /// and saying so, if that is not known. Tracked.
    pub fn exact(self, at: Timestamp) -> String {
        let said = self.civil(at).long(self.locales.get());
        match self.chosen.get() {
            _ if self.shift(at).is_none() => format!("{said} UTC"),
            Some(zone) if zone == Profile::UTC => format!("{said} UTC"),
            Some(zone) => format!("{said}, {zone}"),
            None => said,
        }
    }

    /// `14:08:02` in the person's zone, as [`Self::exact`]. Tracked.
    pub fn time_of_day(self, at: Timestamp) -> String {
        self.civil(at).time(self.locales.get())
    }

    /// `14:08` in the person's zone, as [`Self::exact`]. Tracked.
    pub fn minute(self, at: Timestamp) -> String {
        self.civil(at).minute(self.locales.get())
    }

    /// `22 Nov` in the person's zone, as [`Self::exact`]. Tracked.
    pub fn day(self, at: Timestamp) -> String {
        self.civil(at).day(self.locales.get())
    }

    /// `2026-11-22` in the person's zone, as [`Self::exact`]. Tracked.
    pub fn date(self, at: Timestamp) -> String {
        self.civil(at).iso()
    }

    /// `2026-11-22T14:08` in the person's zone, as a field for a moment has it. Tracked.
    pub fn field(self, at: Timestamp) -> String {
        let there = self.civil(at);
        format!("{}T{:02}:{:02}", there.iso(), there.hour, there.minute)
    }

    /// The moment that such a field names. Tracked.
    pub fn of_field(self, text: &str) -> Option<Timestamp> {
        let (date, time) = text.split_once('T')?;
        let mut numbers = date.split('-').chain(time.split(':')).map(|part| part.parse::<i64>().ok());
        let mut next = || numbers.next().flatten();
        let (year, month, day, hour, minute) = (next()?, next()?, next()?, next()?, next()?);
        let there = (days(year, month, day) * 1440 + hour * 60 + minute) * 60_000;
        // Summer time may begin or end between the two: the second look has the shift of the moment itself.
        let guess = there - self.shift(Timestamp(there)).unwrap_or(0);
        Some(Timestamp(there - self.shift(Timestamp(guess)).unwrap_or(0)))
    }

    /// `14:08` in another zone; empty if there is no such one. Browser and server may know different ones, so nothing but
    /// text may depend on it. Tracked.
    pub fn time_there(self, zone: &str, at: Timestamp) -> String {
        let there = shift(zone, at).map(|shift| civil(at.0.saturating_add(shift)).minute(self.locales.get()));
        there.unwrap_or_default()
    }

    /// Whether clocks show something else in another zone at that moment. `false` if there is no such zone. Tracked.
    pub fn differs(self, zone: &str, at: Timestamp) -> bool {
        shift(zone, at).is_some_and(|there| there != self.shift(at).unwrap_or(0))
    }

    /// What the calendar shows in the person's zone.
    fn civil(self, at: Timestamp) -> Civil {
        civil(at.0.saturating_add(self.shift(at).unwrap_or(0)))
    }

    /// Milliseconds to add to UTC in the person's zone at that moment; `None`: it is not known.
    fn shift(self, at: Timestamp) -> Option<i64> {
        let of = |zone: &Option<String>| zone.as_deref().map(|zone| shift(zone, at));
        self.chosen.with(of).or_else(|| self.own.with(of)).flatten()
    }

    /// The zone that the person chose, `utc` or a name; `None`: the browser's own. Tracked.
    pub fn chosen_zone(self) -> Option<String> {
        self.chosen.get()
    }

    /// The browser's own zone, as far as it is known. Tracked.
    pub fn own_zone(self) -> Option<String> {
        self.own.get()
    }

    /// Says all times in that zone, `utc` or a name, or in the browser's own, and keeps the choice.
    pub fn choose_zone(self, zone: Option<String>) {
        preference::write(CHOSEN, zone.as_deref());
        self.chosen.set(zone);
    }
}

/// Starts the page's clock and gives it to everything below. Once, in the root, where the locales are known.
pub fn provide_clock() -> Clock {
    let Start { now: server_now, chosen, own } = SharedValue::new(Start::read).into_inner();
    let clock = Clock {
        now: RwSignal::new(server_now),
        chosen: RwSignal::new(chosen),
        own: RwSignal::new(own),
        locales: use_locales(),
    };
    provide_context(clock);
    Effect::new(move |_| {
        let ahead = server_now.0 - now().0;
        let own = zone::of_browser();
        if own != clock.own.get_untracked() {
            // From the next page on, the server writes times as this browser's clock shows them.
            preference::note(OWN, own.as_deref());
            clock.own.set(own);
        }
        let tick = move || clock.now.set(now().plus_millis(ahead));
        // Lives as long as the page.
        let _ = set_interval_with_handle(tick, Duration::from_secs(1));
    });
    clock
}

/// The page's clock.
pub fn use_clock() -> Clock {
    use_context::<Clock>().expect("App provides the clock")
}

/// This machine's own time.
pub fn now() -> Timestamp {
    #[cfg(target_arch = "wasm32")]
    let millis = js_sys::Date::now() as i64;
    #[cfg(not(target_arch = "wasm32"))]
    let millis = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    Timestamp(millis)
}

/// `2026-11-22T14:08:02Z`, for the `datetime` attribute.
pub fn iso(at: Timestamp) -> String {
    let c = civil(at.0);
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Civil {
    year: i64,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

impl Civil {
    fn time(self, locale: Locale) -> String {
        locale.time(self.hour, self.minute, Some(self.second))
    }

    fn minute(self, locale: Locale) -> String {
        locale.time(self.hour, self.minute, None)
    }

    fn day(self, locale: Locale) -> String {
        locale.day(self.month, self.day)
    }

    /// `2026-11-22`: as fields have it.
    fn iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    fn long(self, locale: Locale) -> String {
        format!("{}, {}", locale.date(self.year, self.month, self.day), self.time(locale))
    }
}

/// Days to civil date by Howard Hinnant's algorithm, valid for all years that milliseconds can name.
fn civil(millis: i64) -> Civil {
    let seconds = millis.div_euclid(1000);
    let z = seconds.div_euclid(86_400) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    Civil {
        year: yoe + era * 400 + i64::from(month <= 2),
        month: month as u8,
        day: (doy - (153 * mp + 2) / 5 + 1) as u8,
        hour: (seconds.rem_euclid(86_400) / 3600) as u8,
        minute: (seconds.rem_euclid(3600) / 60) as u8,
        second: seconds.rem_euclid(60) as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_said_by_the_calendar() {
        let long = |millis| civil(millis).long(Locale::British);
        assert_eq!(long(0), "1 Jan 1970, 00:00:00");
        assert_eq!(long(1_795_356_482_999), "22 Nov 2026, 14:08:02");
        assert_eq!(long(1_709_210_096_000), "29 Feb 2024, 12:34:56");
        assert_eq!(long(-1), "31 Dec 1969, 23:59:59");
        assert_eq!(iso(Timestamp(1_795_356_482_000)), "2026-11-22T14:08:02Z");
    }
    #[cfg(feature = "ssr")]
    #[test]
    fn times_are_in_the_zone_of_the_person() {
        let owner = Owner::new();
        owner.set();
        let at = Timestamp(1_795_356_482_000);
        let clock = |chosen: Option<&str>, own: Option<&str>| Clock {
            now: RwSignal::new(at),
            chosen: RwSignal::new(chosen.map(str::to_owned)),
            own: RwSignal::new(own.map(str::to_owned)),
            locales: Locales::of(Locale::British),
        };
        let berlin = clock(None, Some("Europe/Berlin"));
        assert_eq!(berlin.exact(at), "22 Nov 2026, 15:08:02");
        assert_eq!((berlin.time_of_day(at), berlin.day(at)), ("15:08:02".into(), "22 Nov".into()));
        assert_eq!(clock(None, None).exact(at), "22 Nov 2026, 14:08:02 UTC");
        assert_eq!(clock(Some("utc"), Some("Europe/Berlin")).exact(at), "22 Nov 2026, 14:08:02 UTC");
        let tokyo = clock(Some("Asia/Tokyo"), Some("Europe/Berlin"));
        assert_eq!((tokyo.exact(at), tokyo.day(at)), ("22 Nov 2026, 23:08:02, Asia/Tokyo".into(), "22 Nov".into()));
        // What a field says is read again as the same moment, in summer and in winter.
        for at in [1_795_356_480_000, 1_782_000_000_000].map(Timestamp) {
            for clock in [berlin, tokyo, clock(None, None)] {
                assert_eq!(clock.of_field(&clock.field(at)), Some(at));
            }
        }
        assert_eq!(berlin.field(at), "2026-11-22T15:08");
        assert_eq!(berlin.of_field("tomorrow"), None);
        // The subscriber's, where it is another.
        assert!(berlin.differs("Europe/Lisbon", at) && !berlin.differs("Europe/Paris", at));
        assert!(!berlin.differs("Moon/Base", at) && berlin.time_there("Moon/Base", at).is_empty());
        assert_eq!(berlin.time_there("Europe/Lisbon", at), "14:08");
        // And as they write it.
        let german = Clock { locales: Locales::of(Locale::German), ..berlin };
        assert_eq!((german.exact(at), german.day(at)), ("22.11.2026, 15:08:02".into(), "22.11.".into()));
        let american = Clock { locales: Locales::of(Locale::American), ..clock(Some("utc"), None) };
        assert_eq!(american.exact(at), "Nov 22, 2026, 2:08:02\u{a0}PM UTC");
        assert_eq!(american.time_there("Asia/Tokyo", at), "11:08\u{a0}PM");
    }
}
