//! Kept views of the device list; orders for many devices.

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

const STATEMENTS: &[&str] = &[
    // `query` is JSON of `model::device::DeviceQuery`.
    "CREATE TABLE saved_view (
        id {id},
        agent_id BIGINT NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
        name {key} NOT NULL,
        query TEXT NOT NULL,
        shared BOOLEAN NOT NULL,
        UNIQUE (agent_id, name)
    )",
    "CREATE INDEX saved_view_shared ON saved_view (name) WHERE shared",
    // `devices` is a JSON array of ids, `done` says how many of them were looked at, `skipped` is JSON of the reasons.
    "CREATE TABLE bulk (
        id {id},
        agent_id BIGINT NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
        author TEXT NOT NULL,
        kind TEXT NOT NULL,
        devices TEXT NOT NULL,
        total BIGINT NOT NULL,
        done BIGINT NOT NULL DEFAULT 0,
        queued BIGINT NOT NULL DEFAULT 0,
        skipped TEXT NOT NULL DEFAULT '[]',
        prepared_at BIGINT NOT NULL,
        started_at BIGINT,
        ended_at BIGINT,
        dismissed BOOLEAN NOT NULL DEFAULT FALSE
    )",
    "CREATE INDEX bulk_agent ON bulk (agent_id, id)",
    "CREATE INDEX bulk_running ON bulk (id) WHERE started_at IS NOT NULL AND ended_at IS NULL",
];
