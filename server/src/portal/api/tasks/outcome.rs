//! How tasks end, and what tests found.

use super::kind::{Attribute, Keep};
use crate::portal::api::words::mirror;
use model::diagnostic::{self, Diagnosis};
use model::restore;
use model::task::{self, TaskOutcome, is_secret_name};
use model::{fault, file};
use serde::Serialize;
use utoipa::ToSchema;

/// A value before and after.
#[derive(Debug, Serialize, ToSchema)]
pub struct Change {
    pub path: String,
    /// `null`: not known, or not there.
    pub before: Option<String>,
    /// What was asked for; `null` if nobody asked.
    pub wanted: Option<String>,
    pub after: Option<String>,
    /// Its values are told to nobody.
    pub secret: bool,
}

impl From<task::ValueChange> for Change {
    fn from(change: task::ValueChange) -> Self {
        let secret = is_secret_name(&change.path);
        let told = |value: Option<String>| value.filter(|_| !secret);
        let (before, wanted, after) = (told(change.before), told(change.wanted), told(change.after));
        Self { path: change.path, before, wanted, after, secret }
    }
}

/// What went wrong on a router.
#[derive(Debug, Serialize, ToSchema)]
pub struct Fault {
    /// The fault code of TR-069, if the router gave one.
    #[schema(example = 9005)]
    pub code: Option<u32>,
    /// In plain words.
    pub message: String,
    /// The router's own words; not to be trusted.
    pub detail: String,
    /// The parameters at fault.
    pub parameters: Vec<ParameterFault>,
}

mirror! {
    /// One parameter at fault.
    ParameterFault = fault::ParameterFault { path: String, code: u32, message: String, detail: String }

    /// What waits to be transferred.
    QueuedTransfer = file::QueuedTransferView {
        command_key: String,
        /// 1 not yet started, 2 in progress, 3 completed.
        state: u32,
        is_download: Option<bool>,
        file_type: String,
        file_size: u32,
        target_file_name: String,
    }

    /// What became of one operation on a software module.
    ModuleResult = file::ModuleResult {
        uuid: String,
        version: String,
        /// `Installed`, `Uninstalled` or `Failed`.
        state: String,
        /// 0: no fault.
        fault_code: u32,
        fault: String,
    }

    /// One router on the way.
    Hop = diagnostic::Hop {
        host: String,
        address: String,
        /// ICMP code; 0: none.
        error: u32,
        /// Of each try that was answered.
        times_ms: Vec<u32>,
    }

    /// One answer of a name server.
    NameAnswer = diagnostic::Answer {
        /// `Success`, or what went wrong in the router's words.
        status: String,
        authoritative: Option<bool>,
        name: String,
        addresses: Vec<String>,
        server: String,
        response_ms: Option<u32>,
    }

    /// A Wi-Fi network that was heard.
    Neighbour = diagnostic::Neighbour {
        /// Empty: hidden.
        ssid: String,
        bssid: String,
        channel: Option<u32>,
        signal_dbm: Option<i32>,
        band: String,
        security: String,
        width: String,
        standards: String,
        radio: String,
    }
}

impl From<fault::FaultView> for Fault {
    fn from(fault: fault::FaultView) -> Self {
        let fault::FaultView { code, message, detail, parameters } = fault;
        Self { code, message, detail, parameters: parameters.into_iter().map(Into::into).collect() }
    }
}

/// Whether a kept value is there again.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RestoredState {
    /// Read back, and as it was.
    Verified,
    /// Accepted; the router does not show it.
    Unconfirmed,
    /// The router reports something else.
    Different,
    Refused,
    /// The router, as it is now, has no such setting.
    Missing,
    /// It was not known before the reset.
    NotKnown,
}

/// One kept value after a factory reset.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestoredLine {
    pub set: Keep,
    pub path: String,
    /// What it was; empty for secrets.
    pub value: String,
    pub state: RestoredState,
    /// What the router reports now, or why it refused.
    pub detail: Option<String>,
}

impl From<restore::RestoredLine> for RestoredLine {
    fn from(line: restore::RestoredLine) -> Self {
        use restore::Restored as R;
        let secret = is_secret_name(&line.path);
        let (state, detail) = match line.restored {
            R::Verified => (RestoredState::Verified, None),
            R::Unconfirmed => (RestoredState::Unconfirmed, None),
            R::Different { now } => (RestoredState::Different, now.filter(|_| !secret)),
            R::Refused { why } => (RestoredState::Refused, Some(why)),
            R::Missing => (RestoredState::Missing, None),
            R::NotKnown => (RestoredState::NotKnown, None),
        };
        let value = if secret { String::new() } else { line.value };
        Self { set: line.set.into(), path: line.path, value, state, detail }
    }
}

