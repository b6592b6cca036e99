//! What follows for one device of a campaign: a pure function of what is known of it.

use super::window::Hours;
use model::Timestamp;
use model::campaign::{
    CampaignKind, CampaignPlan, FailureClass, ORDERS_MAX, SkipReason, TargetEvent, TargetState, compare_versions,
};
use model::event::EventKind;
use model::file::{FileInput, FileRef, Fitting, Misfit};
use model::task::{TaskOutcome, TaskState};
use store::{CampaignRecord, DeviceFacts, TargetRecord};

/// An image of the path, or another file.
#[derive(Clone, Debug)]
pub struct Image {
    pub file: FileRef,
    pub input: FileInput,
}

impl Image {
    /// Whether a device that reports this version runs it.
    pub fn runs_as(&self, version: &str) -> bool {
        self.file.runs_as(version)
    }

    /// Why it is not for a device, if it is not.
    fn misfit(&self, facts: &DeviceFacts) -> Option<SkipReason> {
        let DeviceFacts { model, product_class, hardware, version, .. } = facts;
        self.input.misfit(Fitting { model, product_class, hardware, version }).map(|misfit| match misfit {
            Misfit::Model | Misfit::Hardware => SkipReason::NotFor,
            Misfit::TooOld => SkipReason::TooOld,
        })
    }
}

/// What holds for all devices of a campaign at a moment.
pub struct Now<'a> {
    pub plan: &'a CampaignPlan,
    pub images: &'a [Image],
    /// New devices may start.
    pub starts: bool,
    /// The campaign was cancelled, or its time is over.
    pub ended: bool,
    pub hours: &'a Hours,
    pub at: Timestamp,
}

/// Where a device is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `None`: it stays, and only what is known of it changes.
    pub event: Option<TargetEvent>,
    pub reason: i16,
    pub due_at: Option<Timestamp>,
    pub task: TaskStep,
    /// It has had one more order, or one more try.
    pub ordered: bool,
    pub tried: bool,
    pub image: Option<u16>,
}

/// What becomes of its task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskStep {
    Keep,
    TakeBack,
    Forget,
}

impl Step {
    pub fn to(event: TargetEvent, due_at: Option<Timestamp>) -> Self {
        Self { event: Some(event), reason: 0, due_at, task: TaskStep::Keep, ordered: false, tried: false, image: None }
    }

    fn stay(target: &TargetRecord, due_at: Timestamp) -> Self {
        Self { event: None, reason: target.reason, ..Self::to(TargetEvent::Skip, Some(due_at)) }
    }

    fn skip(reason: SkipReason) -> Self {
        Self { reason: reason.number(), ..Self::to(TargetEvent::Skip, None) }
    }

    pub fn task(self, task: TaskStep) -> Self {
        Self { task, ..self }
    }

    fn ordered(self) -> Self {
        Self { ordered: true, ..self }
    }
}

/// A device that waits for its check-in is looked at again this often.
const WAITS_MS: i64 = 15 * 60_000;
/// An overdue device whose session may just be running has this long to bring its report.
const GRACE_MS: i64 = 60_000;
/// A device that has had other work for longer is left out: a stage does not wait for it.
const BUSY_MS: i64 = 24 * 3_600_000;

impl<'a> Now<'a> {
    /// A campaign as it stands.
    pub fn of(record: &'a CampaignRecord, images: &'a [Image], hours: &'a Hours, at: Timestamp) -> Self {
        let state = record.state;
        Self { plan: &record.plan, images, starts: state.starts_devices(), ended: state.ended(), hours, at }
    }

    /// Why nothing is sent to a device, whatever it would be.
    fn keeps_out(&self, facts: &DeviceFacts) -> Option<SkipReason> {
        if !facts.approved {
            return Some(SkipReason::NotApproved);
        }
        (self.plan.audience.leave_out.faulty && facts.stuck).then_some(SkipReason::Faulty)
    }

    /// Whether an image is older than what a device runs, and that is not wanted.
    fn goes_back(&self, image: &Image, facts: &DeviceFacts) -> bool {
        let version = &image.file.version;
        !self.plan.downgrade
            && !version.is_empty()
            && compare_versions(&facts.version, version) == std::cmp::Ordering::Greater
    }

