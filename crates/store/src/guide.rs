//! Guides: what was found and done on the way through a complaint.

use crate::entity::guide;
use crate::error::StoreError;
use crate::store::Store;
use model::guide::GuideKind;
use model::{DeviceId, GuideId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, NotSet, QueryFilter, Set};

/// A guide that begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGuide {
    pub device: DeviceId,
    pub kind: GuideKind,
    /// Name of the agent.
    pub by: String,
    pub now: Timestamp,
}

/// A guide as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuideRecord {
    pub id: GuideId,
    pub device: DeviceId,
    pub kind: GuideKind,
    pub by: String,
    pub started_at: Timestamp,
    pub updated_at: Timestamp,
    /// Grows with every change: see [`Store::update_guide`].
    pub version: i64,
    /// JSON.
    pub steps: String,
    /// JSON; `None` while it runs.
    pub ending: Option<String>,
}

impl Store {
    /// The guide of this kind that runs on the device, or a new one.
    pub async fn begin_guide(&self, new: &NewGuide) -> Result<GuideRecord, StoreError> {
        if let Some(running) = self.running_guide(new.device, new.kind).await? {
            return Ok(running);
        }
        let row = guide::ActiveModel {
            id: NotSet,
            device_id: Set(new.device.0),
            kind: Set(new.kind.as_str().to_owned()),
            author: Set(new.by.clone()),
            started_at: Set(new.now.0),
            updated_at: Set(new.now.0),
            version: Set(0),
            steps: Set("[]".to_owned()),
            ending: Set(None),
        };
        match row.insert(&self.0.write).await {
            Ok(row) => record(row),
            // Somebody else began it meanwhile.
            Err(error) => match self.running_guide(new.device, new.kind).await? {
                Some(running) => Ok(running),
                None => Err(StoreError::from(error).missing("device")),
            },
        }
    }

    pub async fn running_guide(&self, device: DeviceId, kind: GuideKind) -> Result<Option<GuideRecord>, StoreError> {
        let running = guide::Entity::find()
            .filter(guide::Column::DeviceId.eq(device.0))
            .filter(guide::Column::Kind.eq(kind.as_str()))
            .filter(guide::Column::Ending.is_null());
        running.one(&self.0.write).await?.map(record).transpose()
    }

    pub async fn guide(&self, id: GuideId) -> Result<Option<GuideRecord>, StoreError> {
        guide::Entity::find_by_id(id.0).one(&self.0.write).await?.map(record).transpose()
    }

    /// Writes steps and ending; `false` if somebody else changed it since `version`, or if it has ended.
    pub async fn update_guide(
        &self,
        id: GuideId,
        version: i64,
        steps: &str,
        ending: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let update = guide::Entity::update_many()
            .col_expr(guide::Column::Steps, Expr::value(steps))
            .col_expr(guide::Column::Ending, Expr::value(ending))
            .col_expr(guide::Column::UpdatedAt, Expr::value(now.0))
            .col_expr(guide::Column::Version, Expr::col(guide::Column::Version).add(1))
            .filter(guide::Column::Id.eq(id.0))
            .filter(guide::Column::Version.eq(version))
            .filter(guide::Column::Ending.is_null());
        Ok(update.exec(&self.0.write).await?.rows_affected == 1)
    }
}

fn record(row: guide::Model) -> Result<GuideRecord, StoreError> {
    let kind = GuideKind::parse(&row.kind);
    Ok(GuideRecord {
        id: GuideId(row.id),
        device: DeviceId(row.device_id),
        kind: kind.ok_or_else(|| StoreError::Database(format!("guide {} is of an unknown kind", row.id)))?,
        by: row.author,
        started_at: Timestamp(row.started_at),
        updated_at: Timestamp(row.updated_at),
        version: row.version,
        steps: row.steps,
        ending: row.ending,
    })
}
