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
//!
//! More words make an image that is no good:
//!
//! | Word | What happens |
//! |---|---|
//! | `reports=4.3.0-b7` | devices that run it report this as their version, not `version` |
//! | `fails=10:9010` | 10 of 100 devices install nothing and report this fault; may be there several times |
//! | `bricks=20` | 20 of 100 never come back, until somebody revives them |
//! | `rolls-back=10` | come back with the version that they had |
//! | `crashes=10` | boot twice more in the minutes after (sooner with a fast [`crate::Pace`]) |
//! | `resets=10` | come back as from the factory, with `0 BOOTSTRAP` |
//! | `only=HG645` | only devices with this ProductClass misbehave; others that take the image install it well |
//!
//! Which devices it meets follows from their serial numbers and the version, so it is the same ones each time; nothing
//! meets a device twice, so that shares may be added up.

use crate::seed;
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
    /// What devices report as their version, if not `version`.
    pub reports: Option<String>,
    /// What goes wrong, each with how many of 100 devices it meets.
    mishaps: Vec<(u32, Mishap)>,
    /// The ProductClass of devices that something may go wrong with; `None`: all.
    only: Option<String>,
}

/// What goes wrong when a device installs an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// Nothing is installed, and the device reports this fault.
    Fails(u32),
    /// It never comes back.
    Bricks,
    /// It comes back with the version that it had.
    RollsBack,
    /// It boots twice more.
    Crashes,
    /// It comes back as from the factory.
    Resets,
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
        for word in words {
            // What nobody understands is passed over.
            let _ = image.take(word);
        }
        Some(image)
    }

    /// Takes a word of the first line. `None`: it is not understood.
    fn take(&mut self, word: &str) -> Option<()> {
        let (key, value) = word.split_once('=')?;
        let text = || Some(value.to_owned());
        let percent = |text: &str| text.parse().ok().filter(|percent| *percent <= 100_u32);
        match key {
            "version" => self.version = text(),
            "model" => self.model = text(),
            "name" => self.name = text(),
            "reports" => self.reports = text(),
            "only" => self.only = text(),
            "fails" => {
                let (share, code) = value.split_once(':')?;
                self.mishaps.push((percent(share)?, Mishap::Fails(code.parse().ok()?)));
            }
            "bricks" => self.mishaps.push((percent(value)?, Mishap::Bricks)),
            "rolls-back" => self.mishaps.push((percent(value)?, Mishap::RollsBack)),
            "crashes" => self.mishaps.push((percent(value)?, Mishap::Crashes)),
            "resets" => self.mishaps.push((percent(value)?, Mishap::Resets)),
            _ => return None,
        }
        Some(())
    }

    /// What goes wrong when this device installs the image as `version`: always the same.
    pub fn mishap(&self, version: &str, serial: &str, product_class: &str) -> Option<Mishap> {
        if self.only.as_ref().is_some_and(|only| *only != product_class) {
            return None;
        }
        let mut chance = (seed::of_word(seed::of_word(0, version), serial) % 100) as u32;
        for (share, mishap) in &self.mishaps {
            match chance.checked_sub(*share) {
                Some(rest) => chance = rest,
                None => return Some(*mishap),
            }
        }
        None
    }
}

/// A firmware image of `size` bytes (no fewer than its first line has) that devices with this ProductClass take.
pub fn image(model: &str, version: &str, size: usize) -> Vec<u8> {
    written(format!("{MARK} version={version} model={model}\n"), size)
}

/// The same with more words in its first line, such as `bricks=20`. `None`: one of them is not understood.
pub fn image_with(model: &str, version: &str, words: &[impl AsRef<str>], size: usize) -> Option<Vec<u8>> {
    let mut line = format!("{MARK} version={version} model={model}");
    for word in words.iter().map(AsRef::as_ref) {
        let single = !word.contains(|c: char| c.is_ascii_whitespace());
        ImageHead::default().take(word).filter(|()| single)?;
        line = format!("{line} {word}");
    }
    Some(written(line + "\n", size))
}

fn written(mut text: String, size: usize) -> Vec<u8> {
    let mut number = seed::of_word(0, &text);
    while text.len() < size {
        number = seed::mix(number);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{number:016x}{:016x}", seed::mix(number ^ 1));
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
    fn mishaps_meet_their_share_of_the_devices_and_always_the_same_ones() {
        let words = ["reports=4.3.0-b7", "fails=10:9010", "bricks=20", "rolls-back=5", "only=HG645"];
        let head = ImageHead::read(&image_with("HG645", "4.3.0", &words, 1000).unwrap()).unwrap();
        assert_eq!(head.reports.as_deref(), Some("4.3.0-b7"));
        let serials: Vec<_> = (0..1000).map(|n| format!("KSTL{n:08X}")).collect();
        let met =
            |version: &str| -> Vec<_> { serials.iter().map(|serial| head.mishap(version, serial, "HG645")).collect() };
        let all = met("4.3.0");
        for (mishap, percent) in
            [(Some(Mishap::Fails(9010)), 10), (Some(Mishap::Bricks), 20), (Some(Mishap::RollsBack), 5), (None, 65)]
        {
            let count = all.iter().filter(|one| **one == mishap).count();
            assert!(count.abs_diff(percent * 10) < 50, "{mishap:?}: {count}");
        }
        assert_eq!(all, met("4.3.0"));
        assert_ne!(all, met("4.3.1"), "others with another version");
        assert!(serials.iter().all(|serial| head.mishap("4.3.0", serial, "HG640").is_none()));
    }

    #[test]
    fn every_device_or_none_may_be_met() {
        let met = |word: &str| {
            let head = ImageHead::read(&image_with("X", "1", &[word], 0).unwrap()).unwrap();
            (0..100).filter(|n| head.mishap("1", &format!("{n}"), "X").is_some()).count()
        };
        assert_eq!((met("crashes=0"), met("crashes=100")), (0, 100));
        for word in ["bricks", "bricks=101", "bricks=2O", "fails=10", "melts=10", "only=X bricks=10", ""] {
            assert_eq!(image_with("X", "1", &[word], 0), None, "{word}");
        }
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
