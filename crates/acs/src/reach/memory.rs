//! What is remembered of waking one device: the JSON in `DeviceRecord::reach`.

use model::Timestamp;
use model::reach::Way;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Failures are counted up to this: more says nothing.
const FAILURES_MAX: u32 = 1000;

/// How waking one device went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Memory {
    pub ways: BTreeMap<Way, Past>,
    /// `ts` and `id` of the last UDP request: the next has greater ones, also after a restart (rule 284).
    pub udp: (u64, u64),
    /// Its HTTP server took a call without asking who calls (rule 272).
    pub unprotected: bool,
    /// Digest of the values that it was given in order to be reached.
    pub given: u64,
}

/// How one way went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Past {
    /// When it last brought a session.
    pub success: Option<Timestamp>,
    /// When it last failed, and why in plain words.
    pub failure: Option<(Timestamp, String)>,
    /// How often in a row.
    pub failures: u32,
}

impl Memory {
    /// Unreadable text (from a newer version, say) counts as nothing remembered.
    pub fn from_json(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// After a factory reset: all that still counts is which UDP requests were sent.
    #[must_use]
    pub fn after_reset(self) -> Self {
        Self { udp: self.udp, ..Self::default() }
    }

    pub fn past(&self, way: Way) -> Past {
        self.ways.get(&way).cloned().unwrap_or_default()
    }

    pub fn worked(&mut self, way: Way, at: Timestamp) {
        self.ways.insert(way, Past { success: Some(at), ..Past::default() });
    }

    pub fn failed(&mut self, way: Way, at: Timestamp, reason: &str) {
        let past = self.ways.entry(way).or_default();
        past.failure = Some((at, reason.to_owned()));
        past.failures = (past.failures + 1).min(FAILURES_MAX);
    }

    /// `ts` (seconds since 1970) and `id` of a new UDP request.
    pub fn next_udp(&mut self, now: Timestamp) -> (u64, u64) {
        let seconds = u64::try_from(now.0 / 1000).unwrap_or(0);
        self.udp = (seconds.max(self.udp.0.saturating_add(1)), self.udp.1.wrapping_add(1));
        self.udp
    }

    /// The ways in the order in which they are to be tried: what worked last, then what was never tried, then what
    /// failed last time, the most often failed at the end. Among equals the standard's order (rule 281).
    pub fn order(&self, mut ways: Vec<Way>) -> Vec<Way> {
        ways.sort_by_key(|way| {
            let past = self.past(*way);
            (past.failures, std::cmp::Reverse(past.success), *way)
        });
        ways
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(memory: &Memory) -> Vec<Way> {
        memory.order(vec![Way::Udp, Way::Http, Way::Xmpp])
    }

    #[test]
    fn rule_281_what_worked_last_goes_first() {
        let mut memory = Memory::default();
        assert_eq!(order(&memory), [Way::Xmpp, Way::Http, Way::Udp], "nothing is known");
        memory.worked(Way::Udp, Timestamp(10));
        assert_eq!(order(&memory), [Way::Udp, Way::Xmpp, Way::Http]);
        memory.worked(Way::Http, Timestamp(20));
        assert_eq!(order(&memory), [Way::Http, Way::Udp, Way::Xmpp]);
        memory.failed(Way::Http, Timestamp(30), "no answer");
        assert_eq!(order(&memory), [Way::Udp, Way::Xmpp, Way::Http]);
        memory.failed(Way::Xmpp, Timestamp(40), "offline");
        memory.failed(Way::Xmpp, Timestamp(50), "offline");
        assert_eq!(order(&memory), [Way::Udp, Way::Http, Way::Xmpp]);
        memory.worked(Way::Xmpp, Timestamp(60));
        assert_eq!(order(&memory), [Way::Xmpp, Way::Udp, Way::Http]);
        assert_eq!(memory.order(vec![Way::Http]), [Way::Http]);
        assert_eq!(Memory::from_json(&memory.to_json()), memory);
        assert_eq!(Memory::from_json("[nonsense"), Memory::default());
    }

    #[test]
    fn rule_284_ts_grows_over_restarts_and_within_a_second() {
        let mut memory = Memory::default();
        assert_eq!(memory.next_udp(Timestamp(5_500)), (5, 1));
        assert_eq!(memory.next_udp(Timestamp(5_900)), (6, 2), "the same second");
        let mut restarted = Memory::from_json(&memory.to_json());
        assert_eq!(restarted.next_udp(Timestamp(5_999)), (7, 3));
        assert_eq!(restarted.next_udp(Timestamp(1_000)), (8, 4), "the clock was set back");
        assert_eq!(restarted.next_udp(Timestamp(60_000)), (60, 5));
    }
}
