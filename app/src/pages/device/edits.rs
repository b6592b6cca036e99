//! Changes to parameters that are collected on the page and sent together, as one SetParameterValues.

use model::task::{SetValue, TaskKind};
use model::tree::{ParameterView, ValueType};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One change that has not been sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// What the router said when the change was made; `None`: not known, or hidden.
    pub before: Option<String>,
    /// What the router says by now, if that is something else: someone or something changed it meanwhile.
    pub now: Option<String>,
    pub value: String,
    pub value_type: ValueType,
    /// Neither value is shown.
    pub secret: bool,
}

/// The changes of one page, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits(BTreeMap<String, Edit>);

/// Longest path that SetParameterValues takes (TR-069 A.3.2.1), in characters.
const PATH_MAX: usize = 256;

impl Edits {
    /// Takes a new value for a parameter. A value that the router has already drops the change. The error says the
    /// rule that the value breaks.
    pub fn keep(&mut self, parameter: &ParameterView, value: String) -> Result<(), String> {
        if !parameter.writable {
            return Err("This setting cannot be changed.".to_owned());
        }
        if parameter.path.chars().count() > PATH_MAX {
            return Err("The name of this setting is too long to be sent.".to_owned());
        }
        parameter.value_type.check(&value)?;
        let before = parameter.value.clone().filter(|_| !parameter.secret);
        if before.as_deref().is_some_and(|before| parameter.value_type.same(before, &value)) {
            self.0.remove(&parameter.path);
            return Ok(());
        }
        if let Some(known) = &parameter.known {
            known.rules.check(&value)?;
        }
        let edit = Edit { before, now: None, value, value_type: parameter.value_type, secret: parameter.secret };
        self.0.insert(parameter.path.clone(), edit);
        Ok(())
    }

