//! What the pages of a device say in plain words.

mod found;
mod numbers;
mod outcome;
mod reach;

pub use found::found_words;
pub use numbers::{bit_rate, millis, span, tenths};
pub use outcome::{Outcome, outcome, state_word, tone, took};
pub use reach::{reach_words, way_words};

use model::task::is_secret_name;
use model::tree::{ValueType, is_no_data};

/// Longest text of a device or person inside a sentence, in characters; a longer one is cut with an ellipsis.
const QUOTE_MAX: usize = 80;

/// A value older than this counts as stale, in milliseconds. Values are read when someone asks and told of when they
/// change; what nobody has looked at for a day should be read again before anyone builds on it.
pub const STALE: i64 = 86_400_000;

/// A value inside a sentence.
pub fn value_words(path: &str, value: Option<&str>) -> String {
    match value {
        _ if is_secret_name(path) => "a hidden value".to_owned(),
        None => "not known".to_owned(),
        Some("") => "empty".to_owned(),
        Some(value) if is_no_data(path, value) => "no data".to_owned(),
        Some(value) => quote(value),
    }
}

/// Text of a device or a person, cut to what a sentence can carry.
pub fn quote(text: &str) -> String {
    cut(text, QUOTE_MAX)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A value as the parameter table shows it.
pub fn shown_value(value: &str, kind: ValueType) -> String {
    match (kind, value) {
        (ValueType::Boolean, "1" | "true") => "On".to_owned(),
        (ValueType::Boolean, "0" | "false") => "Off".to_owned(),
        _ => value.to_owned(),
    }
}

/// When a device tells of a change by itself (TR-069 A.3.2.5, Notification).
pub fn notification_words(notification: Option<u8>) -> &'static str {
    match notification {
        None => "Not known",
        Some(0) => "No",
        Some(1) => "Next check-in",
        Some(2) => "Right away",
        Some(3 | 5) => "Light, next check-in",
        Some(4 | 6) => "Light, right away",
        Some(_) => "Other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_of_a_device_is_cut_at_a_character() {
        let long = "ß".repeat(500);
        assert_eq!(quote(&long).chars().count(), QUOTE_MAX + 1);
        assert_eq!(quote("short"), "short");
    }
}
