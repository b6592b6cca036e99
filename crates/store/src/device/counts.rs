//! Numbers about the whole fleet. They read all of it (0.1 to 0.5 s for a million devices): callers cache them.

use crate::clock::now;
use crate::error::StoreError;
use crate::scope;
use crate::sql::Sql;
use crate::store::Store;
use model::device::{Facets, Overview};
use model::{Scope, Timestamp};
use sea_orm::ConnectionTrait;

/// Values offered in one filter: the most frequent.
const FACET_MAX: i64 = 200;

impl Store {
    /// The most frequent models, versions and makers with their counts, most frequent first; at most 200 each.
    pub async fn facets(&self, scope: Option<&Scope>) -> Result<Facets, StoreError> {
        let (models, software_versions, manufacturers) = tokio::try_join!(
            self.facet("model", scope),
            self.facet("software_version", scope),
            self.facet("manufacturer", scope)
        )?;
        Ok(Facets { models, software_versions, manufacturers, counted_at: now() })
    }

    async fn facet(&self, column: &str, scope: Option<&Scope>) -> Result<Vec<(String, u64)>, StoreError> {
        let mut sql = Sql::new(format!("SELECT {column}, COUNT(*) AS n FROM device d WHERE {column} <> ''"));
        write_scope(scope, &mut sql);
        sql.push(&format!(" GROUP BY {column} ORDER BY n DESC, {column} LIMIT ")).bind(FACET_MAX);
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        let pairs = rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index::<i64>(1)? as u64)));
        pairs.collect::<Result<_, sea_orm::DbErr>>().map_err(Into::into)
    }

    /// How the fleet is. Devices that reboot are in `devices` alone. `today`: when the day began.
    pub async fn overview(
        &self,
        scope: Option<&Scope>,
        now: Timestamp,
        today: Timestamp,
    ) -> Result<Overview, StoreError> {
        let mut sql = Sql::new("SELECT COUNT(*)");
        let condition = |sql: &mut Sql, condition: &str| {
            sql.push(", COUNT(CASE WHEN (rebooting_until IS NULL OR rebooting_until <= ").bind(now.0);
            sql.push(") AND ").push(condition);
        };
        condition(&mut sql, "late_at > ");
        sql.bind(now.0).push(" THEN 1 END)");
        condition(&mut sql, "late_at <= ");
        sql.bind(now.0).push(" AND overdue_at > ").bind(now.0).push(" THEN 1 END)");
        condition(&mut sql, "late_at <= ");
        sql.bind(now.0).push(" AND overdue_at <= ").bind(now.0).push(" THEN 1 END) FROM device d WHERE TRUE");
        write_scope(scope, &mut sql);
        let mut open = Sql::new("SELECT COUNT(*) FROM task t WHERE is_open");
        let mut failed = Sql::new("SELECT COUNT(*) FROM task t WHERE state = 'failed' AND updated_at >= ");
        failed.bind(today.0);
        for sql in [&mut open, &mut failed] {
            if let Some(scope) = scope {
                scope::write_device(scope, "t.device_id", sql.push(" AND "));
            }
        }
        let fleet = async {
            let row = self.0.read.query_one_raw(sql.into_statement(self.backend())).await?;
            row.ok_or_else(|| StoreError::Database("a count gave no row".to_owned()))
        };
        let (fleet, open, failed) = tokio::try_join!(fleet, self.number(open), self.number(failed))?;
        let count = |index| fleet.try_get_by_index::<i64>(index).map(|n| n as u64);
        Ok(Overview {
            devices: count(0)?,
            online: count(1)?,
            late: count(2)?,
            offline: count(3)?,
            open_tasks: open as u64,
            failed_tasks_today: failed as u64,
            counted_at: now,
        })
    }
}

fn write_scope(scope: Option<&Scope>, sql: &mut Sql) {
    if let Some(scope) = scope {
        scope::write_owner(scope, "d.subscriber_id", sql.push(" AND "));
    }
}
