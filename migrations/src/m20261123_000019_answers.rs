//! Answers that are kept have a number: their bodies are encrypted for their row.

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
    "CREATE TABLE api_answer_numbered (
        id {id},
        token_id BIGINT NOT NULL REFERENCES api_token (id) ON DELETE CASCADE,
        idempotency {key} NOT NULL,
        request {key} NOT NULL,
        run {key} NOT NULL,
        created_at BIGINT NOT NULL,
        status BIGINT,
        headers TEXT NOT NULL DEFAULT '[]',
        body {bytes},
        UNIQUE (token_id, idempotency)
    )",
    "INSERT INTO api_answer_numbered (token_id, idempotency, request, run, created_at, status, headers, body)
        SELECT token_id, idempotency, request, run, created_at, status, headers, body FROM api_answer",
    "DROP TABLE api_answer",
    "ALTER TABLE api_answer_numbered RENAME TO api_answer",
    "CREATE INDEX api_answer_age ON api_answer (created_at)",
];
