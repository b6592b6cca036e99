//! One stanza as a small tree. Stanzas are bounded by [`super::StreamReader`] before they get here.

use super::XmppError;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::fmt::Write as _;

/// Elements inside elements.
const DEPTH_MAX: usize = 32;

/// An element with what is inside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Without a prefix.
    pub name: String,
    /// Empty if it is declared outside the stanza, as that of `stream:features` is.
    pub namespace: String,
    /// By full name; declarations of namespaces left out.
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    /// All text directly inside.
    pub text: String,
}

impl Element {
    /// The first child of this name, in any namespace.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Reads one complete element.
    pub(super) fn parse(text: &str) -> Result<Self, XmppError> {
        let mut reader = Reader::from_str(text);
        // The open elements, each with the default namespace inside it.
        let mut open: Vec<(Self, String)> = Vec::new();
        loop {
            let event = reader.read_event().map_err(|_| XmppError::Malformed)?;
            match event {
                Event::Start(start) => {
                    if open.len() >= DEPTH_MAX {
                        return Err(XmppError::TooLong);
                    }
                    let element = begin(&start, &open)?;
                    open.push(element);
                }
                Event::Empty(start) => {
                    let (element, _) = begin(&start, &open)?;
                    match open.last_mut() {
                        Some((parent, _)) => parent.children.push(element),
                        None => return Ok(element),
                    }
                }
                Event::End(_) => {
                    let (element, _) = open.pop().ok_or(XmppError::Malformed)?;
                    match open.last_mut() {
                        Some((parent, _)) => parent.children.push(element),
                        None => return Ok(element),
                    }
                }
                Event::Text(text) => {
                    if let Some((element, _)) = open.last_mut() {
                        element.text.push_str(&text.into_inner());
                    }
                }
                Event::GeneralRef(name) => {
                    if let Some((element, _)) = open.last_mut() {
                        element.text.push(resolve(&name.into_inner()).ok_or(XmppError::Malformed)?);
                    }
                }
                // RFC 6120 §11.1: neither comments nor declarations nor CDATA of anyone's own are needed or allowed.
                _ => return Err(XmppError::Malformed),
            }
        }
    }

    /// Reads a start tag alone: the header of a stream.
    pub(super) fn parse_start(text: &str) -> Result<Self, XmppError> {
        let mut reader = Reader::from_str(text);
        match reader.read_event().map_err(|_| XmppError::Malformed)? {
            Event::Start(start) => begin(&start, &[]).map(|(element, _)| element),
            _ => Err(XmppError::Malformed),
        }
    }
}

fn begin(start: &BytesStart, open: &[(Element, String)]) -> Result<(Element, String), XmppError> {
    let mut inherited = open.last().map(|(_, namespace)| namespace.clone()).unwrap_or_default();
    let name = start.name();
    let prefix = name.prefix().map(|prefix| prefix.into_inner().to_owned());
    let mut element = Element { name: start.local_name().as_ref().to_owned(), ..Element::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| XmppError::Malformed)?;
        let key: &str = attribute.key.as_ref();
        let value = unescape(&attribute.value)?;
        if key == "xmlns" {
            inherited = value;
        } else if let Some(declared) = key.strip_prefix("xmlns:") {
            if prefix.as_deref() == Some(declared) {
                element.namespace = value;
            }
        } else {
            element.attributes.push((key.to_owned(), value));
        }
    }
    if prefix.is_none() {
        element.namespace.clone_from(&inherited);
    }
    Ok((element, inherited))
}

/// The value of an attribute.
fn unescape(text: &str) -> Result<String, XmppError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let (name, after) = rest[at + 1..].split_once(';').ok_or(XmppError::Malformed)?;
        out.push(resolve(name).ok_or(XmppError::Malformed)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// What a reference stands for. There are no others in XMPP.
fn resolve(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| !is_forbidden(*c))
        }
    }
}

/// Characters that XML 1.0 does not have.
fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Text as it stands between tags or in quotes; what XML does not have is left out.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !is_forbidden(*c)) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' | '\r' => write!(out, "&#{};", u32::from(c)).expect("writing to a String cannot fail"),
            c => out.push(c),
        }
    }
    out
}
