//! Planning and running campaigns.
//!
//! Whoever plans one needs the permission for it and that for what it does to each device. A revision names what somebody has
//! seen: whoever approves or starts says which, and an edit in between voids it.

use super::Acs;
use crate::audit::Entry;
use crate::campaigns::shown;
use crate::clock::now;
use crate::views::task_view;
use crate::{AcsError, Actor, Result};
use model::audit::{Act, Target};
use model::campaign::{
    Audience, CampaignEvent, CampaignKind, CampaignList, CampaignLog, CampaignLogKind, CampaignPlan, CampaignState,
    CampaignView, DeviceCampaign, DryRun, Limits, Pause, PlanProblem, Preview, StageEvent, StageState, TargetFilter,
    TargetView,
};
use model::page::{Cursor, Page};
use model::{AgentId, CampaignId, DeviceId, Permission, Timestamp};
use serde_json::json;
use store::{CampaignChange, CampaignRecord, NewCampaign, StageChange, TaskRecord};

/// Campaigns of one page of the list.
const LISTED: u16 = 50;
/// The engine may take a campaign's turn while somebody changes it: tried so often.
const TRIES: u32 = 10;
/// Longest reason, in characters.
const REASON_MAX: usize = 500;

impl Acs {
    /// Campaigns in these states, the newest first; none: all.
    pub async fn campaigns(
        &self,
        actor: &Actor,
        states: &[CampaignState],
        before: Option<CampaignId>,
    ) -> Result<CampaignList> {
        actor.require(Permission::CampaignRead)?;
        let store = &self.inner.store;
        let mut records = store.campaigns(states, before, LISTED + 1).await?;
        let next = (records.len() > usize::from(LISTED)).then(|| {
            records.truncate(usize::from(LISTED));
            records[usize::from(LISTED) - 1].id
        });
        let ids: Vec<CampaignId> = records.iter().map(|record| record.id).collect();
        let mut tallies = store.campaign_tallies(&ids).await?;
        let mut rows = Vec::with_capacity(records.len());
        for record in records {
            let of_stages = tallies.remove(&record.id).unwrap_or_default();
            rows.push(self.campaign_row(record, of_stages).await?);
        }
        Ok(CampaignList { rows, next, states: store.campaign_states().await? })
    }

    pub async fn campaign(&self, actor: &Actor, id: CampaignId) -> Result<CampaignView> {
        actor.require(Permission::CampaignRead)?;
        let record = self.campaign_record(id).await?;
        self.campaign_view(record).await
    }

    /// How many devices an audience has now. Counts them, so it is asked for by hand.
    pub async fn preview_campaign(&self, actor: &Actor, audience: &Audience) -> Result<Preview> {
        actor.require(Permission::CampaignWrite)?;
        Ok(self.inner.store.preview_campaign(audience, now()).await?)
    }

    /// What a plan would do now, device by device kind. Counts the fleet as the preview does.
    pub async fn try_campaign(&self, actor: &Actor, plan: &CampaignPlan) -> Result<DryRun> {
        actor.require(Permission::CampaignWrite)?;
        self.dry_run(plan).await
    }

    /// What is wrong with a plan.
    pub async fn check_campaign(&self, actor: &Actor, plan: &CampaignPlan) -> Result<Vec<PlanProblem>> {
        actor.require(Permission::CampaignWrite)?;
        let mut problems = plan.problems();
        problems.extend(self.campaign_problems(plan).await?);
        Ok(problems)
    }

    /// Creates a draft. It may be unfinished, but for its name.
    pub async fn create_campaign(&self, actor: &Actor, plan: CampaignPlan) -> Result<CampaignView> {
        may_plan(actor, &plan)?;
        self.create_draft(actor, plan, None).await
    }

