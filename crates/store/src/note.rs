//! Notes of agents about subscribers and devices.

use crate::entity::note;
use crate::error::StoreError;
use crate::newest::{IdBound, newest_first};
use crate::sql::{clean, statement};
use crate::store::Store;
use model::note::NoteScope;
use model::page::{Cursor, Page};
use model::{AgentId, DeviceId, NoteId, SubscriberId, Timestamp};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// A note to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNote {
    pub scope: NoteScope,
    /// Whose it is to change; `None`: nobody's.
    pub agent: Option<AgentId>,
    /// The author's name, as it stays.
    pub by: String,
    pub text: String,
    pub now: Timestamp,
}

/// A note as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteRecord {
    pub id: NoteId,
    pub subscriber: Option<SubscriberId>,
    pub device: Option<DeviceId>,
    pub at: Timestamp,
    pub edited_at: Option<Timestamp>,
    pub agent: Option<AgentId>,
    pub by: String,
    pub text: String,
}

impl Store {
    /// A note at a device belongs to its subscriber of this moment, too. Fails with [`StoreError::NotFound`] without the
    /// device or subscriber.
    pub async fn insert_note(&self, new: &NewNote) -> Result<NoteRecord, StoreError> {
        const INSERT: &str = "INSERT INTO note (device_id, subscriber_id, at, agent_id, author, text) ";
        let select = match new.scope {
            NoteScope::Device(_) => {
                "SELECT id, subscriber_id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), $4, $5 FROM device WHERE id = $1"
            }
            NoteScope::Subscriber(_) => {
                "SELECT CAST(NULL AS BIGINT), id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), $4, $5 FROM subscriber WHERE id = $1"
            }
        };
        let (NoteScope::Device(DeviceId(id)) | NoteScope::Subscriber(SubscriberId(id))) = new.scope;
        let values = [
            id.into(),
            new.now.0.into(),
            new.agent.map(|agent| agent.0).into(),
            clean(&new.by).into(),
            clean(&new.text).into(),
        ];
        let sql = statement(self.backend(), &format!("{INSERT}{select} RETURNING *"), values);
        let row = note::Entity::find().from_raw_sql(sql).one(&self.0.write).await?;
        let what = if matches!(new.scope, NoteScope::Device(_)) { "device" } else { "subscriber" };
        row.map(record).ok_or(StoreError::NotFound { what })
    }

    pub async fn note(&self, id: NoteId) -> Result<Option<NoteRecord>, StoreError> {
        Ok(note::Entity::find_by_id(id.0).one(&self.0.read).await?.map(record))
    }

    /// Newest first. A cursor that cannot be read begins at the first page.
    pub async fn notes(
        &self,
        scope: NoteScope,
        cursor: Option<&Cursor>,
        limit: u16,
    ) -> Result<Page<NoteRecord>, StoreError> {
        let page = newest_first(cursor, limit, |bound, order, limit| {
            let mut query = match scope {
                NoteScope::Device(id) => note::Entity::find().filter(note::Column::DeviceId.eq(id.0)),
                NoteScope::Subscriber(id) => note::Entity::find().filter(note::Column::SubscriberId.eq(id.0)),
            };
            query = match bound {
                IdBound::None => query,
                IdBound::Below(id) => query.filter(note::Column::Id.lt(id)),
                IdBound::Above(id) => query.filter(note::Column::Id.gt(id)),
            };
            query.order_by(note::Column::Id, order).limit(limit).all(&self.0.read)
        });
        Ok(page.await?.map(record))
    }

    /// `None` unless it is this agent's and was written at or after `since`.
    pub async fn change_note(
        &self,
        id: NoteId,
        agent: AgentId,
        since: Timestamp,
        text: &str,
        now: Timestamp,
    ) -> Result<Option<NoteRecord>, StoreError> {
        const UPDATE: &str = "UPDATE note SET text = $4, edited_at = $5 \
             WHERE id = $1 AND agent_id = $2 AND at >= $3 RETURNING *";
        let values = [id.0.into(), agent.0.into(), since.0.into(), clean(text).into(), now.0.into()];
        let sql = statement(self.backend(), UPDATE, values);
        Ok(note::Entity::find().from_raw_sql(sql).one(&self.0.write).await?.map(record))
    }

    /// Whether it was there: this agent's, and written at or after `since`.
    pub async fn delete_note(&self, id: NoteId, agent: AgentId, since: Timestamp) -> Result<bool, StoreError> {
        const DELETE: &str = "DELETE FROM note WHERE id = $1 AND agent_id = $2 AND at >= $3";
        let sql = statement(self.backend(), DELETE, [id.0.into(), agent.0.into(), since.0.into()]);
        Ok(self.0.write.execute_raw(sql).await?.rows_affected() == 1)
    }
}

pub(crate) fn record(row: note::Model) -> NoteRecord {
    NoteRecord {
        id: NoteId(row.id),
        subscriber: row.subscriber_id.map(SubscriberId),
        device: row.device_id.map(DeviceId),
        at: Timestamp(row.at),
        edited_at: row.edited_at.map(Timestamp),
        agent: row.agent_id.map(AgentId),
        by: row.author,
        text: row.text,
    }
}
