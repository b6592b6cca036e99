//! An authenticator in software.

use super::Site;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) struct Soft {
    key: EcdsaKeyPair,
    id: [u8; 16],
}

impl Soft {
    pub fn new() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random).unwrap();
        Self { key, id: rand::random() }
    }

    fn client_data(kind: &str, site: &Site, challenge: &str) -> Vec<u8> {
        json!({"type": kind, "challenge": challenge, "origin": site.origin, "crossOrigin": false})
            .to_string()
            .into_bytes()
    }

    fn head(site: &Site, flags: u8, counter: u32) -> Vec<u8> {
        let mut data = Sha256::digest(site.host.as_bytes()).to_vec();
        data.push(flags);
        data.extend_from_slice(&counter.to_be_bytes());
        data
    }

    /// What `toJSON()` gives after `create()`.
    pub fn create(&self, site: &Site, challenge: &str) -> Value {
        let point = self.key.public_key().as_ref();
        let mut data = Self::head(site, 0x45, 0);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&[0, 16]);
        data.extend_from_slice(&self.id);
        data.extend_from_slice(&[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend_from_slice(&point[1..33]);
        data.extend_from_slice(&[0x22, 0x58, 0x20]);
        data.extend_from_slice(&point[33..]);
        let mut object = vec![0xa3, 0x63];
        object.extend_from_slice(b"fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(data.len() as u8);
        object.extend_from_slice(&data);
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "id": encode(&self.id),
            "type": "public-key",
            "response": {
                "clientDataJSON": encode(&Self::client_data("webauthn.create", site, challenge)),
                "attestationObject": encode(&object),
            },
        })
    }

    /// What it gives after `get()`.
    pub fn get(&self, site: &Site, challenge: &str, flags: u8, counter: u32) -> Value {
        let (client, head) = (Self::client_data("webauthn.get", site, challenge), Self::head(site, flags, counter));
        let signed = [head.as_slice(), &Sha256::digest(&client)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "id": encode(&self.id),
            "type": "public-key",
            "response": {
                "clientDataJSON": encode(&client),
                "authenticatorData": encode(&head),
                "signature": encode(signature.as_ref()),
            },
        })
    }
}
