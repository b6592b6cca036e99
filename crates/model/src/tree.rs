//! Parameter trees as the portal browses and edits them.

use crate::Timestamp;
use crate::knowledge::{Knowledge, NewField};
use serde::{Deserialize, Serialize};

/// Type of a value on the wire (TR-106 data types, as xsi:type).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[repr(u8)]
pub enum ValueType {
    #[default]
    String = 0,
    Int = 1,
    UnsignedInt = 2,
    Boolean = 3,
    DateTime = 4,
    Base64 = 5,
    Long = 6,
    UnsignedLong = 7,
    HexBinary = 8,
}

impl ValueType {
    pub const ALL: [Self; 9] = [
        Self::String,
        Self::Int,
        Self::UnsignedInt,
        Self::Boolean,
        Self::DateTime,
        Self::Base64,
        Self::Long,
        Self::UnsignedLong,
        Self::HexBinary,
    ];

    pub fn from_index(index: u8) -> Option<Self> {
        Self::ALL.get(usize::from(index)).copied()
    }

    /// Local name of the XML Schema type.
    pub fn xsd_name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::UnsignedInt => "unsignedInt",
            Self::Boolean => "boolean",
            Self::DateTime => "dateTime",
            Self::Base64 => "base64Binary",
            Self::Long => "long",
            Self::UnsignedLong => "unsignedLong",
            Self::HexBinary => "hexBinary",
        }
    }

    /// By the local name, whatever its case (`unsignedint` is seen in the field); `None` for unknown ones.
    pub fn from_xsd_name(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("base64") {
            return Some(Self::Base64);
        }
        Self::ALL.into_iter().find(|kind| kind.xsd_name().eq_ignore_ascii_case(name))
    }

    /// In plain words, for the table.
    pub fn label(self) -> &'static str {
        match self {
            Self::String => "text",
            Self::Int | Self::Long => "whole number",
            Self::UnsignedInt | Self::UnsignedLong => "whole number, 0 or more",
            Self::Boolean => "yes or no",
            Self::DateTime => "date and time",
            Self::Base64 | Self::HexBinary => "binary",
        }
    }

    /// Whether `value` can be sent as this type. The error says the rule.
    pub fn check(self, value: &str) -> Result<(), &'static str> {
        let ok = |ok, rule| if ok { Ok(()) } else { Err(rule) };
        match self {
            Self::String => Ok(()),
            Self::Int => ok(value.parse::<i32>().is_ok(), "A whole number from -2147483648 to 2147483647."),
            Self::UnsignedInt => ok(value.parse::<u32>().is_ok(), "A whole number from 0 to 4294967295."),
            Self::Long => ok(value.parse::<i64>().is_ok(), "A whole number."),
            Self::UnsignedLong => ok(value.parse::<u64>().is_ok(), "A whole number, 0 or more."),
            Self::Boolean => ok(matches!(value, "0" | "1" | "true" | "false"), "true or false."),
            Self::DateTime => {
                let b = value.as_bytes();
                let shaped =
                    b.len() >= 19 && b[4] == b'-' && b[7] == b'-' && b[10] == b'T' && b[13] == b':' && b[16] == b':';
                ok(shaped, "A time such as 2026-11-22T14:08:02Z.")
            }
            Self::HexBinary => ok(
                value.len().is_multiple_of(2) && value.bytes().all(|b| b.is_ascii_hexdigit()),
                "Pairs of hexadecimal digits.",
            ),
            Self::Base64 => ok(
                value
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b' ' | b'\n' | b'\r')),
                "Base64 text.",
            ),
        }
    }

    /// Whether two values of this type mean the same: `1` and `true`, `007` and `7`, lines that end in CR LF and in LF.
    pub fn same(self, a: &str, b: &str) -> bool {
        if a == b {
            return true;
        }
        match self {
            Self::Boolean => {
                let parse = |v: &str| match v.trim().to_ascii_lowercase().as_str() {
                    "1" | "true" => Some(true),
                    "0" | "false" => Some(false),
                    _ => None,
                };
                parse(a).is_some() && parse(a) == parse(b)
            }
            Self::Int | Self::UnsignedInt | Self::Long | Self::UnsignedLong => {
                let parse = |v: &str| v.trim().parse::<i128>().ok();
                parse(a).is_some() && parse(a) == parse(b)
            }
            Self::HexBinary => a.eq_ignore_ascii_case(b),
            // XML makes one LF of every end of a line (XML 1.0 §2.11): CR LF that was sent comes back as LF (rule 316).
            Self::String | Self::Base64 => {
                let lines = |v: &str| v.replace("\r\n", "\n").replace('\r', "\n");
                (a.contains('\r') || b.contains('\r')) && lines(a) == lines(b)
            }
            Self::DateTime => false,
        }
    }
}

