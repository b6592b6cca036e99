//! Campaigns: what they are to do, where they are, and the devices in them.
//!
//! Every change is a compare-and-set: of a campaign by its `turn`, of one of its devices by the device's own. So two
//! processes that look after the same campaign cannot both have done it, and one that dies in between has done all of a step
//! or nothing. How many devices are where is counted in the transactions that move them.

mod audience;
mod choose;
mod log;
mod moves;
mod notices;
mod numbers;
mod queue;
mod targets;

use crate::error::StoreError;
use crate::secret::CAMPAIGN_PLAN;
use crate::sql::{Sql, clean, statement};
use crate::store::Store;
use crate::task::json;
use model::campaign::{CampaignLogKind, CampaignPlan, CampaignState, Pause, StageState, Tally};
use model::{AgentId, CampaignId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};

pub use moves::{Moved, TargetMove, TaskChange};
pub use notices::{DueMail, NewMail};
pub use numbers::{CampaignNumbers, StageRecord};
pub use queue::{DeviceFacts, TargetRecord};
pub use targets::TargetsPage;

const COLUMNS: &str = "id, plan, state, pause, revision, turn, author, author_id, created_at, edited_at, asked_by, asked_id, \
     approved_by, approved_id, approved_at, started_at, ended_at, rollback_of, tick_at, planned_to, ran_minutes, minute, \
     started_in_minute, expected, excused, editors";

/// Before any device: ids are above.
const PLANNING_BEGINS: i64 = 0;

/// A campaign as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignRecord {
    pub id: CampaignId,
    pub plan: CampaignPlan,
    pub state: CampaignState,
    pub pause: Option<Pause>,
    /// Goes up with every edit.
    pub revision: i64,
    /// Goes up with every change.
    pub turn: i64,
    pub by: String,
    pub author: Option<AgentId>,
    pub created_at: Timestamp,
    pub edited_at: Timestamp,
    /// Who asked for approval.
    pub asked: Option<(Option<AgentId>, String)>,
    pub approved: Option<(Option<AgentId>, String, Timestamp)>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub rollback_of: Option<CampaignId>,
    pub tick_at: Timestamp,
    /// The last device that was looked at while devices are chosen; `None` once all were.
    pub planned_to: Option<i64>,
    /// Minutes in which it started devices, for the ramp.
    pub ran_minutes: u32,
    /// The minute (since 1970) that `started_in_minute` counts.
    pub minute: i64,
    pub started_in_minute: u32,
    /// Devices that its audience had when the plan was last written: what an approver saw.
    pub expected: u32,
    /// `CampaignNumbers::judged` when somebody looked at it last, and let it go on.
    pub excused: Vec<(u16, String, Tally)>,
    /// Who changed its plan, beside its author.
    pub editors: Vec<(Option<AgentId>, String)>,
}

/// A campaign to be created, as a draft.
#[derive(Clone, Debug)]
pub struct NewCampaign {
    pub plan: CampaignPlan,
    pub by: String,
    pub author: Option<AgentId>,
    pub rollback_of: Option<CampaignId>,
    /// Devices that its audience has.
    pub expected: u32,
    pub now: Timestamp,
}

/// What changes of a campaign. Only the `Some` fields are written.
#[allow(clippy::option_option)] // Whether it is written, and what.
#[derive(Clone, Debug, Default)]
pub struct CampaignChange {
    pub state: Option<CampaignState>,
    pub pause: Option<Option<Pause>>,
    /// Replaces the plan; `edited`: its revision goes up, and approvals are void.
    pub plan: Option<CampaignPlan>,
    pub edited: Option<Timestamp>,
    pub asked: Option<(Option<AgentId>, String)>,
    pub approved: Option<(Option<AgentId>, String, Timestamp)>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub tick_at: Option<Timestamp>,
    pub planned_to: Option<Option<i64>>,
    pub ran_minutes: Option<u32>,
    pub minute: Option<i64>,
    pub started_in_minute: Option<u32>,
    pub expected: Option<u32>,
    pub excused: Option<Vec<(u16, String, Tally)>>,
    pub editors: Option<Vec<(Option<AgentId>, String)>>,
    /// The engine has nothing more to do with it.
    pub is_over: bool,
    pub stages: Vec<StageChange>,
    /// By whom, and what.
    pub log: Vec<(Option<String>, CampaignLogKind)>,
    /// When what is logged happened.
    pub now: Timestamp,
}

