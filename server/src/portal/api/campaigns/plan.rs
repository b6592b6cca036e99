//! What a campaign is to do, as it is written in requests and told in answers. What is left out is as usual.

use super::when::CampaignWindow;
use crate::portal::api::devices::{Enrolment, Presence};
use crate::portal::api::problem::Problem;
use crate::portal::api::tasks::kind::{LIST_MAX, SetValue};
use crate::portal::api::time::Time;
use axum::http::StatusCode;
use model::campaign::{self, CampaignKind, IMAGES_MAX, NAMED_MAX, STAGES_MAX, TOLD_MAX};
use model::device::DeviceFilter;
use model::{DeviceId, FileId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest text of a filter, in characters.
const TEXT_MAX: usize = 200;

/// Declares an object of plans with the members of one inside, and what leads from one to the other.
macro_rules! parts {
    ($($(#[$meta:meta])* $name:ident = $inner:ty { $($(#[$member_meta:meta])* $member:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Serialize, Deserialize, ToSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name { $($(#[$member_meta])* pub $member: $type),* }

        impl Default for $name {
            fn default() -> Self {
                <$inner>::default().into()
            }
        }

        impl From<$inner> for $name {
            fn from(inner: $inner) -> Self {
                Self { $($member: inner.$member.into()),* }
            }
        }

        impl From<$name> for $inner {
            fn from(part: $name) -> Self {
                Self { $($member: part.$member.into()),* }
            }
        }
    )*};
}

parts! {
    /// Which routers. Who is meant is fixed when the campaign starts.
    Audience = campaign::Audience {
        filter: AudienceFilter,
        /// Versions of the software that run now; empty: any.
        #[schema(max_items = 500)]
        versions: Vec<String>,
        /// Revisions of the hardware; empty: any.
        #[schema(max_items = 500)]
        hardware: Vec<String>,
        /// Routers that match later join the last stage, up to so many in all; `ends_at` is needed then. `null`: none join.
        joins_up_to: Option<u32>,
        leave_out: LeaveOut,
    }
    /// What has to hold before the next stage begins. That of the last stage says nothing.
    Gate = campaign::Gate {
        /// Verified routers in percent of the finished ones. 98 if left out.
        #[schema(maximum = 100)]
        success_percent: f64,
        /// Finished routers that it takes at least; a smaller stage needs all of its own. 10 if left out.
        min_sample: u32,
        /// Minutes that pass after the last router was done. 1440, a day, if left out.
        soak_minutes: u32,
        /// It opens by itself, as it does if left out; otherwise a person decides.
        automatic: bool,
    }
    /// How fast. Each is at least 1.
    Pace = campaign::Pace {
        /// Routers that start in a minute. 200 if left out.
        per_minute: u32,
        /// Begins with so many in a minute and doubles every ten minutes. `null` or left out: at full speed at once.
        ramp_from: Option<u32>,
        /// Routers that load and install at once. 500 if left out.
        at_once: u32,
        /// Megabits per second for all downloads together. `null` or left out: as fast as they come.
        megabits: Option<u32>,
    }
    /// How often a router that failed is tried again, and how long it has.
    Patience = campaign::Patience {
        /// Tries of one router in one window, at least 1. 1 if left out.
        tries_a_night: u32,
        /// Tries of one router in all, at least 1. 2 if left out. One image is never ordered more than twice.
        tries: u32,
        /// Minutes before the second try; each later pause is twice as long. 30 if left out.
        pause_minutes: u32,
        /// Minutes for which a router is waited for that was called, at least 1. 5 if left out.
        connect_minutes: u32,
        /// Minutes from the order until it is done, at least 1 and no longer than the window. 60 if left out.
        finish_minutes: u32,
        /// Minutes for which it has to stay well. 30 if left out.
        healthy_minutes: u32,
    }
    /// When a campaign stops by itself. Held against each stage, and in it against each model.
    Thresholds = campaign::Thresholds {
        /// Finished routers before any limit counts. 10 if left out.
        min_sample: u32,
        /// It pauses. 2 percent and 3 routers if left out.
        pause: FailureLimit,
        /// It pauses, because of those alone that never came back. 0.5 percent and 2 routers if left out.
        lost: FailureLimit,
        /// It ends. 20 percent and 25 routers if left out.
        abort: FailureLimit,
    }
}

/// How many failures are too many: both have to be reached.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FailureLimit {
    /// More than so many percent of the finished routers.
    #[schema(maximum = 100, example = 2)]
    pub percent: f64,
    /// At least so many routers.
    #[schema(example = 3)]
    pub count: u32,
}

impl From<campaign::Limit> for FailureLimit {
    fn from(limit: campaign::Limit) -> Self {
        Self { percent: limit.percent, count: limit.count }
    }
}

impl From<FailureLimit> for campaign::Limit {
    fn from(limit: FailureLimit) -> Self {
        Self { percent: limit.percent, count: limit.count }
    }
}

/// The filter of the list of routers; what is left out does not restrict.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AudienceFilter {
    /// Words: parts of the serial number, model, subscriber, address…
    #[schema(max_length = 200)]
    pub text: String,
    pub presence: Option<Presence>,
    pub enrolment: Option<Enrolment>,
    #[schema(max_length = 200)]
    pub manufacturer: String,
    #[schema(max_length = 200, example = "HG645")]
    pub model: String,
    #[schema(max_length = 200)]
    pub software_version: String,
    /// Only those that something failed with too often; `leave_out.faulty` has to be off then.
    pub stuck: bool,
    /// Only those first seen within so many days.
    pub new_within_days: Option<u16>,
}

