//! XML that comes from elsewhere: the inside of a vendor's own method.

use super::writer::Writer;
use crate::decode::is_forbidden;
use crate::{DecodeError, Limits};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::fmt::Write as _;

/// Most bytes of the inside of a method that is passed through.
pub const MAX_FRAGMENT: usize = 64 << 10;

/// Whether `xml` may stand inside an element: well-formed and balanced, element and attribute names in ASCII, no
/// document type, XML declaration or processing instruction, no entity but XML's own five, and at most
/// [`MAX_FRAGMENT`] bytes within the default [`Limits`] of depth, names and attributes.
pub fn check_fragment(xml: &str) -> Result<(), DecodeError> {
    rewrite(xml).map(drop)
}

/// Writes the inside of a method. What [`check_fragment`] refuses is written as text, so that it cannot break out.
pub(super) fn write(writer: &mut Writer, xml: &str) {
    match rewrite(xml) {
        Ok(markup) => writer.raw(&markup),
        Err(_) => writer.text(xml),
    }
}

/// The same markup in ASCII: CDATA becomes text, comments are left out, attribute values are in double quotes.
fn rewrite(xml: &str) -> Result<String, DecodeError> {
    let limits = Limits::default();
    if xml.len() > MAX_FRAGMENT {
        return Err(DecodeError::TooLong("body"));
    }
    let malformed = |offset: u64, what| DecodeError::Malformed { offset, what };
    if let Some(at) = xml.find(is_forbidden) {
        return Err(malformed(at as u64, "a character that XML forbids"));
    }
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_comments = true;
    let mut out = String::with_capacity(xml.len());
    let mut depth = 0usize;
    loop {
        let event = reader.read_event().map_err(|_| malformed(reader.error_position(), "not well-formed"))?;
        let at = reader.buffer_position();
        match event {
            Event::Start(start) => {
                depth += 1;
                if depth > limits.max_depth {
                    return Err(DecodeError::TooDeep);
                }
                tag(&mut out, &start, &limits).map_err(|what| malformed(at, what))?;
                out.push('>');
            }
            Event::Empty(start) => {
                tag(&mut out, &start, &limits).map_err(|what| malformed(at, what))?;
                out.push_str("/>");
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                out.push_str("</");
                out.push_str(end.name().as_ref());
                out.push('>');
            }
            Event::Text(text) => {
                let text = text.into_inner();
                if text.contains("]]>") {
                    return Err(malformed(at, "the end of a CDATA section in a text"));
                }
                // Together with what stands before, `>` could end a CDATA section that there is not.
                ascii(&mut out, &text.replace('>', "&gt;"));
            }
            Event::CData(text) => {
                let text = text.into_inner();
                let escaped = quick_xml::escape::escape(text.as_ref());
                ascii(&mut out, &escaped);
            }
            Event::GeneralRef(name) => {
                let name = name.into_inner();
                if !is_reference(&name) {
                    return Err(malformed(at, "a reference that means nothing"));
                }
                out.push('&');
                out.push_str(&name);
                out.push(';');
            }
            Event::Comment(_) => {}
            Event::DocType(_) => return Err(DecodeError::Doctype),
            Event::Decl(_) | Event::PI(_) => return Err(malformed(at, "a processing instruction")),
            Event::Eof if depth > 0 => return Err(malformed(at, "an element that does not end")),
            Event::Eof => return Ok(out),
        }
    }
}

/// Writes a start tag without its end.
fn tag(out: &mut String, start: &BytesStart, limits: &Limits) -> Result<(), &'static str> {
    let name = start.name();
    let name = name.as_ref();
    if !is_name(name) || name.len() > limits.max_name {
        return Err("a name that is not allowed");
    }
    out.push('<');
    out.push_str(name);
    for (index, attribute) in start.attributes().enumerate() {
        let attribute = attribute.map_err(|_| "an attribute that is not well-formed")?;
        let name = attribute.key.as_ref();
        let references = attribute.value.split('&').skip(1);
        let good = references.into_iter().all(|rest| rest.split_once(';').is_some_and(|(name, _)| is_reference(name)));
        if index >= limits.max_attributes || !is_name(name) || !good || attribute.value.contains('<') {
            return Err("an attribute that is not allowed");
        }
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        ascii(out, &attribute.value.replace('"', "&quot;"));
        out.push('"');
    }
    Ok(())
}

/// Markup whose characters outside ASCII become references.
fn ascii(out: &mut String, markup: &str) {
    for character in markup.replace("\r\n", "\n").chars() {
        match character {
            '\r' => out.push('\n'),
            ' '..='~' | '\t' | '\n' => out.push(character),
            other => write!(out, "&#{};", u32::from(other)).expect("writing to a String cannot fail"),
        }
    }
}

/// A name in ASCII with at most one prefix.
fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        part.bytes().next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
    };
    match name.split_once(':') {
        Some((prefix, local)) => part(prefix) && part(local),
        None => part(name),
    }
}

/// Whether what stands between `&` and `;` is one of XML's own entities or a character that XML allows.
fn is_reference(name: &str) -> bool {
    if matches!(name, "amp" | "lt" | "gt" | "quot" | "apos") {
        return true;
    }
    let Some(number) = name.strip_prefix('#') else { return false };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain
        && u32::from_str_radix(digits, radix)
            .ok()
            .and_then(char::from_u32)
            .is_some_and(|character| !is_forbidden(character))
}