    /// Whether a device may begin, and with which image; or why it is left out, or stays for a while.
    pub fn may_begin(&self, target: &TargetRecord) -> Result<Option<u16>, Step> {
        let facts = &target.facts;
        if let Some(reason) = self.keeps_out(facts) {
            return Err(Step::skip(reason));
        }
        if self.at >= facts.overdue_at && facts.rebooting_until.is_none_or(|until| until <= self.at) {
            return Err(Step::skip(SkipReason::Away));
        }
        if target.tries >= self.plan.patience.tries {
            // It failed, or could not be reached, as often as it may.
            return Err(Step::skip(if target.orders > 0 { SkipReason::HadTwice } else { SkipReason::Away }));
        }
        if let Some(since) = facts.busy_since {
            if self.at.since(since) > BUSY_MS {
                return Err(Step::skip(SkipReason::Busy));
            }
            // Somebody else has work for it: one thing after the other.
            return Err(Step::stay(target, self.at.plus_millis(GRACE_MS)));
        }
        let image = self.first_image(facts).map_err(Step::skip)?;
        if image.is_some_and(|image| image < target.image) {
            // It fell back behind what it had already: nobody sends it round in circles.
            return Err(Step::skip(SkipReason::HadTwice));
        }
        let same = image.is_none_or(|image| image == target.image);
        if same && target.orders >= ORDERS_MAX {
            return Err(Step::skip(SkipReason::HadTwice));
        }
        Ok(image)
    }

    /// Whether orders leave for devices in a zone.
    pub fn is_open(&self, zone: i64) -> bool {
        self.starts && self.hours.closes(zone).is_some()
    }

    /// Whether the order of a device leaves, which has come for it; else its task is taken back. `room`: fewer have theirs than may
    /// at once.
    pub fn may_leave(&self, target: &TargetRecord, room: bool) -> Result<(), Step> {
        let facts = &target.facts;
        let back = |step: Step| Err(step.task(TaskStep::TakeBack));
        if self.ended {
            return back(Step::to(TargetEvent::Cancel, None));
        }
        if !room || !self.is_open(target.zone) {
            return back(Step::to(TargetEvent::Postpone, None));
        }
        if let Some(reason) = self.keeps_out(facts) {
            return back(Step::skip(reason));
        }
        match self.first_image(facts) {
            Err(reason) => back(Step::skip(reason)),
            // It has changed since: another image is next, or none of them.
            Ok(Some(image)) if image != target.image => back(Step::to(TargetEvent::Postpone, None)),
            Ok(_) => Ok(()),
        }
    }

    /// A device takes its order.
    pub fn taken(&self) -> Step {
        let deadline = self.at.plus_millis(i64::from(self.plan.patience.finish_minutes) * 60_000);
        Step::to(TargetEvent::Take, Some(deadline)).ordered()
    }

    /// Which file a device would load first, if it is to load one; or why it is left out.
    pub fn first_image(&self, facts: &DeviceFacts) -> Result<Option<u16>, SkipReason> {
        match &self.plan.kind {
            CampaignKind::Firmware { .. } => self.image_for(facts).map(Some),
            CampaignKind::File { .. } => {
                let file = self.images.first().ok_or(SkipReason::NotFor)?;
                file.misfit(facts).map_or(Ok(Some(0)), Err)
            }
            CampaignKind::Configuration { .. } | CampaignKind::Reboot | CampaignKind::Refresh { .. } => Ok(None),
        }
    }

    /// The latest image of the path that a device may take.
    fn image_for(&self, facts: &DeviceFacts) -> Result<u16, SkipReason> {
        let Some(last) = self.images.last() else { return Err(SkipReason::NotFor) };
        if last.runs_as(&facts.version) {
            return Err(SkipReason::AlreadyThere);
        }
        if self.goes_back(last, facts) {
            return Err(SkipReason::Newer);
        }
        // Those that it runs already, and what comes before them, lie behind it.
        let behind = self.images.iter().rposition(|image| image.runs_as(&facts.version)).map_or(0, |at| at + 1);
        let mut why = SkipReason::NotFor;
        for (at, image) in self.images.iter().enumerate().skip(behind).rev() {
            if self.goes_back(image, facts) {
                why = SkipReason::Newer;
                continue;
            }
            match image.misfit(facts) {
                None => return u16::try_from(at).map_err(|_| SkipReason::NotFor),
                Some(reason) => why = reason,
            }
        }
        Err(why)
    }

    /// What follows for a device of which something is due. `starts`: its boots and resets since it had its order.
    pub fn judge(&self, target: &TargetRecord, starts: &[(Timestamp, EventKind)]) -> Step {
        use TargetState as S;
        match target.state {
            S::Eligible | S::Connecting => self.waits_for_session(target),
            S::Sent | S::Downloading | S::Installing | S::Rebooted | S::Lost => self.has_order(target),
            S::Verifying => self.is_watched(target, starts),
            S::RetryWait if self.ended => Step::to(TargetEvent::Cancel, None),
            S::RetryWait if self.starts => Step::to(TargetEvent::TryAgain, None),
            S::RetryWait => Step::stay(target, self.at.plus_millis(GRACE_MS)),
            S::Queued | S::Skipped | S::Succeeded | S::Failed | S::Cancelled => {
                Step { due_at: None, ..Step::stay(target, self.at) }
            }
        }
    }

