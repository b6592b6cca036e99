//! Keys, and the file that they are in.

use crate::error::StoreError;
use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Keys in the file: the one that seals and the one before it.
pub const KEPT: usize = 2;

/// 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(pub(super) [u8; 32]);

/// What a ciphertext says of its key: four bytes of a digest, which tell nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyId(pub(super) [u8; 4]);

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

impl Key {
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut key = [0; 32];
        hex::decode_to_slice(text.trim(), &mut key).ok()?;
        Some(Self(key))
    }

    pub fn id(&self) -> KeyId {
        let digest = Sha256::new().chain_update(b"lastmile key id\n").chain_update(self.0).finalize();
        KeyId([digest[0], digest[1], digest[2], digest[3]])
    }
}

/// Where the keys come from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// One key, given by the environment. It cannot be rotated from here.
    Given(Key),
    /// A file, one key a line, the one that seals first. Made at the first start.
    File(PathBuf),
}

/// `None`: there is no such file. The error says what is wrong with it.
pub fn read(file: &Path) -> Result<Option<Vec<Key>>, StoreError> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::Invalid(format!("cannot read the keys in {}: {error}", file.display()))),
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys: Option<Vec<Key>> = lines.map(Key::parse).collect();
    keys.filter(|keys| !keys.is_empty()).map(Some).ok_or_else(|| {
        StoreError::Invalid(format!(
            "{} holds something else than keys of 64 hexadecimal digits, one a line; nothing was changed",
            file.display()
        ))
    })
}

/// Makes the file, readable by the server's user alone. `false`: there is one already.
pub fn make(file: &Path, key: &Key) -> Result<bool, StoreError> {
    let cannot = |error: io::Error| StoreError::Invalid(format!("cannot make {}: {error}", file.display()));
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(cannot)?;
    }
    if file.exists() {
        return Ok(false);
    }
    replace(file, std::slice::from_ref(key)).map(|()| true)
}

/// Whole or not at all: written beside it, synced, renamed.
pub fn replace(file: &Path, keys: &[Key]) -> Result<(), StoreError> {
    let beside = file.with_extension("new");
    let write = || {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut opened = options.open(&beside)?;
        for key in keys {
            writeln!(opened, "{}", hex::encode(key.0))?;
        }
        opened.sync_all()?;
        fs::rename(&beside, file)?;
        // The name, too, must survive a power cut: without the key everything is lost.
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    write().map_err(|error: io::Error| StoreError::Invalid(format!("cannot write {}: {error}", file.display())))
}
