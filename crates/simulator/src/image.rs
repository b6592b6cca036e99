//! What a file means to a device.
//!
//! A firmware image for simulated devices is any file whose first line says what it is:
//!
//! ```text
//! LASTMILE-SIM version=4.3.0 model=HG645
//! ```
//!
//! Without `model` it fits every model; another model's image is refused with fault 9018. A file without such a line is
//! taken too: its version is then the one in its name (`gateway-4.3.0.bin` is 4.3.0), or made of its content.

use std::fmt::Write as _;

/// How many bytes of a file are enough to know what it is.
pub const HEAD: usize = 512;
const MARK: &str = "LASTMILE-SIM";

/// What a file says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageHead {
    pub version: Option<String>,
    /// `None`: it fits every model.
    pub model: Option<String>,
    /// Name of a software module.
    pub name: Option<String>,
}

impl ImageHead {
    /// Reads the first line of a file; `None` if it is not one of ours.
    pub fn read(head: &[u8]) -> Option<Self> {
        let line = head.split(|byte| *byte == b'\n').next()?;
        let mut words = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
        if words.next() != Some(MARK) {
            return None;
        }
        let mut image = Self::default();
        for (key, value) in words.filter_map(|word| word.split_once('=')) {
            let value = Some(value.to_owned());
            match key {
                "version" => image.version = value,
                "model" => image.model = value,
                "name" => image.name = value,
                _ => {}
            }
        }
        Some(image)
    }
}

/// A firmware image of `size` bytes (no fewer than its first line has) that devices with this ProductClass take.
pub fn image(model: &str, version: &str, size: usize) -> Vec<u8> {
    let mut text = format!("{MARK} version={version} model={model}\n");
    let mut number = crate::seed::of_word(0, &text);
    while text.len() < size {
        number = crate::seed::mix(number);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{number:016x}{:016x}", crate::seed::mix(number ^ 1));
    }
    text.truncate(size.max(text.find('\n').map_or(0, |end| end + 1)));
    text.into_bytes()
}

/// The version in a file's name: the first run of digits and dots with a dot inside.
pub fn version_in_name(name: &str) -> Option<String> {
    let name = name.rsplit('/').next().unwrap_or(name);
    let stem = name.rsplit_once('.').filter(|(_, end)| end.starts_with(|c: char| c.is_ascii_alphabetic()));
    let stem = stem.map_or(name, |(stem, _)| stem);
    stem.split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|run| run.trim_matches('.'))
        .find(|run| run.contains('.'))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_says_what_it_is() {
        let bytes = image("HG645", "4.3.0", 1000);
        assert_eq!(bytes.len(), 1000);
        let head = ImageHead::read(&bytes[..HEAD]).unwrap();
        assert_eq!((head.version.as_deref(), head.model.as_deref()), (Some("4.3.0"), Some("HG645")));
        assert_eq!(ImageHead::read(&image("HG645", "1", 0)).unwrap().version.as_deref(), Some("1"));
        assert_eq!(ImageHead::read(b"\x7fELF LASTMILE-SIM version=1"), None);
        assert_eq!(ImageHead::read(b""), None);
    }

    #[test]
    fn versions_are_found_in_names() {
        for (name, version) in [
            ("http://x/files/gateway-4.3.0.bin", Some("4.3.0")),
            ("fw_V2.11_rc1.img", Some("2.11")),
            ("HG645.v10.2", Some("10.2")),
            ("image.bin", None),
            ("image7", None),
            ("", None),
        ] {
            assert_eq!(version_in_name(name).as_deref(), version, "{name}");
        }
    }
}
