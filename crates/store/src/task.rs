//! Tasks: one thing to do on one device, durable.

use crate::entity::task;
use crate::error::StoreError;
use crate::newest::{IdBound, newest_first};
use crate::scope;
use crate::secret::{TASK_PROGRESS, Vault, carries, kind_column, open_kind};
use crate::sql::{Sql, clean, statement};
use crate::store::Store;
use crate::writer::{Done, Job};
use model::page::{Cursor, Page};
use model::task::{TaskKind, TaskOutcome, TaskState, TaskStep};
use model::{CampaignId, DeviceId, Scope, TaskId, Timestamp};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::fmt;
use std::fmt::Write;

/// A task to be created, in the state `Queued`.
#[derive(Clone, PartialEq, Eq)]
pub struct NewTask {
    pub device: DeviceId,
    pub kind: TaskKind,
    /// Name of the agent, or of the system.
    pub by: String,
    pub now: Timestamp,
    /// As [`TaskRecord::progress`]: what is to be known of it before it is taken up; mostly empty.
    pub progress: String,
    /// Why it waits, if it is not to be done at once.
    pub note: Option<String>,
    /// The campaign that it is part of.
    pub campaign: Option<CampaignId>,
}

impl NewTask {
    /// Something to do as soon as possible.
    pub fn new(device: DeviceId, kind: TaskKind, by: &str, now: Timestamp) -> Self {
        Self { device, kind, by: by.to_owned(), now, progress: String::new(), note: None, campaign: None }
    }
}

/// A task as stored.
#[derive(Clone, PartialEq)]
pub struct TaskRecord {
    pub id: TaskId,
    pub device: DeviceId,
    pub kind: TaskKind,
    pub state: TaskState,
    pub by: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// In order of time; the first is `Queued`.
    pub steps: Vec<TaskStep>,
    /// Why it still waits, in plain words.
    pub note: Option<String>,
    pub outcome: Option<TaskOutcome>,
    /// JSON of the `acs` crate's own: what was sent already (command key, rows before an AddObject, values before…).
    pub progress: String,
    pub attempts: u32,
    /// The campaign that it is part of.
    pub campaign: Option<CampaignId>,
}

