//! Campaigns: the same for many devices, in stages, with gates between them.

mod class;
mod gate;
mod lifecycle;
mod notice;
mod plan;
mod target;
mod version;
mod view;

pub use class::{FailureClass, SkipReason};
pub use gate::{Alarm, Alarmed, Gate, GateAnswer, Limit, Tally, Thresholds};
pub use lifecycle::{CampaignEvent, CampaignState, StageEvent, StageState};
pub use notice::{Notice, NoticeKind, TOLD_MAX};
pub use plan::{
    Audience, CampaignKind, CampaignPlan, IMAGES_MAX, LeaveOut, Limits, NAMED_MAX, Pace, Patience, PlanPart,
    PlanProblem, Reach, STAGES_MAX, StagePlan, Window, is_day,
};
pub use target::{ORDERS_MAX, TargetEvent, TargetState};
pub use version::compare as compare_versions;
pub use view::{
    AudienceCount, CampaignList, CampaignLog, CampaignLogKind, CampaignRow, CampaignView, ClassCount, DeviceCampaign,
    DryRun, ModelCount, Pause, Preview, RatePoint, StageView, TargetFilter, TargetStep, TargetView, ZoneView,
};
