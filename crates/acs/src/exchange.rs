//! One HTTP exchange with a CPE, without HTTP types: what the CWMP listener hands in and gets back.

use bytes::Bytes;
use std::net::SocketAddr;

/// One POST of a CPE. The listener has already enforced the body's size and deadlines, and undone its content coding.
#[derive(Clone, Debug)]
pub struct CwmpRequest {
    /// Unique per TCP connection while the process runs: sessions of CPEs without cookies hang on it (rule 19).
    pub connection: u64,
    pub peer: SocketAddr,
    /// Whether the connection is TLS: Basic is offered and taken only then.
    pub secure: bool,
    /// Path and query as sent, for digest.
    pub uri: String,
    pub authorization: Option<String>,
    /// All `Cookie` headers, joined by `; `.
    pub cookie: Option<String>,
    /// `charset` of the Content-Type, if there is one.
    pub charset: Option<String>,
    pub body: Bytes,
}

/// The answer. `Content-Length` is always set by the listener; an empty `body` means none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CwmpResponse {
    pub status: u16,
    /// `WWW-Authenticate`, one header line each.
    pub challenges: Vec<String>,
    /// `Set-Cookie` value.
    pub set_cookie: Option<String>,
    /// Seconds for `Retry-After`.
    pub retry_after: Option<u32>,
    /// `text/xml; charset=utf-8` if not empty.
    pub body: Bytes,
    /// Close the connection after this answer.
    pub close: bool,
}
