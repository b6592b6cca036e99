//! What the listener hands over of one POST, and what it gets back.

use crate::cpe_auth::ClientCertificate;
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
    /// What its client certificate says, if it showed one whose chain was verified.
    pub certificate: Option<ClientCertificate>,
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CwmpResponse {
    pub status: u16,
    /// `WWW-Authenticate`, one header line each.
    pub challenges: Vec<String>,
    /// `Set-Cookie` value.
    pub set_cookie: Option<String>,
    /// Seconds for `Retry-After`.
    pub retry_after: Option<u32>,
    /// `text/xml; charset=utf-8` on 200, `text/plain` on errors.
    pub body: Bytes,
    /// Close the connection after this answer.
    pub close: bool,
}

impl CwmpResponse {
    pub(super) fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub(super) fn xml(body: Vec<u8>) -> Self {
        Self { body: body.into(), ..Self::status(200) }
    }

    pub(super) fn refused(status: u16, why: &str) -> Self {
        Self { body: format!("{why}\n").into(), ..Self::status(status) }
    }

    /// Try again later, not all at the same time.
    pub(super) fn later() -> Self {
        Self { retry_after: Some(rand::random_range(10..60)), ..Self::refused(503, "busy") }
    }
}