/// An option of a router.
#[derive(Debug, Serialize, ToSchema)]
pub struct OptionState {
    pub name: String,
    pub enabled: bool,
}

/// A name and what the router says there.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedValue {
    pub name: String,
    /// `null`: a secret.
    pub value: Option<String>,
}

/// How a task ended, beyond its state.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    Read {
        parameters: u32,
    },
    Changed {
        changes: Vec<Change>,
        /// The router keeps it and will use it after a restart.
        pending: bool,
    },
    Added {
        path: String,
    },
    Deleted {
        path: String,
    },
    /// It came back from a restart.
    Returned {
        after_ms: i64,
    },
    /// It came back from a factory reset, and what was kept was set again.
    Restored {
        after_ms: i64,
        lines: Vec<RestoredLine>,
        pending: bool,
    },
    Fault {
        fault: Fault,
    },
    /// A file was loaded or sent.
    Transferred {
        /// The number of the file that came.
        file: Option<i64>,
        version_before: String,
        version_after: String,
        /// The router never reported the end; its new version, or the file that came, shows that it was done.
        unreported: bool,
    },
    Transfers {
        transfers: Vec<QueuedTransfer>,
    },
    /// It will check in.
    Scheduled {},
    Modules {
        results: Vec<ModuleResult>,
    },
    Attributes {
        attributes: Vec<Attribute>,
    },
    Methods {
        methods: Vec<String>,
    },
    Options {
        options: Vec<OptionState>,
    },
    /// The answer to a maker's own request: XML; not to be trusted.
    Answer {
        body: String,
    },
    /// A test came to its end.
    Diagnosed {
        /// The router's last word, such as `Complete`.
        state: String,
        result: TestResult,
    },
}

fn all<T: Into<U>, U>(list: Vec<T>) -> Vec<U> {
    list.into_iter().map(Into::into).collect()
}

impl From<TaskOutcome> for Outcome {
    fn from(outcome: TaskOutcome) -> Self {
        match outcome {
            TaskOutcome::Read { parameters } => Self::Read { parameters },
            TaskOutcome::Changed { changes, pending } => Self::Changed { changes: all(changes), pending },
            TaskOutcome::Added { path } => Self::Added { path },
            TaskOutcome::Deleted { path, .. } => Self::Deleted { path },
            TaskOutcome::Returned { after_ms } => Self::Returned { after_ms },
            TaskOutcome::Restored { after_ms, lines, pending } => {
                Self::Restored { after_ms, lines: all(lines), pending }
            }
            TaskOutcome::Fault { fault } => Self::Fault { fault: fault.into() },
            TaskOutcome::Transferred { file, version_before, version_after, unreported } => {
                Self::Transferred { file: file.map(|file| file.0), version_before, version_after, unreported }
            }
            TaskOutcome::Transfers { transfers } => Self::Transfers { transfers: all(transfers) },
            TaskOutcome::Scheduled => Self::Scheduled {},
            TaskOutcome::Modules { results } => Self::Modules { results: all(results) },
            TaskOutcome::Attributes { attributes } => Self::Attributes { attributes: all(attributes) },
            TaskOutcome::Methods { methods } => Self::Methods { methods },
            TaskOutcome::Options { options } => {
                let options = options.into_iter().map(|(name, enabled)| OptionState { name, enabled }).collect();
                Self::Options { options }
            }
            TaskOutcome::Answer { body } => Self::Answer { body },
            TaskOutcome::Diagnosed { result } => {
                let Diagnosis { state, found } = *result;
                Self::Diagnosed { state, result: found.into() }
            }
        }
    }
}