/// What changes of a stage.
#[derive(Clone, Debug)]
pub struct StageChange {
    pub stage: u16,
    /// The state it must be in.
    pub from: StageState,
    pub to: StageState,
    pub at: Timestamp,
    /// Who let it pass.
    pub by: Option<String>,
}

impl Store {
    /// Creates a draft.
    pub async fn create_campaign(&self, new: NewCampaign) -> Result<CampaignRecord, StoreError> {
        const INSERT: &str = "INSERT INTO campaign (name, plan, state, is_live, revision, turn, author, author_id, \
             created_at, edited_at, rollback_of, tick_at, ran_minutes, minute, started_in_minute, expected) \
             VALUES ($1, '', 'draft', FALSE, 1, 1, $2, $3, $4, $4, $5, 0, 0, 0, 0, $6) RETURNING id";
        let values = [
            clean(new.plan.name.trim()).into(),
            clean(&new.by).into(),
            new.author.map(|id| id.0).into(),
            new.now.0.into(),
            new.rollback_of.map(|id| id.0).into(),
            i64::from(new.expected).into(),
        ];
        let tx = self.begin().await?;
        let row = tx.query_one_raw(statement(self.backend(), INSERT, values)).await?;
        let row = row.ok_or_else(|| StoreError::Database("a campaign was inserted but not returned".to_owned()))?;
        let id = CampaignId(row.try_get_by_index(0)?);
        self.put_plan(&tx, id, &new.plan).await?;
        log::write(&tx, id, new.now, &[(Some(new.by), CampaignLogKind::Created)]).await?;
        tx.commit().await?;
        self.campaign(id).await?.ok_or(StoreError::NotFound { what: "campaign" })
    }

    /// The plan may hold what somebody typed for devices: it is sealed.
    async fn put_plan(&self, tx: &DatabaseTransaction, id: CampaignId, plan: &CampaignPlan) -> Result<(), StoreError> {
        const PUT: &str = "UPDATE campaign SET name = $2, plan = $3 WHERE id = $1";
        let sealed = self.0.vault.seal_text(CAMPAIGN_PLAN, id, &json(plan)?);
        let values = [id.0.into(), clean(plan.name.trim()).into(), sealed.into()];
        tx.execute_raw(statement(self.backend(), PUT, values)).await?;
        Ok(())
    }

