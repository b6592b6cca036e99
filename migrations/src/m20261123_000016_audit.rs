//! The audit log: a chain of entries that the database itself lets nobody change.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, TABLES).await?;
        portable::run(manager, if portable::is_postgres(manager) { GUARDS_POSTGRES } else { GUARDS_SQLITE }).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const TABLES: &[&str] = &[
    // `id` is the place in the chain, given while the chain is locked; `hash` covers the entry before and all columns but
    // itself (see `store::audit::chain`).
    "CREATE TABLE audit (
        id BIGINT NOT NULL PRIMARY KEY,
        at BIGINT NOT NULL,
        actor_kind {key} NOT NULL,
        actor_id BIGINT,
        actor_name {key} NOT NULL,
        act {key} NOT NULL,
        target_kind {key} NOT NULL,
        target_id {key} NOT NULL,
        target_label TEXT NOT NULL,
        old_value TEXT,
        new_value TEXT,
        reason TEXT NOT NULL,
        address TEXT NOT NULL,
        user_agent TEXT NOT NULL,
        session_kind TEXT NOT NULL,
        hash {bytes} NOT NULL
    )",
    "CREATE INDEX audit_at ON audit (at, id)",
    "CREATE INDEX audit_actor ON audit (actor_name, at, id)",
    "CREATE INDEX audit_act ON audit (act, at, id)",
    "CREATE INDEX audit_target ON audit (target_kind, target_id, at, id)",
    // Where the chain begins after entries were removed by age: the last one that is gone, and its hash. Entries up to it
    // may be deleted; an entry of the chain says the same.
    "CREATE TABLE audit_anchor (
        id BIGINT NOT NULL PRIMARY KEY,
        hash {bytes} NOT NULL
    )",
];

const GUARDS_SQLITE: &[&str] = &[
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
     BEGIN SELECT RAISE(ABORT, 'entries of the audit log are never changed'); END",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
     WHEN OLD.id > COALESCE((SELECT MAX(id) FROM audit_anchor), 0)
     BEGIN SELECT RAISE(ABORT, 'entries of the audit log are never deleted'); END",
    // INSERT OR REPLACE deletes without asking the trigger above.
    "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
     WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
     BEGIN SELECT RAISE(ABORT, 'entries of the audit log are never replaced'); END",
    "CREATE TRIGGER audit_anchor_no_update BEFORE UPDATE ON audit_anchor
     BEGIN SELECT RAISE(ABORT, 'anchors of the audit log are never changed'); END",
    "CREATE TRIGGER audit_anchor_no_delete BEFORE DELETE ON audit_anchor
     BEGIN SELECT RAISE(ABORT, 'anchors of the audit log are never deleted'); END",
];

const GUARDS_POSTGRES: &[&str] = &[
    "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN RAISE EXCEPTION 'entries of the audit log are never changed or deleted'; END $$",
    "CREATE FUNCTION audit_refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
         IF OLD.id > COALESCE((SELECT MAX(id) FROM audit_anchor), 0) THEN
             RAISE EXCEPTION 'entries of the audit log are never deleted';
         END IF;
         RETURN OLD;
     END $$",
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse_delete()",
    "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_anchor_no_change BEFORE UPDATE OR DELETE ON audit_anchor
     FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_anchor_no_truncate BEFORE TRUNCATE ON audit_anchor
     FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
];