    async fn create_draft(
        &self,
        actor: &Actor,
        plan: CampaignPlan,
        rollback_of: Option<CampaignId>,
    ) -> Result<CampaignView> {
        named(&plan)?;
        let time = now();
        let expected = self.inner.store.preview_campaign(&plan.audience, time).await?.total;
        let entry = Entry::new(Act::CampaignCreated, Target::new("campaign", "", plan.name.trim()));
        self.audit(actor, entry.after(said(&plan, expected))).await?;
        let (by, author) = (actor.name().to_owned(), agent(actor));
        let new = NewCampaign { plan, by, author, rollback_of, expected, now: time };
        let record = self.inner.store.create_campaign(new).await?;
        self.tell_campaign(record.id);
        self.campaign_view(record).await
    }

    /// Changes a plan that has not started. It is a draft again, and whoever approved it did so in vain.
    pub async fn edit_campaign(
        &self,
        actor: &Actor,
        id: CampaignId,
        revision: i64,
        mut plan: CampaignPlan,
    ) -> Result<CampaignView> {
        may_plan(actor, &plan)?;
        named(&plan)?;
        let record = self.as_seen(id, revision).await?;
        let state = follows(&record, CampaignEvent::Edit)?;
        keep_secrets(&mut plan, &record.plan);
        let me = (agent(actor), actor.name().to_owned());
        let mut editors = record.editors.clone();
        // Who saves it as it is, so that its routers are counted anew, has written nothing.
        if plan != record.plan && !editors.contains(&me) {
            editors.push(me);
        }
        let time = now();
        let expected = self.inner.store.preview_campaign(&plan.audience, time).await?.total;
        let entry = Entry::new(Act::CampaignEdited, target(&record)).before(said(&record.plan, record.expected));
        self.audit(actor, entry.after(said(&plan, expected))).await?;
        let change = CampaignChange {
            state: Some(state),
            pause: Some(None),
            plan: Some(plan),
            edited: Some(time),
            editors: Some(editors),
            expected: Some(expected),
            log: vec![(Some(actor.name().to_owned()), CampaignLogKind::Edited)],
            now: time,
            ..CampaignChange::default()
        };
        self.change_campaign(&record, change).await
    }

    /// Deletes one that never started.
    pub async fn delete_campaign(&self, actor: &Actor, id: CampaignId) -> Result<()> {
        actor.require(Permission::CampaignWrite)?;
        let record = self.campaign_record(id).await?;
        if record.state.has_started() || record.state == CampaignState::Scheduled {
            return Err(AcsError::Invalid(
                "This campaign has started: it stays as a record. Nothing was deleted.".to_owned(),
            ));
        }
        self.audit(
            actor,
            Entry::new(Act::CampaignDeleted, target(&record)).before(said(&record.plan, record.expected)),
        )
        .await?;
        if !self.inner.store.delete_campaign(id).await? {
            return Err(changed_meanwhile());
        }
        self.tell_campaign(id);
        Ok(())
    }

    /// Hands it to a second person.
    pub async fn ask_approval(&self, actor: &Actor, id: CampaignId, revision: i64) -> Result<CampaignView> {
        let record = self.as_seen(id, revision).await?;
        may_plan(actor, &record.plan)?;
        self.is_ready(&record).await?;
        let state = follows(&record, CampaignEvent::AskApproval)?;
        self.audit(actor, Entry::new(Act::CampaignApprovalAsked, target(&record))).await?;
        let change = CampaignChange {
            state: Some(state),
            asked: Some((agent(actor), actor.name().to_owned())),
            log: vec![(Some(actor.name().to_owned()), CampaignLogKind::ApprovalAsked)],
            now: now(),
            ..CampaignChange::default()
        };
        self.change_campaign(&record, change).await
    }

