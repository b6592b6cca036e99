//! What a campaign is to do: what its manager writes down, and what is wrong with it.

use super::gate::{Gate, Thresholds};
use super::notice::TOLD_MAX;
use crate::device::DeviceFilter;
use crate::subscriber::looks_like_email;
use crate::task::{SetValue, TaskKind};
use crate::time::duration;
use crate::{DeviceId, FileId, Permission, Timestamp};
use serde::{Deserialize, Serialize};

/// Stages of one campaign, at most; the named canaries are one of them.
pub const STAGES_MAX: usize = 12;
/// Images of one path, at most.
pub const IMAGES_MAX: usize = 5;
/// Devices that can be named one by one, as canaries or as left out.
pub const NAMED_MAX: usize = 10_000;

/// What every device is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum CampaignKind {
    /// Load firmware. Several images are a path: a device gets the latest that its version may take, then the next.
    Firmware {
        images: Vec<FileId>,
    },
    /// Set values, and see that they hold.
    Configuration {
        values: Vec<SetValue>,
    },
    Reboot,
    /// Load another file.
    File {
        file: FileId,
    },
    /// Read objects and parameters again. Empty: everything.
    Refresh {
        paths: Vec<String>,
    },
}

impl CampaignKind {
    pub fn label(&self) -> &'static str {
        match self {
            Self::Firmware { .. } => "Firmware",
            Self::Configuration { .. } => "Configuration",
            Self::Reboot => "Reboot",
            Self::File { .. } => "File",
            Self::Refresh { .. } => "Refresh",
        }
    }

    /// The word in URLs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Firmware { .. } => "firmware",
            Self::Configuration { .. } => "configuration",
            Self::Reboot => "reboot",
            Self::File { .. } => "file",
            Self::Refresh { .. } => "refresh",
        }
    }

    /// What somebody needs to have each of the devices do it.
    pub fn permission(&self) -> Permission {
        match self {
            Self::Firmware { .. } | Self::File { .. } => Permission::DeviceTransfer,
            Self::Configuration { .. } => Permission::DeviceWrite,
            Self::Reboot => Permission::DeviceReboot,
            Self::Refresh { .. } => Permission::DeviceRefresh,
        }
    }

    /// The files that it hands out, in the order of the path.
    pub fn files(&self) -> &[FileId] {
        match self {
            Self::Firmware { images } => images,
            Self::File { file } => std::slice::from_ref(file),
            Self::Configuration { .. } | Self::Reboot | Self::Refresh { .. } => &[],
        }
    }

    /// The task of each device, where it needs no file.
    pub fn task(&self) -> Option<TaskKind> {
        match self {
            Self::Firmware { .. } | Self::File { .. } => None,
            Self::Configuration { values } => Some(TaskKind::SetValues { values: values.clone() }),
            Self::Reboot => Some(TaskKind::Reboot),
            Self::Refresh { paths } => Some(TaskKind::Refresh { paths: paths.clone() }),
        }
    }

    /// Whether the device starts anew for it: a boot is expected then.
    pub fn restarts(&self) -> bool {
        matches!(self, Self::Firmware { .. } | Self::Reboot)
    }
}

/// Which devices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Audience {
    pub filter: DeviceFilter,
    /// Versions that run now; empty: any.
    pub versions: Vec<String>,
    /// Revisions of the hardware; empty: any.
    pub hardware: Vec<String>,
    /// Devices that match later join the last stage, up to so many in all, until the last day.
    pub joins_up_to: Option<u32>,
    pub leave_out: LeaveOut,
}

/// Which of them not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeaveOut {
    pub devices: Vec<DeviceId>,
    /// Tags of subscribers.
    pub tags: Vec<String>,
    /// Those that are in another campaign that has not ended.
    pub in_campaigns: bool,
    /// Those in which something failed too often, see `DeviceView::stuck`.
    pub faulty: bool,
    /// Those that were not heard of for so many hours; `None`: however long.
    pub silent_hours: Option<u32>,
}

