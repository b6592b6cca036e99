//! The client's half: answers to challenges, for connection requests (§3.2.2) and for the simulator.

use super::hash::{Algorithm, Response, ha1};
use super::header::{Item, Items};
use std::fmt::Write as _;
use thiserror::Error;

/// Why a challenge cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ClientDigestError {
    /// The server asks for the password in the clear.
    #[error("the device asks for Basic authentication, which is not allowed")]
    BasicNotAllowed,
    #[error("the device asks for an authentication scheme that is not known")]
    UnknownScheme,
    #[error("the device asks for a digest algorithm other than MD5")]
    UnknownAlgorithm,
    #[error("the device asks for a protection other than qop=auth")]
    UnknownProtection,
    #[error("the challenge has no nonce")]
    NoNonce,
}

/// The challenge of a server, and how often it has been answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestClient {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    /// As the server wrote it, to be written back.
    algorithm: Option<String>,
    session: bool,
    qop: bool,
    stale: bool,
    count: u32,
}

/// Answers a challenge once: the value of the `Authorization` header. `uri` is path and query as requested; `cnonce` has 16
/// hex digits, because some servers keep no more than 32.
pub fn answer(
    www_authenticate: &str,
    method: &str,
    uri: &str,
    username: &str,
    password: &str,
    cnonce: &str,
) -> Result<String, ClientDigestError> {
    Ok(DigestClient::new(www_authenticate)?.authorize(method, uri, username, password, cnonce))
}

impl DigestClient {
    /// Reads the values of the `WWW-Authenticate` headers of one response, joined by commas or line breaks. Of several
    /// challenges the first that can be answered is taken.
    pub fn new(www_authenticate: &str) -> Result<Self, ClientDigestError> {
        let mut challenges: Vec<(&str, Vec<(&str, String)>)> = Vec::new();
        // As many as any server has, and not as many as an attacker wants.
        for item in Items(www_authenticate).take(64) {
            match item {
                Item::Word(scheme) => challenges.push((scheme, Vec::new())),
                Item::Parameter(name, value) => {
                    if let Some((_, parameters)) = challenges.last_mut() {
                        parameters.push((name, value));
                    }
                }
            }
        }
        let mut error = ClientDigestError::UnknownScheme;
        for (scheme, parameters) in challenges {
            if scheme.eq_ignore_ascii_case("Digest") {
                match Self::of_challenge(&parameters) {
                    Ok(client) => return Ok(client),
                    Err(reason) => error = reason,
                }
            } else if scheme.eq_ignore_ascii_case("Basic") && error == ClientDigestError::UnknownScheme {
                error = ClientDigestError::BasicNotAllowed;
            }
        }
        Err(error)
    }

    fn of_challenge(parameters: &[(&str, String)]) -> Result<Self, ClientDigestError> {
        let find = |name: &str| {
            parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
        };
        // Control characters cannot be written back, so they must not count when the answer is computed either.
        let clean = |name| find(name).map(|value| value.replace(char::is_control, ""));
        let algorithm = find("algorithm");
        let session = match Algorithm::parse(algorithm.as_deref()) {
            Some(Algorithm::Md5) => false,
            Some(Algorithm::Md5Sess) => true,
            None => return Err(ClientDigestError::UnknownAlgorithm),
        };
        let qop = match find("qop") {
            Some(offered) if !offered.trim().is_empty() => {
                let mut words = offered.split([',', ' ', '\t']);
                if !words.any(|word| word.eq_ignore_ascii_case("auth")) {
                    return Err(ClientDigestError::UnknownProtection);
                }
                true
            }
            _ => false,
        };
        Ok(Self {
            realm: clean("realm").unwrap_or_default(),
            nonce: clean("nonce").filter(|nonce| !nonce.is_empty()).ok_or(ClientDigestError::NoNonce)?,
            opaque: clean("opaque"),
            algorithm,
            session,
            qop,
            stale: find("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
            count: 0,
        })
    }

    /// Whether the server says that only the nonce of the last answer was wrong.
    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// The value of the `Authorization` header for the next request under this nonce. `qop`, `nc` and `cnonce` are
    /// written only if the server offered qop, `opaque` and `algorithm` only if it sent them.
    pub fn authorize(&mut self, method: &str, uri: &str, username: &str, password: &str, cnonce: &str) -> String {
        self.count = self.count.wrapping_add(1);
        let counter = format!("{:08x}", self.count);
        let response = Response {
            algorithm: if self.session { Algorithm::Md5Sess } else { Algorithm::Md5 },
            ha1: &ha1(username, &self.realm, password),
            nonce: &self.nonce,
            cnonce,
            counter: self.qop.then_some(counter.as_str()),
            method,
            uri,
        }
        .compute();
        let mut header = String::with_capacity(256);
        header.push_str("Digest ");
        quoted(&mut header, "username", username);
        quoted(&mut header, ", realm", &self.realm);
        quoted(&mut header, ", nonce", &self.nonce);
        quoted(&mut header, ", uri", uri);
        quoted(&mut header, ", response", &response);
        if let Some(algorithm) = &self.algorithm {
            let name: String = algorithm.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            write!(header, ", algorithm={name}").expect("writing to a String cannot fail");
        }
        if let Some(opaque) = &self.opaque {
            quoted(&mut header, ", opaque", opaque);
        }
        if self.qop {
            write!(header, ", qop=auth, nc={counter}").expect("writing to a String cannot fail");
        }
        if self.qop || self.session {
            quoted(&mut header, ", cnonce", cnonce);
        }
        header
    }
}

/// `name="value"`; control characters, which would end the header, are left out.
fn quoted(header: &mut String, name: &str, value: &str) {
    header.push_str(name);
    header.push_str("=\"");
    for c in value.chars().filter(|c| !c.is_control()) {
        if matches!(c, '"' | '\\') {
            header.push('\\');
        }
        header.push(c);
    }
    header.push('"');
}
