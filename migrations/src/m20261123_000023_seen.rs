//! What a person has seen of a campaign's failures when they let it go on, and who wrote at its plan.

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
    // JSON: stage, model and `model::campaign::Tally` of each, as they were when somebody let it go on. A sum of all
    // failures, as it was before, does not say where they were.
    "ALTER TABLE campaign DROP COLUMN excused",
    "ALTER TABLE campaign ADD COLUMN excused TEXT NOT NULL DEFAULT '[]'",
    // JSON: number (if there is one) and name of each who changed its plan, beside its author.
    "ALTER TABLE campaign ADD COLUMN editors TEXT NOT NULL DEFAULT '[]'",
];
