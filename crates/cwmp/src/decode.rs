//! Envelopes to messages: one pass over the bytes, without a tree, without recursion, within [`Limits`].
//!
//! Elements are matched by their local names, because devices disagree about prefixes (§3.5 leaves them free) and
//! some forget to declare them. What is wrong but can be understood becomes a [`Warning`](crate::Warning); what
//! cannot becomes a [`DecodeError`]. Document type declarations are always refused, so no entity ever expands.
//!
//! quick-xml's plain reader is used rather than its `NsReader`: namespaces matter on three elements of an
//! envelope only, and resolving them on each of the thousands of others would double the work.

mod acs;
mod charset;
mod cpe;
mod cursor;
mod envelope;
mod fault;
mod lists;
mod modules;
mod notification;
mod transfers;
mod values;

pub(crate) use charset::is_forbidden;

use crate::{AcsMessage, CpeMessage, Envelope};
pub(crate) use notification::notification;
use thiserror::Error;

/// Bounds on what one envelope may make the decoder do. The size of the body itself is bounded by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nested elements. A Fault, the deepest message, needs 6.
    pub max_depth: usize,
    /// Attributes of one element.
    pub max_attributes: usize,
    /// Bytes of an element's name with its prefix.
    pub max_name: usize,
    /// Members of all arrays of a message together: parameters, events, methods, access list entries.
    pub max_parameters: usize,
    /// Bytes of one element's text, decoded.
    pub max_text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_depth: 64, max_attributes: 128, max_name: 256, max_parameters: 100_000, max_text: 1 << 20 }
    }
}

/// Why an envelope could not be read. The texts contain nothing that the peer wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Nothing but whitespace: see [`is_empty_body`].
    #[error("the body is empty")]
    Empty,
    #[error("document type declarations are not allowed")]
    Doctype,
    #[error("elements are nested too deeply")]
    TooDeep,
    /// More of something than [`Limits`] allows.
    #[error("too many {0}")]
    TooMany(&'static str),
    /// A name, a text or an identity that is longer than allowed.
    #[error("too long: {0}")]
    TooLong(&'static str),
    /// Not well-formed, or cut off. `offset` is in bytes of the text as UTF-8.
    #[error("malformed at byte {offset}: {what}")]
    Malformed { offset: u64, what: &'static str },
    #[error("not a SOAP envelope")]
    NotSoap,
    /// An envelope of another SOAP version than 1.1: SOAP fault `VersionMismatch`.
    #[error("not SOAP 1.1")]
    VersionMismatch,
    /// A header that we do not know must be understood: SOAP fault `MustUnderstand`.
    #[error("a header that must be understood is not known")]
    MustUnderstand,
    #[error("the envelope has no message")]
    NoBody,
    /// The namespace of the RPC is no `urn:dslforum-org:cwmp-1-N`.
    #[error("the namespace of the message is not CWMP 1")]
    UnknownNamespace,
}

/// Whether a body counts as empty (§3.4.1): no bytes, or nothing but whitespace, NULs and a byte order mark.
pub fn is_empty_body(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    matches!(body, b"\xFF\xFE" | b"\xFE\xFF") || body.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0)
}

/// Decodes what a CPE sent. `charset` is the parameter of the Content-Type, if there is one.
pub fn decode_cpe(body: &[u8], charset: Option<&str>, limits: &Limits) -> Result<Envelope<CpeMessage>, DecodeError> {
    decode(body, charset, limits, envelope::From::Cpe, cpe::message)
}

/// What an answer takes over of an envelope that [`decode_cpe`] did not accept, as far as it can be read: its `cwmp:ID`
/// (§3.5) and how the CPE writes.
pub fn manner_of(body: &[u8], charset: Option<&str>, limits: &Limits) -> (Option<String>, crate::Dialect) {
    let mut warnings = cursor::Warnings::default();
    let text = charset::to_text(body, charset, &mut warnings);
    envelope::manner(cursor::Cursor::new(&text, limits, warnings))
}

/// Decodes what an ACS sent. `charset` is the parameter of the Content-Type, if there is one.
pub fn decode_acs(body: &[u8], charset: Option<&str>, limits: &Limits) -> Result<Envelope<AcsMessage>, DecodeError> {
    decode(body, charset, limits, envelope::From::Acs, acs::message)
}

/// A body as text, whatever its bytes are.
pub(crate) fn text_of<'b>(body: &'b [u8], charset: Option<&str>) -> std::borrow::Cow<'b, str> {
    charset::to_text(body, charset, &mut cursor::Warnings::default())
}

fn decode<T>(
    body: &[u8],
    charset: Option<&str>,
    limits: &Limits,
    from: envelope::From,
    message: fn(&mut cursor::Cursor, &str) -> Result<T, DecodeError>,
) -> Result<Envelope<T>, DecodeError> {
    if is_empty_body(body) {
        return Err(DecodeError::Empty);
    }
    let mut warnings = cursor::Warnings::default();
    let text = charset::to_text(body, charset, &mut warnings);
    envelope::read(cursor::Cursor::new(&text, limits, warnings), from, message)
}
