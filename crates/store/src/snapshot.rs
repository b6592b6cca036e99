//! Escalations with what was known of a device: its contents as compressed JSON.

use crate::entity::snapshot;
use crate::error::StoreError;
use crate::sql::{clean, statement};
use crate::store::Store;
use model::snapshot::{Closed, Snapshot, SnapshotHead};
use model::{DeviceId, SnapshotId, Timestamp};
use sea_orm::EntityTrait;

/// Level of zstd: snapshots are few and kept for long.
const LEVEL: i32 = 9;
/// Largest content, in bytes of JSON.
const LARGEST: usize = 64 << 20;

impl Store {
    /// Fails with [`StoreError::NotFound`] without the device.
    pub async fn insert_snapshot(
        &self,
        device: DeviceId,
        by: &str,
        reason: &str,
        content: &Snapshot,
        now: Timestamp,
    ) -> Result<SnapshotHead, StoreError> {
        const INSERT: &str = "INSERT INTO snapshot (device_id, at, author, reason, content) \
             VALUES ($1, $2, $3, $4, $5) RETURNING *";
        let json = serde_json::to_vec(content).map_err(|error| StoreError::Invalid(error.to_string()))?;
        let packed = zstd::bulk::compress(&json, LEVEL).map_err(|error| StoreError::Invalid(error.to_string()))?;
        let values = [device.0.into(), now.0.into(), clean(by).into(), clean(reason).into(), packed.into()];
        let sql = statement(self.backend(), INSERT, values);
        let row = snapshot::Entity::find().from_raw_sql(sql).one(&self.0.write).await;
        let row = row.map_err(|error| StoreError::from(error).missing("device"))?;
        Ok(head(&row.ok_or(StoreError::NotFound { what: "snapshot" })?))
    }

    pub async fn snapshot(&self, id: SnapshotId) -> Result<Option<(SnapshotHead, Snapshot)>, StoreError> {
        let Some(row) = snapshot::Entity::find_by_id(id.0).one(&self.0.read).await? else { return Ok(None) };
        let corrupt = |error: String| StoreError::corrupt(format!("snapshot {id}"), error);
        let json = zstd::bulk::decompress(&row.content, LARGEST).map_err(|error| corrupt(error.to_string()))?;
        let content = serde_json::from_slice(&json).map_err(|error| corrupt(error.to_string()))?;
        Ok(Some((head(&row), content)))
    }

    /// `None` if there is none, or if it was closed already.
    pub async fn close_snapshot(
        &self,
        id: SnapshotId,
        by: &str,
        outcome: &str,
        now: Timestamp,
    ) -> Result<Option<SnapshotHead>, StoreError> {
        const UPDATE: &str = "UPDATE snapshot SET closed_at = $2, closed_by = $3, outcome = $4 \
             WHERE id = $1 AND closed_at IS NULL RETURNING *";
        let values = [id.0.into(), now.0.into(), clean(by).into(), clean(outcome).into()];
        let sql = statement(self.backend(), UPDATE, values);
        Ok(snapshot::Entity::find().from_raw_sql(sql).one(&self.0.write).await?.as_ref().map(head))
    }
}

fn head(row: &snapshot::Model) -> SnapshotHead {
    let closed = row.closed_at.map(|at| Closed {
        at: Timestamp(at),
        by: row.closed_by.clone().unwrap_or_default(),
        outcome: row.outcome.clone().unwrap_or_default(),
    });
    SnapshotHead {
        id: SnapshotId(row.id),
        device: DeviceId(row.device_id),
        at: Timestamp(row.at),
        by: row.author.clone(),
        reason: row.reason.clone(),
        closed,
    }
}
