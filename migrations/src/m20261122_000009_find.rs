//! A search that forgives typing errors; what agents keep at hand.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, SHARED).await?;
        portable::run(manager, if portable::is_postgres(manager) { POSTGRES } else { SQLITE }).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const SHARED: &[&str] = &[
    // What the device's tree tells to find it by, a line each: `ssid Bell Family`. The store reads and writes it.
    "ALTER TABLE device ADD COLUMN found_by TEXT NOT NULL DEFAULT ''",
    // The words of the index. Numbers grow: a smaller one was met earlier, so the word is likely more common.
    "CREATE TABLE search_word (id {id}, word {key} NOT NULL UNIQUE)",
    // JSON of what the agent chose for the portal.
    "ALTER TABLE agent ADD COLUMN profile TEXT NOT NULL DEFAULT ''",
    // Devices and people that an agent opened or pinned: `target` is a device's id, or the negative of a subscriber's.
    "CREATE TABLE agent_item (
        agent_id BIGINT NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
        target BIGINT NOT NULL,
        opened_at BIGINT NOT NULL,
        pinned_at BIGINT,
        PRIMARY KEY (agent_id, target)
    )",
    "CREATE INDEX agent_item_opened ON agent_item (agent_id, opened_at)",
    "DROP TABLE IF EXISTS search_index",
    // Its triggers and its index go with it.
    "DROP TABLE search",
];

/// The index over the last four characters, for SQLite. The store makes it anew when it fills the table.
pub const SEARCH_ENDS_SQLITE: &str = "CREATE INDEX search_key_end ON search_key (substr(key, -4))";
/// The same for PostgreSQL.
pub const SEARCH_ENDS_POSTGRES: &str = "CREATE INDEX search_key_end ON search_key ((right(key, 4)))";
/// Keeps the word index of SQLite up.
pub const SEARCH_DELETED: &str = "CREATE TRIGGER search_deleted AFTER DELETE ON search BEGIN
    INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.id, old.words);
END";

// One row a device (its id) with all of the device and its subscriber, and one a subscriber without a device (the
// negative of its id). `words` and `keys` are separated by spaces.
const POSTGRES: &[&str] = &[
    "CREATE TABLE search (id BIGINT PRIMARY KEY, words {key} NOT NULL, keys {key} NOT NULL)",
    "CREATE INDEX search_words ON search USING gin (string_to_array(words, ' ')) WITH (fastupdate = off)",
    "CREATE TABLE search_key (key {key} NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (key, id))",
    SEARCH_ENDS_POSTGRES,
];

const SQLITE: &[&str] = &[
    "CREATE TABLE search (id INTEGER PRIMARY KEY, words TEXT NOT NULL, keys TEXT NOT NULL)",
    "CREATE TABLE search_key (key TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (key, id)) WITHOUT ROWID",
    SEARCH_ENDS_SQLITE,
    // Words are separated by the store: to the index a word is whatever has no space. Where in a row it stands is not
    // asked, so it is not kept.
    "CREATE VIRTUAL TABLE search_index USING fts5 (words, content = 'search', content_rowid = 'id', tokenize = 'ascii', detail = 'none', columnsize = 0)",
    "CREATE TRIGGER search_inserted AFTER INSERT ON search BEGIN
        INSERT INTO search_index (rowid, words) VALUES (new.id, new.words);
    END",
    SEARCH_DELETED,
    "CREATE TRIGGER search_updated AFTER UPDATE OF words ON search WHEN old.words <> new.words BEGIN
        INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.id, old.words);
        INSERT INTO search_index (rowid, words) VALUES (new.id, new.words);
    END",
];