// What is set, what was read before and the progress may hold passwords: none of it is printed.
impl fmt::Debug for NewTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewTask")
            .field("device", &self.device)
            .field("kind", &self.kind.name())
            .field("by", &self.by)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TaskRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskRecord")
            .field("id", &self.id)
            .field("device", &self.device)
            .field("kind", &self.kind.name())
            .field("state", &self.state)
            .field("by", &self.by)
            .field("created_at", &self.created_at)
            .field("updated_at", &self.updated_at)
            .field("steps", &self.steps)
            .field("note", &self.note)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Creates a task in the state `Queued`; durable on return. Fails with [`StoreError::NotFound`] without its device.
    pub async fn create_task(&self, new: NewTask) -> Result<TaskRecord, StoreError> {
        match self.0.writer.submit(Job::Task(Box::new(new))).await? {
            Done::Task(task) => Ok(*task),
            _ => Err(StoreError::Database("a task was not answered by a task".to_owned())),
        }
    }

    pub async fn task(&self, id: TaskId) -> Result<Option<TaskRecord>, StoreError> {
        task::Entity::find_by_id(id.0).one(&self.0.read).await?.map(|row| record(row, &self.0.vault)).transpose()
    }

    /// Tasks of a device that have not ended, oldest first.
    pub async fn open_tasks(&self, device: DeviceId) -> Result<Vec<TaskRecord>, StoreError> {
        const OPEN: &str = "SELECT * FROM task WHERE device_id = $1 AND is_open ORDER BY id";
        let sql = statement(self.backend(), OPEN, [device.0.into()]);
        task::Entity::find()
            .from_raw_sql(sql)
            .all(&self.0.read)
            .await?
            .into_iter()
            .map(|row| record(row, &self.0.vault))
            .collect()
    }

    /// Devices with a task that has not ended, by id.
    pub async fn devices_with_open_tasks(&self) -> Result<Vec<DeviceId>, StoreError> {
        const OPEN: &str = "SELECT DISTINCT device_id FROM task WHERE is_open ORDER BY device_id";
        let rows = self.0.read.query_all_raw(statement(self.backend(), OPEN, [])).await?;
        let ids = rows.iter().map(|row| row.try_get_by_index(0).map(DeviceId));
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// All tasks of a device, newest first. A cursor that cannot be read begins at the first page.
    pub async fn tasks(
        &self,
        device: DeviceId,
        cursor: Option<&Cursor>,
        limit: u16,
    ) -> Result<Page<TaskRecord>, StoreError> {
        let page = newest_first(cursor, limit, |bound, order, limit| {
            let mut query = task::Entity::find().filter(task::Column::DeviceId.eq(device.0));
            query = match bound {
                IdBound::None => query,
                IdBound::Below(id) => query.filter(task::Column::Id.lt(id)),
                IdBound::Above(id) => query.filter(task::Column::Id.gt(id)),
            };
            query.order_by(task::Column::Id, order).limit(limit).all(&self.0.read)
        });
        let page = page.await?;
        let items = page.items.into_iter().map(|row| record(row, &self.0.vault)).collect::<Result<_, _>>()?;
        Ok(Page { items, previous: page.previous, next: page.next })
    }

    /// The tests that a device was asked for, newest first.
    pub async fn diagnoses(
        &self,
        device: DeviceId,
        cursor: Option<&Cursor>,
        limit: u16,
    ) -> Result<Page<TaskRecord>, StoreError> {
        let page = newest_first(cursor, limit, |bound, order, limit| {
            // The tag is the first member of the JSON.
            let mut query = task::Entity::find()
                .filter(task::Column::DeviceId.eq(device.0))
                .filter(task::Column::Kind.starts_with(r#"{"kind":"diagnose""#));
            query = match bound {
                IdBound::None => query,
                IdBound::Below(id) => query.filter(task::Column::Id.lt(id)),
                IdBound::Above(id) => query.filter(task::Column::Id.gt(id)),
            };
            query.order_by(task::Column::Id, order).limit(limit).all(&self.0.read)
        });
        let page = page.await?;
        let items = page.items.into_iter().map(|row| record(row, &self.0.vault)).collect::<Result<_, _>>()?;
        Ok(Page { items, previous: page.previous, next: page.next })
    }

    /// The newest tasks of all devices.
    pub async fn recent_tasks(&self, scope: Option<&Scope>, limit: u16) -> Result<Vec<TaskRecord>, StoreError> {
        let mut sql = Sql::new("SELECT t.* FROM task t WHERE TRUE");
        if let Some(scope) = scope {
            scope::write_device(scope, "t.device_id", sql.push(" AND "));
        }
        sql.push(" ORDER BY t.id DESC LIMIT ").bind(i64::from(limit));
        let query = task::Entity::find().from_raw_sql(sql.into_statement(self.backend()));
        query.all(&self.0.read).await?.into_iter().map(|row| record(row, &self.0.vault)).collect()
    }
}

/// Inserts a task inside the group commit.
pub(crate) async fn insert(tx: &DatabaseTransaction, new: &NewTask, vault: &Vault) -> Result<TaskRecord, StoreError> {
    const INSERT: &str = "INSERT INTO task (device_id, kind, state, is_open, author, created_at, updated_at, steps, progress, \
         note, attempts, campaign_id) VALUES ($1, $2, $3, TRUE, $4, $5, $5, $6, $7, $8, 0, $9) RETURNING *";
    // Secrets are bound to the number of their row, which it has now.
    const SEAL: &str = "UPDATE task SET kind = $2, progress = $3 WHERE id = $1";
    let step = TaskStep { state: TaskState::Queued, at: new.now };
    let sealed = vault.is_open() && (carries(&new.kind) || !new.progress.is_empty());
    let (kind, progress) =
        if sealed { (String::new(), String::new()) } else { (json(&new.kind)?, clean(&new.progress)) };
    let values = [
        new.device.0.into(),
        kind.into(),
        TaskState::Queued.as_str().into(),
        clean(&new.by).into(),
        new.now.0.into(),
        step_line(step).into(),
        progress.into(),
        new.note.as_deref().map(clean).into(),
        new.campaign.map(|id| id.0).into(),
    ];
    let backend = tx.get_database_backend();
    let row = task::Entity::find().from_raw_sql(statement(backend, INSERT, values)).one(tx).await;
    let row = row.map_err(|error| StoreError::from(error).missing("device"))?;
    let mut row = row.ok_or_else(|| StoreError::Database("a task was inserted but not returned".to_owned()))?;
    if sealed {
        row.kind = kind_column(vault, TaskId(row.id), &new.kind)?;
        row.progress = vault.seal_text(TASK_PROGRESS, row.id, &clean(&new.progress));
        let values = [row.id.into(), row.kind.clone().into(), row.progress.clone().into()];
        tx.execute_raw(statement(backend, SEAL, values)).await?;
    }
    record(row, vault)
}

/// The task that a statement gives back, if any.
pub(crate) async fn one(tx: &DatabaseTransaction, sql: Sql, vault: &Vault) -> Result<Option<TaskRecord>, StoreError> {
    let sql = sql.into_statement(tx.get_database_backend());
    task::Entity::find().from_raw_sql(sql).one(tx).await?.map(|row| record(row, vault)).transpose()
}

/// As a column of text: JSON escapes NUL, so that any text fits.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Invalid(error.to_string()))
}

/// A step as it is appended to the column `steps`.
pub(crate) fn step_line(step: TaskStep) -> String {
    let mut line = String::with_capacity(32);
    // Writing to a String cannot fail.
    let _ = writeln!(line, "{} {}", step.state.as_str(), step.at.0);
    line
}

fn steps(lines: &str) -> Option<Vec<TaskStep>> {
    lines
        .lines()
        .map(|line| {
            let (state, at) = line.split_once(' ')?;
            Some(TaskStep { state: TaskState::parse(state)?, at: Timestamp(at.parse().ok()?) })
        })
        .collect()
}

pub(crate) fn record(row: task::Model, vault: &Vault) -> Result<TaskRecord, StoreError> {
    let corrupt = |reason: String| StoreError::corrupt(format!("task {}", row.id), reason);
    let kind = open_kind(vault, row.id, &row.kind)?;
    let kind = serde_json::from_str(&kind).map_err(|error| corrupt(error.to_string()))?;
    let progress = vault.open_text(TASK_PROGRESS, row.id, &row.progress)?;
    let outcome = row.outcome.as_deref().map(serde_json::from_str).transpose();
    Ok(TaskRecord {
        id: TaskId(row.id),
        device: DeviceId(row.device_id),
        kind,
        state: TaskState::parse(&row.state).ok_or_else(|| corrupt(format!("state {}", row.state)))?,
        by: row.author,
        created_at: Timestamp(row.created_at),
        updated_at: Timestamp(row.updated_at),
        steps: steps(&row.steps).ok_or_else(|| corrupt("steps".to_owned()))?,
        note: row.note,
        outcome: outcome.map_err(|error| StoreError::corrupt(format!("task {}", row.id), error))?,
        progress,
        attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
        campaign: row.campaign_id.map(CampaignId),
    })
}
