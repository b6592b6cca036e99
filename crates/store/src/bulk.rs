//! Orders for many devices. What was queued is written down in the transaction that queues it, so that an order that
//! is taken up again after a crash asks no device twice.

use crate::error::StoreError;
use crate::sql::{clean, statement};
use crate::store::Store;
use crate::task::{NewTask, TaskRecord, insert, json};
use model::bulk::{BulkKind, BulkSkip, BulkView};
use model::{AgentId, BulkId, DeviceId, Timestamp};
use sea_orm::{ConnectionTrait, QueryResult, Value};

const COLUMNS: &str = "id, agent_id, author, kind, total, done, queued, skipped, prepared_at, started_at, ended_at";

/// Milliseconds after which an order that nobody confirmed is forgotten: an hour.
pub const BULK_PREPARED_FOR: i64 = 3_600_000;
/// Milliseconds for which one that has ended is kept: a week.
const ENDED_FOR: i64 = 7 * 86_400_000;
/// Orders that an agent sees at once.
const SHOWN: i64 = 5;

/// An order to be prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBulk {
    pub agent: AgentId,
    /// Name of the agent.
    pub by: String,
    pub kind: BulkKind,
    pub devices: Vec<DeviceId>,
    pub now: Timestamp,
}

/// An order as stored, without its devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkRecord {
    pub agent: AgentId,
    /// Devices that were looked at.
    pub done: u32,
    pub view: BulkView,
}

/// Some devices of an order that were looked at.
#[derive(Clone, Debug, Default)]
pub struct BulkStep {
    /// How many were looked at before; the step is refused if that is not so.
    pub from: u32,
    /// How many are now.
    pub done: u32,
    pub tasks: Vec<NewTask>,
    /// All that were skipped so far.
    pub skipped: Vec<(BulkSkip, u32)>,
    /// Set by the last step.
    pub ended_at: Option<Timestamp>,
}

impl Store {
    /// Keeps an order that waits to be confirmed. Forgets those that are over.
    pub async fn prepare_bulk(&self, new: NewBulk) -> Result<BulkView, StoreError> {
        const FORGET: &str = "DELETE FROM bulk WHERE (started_at IS NULL AND prepared_at < $1) OR ended_at < $2";
        const PREPARE: &str = "INSERT INTO bulk (agent_id, author, kind, devices, total, prepared_at) \
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
        let ids: Vec<i64> = new.devices.iter().map(|id| id.0).collect();
        let values = [
            new.agent.0.into(),
            clean(&new.by).into(),
            new.kind.as_str().into(),
            json(&ids)?.into(),
            (ids.len() as i64).into(),
            new.now.0.into(),
        ];
        let tx = self.begin().await?;
        let old = [(new.now.0 - BULK_PREPARED_FOR).into(), (new.now.0 - ENDED_FOR).into()];
        tx.execute_raw(statement(self.backend(), FORGET, old)).await?;
        let row = tx.query_one_raw(statement(self.backend(), PREPARE, values)).await;
        let row = row.map_err(|error| StoreError::from(error).missing("agent"))?;
        let row = row.ok_or_else(|| StoreError::Database("an order was inserted but not returned".to_owned()))?;
        let id = BulkId(row.try_get_by_index(0)?);
        tx.commit().await?;
        self.bulk(id).await?.map(|record| record.view).ok_or(StoreError::NotFound { what: "order" })
    }

