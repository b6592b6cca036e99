//! Wall-clock time as a CPE says it (TR-106 `dateTime`), and as milliseconds since 1970.

use std::time::{SystemTime, UNIX_EPOCH};

/// What a CPE reports while it does not know a time.
pub const UNKNOWN_TIME: &str = "0001-01-01T00:00:00Z";

/// Milliseconds since 1970-01-01T00:00:00Z.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// `2026-11-22T14:08:02Z`
pub fn date_time(millis: i64) -> String {
    let seconds = millis.div_euclid(1000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second % 3600 / 60, second % 60)
}

/// `2026-11-22T14:08:02.123456Z`, from microseconds since 1970.
pub fn date_time_micros(micros: i64) -> String {
    let whole = date_time(micros.div_euclid(1000));
    format!("{}.{:06}Z", whole.trim_end_matches('Z'), micros.rem_euclid(1_000_000))
}

/// Reads what [`date_time`] writes; fractions and a zone offset are understood. `None` for the unknown time, for times
/// without a zone that count from the boot (TR-106 §3.2.2), and for anything else.
pub fn parse_date_time(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if year < 1000 || !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 24 || minute > 59 || second > 60
    {
        return None;
    }
    let zone = text.get(19..)?.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let offset = match zone.as_bytes() {
        [] | b"Z" => 0,
        [sign @ (b'+' | b'-'), ..] => {
            let minutes = zone.get(1..3)?.parse::<i64>().ok()? * 60 + zone.get(4..6)?.parse::<i64>().ok()?;
            if *sign == b'+' { minutes } else { -minutes }
        }
        _ => return None,
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60;
    Some(seconds * 1000)
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_there_and_back() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:01Z", 951_825_601_000),
            ("2026-11-22T14:08:02Z", 1_795_356_482_000),
            ("1969-12-31T23:59:59Z", -1_000),
        ] {
            assert_eq!(date_time(millis), text);
            assert_eq!(parse_date_time(text), Some(millis));
        }
        assert_eq!(parse_date_time("2026-11-22T16:08:02.250+02:00"), Some(1_795_356_482_000));
    }

    #[test]
    fn unknown_and_relative_times_are_none() {
        for text in
            [UNKNOWN_TIME, "0001-01-03T03:04:05", "", "yesterday", "2026-13-01T00:00:00Z", "2026-11-22T14:08:02?"]
        {
            assert_eq!(parse_date_time(text), None, "{text}");
        }
    }
}
