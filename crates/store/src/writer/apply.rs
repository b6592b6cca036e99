//! Doing the jobs of one transaction.

use super::patch::{self, Buckets};
use super::{Done, Job, Prepared, PreparedUpdate};
use crate::clock::now;
use crate::commit::{Committed, Written};
use crate::device::register;
use crate::error::StoreError;
use crate::secret::Vault;
use crate::sql::{Sql, statement};
use crate::subscriber::link;
use crate::tree::hot;
use crate::{sample, search, task as tasks};
use model::task::TaskState;
use model::{DeviceId, EventId, TaskId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

/// Most events in one INSERT.
const EVENTS_MAX: usize = 256;

pub struct Batch<'a> {
    tx: &'a DatabaseTransaction,
    backend: DbBackend,
    buckets: &'a mut Buckets,
    vault: &'a Vault,
    done: Vec<Done>,
    events: Vec<PendingEvent<'a>>,
}

/// An event that is inserted with all others at the end, and whose id is wanted at (job, write).
struct PendingEvent<'a> {
    place: (usize, usize),
    device: i64,
    at: i64,
    class: i16,
    kind: &'a str,
    by: Option<&'a str>,
}

impl<'a> Batch<'a> {
    pub fn new(tx: &'a DatabaseTransaction, buckets: &'a mut Buckets, vault: &'a Vault) -> Self {
        Self { tx, backend: tx.get_database_backend(), buckets, vault, done: Vec::new(), events: Vec::new() }
    }

    pub async fn apply(&mut self, job: &'a Job) -> Result<(), StoreError> {
        let done = match job {
            Job::Commit(writes) => {
                let mut written = Vec::with_capacity(writes.len());
                for (index, write) in writes.iter().enumerate() {
                    written.push(self.apply_write(index, write).await?);
                }
                Done::Commit(Committed { written })
            }
            Job::Register(new) => Done::Device(Box::new(register::register(self.tx, new, self.vault).await?)),
            Job::Task(new) => Done::Task(Box::new(tasks::insert(self.tx, new, self.vault).await?)),
        };
        self.done.push(done);
        Ok(())
    }

    async fn apply_write(&mut self, index: usize, write: &'a Prepared) -> Result<Written, StoreError> {
        match write {
            Prepared::Device { id, patch } => {
                if let Some(sql) = patch::update(*id, patch, self.backend, self.buckets) {
                    let result = self.tx.execute_raw(sql.into_statement(self.backend)).await?;
                    if result.rows_affected() == 0 {
                        return Err(StoreError::NotFound { what: "device" });
                    }
                    if patch.is_searchable() {
                        search::index_device(self.tx, *id).await?;
                    }
                    if patch.is_linking()
                        // What rules do is done at no time of a session's.
                        && let Some(linked) = link::device_changed(self.tx, *id, now()).await?
                    {
                        return Ok(Written::Linked(Box::new(linked)));
                    }
                }
                Ok(Written::Done)
            }
            Prepared::Tree { device, dictionary, blob } => {
                self.put_tree(*device, *dictionary, blob).await.map_err(|error| error.missing("device"))?;
                Ok(Written::Done)
            }
            Prepared::Hot { device, at, values } => {
                hot::merge(self.tx, *device, *at, values, self.vault).await.map_err(|error| error.missing("device"))?;
                Ok(Written::Done)
            }
            Prepared::Task { id, from, update } => self.update_task(*id, from, update).await,
            Prepared::Samples { device, samples } => {
                sample::append(self.tx, *device, samples).await.map_err(|error| error.missing("device"))?;
                Ok(Written::Done)
            }
            Prepared::Event { device, at, class, kind, by } => {
                let place = (self.done.len(), index);
                let (class, by) = (*class, by.as_deref());
                self.events.push(PendingEvent { place, device: device.0, at: at.0, class, kind, by });
                Ok(Written::Event(EventId(0)))
            }
        }
    }

    async fn put_tree(&self, device: DeviceId, dictionary: i64, blob: &[u8]) -> Result<(), StoreError> {
        const UPSERT: &str = "INSERT INTO device_tree (device_id, dictionary_id, blob) VALUES ($1, $2, $3) \
             ON CONFLICT (device_id) DO UPDATE SET dictionary_id = excluded.dictionary_id, blob = excluded.blob";
        const COOL: &str = "DELETE FROM device_hot WHERE device_id = $1";
        let values = [device.0.into(), dictionary.into(), blob.into()];
        self.tx.execute_raw(statement(self.backend, UPSERT, values)).await?;
        self.tx.execute_raw(statement(self.backend, COOL, [device.0.into()])).await?;
        Ok(())
    }

