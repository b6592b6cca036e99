//! MESSAGE-INTEGRITY: HMAC-SHA1 over the message so far, whose length already counts the attribute itself.

use super::attribute::MESSAGE_INTEGRITY;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;

/// Bytes of the attribute: its head and the 20 of the HMAC.
const SIZE: usize = 24;

/// What is hashed behind the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Zeros up to a multiple of 64 bytes (RFC 3489 §11.2.8), which is what Annex G refers to.
    Zeros,
    /// Nothing (RFC 5389 §15.4), which many devices do.
    None,
}

/// `message` ends where the attribute begins.
fn compute(message: &[u8], password: &[u8], padding: Padding) -> [u8; 20] {
    let mut mac = Hmac::<Sha1>::new_from_slice(password).expect("HMAC takes keys of any length");
    let length = (message.len() - super::HEADER + SIZE) as u16;
    mac.update(&message[..2]);
    mac.update(&length.to_be_bytes());
    mac.update(&message[4..]);
    if padding == Padding::Zeros {
        let zeros = message.len().next_multiple_of(64) - message.len();
        mac.update(&[0; 64][..zeros]);
    }
    mac.finalize().into_bytes().into()
}

pub(super) fn sign(message: &mut Vec<u8>, password: &[u8], padding: Padding) {
    let value = compute(message, password, padding);
    message.extend_from_slice(&MESSAGE_INTEGRITY.to_be_bytes());
    message.extend_from_slice(&20_u16.to_be_bytes());
    message.extend_from_slice(&value);
    super::set_length(message);
}

pub(super) fn verify(message: &[u8], value: &[u8; 20], password: &[u8]) -> Option<Padding> {
    let fits = |padding: &Padding| bool::from(compute(message, password, *padding).ct_eq(value));
    [Padding::Zeros, Padding::None].into_iter().find(fits)
}
