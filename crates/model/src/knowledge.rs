//! What a data model says of a parameter: its type, which values it takes, and what it is for.
//!
//! The rules are those of the Broadband Forum's data models (TR-106 Annex A). Browser and server check with the same
//! code, so that a value is refused with the same words while it is typed and before it is sent. Patterns are the
//! server's alone.

use crate::tree::ValueType;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// What is known of one parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knowledge {
    /// One sentence, at most 200 characters; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    pub rules: Rules,
    /// As the model has it; what the device itself says wins.
    pub writable: bool,
    /// Reads back as an empty value: passwords and keys (TR-106 §3.2.2, `hidden`; also `secured`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    #[serde(default, skip_serializing_if = "Status::is_current")]
    pub status: Status,
}

/// Where a definition is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Status {
    #[default]
    Current = 0,
    Deprecated = 1,
    Obsoleted = 2,
    Deleted = 3,
}

impl Status {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
    fn is_current(&self) -> bool {
        *self == Self::Current
    }

    /// A warning for a person; `None` for what is current.
    pub fn warning(self) -> Option<&'static str> {
        match self {
            Self::Current => None,
            Self::Deprecated => Some("Newer versions of the standard advise against it."),
            Self::Obsoleted => Some("Newer versions of the standard have given it up."),
            Self::Deleted => Some("Newer versions of the standard do not have it any more."),
        }
    }
}

/// Which values a parameter takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Of the value, or of each item of a list.
    pub value_type: ValueType,
    /// The value is a list of items with commas between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<ListRule>,
    /// Characters of a text, bytes of binary data; one of these must hold. Empty: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<Size>,
    /// Of a number; one of these must hold. Empty: whatever the type holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<Range>,
    /// The values there are. Empty: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Regular expressions as XML Schema writes them; one of these must match the whole value. Empty: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<String>,
    /// Name of the parameter whose items are the choices, relative to the object or, with `#.` for each step, to one
    /// above it. Empty: none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub choices_from: String,
    /// Such as `seconds`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub units: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

/// Of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListRule {
    pub min_items: u32,
    pub max_items: Option<u32>,
    /// Characters of the whole list, commas included.
    pub max_length: Option<u32>,
    /// Items may hold lists in brackets, whose commas do not count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub brackets: bool,
}

/// Both ends belong to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Size {
    pub min: u32,
    pub max: Option<u32>,
}

/// Both ends belong to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Range {
    pub min: Option<i64>,
    pub max: Option<i64>,
}

/// One value of an enumeration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Choice {
    pub value: String,
    /// Only reported, never set (such as `Complete` of a diagnostic).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
}

/// Choices that a message names before it says that there are more.
const NAMED: usize = 12;

impl Rules {
    /// Whether `value` may be sent, but for the patterns. The error says the rule.
    ///
    /// Values of a maker's own (`X_…`) pass any enumeration (TR-106 §3.3).
    pub fn check(&self, value: &str) -> Result<(), String> {
        let Some(list) = self.list else { return self.check_item(value) };
        if let Some(most) = list.max_length.filter(|most| value.chars().count() > *most as usize) {
            return Err(format!("At most {most} characters in all."));
        }
        let items: Vec<&str> = if list.brackets { split_outside_brackets(value) } else { items(value).collect() };
        let count = items.len();
        let enough = count >= list.min_items as usize && list.max_items.is_none_or(|most| count <= most as usize);
        if !enough {
            return Err(match (list.min_items, list.max_items) {
                (least, Some(most)) if least == most => format!("{}, with commas between them.", plural(most, "item")),
                (0, Some(most)) => format!("At most {}, with commas between them.", plural(most, "item")),
                (least, Some(most)) => format!("{least} to {most} items, with commas between them."),
                (least, None) => format!("At least {}, with commas between them.", plural(least, "item")),
            });
        }
        if list.brackets {
            return Ok(());
        }
        items.iter().try_for_each(|item| self.check_item(item).map_err(|rule| format!("Each item: {rule}")))
    }

