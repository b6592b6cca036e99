//! A body as a person reads it: indented, without secrets, whatever the bytes are.
//!
//! For the protocol trace. It never fails and never recurses: what is not XML is shown as bytes, what is broken XML is
//! shown as far as it goes. Secrets are the values of parameters that the caller knows as such, elements and attributes
//! with the name of a secret ([`is_secret_name`]), and passwords in addresses. Where the name of a value is missing, the
//! value counts as secret.

mod tokens;

use crate::decode::text_of;
use model::task::is_secret_name;
use std::borrow::Cow;
use tokens::{Token, Tokens, local, plain};

/// Stands for a secret.
pub const MASK: &str = "***";
/// Bytes of a body that are looked at.
const INPUT: usize = 1 << 20;
/// Bytes of a body that is no XML that are shown.
const BYTES: usize = 4096;
/// Characters of one text that are shown.
const TEXT: usize = 8192;
/// Deepest indentation.
const DEPTH: usize = 24;
/// Secrets that are told, and how long they must be to be found again in other texts.
const SECRETS: usize = 64;
const SECRET_MIN: usize = 6;

/// See [`readable`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readable {
    pub text: String,
    /// The body was longer than is shown.
    pub cut: bool,
    /// What it is: `Inform (2 PERIODIC)`, `GetParameterValues`, `Fault 9005`; empty if it is no envelope.
    pub summary: String,
    /// What was masked, so that it can be masked elsewhere, too.
    pub secrets: Vec<String>,
}

/// Writes a body for a person; at most about `limit` bytes. `charset` is the parameter of the Content-Type. `is_secret`
/// says of the full name of a parameter whether its value is hidden.
pub fn readable(body: &[u8], charset: Option<&str>, limit: usize, is_secret: &dyn Fn(&str) -> bool) -> Readable {
    let shown = &body[..body.len().min(INPUT)];
    let text = text_of(shown, charset);
    let tokens: Vec<Token> = Tokens::new(&text).collect();
    if !tokens.iter().any(|token| matches!(token, Token::Open { .. })) {
        return Readable { text: bytes(body), cut: body.len() > BYTES, ..Readable::default() };
    }
    let (masked, secrets) = secrets(&tokens, is_secret);
    let mut writer = Writer { text: String::new(), depth: 0, last: Last::Nothing, limit };
    let mut cut = body.len() > INPUT;
    for (token, masked) in tokens.iter().zip(masked) {
        if writer.text.len() >= limit {
            cut = true;
            break;
        }
        writer.token(token, masked);
    }
    Readable { text: writer.text, cut, summary: summary(&tokens), secrets }
}

/// The serial number that an Inform names, also in an envelope that cannot be decoded.
pub fn serial_number(body: &[u8]) -> Option<String> {
    let text = text_of(&body[..body.len().min(64 << 10)], None);
    let mut tokens = Tokens::new(&text);
    tokens.find(|token| matches!(token, Token::Open { name, .. } if *name == "SerialNumber"))?;
    match tokens.next() {
        Some(Token::Text(text)) => Some(plain(text).trim().to_owned()).filter(|serial| !serial.is_empty()),
        _ => None,
    }
}

/// Bytes that are no XML: ASCII as it is, the rest as escapes.
fn bytes(body: &[u8]) -> String {
    let mut text = String::new();
    for &byte in body.iter().take(BYTES) {
        if matches!(byte, b'\n' | b'\t' | b' '..=b'~') {
            text.push(char::from(byte));
        } else {
            text.push_str(&byte.escape_ascii().to_string());
        }
    }
    text
}

/// An open element.
struct Frame<'t> {
    name: &'t str,
    /// Its text is the name of a parameter.
    names: Option<String>,
    /// Whether the name that stands in it is a secret's; `None`: there is none.
    named_secret: Option<bool>,
    /// Texts of values in it, which its name decides about, and of the faults about them.
    values: Vec<usize>,
    faults: Vec<usize>,
    /// Everything in it is a secret.
    secret: bool,
    /// The frame whose name decides about the texts in this one, and whether they are of a fault.
    owner: Option<(usize, bool)>,
}