    fn waits_for_session(&self, target: &TargetRecord) -> Step {
        let patience = &self.plan.patience;
        match target.task_state {
            Some(TaskState::Queued | TaskState::Contacting) => {
                if self.ended {
                    return Step::to(TargetEvent::Cancel, None).task(TaskStep::TakeBack);
                }
                let away = self.at >= target.facts.overdue_at;
                let open = self.hours.closes(target.zone).filter(|_| self.starts);
                let Some(closes) = open.filter(|_| !away) else {
                    // One that could not be reached again and again is not called for ever; that it was not let is not its fault.
                    let tried = open.is_some();
                    return Step { tried, ..Step::to(TargetEvent::Postpone, None) }.task(TaskStep::TakeBack);
                };
                let until = target.changed_at.plus_millis(i64::from(patience.connect_minutes) * 60_000);
                let waits = self.at.plus_millis(WAITS_MS).min(closes);
                if target.state == TargetState::Eligible {
                    Step::stay(target, waits)
                } else if self.at >= until {
                    Step::to(TargetEvent::NotReached, Some(waits))
                } else {
                    Step::stay(target, until.min(closes))
                }
            }
            // Its session is just about to write that it has it, or has done so.
            Some(TaskState::Connected | TaskState::Applied) => self.taken(),
            Some(TaskState::Cancelled) => Step::skip(SkipReason::ByHand).task(TaskStep::Forget),
            // All in one session.
            Some(TaskState::Verified | TaskState::Different | TaskState::Failed) => self.task_over(target).ordered(),
            // Its task is gone: nobody can have taken it.
            None => Step::to(TargetEvent::Postpone, None).task(TaskStep::Forget),
        }
    }

    fn has_order(&self, target: &TargetRecord) -> Step {
        use TargetState as S;
        match target.task_state {
            Some(state) if state.ended() => self.task_over(target),
            None => self.failed(target, FailureClass::Uncertain),
            // Given up, and its task is still open: whatever comes of it is seen.
            Some(_) if target.state == S::Lost => Step { due_at: None, ..Step::stay(target, self.at) },
            Some(_) => {
                let began = target.began_at.unwrap_or(target.changed_at);
                let deadline = began.plus_millis(i64::from(self.plan.patience.finish_minutes) * 60_000);
                if self.at < deadline {
                    return match (target.state, target.loading) {
                        (S::Sent | S::Downloading, 2) => Step::to(TargetEvent::Fetched, Some(deadline)),
                        (S::Sent, 1) => Step::to(TargetEvent::Fetch, Some(deadline)),
                        _ => Step::stay(target, deadline),
                    };
                }
                // Its own session ends its task at the first check-in after this time.
                if target.facts.last_inform >= deadline && self.at < deadline.plus_millis(10 * GRACE_MS) {
                    return Step::stay(target, self.at.plus_millis(GRACE_MS));
                }
                let class = match target.facts.last_inform > began {
                    true if self.plan.kind.files().is_empty() => FailureClass::Uncertain,
                    true if target.loading < 2 => FailureClass::DownloadTimeout,
                    _ => FailureClass::NoReturn,
                };
                Step { reason: class.number(), ..Step::to(TargetEvent::GiveUp, None) }
            }
        }
    }

    /// The task of a device has come to its end.
    fn task_over(&self, target: &TargetRecord) -> Step {
        let watched = i64::from(self.plan.patience.healthy_minutes) * 60_000;
        let arrived = || {
            // Half-way is a first look.
            Step::to(TargetEvent::Arrive, Some(self.at.plus_millis(watched / 2))).task(TaskStep::Forget)
        };
        let image = self.images.get(usize::from(target.image));
        let firmware = matches!(self.plan.kind, CampaignKind::Firmware { .. });
        let runs = firmware && image.is_some_and(|image| image.runs_as(&target.facts.version));
        match target.task_state {
            Some(TaskState::Verified) => arrived(),
            _ if runs => arrived(),
            // Somebody took it from it by hand.
            Some(TaskState::Cancelled) if target.task_taken => Self::failed_for_good(FailureClass::Uncertain),
            Some(TaskState::Cancelled) => self.failed(target, FailureClass::Uncertain),
            Some(TaskState::Different) if firmware => self.failed(target, FailureClass::WrongVersion),
            Some(TaskState::Different) => self.failed(target, FailureClass::NotKept),
            _ => self.failed(target, self.class_of(target)),
        }
    }

