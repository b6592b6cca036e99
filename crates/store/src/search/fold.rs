//! Texts as they are compared: small letters without accents, split into words.
//!
//! `Müller`, `MULLER` and `Muller` are one word. `Mueller` is a second form of the first, so that both ways of writing
//! an umlaut find each other. What is not a letter or a digit separates words and is no part of an identifier.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Longest word that counts, in characters.
pub const WORD_MAX: usize = 32;
/// Longest identifier that counts, in characters.
pub const KEY_MAX: usize = 64;

/// One folded character, and the bytes of the text it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter {
    pub folded: char,
    pub from: usize,
    pub to: usize,
}

/// The letters and digits of a text, folded; `None` stands for everything between them.
fn letters(text: &str) -> Vec<Option<Letter>> {
    let mut letters = Vec::with_capacity(text.len());
    for (from, original) in text.char_indices() {
        let to = from + original.len_utf8();
        let mut add = |folded: char| {
            letters.push(folded.is_alphanumeric().then_some(Letter { folded, from, to }));
        };
        if original.is_ascii() {
            add(original.to_ascii_lowercase());
            continue;
        }
        for lower in original.to_lowercase() {
            if let Some(spelt) = spelt(lower) {
                spelt.chars().for_each(&mut add);
            } else {
                std::iter::once(lower).nfkd().filter(|part| !is_combining_mark(*part)).for_each(&mut add);
            }
        }
    }
    letters
}

/// Letters that are no letter with an accent, as people write them on other keyboards.
fn spelt(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'þ' => "th",
        'ı' => "i",
        _ => return None,
    })
}

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub folded: String,
    /// With umlauts spelt out, if it has any.
    pub spelt_out: Option<String>,
    letters: Vec<Letter>,
}

impl Word {
    /// Both ways of writing it.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.folded.as_str()).chain(self.spelt_out.as_deref())
    }

    /// Bytes of the text that the first `count` folded characters come from.
    pub fn span(&self, count: usize) -> (usize, usize) {
        let from = self.letters.first().map_or(0, |letter| letter.from);
        let last = self.letters.get(count.saturating_sub(1)).or(self.letters.last());
        (from, last.map_or(from, |letter| letter.to))
    }

    pub fn whole(&self) -> (usize, usize) {
        self.span(usize::MAX)
    }
}

/// The words of a text.
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut current: Vec<Letter> = Vec::new();
    for letter in letters(text).into_iter().chain([None]) {
        if let Some(letter) = letter {
            current.push(letter);
        } else if !current.is_empty() {
            words.push(word(text, std::mem::take(&mut current)));
        }
    }
    words
}

fn word(text: &str, mut letters: Vec<Letter>) -> Word {
    letters.truncate(WORD_MAX);
    let folded: String = letters.iter().map(|letter| letter.folded).collect();
    let original = match (letters.first(), letters.last()) {
        (Some(first), Some(last)) => text.get(first.from..last.to).unwrap_or_default(),
        _ => "",
    };
    let umlaut = |c: char| matches!(c, 'ä' | 'ö' | 'ü' | 'Ä' | 'Ö' | 'Ü' | 'å' | 'Å' | 'ø' | 'Ø');
    let spelt_out = original.chars().any(umlaut).then(|| {
        let spelt: String = original
            .chars()
            .map(|c| match c {
                'ä' | 'Ä' => "ae".to_owned(),
                'ö' | 'Ö' | 'ø' | 'Ø' => "oe".to_owned(),
                'ü' | 'Ü' => "ue".to_owned(),
                'å' | 'Å' => "aa".to_owned(),
                other => key(other.encode_utf8(&mut [0; 4])),
            })
            .collect();
        spelt.chars().take(WORD_MAX).collect()
    });
    Word { folded, spelt_out, letters }
}

/// A text as an identifier: its letters and digits alone. `AA:BB-cc dd` is `aabbccdd`.
pub fn key(text: &str) -> String {
    letters(text).into_iter().flatten().take(KEY_MAX).map(|letter| letter.folded).collect()
}

/// Bytes of the text that the characters `from..to` of its key come from.
pub fn key_span(text: &str, from: usize, to: usize) -> (usize, usize) {
    let letters: Vec<Letter> = letters(text).into_iter().flatten().take(KEY_MAX).collect();
    let first = letters.get(from).map_or(0, |letter| letter.from);
    let last = letters.get(to.saturating_sub(1)).or(letters.last()).map_or(first, |letter| letter.to);
    (first, last.max(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(text: &str) -> Vec<String> {
        words(text).iter().map(|word| word.forms().collect::<Vec<_>>().join("|")).collect()
    }

    #[test]
    fn accents_case_and_punctuation_make_no_difference() {
        assert_eq!(forms("Müller & SÖHNE"), ["muller|mueller", "sohne|soehne"]);
        assert_eq!(forms("Hauptstraße 12a"), ["hauptstrasse", "12a"]);
        assert_eq!(forms("Łódź, Ærø Þór"), ["lodz", "aero|aeroe", "thor"]);
        assert_eq!(forms("É e\u{301} ﬁne Ⅻ"), ["e", "e", "fine", "xii"]);
        assert_eq!(forms("Иван 東京"), ["иван", "東京"]);
        assert_eq!(forms(" %_\"'*\\ \u{1f600}\0 "), Vec::<String>::new());
        assert_eq!(key("AA:BB-cc dd.ee"), "aabbccddee");
        assert_eq!(key(&"x".repeat(100)).len(), KEY_MAX);
        assert_eq!(forms(&"x".repeat(100))[0].len(), WORD_MAX);
    }

    #[test]
    fn spans_are_of_the_text_as_written() {
        let text = "An der Großen Straße";
        let word = &words(text)[3];
        let (from, to) = word.span(5);
        assert_eq!(&text[from..to], "Straß", "half of an ß is all of it");
        let (from, to) = word.whole();
        assert_eq!(&text[from..to], "Straße");
        let (from, to) = key_span("AA:BB:CC", 2, 4);
        assert_eq!(&"AA:BB:CC"[from..to], "BB");
        assert_eq!(key_span("", 0, 4), (0, 0));
    }
}
