//! Looks after campaigns: what is due, what starts, when a stage is over, when it has to stop.
//!
//! A look begins by taking the campaign's turn, so that of several processes one looks at a time; whatever it changes is
//! compared and set again, so that one that was held up changes nothing.

mod stages;
mod starts;
mod stops;

use super::hours_of;
use super::judge::{Image, Now, Step, TaskStep};
use super::window::Hours;
use crate::clock::now;
use crate::session::scrubbed;
use crate::{Acs, AcsError, Result};
use model::campaign::{CampaignEvent, CampaignLogKind, CampaignState, StageState, TargetEvent, TargetState};
use model::event::EventKind;
use model::live::LiveMessage;
use model::{CampaignId, DeviceId, Timestamp};
use std::collections::HashMap;
use std::time::Duration;
use store::{CampaignChange, CampaignNumbers, CampaignRecord, StageRecord, TargetMove, TargetRecord, TaskChange};

/// Between two looks at a campaign that has something to do.
const PAUSE_MS: i64 = 1000;
/// A process that died in the midst of a look keeps others from it for so long.
const TURN_MS: i64 = 30_000;
/// Devices that are moved in one transaction.
const BATCH: u32 = 250;
/// Time for one part of a look; what is left is done in the next.
const PART: Duration = Duration::from_secs(5);

impl Acs {
    /// Looks after campaigns until the process ends.
    pub(crate) async fn run_campaigns(self) {
        let mut ending = self.ending();
        let mut second = tokio::time::interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = second.tick() => {}
                _ = ending.wait_for(|ending| *ending) => return,
            }
            if let Err(error) = self.look_after_campaigns(now()).await {
                tracing::warn!(error = error.causes(), "campaigns wait for the database");
            }
        }
    }

    /// One look at all campaigns that wait for one. The manager does it by itself once a second; measurements by hand.
    pub async fn look_after_campaigns(&self, now: Timestamp) -> Result<()> {
        for id in self.store().campaigns_due(now).await? {
            if let Err(error) = self.look_after(id, now).await {
                tracing::warn!(campaign = id.0, error = error.causes(), "a campaign could not be looked after");
            }
        }
        Ok(())
    }

    async fn look_after(&self, id: CampaignId, now: Timestamp) -> Result<()> {
        let Some(record) = self.store().campaign(id).await? else { return Ok(()) };
        if record.tick_at > now {
            return Ok(());
        }
        // The first look in a minute.
        let new_minute = (record.tick_at.0 - PAUSE_MS).div_euclid(60_000) != now.0.div_euclid(60_000);
        let mine = CampaignChange { tick_at: Some(now.plus_millis(TURN_MS)), now, ..CampaignChange::default() };
        let Some(record) = self.changed(&record, &mine).await? else { return Ok(()) };
        if record.state == CampaignState::Scheduled {
            return self.start_scheduled(record, now).await;
        }
        if record.planned_to.is_some() {
            return self.choose_devices(record, now).await;
        }
        let mut look = Look::begin(self, record, now).await?;
        look.new_minute = new_minute;
        look.due().await?;
        if look.stop_if_too_many_failed().await? || look.end_in_time().await? {
            return look.over().await;
        }
        look.take_in_others().await?;
        look.stages().await?;
        look.start_devices().await?;
        look.over().await
    }

    /// The campaign after a change; `None`: somebody else was first.
    pub(crate) async fn changed(
        &self,
        record: &CampaignRecord,
        change: &CampaignChange,
    ) -> Result<Option<CampaignRecord>> {
        if !self.store().change_campaign(record.id, record.turn, change).await? {
            return Ok(None);
        }
        if change.state.is_some() || !change.log.is_empty() {
            self.tell_campaign(record.id);
        }
        Ok(self.store().campaign(record.id).await?)
    }

    /// Open pages hear that a campaign has changed.
    pub(crate) fn tell_campaign(&self, id: CampaignId) {
        let bus = &self.exchange().writing.bus;
        if bus.watched() {
            bus.publish(LiveMessage::Campaign { campaign: id });
        }
    }

    async fn start_scheduled(&self, record: CampaignRecord, now: Timestamp) -> Result<()> {
        if record.plan.starts_at.is_some_and(|at| at > now) {
            let wait = CampaignChange { tick_at: record.plan.starts_at, now, ..CampaignChange::default() };
            self.changed(&record, &wait).await?;
            return Ok(());
        }
        // Counted again: the fleet may have grown since it was approved, or was small enough to need nobody.
        let devices = self.store().preview_campaign(&record.plan.audience, now).await?.total;
        if !self.needs_approval(&record, devices) {
            self.store().start_campaign(&record, None, now).await?;
            self.tell_campaign(record.id);
            return Ok(());
        }
        tracing::warn!(campaign = record.id.0, devices, "a campaign did not start: it is not approved for so many");
        let log = CampaignLogKind::NotStarted { devices, approved: Self::approved_for(&record) };
        let back = CampaignChange {
            state: record.state.after(CampaignEvent::Edit),
            // Voids the approval, as an edit does: the next one sees how many there are now.
            edited: Some(now),
            expected: Some(devices),
            log: vec![(None, log)],
            now,
            ..CampaignChange::default()
        };
        self.changed(&record, &back).await?;
        Ok(())
    }

    /// Takes in devices, some ten thousand at a time.
    async fn choose_devices(&self, mut record: CampaignRecord, now: Timestamp) -> Result<()> {
        while record.planned_to.is_some() {
            if *self.ending().borrow() || self.store().choose_targets(&record, now).await?.is_none() {
                return Ok(());
            }
            let Some(next) = self.store().campaign(record.id).await? else { return Ok(()) };
            record = next;
        }
        self.tell_campaign(record.id);
        Ok(())
    }
}

