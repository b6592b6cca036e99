//! Values as files, the environment and flags give them, and how they become typed settings.

use ipnet::IpNet;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A value before it has a type. From the environment and from flags everything is `Text`.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw {
    Text(String),
    Integer(i64),
    Bool(bool),
    List(Vec<Raw>),
    /// Something no setting takes: a float, a time, a table; as written.
    Other(String),
}

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) if text.chars().count() > 80 => {
                write!(f, "{:?}…", text.chars().take(80).collect::<String>())
            }
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Integer(number) => number.fmt(f),
            Self::Bool(yes) => yes.fmt(f),
            Self::List(items) => write!(f, "a list of {}", items.len()),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// A type that a setting can have. `None` where the value does not fit.
pub trait Setting: Sized {
    /// The value must not be shown, not even in an error about it.
    const SECRET: bool = false;

    fn read(raw: &Raw) -> Option<Self>;
}

impl Setting for String {
    fn read(raw: &Raw) -> Option<Self> {
        match raw {
            Raw::Text(text) => Some(text.clone()),
            _ => None,
        }
    }
}

impl Setting for PathBuf {
    fn read(raw: &Raw) -> Option<Self> {
        String::read(raw).filter(|text| !text.is_empty()).map(Into::into)
    }
}

impl Setting for SocketAddr {
    fn read(raw: &Raw) -> Option<Self> {
        String::read(raw)?.parse().ok()
    }
}

impl Setting for bool {
    fn read(raw: &Raw) -> Option<Self> {
        match raw {
            Raw::Bool(yes) => Some(*yes),
            Raw::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl Setting for u32 {
    fn read(raw: &Raw) -> Option<Self> {
        match raw {
            Raw::Integer(number) => (*number).try_into().ok(),
            Raw::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl<T: Setting> Setting for Option<T> {
    const SECRET: bool = T::SECRET;

    fn read(raw: &Raw) -> Option<Self> {
        T::read(raw).map(Some)
    }
}

/// In a file one text or a list; in the environment separated by commas.
pub(super) fn list<T>(raw: &Raw, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    match raw {
        Raw::List(items) => items.iter().map(|item| read(&String::read(item)?)).collect(),
        Raw::Text(text) => text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(read).collect(),
        _ => None,
    }
}

impl Setting for Vec<IpNet> {
    fn read(raw: &Raw) -> Option<Self> {
        let network = |text: &str| {
            let text = text.trim();
            text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
        };
        list(raw, network)
    }
}

/// A time span: `30` and `"30s"` are seconds, `"5min"`, `"2h"`.
impl Setting for Duration {
    fn read(raw: &Raw) -> Option<Self> {
        let text = match raw {
            Raw::Integer(number) => return (*number).try_into().ok().map(Self::from_secs),
            Raw::Text(text) => text.trim(),
            _ => return None,
        };
        let (number, unit) = split_unit(text);
        let factor = match unit {
            "" | "s" => 1,
            "min" | "m" => 60,
            "h" => 3600,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(factor).map(Self::from_secs)
    }
}

/// A number of bytes: `1048576`, `"512KB"`, `"32MB"`, `"1GB"` (powers of 1024).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub usize);

impl Size {
    pub const fn kb(number: usize) -> Self {
        Self(number << 10)
    }

    pub const fn mb(number: usize) -> Self {
        Self(number << 20)
    }
}

impl Setting for Size {
    fn read(raw: &Raw) -> Option<Self> {
        let text = match raw {
            Raw::Integer(number) => return (*number).try_into().ok().map(Self),
            Raw::Text(text) => text.trim(),
            _ => return None,
        };
        let (number, unit) = split_unit(text);
        let shift = match unit.to_ascii_uppercase().as_str() {
            "" | "B" => 0,
            "KB" | "KIB" => 10,
            "MB" | "MIB" => 20,
            "GB" | "GIB" => 30,
            _ => return None,
        };
        number.parse::<usize>().ok()?.checked_mul(1 << shift).map(Self)
    }
}

/// `"32 MB"` → `("32", "MB")`.
fn split_unit(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

/// Text that is never printed: `Debug` and error messages hide it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Setting for Secret {
    const SECRET: bool = true;

    fn read(raw: &Raw) -> Option<Self> {
        String::read(raw).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<T: Setting>(value: &str) -> Option<T> {
        T::read(&Raw::Text(value.into()))
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(text("32MB"), Some(Size::mb(32)));
        assert_eq!(text("32 MiB"), Some(Size::mb(32)));
        assert_eq!(text("900"), Some(Size(900)));
        assert_eq!(Size::read(&Raw::Integer(-1)), None);
        assert_eq!(text::<Size>("32 apples"), None);
        assert_eq!(text::<Size>("99999999999999999999GB"), None);
    }

    #[test]
    fn spans_have_units() {
        assert_eq!(text("5min"), Some(Duration::from_mins(5)));
        assert_eq!(Duration::read(&Raw::Integer(7)), Some(Duration::from_secs(7)));
        assert_eq!(text::<Duration>("soon"), None);
    }

    #[test]
    fn networks_come_as_list_or_with_commas() {
        let both: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        assert_eq!(text("10.0.0.0/8, ::1"), Some(both.clone()));
        let list = Raw::List(vec![Raw::Text("10.0.0.0/8".into()), Raw::Text("::1".into())]);
        assert_eq!(Vec::read(&list), Some(both));
        assert_eq!(text::<Vec<IpNet>>("10.0.0.0/99"), None);
    }

    #[test]
    fn secrets_are_not_printed() {
        assert_eq!(format!("{:?}", Secret("hunter2".into())), "(hidden)");
    }
}
