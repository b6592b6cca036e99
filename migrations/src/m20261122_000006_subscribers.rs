//! More of subscribers: several phones, plans with speeds, time zones, tags, serial numbers; how devices find them;
//! notes; tokens of the API.

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
    // The user in lower case, without what follows the `@`.
    "ALTER TABLE subscriber ADD COLUMN ppp_key {key} NOT NULL DEFAULT ''",
    // How many devices are at the line: repeated here, so that the list can be filtered by it.
    "ALTER TABLE subscriber ADD COLUMN devices BIGINT NOT NULL DEFAULT 0",
    "UPDATE subscriber SET devices = (SELECT COUNT(*) FROM device WHERE device.subscriber_id = subscriber.id)",
    "CREATE INDEX subscriber_ppp ON subscriber (ppp_key) WHERE ppp_key <> ''",
    "CREATE INDEX subscriber_plan ON subscriber (plan, name_key, id)",
    "CREATE INDEX subscriber_without_device ON subscriber (name_key, id) WHERE devices = 0",
    "DROP INDEX subscriber_serial",
    // Which devices, known or not yet, belong to whom: a serial number to one at most.
    "CREATE TABLE subscriber_serial (
        serial {key} PRIMARY KEY NOT NULL,
        subscriber_id BIGINT NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE
    )",
    "CREATE INDEX subscriber_serial_owner ON subscriber_serial (subscriber_id)",
    // Of several that said the same, the last.
    "INSERT INTO subscriber_serial (serial, subscriber_id)
        SELECT device_serial, MAX(id) FROM subscriber WHERE device_serial <> '' GROUP BY device_serial",
    "ALTER TABLE subscriber DROP COLUMN device_serial",
    "CREATE TABLE subscriber_tag (
        tag {key} NOT NULL,
        subscriber_id BIGINT NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,
        PRIMARY KEY (tag, subscriber_id)
    )",
    "CREATE INDEX subscriber_tag_owner ON subscriber_tag (subscriber_id)",
    // `kind` is JSON.
    "CREATE TABLE subscriber_event (
        id {id},
        subscriber_id BIGINT NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,
        at BIGINT NOT NULL,
        kind TEXT NOT NULL,
        author TEXT
    )",
    "CREATE INDEX subscriber_event_owner ON subscriber_event (subscriber_id, id)",
    // What links go by. `link_account` is the account in the provisioning code, `ppp_key` as with subscribers.
    // `link_source`: 0 nobody yet, 1 a person (who may also have said: nobody), 2 a rule. `link_conflict` is JSON: the
    // accounts that all fit.
    "ALTER TABLE device ADD COLUMN provisioning_code TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE device ADD COLUMN ppp_user TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE device ADD COLUMN link_account {key} NOT NULL DEFAULT ''",
    "ALTER TABLE device ADD COLUMN ppp_key {key} NOT NULL DEFAULT ''",
    "ALTER TABLE device ADD COLUMN link_source BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE device ADD COLUMN link_conflict TEXT NOT NULL DEFAULT ''",
    "UPDATE device SET link_source = 2 WHERE subscriber_id IS NOT NULL",
    "CREATE INDEX device_link_account ON device (link_account) WHERE link_account <> ''",
    "CREATE INDEX device_ppp ON device (ppp_key) WHERE ppp_key <> ''",
    // `hash` is the SHA-256 of the token; the token itself is nowhere.
    "CREATE TABLE api_token (
        id {id},
        name TEXT NOT NULL,
        hash {key} NOT NULL UNIQUE,
        role TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        created_by TEXT NOT NULL,
        expires_at BIGINT,
        used_at BIGINT,
        revoked_at BIGINT
    )",
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