/// Which tokens are secrets; and the secrets themselves.
fn secrets(tokens: &[Token], is_secret: &dyn Fn(&str) -> bool) -> (Vec<bool>, Vec<String>) {
    let mut masked = vec![false; tokens.len()];
    let mut stack: Vec<Frame> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Open { name, empty, .. } => {
                if !*empty {
                    stack.push(open(name, &stack));
                }
            }
            Token::Close { name } => {
                if let Some(depth) = stack.iter().rposition(|frame| frame.name == local(name)) {
                    while stack.len() > depth {
                        let whole = stack.len() == depth + 1;
                        close(&mut stack, &mut masked, whole, is_secret);
                    }
                }
            }
            Token::Text(text) | Token::Data(text) => {
                let Some(frame) = stack.last_mut() else { continue };
                masked[at] = frame.secret;
                if let Some((owner, fault)) = frame.owner {
                    let owner = &mut stack[owner];
                    if fault { owner.faults.push(at) } else { owner.values.push(at) }
                }
                // A name in a child of its element is a name, too.
                if let Some(names) = stack.iter_mut().rev().find_map(|frame| frame.names.as_mut()) {
                    names.push_str(&if matches!(token, Token::Text(_)) { plain(text) } else { Cow::Borrowed(*text) });
                }
            }
            Token::Other(_) => {}
        }
    }
    while !stack.is_empty() {
        close(&mut stack, &mut masked, false, is_secret);
    }
    let mut secrets: Vec<String> = Vec::new();
    for (token, _) in tokens.iter().zip(&masked).filter(|(_, masked)| **masked) {
        let (Token::Text(text) | Token::Data(text)) = token else { continue };
        let secret = plain(text).trim().to_owned();
        if secret.len() >= SECRET_MIN && secrets.len() < SECRETS && !secrets.contains(&secret) {
            secrets.push(secret);
        }
    }
    (masked, secrets)
}

fn open<'t>(name: &'t str, stack: &[Frame<'t>]) -> Frame<'t> {
    let parent = stack.last();
    let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
    let owner = match parent {
        Some(_) if is("Value") => Some((stack.len() - 1, false)),
        Some(_) if is("FaultString") => Some((stack.len() - 1, true)),
        Some(parent) => parent.owner,
        None => None,
    };
    Frame {
        name,
        names: (is("Name") || is("ParameterName")).then(String::new),
        named_secret: None,
        values: Vec::new(),
        faults: Vec::new(),
        secret: is_secret_name(name) || parent.is_some_and(|parent| parent.secret),
        owner,
    }
}

/// `whole`: its own end tag was there. A name that broke off may have gone on as that of a secret.
fn close(stack: &mut Vec<Frame>, masked: &mut [bool], whole: bool, is_secret: &dyn Fn(&str) -> bool) {
    let Some(frame) = stack.pop() else { return };
    if let (Some(name), Some(parent)) = (&frame.names, stack.last_mut()) {
        let name = name.trim();
        let secret = !whole || name.is_empty() || is_secret(name);
        parent.named_secret = Some(secret || parent.named_secret == Some(true));
    }
    for at in frame.values {
        masked[at] |= frame.named_secret != Some(false);
    }
    for at in frame.faults {
        masked[at] |= frame.named_secret == Some(true);
    }
}

fn summary(tokens: &[Token]) -> String {
    let mut opened = tokens.iter().enumerate().filter_map(|(at, token)| match token {
        Token::Open { name, .. } => Some((at, *name)),
        _ => None,
    });
    if !opened.any(|(_, name)| name == "Body") {
        return String::new();
    }
    let Some((at, method)) = opened.next() else { return String::new() };
    let texts = |wanted: &str, most: usize| -> Vec<String> {
        let pairs = tokens[at..].windows(2).filter_map(|pair| match pair {
            [Token::Open { name, .. }, Token::Text(text)] if *name == wanted => Some(plain(text).trim().to_owned()),
            _ => None,
        });
        pairs.filter(|text| !text.is_empty()).take(most).collect()
    };
    let more = match method {
        "Inform" => {
            Some(texts("EventCode", 8).join(", ")).filter(|events| !events.is_empty()).map(|e| format!(" ({e})"))
        }
        "Fault" => texts("FaultCode", 1).pop().map(|code| format!(" {code}")),
        _ => None,
    };
    format!("{method}{}", more.unwrap_or_default()).chars().map(visible_char).take(200).collect()
}

fn visible_char(c: char) -> char {
    if is_invisible(c) { char::REPLACEMENT_CHARACTER } else { c }
}

/// Characters that change how the text around them looks, or cannot be seen.
fn is_invisible(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Open,
    /// Text right behind its element's beginning.
    Inline,
    Other,
}

struct Writer {
    text: String,
    depth: usize,
    last: Last,
    limit: usize,
}

impl Writer {
    fn token(&mut self, token: &Token, masked: bool) {
        match token {
            Token::Open { raw, empty, .. } => {
                self.line();
                self.push("<");
                self.push(&attributes(raw));
                self.push(">");
                self.last = if *empty { Last::Other } else { Last::Open };
                self.depth += usize::from(!empty);
            }
            Token::Close { name } => {
                self.depth = self.depth.saturating_sub(1);
                if self.last == Last::Other {
                    self.line();
                }
                self.push("</");
                self.push(name);
                self.push(">");
                self.last = Last::Other;
            }
            Token::Text(text) | Token::Data(text) => {
                if text.trim().is_empty() {
                    return;
                }
                if self.last == Last::Open {
                    self.last = Last::Inline;
                } else {
                    self.line();
                    self.last = Last::Other;
                }
                if masked {
                    self.push(MASK);
                    return;
                }
                let (open, end) = if matches!(token, Token::Data(_)) { ("<![CDATA[", "]]>") } else { ("", "") };
                self.push(open);
                self.push(&without_passwords(&shortened(text)));
                self.push(end);
            }
            Token::Other(raw) => {
                self.line();
                self.push(&shortened(raw));
                self.last = Last::Other;
            }
        }
    }

    fn line(&mut self) {
        if self.last != Last::Nothing {
            self.text.push('\n');
        }
        for _ in 0..self.depth.min(DEPTH) {
            self.text.push_str("  ");
        }
    }

    fn push(&mut self, text: &str) {
        for c in text.chars() {
            if self.text.len() >= self.limit {
                return;
            }
            if is_invisible(c) {
                self.text.extend(c.escape_unicode());
            } else {
                self.text.push(c);
            }
        }
    }
}

fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(TEXT) {
        None => Cow::Borrowed(text),
        Some((at, _)) => Cow::Owned(format!("{}… ({} bytes more)", &text[..at], text.len() - at)),
    }
}

