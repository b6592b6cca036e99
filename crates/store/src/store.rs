//! The handle on the database.

/// Which database.
#[derive(Clone)]
pub struct StoreSettings {
    /// `sqlite:///absolute/path/lastmile.db` or `postgres://user:password@host/database`.
    pub url: String,
    /// Connections for reading (SQLite) or for everything (PostgreSQL); at least 2 are used.
    pub max_connections: u32,
}

/// A handle on the database. Cheap to clone.
#[derive(Clone)]
pub struct Store;

/// How the group commit is doing, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// Commits that wait right now.
    pub queued: u64,
    /// Transactions.
    pub batches: u64,
    /// Commits in them.
    pub commits: u64,
    /// Commits in the last transaction.
    pub last_batch: u64,
}
