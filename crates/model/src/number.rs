//! How numbers are written for people.

use std::fmt::Display;

/// A number with the sign that is as wide as a digit: `−18`. For text of ours: every hyphen becomes one.
pub fn minus(number: impl Display) -> String {
    number.to_string().replace('-', "−")
}

/// A level in dBm: `−67 dBm`.
pub fn dbm(level: i32) -> String {
    minus(format_args!("{level} dBm"))
}

/// A number with its unit, in the unit that people use for such a size.
pub fn quantity(number: f64, unit: &str) -> String {
    let text = match unit {
        "s" if number >= 0.0 => return crate::time::duration(number as u64),
        "kbit/s" if number.abs() >= 1000.0 => {
            let mbit = number / 1000.0;
            let decimals = usize::from(mbit.abs() < 100.0);
            format!("{mbit:.decimals$} Mbit/s")
        }
        "KiB" => format!("{:.0} MB", number / 1024.0),
        "B" if number >= 1e9 => format!("{:.1} GB", number / 1e9),
        "B" if number >= 1e6 => format!("{:.0} MB", number / 1e6),
        "dBm" | "dB" => format!("{number:.1} {unit}"),
        "" => plain(number),
        unit => format!("{} {unit}", plain(number)),
    };
    minus(text)
}

/// Without decimals where there are none, else with one.
fn plain(number: f64) -> String {
    if (number - number.round()).abs() < 0.05 { format!("{number:.0}") } else { format!("{number:.1}") }
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
    fn levels_have_a_true_minus() {
        assert_eq!((dbm(-67), dbm(3)), ("−67 dBm".to_owned(), "3 dBm".to_owned()));
        assert_eq!(minus(format_args!("{:.1} to {:.0}", -27.04, -8.0)), "−27.0 to −8");
    }
}