/// What of a tree to show: the children of one node, or the hits of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TreeQuery {
    /// Object whose children to show, ending in `.`; empty: the root.
    #[serde(default)]
    pub path: String,
    /// Part of a name or value; empty: no search. Below `path`.
    #[serde(default)]
    pub search: String,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterView {
    pub path: String,
    /// `None`: known by name only, never read. Masked (`secret`) values are `Some("")`.
    pub value: Option<String>,
    pub value_type: ValueType,
    pub writable: bool,
    /// 0 off, 1 passive, 2 active, 3–6 lightweight; `None` if never asked.
    pub notification: Option<u8>,
    pub read_at: Option<Timestamp>,
    /// The value is hidden from this view.
    pub secret: bool,
    /// What the data model says, as far as it is known and fits what the device reports.
    #[serde(default)]
    pub known: Option<Box<Knowledge>>,
}

/// One object in the left column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectView {
    /// Ends in `.`
    pub path: String,
    /// The last part, such as `WiFi` or `1`.
    pub name: String,
    /// What a person calls this row (`SSID`, `Name`, `Alias`, `HostName`…), if it has one.
    pub hint: Option<String>,
    /// One sentence of the data model.
    #[serde(default)]
    pub about: Option<String>,
    /// Parameters at and below it.
    pub parameters: u32,
    pub has_children: bool,
    /// A table: AddObject may be possible. A row: DeleteObject may be.
    pub writable: bool,
    /// The name is an instance number: this is a row of a table.
    pub is_row: bool,
    /// `true` for a table: its children are rows, or it has none and is writable.
    pub is_table: bool,
}

/// A part of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeView {
    pub path: String,
    /// The open branches from the root to `path`: for each object on the way, its child objects.
    pub branches: Vec<Branch>,
    /// The parameters directly at `path`, or the hits of the search (at most 200).
    pub parameters: Vec<ParameterView>,
    /// What a new row can be given if `path` is a table whose data model is known.
    #[serde(default)]
    pub new_row: Vec<NewField>,
    /// More hits than shown.
    pub truncated: bool,
    /// Parameters in the whole tree.
    pub total: u32,
    pub read_at: Option<Timestamp>,
}

/// The child objects of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    pub path: String,
    pub objects: Vec<ObjectView>,
}

/// Whether a value says that there is none: the largest value of a counter means that nothing was counted (TR-106,
/// StatsCounter32 and StatsCounter64).
pub fn is_no_data(path: &str, value: &str) -> bool {
    match value {
        "18446744073709551615" => true,
        "4294967295" => path.contains(".Stats."),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_316_text_is_the_same_whatever_ends_its_lines() {
        let text = ValueType::String;
        assert!(text.same("a\r\nb\rc", "a\nb\nc") && text.same("a\nb", "a\r\nb"));
        assert!(!text.same("a\nb", "a b") && !text.same("a\r\n", "a") && !text.same("a ", "a"));
    }

    #[test]
    fn rule_329_the_largest_count_is_no_data() {
        assert!(is_no_data("Device.WiFi.Radio.1.Stats.BytesSent", "18446744073709551615"));
        assert!(is_no_data("Device.WiFi.Radio.1.Stats.ErrorsSent", "4294967295"));
        assert!(!is_no_data("Device.DHCPv4.Server.Pool.1.LeaseTime", "4294967295"), "here it is for ever");
        assert!(!is_no_data("Device.WiFi.Radio.1.Stats.BytesSent", "0"), "nothing was sent: that is known");
    }

    #[test]
    fn types_have_one_name_each_and_tolerate_case() {
        for kind in ValueType::ALL {
            assert_eq!(ValueType::from_xsd_name(kind.xsd_name()), Some(kind));
            assert_eq!(ValueType::from_index(kind as u8), Some(kind));
        }
        assert_eq!(ValueType::from_xsd_name("unsignedint"), Some(ValueType::UnsignedInt));
        assert_eq!(ValueType::from_xsd_name("base64"), Some(ValueType::Base64));
        assert_eq!(ValueType::from_xsd_name("json"), None);
    }

    #[test]
    fn equal_meanings_are_equal() {
        assert!(ValueType::Boolean.same("1", "true"));
        assert!(ValueType::UnsignedInt.same("007", " 7"));
        assert!(ValueType::UnsignedLong.same("18446744073709551615", "18446744073709551615"));
        assert!(!ValueType::String.same("1", "true"));
        assert!(!ValueType::Boolean.same("yes", "maybe"));
        assert!(ValueType::HexBinary.same("aF", "Af"));
    }

    #[test]
    fn checks_say_the_rule() {
        assert_eq!(ValueType::UnsignedInt.check("11"), Ok(()));
        assert!(ValueType::UnsignedInt.check("-1").is_err());
        assert!(ValueType::Int.check("2147483648").is_err());
        assert!(ValueType::Boolean.check("on").is_err());
        assert!(ValueType::DateTime.check("2026-11-22T14:08:02Z").is_ok());
        assert!(ValueType::DateTime.check("tomorrow").is_err());
        assert!(ValueType::HexBinary.check("abc").is_err());
    }
}
