//! Devices, their trees, tasks and timeline; subscribers; agents and what the portal keeps.
//!
//! Times are milliseconds since 1970. Integers are BIGINT everywhere, so that one row type fits both databases.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, TABLES).await?;
        portable::run(manager, INDEXES).await?;
        portable::run(manager, if portable::is_postgres(manager) { SEARCH_POSTGRES } else { SEARCH_SQLITE }).await
    }

    // All or nothing: a half-made schema could not be migrated again.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const TABLES: &[&str] = &[
    "CREATE TABLE subscriber (
        id {id},
        account {key} NOT NULL,
        name TEXT NOT NULL,
        name_key {key} NOT NULL,
        phone TEXT NOT NULL,
        phone_digits {key} NOT NULL,
        email TEXT NOT NULL,
        address TEXT NOT NULL,
        plan TEXT NOT NULL,
        device_serial {key} NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )",
    // `subscriber_key` repeats the subscriber's name in lower case: what the list is sorted by must be in the row.
    // The buckets are coarse times (see the store): exact times change with every Inform and are in no index.
    "CREATE TABLE device (
        id {id},
        manufacturer {key} NOT NULL,
        oui {key} NOT NULL,
        product_class {key} NOT NULL,
        serial {key} NOT NULL,
        model {key} NOT NULL,
        hardware_version TEXT NOT NULL,
        software_version {key} NOT NULL,
        address {key} NOT NULL,
        mac {key} NOT NULL,
        data_model BIGINT NOT NULL,
        cwmp_version TEXT NOT NULL,
        first_seen BIGINT NOT NULL,
        last_inform BIGINT NOT NULL,
        late_at BIGINT NOT NULL,
        overdue_at BIGINT NOT NULL,
        inform_bucket BIGINT NOT NULL,
        late_bucket BIGINT NOT NULL,
        rebooting_until BIGINT,
        inform_interval BIGINT,
        connection_request_url TEXT NOT NULL,
        connection_request_username TEXT NOT NULL,
        connection_request_password TEXT NOT NULL,
        reach_success BIGINT,
        reach_failure_at BIGINT,
        reach_failure_reason TEXT,
        parameter_key TEXT NOT NULL,
        subscriber_id BIGINT REFERENCES subscriber (id),
        subscriber_key {key},
        tree_read_at BIGINT,
        parameter_count BIGINT NOT NULL,
        inform_digest BIGINT NOT NULL,
        quirks TEXT NOT NULL
    ) {hot}",
    "CREATE TABLE tree_dictionary (
        id {id},
        oui {key} NOT NULL,
        product_class {key} NOT NULL,
        UNIQUE (oui, product_class)
    )",
    "CREATE TABLE tree_path (
        dictionary_id BIGINT NOT NULL REFERENCES tree_dictionary (id),
        id BIGINT NOT NULL,
        name {key} NOT NULL,
        PRIMARY KEY (dictionary_id, id),
        UNIQUE (dictionary_id, name)
    )",
    "CREATE TABLE device_tree (
        device_id BIGINT PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE,
        dictionary_id BIGINT NOT NULL REFERENCES tree_dictionary (id),
        blob {bytes} NOT NULL
    )",
    "CREATE TABLE device_hot (
        device_id BIGINT PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE,
        data TEXT NOT NULL
    )",
    "CREATE TABLE task (
        id {id},
        device_id BIGINT NOT NULL REFERENCES device (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        state {key} NOT NULL,
        is_open BOOLEAN NOT NULL,
        author TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        steps TEXT NOT NULL,
        note TEXT,
        outcome TEXT,
        progress TEXT NOT NULL,
        attempts BIGINT NOT NULL
    )",
    "CREATE TABLE event (
        id {id},
        device_id BIGINT NOT NULL REFERENCES device (id) ON DELETE CASCADE,
        at BIGINT NOT NULL,
        kind TEXT NOT NULL,
        author TEXT
    )",
    "CREATE TABLE agent (
        id {id},
        username TEXT NOT NULL,
        username_key {key} NOT NULL UNIQUE,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        password_hash TEXT NOT NULL,
        disabled BOOLEAN NOT NULL,
        created_at BIGINT NOT NULL
    )",
    "CREATE TABLE web_session (
        id {key} PRIMARY KEY NOT NULL,
        data {bytes} NOT NULL,
        expires_at BIGINT NOT NULL
    )",
    "CREATE TABLE setting (name {key} PRIMARY KEY NOT NULL, value TEXT NOT NULL)",
    "CREATE TABLE model_profile (
        oui {key} NOT NULL,
        product_class {key} NOT NULL,
        software_version {key} NOT NULL,
        facts TEXT NOT NULL,
        PRIMARY KEY (oui, product_class, software_version)
    )",
    // One row a device (its id) with the words of the device and its subscriber, and one a subscriber without a
    // device (the negative of its id).
    "CREATE TABLE search (id BIGINT PRIMARY KEY, words TEXT NOT NULL)",
];

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX subscriber_account ON subscriber (account)",
    "CREATE INDEX subscriber_name ON subscriber (name_key, id)",
    "CREATE INDEX subscriber_phone ON subscriber (phone_digits) WHERE phone_digits <> ''",
    "CREATE INDEX subscriber_serial ON subscriber (device_serial) WHERE device_serial <> ''",
    "CREATE UNIQUE INDEX device_identity ON device (serial, oui, product_class)",
    "CREATE INDEX device_model ON device (model, id)",
    "CREATE INDEX device_software ON device (software_version, id)",
    "CREATE INDEX device_model_software ON device (model, software_version, inform_bucket, id)",
    "CREATE INDEX device_manufacturer ON device (manufacturer, id)",
    "CREATE INDEX device_subscriber_name ON device (subscriber_key, id)",
    "CREATE INDEX device_subscriber ON device (subscriber_id)",
    "CREATE INDEX device_inform ON device (inform_bucket, id)",
    "CREATE INDEX device_late ON device (late_bucket, id)",
    "CREATE INDEX device_first_seen ON device (first_seen)",
    "CREATE INDEX device_address ON device (address) WHERE address <> ''",
    "CREATE INDEX device_mac ON device (mac) WHERE mac <> ''",
    "CREATE INDEX device_rebooting ON device (rebooting_until) WHERE rebooting_until IS NOT NULL",
    "CREATE INDEX task_device ON task (device_id, id)",
    "CREATE INDEX task_open ON task (device_id, id) WHERE is_open",
    "CREATE INDEX task_failed ON task (updated_at) WHERE state = 'failed'",
    "CREATE INDEX event_device ON event (device_id, id)",
    "CREATE INDEX web_session_expiry ON web_session (expires_at)",
];

const SEARCH_POSTGRES: &[&str] = &[
    // Trusted since PostgreSQL 13: the owner of the database may create it.
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX search_words ON search USING gin (words gin_trgm_ops)",
];

const SEARCH_SQLITE: &[&str] = &[
    "CREATE VIRTUAL TABLE search_index USING fts5 (words, content = 'search', content_rowid = 'id', tokenize = 'trigram')",
    "CREATE TRIGGER search_inserted AFTER INSERT ON search BEGIN
        INSERT INTO search_index (rowid, words) VALUES (new.id, new.words);
    END",
    "CREATE TRIGGER search_deleted AFTER DELETE ON search BEGIN
        INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.id, old.words);
    END",
    "CREATE TRIGGER search_updated AFTER UPDATE ON search BEGIN
        INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.id, old.words);
        INSERT INTO search_index (rowid, words) VALUES (new.id, new.words);
    END",
];