    /// Approves what somebody else planned and asked for. `revision`: what the approver has seen.
    pub async fn approve_campaign(&self, actor: &Actor, id: CampaignId, revision: i64) -> Result<CampaignView> {
        let record = self.to_decide(actor, id, revision).await?;
        let state = follows(&record, CampaignEvent::Approve)?;
        let entry = Entry::new(Act::CampaignApproved, target(&record));
        self.audit(actor, entry.after(said(&record.plan, record.expected))).await?;
        let time = now();
        let change = CampaignChange {
            state: Some(state),
            approved: Some((agent(actor), actor.name().to_owned(), time)),
            log: vec![(Some(actor.name().to_owned()), CampaignLogKind::Approved)],
            now: time,
            ..CampaignChange::default()
        };
        self.change_campaign(&record, change).await
    }

    /// Sends it back, with a reason.
    pub async fn reject_campaign(
        &self,
        actor: &Actor,
        id: CampaignId,
        revision: i64,
        reason: &str,
    ) -> Result<CampaignView> {
        let reason = needed(reason)?;
        let record = self.to_decide(actor, id, revision).await?;
        let state = follows(&record, CampaignEvent::Reject)?;
        self.audit(actor, Entry::new(Act::CampaignRejected, target(&record)).reason(&reason)).await?;
        let change = CampaignChange {
            state: Some(state),
            log: vec![(Some(actor.name().to_owned()), CampaignLogKind::Rejected { reason })],
            now: now(),
            ..CampaignChange::default()
        };
        self.change_campaign(&record, change).await
    }

    /// Whoever wrote at its plan or asked for its approval does not decide about it (catalogue row N6).
    async fn to_decide(&self, actor: &Actor, id: CampaignId, revision: i64) -> Result<CampaignRecord> {
        actor.require(Permission::CampaignApprove)?;
        // A token is whoever holds it: it could be the one who planned it.
        let Actor::Agent(agent) = actor else {
            return Err(AcsError::Invalid(
                "A person decides about campaigns, in the portal. Nothing was changed.".to_owned(),
            ));
        };
        let record = self.as_seen(id, revision).await?;
        let others = record.editors.iter().chain(&record.asked).map(|(id, name)| (*id, name.as_str()));
        let own = std::iter::once((record.author, record.by.as_str()))
            .chain(others)
            .any(|(id, name)| id.map_or(name == agent.name, |id| id == agent.id));
        if own {
            return Err(AcsError::Invalid(
                "Somebody else has to decide about a campaign that you worked on. Nothing was changed.".to_owned(),
            ));
        }
        Ok(record)
    }

    /// Starts it now, or at its time. `typed`: its name, as the person typed it.
    pub async fn start_campaign(
        &self,
        actor: &Actor,
        id: CampaignId,
        revision: i64,
        typed: &str,
    ) -> Result<CampaignView> {
        let record = self.as_seen(id, revision).await?;
        may_plan(actor, &record.plan)?;
        self.is_ready(&record).await?;
        if typed.trim() != record.plan.name.trim() {
            return Err(AcsError::Invalid(
                "Type the name of the campaign to start it. Nothing was started.".to_owned(),
            ));
        }
        let time = now();
        // Counted again: the fleet may have grown since it was written.
        let devices = self.inner.store.preview_campaign(&record.plan.audience, time).await?.total;
        if devices == 0 {
            return Err(AcsError::Invalid("No router matches. Nothing was started.".to_owned()));
        }
        if self.needs_approval(&record, devices) {
            return Err(AcsError::Invalid(Self::not_approved(&record, devices)));
        }
        if let Some(at) = record.plan.starts_at.filter(|at| *at > time) {
            let state = follows(&record, CampaignEvent::Schedule)?;
            let entry = Entry::new(Act::CampaignScheduled, target(&record));
            self.audit(actor, entry.after(said(&record.plan, devices))).await?;
            let change = CampaignChange {
                state: Some(state),
                tick_at: Some(at),
                log: vec![(Some(actor.name().to_owned()), CampaignLogKind::Scheduled { at })],
                now: time,
                ..CampaignChange::default()
            };
            return self.change_campaign(&record, change).await;
        }
        follows(&record, CampaignEvent::Start)?;
        let entry = Entry::new(Act::CampaignStarted, target(&record));
        self.audit(actor, entry.after(said(&record.plan, devices))).await?;
        if !self.inner.store.start_campaign(&record, Some(actor.name().to_owned()), time).await? {
            return Err(changed_meanwhile());
        }
        tracing::info!(campaign = id.0, devices, by = actor.name(), "a campaign started");
        self.tell_campaign(id);
        self.campaign(actor, id).await
    }

