//! Devices that should be alike.

use super::DeviceRecord;
use crate::error::StoreError;
use crate::sql::statement;
use crate::store::Store;
use model::DeviceId;
use sea_orm::ConnectionTrait;

/// Of the devices of one model and firmware that many are looked at: those that checked in last.
const PEERS: &str = "SELECT id FROM (SELECT id, oui, tree_read_at FROM device WHERE model = $1 AND software_version = $2 \
     ORDER BY inform_bucket DESC, id DESC LIMIT 200) AS newest WHERE oui = $3 AND id <> $4 AND tree_read_at IS NOT NULL \
     ORDER BY tree_read_at DESC, id LIMIT $5";

impl Store {
    /// Devices of the same maker, model and firmware whose tree was read whole, those read last first; at most `limit`.
    /// Costs the same however many there are.
    pub async fn peers(&self, of: &DeviceRecord, limit: u16) -> Result<Vec<DeviceId>, StoreError> {
        let values = [
            of.model.as_str().into(),
            of.software_version.as_str().into(),
            of.identity.oui.as_str().into(),
            of.id.0.into(),
            i64::from(limit).into(),
        ];
        let rows = self.0.read.query_all_raw(statement(self.backend(), PEERS, values)).await?;
        rows.iter().map(|row| Ok(DeviceId(row.try_get_by_index(0)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::PEERS;
    use crate::sql::statement;
    use crate::testing::{Kind, run};
    use sea_orm::{ConnectionTrait, DbBackend};

    #[tokio::test]
    async fn peers_are_found_by_an_index_in_its_order() {
        run(Kind::Sqlite, |database| async move {
            let store = database.store();
            let explain = format!("EXPLAIN QUERY PLAN {PEERS}");
            let values = ["M".into(), "1".into(), "O".into(), 1_i64.into(), 20_i64.into()];
            let rows = store.0.read.query_all_raw(statement(DbBackend::Sqlite, &explain, values)).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
            assert!(plan.iter().any(|line| line.contains("device_model_software")), "{plan:#?}");
            let sorts = plan.iter().filter(|line| line.contains("FOR ORDER BY")).count();
            assert!(sorts <= 1, "only the few that are left are sorted: {plan:#?}");
        })
        .await;
    }
}
