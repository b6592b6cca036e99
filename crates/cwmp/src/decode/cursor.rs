//! A walk over the elements of a document with depth, counts and lengths bounded.

use super::{DecodeError, Limits};
use crate::Warning;
use quick_xml::Reader;
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

/// The warnings so far, each kind once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Warnings(u8);

const ALL: [Warning; 6] = [
    Warning::Encoding,
    Warning::ControlCharacters,
    Warning::Mended,
    Warning::Value,
    Warning::EventCode,
    Warning::Missing,
];

impl Warnings {
    pub(super) fn add(&mut self, warning: Warning) {
        self.0 |= 1 << warning as u8;
    }

    pub(super) fn list(self) -> Vec<Warning> {
        ALL.into_iter().filter(|warning| self.0 & 1 << *warning as u8 != 0).collect()
    }
}

/// What comes next in a document. Comments and processing instructions are not reported.
pub(super) enum Token<'i> {
    Open(BytesStart<'i>),
    Close,
    /// Text or CDATA as written, with line ends as they are.
    Text(Cow<'i, str>),
    /// The name of a general or character reference, without `&` and `;`.
    Reference(Cow<'i, str>),
    End,
}

pub(super) struct Cursor<'i> {
    reader: Reader<&'i [u8]>,
    input: &'i str,
    limits: &'i Limits,
    depth: usize,
    members: usize,
    /// The element opened last was `<x/>`: its end is still to be reported.
    empty: bool,
    warnings: Warnings,
}

impl<'i> Cursor<'i> {
    pub(super) fn new(input: &'i str, limits: &'i Limits, warnings: Warnings) -> Self {
        let mut reader = Reader::from_str(input);
        // A bare `&` is text: devices forget to escape it in SSIDs.
        reader.config_mut().allow_dangling_amp = true;
        Self { reader, input, limits, depth: 0, members: 0, empty: false, warnings }
    }

    pub(super) fn warn(&mut self, warning: Warning) {
        self.warnings.add(warning);
    }

    pub(super) fn warnings(&self) -> Warnings {
        self.warnings
    }

    /// Number of elements that are open.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'i str {
        usize::try_from(self.reader.buffer_position()).ok().and_then(|at| self.input.get(at..)).unwrap_or_default()
    }

    pub(super) fn malformed(&self, what: &'static str) -> DecodeError {
        DecodeError::Malformed { offset: self.reader.buffer_position(), what }
    }

    pub(super) fn next(&mut self) -> Result<Token<'i>, DecodeError> {
        if self.empty {
            self.empty = false;
            self.depth -= 1;
            return Ok(Token::Close);
        }
        loop {
            return match self.reader.read_event() {
                Ok(Event::Start(start)) => {
                    self.enter(&start)?;
                    Ok(Token::Open(start))
                }
                Ok(Event::Empty(start)) => {
                    self.enter(&start)?;
                    self.empty = true;
                    Ok(Token::Open(start))
                }
                Ok(Event::End(_)) => {
                    // The reader reports ends without a start as errors, so this never wraps.
                    self.depth = self.depth.saturating_sub(1);
                    Ok(Token::Close)
                }
                Ok(Event::Text(text)) => Ok(Token::Text(text.into_inner())),
                Ok(Event::CData(text)) => Ok(Token::Text(text.into_inner())),
                Ok(Event::GeneralRef(name)) => Ok(Token::Reference(name.into_inner())),
                Ok(Event::Comment(_) | Event::PI(_) | Event::Decl(_)) => continue,
                Ok(Event::DocType(_)) => Err(DecodeError::Doctype),
                Ok(Event::Eof) => Ok(Token::End),
                Err(error) => Err(self.reader_error(&error)),
            };
        }
    }

    fn enter(&mut self, start: &BytesStart) -> Result<(), DecodeError> {
        self.depth += 1;
        if self.depth > self.limits.max_depth {
            return Err(DecodeError::TooDeep);
        }
        if start.name().as_ref().len() > self.limits.max_name {
            return Err(DecodeError::TooLong("name"));
        }
        // No attribute is shorter than ` a=b`, so counting is needed on absurdly long tags only.
        let most = self.limits.max_attributes;
        if start.attributes_raw().len() / 4 > most && attributes(start).take(most + 1).count() > most {
            return Err(DecodeError::TooMany("attributes"));
        }
        Ok(())
    }

    fn reader_error(&self, error: &quick_xml::Error) -> DecodeError {
        use quick_xml::errors::{IllFormedError, SyntaxError};
        let what = match error {
            quick_xml::Error::Syntax(SyntaxError::UnclosedDoctype | SyntaxError::InvalidBangMarkup) => {
                "a declaration that XML does not know"
            }
            quick_xml::Error::Syntax(_) => "markup that does not end",
            quick_xml::Error::IllFormed(
                IllFormedError::MismatchedEndTag { .. } | IllFormedError::UnmatchedEndTag(_),
            ) => "an end tag that does not match its start",
            _ => "not well-formed",
        };
        DecodeError::Malformed { offset: self.reader.error_position(), what }
    }

    /// The next child of the element that is open, or `None` when that element ends. The caller has to consume
    /// each child to its end, with [`Self::text`], [`Self::skip`] or this.
    pub(super) fn child(&mut self) -> Result<Option<BytesStart<'i>>, DecodeError> {
        loop {
            match self.next()? {
                Token::Open(start) => return Ok(Some(start)),
                Token::Close => return Ok(None),
                Token::Text(_) | Token::Reference(_) => {}
                Token::End => return Err(self.malformed("the document is cut off")),
            }
        }
    }

    /// Counts one member of an array.
    pub(super) fn member(&mut self) -> Result<(), DecodeError> {
        self.members += 1;
        if self.members > self.limits.max_parameters { Err(DecodeError::TooMany("parameters")) } else { Ok(()) }
    }

    /// Consumes the element that is open, whatever it contains.
    pub(super) fn skip(&mut self) -> Result<(), DecodeError> {
        let outer = self.depth.saturating_sub(1);
        while self.depth > outer {
            if let Token::End = self.next()? {
                return Err(self.malformed("the document is cut off"));
            }
        }
        Ok(())
    }

    /// Consumes the element that is open and returns the markup between its tags.
    pub(super) fn raw(&mut self) -> Result<&'i str, DecodeError> {
        let before = if self.empty { "" } else { self.rest() };
        self.skip()?;
        let inside = &before[..before.len().saturating_sub(self.rest().len())];
        // What comes last is the end tag, and there is no `<` within it.
        Ok(inside.rfind("</").map_or("", |end| &inside[..end]))
    }

    /// The text of the element that is open, up to its end; whitespace is kept, elements inside are left out.
    pub(super) fn text(&mut self) -> Result<Cow<'i, str>, DecodeError> {
        let mut text = Cow::Borrowed("");
        loop {
            match self.next()? {
                Token::Close => return Ok(text),
                Token::Text(piece) => self.append(&mut text, line_ends(piece))?,
                Token::Reference(name) => {
                    let piece = self.resolve(&name);
                    self.append(&mut text, piece)?;
                }
                Token::Open(_) => {
                    self.warn(Warning::Mended);
                    self.skip()?;
                }
                Token::End => return Err(self.malformed("the document is cut off")),
            }
        }
    }

    /// [`Self::text`] without the whitespace around it.
    pub(super) fn trimmed(&mut self) -> Result<String, DecodeError> {
        Ok(self.text()?.trim().to_owned())
    }

    /// Adds a token's text to `text`, within the limit.
    pub(super) fn append(&self, text: &mut Cow<'i, str>, piece: Cow<'i, str>) -> Result<(), DecodeError> {
        if text.len() + piece.len() > self.limits.max_text {
            return Err(DecodeError::TooLong("text"));
        }
        if text.is_empty() {
            *text = piece;
        } else {
            text.to_mut().push_str(&piece);
        }
        Ok(())
    }

    /// What a reference stands for. There are no declared entities, so unknown ones stay as they were written.
    pub(super) fn resolve(&mut self, name: &str) -> Cow<'i, str> {
        let known = match name {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "apos" => "'",
            _ => "",
        };
        if !known.is_empty() {
            return Cow::Borrowed(known);
        }
        let Some(number) = name.strip_prefix('#') else {
            self.warn(Warning::Mended);
            return Cow::Owned(format!("&{name};"));
        };
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        let character = code.ok().and_then(char::from_u32).filter(|c| !super::charset::is_forbidden(*c));
        if character.is_none() {
            self.warn(Warning::ControlCharacters);
        }
        Cow::Owned(character.unwrap_or(char::REPLACEMENT_CHARACTER).to_string())
    }
}

/// XML 1.0 §2.11: CR LF and lone CR are LF.
pub(super) fn line_ends(text: Cow<str>) -> Cow<str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { text }
}

/// The attributes of an element. The check for duplicates is off: it is quadratic, and devices do send them.
pub(super) fn attributes<'s>(start: &'s BytesStart) -> Attributes<'s> {
    let mut attributes = start.attributes();
    attributes.with_checks(false);
    attributes
}

/// The value of the first attribute with this local name, as written.
pub(super) fn attribute<'s>(start: &'s BytesStart, local: &str) -> Option<Cow<'s, str>> {
    attributes(start)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == local)
        .map(|attribute| attribute.value)
}
