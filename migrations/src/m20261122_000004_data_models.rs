//! Data models that were imported, each as one compressed table.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, TABLES).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const TABLES: &[&str] = &["CREATE TABLE data_model (
        name {key} PRIMARY KEY NOT NULL,
        root TEXT NOT NULL,
        content {bytes} NOT NULL,
        objects BIGINT NOT NULL,
        parameters BIGINT NOT NULL,
        imported_at BIGINT NOT NULL
    )"];
