//! Scopes as SQL.

use crate::entity::subscriber;
use crate::error::StoreError;
use crate::sql::{Sql, clean};
use crate::store::Store;
use crate::subscriber::row::lines;
use model::{DeviceId, Scope, SubscriberId};

/// A condition on the row of a subscriber of this alias.
pub fn write_person(scope: &Scope, alias: &str, sql: &mut Sql) {
    let mut first = true;
    let mut and = |sql: &mut Sql| {
        if !std::mem::take(&mut first) {
            sql.push(" AND ");
        }
    };
    for (column, values) in [("region", &scope.regions), ("partner", &scope.partners)] {
        if !values.is_empty() {
            and(sql);
            sql.push(alias).push(".").push(column);
            write_list(values, sql);
        }
    }
    if !scope.tags.is_empty() {
        and(sql);
        sql.push("EXISTS (SELECT 1 FROM subscriber_tag st WHERE st.subscriber_id = ")
            .push(alias)
            .push(".id AND st.tag");
        write_list(&scope.tags, sql);
        sql.push(")");
    }
    if first {
        sql.push("TRUE");
    }
}

/// A condition on who is at the line: `column` is the number of a subscriber, or null.
pub fn write_owner(scope: &Scope, column: &str, sql: &mut Sql) {
    sql.push("EXISTS (SELECT 1 FROM subscriber sp WHERE sp.id = ").push(column).push(" AND ");
    write_person(scope, "sp", sql);
    sql.push(")");
}

/// A condition on a device by its number: `column`.
pub fn write_device(scope: &Scope, column: &str, sql: &mut Sql) {
    sql.push("EXISTS (SELECT 1 FROM device sd WHERE sd.id = ").push(column).push(" AND ");
    write_owner(scope, "sd.subscriber_id", sql);
    sql.push(")");
}

/// A query of the devices in a scope; the column is `id`.
pub fn write_device_ids(scope: &Scope, sql: &mut Sql) {
    // CROSS JOIN keeps SQLite to this order of tables.
    sql.push("SELECT sd.id FROM subscriber sp CROSS JOIN device sd WHERE sd.subscriber_id = sp.id AND ");
    write_person(scope, "sp", sql);
}

/// The number of placeholders is a power of two, the last value repeated: few different statements.
fn write_list(values: &[String], sql: &mut Sql) {
    sql.push(" IN (");
    for index in 0..values.len().next_power_of_two() {
        sql.push(if index > 0 { ", " } else { "" });
        let value = values.get(index).or(values.last()).map(|value| clean(value)).unwrap_or_default();
        sql.bind(value);
    }
    sql.push(")");
}

/// Whether a subscriber's row is in it.
pub fn covers(scope: &Scope, row: &subscriber::Model) -> bool {
    scope.covers(&row.region, &row.partner, &lines(&row.tags))
}

impl Store {
    pub async fn device_is_in(&self, scope: &Scope, id: DeviceId) -> Result<bool, StoreError> {
        let mut sql = Sql::new("SELECT COUNT(*) FROM device d WHERE d.id = ");
        sql.bind(id.0).push(" AND ");
        write_owner(scope, "d.subscriber_id", &mut sql);
        Ok(self.number(sql).await? > 0)
    }

    /// Whether a device is in it, or at nobody's line.
    pub async fn device_is_in_or_free(&self, scope: &Scope, id: DeviceId) -> Result<bool, StoreError> {
        let mut sql = Sql::new("SELECT COUNT(*) FROM device d WHERE d.id = ");
        sql.bind(id.0).push(" AND (d.subscriber_id IS NULL OR ");
        write_owner(scope, "d.subscriber_id", &mut sql);
        sql.push(")");
        Ok(self.number(sql).await? > 0)
    }

    /// Those of these devices that are in it.
    pub async fn devices_in(&self, scope: &Scope, ids: &[DeviceId]) -> Result<Vec<DeviceId>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let mut sql = Sql::new("SELECT d.id FROM device d WHERE d.id IN (");
        sql.bind_table(&ids, self.backend()).push(") AND ");
        write_owner(scope, "d.subscriber_id", &mut sql);
        Ok(self.numbers(sql).await?.into_iter().map(DeviceId).collect())
    }

    pub async fn subscriber_is_in(&self, scope: &Scope, id: SubscriberId) -> Result<bool, StoreError> {
        let mut sql = Sql::new("SELECT COUNT(*) FROM subscriber sp WHERE sp.id = ");
        sql.bind(id.0).push(" AND ");
        write_person(scope, "sp", &mut sql);
        Ok(self.number(sql).await? > 0)
    }

    /// Those of these subscribers that are in it.
    pub async fn subscribers_in(&self, scope: &Scope, ids: &[SubscriberId]) -> Result<Vec<SubscriberId>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let mut sql = Sql::new("SELECT sp.id FROM subscriber sp WHERE sp.id IN (");
        sql.bind_table(&ids, self.backend()).push(") AND ");
        write_person(scope, "sp", &mut sql);
        Ok(self.numbers(sql).await?.into_iter().map(SubscriberId).collect())
    }

    async fn numbers(&self, sql: Sql) -> Result<Vec<i64>, StoreError> {
        use sea_orm::ConnectionTrait;
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
    }
}
