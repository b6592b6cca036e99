//! Passkeys (W3C Web Authentication, level 2): checks what a browser brings, without keeping anything.
//!
//! Attestation is not asked for: who made an authenticator is nothing that a portal decides by.

mod cbor;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cbor::Value;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// COSE algorithms that are taken, the best first: Ed25519, ECDSA with P-256, RSA (older Windows).
pub const ALGORITHMS: [i64; 3] = [-8, -7, -257];

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;

/// Why something was not taken: for the log. People hear one text.
pub type Problem = &'static str;

/// The site as browsers know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Scheme, host and port: `https://acs.example.net`.
    pub origin: String,
    /// The host: a passkey is bound to it.
    pub host: String,
}

/// `None` where passkeys cannot be: their hosts have names, and are reached over TLS or are this machine.
impl Site {
    pub fn of(origin: &str) -> Option<Self> {
        let (scheme, authority) = origin.split_once("://")?;
        let host = authority.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let named = host.chars().any(|c| c.is_ascii_alphabetic()) && !authority.contains(['[', '/', '@']);
        let safe = scheme == "https" || host == "localhost" || host.ends_with(".localhost");
        (named && safe).then(|| Self { origin: origin.to_owned(), host })
    }
}

/// What `PublicKeyCredential.toJSON()` gives after `create()`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    response: CreatedResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreatedResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    attestation_object: String,
}

/// What it gives after `get()`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Got {
    /// Which passkey, in base64url.
    pub id: String,
    response: GotResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GotResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
}

/// What a browser says it was asked (§5.8.1).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// A new passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// Its id in base64url.
    pub credential: String,
    pub algorithm: i64,
    /// In COSE's own form.
    pub public_key: Vec<u8>,
    pub counter: u32,
}

/// A proof by a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    pub counter: u32,
    /// The authenticator knows that it is its owner: by a finger, a face or a PIN.
    pub verified: bool,
}

impl Created {
    /// The challenge that it answers, for looking up; checked by [`Self::check`].
    pub fn challenge(&self) -> Option<String> {
        client_data(&self.response.client_data).ok().map(|(data, _)| data.challenge)
    }

    /// §7.1. That the challenge was made here is the caller's to know.
    pub fn check(&self, site: &Site) -> Result<NewKey, Problem> {
        let (data, _) = client_data(&self.response.client_data)?;
        data.check("webauthn.create", site)?;
        let object = decode(&self.response.attestation_object)?;
        let (object, rest) = cbor::read(&object).ok_or("the attestation is not CBOR")?;
        if !rest.is_empty() {
            return Err("something follows the attestation");
        }
        let Some(Value::Bytes(auth)) = object.get_text("authData") else { return Err("no authenticator data") };
        let (flags, counter, rest) = authenticator_data(auth, site)?;
        if flags & HAS_CREDENTIAL == 0 || rest.len() < 18 {
            return Err("no credential in the authenticator data");
        }
        let length = usize::from(u16::from_be_bytes([rest[16], rest[17]]));
        let id = rest.get(18..18 + length).filter(|id| (1..=1023).contains(&id.len())).ok_or("no credential id")?;
        let key = &rest[18 + length..];
        let (value, after) = cbor::read(key).ok_or("the key is not CBOR")?;
        let public_key = key[..key.len() - after.len()].to_vec();
        let algorithm = value.get_int(3).and_then(Value::as_int).ok_or("a key without an algorithm")?;
        if !ALGORITHMS.contains(&algorithm) || PublicKey::read(&public_key).is_none() {
            return Err("a key of a kind that was not asked for");
        }
        Ok(NewKey { credential: URL_SAFE_NO_PAD.encode(id), algorithm, public_key, counter })
    }
}

impl Got {
    pub fn challenge(&self) -> Option<String> {
        client_data(&self.response.client_data).ok().map(|(data, _)| data.challenge)
    }

    /// §7.2. That the challenge was made here, and whose key it is, is the caller's to know.
    pub fn check(&self, site: &Site, public_key: &[u8]) -> Result<Proof, Problem> {
        let (data, bytes) = client_data(&self.response.client_data)?;
        data.check("webauthn.get", site)?;
        let mut signed = decode(&self.response.authenticator_data)?;
        let (flags, counter, _) = authenticator_data(&signed, site)?;
        signed.extend_from_slice(&Sha256::digest(&bytes));
        let key = PublicKey::read(public_key).ok_or("the stored key cannot be read")?;
        if !key.verifies(&signed, &decode(&self.response.signature)?) {
            return Err("the signature is wrong");
        }
        Ok(Proof { counter, verified: flags & USER_VERIFIED != 0 })
    }
}

impl ClientData {
    fn check(&self, kind: &str, site: &Site) -> Result<(), Problem> {
        if self.kind != kind {
            return Err("another ceremony");
        }
        if self.origin != site.origin || self.cross_origin {
            return Err("another site");
        }
        Ok(())
    }
}

fn decode(text: &str) -> Result<Vec<u8>, Problem> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| "not base64url")
}

fn client_data(text: &str) -> Result<(ClientData, Vec<u8>), Problem> {
    let bytes = decode(text)?;
    let data = serde_json::from_slice(&bytes).map_err(|_| "the client data is not JSON")?;
    Ok((data, bytes))
}

