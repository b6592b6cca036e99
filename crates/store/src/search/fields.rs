//! What devices and people are found by, field by field: the index is written from this, and hits are explained by it.

use super::fold::{key, words};
use crate::entity::{device, subscriber};
use crate::subscriber::phone_digits;

/// Most words, and most identifiers, of one row of the index.
const MOST: usize = 96;
/// Most lines of `device.found_by`.
const LINES: usize = 24;

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The name of a person or firm: by its words, before all others.
    Name,
    /// By its words.
    Words,
    /// An identifier: whole, by its beginning or its end.
    Key,
    /// An identifier that people choose themselves.
    Chosen,
    /// An IP address.
    Ip,
    Phone,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    pub label: &'static str,
    pub kind: Kind,
    pub text: &'a str,
}

impl Field<'_> {
    pub fn is_key(&self) -> bool {
        matches!(self.kind, Kind::Key | Kind::Chosen | Kind::Ip | Kind::Phone)
    }

    pub fn has_words(&self) -> bool {
        matches!(self.kind, Kind::Name | Kind::Words | Kind::Chosen)
    }

    /// As it is in the index.
    pub fn key(&self) -> String {
        match self.kind {
            Kind::Ip => ip_key(self.text),
            Kind::Phone => phone_digits(self.text),
            _ => key(self.text),
        }
    }
}

/// IP addresses keep their dots and colons: `10.1.12.3` is not `10.11.2.3`.
pub fn ip_key(text: &str) -> String {
    let part = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':');
    text.chars().filter(part).take(super::fold::KEY_MAX).collect::<String>().to_ascii_lowercase()
}

/// The last nine digits of a phone number: without the country's number, or the zero that stands for it.
pub fn phone_end(digits: &str) -> &str {
    digits.get(digits.len().saturating_sub(9)..).unwrap_or(digits)
}

/// As the index has the end of a phone number, so that nothing else is taken for one.
pub fn phone_end_key(end: &str) -> String {
    format!("#{end}")
}

/// A device's tree tells more to find it by than its columns hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FoundBy {
    /// The name of one of its wireless networks.
    Ssid,
    /// The name it dials in with.
    PppUser,
    /// An address of its own, such as the one on its WAN side.
    Ip,
}

impl FoundBy {
    const ALL: [(Self, &'static str, &'static str, Kind); 3] = [
        (Self::Ssid, "ssid", "SSID", Kind::Chosen),
        (Self::PppUser, "ppp", "PPP user", Kind::Chosen),
        (Self::Ip, "ip", "IP address", Kind::Ip),
    ];
}

/// What a tree tells, as `device.found_by` keeps it: sorted, each once, bounded.
pub fn found_by<'a>(facts: impl IntoIterator<Item = (FoundBy, &'a str)>) -> String {
    let mut lines: Vec<(FoundBy, String)> = Vec::new();
    for (by, text) in facts {
        let text: String = text.chars().filter(|c| !c.is_control()).take(super::fold::KEY_MAX).collect();
        let text = text.trim().to_owned();
        if !text.is_empty() && !lines.iter().any(|line| line.0 == by && line.1 == text) {
            lines.push((by, text));
        }
    }
    lines.sort();
    lines.truncate(LINES);
    let word = |by: FoundBy| FoundBy::ALL.iter().find(|entry| entry.0 == by).map_or("", |entry| entry.1);
    let mut all = String::new();
    for (by, text) in &lines {
        all.extend([word(*by), " ", text, "\n"]);
    }
    all
}

/// The fields of a row of the index.
pub fn fields<'a>(device: Option<&'a device::Model>, subscriber: Option<&'a subscriber::Model>) -> Vec<Field<'a>> {
    let mut fields = Vec::with_capacity(24);
    let mut add = |label, kind, text: &'a str| {
        if !text.is_empty() {
            fields.push(Field { label, kind, text });
        }
    };
    if let Some(subscriber) = subscriber {
        add("Name", Kind::Name, &subscriber.name);
        add("Account", Kind::Key, &subscriber.account);
        // A line may go on, after a tab, with what kind of phone it is.
        for line in subscriber.phones.lines() {
            add("Phone", Kind::Phone, line.split('\t').next().unwrap_or_default());
        }
        add("E-mail", Kind::Chosen, &subscriber.email);
        add("PPP user", Kind::Chosen, &subscriber.ppp_user);
        add("Address", Kind::Words, &subscriber.address);
        add("Town", Kind::Words, &subscriber.locality);
        add("Plan", Kind::Words, &subscriber.plan);
        add("Tags", Kind::Words, &subscriber.tags);
    }
    if let Some(device) = device {
        add("Serial", Kind::Key, &device.serial);
        add("MAC", Kind::Key, &device.mac);
        add("IP address", Kind::Ip, &device.address);
        for line in device.found_by.lines() {
            let known = line.split_once(' ').and_then(|(word, text)| {
                FoundBy::ALL.iter().find(|entry| entry.1 == word).map(|entry| (entry.2, entry.3, text))
            });
            if let Some((label, kind, text)) = known {
                add(label, kind, text);
            }
        }
        add("Model", Kind::Words, &device.model);
        add("Product class", Kind::Words, &device.product_class);
        add("Maker", Kind::Words, &device.manufacturer);
        add("OUI", Kind::Words, &device.oui);
        add("Software", Kind::Words, &device.software_version);
    }
    fields
}

/// A row of the index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doc {
    /// Each word once.
    pub words: Vec<String>,
    /// Each identifier once.
    pub keys: Vec<String>,
    /// Those of the words that a beginning or a typing error may stand for: not what every device has otherwise.
    pub vocabulary: Vec<String>,
}

pub fn doc(device: Option<&device::Model>, subscriber: Option<&subscriber::Model>) -> Doc {
    let mut doc = Doc::default();
    let put = |list: &mut Vec<String>, text: &str| {
        if !text.is_empty() && list.len() < MOST && !list.iter().any(|known| known == text) {
            list.push(text.to_owned());
        }
    };
    for field in fields(device, subscriber) {
        if field.is_key() {
            let key = field.key();
            if field.kind == Kind::Phone && key.len() >= 8 {
                put(&mut doc.keys, &phone_end_key(phone_end(&key)));
            }
            put(&mut doc.keys, &key);
        }
        if field.has_words() {
            for word in words(field.text) {
                for form in word.forms() {
                    put(&mut doc.words, form);
                    if field.kind != Kind::Chosen {
                        put(&mut doc.vocabulary, form);
                    }
                }
            }
        }
    }
    doc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tree_tells_is_kept_sorted_and_bounded() {
        let facts = [
            (FoundBy::Ip, "198.51.100.3"),
            (FoundBy::Ssid, "Bell \u{7}Family\n"),
            (FoundBy::Ssid, "Bell Family"),
            (FoundBy::PppUser, "bell@isp"),
            (FoundBy::Ssid, " "),
        ];
        assert_eq!(found_by(facts), "ssid Bell Family\nppp bell@isp\nip 198.51.100.3\n");
        let many: Vec<String> = (0..100).map(|n| format!("network {n}")).collect();
        assert_eq!(found_by(many.iter().map(|name| (FoundBy::Ssid, name.as_str()))).lines().count(), LINES);
        assert!(found_by([(FoundBy::Ssid, "x".repeat(1000).as_str())]).len() < 80);
    }
}