    fn is_watched(&self, target: &TargetRecord, starts: &[(Timestamp, EventKind)]) -> Step {
        let arrived = target.arrived_at.unwrap_or(target.changed_at);
        // A reset tells itself in the report that tells of the new version, before it is known that the device has arrived.
        let ordered = target.began_at.unwrap_or(arrived);
        if starts.iter().any(|(at, kind)| *at >= ordered && matches!(kind, EventKind::Bootstrap)) {
            return self.failed(target, FailureClass::FactoryDefaults);
        }
        if starts.iter().any(|(at, kind)| *at > arrived && matches!(kind, EventKind::Boot)) {
            return self.failed(target, FailureClass::Unhealthy);
        }
        let image = self.images.get(usize::from(target.image));
        if matches!(self.plan.kind, CampaignKind::Firmware { .. })
            && image.is_some_and(|image| !image.file.version.is_empty() && !image.runs_as(&target.facts.version))
        {
            // It went back by itself.
            return self.failed(target, FailureClass::WrongVersion);
        }
        let until = arrived.plus_millis(i64::from(self.plan.patience.healthy_minutes) * 60_000);
        if self.at < until {
            return Step::stay(target, until);
        }
        let proven = target.facts.last_inform >= until || until == arrived;
        if !proven {
            if self.at >= target.facts.overdue_at {
                return self.failed(target, FailureClass::Unhealthy);
            }
            // About when it is to check in: it is overdue after two of its intervals.
            let interval = target.facts.overdue_at.since(target.facts.last_inform) / 2;
            let next = target.facts.last_inform.plus_millis(interval).min(target.facts.overdue_at);
            return Step::stay(target, next.max(self.at.plus_millis(GRACE_MS / 2)));
        }
        if !self.ended && usize::from(target.image) + 1 < self.images.len() {
            let image = Some(target.image + 1);
            return Step { image, ..Step::to(TargetEvent::NextImage, None) };
        }
        Step::to(TargetEvent::Prove, None)
    }

    /// Why a task that failed did.
    fn class_of(&self, target: &TargetRecord) -> FailureClass {
        if let Some(TaskOutcome::Fault { fault }) = &target.task_outcome
            && let Some(code) = fault.cause()
        {
            return FailureClass::of_code(code);
        }
        match &self.plan.kind {
            CampaignKind::Firmware { .. } | CampaignKind::File { .. } if target.loading < 2 => {
                FailureClass::DownloadTimeout
            }
            CampaignKind::Reboot => FailureClass::NoReturn,
            _ => FailureClass::Uncertain,
        }
    }

    fn failed(&self, target: &TargetRecord, class: FailureClass) -> Step {
        // The try that this was is not counted yet; so is the order, if the device took it in the session that ended it.
        let tries = target.tries + 1;
        let orders = target.orders + u32::from(!target.state.has_order() && target.state != TargetState::Lost);
        let again = class.may_retry()
            && !self.ended
            && tries < self.plan.patience.tries
            && orders < ORDERS_MAX
            && target.state != TargetState::Lost
            && !self.fell_back(target);
        if !again {
            return Self::failed_for_good(class);
        }
        let pause = i64::from(self.plan.patience.pause_minutes) * 60_000;
        let grown = pause.saturating_mul(1 << (tries - 1).min(16));
        // Those that failed together do not come back together.
        let jitter = if grown > 0 { rand::random_range(0..=grown / 2) } else { 0 };
        let soon = self.at.plus_millis(grown + jitter);
        let night_is_over = tries.is_multiple_of(self.plan.patience.tries_a_night.max(1));
        let night = self.hours.next_night(target.zone).filter(|_| night_is_over);
        let at = night.map_or(soon, |night| night.plus_millis(jitter).max(soon));
        let step = Step::to(TargetEvent::FailForNow, Some(at));
        Step { reason: class.number(), tried: true, ..step }.task(TaskStep::Forget)
    }

    fn failed_for_good(class: FailureClass) -> Step {
        let step = Step { reason: class.number(), tried: true, ..Step::to(TargetEvent::FailForGood, None) };
        step.task(TaskStep::Forget)
    }

    /// Whether a device runs what lies before the image that it had: another try would begin with an image that it has had.
    fn fell_back(&self, target: &TargetRecord) -> bool {
        matches!(self.plan.kind, CampaignKind::Firmware { .. })
            && self.image_for(&target.facts).is_ok_and(|image| image < target.image)
    }
}
