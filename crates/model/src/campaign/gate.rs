//! What the numbers of a stage mean: whether its gate opens, and whether the campaign has to stop.

use super::TargetState;
use serde::{Deserialize, Serialize};

/// Devices in each state, by the number of the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally(pub [u32; TargetState::ALL.len()]);

impl Tally {
    pub fn of(&self, state: TargetState) -> u32 {
        self.0[state as usize]
    }

    pub fn add(&mut self, state: TargetState, count: u32) {
        self.0[state as usize] += count;
    }

    fn sum(&self, states: impl Fn(TargetState) -> bool) -> u32 {
        TargetState::ALL.into_iter().filter(|state| states(*state)).map(|state| self.of(state)).sum()
    }

    pub fn total(&self) -> u32 {
        self.0.iter().sum()
    }

    /// Verified, failed or lost: what shares are counted of. Those left out are not in it.
    pub fn finished(&self) -> u32 {
        self.succeeded() + self.bad()
    }

    pub fn succeeded(&self) -> u32 {
        self.of(TargetState::Succeeded)
    }

    /// Failed or lost.
    pub fn bad(&self) -> u32 {
        self.of(TargetState::Failed) + self.of(TargetState::Lost)
    }

    pub fn in_flight(&self) -> u32 {
        self.sum(TargetState::in_flight)
    }

    /// Devices that have their order, and are not seen to its end.
    pub fn with_order(&self) -> u32 {
        self.sum(TargetState::has_order)
    }

    /// Devices of which something may still come.
    pub fn open(&self) -> u32 {
        self.sum(|state| !state.ended())
    }

    /// Devices that a stage waits for before it is over: all that are open, but for those that wait for a check-in.
    pub fn awaited(&self) -> u32 {
        self.open() - self.of(TargetState::Eligible)
    }

    /// Devices that have not begun.
    pub fn waiting(&self) -> u32 {
        self.of(TargetState::Queued) + self.of(TargetState::Eligible) + self.of(TargetState::RetryWait)
    }

    /// Share of the failed and lost in the finished, in percent; `None` of nothing.
    pub fn failed_percent(&self) -> Option<f64> {
        share(self.bad(), self.finished())
    }

    pub fn succeeded_percent(&self) -> Option<f64> {
        share(self.succeeded(), self.finished())
    }

    /// What came since an earlier moment, state by state; of a state that devices have left meanwhile, nothing.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut since = *self;
        since.0.iter_mut().zip(earlier.0).for_each(|(count, before)| *count = count.saturating_sub(before));
        since
    }
}

/// All of them together.
impl<'a> std::iter::Sum<&'a Self> for Tally {
    fn sum<I: Iterator<Item = &'a Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |mut all, tally| {
            all.0.iter_mut().zip(tally.0).for_each(|(sum, count)| *sum += count);
            all
        })
    }
}

fn share(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) * 100.0 / f64::from(whole))
}

/// What has to hold before the next stage begins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Verified devices in percent of the finished ones.
    pub success_percent: f64,
    /// Finished devices that it takes at least; a stage that is smaller needs all of its own that were not left out, and half of
    /// all.
    pub min_sample: u32,
    /// Minutes that pass after the last device was done.
    pub soak_minutes: u32,
    /// Opens by itself; else a person decides.
    pub automatic: bool,
}

impl Default for Gate {
    fn default() -> Self {
        Self { success_percent: 98.0, min_sample: 10, soak_minutes: 24 * 60, automatic: true }
    }
}

/// What a gate says of a stage that has soaked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateAnswer {
    Open,
    /// Its numbers are good, and a person decides.
    AskPerson,
    TooFew,
    TooManyFailed,
}

impl Gate {
    pub fn judge(&self, stage: &Tally) -> GateAnswer {
        let finished = stage.finished();
        // Whoever was left out cannot be waited for; but a stage of which most were left out is no sample.
        let possible = stage.total() - stage.of(TargetState::Skipped) - stage.of(TargetState::Cancelled);
        let wanted = self.min_sample.min(possible.max(stage.total().div_ceil(2)));
        if finished == 0 || finished < wanted {
            return GateAnswer::TooFew;
        }
        if stage.succeeded_percent().is_none_or(|percent| percent + 1e-9 < self.success_percent) {
            return GateAnswer::TooManyFailed;
        }
        if self.automatic { GateAnswer::Open } else { GateAnswer::AskPerson }
    }
}

