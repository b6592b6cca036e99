//! A stream cut into stanzas (RFC 6120 §4): bytes come in any pieces, whole stanzas go out.

use super::Element;
use thiserror::Error;

/// Bytes of the longest stanza that is taken. RFC 6120 §13.12 wants at least 10,000.
const STANZA_MAX: usize = 64 * 1024;

/// Why a stream cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum XmppError {
    #[error("the XMPP server sent something that is not a stream of stanzas")]
    Malformed,
    #[error("the XMPP server sent a stanza that is too long or too deep")]
    TooLong,
}

/// What came on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// Its header, without children.
    Open(Element),
    Stanza(Element),
    /// `</stream:stream>`: nothing follows.
    Close,
}

/// Takes bytes, gives stanzas. After an error it gives nothing but that error.
#[derive(Debug, Default)]
pub struct StreamReader {
    buffer: Vec<u8>,
    /// Everything before was looked at: a tag begins here, or text.
    at: usize,
    /// Elements that are open, the stream's own included.
    depth: usize,
    failed: Option<XmppError>,
}

/// One tag of the stream.
enum Tag {
    Start,
    Empty,
    End,
    Declaration,
}

impl StreamReader {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next event; `None` until more bytes come.
    pub fn next_event(&mut self) -> Result<Option<StreamEvent>, XmppError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let event = self.advance();
        if let Err(error) = event {
            self.failed = Some(error);
            self.buffer = Vec::new();
        }
        event
    }

    fn advance(&mut self) -> Result<Option<StreamEvent>, XmppError> {
        loop {
            let Some(open) = self.buffer[self.at..].iter().position(|byte| *byte == b'<') else {
                if self.depth <= 1 {
                    // Spaces between stanzas, which servers send to keep the connection open.
                    self.buffer.clear();
                    self.at = 0;
                } else {
                    self.at = self.buffer.len();
                }
                return self.within_limit();
            };
            let start = self.at + open;
            if self.depth <= 1 {
                self.buffer.drain(..start);
                self.at = 0;
            } else {
                self.at = start;
            }
            let Some((end, tag)) = self.tag()? else { return self.within_limit() };
            match tag {
                Tag::Declaration if self.depth == 0 => {}
                Tag::Declaration => return Err(XmppError::Malformed),
                Tag::Start if self.depth == 0 => {
                    self.depth = 1;
                    let header = Element::parse_start(&self.take(end)?)?;
                    return Ok(Some(StreamEvent::Open(header)));
                }
                Tag::Empty if self.depth == 0 => return Err(XmppError::Malformed),
                Tag::Start => self.depth += 1,
                Tag::Empty if self.depth == 1 => return self.stanza(end),
                Tag::Empty => {}
                Tag::End => {
                    self.depth = self.depth.checked_sub(1).ok_or(XmppError::Malformed)?;
                    match self.depth {
                        0 => return Ok(Some(StreamEvent::Close)),
                        1 => return self.stanza(end),
                        _ => {}
                    }
                }
            }
            self.at = end;
            self.within_limit()?;
        }
    }

    fn within_limit(&self) -> Result<Option<StreamEvent>, XmppError> {
        if self.at > STANZA_MAX || self.buffer.len() > 4 * STANZA_MAX { Err(XmppError::TooLong) } else { Ok(None) }
    }

    /// The tag at the front of what was not looked at: where it ends. `None` if it has not come whole.
    fn tag(&self) -> Result<Option<(usize, Tag)>, XmppError> {
        let rest = &self.buffer[self.at..];
        let mut quote = None;
        for (i, byte) in rest.iter().enumerate().take(STANZA_MAX) {
            match (quote, byte) {
                (Some(open), byte) if open == *byte => quote = None,
                (None, b'"' | b'\'') => quote = Some(*byte),
                // RFC 6120 §11.1: no comments, no DTD; and nobody sends CDATA.
                (None, b'!') if i == 1 => return Err(XmppError::Malformed),
                (None, b'<') if i > 0 => return Err(XmppError::Malformed),
                (None, b'>') => {
                    let tag = match (rest.get(1), rest[i - 1]) {
                        (Some(b'?'), _) => Tag::Declaration,
                        (Some(b'/'), _) => Tag::End,
                        (_, b'/') => Tag::Empty,
                        _ => Tag::Start,
                    };
                    return Ok(Some((self.at + i + 1, tag)));
                }
                _ => {}
            }
        }
        if rest.len() >= STANZA_MAX { Err(XmppError::TooLong) } else { Ok(None) }
    }

    fn stanza(&mut self, end: usize) -> Result<Option<StreamEvent>, XmppError> {
        if end > STANZA_MAX {
            return Err(XmppError::TooLong);
        }
        Element::parse(&self.take(end)?).map(|element| Some(StreamEvent::Stanza(element)))
    }

    /// The first bytes, which are taken out.
    fn take(&mut self, end: usize) -> Result<String, XmppError> {
        let bytes: Vec<u8> = self.buffer.drain(..end).collect();
        self.at = 0;
        String::from_utf8(bytes).map_err(|_| XmppError::Malformed)
    }
}
