//! Versions of firmware, as makers write them: compared part by part, numbers as numbers.

use std::cmp::Ordering;

/// Which is the newer: `4.10.1` is newer than `4.9.12`, `V2R3C5` than `V2R3C4`, `1.2` older than `1.2.1`. Of texts that
/// have nothing in common it says something, always the same.
pub fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (parts(one), parts(other));
    for (a, b) in one.iter().zip(&other) {
        let order = match (a.parse::<u64>(), b.parse::<u64>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            // A word before a number: `1.2-rc1` comes before `1.2.1`.
            (Ok(_), Err(_)) => Ordering::Greater,
            (Err(_), Ok(_)) => Ordering::Less,
            (Err(_), Err(_)) => a.cmp(b),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    one.len().cmp(&other.len())
}

/// Runs of digits and runs of letters, in lower case.
fn parts(version: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut kind = None;
    for c in version.trim().chars() {
        let this = if c.is_ascii_digit() {
            Some(true)
        } else if c.is_alphabetic() {
            Some(false)
        } else {
            None
        };
        match (this, parts.last_mut()) {
            (None, _) => {}
            (Some(_), Some(last)) if this == kind => last.extend(c.to_lowercase()),
            (Some(_), _) => parts.push(c.to_lowercase().collect()),
        }
        kind = this;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_count_as_numbers() {
        for (older, newer) in [
            ("4.9.12", "4.10.1"),
            ("1.2", "1.2.1"),
            ("V2R3C4", "V2R3C5"),
            ("V200R019C00SPC100", "V200R019C00SPC125"),
            ("1.2-rc1", "1.2.1"),
            ("7.9", "7.29"),
            ("", "1"),
        ] {
            assert_eq!(compare(older, newer), Ordering::Less, "{older} {newer}");
            assert_eq!(compare(newer, older), Ordering::Greater, "{newer} {older}");
        }
        assert_eq!(compare("v1.02", "V1.2"), Ordering::Equal);
    }

    proptest! {
        #[test]
        fn it_is_an_order(a in "[v0-9.a-c-]{0,8}", b in "[v0-9.a-c-]{0,8}", c in "[v0-9.a-c-]{0,8}") {
            prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
            if compare(&a, &b) != Ordering::Greater && compare(&b, &c) != Ordering::Greater {
                prop_assert_ne!(compare(&a, &c), Ordering::Greater);
            }
        }
    }
}
