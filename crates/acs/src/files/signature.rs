//! Detached signatures of files: those of minisign, and plain Ed25519 (RFC 8032) over the bytes of the file. The
//! signature is there before the file, so that even a form that takes all bytes is checked while they come in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blake2::{Blake2b512, Digest as _};
use ed25519_dalek::{Signature, StreamVerifier, VerifyingKey};

/// Bytes of the largest signature file: the comments of minisign make them long.
const LONGEST: usize = 4096;
/// What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410): what `openssl pkey -pubout` writes.
const DER: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A public key whose signatures are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    pub name: String,
    key: VerifyingKey,
    /// Of minisign's keys: what its signatures name.
    id: Option<[u8; 8]>,
}

impl TrustedKey {
    /// Reads `name:key`: the second line of minisign's `.pub`, or an Ed25519 key as 32 bytes or as DER, in base64.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, key) = text.trim().split_once(':')?;
        let name = name.trim();
        if !(1..=64).contains(&name.chars().count()) || name.chars().any(super::check::unfit) {
            return None;
        }
        let bytes = STANDARD.decode(key.trim()).ok()?;
        let (id, key) = match bytes.len() {
            32 => (None, bytes.as_slice()),
            42 if bytes.starts_with(b"Ed") => (Some(bytes[2..10].try_into().ok()?), &bytes[10..]),
            44 if bytes.starts_with(&DER) => (None, &bytes[DER.len()..]),
            _ => return None,
        };
        let key = VerifyingKey::from_bytes(key.try_into().ok()?).ok().filter(|key| !key.is_weak())?;
        Some(Self { name: name.to_owned(), key, id })
    }
}

/// The check of a file that is on its way.
pub(crate) enum Check {
    /// Keys that may have made the signature, each with what is known of the file so far.
    Whole(Vec<(String, StreamVerifier)>),
    /// The signature is over the BLAKE2b-512 of the file.
    Hashed(Box<Hashed>),
}

pub(crate) struct Hashed {
    by: TrustedKey,
    signature: Signature,
    hash: Blake2b512,
}

impl Check {
    /// `text`: a signature file in base64. The error is for people.
    pub fn begin(text: &str, trusted: &[TrustedKey]) -> Result<Self, String> {
        if trusted.is_empty() {
            return Err(
                "Lastmile knows no keys to check signatures with: the administrator names them in the settings. \
                 The file was not kept."
                    .to_owned(),
            );
        }
        // A plus that was not encoded in an address has become a space.
        let file = STANDARD.decode(text.trim().replace(' ', "+")).ok().filter(|file| file.len() <= LONGEST);
        let signature = file.as_deref().and_then(Detached::read).ok_or(
            "The signature is none that Lastmile knows: it takes those of minisign, and Ed25519 signatures of 64 bytes. \
             The file was not kept.",
        )?;
        match signature {
            Detached::Plain(signature) => {
                let verifiers = trusted.iter().filter_map(|key| {
                    let verifier = key.key.verify_stream(&signature).ok()?;
                    Some((key.name.clone(), verifier))
                });
                Ok(Self::Whole(verifiers.collect()))
            }
            Detached::Minisign { id, hashed, signature, comment, over_comment } => {
                let Some(by) = trusted.iter().find(|key| key.id == Some(id)) else {
                    return Err(format!(
                        "The signature was made with the key {:016X}, which Lastmile does not trust. The file was not \
                         kept. The administrator can add the key.",
                        u64::from_le_bytes(id)
                    ));
                };
                let both = [&signature.to_bytes()[..], comment.as_bytes()].concat();
                by.key.verify_strict(&both, &over_comment).map_err(|_| wrong(&by.name))?;
                if hashed {
                    let (by, hash) = (by.clone(), Blake2b512::new());
                    return Ok(Self::Hashed(Box::new(Hashed { by, signature, hash })));
                }
                let verifier = by.key.verify_stream(&signature).map_err(|_| wrong(&by.name))?;
                Ok(Self::Whole(vec![(by.name.clone(), verifier)]))
            }
        }
    }

    /// The next bytes of the file.
    pub fn update(&mut self, piece: &[u8]) {
        match self {
            Self::Whole(verifiers) => verifiers.iter_mut().for_each(|(_, verifier)| verifier.update(piece)),
            Self::Hashed(hashed) => hashed.hash.update(piece),
        }
    }

    /// The file is whole: the name of the key. The error is for people.
    pub fn end(self) -> Result<String, String> {
        match self {
            Self::Hashed(hashed) => {
                let Hashed { by, signature, hash } = *hashed;
                by.key.verify_strict(&hash.finalize(), &signature).map_err(|_| wrong(&by.name))?;
                Ok(by.name)
            }
            Self::Whole(verifiers) => {
                let only = (verifiers.len() == 1).then(|| verifiers[0].0.clone());
                let mut right = verifiers
                    .into_iter()
                    .filter_map(|(name, verifier)| verifier.finalize_and_verify().is_ok().then_some(name));
                right.next().ok_or_else(|| match only {
                    Some(name) => wrong(&name),
                    None => {
                        "The signature does not belong to this file, or it was made with a key that Lastmile does not \
                             trust. The file was not kept."
                            .to_owned()
                    }
                })
            }
        }
    }
}

fn wrong(name: &str) -> String {
    format!(
        "The signature is not one of “{name}” for this file: one of the two was changed, or they do not belong together. \
         The file was not kept."
    )
}

/// A signature file.
enum Detached {
    Plain(Signature),
    Minisign {
        id: [u8; 8],
        /// Over the hash of the file, as newer versions make them, instead of the file.
        hashed: bool,
        signature: Signature,
        comment: String,
        /// Over the signature and the trusted comment.
        over_comment: Signature,
    },
}

