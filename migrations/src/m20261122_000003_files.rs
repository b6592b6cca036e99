//! Files: what devices load, and what they sent. The contents are elsewhere, under their SHA-256.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, FILES).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const FILES: &[&str] = &[
    // `file_type` and `models` are JSON. `author` is the agent who uploaded it; NULL if a device sent it, and that
    // stays so when the device is gone.
    "CREATE TABLE file (
        id {id},
        name TEXT NOT NULL,
        sha256 {key} NOT NULL,
        size BIGINT NOT NULL,
        file_type TEXT NOT NULL,
        version TEXT NOT NULL,
        models TEXT NOT NULL,
        notes TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        author TEXT,
        device_id BIGINT REFERENCES device (id) ON DELETE SET NULL,
        task_id BIGINT REFERENCES task (id) ON DELETE SET NULL
    )",
    "CREATE INDEX file_sha256 ON file (sha256)",
    "CREATE INDEX file_library ON file (id) WHERE author IS NOT NULL",
    "CREATE INDEX file_sent ON file (id) WHERE author IS NULL",
    "CREATE INDEX file_device ON file (device_id, id) WHERE device_id IS NOT NULL",
    // One file a task: a device that sends it again replaces it.
    "CREATE UNIQUE INDEX file_task ON file (task_id) WHERE task_id IS NOT NULL",
];
