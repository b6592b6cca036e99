//! Elements into one buffer.

use super::Prefixes;
use crate::{Dialect, ParameterValue, SOAP_ENCODING, SOAP_ENVELOPE};
use std::io::Write as _;

pub(super) struct Writer<'d> {
    out: Vec<u8>,
    prefixes: Prefixes<'d>,
}

impl<'d> Writer<'d> {
    /// Begins the envelope. `hint` is the rough size of the message in bytes.
    pub(super) fn new(dialect: &'d Dialect, hint: usize) -> Self {
        let prefixes = Prefixes::choose(&dialect.envelope_prefix, &dialect.encoding_prefix);
        let mut writer = Self { out: Vec::with_capacity(hint + 768), prefixes };
        if dialect.declaration {
            writer.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        }
        let Prefixes { envelope, encoding } = prefixes;
        for part in ["<", envelope, ":Envelope xmlns:", envelope, "=\"", SOAP_ENVELOPE] {
            writer.raw(part);
        }
        for part in ["\" xmlns:", encoding, "=\"", SOAP_ENCODING] {
            writer.raw(part);
        }
        writer.raw("\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"");
        writer.raw(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:cwmp=\"");
        writer.text(&dialect.namespace);
        writer.raw("\">");
        writer
    }

    /// For a document that is not an envelope.
    pub(super) fn bare() -> Self {
        Self { out: Vec::with_capacity(512), prefixes: Prefixes::choose("soapenv", "soapenc") }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    pub(super) fn begin_header(&mut self) {
        self.soap("<", "Header>");
    }

    pub(super) fn id(&mut self, id: Option<&str>) {
        if let Some(id) = id {
            self.header("ID", true, id);
        }
    }

    pub(super) fn header(&mut self, name: &str, must_understand: bool, value: &str) {
        self.raw("<cwmp:");
        self.raw(name);
        if must_understand {
            self.soap(" ", "mustUnderstand=\"1\"");
        }
        self.raw(">");
        self.text(value);
        self.raw("</cwmp:");
        self.raw(name);
        self.raw(">");
    }

    pub(super) fn end_header(&mut self) {
        self.soap("</", "Header>");
    }

    pub(super) fn begin_body(&mut self) {
        self.soap("<", "Body>");
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.soap("</", "Body>");
        self.soap("</", "Envelope>");
        self.out
    }

    /// `before`, the envelope's prefix, a colon, `after`.
    pub(super) fn soap(&mut self, before: &str, after: &str) {
        self.raw(before);
        self.raw(self.prefixes.envelope);
        self.raw(":");
        self.raw(after);
    }

    /// Markup as it is.
    pub(super) fn raw(&mut self, markup: &str) {
        self.out.extend_from_slice(markup.as_bytes());
    }

    /// `<cwmp:name/>`.
    pub(super) fn empty_method(&mut self, name: &str, suffix: &str) {
        self.raw("<cwmp:");
        self.name(name);
        self.raw(suffix);
        self.raw("/>");
    }

    /// `<name>text</name>`.
    pub(super) fn leaf(&mut self, name: &str, text: &str) {
        self.open(name);
        self.text(text);
        self.close(name);
    }

    /// [`Self::leaf`] for each pair.
    pub(super) fn leaves(&mut self, pairs: &[(&str, &str)]) {
        for (name, text) in pairs {
            self.leaf(name, text);
        }
    }

    /// [`Self::leaf`] for each pair that has a text.
    pub(super) fn filled_leaves(&mut self, pairs: &[(&str, &str)]) {
        for (name, text) in pairs.iter().filter(|(_, text)| !text.is_empty()) {
            self.leaf(name, text);
        }
    }

    /// `<cwmp:name>`, what `write` writes, and the end.
    pub(super) fn method(&mut self, name: &str, suffix: &str, write: impl FnOnce(&mut Self)) {
        self.raw("<cwmp:");
        self.name(name);
        self.raw(suffix);
        self.raw(">");
        write(self);
        self.raw("</cwmp:");
        self.name(name);
        self.raw(suffix);
        self.raw(">");
    }

    pub(super) fn number(&mut self, name: &str, value: u32) {
        self.open(name);
        self.decimal(value);
        self.close(name);
    }

    /// Booleans as digits: every device reads those.
    pub(super) fn boolean(&mut self, name: &str, value: bool) {
        self.leaf(name, if value { "1" } else { "0" });
    }

    pub(super) fn open(&mut self, name: &str) {
        self.raw("<");
        self.raw(name);
        self.raw(">");
    }

    pub(super) fn close(&mut self, name: &str) {
        self.raw("</");
        self.raw(name);
        self.raw(">");
    }

    /// A SOAP-encoded array: `<name enc:arrayType="kind[n]">` and its members.
    pub(super) fn array<T>(&mut self, name: &str, kind: &str, members: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.raw("<");
        self.raw(name);
        self.raw(" ");
        self.raw(self.prefixes.encoding);
        self.raw(":arrayType=\"");
        self.raw(kind);
        self.raw("[");
        self.decimal(u32::try_from(members.len()).unwrap_or(u32::MAX));
        self.raw("]\">");
        for member in members {
            write(self, member);
        }
        self.close(name);
    }

    pub(super) fn strings(&mut self, name: &str, members: &[String]) {
        self.array(name, "xsd:string", members, |writer, member| writer.leaf("string", member));
    }

    /// An array of base64 texts, of the type that SOAP's encoding has for them.
    pub(super) fn base64(&mut self, name: &str, members: &[String]) {
        let kind = format!("{}:base64", self.prefixes.encoding);
        self.array(name, &kind, members, |writer, member| writer.leaf("base64", member));
    }

    pub(super) fn parameter_values(&mut self, members: &[ParameterValue]) {
        self.array("ParameterList", "cwmp:ParameterValueStruct", members, |writer, parameter| {
            writer.raw("<ParameterValueStruct>");
            writer.parameter_value(parameter);
            writer.raw("</ParameterValueStruct>");
        });
    }

    /// Name and typed value.
    pub(super) fn parameter_value(&mut self, parameter: &ParameterValue) {
        self.leaf("Name", &parameter.name);
        self.raw("<Value xsi:type=\"xsd:");
        self.raw(parameter.value_type.xsd_name());
        self.raw("\">");
        self.text(&parameter.value);
        self.raw("</Value>");
    }

    fn decimal(&mut self, value: u32) {
        write!(self.out, "{value}").expect("writing to a Vec cannot fail");
    }

    /// A name that came from elsewhere: characters that a name cannot have become `_`.
    fn name(&mut self, name: &str) {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if !name.as_bytes().first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_') {
            self.out.push(b'_');
        }
        self.out.extend(name.bytes().map(|byte| if good(byte) { byte } else { b'_' }));
    }

    /// Text with everything escaped that is markup, quote, control or not ASCII.
    pub(super) fn text(&mut self, text: &str) {
        let plain = |byte: u8| PLAIN[usize::from(byte)];
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| !plain(byte)) {
            let (clean, special) = rest.split_at(at);
            self.raw(clean);
            let Some(character) = special.chars().next() else { break };
            self.reference(character);
            rest = &special[character.len_utf8()..];
        }
        self.raw(rest);
    }

    fn reference(&mut self, character: char) {
        match character {
            '&' => self.raw("&amp;"),
            '<' => self.raw("&lt;"),
            '>' => self.raw("&gt;"),
            '"' => self.raw("&quot;"),
            '\'' => self.raw("&apos;"),
            // Not even a reference to these is allowed in XML 1.0.
            c if crate::decode::is_forbidden(c) => self.raw("&#65533;"),
            c => {
                self.raw("&#");
                self.decimal(u32::from(c));
                self.raw(";");
            }
        }
    }
}

/// Bytes that are written as they are.
const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 32;
    while byte < 127 {
        table[byte] = true;
        byte += 1;
    }
    table[b'\t' as usize] = true;
    table[b'\n' as usize] = true;
    table[b'&' as usize] = false;
    table[b'<' as usize] = false;
    table[b'>' as usize] = false;
    table[b'"' as usize] = false;
    table[b'\'' as usize] = false;
    table
};
