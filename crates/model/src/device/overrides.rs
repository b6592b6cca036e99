//! What an operator decided about one device, against what the standard says and what was learnt.

use crate::tree::ValueType;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How yes and no are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BooleanWords {
    /// `1` and `0`.
    Digits,
    /// `true` and `false`.
    Words,
}

/// Decisions about one device. The default decides nothing. Kept as JSON in the device's row; what is missing there is
/// undecided, what is not known there is ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Overrides {
    /// Begin messages with `<?xml version="1.0" encoding="UTF-8"?>` (one maker's devices fail without it, others with).
    pub declaration: bool,
    /// End a session with `200` and `Content-Length: 0` instead of `204`.
    pub empty_as_200: bool,
    /// `None`: as the value was given.
    pub booleans: Option<BooleanWords>,
    /// Times with (`true`) or without milliseconds; `None`: as the value was given.
    pub milliseconds: Option<bool>,
    /// Parameters in one GetParameterValues, 1 to 1000; `None`: as learnt.
    pub batch: Option<u16>,
    /// Ask for the names of a whole object at once; `None`: as learnt.
    pub deep_names: Option<bool>,
    /// Ask for the values of a whole object at once; `None`: as learnt.
    pub partial_paths: Option<bool>,
    /// Ask for the root by the empty path; `None`: as learnt.
    pub empty_path: Option<bool>,
    /// Change parameters that the device calls read-only, too.
    pub skip_writable_check: bool,
    /// Accept digest answers in the form of RFC 2069, without `qop`, and with an empty `uri`.
    #[serde(rename = "digest_rfc2069")]
    pub digest_without_qop: bool,
    /// Accept the same `nc` again.
    pub digest_repeated_nc: bool,
    /// Answer a Basic challenge of the device's connection-request server.
    pub basic_calls: bool,
    /// Methods that are never sent, by their names in CWMP.
    pub methods_off: BTreeSet<String>,
    /// Requests in one session, 1 to 10,000; `None`: as the settings say.
    pub max_rpcs: Option<u32>,
}

impl Overrides {
    /// Most methods that can be switched off.
    pub const METHODS: usize = 32;

    /// Whether nothing is decided.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether this can be kept; the error says the rule.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.batch.is_some_and(|batch| !(1..=1000).contains(&batch)) {
            return Err("Ask for between 1 and 1,000 parameters at once.");
        }
        if self.max_rpcs.is_some_and(|most| !(1..=10_000).contains(&most)) {
            return Err("A session takes between 1 and 10,000 requests.");
        }
        if self.methods_off.len() > Self::METHODS {
            return Err("Switch off at most 32 methods.");
        }
        let method = |name: &String| {
            (1..=64).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        };
        if !self.methods_off.iter().all(method) {
            return Err("A method is one word of letters and digits, such as GetOptions.");
        }
        Ok(())
    }

    /// A value as this device wants it written.
    pub fn literal(&self, value_type: ValueType, value: &str) -> String {
        match (value_type, self.booleans, self.milliseconds) {
            (ValueType::Boolean, Some(words), _) => boolean(value, words),
            (ValueType::DateTime, _, Some(wanted)) => milliseconds(value, wanted),
            _ => value.to_owned(),
        }
    }
}

fn boolean(value: &str, words: BooleanWords) -> String {
    let yes = match value.trim().to_ascii_lowercase().as_str() {
        "1" | "true" => true,
        "0" | "false" => false,
        _ => return value.to_owned(),
    };
    let literal = match (words, yes) {
        (BooleanWords::Digits, true) => "1",
        (BooleanWords::Digits, false) => "0",
        (BooleanWords::Words, true) => "true",
        (BooleanWords::Words, false) => "false",
    };
    literal.to_owned()
}

/// `2026-11-22T14:08:02Z` ⇄ `2026-11-22T14:08:02.000Z`.
fn milliseconds(value: &str, wanted: bool) -> String {
    let Some((seconds, rest)) = value.split_at_checked(19) else { return value.to_owned() };
    let digits = |rest: &str| rest.bytes().take_while(u8::is_ascii_digit).count();
    match rest.strip_prefix('.') {
        None if wanted => format!("{seconds}.000{rest}"),
        Some(fraction) if wanted => {
            let (fraction, zone) = fraction.split_at(digits(fraction));
            format!("{seconds}.{fraction:0<3.3}{zone}")
        }
        Some(fraction) => format!("{seconds}{}", &fraction[digits(fraction)..]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_318_booleans_are_written_as_the_device_wants() {
        let of =
            |booleans, value: &str| Overrides { booleans, ..Overrides::default() }.literal(ValueType::Boolean, value);
        assert_eq!(of(None, "true"), "true");
        assert_eq!(of(None, "1"), "1");
        for (given, digit, word) in [("true", "1", "true"), ("0", "0", "false"), (" TRUE ", "1", "true")] {
            assert_eq!(of(Some(BooleanWords::Digits), given), digit);
            assert_eq!(of(Some(BooleanWords::Words), given), word);
        }
        assert_eq!(of(Some(BooleanWords::Words), "maybe"), "maybe", "what is no boolean is left alone");
        let words = Overrides { booleans: Some(BooleanWords::Words), ..Overrides::default() };
        assert_eq!(words.literal(ValueType::UnsignedInt, "1"), "1");
    }

    #[test]
    fn rule_319_milliseconds_come_and_go() {
        let of = |milliseconds, value: &str| {
            Overrides { milliseconds, ..Overrides::default() }.literal(ValueType::DateTime, value)
        };
        for (given, with, without) in [
            ("2026-11-22T14:08:02Z", "2026-11-22T14:08:02.000Z", "2026-11-22T14:08:02Z"),
            ("2026-11-22T14:08:02.5Z", "2026-11-22T14:08:02.500Z", "2026-11-22T14:08:02Z"),
            ("2026-11-22T14:08:02.123456+01:00", "2026-11-22T14:08:02.123+01:00", "2026-11-22T14:08:02+01:00"),
            ("soon", "soon", "soon"),
        ] {
            assert_eq!(of(None, given), given);
            assert_eq!(of(Some(true), given), with);
            assert_eq!(of(Some(false), given), without);
        }
    }

    #[test]
    fn what_is_kept_can_be_read_by_older_and_newer_versions() {
        let some = Overrides {
            declaration: true,
            batch: Some(7),
            methods_off: ["GetOptions".to_owned()].into(),
            ..Overrides::default()
        };
        let text = serde_json::to_string(&some).expect("JSON");
        assert_eq!(serde_json::from_str::<Overrides>(&text).expect("JSON"), some);
        let foreign: Overrides = serde_json::from_str(r#"{"batch":9,"from_the_future":[1]}"#).expect("JSON");
        assert_eq!(foreign, Overrides { batch: Some(9), ..Overrides::default() });
        assert!(Overrides::default().is_empty() && !foreign.is_empty());
    }

    #[test]
    fn nonsense_is_refused() {
        let ok = |overrides: Overrides| overrides.check().is_ok();
        assert!(ok(Overrides::default()));
        for batch in [0, 1001] {
            assert!(!ok(Overrides { batch: Some(batch), ..Overrides::default() }));
        }
        assert!(!ok(Overrides { max_rpcs: Some(0), ..Overrides::default() }));
        for name in ["", "Get Options", "<x>"] {
            assert!(!ok(Overrides { methods_off: [name.to_owned()].into(), ..Overrides::default() }));
        }
        let many = (0..33).map(|i| format!("M{i}")).collect();
        assert!(!ok(Overrides { methods_off: many, ..Overrides::default() }));
    }
}
