//! Where a page of devices begins, as text.

use crate::entity::device;
use model::device::{DeviceSort, Direction};
use model::page::Cursor;
use sea_orm::Value;

/// The column a sort goes by; `None`: the id alone.
///
/// `LastInform` goes by the coarse time: the exact one changes with every Inform and is in no index.
pub fn column(sort: DeviceSort) -> Option<&'static str> {
    match sort {
        DeviceSort::FirstSeen => None,
        DeviceSort::Serial => Some("serial"),
        DeviceSort::Model => Some("model"),
        DeviceSort::Software => Some("software_version"),
        DeviceSort::Subscriber => Some("subscriber_key"),
        DeviceSort::LastInform => Some("inform_bucket"),
    }
}

/// The value of the sort's column; `Null` is a device without a subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    None,
    Null,
    Text(String),
    Number(i64),
}

impl Key {
    pub fn into_value(self) -> Option<Value> {
        match self {
            Self::None | Self::Null => None,
            Self::Text(text) => Some(text.into()),
            Self::Number(number) => Some(number.into()),
        }
    }
}

/// A row that a page comes after (or before, if `backward`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    pub backward: bool,
    pub key: Key,
    pub id: i64,
}

impl Position {
    pub fn of(row: &device::Model, sort: DeviceSort, backward: bool) -> Self {
        let key = match sort {
            DeviceSort::FirstSeen => Key::None,
            DeviceSort::Serial => Key::Text(row.serial.clone()),
            DeviceSort::Model => Key::Text(row.model.clone()),
            DeviceSort::Software => Key::Text(row.software_version.clone()),
            DeviceSort::Subscriber => row.subscriber_key.clone().map_or(Key::Null, Key::Text),
            DeviceSort::LastInform => Key::Number(row.inform_bucket),
        };
        Self { backward, key, id: row.id }
    }

    /// Letters, digits and dots only: it travels in URLs.
    pub fn write(&self, sort: DeviceSort, direction: Direction) -> Cursor {
        let side = if self.backward { 'p' } else { 'n' };
        let key = match &self.key {
            Key::None => "x".to_owned(),
            Key::Null => "z".to_owned(),
            Key::Text(text) => format!("t{}", hex::encode(text)),
            Key::Number(number) => format!("i{}", *number),
        };
        Cursor(format!("{side}{}.{}.{key}", list(sort, direction), self.id))
    }

    /// `None` if it is none of ours, or of a list that is sorted another way.
    pub fn read(text: &str, sort: DeviceSort, direction: Direction) -> Option<Self> {
        let backward = match text.chars().next()? {
            'n' => false,
            'p' => true,
            _ => return None,
        };
        let mut parts = text[1..].splitn(3, '.');
        if parts.next()? != list(sort, direction) {
            return None;
        }
        let id = parts.next()?.parse().ok()?;
        let key = parts.next()?;
        let (kind, rest) = key.split_at_checked(1)?;
        let key = match (kind, sort) {
            ("x", DeviceSort::FirstSeen) => Key::None,
            ("z", DeviceSort::Subscriber) => Key::Null,
            ("i", DeviceSort::LastInform) => Key::Number(rest.parse().ok()?),
            ("t", DeviceSort::Serial | DeviceSort::Model | DeviceSort::Software | DeviceSort::Subscriber) => {
                Key::Text(String::from_utf8(hex::decode(rest).ok()?).ok().filter(|text| !text.contains('\0'))?)
            }
            _ => return None,
        };
        Some(Self { backward, key, id })
    }
}

/// Which list a cursor belongs to.
fn list(sort: DeviceSort, direction: Direction) -> String {
    let index = DeviceSort::ALL.iter().position(|other| *other == sort).unwrap_or(0);
    format!("{index}{}", if direction == Direction::Ascending { 'a' } else { 'd' })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_round_trip() {
        let keys = [
            (DeviceSort::FirstSeen, Key::None),
            (DeviceSort::Serial, Key::Text("ÄÖ.%&\u{10ffff}".into())),
            (DeviceSort::Subscriber, Key::Null),
            (DeviceSort::Subscriber, Key::Text(String::new())),
            (DeviceSort::LastInform, Key::Number(-3)),
        ];
        for (sort, key) in keys {
            let position = Position { backward: true, key, id: 7 };
            let Cursor(text) = position.write(sort, Direction::Descending);
            assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')), "{text}");
            assert_eq!(Position::read(&text, sort, Direction::Descending), Some(position));
            assert_eq!(Position::read(&text, sort, Direction::Ascending), None);
        }
    }

    #[test]
    fn foreign_cursors_are_none() {
        for text in ["", "n", "x0a.1.x", "n0a.1.", "n0a.1", "n0a.one.x", "n1a.1.tZZ", "n1a.1.i5", "nä.1.x", "n1a.1.t00"]
        {
            let read = DeviceSort::ALL.map(|sort| Position::read(text, sort, Direction::Ascending));
            assert_eq!(read, [const { None }; 6], "{text}");
        }
    }
}
