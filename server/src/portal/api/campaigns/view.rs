//! Campaigns as they are told.

use super::counts::{Counts, FailureCount, SkipCount, skips};
use super::plan::{CampaignPlan, Gate};
use crate::portal::api::time::Time;
use crate::portal::api::words::{mirror, words};
use model::campaign::{self, CampaignRow, CampaignView, DryRun, StageView};
use model::file::FileRef;
use serde::Serialize;
use utoipa::ToSchema;

words! {
    /// Where a campaign is. Before its start: `draft`, `awaiting_approval`, `rejected`, `approved`, `scheduled` (it starts
    /// by itself at its time). Under way: `running`, `waiting_window` (it runs, and the window is open nowhere),
    /// `gate_hold` (a person has to decide whether it goes on), `paused` (nothing new starts). The other four are ends;
    /// `expired`: its last day was over first.
    CampaignState = campaign::CampaignState {
        Draft, AwaitingApproval, Rejected, Approved, Scheduled, Running, WaitingWindow, GateHold, Paused, Cancelled,
        Completed, CompletedWithFailures, Expired
    }
    /// Where a stage is. `soaking`: its routers are done and are watched. `failed`: its gate did not open. `held`: its gate
    /// waits for a person.
    StageState = campaign::StageState { Pending, Active, Soaking, Passed, Failed, Held }
    /// Which limit was passed.
    PassedLimit = campaign::Alarmed { Pause, Lost, Abort }
    /// Which part of a plan.
    PlanPart = campaign::PlanPart { Audience, What, Stages, Limits, Review }
}

mirror! {
    /// What is wrong with a plan.
    PlanProblem = campaign::PlanProblem {
        part: PlanPart,
        /// What to mend, for people.
        #[schema(example = "Choose an image.")]
        problem: String,
    }
    /// What happened in one minute.
    MinuteCounts = campaign::RatePoint {
        /// The beginning of the minute.
        at: Time,
        /// Orders that were given.
        started: u32,
        succeeded: u32,
        failed: u32,
    }
    /// Routers of one model, revision and version.
    AudienceGroup = campaign::AudienceCount {
        model: String,
        product_class: String,
        /// Revision of the hardware.
        hardware: String,
        /// Version of the software.
        version: String,
        count: u32,
    }
}

/// Why a campaign stands still.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum CampaignPause {
    /// Somebody paused it.
    Person { by: String, reason: String },
    /// Too many failed.
    Alarm {
        limit: PassedLimit,
        /// The number of the stage, from 1.
        stage: u16,
        /// The model that is to blame; `null`: several alike.
        model: Option<String>,
        /// Routers that failed or were lost; with the limit `lost` only the lost.
        failed: u32,
        /// Routers that are finished.
        finished: u32,
        /// The share of the failed in the finished.
        percent: f64,
        allowed_percent: f64,
    },
    /// A gate did not open.
    Gate {
        /// The number of the stage, from 1.
        stage: u16,
        finished: u32,
        /// Verified routers in percent of the finished ones.
        percent: Option<f64>,
        wanted_percent: f64,
    },
    /// A gate waits for a person.
    Decision {
        /// The number of the stage, from 1.
        stage: u16,
    },
    /// Its file is gone, or is not what it was.
    File { reason: String },
}

/// The number of a stage, from 1.
pub fn number(stage: u16) -> u16 {
    stage.saturating_add(1)
}

impl From<campaign::Pause> for CampaignPause {
    fn from(pause: campaign::Pause) -> Self {
        match pause {
            campaign::Pause::Person { by, reason } => Self::Person { by, reason },
            campaign::Pause::Alarm { alarm } => Self::Alarm {
                limit: alarm.limit.into(),
                stage: number(alarm.stage),
                model: alarm.model,
                failed: alarm.bad,
                finished: alarm.finished,
                percent: alarm.percent,
                allowed_percent: alarm.allowed_percent,
            },
            campaign::Pause::Gate { stage, finished, percent, wanted } => {
                Self::Gate { stage: number(stage), finished, percent, wanted_percent: wanted }
            }
            campaign::Pause::Decision { stage } => Self::Decision { stage: number(stage) },
            campaign::Pause::File { reason } => Self::File { reason },
        }
    }
}

/// How one model fares.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelCounts {
    pub model: String,
    /// Revision of the hardware; may be empty.
    pub hardware: String,
    pub counts: Counts,
}

