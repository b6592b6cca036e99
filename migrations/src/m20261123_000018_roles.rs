//! Roles that an operator makes; which part of the fleet agents and tokens are for; regions and partners of subscribers.

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
    // `name_key` is the name in lower case, `permissions` JSON of `model::Permissions`.
    "CREATE TABLE role (
        id {id},
        name TEXT NOT NULL,
        name_key {key} NOT NULL UNIQUE,
        permissions TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        created_by TEXT NOT NULL
    )",
    // JSON of `model::Scope`.
    "ALTER TABLE agent ADD COLUMN scope TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE api_token ADD COLUMN scope TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE subscriber ADD COLUMN region {key} NOT NULL DEFAULT ''",
    "ALTER TABLE subscriber ADD COLUMN partner {key} NOT NULL DEFAULT ''",
    "CREATE INDEX subscriber_region ON subscriber (region, name_key, id) WHERE region <> ''",
    "CREATE INDEX subscriber_partner ON subscriber (partner, name_key, id) WHERE partner <> ''",
];
