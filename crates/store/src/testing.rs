//! Databases for tests: SQLite in a temporary folder, PostgreSQL on a server that the run provides.
//!
//! `LASTMILE_TEST_POSTGRES` is the address of a PostgreSQL server where databases may be created, such as
//! `postgres://user:password@localhost:5432/postgres`. Without it the PostgreSQL half of a test is skipped, and says
//! so; with `LASTMILE_TEST_REQUIRE_POSTGRES=1` it fails instead.

use crate::{Store, StoreError, StoreSettings};
use sea_orm::ConnectionTrait;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Which kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// An empty database of the test's own with an up-to-date schema.
pub struct Database {
    pub kind: Kind,
    url: String,
    store: Store,
}

impl Database {
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Another handle on the same database, as another process would have it.
    pub async fn open_again(&self) -> Store {
        open(&self.url).await
    }
}

/// Runs a test on a database that is dropped afterwards, whether the test passes or not.
pub async fn run<F>(kind: Kind, test: impl FnOnce(Database) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    match kind {
        Kind::Sqlite => {
            let folder = TempDir::new().expect("a temporary folder can be made");
            let url = format!("sqlite://{}", folder.path().join("data/test.db").display());
            let store = open(&url).await;
            let result = tokio::spawn(test(Database { kind, url, store: store.clone() })).await;
            store.close().await;
            pass_on(result);
        }
        Kind::Postgres => {
            let Some(server) = server() else { return };
            static NEXT: AtomicU32 = AtomicU32::new(0);
            let name = format!("lastmile_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            execute(&server, &format!("CREATE DATABASE {name}")).await;
            let url = with_database(&server, &name);
            let store = open(&url).await;
            let result = tokio::spawn(test(Database { kind, url, store: store.clone() })).await;
            store.close().await;
            execute(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
            pass_on(result);
        }
    }
}

async fn open(url: &str) -> Store {
    let settings = StoreSettings { url: url.to_owned(), max_connections: 6 };
    let store = Store::open(&settings).await.expect("the test's database can be opened");
    store.migrate().await.expect("the test's database can be migrated");
    let key = crate::Key::parse(&"5a".repeat(32)).expect("64 hexadecimal digits");
    store.unlock(&crate::KeySource::Given(key)).await.expect("the test's database has the test's key");
    store
}

fn pass_on(result: Result<(), tokio::task::JoinError>) {
    if let Err(error) = result {
        std::panic::resume_unwind(error.into_panic());
    }
}

fn server() -> Option<String> {
    let server = std::env::var("LASTMILE_TEST_POSTGRES").ok().filter(|server| !server.is_empty());
    if server.is_none() {
        let required = std::env::var("LASTMILE_TEST_REQUIRE_POSTGRES").is_ok_and(|value| value == "1");
        assert!(!required, "LASTMILE_TEST_POSTGRES names no server, and this run requires PostgreSQL");
        eprintln!("SKIPPED on PostgreSQL: LASTMILE_TEST_POSTGRES names no server");
    }
    server
}

/// Creates a database on a server, unless it is there.
pub async fn create_database(server: &str, name: &str) -> Result<(), StoreError> {
    let connection = sea_orm::Database::connect(server).await?;
    let there = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
    let sql = sea_orm::Statement::from_string(connection.get_database_backend(), there);
    if connection.query_one_raw(sql).await?.is_none() {
        connection.execute_unprepared(&format!("CREATE DATABASE {name}")).await?;
    }
    Ok(connection.close().await?)
}

/// Statements on any database, past everything that guards it.
pub async fn execute_raw(url: &str, statements: &[&str]) -> Result<(), StoreError> {
    let connection = sea_orm::Database::connect(url).await?;
    for statement in statements {
        connection.execute_unprepared(statement).await?;
    }
    Ok(connection.close().await?)
}

/// The same server, another database.
pub fn with_database(server: &str, name: &str) -> String {
    let (address, options) = server.split_once('?').map_or((server, ""), |(address, options)| (address, options));
    let host_at = address.find("://").map_or(0, |at| at + 3);
    let end = address[host_at..].find('/').map_or(address.len(), |slash| host_at + slash);
    let question = if options.is_empty() { "" } else { "?" };
    format!("{}/{name}{question}{options}", &address[..end])
}

async fn execute(server: &str, sql: &str) {
    let connection = sea_orm::Database::connect(server).await.expect("the test server can be reached");
    connection.execute_unprepared(sql).await.expect("the test server makes and drops databases");
    connection.close().await.expect("the connection to the test server closes");
}

/// A test that runs on SQLite and on PostgreSQL, with a [`Database`](crate::testing::Database) of its own on each.
///
/// ```ignore
/// store_test! {
///     async fn starts_empty(database: Database) {
///         assert!(!database.store().any_agent().await.unwrap());
///     }
/// }
/// ```
#[macro_export]
macro_rules! store_test {
    ($($(#[$meta:meta])* async fn $name:ident($database:ident: Database) $body:block)+) => { $(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn test($database: $crate::testing::Database) $body

            $(#[$meta])*
            #[tokio::test]
            async fn sqlite() {
                $crate::testing::run($crate::testing::Kind::Sqlite, test).await;
            }

            $(#[$meta])*
            #[tokio::test]
            async fn postgres() {
                $crate::testing::run($crate::testing::Kind::Postgres, test).await;
            }
        }
    )+ };
}
