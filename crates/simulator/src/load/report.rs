//! How a load went.

use super::client::ClientError;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// How a load went.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LoadReport {
    /// Sessions that ended as they should.
    pub sessions: u64,
    pub errors: u64,
    /// What went wrong, and how often.
    pub causes: BTreeMap<String, u64>,
    /// RPCs that the ACS sent in all sessions together.
    pub rpcs: u64,
    /// From the start of the first session to the end of the last.
    pub elapsed: Duration,
    /// Latency of whole sessions that ended well, in microseconds: of a half, 95 and 99 of a hundred, and the longest.
    pub p50: u64,
    pub p95: u64,
    pub p99: u64,
    pub max: u64,
    #[serde(skip)]
    latencies: Vec<u32>,
}

impl LoadReport {
    /// Sessions a second.
    pub fn rate(&self) -> f64 {
        self.sessions as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    pub(super) fn record(&mut self, result: Result<u64, ClientError>, latency: Duration) {
        match result {
            Ok(rpcs) => {
                self.sessions += 1;
                self.rpcs += rpcs;
                self.latencies.push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
            }
            Err(error) => self.fail(error.to_string()),
        }
    }

    pub(super) fn fail(&mut self, cause: String) {
        self.errors += 1;
        *self.causes.entry(cause).or_default() += 1;
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.errors += other.errors;
        self.rpcs += other.rpcs;
        self.latencies.extend(other.latencies);
        for (cause, count) in other.causes {
            *self.causes.entry(cause).or_default() += count;
        }
    }

    pub(super) fn finish(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
        self.latencies.sort_unstable();
        let at = |hundredths: usize| {
            let index = (self.latencies.len() * hundredths).div_ceil(100).saturating_sub(1);
            self.latencies.get(index).map_or(0, |micros| u64::from(*micros))
        };
        (self.p50, self.p95, self.p99, self.max) = (at(50), at(95), at(99), at(100));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_whole_sessions() {
        let mut report = LoadReport::default();
        for micros in 1..=100 {
            report.record(Ok(2), Duration::from_micros(micros));
        }
        report.record(Err(ClientError::Timeout), Duration::from_secs(9));
        report.finish(Duration::from_secs(2));
        assert_eq!((report.p50, report.p95, report.p99, report.max), (50, 95, 99, 100));
        assert_eq!((report.sessions, report.errors, report.rpcs), (100, 1, 200));
        assert!((report.rate() - 50.0).abs() < 1e-6);
        assert_eq!(report.causes.len(), 1);
    }
}
