//! A campaign as pages show it, from what is counted.

use super::judge::Now;
use super::window::{Hours, LocalWindow};
use crate::clock::now;
use crate::session::scrubbed;
use crate::{Acs, Result};
use model::Timestamp;
use model::campaign::{
    AudienceCount, CampaignKind, CampaignPlan, CampaignRow, CampaignState, CampaignView, ClassCount, DryRun,
    ModelCount, PlanPart, PlanProblem, Preview, RatePoint, SkipReason, StageView, Tally, TargetState, ZoneView,
};
use model::task::TaskKind;
use std::collections::BTreeMap;
use store::{CampaignNumbers, CampaignRecord, DeviceFacts, StageRecord};

/// Minutes of the past that a page shows.
const RATE_MINUTES: u16 = 120;
/// An approval holds for so many percent more devices than its approver saw: a fleet grows a little meanwhile.
const GROWTH_PERCENT: u64 = 10;

/// The plan without what somebody typed that is secret.
pub(crate) fn shown(plan: &CampaignPlan) -> CampaignPlan {
    let mut plan = plan.clone();
    if let CampaignKind::Configuration { values } = &plan.kind
        && let Some(TaskKind::SetValues { values }) = scrubbed(&TaskKind::SetValues { values: values.clone() })
    {
        plan.kind = CampaignKind::Configuration { values };
    }
    plan
}

impl Acs {
    pub(crate) async fn campaign_view(&self, record: CampaignRecord) -> Result<CampaignView> {
        let (store, time) = (self.store(), now());
        let (stages, numbers) = if record.state.has_started() {
            let numbers = store.campaign_numbers(&record).await?;
            (store.campaign_stages(record.id).await?, numbers)
        } else {
            (Vec::new(), CampaignNumbers::default())
        };
        let images = self.campaign_images(&record.plan).await?;
        let rate = store.campaign_rate(record.id, RATE_MINUTES).await?;
        let usual_ms = store.campaign_usual_ms(record.id).await?;
        let mut problems = record.plan.problems();
        if record.state.editable() {
            problems.extend(self.campaign_problems(&record.plan).await?);
        }
        let stages = stage_views(&stages, &numbers);
        let stage_ends_at = stage_end(&record, &stages, &rate, usual_ms, time);
        Ok(CampaignView {
            id: record.id,
            needs_approval: self.needs_approval(&record, record.expected),
            revision: record.revision,
            state: record.state,
            files: images.into_iter().map(|image| image.file).collect(),
            models: numbers
                .kinds
                .iter()
                .map(|(model, hardware, tally)| ModelCount {
                    model: model.clone(),
                    hardware: hardware.clone(),
                    tally: *tally,
                })
                .collect(),
            failures: failures(&numbers),
            skipped: numbers.skipped.iter().map(|(reason, count)| (*reason, *count)).collect(),
            zones: zones(&record.plan, &numbers, time),
            rate,
            usual_ms,
            stage_ends_at,
            stages,
            pause: record.pause.clone(),
            by: record.by.clone(),
            created_at: record.created_at,
            edited_at: record.edited_at,
            asked_by: record.asked.as_ref().map(|(_, name)| name.clone()),
            approved_by: record.approved.as_ref().map(|(_, name, _)| name.clone()),
            approved_at: record.approved.as_ref().map(|(_, _, at)| *at),
            started_at: record.started_at,
            ended_at: record.ended_at,
            rollback_of: record.rollback_of,
            rolled_back_by: store.rollback_of(record.id).await?,
            expected: record.expected,
            problems,
            now: time,
            plan: shown(&record.plan),
        })
    }

