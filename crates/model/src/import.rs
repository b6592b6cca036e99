//! Importing subscribers from a table.

use crate::Timestamp;
use crate::subscriber::SubscriberField;
use serde::{Deserialize, Serialize};

/// Largest table, in bytes.
pub const TABLE_BYTES_MAX: usize = 64 << 20;
/// Wrong rows that are kept to be looked at; more are counted.
pub const WRONG_ROWS_MAX: usize = 10_000;

/// A table that waits to be imported, as the form shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableView {
    /// Names the table in links; whoever has it and may change subscribers may import it.
    pub id: String,
    /// Name of the file.
    pub name: String,
    /// `UTF-8`, `Windows-1252`…
    pub encoding: String,
    /// What stands between columns, in a word.
    pub delimiter: String,
    pub columns: Vec<TableColumn>,
    pub rows: u64,
    pub progress: Option<ImportProgress>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableColumn {
    pub name: String,
    /// Of the first rows.
    pub samples: Vec<String>,
    /// What it was taken for last time, or what its name says; `None`: left out.
    pub field: Option<SubscriberField>,
}

/// How a table is imported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOptions {
    /// For each column. Several columns of one field are put together in their order.
    pub mapping: Vec<Option<SubscriberField>>,
    /// Only say what would happen.
    pub dry_run: bool,
    /// Serial numbers that belong to somebody else move.
    pub take_over: bool,
}

impl ImportOptions {
    /// What is missing, for a person.
    pub fn problem(&self) -> Option<&'static str> {
        let has = |field| self.mapping.contains(&Some(field));
        if !has(SubscriberField::Account) {
            return Some("Say which column is the account: it tells subscribers apart.");
        }
        let singles = [
            SubscriberField::Account,
            SubscriberField::Email,
            SubscriberField::PlanDownKbit,
            SubscriberField::PlanUpKbit,
            SubscriberField::TimeZone,
            SubscriberField::PppUser,
        ];
        let twice = singles.into_iter().any(|field| self.mapping.iter().filter(|one| **one == Some(field)).count() > 1);
        twice.then_some("Account, e-mail, speeds, time zone and PPP user can each come from one column only.")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ImportState {
    Running,
    Done,
    /// What was done until then stays.
    Cancelled,
    /// The same; why, for a person.
    Failed {
        why: String,
    },
}

/// How far an import has come, or how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProgress {
    pub state: ImportState,
    pub dry_run: bool,
    pub rows: u64,
    pub done: u64,
    pub created: u64,
    pub changed: u64,
    /// Were so already.
    pub same: u64,
    pub wrong: u64,
    /// Devices that came to a line.
    pub linked: u64,
    /// The first wrong ones: line of the file, and what is wrong.
    pub problems: Vec<(u64, String)>,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub by: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_needs_the_account_once() {
        use SubscriberField as F;
        let problem =
            |mapping: &[Option<F>]| ImportOptions { mapping: mapping.to_vec(), ..ImportOptions::default() }.problem();
        assert!(problem(&[]).is_some());
        assert!(problem(&[Some(F::Name)]).is_some());
        assert!(problem(&[Some(F::Account), Some(F::Account)]).is_some());
        assert_eq!(problem(&[Some(F::Account), Some(F::Phones), Some(F::Phones), None]), None);
    }
}
