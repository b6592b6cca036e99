//! Values that Informs carry, kept beside the blob: an Inform does not rewrite a tree.

use super::Tree;
use crate::entity::device_hot;
use crate::error::StoreError;
use crate::secret::{HOT, Vault};
use crate::sql::statement;
use crate::task::json;
use model::tree::ValueType;
use model::{DeviceId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most values beside a tree; the oldest go first. An Inform carries a few dozen.
const VALUES_MAX: usize = 512;

/// As JSON: `{"path": [type, value, read at]}`.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Hot(BTreeMap<String, (ValueType, String, i64)>);

/// Adds values to those that are there.
pub async fn merge(
    tx: &DatabaseTransaction,
    device: DeviceId,
    at: Timestamp,
    values: &[(String, ValueType, String)],
    vault: &Vault,
) -> Result<(), StoreError> {
    const READ: &str = "SELECT * FROM device_hot WHERE device_id = $1";
    const READ_LOCKED: &str = "SELECT * FROM device_hot WHERE device_id = $1 FOR UPDATE";
    const UPSERT: &str = "INSERT INTO device_hot (device_id, data) VALUES ($1, $2) \
         ON CONFLICT (device_id) DO UPDATE SET data = excluded.data";
    if values.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let read = if backend == DbBackend::Postgres { READ_LOCKED } else { READ };
    let row = device_hot::Entity::find().from_raw_sql(statement(backend, read, [device.0.into()])).one(tx).await?;
    // What cannot be read is replaced: these values come again with the next Inform.
    let mut hot: Hot = row
        .and_then(|row| serde_json::from_str(&vault.open_text(HOT, device, &row.data).ok()?).ok())
        .unwrap_or_default();
    for (path, value_type, value) in values {
        hot.0.insert(path.clone(), (*value_type, value.clone(), at.0));
    }
    while hot.0.len() > VALUES_MAX {
        let oldest = hot.0.iter().min_by_key(|(_, (_, _, at))| *at).map(|(path, _)| path.clone());
        let Some(oldest) = oldest else { break };
        hot.0.remove(&oldest);
    }
    tx.execute_raw(statement(backend, UPSERT, [device.0.into(), vault.seal_text(HOT, device, &json(&hot)?).into()]))
        .await?;
    Ok(())
}

/// Puts the values over a tree, unless it knows newer ones. The error is the reason in words.
pub fn overlay(tree: &mut Tree, row: &device_hot::Model, vault: &Vault) -> Result<(), String> {
    let data = vault.open_text(HOT, row.device_id, &row.data).map_err(|error| error.to_string())?;
    let hot: Hot = serde_json::from_str(&data).map_err(|error| error.to_string())?;
    for (path, (value_type, value, at)) in hot.0 {
        let newer = tree.get(&path).and_then(|node| node.read_at).is_some_and(|read_at| read_at.0 > at);
        if !newer {
            tree.set_value(&path, value_type, &value, Timestamp(at));
        }
    }
    Ok(())
}
