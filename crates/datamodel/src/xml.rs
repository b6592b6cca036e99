//! A walk over the elements of a file, with depth, counts and lengths bounded.

use crate::{DataModelError, MAX_FILE, Result};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

/// Elements inside elements. The schema needs about ten.
const MAX_DEPTH: usize = 64;
/// Attributes of one element.
const MAX_ATTRIBUTES: usize = 64;
/// Bytes of one attribute.
const MAX_ATTRIBUTE: usize = 4096;
/// Bytes of one text that are kept; what is beyond is dropped.
const KEPT_TEXT: usize = 8192;

/// An element's name and attributes. Names that mean nothing here are empty, such attributes are left out, and so are
/// those with a prefix: they are other people's.
#[derive(Debug)]
pub(crate) struct Element {
    pub name: &'static str,
    attributes: Vec<(&'static str, String)>,
}

impl Element {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(local, _)| *local == name).map(|(_, value)| value.as_str())
    }

    pub fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == Some(value)
    }

    /// An attribute, or nothing.
    pub fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// A number. What is none is as if it were not there.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.trim().parse().ok()
    }
}

enum Token<'i> {
    Open(Element),
    Close,
    Text(Cow<'i, str>),
    Reference(String),
    End,
}

pub(crate) struct Cursor<'i> {
    file: &'i str,
    input: &'i str,
    reader: Reader<&'i [u8]>,
    depth: usize,
    /// The element opened last was `<x/>`: its end is still to be reported.
    empty: bool,
}

impl<'i> Cursor<'i> {
    pub fn new(file: &'i str, bytes: &'i [u8]) -> Result<Self> {
        if bytes.len() > MAX_FILE {
            return Err(DataModelError::TooLarge { file: file.to_owned() });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| DataModelError::Encoding { file: file.to_owned() })?;
        let input = text.strip_prefix('\u{feff}').unwrap_or(text);
        Ok(Self { file, input, reader: Reader::from_str(input), depth: 0, empty: false })
    }

    pub fn malformed(&self, what: &'static str) -> DataModelError {
        let at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.input.len());
        let line = self.input.as_bytes()[..at].split(|byte| *byte == b'\n').count();
        DataModelError::Malformed { file: self.file.to_owned(), line, what }
    }

    fn next(&mut self) -> Result<Token<'i>> {
        if self.empty {
            self.empty = false;
            self.depth -= 1;
            return Ok(Token::Close);
        }
        loop {
            return match self.reader.read_event() {
                Ok(Event::Start(start)) => self.open(&start),
                Ok(Event::Empty(start)) => {
                    let opened = self.open(&start);
                    self.empty = true;
                    opened
                }
                Ok(Event::End(_)) => {
                    self.depth = self.depth.saturating_sub(1);
                    Ok(Token::Close)
                }
                Ok(Event::Text(text)) => Ok(Token::Text(text.into_inner())),
                Ok(Event::CData(text)) => Ok(Token::Text(text.into_inner())),
                Ok(Event::GeneralRef(name)) => Ok(Token::Reference(name.into_inner().into_owned())),
                Ok(Event::Comment(_) | Event::PI(_) | Event::Decl(_)) => continue,
                Ok(Event::DocType(_)) => Err(DataModelError::Doctype { file: self.file.to_owned() }),
                Ok(Event::Eof) => Ok(Token::End),
                Err(_) => Err(self.malformed("this is not well-formed XML")),
            };
        }
    }

    fn open(&mut self, start: &BytesStart) -> Result<Token<'i>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.malformed("elements are nested too deeply"));
        }
        let mut attributes = Vec::new();
        let mut raw = start.attributes();
        raw.with_checks(false);
        for (index, attribute) in raw.enumerate() {
            let Ok(attribute) = attribute else { return Err(self.malformed("an attribute is not well-formed")) };
            if index == MAX_ATTRIBUTES || attribute.value.len() > MAX_ATTRIBUTE {
                return Err(self.malformed("an element has too many or too long attributes"));
            }
            let name = word(attribute.key.local_name().as_ref());
            if attribute.key.prefix().is_none() && !name.is_empty() {
                attributes.push((name, unescape(&attribute.value)));
            }
        }
        Ok(Token::Open(Element { name: word(start.local_name().as_ref()), attributes }))
    }

    /// The next child of the element that is open, or `None` when that element ends. The caller has to consume each
    /// child to its end, with [`Self::text`], [`Self::skip`] or this.
    pub fn child(&mut self) -> Result<Option<Element>> {
        loop {
            match self.next()? {
                Token::Open(element) => return Ok(Some(element)),
                Token::Close => return Ok(None),
                Token::Text(_) | Token::Reference(_) => {}
                Token::End => return Err(self.malformed("the file is cut off")),
            }
        }
    }

    /// The outermost element, as it is written.
    pub fn root(&mut self) -> Result<String> {
        loop {
            let before = usize::try_from(self.reader.buffer_position()).unwrap_or_default();
            match self.next()? {
                Token::Open(_) => {
                    let rest = self.input.get(before..).unwrap_or_default();
                    let name = rest.trim_start_matches(|c| c != '<').trim_start_matches('<');
                    let name = name.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next();
                    let local = name.unwrap_or_default().rsplit(':').next().unwrap_or_default();
                    return Ok(local.chars().take(40).collect());
                }
                Token::End => return Err(self.malformed("there is no XML in it")),
                Token::Close | Token::Text(_) | Token::Reference(_) => {}
            }
        }
    }

    /// Consumes the element that is open, whatever it contains.
    pub fn skip(&mut self) -> Result<()> {
        let outer = self.depth.saturating_sub(1);
        while self.depth > outer {
            if let Token::End = self.next()? {
                return Err(self.malformed("the file is cut off"));
            }
        }
        Ok(())
    }

    /// The text of the element that is open, up to its end; elements inside are left out, and so is what is too long.
    pub fn text(&mut self) -> Result<String> {
        let mut text = String::new();
        loop {
            match self.next()? {
                Token::Close => return Ok(text),
                Token::Text(piece) => append(&mut text, &piece),
                Token::Reference(name) => append(&mut text, &resolve(&name)),
                Token::Open(_) => self.skip()?,
                Token::End => return Err(self.malformed("the file is cut off")),
            }
        }
    }
}

