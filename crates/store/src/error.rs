//! What can go wrong with the database.

use sea_orm::sqlx::{self, error::DatabaseError};
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// Why the store could not do something. The text is for logs; what a person reads is chosen by the caller.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer (down, unreachable, busy, disk full). Worth trying again.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Something with this key exists already.
    #[error("{what} exists already")]
    Conflict {
        /// What it is, such as `username`.
        what: &'static str,
    },
    /// A stored value cannot be read.
    #[error("stored {what} cannot be read: {reason}")]
    Corrupt {
        /// What it is, such as `tree of device 7`.
        what: String,
        reason: String,
    },
    /// The row that was to be changed, or that something belongs to, is not there.
    #[error("{what} does not exist")]
    NotFound {
        /// What it is, such as `device`.
        what: &'static str,
    },
    /// The caller gave something that cannot be used, such as a malformed address of the database.
    #[error("{0}")]
    Invalid(String),
    /// The database refused a statement: a bug in the store, or a schema that is not the one it expects.
    #[error("the database refused: {0}")]
    Database(String),
}

impl StoreError {
    pub(crate) fn corrupt(what: impl Into<String>, reason: impl ToString) -> Self {
        Self::Corrupt { what: what.into(), reason: reason.to_string() }
    }

    /// Names what a unique violation is about.
    #[must_use]
    pub(crate) fn conflict_on(self, what: &'static str) -> Self {
        if matches!(self, Self::Conflict { .. }) { Self::Conflict { what } } else { self }
    }

    /// Names whose row a foreign key missed.
    #[must_use]
    pub(crate) fn missing(self, what: &'static str) -> Self {
        if matches!(self, Self::NotFound { .. }) { Self::NotFound { what } } else { self }
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => return Self::Conflict { what: "row" },
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => return Self::NotFound { what: "row" },
            _ => {}
        }
        let unavailable = match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
            DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
                is_unavailable(error)
            }
            _ => false,
        };
        if unavailable { Self::Unavailable(error.to_string()) } else { Self::Database(error.to_string()) }
    }
}

fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(error) => is_passing(error.as_ref()),
        _ => false,
    }
}

/// Whether the database says that it cannot now, rather than that it never will.
fn is_passing(error: &dyn DatabaseError) -> bool {
    let Some(code) = error.code() else { return false };
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // Extended codes carry the primary one in their low byte:
        // BUSY, LOCKED, READONLY (a disk that was remounted), IOERR, FULL, CANTOPEN.
        return code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14));
    }
    // PostgreSQL, by class: connection, rollback (serialisation, deadlock), resources, operator, system.
    ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class))
}
