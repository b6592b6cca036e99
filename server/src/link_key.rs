//! The key that links to files are signed with.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Read from `file`, or made and written there, readable by the owner alone. 64 hexadecimal digits.
pub fn kept(file: &Path) -> io::Result<[u8; 32]> {
    match std::fs::read_to_string(file) {
        Ok(text) => {
            return parse(text.trim()).ok_or_else(|| {
                io::Error::other("the file holds no key of 64 hexadecimal digits; delete it to get a new one")
            });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let key: [u8; 32] = rand::random();
    let mut opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    for byte in key {
        write!(opened, "{byte:02x}")?;
    }
    writeln!(opened)?;
    opened.sync_all()?;
    Ok(key)
}

fn parse(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut key = [0; 32];
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file-link-key");
        let first = kept(&file).unwrap();
        assert_eq!(kept(&file).unwrap(), first);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        for wrong in ["", "00", &"x".repeat(64), &"é".repeat(32)] {
            std::fs::write(&file, wrong).unwrap();
            assert!(kept(&file).is_err(), "{wrong}");
        }
    }
}
