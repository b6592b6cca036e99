//! From stage to stage: who joins, when a stage is over, whether its gate opens, when all is done.

use super::super::judge::{Step, TaskStep};
use super::{BATCH, Look};
use crate::Result;
use model::campaign::{
    CampaignEvent, CampaignLogKind, Gate, GateAnswer, Pause, StageEvent, StageState, Tally, TargetEvent, TargetState,
};
use store::{CampaignChange, StageChange, StageRecord};

impl Look<'_> {
    /// Devices that are back, and those that join, once a minute.
    pub(super) async fn take_in_others(&mut self) -> Result<()> {
        if !self.new_minute || !self.record.state.starts_devices() {
            return Ok(());
        }
        let back = self.acs.store().returned_targets(&self.record, &self.begun(), self.now, BATCH).await?;
        let step = Step::to(TargetEvent::Return, None).task(TaskStep::Forget);
        let moves = back.iter().filter_map(|target| self.make_move(target, &step)).collect();
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
    pub(super) async fn stages(&mut self) -> Result<()> {
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
                        let pause = failed_gate(&stage, &tally, gate);
                        let log = CampaignLogKind::GateHeld { stage: stage.stage, pause: pause.clone() };
                        (StageEvent::Fail, log, Some(pause))
                    }
                }
            }
            // It was paused while a person had to decide, and goes on: that is still to be decided.
            StageState::Failed | StageState::Held => return self.hold_again(&stage, &tally, gate).await,
            // Devices are under way.
            StageState::Active | StageState::Passed => return Ok(false),
        };
        let Some(change) = moved(event) else { return Ok(false) };
        let state = hold.as_ref().and_then(|_| self.record.state.after(CampaignEvent::Hold));
        // Behind the last stage is no gate.
        let log = if last && event == StageEvent::Pass { Vec::new() } else { vec![(None, log)] };
        self.change(CampaignChange {
            state,
            pause: hold.map(Some),
            stages: vec![change],
            log,
            ..CampaignChange::default()
        })
        .await?;
        Ok(true)
    }

    async fn hold_again(&mut self, stage: &StageRecord, tally: &Tally, gate: Gate) -> Result<bool> {
        let Some(state) = self.record.state.after(CampaignEvent::Hold) else { return Ok(false) };
        let pause = match stage.state {
            StageState::Held => Pause::Decision { stage: stage.stage },
            _ => failed_gate(stage, tally, gate),
        };
        let log = vec![(None, CampaignLogKind::GateHeld { stage: stage.stage, pause: pause.clone() })];
        self.change(CampaignChange { state: Some(state), pause: Some(Some(pause)), log, ..CampaignChange::default() })
            .await?;
        Ok(false)
    }

    /// All stages have passed: it is over once nothing is under way.
    async fn complete(&mut self) -> Result<bool> {
        let all = self.numbers.all();
        // Whoever may still join keeps it going until its last day.
        if all.open() > 0 || self.record.plan.audience.joins_up_to.is_some() {
            return Ok(false);
        }
        let event = if all.bad() > 0 { CampaignEvent::CompleteWithFailures } else { CampaignEvent::Complete };
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
}

fn failed_gate(stage: &StageRecord, tally: &Tally, gate: Gate) -> Pause {
    Pause::Gate {
        stage: stage.stage,
        finished: tally.finished(),
        percent: tally.succeeded_percent(),
        wanted: gate.success_percent,
    }
}