/// The window in one zone.
#[derive(Debug, Serialize, ToSchema)]
pub struct ZoneWindow {
    #[schema(example = "Europe/London")]
    pub zone: String,
    pub devices: u32,
    pub open: bool,
    /// When it closes, if it is open, or opens next; `null`: never again.
    pub turns_at: Option<Time>,
}

/// A file that a campaign hands out.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignFile {
    #[schema(example = 3)]
    pub id: i64,
    pub name: String,
    /// Of firmware, as routers report it; may be empty.
    pub version: String,
    /// Bytes.
    pub size: u64,
    /// 64 hexadecimal digits.
    pub sha256: String,
}

impl From<FileRef> for CampaignFile {
    fn from(file: FileRef) -> Self {
        Self { id: file.id.0, name: file.name, version: file.version, size: file.size, sha256: file.sha256 }
    }
}

/// One stage and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stage {
    /// From 1.
    #[schema(example = 1)]
    pub number: u16,
    /// Such as `Canary` or `10 %`.
    pub label: String,
    pub state: StageState,
    pub counts: Counts,
    /// What has to hold before the next one.
    pub gate: Option<Gate>,
    pub started_at: Option<Time>,
    /// When its last router was done.
    pub done_at: Option<Time>,
    pub passed_at: Option<Time>,
    /// Who let it pass; `null`: the gate itself.
    pub passed_by: Option<String>,
}

fn stages(views: Vec<StageView>, plans: &[campaign::StagePlan]) -> Vec<Stage> {
    let stage = |(number, view): (u16, StageView)| Stage {
        gate: plans.get(usize::from(number) - 1).map(|plan| plan.gate.into()),
        number,
        label: view.label,
        state: view.state.into(),
        counts: view.tally.into(),
        started_at: view.started_at.map(Into::into),
        done_at: view.done_at.map(Into::into),
        passed_at: view.passed_at.map(Into::into),
        passed_by: view.passed_by,
    };
    (1..).zip(views).map(stage).collect()
}

/// One line of the list of campaigns.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignSummary {
    #[schema(example = 12)]
    pub id: i64,
    #[schema(example = "HG645 to 4.2.1")]
    pub name: String,
    /// What it does, in a few words for people.
    pub what: String,
    pub state: CampaignState,
    /// Nothing new will begin.
    pub ended: bool,
    /// Why it stands still.
    pub pause: Option<CampaignPause>,
    /// The number of the stage that runs, from 1; `null` before the start.
    pub stage: Option<u16>,
    /// How many stages there are; `null` before the start.
    pub stages: Option<u16>,
    pub counts: Counts,
    /// Routers that its audience had when it was planned.
    pub expected: u32,
    pub starts_at: Option<Time>,
    pub started_at: Option<Time>,
    pub ended_at: Option<Time>,
    /// Who planned it.
    pub by: String,
    pub created_at: Time,
}

impl From<CampaignRow> for CampaignSummary {
    fn from(row: CampaignRow) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            what: row.what,
            state: row.state.into(),
            ended: row.state.ended(),
            pause: row.pause.map(Into::into),
            stage: row.stage.map(|(stage, _)| stage),
            stages: row.stage.map(|(_, stages)| stages),
            counts: row.tally.into(),
            expected: row.expected,
            starts_at: row.starts_at.map(Into::into),
            started_at: row.started_at.map(Into::into),
            ended_at: row.ended_at.map(Into::into),
            by: row.by,
            created_at: row.created_at.into(),
        }
    }
}

/// A campaign with everything that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Campaign {
    #[schema(example = 12)]
    pub id: i64,
    #[schema(example = "HG645 to 4.2.1")]
    pub name: String,
    pub state: CampaignState,
    /// Nothing new will begin.
    pub ended: bool,
    /// Changes with every edit; requests name the one that they are about.
    #[schema(example = 1)]
    pub revision: i64,
    /// Why it stands still.
    pub pause: Option<CampaignPause>,
    /// The plan as it was written; values of secrets are empty.
    pub plan: CampaignPlan,
    /// What has to be mended before it can start.
    pub problems: Vec<PlanProblem>,
    /// A second person has to approve it first.
    pub needs_approval: bool,
    pub files: Vec<CampaignFile>,
    /// All its routers together.
    pub counts: Counts,
    /// Empty before the start.
    pub stages: Vec<Stage>,
    pub models: Vec<ModelCounts>,
    /// The most frequent first.
    pub failures: Vec<FailureCount>,
    pub skipped: Vec<SkipCount>,
    pub zones: Vec<ZoneWindow>,
    /// The last 120 minutes in which something happened, oldest first.
    pub rate: Vec<MinuteCounts>,
    /// Milliseconds that half of the routers took from the order to its end.
    pub usual_ms: Option<i64>,
    /// When the stage that runs would end at this pace.
    pub stage_ends_at: Option<Time>,
    /// Routers that its audience had when it was planned.
    pub expected: u32,
    /// Who planned it.
    pub by: String,
    pub created_at: Time,
    pub edited_at: Time,
    /// Who asked for its approval.
    pub asked_by: Option<String>,
    pub approved_by: Option<String>,
    pub approved_at: Option<Time>,
    pub started_at: Option<Time>,
    pub ended_at: Option<Time>,
    /// The number of the campaign that this one takes back.
    pub rollback_of: Option<i64>,
    /// The number of one that takes this one back.
    pub rolled_back_by: Option<i64>,
}