    pub async fn bulk(&self, id: BulkId) -> Result<Option<BulkRecord>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM bulk WHERE id = $1");
        // From the connection that writes: what was just prepared or started is seen.
        let row = self.0.write.query_one_raw(statement(self.backend(), &sql, [id.0.into()])).await?;
        row.as_ref().map(record).transpose()
    }

    /// The devices of an order, in the order in which they are looked at.
    pub async fn bulk_devices(&self, id: BulkId) -> Result<Vec<DeviceId>, StoreError> {
        const DEVICES: &str = "SELECT devices FROM bulk WHERE id = $1";
        let row = self.0.write.query_one_raw(statement(self.backend(), DEVICES, [id.0.into()])).await?;
        let text: String = row.ok_or(StoreError::NotFound { what: "order" })?.try_get_by_index(0)?;
        let ids: Vec<i64> = serde_json::from_str(&text)
            .map_err(|error| StoreError::corrupt(format!("devices of order {id}"), error))?;
        Ok(ids.into_iter().map(DeviceId).collect())
    }

    /// Whether this call started it: a second one does not.
    pub async fn start_bulk(&self, id: BulkId, now: Timestamp) -> Result<bool, StoreError> {
        const START: &str = "UPDATE bulk SET started_at = $2 WHERE id = $1 AND started_at IS NULL";
        self.one_bulk(START, [id.0.into(), now.0.into()]).await
    }

    /// Ends it where it is; whether it was running.
    pub async fn stop_bulk(&self, id: BulkId, now: Timestamp) -> Result<bool, StoreError> {
        const STOP: &str =
            "UPDATE bulk SET ended_at = $2 WHERE id = $1 AND started_at IS NOT NULL AND ended_at IS NULL";
        self.one_bulk(STOP, [id.0.into(), now.0.into()]).await
    }

    /// Its agent does not want to see it any more; whether it had ended.
    pub async fn dismiss_bulk(&self, id: BulkId) -> Result<bool, StoreError> {
        const DISMISS: &str = "UPDATE bulk SET dismissed = TRUE WHERE id = $1 AND ended_at IS NOT NULL";
        self.one_bulk(DISMISS, [id.0.into()]).await
    }

    async fn one_bulk<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<bool, StoreError> {
        let done = self.0.write.execute_raw(statement(self.backend(), sql, values)).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Queues the tasks of some devices and writes down how far it is. `None`, and nothing is queued, if the order was
    /// stopped, or if it is not where the step begins. Fails with [`StoreError::NotFound`] if a device was deleted.
    pub async fn bulk_step(&self, id: BulkId, step: &BulkStep) -> Result<Option<Vec<TaskRecord>>, StoreError> {
        const STEP: &str = "UPDATE bulk SET done = $3, queued = queued + $4, skipped = $5, ended_at = $6 \
             WHERE id = $1 AND done = $2 AND started_at IS NOT NULL AND ended_at IS NULL";
        let values = [
            id.0.into(),
            i64::from(step.from).into(),
            i64::from(step.done).into(),
            (step.tasks.len() as i64).into(),
            json(&step.skipped)?.into(),
            step.ended_at.map(|at| at.0).into(),
        ];
        let tx = self.begin().await?;
        if tx.execute_raw(statement(self.backend(), STEP, values)).await?.rows_affected() == 0 {
            return Ok(None);
        }
        let mut tasks = Vec::with_capacity(step.tasks.len());
        for task in &step.tasks {
            tasks.push(insert(&tx, task, &self.0.vault).await?);
        }
        tx.commit().await?;
        Ok(Some(tasks))
    }

    /// What an agent started and has not dismissed, the newest first; at most five.
    pub async fn bulks(&self, agent: AgentId) -> Result<Vec<BulkView>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM bulk WHERE agent_id = $1 AND started_at IS NOT NULL AND NOT dismissed \
             ORDER BY id DESC LIMIT $2"
        );
        let rows = self.0.read.query_all_raw(statement(self.backend(), &sql, [agent.0.into(), SHOWN.into()])).await?;
        rows.iter().map(|row| Ok(record(row)?.view)).collect()
    }

    /// Orders that were started and have not ended, the oldest first.
    pub async fn running_bulks(&self) -> Result<Vec<BulkId>, StoreError> {
        const RUNNING: &str = "SELECT id FROM bulk WHERE started_at IS NOT NULL AND ended_at IS NULL ORDER BY id";
        let rows = self.0.read.query_all_raw(statement(self.backend(), RUNNING, [])).await?;
        let ids = rows.iter().map(|row| row.try_get_by_index(0).map(BulkId));
        Ok(ids.collect::<Result<_, _>>()?)
    }
}

fn record(row: &QueryResult) -> Result<BulkRecord, StoreError> {
    let id: i64 = row.try_get_by_index(0)?;
    let corrupt = |what: &str, reason: String| StoreError::corrupt(format!("{what} of order {id}"), reason);
    let count = |index| -> Result<u32, StoreError> {
        Ok(u32::try_from(row.try_get_by_index::<i64>(index)?).unwrap_or(u32::MAX))
    };
    let at = |index| -> Result<Option<Timestamp>, StoreError> {
        Ok(row.try_get_by_index::<Option<i64>>(index)?.map(Timestamp))
    };
    let kind: String = row.try_get_by_index(3)?;
    let skipped: String = row.try_get_by_index(7)?;
    let view = BulkView {
        id: BulkId(id),
        by: row.try_get_by_index(2)?,
        kind: BulkKind::parse(&kind).ok_or_else(|| corrupt("kind", kind))?,
        total: count(4)?,
        queued: count(6)?,
        skipped: serde_json::from_str(&skipped).map_err(|error| corrupt("reasons", error.to_string()))?,
        prepared_at: Timestamp(row.try_get_by_index(8)?),
        started_at: at(9)?,
        ended_at: at(10)?,
    };
    Ok(BulkRecord { agent: AgentId(row.try_get_by_index(1)?), done: count(5)?, view })
}