/// From when on too many have failed: both have to be reached, after a minimum of devices.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Percent of the finished devices.
    pub percent: f64,
    pub count: u32,
}

impl Limit {
    fn passed(&self, bad: u32, finished: u32) -> bool {
        bad > 0 && bad >= self.count && share(bad, finished).is_some_and(|percent| percent > self.percent)
    }
}

/// When a campaign stops by itself. Held against each stage, and in it against each model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Finished devices before any limit counts.
    pub min_sample: u32,
    pub pause: Limit,
    /// The same for those that never came back.
    pub lost: Limit,
    /// Ends the campaign.
    pub abort: Limit,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            min_sample: 10,
            pause: Limit { percent: 2.0, count: 3 },
            lost: Limit { percent: 0.5, count: 2 },
            abort: Limit { percent: 20.0, count: 25 },
        }
    }
}

/// The model that nearly all failures are of, though not nearly all devices.
fn to_blame<'a>(models: &'a [(String, Tally)], whole: &Tally) -> Option<&'a String> {
    models
        .iter()
        .find(|(_, tally)| {
            let (of_bad, of_all) = (share(tally.bad(), whole.bad()), share(tally.finished(), whole.finished()));
            let stands_out = of_bad.zip(of_all).is_some_and(|(bad, all)| bad >= 80.0 && bad >= 1.25 * all);
            stands_out || models.len() == 1
        })
        .map(|(model, _)| model)
}

/// Which limit was passed, and by what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    pub limit: Alarmed,
    /// The stage, from 0.
    pub stage: u16,
    /// The model that is to blame; `None`: several alike.
    pub model: Option<String>,
    pub bad: u32,
    pub finished: u32,
    pub percent: f64,
    pub allowed_percent: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alarmed {
    Pause,
    Lost,
    Abort,
}

impl Thresholds {
    /// The worst that the numbers of a stage say. `models`: the same devices, by model.
    pub fn judge(&self, stage: u16, models: &[(String, Tally)]) -> Option<Alarm> {
        let whole: Tally = models.iter().map(|(_, tally)| tally).sum();
        let mut alarms: Vec<Alarm> =
            models.iter().filter_map(|(model, tally)| self.judge_one(stage, Some(model), tally)).collect();
        alarms.extend(self.judge_one(stage, to_blame(models, &whole), &whole));
        // The gravest; of those the one of a model, that with the largest share of failures.
        alarms.into_iter().max_by(|a, b| {
            let rank = |alarm: &Alarm| (alarm.limit, alarm.model.is_some());
            rank(a).cmp(&rank(b)).then(a.percent.total_cmp(&b.percent))
        })
    }

