//! SeaORM entities and queries, group commit, tree blobs; SQLite and PostgreSQL.

/// A handle on the database. Cheap to clone.
#[derive(Clone)]
pub struct Store;
