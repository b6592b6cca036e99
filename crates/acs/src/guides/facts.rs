//! What guides decide on.

use model::diagnostic::{PingTimes, TestKind, Throughput};
use model::network::NetworkView;
use model::task::TaskState;
use model::wifi::WifiView;
use model::{TaskId, Timestamp};
use std::collections::HashMap;

/// Something that was found at a time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Timed<T> {
    pub value: T,
    pub at: Timestamp,
}

/// How a task of the guide stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TaskFact {
    pub state: TaskState,
    /// Why it failed, in plain words.
    pub problem: Option<String>,
}

/// All that is known of one device.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub now: Timestamp,
    /// Online by its own interval.
    pub online: bool,
    pub heard: Timestamp,
    pub wifi: WifiView,
    pub network: NetworkView,
    /// When the internet connection and the Wi-Fi were read.
    pub read_at: Option<Timestamp>,
    /// Tests that the device offers.
    pub tests: Vec<TestKind>,
    /// Name or address to ping; empty: there is none.
    pub target: String,
    /// Of the newest download test.
    pub speed: Option<Timed<Throughput>>,
    pub ping: Option<Timed<PingTimes>>,
    /// Of the newest name lookup: whether any name was found.
    pub lookup: Option<Timed<bool>>,
    /// What the subscriber pays for.
    pub plan_down_kbit: Option<u32>,
    pub tasks: HashMap<TaskId, TaskFact>,
    /// Name of who has the device.
    pub subscriber: Option<String>,
    /// The router that takes the place of this one.
    pub other: Option<Other>,
}

/// The new router of a swap.
#[derive(Clone, Debug, Default)]
pub(crate) struct Other {
    pub serial: String,
    pub model: String,
    pub online: bool,
    /// Name of who has it.
    pub subscriber: Option<String>,
    /// It has the same subscriber as the old one.
    pub moved: bool,
    pub wifi: WifiView,
    pub network: NetworkView,
}

/// Values older than this are read again before anything is said about them.
const FRESH_MS: i64 = 3 * 60_000;
/// Results of tests older than this say nothing about the call.
pub(super) const RECENT_MS: i64 = 15 * 60_000;

impl Facts {
    /// Whether what was read is young enough to be told to a caller.
    pub fn fresh(&self) -> bool {
        self.read_at.is_some_and(|at| self.now.since(at) <= FRESH_MS)
    }

    /// A result of this call.
    pub fn recent<'a, T>(&self, found: Option<&'a Timed<T>>) -> Option<&'a Timed<T>> {
        found.filter(|found| self.now.since(found.at) <= RECENT_MS)
    }

    pub fn offers(&self, test: TestKind) -> bool {
        self.tests.contains(&test)
    }

    /// Share of the plan that the newest speed test measured, in percent.
    pub fn share_of_plan(&self) -> Option<u64> {
        let measured = self.recent(self.speed.as_ref())?.value.bits_per_second?;
        let sold = u64::from(self.plan_down_kbit.filter(|kbit| *kbit > 0)?) * 1000;
        Some(measured.saturating_mul(100) / sold)
    }
}
