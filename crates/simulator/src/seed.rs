//! Repeatable chance: everything that varies between devices is a function of a seed, so that two runs agree and
//! nothing has to be stored.

/// Spreads the bits of `value` (the finaliser of SplitMix64).
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number that belongs to `word` under `seed` (FNV-1a, then mixed).
pub fn of_word(seed: u64, word: &str) -> u64 {
    let hash = word.bytes().fold(0xCBF2_9CE4_8422_2325_u64 ^ seed, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    mix(hash)
}

/// A number that belongs to the pair.
pub fn of_pair(seed: u64, other: u64) -> u64 {
    mix(mix(seed) ^ other)
}

/// From 0 up to but without 1.
pub fn fraction(value: u64) -> f64 {
    (value >> 11) as f64 / (1_u64 << 53) as f64
}

/// From `low` to `high`, both included; `low` if the range is empty.
pub fn between(value: u64, low: i64, high: i64) -> i64 {
    let width = high.saturating_sub(low).saturating_add(1);
    if width <= 0 { low } else { low + (value % width as u64) as i64 }
}

/// A smooth walk from -1 to 1 in which neighbours `period` apart do not depend on each other.
/// Any moment can be asked for without computing those before it.
pub fn drift(seed: u64, millis: i64, period: i64) -> f64 {
    let period = period.max(1);
    let (slot, within) = (millis.div_euclid(period), millis.rem_euclid(period) as f64 / period as f64);
    let at = |slot: i64| 2.0 * fraction(of_pair(seed, slot as u64)) - 1.0;
    let ease = within * within * (3.0 - 2.0 * within);
    at(slot) + (at(slot + 1) - at(slot)) * ease
}

/// `digits` hexadecimal digits in upper case.
pub fn hex(seed: u64, digits: usize) -> String {
    text(seed, digits, b"0123456789ABCDEF")
}

/// `length` letters and digits that people do not confuse: for passphrases and passwords.
pub fn key(seed: u64, length: usize) -> String {
    text(seed, length, b"abcdefghkmnpqrstuvwxyz23456789")
}

fn text(seed: u64, length: usize, alphabet: &[u8]) -> String {
    let mut state = seed;
    (0..length)
        .map(|_| {
            state = mix(state);
            char::from(alphabet[(state % alphabet.len() as u64) as usize])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        assert_eq!(of_word(7, "Channel"), of_word(7, "Channel"));
        assert_ne!(of_word(7, "Channel"), of_word(8, "Channel"));
        assert_eq!(key(3, 12).len(), 12);
        assert_eq!(hex(3, 6), hex(3, 6));
    }

    #[test]
    fn ranges_include_their_ends() {
        let mut seen: Vec<_> = (0..200).map(|n| between(mix(n), -1, 1)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [-1, 0, 1]);
        assert_eq!(between(9, 5, 2), 5);
    }

    #[test]
    fn drift_is_smooth_and_bounded() {
        let walk: Vec<_> = (0..2_000).map(|n| drift(5, n * 100, 10_000)).collect();
        assert!(walk.iter().all(|v| (-1.0..=1.0).contains(v)));
        assert!(walk.windows(2).all(|w| (w[0] - w[1]).abs() < 0.05));
        assert!(walk.iter().any(|v| *v > 0.3) && walk.iter().any(|v| *v < -0.3));
    }
}
