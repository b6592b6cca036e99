//! Simple types in element text, read as leniently as they can be understood.

use super::DecodeError;
use super::cursor::Cursor;
use crate::Warning;

/// A whole number of 0 or more: spaces, `+` and leading zeros are fine, and what is too large is the largest.
pub(super) fn number(text: &str) -> Option<u32> {
    let digits = text.trim();
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value =
        digits.bytes().fold(0u32, |value, digit| value.saturating_mul(10).saturating_add(u32::from(digit - b'0')));
    Some(value)
}

/// `1`, `0`, `true`, `false` in any case; `None` for anything else.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        "1" => Some(true),
        "0" => Some(false),
        word if word.eq_ignore_ascii_case("true") => Some(true),
        word if word.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

impl Cursor<'_> {
    /// The number in the element that is open; 0 with a warning if there is none.
    pub(super) fn number(&mut self) -> Result<u32, DecodeError> {
        let value = number(&self.text()?);
        if value.is_none() {
            self.warn(Warning::Value);
        }
        Ok(value.unwrap_or(0))
    }

    /// The boolean in the element that is open; `false` with a warning if there is none.
    pub(super) fn boolean(&mut self) -> Result<bool, DecodeError> {
        let value = boolean(&self.text()?);
        if value.is_none() {
            self.warn(Warning::Value);
        }
        Ok(value.unwrap_or(false))
    }
}