    pub(crate) async fn campaign_row(&self, record: CampaignRecord, tallies: Vec<Tally>) -> Result<CampaignRow> {
        let records =
            if record.state.has_started() { self.store().campaign_stages(record.id).await? } else { Vec::new() };
        let numbers = CampaignNumbers { stages: tallies, ..CampaignNumbers::default() };
        let stages = stage_views(&records, &numbers);
        let current = stages.iter().position(|stage| stage.state != model::campaign::StageState::Passed);
        let count = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        let stage =
            (!stages.is_empty()).then(|| (count(current.map_or(stages.len(), |at| at + 1)), count(stages.len())));
        let files = self.campaign_images(&record.plan).await?;
        let what = match (&record.plan.kind, files.last()) {
            (CampaignKind::Firmware { .. }, Some(image)) if !image.file.version.is_empty() => {
                let model = &record.plan.audience.filter.model;
                if model.is_empty() {
                    format!("To {}", image.file.version)
                } else {
                    format!("{model}, to {}", image.file.version)
                }
            }
            (CampaignKind::Firmware { .. } | CampaignKind::File { .. }, Some(image)) => image.file.name.clone(),
            (kind, _) => kind.task().map_or_else(|| kind.label().to_owned(), |task| task.title()),
        };
        Ok(CampaignRow {
            id: record.id,
            what,
            state: record.state,
            pause: record.pause,
            stage,
            tally: numbers.all(),
            stages,
            expected: record.expected,
            window: record.plan.window.as_ref().map(|window| (window.from, window.to)),
            pause_percent: record.plan.thresholds.pause.percent,
            starts_at: record.plan.starts_at,
            started_at: record.started_at,
            ended_at: record.ended_at,
            by: record.by,
            created_at: record.created_at,
            name: record.plan.name,
        })
    }

    /// What is wrong with a plan that only the database knows.
    pub(crate) async fn campaign_problems(&self, plan: &CampaignPlan) -> Result<Vec<PlanProblem>> {
        let mut problems = Vec::new();
        let mut say = |part, problem: String| problems.push(PlanProblem { part, problem });
        let images = self.campaign_images(plan).await?;
        if images.len() < plan.kind.files().len() {
            say(PlanPart::What, "A file of this campaign was deleted. Choose another.".to_owned());
        }
        let firmware = matches!(plan.kind, CampaignKind::Firmware { .. });
        for image in &images {
            if firmware != (image.file.file_type == model::file::FileType::Firmware) {
                let kind = if firmware { "no firmware" } else { "firmware" };
                say(PlanPart::What, format!("“{}” is {kind}.", image.file.name));
            }
            if image.file.file_type.download().is_none() {
                say(PlanPart::What, format!("“{}” is nothing that a router can load.", image.file.name));
            }
        }
        if firmware && images.len() > 1 && images.iter().any(|image| image.file.version.is_empty()) {
            say(PlanPart::What, "Each image of a path needs its version.".to_owned());
        }
        if !plan.tell.is_empty() && self.exchange().settings.mail.is_none() {
            say(
                PlanPart::Review,
                "Lastmile sends no e-mail: no mail server is set. Leave the addresses out.".to_owned(),
            );
        }
        if let Some(window) = &plan.window
            && crate::zones::find(&window.zone).is_none()
        {
            say(
                PlanPart::Limits,
                format!("There is no time zone {:?}. Zones are named like Europe/Berlin.", window.zone),
            );
        }
        Ok(problems)
    }

    /// What a plan would do to the devices that it is for, as they are now.
    pub(crate) async fn dry_run(&self, plan: &CampaignPlan) -> Result<DryRun> {
        let time = now();
        let groups = self.store().audience_groups(&plan.audience, time).await?;
        let images = self.campaign_images(plan).await?;
        let hours = Hours::default();
        let judge = Now { plan, images: &images, starts: true, ended: false, hours: &hours, at: time };
        let mut run = DryRun { preview: Preview::of(&groups, time), ..DryRun::default() };
        let mut skipped = BTreeMap::<SkipReason, u32>::new();
        let mut first = vec![0; images.len()];
        // Before an image is chosen there is nothing to say.
        let chosen = !plan.kind.files().is_empty() || plan.kind.task().is_some();
        for (group, _) in groups.into_iter().filter(|_| chosen) {
            let AudienceCount { model, product_class, hardware, version, count } = group;
            match judge.first_image(&DeviceFacts { model, product_class, hardware, version, ..DeviceFacts::default() })
            {
                Ok(image) => {
                    run.orders += count;
                    if let Some(images) = image.and_then(|image| first.get_mut(usize::from(image))) {
                        *images += count;
                    }
                }
                Err(reason) => *skipped.entry(reason).or_default() += count,
            }
        }
        run.skipped = skipped.into_iter().filter(|(_, count)| *count > 0).collect();
        run.images = images.into_iter().map(|image| image.file).zip(first).collect();
        run.needs_approval = most(plan, run.preview.total) > self.exchange().settings.approval_above;
        run.problems = plan.problems();
        run.problems.extend(self.campaign_problems(plan).await?);
        Ok(run)
    }

