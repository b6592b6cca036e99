//! What is typed.

use crate::people;
use model::Timestamp;
use simulator::seed::mix;

/// A text, and the row that it is meant to find.
pub struct Text {
    pub typed: String,
    pub meant: Option<u64>,
}

macro_rules! kinds {
    ($($name:ident $words:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($name),* }

        impl Kind {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            pub fn words(self) -> &'static str {
                match self { $(Self::$name => $words),* }
            }
        }
    };
}

kinds! {
    Serial "serial number",
    SerialBeginning "serial number, all but the last",
    SerialEnd "serial number, last six",
    SerialTypo "serial number, one error",
    SerialTwoTypos "serial number, two errors at its end",
    Mac "MAC with colons",
    MacDots "MAC with dots",
    Ip "IP address",
    IpBeginning "IP address, beginning",
    Account "account",
    Phone "phone, international",
    PhoneNational "phone, national",
    PhoneTypo "phone, two digits swapped",
    Email "e-mail",
    Ssid "SSID",
    PppUser "PPP user",
    Name "name",
    NameTurned "last name, first name",
    NameAscii "name without accents",
    NameTypo "name, one error",
    NameTwoTypos "name, an error in each word",
    NameBegun "both names begun",
    FirstName "first name alone",
    Address "street and number",
    AddressTypo "street, one error, and town",
    NameAndAccount "last name and end of the account",
    ThreeLetters "three letters",
    TwoLetters "two letters",
    OneLetter "one letter",
    Model "model that many have",
    Common "words that many have",
    Disjoint "common words that nobody has all of",
    Nonsense "nothing like it",
    Percent "signs and wildcards",
    Emoji "emoji and foreign scripts",
    Long "a thousand characters",
    ManyWords "many short words",
    Digits "a long number",
}

pub fn texts(kind: Kind, rows: u64, count: usize, now: Timestamp) -> Vec<Text> {
    (0..count as u64).map(|nth| text(kind, rows, nth, now)).collect()
}

fn text(kind: Kind, rows: u64, nth: u64, now: Timestamp) -> Text {
    let number = 1 + mix(nth * 31 + kind as u64) % rows;
    let row = people::row(number, now);
    let chance = mix(number);
    let (first, last) = row.subscriber.name.split_once(' ').unwrap_or_default();
    let (first, last) = (first.to_owned(), last.to_owned());
    let serial = row.identity.serial.clone();
    let mac: Vec<&str> = (0..6).map(|at| &row.mac[2 * at..2 * at + 2]).collect();
    let street = row.subscriber.address.split(',').next().unwrap_or_default().to_owned();
    let town = row.subscriber.address.rsplit(' ').next().unwrap_or_default().to_owned();
    let told = |word: &str| {
        let line = row.found_by.lines().find_map(|line| line.strip_prefix(word));
        line.unwrap_or_default().trim().to_owned()
    };
    let begun = |text: &str, letters: usize| text.chars().take(letters).collect::<String>();
    let phone = row.subscriber.phones.first().map(|phone| phone.number.clone()).unwrap_or_default();
    let local = phone.replace("+49 ", "0");
    let meant = |typed: String| Text { typed, meant: Some(number) };
    let any = |typed: String| Text { typed, meant: None };
    match kind {
        Kind::Serial => meant(serial),
        Kind::SerialBeginning => any(begun(&serial, serial.len() - 1)),
        Kind::SerialEnd => any(serial[serial.len() - 6..].to_owned()),
        Kind::SerialTypo => meant(with_error(&serial, chance)),
        Kind::SerialTwoTypos => any(format!("{}ZZ", &serial[..serial.len() - 2])),
        Kind::Mac => meant(mac.join(":").to_lowercase()),
        Kind::MacDots => meant(format!("{}.{}.{}", &row.mac[..4], &row.mac[4..8], &row.mac[8..])),
        Kind::Ip => meant(row.address.clone()),
        Kind::IpBeginning => any(begun(&row.address, row.address.len() - 2)),
        Kind::Account => meant(row.subscriber.account.clone()),
        Kind::Phone => meant(phone),
        Kind::PhoneNational => meant(local),
        Kind::PhoneTypo => {
            let mut digits: Vec<char> = local.chars().collect();
            let at = digits.len() - 3;
            digits.swap(at, at + 1);
            meant(digits.into_iter().collect())
        }
        Kind::Email => meant(row.subscriber.email.clone()),
        Kind::Ssid => any(told("ssid")),
        Kind::PppUser => meant(told("ppp")),
        Kind::Name => any(row.subscriber.name.clone()),
        Kind::NameTurned => any(format!("{last}, {first}")),
        Kind::NameAscii => {
            any(row.subscriber.name.replace(['ü', 'ö', 'ø', 'é', 'ç', 'Ł', 'ã', 'á', 'í', 'ë', 'ê'], "u"))
        }
        Kind::NameTypo => any(format!("{first} {}", with_error(&last, chance))),
        Kind::NameTwoTypos => any(format!("{} {}", with_error(&first, chance), with_error(&last, mix(chance)))),
        Kind::NameBegun => any(format!("{} {}", begun(&first, 3), begun(&last, 4))),
        Kind::FirstName => any(first),
        Kind::Address => meant(format!("{street} {town}")),
        Kind::AddressTypo => {
            any(format!("{} {town}", with_error(street.split(' ').next().unwrap_or_default(), chance)))
        }
        Kind::NameAndAccount => meant(format!("{last} {}", &row.subscriber.account[3..])),
        Kind::ThreeLetters => any(begun(&last, 3)),
        Kind::TwoLetters => any(begun(&last, 2)),
        Kind::OneLetter => any(begun(&last, 1)),
        Kind::Model => any(row.model.clone()),
        Kind::Common => any("fibre hg640 maria 2".to_owned()),
        Kind::Disjoint => {
            any(["norrlink hg640", "kestrel gx21 fibre", "avm hg645 dsl", "huawei mesh3"][(nth % 4) as usize].into())
        }
        Kind::Nonsense => any(format!("qx{chance:x}zzq wwqq")),
        Kind::Percent => any(["%", "%%%", "_", "\"' OR 1=1 --", "*", "\\", "NEAR(", "a%b"][(nth % 8) as usize].into()),
        Kind::Emoji => {
            any(["😀", "😀😀 maria", "東京", "Иван", "e\u{301}\u{301}", "\u{202e}abc"][(nth % 6) as usize].into())
        }
        Kind::Long => any("x".repeat(1000)),
        Kind::ManyWords => any("ma be st ro ka li an so ".repeat(20)),
        Kind::Digits => any("1".repeat(24)),
    }
}

/// The text with one letter more, less, other, or two neighbours swapped; never the first one.
fn with_error(text: &str, chance: u64) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = 1 + (chance >> 8) as usize % letters.len().saturating_sub(2).max(1);
    match chance % 4 {
        0 => letters.swap(at, (at + 1).min(text.chars().count() - 1)),
        1 => {
            letters[at] = if letters[at] == 'e' {
                'o'
            } else if letters[at].is_ascii_digit() {
                '7'
            } else {
                'e'
            }
        }
        2 => {
            letters.remove(at);
        }
        _ => letters.insert(at, letters[at]),
    }
    letters.into_iter().collect()
}