    pub fn discard(&mut self, path: &str) {
        self.0.remove(path);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn get(&self, path: &str) -> Option<&Edit> {
        self.0.get(path)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &Edit)> {
        self.0.iter()
    }

    /// Looks at fresh values: marks changes whose parameter has moved meanwhile and drops those that have come true.
    /// Says whether anything was different.
    pub fn compare(&mut self, fresh: &[ParameterView]) -> bool {
        let mut different = false;
        for parameter in fresh.iter().filter(|parameter| !parameter.secret) {
            let (Some(edit), Some(value)) = (self.0.get_mut(&parameter.path), parameter.value.as_deref()) else {
                continue;
            };
            let kind = parameter.value_type;
            if kind.same(value, &edit.value) {
                self.0.remove(&parameter.path);
                different = true;
                continue;
            }
            let moved = edit.before.as_deref().is_none_or(|before| !kind.same(before, value));
            let now = moved.then(|| value.to_owned());
            different |= edit.now != now;
            edit.now = now;
        }
        different
    }

    /// As the browser keeps them over a reload: without secrets, which are typed again. Empty if there is nothing to keep.
    pub fn write(&self) -> String {
        let open: BTreeMap<_, _> = self.0.iter().filter(|(_, edit)| !edit.secret).collect();
        if open.is_empty() { String::new() } else { serde_json::to_string(&open).unwrap_or_default() }
    }

    /// What [`Self::write`] wrote; `None` if another version did.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// The one task that sends them all; `None` without changes.
    pub fn task(&self) -> Option<TaskKind> {
        let value = |(path, edit): (&String, &Edit)| SetValue {
            path: path.clone(),
            value: edit.value.clone(),
            value_type: Some(edit.value_type),
        };
        (!self.is_empty()).then(|| TaskKind::SetValues { values: self.iter().map(value).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::knowledge::{Knowledge, Range, Rules};

    fn parameter(path: &str, value: &str, value_type: ValueType) -> ParameterView {
        ParameterView {
            path: path.into(),
            value: Some(value.into()),
            value_type,
            writable: true,
            notification: None,
            read_at: None,
            secret: false,
            known: None,
        }
    }

    #[test]
    fn changes_go_out_together_in_order_of_path() {
        let mut edits = Edits::default();
        edits.keep(&parameter("D.B", "1", ValueType::UnsignedInt), "2".into()).unwrap();
        edits.keep(&parameter("D.A", "old", ValueType::String), "new".into()).unwrap();
        let Some(TaskKind::SetValues { values }) = edits.task() else { panic!("no task") };
        let sent: Vec<_> = values.iter().map(|v| (v.path.as_str(), v.value.as_str(), v.value_type)).collect();
        assert_eq!(sent, [("D.A", "new", Some(ValueType::String)), ("D.B", "2", Some(ValueType::UnsignedInt))]);
    }

    #[test]
    fn the_routers_own_value_is_no_change() {
        let mut edits = Edits::default();
        let enable = parameter("D.Enable", "1", ValueType::Boolean);
        edits.keep(&enable, "false".into()).unwrap();
        assert_eq!(edits.len(), 1);
        edits.keep(&enable, "true".into()).unwrap();
        assert!(edits.is_empty());
        assert_eq!(edits.task(), None);
    }

    #[test]
    fn wrong_values_are_refused_with_the_rule() {
        let mut edits = Edits::default();
        let channel = parameter("D.Channel", "6", ValueType::UnsignedInt);
        assert!(edits.keep(&channel, "eleven".into()).unwrap_err().contains("whole number"));
        let fixed = ParameterView { writable: false, ..channel };
        assert!(edits.keep(&fixed, "11".into()).is_err());
        assert!(edits.is_empty());
    }

    #[test]
    fn rule_330_the_data_model_refuses_with_its_rule() {
        let range = Range { min: Some(1), max: Some(13) };
        let rules = Rules { value_type: ValueType::UnsignedInt, ranges: vec![range], ..Rules::default() };
        let known = Some(Box::new(Knowledge { rules, writable: true, ..Knowledge::default() }));
        // As routers do: a number reported as text, and one that the standard does not know.
        let channel = ParameterView { known, ..parameter("D.Channel", "14", ValueType::String) };
        let mut edits = Edits::default();
        assert_eq!(edits.keep(&channel, "200".into()).unwrap_err(), "A number from 1 to 13.");
        assert!(edits.keep(&channel, "eleven".into()).unwrap_err().contains("whole number"));
        edits.keep(&channel, "14".into()).unwrap();
        assert!(edits.is_empty());
        edits.keep(&channel, "11".into()).unwrap();
        // It goes out as the type that the router uses.
        assert_eq!(edits.get("D.Channel").unwrap().value_type, ValueType::String);
    }

    #[test]
    fn a_parameter_that_moved_meanwhile_is_marked() {
        let mut edits = Edits::default();
        edits.keep(&parameter("D.Channel", "6", ValueType::UnsignedInt), "11".into()).unwrap();
        assert!(!edits.compare(&[parameter("D.Channel", "6", ValueType::UnsignedInt)]));
        assert!(edits.compare(&[parameter("D.Channel", "1", ValueType::UnsignedInt)]));
        assert_eq!(edits.get("D.Channel").unwrap().now.as_deref(), Some("1"));
        assert!(edits.compare(&[parameter("D.Channel", "11", ValueType::UnsignedInt)]));
        assert!(edits.is_empty());
    }

    #[test]
    fn changes_are_kept_without_secrets() {
        let mut edits = Edits::default();
        assert_eq!(edits.write(), "");
        edits.keep(&parameter("D.Channel", "6", ValueType::UnsignedInt), "11".into()).unwrap();
        let open = edits.clone();
        let key = ParameterView { secret: true, ..parameter("D.KeyPassphrase", "", ValueType::String) };
        edits.keep(&key, "hunter22".into()).unwrap();
        assert!(!edits.write().contains("hunter22"));
        assert_eq!(Edits::read(&edits.write()), Some(open));
        assert_eq!(Edits::read("{\"a\":1}"), None);
    }

    #[test]
    fn a_hidden_value_is_always_a_change() {
        let mut edits = Edits::default();
        let key = ParameterView { secret: true, ..parameter("D.KeyPassphrase", "", ValueType::String) };
        edits.keep(&key, String::new()).unwrap();
        assert_eq!(edits.get("D.KeyPassphrase").unwrap().before, None);
        assert!(!edits.compare(&[key]));
        assert_eq!(edits.len(), 1);
    }
}
