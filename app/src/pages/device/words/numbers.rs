//! Numbers and times in short.

use crate::locale::{decimal, grouped};
use model::time::duration;

/// `21 ms`, `0.6 ms`, from microseconds.
pub fn millis(micros: u64) -> String {
    match micros {
        ..10_000 => format!("{} ms", tenths(micros / 100)),
        _ => format!("{} ms", grouped((micros + 500) / 1000)),
    }
}

/// `942 Mbit/s`, `8.4 Mbit/s`, `640 kbit/s`.
pub fn bit_rate(bits_per_second: u64) -> String {
    match bits_per_second {
        ..1_000_000 => format!("{} kbit/s", bits_per_second / 1000),
        1_000_000..100_000_000 => format!("{} Mbit/s", tenths(bits_per_second / 100_000)),
        _ => format!("{} Mbit/s", grouped((bits_per_second + 500_000) / 1_000_000)),
    }
}

/// Milliseconds in short: `0.1 s`, `4.8 s`, `42 s`, `2 min 40 s`.
pub fn span(millis: i64) -> String {
    let millis = u64::try_from(millis).unwrap_or(0);
    if millis < 100 {
        return "under 0.1 s".to_owned();
    }
    if millis < 10_000 { format!("{} s", tenths(millis / 100)) } else { precise(millis / 1000) }
}

/// A number of tenths, as many as were reached: `4.8`.
pub fn tenths(tenths: u64) -> String {
    decimal(tenths as f64 / 10.0, 1)
}

/// Seconds with two units at most, minutes with their seconds: `2 min 40 s`, `1 h 3 min`.
pub(super) fn precise(seconds: u64) -> String {
    match seconds {
        60..=3599 if !seconds.is_multiple_of(60) => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => duration(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short() {
        let said: Vec<_> = [0, 99, 4_800, 42_000, 160_000, 180_000, 3_780_000].map(span).into();
        assert_eq!(said, ["under 0.1 s", "under 0.1 s", "4.8 s", "42 s", "2 min 40 s", "3 min", "1 h 3 min"]);
    }
}