impl Default for LeaveOut {
    fn default() -> Self {
        Self { devices: Vec::new(), tags: Vec::new(), in_campaigns: true, faulty: true, silent_hours: Some(30 * 24) }
    }
}

/// How many a stage reaches.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The canaries that are named, see [`CampaignPlan::canaries`].
    Canaries,
    /// So many devices together with the stages before.
    Devices(u32),
    /// So many percent of each model, together with the stages before.
    Percent(f64),
}

/// One stage.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StagePlan {
    pub reach: Reach,
    /// Before the next one; that of the last stage says nothing.
    pub gate: Gate,
}

/// When devices may start, by the clock at the subscriber's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Minutes after midnight; `from` may be later than `to`: over midnight. Both alike: the whole day.
    pub from: u16,
    pub to: u16,
    /// Monday first. The day on which a window begins counts.
    pub days: [bool; 7],
    /// First and last day on which nothing starts, such as `2026-12-24`.
    pub blackouts: Vec<(String, String)>,
    /// The zone of devices whose subscriber has none: an IANA name.
    pub zone: String,
}

impl Default for Window {
    fn default() -> Self {
        Self { from: 60, to: 300, days: [true; 7], blackouts: Vec::new(), zone: "UTC".to_owned() }
    }
}

/// How fast.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// Devices that start in a minute.
    pub per_minute: u32,
    /// Begins with so many in a minute and doubles every ten minutes until `per_minute`; `None`: at full speed.
    pub ramp_from: Option<u32>,
    /// Devices that load and install at once.
    pub at_once: u32,
    /// Megabits per second for all downloads together; `None`: as fast as they come.
    pub megabits: Option<u32>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { per_minute: 200, ramp_from: None, at_once: 500, megabits: None }
    }
}

/// How often a device that failed is tried again, and how long it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patience {
    /// Tries of one device in one window, where there is one, and in all. More than two orders of one image are never given.
    pub tries_a_night: u32,
    pub tries: u32,
    /// Minutes before the first repetition; each later one takes twice as long, and a random part more.
    pub pause_minutes: u32,
    /// Minutes for which a device is waited for that was called.
    pub connect_minutes: u32,
    /// Minutes from the order until the new version runs.
    pub finish_minutes: u32,
    /// Minutes for which it has to stay healthy.
    pub healthy_minutes: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries_a_night: 1,
            tries: 2,
            pause_minutes: 30,
            connect_minutes: 5,
            finish_minutes: 60,
            healthy_minutes: 30,
        }
    }
}

/// All that a manager decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignPlan {
    /// 1 to 100 characters.
    pub name: String,
    /// Why it is done; at most 2,000 characters.
    pub why: String,
    #[serde(flatten)]
    pub kind: CampaignKind,
    pub audience: Audience,
    /// Devices of the stage [`Reach::Canaries`].
    pub canaries: Vec<DeviceId>,
    pub stages: Vec<StagePlan>,
    /// `None`: at any time.
    pub window: Option<Window>,
    pub pace: Pace,
    pub patience: Patience,
    pub thresholds: Thresholds,
    /// Starts by itself then; `None`: by hand.
    pub starts_at: Option<Timestamp>,
    /// What has not begun by then is left out; `None`: no end.
    pub ends_at: Option<Timestamp>,
    /// Firmware may be older than what runs.
    pub downgrade: bool,
    /// E-mail addresses that hear of its start, its pauses and its end.
    #[serde(default)]
    pub tell: Vec<String>,
}

/// What can be changed of a campaign that has started.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    pub pace: Pace,
    pub thresholds: Thresholds,
}

/// What is wrong with one part of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanProblem {
    pub part: PlanPart,
    pub problem: String,
}

/// The steps of the wizard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanPart {
    Audience,
    What,
    Stages,
    Limits,
    Review,
}

