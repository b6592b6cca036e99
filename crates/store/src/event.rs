//! The timeline of a device. Events are written by [`Store::commit`].

use crate::entity::event;
use crate::error::StoreError;
use crate::newest::{IdBound, newest_first};
use crate::store::Store;
use model::event::EventView;
use model::page::{Cursor, Page};
use model::{DeviceId, EventId, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

impl Store {
    /// Newest first. A cursor that cannot be read begins at the first page.
    pub async fn events(
        &self,
        device: DeviceId,
        cursor: Option<&Cursor>,
        limit: u16,
    ) -> Result<Page<EventView>, StoreError> {
        let page = newest_first(cursor, limit, |bound, order, limit| {
            let mut query = event::Entity::find().filter(event::Column::DeviceId.eq(device.0));
            query = match bound {
                IdBound::None => query,
                IdBound::Below(id) => query.filter(event::Column::Id.lt(id)),
                IdBound::Above(id) => query.filter(event::Column::Id.gt(id)),
            };
            query.order_by(event::Column::Id, order).limit(limit).all(&self.0.read)
        });
        let page = page.await?;
        let items = page.items.into_iter().map(view).collect::<Result<_, _>>()?;
        Ok(Page { items, previous: page.previous, next: page.next })
    }
}

fn view(row: event::Model) -> Result<EventView, StoreError> {
    let kind =
        serde_json::from_str(&row.kind).map_err(|error| StoreError::corrupt(format!("event {}", row.id), error))?;
    Ok(EventView { id: EventId(row.id), device: DeviceId(row.device_id), at: Timestamp(row.at), kind, by: row.author })
}