    fn check_item(&self, value: &str) -> Result<(), String> {
        self.value_type.check(value)?;
        // Until the choices of another parameter are looked up, they are not known.
        if !self.choices.is_empty() && self.choices_from.is_empty() && !value.starts_with("X_") {
            match self.choices.iter().find(|choice| choice.value == value) {
                None => return Err(format!("One of {}.", self.named_choices())),
                Some(choice) if choice.read_only => {
                    return Err(format!("The router reports this itself. Set one of {}.", self.named_choices()));
                }
                Some(_) => {}
            }
        }
        if !self.ranges.is_empty()
            && let Ok(number) = value.trim().parse::<i128>()
            && !self.ranges.iter().any(|range| range.holds(number))
        {
            return Err(format!("A number {}.", self.range_words()));
        }
        if !self.sizes.is_empty() {
            let (length, noun) = self.length(value);
            if !self.sizes.iter().any(|size| size.holds(length)) {
                return Err(capital(&format!("{}.", size_words(&self.sizes, noun))));
            }
        }
        Ok(())
    }

    /// How long a value is, and of what.
    fn length(&self, value: &str) -> (usize, &'static str) {
        match self.value_type {
            ValueType::HexBinary => (value.len() / 2, "byte"),
            ValueType::Base64 => {
                let digits = value.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=').count();
                (digits * 3 / 4, "byte")
            }
            _ => (value.chars().count(), "character"),
        }
    }

    /// Most characters that an input for it needs to take; `None`: no limit.
    pub fn max_length(&self) -> Option<u32> {
        if let Some(list) = self.list {
            return list.max_length;
        }
        let longest = self.sizes.iter().map(|size| size.max).max_by_key(|max| max.unwrap_or(u32::MAX))??;
        match self.value_type {
            ValueType::HexBinary => longest.checked_mul(2),
            ValueType::Base64 => None,
            _ => Some(longest),
        }
    }

    /// Values that can be set, in the model's order.
    pub fn settable(&self) -> impl Iterator<Item = &str> {
        self.choices.iter().filter(|choice| !choice.read_only).map(|choice| choice.value.as_str())
    }

    fn named_choices(&self) -> String {
        let all: Vec<&str> = self.settable().collect();
        let named = all[..all.len().min(NAMED)].iter().map(|v| if v.is_empty() { "(empty)" } else { v });
        let mut words = named.collect::<Vec<_>>().join(", ");
        if all.len() > NAMED {
            let _ = write!(words, " and {} more", all.len() - NAMED);
        }
        words
    }

    fn range_words(&self) -> String {
        let words: Vec<String> = self
            .ranges
            .iter()
            .map(|range| match (range.min, range.max) {
                (Some(min), Some(max)) if min == max => min.to_string(),
                (Some(min), Some(max)) => format!("from {min} to {max}"),
                (Some(min), None) => format!("from {min}"),
                (None, Some(max)) => format!("up to {max}"),
                (None, None) => "of any size".to_owned(),
            })
            .collect();
        words.join(" or ")
    }

    /// Type, limits and units in a few words, such as `whole number from 1 to 255, seconds`.
    pub fn words(&self) -> String {
        let mut words = match self.value_type {
            ValueType::Int | ValueType::UnsignedInt | ValueType::Long | ValueType::UnsignedLong => {
                if self.ranges.is_empty() {
                    self.value_type.label().to_owned()
                } else {
                    format!("whole number {}", self.range_words())
                }
            }
            _ if !self.choices.is_empty() => match self.settable().count() {
                0 => "set by the router".to_owned(),
                1 => format!("only {}", self.named_choices()),
                count => format!("one of {count} values"),
            },
            ValueType::String | ValueType::HexBinary | ValueType::Base64 if !self.sizes.is_empty() => {
                let noun = if self.value_type == ValueType::String { "character" } else { "byte" };
                format!("{}, {}", self.value_type.label(), size_words(&self.sizes, noun))
            }
            kind => kind.label().to_owned(),
        };
        if let Some(list) = self.list {
            words = format!("list, each item {words}");
            let count = match (list.min_items, list.max_items) {
                (0, None) => String::new(),
                (least, Some(most)) if least == most => format!("; {}", plural(most, "item")),
                (0, Some(most)) => format!("; at most {}", plural(most, "item")),
                (least, Some(most)) => format!("; {least} to {most} items"),
                (least, None) => format!("; at least {}", plural(least, "item")),
            };
            words.push_str(&count);
        }
        if !self.units.is_empty() {
            words.push_str(", ");
            words.push_str(&self.units);
        }
        words
    }
}

