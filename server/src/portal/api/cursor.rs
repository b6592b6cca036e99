//! Where pages begin, as other programs hold it: sealed, so that none can be made up, and none of one list is taken for
//! that of another.

use super::problem::Problem;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;
use utoipa::ToSchema;

/// Rows a page when none are asked for, and at most.
pub const LIMIT: u16 = 50;
pub const LIMIT_MAX: u16 = 200;
/// Longest cursor, in characters: inside it is at most what a list is sorted by.
const LONGEST: usize = 2048;
/// Bytes of the seal.
const SEAL: usize = 16;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// The `cursor` of the next page; not there on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "mJ0xk3v…")]
    pub next: Option<String>,
}

/// Seals cursors and opens them.
#[derive(Clone)]
pub struct Cursors {
    key: [u8; 32],
}

impl Cursors {
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// `list` is which list it is, with everything that decides what is in it.
    pub fn seal(&self, list: &impl Serialize, cursor: &str) -> String {
        let mut sealed = self.mac(list, cursor)[..SEAL].to_vec();
        sealed.extend_from_slice(cursor.as_bytes());
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// The cursor inside; the error is for the answer (400).
    pub fn open(&self, list: &impl Serialize, shown: &str) -> Result<String, Problem> {
        let wrong = || {
            let detail =
                "This is no cursor of this list. Cursors come from `next` of a page with the same filter and order.";
            Problem::field(StatusCode::BAD_REQUEST, "cursor", detail)
        };
        if shown.len() > LONGEST {
            return Err(wrong());
        }
        let bytes = URL_SAFE_NO_PAD.decode(shown).map_err(|_| wrong())?;
        let (seal, inner) = bytes.split_at_checked(SEAL).ok_or_else(wrong)?;
        let inner = std::str::from_utf8(inner).map_err(|_| wrong())?;
        let mut mac = self.begin(list);
        mac.update(inner.as_bytes());
        mac.verify_truncated_left(seal).map_err(|_| wrong())?;
        Ok(inner.to_owned())
    }

    /// The same for one that may not be there.
    pub fn maybe(&self, list: &impl Serialize, shown: Option<&str>) -> Result<Option<model::page::Cursor>, Problem> {
        shown.map(|shown| self.open(list, shown).map(model::page::Cursor)).transpose()
    }

    /// A page of the API.
    pub fn page<T, U: From<T>>(&self, list: &impl Serialize, page: model::page::Page<T>) -> Page<U> {
        let next = page.next.map(|cursor| self.seal(list, &cursor.0));
        Page { items: page.items.into_iter().map(U::from).collect(), next }
    }

    fn begin(&self, list: &impl Serialize) -> Hmac<Sha256> {
        let list = serde_json::to_vec(list).expect("filters are JSON");
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of any length will do");
        mac.update(&(list.len() as u64).to_be_bytes());
        mac.update(&list);
        mac
    }

    fn mac(&self, list: &impl Serialize, cursor: &str) -> [u8; 32] {
        let mut mac = self.begin(list);
        mac.update(cursor.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// How many rows a page has.
pub fn limit(asked: Option<u16>) -> Result<u16, Problem> {
    match asked {
        None => Ok(LIMIT),
        Some(limit @ 1..=LIMIT_MAX) => Ok(limit),
        Some(_) => {
            Err(Problem::field(StatusCode::BAD_REQUEST, "limit", format!("A page has 1 to {LIMIT_MAX} entries.")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i2_cursors_are_of_one_list_alone_and_cannot_be_made_up() {
        let cursors = Cursors::new([7; 32]);
        let sealed = cursors.seal(&("devices", "online"), "n5.12.x");
        assert_eq!(cursors.open(&("devices", "online"), &sealed).unwrap(), "n5.12.x");
        assert!(cursors.open(&("devices", "late"), &sealed).is_err(), "another filter");
        assert!(cursors.open(&("tasks", "online"), &sealed).is_err(), "another list");
        assert!(Cursors::new([8; 32]).open(&("devices", "online"), &sealed).is_err(), "of another server");
        for wrong in ["", "n5.12.x", "AAAA", "💥", &"A".repeat(5000), &sealed[..sealed.len() - 1]] {
            assert!(cursors.open(&("devices", "online"), wrong).is_err(), "{wrong}");
        }
        // Each of its bits counts.
        for at in 0..sealed.len() {
            let mut other = sealed.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert!(cursors.open(&("devices", "online"), &other).is_err(), "{other}");
        }
    }

    #[test]
    fn i2_limits_are_bounded() {
        assert_eq!((limit(None).unwrap(), limit(Some(1)).unwrap(), limit(Some(200)).unwrap()), (50, 1, 200));
        assert!(limit(Some(0)).is_err() && limit(Some(201)).is_err() && limit(Some(u16::MAX)).is_err());
    }
}