    pub async fn campaign(&self, id: CampaignId) -> Result<Option<CampaignRecord>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM campaign WHERE id = $1");
        // From the connection that writes: what was just changed is seen.
        let row = self.0.write.query_one_raw(statement(self.backend(), &sql, [id.0.into()])).await?;
        row.map(|row| self.campaign_record(&row)).transpose()
    }

    /// Campaigns in these states, the newest first; empty: all.
    pub async fn campaigns(
        &self,
        states: &[CampaignState],
        before: Option<CampaignId>,
        limit: u16,
    ) -> Result<Vec<CampaignRecord>, StoreError> {
        let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM campaign WHERE id < "));
        sql.bind(before.map_or(i64::MAX, |id| id.0));
        if !states.is_empty() {
            sql.push(" AND state IN (")
                .bind_values(states.iter().map(|state| state.as_str()), self.backend())
                .push(")");
        }
        sql.push(" ORDER BY id DESC LIMIT ").bind(i64::from(limit));
        let rows = self.0.read.query_all_raw(sql.into_statement(self.backend())).await?;
        rows.iter().map(|row| self.campaign_record(row)).collect()
    }

    /// Campaigns that were handed in for approval, are approved or have their time; and those that have started, until
    /// the last of their devices is done.
    pub async fn open_campaigns(&self) -> Result<Vec<CampaignRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM campaign WHERE is_live OR state IN ('awaiting_approval', 'approved') ORDER BY id"
        );
        let rows = self.0.read.query_all_raw(statement(self.backend(), &sql, [])).await?;
        rows.iter().map(|row| self.campaign_record(row)).collect()
    }

    /// How many campaigns are in each state.
    pub async fn campaign_states(&self) -> Result<Vec<(CampaignState, u32)>, StoreError> {
        const STATES: &str = "SELECT state, COUNT(*) FROM campaign GROUP BY state";
        let rows = self.0.read.query_all_raw(statement(self.backend(), STATES, [])).await?;
        let mut states = Vec::with_capacity(rows.len());
        for row in rows {
            let (state, count): (String, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            states.extend(CampaignState::parse(&state).map(|state| (state, u32::try_from(count).unwrap_or(u32::MAX))));
        }
        Ok(states)
    }

    /// Live campaigns that the engine should look at now, those that waited longest first.
    pub async fn campaigns_due(&self, now: Timestamp) -> Result<Vec<CampaignId>, StoreError> {
        const DUE: &str = "SELECT id FROM campaign WHERE is_live AND tick_at <= $1 ORDER BY tick_at LIMIT 100";
        let rows = self.0.read.query_all_raw(statement(self.backend(), DUE, [now.0.into()])).await?;
        let ids = rows.iter().map(|row| row.try_get_by_index(0).map(CampaignId));
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// The campaign that takes another one back, the newest first.
    pub async fn rollback_of(&self, id: CampaignId) -> Result<Option<CampaignId>, StoreError> {
        const OF: &str =
            "SELECT id FROM campaign WHERE rollback_of = $1 AND state <> 'cancelled' ORDER BY id DESC LIMIT 1";
        let row = self.0.read.query_one_raw(statement(self.backend(), OF, [id.0.into()])).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.map(CampaignId))
    }

    /// Changes a campaign as it was at `turn`, with all that belongs to it, or nothing. `false`: somebody else was first.
    pub async fn change_campaign(
        &self,
        id: CampaignId,
        turn: i64,
        change: &CampaignChange,
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        if !self.change_in(&tx, id, turn, change).await? {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    pub(super) async fn change_in(
        &self,
        tx: &DatabaseTransaction,
        id: CampaignId,
        turn: i64,
        change: &CampaignChange,
    ) -> Result<bool, StoreError> {
        let mut sql = Sql::new("UPDATE campaign SET turn = turn + 1");
        if let Some(state) = change.state {
            sql.push(", state = ").bind(state.as_str());
            // Devices that have their orders are followed to their ends, whatever the campaign's.
            sql.push(", is_live = ").bind(state.is_live()).push(" OR (").bind(state.ended());
            sql.push(" AND started_at IS NOT NULL)");
        } else if change.is_over {
            sql.push(", is_live = FALSE");
        }
        if let Some(pause) = &change.pause {
            sql.push(", pause = ").bind(pause.as_ref().map(json).transpose()?);
        }
        if let Some(at) = change.edited {
            sql.push(", revision = revision + 1, asked_by = NULL, asked_id = NULL, approved_by = NULL, approved_id = NULL, approved_at = NULL, edited_at = ").bind(at.0);
        }
        if let Some((agent, name)) = &change.asked {
            sql.push(", asked_by = ").bind(clean(name)).push(", asked_id = ").bind(agent.map(|id| id.0));
        }
        if let Some((agent, name, at)) = &change.approved {
            sql.push(", approved_by = ").bind(clean(name)).push(", approved_id = ").bind(agent.map(|id| id.0));
            sql.push(", approved_at = ").bind(at.0);
        }
        let times = [("started_at", change.started_at), ("ended_at", change.ended_at), ("tick_at", change.tick_at)];
        for (column, at) in times.into_iter().filter_map(|(column, at)| at.map(|at| (column, at))) {
            sql.push(", ").push(column).push(" = ").bind(at.0);
        }
        if let Some(planned_to) = change.planned_to {
            sql.push(", planned_to = ").bind(planned_to);
        }
        if let Some(excused) = &change.excused {
            sql.push(", excused = ").bind(json(excused)?);
        }
        if let Some(editors) = &change.editors {
            sql.push(", editors = ").bind(json(editors)?);
        }
        let numbers = [
            ("ran_minutes", change.ran_minutes.map(i64::from)),
            ("minute", change.minute),
            ("started_in_minute", change.started_in_minute.map(i64::from)),
            ("expected", change.expected.map(i64::from)),
        ];
        for (column, number) in numbers.into_iter().filter_map(|(column, number)| number.map(|number| (column, number)))
        {
            sql.push(", ").push(column).push(" = ").bind(number);
        }
        sql.push(" WHERE id = ").bind(id.0).push(" AND turn = ").bind(turn);
        if tx.execute_raw(sql.into_statement(self.backend())).await?.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some(plan) = &change.plan {
            self.put_plan(tx, id, plan).await?;
        }
        for stage in &change.stages {
            if !self.change_stage(tx, id, stage).await? {
                return Ok(false);
            }
        }
        log::write(tx, id, change.now, &change.log).await?;
        Ok(true)
    }

    async fn change_stage(
        &self,
        tx: &DatabaseTransaction,
        id: CampaignId,
        change: &StageChange,
    ) -> Result<bool, StoreError> {
        let mut sql = Sql::new("UPDATE campaign_stage SET state = ");
        sql.bind(change.to.as_str());
        let column = match change.to {
            StageState::Active => Some("started_at"),
            StageState::Soaking => Some("done_at"),
            StageState::Passed => Some("passed_at"),
            StageState::Pending | StageState::Failed | StageState::Held => None,
        };
        if let Some(column) = column {
            sql.push(", ").push(column).push(" = ").bind(change.at.0);
        }
        if let Some(by) = &change.by {
            sql.push(", passed_by = ").bind(clean(by));
        }
        sql.push(" WHERE campaign_id = ").bind(id.0).push(" AND stage = ").bind(i64::from(change.stage));
        sql.push(" AND state = ").bind(change.from.as_str());
        Ok(tx.execute_raw(sql.into_statement(self.backend())).await?.rows_affected() == 1)
    }

    /// Deletes a campaign that never started; `false` if it has, or is not there.
    pub async fn delete_campaign(&self, id: CampaignId) -> Result<bool, StoreError> {
        const DELETE: &str = "DELETE FROM campaign WHERE id = $1 AND started_at IS NULL AND NOT is_live";
        Ok(self.0.write.execute_raw(statement(self.backend(), DELETE, [id.0.into()])).await?.rows_affected() == 1)
    }

    fn campaign_record(&self, row: &QueryResult) -> Result<CampaignRecord, StoreError> {
        let id = CampaignId(row.try_get_by_index(0)?);
        let corrupt = |what: &str, reason: String| StoreError::corrupt(format!("{what} of campaign {id}"), reason);
        let at = |index| -> Result<Option<Timestamp>, StoreError> {
            Ok(row.try_get_by_index::<Option<i64>>(index)?.map(Timestamp))
        };
        let agent = |index| -> Result<Option<AgentId>, StoreError> {
            Ok(row.try_get_by_index::<Option<i64>>(index)?.map(AgentId))
        };
        let count = |index| -> Result<u32, StoreError> {
            Ok(u32::try_from(row.try_get_by_index::<i64>(index)?).unwrap_or(u32::MAX))
        };
        let sealed: String = row.try_get_by_index(1)?;
        let plan = self.0.vault.open_text(CAMPAIGN_PLAN, id, &sealed)?;
        let state: String = row.try_get_by_index(2)?;
        let pause: Option<String> = row.try_get_by_index(3)?;
        let pause = pause.as_deref().map(serde_json::from_str).transpose();
        let (asked_by, approved_by): (Option<String>, Option<String>) =
            (row.try_get_by_index(10)?, row.try_get_by_index(12)?);
        let approved_at = at(14)?;
        let (excused, editors): (String, String) = (row.try_get_by_index(24)?, row.try_get_by_index(25)?);
        Ok(CampaignRecord {
            id,
            plan: serde_json::from_str(&plan).map_err(|error| corrupt("plan", error.to_string()))?,
            state: CampaignState::parse(&state).ok_or_else(|| corrupt("state", state))?,
            pause: pause.map_err(|error| corrupt("pause", error.to_string()))?,
            revision: row.try_get_by_index(4)?,
            turn: row.try_get_by_index(5)?,
            by: row.try_get_by_index(6)?,
            author: agent(7)?,
            created_at: Timestamp(row.try_get_by_index(8)?),
            edited_at: Timestamp(row.try_get_by_index(9)?),
            asked: match asked_by {
                Some(name) => Some((agent(11)?, name)),
                None => None,
            },
            approved: match (approved_by, approved_at) {
                (Some(name), Some(at)) => Some((agent(13)?, name, at)),
                _ => None,
            },
            started_at: at(15)?,
            ended_at: at(16)?,
            rollback_of: row.try_get_by_index::<Option<i64>>(17)?.map(CampaignId),
            tick_at: Timestamp(row.try_get_by_index(18)?),
            planned_to: row.try_get_by_index(19)?,
            ran_minutes: count(20)?,
            minute: row.try_get_by_index(21)?,
            started_in_minute: count(22)?,
            expected: count(23)?,
            excused: serde_json::from_str(&excused).map_err(|error| corrupt("counts", error.to_string()))?,
            editors: serde_json::from_str(&editors).map_err(|error| corrupt("editors", error.to_string()))?,
        })
    }
}
