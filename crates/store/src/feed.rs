//! What other programs read: tasks by id, and the events of all devices, forwards.

use crate::entity::{event, task};
use crate::error::StoreError;
use crate::sql::{Sql, statement};
use crate::store::Store;
use crate::task::{TaskRecord, record as task_record};
use model::event::EventView;
use model::{TaskId, Timestamp};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

/// How long a number that is missing between events is waited for, in milliseconds: longer than any transaction lasts.
const SETTLED_MS: i64 = 30_000;

/// Events in the order of their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    pub events: Vec<EventView>,
    /// Up to here nothing will come any more.
    pub upto: i64,
    /// There was more than was asked for.
    pub more: bool,
}

impl Store {
    /// Events of all devices with ids above `after`, oldest first, at most `limit`.
    ///
    /// Ids are given before a transaction ends, so that a smaller one may appear after a larger one. Where a number is
    /// missing, younger events behind it are kept back for half a minute: who reads on by id misses nothing.
    pub async fn events_after(&self, after: i64, limit: u16, now: Timestamp) -> Result<Feed, StoreError> {
        let mut sql = Sql::new("SELECT * FROM event WHERE id > ");
        sql.bind(after).push(" ORDER BY id LIMIT ").bind(i64::from(limit) + 1);
        let rows = event::Entity::find().from_raw_sql(sql.into_statement(self.backend())).all(&self.0.read).await?;
        let more = rows.len() > usize::from(limit);
        let mut feed = Feed { events: Vec::with_capacity(rows.len()), upto: after, more };
        for row in rows.into_iter().take(usize::from(limit)) {
            if row.id != feed.upto + 1 && now.since(Timestamp(row.at)) < SETTLED_MS {
                feed.more = false;
                break;
            }
            feed.upto = row.id;
            feed.events.push(crate::event::view(row)?);
        }
        Ok(feed)
    }

    /// The id of the newest event; 0 without any.
    pub async fn newest_event(&self) -> Result<i64, StoreError> {
        const NEWEST: &str = "SELECT COALESCE(MAX(id), 0) FROM event";
        let row = self.0.read.query_one_raw(statement(self.backend(), NEWEST, [])).await?;
        row.map_or(Ok(0), |row| Ok(row.try_get_by_index(0)?))
    }

    /// Those of these tasks that there are, by id.
    pub async fn tasks_by_id(&self, ids: &[TaskId]) -> Result<Vec<TaskRecord>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let query = task::Entity::find().filter(task::Column::Id.is_in(ids)).order_by_asc(task::Column::Id);
        query.all(&self.0.read).await?.into_iter().map(|row| task_record(row, &self.0.vault)).collect()
    }
}
