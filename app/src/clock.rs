//! Server time in the page: one clock, one timer, so that ages tick together and agree with the server's.

use crate::preference;
use leptos::leptos_dom::helpers::set_interval_with_handle;
use leptos::prelude::*;
use model::Timestamp;
use std::time::Duration;

/// The page's clock. It shows the server's time, whatever the browser's own clock says.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    now: RwSignal<Timestamp>,
    /// Known in the browser only, after hydration.
    in_browser: RwSignal<bool>,
    /// The person wants all times in UTC.
    utc: RwSignal<bool>,
}

/// Name of the preference.
const ZONE: &str = "zone";

impl Clock {
    /// Server time, ticking once a second in the browser. Tracked.
    pub fn now(self) -> Timestamp {
        self.now.get()
    }

    /// Server time, not tracked.
    pub fn now_untracked(self) -> Timestamp {
        self.now.get_untracked()
    }

    /// The exact moment in the person's own zone; in UTC until the browser has taken over, or if they want it so. Tracked.
    pub fn exact(self, at: Timestamp) -> String {
        if self.is_local() { local(at) } else { format!("{} UTC", civil(at.0).long()) }
    }

    /// `14:08:02` in the person's own zone; in UTC until the browser has taken over, or if they want it so. Tracked.
    pub fn time_of_day(self, at: Timestamp) -> String {
        let shift = if self.is_local() { zone_shift(at) } else { 0 };
        civil(at.0.saturating_add(shift)).time()
    }

    /// `22 Nov` in the person's own zone; in UTC until the browser has taken over, or if they want it so. Tracked.
    pub fn day(self, at: Timestamp) -> String {
        let shift = if self.is_local() { zone_shift(at) } else { 0 };
        civil(at.0.saturating_add(shift)).day()
    }

    /// `14:08`, what time it is now in a time zone; `None` until the browser has taken over, and if it does not know the
    /// zone. Tracked.
    pub fn time_in(self, zone: &str) -> Option<String> {
        if self.in_browser.get() { time_in(self.now.get(), zone) } else { None }
    }

    /// Whether times are in the browser's zone. Tracked.
    fn is_local(self) -> bool {
        self.in_browser.get() && !self.utc.get()
    }

    /// Whether the person wants UTC. Tracked.
    pub fn is_utc(self) -> bool {
        self.utc.get()
    }

    /// Shows all times in UTC, or in the browser's own zone, and keeps the choice.
    pub fn show_utc(self, utc: bool) {
        preference::write(ZONE, utc.then_some("utc"));
        self.utc.set(utc);
    }
}

/// Starts the page's clock and gives it to everything below. Once, in the root.
pub fn provide_clock() -> Clock {
    let server_now = SharedValue::new(now).into_inner();
    let utc = preference::read(ZONE).as_deref() == Some("utc");
    let clock = Clock { now: RwSignal::new(server_now), in_browser: RwSignal::new(false), utc: RwSignal::new(utc) };
    provide_context(clock);
    Effect::new(move |_| {
        let ahead = server_now.0 - now().0;
        clock.in_browser.set(true);
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
    format!("{:04}-{:02}-{:02}T{}Z", c.year, c.month, c.day, c.time())
}

/// `14:08` in a time zone, if the browser knows it; `None` on the server.
fn time_in(at: Timestamp, zone: &str) -> Option<String> {
    #[cfg(target_arch = "wasm32")]
    {
        use js_sys::{Array, Date, Function, Object, Reflect};
        use wasm_bindgen::{JsCast, JsValue};
        let options = Object::new();
        for (name, value) in [("timeZone", zone), ("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")] {
            Reflect::set(&options, &name.into(), &value.into()).ok()?;
        }
        // Constructed by reflection: a zone that the browser does not know is an error instead of the end of the page.
        let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
        let class: Function = Reflect::get(&intl, &"DateTimeFormat".into()).ok()?.dyn_into().ok()?;
        let format = Reflect::construct(&class, &Array::of2(&"en-GB".into(), &options)).ok()?;
        let write: Function = Reflect::get(&format, &"format".into()).ok()?.dyn_into().ok()?;
        let date = Date::new(&JsValue::from_f64(at.0 as f64));
        write.call1(&JsValue::UNDEFINED, &date).ok()?.as_string()
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        let _ = (at, zone);
        None
    }
}

fn local(at: Timestamp) -> String {
    civil(at.0.saturating_add(zone_shift(at))).long()
}

/// Milliseconds to add to UTC for the person's zone at that moment (summer time included).
fn zone_shift(at: Timestamp) -> i64 {
    #[cfg(target_arch = "wasm32")]
    {
        let date = js_sys::Date::new(&(at.0 as f64).into());
        -(date.get_timezone_offset() as i64) * 60_000
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        let _ = at;
        0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Civil {
    year: i64,
    month: u8,
    day: u8,
    seconds: i64,
}

impl Civil {
    fn time(self) -> String {
        format!("{:02}:{:02}:{:02}", self.seconds / 3600, self.seconds / 60 % 60, self.seconds % 60)
    }

    fn day(self) -> String {
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        format!("{} {}", self.day, MONTHS[usize::from(self.month - 1)])
    }

    fn long(self) -> String {
        format!("{} {}, {}", self.day(), self.year, self.time())
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
        seconds: seconds.rem_euclid(86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_said_by_the_calendar() {
        assert_eq!(civil(0).long(), "1 Jan 1970, 00:00:00");
        assert_eq!(civil(1_795_356_482_999).long(), "22 Nov 2026, 14:08:02");
        assert_eq!(civil(1_709_210_096_000).long(), "29 Feb 2024, 12:34:56");
        assert_eq!(civil(-1).long(), "31 Dec 1969, 23:59:59");
        assert_eq!(iso(Timestamp(1_795_356_482_000)), "2026-11-22T14:08:02Z");
    }
}
