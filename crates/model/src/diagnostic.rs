//! Tests that a router runs by itself when it is asked to: ping, route, name lookup, speed and others (TR-181
//! `Device.IP.Diagnostics.` and its like, TR-098, TR-143).
//!
//! [`Test`] is what is asked for, with its limits; [`Diagnosis`] is what came of it. Browser and server refuse a test with
//! the same words.

mod check;
mod result;
mod state;
mod test;

pub use check::{check_host, check_url};
pub use result::{
    Answer, Capacity, Diagnosis, EchoCounters, Found, Hop, LoopTimes, Neighbour, PingTimes, Plan, Selection,
    Throughput, micros,
};
pub use state::{Phase, explain_state};
pub use test::{
    CapacityTest, Capture, EchoService, Line, Lookup, Loopback, OtherTest, Ping, Selecting, SpeedDown, SpeedUp, Test,
    TestKind, Trace, UdpEcho,
};

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// What the page of a device's tests needs to know before one is started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestsView {
    /// Tests that the device lists, in the order of [`TestKind::ALL`].
    pub supported: Vec<TestKind>,
    /// The parameters of the device were never read: what it can do is not known.
    pub unknown: bool,
    /// Interfaces that a test can be bound to.
    pub interfaces: Vec<InterfaceChoice>,
    /// Where speed is measured against if nothing else is said; empty: there is no test endpoint.
    pub endpoint: String,
}

/// An interface of the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceChoice {
    /// Full path, ending in `.`
    pub path: String,
    /// The device's own name for it, or the end of the path; hostile text.
    pub label: String,
}

/// How far a test has come, from its task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// The router took the order.
    pub since: Timestamp,
    /// Milliseconds that it takes as a rule.
    pub expected_ms: i64,
    /// Milliseconds after which it is given up.
    pub longest_ms: i64,
}
