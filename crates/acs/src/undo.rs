//! Taking a change back: only if nothing has happened to it since.

use crate::keep::row_of;
use crate::knowledge::is_secret;
use model::task::{SetValue, TaskKind, TaskOutcome, short_name};
use store::{TaskRecord, Tree};

/// Values of a row that are kept when it is deleted.
const MOST: usize = 64;

/// What a row holds that can be set again, with paths below it; tables inside it and secrets are left out.
pub(crate) fn row_values(tree: &Tree, row: &str) -> Vec<SetValue> {
    let in_table = |name: &str| name.split('.').any(|part| part.bytes().all(|b| b.is_ascii_digit()));
    tree.below(row)
        .filter(|(path, node)| !path.ends_with('.') && node.writable && !is_secret(path))
        .filter_map(|(path, node)| {
            let name = path.strip_prefix(row).filter(|name| !in_table(name))?;
            let value = node.value.as_deref().filter(|value| value.len() <= 1024)?;
            Some(SetValue { path: name.to_owned(), value: value.to_owned(), value_type: Some(node.value_type) })
        })
        .take(MOST)
        .collect()
}

/// The task that takes another one back. The error says why it cannot be.
pub(crate) fn undo(task: &TaskRecord, tree: &Tree) -> Result<TaskKind, String> {
    let undo = model::undo::undo(&task.kind, task.outcome.as_ref())
        .ok_or_else(|| "This cannot be undone: what was there before is not known.".to_owned())?;
    if let Some(TaskOutcome::Changed { changes, .. }) = &task.outcome {
        // Somebody changed it since: putting back what was there before them would take away their change.
        for change in changes.iter().filter(|change| change.wanted.is_some()) {
            let now = tree.get(&change.path);
            let value = now.and_then(|node| node.value.as_deref());
            let same = match (value, change.after.as_deref()) {
                (Some(now_value), Some(after)) => now.is_some_and(|node| node.value_type.same(now_value, after)),
                (value, after) => value == after,
            };
            if !same {
                let now = value.map_or_else(|| "not there".to_owned(), |value| value.chars().take(80).collect());
                let name = short_name(&change.path);
                return Err(format!("{name} was changed since: it is {now} now. Nothing was undone."));
            }
        }
    }
    if let TaskKind::DeleteObject { path } = &undo.task
        && (tree.get(path).is_none() || row_of(path).is_none())
    {
        return Err("The row is not there any more. There is nothing to undo.".to_owned());
    }
    Ok(undo.task)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use model::task::{TaskState, ValueChange};
    use model::tree::ValueType;
    use model::{DeviceId, TaskId};

    fn tree(values: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, value) in values {
            tree.set_value(path, ValueType::String, value, Timestamp(1));
            tree.set_info(path, true);
        }
        tree
    }

    fn changed(after: &str) -> TaskRecord {
        let value = SetValue { path: "D.Channel".into(), value: "11".into(), value_type: None };
        let change = ValueChange {
            path: "D.Channel".into(),
            before: Some("6".into()),
            wanted: Some("11".into()),
            after: Some(after.into()),
        };
        TaskRecord {
            id: TaskId(1),
            device: DeviceId(1),
            kind: TaskKind::SetValues { values: vec![value] },
            state: TaskState::Verified,
            by: "Ana".into(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            steps: Vec::new(),
            note: None,
            outcome: Some(TaskOutcome::Changed { changes: vec![change], pending: false }),
            progress: String::new(),
            attempts: 0,
            campaign: None,
        }
    }

    #[test]
    fn what_somebody_changed_since_is_left_alone() {
        let refused = undo(&changed("11"), &tree(&[("D.Channel", "1")])).unwrap_err();
        assert!(refused.contains("it is 1 now"), "{refused}");
        let back = undo(&changed("11"), &tree(&[("D.Channel", "11")])).unwrap();
        let TaskKind::SetValues { values } = back else { panic!("{back:?}") };
        assert_eq!(values[0].value, "6");
    }

    #[test]
    fn a_deleted_row_is_remembered_without_secrets_and_inner_tables() {
        let tree =
            tree(&[("D.T.2.Port", "80"), ("D.T.2.Password", "x"), ("D.T.2.Inner.1.A", "b"), ("D.T.20.Port", "1")]);
        let kept: Vec<_> = row_values(&tree, "D.T.2.").into_iter().map(|value| (value.path, value.value)).collect();
        assert_eq!(kept, [("Port".to_owned(), "80".to_owned())]);
    }
}
