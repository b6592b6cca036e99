//! Numbers and times in short.

use model::time::duration;

/// A number with thin groups: `1,284,331`.
pub fn thin(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `21 ms`, `0.6 ms`, from microseconds.
pub fn millis(micros: u64) -> String {
    match micros {
        ..10_000 => format!("{}.{} ms", micros / 1000, micros % 1000 / 100),
        _ => format!("{} ms", thin((micros + 500) / 1000)),
    }
}

/// `942 Mbit/s`, `8.4 Mbit/s`, `640 kbit/s`.
pub fn bit_rate(bits_per_second: u64) -> String {
    match bits_per_second {
        ..1_000_000 => format!("{} kbit/s", bits_per_second / 1000),
        1_000_000..100_000_000 => {
            format!("{}.{} Mbit/s", bits_per_second / 1_000_000, bits_per_second % 1_000_000 / 100_000)
        }
        _ => format!("{} Mbit/s", thin((bits_per_second + 500_000) / 1_000_000)),
    }
}

/// Milliseconds in short: `0.1 s`, `4.8 s`, `42 s`, `2 min 40 s`.
pub fn span(millis: i64) -> String {
    let millis = u64::try_from(millis).unwrap_or(0);
    if millis < 100 {
        return "under 0.1 s".to_owned();
    }
    if millis < 10_000 { format!("{}.{} s", millis / 1000, millis % 1000 / 100) } else { precise(millis / 1000) }
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

    #[test]
    fn numbers_are_grouped() {
        let said: Vec<_> = [0, 999, 1000, 1_284_331].map(thin).into();
        assert_eq!(said, ["0", "999", "1,000", "1,284,331"]);
    }
}