/// `http://user:password@host` without the password.
fn without_passwords(text: &str) -> Cow<'_, str> {
    let (Some(scheme), Some(_)) = (text.find("://"), text.find('@')) else { return Cow::Borrowed(text) };
    let (before, rest) = text.split_at(scheme + 3);
    let authority = rest.find(['/', '?', '#', ' ', '<']).unwrap_or(rest.len());
    match rest[..authority].rfind('@') {
        Some(at) if rest[..at].contains(':') => {
            let user = rest[..at].split(':').next().unwrap_or_default();
            Cow::Owned(format!("{before}{user}:{MASK}{}", &rest[at..]))
        }
        _ => Cow::Borrowed(text),
    }
}

/// The inside of a tag, with the values of secret attributes masked. What cannot be told apart is left out.
fn attributes(raw: &str) -> Cow<'_, str> {
    let Some(space) = raw.find(|c: char| c.is_ascii_whitespace()) else { return Cow::Borrowed(raw) };
    let (name, mut rest) = raw.split_at(space);
    let mut text = name.to_owned();
    let mut changed = false;
    while let Some((key, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let value = after.chars().next().filter(|c| matches!(c, '"' | '\'')).and_then(|quote| {
            let end = after[1..].find(quote)? + 2;
            Some((&after[..end], &after[end..]))
        });
        let Some((value, next)) = value else {
            return Cow::Owned(format!("{text} {MASK}"));
        };
        text.push_str(key);
        text.push('=');
        if is_secret_name(local(key.trim())) {
            changed = true;
            text.push_str("\"***\"");
        } else {
            text.push_str(value);
        }
        rest = next;
    }
    if !changed {
        return Cow::Borrowed(raw);
    }
    text.push_str(rest);
    Cow::Owned(text)
}

#[cfg(test)]
mod tests;
