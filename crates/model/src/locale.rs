//! How numbers, dates and times are written for people: a dozen ways, which cover what browsers ask for. Words stay English.
//! What machines read (tables, addresses, fields of forms, the API) never goes through here.

use serde::{Deserialize, Serialize};

/// One way to write them, named after the language tag that is best known for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Locale {
    /// Also where nobody said anything, and in sentences that the server writes.
    #[default]
    British,
    American,
    Australian,
    Indian,
    German,
    Austrian,
    Swiss,
    Spanish,
    French,
    Swedish,
    Japanese,
}

/// What tells one way from another.
struct Form {
    /// As it is kept.
    tag: &'static str,
    /// Who writes so: languages, and countries that differ from the rest of their language.
    used_by: &'static str,
    decimal: char,
    group: char,
    dates: Dates,
    /// Of the first and the second half of the day; `None`: a clock of 24 hours.
    halves: Option<[&'static str; 2]>,
}

#[derive(Clone, Copy)]
enum Dates {
    /// `22 Nov 2026`
    DayFirst,
    /// `Nov 22, 2026`
    MonthFirst,
    /// `22.11.2026`
    Dotted,
    /// `2026-11-22`
    YearFirst,
}

/// The spaces of grouped numbers: nothing breaks the line there.
const SPACE: char = '\u{a0}';
const NARROW: char = '\u{202f}';

impl Form {
    const fn new(tag: &'static str, [decimal, group]: [char; 2], dates: Dates, used_by: &'static str) -> Self {
        Self { tag, used_by, decimal, group, dates, halves: None }
    }

    const fn twelve(self, halves: [&'static str; 2]) -> Self {
        Self { halves: Some(halves), ..self }
    }
}

impl Locale {
    pub const ALL: [Self; 11] = [
        Self::British,
        Self::American,
        Self::Australian,
        Self::Indian,
        Self::German,
        Self::Austrian,
        Self::Swiss,
        Self::Spanish,
        Self::French,
        Self::Swedish,
        Self::Japanese,
    ];

    const fn form(self) -> Form {
        use Dates::{DayFirst, Dotted, MonthFirst, YearFirst};
        const OTHERS: &str = "en he th es-MX es-419 es-US es-GT es-HN es-NI es-PA es-PE es-PR es-SV es-DO";
        match self {
            Self::British => Form::new("en-GB", ['.', ','], DayFirst, OTHERS),
            Self::American => Form::new("en-US", ['.', ','], MonthFirst, "en-US en-CA en-PH fil").twelve(["AM", "PM"]),
            Self::Australian => {
                Form::new("en-AU", ['.', ','], DayFirst, "en-AU en-NZ en-PK ur ms").twelve(["am", "pm"])
            }
            Self::Indian => {
                Form::new("en-IN", ['.', ','], DayFirst, "en-IN hi bn gu kn ml mr pa ta te").twelve(["am", "pm"])
            }
            Self::German => Form::new("de", [',', '.'], Dotted, "de da tr ro hr sl sr mk bs is az"),
            Self::Austrian => {
                Form::new("de-AT", [',', SPACE], Dotted, "de-AT fr-CH cs sk pl fi nb nn no ru uk be bg et lv ka hy kk")
            }
            Self::Swiss => Form::new("de-CH", ['.', '’'], Dotted, "de-CH de-LI gsw it-CH rm"),
            Self::Spanish => Form::new("es", [',', '.'], DayFirst, "es it nl pt el id vi ca gl"),
            Self::French => Form::new("fr", [',', NARROW], DayFirst, "fr pt-PT"),
            Self::Swedish => Form::new("sv", [',', SPACE], YearFirst, "sv lt hu fr-CA"),
            Self::Japanese => Form::new("ja", ['.', ','], YearFirst, "ja zh ko"),
        }
    }

    /// The tag that stands for it in cookies and in the profile.
    pub fn tag(self) -> &'static str {
        self.form().tag
    }

    pub fn parse(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.tag() == tag)
    }

