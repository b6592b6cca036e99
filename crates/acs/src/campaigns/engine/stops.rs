//! What ends or stops a campaign by itself: too many failures, and its last day.

use super::super::judge::{Step, TaskStep};
use super::{BATCH, Look, PART};
use crate::Result;
use model::campaign::{
    Alarmed, CampaignEvent, CampaignLogKind, CampaignState, Pause, SkipReason, Tally, TargetEvent, TargetState,
};
use store::CampaignChange;

impl Look<'_> {
    /// `true`: it was stopped.
    pub(super) async fn stop_if_too_many_failed(&mut self) -> Result<bool> {
        let state = self.record.state;
        if !state.has_started() || state.ended() || state == CampaignState::Paused {
            return Ok(false);
        }
        let mut worst = None;
        for stage in 0..self.stages.len() as u16 {
            let alarm = self.record.plan.thresholds.judge(stage, &self.not_excused(stage));
            worst = worst.max_by_limit(alarm);
        }
        let Some(alarm) = worst else { return Ok(false) };
        let event = match alarm.limit {
            Alarmed::Abort => CampaignEvent::Cancel,
            Alarmed::Lost | Alarmed::Pause => CampaignEvent::Pause,
        };
        let Some(next) = state.after(event) else { return Ok(false) };
        let pause = Pause::Alarm { alarm };
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

    /// The models of a stage, without what somebody has looked at and let go on: for the limits only those count that
    /// have finished since.
    fn not_excused(&self, stage: u16) -> Vec<(String, Tally)> {
        let excused = |model: &str| {
            let seen = self.record.excused.iter().find(|(at, of, _)| *at == stage && of == model);
            seen.map(|(_, _, tally)| *tally).unwrap_or_default()
        };
        let of_stage = self.numbers.judged.iter().filter(|(at, _, _)| *at == stage);
        of_stage.map(|(_, model, tally)| (model.clone(), tally.since(&excused(model)))).collect()
    }

    /// Its last day is over, or it has ended: whoever has not begun is left out. `true`: nothing else is to be done.
    pub(super) async fn end_in_time(&mut self) -> Result<bool> {
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
            let step = Step { reason, ..Step::to(event, None).task(TaskStep::Forget) };
            let moves = targets.iter().filter_map(|target| self.make_move(target, &step)).collect();
            self.make(None, moves).await?;
        }
        self.refresh().await?;
        if self.numbers.all().open() == 0 {
            // Those that were given up may still come back: their tasks are open. They do not keep it alive.
            self.change(CampaignChange { is_over: true, ..CampaignChange::default() }).await?;
        }
        Ok(true)
    }

    pub(super) fn ended_log(&self, state: CampaignState) -> CampaignLogKind {
        let all = self.numbers.all();
        CampaignLogKind::Ended { state, succeeded: all.succeeded(), bad: all.bad() }
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