impl Detached {
    fn read(file: &[u8]) -> Option<Self> {
        if file.len() == Signature::BYTE_SIZE {
            return Signature::from_slice(file).ok().map(Self::Plain);
        }
        let text = std::str::from_utf8(file).ok()?;
        if !text.starts_with("untrusted comment:") {
            let text: String = text.split_ascii_whitespace().collect();
            return Signature::from_slice(&STANDARD.decode(text).ok()?).ok().map(Self::Plain);
        }
        let mut lines = text.lines().skip(1);
        let bytes = STANDARD.decode(lines.next()?.trim()).ok()?;
        let comment = lines.next()?.strip_prefix("trusted comment: ")?.to_owned();
        let over_comment = Signature::from_slice(&STANDARD.decode(lines.next()?.trim()).ok()?).ok()?;
        let hashed = match bytes.get(..2)? {
            b"ED" => true,
            b"Ed" => false,
            _ => return None,
        };
        let id = bytes.get(2..10)?.try_into().ok()?;
        let signature = Signature::from_slice(bytes.get(10..)?).ok()?;
        Some(Self::Minisign { id, hashed, signature, comment, over_comment })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};

    // Made by minisign itself, of a file with the word `test`.
    const PUBLIC: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    const LEGACY: &str = "untrusted comment: signature from minisign secret key
RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=
trusted comment: timestamp:1555779966\tfile:test
QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==
";
    const HASHED: &str = "untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1556193335\tfile:test
y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==
";

    fn key(name: &str, secret: u8) -> (SigningKey, TrustedKey) {
        let secret = SigningKey::from_bytes(&[secret; 32]);
        let text = format!("{name}:{}", STANDARD.encode(secret.verifying_key().as_bytes()));
        (secret, TrustedKey::parse(&text).unwrap())
    }

    fn maker() -> TrustedKey {
        TrustedKey::parse(&format!("maker:{PUBLIC}")).unwrap()
    }

    fn check(signature: &[u8], trusted: &[TrustedKey], file: &[u8]) -> Result<String, String> {
        let mut check = Check::begin(&STANDARD.encode(signature), trusted)?;
        file.chunks(3).for_each(|piece| check.update(piece));
        check.end()
    }

    #[test]
    fn minisigns_signatures_are_checked_with_their_comments() {
        let trusted = [key("other", 1).1, maker()];
        for signature in [LEGACY, HASHED] {
            assert_eq!(check(signature.as_bytes(), &trusted, b"test").as_deref(), Ok("maker"));
            assert_eq!(check(signature.replace('\n', "\r\n").as_bytes(), &trusted, b"test").as_deref(), Ok("maker"));
            let changed = check(signature.as_bytes(), &trusted, b"tesT").unwrap_err();
            assert!(changed.contains("is not one of “maker” for this file"), "{changed}");
            let said = signature.replace("file:test", "file:best");
            assert!(check(said.as_bytes(), &trusted, b"test").is_err(), "the trusted comment is signed, too");
            let unknown = check(signature.as_bytes(), &trusted[..1], b"test").unwrap_err();
            assert!(unknown.contains("the key E7620F1842B4E81F, which Lastmile does not trust"), "{unknown}");
        }
    }

    #[test]
    fn plain_signatures_are_checked_with_every_key() {
        let ((one, first), (two, second)) = (key("one", 1), key("two", 2));
        let file = b"an image";
        let trusted = [first.clone(), second];
        let signature = two.sign(file).to_bytes();
        assert_eq!(check(&signature, &trusted, file).as_deref(), Ok("two"));
        let written = format!("{}\n", STANDARD.encode(one.sign(file).to_bytes()));
        assert_eq!(check(written.as_bytes(), &trusted, file).as_deref(), Ok("one"));
        assert!(check(&signature, &trusted, b"another").unwrap_err().contains("does not belong to this file, or"));
        assert!(check(&signature, &[first], file).unwrap_err().contains("is not one of “one”"));
        assert!(check(&signature, &[], file).unwrap_err().contains("knows no keys"));
    }

    #[test]
    fn what_is_no_signature_is_refused_before_the_file_comes() {
        let cut = &LEGACY[..LEGACY.len() - 100];
        let long = [HASHED, &"x".repeat(LONGEST)].concat();
        let other = LEGACY.replace("RWQf", "AAQf");
        let mut cases: Vec<&[u8]> = vec![b"", b"hello", cut.as_bytes(), long.as_bytes(), other.as_bytes(), &[7; 63]];
        // The parts of S that are too large, which no signature has.
        cases.push(&[0xff; 64]);
        for text in cases {
            let begun = Check::begin(&STANDARD.encode(text), &[maker()]);
            assert!(begun.and_then(Check::end).is_err(), "{}", String::from_utf8_lossy(text));
        }
        assert!(Check::begin("not base64!", &[maker()]).is_err());
        let spaced = STANDARD.encode(HASHED).replace('+', " ");
        assert!(Check::begin(&spaced, &[maker()]).is_ok(), "a plus may have become a space on its way");
    }

    #[test]
    fn keys_have_names_and_three_forms() {
        let (secret, plain) = key("acme", 3);
        let der = [&DER[..], secret.verifying_key().as_bytes()].concat();
        assert_eq!(TrustedKey::parse(&format!(" acme : {} ", STANDARD.encode(der))), Some(plain));
        assert_eq!((maker().name.as_str(), maker().id.is_some()), ("maker", true));
        let weak = format!("a:{}", STANDARD.encode([0; 32]));
        for text in
            ["", "acme", &format!(":{PUBLIC}"), "acme:", "acme:AAAA", "acme:%%%", &weak, &format!("a\nb:{PUBLIC}")]
        {
            assert_eq!(TrustedKey::parse(text), None, "{text}");
        }
    }
}
