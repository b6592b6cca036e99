//! The `Authorization` and `WWW-Authenticate` headers, read leniently.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// No header of ours is longer; what is longer is not read.
const MAX_HEADER: usize = 8192;

/// What an `Authorization` header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    Basic { username: String, password: String },
    Digest(DigestAuthorization),
}

impl Authorization {
    pub fn username(&self) -> &str {
        match self {
            Self::Basic { username, .. } => username,
            Self::Digest(digest) => &digest.username,
        }
    }
}

/// The parameters of a digest answer, unquoted. Absent ones are empty or `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DigestAuthorization {
    pub username: String,
    pub realm: String,
    pub nonce: String,
    pub uri: String,
    /// 32 hex digits.
    pub response: String,
    pub algorithm: Option<String>,
    pub qop: Option<String>,
    /// As written: it is part of what is hashed.
    pub nc: Option<String>,
    pub cnonce: Option<String>,
    pub opaque: Option<String>,
}

/// Reads an `Authorization` header: parameters quoted or not, folded over lines, with odd spaces or without commas, and
/// unknown ones. `None` for another scheme, or if what matters is missing.
pub fn parse_authorization(header: &str) -> Option<Authorization> {
    if header.len() > MAX_HEADER {
        return None;
    }
    let header = header.trim();
    let (scheme, rest) = header.split_once(|c: char| c.is_whitespace())?;
    if scheme.eq_ignore_ascii_case("Basic") {
        return basic(rest.trim());
    }
    if !scheme.eq_ignore_ascii_case("Digest") {
        return None;
    }
    let mut answer = DigestAuthorization::default();
    for item in Items(rest) {
        let Item::Parameter(name, value) = item else { continue };
        let place = match name.to_ascii_lowercase().as_str() {
            "username" => &mut answer.username,
            "realm" => &mut answer.realm,
            "nonce" => &mut answer.nonce,
            "uri" => &mut answer.uri,
            "response" => &mut answer.response,
            "algorithm" => answer.algorithm.get_or_insert_default(),
            "qop" => answer.qop.get_or_insert_default(),
            "nc" => answer.nc.get_or_insert_default(),
            "cnonce" => answer.cnonce.get_or_insert_default(),
            "opaque" => answer.opaque.get_or_insert_default(),
            _ => continue,
        };
        if place.is_empty() {
            *place = value;
        }
    }
    let usable = !answer.nonce.is_empty() && !answer.response.is_empty();
    usable.then_some(Authorization::Digest(answer))
}

/// The value of an `Authorization` header for Basic.
pub fn basic_authorization(username: &str, password: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}")))
}

/// With or without padding, and with bits that a sloppy encoder left over.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Split at the first colon; UTF-8, else Latin-1.
fn basic(credentials: &str) -> Option<Authorization> {
    let compact: String = credentials.split_whitespace().collect();
    let bytes = LENIENT.decode(compact).ok()?;
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| error.as_bytes().iter().map(|byte| char::from(*byte)).collect());
    let (username, password) = text.split_once(':')?;
    Some(Authorization::Basic { username: username.to_owned(), password: password.to_owned() })
}

/// A piece of a header with schemes and parameters.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item<'h> {
    /// A word that no `=` follows: the scheme of the next challenge.
    Word(&'h str),
    Parameter(&'h str, String),
}

/// The pieces of a header, whatever is or is not between them.
pub(super) struct Items<'h>(pub(super) &'h str);

impl<'h> Iterator for Items<'h> {
    type Item = Item<'h>;

    fn next(&mut self) -> Option<Item<'h>> {
        let between = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
        let text = self.0.trim_start_matches(|c: char| between(c) || matches!(c, '=' | '"'));
        if text.is_empty() {
            self.0 = "";
            return None;
        }
        let end = text.find(|c: char| between(c) || matches!(c, '=' | '"')).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let Some(value) = rest.trim_start().strip_prefix('=') else {
            self.0 = rest;
            return Some(Item::Word(name));
        };
        let value = value.trim_start_matches([' ', '\t', '\r', '\n']);
        if let Some(quoted) = value.strip_prefix('"') {
            let (value, rest) = unquote(quoted);
            self.0 = rest;
            return Some(Item::Parameter(name, value));
        }
        let end = value.find(between).unwrap_or(value.len());
        self.0 = &value[end..];
        Some(Item::Parameter(name, value[..end].to_owned()))
    }
}

/// The text up to the closing quote (or the end) without its escapes, and what follows.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            // A folded line: the fold is one space.
            '\r' | '\n' => {}
            _ => value.push(c),
        }
    }
    (value, "")
}
