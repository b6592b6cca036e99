//! Writing an entry.

use super::chain::{GENESIS, digest};
use super::{NAME_MAX, NewAudit, bounded, entry};
use crate::entity::audit::{self, Model};
use crate::error::StoreError;
use crate::sql::{clean, statement};
use crate::store::Store;
use model::audit::{AuditEntry, FIELD_MAX};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait};

/// One writer at a time, of however many processes: who has it reads the head and writes the next. SQLite's transactions
/// that write exclude each other anyway. Given back at the end of the transaction.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7020542)";
const HEAD: &str = "SELECT * FROM audit ORDER BY id DESC LIMIT 1";
/// Where the chain stands when all entries were removed: never, as the last one stays; but an empty log may have an anchor
/// that somebody put there, and then the chain goes on from it, so that the check tells.
const ANCHOR: &str = "SELECT id, hash FROM audit_anchor ORDER BY id DESC LIMIT 1";

impl Store {
    /// Appends an entry; durable on return. A transaction of its own: it waits for other entries, never for sessions of
    /// devices on PostgreSQL, and for one batch of theirs at most on SQLite.
    pub async fn append_audit(&self, new: &NewAudit) -> Result<AuditEntry, StoreError> {
        let tx = self.begin().await?;
        let written = append(&tx, new).await?;
        tx.commit().await?;
        Ok(entry(written))
    }
}

/// Appends within a transaction, which holds the chain until it ends.
pub(super) async fn append(tx: &DatabaseTransaction, new: &NewAudit) -> Result<Model, StoreError> {
    let backend = tx.get_database_backend();
    let (last, previous) = head(tx).await?;
    let mut row = Model {
        id: last + 1,
        at: new.at.0,
        actor_kind: clean(&new.who.kind),
        actor_id: new.who.id,
        actor_name: bounded(&new.who.name, NAME_MAX),
        act: clean(&new.act),
        target_kind: clean(&new.target.kind),
        target_id: bounded(&new.target.id, NAME_MAX),
        target_label: bounded(&new.target.label, NAME_MAX),
        old_value: new.before.as_deref().map(|text| bounded(text, FIELD_MAX)),
        new_value: new.after.as_deref().map(|text| bounded(text, FIELD_MAX)),
        reason: bounded(&new.reason, FIELD_MAX),
        address: clean(&new.origin.address),
        user_agent: clean(&new.origin.user_agent),
        session_kind: clean(&new.origin.session),
        hash: Vec::new(),
    };
    row.hash = digest(&previous, &row);
    const INSERT: &str = "INSERT INTO audit (id, at, actor_kind, actor_id, actor_name, act, target_kind, target_id, \
         target_label, old_value, new_value, reason, address, user_agent, session_kind, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let values = [
        row.id.into(),
        row.at.into(),
        row.actor_kind.clone().into(),
        row.actor_id.into(),
        row.actor_name.clone().into(),
        row.act.clone().into(),
        row.target_kind.clone().into(),
        row.target_id.clone().into(),
        row.target_label.clone().into(),
        row.old_value.clone().into(),
        row.new_value.clone().into(),
        row.reason.clone().into(),
        row.address.clone().into(),
        row.user_agent.clone().into(),
        row.session_kind.clone().into(),
        row.hash.clone().into(),
    ];
    tx.execute_raw(statement(backend, INSERT, values)).await?;
    Ok(row)
}

/// Takes the chain for this transaction; the number and the hash of its last entry.
pub(super) async fn head(tx: &DatabaseTransaction) -> Result<(i64, Vec<u8>), StoreError> {
    let backend = tx.get_database_backend();
    if backend == DbBackend::Postgres {
        tx.execute_unprepared(LOCK).await?;
    }
    let last = audit::Entity::find().from_raw_sql(statement(backend, HEAD, [])).one(tx).await?;
    if let Some(last) = last {
        return Ok((last.id, last.hash));
    }
    Ok(anchor(tx).await?.unwrap_or((0, GENESIS.to_vec())))
}

/// The last entry that was removed by age, and its hash.
pub(super) async fn anchor(connection: &impl ConnectionTrait) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    let row = connection.query_one_raw(statement(connection.get_database_backend(), ANCHOR, [])).await?;
    Ok(row.map(|row| Ok::<_, sea_orm::DbErr>((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).transpose()?)
}
