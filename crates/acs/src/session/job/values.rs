//! Values that a task sets: how they are written, and whether the device took them.

use super::{Context, TaskJob};
use crate::knowledge::{is_secret, reported_type, value_type};
use crate::session::reader::value_change;
use cwmp::ParameterValue;
use model::task::{SetValue, TaskKind, ValueChange};
use model::tree::ValueType;
use store::Tree;

impl TaskJob {
    /// What was wanted against what the device says now. Secrets cannot be read back: an empty answer counts as kept.
    pub(super) fn compare(&self, values: &[SetValue], tree: &Tree) -> (Vec<ValueChange>, bool) {
        let mut all_same = true;
        let changes = values.iter().map(|wanted| {
            let before =
                self.progress.before.iter().find(|(path, _)| *path == wanted.path).and_then(|(_, v)| v.clone());
            let now = tree.get(&wanted.path);
            let after = now.and_then(|node| node.value.as_deref());
            let secret = is_secret(&wanted.path);
            let value_type = wanted.value_type.or(now.map(|node| node.value_type)).unwrap_or_default();
            let same = after.is_some_and(|after| value_type.same(after, &wanted.value))
                || (secret && after.is_none_or(str::is_empty))
                // A command: it always reads back as not given (TR-181 PPP.Interface.{i}.Reset).
                || (wanted.path.ends_with(".Reset") && ValueType::Boolean.same(&wanted.value, "1"))
                // A diagnostic that was asked for may be done before it is looked at.
                || (wanted.path.ends_with(".DiagnosticsState") && !matches!(after, None | Some("" | "None")));
            all_same &= same;
            let mut change = value_change(&wanted.path, before.as_deref(), after.unwrap_or_default());
            let shown = after.is_some_and(|after| value_type.same(after, &wanted.value));
            change.wanted = if secret { shown.then(String::new) } else { Some(wanted.value.clone()) };
            if after.is_none() {
                change.after = None;
            }
            change
        });
        (changes.collect(), all_same)
    }

    /// Half as many values in one request; `false` if it is one already, or nothing that can be divided.
    pub(super) fn halve(&mut self) -> bool {
        let TaskKind::SetValues { values } = &self.record.kind else { return false };
        let batch = if self.progress.batch == 0 { values.len() } else { self.progress.batch };
        self.progress.batch = batch / 2;
        batch > 1
    }
}

/// A value with the type that the device last reported, if the task does not say, else that of its data model
/// (rules 178 and 330), written as the device wants it (rules 318 and 319).
pub(super) fn typed(value: &SetValue, row: &str, context: &Context<'_>) -> ParameterValue {
    let name = format!("{row}{}", value.path);
    let value_type = value
        .value_type
        .or_else(|| context.tree.get(&name).and_then(reported_type))
        .or_else(|| value_type(&name))
        .unwrap_or_default();
    ParameterValue { value: context.learnt.literal(value_type, &value.value), name, value_type, untyped: false }
}
