//! Secrets at rest: what stands in the database is encrypted, with a key that does not.
//!
//! XChaCha20-Poly1305 with a random nonce for each value. The place (table and column) and the number of the row are
//! authenticated with it, so that a ciphertext that somebody moves to another row does not open. A sealed text is
//! `lm1.` and Base64 of `key id (4 bytes) · nonce (24) · ciphertext and tag`; sealed bytes begin with [`SEALED`] instead,
//! which no format of a tree has. What is neither is from before there were keys: it is taken as it is, and sealed by
//! [`Store::seal_all`](crate::Store::seal_all) at the next start.
//!
//! Other formats than these are a matter of one more prefix: what is stored says how it was sealed, and with which key.

mod keys;
mod kind;
mod rows;
mod unlock;

pub use keys::{Key, KeyId, KeySource};
#[cfg(test)]
pub(crate) use keys::{read as read_keys, replace as replace_keys};
pub(crate) use kind::{carries, kind_column, open_kind};
pub use rows::{Resealed, SETTING};

use crate::error::StoreError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

const PREFIX: &str = "lm1.";
/// The first byte of sealed bytes.
pub const SEALED: u8 = 0xe1;
const NONCE: usize = 24;
const ID: usize = 4;

/// Where a secret stands: table and column.
pub type Place = &'static str;

pub const CPE_PASSWORD: Place = "device.cpe_password";
pub const CPE_PENDING: Place = "device.cpe_pending";
pub const CONNECTION_REQUEST_PASSWORD: Place = "device.connection_request_password";
pub const TREE: Place = "device_tree.blob";
pub const HOT: Place = "device_hot.data";
pub const TASK_KIND: Place = "task.kind";
pub const TASK_PROGRESS: Place = "task.progress";
pub const CAMPAIGN_PLAN: Place = "campaign.plan";
pub const TOTP: Place = "agent_totp.secret";
pub const WEBHOOK: Place = "webhook.secret";
/// An answer of the API that is kept: it may be about anything.
pub const ANSWER: Place = "api_answer.body";

/// Seals and opens. Cheap to clone; all clones have the same keys. Without any key it leaves everything as it is: for
/// tests, and until [`Store::unlock`](crate::Store::unlock).
#[derive(Clone, Default)]
pub struct Vault(Arc<RwLock<Ring>>);

#[derive(Clone, Default)]
struct Ring {
    /// The first seals; all open.
    keys: Vec<(KeyId, XChaCha20Poly1305)>,
    /// Where the keys are read again when an unknown one is met: another process has made a new one.
    file: Option<PathBuf>,
}

// No key, and no length of one, is ever printed.
impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

fn authenticated(place: &str, row: &str) -> Vec<u8> {
    [place.as_bytes(), b"\0", row.as_bytes()].concat()
}

impl Vault {
    /// The first key seals, all open.
    pub fn set(&self, keys: &[Key], file: Option<PathBuf>) {
        let keys = keys.iter().map(|key| (key.id(), XChaCha20Poly1305::new(&key.0.into()))).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Ring { keys, file };
    }

    fn ring(&self) -> Ring {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn is_open(&self) -> bool {
        !self.ring().keys.is_empty()
    }

    /// The key that seals.
    pub fn current(&self) -> Option<KeyId> {
        self.ring().keys.first().map(|(id, _)| *id)
    }

    fn sealed(&self, place: &str, row: &str, plain: &[u8]) -> Option<Vec<u8>> {
        let ring = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (id, cipher) = ring.keys.first()?;
        let nonce: [u8; NONCE] = rand::random();
        let aad = authenticated(place, row);
        let payload = Payload { msg: plain, aad: &aad };
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload).expect("shorter than 256 GiB");
        Some([id.0.as_slice(), &nonce, &sealed].concat())
    }