impl Limits {
    /// Whether none of it is looser than in `other`: nothing starts faster, and it does not stop later.
    pub fn within(&self, other: &Self) -> bool {
        let (pace, was) = (&self.pace, &other.pace);
        let (limits, were) = (&self.thresholds, &other.thresholds);
        // Without a number there is no limit.
        let most = |one: Option<u32>, other: Option<u32>| one.unwrap_or(u32::MAX) <= other.unwrap_or(u32::MAX);
        pace.per_minute <= was.per_minute
            && pace.at_once <= was.at_once
            && most(pace.ramp_from, was.ramp_from)
            && most(pace.megabits, was.megabits)
            && limits.min_sample <= were.min_sample
            && [(limits.pause, were.pause), (limits.lost, were.lost), (limits.abort, were.abort)]
                .into_iter()
                .all(|(limit, was)| limit.percent <= was.percent && limit.count <= was.count)
    }

    /// What has to be mended.
    pub fn problems(&self) -> Vec<&'static str> {
        let Pace { per_minute, ramp_from, at_once, megabits } = self.pace;
        let mut problems = Vec::new();
        if per_minute == 0 || at_once == 0 || megabits == Some(0) || ramp_from == Some(0) {
            problems.push("Limits of the pace are at least 1.");
        }
        let limits = [self.thresholds.pause, self.thresholds.lost, self.thresholds.abort];
        if limits.iter().any(|limit| !(0.0..=100.0).contains(&limit.percent)) {
            problems.push("Shares are from 0 to 100 %.");
        }
        problems
    }
}

impl CampaignPlan {
    /// As a manager begins: canaries, a tenth, all; in the night.
    pub fn new(name: &str, kind: CampaignKind) -> Self {
        let stage = |reach| StagePlan { reach, gate: Gate::default() };
        Self {
            name: name.to_owned(),
            why: String::new(),
            kind,
            audience: Audience::default(),
            canaries: Vec::new(),
            stages: vec![stage(Reach::Devices(50)), stage(Reach::Percent(10.0)), stage(Reach::Percent(100.0))],
            window: Some(Window::default()),
            pace: Pace::default(),
            patience: Patience::default(),
            thresholds: Thresholds::default(),
            starts_at: None,
            ends_at: None,
            downgrade: false,
            tell: Vec::new(),
        }
    }

    /// What has to be mended before it can start. What depends on the database (files, zones) is looked at elsewhere.
    pub fn problems(&self) -> Vec<PlanProblem> {
        let mut problems = Vec::new();
        let mut say = |part, problem: &str| problems.push(PlanProblem { part, problem: problem.to_owned() });
        let name = self.name.trim().chars().count();
        if name == 0 || name > 100 {
            say(PlanPart::Review, "Give the campaign a name of at most 100 characters.");
        }
        if self.why.chars().count() > 2000 {
            say(PlanPart::Review, "The reason has more than 2,000 characters.");
        }
        match &self.kind {
            CampaignKind::Firmware { images } if images.is_empty() => say(PlanPart::What, "Choose an image."),
            CampaignKind::Firmware { images } if images.len() > IMAGES_MAX => {
                say(PlanPart::What, "A path has at most 5 images.");
            }
            CampaignKind::Firmware { images }
                if images.iter().enumerate().any(|(at, id)| images[..at].contains(id)) =>
            {
                say(PlanPart::What, "An image stands twice in the path.");
            }
            CampaignKind::Configuration { values } if values.is_empty() => say(PlanPart::What, "Name a value to set."),
            _ => {}
        }
        if self.canaries.len() > NAMED_MAX || self.audience.leave_out.devices.len() > NAMED_MAX {
            say(PlanPart::Audience, "At most 10,000 routers can be named one by one.");
        }
        if self.audience.joins_up_to.is_some() && self.ends_at.is_none() {
            say(PlanPart::Audience, "A campaign that others join later needs a last day.");
        }
        if let Some(problem) = self.stage_problem() {
            say(PlanPart::Stages, &problem);
        }
        if self.tell.len() > TOLD_MAX {
            say(PlanPart::Review, "At most 20 addresses are told.");
        }
        if let Some(wrong) = self.tell.iter().find(|address| !looks_like_email(address)) {
            say(PlanPart::Review, &format!("{wrong:?} is no e-mail address: it looks like name@example.com."));
        }
        if self.ends_at.is_some_and(|end| self.starts_at.is_some_and(|start| start >= end)) {
            say(PlanPart::Limits, "It ends before it starts.");
        }
        if let Some(window) = &self.window {
            if window.from >= 1440 || window.to >= 1440 {
                say(PlanPart::Limits, "Times of the window are from 00:00 to 23:59.");
            }
            if !window.days.contains(&true) {
                say(PlanPart::Limits, "Choose a day on which the window opens.");
            }
            if window.blackouts.iter().any(|(from, to)| !is_day(from) || !is_day(to) || from > to) {
                say(PlanPart::Limits, "Frozen days are written like 2026-12-24, the first one first.");
            }
        }
        let patience = &self.patience;
        if patience.tries == 0 || patience.tries_a_night == 0 {
            say(PlanPart::Limits, "A router is tried at least once.");
        }
        if patience.finish_minutes == 0 || patience.connect_minutes == 0 {
            say(PlanPart::Limits, "A router needs a minute at least.");
        }
        if self.window.as_ref().is_some_and(|window| patience.finish_minutes > u32::from(window.length())) {
            let text = format!(
                "A router may take {} to finish, which is longer than the window is open.",
                duration(u64::from(patience.finish_minutes) * 60)
            );
            say(PlanPart::Limits, &text);
        }
        for problem in self.limits().problems() {
            say(PlanPart::Limits, problem);
        }
        problems
    }