impl From<CampaignView> for Campaign {
    fn from(view: CampaignView) -> Self {
        let counts = view.tally().into();
        let models = view.models.into_iter();
        let zones = view.zones.into_iter();
        let failures = view.failures.into_iter();
        Self {
            id: view.id.0,
            name: view.plan.name.clone(),
            state: view.state.into(),
            ended: view.state.ended(),
            revision: view.revision,
            pause: view.pause.map(Into::into),
            problems: view.problems.into_iter().map(Into::into).collect(),
            needs_approval: view.needs_approval,
            files: view.files.into_iter().map(Into::into).collect(),
            counts,
            stages: stages(view.stages, &view.plan.stages),
            models: models
                .map(|one| ModelCounts { model: one.model, hardware: one.hardware, counts: one.tally.into() })
                .collect(),
            failures: failures.map(|one| FailureCount { failure: one.class.into(), count: one.count }).collect(),
            skipped: skips(view.skipped),
            zones: zones
                .map(|one| ZoneWindow {
                    zone: one.zone,
                    devices: one.devices,
                    open: one.open,
                    turns_at: one.turns_at.map(Into::into),
                })
                .collect(),
            rate: view.rate.into_iter().map(Into::into).collect(),
            usual_ms: view.usual_ms,
            stage_ends_at: view.stage_ends_at.map(Into::into),
            expected: view.expected,
            by: view.by,
            created_at: view.created_at.into(),
            edited_at: view.edited_at.into(),
            asked_by: view.asked_by,
            approved_by: view.approved_by,
            approved_at: view.approved_at.map(Into::into),
            started_at: view.started_at.map(Into::into),
            ended_at: view.ended_at.map(Into::into),
            rollback_of: view.rollback_of.map(|id| id.0),
            rolled_back_by: view.rolled_back_by.map(|id| id.0),
            plan: view.plan.into(),
        }
    }
}

/// Routers whose first order would be this file.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileOrders {
    pub file: CampaignFile,
    pub count: u32,
}

/// What a campaign would do if it started now.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignPreview {
    /// Routers of the audience.
    pub devices: u32,
    /// Those that match the filter and are left out by `leave_out`.
    pub left_out: u32,
    pub counted_at: Time,
    /// The largest first, 200 at most.
    pub groups: Vec<AudienceGroup>,
    /// What has to be mended before it can start.
    pub problems: Vec<PlanProblem>,
    /// A second person would have to approve it.
    pub needs_approval: bool,
    /// Routers that would get an order when their turn comes, if they are there then.
    pub orders: u32,
    /// Why the others would not.
    pub skipped: Vec<SkipCount>,
    /// In the order of the path.
    pub images: Vec<FileOrders>,
}

impl From<DryRun> for CampaignPreview {
    fn from(run: DryRun) -> Self {
        let images = run.images.into_iter();
        Self {
            devices: run.preview.total,
            left_out: run.preview.left_out,
            counted_at: run.preview.counted_at.into(),
            groups: run.preview.groups.into_iter().map(Into::into).collect(),
            problems: run.problems.into_iter().map(Into::into).collect(),
            needs_approval: run.needs_approval,
            orders: run.orders,
            skipped: skips(run.skipped),
            images: images.map(|(file, count)| FileOrders { file: file.into(), count }).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_inside() {
        for inner in campaign::CampaignState::ALL {
            assert_eq!(serde_json::to_value(CampaignState::from(inner)).unwrap(), inner.as_str());
        }
    }
}
