//! Addresses under which one device may load or send one file, for a limited time (rules 221 and 233).
//!
//! A link carries what it allows, signed: nothing is stored for it, and nobody can make one or change one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use model::file::FileRef;
use model::{DeviceId, FileId, TaskId, Timestamp};
use sha2::Sha256;

/// Bytes of the signature that are kept: 128 bits.
const SIGNATURE: usize = 16;
const DOWNLOAD: u8 = 1;
const UPLOAD: u8 = 2;
/// Added to the kind of a link that opens without a password.
const OPEN: u8 = 0x10;

/// Makes and checks links.
#[derive(Clone)]
pub(crate) struct Links {
    /// Where devices reach the file listener, without a final `/`.
    base_url: String,
    key: [u8; 32],
    /// How long a link is good.
    lifetime_ms: i64,
}

/// A link with the credentials that the file listener asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// At most 256 characters, without user and password.
    pub url: String,
    pub username: String,
    pub password: String,
}

/// What a link allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub device: DeviceId,
    pub task: TaskId,
    pub what: GrantKind,
    pub expires: Timestamp,
    /// The link alone is enough: for devices that cannot log in (rule 346, fault 9012).
    pub open: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrantKind {
    Download(FileId),
    Upload,
}

impl Links {
    pub fn new(base_url: &str, key: [u8; 32], lifetime_ms: i64) -> Self {
        Self { base_url: base_url.trim_end_matches('/').to_owned(), key, lifetime_ms }
    }

    /// For a Download that begins at `starts` at the latest. `open`: it needs no password.
    pub fn download(&self, device: DeviceId, task: TaskId, file: &FileRef, starts: Timestamp, open: bool) -> Link {
        let expires = starts.plus_millis(self.lifetime_ms);
        let token = self.token(&Grant { device, task, what: GrantKind::Download(file.id), expires, open });
        // Some devices tell the kind of file by the end of its address.
        let extension = extension(&file.name).map(|extension| format!(".{extension}")).unwrap_or_default();
        Link { url: format!("{}/files/{token}/image{extension}", self.base_url), ..self.login(&token, open) }
    }

    /// For an Upload. Devices may append a name of their own (rule 237).
    pub fn upload(&self, device: DeviceId, task: TaskId, starts: Timestamp, open: bool) -> Link {
        let expires = starts.plus_millis(self.lifetime_ms);
        let token = self.token(&Grant { device, task, what: GrantKind::Upload, expires, open });
        Link { url: format!("{}/uploads/{token}/", self.base_url), ..self.login(&token, open) }
    }