    /// What can still be changed of it once it has started.
    pub fn limits(&self) -> Limits {
        Limits { pace: self.pace, thresholds: self.thresholds }
    }

    fn stage_problem(&self) -> Option<String> {
        let Some(last) = self.stages.last() else { return Some("It needs a stage.".to_owned()) };
        if self.stages.len() > STAGES_MAX {
            return Some(format!("It has at most {STAGES_MAX} stages."));
        }
        if last.reach != Reach::Percent(100.0) {
            return Some("The last stage reaches 100 %.".to_owned());
        }
        if !self.canaries.is_empty() && !self.stages.iter().any(|stage| stage.reach == Reach::Canaries) {
            return Some("Canaries are named, and no stage is for them.".to_owned());
        }
        for (at, stage) in self.stages.iter().enumerate() {
            let before = &self.stages[..at];
            match stage.reach {
                Reach::Canaries if at > 0 => return Some("Named canaries are the first stage.".to_owned()),
                Reach::Canaries if self.canaries.is_empty() => return Some("Name the canaries.".to_owned()),
                Reach::Devices(_) if before.iter().any(|stage| matches!(stage.reach, Reach::Percent(_))) => {
                    return Some("Stages with a number of routers come before those with a share.".to_owned());
                }
                Reach::Devices(count)
                    if before.iter().any(|stage| stage.reach >= Reach::Devices(count)) || count == 0 =>
                {
                    return Some("Each stage reaches more routers than the one before.".to_owned());
                }
                Reach::Percent(share) if !(share > 0.0 && share <= 100.0) => {
                    return Some("Shares are above 0 and at most 100 %.".to_owned());
                }
                Reach::Percent(share)
                    if before
                        .iter()
                        .any(|stage| matches!(stage.reach, Reach::Percent(earlier) if earlier >= share)) =>
                {
                    return Some("Each stage reaches a larger share than the one before.".to_owned());
                }
                _ => {}
            }
            if !(0.0..=100.0).contains(&stage.gate.success_percent) {
                return Some("Gates are from 0 to 100 %.".to_owned());
            }
        }
        None
    }

    /// Devices that start in the minute after so many minutes of running.
    pub fn starts_in_minute(&self, minute: u32) -> u32 {
        match self.pace.ramp_from {
            None => self.pace.per_minute,
            Some(first) => {
                let doublings = (minute / 10).min(31);
                first.saturating_mul(1 << doublings).min(self.pace.per_minute)
            }
        }
    }
}