    /// Nothing new starts; what is under way goes on and is seen to its end.
    pub async fn pause_campaign(&self, actor: &Actor, id: CampaignId, reason: &str) -> Result<CampaignView> {
        actor.require(Permission::CampaignWrite)?;
        let record = self.campaign_record(id).await?;
        follows(&record, CampaignEvent::Pause)?;
        let reason = bounded(reason)?;
        self.audit(actor, Entry::new(Act::CampaignPaused, target(&record)).reason(&reason)).await?;
        let pause = Pause::Person { by: actor.name().to_owned(), reason };
        let change = CampaignChange {
            pause: Some(Some(pause.clone())),
            tick_at: Some(now()),
            log: vec![(Some(actor.name().to_owned()), CampaignLogKind::Paused { pause })],
            now: now(),
            ..CampaignChange::default()
        };
        self.change_live(record, Some(CampaignEvent::Pause), change).await
    }

    /// Goes on after a pause, or after a gate that a person decides about. Asks for a reason; counts are kept, and what
    /// failed until now does not stop it again.
    pub async fn resume_campaign(&self, actor: &Actor, id: CampaignId, reason: &str) -> Result<CampaignView> {
        let record = self.campaign_record(id).await?;
        may_plan(actor, &record.plan)?;
        let reason = needed(reason)?;
        let time = now();
        let by = actor.name().to_owned();
        if record.state == CampaignState::GateHold {
            return self.pass_gate(actor, record, reason, time).await;
        }
        follows(&record, CampaignEvent::Resume)?;
        self.audit(actor, Entry::new(Act::CampaignResumed, target(&record)).reason(&reason)).await?;
        let numbers = self.inner.store.campaign_numbers(&record).await?;
        let change = CampaignChange {
            pause: Some(None),
            tick_at: Some(time),
            excused: Some(numbers.judged),
            log: vec![(Some(by), CampaignLogKind::Resumed { reason })],
            now: time,
            ..CampaignChange::default()
        };
        self.change_live(record, Some(CampaignEvent::Resume), change).await
    }

    async fn pass_gate(
        &self,
        actor: &Actor,
        record: CampaignRecord,
        reason: String,
        time: Timestamp,
    ) -> Result<CampaignView> {
        follows(&record, CampaignEvent::GoOn)?;
        let stages = self.inner.store.campaign_stages(record.id).await?;
        let held = stages.iter().find(|stage| matches!(stage.state, StageState::Held | StageState::Failed));
        let held = held.ok_or_else(changed_meanwhile)?;
        let to = held.state.after(StageEvent::Decide).ok_or_else(changed_meanwhile)?;
        let numbers = self.inner.store.campaign_numbers(&record).await?;
        let tally = numbers.stages.get(usize::from(held.stage)).copied().unwrap_or_default();
        self.audit(actor, Entry::new(Act::CampaignGatePassed, target(&record)).reason(&reason)).await?;
        let by = actor.name().to_owned();
        let log =
            CampaignLogKind::GatePassed { stage: held.stage, percent: tally.succeeded_percent(), reason: Some(reason) };
        let change = CampaignChange {
            pause: Some(None),
            tick_at: Some(time),
            excused: Some(numbers.judged),
            stages: vec![StageChange { stage: held.stage, from: held.state, to, at: time, by: Some(by.clone()) }],
            log: vec![(Some(by), log)],
            now: time,
            ..CampaignChange::default()
        };
        self.change_live(record, Some(CampaignEvent::GoOn), change).await
    }

