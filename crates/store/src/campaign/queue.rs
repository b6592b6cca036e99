//! Devices that the engine has to look at: those whose turn it is, and those that something is due of.

use super::CampaignRecord;
use crate::error::StoreError;
use crate::sql::{Sql, statement};
use crate::store::Store;
use model::campaign::{SkipReason, TargetState};
use model::event::EventKind;
use model::task::{TaskOutcome, TaskState};
use model::{CampaignId, DeviceId, TaskId, Timestamp};
use sea_orm::{ConnectionTrait, QueryResult};
use std::collections::HashMap;

/// What the engine needs to know of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceFacts {
    pub model: String,
    pub product_class: String,
    pub hardware: String,
    pub version: String,
    pub last_inform: Timestamp,
    pub overdue_at: Timestamp,
    pub rebooting_until: Option<Timestamp>,
    pub approved: bool,
    pub stuck: bool,
    /// When the oldest of its tasks was made that have not ended, whoever asked for it.
    pub busy_since: Option<Timestamp>,
}

/// One device of a campaign as stored, with its task.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetRecord {
    pub campaign: CampaignId,
    pub device: DeviceId,
    pub stage: u16,
    pub zone: i64,
    pub state: TargetState,
    pub reason: i16,
    pub orders: u32,
    pub tries: u32,
    pub image: u16,
    pub task: Option<TaskId>,
    /// 1: it begins to load its file; 2: it has all of it.
    pub loading: u16,
    pub turn: i64,
    pub due_at: Option<Timestamp>,
    pub began_at: Option<Timestamp>,
    pub arrived_at: Option<Timestamp>,
    pub changed_at: Timestamp,
    pub facts: DeviceFacts,
    /// Where its task is; `None`: it has none.
    pub task_state: Option<TaskState>,
    pub task_outcome: Option<TaskOutcome>,
    /// A session has taken its task up: the order may have left.
    pub task_taken: bool,
}

const SELECT: &str = "SELECT t.device_id, t.stage, t.zone, t.state, t.reason, t.orders, t.tries, t.image, t.task_id, t.turn, \
     t.due_at, t.began_at, t.arrived_at, t.changed_at, d.model, d.product_class, d.hardware_version, d.software_version, \
     d.last_inform, d.overdue_at, d.rebooting_until, d.enrolment, d.stuck_at, \
     (SELECT MIN(k.created_at) FROM task k WHERE k.device_id = t.device_id AND k.is_open), j.state, j.outcome, t.loading, \
     j.attempts \
     FROM campaign_target t JOIN device d ON d.id = t.device_id LEFT JOIN task j ON j.id = t.task_id ";