    /// Compare and set in one statement.
    async fn update_task(
        &self,
        id: TaskId,
        from: &[TaskState],
        update: &PreparedUpdate,
    ) -> Result<Written, StoreError> {
        if from.is_empty() {
            return Ok(Written::Task(None));
        }
        // Setting the author to itself keeps the list from being empty.
        let mut sql = Sql::new("UPDATE task SET author = author");
        if let Some(step) = &update.step {
            sql.push(", state = ").bind(step.state.as_str());
            sql.push(", is_open = ").bind(!step.state.ended());
            sql.push(", updated_at = ").bind(step.at.0);
            sql.push(", steps = steps || ").bind(tasks::step_line(*step));
        }
        if let Some(kind) = &update.kind {
            sql.push(", kind = ").bind(kind.as_str());
        }
        if let Some(note) = &update.note {
            sql.push(", note = ").bind(note.clone());
        }
        if let Some(outcome) = &update.outcome {
            sql.push(", outcome = ").bind(outcome.as_str());
        }
        if let Some(progress) = &update.progress {
            sql.push(", progress = ").bind(progress.as_str());
        }
        if let Some(attempts) = update.attempts {
            sql.push(", attempts = ").bind(i64::from(attempts));
        }
        sql.push(" WHERE id = ").bind(id.0).push(" AND state IN (");
        for (index, state) in from.iter().enumerate() {
            sql.push(if index > 0 { ", " } else { "" }).bind(state.as_str());
        }
        sql.push(") RETURNING *");
        let record = tasks::one(self.tx, sql, self.vault).await?;
        if let (Some(record), Some(step)) = (&record, &update.step)
            && let Some(campaign) = record.campaign
        {
            // What its device did is seen by the campaign at its next look, whatever it has loaded before.
            const SEEN: &str = "UPDATE campaign_target SET due_at = $4, turn = turn + 1 \
                 WHERE campaign_id = $1 AND device_id = $2 AND task_id = $3";
            let values = [campaign.0.into(), record.device.0.into(), id.0.into(), step.at.0.into()];
            self.tx.execute_raw(statement(self.backend, SEEN, values)).await?;
        }
        Ok(Written::Task(record.map(Box::new)))
    }

    /// Inserts the events; what became of each job.
    pub async fn finish(mut self) -> Result<Vec<Done>, StoreError> {
        let mut rest = self.events.as_slice();
        let mut ids = Vec::with_capacity(rest.len());
        while !rest.is_empty() {
            // Powers of two: few prepared statements for all sizes.
            let size = (rest.len() + 1).next_power_of_two() / 2;
            let (chunk, others) = rest.split_at(size.min(EVENTS_MAX));
            ids.extend(insert_events(self.tx, chunk).await?);
            rest = others;
        }
        for (event, id) in self.events.iter().zip(ids) {
            let (job, write) = event.place;
            if let Some(Done::Commit(committed)) = self.done.get_mut(job)
                && let Some(written) = committed.written.get_mut(write)
            {
                *written = Written::Event(EventId(id));
            }
        }
        Ok(self.done)
    }
}

/// The new ids, in the order of the events.
async fn insert_events(tx: &DatabaseTransaction, events: &[PendingEvent<'_>]) -> Result<Vec<i64>, StoreError> {
    let mut sql = Sql::new("INSERT INTO event (device_id, at, class, kind, author) VALUES ");
    for (index, event) in events.iter().enumerate() {
        sql.push(if index > 0 { ", (" } else { "(" });
        sql.bind(event.device)
            .push(", ")
            .bind(event.at)
            .push(", ")
            .bind(event.class)
            .push(", ")
            .bind(event.kind)
            .push(", ");
        sql.bind(event.by.map(str::to_owned)).push(")");
    }
    sql.push(" RETURNING id");
    let rows = tx.query_all_raw(sql.into_statement(tx.get_database_backend())).await;
    let rows = rows.map_err(|error| StoreError::from(error).missing("device"))?;
    let mut ids = rows.iter().map(|row| row.try_get_by_index::<i64>(0)).collect::<Result<Vec<_>, _>>()?;
    if ids.len() != events.len() {
        return Err(StoreError::Database("not as many ids as events".to_owned()));
    }
    // Rows are inserted, and numbered, in the order of VALUES; only the order of RETURNING is not promised.
    ids.sort_unstable();
    Ok(ids)
}