impl From<DeviceFilter> for AudienceFilter {
    fn from(filter: DeviceFilter) -> Self {
        Self {
            text: filter.text,
            presence: filter.presence.map(Into::into),
            enrolment: filter.enrolment.map(Into::into),
            manufacturer: filter.manufacturer,
            model: filter.model,
            software_version: filter.software_version,
            stuck: filter.stuck,
            new_within_days: filter.new_within_days,
        }
    }
}

impl From<AudienceFilter> for DeviceFilter {
    fn from(filter: AudienceFilter) -> Self {
        Self {
            text: filter.text,
            presence: filter.presence.map(Into::into),
            enrolment: filter.enrolment.map(Into::into),
            manufacturer: filter.manufacturer,
            model: filter.model,
            software_version: filter.software_version,
            stuck: filter.stuck,
            new_within_days: filter.new_within_days,
        }
    }
}

/// Which routers of the audience not.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LeaveOut {
    /// Numbers of routers.
    #[schema(max_items = 10000)]
    pub devices: Vec<i64>,
    /// Those whose subscriber has one of these tags.
    #[schema(max_items = 500)]
    pub tags: Vec<String>,
    /// Those in another campaign that has not ended. On, if left out.
    pub in_campaigns: bool,
    /// Those that something failed with too often. On, if left out.
    pub faulty: bool,
    /// Those that were not heard of for so many hours. 720, 30 days, if left out; `null`: however long.
    pub silent_hours: Option<u32>,
}

impl Default for LeaveOut {
    fn default() -> Self {
        campaign::LeaveOut::default().into()
    }
}

impl From<campaign::LeaveOut> for LeaveOut {
    fn from(out: campaign::LeaveOut) -> Self {
        Self {
            devices: out.devices.into_iter().map(|device| device.0).collect(),
            tags: out.tags,
            in_campaigns: out.in_campaigns,
            faulty: out.faulty,
            silent_hours: out.silent_hours,
        }
    }
}

impl From<LeaveOut> for campaign::LeaveOut {
    fn from(out: LeaveOut) -> Self {
        Self {
            devices: out.devices.into_iter().map(DeviceId).collect(),
            tags: out.tags,
            in_campaigns: out.in_campaigns,
            faulty: out.faulty,
            silent_hours: out.silent_hours,
        }
    }
}

/// What each router is to do.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(example = json!({"kind": "firmware", "images": [3]}))]
pub enum CampaignWhat {
    /// Loads firmware.
    Firmware {
        /// Numbers of files. Several are a path: a router gets the latest that its version may take, then the next.
        #[schema(max_items = 5)]
        images: Vec<i64>,
    },
    /// Sets parameters, and sees that they hold.
    Configuration {
        /// A secret comes back empty; one that is put back empty stays as it was.
        #[schema(max_items = 500)]
        values: Vec<SetValue>,
    },
    /// Restarts.
    Reboot {},
    /// Loads another file.
    File {
        /// The number of the file.
        file: i64,
    },
    /// Has its values read anew.
    Refresh {
        /// Parameters, or objects with their final dot; none: everything.
        #[serde(default)]
        #[schema(max_items = 500)]
        paths: Vec<String>,
    },
}

