//! Rows of tables: the one that AddObject made, the one that DeleteObject took away.

use super::end::End;
use super::{Context, Stage, TaskJob};
use cwmp::{CpeResponse, Fault};
use model::task::{TaskKind, TaskOutcome, TaskState};
use store::Write;

impl TaskJob {
    /// The rows of the table, before AddObject or to find the new one.
    pub(super) fn on_rows(&mut self, answer: Result<CpeResponse, Fault>, context: &mut Context<'_>) -> Vec<Write> {
        let table = self.table();
        let rows: Vec<u32> = match answer {
            Ok(CpeResponse::GetParameterNames { parameters }) => {
                parameters.iter().filter_map(|info| row_number(&table, &info.name)).collect()
            }
            // It cannot list, or does not know the table while it is empty: what we know must do.
            _ => context.tree.children(&table).filter_map(|(path, _)| row_number(&table, path)).collect(),
        };
        match &self.progress.rows_before {
            Some(before) if self.progress.sent => {
                let mut new = rows.iter().filter(|row| !before.contains(row));
                if let Some(&row) = new.next_back() {
                    self.progress.instance = Some(row);
                    self.stage = Stage::SetNew;
                    return vec![self.save_progress(Some(TaskState::Applied), context.now)];
                }
            }
            _ => self.progress.rows_before = Some(rows),
        }
        self.stage = Stage::Send;
        Vec::new()
    }

    /// The rows of the table, to see whether the deleted one is gone.
    pub(super) fn on_delete_seen(&mut self, answer: Result<CpeResponse, Fault>, context: &mut Context<'_>) {
        let TaskKind::DeleteObject { path } = &self.record.kind else { return };
        let still_there = match answer {
            Ok(CpeResponse::GetParameterNames { parameters }) => parameters.iter().any(|info| info.name == *path),
            // The table went with its last row, or cannot be listed: the device's word must do.
            _ => false,
        };
        if still_there && self.stage == Stage::Check {
            self.stage = Stage::Send;
            return;
        }
        let values = self.progress.row_before.clone();
        let state = if still_there && !self.progress.pending { TaskState::Different } else { TaskState::Verified };
        if !still_there {
            context.tree.remove_below(path);
        }
        self.stage = Stage::End(End { state, outcome: Some(TaskOutcome::Deleted { path: path.clone(), values }) });
    }

    /// The table of an AddObject or DeleteObject, with its final dot.
    pub(super) fn table(&self) -> String {
        match &self.record.kind {
            TaskKind::AddObject { path, .. } => path.clone(),
            TaskKind::DeleteObject { path } => {
                let parent = path.trim_end_matches('.').rfind('.').map_or("", |dot| &path[..=dot]);
                parent.to_owned()
            }
            _ => String::new(),
        }
    }

    /// The new row of an AddObject, with its final dot.
    pub(super) fn row(&self) -> String {
        format!("{}{}.", self.table(), self.progress.instance.unwrap_or_default())
    }
}

/// The number of a row directly below a table.
fn row_number(table: &str, name: &str) -> Option<u32> {
    name.strip_prefix(table)?.strip_suffix('.')?.parse().ok()
}
