//! What is said of a firmware image: further version strings, hardware, the oldest version before it, who signed it.

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
    // `versions` and `hardware` are JSON, as `models` is.
    "ALTER TABLE file ADD COLUMN versions TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE file ADD COLUMN hardware TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE file ADD COLUMN min_version TEXT NOT NULL DEFAULT ''",
    // Name of the key that the signature at upload was made with; NULL without one.
    "ALTER TABLE file ADD COLUMN signed_by TEXT",
];
