//! Subscribers: people and firms with a line, and the devices at their lines.

mod draft;
mod history;
pub(crate) mod link;
mod list;
mod put;
pub(crate) mod row;

pub use link::{HandLink, Linked};
pub use put::{Put, PutMany, PutOptions};
pub(crate) use row::{phone_digits, view};

use crate::entity::{device, subscriber};
use crate::error::StoreError;
use crate::sql::{Sql, clean, statement};
use crate::store::Store;
use model::device::DeviceRow;
use model::subscriber::SubscriberView;
use model::{DeviceId, SubscriberId};
use sea_orm::{ConnectionTrait, EntityTrait};
use std::collections::HashMap;

/// Most devices of one subscriber that are shown.
const DEVICES_MAX: i64 = 200;

impl Store {
    pub async fn subscriber(&self, id: SubscriberId) -> Result<Option<SubscriberView>, StoreError> {
        Ok(subscriber::Entity::find_by_id(id.0).one(&self.0.read).await?.map(view))
    }

    pub async fn subscriber_by_account(&self, account: &str) -> Result<Option<SubscriberView>, StoreError> {
        const BY_ACCOUNT: &str = "SELECT * FROM subscriber WHERE account = $1";
        let sql = statement(self.backend(), BY_ACCOUNT, [clean(account.trim()).into()]);
        Ok(subscriber::Entity::find().from_raw_sql(sql).one(&self.0.read).await?.map(view))
    }

    /// The devices at a line, in the order in which they were first seen; at most 200.
    pub async fn devices_of(&self, id: SubscriberId) -> Result<Vec<DeviceRow>, StoreError> {
        let mut sql = Sql::new("SELECT * FROM device WHERE subscriber_id = ");
        sql.bind(id.0).push(" ORDER BY id LIMIT ").bind(DEVICES_MAX);
        let sql = sql.into_statement(self.backend());
        let devices = device::Entity::find().from_raw_sql(sql).all(&self.0.read).await?;
        self.device_rows(devices).await
    }

    /// The serial numbers that belong to a subscriber, known devices or not.
    pub async fn serials_of(&self, id: SubscriberId) -> Result<Vec<String>, StoreError> {
        const SELECT: &str = "SELECT serial FROM subscriber_serial WHERE subscriber_id = $1 ORDER BY serial";
        let rows = self.0.read.query_all_raw(statement(self.backend(), SELECT, [id.0.into()])).await?;
        Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
    }

    /// Whose these devices are now.
    pub async fn owners(&self, devices: &[DeviceId]) -> Result<HashMap<DeviceId, SubscriberView>, StoreError> {
        let ids: Vec<i64> = devices.iter().map(|device| device.0).collect();
        let mut sql = Sql::new("SELECT id, subscriber_id FROM device WHERE subscriber_id IS NOT NULL AND id IN (");
        sql.bind_table(&ids, self.backend()).push(")");
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        let pairs = rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)));
        let pairs: Vec<(i64, i64)> = pairs.collect::<Result<_, sea_orm::DbErr>>()?;
        let mut owners: Vec<i64> = pairs.iter().map(|(_, owner)| *owner).collect();
        owners.sort_unstable();
        owners.dedup();
        let views = self.subscribers(&owners).await?;
        let owned =
            pairs.into_iter().filter_map(|(device, owner)| Some((DeviceId(device), views.get(&owner)?.clone())));
        Ok(owned.collect())
    }

    /// The accounts that all fit to a device, so that rules put it nowhere; empty if there is no such trouble.
    pub async fn link_conflict(&self, id: DeviceId) -> Result<Vec<String>, StoreError> {
        const SELECT: &str = "SELECT link_conflict FROM device WHERE id = $1";
        let row = self.0.read.query_one_raw(statement(self.backend(), SELECT, [id.0.into()])).await?;
        let text: String = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}
