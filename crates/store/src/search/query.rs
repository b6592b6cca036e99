//! What a person typed, as it is looked for.

use super::fields::{ip_key, phone_end};
use super::fold::{key, words};
use crate::subscriber::phone_digits;
use std::net::IpAddr;

/// Most words that count, so that a pasted page does not become a query of thousands of parts.
pub const WORDS_MAX: usize = 8;
/// Characters that are looked at.
const TEXT_MAX: usize = 200;
/// Shortest end of an identifier that is looked for.
pub const END_MIN: usize = 4;
/// Shortest end of a phone number that is the number itself, without its country.
pub const PHONE_MIN: usize = 7;
/// Shortest and longest identifier in which a typing error is forgiven.
const FUZZY: std::ops::RangeInclusive<usize> = 6..=24;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Each word, in the ways it may be written.
    pub words: Vec<Vec<String>>,
    /// The whole text as an identifier, in the ways it may be meant.
    pub keys: Vec<String>,
    /// Ends of identifiers that the whole text may be.
    pub ends: Vec<String>,
    /// The text may be an identifier with a typing error.
    pub fuzzy_key: Option<String>,
    /// The end of a phone number with a typing error: what numbers with and without their country share.
    pub fuzzy_phone: Option<String>,
    /// Identifiers are likelier than names.
    pub has_digit: bool,
    /// All of it is a phone number.
    pub is_phone: bool,
    /// All of it may be one number or address, written in several parts.
    pub is_parts: bool,
}

impl Query {
    pub fn read(text: &str) -> Self {
        let text: String = text.trim().chars().take(TEXT_MAX).collect();
        let mut query = Self { has_digit: text.contains(|c: char| c.is_ascii_digit()), ..Self::default() };
        for word in words(&text).iter().take(WORDS_MAX) {
            query.words.push(word.forms().map(str::to_owned).collect());
        }
        query.is_parts = query.words.len() > 1 && query.has_digit && is_parts(&text);
        let whole = key(&text);
        let end = |query: &mut Self, end: &str| {
            if end.chars().count() >= END_MIN && !query.ends.iter().any(|known| known == end) {
                query.ends.push(end.to_owned());
            }
        };
        if text.contains(['.', ':']) && text.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '.' | ':')) {
            query.keys.push(ip_key(&text));
            if let Ok(address) = text.parse::<IpAddr>() {
                query.keys.push(address.to_canonical().to_string());
            }
        }
        let phone = text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "+-/().".contains(c));
        let digits = phone_digits(&text);
        if phone && digits.len() >= 5 {
            query.is_phone = true;
            query.fuzzy_phone = (digits.len() >= 8).then(|| phone_end(&digits).to_owned());
            query.keys.push(digits.clone());
            if let Some(national) = digits.strip_prefix('0') {
                end(&mut query, national);
            } else {
                // A number that was noted down without its country.
                query.keys.extend((1..=3).filter_map(|code| digits.get(code..)).map(|rest| format!("0{rest}")));
            }
        }
        if !whole.is_empty() {
            end(&mut query, &whole);
            if query.has_digit && FUZZY.contains(&whole.chars().count()) {
                query.fuzzy_key = Some(whole.clone());
            }
            query.keys.insert(0, whole);
        }
        let mut seen: Vec<String> = Vec::new();
        query.keys.retain(|key| {
            let new = !seen.contains(key);
            seen.push(key.clone());
            new
        });
        query
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.keys.is_empty()
    }
}

/// Whether a text may be one number or address in several parts: digits, hexadecimal ones included, and what separates
/// them. `Ada 4711` is a name and a number.
fn is_parts(text: &str) -> bool {
    let number = |word: &str| word.len() == 2 || word.contains(|c: char| c.is_ascii_digit());
    text.chars().all(|c| c.is_ascii_hexdigit() || c.is_whitespace() || "+-.:".contains(c))
        && (!text.contains(char::is_whitespace) || text.split_whitespace().all(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_in_every_way_they_may_be_meant() {
        for nothing in ["", "  ", "%", "\"'", "___", "\u{1f600}", "\0"] {
            assert!(Query::read(nothing).is_empty(), "{nothing:?}");
        }
        let query = Query::read(" AA:bb-CC dd.ee FF ");
        assert_eq!(query.keys, ["aabbccddeeff"]);
        assert!(Query::read("00a0.c1aa.bb02").is_parts && Query::read("0171 5550123").is_parts);
        assert!(Query::read("2001:db8::1").is_parts && Query::read("00 a0 c1 aa bb 02").is_parts);
        assert!(!Query::read("00a0c1aabb02").is_parts && !Query::read("Ada 4711").is_parts);
        assert!(!Query::read("Harbour Road 12").is_parts);
        let query = Query::read("203.0.113.9");
        assert_eq!(query.keys[..2], ["20301139", "203.0.113.9"]);
        assert_eq!(Query::read("2001:DB8:0::1").keys, ["2001db801", "2001:db8:0::1", "2001:db8::1"]);
        let query = Query::read("+49 171 555-0123");
        assert!(query.is_phone && query.keys.contains(&"01715550123".to_owned()), "{query:?}");
        let query = Query::read("0171 5550123");
        assert!(query.ends.contains(&"1715550123".to_owned()), "{query:?}");
        assert_eq!(Query::read("Müller").words, [["muller", "mueller"]]);
        assert_eq!(Query::read(&"word ".repeat(1000)).words.len(), WORDS_MAX);
        assert!(Query::read(&"1".repeat(1000)).fuzzy_key.is_none());
    }
}
