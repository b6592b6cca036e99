//! What others are told of campaigns, until they were.

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
    // Entries of logs that nobody was told of yet: written with the entry, gone with what was made of it.
    "CREATE TABLE campaign_notice (
        log_id BIGINT PRIMARY KEY REFERENCES campaign_log (id) ON DELETE CASCADE
    )",
    // E-mail that is not delivered yet.
    "CREATE TABLE mail (
        id {id},
        campaign_id BIGINT NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
        recipient TEXT NOT NULL,
        subject TEXT NOT NULL,
        body TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        next_at BIGINT NOT NULL,
        attempts BIGINT NOT NULL DEFAULT 0
    )",
    "CREATE INDEX mail_due ON mail (next_at)",
];
