//! Tokens of people, answers that are kept for requests that come again, webhooks.

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
    // A personal token: what it may do follows from its agent.
    "ALTER TABLE api_token ADD COLUMN agent_id BIGINT REFERENCES agent (id) ON DELETE CASCADE",
    // JSON of `model::Permissions`; null: all of the role.
    "ALTER TABLE api_token ADD COLUMN permissions TEXT",
    "CREATE INDEX api_token_agent ON api_token (agent_id) WHERE agent_id IS NOT NULL",
    // `request` is a SHA-256 of the request, `run` names the process that works on it; `status` is null meanwhile.
    "CREATE TABLE api_answer (
        token_id BIGINT NOT NULL REFERENCES api_token (id) ON DELETE CASCADE,
        idempotency {key} NOT NULL,
        request {key} NOT NULL,
        run {key} NOT NULL,
        created_at BIGINT NOT NULL,
        status BIGINT,
        headers TEXT NOT NULL DEFAULT '[]',
        body {bytes},
        PRIMARY KEY (token_id, idempotency)
    )",
    "CREATE INDEX api_answer_age ON api_answer (created_at)",
    // `kinds` is a JSON array of words, `scope` JSON of `model::Scope`. `upto` is the last event that was looked at.
    "CREATE TABLE webhook (
        id {id},
        name TEXT NOT NULL,
        url TEXT NOT NULL,
        secret TEXT NOT NULL,
        kinds TEXT NOT NULL,
        scope TEXT NOT NULL,
        enabled BOOLEAN NOT NULL,
        stopped TEXT,
        failing_since BIGINT,
        upto BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        created_by TEXT NOT NULL
    )",
    // `state` is `waiting`, `delivered` or `dead`. A delivery by hand has no event and device 0.
    "CREATE TABLE webhook_delivery (
        id {id},
        webhook_id BIGINT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
        event_id BIGINT,
        device_id BIGINT NOT NULL,
        kind {key} NOT NULL,
        body TEXT NOT NULL,
        state {key} NOT NULL,
        attempts BIGINT NOT NULL DEFAULT 0,
        created_at BIGINT NOT NULL,
        next_at BIGINT NOT NULL,
        tried_at BIGINT,
        status BIGINT,
        duration_ms BIGINT,
        said TEXT NOT NULL DEFAULT '',
        UNIQUE (webhook_id, event_id)
    )",
    "CREATE INDEX webhook_delivery_log ON webhook_delivery (webhook_id, id)",
    "CREATE INDEX webhook_delivery_waiting ON webhook_delivery (webhook_id, device_id, id) WHERE state = 'waiting'",
    "CREATE INDEX webhook_delivery_due ON webhook_delivery (next_at) WHERE state = 'waiting'",
];
