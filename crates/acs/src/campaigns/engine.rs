//! Looks after campaigns: what is due, what starts, when a stage is over, when it has to stop.
//!
//! A look begins by taking the campaign's turn, so that of several processes one looks at a time; whatever it changes is
//! compared and set again, so that one that was held up changes nothing.

use super::judge::{Image, Now, Step, TaskStep};
use super::pace::allowance;
use super::window::LocalWindow;
use crate::clock::now;
use crate::session::{Progress, scrubbed};
use crate::views::task_view;
use crate::{Acs, AcsError, Result};
use model::campaign::{
    Alarmed, CampaignEvent, CampaignLogKind, CampaignState, GateAnswer, Pause, SkipReason, StageEvent, StageState,
    Tally, TargetEvent, TargetState,
};
use model::event::EventKind;
use model::live::LiveMessage;
use model::task::TaskKind;
use model::{CampaignId, DeviceId, Timestamp};
use std::collections::HashMap;
use std::time::Duration;
use store::{
    CampaignChange, CampaignNumbers, CampaignRecord, NewTask, StageChange, StageRecord, TargetMove, TargetRecord,
    TaskChange,
};

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
        if record.plan.starts_at.is_none_or(|at| at <= now) {
            self.store().start_campaign(&record, None, now).await?;
            self.tell_campaign(record.id);
            return Ok(());
        }
        let wait = CampaignChange { tick_at: record.plan.starts_at, now, ..CampaignChange::default() };
        self.changed(&record, &wait).await?;
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
    /// When the window of each zone opens next, after the one that may be open now.
    nights: HashMap<i64, Timestamp>,
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
        let mut nights = HashMap::new();
        if let Some(window) = &record.plan.window {
            for (zone, name, _) in &numbers.zones {
                let local = LocalWindow::new(window, name);
                let next = match local.at_or_after(now) {
                    Some(opening) if opening.opens <= now => local.at_or_after(opening.closes),
                    opening => opening,
                };
                nights.extend(next.map(|next| (*zone, next.opens)));
            }
        }
        let again_at = now.plus_millis(PAUSE_MS);
        Ok(Self { acs, record, images, nights, numbers, stages, moved: false, new_minute: false, now, again_at })
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
        Now {
            plan: &self.record.plan,
            images: &self.images,
            starts: self.record.state.starts_devices(),
            ended: self.record.state.ended(),
            nights: &self.nights,
            at: self.now,
        }
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
            let targets = self.acs.store().targets_in(&self.record, &waiting, BATCH).await?;
            self.move_on(targets).await?;
        }
        self.refresh().await
    }

    async fn move_on(&mut self, targets: Vec<TargetRecord>) -> Result<()> {
        let watched: Vec<&TargetRecord> =
            targets.iter().filter(|target| target.state == TargetState::Verifying).collect();
        let since = watched.iter().filter_map(|target| target.arrived_at).min().unwrap_or(self.now);
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
        self.make(None, moves).await?;
        Ok(())
    }

    /// A step as it is written; `None`: it cannot be taken from there.
    fn make_move(&self, target: &TargetRecord, step: &Step) -> Option<TargetMove> {
        let to = match step.event {
            Some(event) => target.state.after(event)?,
            None => target.state,
        };
        let task = match (step.task, target.task) {
            (TaskStep::Keep, _) => TaskChange::Keep,
            (TaskStep::TakeBack, Some(task)) => {
                let kind = self.record.plan.kind.task().as_ref().and_then(scrubbed);
                TaskChange::TakeBack(task, kind)
            }
            (TaskStep::TakeBack | TaskStep::Forget, _) => TaskChange::Forget,
        };
        let next_image = step.event == Some(TargetEvent::NextImage);
        // Of one that did all of it between two looks it is only known when it was called.
        let began = match step.event {
            Some(TargetEvent::Take) => Some(self.now),
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
            arrived_at: if arrives { Some(self.now) } else { target.arrived_at },
            task,
            at: self.now,
        })
    }

    /// Writes moves; the devices of tasks that were made are called. `change`: what changes of the campaign with them.
    async fn make(&mut self, change: Option<CampaignChange>, moves: Vec<TargetMove>) -> Result<bool> {
        if moves.is_empty() && change.is_none() {
            return Ok(true);
        }
        let moved = self.acs.store().move_targets(&self.record, change.as_ref(), &moves).await?;
        let Some(moved) = moved else { return Ok(false) };
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
            self.acs.exchange().devices.count_task(task.device, true);
            let bus = &self.acs.exchange().writing.bus;
            if bus.watched() {
                bus.publish(LiveMessage::Task { task: Box::new(task_view(task)) });
            }
        }
        Ok(true)
    }

    /// `true`: it was stopped.
    async fn stop_if_too_many_failed(&mut self) -> Result<bool> {
        let state = self.record.state;
        if !state.has_started() || state.ended() || state == CampaignState::Paused {
            return Ok(false);
        }
        let mut worst = None;
        for stage in 0..self.stages.len() as u16 {
            let of_stage = self.numbers.models.iter().filter(|(at, _, _)| *at == stage);
            let models: Vec<(String, Tally)> = of_stage.map(|(_, model, tally)| (model.clone(), *tally)).collect();
            let alarm = self.record.plan.thresholds.judge(stage, &models);
            worst = worst.max_by_limit(alarm);
        }
        let Some(alarm) = worst else { return Ok(false) };
        let bad: u32 = self.numbers.stages.iter().map(Tally::bad).sum();
        let (event, excused) = match alarm.limit {
            Alarmed::Abort => (CampaignEvent::Cancel, self.record.excused),
            Alarmed::Lost => (CampaignEvent::Pause, self.record.excused + self.record.plan.thresholds.lost.count),
            Alarmed::Pause => (CampaignEvent::Pause, self.record.excused + self.record.plan.thresholds.pause.count),
        };
        // Somebody has looked at these, and let it go on.
        if self.record.excused > 0 && bad < excused {
            return Ok(false);
        }
        let Some(next) = state.after(event) else { return Ok(false) };
        let pause = Pause::Alarm { alarm: alarm.clone() };
        let reason = "Too many routers failed.".to_owned();
        let log = if event == CampaignEvent::Cancel {
            CampaignLogKind::Cancelled { reason, by_itself: true }
        } else {
            CampaignLogKind::Paused { pause: pause.clone() }
        };
        tracing::warn!(campaign = self.record.id.0, state = next.as_str(), "a campaign stopped by itself");
        self.change(CampaignChange {
            state: Some(next),
            pause: Some(Some(pause)),
            ended_at: next.ended().then_some(self.now),
            log: vec![(None, log)],
            ..CampaignChange::default()
        })
        .await?;
        Ok(true)
    }

    /// Its last day is over, or it has ended: whoever has not begun is left out. `true`: nothing else is to be done.
    async fn end_in_time(&mut self) -> Result<bool> {
        let late = self.record.plan.ends_at.is_some_and(|end| end <= self.now);
        if late
            && !self.record.state.ended()
            && let Some(state) = self.record.state.after(CampaignEvent::Expire)
        {
            let log = self.ended_log(state);
            self.change(CampaignChange {
                state: Some(state),
                ended_at: Some(self.now),
                log: vec![(None, log)],
                ..CampaignChange::default()
            })
            .await?;
        }
        if !self.record.state.ended() {
            return Ok(false);
        }
        let event = if self.record.state == CampaignState::Cancelled { TargetEvent::Cancel } else { TargetEvent::Skip };
        let reason = if event == TargetEvent::Skip { SkipReason::OutOfTime.number() } else { 0 };
        let began = std::time::Instant::now();
        while began.elapsed() < PART {
            let waiting = [TargetState::Queued, TargetState::RetryWait];
            let targets = self.acs.store().targets_in(&self.record, &waiting, 8 * BATCH).await?;
            if targets.is_empty() {
                break;
            }
            let step = Step {
                event: Some(event),
                reason,
                due_at: None,
                task: TaskStep::Forget,
                ordered: false,
                tried: false,
                image: None,
            };
            let moves = targets.iter().filter_map(|target| self.make_move(target, &step)).collect();
            self.make(None, moves).await?;
        }
        self.refresh().await?;
        let open: u32 = self.numbers.stages.iter().map(Tally::open).sum();
        if open == 0 {
            // Those that were given up may still come back: their tasks are open. They do not keep it alive.
            self.change(CampaignChange { is_over: true, ..CampaignChange::default() }).await?;
        }
        Ok(true)
    }

    fn ended_log(&self, state: CampaignState) -> CampaignLogKind {
        let sum = |of: fn(&Tally) -> u32| self.numbers.stages.iter().map(of).sum();
        CampaignLogKind::Ended { state, succeeded: sum(Tally::succeeded), bad: sum(Tally::bad) }
    }

    /// Devices that are back, and those that join, once a minute.
    async fn take_in_others(&mut self) -> Result<()> {
        if !self.new_minute || !self.record.state.starts_devices() {
            return Ok(());
        }
        let begun: Vec<u16> =
            self.stages.iter().filter(|stage| stage.state != StageState::Pending).map(|stage| stage.stage).collect();
        let back = self.acs.store().returned_targets(&self.record, &begun, BATCH).await?;
        let step = Step {
            event: Some(TargetEvent::Return),
            reason: 0,
            due_at: None,
            task: TaskStep::Forget,
            ordered: false,
            tried: false,
            image: None,
        };
        let moves = back
            .iter()
            .filter(|target| target.facts.overdue_at > self.now && target.tries < self.record.plan.patience.tries)
            .filter_map(|target| self.make_move(target, &step))
            .collect();
        self.make(None, moves).await?;
        if self.record.plan.audience.joins_up_to.is_some() {
            self.moved |= self.acs.store().join_targets(&self.record, self.now).await? > 0;
            if let Some(record) = self.acs.store().campaign(self.record.id).await? {
                self.record = record;
            }
        }
        self.refresh().await
    }

    /// From stage to stage, as far as it goes.
    async fn stages(&mut self) -> Result<()> {
        while self.record.state.starts_devices() && self.next_stage().await? {}
        Ok(())
    }

    /// `true`: something has changed, and there may be more.
    async fn next_stage(&mut self) -> Result<bool> {
        let Some(stage) = self.stages.iter().find(|stage| stage.state != StageState::Passed).cloned() else {
            return self.complete().await;
        };
        let index = usize::from(stage.stage);
        let last = index + 1 == self.stages.len();
        let tally = self.numbers.stages.get(index).copied().unwrap_or_default();
        let gate = self.record.plan.stages.get(index).map(|stage| stage.gate).unwrap_or_default();
        let moved = |event: StageEvent| {
            let to = stage.state.after(event)?;
            Some(StageChange { stage: stage.stage, from: stage.state, to, at: self.now, by: None })
        };
        let (event, log, hold) = match stage.state {
            StageState::Pending => {
                let log = CampaignLogKind::StageBegan { stage: stage.stage, devices: tally.total() };
                (StageEvent::Begin, log, None)
            }
            StageState::Active if tally.awaited() == 0 => {
                let log = CampaignLogKind::StageDone {
                    stage: stage.stage,
                    succeeded: tally.succeeded(),
                    bad: tally.bad(),
                    skipped: tally.of(TargetState::Skipped),
                };
                (StageEvent::Done, log, None)
            }
            StageState::Soaking => {
                let soaked = stage.done_at.unwrap_or(self.now).plus_millis(i64::from(gate.soak_minutes) * 60_000);
                // One that nobody is in proves nothing, and holds nobody up.
                let empty = tally.total() == 0;
                if !last && !empty && self.now < soaked {
                    return Ok(false);
                }
                // Those that came back meanwhile are waited for.
                if tally.awaited() > 0 {
                    return Ok(false);
                }
                let percent = tally.succeeded_percent();
                let passed = CampaignLogKind::GatePassed { stage: stage.stage, percent, reason: None };
                match gate.judge(&tally) {
                    _ if last || empty => (StageEvent::Pass, passed, None),
                    GateAnswer::Open => (StageEvent::Pass, passed, None),
                    GateAnswer::AskPerson => {
                        let pause = Pause::Decision { stage: stage.stage };
                        let log = CampaignLogKind::GateHeld { stage: stage.stage, pause: pause.clone() };
                        (StageEvent::Hold, log, Some(pause))
                    }
                    GateAnswer::TooFew | GateAnswer::TooManyFailed => {
                        let pause = Pause::Gate {
                            stage: stage.stage,
                            finished: tally.finished(),
                            percent,
                            wanted: gate.success_percent,
                        };
                        let log = CampaignLogKind::GateHeld { stage: stage.stage, pause: pause.clone() };
                        (StageEvent::Fail, log, Some(pause))
                    }
                }
            }
            // A person decides, or devices are under way.
            StageState::Active | StageState::Failed | StageState::Held | StageState::Passed => return Ok(false),
        };
        let Some(change) = moved(event) else { return Ok(false) };
        let state = hold.as_ref().and_then(|_| self.record.state.after(CampaignEvent::Hold));
        self.change(CampaignChange {
            state,
            pause: hold.map(Some),
            stages: vec![change],
            log: vec![(None, log)],
            ..CampaignChange::default()
        })
        .await?;
        Ok(true)
    }

    /// All stages have passed: it is over once nothing is under way.
    async fn complete(&mut self) -> Result<bool> {
        let sum = |of: fn(&Tally) -> u32| -> u32 { self.numbers.stages.iter().map(of).sum() };
        // Whoever may still join keeps it going until its last day.
        if sum(Tally::open) > 0 || self.record.plan.audience.joins_up_to.is_some() {
            return Ok(false);
        }
        let event = if sum(Tally::bad) > 0 { CampaignEvent::CompleteWithFailures } else { CampaignEvent::Complete };
        let Some(state) = self.record.state.after(event) else { return Ok(false) };
        let log = self.ended_log(state);
        self.change(CampaignChange {
            state: Some(state),
            pause: Some(None),
            ended_at: Some(self.now),
            log: vec![(None, log)],
            ..CampaignChange::default()
        })
        .await?;
        Ok(false)
    }

    /// Starts as many devices as may start now, in the zones whose window is open.
    async fn start_devices(&mut self) -> Result<()> {
        if !self.record.state.starts_devices() {
            return Ok(());
        }
        let stages: Vec<u16> =
            self.stages.iter().filter(|stage| stage.state != StageState::Pending).map(|stage| stage.stage).collect();
        let usual = self.acs.store().campaign_usual_ms(self.record.id).await?.unwrap_or(0);
        let (open, next) = self.open_zones(usual);
        let waiting: u32 = self.numbers.stages.iter().map(|tally| tally.of(TargetState::Queued)).sum();
        self.follow_window(!open.is_empty() || waiting == 0).await?;
        if open.is_empty() {
            // Nothing starts before; what is under way marks itself as due.
            let soon = self.now.plus_millis(10 * PAUSE_MS);
            self.again_at = next.map_or(soon, |at| at.clamp(self.again_at, soon));
            return Ok(());
        }
        let in_flight = self.numbers.stages.iter().map(Tally::in_flight).sum();
        let allowed = allowance(&self.record, &self.images, in_flight, self.now);
        let mut left = allowed.starts;
        let mut started = allowed.started_in_minute;
        if left > 0
            && waiting > 0
            && let Some(reason) = self.acs.campaign_file_problem(&self.record.plan, &self.images).await
        {
            return self.pause_for(Pause::File { reason }).await;
        }
        let began = std::time::Instant::now();
        while left > 0 && began.elapsed() < PART {
            let asked = left.min(BATCH);
            let targets = self.acs.store().queued_targets(&self.record, &stages, &open, self.now, asked).await?;
            if targets.is_empty() {
                break;
            }
            let mut moves = Vec::new();
            for target in &targets {
                moves.extend(self.begin_one(target));
            }
            let begins = moves.iter().filter(|one| one.to == TargetState::Connecting).count() as u32;
            left -= begins;
            started += begins;
            // With the campaign's turn: whoever paused it meanwhile is heard.
            let change = CampaignChange {
                minute: Some(allowed.minute),
                ran_minutes: Some(allowed.ran_minutes),
                started_in_minute: Some(started),
                now: self.now,
                ..CampaignChange::default()
            };
            if !self.make(Some(change), moves).await? {
                return Err(AcsError::Conflict("The campaign was changed meanwhile.".to_owned()));
            }
            if (targets.len() as u32) < asked {
                break;
            }
        }
        self.refresh().await
    }

    /// One device whose turn it is: it begins, is left out, or waits a little.
    fn begin_one(&self, target: &TargetRecord) -> Option<TargetMove> {
        let image = match self.judge().may_begin(target) {
            Ok(image) => image,
            Err(step) => return self.make_move(target, &step),
        };
        let plan = &self.record.plan;
        let kind = match image {
            Some(at) => TaskKind::Download {
                file: self.images.get(usize::from(at))?.file.clone(),
                target_file_name: String::new(),
                delay_seconds: 0,
            },
            None => plan.kind.task()?,
        };
        let within = i64::from(plan.patience.finish_minutes) * 60_000;
        let progress = Progress { once: true, within_ms: Some(within), ..Progress::default() };
        let by = format!("Campaign {}", plan.name);
        let task = NewTask {
            progress: progress.to_json(),
            campaign: Some(self.record.id),
            ..NewTask::new(target.device, kind, &by, self.now)
        };
        let other_image = image.is_some_and(|image| image != target.image);
        let connect = i64::from(plan.patience.connect_minutes) * 60_000;
        Some(TargetMove {
            device: target.device,
            turn: target.turn,
            from: target.state,
            from_reason: target.reason,
            to: target.state.after(TargetEvent::Begin)?,
            reason: 0,
            orders: if other_image { 0 } else { target.orders },
            tries: if other_image { 0 } else { target.tries },
            image: image.unwrap_or(0),
            due_at: Some(self.now.plus_millis(connect)),
            began_at: None,
            arrived_at: None,
            task: TaskChange::Make(Box::new(task)),
            at: self.now,
        })
    }

    /// Zones in which devices may start, and when the next one opens.
    fn open_zones(&self, usual_ms: i64) -> (Vec<i64>, Option<Timestamp>) {
        let Some(window) = &self.record.plan.window else {
            return (self.numbers.zones.iter().map(|(zone, _, _)| *zone).collect(), None);
        };
        let (mut open, mut next) = (Vec::new(), None::<Timestamp>);
        for (zone, name, _) in &self.numbers.zones {
            let Some(opening) = LocalWindow::new(window, name).at_or_after(self.now) else { continue };
            if opening.opens > self.now {
                next = Some(next.map_or(opening.opens, |next| next.min(opening.opens)));
            } else if opening.closes.since(self.now) > usual_ms {
                // Else half of the devices would not be done before it closes.
                open.push(*zone);
            }
        }
        (open, next)
    }

    async fn follow_window(&mut self, open: bool) -> Result<()> {
        let (event, log) = if open {
            (CampaignEvent::OpenWindow, CampaignLogKind::WindowOpened)
        } else {
            (CampaignEvent::CloseWindow, CampaignLogKind::WindowClosed)
        };
        match self.record.state.after(event) {
            Some(state) => {
                let log = vec![(None, log)];
                self.change(CampaignChange { state: Some(state), log, ..CampaignChange::default() }).await
            }
            None => Ok(()),
        }
    }

    async fn pause_for(&mut self, pause: Pause) -> Result<()> {
        let Some(state) = self.record.state.after(CampaignEvent::Pause) else { return Ok(()) };
        let log = vec![(None, CampaignLogKind::Paused { pause: pause.clone() })];
        let change = CampaignChange { state: Some(state), pause: Some(Some(pause)), log, ..CampaignChange::default() };
        self.change(change).await
    }

    /// The turn is given back.
    async fn over(self) -> Result<()> {
        let change = CampaignChange { tick_at: Some(self.again_at), now: self.now, ..CampaignChange::default() };
        // Whoever changed it meanwhile has said when it is looked at next.
        self.acs.store().change_campaign(self.record.id, self.record.turn, &change).await?;
        Ok(())
    }
}

/// The graver of two alarms.
trait Graver {
    fn max_by_limit(self, other: Self) -> Self;
}

impl Graver for Option<model::campaign::Alarm> {
    fn max_by_limit(self, other: Self) -> Self {
        match (self, other) {
            (Some(one), Some(other)) if other.limit > one.limit => Some(other),
            (Some(one), _) => Some(one),
            (None, other) => other,
        }
    }
}
