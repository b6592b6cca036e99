//! The timeline by kinds; escalations with what was known of the device.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, STATEMENTS).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// `class` follows from `kind`, see `model::timeline::Class`. Entries that are there get theirs once.
const STATEMENTS: &[&str] = &[
    "ALTER TABLE event ADD COLUMN class SMALLINT NOT NULL DEFAULT 0",
    r#"UPDATE event SET class = CASE
        WHEN kind LIKE '{"event":"first_contact"%' OR kind LIKE '{"event":"boot%' THEN 1
        WHEN kind LIKE '{"event":"software"%' THEN 3
        WHEN kind LIKE '{"event":"task_ended"%' THEN 4
        WHEN kind LIKE '{"event":"unreachable"%' OR kind LIKE '{"event":"session_failed"%'
            OR kind LIKE '{"event":"fault"%' OR kind LIKE '{"event":"rejected"%' THEN 8
        WHEN kind LIKE '{"event":"enrolment"%' THEN 9
        ELSE 2 END"#,
    "CREATE TABLE snapshot (
        id {id},
        device_id BIGINT NOT NULL REFERENCES device (id) ON DELETE CASCADE,
        at BIGINT NOT NULL,
        author TEXT NOT NULL,
        reason TEXT NOT NULL,
        closed_at BIGINT,
        closed_by TEXT,
        outcome TEXT,
        content {bytes} NOT NULL
    )",
    "CREATE INDEX snapshot_device ON snapshot (device_id, id)",
];