    /// How people write who read this language, such as `de-CH`; `None` where that is not known.
    pub fn of_language(language: &str) -> Option<Self> {
        let mut parts = language.trim().split(['-', '_']);
        let language = parts.next()?.to_ascii_lowercase();
        // Between the two may stand a script, as in `zh-Hant-TW`.
        let region =
            parts.find(|part| matches!(part.len(), 2 | 3) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let of =
            |tag: &str| Self::ALL.into_iter().find(|locale| locale.form().used_by.split(' ').any(|one| one == tag));
        region.and_then(|region| of(&format!("{language}-{}", region.to_ascii_uppercase()))).or_else(|| of(&language))
    }

    /// By the header `Accept-Language`: the first language that is known, the dearest first.
    pub fn of_header(header: &str) -> Option<Self> {
        let mut asked: Vec<(f32, &str)> = header
            .split(',')
            .take(20)
            .filter_map(|part| {
                let (language, weight) = part.split_once(";q=").unwrap_or((part, "1"));
                Some((weight.trim().parse().ok()?, language)).filter(|(weight, _)| *weight > 0.0)
            })
            .collect();
        asked.sort_by(|a, b| b.0.total_cmp(&a.0));
        asked.into_iter().find_map(|(_, language)| Self::of_language(language))
    }

    /// A whole number: `1,284,331`.
    pub fn grouped(self, number: u64) -> String {
        self.in_groups(&number.to_string())
    }

    /// A number with so many decimals, with the sign that is as wide as a digit: `−1,284.5`.
    pub fn decimal(self, number: f64, decimals: usize) -> String {
        let text = format!("{number:.decimals$}");
        let digits = text.strip_prefix('-').unwrap_or(&text);
        // What rounds to nothing is not less than nothing.
        let sign = if digits.len() < text.len() && digits.contains(|c| matches!(c, '1'..='9')) { "−" } else { "" };
        match digits.split_once('.') {
            Some((whole, rest)) => format!("{sign}{}{}{rest}", self.in_groups(whole), self.form().decimal),
            None => format!("{sign}{}", self.in_groups(digits)),
        }
    }

    /// Digits in groups: of three, and in India of two before the last three.
    fn in_groups(self, digits: &str) -> String {
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return digits.to_owned();
        }
        let mut text = String::with_capacity(digits.len() * 2);
        for (index, digit) in digits.chars().enumerate() {
            let left = digits.len() - index;
            let begins =
                if self == Self::Indian && left > 3 { !left.is_multiple_of(2) } else { left.is_multiple_of(3) };
            if index > 0 && begins {
                text.push(self.form().group);
            }
            text.push(digit);
        }
        text
    }

    /// `22 Nov 2026`, in the order of the place.
    pub fn date(self, year: i64, month: u8, day: u8) -> String {
        match self.form().dates {
            Dates::DayFirst => format!("{day} {} {year}", name(month)),
            Dates::MonthFirst => format!("{} {day}, {year}", name(month)),
            Dates::Dotted => format!("{day:02}.{month:02}.{year}"),
            Dates::YearFirst => format!("{year}-{month:02}-{day:02}"),
        }
    }

    /// `22 Nov`, of a year that is clear.
    pub fn day(self, month: u8, day: u8) -> String {
        match self.form().dates {
            Dates::DayFirst => format!("{day} {}", name(month)),
            Dates::MonthFirst | Dates::YearFirst => format!("{} {day}", name(month)),
            Dates::Dotted => format!("{day:02}.{month:02}."),
        }
    }

    /// `14:08:02`, or `2:08:02 PM`; without the seconds if they are left out.
    pub fn time(self, hour: u8, minute: u8, second: Option<u8>) -> String {
        let second = second.map(|second| format!(":{second:02}")).unwrap_or_default();
        match self.form().halves {
            None => format!("{hour:02}:{minute:02}{second}"),
            Some(halves) => {
                let twelve = (hour + 11) % 12 + 1;
                format!("{twelve}:{minute:02}{second}{SPACE}{}", halves[usize::from(hour >= 12)])
            }
        }
    }
}

