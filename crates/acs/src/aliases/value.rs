//! What a device says, in the words and units of an alias.

use super::Alias;
use super::syntax::Scale;
use model::alias::{Kind, Value};

/// `None`: it says nothing, or nothing that can be.
pub(super) fn read(alias: &Alias, scale: Scale, raw: &str) -> Option<Value> {
    let raw = raw.trim();
    if raw.is_empty() {
        return None;
    }
    match alias.kind {
        Kind::Text if alias.words.is_empty() => Some(Value::Text(raw.to_owned())),
        Kind::Text => {
            let ours = alias.words.get(&raw.to_lowercase()).cloned();
            Some(Value::Text(ours.unwrap_or_else(|| raw.to_owned()))).filter(|value| value.text() != Some(""))
        }
        Kind::Number => {
            let number = scale.apply(leading_number(raw)?)?;
            let fits = alias.range.is_none_or(|(low, high)| (low..=high).contains(&number));
            (number.is_finite() && fits).then_some(Value::Number(number))
        }
        Kind::YesNo => yes(raw).map(|yes| Value::YesNo(yes != (scale == Scale::Not))),
        Kind::Mac => mac(raw).map(Value::Text),
        Kind::Address => address(raw).map(Value::Text),
        Kind::Time => raw.as_bytes().first().is_some_and(u8::is_ascii_digit).then(|| raw.to_owned()).and_then(|time| {
            let year: u32 = time.get(..4)?.parse().ok()?;
            (year > 1970 && year < 9999).then_some(Value::Text(time))
        }),
        Kind::Secret => Some(Value::Text(raw.to_owned())),
    }
}

/// `20MHz` is 20, `4%;1%` is 4, `-18.4 dBm` is −18.4.
pub(super) fn leading_number(text: &str) -> Option<f64> {
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || (*at == 0 && matches!(c, '-' | '+'))))
        .map_or(text.len(), |(at, _)| at);
    text[..end].trim_end_matches('.').parse().ok()
}

fn yes(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" | "up" | "enabled" | "enable" => Some(true),
        "0" | "false" | "no" | "off" | "down" | "disabled" | "disable" => Some(false),
        _ => None,
    }
}

/// Twelve hexadecimal digits with any separators. All zeros are none.
fn mac(text: &str) -> Option<String> {
    let digits: String =
        text.chars().filter(|c| !matches!(c, ':' | '-' | '.')).map(|c| c.to_ascii_uppercase()).collect();
    if digits.len() != 12 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) || digits.bytes().all(|b| b == b'0') {
        return None;
    }
    let pairs: Vec<&str> = (0..6).map(|n| &digits[n * 2..n * 2 + 2]).collect();
    Some(pairs.join(":"))
}

/// Of several, the first that is one; a prefix length stays.
fn address(text: &str) -> Option<String> {
    let is_one = |text: &&str| {
        let bare = text.split_once('/').map_or(*text, |(address, _)| address);
        bare.parse::<std::net::IpAddr>().is_ok_and(|address| !address.is_unspecified())
    };
    text.split([',', ' ', ';']).map(str::trim).find(is_one).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_what_stands_behind_them() {
        for (text, number) in [
            ("20MHz", Some(20.0)),
            ("4%;1%", Some(4.0)),
            ("-18.4 dBm", Some(-18.4)),
            ("Auto", None),
            ("", None),
            ("7.", Some(7.0)),
        ] {
            assert_eq!(leading_number(text), number, "{text}");
        }
    }

    #[test]
    fn addresses_are_normal_or_none() {
        assert_eq!(mac("02-a0-e1-00-00-0f").as_deref(), Some("02:A0:E1:00:00:0F"));
        assert_eq!(mac("02a0.e100.000f").as_deref(), Some("02:A0:E1:00:00:0F"));
        assert_eq!(mac("00:00:00:00:00:00"), None);
        assert_eq!(mac("02:A0"), None);
        assert_eq!(address("0.0.0.0"), None);
        assert_eq!(address("0.0.0.0,192.0.2.1").as_deref(), Some("192.0.2.1"));
        assert_eq!(address("2001:db8::1/64").as_deref(), Some("2001:db8::1/64"));
        assert_eq!(address("::"), None);
    }
}
