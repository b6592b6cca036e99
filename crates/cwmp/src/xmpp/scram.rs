//! SCRAM-SHA-1 and SCRAM-SHA-256 without channel binding, the client's half (RFC 5802, RFC 7677).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What a server may ask us to compute: a few seconds at most.
const ITERATIONS_MAX: u32 = 1_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
}

impl Hash {
    fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        macro_rules! hmac {
            ($hash:ty) => {{
                let mut mac = Hmac::<$hash>::new_from_slice(key).expect("HMAC takes keys of any length");
                for part in parts {
                    mac.update(part);
                }
                mac.finalize().into_bytes().to_vec()
            }};
        }
        match self {
            Self::Sha1 => hmac!(Sha1),
            Self::Sha256 => hmac!(Sha256),
        }
    }

    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
        }
    }

    /// PBKDF2 with one block of output.
    fn salted(self, password: &[u8], salt: &[u8], iterations: u32) -> Vec<u8> {
        let mut last = self.hmac(password, &[salt, &1_u32.to_be_bytes()]);
        let mut salted = last.clone();
        for _ in 1..iterations {
            last = self.hmac(password, &[&last]);
            xor(&mut salted, &last);
        }
        salted
    }
}

fn xor(into: &mut [u8], other: &[u8]) {
    into.iter_mut().zip(other).for_each(|(a, b)| *a ^= b);
}

/// One exchange.
#[derive(Clone)]
pub(super) struct Scram {
    hash: Hash,
    nonce: String,
    first_bare: String,
    /// What the server must prove at the end.
    server_signature: Option<Vec<u8>>,
}

impl Scram {
    /// `nonce` is random printable ASCII without a comma.
    pub fn new(hash: Hash, username: &str, nonce: &str) -> Self {
        let name = username.replace('=', "=3D").replace(',', "=2C");
        Self { hash, nonce: nonce.to_owned(), first_bare: format!("n={name},r={nonce}"), server_signature: None }
    }

    /// The client's first message.
    pub fn first(&self) -> String {
        format!("n,,{}", self.first_bare)
    }

    /// The client's final message, if the server's first one can be taken.
    pub fn last(&mut self, server_first: &str, password: &str) -> Option<String> {
        let of = |name: &str| server_first.split(',').find_map(|part| part.strip_prefix(name));
        let nonce = of("r=").filter(|nonce| nonce.starts_with(&self.nonce) && nonce.len() > self.nonce.len())?;
        let salt = STANDARD.decode(of("s=")?).ok()?;
        let iterations = of("i=")?.parse().ok().filter(|count| (1..=ITERATIONS_MAX).contains(count))?;
        if server_first.starts_with("m=") || self.server_signature.is_some() {
            return None;
        }
        let salted = self.hash.salted(password.as_bytes(), &salt, iterations);
        let without_proof = format!("c={},r={nonce}", STANDARD.encode("n,,"));
        let signed = format!("{},{server_first},{without_proof}", self.first_bare);
        let client_key = self.hash.hmac(&salted, &[b"Client Key"]);
        let mut proof = self.hash.hmac(&self.hash.digest(&client_key), &[signed.as_bytes()]);
        xor(&mut proof, &client_key);
        let server_key = self.hash.hmac(&salted, &[b"Server Key"]);
        self.server_signature = Some(self.hash.hmac(&server_key, &[signed.as_bytes()]));
        Some(format!("{without_proof},p={}", STANDARD.encode(proof)))
    }

    /// Whether the server's final message proves that it knows the password, too.
    pub fn is_proven(&self, server_final: &str) -> bool {
        let signature = server_final.split(',').find_map(|part| part.strip_prefix("v="));
        let signature = signature.and_then(|text| STANDARD.decode(text).ok());
        match (&self.server_signature, signature) {
            (Some(wanted), Some(signature)) => bool::from(wanted.as_slice().ct_eq(&signature)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exchange of RFC 5802 §5.
    #[test]
    fn the_sample_of_rfc_5802() {
        let mut scram = Scram::new(Hash::Sha1, "user", "fyko+d2lbbFgONRv9qkxdawL");
        assert_eq!(scram.first(), "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
        let server = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
        assert_eq!(
            scram.last(server, "pencil").unwrap(),
            "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
        );
        assert!(scram.is_proven("v=rmF9pqV8S7suAoZWja4dJRkFsKQ="));
        assert!(!scram.is_proven("v=rmF9pqV8S7suAoZWja4dJRkFsKU="));
    }

    /// The exchange of RFC 7677 §3.
    #[test]
    fn the_sample_of_rfc_7677() {
        let mut scram = Scram::new(Hash::Sha256, "user", "rOprNGfwEbeRWgbNEkqO");
        let server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        assert_eq!(
            scram.last(server, "pencil").unwrap(),
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert!(scram.is_proven("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    }

    #[test]
    fn a_server_that_makes_things_up_gets_nothing() {
        for server in [
            "",
            "r=other,s=QSXCR+Q6sek8bf92,i=4096",
            "r=nonce,s=QSXCR+Q6sek8bf92,i=4096",
            "r=nonceX,s=?,i=4096",
            "r=nonceX,s=QSXCR+Q6sek8bf92,i=0",
            "r=nonceX,s=QSXCR+Q6sek8bf92,i=4000000000",
            "m=ext,r=nonceX,s=QSXCR+Q6sek8bf92,i=4096",
        ] {
            assert_eq!(Scram::new(Hash::Sha1, "u", "nonce").last(server, "p"), None, "{server}");
        }
        assert!(!Scram::new(Hash::Sha1, "u", "nonce").is_proven("v="));
    }
}
