//! What can go wrong with the database.

/// Why the store could not do something. The text is for logs; what a person reads is chosen by the caller.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer (down, unreachable, out of connections, disk full). Worth trying again.
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
    /// The row that was to be changed is not there.
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
