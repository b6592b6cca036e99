//! Campaigns as pages show them.

use super::class::{FailureClass, SkipReason};
use super::gate::{Alarm, Tally};
use super::lifecycle::{CampaignState, StageState};
use super::plan::{CampaignPlan, PlanProblem};
use super::target::TargetState;
use crate::file::FileRef;
use crate::{CampaignId, DeviceId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// One line of the list of campaigns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignRow {
    pub id: CampaignId,
    pub name: String,
    /// Such as `Kestrel HG640, to 4.2.1`.
    pub what: String,
    pub state: CampaignState,
    /// Why it stands still, in a few words.
    pub pause: Option<Pause>,
    /// The stage that runs, from 1, and how many there are; `None` before the start.
    pub stage: Option<(u16, u16)>,
    pub stages: Vec<StageView>,
    /// All its devices together.
    pub tally: Tally,
    /// Minutes after midnight, see `Window`; `None`: any time.
    pub window: Option<(u16, u16)>,
    pub pause_percent: f64,
    /// Devices that its audience had when the plan was written.
    pub expected: u32,
    pub starts_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub by: String,
    pub created_at: Timestamp,
}

/// A page of the list of campaigns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CampaignList {
    pub rows: Vec<CampaignRow>,
    /// Where the next page begins.
    pub next: Option<CampaignId>,
    /// How many are in each state, whatever is listed.
    pub states: Vec<(CampaignState, u32)>,
}

/// A campaign that a device is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCampaign {
    pub id: CampaignId,
    pub name: String,
    pub state: CampaignState,
    pub target: TargetState,
}

/// Why a campaign stands still.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Pause {
    /// Somebody paused it.
    Person { by: String, reason: String },
    /// Too many failed.
    Alarm { alarm: Alarm },
    /// A gate did not open.
    Gate { stage: u16, finished: u32, percent: Option<f64>, wanted: f64 },
    /// A gate waits for a person.
    Decision { stage: u16 },
    /// Its file is gone or is not what it was.
    File { reason: String },
}

/// One stage and how far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageView {
    /// Such as `Canary` or `10 %`.
    pub label: String,
    pub state: StageState,
    pub tally: Tally,
    pub started_at: Option<Timestamp>,
    /// When its last device was done.
    pub done_at: Option<Timestamp>,
    pub passed_at: Option<Timestamp>,
    /// Who let it pass; `None`: the gate itself.
    pub passed_by: Option<String>,
}

/// How many failed for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCount {
    pub class: FailureClass,
    pub count: u32,
}

/// How one model fares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelCount {
    pub model: String,
    /// Revision of the hardware; may be empty.
    pub hardware: String,
    pub tally: Tally,
}

/// What happened in one minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatePoint {
    /// Beginning of the minute.
    pub at: Timestamp,
    /// Orders that were given.
    pub started: u32,
    pub succeeded: u32,
    pub failed: u32,
}

/// The window in one zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneView {
    pub zone: String,
    pub devices: u32,
    pub open: bool,
    /// When it closes, if it is open, or opens next; `None`: never again.
    pub turns_at: Option<Timestamp>,
}

/// A campaign with everything that its page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignView {
    pub id: CampaignId,
    pub plan: CampaignPlan,
    /// Changes with every edit; what is approved is one of them.
    pub revision: i64,
    pub state: CampaignState,
    pub pause: Option<Pause>,
    pub files: Vec<FileRef>,
    pub stages: Vec<StageView>,
    pub models: Vec<ModelCount>,
    pub failures: Vec<ClassCount>,
    pub skipped: Vec<(SkipReason, u32)>,
    pub zones: Vec<ZoneView>,
    /// The last two hours in which something happened, oldest first.
    pub rate: Vec<RatePoint>,
    /// Milliseconds that half of the devices took from the order to the new version.
    pub usual_ms: Option<i64>,
    /// When the stage that runs would end at this pace.
    pub stage_ends_at: Option<Timestamp>,
    pub by: String,
    pub created_at: Timestamp,
    pub edited_at: Timestamp,
    pub asked_by: Option<String>,
    pub approved_by: Option<String>,
    pub approved_at: Option<Timestamp>,
    /// Whether a second person has to approve it, as it stands.
    pub needs_approval: bool,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// The campaign that this one takes back.
    pub rollback_of: Option<CampaignId>,
    /// One that takes this one back.
    pub rolled_back_by: Option<CampaignId>,
    /// Devices that its audience had when the plan was written.
    pub expected: u32,
    /// What has to be mended before it can start.
    pub problems: Vec<PlanProblem>,
    pub now: Timestamp,
}

