//! How measured numbers are written for people, in the unit that they use for such a size. The functions are for sentences
//! that the server writes; the portal writes each number as its reader does, by the methods of [`Locale`].

use crate::locale::Locale;
use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// A number with the unit that it was measured in, for whoever shows it to write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub number: f64,
    pub unit: String,
}

/// A number with the sign that is as wide as a digit: `−18`. For text of ours: every hyphen becomes one.
pub fn minus(number: impl Display) -> String {
    number.to_string().replace('-', "−")
}

/// A level in dBm: `−67 dBm`.
pub fn dbm(level: i32) -> String {
    Locale::default().dbm(level)
}

/// A number with its unit, in the unit that people use for such a size.
pub fn quantity(number: f64, unit: &str) -> String {
    Locale::default().quantity(number, unit)
}

impl Locale {
    /// A level in dBm: `−67 dBm`.
    pub fn dbm(self, level: i32) -> String {
        format!("{} dBm", self.decimal(level.into(), 0))
    }

    /// A number with its unit, in the unit that people use for such a size.
    pub fn quantity(self, number: f64, unit: &str) -> String {
        match unit {
            "s" if number >= 0.0 => crate::time::duration(number as u64),
            "kbit/s" if number.abs() >= 1000.0 => {
                let mbit = number / 1000.0;
                format!("{} Mbit/s", self.decimal(mbit, usize::from(mbit.abs() < 100.0)))
            }
            "KiB" => format!("{} MB", self.decimal(number / 1024.0, 0)),
            "B" if number >= 1e9 => format!("{} GB", self.decimal(number / 1e9, 1)),
            "B" if number >= 1e6 => format!("{} MB", self.decimal(number / 1e6, 0)),
            "dBm" | "dB" => format!("{} {unit}", self.decimal(number, 1)),
            "" => self.plain(number),
            unit => format!("{} {unit}", self.plain(number)),
        }
    }

    /// Without decimals where there are none, else with one.
    fn plain(self, number: f64) -> String {
        self.decimal(number, usize::from((number - number.round()).abs() >= 0.05))
    }

    /// A number of bytes: `999 B`, `12.3 kB`, `31.4 MB` (powers of 1000).
    pub fn size(self, bytes: u64) -> String {
        if bytes < 1000 {
            return format!("{bytes} B");
        }
        let (mut value, mut unit) = (bytes as f64 / 1000.0, "kB");
        for larger in ["MB", "GB", "TB"] {
            // 999.95 would be written as 1000.0.
            if value < 999.95 {
                break;
            }
            value /= 1000.0;
            unit = larger;
        }
        format!("{} {unit}", self.decimal(value, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_in_the_units_of_people() {
        for (number, unit, said) in [
            (-18.4, "dBm", "−18.4 dBm"),
            (48_000.0, "kbit/s", "48.0 Mbit/s"),
            (482_300.0, "kbit/s", "482 Mbit/s"),
            (640.0, "kbit/s", "640 kbit/s"),
            (11_520.0, "s", "3 h 12 min"),
            (131_072.0, "KiB", "128 MB"),
            (87.0, "%", "87 %"),
            (7.25, "dB", "7.2 dB"),
            (11.0, "", "11"),
            (2.5, "", "2.5"),
        ] {
            assert_eq!(quantity(number, unit), said);
        }
    }

    #[test]
    fn numbers_are_said_as_their_reader_writes_them() {
        let german = Locale::German;
        assert_eq!(german.quantity(-18.4, "dBm"), "−18,4 dBm");
        assert_eq!(german.quantity(1_482_300.0, "kbit/s"), "1.482 Mbit/s");
        assert_eq!(german.quantity(2.5, ""), "2,5");
        assert_eq!((german.dbm(-67), german.size(31_457_280)), ("−67 dBm".to_owned(), "31,5 MB".to_owned()));
    }

    #[test]
    fn levels_have_a_true_minus() {
        assert_eq!((dbm(-67), dbm(3)), ("−67 dBm".to_owned(), "3 dBm".to_owned()));
        assert_eq!(minus(format_args!("{:.1} to {:.0}", -27.04, -8.0)), "−27.0 to −8");
    }
}
