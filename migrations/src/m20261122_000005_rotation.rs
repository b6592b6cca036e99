//! The password that a device was given and has not used yet.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, &["ALTER TABLE device ADD COLUMN cpe_pending TEXT NOT NULL DEFAULT ''"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
