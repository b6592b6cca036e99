//! The `dateTime` of CWMP (TR-106 §3.2.2), and what devices send instead.

use model::Timestamp;

const DAY: i64 = 86_400;

/// A moment as a device said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CwmpTime {
    /// With a zone: a moment.
    Utc(Timestamp),
    /// Without a zone, which the standard does not allow but many send: the device's own clock, read as if it were UTC.
    Local(Timestamp),
    /// Without a zone and before the year 1000: seconds since the device booted.
    SinceBoot(u64),
    /// `0001-01-01T00:00:00Z`, or empty.
    Unknown,
    /// `9999-12-31T23:59:59Z`.
    Infinite,
}

impl CwmpTime {
    /// `None` if the text is no `dateTime` at all, such as `(null)`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Some(Self::Unknown);
        }
        let (date, time) = text.split_once(['T', 't', ' '])?;
        let mut date = date.split('-');
        let (year, month, day) = (digits(date.next()?, 4)?, digits(date.next()?, 2)?, digits(date.next()?, 2)?);
        if date.next().is_some() {
            return None;
        }
        let (time, offset) = zone(time.trim())?;
        let mut time = time.split(':');
        let (hour, minute, seconds) = (digits(time.next()?, 2)?, digits(time.next()?, 2)?, time.next()?);
        if time.next().is_some() {
            return None;
        }
        let (second, millis) = match seconds.split_once(['.', ',']) {
            Some((second, fraction)) => (digits(second, 2)?, thousandths(fraction)?),
            None => (digits(seconds, 2)?, 0),
        };
        // Second 60 is a leap second; hour 24 is the end of a day.
        if year == 0 || !(1..=12).contains(&month) || day == 0 || day > days_of(year, month) {
            return None;
        }
        if hour > 24 || minute > 59 || second > 60 || (hour == 24 && (minute, second) != (0, 0)) {
            return None;
        }
        let within_day = hour * 3600 + minute * 60 + second;
        if offset.is_none() && year < 1000 {
            let seconds = (days_since_1970(year, month, day) - days_since_1970(1, 1, 1)) * DAY + within_day;
            return Some(Self::SinceBoot(seconds.cast_unsigned()));
        }
        let seconds = days_since_1970(year, month, day) * DAY + within_day - offset.unwrap_or(0);
        let moment = Timestamp(seconds * 1000 + millis);
        Some(match (year, offset) {
            (1, _) => Self::Unknown,
            (9999, _) if (month, day) == (12, 31) => Self::Infinite,
            (_, Some(_)) => Self::Utc(moment),
            (_, None) => Self::Local(moment),
        })
    }
}

/// `2026-01-31T12:00:00Z`: UTC, without fractions of a second, which some devices cannot read.
pub fn format(moment: Timestamp) -> String {
    let seconds = moment.0.div_euclid(1000);
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let rest = seconds.rem_euclid(DAY);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest % 3600 / 60, rest % 60)
}

/// One to `most` ASCII digits.
fn digits(text: &str, most: usize) -> Option<i64> {
    let good = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    good.then(|| text.parse().ok()).flatten()
}

fn thousandths(fraction: &str) -> Option<i64> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let three = fraction.bytes().chain([b'0'; 3]).take(3);
    Some(three.fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
}

/// The time without its zone, and the zone's offset from UTC in seconds.
fn zone(time: &str) -> Option<(&str, Option<i64>)> {
    if let Some(time) = time.strip_suffix(['Z', 'z']) {
        return Some((time, Some(0)));
    }
    let Some(at) = time.rfind(['+', '-']) else { return Some((time, None)) };
    let (time, offset) = time.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = match offset[1..].split_once(':') {
        Some((hours, minutes)) => (digits(hours, 2)?, digits(minutes, 2)?),
        None if offset.len() == 5 => (digits(&offset[1..3], 2)?, digits(&offset[3..], 2)?),
        None => (digits(&offset[1..], 2)?, 0),
    };
    (hours <= 14 && minutes <= 59).then_some((time, Some(sign * (hours * 3600 + minutes * 60))))
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, by shifting the year to begin in March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_since_1970`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let (day, month) =
        (day_of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_standard_are_read() {
        for (text, time) in [
            ("1970-01-01T00:00:00Z", CwmpTime::Utc(Timestamp(0))),
            ("2015-10-13T04:24:12+00:00", CwmpTime::Utc(Timestamp(1_444_710_252_000))),
            ("2015-10-13T04:24:12-00:00", CwmpTime::Utc(Timestamp(1_444_710_252_000))),
            ("2015-10-13T06:24:12+02:00", CwmpTime::Utc(Timestamp(1_444_710_252_000))),
            ("2015-10-12T22:54:12-0530", CwmpTime::Utc(Timestamp(1_444_710_252_000))),
            ("2000-02-29T12:00:00.1234567Z", CwmpTime::Utc(Timestamp(951_825_600_123))),
            ("1969-12-31T23:59:59.5Z", CwmpTime::Utc(Timestamp(-500))),
            ("0001-01-01T00:00:00Z", CwmpTime::Unknown),
            ("9999-12-31T23:59:59Z", CwmpTime::Infinite),
            ("0001-01-03T03:04:05", CwmpTime::SinceBoot(2 * 86_400 + 3 * 3600 + 4 * 60 + 5)),
            ("0001-01-01T00:00:00", CwmpTime::SinceBoot(0)),
        ] {
            assert_eq!(CwmpTime::parse(text), Some(time), "{text}");
        }
    }

    #[test]
    fn quirk_23_quirk_30_other_times_are_local_unknown_or_none() {
        assert_eq!(CwmpTime::parse("2007-01-26T10:33:12"), Some(CwmpTime::Local(Timestamp(1_169_807_592_000))));
        assert_eq!(CwmpTime::parse(" 1970-01-02T00:08:34 "), Some(CwmpTime::Local(Timestamp(86_914_000))));
        assert_eq!(CwmpTime::parse("  "), Some(CwmpTime::Unknown));
        for text in [
            "(null)",
            "Tue Oct 15 15:48:15 UTC 2013",
            "0000-00-00T00:00:00",
            "2013-02-29T00:00:00Z",
            "2013-13-01T00:00:00Z",
            "2013-01-01T25:00:00Z",
            "2013-01-01T00:60:00Z",
            "2013-01-01T00:00:00+15:00",
            "2013-01-01T00:00:00+",
            "2013-01-01",
            "2013-01-01T",
            "2013-01-01T00:00",
            "2013-01-01T00:00:00.Z",
            "２013-01-01T00:00:00Z",
        ] {
            assert_eq!(CwmpTime::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for seconds in [0, -1, 951_782_400, 951_868_799, 1_444_710_252, 4_102_444_799, -62_000_000_000] {
            let moment = Timestamp(seconds * 1000);
            assert_eq!(CwmpTime::parse(&format(moment)), Some(CwmpTime::Utc(moment)), "{}", format(moment));
        }
        assert_eq!(format(Timestamp(1_444_710_252_999)), "2015-10-13T04:24:12Z");
    }
}