/// What a test found. `null`: the router does not say.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TestResult {
    /// Ping and UDP echo.
    Ping {
        address: String,
        answered: Option<u32>,
        lost: Option<u32>,
        average_us: Option<u64>,
        minimum_us: Option<u64>,
        maximum_us: Option<u64>,
        /// The router measures in microseconds; otherwise in whole milliseconds.
        detailed: bool,
    },
    Route {
        address: String,
        response_ms: Option<u32>,
        hops: Vec<Hop>,
    },
    Names {
        succeeded: Option<u32>,
        answers: Vec<NameAnswer>,
    },
    Speed {
        up: bool,
        bits_per_second: Option<u64>,
        bytes: Option<u64>,
        /// From the first byte to the last.
        transfer_us: Option<u64>,
        /// From the request to the first byte.
        wait_us: Option<u64>,
        /// About one round trip.
        connect_us: Option<u64>,
    },
    Server {
        fastest: String,
        address: String,
        minimum_us: Option<u64>,
        average_us: Option<u64>,
        maximum_us: Option<u64>,
    },
    Neighbours {
        networks: Vec<Neighbour>,
    },
    Loopback {
        answered: Option<u32>,
        lost: Option<u32>,
        average_ms: Option<u32>,
        minimum_ms: Option<u32>,
        maximum_ms: Option<u32>,
    },
    Capacity {
        up: bool,
        bits_per_second: Option<u64>,
        /// As the router wrote it.
        loss: String,
        /// In the router's unit.
        rtt_range: String,
    },
    Echo {
        enabled: bool,
        packets_received: Option<u64>,
        packets_answered: Option<u64>,
        bytes_received: Option<u64>,
        bytes_answered: Option<u64>,
    },
    Values {
        values: Vec<NamedValue>,
    },
}

impl From<diagnostic::Found> for TestResult {
    fn from(found: diagnostic::Found) -> Self {
        use diagnostic::Found as F;
        match found {
            F::Ping(p) => Self::Ping {
                address: p.address,
                answered: p.answered,
                lost: p.lost,
                average_us: p.average_us,
                minimum_us: p.minimum_us,
                maximum_us: p.maximum_us,
                detailed: p.detailed,
            },
            F::Route { address, response_ms, hops } => Self::Route { address, response_ms, hops: all(hops) },
            F::Names { succeeded, answers } => Self::Names { succeeded, answers: all(answers) },
            F::Speed(s) => Self::Speed {
                up: s.up,
                bits_per_second: s.bits_per_second,
                bytes: s.bytes,
                transfer_us: s.transfer_us,
                wait_us: s.wait_us,
                connect_us: s.connect_us,
            },
            F::Server(s) => Self::Server {
                fastest: s.fastest,
                address: s.address,
                minimum_us: s.minimum_us,
                average_us: s.average_us,
                maximum_us: s.maximum_us,
            },
            F::Neighbours { networks } => Self::Neighbours { networks: all(networks) },
            F::Loopback(l) => Self::Loopback {
                answered: l.answered,
                lost: l.lost,
                average_ms: l.average_ms,
                minimum_ms: l.minimum_ms,
                maximum_ms: l.maximum_ms,
            },
            F::Capacity(c) => {
                Self::Capacity { up: c.up, bits_per_second: c.bits_per_second, loss: c.loss, rtt_range: c.rtt_range }
            }
            F::Echo(e) => Self::Echo {
                enabled: e.enabled,
                packets_received: e.packets_received,
                packets_answered: e.packets_answered,
                bytes_received: e.bytes_received,
                bytes_answered: e.bytes_answered,
            },
            F::Values { values } => {
                let told = |(name, value): (String, String)| {
                    let value = (!is_secret_name(&name)).then_some(value);
                    NamedValue { name, value }
                };
                Self::Values { values: values.into_iter().map(told).collect() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n5_outcomes_tell_no_secret() {
        let path = "Device.PPP.Interface.1.Password".to_owned();
        let canary = Some("canary".to_owned());
        let change = task::ValueChange {
            path: path.clone(),
            before: canary.clone(),
            wanted: canary.clone(),
            after: canary.clone(),
        };
        let lines = vec![restore::RestoredLine {
            set: restore::KeepSet::Internet,
            path: path.clone(),
            value: "canary".into(),
            restored: restore::Restored::Different { now: canary },
        }];
        let found = diagnostic::Found::Values { values: vec![("Password".into(), "canary".into())] };
        let outcomes = [
            TaskOutcome::Changed { changes: vec![change], pending: false },
            TaskOutcome::Restored { after_ms: 1, lines, pending: false },
            TaskOutcome::Diagnosed { result: Box::new(Diagnosis { state: "Complete".into(), found }) },
            TaskOutcome::Deleted {
                path: "Device.PPP.Interface.1.".into(),
                values: vec![task::SetValue { path, value: "canary".into(), value_type: None }],
            },
        ];
        for outcome in outcomes {
            let told = serde_json::to_string(&Outcome::from(outcome)).unwrap();
            assert!(!told.contains("canary"), "{told}");
        }
    }
}
