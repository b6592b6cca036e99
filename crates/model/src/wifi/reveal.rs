//! Showing a Wi-Fi password that the router tells: who may, says why, and it is written down.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Characters of a reason.
pub const REASON_MIN: usize = 3;
pub const REASON_MAX: usize = 200;
/// How long a password is shown, in seconds.
pub const SHOWN_SECONDS: u64 = 30;

/// A password on its way to the one who asked. Never printed, never kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revealed {
    pub value: String,
}

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revealed(…)")
    }
}

/// A reason as it is kept: one line without control characters. The error says the rule.
pub fn check_reason(text: &str) -> Result<String, &'static str> {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.chars().count() {
        0..REASON_MIN => Err("Say in a few words why: it is written into the timeline. Nothing was shown."),
        REASON_MIN..=REASON_MAX => Ok(words),
        _ => Err("At most 200 characters. Nothing was shown; shorten it."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_few_words_on_one_line() {
        assert_eq!(check_reason(" caller lost\n the  card \u{7}"), Ok("caller lost the card".to_owned()));
        for bad in ["", "  \n ", "ab", "\u{7}a"] {
            assert!(check_reason(bad).is_err(), "{bad:?}");
        }
        assert!(check_reason(&"ä".repeat(200)).is_ok());
        assert!(check_reason(&"ä".repeat(201)).is_err());
    }

    #[test]
    fn a_password_is_never_printed() {
        assert!(!format!("{:?}", Revealed { value: "quiet-otter".into() }).contains("otter"));
    }
}