impl PartialOrd for Reach {
    /// Only of two that count devices.
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Self::Devices(one), Self::Devices(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }
}

impl Window {
    /// Minutes for which it is open.
    pub fn length(&self) -> u16 {
        match (self.to + 1440 - self.from) % 1440 {
            0 => 1440,
            minutes => minutes,
        }
    }
}

/// Whether it is a day, as `2026-12-24`.
pub fn is_day(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number = |part: &str| part.parse::<u32>().unwrap_or(0);
    (year.len(), month.len(), day.len()) == (4, 2, 2)
        && digits(year)
        && digits(month)
        && digits(day)
        && (1..=12).contains(&number(month))
        && (1..=31).contains(&number(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> CampaignPlan {
        CampaignPlan::new("GX21 3.8.0", CampaignKind::Firmware { images: vec![FileId(1)] })
    }

    #[test]
    fn a_plan_as_it_begins_is_right() {
        assert_eq!(plan().problems(), []);
    }

    #[test]
    fn what_is_wrong_is_said_at_its_place() {
        type Change = fn(&mut CampaignPlan);
        let cases: [(Change, PlanPart, &str); 15] = [
            (|plan| plan.name = "  ".into(), PlanPart::Review, "name"),
            (|plan| plan.kind = CampaignKind::Firmware { images: vec![] }, PlanPart::What, "Choose an image"),
            (|plan| plan.kind = CampaignKind::Firmware { images: vec![FileId(1); 2] }, PlanPart::What, "twice"),
            (|plan| plan.kind = CampaignKind::Configuration { values: vec![] }, PlanPart::What, "value"),
            (|plan| plan.audience.joins_up_to = Some(5), PlanPart::Audience, "last day"),
            (|plan| plan.stages.clear(), PlanPart::Stages, "needs a stage"),
            (|plan| plan.stages.truncate(2), PlanPart::Stages, "100 %"),
            (|plan| plan.stages[0].reach = Reach::Canaries, PlanPart::Stages, "Name the canaries"),
            (|plan| plan.canaries = vec![DeviceId(1)], PlanPart::Stages, "Canaries are named"),
            (|plan| plan.stages[1].reach = Reach::Percent(100.0), PlanPart::Stages, "larger share"),
            (|plan| plan.stages.swap(0, 1), PlanPart::Stages, "come before"),
            (|plan| plan.pace.per_minute = 0, PlanPart::Limits, "at least 1"),
            (|plan| plan.patience.finish_minutes = 241, PlanPart::Limits, "longer than the window"),
            (|plan| plan.window.as_mut().unwrap().days = [false; 7], PlanPart::Limits, "day on which"),
            (
                |plan| plan.window.as_mut().unwrap().blackouts = vec![("2026-12-24".into(), "2026-13-01".into())],
                PlanPart::Limits,
                "2026-12-24",
            ),
        ];
        for (change, part, words) in cases {
            let mut plan = plan();
            change(&mut plan);
            let problems = plan.problems();
            assert!(
                problems.iter().any(|one| one.part == part && one.problem.contains(words)),
                "{words}: {problems:?}"
            );
        }
    }

    #[test]
    fn a_ramp_doubles_up_to_the_cap() {
        let mut plan = plan();
        assert_eq!(plan.starts_in_minute(0), 200);
        plan.pace.ramp_from = Some(10);
        assert_eq!([0, 9, 10, 25, 59, 600].map(|minute| plan.starts_in_minute(minute)), [10, 10, 20, 40, 200, 200]);
    }

    #[test]
    fn windows_may_go_over_midnight() {
        let window = |from, to| Window { from, to, ..Window::default() }.length();
        assert_eq!((window(60, 300), window(1380, 60), window(60, 60)), (240, 120, 1440));
    }

    #[test]
    fn it_is_kept_as_json() {
        let plan = plan();
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<CampaignPlan>(&text).unwrap(), plan);
    }
}
