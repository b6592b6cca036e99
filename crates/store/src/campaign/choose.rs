//! Choosing the devices of a campaign that starts: statements over sets, never a loop over devices.
//!
//! First it is decided, by reading alone, up to which rank the devices of each model are in which stage; then the devices are
//! taken in, some ten thousand ids in one short transaction, so that sessions wait for none of them. Where that is interrupted
//! it goes on. A device's rank follows from its id alone, so a device that joins later comes to the place that it would
//! have had.

use super::audience::Chosen;
use super::{CampaignChange, CampaignRecord, PLANNING_BEGINS, log};
use crate::error::StoreError;
use crate::sql::{Kind, Sql, statement};
use crate::store::Store;
use model::campaign::{CampaignLogKind, CampaignState, Reach, TargetState};
use model::{CampaignId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::json;

/// Ids of devices that are looked at in one transaction.
const CHUNK: i64 = if cfg!(test) { 7 } else { 20_000 };
/// Ranks are below this prime.
const PRIME: i64 = 2_147_483_647;

/// The rank of the device `d` in a campaign: between 0 and [`PRIME`], spread evenly, and always the same.
fn rank(id: CampaignId) -> String {
    let salt = id.0.rem_euclid(PRIME) * 48_271 % PRIME;
    format!("((((d.id % {PRIME}) * 16807 + {salt}) % {PRIME}) * 48271 % {PRIME})")
}

impl Store {
    /// Starts a campaign: its stages are there and it is [`CampaignState::Running`], and its devices are yet to be chosen, by
    /// [`Self::choose_targets`]. `false`: somebody else was first.
    pub async fn start_campaign(
        &self,
        record: &CampaignRecord,
        by: Option<String>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const STAGE: &str =
            "INSERT INTO campaign_stage (campaign_id, stage, label, state) VALUES ($1, $2, $3, 'pending')";
        const BOUND: &str = "INSERT INTO campaign_bound (campaign_id, model, stage, up_to) VALUES ($1, $2, $3, $4)";
        let bounds = self.bounds(record, now).await?;
        let total: i64 = bounds.iter().map(|bound| bound.count).sum();
        let tx = self.begin().await?;
        let change = CampaignChange {
            state: Some(CampaignState::Running),
            pause: Some(None),
            started_at: Some(now),
            tick_at: Some(now),
            planned_to: Some(Some(PLANNING_BEGINS)),
            log: vec![(by, CampaignLogKind::Started { devices: u32::try_from(total).unwrap_or(u32::MAX) })],
            now,
            ..CampaignChange::default()
        };
        if !self.change_in(&tx, record.id, record.turn, &change).await? {
            return Ok(false);
        }
        for (index, stage) in record.plan.stages.iter().enumerate() {
            let label = match stage.reach {
                Reach::Canaries => "Canaries".to_owned(),
                Reach::Devices(_) if index == 0 => "Canary".to_owned(),
                Reach::Devices(count) => format!("First {count}"),
                Reach::Percent(percent) => format!("{percent} %"),
            };
            let values = [record.id.0.into(), (index as i64).into(), label.into()];
            tx.execute_raw(statement(self.backend(), STAGE, values)).await?;
        }
        for bound in bounds {
            let values = [record.id.0.into(), bound.model.into(), bound.stage.into(), bound.up_to.into()];
            tx.execute_raw(statement(self.backend(), BOUND, values)).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Up to which rank the devices of each model are in each stage. Reads only.
    async fn bounds(&self, record: &CampaignRecord, now: Timestamp) -> Result<Vec<Bound>, StoreError> {
        let chosen = self.chosen(&record.plan.audience, Some(record.id), now).await?;
        let named = named_first(record);
        // Devices in the order in which they would be taken, each model spread evenly over all of it.
        let mut sql =
            Sql::new("SELECT y.model, y.stage, MAX(y.h), COUNT(*) FROM (SELECT x.model AS model, x.h AS h, CASE");
        let stages = &record.plan.stages;
        for (index, stage) in stages.iter().enumerate() {
            match stage.reach {
                // Those that are named are in it, whatever their rank.
                Reach::Canaries => continue,
                Reach::Devices(count) => {
                    sql.push(" WHEN x.place <= ").bind(i64::from(count));
                }
                Reach::Percent(percent) => {
                    // In thousandths of a percent: whole numbers are the same on both databases.
                    sql.push(" WHEN x.place * 100000 <= x.total * ").bind((percent * 1000.0).round() as i64);
                    sql.push(" + 99999");
                }
            }
            sql.push(" THEN ").bind(index as i64);
        }
        sql.push(" ELSE ")
            .bind(stages.len() as i64 - 1)
            .push(" END AS stage FROM (SELECT z.model AS model, z.h AS h, ");
        sql.push("ROW_NUMBER() OVER (ORDER BY (z.n * 2 - 1) * 1000000 / z.of_model, z.h) AS place, COUNT(*) OVER () AS total ");
        sql.push("FROM (SELECT w.model AS model, w.h AS h, ROW_NUMBER() OVER (PARTITION BY w.model ORDER BY w.h) AS n, COUNT(*) OVER (PARTITION BY w.model) AS of_model FROM (SELECT d.model AS model, ");
        sql.push(&rank(record.id)).push(" AS h FROM device d WHERE ");
        chosen.write(&mut sql);
        if !named.is_empty() {
            sql.push(" AND d.id NOT IN (").bind_table(&named, self.backend()).push(")");
        }
        sql.push(") w) z) x) y GROUP BY y.model, y.stage");
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        let mut bounds = Vec::with_capacity(rows.len());
        for row in rows {
            bounds.push(Bound {
                model: row.try_get_by_index(0)?,
                stage: row.try_get_by_index(1)?,
                up_to: row.try_get_by_index(2)?,
                count: row.try_get_by_index(3)?,
            });
        }
        Ok(bounds)
    }

    /// Takes in the next devices of a campaign that has started. `Ok(None)`: somebody else was first. `Some(true)`: all are in.
    pub async fn choose_targets(&self, record: &CampaignRecord, now: Timestamp) -> Result<Option<bool>, StoreError> {
        const LAST: &str = "SELECT MAX(id) FROM device";
        let Some(from) = record.planned_to else { return Ok(Some(true)) };
        let row = self.0.read.query_one_raw(statement(self.backend(), LAST, [])).await?;
        let last: i64 = match row {
            Some(row) => row.try_get_by_index::<Option<i64>>(0)?.unwrap_or(0),
            None => 0,
        };
        let upto = from.saturating_add(CHUNK);
        let done = upto >= last;
        let chosen = self.chosen(&record.plan.audience, Some(record.id), now).await?;
        let tx = self.begin().await?;
        let mut change = CampaignChange { planned_to: Some((!done).then_some(upto)), now, ..CampaignChange::default() };
        if done {
            // Nothing starts before all are in.
            change.tick_at = Some(now);
        }
        if !self.change_in(&tx, record.id, record.turn, &change).await? {
            return Ok(None);
        }
        // Ids above the last were given after it was looked at: devices that join later.
        self.take_in(&tx, record, &chosen, (from, if done { last.max(from) } else { upto }), now).await?;
        tx.commit().await?;
        Ok(Some(done))
    }

    /// Devices that match and were not there when it started, up to as many as there may be; how many came.
    pub async fn join_targets(&self, record: &CampaignRecord, now: Timestamp) -> Result<u32, StoreError> {
        let Some(limit) = record.plan.audience.joins_up_to else { return Ok(0) };
        let total = self.campaign_total(record.id).await?;
        if total >= limit {
            return Ok(0);
        }
        let chosen = self.chosen(&record.plan.audience, Some(record.id), now).await?;
        // The fleet is looked through without keeping anybody from writing, and only those found are looked at again.
        let mut sql = Sql::new("SELECT d.id FROM device d LEFT JOIN subscriber s ON s.id = d.subscriber_id WHERE ");
        chosen.write(&mut sql);
        sql.push(" AND NOT EXISTS (SELECT 1 FROM campaign_target o WHERE o.campaign_id = ").bind(record.id.0);
        sql.push(" AND o.device_id = d.id) ORDER BY d.id LIMIT ").bind(i64::from(limit - total).min(CHUNK));
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        let found = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<i64>, _>>()?;
        if found.is_empty() {
            return Ok(0);
        }
        let tx = self.begin().await?;
        let change = CampaignChange { now, ..CampaignChange::default() };
        if !self.change_in(&tx, record.id, record.turn, &change).await? {
            return Ok(0);
        }
        let mut sql = Sql::default();
        let last = record.plan.stages.len() as i64 - 1;
        begin_insert(&mut sql, record.id, now);
        sql.bind(last);
        let only = |sql: &mut Sql| {
            sql.push("d.id IN (").bind_table(&found, self.backend()).push(") AND ");
        };
        self.groups_and_zones(&tx, record, &chosen, only).await?;
        write_rest(&mut sql, record);
        only(sql.push(" WHERE "));
        chosen.write(&mut sql);
        sql.push(" ON CONFLICT (campaign_id, device_id) DO NOTHING");
        let joined = self.counted(&tx, record.id, sql).await?;
        if joined > 0 {
            log::write(&tx, record.id, now, &[(None, CampaignLogKind::Joined { devices: joined })]).await?;
        }
        tx.commit().await?;
        Ok(joined)
    }

    async fn take_in(
        &self,
        tx: &DatabaseTransaction,
        record: &CampaignRecord,
        chosen: &Chosen<'_>,
        (from, upto): (i64, i64),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let only = |sql: &mut Sql| {
            sql.push("d.id > ").bind(from).push(" AND d.id <= ").bind(upto).push(" AND ");
        };
        self.groups_and_zones(tx, record, chosen, only).await?;
        let named = named_first(record);
        let last = record.plan.stages.len() as i64 - 1;
        let mut sql = Sql::default();
        begin_insert(&mut sql, record.id, now);
        if !named.is_empty() {
            sql.push("CASE WHEN d.id IN (").bind_table(&named, self.backend()).push(") THEN 0 ELSE ");
        }
        sql.push("COALESCE((SELECT MIN(b.stage) FROM campaign_bound b WHERE b.campaign_id = ").bind(record.id.0);
        sql.push(" AND b.model = d.model AND b.up_to >= ").push(&rank(record.id)).push("), ").bind(last).push(")");
        sql.push(if named.is_empty() { "" } else { " END" });
        write_rest(&mut sql, record);
        only(sql.push(" WHERE "));
        chosen.write(&mut sql);
        sql.push(" ON CONFLICT (campaign_id, device_id) DO NOTHING");
        self.counted(tx, record.id, sql).await?;
        Ok(())
    }

    /// The kinds and the zones of devices, as far as they are not there yet. `only`: writes which, before the other conditions.
    async fn groups_and_zones(
        &self,
        tx: &DatabaseTransaction,
        record: &CampaignRecord,
        chosen: &Chosen<'_>,
        only: impl Fn(&mut Sql),
    ) -> Result<(), StoreError> {
        let mut sql = Sql::new("INSERT INTO campaign_group (campaign_id, grp, model, hardware) SELECT ");
        sql.bind(record.id.0).push(", (SELECT COUNT(*) FROM campaign_group g WHERE g.campaign_id = ").bind(record.id.0);
        sql.push(") + ROW_NUMBER() OVER (ORDER BY x.model, x.hw) - 1, x.model, x.hw FROM (SELECT DISTINCT d.model AS model, d.hardware_version AS hw FROM device d WHERE ");
        only(&mut sql);
        chosen.write(&mut sql);
        sql.push(") x WHERE NOT EXISTS (SELECT 1 FROM campaign_group g WHERE g.campaign_id = ").bind(record.id.0);
        sql.push(" AND g.model = x.model AND g.hardware = x.hw)");
        tx.execute_raw(sql.into_statement(self.backend())).await?;
        let mut sql = Sql::new("INSERT INTO campaign_zone (campaign_id, zone, name) SELECT ");
        sql.bind(record.id.0).push(", (SELECT COUNT(*) FROM campaign_zone g WHERE g.campaign_id = ").bind(record.id.0);
        sql.push(") + ROW_NUMBER() OVER (ORDER BY x.name) - 1, x.name FROM (SELECT DISTINCT ");
        write_zone(&mut sql, record);
        sql.push(" AS name FROM device d LEFT JOIN subscriber s ON s.id = d.subscriber_id WHERE ");
        only(&mut sql);
        chosen.write(&mut sql);
        sql.push(") x WHERE NOT EXISTS (SELECT 1 FROM campaign_zone g WHERE g.campaign_id = ").bind(record.id.0);
        sql.push(" AND g.name = x.name)");
        tx.execute_raw(sql.into_statement(self.backend())).await?;
        Ok(())
    }

    /// Runs an insertion of devices, and counts what it brought.
    async fn counted(&self, tx: &DatabaseTransaction, id: CampaignId, mut sql: Sql) -> Result<u32, StoreError> {
        sql.push(" RETURNING stage, grp, zone");
        let rows = tx.query_all_raw(sql.into_statement(self.backend())).await?;
        let mut counts = std::collections::BTreeMap::<(i64, i64, i64), i64>::new();
        for row in &rows {
            let key = (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            *counts.entry(key).or_default() += 1;
        }
        let rows_of: Vec<_> = counts
            .into_iter()
            .map(|((stage, grp, zone), n)| {
                json!({ "stage": stage, "grp": grp, "zone": zone, "state": TargetState::Queued.number(), "reason": 0, "n": n })
            })
            .collect();
        add_counts(tx, id, &rows_of).await?;
        Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
    }

    async fn campaign_total(&self, id: CampaignId) -> Result<u32, StoreError> {
        let mut sql = Sql::new("SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM campaign_count WHERE campaign_id = ");
        sql.bind(id.0);
        Ok(u32::try_from(self.number(sql).await?).unwrap_or(u32::MAX))
    }
}

struct Bound {
    model: String,
    stage: i64,
    up_to: i64,
    count: i64,
}

/// Devices that are in the first stage because somebody named them.
fn named_first(record: &CampaignRecord) -> Vec<i64> {
    let named = record.plan.stages.first().is_some_and(|stage| stage.reach == Reach::Canaries);
    if named { record.plan.canaries.iter().map(|id| id.0).collect() } else { Vec::new() }
}

/// Up to the stage, which is written next.
fn begin_insert(sql: &mut Sql, id: CampaignId, now: Timestamp) {
    sql.push("INSERT INTO campaign_target (campaign_id, device_id, rank, changed_at, state, steps, stage, grp, zone) SELECT ");
    sql.bind(id.0).push(", d.id, ").push(&rank(id)).push(", ").bind(now.0).push(", 0, '', ");
}

/// After the stage: kind and zone, and from where.
fn write_rest(sql: &mut Sql, record: &CampaignRecord) {
    sql.push(", g.grp, o.zone FROM device d LEFT JOIN subscriber s ON s.id = d.subscriber_id ");
    sql.push("JOIN campaign_group g ON g.campaign_id = ").bind(record.id.0);
    sql.push(" AND g.model = d.model AND g.hardware = d.hardware_version JOIN campaign_zone o ON o.campaign_id = ");
    sql.bind(record.id.0).push(" AND o.name = ");
    write_zone(sql, record);
}

/// The zone of the row `d` with its subscriber `s`.
fn write_zone(sql: &mut Sql, record: &CampaignRecord) {
    let usual = record.plan.window.as_ref().map_or("UTC", |window| window.zone.as_str());
    sql.push("COALESCE(NULLIF(s.time_zone, ''), ").bind(usual.to_owned()).push(")");
}

/// Adds to the counts of a campaign: rows of `stage, grp, zone, state, reason, n`.
pub(super) async fn add_counts(
    tx: &DatabaseTransaction,
    id: CampaignId,
    rows: &[serde_json::Value],
) -> Result<(), StoreError> {
    const COLUMNS: [(&str, Kind); 6] = [
        ("stage", Kind::Number),
        ("grp", Kind::Number),
        ("zone", Kind::Number),
        ("state", Kind::Number),
        ("reason", Kind::Number),
        ("n", Kind::Number),
    ];
    if rows.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let mut sql = Sql::new("INSERT INTO campaign_count (campaign_id, stage, grp, zone, state, reason, n) SELECT ");
    sql.bind(id.0).push(", r.stage, r.grp, r.zone, r.state, r.reason, r.n FROM ");
    // In one order: two processes wait for one another, never in a circle.
    sql.bind_rows(&COLUMNS, rows, backend).push(" WHERE TRUE ORDER BY r.stage, r.grp, r.zone, r.state, r.reason");
    sql.push(
        " ON CONFLICT (campaign_id, stage, grp, zone, state, reason) DO UPDATE SET n = campaign_count.n + excluded.n",
    );
    tx.execute_raw(sql.into_statement(backend)).await?;
    Ok(())
}