/// One look at one campaign.
struct Look<'a> {
    acs: &'a Acs,
    record: CampaignRecord,
    images: Vec<Image>,
    hours: Hours,
    numbers: CampaignNumbers,
    stages: Vec<StageRecord>,
    /// Something has moved since the numbers were read.
    moved: bool,
    now: Timestamp,
    /// Those who were away are looked for once a minute, and those who join.
    new_minute: bool,
    /// When it is looked at again.
    again_at: Timestamp,
}

impl<'a> Look<'a> {
    async fn begin(acs: &'a Acs, record: CampaignRecord, now: Timestamp) -> Result<Self> {
        let images = acs.campaign_images(&record.plan).await?;
        let numbers = acs.store().campaign_numbers(&record).await?;
        let stages = acs.store().campaign_stages(record.id).await?;
        let hours = hours_of(acs.store(), &record, &numbers, now).await?;
        let again_at = now.plus_millis(PAUSE_MS);
        Ok(Self { acs, record, images, hours, numbers, stages, moved: false, new_minute: false, now, again_at })
    }

    async fn refresh(&mut self) -> Result<()> {
        if std::mem::take(&mut self.moved) {
            self.numbers = self.acs.store().campaign_numbers(&self.record).await?;
            self.acs.tell_campaign(self.record.id);
        }
        Ok(())
    }

    async fn change(&mut self, change: CampaignChange) -> Result<()> {
        // Somebody else has changed it: whatever is to be done is done at the next look.
        let changed = self.acs.changed(&self.record, &CampaignChange { now: self.now, ..change }).await?;
        self.record = changed.ok_or_else(|| AcsError::Conflict("The campaign was changed meanwhile.".to_owned()))?;
        self.stages = self.acs.store().campaign_stages(self.record.id).await?;
        Ok(())
    }

