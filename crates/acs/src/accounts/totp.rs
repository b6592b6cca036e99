//! One-time codes: those of an app (RFC 6238: SHA-1, six digits, 30 seconds, as every app has them), and recovery codes.

use super::same_secret;
use crate::tokens::digest;
use hmac::{Hmac, KeyInit, Mac};
use model::Timestamp;
use model::person::RECOVERY_CODES;
use sha1::Sha1;

/// Length of a step, in milliseconds.
const STEP_MS: i64 = 30_000;
/// Steps before and after the present one whose codes are taken: clocks of phones differ, and people are slow.
const TOLERANCE: i64 = 1;

/// RFC 4226 §4 asks for 128 bits at least and recommends 160.
pub(super) fn new_secret() -> String {
    base32(&rand::random::<[u8; 20]>())
}

/// The code of a step of time (RFC 4226 §5.3).
fn code(secret: &[u8], step: i64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 0xf);
    let word = u32::from_be_bytes([digest[at], digest[at + 1], digest[at + 2], digest[at + 3]]);
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

#[cfg(test)]
pub(super) fn code_at(secret: &str, time: Timestamp) -> String {
    code(&from_base32(secret).unwrap(), time.0.div_euclid(STEP_MS))
}

/// The step whose code this is, if it is right now and later than `after`, the last that was taken.
pub(super) fn step_of(secret: &str, typed: &str, time: Timestamp, after: i64) -> Option<i64> {
    let secret = from_base32(secret)?;
    let present = time.0.div_euclid(STEP_MS);
    // All are compared, so that the time taken does not tell which one it was.
    let steps = present - TOLERANCE..=present + TOLERANCE;
    let right: Vec<i64> = steps.filter(|step| same_secret(&code(&secret, *step), typed)).collect();
    right.into_iter().find(|step| *step > after)
}

/// What an app reads from the QR code. The username has no characters that a URI would need to be told of but `@`.
pub(super) fn uri(secret: &str, username: &str) -> String {
    let username = username.replace('@', "%40");
    format!("otpauth://totp/Lastmile:{username}?secret={secret}&issuer=Lastmile&algorithm=SHA1&digits=6&period=30")
}

/// Recovery codes: each 80 random bits, so that a fast digest of them is enough.
pub(super) fn new_codes() -> Vec<String> {
    (0..RECOVERY_CODES).map(|_| grouped(&base32(&rand::random::<[u8; 10]>()).to_lowercase())).collect()
}

/// What is stored of a recovery code, however it was typed; `None` if it is none.
pub(super) fn recovery_digest(typed: &str) -> Option<String> {
    let plain: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_lowercase();
    (plain.len() == 16 && plain.is_ascii()).then(|| digest(&plain))
}

/// In groups of four.
pub(super) fn grouped(text: &str) -> String {
    let separator = if text.chars().any(|c| c.is_ascii_lowercase()) { "-" } else { " " };
    text.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(separator)
}

const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// RFC 4648 §6 without padding, of whole groups of five bytes.
fn base32(bytes: &[u8]) -> String {
    bytes
        .chunks(5)
        .flat_map(|chunk| {
            let word = chunk.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
            (0..8).rev().map(move |at| char::from(LETTERS[(word >> (at * 5)) as usize & 31]))
        })
        .collect()
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    for chunk in text.as_bytes().chunks(8) {
        let mut word = 0_u64;
        for letter in chunk {
            word = word << 5 | LETTERS.iter().position(|known| known == letter)? as u64;
        }
        bytes.extend_from_slice(&word.to_be_bytes()[3..]);
    }
    text.len().is_multiple_of(8).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000_i64, "353130"),
        ] {
            assert_eq!(code(secret, seconds / 30), expected);
        }
        assert_eq!(base32(secret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap(), secret);
        assert_eq!(from_base32("GEZDGNB1"), None);
    }

    #[test]
    fn n2_a_code_is_good_for_its_time_and_not_twice() {
        let secret = base32(b"12345678901234567890");
        let step = |typed: &str, seconds: i64, after| step_of(&secret, typed, Timestamp(seconds * 1000), after);
        assert_eq!(step("287082", 59, 0), Some(1));
        assert_eq!(step("287082", 89, 0), Some(1), "one step late");
        assert_eq!(step("287082", 29, 0), Some(1), "one step early");
        assert_eq!(step("287082", 90, 0), None);
        assert_eq!(step("287082", 59, 1), None, "taken before");
        assert_eq!(step("287083", 59, 0), None);
        assert_eq!(step("", 59, 0), None);
    }

    #[test]
    fn recovery_codes_are_many_and_read_however_they_are_typed() {
        let codes = new_codes();
        assert_eq!(codes.len(), 10);
        assert!(codes.iter().all(|code| code.len() == 19), "{codes:?}");
        let digest = recovery_digest(&codes[0]).unwrap();
        assert_eq!(recovery_digest(&codes[0].to_uppercase().replace('-', " ")), Some(digest));
        assert_ne!(recovery_digest(&codes[0]), recovery_digest(&codes[1]));
        assert_eq!(recovery_digest("123456"), None);
    }

    #[test]
    fn apps_are_told_whose_secret_it_is() {
        let uri = uri("ABC", "maria@isp.example");
        assert!(uri.starts_with("otpauth://totp/Lastmile:maria%40isp.example?secret=ABC&issuer=Lastmile"), "{uri}");
        assert_eq!((grouped("ABCDEFGH"), grouped("abcdefgh")), ("ABCD EFGH".into(), "abcd-efgh".into()));
    }
}
