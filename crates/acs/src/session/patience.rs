//! How often something may fail with a device before it is left alone.
//!
//! What Lastmile does by itself (reading all settings, giving credentials) is tried in every session until it works.
//! With a device that always fails that would be a loop. So each thing that fails waits for a pause that doubles
//! from [`FIRST_PAUSE_MS`] to [`LONGEST_PAUSE_MS`], and after [`STUCK_AFTER`] failures in a row the device counts as
//! *stuck*: a person should look. It is still tried, once in the longest pause that it has come to.

use model::Timestamp;
use model::protocol::PauseView;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// After the first failure: one minute.
pub(crate) const FIRST_PAUSE_MS: i64 = 60_000;
/// One day.
pub(crate) const LONGEST_PAUSE_MS: i64 = 24 * 60 * 60_000;
/// Failures of the same thing in a row.
pub(crate) const STUCK_AFTER: u32 = 5;
/// Things that are remembered for one device.
const THINGS: usize = 16;
/// Characters of a reason.
const REASON: usize = 200;

/// What failed with one device; kept in its learnt facts. What works is forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Patience {
    things: BTreeMap<String, Failures>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Failures {
    /// In a row.
    times: u32,
    next_at: Timestamp,
    /// Of the last time, in plain words.
    reason: String,
}

impl Patience {
    /// It failed. `what` are a few words that begin a sentence, such as `Reading all settings`; the same thing has the
    /// same words. `reason` is a sentence. Returns when it may be tried again.
    pub fn failed(&mut self, what: &str, reason: &str, now: Timestamp) -> Timestamp {
        if self.things.len() >= THINGS && !self.things.contains_key(what) {
            let oldest = self.things.iter().min_by_key(|(_, failures)| failures.next_at).map(|(what, _)| what.clone());
            if let Some(oldest) = oldest {
                self.things.remove(&oldest);
            }
        }
        let failures = self.things.entry(what.to_owned()).or_insert_with(|| Failures {
            times: 0,
            next_at: now,
            reason: String::new(),
        });
        let pause = FIRST_PAUSE_MS.saturating_mul(1 << failures.times.min(20)).min(LONGEST_PAUSE_MS);
        failures.times = failures.times.saturating_add(1);
        failures.next_at = now.plus_millis(pause);
        failures.reason = reason.chars().take(REASON).collect();
        failures.next_at
    }

    /// Whether it is time to try. A clock that was set back does not make a device wait for ever.
    pub fn may_try(&self, what: &str, now: Timestamp) -> bool {
        self.things
            .get(what)
            .is_none_or(|failures| failures.next_at <= now || failures.next_at.since(now) > LONGEST_PAUSE_MS)
    }

    /// It worked: its failures are forgotten.
    pub fn succeeded(&mut self, what: &str) {
        self.things.remove(what);
    }

    /// Why a person should look, in plain words: what failed too often in a row.
    pub fn stuck(&self) -> Option<String> {
        let (what, worst) = self.things.iter().max_by_key(|(_, failures)| failures.times)?;
        (worst.times >= STUCK_AFTER)
            .then(|| format!("{what} failed {} times in a row. The last time: {}", worst.times, worst.reason))
    }

    /// Try everything again at once.
    pub fn clear(&mut self) {
        self.things.clear();
    }

    /// What waits, for people.
    pub fn view(&self) -> Vec<PauseView> {
        let view = |(what, failures): (&String, &Failures)| PauseView {
            what: what.clone(),
            failures: failures.times,
            next_at: failures.next_at,
            reason: failures.reason.clone(),
        };
        self.things.iter().map(view).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHAT: &str = "Reading all settings";

    #[test]
    fn rule_121_pauses_double_up_to_a_day() {
        let mut patience = Patience::default();
        let mut now = Timestamp(0);
        let mut pauses = Vec::new();
        for _ in 0..14 {
            assert!(patience.may_try(WHAT, now));
            let next = patience.failed(WHAT, "The router had an internal error.", now);
            assert!(!patience.may_try(WHAT, Timestamp(next.0 - 1)));
            pauses.push(next.since(now) / 60_000);
            now = next;
        }
        assert_eq!(pauses[..5], [1, 2, 4, 8, 16]);
        assert_eq!(pauses[12..], [24 * 60, 24 * 60]);
    }

    #[test]
    fn a_device_is_stuck_after_five_failures_in_a_row_and_free_after_a_success() {
        let mut patience = Patience::default();
        for _ in 0..4 {
            patience.failed(WHAT, "No answer.", Timestamp(0));
        }
        assert_eq!(patience.stuck(), None);
        patience.failed(WHAT, "No answer.", Timestamp(0));
        let reason = patience.stuck().expect("five times");
        assert_eq!(reason, "Reading all settings failed 5 times in a row. The last time: No answer.");
        patience.succeeded(WHAT);
        assert_eq!(patience.stuck(), None);
        assert!(patience.may_try(WHAT, Timestamp(0)));
        assert_eq!(patience, Patience::default());
    }

    #[test]
    fn one_thing_does_not_hold_up_another() {
        let mut patience = Patience::default();
        patience.failed(WHAT, "No.", Timestamp(0));
        assert!(!patience.may_try(WHAT, Timestamp(1)));
        assert!(patience.may_try("Setting its credentials", Timestamp(1)));
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nothing_up() {
        let mut patience = Patience::default();
        patience.failed(WHAT, "No.", Timestamp(10 * LONGEST_PAUSE_MS));
        assert!(patience.may_try(WHAT, Timestamp(0)));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_survives() {
        let mut patience = Patience::default();
        for i in 0..100 {
            patience.failed(&format!("Thing {i}"), &"x".repeat(1000), Timestamp(i));
        }
        let view = patience.view();
        assert_eq!(view.len(), THINGS);
        assert!(view.iter().all(|pause| pause.reason.len() == REASON));
        assert!(view.iter().any(|pause| pause.what == "Thing 99"), "the newest stays");
        let text = serde_json::to_string(&patience).unwrap();
        assert_eq!(serde_json::from_str::<Patience>(&text).unwrap(), patience);
    }
}
