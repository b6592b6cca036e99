//! One-time links, second factors, passkeys, single sign-on; whose sessions of the portal are.

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
    // `password_hash` is empty as long as nobody set a password.
    "ALTER TABLE agent ADD COLUMN signed_in_at BIGINT",
    // `hash` is SHA-256 of the token, in hexadecimal digits. `kind` is `model::person::LinkKind`. A used link is deleted.
    "CREATE TABLE agent_link (
        hash {key} PRIMARY KEY,
        agent_id BIGINT NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        created_by TEXT NOT NULL,
        expires_at BIGINT NOT NULL
    )",
    "CREATE INDEX agent_link_agent ON agent_link (agent_id)",
    // `step` is the last step of time whose code was taken.
    "CREATE TABLE agent_totp (
        agent_id BIGINT PRIMARY KEY REFERENCES agent (id) ON DELETE CASCADE,
        secret TEXT NOT NULL,
        step BIGINT NOT NULL,
        since BIGINT NOT NULL
    )",
    // Recovery codes by SHA-256. A used one is deleted.
    "CREATE TABLE agent_code (
        agent_id BIGINT NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
        hash {key} NOT NULL,
        PRIMARY KEY (agent_id, hash)
    )",
    // `credential` is its id in base64url, `algorithm` that of COSE.
    "CREATE TABLE passkey (
        id {id},
        agent_id BIGINT NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
        credential {key} NOT NULL UNIQUE,
        algorithm BIGINT NOT NULL,
        public_key {bytes} NOT NULL,
        counter BIGINT NOT NULL,
        name TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        used_at BIGINT
    )",
    "CREATE INDEX passkey_agent ON passkey (agent_id)",
    "CREATE TABLE agent_identity (
        issuer {key} NOT NULL,
        subject {key} NOT NULL,
        agent_id BIGINT NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
        label TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (issuer, subject)
    )",
    "CREATE INDEX agent_identity_agent ON agent_identity (agent_id)",
    // From here on `id` is SHA-256 of what the browser has: sessions of before are ended.
    "DELETE FROM web_session",
    "ALTER TABLE web_session ADD COLUMN agent_id BIGINT REFERENCES agent (id) ON DELETE CASCADE",
    "ALTER TABLE web_session ADD COLUMN since BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE web_session ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE web_session ADD COLUMN address TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE web_session ADD COLUMN browser TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX web_session_agent ON web_session (agent_id) WHERE agent_id IS NOT NULL",
];