    /// Whether a second person has to approve it before it starts, now that so many devices match: it is for many, and
    /// was not approved for as many.
    pub(crate) fn needs_approval(&self, record: &CampaignRecord, matching: u32) -> bool {
        let most = most(&record.plan, matching.max(record.expected));
        let for_more = |seen: u32| u64::from(most) * 100 > u64::from(seen) * (100 + GROWTH_PERCENT);
        most > self.exchange().settings.approval_above && Self::approved_for(record).is_none_or(for_more)
    }

    /// How many devices its approver saw; `None`: nobody approved it.
    pub(crate) fn approved_for(record: &CampaignRecord) -> Option<u32> {
        record.approved.is_some().then(|| most(&record.plan, record.expected))
    }

    /// Why it does not start for so many devices that match, and what helps.
    pub(crate) fn not_approved(record: &CampaignRecord, matching: u32) -> String {
        let most = most(&record.plan, matching.max(record.expected));
        let why = match Self::approved_for(record) {
            Some(seen) => format!("{matching} routers match now, and it was approved for {seen}: ask again."),
            None if most > matching => {
                format!("This campaign may come to {most} routers: a second person has to approve it first.")
            }
            None => format!("This campaign is for {most} routers: a second person has to approve it first."),
        };
        // Those that nobody has seen yet are seen after an edit.
        let how = if matching > record.expected { " Edit it first, so that they are counted anew." } else { "" };
        format!("{why}{how} Nothing was started.")
    }
}

/// Devices that a plan may come to be for: those that match, and those that may join later.
fn most(plan: &CampaignPlan, matching: u32) -> u32 {
    matching.max(plan.audience.joins_up_to.unwrap_or(0))
}

fn stage_views(stages: &[StageRecord], numbers: &CampaignNumbers) -> Vec<StageView> {
    stages
        .iter()
        .map(|stage| StageView {
            label: stage.label.clone(),
            state: stage.state,
            tally: numbers.stages.get(usize::from(stage.stage)).copied().unwrap_or_default(),
            started_at: stage.started_at,
            done_at: stage.done_at,
            passed_at: stage.passed_at,
            passed_by: stage.passed_by.clone(),
        })
        .collect()
}

/// The most frequent first.
fn failures(numbers: &CampaignNumbers) -> Vec<ClassCount> {
    let mut failures: Vec<ClassCount> =
        numbers.failures.iter().map(|(class, count)| ClassCount { class: *class, count: *count }).collect();
    failures.sort_by_key(|failure| std::cmp::Reverse(failure.count));
    failures
}

fn zones(plan: &CampaignPlan, numbers: &CampaignNumbers, now: Timestamp) -> Vec<ZoneView> {
    let mut zones: Vec<ZoneView> = numbers
        .zones
        .iter()
        .map(|(_, zone, tally)| {
            let opening = plan.window.as_ref().map(|window| LocalWindow::new(window, zone).at_or_after(now));
            let (open, turns_at) = match opening {
                None => (true, None),
                Some(None) => (false, None),
                Some(Some(opening)) if opening.opens <= now => (true, Some(opening.closes)),
                Some(Some(opening)) => (false, Some(opening.opens)),
            };
            ZoneView { zone: zone.clone(), devices: tally.total(), open, turns_at }
        })
        .collect();
    zones.sort_by_key(|zone| std::cmp::Reverse(zone.devices));
    zones
}

/// When the stage that runs would be over, at the pace of the last ten minutes in which something started.
fn stage_end(
    record: &CampaignRecord,
    stages: &[StageView],
    rate: &[RatePoint],
    usual_ms: Option<i64>,
    now: Timestamp,
) -> Option<Timestamp> {
    if record.state != CampaignState::Running {
        return None;
    }
    let stage = stages.iter().find(|stage| stage.state == model::campaign::StageState::Active)?;
    let recent: Vec<u32> =
        rate.iter().rev().filter(|point| point.started > 0).take(10).map(|point| point.started).collect();
    let pace = f64::from(recent.iter().sum::<u32>()) / recent.len().max(1) as f64;
    let waiting = f64::from(stage.tally.of(TargetState::Queued));
    if pace <= 0.0 {
        return None;
    }
    let minutes = waiting / pace;
    let watched = i64::from(record.plan.patience.healthy_minutes) * 60_000;
    Some(now.plus_millis((minutes * 60_000.0) as i64 + usual_ms.unwrap_or(0) + watched))
}
