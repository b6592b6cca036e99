//! How far time zones are from UTC: on the server by the database that comes with the product, in the browser by its own.

use model::Timestamp;
use model::desk::Profile;

/// Milliseconds to add to UTC in a zone (`utc`, or an IANA name) at a moment, summer time included; `None`: there is no
/// such zone.
pub fn shift(zone: &str, at: Timestamp) -> Option<i64> {
    if zone == Profile::UTC {
        return Some(0);
    }
    #[cfg(feature = "ssr")]
    return acs::zone_shift(zone, at);
    #[cfg(not(feature = "ssr"))]
    return browser::shift(zone, at);
}

/// The browser's own zone, if it tells; on the server `None`.
pub fn of_browser() -> Option<String> {
    #[cfg(feature = "ssr")]
    return None;
    #[cfg(not(feature = "ssr"))]
    return browser::own();
}

#[cfg(not(feature = "ssr"))]
mod browser {
    use js_sys::{Array, Date, Function, Object, Reflect};
    use model::Timestamp;
    use model::desk::is_zone_name;
    use std::cell::RefCell;
    use std::collections::HashMap;
    use wasm_bindgen::{JsCast, JsValue};

    thread_local! {
        /// What writes a moment in a zone, `None` for zones that the browser does not know: making one takes far longer
        /// than using it.
        static WRITERS: RefCell<HashMap<String, Option<Function>>> = RefCell::new(HashMap::new());
    }

    pub fn own() -> Option<String> {
        let format = format(&Object::new())?;
        let options = method(&format, "resolvedOptions")?.call0(&format).ok()?;
        Reflect::get(&options, &"timeZone".into()).ok()?.as_string().filter(|zone| is_zone_name(zone))
    }

    pub fn shift(zone: &str, at: Timestamp) -> Option<i64> {
        let write = WRITERS.with_borrow_mut(|writers| {
            if let Some(known) = writers.get(zone) {
                return known.clone();
            }
            let made = writer(zone);
            writers.insert(zone.to_owned(), made.clone());
            made
        })?;
        let date = Date::new(&JsValue::from_f64(at.0 as f64));
        let said = write.call1(&JsValue::UNDEFINED, &date).ok()?.as_string()?;
        let there = super::read(&said)?;
        Some(there - at.0.div_euclid(1000) * 1000)
    }

    fn writer(zone: &str) -> Option<Function> {
        let options = Object::new();
        let parts = [("year", "numeric"), ("month", "2-digit"), ("day", "2-digit"), ("hour", "2-digit")];
        let rest = [("minute", "2-digit"), ("second", "2-digit"), ("hourCycle", "h23"), ("timeZone", zone)];
        for (name, value) in parts.into_iter().chain(rest) {
            Reflect::set(&options, &name.into(), &value.into()).ok()?;
        }
        let format = format(&options)?;
        // A getter, whose function is bound to its object.
        method(&format, "format")
    }

    /// Constructed by reflection: a zone that the browser does not know is an error instead of the end of the page.
    fn format(options: &Object) -> Option<JsValue> {
        let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
        let class: Function = Reflect::get(&intl, &"DateTimeFormat".into()).ok()?.dyn_into().ok()?;
        Reflect::construct(&class, &Array::of2(&"en-US".into(), options)).ok()
    }

    fn method(of: &JsValue, name: &str) -> Option<Function> {
        Reflect::get(of, &name.into()).ok()?.dyn_into().ok()
    }
}

/// Milliseconds since 1970 of `11/22/2026, 14:08:02`, as if that were UTC.
#[cfg(any(test, not(feature = "ssr")))]
fn read(said: &str) -> Option<i64> {
    let mut numbers = said.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let mut next = || numbers.next()?.parse::<i64>().ok();
    let (month, day, year) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next()?);
    Some((days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second) * 1000)
}

/// Days since 1970 of a civil date, by Howard Hinnant's algorithm.
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let yoe = year.rem_euclid(400);
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_write_is_read() {
        assert_eq!(read("11/22/2026, 14:08:02"), Some(1_795_356_482_000));
        assert_eq!(read("01/01/1970, 00:00:00"), Some(0));
        assert_eq!(read("02/29/2024, 12:34:56"), Some(1_709_210_096_000));
        assert_eq!(read("Sunday"), None);
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn zones_that_there_are_not_have_no_shift() {
        let at = Timestamp(1_795_356_482_000);
        assert_eq!(shift("utc", at), Some(0));
        assert_eq!(shift("Europe/Berlin", at), Some(3_600_000));
        assert_eq!(shift("Moon/Base", at), None);
    }
}