    fn opened(&self, place: &str, row: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let corrupt = |why: &str| StoreError::corrupt(format!("secret in {place} of {row}"), why);
        let (id, rest) = sealed.split_first_chunk::<ID>().ok_or_else(|| corrupt("it is cut off"))?;
        let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or_else(|| corrupt("it is cut off"))?;
        let id = KeyId(*id);
        let cipher = self.key(id).ok_or_else(|| corrupt(&format!("there is no key {id}")))?;
        let aad = authenticated(place, row);
        let opened = cipher.decrypt(&XNonce::from(*nonce), Payload { msg: text, aad: &aad });
        opened.map_err(|_| corrupt("it was changed, or belongs somewhere else"))
    }

    /// The key of this id; looked for in the file, if it is not known.
    fn key(&self, id: KeyId) -> Option<XChaCha20Poly1305> {
        let find = |ring: Ring| ring.keys.into_iter().find(|(known, _)| *known == id).map(|(_, cipher)| cipher);
        let ring = self.ring();
        let file = ring.file.clone();
        if let Some(cipher) = find(ring) {
            return Some(cipher);
        }
        let file = file?;
        let keys = keys::read(&file).ok()??;
        keys.iter().any(|key| key.id() == id).then(|| self.set(&keys, Some(file)))?;
        find(self.ring())
    }

    /// A text for a column. Nothing stays nothing, so that one still sees that there is none.
    pub fn seal_text(&self, place: Place, row: impl ToString, plain: &str) -> String {
        if plain.is_empty() {
            return String::new();
        }
        match self.sealed(place, &row.to_string(), plain.as_bytes()) {
            Some(sealed) => format!("{PREFIX}{}", STANDARD_NO_PAD.encode(sealed)),
            None => plain.to_owned(),
        }
    }

    /// What a column holds. A text that is not sealed is given back as it is. The error is [`StoreError::Corrupt`].
    pub fn open_text(&self, place: Place, row: impl ToString, stored: &str) -> Result<String, StoreError> {
        let Some(text) = stored.strip_prefix(PREFIX) else { return Ok(stored.to_owned()) };
        let row = row.to_string();
        let corrupt = |why: String| StoreError::corrupt(format!("secret in {place} of {row}"), why);
        let sealed = STANDARD_NO_PAD.decode(text).map_err(|error| corrupt(error.to_string()))?;
        String::from_utf8(self.opened(place, &row, &sealed)?).map_err(|error| corrupt(error.to_string()))
    }

    pub fn seal_bytes(&self, place: Place, row: i64, plain: Vec<u8>) -> Vec<u8> {
        match self.sealed(place, &row.to_string(), &plain) {
            Some(sealed) => [&[SEALED], sealed.as_slice()].concat(),
            None => plain,
        }
    }

    /// Bytes that are not sealed are given back as they are.
    pub fn open_bytes<'a>(
        &self,
        place: Place,
        row: i64,
        stored: &'a [u8],
    ) -> Result<std::borrow::Cow<'a, [u8]>, StoreError> {
        match stored.split_first() {
            Some((&SEALED, sealed)) => Ok(self.opened(place, &row.to_string(), sealed)?.into()),
            _ => Ok(stored.into()),
        }
    }

    /// Whether a text has to be sealed anew to be under the current key.
    fn is_stale_text(&self, stored: &str) -> bool {
        let id = |text: &str| {
            // Six characters hold the four bytes of the id, and some bits more.
            let bytes = STANDARD_NO_PAD.decode(text.get(..8)?).ok()?;
            Some(KeyId(*bytes.first_chunk::<ID>()?))
        };
        !stored.is_empty() && stored.strip_prefix(PREFIX).and_then(id) != self.current()
    }

    fn is_stale_bytes(&self, stored: &[u8]) -> bool {
        let id = match stored.split_first() {
            Some((&SEALED, rest)) => rest.first_chunk::<ID>().map(|id| KeyId(*id)),
            _ => None,
        };
        id != self.current()
    }
}

#[cfg(test)]
mod tests;
