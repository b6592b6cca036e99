//! What data models say of parameters.
//!
//! [`read`] takes the device models of the Broadband Forum, or a maker's, written in its XML (TR-106 Annex A,
//! `cwmp-datamodel-1-x`), and makes [`Table`]s of them: types, ranges, enumerations, access, one sentence about each
//! path. A table is small when it is stored ([`Table::encode`]) and quick when it is asked: finding a path costs one
//! search in sorted names for each of its parts and no allocation. [`Models`] asks several tables, the product's own
//! [`builtin`] last.
//!
//! Nothing here does I/O. Files come from operators and are not trusted: declarations of types (DTDs) are refused,
//! depth, counts and lengths are bounded, and text of a file becomes data, never markup.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod builtin;
mod document;
mod models;
mod pattern;
mod resolve;
mod table;
mod text;
mod xml;

pub use builtin::builtin;
pub use models::Models;
pub use pattern::matches_any;
pub use resolve::{Import, read};
pub use table::{Entry, Table};

use thiserror::Error;

/// Largest file that is read, in bytes.
pub const MAX_FILE: usize = 64 * 1024 * 1024;
/// Most objects and parameters of one model.
pub const MAX_NODES: usize = 500_000;

/// Why a file is not read, or a stored table not understood.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DataModelError {
    #[error("{file} is larger than 64 MB")]
    TooLarge { file: String },
    #[error("{file} is not text in UTF-8")]
    Encoding { file: String },
    #[error("{file} has a document type declaration, which is not accepted")]
    Doctype { file: String },
    /// Lines are counted from 1.
    #[error("{file}:{line}: {what}")]
    Malformed { file: String, line: usize, what: &'static str },
    #[error("{file} has more than {most} {what}")]
    TooMany { file: String, what: &'static str, most: usize },
    #[error("{file} is not a data model: it begins with <{found}>, not with <document>")]
    NotADataModel { file: String, found: String },
    /// Files that only hold parts for others.
    #[error("there is no <model> in {files}; give the file that has it, too")]
    NoModel { files: String },
    #[error("{0} describes no objects and no parameters that Lastmile could use")]
    Empty(String),
    /// A stored table.
    #[error("a stored data model cannot be read: {0}")]
    Corrupt(&'static str),
    /// A stored table of a later release.
    #[error("a stored data model was written by another release (format {0}); import its file again")]
    Format(u8),
}

pub type Result<T> = std::result::Result<T, DataModelError>;