    fn judge(&self) -> Now<'_> {
        Now::of(&self.record, &self.images, &self.hours, self.now)
    }

    /// Stages that have begun, whether or not they are over.
    fn begun(&self) -> Vec<u16> {
        self.stages.iter().filter(|stage| stage.state != StageState::Pending).map(|stage| stage.stage).collect()
    }

    /// Devices that something is due of; and those that must not start any more.
    async fn due(&mut self) -> Result<()> {
        let began = std::time::Instant::now();
        while began.elapsed() < PART {
            let due = self.acs.store().due_targets(&self.record, self.now, BATCH).await?;
            if due.is_empty() {
                break;
            }
            let many = due.len() == BATCH as usize;
            self.move_on(due).await?;
            if !many {
                break;
            }
        }
        if !self.record.state.starts_devices() {
            // Nothing new starts: tasks that have not left are taken back, whatever is due.
            let waiting = [TargetState::Eligible, TargetState::Connecting];
            while began.elapsed() < PART {
                let targets = self.acs.store().targets_in(&self.record, &waiting, BATCH).await?;
                if targets.is_empty() || self.move_on(targets).await? == 0 {
                    break;
                }
            }
        }
        self.refresh().await
    }

    /// How many moved.
    async fn move_on(&mut self, targets: Vec<TargetRecord>) -> Result<usize> {
        let watched: Vec<&TargetRecord> =
            targets.iter().filter(|target| target.state == TargetState::Verifying).collect();
        let since = watched.iter().filter_map(|target| target.began_at.or(target.arrived_at)).min().unwrap_or(self.now);
        let ids: Vec<DeviceId> = watched.iter().map(|target| target.device).collect();
        let starts: HashMap<DeviceId, Vec<(Timestamp, EventKind)>> =
            if ids.is_empty() { HashMap::new() } else { self.acs.store().starts_of(&ids, since).await? };
        let judge = self.judge();
        let none = Vec::new();
        let moves: Vec<TargetMove> = targets
            .iter()
            .filter_map(|target| {
                let step = judge.judge(target, starts.get(&target.device).unwrap_or(&none));
                self.make_move(target, &step)
            })
            .collect();
        Ok(self.make(None, moves).await?.unwrap_or_default())
    }

    fn make_move(&self, target: &TargetRecord, step: &Step) -> Option<TargetMove> {
        make_move(&self.record, target, step, self.now)
    }

    /// Writes moves; the devices of tasks that were made are called. `change`: what changes of the campaign with them. How many
    /// moved; `None`: somebody else has changed the campaign.
    async fn make(&mut self, change: Option<CampaignChange>, moves: Vec<TargetMove>) -> Result<Option<usize>> {
        if moves.is_empty() && change.is_none() {
            return Ok(Some(0));
        }
        let moved = self.acs.store().move_targets(&self.record, change.as_ref(), &moves).await?;
        let Some(moved) = moved else { return Ok(None) };
        if change.is_some()
            && let Some(record) = self.acs.store().campaign(self.record.id).await?
        {
            self.record = record;
        }
        self.moved |= !moved.devices.is_empty();
        for task in moved.made {
            if let Err(error) = self.acs.campaign_task_made(task).await {
                // It is there: the device gets it at its next check-in.
                tracing::warn!(campaign = self.record.id.0, error = error.causes(), "a device was not called");
            }
        }
        for task in moved.taken_back {
            self.acs.exchange().taken_back(task);
        }
        Ok(Some(moved.devices.len()))
    }

    /// The turn is given back.
    async fn over(self) -> Result<()> {
        let change = CampaignChange { tick_at: Some(self.again_at), now: self.now, ..CampaignChange::default() };
        // Whoever changed it meanwhile has said when it is looked at next.
        self.acs.store().change_campaign(self.record.id, self.record.turn, &change).await?;
        Ok(())
    }
}

/// A step as it is written; `None`: it cannot be taken from there.
pub(super) fn make_move(
    record: &CampaignRecord,
    target: &TargetRecord,
    step: &Step,
    now: Timestamp,
) -> Option<TargetMove> {
    let to = match step.event {
        Some(event) => target.state.after(event)?,
        None => target.state,
    };
    let task = match (step.task, target.task) {
        (TaskStep::Keep, _) => TaskChange::Keep,
        (TaskStep::TakeBack, Some(task)) => {
            TaskChange::TakeBack(task, record.plan.kind.task().as_ref().and_then(scrubbed))
        }
        (TaskStep::TakeBack | TaskStep::Forget, _) => TaskChange::Forget,
    };
    let next_image = step.event == Some(TargetEvent::NextImage);
    // Of one that did all of it between two looks it is only known when it was called.
    let began = match step.event {
        Some(TargetEvent::Take) => Some(now),
        _ if step.ordered => Some(target.changed_at),
        _ => target.began_at,
    };
    let arrives = step.event == Some(TargetEvent::Arrive);
    Some(TargetMove {
        device: target.device,
        turn: target.turn,
        from: target.state,
        from_reason: target.reason,
        to,
        reason: if to == TargetState::Queued { 0 } else { step.reason },
        orders: if next_image { 0 } else { target.orders + u32::from(step.ordered) },
        tries: if next_image { 0 } else { target.tries + u32::from(step.tried) },
        image: step.image.unwrap_or(target.image),
        due_at: step.due_at,
        began_at: began,
        arrived_at: if arrives { Some(now) } else { target.arrived_at },
        task,
        at: now,
    })
}
