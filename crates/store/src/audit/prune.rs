//! Removing old entries, so that the chain can still be checked.

use super::NewAudit;
use super::append::{append, head};
use crate::entity::audit::{self, Model};
use crate::error::StoreError;
use crate::sql::statement;
use crate::store::Store;
use model::Timestamp;
use model::audit::{Act, Target, Who};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde::{Deserialize, Serialize};

/// Entries that are removed at once.
const BATCH: i64 = 5000;

/// What the entry says that takes their place.
#[derive(Serialize, Deserialize)]
struct Removed {
    from: i64,
    to: i64,
    /// Of the last one that is gone, in hexadecimal digits.
    hash: String,
}

/// The last entry that this one says was removed, and its hash.
pub(super) fn removed(row: &Model) -> Option<(i64, Vec<u8>)> {
    if row.act != Act::AuditPruned.as_str() {
        return None;
    }
    let said: Removed = serde_json::from_str(row.new_value.as_deref()?).ok()?;
    Some((said.to, hex::decode(said.hash).ok()?))
}

impl Store {
    /// Removes the oldest entries, some thousand at a time, as far as all up to them are older than `before`: how many.
    /// Call it again until it is 0. In the same transaction an entry is appended that says which are gone and with which
    /// hash they ended, and the anchor is set on which the check then stands.
    pub async fn prune_audit(&self, before: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        // The first that stays: clocks may have been turned back, and the chain is cut in one place only.
        const STAYS: &str = "SELECT MIN(id) FROM audit WHERE at >= $1";
        const FIRST: &str = "SELECT MIN(id) FROM audit";
        const LAST_GONE: &str = "SELECT * FROM audit WHERE id = $1";
        const ANCHOR: &str = "INSERT INTO audit_anchor (id, hash) VALUES ($1, $2)";
        const DELETE: &str = "DELETE FROM audit WHERE id <= $1";
        let backend = self.backend();
        let tx = self.begin().await?;
        let (newest, _) = head(&tx).await?;
        let number = async |text: &str, values: Vec<sea_orm::Value>| -> Result<Option<i64>, StoreError> {
            let row = tx.query_one_raw(statement(backend, text, values)).await?;
            Ok(row.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose()?.flatten())
        };
        let Some(first) = number(FIRST, Vec::new()).await? else { return Ok(0) };
        let stays = number(STAYS, vec![before.0.into()]).await?.unwrap_or(newest);
        let to = (stays - 1).min(first + BATCH - 1);
        if to < first {
            return Ok(0);
        }
        let last = audit::Entity::find().from_raw_sql(statement(backend, LAST_GONE, [to.into()])).one(&tx).await?;
        // A gap: somebody was there before. Nothing is removed, so that the check still tells.
        let Some(last) = last else {
            return Err(StoreError::corrupt("the audit log", format!("entry {to} is missing; nothing was removed")));
        };
        let said = Removed { from: first, to, hash: hex::encode(&last.hash) };
        let new = NewAudit {
            at: now,
            who: Who { kind: "system".to_owned(), id: None, name: "Lastmile".to_owned() },
            act: Act::AuditPruned.as_str().to_owned(),
            target: Target::new("audit", "", format!("Entries {first} to {to}")),
            after: Some(crate::task::json(&said)?),
            ..NewAudit::default()
        };
        append(&tx, &new).await?;
        tx.execute_raw(statement(backend, ANCHOR, [to.into(), last.hash.into()])).await?;
        let gone = tx.execute_raw(statement(backend, DELETE, [to.into()])).await?.rows_affected();
        tx.commit().await?;
        Ok(gone)
    }
}