    /// Ends it for good. Devices that have their order are followed to its end. `typed`: its name.
    pub async fn cancel_campaign(
        &self,
        actor: &Actor,
        id: CampaignId,
        reason: &str,
        typed: &str,
    ) -> Result<CampaignView> {
        actor.require(Permission::CampaignWrite)?;
        let record = self.campaign_record(id).await?;
        follows(&record, CampaignEvent::Cancel)?;
        let reason = bounded(reason)?;
        if typed.trim() != record.plan.name.trim() {
            return Err(AcsError::Invalid("Type the name of the campaign to cancel it. It goes on.".to_owned()));
        }
        self.audit(actor, Entry::new(Act::CampaignCancelled, target(&record)).reason(&reason)).await?;
        let time = now();
        let log = CampaignLogKind::Cancelled { reason, by_itself: false };
        let change = CampaignChange {
            tick_at: Some(time),
            ended_at: Some(time),
            log: vec![(Some(actor.name().to_owned()), log)],
            now: time,
            ..CampaignChange::default()
        };
        self.change_live(record, Some(CampaignEvent::Cancel), change).await
    }

    /// Changes how fast it goes and when it stops itself, while it is under way. To loosen what somebody approved, it takes
    /// somebody who could have approved it.
    pub async fn change_campaign_limits(
        &self,
        actor: &Actor,
        id: CampaignId,
        limits: Limits,
        reason: &str,
    ) -> Result<CampaignView> {
        let record = self.campaign_record(id).await?;
        may_plan(actor, &record.plan)?;
        let reason = needed(reason)?;
        if !record.state.has_started() || record.state.ended() {
            return Err(AcsError::Conflict(
                "Only a campaign that is under way has limits to change. Edit it.".to_owned(),
            ));
        }
        if let Some(problem) = limits.problems().first() {
            return Err(AcsError::Invalid(format!("{problem} Nothing was changed.")));
        }
        if record.approved.is_some() && !limits.within(&record.plan.limits()) {
            self.to_decide(actor, id, record.revision).await?;
        }
        let mut plan = record.plan.clone();
        (plan.pace, plan.thresholds) = (limits.pace, limits.thresholds);
        let entry = Entry::new(Act::CampaignLimitsChanged, target(&record)).reason(&reason);
        self.audit(actor, entry.before(record.plan.limits()).after(limits)).await?;
        let change = CampaignChange {
            plan: Some(plan),
            log: vec![(Some(actor.name().to_owned()), CampaignLogKind::LimitsChanged { reason })],
            tick_at: Some(now()),
            now: now(),
            ..CampaignChange::default()
        };
        self.change_live(record, None, change).await
    }

