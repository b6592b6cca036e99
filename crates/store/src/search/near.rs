//! How far one word is from another: typing errors.

/// Edits that are forgiven in a word of this many characters.
pub fn forgiven(length: usize) -> usize {
    match length {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// Shortest beginning of a word in which an error is forgiven: `gate` for `late` would be too much.
pub const BEGUN: usize = 6;

/// Which letters a word has: a bit each for a to z and 0 to 9, the others share the rest.
pub fn mask(letters: impl Iterator<Item = char>) -> u64 {
    letters.fold(0, |mask, letter| {
        mask | match letter {
            'a'..='z' => 1 << (letter as u32 - 'a' as u32),
            '0'..='9' => 1 << (26 + letter as u32 - '0' as u32),
            other => 1 << (36 + other as u32 % 28),
        }
    })
}

/// How `typed` relates to `word`, if by at most `most` edits: one letter more, less or other, or two neighbours
/// swapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Distance {
    /// Edits between both.
    pub whole: Option<usize>,
    /// Edits between `typed` and the best beginning of `word`.
    pub beginning: Option<usize>,
}

/// Rows of the table, used again and again.
#[derive(Default)]
pub struct Scratch {
    before: Vec<usize>,
    last: Vec<usize>,
    row: Vec<usize>,
}

impl Scratch {
    /// Optimal string alignment, with its table cut to a band of `most` around the diagonal.
    pub fn distance(&mut self, typed: &[char], word: &[char], most: usize) -> Distance {
        let far = most + 1;
        let Self { before, last, row } = self;
        for row in [&mut *before, &mut *last, &mut *row] {
            row.clear();
            row.resize(word.len() + 1, far);
        }
        for (column, cell) in last.iter_mut().enumerate() {
            *cell = column.min(far);
        }
        for (i, &letter) in typed.iter().enumerate() {
            row.fill(far);
            row[0] = (i + 1).min(far);
            let mut best = row[0];
            for j in i.saturating_sub(most)..(i + most + 1).min(word.len()) {
                let mut cost = last[j] + usize::from(letter != word[j]);
                cost = cost.min(last[j + 1] + 1).min(row[j] + 1);
                if i > 0 && j > 0 && letter == word[j - 1] && typed[i - 1] == word[j] {
                    cost = cost.min(before[j - 1] + 1);
                }
                row[j + 1] = cost.min(far);
                best = best.min(cost);
            }
            // A swap may still come back from the row before.
            if best > most && last.iter().all(|cost| *cost > most) {
                return Distance::default();
            }
            std::mem::swap(before, last);
            std::mem::swap(last, row);
        }
        let within = |edits: usize| (edits <= most).then_some(edits);
        let beginning = last.iter().copied().min().unwrap_or(far);
        Distance { whole: within(last[word.len()]), beginning: within(beginning) }
    }
}

/// Everything that is one edit away from an identifier, itself left out. Letters are exchanged for letters and digits,
/// digits for digits and the letters that look like them, unless all is hexadecimal or all are digits.
pub fn one_edit_away(key: &str) -> Vec<String> {
    const DIGITS: &str = "0123456789";
    const HEX: &str = "0123456789abcdef";
    const ALL: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
    let letters: Vec<char> = key.chars().collect();
    let alphabet = if letters.iter().all(char::is_ascii_digit) {
        DIGITS
    } else if letters.iter().all(char::is_ascii_hexdigit) {
        HEX
    } else {
        ALL
    };
    let mut all = Vec::new();
    let mut add = |letters: &[char]| all.push(letters.iter().collect::<String>());
    for at in 0..letters.len() {
        let mut other = letters.clone();
        other.remove(at);
        add(&other);
        let mut other = letters.clone();
        if at + 1 < other.len() && other[at] != other[at + 1] {
            other.swap(at, at + 1);
            add(&other);
        }
        let mut other = letters.clone();
        for letter in alphabet.chars().filter(|letter| *letter != letters[at]) {
            other[at] = letter;
            add(&other);
        }
    }
    for at in 0..=letters.len() {
        for letter in alphabet.chars() {
            let mut other = letters.clone();
            other.insert(at, letter);
            add(&other);
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn distance(typed: &str, word: &str, most: usize) -> (Option<usize>, Option<usize>) {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let distance = Scratch::default().distance(&chars(typed), &chars(word), most);
        (distance.whole, distance.beginning)
    }

    #[test]
    fn each_kind_of_typing_error_is_one_edit() {
        for (typed, word) in
            [("mria", "maria"), ("maaria", "maria"), ("amria", "maria"), ("marja", "maria"), ("mariq", "maria")]
        {
            assert_eq!(distance(typed, word, 1).0, Some(1), "{typed}");
        }
        assert_eq!(distance("maria", "maria", 2), (Some(0), Some(0)));
        assert_eq!(distance("schmitd", "schmidt", 2).0, Some(1));
        assert_eq!(distance("shcmitd", "schmidt", 2).0, Some(2));
        assert_eq!(distance("kowalksi", "kowalski", 1).0, Some(1));
        assert_eq!(distance("bell", "maria", 2), (None, None));
        assert_eq!(distance("kathr", "katharina", 1), (None, Some(1)));
        assert_eq!(distance("", "ab", 2), (Some(2), Some(0)));
        assert_eq!(distance("ab", "", 2), (Some(2), Some(2)));
    }

    #[test]
    fn identifiers_one_edit_away() {
        let near = one_edit_away("12");
        for other in ["1", "2", "21", "13", "02", "123", "012", "142"] {
            assert!(near.contains(&other.to_owned()), "{other}");
        }
        assert!(!near.contains(&"12".to_owned()) && !near.contains(&"1a".to_owned()));
        assert!(one_edit_away("0a").contains(&"0f".to_owned()));
        assert!(one_edit_away("hg0").contains(&"hgo".to_owned()));
        assert!(one_edit_away(&"z9".repeat(12)).len() < 2000, "what is asked stays bounded");
    }

    /// The textbook's table, all of it.
    fn plainly(a: &[char], b: &[char]) -> usize {
        let mut d = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                d[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let mut cost = d[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    cost = cost.min(d[i - 1][j] + 1).min(d[i][j - 1] + 1);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        cost = cost.min(d[i - 2][j - 2] + 1);
                    }
                    cost
                };
            }
        }
        d[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn the_band_answers_as_the_whole_table(a in "[abc]{0,9}", b in "[abc]{0,9}", most in 0usize..4) {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            let found = Scratch::default().distance(&a, &b, most);
            let whole = plainly(&a, &b);
            prop_assert_eq!(found.whole, (whole <= most).then_some(whole));
            let beginning = (0..=b.len()).map(|to| plainly(&a, &b[..to])).min().unwrap();
            prop_assert_eq!(found.beginning, (beginning <= most).then_some(beginning));
        }
    }
}
