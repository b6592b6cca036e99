//! More of subscribers: several phones, plans with speeds, time zones, tags; notes.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, SUBSCRIBERS).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const SUBSCRIBERS: &[&str] = &[
    // One a line; after a tab, what it is: `Mobile`. A number alone is such a text already.
    "ALTER TABLE subscriber RENAME COLUMN phone TO phones",
    "ALTER TABLE subscriber ADD COLUMN locality TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE subscriber ADD COLUMN plan_down_kbit BIGINT",
    "ALTER TABLE subscriber ADD COLUMN plan_up_kbit BIGINT",
    "ALTER TABLE subscriber ADD COLUMN time_zone TEXT NOT NULL DEFAULT ''",
    // One a line.
    "ALTER TABLE subscriber ADD COLUMN tags TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE subscriber ADD COLUMN ppp_user TEXT NOT NULL DEFAULT ''",
    // Its name is the table's from here on.
    "DROP INDEX subscriber_phone",
    "CREATE INDEX subscriber_digits ON subscriber (phone_digits) WHERE phone_digits <> ''",
    // The digits of a subscriber's phones after the first, whose are in `subscriber.phone_digits`: most have one.
    "CREATE TABLE subscriber_phone (
        digits {key} NOT NULL,
        subscriber_id BIGINT NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,
        PRIMARY KEY (digits, subscriber_id)
    )",
    "CREATE INDEX subscriber_phone_owner ON subscriber_phone (subscriber_id)",
    // About a subscriber, a device, or both. `agent_id` is whose it is to change; the name stays as it was.
    "CREATE TABLE note (
        id {id},
        subscriber_id BIGINT REFERENCES subscriber (id) ON DELETE CASCADE,
        device_id BIGINT REFERENCES device (id) ON DELETE SET NULL,
        at BIGINT NOT NULL,
        edited_at BIGINT,
        agent_id BIGINT,
        author TEXT NOT NULL,
        text TEXT NOT NULL
    )",
    "CREATE INDEX note_subscriber ON note (subscriber_id, id) WHERE subscriber_id IS NOT NULL",
    "CREATE INDEX note_device ON note (device_id, id) WHERE device_id IS NOT NULL",
];
