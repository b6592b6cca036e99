//! What is left to do of what was kept: rows are found again or added, values that differ are set.

use super::{Adding, Restoring};
use crate::keep::{self, Kept, KeptRow, row_of};
use crate::knowledge::is_secret;
use model::restore::KeepSet;
use std::collections::HashSet;
use store::Tree;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// AddObject for this row; its values follow.
    Add(usize),
    /// These lines, in one SetParameterValues.
    Set(Vec<usize>),
}

impl Restoring {
    /// `tree`: the router as it is now. `adding`: a row that the session before may have made.
    pub(super) fn plan(&mut self, kept: &mut Kept, adding: Option<Adding>, tree: &Tree) {
        let missing = Self::find_rows(kept, adding, tree);
        for set in KeepSet::ALL {
            let adds = missing.iter().filter(|row| set_of(kept, **row) == Some(set)).map(|row| Step::Add(*row));
            let lines = self.lines_to_set(kept, set, tree);
            // Reserved addresses lie inside the range that is set first; what points at a network needs it to be there.
            if set == KeepSet::Wifi {
                self.steps.extend(adds);
                self.steps.push_back(Step::Set(lines));
            } else {
                self.steps.push_back(Step::Set(lines));
                self.steps.extend(adds);
            }
        }
    }

    /// Gives rows the numbers that they have now; those that have to be added.
    fn find_rows(kept: &mut Kept, adding: Option<Adding>, tree: &Tree) -> Vec<usize> {
        if let Some(Adding { row, before }) = adding {
            let found = new_row(kept, row, &before, tree);
            if let Some(row) = kept.rows.get_mut(row) {
                row.now = found;
            }
        }
        // A router that went back to the factory once more has lost them again.
        for row in &mut kept.rows {
            row.now = row.now.filter(|number| tree.get(&format!("{}{number}.", row.table)).is_some());
        }
        let mut taken: HashSet<String> = kept.rows.iter().filter_map(KeptRow::after).collect();
        let mut missing = Vec::new();
        for (at, row) in kept.rows.iter_mut().enumerate().filter(|(_, row)| row.now.is_none()) {
            let places = keep::rows(tree, &row.table);
            let found = places.into_iter().find(|place| !taken.contains(place) && is_same(row, place, tree));
            if let Some(place) = found {
                row.now = row_of(&place).map(|(_, number)| number);
                taken.insert(place);
            } else {
                // Whether it may be added the router says itself: a table that was read row by row does not tell.
                missing.push(at);
            }
        }
        missing
    }

    /// Values of a set that the router does not have as they were. Notes what it has no parameter for.
    fn lines_to_set(&mut self, kept: &Kept, set: KeepSet, tree: &Tree) -> Vec<usize> {
        let mut lines = Vec::new();
        for (at, line) in kept.lines.iter().enumerate().filter(|(_, line)| line.set == Some(set)) {
            let (Some(path), Some(value)) = (path(kept, at), value(kept, at)) else { continue };
            match tree.get(&path) {
                None => {
                    self.missing.insert(at);
                }
                Some(node) => {
                    let same = node.value.as_deref().is_some_and(|now| node.value_type.same(now, &value));
                    if !same || is_secret(&line.path) {
                        lines.push(at);
                    }
                }
            }
        }
        lines
    }
}

/// Whether a row that is there now is the one that was kept.
fn is_same(row: &KeptRow, place: &str, tree: &Tree) -> bool {
    if row.identity.is_empty() {
        return row_of(place).is_some_and(|(_, number)| number == row.number);
    }
    row.identity.iter().all(|(name, value)| tree.value(&format!("{place}{name}")).unwrap_or_default() == value)
}

/// The row of a table that was not there before, and that nothing else was kept for.
pub(super) fn new_row(kept: &Kept, row: usize, before: &[u32], tree: &Tree) -> Option<u32> {
    let table = &kept.rows.get(row)?.table;
    let others: HashSet<String> = kept.rows.iter().filter_map(KeptRow::after).collect();
    let new = keep::rows(tree, table).into_iter().filter(|place| !others.contains(place));
    new.filter_map(|place| row_of(&place)).map(|(_, number)| number).rfind(|number| !before.contains(number))
}

/// Where a line is now; `None` while its row is not there.
pub(super) fn path(kept: &Kept, line: usize) -> Option<String> {
    let line = kept.lines.get(line)?;
    let Some(row) = line.row else { return Some(line.path.clone()) };
    let row = kept.rows.get(row)?;
    Some(format!("{}{}", row.after()?, line.path.strip_prefix(&row.before())?))
}

/// The value of a line; one that names a row which has another number now names that.
pub(super) fn value(kept: &Kept, line: usize) -> Option<String> {
    let value = kept.lines.get(line)?.value.as_ref()?;
    let bare = value.trim_end_matches('.');
    let moved = kept.rows.iter().find(|row| row.now != Some(row.number) && row.before().trim_end_matches('.') == bare);
    let now = moved.and_then(KeptRow::after);
    Some(match now {
        Some(now) if value.ends_with('.') => now,
        Some(now) => now.trim_end_matches('.').to_owned(),
        None => value.clone(),
    })
}

/// All lines of a row that have a value.
pub(super) fn lines_of(kept: &Kept, row: usize) -> Vec<usize> {
    let of = |at: &usize| kept.lines[*at].row == Some(row) && kept.lines[*at].value.is_some();
    (0..kept.lines.len()).filter(of).collect()
}

/// The row that a line is needed for to tell it from others.
pub(super) fn identifies(kept: &Kept, line: usize) -> Option<usize> {
    let row = kept.lines.get(line)?.row?;
    let kept_row = kept.rows.get(row)?;
    let name = kept.lines[line].path.strip_prefix(&kept_row.before())?;
    kept_row.identity.iter().any(|(identity, _)| identity == name).then_some(row)
}

fn set_of(kept: &Kept, row: usize) -> Option<KeepSet> {
    kept.lines.iter().find(|line| line.row == Some(row))?.set
}
