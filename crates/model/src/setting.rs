//! One parameter of a device as a form shows and changes it.

use crate::Timestamp;
use crate::task::SetValue;
use crate::tree::ValueType;
use serde::{Deserialize, Serialize};

/// A parameter behind a field of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// As the device says it; `None`: not known, or a secret.
    pub value: Option<String>,
    pub path: String,
    pub value_type: ValueType,
    pub writable: bool,
    pub read_at: Option<Timestamp>,
}

impl Setting {
    /// Whether the device says yes; `None` if it says neither.
    pub fn yes(&self) -> Option<bool> {
        let value = self.value.as_deref()?;
        [("1", true), ("0", false)]
            .into_iter()
            .find(|(word, _)| ValueType::Boolean.same(value, word))
            .map(|(_, yes)| yes)
    }

    /// Whether the device has this value already, in whatever writing.
    pub fn is(&self, value: &str) -> bool {
        self.value.as_deref().is_some_and(|now| now == value || self.value_type.same(now, value))
    }

    /// What has to be sent for the device to have this value; `None` if it has it, or does not let it be set.
    pub fn change(&self, value: &str) -> Option<SetValue> {
        (self.writable && !self.is(value)).then(|| self.set(value))
    }

    /// The value to be sent, whatever the device says now.
    pub fn set(&self, value: &str) -> SetValue {
        SetValue { path: self.path.clone(), value: value.to_owned(), value_type: Some(self.value_type) }
    }
}

/// As a device's boolean.
pub fn yes_no(yes: bool) -> &'static str {
    if yes { "true" } else { "false" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_device_has_is_not_sent() {
        let setting = |value: &str, value_type, writable| Setting {
            value: Some(value.to_owned()),
            path: "D.A".to_owned(),
            value_type,
            writable,
            read_at: None,
        };
        assert_eq!(setting("1", ValueType::Boolean, true).change("true"), None);
        assert_eq!(setting("1", ValueType::Boolean, true).change("false").unwrap().value, "false");
        assert_eq!(setting("a", ValueType::String, false).change("b"), None, "it cannot be set");
        assert_eq!(setting("1", ValueType::String, true).yes(), Some(true));
        assert_eq!(setting("maybe", ValueType::String, true).yes(), None);
    }
}