impl CampaignView {
    /// All devices together.
    pub fn tally(&self) -> Tally {
        self.stages.iter().map(|stage| &stage.tally).sum()
    }

    /// The stage that runs or soaks or is held, from 0.
    pub fn current_stage(&self) -> Option<usize> {
        self.stages.iter().position(|stage| !matches!(stage.state, StageState::Passed | StageState::Pending))
    }
}

/// How many devices an audience has, before anything is created.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    pub total: u32,
    /// Those that match and are left out.
    pub left_out: u32,
    /// The largest groups first, 200 at most.
    pub groups: Vec<AudienceCount>,
    pub counted_at: Timestamp,
}

/// What a campaign would do if it started now. Nothing is made for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DryRun {
    pub preview: Preview,
    /// What has to be mended before it can start.
    pub problems: Vec<PlanProblem>,
    /// Whether a second person would have to approve it.
    pub needs_approval: bool,
    /// Devices that would get an order when their turn comes, if they are there then.
    pub orders: u32,
    /// Devices that would be left out at their turn, and why.
    pub skipped: Vec<(SkipReason, u32)>,
    /// Devices whose first order would be this file, in the order of the path.
    pub images: Vec<(FileRef, u32)>,
}

impl Preview {
    /// `groups`: the largest first; beside each how many more match and are left out.
    pub fn of(groups: &[(AudienceCount, u32)], counted_at: Timestamp) -> Self {
        let shown = groups.iter().map(|(group, _)| group).filter(|group| group.count > 0);
        Self {
            total: groups.iter().map(|(group, _)| group.count).sum(),
            left_out: groups.iter().map(|(_, out)| out).sum(),
            groups: shown.take(200).cloned().collect(),
            counted_at,
        }
    }
}

/// Devices of one model, revision and version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudienceCount {
    pub model: String,
    pub product_class: String,
    pub hardware: String,
    pub version: String,
    pub count: u32,
}

/// Which devices of a campaign are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetFilter {
    /// Any of them; empty: all.
    pub states: Vec<TargetState>,
    pub stage: Option<u16>,
    pub class: Option<FailureClass>,
    pub model: Option<String>,
}

/// One device of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetView {
    pub device: DeviceId,
    pub serial: String,
    /// Name of the subscriber.
    pub subscriber: Option<String>,
    pub model: String,
    pub hardware: String,
    /// The version that runs now.
    pub version: String,
    pub stage: u16,
    pub state: TargetState,
    pub skipped: Option<SkipReason>,
    /// Why it failed last; kept while it is tried again.
    pub failure: Option<FailureClass>,
    pub orders: u32,
    /// When it is looked at again.
    pub due_at: Option<Timestamp>,
    pub changed_at: Timestamp,
    pub task: Option<TaskId>,
    /// In order of time; only of one device that is looked at.
    pub steps: Vec<TargetStep>,
}

/// When a device came into a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetStep {
    pub state: TargetState,
    pub at: Timestamp,
}

/// What happened to a campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignLog {
    pub at: Timestamp,
    /// Name of the agent; `None`: by itself.
    pub by: Option<String>,
    pub kind: CampaignLogKind,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "log", rename_all = "snake_case")]
pub enum CampaignLogKind {
    Created,
    Edited,
    ApprovalAsked,
    Approved,
    Rejected {
        reason: String,
    },
    Scheduled {
        at: Timestamp,
    },
    /// Its time came, and so many match that somebody has to approve it first, or again: it is a draft.
    NotStarted {
        devices: u32,
        /// For how many it was approved.
        approved: Option<u32>,
    },
    Started {
        devices: u32,
    },
    StageBegan {
        stage: u16,
        devices: u32,
    },
    StageDone {
        stage: u16,
        succeeded: u32,
        bad: u32,
        skipped: u32,
    },
    GatePassed {
        stage: u16,
        percent: Option<f64>,
        reason: Option<String>,
    },
    GateHeld {
        stage: u16,
        pause: Pause,
    },
    WindowOpened,
    WindowClosed,
    Paused {
        pause: Pause,
    },
    Resumed {
        reason: String,
    },
    Cancelled {
        reason: String,
        by_itself: bool,
    },
    LimitsChanged {
        reason: String,
    },
    /// An e-mail could not be delivered.
    NotTold {
        to: String,
        why: String,
    },
    Joined {
        devices: u32,
    },
    Ended {
        state: CampaignState,
        succeeded: u32,
        bad: u32,
    },
    /// A campaign that takes this one back was made.
    RollbackMade {
        campaign: CampaignId,
    },
}