/// Names of the schema that mean something here.
const WORDS: &[&str] = &[
    "access",
    "action",
    "activeNotify",
    "base",
    "base64",
    "boolean",
    "command",
    "component",
    "dataType",
    "dateTime",
    "decimal",
    "default",
    "deleted",
    "deprecated",
    "description",
    "document",
    "enumeration",
    "enumerationRef",
    "file",
    "forcedInform",
    "functional",
    "hexBinary",
    "hidden",
    "id",
    "import",
    "instanceRef",
    "int",
    "isService",
    "list",
    "long",
    "maxEntries",
    "maxInclusive",
    "maxItems",
    "maxLength",
    "minEntries",
    "minInclusive",
    "minItems",
    "minLength",
    "model",
    "name",
    "nestedBrackets",
    "nullValue",
    "object",
    "parameter",
    "path",
    "pathRef",
    "pattern",
    "range",
    "ref",
    "secured",
    "size",
    "status",
    "string",
    "syntax",
    "targetParam",
    "template",
    "type",
    "uniqueKey",
    "units",
    "unsignedInt",
    "unsignedLong",
    "value",
];

/// The word of the schema, or nothing.
fn word(name: &str) -> &'static str {
    WORDS.binary_search(&name).map_or("", |at| WORDS[at])
}

fn append(text: &mut String, piece: &str) {
    let room = KEPT_TEXT.saturating_sub(text.len());
    let end = piece.floor_char_boundary(room.min(piece.len()));
    text.push_str(&piece[..end]);
}

/// An attribute's value with its references resolved; unknown ones stay as they are written.
fn unescape(raw: &str) -> String {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        value.push_str(&rest[..at]);
        rest = &rest[at..];
        match rest.find(';') {
            Some(end) if end <= 12 => {
                value.push_str(&resolve(&rest[1..end]));
                rest = &rest[end + 1..];
            }
            _ => {
                value.push('&');
                rest = &rest[1..];
            }
        }
    }
    value.push_str(rest);
    value
}

/// What a reference stands for.
fn resolve(name: &str) -> String {
    let known = match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let code = match name.strip_prefix("#x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => name.strip_prefix('#').and_then(|number| number.parse().ok()),
    };
    match code.and_then(char::from_u32).filter(|c| !c.is_control() || c.is_whitespace()) {
        Some(character) => character.to_string(),
        None => format!("&{name};"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted() {
        assert!(WORDS.is_sorted());
        assert_eq!((word("syntax"), word("script")), ("syntax", ""));
    }

    #[test]
    fn references_are_resolved_once() {
        assert_eq!(unescape("a&amp;lt;&#x41;&#66;&foo;&"), "a&lt;AB&foo;&");
        assert_eq!(unescape("&#0;&#x110000;"), "&#0;&#x110000;");
    }
}
