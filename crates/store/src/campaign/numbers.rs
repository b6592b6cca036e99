//! How a campaign fares, from the counts that are kept: nothing here looks at more than some hundred devices.

use super::CampaignRecord;
use super::queue::in_state;
use crate::error::StoreError;
use crate::sql::{Sql, statement};
use crate::store::Store;
use model::campaign::{FailureClass, RatePoint, SkipReason, StageState, Tally, TargetState};
use model::{CampaignId, Timestamp};
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, HashMap};

/// Devices of a campaign, counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CampaignNumbers {
    /// For each stage.
    pub stages: Vec<Tally>,
    /// For each stage and model.
    pub models: Vec<(u16, String, Tally)>,
    /// The same as the limits see it: whoever came back with another version has failed, also if it is tried again.
    pub judged: Vec<(u16, String, Tally)>,
    /// For each model and revision.
    pub kinds: Vec<(String, String, Tally)>,
    /// For each zone, with its number and name.
    pub zones: Vec<(i64, String, Tally)>,
    /// Why devices failed.
    pub failures: BTreeMap<FailureClass, u32>,
    /// Why devices were left out.
    pub skipped: BTreeMap<SkipReason, u32>,
}

/// A stage as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageRecord {
    pub stage: u16,
    pub label: String,
    pub state: StageState,
    pub started_at: Option<Timestamp>,
    pub done_at: Option<Timestamp>,
    pub passed_at: Option<Timestamp>,
    pub passed_by: Option<String>,
}

impl CampaignNumbers {
    /// All its devices together.
    pub fn all(&self) -> Tally {
        self.stages.iter().sum()
    }
}

impl Store {
    pub async fn campaign_stages(&self, id: CampaignId) -> Result<Vec<StageRecord>, StoreError> {
        const STAGES: &str = "SELECT stage, label, state, started_at, done_at, passed_at, passed_by FROM campaign_stage \
             WHERE campaign_id = $1 ORDER BY stage";
        // From the connection that writes: the engine goes by what it has just changed.
        let rows = self.0.write.query_all_raw(statement(self.backend(), STAGES, [id.0.into()])).await?;
        let mut stages = Vec::with_capacity(rows.len());
        for row in rows {
            let at = |index| row.try_get_by_index::<Option<i64>>(index).map(|at| at.map(Timestamp));
            let state: String = row.try_get_by_index(2)?;
            let corrupt = || StoreError::corrupt(format!("a stage of campaign {id}"), format!("state {state}"));
            stages.push(StageRecord {
                stage: u16::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or(u16::MAX),
                label: row.try_get_by_index(1)?,
                state: StageState::parse(&state).ok_or_else(corrupt)?,
                started_at: at(3)?,
                done_at: at(4)?,
                passed_at: at(5)?,
                passed_by: row.try_get_by_index(6)?,
            });
        }
        Ok(stages)
    }

    pub async fn campaign_numbers(&self, record: &CampaignRecord) -> Result<CampaignNumbers, StoreError> {
        const COUNTS: &str = "SELECT c.stage, c.zone, c.state, c.reason, c.n, g.model, g.hardware FROM campaign_count c \
             JOIN campaign_group g ON g.campaign_id = c.campaign_id AND g.grp = c.grp WHERE c.campaign_id = $1 AND c.n <> 0";
        const ZONES: &str = "SELECT zone, name FROM campaign_zone WHERE campaign_id = $1 ORDER BY zone";
        let id = record.id.0;
        let rows = self.0.write.query_all_raw(statement(self.backend(), COUNTS, [id.into()])).await?;
        let mut numbers =
            CampaignNumbers { stages: vec![Tally::default(); record.plan.stages.len()], ..CampaignNumbers::default() };
        let mut models = BTreeMap::<(u16, String), Tally>::new();
        let mut judged = BTreeMap::<(u16, String), Tally>::new();
        let mut kinds = BTreeMap::<(String, String), Tally>::new();
        let mut zones = HashMap::<i64, Tally>::new();
        for row in rows {
            let [stage, zone, state, reason, n] =
                [0, 1, 2, 3, 4].map(|index| row.try_get_by_index::<i64>(index).unwrap_or_default());
            let (model, hardware): (String, String) = (row.try_get_by_index(5)?, row.try_get_by_index(6)?);
            let (Ok(stage), Ok(n)) = (u16::try_from(stage), u32::try_from(n)) else { continue };
            let Some(state) = i16::try_from(state).ok().and_then(TargetState::of_number) else { continue };
            let reason = i16::try_from(reason).unwrap_or(0);
            if let Some(tally) = numbers.stages.get_mut(usize::from(stage)) {
                tally.add(state, n);
            }
            models.entry((stage, model.clone())).or_default().add(state, n);
            let wrong = state == TargetState::RetryWait && reason == FailureClass::WrongVersion.number();
            let seen = if wrong { TargetState::Failed } else { state };
            judged.entry((stage, model.clone())).or_default().add(seen, n);
            kinds.entry((model, hardware)).or_default().add(state, n);
            zones.entry(zone).or_default().add(state, n);
            match state {
                TargetState::Failed | TargetState::Lost => {
                    if let Some(class) = FailureClass::of_number(reason) {
                        *numbers.failures.entry(class).or_default() += n;
                    }
                }
                TargetState::Skipped => {
                    if let Some(reason) = SkipReason::of_number(reason) {
                        *numbers.skipped.entry(reason).or_default() += n;
                    }
                }
                _ => {}
            }
        }
        numbers.models = models.into_iter().map(|((stage, model), tally)| (stage, model, tally)).collect();
        numbers.judged = judged.into_iter().map(|((stage, model), tally)| (stage, model, tally)).collect();
        numbers.kinds = kinds.into_iter().map(|((model, hardware), tally)| (model, hardware, tally)).collect();
        for row in self.0.write.query_all_raw(statement(self.backend(), ZONES, [id.into()])).await? {
            let zone: i64 = row.try_get_by_index(0)?;
            numbers.zones.push((zone, row.try_get_by_index(1)?, zones.get(&zone).copied().unwrap_or_default()));
        }
        Ok(numbers)
    }

