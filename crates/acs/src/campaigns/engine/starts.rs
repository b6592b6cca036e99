//! Devices that start: as many as the pace allows, in the zones whose window is open.

use super::super::pace::allowance;
use super::{BATCH, Look, PART, PAUSE_MS};
use crate::session::Progress;
use crate::{AcsError, Result};
use model::campaign::{CampaignEvent, CampaignLogKind, Pause, TargetEvent, TargetState};
use model::task::TaskKind;
use store::{CampaignChange, NewTask, TargetMove, TargetRecord, TaskChange};

impl Look<'_> {
    /// Starts as many devices as may start now, in the zones whose window is open.
    pub(super) async fn start_devices(&mut self) -> Result<()> {
        if !self.record.state.starts_devices() {
            return Ok(());
        }
        let stages = self.begun();
        let zones = self.numbers.zones.iter().map(|(zone, _, _)| *zone);
        let open: Vec<i64> = zones.filter(|zone| self.hours.closes(*zone).is_some()).collect();
        let waiting = self.numbers.all().of(TargetState::Queued);
        self.follow_window(!open.is_empty() || waiting == 0).await?;
        if open.is_empty() {
            // Nothing starts before; what is under way marks itself as due.
            let soon = self.now.plus_millis(10 * PAUSE_MS);
            self.again_at = self.hours.next().map_or(soon, |at| at.clamp(self.again_at, soon));
            return Ok(());
        }
        let allowed = allowance(&self.record, &self.images, self.numbers.all().in_flight(), self.now);
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
            if self.make(Some(change), moves).await?.is_none() {
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
}
