//! What happened to a campaign, in its own log.

use crate::error::StoreError;
use crate::sql::{Sql, clean, statement};
use crate::store::Store;
use crate::task::json;
use model::campaign::{CampaignLog, CampaignLogKind, NoticeKind};
use model::{CampaignId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

pub(super) async fn write(
    tx: &DatabaseTransaction,
    id: CampaignId,
    at: Timestamp,
    entries: &[(Option<String>, CampaignLogKind)],
) -> Result<(), StoreError> {
    const INSERT: &str =
        "INSERT INTO campaign_log (campaign_id, at, author, kind) VALUES ($1, $2, $3, $4) RETURNING id";
    const NOTICE: &str = "INSERT INTO campaign_notice (log_id) VALUES ($1)";
    let backend = tx.get_database_backend();
    for (by, kind) in entries {
        let values = [id.0.into(), at.0.into(), by.as_deref().map(clean).into(), json(kind)?.into()];
        let row = tx.query_one_raw(statement(backend, INSERT, values)).await?;
        let row = row.ok_or_else(|| StoreError::Database("an entry was written but not returned".to_owned()))?;
        // Told in the transaction of what happened: whatever stops in between, others hear of it.
        if NoticeKind::of(kind).is_some() {
            let number: i64 = row.try_get_by_index(0)?;
            tx.execute_raw(statement(backend, NOTICE, [number.into()])).await?;
        }
    }
    Ok(())
}

impl Store {
    /// The newest first; each with its number, which is a cursor for the next page.
    pub async fn campaign_log(
        &self,
        id: CampaignId,
        before: Option<i64>,
        limit: u16,
    ) -> Result<Vec<(i64, CampaignLog)>, StoreError> {
        let mut sql = Sql::new("SELECT id, at, author, kind FROM campaign_log WHERE campaign_id = ");
        sql.bind(id.0).push(" AND id < ").bind(before.unwrap_or(i64::MAX));
        sql.push(" ORDER BY id DESC LIMIT ").bind(i64::from(limit));
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            let number: i64 = row.try_get_by_index(0)?;
            let kind: String = row.try_get_by_index(3)?;
            let kind = serde_json::from_str(&kind)
                .map_err(|error| StoreError::corrupt(format!("entry {number} of a campaign's log"), error))?;
            let entry = CampaignLog { at: Timestamp(row.try_get_by_index(1)?), by: row.try_get_by_index(2)?, kind };
            entries.push((number, entry));
        }
        Ok(entries)
    }
}