impl Size {
    fn holds(self, length: usize) -> bool {
        length >= self.min as usize && self.max.is_none_or(|most| length <= most as usize)
    }
}

impl Range {
    fn holds(self, number: i128) -> bool {
        self.min.is_none_or(|min| number >= i128::from(min)) && self.max.is_none_or(|max| number <= i128::from(max))
    }
}

/// The items of a list value: separated by commas, spaces around them do not count (TR-106 §3.2.3). An empty value
/// has none.
pub fn items(value: &str) -> impl Iterator<Item = &str> {
    let none = value.trim().is_empty();
    value.split(',').map(str::trim).take(if none { 0 } else { usize::MAX })
}

fn split_outside_brackets(value: &str) -> Vec<&str> {
    if value.trim().is_empty() {
        return Vec::new();
    }
    let mut depth = 0u32;
    let outside = |c: char| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    value.split(outside).map(str::trim).collect()
}

fn size_words(sizes: &[Size], noun: &str) -> String {
    let words: Vec<String> = sizes
        .iter()
        .map(|size| match (size.min, size.max) {
            (0, Some(0)) => "empty".to_owned(),
            (min, Some(max)) if min == max => format!("exactly {}", plural(max, noun)),
            (0, Some(max)) => format!("at most {}", plural(max, noun)),
            (min, Some(max)) => format!("{min} to {max} {noun}s"),
            (0, None) => "of any length".to_owned(),
            (min, None) => format!("at least {}", plural(min, noun)),
        })
        .collect();
    words.join(" or ")
}

