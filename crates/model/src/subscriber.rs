//! Subscribers: people and firms with a line.

mod check;
mod field;
mod link;

pub use check::{FieldProblem, PHONES_MAX, SERIALS_MAX, TAGS_MAX, looks_like_email};
pub use field::SubscriberField;
pub use link::{FieldChange, LinkRules, LinkWhy, SubscriberEventKind, SubscriberEventView};

use crate::device::Direction;
use crate::{SubscriberId, Timestamp};
use serde::{Deserialize, Serialize};

/// A phone number, as it was written down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Phone {
    pub number: String,
    /// What it is, such as `Mobile` or `Neighbour`; may be empty.
    #[serde(default)]
    pub label: String,
}

impl Phone {
    /// For `tel:` links: digits and a leading plus sign alone.
    pub fn dial(&self) -> String {
        let number = self.number.trim();
        number
            .chars()
            .enumerate()
            .filter(|(at, c)| c.is_ascii_digit() || (*at == 0 && *c == '+'))
            .map(|(_, c)| c)
            .collect()
    }
}

impl From<&str> for Phone {
    fn from(number: &str) -> Self {
        Self { number: number.to_owned(), label: String::new() }
    }
}

/// A subscriber as pages show them. Texts are empty where nothing is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberView {
    pub id: SubscriberId,
    pub name: String,
    /// The operator's own number for this customer; unique.
    pub account: String,
    /// The one to try first comes first.
    pub phones: Vec<Phone>,
    pub email: String,
    /// In full, in one text.
    pub address: String,
    /// The town or district, for lists.
    pub locality: String,
    /// The part of the network, in the operator's words; agents may be for some regions only.
    pub region: String,
    /// Whose customer they are, where others sell the operator's lines.
    pub partner: String,
    /// What they pay for, in the operator's words, such as `Fibre 500/50`.
    pub plan: String,
    /// What the plan promises towards them, in kbit/s.
    pub plan_down_kbit: Option<u32>,
    /// What the plan promises from them, in kbit/s.
    pub plan_up_kbit: Option<u32>,
    /// IANA name, such as `Europe/Lisbon`.
    pub time_zone: String,
    /// In the order of the alphabet, each once.
    pub tags: Vec<String>,
    /// What their router signs in with at the line, if that is known.
    pub ppp_user: String,
    pub created_at: Timestamp,
    /// When anything of the above changed last.
    pub updated_at: Timestamp,
}

impl SubscriberView {
    /// The number to try first.
    pub fn phone(&self) -> Option<&Phone> {
        self.phones.first()
    }
}

/// What a subscriber is to be. Fields that are `None` stay as they are, or are empty at first; the account says who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscriberChange {
    pub account: String,
    /// Needed for a new subscriber.
    pub name: Option<String>,
    pub phones: Option<Vec<Phone>>,
    pub email: Option<String>,
    pub address: Option<String>,
    pub locality: Option<String>,
    pub region: Option<String>,
    pub partner: Option<String>,
    pub plan: Option<String>,
    /// kbit/s; `Some(None)`: not known any more.
    #[allow(clippy::option_option)] // Whether it changes, and to what.
    pub plan_down_kbit: Option<Option<u32>>,
    /// kbit/s.
    #[allow(clippy::option_option)] // The same.
    pub plan_up_kbit: Option<Option<u32>>,
    /// IANA name.
    pub time_zone: Option<String>,
    pub tags: Option<Vec<String>>,
    pub ppp_user: Option<String>,
    /// Serial numbers of the devices at the line: each is linked now, or when it first appears.
    pub serials: Option<Vec<String>>,
}

/// What the list of subscribers can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriberSort {
    #[default]
    Name,
    Account,
    /// Order of creation.
    Created,
}

impl SubscriberSort {
    pub const ALL: [Self; 3] = [Self::Name, Self::Account, Self::Created];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Account => "account",
            Self::Created => "created",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == text)
    }
}

/// Which subscribers. Empty fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscriberFilter {
    /// Words as typed.
    pub text: String,
    pub tag: String,
    pub plan: String,
    /// With at least one device, or with none.
    pub has_device: Option<bool>,
}

impl SubscriberFilter {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A page of the list of subscribers, as a URL describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscriberQuery {
    pub filter: SubscriberFilter,
    pub sort: SubscriberSort,
    pub direction: Direction,
    pub cursor: Option<String>,
    /// Rows a page: 50 if 0, at most 200.
    pub limit: u16,
}

/// A row of the list of subscribers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberRow {
    pub subscriber: SubscriberView,
    /// Devices at the line.
    pub devices: u32,
}

/// What subscribers can be filtered by, with how many have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberFacets {
    pub tags: Vec<(String, u64)>,
    pub plans: Vec<(String, u64)>,
    pub total: u64,
    pub without_device: u64,
    pub counted_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dialled_without_their_looks() {
        let dial = |number: &str| Phone::from(number).dial();
        assert_eq!(dial(" +49 (171) 555-01 "), "+4917155501");
        assert_eq!(dial("0171/555+01"), "017155501");
        assert_eq!(dial("none"), "");
    }
}