/// What months are called in short, of which there are twelve.
fn name(month: u8) -> &'static str {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    NAMES[usize::from(month.clamp(1, 12) - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use Locale as L;

    #[test]
    fn numbers_are_grouped_as_in_the_place() {
        for (locale, whole, decimal) in [
            (L::British, "1,234,567", "−1,234.5"),
            (L::American, "1,234,567", "−1,234.5"),
            (L::Indian, "12,34,567", "−1,234.5"),
            (L::German, "1.234.567", "−1.234,5"),
            (L::Austrian, "1\u{a0}234\u{a0}567", "−1\u{a0}234,5"),
            (L::Swiss, "1’234’567", "−1’234.5"),
            (L::Spanish, "1.234.567", "−1.234,5"),
            (L::French, "1\u{202f}234\u{202f}567", "−1\u{202f}234,5"),
            (L::Swedish, "1\u{a0}234\u{a0}567", "−1\u{a0}234,5"),
            (L::Japanese, "1,234,567", "−1,234.5"),
        ] {
            assert_eq!(
                (locale.grouped(1_234_567), locale.decimal(-1234.5, 1)),
                (whole.into(), decimal.into()),
                "{locale:?}"
            );
        }
    }

    #[test]
    fn groups_begin_where_they_should() {
        let of = |locale: L| [0, 999, 1000, 99_999, 100_000, 12_345_678_901].map(|number| locale.grouped(number));
        assert_eq!(of(L::British), ["0", "999", "1,000", "99,999", "100,000", "12,345,678,901"]);
        assert_eq!(of(L::Indian), ["0", "999", "1,000", "99,999", "1,00,000", "12,34,56,78,901"]);
        assert_eq!(L::British.grouped(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn decimals_are_rounded_and_nothing_has_no_sign() {
        assert_eq!(L::German.decimal(999_999.96, 1), "1.000.000,0");
        assert_eq!(L::German.decimal(-0.04, 1), "0,0");
        assert_eq!(L::German.decimal(-0.4, 0), "0");
        assert_eq!(L::German.decimal(-67.0, 0), "−67");
        assert_eq!(L::German.decimal(f64::NAN, 1), "NaN");
        assert_eq!(L::German.decimal(f64::NEG_INFINITY, 1), "inf");
    }

    #[test]
    fn dates_and_times_are_in_the_order_of_the_place() {
        let of = |locale: L| (locale.date(2026, 3, 5), locale.day(3, 5), locale.time(14, 8, Some(2)));
        let is = |date: &str, day: &str, time: &str| (date.to_owned(), day.to_owned(), time.to_owned());
        assert_eq!(of(L::British), is("5 Mar 2026", "5 Mar", "14:08:02"));
        assert_eq!(of(L::American), is("Mar 5, 2026", "Mar 5", "2:08:02\u{a0}PM"));
        assert_eq!(of(L::Australian), is("5 Mar 2026", "5 Mar", "2:08:02\u{a0}pm"));
        assert_eq!(of(L::German), is("05.03.2026", "05.03.", "14:08:02"));
        assert_eq!(of(L::French), is("5 Mar 2026", "5 Mar", "14:08:02"));
        assert_eq!(of(L::Swedish), is("2026-03-05", "Mar 5", "14:08:02"));
    }

    #[test]
    fn midnight_and_noon_are_twelve() {
        let said = [0, 1, 11, 12, 13, 23].map(|hour| L::American.time(hour, 0, None).replace('\u{a0}', " "));
        assert_eq!(said, ["12:00 AM", "1:00 AM", "11:00 AM", "12:00 PM", "1:00 PM", "11:00 PM"]);
        assert_eq!(L::British.time(0, 5, None), "00:05");
    }

    #[test]
    fn languages_find_their_way() {
        for (language, locale) in [
            ("en-GB", L::British),
            ("en", L::British),
            ("en-ZA", L::British),
            ("en-US", L::American),
            ("EN_us", L::American),
            ("en-IN", L::Indian),
            ("de-DE", L::German),
            ("de-AT", L::Austrian),
            ("de-CH", L::Swiss),
            ("fr-FR", L::French),
            ("fr-CA", L::Swedish),
            ("pt-BR", L::Spanish),
            ("pt-PT", L::French),
            ("sr-Latn-RS", L::German),
            ("zh-Hant-TW", L::Japanese),
            ("es-MX", L::British),
            ("es-419", L::British),
        ] {
            assert_eq!(L::of_language(language), Some(locale), "{language}");
        }
        for unknown in ["", "*", "tlh", "x-klingon", "-"] {
            assert_eq!(L::of_language(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn the_dearest_language_that_is_known_counts() {
        assert_eq!(L::of_header("de-DE,de;q=0.9,en-US;q=0.8"), Some(L::German));
        assert_eq!(L::of_header("en-US;q=0.3, fr;q=0.9"), Some(L::French));
        assert_eq!(L::of_header("tlh, eo;q=0.9, sv;q=0.5"), Some(L::Swedish));
        assert_eq!(L::of_header("de;q=0, en-US;q=0.1"), Some(L::American));
        for nothing in ["", "*", "tlh", ";q=", "de;q=x", "de;q=NaN"] {
            assert_eq!(L::of_header(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn every_way_is_kept_under_a_tag_of_its_own_and_looks_different() {
        let look =
            |one: L| (one.grouped(12_345_678), one.decimal(0.5, 1), one.date(2026, 11, 22), one.time(14, 8, None));
        for (index, one) in L::ALL.into_iter().enumerate() {
            assert_eq!(L::parse(one.tag()), Some(one));
            assert_eq!(L::of_language(one.tag()), Some(one));
            assert!(L::ALL[..index].iter().all(|other| look(*other) != look(one)), "{one:?}");
        }
        assert_eq!(L::parse("en-GB; Secure"), None);
    }
}
