//! What happened to a subscriber.

use crate::entity::subscriber_event;
use crate::error::StoreError;
use crate::newest::{IdBound, newest_first};
use crate::sql::{Kind, Sql};
use crate::store::Store;
use model::page::{Cursor, Page};
use model::subscriber::{SubscriberEventKind, SubscriberEventView};
use model::{SubscriberId, Timestamp};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

impl Store {
    /// Newest first. A cursor that cannot be read begins at the first page.
    pub async fn subscriber_events(
        &self,
        id: SubscriberId,
        cursor: Option<&Cursor>,
        limit: u16,
    ) -> Result<Page<SubscriberEventView>, StoreError> {
        let page = newest_first(cursor, limit, |bound, order, limit| {
            let mut query = subscriber_event::Entity::find().filter(subscriber_event::Column::SubscriberId.eq(id.0));
            query = match bound {
                IdBound::None => query,
                IdBound::Below(id) => query.filter(subscriber_event::Column::Id.lt(id)),
                IdBound::Above(id) => query.filter(subscriber_event::Column::Id.gt(id)),
            };
            query.order_by(subscriber_event::Column::Id, order).limit(limit).all(&self.0.read)
        });
        let page = page.await?;
        let items = page.items.into_iter().map(event).collect::<Result<_, _>>()?;
        Ok(Page { items, previous: page.previous, next: page.next })
    }
}

fn event(row: subscriber_event::Model) -> Result<SubscriberEventView, StoreError> {
    let kind = serde_json::from_str(&row.kind)
        .map_err(|error| StoreError::corrupt(format!("subscriber event {}", row.id), error))?;
    Ok(SubscriberEventView {
        id: row.id,
        subscriber: SubscriberId(row.subscriber_id),
        at: Timestamp(row.at),
        kind,
        by: row.author,
    })
}

/// Writes entries: whose, what, by whom.
pub async fn insert_events(
    tx: &DatabaseTransaction,
    events: Vec<(i64, SubscriberEventKind, Option<String>)>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::with_capacity(events.len());
    for (id, kind, by) in &events {
        rows.push(json!({ "id": id, "kind": crate::task::json(kind)?, "author": by }));
    }
    let backend = tx.get_database_backend();
    let mut sql = Sql::new("INSERT INTO subscriber_event (subscriber_id, at, kind, author) SELECT r.id, CAST(");
    sql.bind(now.0).push(" AS BIGINT), r.kind, r.author FROM ");
    sql.bind_rows(&[("id", Kind::Number), ("kind", Kind::Text), ("author", Kind::Text)], &rows, backend);
    tx.execute_raw(sql.into_statement(backend)).await?;
    Ok(())
}