    /// Pauses all that start devices; how many that were.
    pub async fn stop_all_campaigns(&self, actor: &Actor, reason: &str) -> Result<u32> {
        actor.require(Permission::CampaignWrite)?;
        let reason = needed(reason)?;
        let states = [CampaignState::Running, CampaignState::WaitingWindow, CampaignState::GateHold];
        let mut stopped = 0;
        for record in self.inner.store.campaigns(&states, None, 1000).await? {
            match self.pause_campaign(actor, record.id, &reason).await {
                Ok(_) => stopped += 1,
                // It has ended, or somebody else was first.
                Err(AcsError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(stopped)
    }

    /// A draft of a campaign that takes this one back: its devices that were done, to an image known to be good.
    pub async fn roll_back_campaign(
        &self,
        actor: &Actor,
        id: CampaignId,
        image: model::FileId,
        reason: &str,
    ) -> Result<CampaignView> {
        let record = self.campaign_record(id).await?;
        let reason = needed(reason)?;
        let CampaignKind::Firmware { .. } = record.plan.kind else {
            return Err(AcsError::Invalid("Only firmware is taken back. Nothing was made.".to_owned()));
        };
        let name: String = format!("Back: {}", record.plan.name).chars().take(100).collect();
        let images = self.campaign_images(&record.plan).await?;
        let mut plan = CampaignPlan {
            name,
            why: reason.clone(),
            kind: CampaignKind::Firmware { images: vec![image] },
            downgrade: true,
            starts_at: None,
            ends_at: None,
            ..record.plan.clone()
        };
        // Whoever runs what it brought, whether it was this campaign or not: those are in question.
        plan.audience.versions = images
            .iter()
            .flat_map(|image| std::iter::once(&image.file.version).chain(&image.file.versions))
            .filter(|version| !version.is_empty())
            .cloned()
            .collect();
        if plan.audience.versions.is_empty() {
            // No version is any version.
            return Err(AcsError::Invalid(
                "Which version this campaign brought is not known: its image has none, or is gone. Nothing was made."
                    .to_owned(),
            ));
        }
        plan.audience.joins_up_to = None;
        may_plan(actor, &plan)?;
        let draft = self.create_draft(actor, plan, Some(id)).await?;
        let log = CampaignLogKind::RollbackMade { campaign: draft.id };
        let change =
            CampaignChange { log: vec![(Some(actor.name().to_owned()), log)], now: now(), ..CampaignChange::default() };
        // The draft is there, whether the other's log says so or not.
        self.changed(&record, &change).await?;
        Ok(draft)
    }

    /// Devices of a campaign: the latest change first, then those that wait.
    pub async fn campaign_targets(
        &self,
        actor: &Actor,
        id: CampaignId,
        filter: &TargetFilter,
        cursor: Option<&Cursor>,
        limit: u16,
    ) -> Result<Page<TargetView>> {
        actor.require(Permission::CampaignRead)?;
        let record = self.campaign_record(id).await?;
        let page = self.inner.store.targets(&record, filter, cursor, limit).await?;
        Ok(Page { items: page.items, previous: None, next: page.next })
    }

    pub async fn campaign_target(&self, actor: &Actor, id: CampaignId, device: DeviceId) -> Result<TargetView> {
        actor.require(Permission::CampaignRead)?;
        self.inner.store.target(id, device).await?.ok_or(AcsError::NotFound("router in this campaign"))
    }

    /// What happened to a campaign, the newest first; `before`: from an earlier page.
    pub async fn campaign_log(
        &self,
        actor: &Actor,
        id: CampaignId,
        before: Option<i64>,
        limit: u16,
    ) -> Result<Vec<(i64, CampaignLog)>> {
        actor.require(Permission::CampaignRead)?;
        Ok(self.inner.store.campaign_log(id, before, limit.clamp(1, 200)).await?)
    }

    /// Campaigns that a device is in, the newest first; at most 20.
    pub async fn campaigns_of_device(&self, actor: &Actor, device: DeviceId) -> Result<Vec<DeviceCampaign>> {
        self.at(actor, Permission::DeviceRead, device).await?;
        let found = self.inner.store.campaigns_of(device).await?;
        Ok(found.into_iter().map(|(id, name, state, target)| DeviceCampaign { id, name, state, target }).collect())
    }

    /// The task of a device that begins: it is counted, told and given.
    pub(crate) async fn campaign_task_made(&self, task: TaskRecord) -> Result<()> {
        self.queued(task.device, task_view(task)).await.map(drop)
    }

    async fn campaign_record(&self, id: CampaignId) -> Result<CampaignRecord> {
        self.inner.store.campaign(id).await?.ok_or(AcsError::NotFound("campaign"))
    }

    /// The campaign as somebody has seen it.
    async fn as_seen(&self, id: CampaignId, revision: i64) -> Result<CampaignRecord> {
        let record = self.campaign_record(id).await?;
        if record.revision == revision { Ok(record) } else { Err(changed_meanwhile()) }
    }

    /// Nothing is wrong with it.
    async fn is_ready(&self, record: &CampaignRecord) -> Result<()> {
        let mut problems = record.plan.problems();
        problems.extend(self.campaign_problems(&record.plan).await?);
        match problems.first() {
            None => Ok(()),
            Some(first) => Err(AcsError::Invalid(format!("{} Nothing was started.", first.problem))),
        }
    }

    /// What somebody decides about one that is under way, whatever the engine does with it in the same moment. `event`: what
    /// has to follow from the state that it is in then.
    async fn change_live(
        &self,
        mut record: CampaignRecord,
        event: Option<CampaignEvent>,
        mut change: CampaignChange,
    ) -> Result<CampaignView> {
        for _ in 0..TRIES {
            change.state = event.map(|event| follows(&record, event)).transpose()?;
            if let Some(record) = self.changed(&record, &change).await? {
                return self.campaign_view(record).await;
            }
            record = self.campaign_record(record.id).await?;
        }
        Err(changed_meanwhile())
    }

    async fn change_campaign(&self, record: &CampaignRecord, change: CampaignChange) -> Result<CampaignView> {
        match self.changed(record, &change).await? {
            Some(record) => self.campaign_view(record).await,
            None => Err(changed_meanwhile()),
        }
    }
}

fn may_plan(actor: &Actor, plan: &CampaignPlan) -> Result<()> {
    actor.require(Permission::CampaignWrite)?;
    actor.require(plan.kind.permission())
}

fn target(record: &CampaignRecord) -> Target {
    Target::new("campaign", record.id, record.plan.name.trim())
}

/// What the audit log keeps of a plan: no secrets.
fn said(plan: &CampaignPlan, devices: u32) -> serde_json::Value {
    json!({ "plan": shown(plan), "devices": devices })
}

/// The person who does it, also by a token of their own.
fn agent(actor: &Actor) -> Option<AgentId> {
    match actor {
        Actor::Agent(agent) => Some(agent.id),
        Actor::Token(token) => token.owner.as_ref().map(|owner| owner.id),
        Actor::System => None,
    }
}

fn follows(record: &CampaignRecord, event: CampaignEvent) -> Result<CampaignState> {
    record.state.after(event).ok_or_else(|| {
        let now = record.state.label().to_lowercase();
        AcsError::Conflict(format!("That cannot be done with a campaign that is “{now}”. Nothing was changed."))
    })
}

fn changed_meanwhile() -> AcsError {
    AcsError::Conflict("The campaign was changed meanwhile. Nothing was done. Look at it again.".to_owned())
}

fn named(plan: &CampaignPlan) -> Result<()> {
    let length = plan.name.trim().chars().count();
    if (1..=100).contains(&length) {
        return Ok(());
    }
    Err(AcsError::Invalid("Give the campaign a name of at most 100 characters. Nothing was kept.".to_owned()))
}

fn bounded(reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.chars().count() > REASON_MAX {
        return Err(AcsError::Invalid(format!("A reason has at most {REASON_MAX} characters. Nothing was changed.")));
    }
    Ok(reason.to_owned())
}

fn needed(reason: &str) -> Result<String> {
    let reason = bounded(reason)?;
    if reason.is_empty() {
        return Err(AcsError::Invalid("Give a reason. Nothing was changed.".to_owned()));
    }
    Ok(reason)
}

/// Secrets that nobody was shown and nobody typed anew stay as they were.
fn keep_secrets(plan: &mut CampaignPlan, before: &CampaignPlan) {
    if let (CampaignKind::Configuration { values }, CampaignKind::Configuration { values: old }) =
        (&mut plan.kind, &before.kind)
    {
        for value in values.iter_mut().filter(|value| value.value.is_empty()) {
            if let Some(kept) = old.iter().find(|old| old.path == value.path) {
                value.value.clone_from(&kept.value);
            }
        }
    }
}