impl Store {
    /// Devices whose turn it is, in the order of their ranks: of the stages up to `stage`, in these zones.
    pub async fn queued_targets(
        &self,
        record: &CampaignRecord,
        stages: &[u16],
        zones: &[i64],
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<TargetRecord>, StoreError> {
        let mut found = Vec::new();
        // One walk of the index for each: its cost is that of what is taken, not of what waits.
        for stage in stages {
            for zone in zones {
                let left = i64::from(limit) - found.len() as i64;
                if left <= 0 {
                    return Ok(found);
                }
                let mut sql = Sql::new(SELECT);
                sql.push("WHERE t.state = 0 AND t.campaign_id = ").bind(record.id.0);
                sql.push(" AND t.stage = ").bind(i64::from(*stage)).push(" AND t.zone = ").bind(*zone);
                sql.push(" AND (t.due_at IS NULL OR t.due_at <= ").bind(now.0);
                sql.push(") ORDER BY t.rank LIMIT ").bind(left);
                let rows = self.0.write.query_all_raw(sql.into_statement(self.backend())).await?;
                for row in &rows {
                    found.push(target(record.id, row)?);
                }
            }
        }
        Ok(found)
    }

    /// Devices that something is due of, those first that waited longest. Queued ones are not among them.
    pub async fn due_targets(
        &self,
        record: &CampaignRecord,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<TargetRecord>, StoreError> {
        let mut sql = Sql::new(SELECT);
        sql.push("WHERE t.campaign_id = ")
            .bind(record.id.0)
            .push(" AND t.due_at IS NOT NULL AND t.due_at <= ")
            .bind(now.0);
        sql.push(" AND t.state <> 0 ORDER BY t.due_at LIMIT ").bind(i64::from(limit));
        let rows = self.0.write.query_all_raw(sql.into_statement(self.backend())).await?;
        rows.iter().map(|row| target(record.id, row)).collect()
    }

    /// Devices in these states, whatever is due of them.
    pub async fn targets_in(
        &self,
        record: &CampaignRecord,
        states: &[TargetState],
        limit: u32,
    ) -> Result<Vec<TargetRecord>, StoreError> {
        let mut found = Vec::new();
        for state in states {
            let left = i64::from(limit) - found.len() as i64;
            let mut sql = Sql::new(SELECT);
            sql.push("WHERE t.campaign_id = ").bind(record.id.0).push(" AND ").push(&in_state(*state));
            sql.push(" LIMIT ").bind(left);
            let rows = self.0.write.query_all_raw(sql.into_statement(self.backend())).await?;
            for row in &rows {
                found.push(target(record.id, row)?);
            }
        }
        Ok(found)
    }

    /// The device that a task of a campaign is for, as long as the campaign counts on that task.
    pub async fn target_of_task(
        &self,
        record: &CampaignRecord,
        device: DeviceId,
        task: TaskId,
    ) -> Result<Option<TargetRecord>, StoreError> {
        let mut sql = Sql::new(SELECT);
        sql.push("WHERE t.campaign_id = ").bind(record.id.0).push(" AND t.device_id = ").bind(device.0);
        sql.push(" AND t.task_id = ").bind(task.0);
        let row = self.0.write.query_one_raw(sql.into_statement(self.backend())).await?;
        row.map(|row| target(record.id, &row)).transpose()
    }

    /// Devices that were left out because they were away, have been heard of since, and may be tried again.
    pub async fn returned_targets(
        &self,
        record: &CampaignRecord,
        stages: &[u16],
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<TargetRecord>, StoreError> {
        let stages: Vec<i64> = stages.iter().map(|stage| i64::from(*stage)).collect();
        let mut sql = Sql::new(SELECT);
        sql.push("WHERE t.campaign_id = ").bind(record.id.0).push(" AND ").push(&in_state(TargetState::Skipped));
        sql.push(" AND t.reason = ").bind(i64::from(SkipReason::Away.number())).push(" AND t.stage IN (");
        sql.bind_table(&stages, self.backend()).push(") AND t.tries < ").bind(i64::from(record.plan.patience.tries));
        sql.push(" AND d.last_inform > t.changed_at AND d.overdue_at > ").bind(now.0);
        sql.push(" LIMIT ").bind(i64::from(limit));
        let rows = self.0.write.query_all_raw(sql.into_statement(self.backend())).await?;
        rows.iter().map(|row| target(record.id, row)).collect()
    }

    /// Boots and resets of devices: when each happened, oldest first; those from `since` on.
    pub async fn starts_of(
        &self,
        devices: &[DeviceId],
        since: Timestamp,
    ) -> Result<HashMap<DeviceId, Vec<(Timestamp, EventKind)>>, StoreError> {
        let ids: Vec<i64> = devices.iter().map(|id| id.0).collect();
        let mut sql = Sql::new("SELECT device_id, at, kind FROM event WHERE device_id IN (");
        sql.bind_table(&ids, self.backend()).push(") AND at >= ").bind(since.0);
        sql.push(" AND (kind LIKE '{\"event\":\"boot\"%' OR kind LIKE '{\"event\":\"bootstrap\"%') ORDER BY id");
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        let mut starts = HashMap::<DeviceId, Vec<_>>::new();
        for row in rows {
            let (device, at): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let kind: String = row.try_get_by_index(2)?;
            if let Ok(kind) = serde_json::from_str(&kind) {
                starts.entry(DeviceId(device)).or_default().push((Timestamp(at), kind));
            }
        }
        Ok(starts)
    }

    /// How much of its file the device of a task has fetched for it, 0: nothing, 1: some, 2: all. Nothing if the task is not a
    /// campaign's.
    pub async fn target_loading(&self, task: TaskId) -> Result<i64, StoreError> {
        const LOADED: &str = "SELECT t.loading FROM task k JOIN campaign_target t ON t.campaign_id = k.campaign_id \
             AND t.device_id = k.device_id AND t.task_id = k.id WHERE k.id = $1";
        let row = self.0.read.query_one_raw(statement(self.backend(), LOADED, [task.0.into()])).await?;
        Ok(row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?.unwrap_or(0))
    }

    /// The device of a task begins to load its file, or has all of it: the engine is to see that. Nothing of a task that is not a
    /// campaign's.
    pub async fn target_loads(&self, task: TaskId, whole: bool, now: Timestamp) -> Result<(), StoreError> {
        const LOADS: &str = "UPDATE campaign_target SET due_at = $3, turn = turn + 1, loading = $2 \
             WHERE campaign_id = (SELECT campaign_id FROM task WHERE id = $1) \
             AND device_id = (SELECT device_id FROM task WHERE id = $1) AND task_id = $1 AND loading < $2";
        let values = [task.0.into(), i64::from(if whole { 2 } else { 1 }).into(), now.0.into()];
        self.0.write.execute_raw(statement(self.backend(), LOADS, values)).await?;
        Ok(())
    }
}

/// The condition that the row `t` is in a state. Written, not bound, and twice: so that SQLite, too, sees that the partial
/// indexes fit.
pub(super) fn in_state(state: TargetState) -> String {
    match state {
        TargetState::Queued => "t.state = 0".to_owned(),
        state => format!("t.state = {} AND t.state <> 0", state.number()),
    }
}

pub(super) fn target(campaign: CampaignId, row: &QueryResult) -> Result<TargetRecord, StoreError> {
    let device: i64 = row.try_get_by_index(0)?;
    let corrupt = |reason: String| StoreError::corrupt(format!("device {device} of campaign {campaign}"), reason);
    let number = |index| row.try_get_by_index::<i64>(index);
    let count = |index| number(index).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let small = |index| number(index).map(|n| u16::try_from(n).unwrap_or(u16::MAX));
    let at = |index| row.try_get_by_index::<Option<i64>>(index).map(|at| at.map(Timestamp));
    let state = number(3)?;
    let task_state: Option<String> = row.try_get_by_index(24)?;
    let outcome: Option<String> = row.try_get_by_index(25)?;
    Ok(TargetRecord {
        campaign,
        device: DeviceId(device),
        stage: small(1)?,
        zone: number(2)?,
        state: i16::try_from(state)
            .ok()
            .and_then(TargetState::of_number)
            .ok_or_else(|| corrupt(format!("state {state}")))?,
        reason: i16::try_from(number(4)?).unwrap_or(0),
        orders: count(5)?,
        tries: count(6)?,
        image: small(7)?,
        task: row.try_get_by_index::<Option<i64>>(8)?.map(TaskId),
        loading: small(26)?,
        turn: number(9)?,
        due_at: at(10)?,
        began_at: at(11)?,
        arrived_at: at(12)?,
        changed_at: Timestamp(number(13)?),
        facts: DeviceFacts {
            model: row.try_get_by_index(14)?,
            product_class: row.try_get_by_index(15)?,
            hardware: row.try_get_by_index(16)?,
            version: row.try_get_by_index(17)?,
            last_inform: Timestamp(number(18)?),
            overdue_at: Timestamp(number(19)?),
            rebooting_until: at(20)?,
            approved: number(21)? == 0,
            stuck: row.try_get_by_index::<Option<i64>>(22)?.is_some(),
            busy_since: at(23)?,
        },
        task_state: task_state.as_deref().and_then(TaskState::parse),
        task_outcome: outcome.as_deref().and_then(|text| serde_json::from_str(text).ok()),
        task_taken: row.try_get_by_index::<Option<i64>>(27)?.is_some_and(|attempts| attempts > 0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Kind, run};
    use sea_orm::DbBackend;

    #[tokio::test]
    async fn devices_of_a_state_are_found_by_an_index() {
        run(Kind::Sqlite, |database| async move {
            let store = database.store();
            for state in TargetState::ALL {
                let sql =
                    format!("EXPLAIN QUERY PLAN {SELECT} WHERE t.campaign_id = 1 AND {} LIMIT 5", in_state(state));
                let rows = store.0.read.query_all_raw(statement(DbBackend::Sqlite, &sql, [])).await.unwrap();
                let plan: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
                let index =
                    if state == TargetState::Queued { "campaign_target_queue" } else { "campaign_target_changed" };
                assert!(plan.iter().any(|line| line.contains(index)), "{state:?}: {plan:#?}");
            }
        })
        .await;
    }
}
