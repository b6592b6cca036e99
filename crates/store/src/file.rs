//! What is known of files. Their contents are kept elsewhere, under their SHA-256; several files may share one.

use crate::entity::{file, task};
use crate::error::StoreError;
use crate::newest::{IdBound, newest_first};
use crate::scope;
use crate::sql::{Sql, clean, statement};
use crate::store::Store;
use crate::task::{TaskRecord, json, record as task_record};
use model::file::{FileInput, FileRef, FileType};
use model::page::{Cursor, Page};
use model::{DeviceId, FileId, Scope, TaskId, Timestamp};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, NotSet, Order, PaginatorTrait, QueryFilter, QuerySelect, Set,
};

/// A file to be recorded; its contents are safe already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// What is said of it; of a file that a device sent, made up by the `acs` crate.
    pub input: FileInput,
    /// 64 hexadecimal digits in lower case.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// Name of the key that its signature was made with.
    pub signed_by: Option<String>,
    /// Name of the agent; `None` if a device sent it.
    pub by: Option<String>,
    /// The device that sent it.
    pub device: Option<DeviceId>,
    /// The task that asked for it; at most one file for each.
    pub task: Option<TaskId>,
    pub now: Timestamp,
}

/// A file as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRecord {
    pub id: FileId,
    pub input: FileInput,
    /// 64 hexadecimal digits in lower case.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// Name of the key that its signature was made with.
    pub signed_by: Option<String>,
    pub created_at: Timestamp,
    /// Name of the agent; `None` if a device sent it.
    pub by: Option<String>,
    /// The device that sent it, while it is known.
    pub device: Option<DeviceId>,
    /// The task that asked for it.
    pub task: Option<TaskId>,
}

impl FileRecord {
    /// As tasks carry it.
    pub fn to_ref(&self) -> FileRef {
        FileRef {
            id: self.id,
            name: self.input.name.clone(),
            file_type: self.input.file_type.clone(),
            size: self.size,
            sha256: self.sha256.clone(),
            version: self.input.version.clone(),
            versions: self.input.versions.clone(),
        }
    }
}

/// Which files a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOrigin {
    /// Uploaded by agents.
    Agents,
    /// Sent by devices.
    Devices,
    /// Sent by this device.
    Device(DeviceId),
}

impl Store {
    /// Fails with [`StoreError::Conflict`] if the task has a file already, and with [`StoreError::NotFound`] without the
    /// device or the task that it names.
    pub async fn insert_file(&self, new: NewFile) -> Result<FileRecord, StoreError> {
        let row = active(new)?.insert(&self.0.write).await;
        record(row.map_err(|error| StoreError::from(error).conflict_on("file of the task").missing("device or task"))?)
    }

    /// Takes the place of the task's file, if it has one; otherwise as [`Self::insert_file`]. Also says the SHA-256 of
    /// what was there before.
    pub async fn put_task_file(&self, new: NewFile) -> Result<(FileRecord, Option<String>), StoreError> {
        let Some(task) = new.task else { return Ok((self.insert_file(new).await?, None)) };
        let tx = self.begin().await?;
        let by_task = file::Entity::find().filter(file::Column::TaskId.eq(task.0));
        // Two at once: the second waits here on PostgreSQL, and for the transaction on SQLite.
        let before = match self.backend() {
            sea_orm::DbBackend::Postgres => by_task.lock_exclusive().one(&tx).await?,
            _ => by_task.one(&tx).await?,
        };
        let mut row = active(new)?;
        let (row, replaced) = match before {
            Some(before) => {
                row.id = Set(before.id);
                (row.update(&tx).await, Some(before.sha256))
            }
            None => (row.insert(&tx).await, None),
        };
        let row =
            row.map_err(|error| StoreError::from(error).conflict_on("file of the task").missing("device or task"))?;
        tx.commit().await?;
        Ok((record(row)?, replaced))
    }

    pub async fn file(&self, id: FileId) -> Result<Option<FileRecord>, StoreError> {
        file::Entity::find_by_id(id.0).one(&self.0.read).await?.map(record).transpose()
    }

    /// What a device sent for this task.
    pub async fn file_of_task(&self, task: TaskId) -> Result<Option<FileRecord>, StoreError> {
        let by_task = file::Entity::find().filter(file::Column::TaskId.eq(task.0));
        by_task.one(&self.0.read).await?.map(record).transpose()
    }

    /// Newest first. A cursor that cannot be read begins at the first page. `scope`: only those of its devices.
    pub async fn files(
        &self,
        origin: FileOrigin,
        scope: Option<&Scope>,
        cursor: Option<&Cursor>,
        limit: u16,
    ) -> Result<Page<FileRecord>, StoreError> {
        let page = newest_first(cursor, limit, |bound, order, limit| {
            let mut sql = Sql::new("SELECT f.* FROM file f WHERE ");
            match origin {
                FileOrigin::Agents => sql.push("f.author IS NOT NULL"),
                FileOrigin::Devices => sql.push("f.author IS NULL"),
                FileOrigin::Device(device) => sql.push("f.device_id = ").bind(device.0),
            };
            if let Some(scope) = scope {
                scope::write_device(scope, "f.device_id", sql.push(" AND "));
            }
            match bound {
                IdBound::None => &mut sql,
                IdBound::Below(id) => sql.push(" AND f.id < ").bind(id),
                IdBound::Above(id) => sql.push(" AND f.id > ").bind(id),
            };
            sql.push(if order == Order::Asc { " ORDER BY f.id LIMIT " } else { " ORDER BY f.id DESC LIMIT " });
            sql.bind(limit as i64);
            file::Entity::find().from_raw_sql(sql.into_statement(self.backend())).all(&self.0.read)
        });
        let page = page.await?;
        let items = page.items.into_iter().map(record).collect::<Result<_, _>>()?;
        Ok(Page { items, previous: page.previous, next: page.next })
    }

