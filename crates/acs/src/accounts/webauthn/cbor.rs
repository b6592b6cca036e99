//! As much of CBOR (RFC 8949) as authenticators write: definite lengths, no tags, no fractions.

/// Items inside one another, and items in all.
const DEPTH: usize = 4;
const ITEMS: u64 = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    Int(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Self>),
    Map(Vec<(Self, Self)>),
    /// `false`, `true`, `null`.
    Simple(u8),
}

impl<'a> Value<'a> {
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(value) = self { Some(*value) } else { None }
    }

    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        if let Self::Bytes(value) = self { Some(value) } else { None }
    }

    pub fn get_int(&self, key: i64) -> Option<&Self> {
        self.get(&Value::Int(key))
    }

    pub fn get_text(&self, key: &str) -> Option<&Self> {
        self.get(&Value::Text(key))
    }

    fn get(&self, key: &Value<'_>) -> Option<&Self> {
        let Self::Map(pairs) = self else { return None };
        pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }
}

/// One item and what follows it.
pub fn read(bytes: &[u8]) -> Option<(Value<'_>, &[u8])> {
    item(bytes, DEPTH)
}

fn item(bytes: &[u8], depth: usize) -> Option<(Value<'_>, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (argument, rest) = argument(first & 0x1f, rest)?;
    let take = |rest: &'_ [u8]| (argument <= rest.len() as u64).then(|| rest.len().min(argument as usize));
    Some(match first >> 5 {
        0 => (Value::Int(i64::try_from(argument).ok()?), rest),
        1 => (Value::Int(-1 - i64::try_from(argument).ok()?), rest),
        2 => {
            let (value, rest) = rest.split_at(take(rest)?);
            (Value::Bytes(value), rest)
        }
        3 => {
            let (value, rest) = rest.split_at(take(rest)?);
            (Value::Text(std::str::from_utf8(value).ok()?), rest)
        }
        4 | 5 if depth == 0 || argument > ITEMS => return None,
        4 => {
            let (mut list, mut rest) = (Vec::new(), rest);
            for _ in 0..argument {
                let (value, after) = item(rest, depth - 1)?;
                list.push(value);
                rest = after;
            }
            (Value::List(list), rest)
        }
        5 => {
            let (mut map, mut rest) = (Vec::new(), rest);
            for _ in 0..argument {
                let (key, after) = item(rest, depth - 1)?;
                let (value, after) = item(after, depth - 1)?;
                map.push((key, value));
                rest = after;
            }
            (Value::Map(map), rest)
        }
        7 if (20..=22).contains(&argument) => (Value::Simple(argument as u8), rest),
        _ => return None,
    })
}

fn argument(short: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let length = match short {
        0..=23 => return Some((u64::from(short), rest)),
        24..=27 => 1_usize << (short - 24),
        _ => return None,
    };
    let (bytes, rest) = rest.split_at_checked(length)?;
    Some((bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_authenticators_write_is_read() {
        let bytes = [0xa3, 0x01, 0x02, 0x26, 0x41, 0xff, 0x63, b'f', b'm', b't', 0x82, 0x19, 0x01, 0x00, 0xf5, 0x00];
        let (value, rest) = read(&bytes).unwrap();
        assert_eq!(rest, [0]);
        assert_eq!(value.get_int(1).and_then(Value::as_int), Some(2));
        assert_eq!(value.get_int(-7).and_then(Value::as_bytes), Some(&[0xff][..]));
        assert_eq!(value.get_text("fmt"), Some(&Value::List(vec![Value::Int(256), Value::Simple(21)])));
        assert_eq!(value.get_text("fmt").unwrap().get_int(1), None);
    }

    #[test]
    fn hostile_bytes_end_early() {
        let nested = [0x81; 100];
        for bytes in [
            &[][..],
            &[0x5b, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0x9a, 0xff, 0xff, 0xff, 0xff],
            &nested,
            &[0x5f],
            &[0x62, 0xff, 0xff],
            &[0xc0],
            &[0x18],
        ] {
            assert_eq!(read(bytes), None, "{bytes:x?}");
        }
    }
}
