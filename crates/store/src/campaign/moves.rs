//! Devices of a campaign from state to state: many at once, each by compare-and-set, counted in the same transaction.

use super::choose::add_counts;
use super::{CampaignChange, CampaignRecord};
use crate::error::StoreError;
use crate::secret::kind_column;
use crate::sql::{Kind, Sql};
use crate::store::Store;
use crate::task::{NewTask, TaskRecord, insert, step_line};
use model::campaign::TargetState;
use model::task::{TaskKind, TaskState, TaskStep};
use model::{DeviceId, TaskId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What becomes of a device's task with a move.
#[derive(Clone, Debug)]
pub enum TaskChange {
    Keep,
    /// It is made, together with the move.
    Make(Box<NewTask>),
    /// It is taken back; if the device has it already, the device does not move. The kind as it is kept, if it held secrets.
    TakeBack(TaskId, Option<TaskKind>),
    /// It is over.
    Forget,
}

/// One device from one state to another, as it was at `turn`.
#[derive(Clone, Debug)]
pub struct TargetMove {
    pub device: DeviceId,
    pub turn: i64,
    pub from: TargetState,
    /// The number of the reason that it has now, 0: none.
    pub from_reason: i16,
    pub to: TargetState,
    pub reason: i16,
    /// Orders of the present image, tries in all, which image of the path.
    pub orders: u32,
    pub tries: u32,
    pub image: u16,
    /// When the engine looks at it again.
    pub due_at: Option<Timestamp>,
    /// When it got its order, and when it was done.
    pub began_at: Option<Timestamp>,
    pub arrived_at: Option<Timestamp>,
    pub task: TaskChange,
    pub at: Timestamp,
}

/// What became of moves.
#[derive(Clone, Debug, Default)]
pub struct Moved {
    /// Devices that moved; the others had moved on.
    pub devices: HashSet<DeviceId>,
    /// Tasks that were made.
    pub made: Vec<TaskRecord>,
    /// Tasks that were taken back.
    pub taken_back: Vec<TaskRecord>,
}

impl Store {
    /// Moves devices, and changes the campaign together with them if `change` says so. `None`: the campaign was at another turn,
    /// and nothing happened. Without a change the campaign is not looked at.
    pub async fn move_targets(
        &self,
        record: &CampaignRecord,
        change: Option<&CampaignChange>,
        moves: &[TargetMove],
    ) -> Result<Option<Moved>, StoreError> {
        let tx = self.begin().await?;
        if let Some(change) = change
            && !self.change_in(&tx, record.id, record.turn, change).await?
        {
            return Ok(None);
        }
        let mut moved = Moved::default();
        let back = self.take_back(&tx, moves).await?;
        moved.taken_back = back.into_values().collect();
        let back: HashSet<TaskId> = moved.taken_back.iter().map(|task| task.id).collect();
        let mut made: HashMap<DeviceId, TaskRecord> = HashMap::new();
        for one in moves {
            if let TaskChange::Make(new) = &one.task {
                made.insert(one.device, insert(&tx, new, &self.0.vault).await?);
            }
        }
        let going: Vec<&TargetMove> = moves
            .iter()
            .filter(|one| !matches!(&one.task, TaskChange::TakeBack(task, _) if !back.contains(task)))
            .collect();
        let places = self.update_targets(&tx, record, &going, &made).await?;
        // A task without its device would be an order that nobody counts.
        let orphans: Vec<i64> =
            made.iter().filter(|(device, _)| !places.contains_key(device)).map(|(_, task)| task.id.0).collect();
        if !orphans.is_empty() {
            let mut sql = Sql::new("DELETE FROM task WHERE id IN (");
            sql.bind_table(&orphans, self.backend()).push(")");
            tx.execute_raw(sql.into_statement(self.backend())).await?;
        }
        let happened: Vec<&TargetMove> = going.into_iter().filter(|one| places.contains_key(&one.device)).collect();
        count(&tx, record, &happened, &places).await?;
        tx.commit().await?;
        moved.made = made.into_iter().filter(|(device, _)| places.contains_key(device)).map(|(_, task)| task).collect();
        moved.devices = places.into_keys().collect();
        Ok(Some(moved))
    }

    /// Cancels tasks that their devices have not got.
    async fn take_back(
        &self,
        tx: &DatabaseTransaction,
        moves: &[TargetMove],
    ) -> Result<HashMap<TaskId, TaskRecord>, StoreError> {
        let mut back = HashMap::new();
        for one in moves {
            let TaskChange::TakeBack(id, kept) = &one.task else { continue };
            let mut sql = Sql::new("UPDATE task SET is_open = FALSE, note = NULL, state = ");
            sql.bind(TaskState::Cancelled.as_str()).push(", updated_at = ").bind(one.at.0).push(", steps = steps || ");
            sql.bind(step_line(TaskStep { state: TaskState::Cancelled, at: one.at }));
            if let Some(kind) = kept {
                sql.push(", kind = ").bind(kind_column(&self.0.vault, *id, kind)?);
            }
            // One that a session took up, and put back as it broke off, may have reached its device.
            sql.push(" WHERE id = ").bind(id.0);
            sql.push(" AND state IN ('queued', 'contacting') AND attempts = 0 RETURNING *");
            if let Some(task) = crate::task::one(tx, sql, &self.0.vault).await? {
                back.insert(*id, task);
            }
        }
        Ok(back)
    }

    /// Where the devices are that moved: stage, kind, zone.
    async fn update_targets(
        &self,
        tx: &DatabaseTransaction,
        record: &CampaignRecord,
        moves: &[&TargetMove],
        made: &HashMap<DeviceId, TaskRecord>,
    ) -> Result<HashMap<DeviceId, (i64, i64, i64)>, StoreError> {
        const COLUMNS: [(&str, Kind); 15] = [
            ("campaign", Kind::Number),
            ("device", Kind::Number),
            ("was", Kind::Number),
            ("at_turn", Kind::Number),
            ("state", Kind::Number),
            ("reason", Kind::Number),
            ("orders", Kind::Number),
            ("tries", Kind::Number),
            ("image", Kind::Number),
            ("due_at", Kind::Number),
            ("began_at", Kind::Number),
            ("arrived_at", Kind::Number),
            ("task", Kind::Number),
            ("changed", Kind::Number),
            ("step", Kind::Text),
        ];
        if moves.is_empty() {
            return Ok(HashMap::new());
        }
        // `task`: a number replaces it, 0 takes it away, none leaves it.
        let rows: Vec<_> = moves
            .iter()
            .map(|one| {
                let task = match &one.task {
                    TaskChange::Keep => None,
                    TaskChange::Make(_) => made.get(&one.device).map(|task| task.id.0),
                    TaskChange::TakeBack(..) | TaskChange::Forget => Some(0),
                };
                let step = (one.from != one.to).then(|| format!("{} {}\n", one.to.as_str(), one.at.0));
                json!({
                    "campaign": record.id.0, "device": one.device.0, "was": one.from.number(), "at_turn": one.turn, "state": one.to.number(),
                    "reason": one.reason, "orders": one.orders, "tries": one.tries, "image": one.image,
                    "due_at": one.due_at.map(|at| at.0), "began_at": one.began_at.map(|at| at.0),
                    "arrived_at": one.arrived_at.map(|at| at.0), "task": task, "changed": one.at.0,
                    "step": step.unwrap_or_default(),
                })
            })
            .collect();
        let mut sql = Sql::new(
            "UPDATE campaign_target SET state = r.state, reason = r.reason, orders = r.orders, tries = r.tries, \
             image = r.image, due_at = r.due_at, began_at = r.began_at, arrived_at = r.arrived_at, \
             task_id = CASE WHEN r.task IS NULL THEN task_id WHEN r.task = 0 THEN NULL ELSE r.task END, \
             loading = CASE WHEN r.task IS NULL THEN loading ELSE 0 END, \
             changed_at = CASE WHEN r.step = '' THEN changed_at ELSE r.changed END, steps = steps || r.step, \
             turn = turn + 1 FROM ",
        );
        sql.bind_rows(&COLUMNS, &rows, self.backend());
        // The campaign stands in the rows, not beside them: else SQLite walks all of its devices, and reads the rows for each.
        sql.push(
            " WHERE campaign_target.campaign_id = r.campaign AND campaign_target.device_id = r.device \
             AND campaign_target.turn = r.at_turn AND campaign_target.state = r.was RETURNING device_id, stage, grp, zone",
        );
        let rows = tx.query_all_raw(sql.into_statement(self.backend())).await?;
        let mut places = HashMap::with_capacity(rows.len());
        for row in rows {
            let place = (row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?);
            places.insert(DeviceId(row.try_get_by_index(0)?), place);
        }
        Ok(places)
    }
}

/// Keeps the counts in step with what moved.
async fn count(
    tx: &DatabaseTransaction,
    record: &CampaignRecord,
    moves: &[&TargetMove],
    places: &HashMap<DeviceId, (i64, i64, i64)>,
) -> Result<(), StoreError> {
    let mut counts = BTreeMap::<(i64, i64, i64, i16, i16), i64>::new();
    let mut minutes = BTreeMap::<i64, [i64; 3]>::new();
    for one in moves {
        let Some((stage, grp, zone)) = places.get(&one.device).copied() else { continue };
        *counts.entry((stage, grp, zone, one.from.number(), one.from_reason)).or_default() -= 1;
        *counts.entry((stage, grp, zone, one.to.number(), one.reason)).or_default() += 1;
        let minute = minutes.entry(one.at.0.div_euclid(60_000) * 60_000).or_default();
        match one.to {
            TargetState::Connecting if one.from != one.to => minute[0] += 1,
            TargetState::Succeeded => minute[1] += 1,
            TargetState::Failed | TargetState::Lost if one.from != TargetState::Lost => minute[2] += 1,
            _ => {}
        }
    }
    let rows: Vec<_> = counts
        .into_iter()
        .filter(|(_, n)| *n != 0)
        .map(|((stage, grp, zone, state, reason), n)| {
            json!({ "stage": stage, "grp": grp, "zone": zone, "state": state, "reason": reason, "n": n })
        })
        .collect();
    add_counts(tx, record.id, &rows).await?;
    for (at, [started, succeeded, failed]) in minutes {
        if started + succeeded + failed > 0 {
            add_minute(tx, record, Timestamp(at), [started, succeeded, failed]).await?;
        }
    }
    Ok(())
}

async fn add_minute(
    tx: &DatabaseTransaction,
    record: &CampaignRecord,
    at: Timestamp,
    [started, succeeded, failed]: [i64; 3],
) -> Result<(), StoreError> {
    const ADD: &str = "INSERT INTO campaign_minute (campaign_id, at, started, succeeded, failed) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (campaign_id, at) DO UPDATE SET started = campaign_minute.started + excluded.started, \
         succeeded = campaign_minute.succeeded + excluded.succeeded, failed = campaign_minute.failed + excluded.failed";
    let values = [record.id.0.into(), at.0.into(), started.into(), succeeded.into(), failed.into()];
    tx.execute_raw(crate::sql::statement(tx.get_database_backend(), ADD, values)).await?;
    Ok(())
}