    /// Changes what is said of a file; `None` if there is no such file.
    pub async fn update_file(&self, id: FileId, input: FileInput) -> Result<Option<FileRecord>, StoreError> {
        const UPDATE: &str = "UPDATE file SET name = $1, file_type = $2, version = $3, versions = $4, models = $5, \
             hardware = $6, min_version = $7, notes = $8 WHERE id = $9 RETURNING *";
        let values = [
            clean(&input.name).into(),
            json(&input.file_type)?.into(),
            clean(&input.version).into(),
            json(&input.versions)?.into(),
            json(&input.models)?.into(),
            json(&input.hardware)?.into(),
            clean(&input.min_version).into(),
            clean(&input.notes).into(),
            id.0.into(),
        ];
        let sql = statement(self.backend(), UPDATE, values);
        file::Entity::find().from_raw_sql(sql).one(&self.0.write).await?.map(record).transpose()
    }

    /// What it was; `None` if there is no such file.
    pub async fn delete_file(&self, id: FileId) -> Result<Option<FileRecord>, StoreError> {
        const DELETE: &str = "DELETE FROM file WHERE id = $1 RETURNING *";
        let sql = statement(self.backend(), DELETE, [id.0.into()]);
        file::Entity::find().from_raw_sql(sql).one(&self.0.write).await?.map(record).transpose()
    }

    /// How many files have these contents. Read where it is written: what was just deleted does not count.
    pub async fn files_with_contents(&self, sha256: &str) -> Result<u64, StoreError> {
        let same = file::Entity::find().filter(file::Column::Sha256.eq(sha256));
        Ok(same.count(&self.0.write).await?)
    }

    /// Tasks that have not ended and have a device load this file, oldest first.
    pub async fn open_tasks_with_file(&self, id: FileId) -> Result<Vec<TaskRecord>, StoreError> {
        // Few tasks are open, and fewer are transfers; the JSON is read rather than searched for a number.
        const OPEN: &str = "SELECT * FROM task WHERE is_open AND kind LIKE '%download\"%' ORDER BY id";
        let rows = task::Entity::find().from_raw_sql(statement(self.backend(), OPEN, [])).all(&self.0.read).await?;
        let tasks: Vec<TaskRecord> =
            rows.into_iter().map(|row| task_record(row, &self.0.vault)).collect::<Result<_, _>>()?;
        Ok(tasks.into_iter().filter(|task| task.kind.file().is_some_and(|file| file.id == id)).collect())
    }
}

fn active(new: NewFile) -> Result<file::ActiveModel, StoreError> {
    let size = i64::try_from(new.size).map_err(|_| StoreError::Invalid("a file has fewer bytes".to_owned()))?;
    Ok(file::ActiveModel {
        id: NotSet,
        name: Set(clean(&new.input.name)),
        sha256: Set(new.sha256),
        size: Set(size),
        file_type: Set(json(&new.input.file_type)?),
        version: Set(clean(&new.input.version)),
        models: Set(json(&new.input.models)?),
        notes: Set(clean(&new.input.notes)),
        created_at: Set(new.now.0),
        author: Set(new.by),
        device_id: Set(new.device.map(|id| id.0)),
        task_id: Set(new.task.map(|id| id.0)),
        versions: Set(json(&new.input.versions)?),
        hardware: Set(json(&new.input.hardware)?),
        min_version: Set(clean(&new.input.min_version)),
        signed_by: Set(new.signed_by),
    })
}

fn record(row: file::Model) -> Result<FileRecord, StoreError> {
    let corrupt = |error| StoreError::corrupt(format!("file {}", row.id), error);
    let file_type: FileType = serde_json::from_str(&row.file_type).map_err(corrupt)?;
    let list = |json: &str| serde_json::from_str::<Vec<String>>(json).map_err(corrupt);
    let (versions, models, hardware) = (list(&row.versions)?, list(&row.models)?, list(&row.hardware)?);
    Ok(FileRecord {
        id: FileId(row.id),
        input: FileInput {
            name: row.name,
            file_type,
            version: row.version,
            versions,
            models,
            hardware,
            min_version: row.min_version,
            notes: row.notes,
        },
        sha256: row.sha256,
        size: row.size.unsigned_abs(),
        signed_by: row.signed_by,
        created_at: Timestamp(row.created_at),
        by: row.author,
        device: row.device_id.map(DeviceId),
        task: row.task_id.map(TaskId),
    })
}
