//! Times in plans: moments, times of the day, days, and the window in which routers may start.

use crate::portal::api::time::Time;
use model::Timestamp;
use model::campaign;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::{Date, Month, PrimitiveDateTime, UtcOffset};
use utoipa::ToSchema;

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = moment(&text).map(Self);
        read.ok_or_else(|| D::Error::custom("a moment is written like 2026-11-22T14:08:02Z"))
    }
}

/// A moment as RFC 3339 writes it, in any zone. What is finer than a millisecond is cut off.
fn moment(text: &str) -> Option<Timestamp> {
    let (day, rest) = text.split_at_checked(10)?;
    let (clock, rest) = rest.strip_prefix(['T', 't'])?.split_at_checked(8)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())),
        None => ("0", rest),
    };
    if fraction.is_empty() {
        return None;
    }
    let milli = fraction.bytes().chain([b'0', b'0']).take(3).fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    let [year, month, day] = numbers(day, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let offset = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => UtcOffset::UTC,
        (sign @ ("+" | "-"), zone) => {
            let [hours, minutes] = numbers(zone, ':', [2, 2])?.map(|number| number as i8);
            let sign = if sign == "-" { -1 } else { 1 };
            UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()?
        }
        _ => return None,
    };
    let date = Date::from_calendar_date(i32::from(year), Month::try_from(month as u8).ok()?, day as u8).ok()?;
    let time = time::Time::from_hms_milli(hour as u8, minute as u8, second as u8, milli).ok()?;
    let at = PrimitiveDateTime::new(date, time).assume_offset(offset);
    Some(Timestamp((at.unix_timestamp_nanos() / 1_000_000) as i64))
}

/// Numbers of so many digits each.
fn numbers<const N: usize>(text: &str, between: char, digits: [usize; N]) -> Option<[u16; N]> {
    let mut parts = text.split(between);
    let mut numbers = [0; N];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// A time of the day, from `00:00` to `23:59`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, example = "01:00")]
pub struct TimeOfDay(pub u16); // Minutes after midnight.

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:02}:{:02}", self.0 / 60, self.0 % 60))
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match numbers(&text, ':', [2, 2]) {
            Some([hour @ 0..24, minute @ 0..60]) => Ok(Self(hour * 60 + minute)),
            _ => Err(D::Error::custom("a time of the day is written like 01:30, from 00:00 to 23:59")),
        }
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];
}

/// Days on which nothing starts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FrozenDays {
    /// The first one.
    #[schema(example = "2026-12-24")]
    pub from: String,
    /// The last one; may be the same.
    #[schema(example = "2026-12-26")]
    pub to: String,
}

/// When routers may start, by the clock where their subscriber lives. What is left out is as usual: from 01:00 to 05:00
/// on every day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CampaignWindow {
    pub from: TimeOfDay,
    /// Before `from`: it is open over midnight. The same as `from`: the whole day.
    pub to: TimeOfDay,
    /// Days on which it opens.
    #[schema(max_items = 7)]
    pub days: Vec<Weekday>,
    /// Days on which nothing starts.
    #[schema(max_items = 500)]
    pub frozen_days: Vec<FrozenDays>,
    /// The zone of routers whose subscriber has none: an IANA name.
    #[schema(example = "Europe/London")]
    pub zone: String,
}

impl Default for CampaignWindow {
    fn default() -> Self {
        campaign::Window::default().into()
    }
}

impl From<campaign::Window> for CampaignWindow {
    fn from(window: campaign::Window) -> Self {
        let days = Weekday::ALL.into_iter().zip(window.days).filter(|(_, open)| *open);
        Self {
            from: TimeOfDay(window.from),
            to: TimeOfDay(window.to),
            days: days.map(|(day, _)| day).collect(),
            frozen_days: window.blackouts.into_iter().map(|(from, to)| FrozenDays { from, to }).collect(),
            zone: window.zone,
        }
    }
}

impl From<CampaignWindow> for campaign::Window {
    fn from(window: CampaignWindow) -> Self {
        Self {
            from: window.from.0,
            to: window.to.0,
            days: Weekday::ALL.map(|day| window.days.contains(&day)),
            blackouts: window.frozen_days.into_iter().map(|days| (days.from, days.to)).collect(),
            zone: window.zone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portal::api::time::rfc3339;
    use serde_json::json;

    #[test]
    fn moments_of_all_zones_are_read() {
        for (text, at) in [
            ("2025-11-22T14:08:02.999Z", "2025-11-22T14:08:02.999Z"),
            ("2025-11-22t14:08:02z", "2025-11-22T14:08:02.000Z"),
            ("2025-11-22T14:08:02.5+01:30", "2025-11-22T12:38:02.500Z"),
            ("2025-12-31T23:08:02.123456789-02:00", "2026-01-01T01:08:02.123Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(moment(text).map(rfc3339).as_deref(), Some(at), "{text}");
        }
        for wrong in [
            "",
            "tomorrow",
            "2025-11-22",
            "2025-11-22T14:08Z",
            "2025-11-22T14:08:02",
            "2025-11-22T14:08:02.Z",
            "2025-11-22T14:08:02Zulu",
            "2025-11-22T14:08:02+1:00",
            "2025-11-22T14:08:02+99:00",
            "2025-13-22T14:08:02Z",
            "2025-02-29T14:08:02Z",
            "2025-11-22T24:08:02Z",
            "2025-11-22T+4:08:02Z",
            "2025-11-22 14:08:02Z",
            "2025-11-2💥T14:08:02Z",
        ] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_of_the_day_are_read_and_written_the_same() {
        for text in ["00:00", "01:05", "23:59"] {
            let time: TimeOfDay = serde_json::from_value(json!(text)).unwrap();
            assert_eq!(serde_json::to_value(time).unwrap(), text);
        }
        for wrong in ["24:00", "12:60", "1:00", "01:00:00", "", "noon"] {
            assert!(serde_json::from_value::<TimeOfDay>(json!(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_window_is_read_and_written_the_same() {
        let body = json!({
            "from": "22:00", "to": "04:30", "days": ["monday", "sunday"],
            "frozen_days": [{"from": "2026-12-24", "to": "2026-12-26"}], "zone": "Europe/London",
        });
        let window = campaign::Window::from(serde_json::from_value::<CampaignWindow>(body.clone()).unwrap());
        assert_eq!((window.from, window.to, window.days[6], window.days[1]), (1320, 270, true, false));
        assert_eq!(serde_json::to_value(CampaignWindow::from(window)).unwrap(), body);
        let usual: CampaignWindow = serde_json::from_value(json!({})).unwrap();
        assert_eq!(campaign::Window::from(usual), campaign::Window::default());
    }
}
