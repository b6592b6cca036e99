//! The handle on the database.

use crate::connect::{self, Connections};
use crate::error::StoreError;
use crate::search::common::Commons;
use crate::search::vocabulary::Vocabulary;
use crate::secret::Vault;
use crate::tree::dictionary::Dictionaries;
use crate::writer::Writer;
use migrations::Migrator;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Semaphore;

/// Which database.
#[derive(Clone)]
pub struct StoreSettings {
    /// `sqlite:///absolute/path/lastmile.db` or `postgres://user:password@host/database`.
    pub url: String,
    /// Connections: for reading with SQLite (one more writes), for everything with PostgreSQL; at least 4 there.
    pub max_connections: u32,
}

/// A handle on the database. Cheap to clone; one database per process.
#[derive(Clone)]
pub struct Store(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub read: DatabaseConnection,
    pub write: DatabaseConnection,
    pub writer: Writer,
    pub dictionaries: Dictionaries,
    pub counters: Arc<Counters>,
    pub vocabulary: Vocabulary,
    pub commons: Commons,
    pub vault: Vault,
    /// Searches that may run at the same time.
    pub searches: Semaphore,
}

/// What [`StoreStats`] is read from.
#[derive(Default)]
pub(crate) struct Counters {
    pub queued: AtomicU64,
    pub batches: AtomicU64,
    pub commits: AtomicU64,
    pub last_batch: AtomicU64,
    pub corrupt_trees: AtomicU64,
}

/// How the store is doing, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// Commits that wait right now, those in the running transaction included.
    pub queued: u64,
    /// Transactions of the group commit.
    pub batches: u64,
    /// Commits in them.
    pub commits: u64,
    /// Commits in the last transaction.
    pub last_batch: u64,
    /// Reads of trees that could not be decoded.
    pub corrupt_trees: u64,
}

impl Store {
    /// Connects; creates the file of a SQLite database and its folder. The schema is [`Self::migrate`]'s.
    ///
    /// Call it inside a tokio runtime: the group commit runs as a task there.
    pub async fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        let Connections { read, write } = connect::connect(settings).await?;
        let counters = Arc::new(Counters::default());
        let searches = (settings.max_connections as usize / 2).clamp(1, 4);
        // Without a key until `unlock`.
        let vault = Vault::default();
        let writer = Writer::start(write.clone(), counters.clone(), vault.clone());
        Ok(Self(Arc::new(Inner {
            read,
            write,
            writer,
            dictionaries: Dictionaries::default(),
            counters,
            vocabulary: Vocabulary::default(),
            commons: Commons::default(),
            vault,
            searches: Semaphore::new(searches),
        })))
    }

    /// Brings the schema up to date. Safe with several processes on one PostgreSQL: one at a time does it.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        const LOCK: &str = "SELECT pg_advisory_xact_lock(7020541)";
        if self.backend() == DbBackend::Postgres {
            let lock = self.0.write.begin().await?;
            lock.execute_unprepared(LOCK).await?;
            Migrator::up(&self.0.write, None).await?;
            self.renew_search().await?;
            lock.commit().await?;
        } else {
            Migrator::up(&self.0.write, None).await?;
            self.renew_search().await?;
        }
        Ok(())
    }

    /// Whether the database answers and has a schema.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.any_agent().await.map(drop)
    }

    /// Writes what waits in the group commit and closes the connections. Later calls fail as unavailable.
    pub async fn close(&self) {
        self.0.writer.close().await;
        for connection in [&self.0.write, &self.0.read] {
            if let Err(error) = connection.close_by_ref().await {
                tracing::warn!(%error, "closing the database");
            }
        }
    }

    pub fn stats(&self) -> StoreStats {
        let counters = &self.0.counters;
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        StoreStats {
            queued: get(&counters.queued),
            batches: get(&counters.batches),
            commits: get(&counters.commits),
            last_batch: get(&counters.last_batch),
            corrupt_trees: get(&counters.corrupt_trees),
        }
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.0.read.get_database_backend()
    }

    /// A transaction of its own, for what is written rarely.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, StoreError> {
        begin(&self.0.write).await
    }
}

/// Begins to write. SQLite takes the lock at once, so that the transaction cannot fail half-way for another process's.
pub(crate) async fn begin(write: &DatabaseConnection) -> Result<DatabaseTransaction, StoreError> {
    let sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate);
    let options = TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() };
    Ok(write.begin_with_options(options).await?)
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.backend()).finish()
    }
}

// The address may hold a password.
impl fmt::Debug for StoreSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.url.split(':').next().unwrap_or_default();
        f.debug_struct("StoreSettings")
            .field("url", &format_args!("{kind}:…"))
            .field("max_connections", &self.max_connections)
            .finish()
    }
}