/// Flags, counter and what follows (§6.1).
fn authenticator_data<'a>(bytes: &'a [u8], site: &Site) -> Result<(u8, u32, &'a [u8]), Problem> {
    if bytes.len() < 37 {
        return Err("authenticator data that are too short");
    }
    if bytes[..32] != Sha256::digest(site.host.as_bytes())[..] {
        return Err("a passkey of another site");
    }
    if bytes[32] & USER_PRESENT == 0 {
        return Err("nobody was there");
    }
    Ok((bytes[32], u32::from_be_bytes([bytes[33], bytes[34], bytes[35], bytes[36]]), &bytes[37..]))
}

/// A key as COSE has it (RFC 9053).
enum PublicKey<'a> {
    Ed25519(&'a [u8]),
    P256([u8; 65]),
    Rsa { n: &'a [u8], e: &'a [u8] },
}

impl<'a> PublicKey<'a> {
    fn read(key: &'a [u8]) -> Option<Self> {
        let (value, rest) = cbor::read(key)?;
        if !rest.is_empty() {
            return None;
        }
        let int = |label| value.get_int(label).and_then(Value::as_int);
        let bytes = |label| value.get_int(label).and_then(Value::as_bytes);
        match (int(1)?, int(3)?) {
            (1, -8) if int(-1)? == 6 => Some(Self::Ed25519(bytes(-2).filter(|x| x.len() == 32)?)),
            (2, -7) if int(-1)? == 1 => {
                let mut point = [4; 65];
                point[1..33].copy_from_slice(bytes(-2).filter(|x| x.len() == 32)?);
                point[33..].copy_from_slice(bytes(-3).filter(|y| y.len() == 32)?);
                Some(Self::P256(point))
            }
            (3, -257) => Some(Self::Rsa { n: bytes(-1)?, e: bytes(-2)? }),
            _ => None,
        }
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let done = match self {
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Self::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature),
            Self::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
        };
        done.is_ok()
    }
}

/// An authenticator in software, for tests: P-256.
#[cfg(test)]
pub(crate) mod soft;

#[cfg(test)]
mod tests {
    use super::soft::Soft;
    use super::*;

    fn site() -> Site {
        Site::of("https://acs.example.net").unwrap()
    }

    #[test]
    fn a_passkey_is_made_and_proves_itself() {
        let soft = Soft::new();
        let created: Created = serde_json::from_value(soft.create(&site(), "abc")).unwrap();
        assert_eq!(created.challenge().as_deref(), Some("abc"));
        let key = created.check(&site()).unwrap();
        assert_eq!((key.algorithm, key.counter), (-7, 0));
        let got: Got = serde_json::from_value(soft.get(&site(), "def", 0x05, 7)).unwrap();
        assert_eq!((got.id.as_str(), got.challenge().as_deref()), (key.credential.as_str(), Some("def")));
        assert_eq!(got.check(&site(), &key.public_key), Ok(Proof { counter: 7, verified: true }));
        let present: Got = serde_json::from_value(soft.get(&site(), "def", 0x01, 7)).unwrap();
        assert!(!present.check(&site(), &key.public_key).unwrap().verified);
    }

    #[test]
    fn what_is_not_right_is_refused() {
        let soft = Soft::new();
        let key = serde_json::from_value::<Created>(soft.create(&site(), "abc")).unwrap().check(&site()).unwrap();
        let got = |value| serde_json::from_value::<Got>(value).unwrap();
        let evil = Site::of("https://evil.example").unwrap();
        assert_eq!(got(soft.get(&evil, "a", 5, 1)).check(&site(), &key.public_key), Err("another site"));
        let port = Site { origin: "https://acs.example.net:444".into(), ..site() };
        assert_eq!(got(soft.get(&port, "a", 5, 1)).check(&site(), &key.public_key), Err("another site"));
        let host = Site { host: "example.net".into(), ..site() };
        assert_eq!(got(soft.get(&host, "a", 5, 1)).check(&site(), &key.public_key), Err("a passkey of another site"));
        assert_eq!(got(soft.get(&site(), "a", 4, 1)).check(&site(), &key.public_key), Err("nobody was there"));
        let other = Soft::new();
        assert_eq!(got(other.get(&site(), "a", 5, 1)).check(&site(), &key.public_key), Err("the signature is wrong"));
        let mut made = soft.create(&site(), "abc");
        made["response"]["clientDataJSON"] = soft.get(&site(), "abc", 5, 1)["response"]["clientDataJSON"].clone();
        assert_eq!(serde_json::from_value::<Created>(made).unwrap().check(&site()), Err("another ceremony"));
        for bytes in ["", "AA", "////", "oA"] {
            let mut made = soft.create(&site(), "abc");
            made["response"]["attestationObject"] = bytes.into();
            assert!(serde_json::from_value::<Created>(made).unwrap().check(&site()).is_err(), "{bytes}");
        }
    }

    #[test]
    fn passkeys_are_for_named_and_safe_sites() {
        assert_eq!(Site::of("https://acs.example.net:8443").unwrap().host, "acs.example.net");
        assert_eq!(Site::of("http://localhost:7080").unwrap().host, "localhost");
        for none in ["http://acs.example.net", "https://192.0.2.1", "http://127.0.0.1:7080", "https://[::1]", "acs"] {
            assert_eq!(Site::of(none), None, "{none}");
        }
    }
}