    /// What a token allows; `None` if it was not made here. Whether it has expired is for the caller to say.
    pub fn grant(&self, token: &str) -> Option<Grant> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, signature) = bytes.split_at_checked(bytes.len().checked_sub(SIGNATURE)?)?;
        self.mac(body).verify_truncated_left(signature).ok()?;
        let number = |at: usize| Some(i64::from_be_bytes(body.get(at..at + 8)?.try_into().ok()?));
        let kind = *body.first()?;
        let what = match kind & !OPEN {
            DOWNLOAD => GrantKind::Download(FileId(number(25)?)),
            UPLOAD => GrantKind::Upload,
            _ => return None,
        };
        let (device, task, expires) = (DeviceId(number(1)?), TaskId(number(9)?), Timestamp(number(17)?));
        Some(Grant { device, task, what, expires, open: kind & OPEN != 0 })
    }

    /// The credentials that belong to a token.
    pub fn credentials(&self, token: &str) -> Link {
        let password = self.mac(format!("password of {token}").as_bytes()).finalize().into_bytes();
        Link {
            url: String::new(),
            username: "lastmile".to_owned(),
            password: URL_SAFE_NO_PAD.encode(&password[..SIGNATURE]),
        }
    }

    fn login(&self, token: &str, open: bool) -> Link {
        if open {
            return Link { url: String::new(), username: String::new(), password: String::new() };
        }
        self.credentials(token)
    }

    fn token(&self, grant: &Grant) -> String {
        let (kind, file) = match grant.what {
            GrantKind::Download(file) => (DOWNLOAD, file.0),
            GrantKind::Upload => (UPLOAD, 0),
        };
        let mut bytes = vec![if grant.open { kind | OPEN } else { kind }];
        for number in [grant.device.0, grant.task.0, grant.expires.0, file] {
            bytes.extend(number.to_be_bytes());
        }
        let signature = self.mac(&bytes).finalize().into_bytes();
        bytes.extend(&signature[..SIGNATURE]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn mac(&self, message: &[u8]) -> Hmac<Sha256> {
        Hmac::new_from_slice(&self.key).expect("a key of any length will do").chain_update(message)
    }
}

/// The end of a file's name, if it is short and plain.
fn extension(name: &str) -> Option<String> {
    let (_, extension) = name.rsplit_once('.')?;
    let plain = (1..=8).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    plain.then(|| extension.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::file::FileType;

    fn links() -> Links {
        Links::new("http://192.0.2.1:7548/", [7; 32], 3_600_000)
    }

    fn file(name: &str) -> FileRef {
        FileRef {
            id: FileId(9),
            name: name.to_owned(),
            file_type: FileType::Firmware,
            size: 1,
            sha256: String::new(),
            version: String::new(),
            versions: Vec::new(),
        }
    }

    fn token(url: &str) -> &str {
        url.split('/').nth(4).unwrap()
    }

    #[test]
    fn a_link_says_what_it_allows() {
        let link = links().download(DeviceId(1), TaskId(2), &file("fw 1.2.BIN"), Timestamp(1000), false);
        assert!(link.url.starts_with("http://192.0.2.1:7548/files/") && link.url.ends_with("/image.bin"));
        assert!(link.url.len() <= 256);
        let grant = links().grant(token(&link.url)).unwrap();
        let what = GrantKind::Download(FileId(9));
        assert_eq!(
            grant,
            Grant { device: DeviceId(1), task: TaskId(2), what, expires: Timestamp(3_601_000), open: false }
        );
        let link = links().upload(DeviceId(1), TaskId(2), Timestamp(0), false);
        assert!(link.url.ends_with('/'));
        assert_eq!(links().grant(token(&link.url)).unwrap().what, GrantKind::Upload);
    }

    #[test]
    fn rule_346_an_open_link_says_so_and_has_no_password() {
        for open in [true, false] {
            for link in [
                links().download(DeviceId(1), TaskId(2), &file("a"), Timestamp(0), open),
                links().upload(DeviceId(1), TaskId(2), Timestamp(0), open),
            ] {
                assert_eq!(links().grant(token(&link.url)).unwrap().open, open);
                assert_eq!(link.username.is_empty() && link.password.is_empty(), open);
            }
        }
    }

    #[test]
    fn f4_a_guessed_or_changed_token_is_nothing() {
        let link = links().download(DeviceId(1), TaskId(2), &file("a"), Timestamp(0), false);
        let good = token(&link.url);
        let mut bytes = URL_SAFE_NO_PAD.decode(good).unwrap();
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            assert_eq!(links().grant(&URL_SAFE_NO_PAD.encode(&bytes)), None, "byte {at}");
            bytes[at] ^= 1;
        }
        assert_eq!(links().grant(""), None);
        assert_eq!(links().grant("AQID"), None);
        assert_eq!(Links::new("http://192.0.2.1", [8; 32], 1).grant(good), None, "of another server");
    }

    #[test]
    fn f1_a_hostile_name_stays_out_of_the_address() {
        let url = |name: &str| links().download(DeviceId(1), TaskId(2), &file(name), Timestamp(0), false).url;
        for name in ["../../etc/passwd", "a.b/c", "x.%2e", "x.\r\n", "noend", "."] {
            assert!(url(name).ends_with("/image"), "{name}");
        }
    }
}
