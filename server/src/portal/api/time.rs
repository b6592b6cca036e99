//! Times as the API reads and writes them.

use model::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

/// A moment in UTC, as RFC 3339 writes it, with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-22T14:08:02.123Z")]
pub struct Time(pub Timestamp);

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(self.0))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = moment(&text).map(Self);
        read.ok_or_else(|| D::Error::custom("a moment is written like 2026-11-22T14:08:02Z"))
    }
}

/// A moment as RFC 3339 writes it, in any zone. What is finer than a millisecond is cut off.
fn moment(text: &str) -> Option<Timestamp> {
    // The crate takes any character there.
    let separated = matches!(text.as_bytes().get(10), Some(b'T' | b't'));
    let at = OffsetDateTime::parse(text, &Rfc3339).ok().filter(|_| separated)?;
    Some(Timestamp(at.unix_timestamp_nanos().div_euclid(1_000_000) as i64))
}

/// `2026-11-22T14:08:02.123Z`.
pub fn rfc3339(at: Timestamp) -> String {
    let nanos = i128::from(at.0) * 1_000_000;
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second, milli) = time.to_hms_milli();
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z", u8::from(month))
}

/// The server's clock.
pub fn now() -> Timestamp {
    Timestamp((OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_of_the_whole_world() {
        assert_eq!(rfc3339(Timestamp(1_763_820_482_999)), "2025-11-22T14:08:02.999Z");
        assert_eq!(rfc3339(Timestamp(-1)), "1969-12-31T23:59:59.999Z");
        assert_eq!(rfc3339(Timestamp(i64::MAX)), "1970-01-01T00:00:00.000Z");
    }

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
}
