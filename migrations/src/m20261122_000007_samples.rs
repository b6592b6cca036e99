//! A few numbers of each device over time.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// One row for a device and an hour (since 1970) in which something was read of it; `data` is `series,second,value;`
/// again and again, appended to without being read.
const SCHEMA: [&str; 2] = [
    "CREATE TABLE sample (
        device_id BIGINT NOT NULL REFERENCES device (id) ON DELETE CASCADE,
        hour BIGINT NOT NULL,
        data TEXT NOT NULL,
        PRIMARY KEY (device_id, hour)
    )",
    "CREATE INDEX sample_hour ON sample (hour)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, &SCHEMA).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