    fn judge_one(&self, stage: u16, model: Option<&String>, tally: &Tally) -> Option<Alarm> {
        let (bad, lost, finished) = (tally.bad(), tally.of(TargetState::Lost), tally.finished());
        if finished < self.min_sample {
            return None;
        }
        let (limit, bad, allowed) = if self.abort.passed(bad, finished) {
            (Alarmed::Abort, bad, self.abort)
        } else if self.lost.passed(lost, finished) {
            (Alarmed::Lost, lost, self.lost)
        } else if self.pause.passed(bad, finished) {
            (Alarmed::Pause, bad, self.pause)
        } else {
            return None;
        };
        Some(Alarm {
            limit,
            stage,
            model: model.cloned(),
            bad,
            finished,
            percent: share(bad, finished).unwrap_or(0.0),
            allowed_percent: allowed.percent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(counts: &[(TargetState, u32)]) -> Tally {
        let mut tally = Tally::default();
        for (state, count) in counts {
            tally.add(*state, *count);
        }
        tally
    }

    #[test]
    fn those_left_out_are_not_failures() {
        let gate = Gate { min_sample: 10, ..Gate::default() };
        let stage = tally(&[(TargetState::Succeeded, 10), (TargetState::Skipped, 190)]);
        assert_eq!(gate.judge(&stage), GateAnswer::Open);
        assert_eq!(stage.failed_percent(), Some(0.0));
        let small = tally(&[(TargetState::Succeeded, 5), (TargetState::Skipped, 3)]);
        assert_eq!(gate.judge(&small), GateAnswer::Open, "all that could be had are verified");
        let few = tally(&[(TargetState::Succeeded, 1), (TargetState::Skipped, 49)]);
        assert_eq!(gate.judge(&few), GateAnswer::TooFew, "one of fifty proves nothing");
        let nobody = tally(&[(TargetState::Skipped, 200)]);
        assert_eq!(gate.judge(&nobody), GateAnswer::TooFew);
    }

    #[test]
    fn a_gate_wants_sample_share_and_perhaps_a_person() {
        let gate = Gate { success_percent: 98.0, min_sample: 10, soak_minutes: 0, automatic: true };
        let good = tally(&[(TargetState::Succeeded, 98), (TargetState::Failed, 2)]);
        assert_eq!(gate.judge(&good), GateAnswer::Open, "exactly 98 %");
        assert_eq!(Gate { automatic: false, ..gate }.judge(&good), GateAnswer::AskPerson);
        let bad = tally(&[(TargetState::Succeeded, 97), (TargetState::Failed, 2), (TargetState::Lost, 1)]);
        assert_eq!(gate.judge(&bad), GateAnswer::TooManyFailed);
        let few = tally(&[(TargetState::Succeeded, 9), (TargetState::Queued, 20)]);
        assert_eq!(gate.judge(&few), GateAnswer::TooFew);
    }

    #[test]
    fn limits_need_share_count_and_sample() {
        let limits = Thresholds::default();
        let judge = |counts: &[(TargetState, u32)]| {
            limits.judge(1, &[("HG640".to_owned(), tally(counts))]).map(|alarm| alarm.limit)
        };
        assert_eq!(judge(&[(TargetState::Succeeded, 6), (TargetState::Failed, 3)]), None, "nine are no sample");
        assert_eq!(judge(&[(TargetState::Succeeded, 8), (TargetState::Failed, 2)]), None, "two are too few");
        assert_eq!(judge(&[(TargetState::Succeeded, 200), (TargetState::Failed, 4)]), None, "a share of 1.96 %");
        assert_eq!(judge(&[(TargetState::Succeeded, 100), (TargetState::Failed, 3)]), Some(Alarmed::Pause));
        assert_eq!(judge(&[(TargetState::Succeeded, 100), (TargetState::Lost, 2)]), Some(Alarmed::Lost));
        assert_eq!(judge(&[(TargetState::Succeeded, 60), (TargetState::Failed, 25)]), Some(Alarmed::Abort));
    }

    #[test]
    fn the_model_to_blame_is_named() {
        let models = [
            ("GX21".to_owned(), tally(&[(TargetState::Succeeded, 500), (TargetState::Failed, 1)])),
            ("HG640".to_owned(), tally(&[(TargetState::Succeeded, 40), (TargetState::Failed, 10)])),
        ];
        let alarm = Thresholds::default().judge(2, &models).unwrap();
        assert_eq!((alarm.limit, alarm.model.as_deref(), alarm.stage), (Alarmed::Pause, Some("HG640"), 2));
        assert_eq!((alarm.bad, alarm.finished, alarm.percent), (10, 50, 20.0));
        // Spread over all models: nobody is named.
        let alike: Vec<(String, Tally)> = (0..20)
            .map(|n| (format!("M{n}"), tally(&[(TargetState::Succeeded, 9), (TargetState::Failed, 1)])))
            .collect();
        let limits = Thresholds { min_sample: 50, ..Thresholds::default() };
        assert_eq!(limits.judge(0, &alike).unwrap().model, None);
        // Too few of one model for a limit of its own, but all that failed are of it.
        let young = [
            ("GX21".to_owned(), tally(&[(TargetState::Succeeded, 6)])),
            ("HG640".to_owned(), tally(&[(TargetState::Succeeded, 3), (TargetState::Lost, 2)])),
        ];
        let alarm = Thresholds::default().judge(0, &young).unwrap();
        assert_eq!((alarm.limit, alarm.model.as_deref()), (Alarmed::Lost, Some("HG640")));
    }

    #[test]
    fn a_stage_does_not_wait_for_those_that_are_away() {
        let stage = tally(&[(TargetState::Succeeded, 5), (TargetState::Eligible, 3)]);
        assert_eq!((stage.open(), stage.awaited()), (3, 0));
    }
}
