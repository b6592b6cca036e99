//! XML as it stands there, without any demand on it.

use std::borrow::Cow;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// `raw` is what stands between `<` and `>`; `name` is local.
    Open { raw: &'t str, name: &'t str, empty: bool },
    /// `name` as it stands there with its prefix is written again; matching goes by the same text.
    Close { name: &'t str },
    /// With its references.
    Text(&'t str),
    /// The inside of a CDATA section.
    Data(&'t str),
    /// A comment, declaration or instruction, whole.
    Other(&'t str),
}

pub(super) struct Tokens<'t> {
    rest: &'t str,
}

impl<'t> Tokens<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { rest: text }
    }

    /// Takes up to the end of `end`, or everything.
    fn until(&mut self, end: &str) -> &'t str {
        let at = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        let (token, rest) = self.rest.split_at(at);
        self.rest = rest;
        token
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        if self.rest.is_empty() {
            return None;
        }
        if !self.rest.starts_with('<') {
            let at = self.rest.find('<').unwrap_or(self.rest.len());
            let (text, rest) = self.rest.split_at(at);
            self.rest = rest;
            return Some(Token::Text(text));
        }
        if self.rest.starts_with("<!--") {
            return Some(Token::Other(self.until("-->")));
        }
        if self.rest.starts_with("<![CDATA[") {
            let data = self.until("]]>");
            return Some(Token::Data(data["<![CDATA[".len()..].trim_end_matches("]]>")));
        }
        if self.rest.starts_with("<?") {
            return Some(Token::Other(self.until("?>")));
        }
        if self.rest.starts_with("<!") {
            return Some(Token::Other(self.until(">")));
        }
        if self.rest.starts_with("</") {
            let raw = self.until(">");
            return Some(Token::Close { name: raw[2..].trim_end_matches('>').trim() });
        }
        let Some(end) = tag_end(self.rest) else {
            // It broke off: what stands behind its name could be anything.
            let name = self.rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(self.rest.len());
            return Some(Token::Other(&std::mem::take(&mut self.rest)[..name]));
        };
        let raw = &self.rest[1..end];
        self.rest = &self.rest[end + 1..];
        let name = raw.split(|c: char| c.is_ascii_whitespace() || c == '/').next().unwrap_or_default();
        Some(Token::Open { raw, name: local(name), empty: raw.ends_with('/') })
    }
}

/// Where a tag ends: a `>` in a quoted value does not.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    // A quote that never ends: up to the first `>`, then.
    text.find('>')
}

/// A name without its prefix.
pub(super) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Text with its references resolved; what is none stays.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let reference = rest.find(';').filter(|end| *end <= 10).map(|end| &rest[1..end]);
        let Some(c) = reference.and_then(resolved) else {
            out.push('&');
            rest = &rest[1..];
            continue;
        };
        out.push(c);
        rest = &rest[reference.map_or(1, |reference| reference.len() + 2)..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn resolved(reference: &str) -> Option<char> {
    match reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = reference.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number)
        }
    }
}
