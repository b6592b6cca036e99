//! Events as they are stored. They are written by [`Store::commit`](crate::Store::commit) and read as a timeline.

use crate::entity::event;
use crate::error::StoreError;
use crate::sql::statement;
use crate::store::Store;
use model::event::EventView;
use model::{DeviceId, EventId, Timestamp};
use sea_orm::ConnectionTrait;

impl Store {
    /// When a device booted since a moment, newest first, as far as its newest entries say: a bounded number of them is
    /// looked at.
    pub async fn boots(&self, device: DeviceId, since: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
        const BOOTS: &str = "SELECT at FROM (SELECT at, kind FROM event WHERE device_id = $1 ORDER BY id DESC LIMIT 500) \
             AS newest WHERE at >= $2 AND kind LIKE '{\"event\":\"boot\"%' ORDER BY at DESC";
        let values = [device.0.into(), since.0.into()];
        let rows = self.0.read.query_all_raw(statement(self.backend(), BOOTS, values)).await?;
        rows.iter().map(|row| Ok(Timestamp(row.try_get_by_index(0)?))).collect()
    }
}

pub(crate) fn view(row: event::Model) -> Result<EventView, StoreError> {
    let kind =
        serde_json::from_str(&row.kind).map_err(|error| StoreError::corrupt(format!("event {}", row.id), error))?;
    Ok(EventView { id: EventId(row.id), device: DeviceId(row.device_id), at: Timestamp(row.at), kind, by: row.author })
}