impl From<CampaignKind> for CampaignWhat {
    fn from(kind: CampaignKind) -> Self {
        match kind {
            CampaignKind::Firmware { images } => {
                Self::Firmware { images: images.into_iter().map(|file| file.0).collect() }
            }
            CampaignKind::Configuration { values } => Self::Configuration { values: all(values) },
            CampaignKind::Reboot => Self::Reboot {},
            CampaignKind::File { file } => Self::File { file: file.0 },
            CampaignKind::Refresh { paths } => Self::Refresh { paths },
        }
    }
}

impl From<CampaignWhat> for CampaignKind {
    fn from(what: CampaignWhat) -> Self {
        match what {
            CampaignWhat::Firmware { images } => Self::Firmware { images: images.into_iter().map(FileId).collect() },
            CampaignWhat::Configuration { values } => Self::Configuration { values: all(values) },
            CampaignWhat::Reboot {} => Self::Reboot,
            CampaignWhat::File { file } => Self::File { file: FileId(file) },
            CampaignWhat::Refresh { paths } => Self::Refresh { paths },
        }
    }
}

/// How far one stage reaches, and the gate behind it. Named canaries come first, then numbers of routers, then shares; each
/// stage reaches further than the one before, and the last one 100 percent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "reach", rename_all = "snake_case", deny_unknown_fields)]
#[schema(example = json!({"reach": "devices", "devices": 50, "gate": {"soak_minutes": 720}}))]
pub enum StagePlan {
    /// The routers that `canaries` of the plan names.
    Canaries {
        #[serde(default)]
        gate: Gate,
    },
    /// So many routers, together with the stages before.
    Devices {
        /// At least 1.
        devices: u32,
        #[serde(default)]
        gate: Gate,
    },
    /// So many percent of each model, together with the stages before.
    Percent {
        /// More than 0.
        #[schema(maximum = 100)]
        percent: f64,
        #[serde(default)]
        gate: Gate,
    },
}

impl From<campaign::StagePlan> for StagePlan {
    fn from(stage: campaign::StagePlan) -> Self {
        let gate = stage.gate.into();
        match stage.reach {
            campaign::Reach::Canaries => Self::Canaries { gate },
            campaign::Reach::Devices(devices) => Self::Devices { devices, gate },
            campaign::Reach::Percent(percent) => Self::Percent { percent, gate },
        }
    }
}

impl From<StagePlan> for campaign::StagePlan {
    fn from(stage: StagePlan) -> Self {
        let (reach, gate) = match stage {
            StagePlan::Canaries { gate } => (campaign::Reach::Canaries, gate),
            StagePlan::Devices { devices, gate } => (campaign::Reach::Devices(devices), gate),
            StagePlan::Percent { percent, gate } => (campaign::Reach::Percent(percent), gate),
        };
        Self { reach, gate: gate.into() }
    }
}

/// What a campaign is to do. Only `name` and `what` are needed; what is left out is as usual.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "HG645 to 4.2.1", "what": {"kind": "firmware", "images": [3]}, "audience": {"filter": {"model": "HG645"}}}))]
pub struct CampaignPlan {
    /// 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100, example = "HG645 to 4.2.1")]
    pub name: String,
    /// Why it is done; at most 2,000 characters.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub why: String,
    pub what: CampaignWhat,
    /// All routers, if left out, but for those that `leave_out` has by itself.
    #[serde(default)]
    pub audience: Audience,
    /// Numbers of the routers of the stage `canaries`.
    #[serde(default)]
    #[schema(max_items = 10000)]
    pub canaries: Vec<i64>,
    /// If left out: 50 routers, 10 percent, 100 percent.
    #[serde(default = "usual_stages")]
    #[schema(max_items = 12)]
    pub stages: Vec<StagePlan>,
    /// From 01:00 to 05:00 if left out; `null`: at any time.
    #[serde(default = "usual_window")]
    pub window: Option<CampaignWindow>,
    #[serde(default)]
    pub pace: Pace,
    #[serde(default)]
    pub patience: Patience,
    #[serde(default)]
    pub thresholds: Thresholds,
    /// Once started, it waits until then. `null` or left out: it begins at once.
    #[serde(default)]
    pub starts_at: Option<Time>,
    /// What has not begun by then is left out. `null` or left out: no end.
    #[serde(default)]
    pub ends_at: Option<Time>,
    /// Firmware may be older than what runs.
    #[serde(default)]
    pub downgrade: bool,
    /// E-mail addresses that hear of its start, its pauses and its end.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub tell: Vec<String>,
}

