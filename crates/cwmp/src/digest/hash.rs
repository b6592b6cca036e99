//! The arithmetic of RFC 7616 §3.4.

use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq;

/// The algorithms of CWMP (§3.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Md5,
    Md5Sess,
}

impl Algorithm {
    /// MD5 if there is none.
    pub(super) fn parse(name: Option<&str>) -> Option<Self> {
        match name.map(str::trim) {
            None | Some("") => Some(Self::Md5),
            Some(name) if name.eq_ignore_ascii_case("MD5") => Some(Self::Md5),
            Some(name) if name.eq_ignore_ascii_case("MD5-sess") => Some(Self::Md5Sess),
            Some(_) => None,
        }
    }
}

/// `MD5(username:realm:password)` as 32 hex digits: enough to verify with, so that no password need be stored.
pub fn ha1(username: &str, realm: &str, password: &str) -> String {
    md5(&[username, realm, password])
}

/// What goes into a response.
pub(super) struct Response<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) ha1: &'a str,
    pub(super) nonce: &'a str,
    pub(super) cnonce: &'a str,
    /// `nc` as written; `None` is the form without qop.
    pub(super) counter: Option<&'a str>,
    pub(super) method: &'a str,
    pub(super) uri: &'a str,
}

impl Response<'_> {
    pub(super) fn compute(&self) -> String {
        let session;
        let ha1 = match self.algorithm {
            Algorithm::Md5 => self.ha1,
            Algorithm::Md5Sess => {
                session = md5(&[self.ha1, self.nonce, self.cnonce]);
                &session
            }
        };
        let ha2 = md5(&[self.method, self.uri]);
        match self.counter {
            Some(counter) => md5(&[ha1, self.nonce, counter, self.cnonce, "auth", &ha2]),
            None => md5(&[ha1, self.nonce, &ha2]),
        }
    }
}

/// Of the parts with colons between, in hex.
fn md5(parts: &[&str]) -> String {
    let mut hasher = Md5::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hasher.update(b":");
        }
        hasher.update(part.as_bytes());
    }
    hex::encode(hasher.finalize())
}

/// Compares without telling by its time where the difference is.
pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}
