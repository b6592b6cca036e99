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

/// A whole number that may be below 0; what is too large or too small is the nearest that fits.
pub(super) fn signed(text: &str) -> Option<i32> {
    let text = text.trim();
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let size = number(digits).filter(|_| !negative || !digits.starts_with('+'))?;
    let size = i64::from(size);
    let value = (if negative { -size } else { size }).clamp(i64::from(i32::MIN), i64::from(i32::MAX));
    i32::try_from(value).ok()
}

impl Cursor<'_> {
    /// Reads the children of the element that is open, in any order: `read` gets the local name of each and has to
    /// consume it. Warns if one of `needed` (at most 32) is not there.
    pub(super) fn fields(
        &mut self,
        needed: &[&str],
        mut read: impl FnMut(&mut Self, &str) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let mut seen = 0u32;
        while let Some(field) = self.child()? {
            let name = field.local_name();
            let name = name.as_ref();
            if let Some(at) = needed.iter().position(|one| *one == name) {
                seen |= 1 << at;
            }
            read(self, name)?;
        }
        if usize::try_from(seen.count_ones()) != Ok(needed.len()) {
            self.warn(Warning::Missing);
        }
        Ok(())
    }

    /// The text of the element that is open, with the white space around it.
    pub(super) fn string(&mut self) -> Result<String, DecodeError> {
        Ok(self.text()?.into_owned())
    }

    /// What stands inside the element that is open, as it was written; warns if that is not well-formed by itself.
    pub(super) fn markup(&mut self) -> Result<String, DecodeError> {
        let inside = self.raw()?;
        if inside.len() > crate::MAX_FRAGMENT {
            return Err(DecodeError::TooLong("body"));
        }
        if crate::check_fragment(inside).is_err() {
            self.warn(Warning::Mended);
        }
        Ok(inside.to_owned())
    }

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