    /// Counts of each stage of several campaigns, for lists.
    pub async fn campaign_tallies(&self, ids: &[CampaignId]) -> Result<HashMap<CampaignId, Vec<Tally>>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let mut sql = Sql::new(
            "SELECT campaign_id, stage, state, CAST(SUM(n) AS BIGINT) FROM campaign_count WHERE campaign_id IN (",
        );
        sql.bind_table(&ids, self.backend()).push(") GROUP BY campaign_id, stage, state");
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        let mut tallies = HashMap::<CampaignId, Vec<Tally>>::new();
        for row in rows {
            let [id, stage, state, n] =
                [0, 1, 2, 3].map(|index| row.try_get_by_index::<i64>(index).unwrap_or_default());
            let (Ok(stage), Ok(n)) = (usize::try_from(stage), u32::try_from(n)) else { continue };
            let Some(state) = i16::try_from(state).ok().and_then(TargetState::of_number) else { continue };
            let stages = tallies.entry(CampaignId(id)).or_default();
            if stages.len() <= stage {
                stages.resize(stage + 1, Tally::default());
            }
            stages[stage].add(state, n);
        }
        Ok(tallies)
    }

    /// The last minutes in which something happened, oldest first.
    pub async fn campaign_rate(&self, id: CampaignId, limit: u16) -> Result<Vec<RatePoint>, StoreError> {
        const RATE: &str = "SELECT at, started, succeeded, failed FROM campaign_minute WHERE campaign_id = $1 \
             ORDER BY at DESC LIMIT $2";
        let values = [id.0.into(), i64::from(limit).into()];
        let rows = self.0.read.query_all_raw(statement(self.backend(), RATE, values)).await?;
        let mut points = Vec::with_capacity(rows.len());
        for row in rows.iter().rev() {
            let count = |index| row.try_get_by_index::<i64>(index).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
            points.push(RatePoint {
                at: Timestamp(row.try_get_by_index(0)?),
                started: count(1)?,
                succeeded: count(2)?,
                failed: count(3)?,
            });
        }
        Ok(points)
    }

    /// Milliseconds that half of the last devices (two hundred that are watched, and as many verified ones) took from their
    /// order until they were done; `None` of fewer than five.
    pub async fn campaign_usual_ms(&self, id: CampaignId) -> Result<Option<i64>, StoreError> {
        let mut times = Vec::new();
        // Each state is a walk of the index: its cost does not grow with the devices.
        for state in [TargetState::Verifying, TargetState::Succeeded] {
            let sql = format!(
                "SELECT t.arrived_at - t.began_at FROM campaign_target t WHERE t.campaign_id = $1 AND {} \
                 AND t.arrived_at IS NOT NULL AND t.began_at IS NOT NULL ORDER BY t.changed_at DESC LIMIT 200",
                in_state(state)
            );
            let rows = self.0.read.query_all_raw(statement(self.backend(), &sql, [id.0.into()])).await?;
            for row in rows {
                times.push(row.try_get_by_index::<i64>(0)?);
            }
        }
        times.sort_unstable();
        Ok((times.len() >= 5).then(|| times[times.len() / 2]))
    }
}