fn all<T: Into<U>, U>(list: Vec<T>) -> Vec<U> {
    list.into_iter().map(Into::into).collect()
}

fn usual() -> campaign::CampaignPlan {
    campaign::CampaignPlan::new("", CampaignKind::Reboot)
}

fn usual_stages() -> Vec<StagePlan> {
    all(usual().stages)
}

fn usual_window() -> Option<CampaignWindow> {
    usual().window.map(Into::into)
}

impl CampaignPlan {
    /// The plan inside, if its lists and texts are no longer than they may be (catalogue row I2). `at`: where in the request
    /// it is.
    pub fn bounded(self, at: &str) -> Result<campaign::CampaignPlan, Problem> {
        let wrong = |field: &str, detail: String| {
            Err(Problem::field(StatusCode::UNPROCESSABLE_ENTITY, format!("{at}{field}"), detail))
        };
        if let Some((list, most)) = self.too_long() {
            return wrong(list, format!("This list has more than {most} entries."));
        }
        let filter = &self.audience.filter;
        let texts = [
            ("audience.filter.text", &filter.text),
            ("audience.filter.manufacturer", &filter.manufacturer),
            ("audience.filter.model", &filter.model),
            ("audience.filter.software_version", &filter.software_version),
        ];
        let long = texts.into_iter().find(|(_, text)| text.chars().count() > TEXT_MAX).map(|(field, _)| field);
        match long {
            Some(field) => wrong(field, format!("At most {TEXT_MAX} characters.")),
            None => Ok(self.into()),
        }
    }

    /// The list that is too long, with how many it may have.
    fn too_long(&self) -> Option<(&'static str, usize)> {
        let what = match &self.what {
            CampaignWhat::Firmware { images } => ("what.images", images.len(), IMAGES_MAX),
            CampaignWhat::Configuration { values } => ("what.values", values.len(), LIST_MAX),
            CampaignWhat::Refresh { paths } => ("what.paths", paths.len(), LIST_MAX),
            CampaignWhat::Reboot {} | CampaignWhat::File { .. } => ("what", 0, 0),
        };
        let (audience, window) = (&self.audience, self.window.as_ref());
        let lists = [
            what,
            ("audience.versions", audience.versions.len(), LIST_MAX),
            ("audience.hardware", audience.hardware.len(), LIST_MAX),
            ("audience.leave_out.devices", audience.leave_out.devices.len(), NAMED_MAX),
            ("audience.leave_out.tags", audience.leave_out.tags.len(), LIST_MAX),
            ("canaries", self.canaries.len(), NAMED_MAX),
            ("stages", self.stages.len(), STAGES_MAX),
            ("window.days", window.map_or(0, |window| window.days.len()), 7),
            ("window.frozen_days", window.map_or(0, |window| window.frozen_days.len()), LIST_MAX),
            ("tell", self.tell.len(), TOLD_MAX),
        ];
        lists.into_iter().find(|(_, length, most)| length > most).map(|(list, _, most)| (list, most))
    }
}

impl From<campaign::CampaignPlan> for CampaignPlan {
    fn from(plan: campaign::CampaignPlan) -> Self {
        Self {
            name: plan.name,
            why: plan.why,
            what: plan.kind.into(),
            audience: plan.audience.into(),
            canaries: plan.canaries.into_iter().map(|device| device.0).collect(),
            stages: all(plan.stages),
            window: plan.window.map(Into::into),
            pace: plan.pace.into(),
            patience: plan.patience.into(),
            thresholds: plan.thresholds.into(),
            starts_at: plan.starts_at.map(Into::into),
            ends_at: plan.ends_at.map(Into::into),
            downgrade: plan.downgrade,
            tell: plan.tell,
        }
    }
}

impl From<CampaignPlan> for campaign::CampaignPlan {
    fn from(plan: CampaignPlan) -> Self {
        Self {
            name: plan.name,
            why: plan.why,
            kind: plan.what.into(),
            audience: plan.audience.into(),
            canaries: plan.canaries.into_iter().map(DeviceId).collect(),
            stages: all(plan.stages),
            window: plan.window.map(Into::into),
            pace: plan.pace.into(),
            patience: plan.patience.into(),
            thresholds: plan.thresholds.into(),
            starts_at: plan.starts_at.map(|at| at.0),
            ends_at: plan.ends_at.map(|at| at.0),
            downgrade: plan.downgrade,
            tell: plan.tell,
        }
    }
}

#[cfg(test)]
mod tests;
