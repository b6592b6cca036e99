//! Bytes to text: byte order marks, declared encodings, and what devices send instead.

use super::cursor::Warnings;
use crate::Warning;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// Borrows clean UTF-8 as it is. Otherwise the encoding is taken from a byte order mark, the shape of the first
/// bytes, the Content-Type or the XML declaration, in this order; bytes that are not UTF-8 where they should be
/// are read one by one as Latin-1 (in its superset Windows-1252), which leaves the valid rest intact.
pub(super) fn to_text<'b>(body: &'b [u8], charset: Option<&str>, warnings: &mut Warnings) -> Cow<'b, str> {
    let (encoding, mark) = detect(body, charset);
    let bytes = &body[mark..];
    let text = if encoding == UTF_8 {
        if let Ok(text) = std::str::from_utf8(bytes) {
            Cow::Borrowed(text)
        } else {
            warnings.add(Warning::Encoding);
            Cow::Owned(with_latin_1(bytes))
        }
    } else {
        let (text, malformed) = encoding.decode_without_bom_handling(bytes);
        if malformed {
            warnings.add(Warning::Encoding);
        }
        text
    };
    clean(text, warnings)
}

/// The encoding, and the length of the byte order mark.
fn detect(body: &[u8], charset: Option<&str>) -> (&'static Encoding, usize) {
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        return (encoding, mark);
    }
    match body {
        [b'<', 0, ..] => return (UTF_16LE, 0),
        [0, b'<', ..] => return (UTF_16BE, 0),
        _ => {}
    }
    let label = |label: &str| Encoding::for_label(label.trim_matches(['"', '\'', ' ']).as_bytes());
    let declared = charset.and_then(label).or_else(|| declaration(body).and_then(label)).unwrap_or(UTF_8);
    // Something that begins like ASCII is not UTF-16, whatever it says.
    if declared == UTF_16LE || declared == UTF_16BE { (UTF_8, 0) } else { (declared, 0) }
}

/// The `encoding` of the XML declaration.
fn declaration(body: &[u8]) -> Option<&str> {
    let start = body.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let head = &body[start..body.len().min(start + 200)];
    if !head.starts_with(b"<?xml") {
        return None;
    }
    let head = &head[..head.windows(2).position(|pair| pair == b"?>")?];
    let head = std::str::from_utf8(head).ok()?;
    let (_, value) = head.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next()
}

fn with_latin_1(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    text
}

/// Drops the NULs that some devices send behind the document and replaces characters that XML forbids.
fn clean<'b>(text: Cow<'b, str>, warnings: &mut Warnings) -> Cow<'b, str> {
    let end = text.trim_end_matches(|c: char| c == '\0' || c.is_ascii_whitespace()).len();
    if text[end..].contains('\0') {
        warnings.add(Warning::Mended);
    }
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    };
    if !has_control(text.as_bytes()) {
        return text;
    }
    warnings.add(Warning::ControlCharacters);
    Cow::Owned(text.chars().map(|c| if is_forbidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect())
}

/// Whether XML 1.0 forbids the character (§2.2).
pub(crate) fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Looks at whole blocks without leaving early, which the compiler turns into vector instructions.
fn has_control(bytes: &[u8]) -> bool {
    let control = |byte: u8| u8::from(byte < 0x20) & u8::from(!matches!(byte, b'\t' | b'\n' | b'\r'));
    bytes.chunks(256).any(|block| block.iter().fold(0, |found, byte| found | control(*byte)) != 0)
}
