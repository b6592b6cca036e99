//! HTTP authentication (§3.4.4, RFC 7616, RFC 7617), both halves.
//!
//! Digest is MD5 with `qop="auth"`: what every device speaks. SHA-256 in a challenge, `auth-int` and a second
//! challenge break several of them. Nonces verify themselves and are not bound to a connection, because some devices
//! open a new one to answer a challenge.

mod client;
mod hash;
mod header;
mod nonce;

pub use client::{ClientDigestError, DigestClient, answer};
pub use hash::ha1;
pub use header::{Authorization, DigestAuthorization, basic_authorization, parse_authorization};
pub use nonce::NonceTable;

use hash::{Algorithm, Response, same};
use model::Timestamp;
use nonce::{Nonces, Origin, Use};

/// How long a nonce is good for, unless told otherwise: 5 minutes in milliseconds.
pub const NONCE_LIFETIME: i64 = 300_000;

/// The server's half: makes challenges and verifies the answers. Share one; all methods take `&self`.
#[derive(Debug)]
pub struct Digest {
    realm: String,
    nonces: Nonces,
    used: NonceTable,
}

/// What a server accepts from a device that it knows to need it. The default accepts nothing special.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tolerance {
    /// Answers in the form of RFC 2069 (no `qop`, `nc` and `cnonce`), and an empty `uri`.
    pub allow_rfc2069: bool,
    /// The same `nc` again, within the lifetime of the nonce.
    pub repeated_nc: bool,
    /// Another path in `uri` than that of the request, though not an empty one: for servers that give the same answer
    /// whatever the path. The answer is computed over what the device says, and counts once as ever.
    pub any_uri: bool,
}

/// What the server knows of the user.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    Password(&'a str),
    /// `MD5(username:realm:password)` as 32 lower-case hex digits: see [`ha1`].
    Ha1(&'a str),
}

/// Whether an answer to a challenge is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Ok,
    /// Right, but to a nonce that is too old or not ours: challenge again with `stale=true`, and do not count it as an
    /// attempt with a wrong password.
    Stale,
    /// The wrong password, address or form.
    Wrong,
    /// Right, but seen before: challenge again.
    Replay,
}

impl Digest {
    /// `secret` is random, and the same on all nodes that are to accept each other's nonces.
    pub fn new(realm: impl Into<String>, secret: [u8; 32]) -> Self {
        Self {
            realm: realm.into().chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\')).collect(),
            nonces: Nonces::new(secret, NONCE_LIFETIME),
            used: NonceTable::new(1 << 16),
        }
    }

    /// With another lifetime of nonces, in milliseconds.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: i64) -> Self {
        self.nonces.lifetime = lifetime;
        self
    }

    /// With room to remember about this many nonces (65,536 by default; about 80 bytes each).
    #[must_use]
    pub fn with_capacity(mut self, nonces: usize) -> Self {
        self.used = NonceTable::new(nonces);
        self
    }

    /// The realm as it stands in challenges; [`ha1`] needs the same.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// The value of a `WWW-Authenticate` header with a new nonce.
    pub fn challenge(&self, now: Timestamp, stale: bool) -> String {
        let (realm, nonce) = (&self.realm, self.nonces.issue(now));
        let stale = if stale { ", stale=true" } else { "" };
        format!("Digest realm=\"{realm}\", qop=\"auth\", nonce=\"{nonce}\", algorithm=MD5{stale}")
    }

    /// A challenge in the form of RFC 2069, as connection-request servers of old devices send it.
    pub fn challenge_rfc2069(&self, now: Timestamp, stale: bool) -> String {
        let (realm, nonce) = (&self.realm, self.nonces.issue(now));
        let stale = if stale { ", stale=true" } else { "" };
        format!("Digest realm=\"{realm}\", nonce=\"{nonce}\"{stale}")
    }

    /// Verifies an answer to one of our challenges for a request of `method` to `uri` (the request target). The user
    /// name is the caller's to look up. An answer that is [`Verdict::Ok`] uses up its `nc`.
    pub fn verify(
        &self,
        answer: &DigestAuthorization,
        method: &str,
        uri: &str,
        credential: Credential,
        now: Timestamp,
        tolerance: &Tolerance,
    ) -> Verdict {
        let Some(algorithm) = Algorithm::parse(answer.algorithm.as_deref()) else { return Verdict::Wrong };
        let counted = match answer.qop.as_deref() {
            None => false,
            Some(qop) if qop.eq_ignore_ascii_case("auth") => true,
            // auth-int would need the body, and is never offered.
            Some(_) => return Verdict::Wrong,
        };
        if !(counted || tolerance.allow_rfc2069) {
            return Verdict::Wrong;
        }
        let tolerated = if answer.uri.is_empty() { tolerance.allow_rfc2069 } else { tolerance.any_uri };
        if !(tolerated || same_target(&answer.uri, uri)) {
            return Verdict::Wrong;
        }
        let ha1 = match credential {
            Credential::Password(password) => ha1(&answer.username, &self.realm, password),
            Credential::Ha1(ha1) => ha1.to_ascii_lowercase(),
        };
        let expected = Response {
            algorithm,
            ha1: &ha1,
            nonce: &answer.nonce,
            cnonce: answer.cnonce.as_deref().unwrap_or_default(),
            counter: counted.then_some(answer.nc.as_deref().unwrap_or_default()),
            method,
            uri: &answer.uri,
        }
        .compute();
        if !same(expected.as_bytes(), answer.response.to_ascii_lowercase().as_bytes()) {
            return Verdict::Wrong;
        }
        match self.nonces.check(&answer.nonce, now) {
            Origin::Foreign | Origin::Expired => Verdict::Stale,
            Origin::Ours { .. } if !counted || tolerance.repeated_nc => Verdict::Ok,
            Origin::Ours { id, issued } => {
                let Some(count) = answer.nc.as_deref().and_then(|nc| u32::from_str_radix(nc.trim(), 16).ok()) else {
                    return Verdict::Wrong;
                };
                match self.used.record(id, issued, count, now, self.nonces.lifetime) {
                    Use::First => Verdict::Ok,
                    Use::Again => Verdict::Replay,
                    Use::Forgotten => Verdict::Stale,
                }
            }
        }
    }
}

/// Whether the `uri` of an answer means the request target. Devices send the path alone or the absolute URI, lose the
/// query, double slashes, or leave a final one out.
fn same_target(sent: &str, target: &str) -> bool {
    let (sent, target) = (Target::of(sent), Target::of(target));
    let queries = sent.query.is_empty() || target.query.is_empty() || sent.query == target.query;
    queries && !sent.text.is_empty() && sent.segments().eq(target.segments())
}

struct Target<'a> {
    text: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> Target<'a> {
    fn of(text: &'a str) -> Self {
        let text = text.trim();
        let text = text.split_once('#').map_or(text, |(text, _)| text);
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let path = match path.split_once("://") {
            Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                rest.find('/').map_or("/", |slash| &rest[slash..])
            }
            _ => path,
        };
        Self { text, path, query }
    }

    fn segments(&self) -> impl Iterator<Item = &'a str> {
        self.path.split('/').filter(|segment| !segment.is_empty())
    }
}
