//! What the whole protocol needs to know of a device: ways to wake it, whether it may take part, its own credentials,
//! what an operator decided about it, and why it is left alone.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, COLUMNS).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const COLUMNS: &[&str] = &[
    "ALTER TABLE device ADD COLUMN retry_count BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE device ADD COLUMN udp_address TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE device ADD COLUMN jabber_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE device ADD COLUMN reach TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE device ADD COLUMN enrolment BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE device ADD COLUMN cpe_username TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE device ADD COLUMN cpe_password TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE device ADD COLUMN overrides TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE device ADD COLUMN stuck_at BIGINT",
    "ALTER TABLE device ADD COLUMN stuck_reason TEXT",
    // Few devices wait for approval or are stuck: both lists stay small whatever the fleet's size.
    "CREATE INDEX device_enrolment ON device (enrolment, id) WHERE enrolment <> 0",
    "CREATE INDEX device_stuck ON device (stuck_at, id) WHERE stuck_at IS NOT NULL",
];
