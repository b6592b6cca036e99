//! Guides through complaints: what was found and done at each step.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, GUIDES).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const GUIDES: &[&str] = &[
    // `steps` and `ending` are JSON; `ending` is NULL while the guide runs. `version` counts its changes.
    "CREATE TABLE guide (
        id {id},
        device_id BIGINT NOT NULL REFERENCES device (id) ON DELETE CASCADE,
        kind {key} NOT NULL,
        author TEXT NOT NULL,
        started_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        version BIGINT NOT NULL,
        steps TEXT NOT NULL,
        ending TEXT
    )",
    "CREATE INDEX guide_device ON guide (device_id, id)",
    // One of a kind runs at a time: two agents share it.
    "CREATE UNIQUE INDEX guide_running ON guide (device_id, kind) WHERE ending IS NULL",
];
