//! Importing subscribers from tables: reading them, and taking them over in the background.

mod columns;
mod rows;
mod safe;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use columns::{guess, remembered_name};
pub use rows::WrongRow;
pub(crate) use rows::changes;
pub use safe::safe;
pub(crate) use safe::wrong_rows;
pub use table::{Table, TableError};

use model::import::ImportProgress;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Tables in memory at once.
const TABLES_MAX: usize = 4;
/// A table that nobody looked at for so long is forgotten.
const KEPT: Duration = Duration::from_hours(1);
/// Rows in one transaction: sessions wait for no longer than it takes.
pub(crate) const CHUNK: usize = 500;

/// A table, and how far it has come.
pub(crate) struct Import {
    pub id: String,
    pub name: String,
    pub table: Table,
    state: Mutex<State>,
    pub cancelled: AtomicBool,
}

#[derive(Default)]
struct State {
    progress: Option<ImportProgress>,
    wrong: Vec<WrongRow>,
    seen: Option<Instant>,
}

impl Import {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while locked")
    }

    pub fn progress(&self) -> Option<ImportProgress> {
        self.state().progress.clone()
    }

    pub fn is_running(&self) -> bool {
        self.state().progress.as_ref().is_some_and(|progress| progress.ended_at.is_none())
    }

    /// `false` if it runs already.
    pub fn begin(&self, progress: ImportProgress) -> bool {
        let mut state = self.state();
        if state.progress.as_ref().is_some_and(|progress| progress.ended_at.is_none()) {
            return false;
        }
        self.cancelled.store(false, Ordering::Relaxed);
        *state = State { progress: Some(progress), wrong: Vec::new(), seen: Some(Instant::now()) };
        true
    }

    /// As if it had not begun.
    pub fn withdraw(&self) {
        self.state().progress = None;
    }

    pub fn tell(&self, progress: &ImportProgress, wrong: &mut Vec<WrongRow>) {
        let mut state = self.state();
        state.progress = Some(progress.clone());
        state.wrong.append(wrong);
    }

    pub fn wrong(&self) -> Vec<WrongRow> {
        self.state().wrong.clone()
    }
}

/// Tables that were uploaded.
#[derive(Default)]
pub(crate) struct Imports(Mutex<HashMap<String, Arc<Import>>>);

impl Imports {
    /// `None` if there are too many already.
    pub fn add(&self, id: String, name: String, table: Table) -> Option<Arc<Import>> {
        let mut all = self.0.lock().expect("no panic while locked");
        all.retain(|_, import| import.is_running() || import.state().seen.is_some_and(|seen| seen.elapsed() < KEPT));
        if all.len() >= TABLES_MAX {
            // The one that was looked at longest ago makes room, unless all are at work.
            let oldest = all.values().filter(|import| !import.is_running()).min_by_key(|import| import.state().seen);
            let oldest = oldest.map(|import| import.id.clone())?;
            all.remove(&oldest);
        }
        let state = Mutex::new(State { seen: Some(Instant::now()), ..State::default() });
        let import = Arc::new(Import { id: id.clone(), name, table, state, cancelled: AtomicBool::new(false) });
        all.insert(id, import.clone());
        Some(import)
    }

    pub fn get(&self, id: &str) -> Option<Arc<Import>> {
        let import = self.0.lock().expect("no panic while locked").get(id).cloned()?;
        import.state().seen = Some(Instant::now());
        Some(import)
    }
}
