//! Taking a change back: the task that puts things as they were before another one.

use crate::network::access::switched;
use crate::task::{SetValue, TaskKind, TaskOutcome, is_secret_name};
use serde::{Deserialize, Serialize};

/// The opposite of a task that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    pub task: TaskKind,
    /// What stays as the task left it: passwords, which nobody keeps, and values that were not known before it.
    pub stays: Vec<String>,
}

/// How to take back what a task did; `None` if it changed nothing that can be taken back.
///
/// Passwords are never put back: after a task has ended nothing of ours holds them. What closed a router to the outside
/// is not taken back either: nobody would close it again.
pub fn undo(kind: &TaskKind, outcome: Option<&TaskOutcome>) -> Option<Undo> {
    match (kind, outcome?) {
        (TaskKind::SetValues { values }, TaskOutcome::Changed { changes, .. }) => {
            let mut back = Vec::new();
            let mut stays = Vec::new();
            for change in changes.iter().filter(|change| change.before != change.after || change.wanted.is_none()) {
                let secret = is_secret_name(&change.path) || change.wanted.is_none();
                let Some(before) = change.before.clone().filter(|_| !secret) else {
                    stays.push(change.path.clone());
                    continue;
                };
                let asked = values.iter().find(|value| value.path == change.path);
                let value_type = asked.and_then(|value| value.value_type);
                back.push(SetValue { path: change.path.clone(), value: before, value_type });
            }
            let opens = back.iter().any(|value| switched(value) == Some(true));
            (!back.is_empty() && !opens).then_some(Undo { task: TaskKind::SetValues { values: back }, stays })
        }
        (TaskKind::AddObject { .. }, TaskOutcome::Added { path }) => {
            Some(Undo { task: TaskKind::DeleteObject { path: path.clone() }, stays: Vec::new() })
        }
        (TaskKind::DeleteObject { .. }, TaskOutcome::Deleted { path, values }) if !values.is_empty() => {
            let table = &path[..=path.trim_end_matches('.').rfind('.')?];
            let task = TaskKind::AddObject { path: table.to_owned(), values: values.clone() };
            Some(Undo { task, stays: Vec::new() })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::ValueChange;
    use crate::tree::ValueType;

    fn set(path: &str, value: &str) -> SetValue {
        SetValue { path: path.into(), value: value.into(), value_type: None }
    }

    fn change(path: &str, before: Option<&str>, wanted: Option<&str>, after: &str) -> ValueChange {
        let own = |text: &str| text.to_owned();
        ValueChange { path: path.into(), before: before.map(own), wanted: wanted.map(own), after: Some(after.into()) }
    }

    #[test]
    fn values_go_back_with_the_type_they_were_sent_with() {
        let value = SetValue { value_type: Some(ValueType::UnsignedInt), ..set("D.Channel", "11") };
        let kind = TaskKind::SetValues { values: vec![value.clone(), set("D.Name", "a")] };
        let changes =
            vec![change("D.Channel", Some("6"), Some("11"), "11"), change("D.Name", Some("a"), Some("a"), "a")];
        let undo = undo(&kind, Some(&TaskOutcome::Changed { changes, pending: false })).unwrap();
        assert_eq!(undo.task, TaskKind::SetValues { values: vec![SetValue { value: "6".into(), ..value }] });
        assert_eq!(undo.stays, Vec::<String>::new());
    }

    #[test]
    fn passwords_stay_and_are_named() {
        let key = "D.Security.KeyPassphrase";
        let kind = TaskKind::SetValues { values: vec![set("D.SSID", "new"), set(key, "")] };
        let mut changes = vec![change("D.SSID", Some("old"), Some("new"), "new"), change(key, Some(""), None, "")];
        let outcome = TaskOutcome::Changed { changes: changes.clone(), pending: false };
        let both = undo(&kind, Some(&outcome)).unwrap();
        assert_eq!(both.task, TaskKind::SetValues { values: vec![set("D.SSID", "old")] });
        assert_eq!(both.stays, [key]);
        changes.remove(0);
        assert_eq!(undo(&kind, Some(&TaskOutcome::Changed { changes, pending: false })), None, "nothing else changed");
    }

    #[test]
    fn rows_are_deleted_and_made_again() {
        let add = TaskKind::AddObject { path: "D.PortMapping.".into(), values: Vec::new() };
        let delete = TaskKind::DeleteObject { path: "D.PortMapping.2.".into() };
        let added = TaskOutcome::Added { path: "D.PortMapping.2.".into() };
        assert_eq!(undo(&add, Some(&added)).unwrap().task, delete);
        let values = vec![set("ExternalPort", "80")];
        let deleted = TaskOutcome::Deleted { path: "D.PortMapping.2.".into(), values: values.clone() };
        let again = TaskKind::AddObject { path: "D.PortMapping.".into(), values };
        assert_eq!(undo(&delete, Some(&deleted)).unwrap().task, again);
        let unknown = TaskOutcome::Deleted { path: "D.PortMapping.2.".into(), values: Vec::new() };
        assert_eq!(undo(&delete, Some(&unknown)), None, "what it held is not known");
    }

    #[test]
    fn a_reboot_cannot_be_taken_back() {
        assert_eq!(undo(&TaskKind::Reboot, Some(&TaskOutcome::Returned { after_ms: 1 })), None);
        assert_eq!(undo(&TaskKind::Reboot, None), None);
    }

    #[test]
    fn closing_to_the_outside_is_not_taken_back_and_opening_is() {
        let path = "Device.UserInterface.RemoteAccess.Enable";
        let task = |value: &str| TaskKind::SetValues { values: vec![set(path, value)] };
        let outcome = |before: &str, after: &str| TaskOutcome::Changed {
            changes: vec![change(path, Some(before), Some(after), after)],
            pending: false,
        };
        assert_eq!(undo(&task("0"), Some(&outcome("1", "0"))), None);
        assert!(undo(&task("1"), Some(&outcome("0", "1"))).is_some());
    }
}
