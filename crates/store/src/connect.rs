//! Connecting to SQLite or PostgreSQL.

use crate::{StoreError, StoreSettings};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a statement waits for a connection, or SQLite for another process's lock.
const PATIENCE: Duration = Duration::from_secs(5);
/// A pooled connection that was idle this long is tried before it is used.
const IDLE: Duration = Duration::from_secs(20);

/// Connections by what they are for.
pub struct Connections {
    pub read: DatabaseConnection,
    /// SQLite: the one connection that writes. PostgreSQL: two, so that rare writes do not wait for the group commit.
    pub write: DatabaseConnection,
}

pub async fn connect(settings: &StoreSettings) -> Result<Connections, StoreError> {
    let url = settings.url.as_str();
    if let Some(rest) = url.strip_prefix("sqlite:") {
        sqlite(Path::new(rest.trim_start_matches("//")), settings.max_connections).await
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        postgres(url, settings.max_connections).await
    } else {
        Err(StoreError::Invalid("The database's address begins with sqlite:// or postgres://".to_owned()))
    }
}

async fn sqlite(path: &Path, max_connections: u32) -> Result<Connections, StoreError> {
    if path.as_os_str().is_empty() {
        return Err(StoreError::Invalid(
            "The address of a SQLite database names its file: sqlite:///folder/file.db".to_owned(),
        ));
    }
    let path = path.to_owned();
    let made = path.clone();
    tokio::task::spawn_blocking(move || create(&made))
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))?
        .map_err(|error| StoreError::Unavailable(format!("{}: {error}", path.display())))?;
    // The writer first: it turns the write-ahead log on.
    let write = Database::connect(sqlite_options(&path, 1, false)).await?;
    let read = Database::connect(sqlite_options(&path, max_connections.max(2), true)).await?;
    Ok(Connections { read, write })
}

/// Makes the file and its folder, readable by the server's user alone: they hold secrets.
fn create(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn sqlite_options(path: &Path, connections: u32, read_only: bool) -> ConnectOptions {
    let path: PathBuf = path.to_owned();
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(PATIENCE)
        // Connections to a file neither break nor cost anything while idle.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_opts(move |_| {
            let options = SqliteConnectOptions::new()
                .filename(&path)
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                // FULL syncs the log at every commit. NORMAL would lose confirmed commits at a power cut, and a CPE is
                // told that we have its events; the group commit shares the sync among all sessions that wait.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(PATIENCE)
                .pragma("cache_size", "-16384")
                .pragma("temp_store", "memory")
                .pragma("journal_size_limit", "67108864");
            let options = if read_only { options.pragma("query_only", "on") } else { options };
            sea_orm::sqlx::ConnectOptions::disable_statement_logging(options)
        });
    options
}

async fn postgres(url: &str, max_connections: u32) -> Result<Connections, StoreError> {
    let write = Database::connect(postgres_options(url, 2)).await?;
    let read = Database::connect(postgres_options(url, max_connections.saturating_sub(2).max(2))).await?;
    Ok(Connections { read, write })
}

fn postgres_options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .test_before_acquire_if_idle_for(IDLE)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .set_application_name("lastmile");
    options
}