fn plural(number: u32, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A parameter of a row that is about to be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewField {
    /// Relative to the row.
    pub name: String,
    /// One of those that tell rows apart (a unique key of the table).
    pub key: bool,
    pub known: Knowledge,
}

/// A data model that was imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataModelView {
    /// As in its file, such as `Device:2.19`.
    pub name: String,
    /// First part of its paths, such as `Device.`
    pub root: String,
    pub objects: u32,
    pub parameters: u32,
    /// As stored.
    pub bytes: u64,
    pub imported_at: crate::Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(value: &str) -> Choice {
        Choice { value: value.to_owned(), read_only: false }
    }

    fn refused(rules: &Rules, value: &str) -> String {
        rules.check(value).expect_err("a refused value")
    }

    #[test]
    fn rule_178_a_value_has_the_type_of_the_model() {
        let rules = Rules { value_type: ValueType::UnsignedInt, ..Rules::default() };
        assert_eq!(rules.check("11"), Ok(()));
        assert!(refused(&rules, "eleven").contains("whole number"));
    }

    #[test]
    fn numbers_stay_in_one_of_the_ranges() {
        let ranges = vec![Range { min: Some(-1), max: Some(-1) }, Range { min: Some(1), max: Some(65_535) }];
        let rules = Rules { value_type: ValueType::Int, ranges, ..Rules::default() };
        for good in ["-1", "1", "65535"] {
            assert_eq!(rules.check(good), Ok(()), "{good}");
        }
        assert_eq!(refused(&rules, "0"), "A number -1 or from 1 to 65535.");
        let open = Rules {
            value_type: ValueType::UnsignedLong,
            ranges: vec![Range { min: Some(60), max: None }],
            ..Rules::default()
        };
        assert_eq!(open.check("18446744073709551615"), Ok(()));
        assert_eq!(refused(&open, "59"), "A number from 60.");
    }

    #[test]
    fn rule_316_rule_324_lengths_count_characters_and_bytes() {
        let sizes = vec![Size { min: 8, max: Some(63) }];
        let text = Rules { sizes, ..Rules::default() };
        assert_eq!(text.check("grüße!!!"), Ok(()));
        assert_eq!(refused(&text, "short"), "8 to 63 characters.");
        let sizes = vec![Size { min: 5, max: Some(5) }, Size { min: 13, max: Some(13) }];
        let key = Rules { value_type: ValueType::HexBinary, sizes, ..Rules::default() };
        assert_eq!(key.check("0123456789"), Ok(()));
        assert_eq!(refused(&key, "0123"), "Exactly 5 bytes or exactly 13 bytes.");
        assert_eq!(key.max_length(), Some(26));
        let base64 =
            Rules { value_type: ValueType::Base64, sizes: vec![Size { min: 0, max: Some(3) }], ..Rules::default() };
        assert_eq!(base64.check("AAEC"), Ok(()));
        assert_eq!(refused(&base64, "AAECAw=="), "At most 3 bytes.");
    }

    #[test]
    fn rule_332_what_the_router_reports_itself_is_not_set() {
        let choices = vec![
            Choice { read_only: true, ..choice("None") },
            choice("Requested"),
            choice("Canceled"),
            Choice { read_only: true, ..choice("Complete") },
        ];
        let rules = Rules { choices, ..Rules::default() };
        assert_eq!(rules.check("Requested"), Ok(()));
        assert_eq!(rules.check("X_00A1B2_Paused"), Ok(()));
        assert!(refused(&rules, "Complete").ends_with("Set one of Requested, Canceled."));
        assert_eq!(refused(&rules, "requested"), "One of Requested, Canceled.");
    }

    #[test]
    fn rule_327_lists_are_checked_item_by_item() {
        let list = ListRule { min_items: 1, max_items: Some(2), max_length: Some(12), brackets: false };
        let rules =
            Rules { list: Some(list), choices: vec![choice("g"), choice("n"), choice("ax")], ..Rules::default() };
        assert_eq!(rules.check("g, n"), Ok(()));
        assert!(refused(&rules, "g,b").starts_with("Each item: One of g, n, ax"));
        assert_eq!(refused(&rules, ""), "1 to 2 items, with commas between them.");
        assert_eq!(refused(&rules, "g,n,ax"), "1 to 2 items, with commas between them.");
        assert_eq!(refused(&rules, "g,            n"), "At most 12 characters in all.");
        let any = Rules { list: Some(ListRule::default()), ..Rules::default() };
        assert_eq!(any.check(""), Ok(()));
        let pairs = ListRule { min_items: 2, max_items: Some(2), max_length: None, brackets: true };
        let nested = Rules { list: Some(pairs), value_type: ValueType::UnsignedInt, ..Rules::default() };
        assert_eq!(nested.check("[1,2],[3,4]"), Ok(()));
        assert_eq!(refused(&nested, "[1,2]"), "2 items, with commas between them.");
    }

    #[test]
    fn rules_are_said_in_a_few_words() {
        let say = |rules: Rules| rules.words();
        let number = Rules {
            value_type: ValueType::UnsignedInt,
            ranges: vec![Range { min: Some(1), max: Some(255) }],
            units: "seconds".into(),
            ..Rules::default()
        };
        assert_eq!(say(number), "whole number from 1 to 255, seconds");
        assert_eq!(say(Rules { choices: vec![choice("a"), choice("b")], ..Rules::default() }), "one of 2 values");
        assert_eq!(
            say(Rules { sizes: vec![Size { min: 0, max: Some(32) }], ..Rules::default() }),
            "text, at most 32 characters"
        );
        let list = ListRule { max_items: Some(4), ..ListRule::default() };
        assert_eq!(say(Rules { list: Some(list), ..Rules::default() }), "list, each item text; at most 4 items");
    }

    #[test]
    fn long_enumerations_are_not_read_out() {
        let choices = (0..20).map(|n| choice(&format!("v{n}"))).collect();
        assert!(refused(&Rules { choices, ..Rules::default() }, "x").ends_with("v11 and 8 more."));
    }

    #[test]
    fn an_empty_rule_costs_few_bytes_on_the_way_to_a_page() {
        let json = serde_json::to_string(&Knowledge::default()).expect("JSON");
        assert_eq!(json, r#"{"rules":{"value_type":"string"},"writable":false}"#);
        assert_eq!(serde_json::from_str::<Knowledge>(&json).expect("what was written"), Knowledge::default());
    }
}
