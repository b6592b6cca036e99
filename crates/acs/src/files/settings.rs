//! How files are kept and handed out.

use super::TrustedKey;
use std::fmt;
use std::path::PathBuf;

/// Settings of files. Sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesSettings {
    /// Where devices reach the file listener, without a final `/`, such as `http://acs.example.net:7548`. At most 160
    /// characters, so that a link has at most 256 (rule 219).
    pub base_url: String,
    /// Seconds that a link is good for after the transfer is to begin.
    pub link_lifetime: u32,
    /// What links are signed with. The same on all nodes; another one voids all links.
    pub link_key: LinkKey,
    /// Where the contents are kept.
    pub location: FileLocation,
    /// Largest file that an agent may upload.
    pub max_size: u64,
    /// Largest file that a device may send.
    pub max_received: u64,
    /// Whose signatures are taken.
    pub signing_keys: Vec<TrustedKey>,
    /// Firmware without a signature is not kept.
    pub require_signature: bool,
    /// Whether devices must show the credentials of a link (rule 56). Without, the link alone opens the file.
    pub require_credentials: bool,
    /// How often a transfer that failed on its way is ordered again by itself (rule 346).
    pub retries: u32,
    /// Seconds before the first of these; each later pause is four times as long, a day at most.
    pub retry_pause: u32,
}

impl Default for FilesSettings {
    fn default() -> Self {
        Self {
            base_url: "http://127.0.0.1:7548".to_owned(),
            link_lifetime: 24 * 3600,
            link_key: LinkKey::random(),
            location: FileLocation::Folder("data/files".into()),
            max_size: 1 << 30,
            max_received: 64 << 20,
            signing_keys: Vec::new(),
            require_signature: false,
            require_credentials: true,
            retries: 4,
            retry_pause: 60,
        }
    }
}

/// A secret of 256 bits; never printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LinkKey(pub [u8; 32]);

impl LinkKey {
    pub fn random() -> Self {
        Self(rand::random())
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(***)")
    }
}

/// Where contents are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum FileLocation {
    /// A folder; made when the first file comes.
    Folder(PathBuf),
    /// A bucket of S3, or of anything that speaks its protocol.
    S3 {
        bucket: String,
        /// Before every object's name, without a final `/`; empty for none.
        prefix: String,
        /// Address of the service; empty for AWS's own of the region.
        endpoint: String,
        region: String,
        access_key: String,
        /// Never printed.
        secret_key: String,
    },
}

impl fmt::Debug for FileLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            Self::S3 { bucket, prefix, endpoint, region, .. } => f
                .debug_struct("S3")
                .field("bucket", bucket)
                .field("prefix", prefix)
                .field("endpoint", endpoint)
                .field("region", region)
                .finish_non_exhaustive(),
        }
    }
}
