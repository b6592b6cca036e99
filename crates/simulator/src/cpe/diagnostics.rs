//! Tests that the ACS asks for (TR-181 `Device.IP.Diagnostics.` and others, TR-098, TR-143): started by `Requested`, run
//! after the session, told with `8 DIAGNOSTICS COMPLETE` in a new one.
//!
//! Transfers are real ([`crate::transfer::probe`]); everything else is made up, plausibly, without a packet. Names that
//! end in `.invalid` do not resolve, and nobody answers from 203.0.113.0/24.

mod results;

use super::faults::Fault as Asked;
use super::state::{State, moment};
use crate::clock;
use cwmp::{EventCode, Fault, ParameterFault, ParameterValue};

/// A transfer that is timed.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    id: u64,
    pub upload: bool,
    pub url: String,
    /// To be sent.
    pub bytes: u64,
    /// What the line carries, in bits per second.
    pub rate: u64,
}

/// Moments in microseconds since 1970.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timed {
    pub tcp_request: i64,
    pub tcp_response: i64,
    pub rom: i64,
    pub bom: i64,
    pub eom: i64,
    /// Of the file.
    pub bytes: u64,
    /// With heads.
    pub total: u64,
}

#[derive(Debug)]
struct Running {
    id: u64,
    /// Ending in `.`
    object: String,
    /// `None`: a transfer that somebody carries out, or a test that never ends.
    ends_at: Option<i64>,
    /// A transfer that nobody has begun.
    waits: bool,
    /// What a test asked for.
    odd: Odd,
}

/// How a test misbehaves.
#[derive(Clone, Debug, Default)]
struct Odd {
    silent: bool,
    state: Option<String>,
    reboots: bool,
    forgets: bool,
}

/// The tests of one device.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    /// Asked for in the session that runs.
    requested: Vec<String>,
    running: Vec<Running>,
    last_id: u64,
}

impl Diagnostics {
    /// When one ends, or a transfer can begin.
    pub fn due(&self, now: i64) -> Option<i64> {
        let transfer = self.running.iter().any(|one| one.waits).then_some(now);
        self.running.iter().filter_map(|one| one.ends_at).chain(transfer).min()
    }

    fn drop(&mut self, object: &str) {
        self.requested.retain(|one| one != object);
        self.running.retain(|one| one.object != object);
    }
}

/// The object of a test by the name of its state.
fn object_of_state(name: &str) -> Option<&str> {
    let object = name.strip_suffix("DiagnosticsState")?;
    let object = object.strip_suffix("Loop").unwrap_or(object);
    object.ends_with('.').then_some(object)
}

fn is_transfer(object: &str) -> bool {
    object.ends_with("DownloadDiagnostics.") || object.ends_with("UploadDiagnostics.")
}

impl State {
    fn state_path(&self, object: &str, now: i64) -> Option<String> {
        ["DiagnosticsState", "LoopDiagnosticsState"]
            .iter()
            .map(|name| format!("{object}{name}"))
            .find(|path| self.tree.inner_value(moment!(self, now), path).is_some())
    }

    /// Only `Requested` may be written, and `Canceled` where the model lists it: else 9007 (rule 332).
    pub(super) fn check_diagnostics(values: &[ParameterValue]) -> Result<(), Fault> {
        let wrong: Vec<ParameterFault> = values
            .iter()
            .filter(|value| {
                object_of_state(&value.name).is_some() && !matches!(&*value.value, "Requested" | "Canceled")
            })
            .map(|value| ParameterFault { name: value.name.clone(), code: 9007, text: Fault::standard(9007).text })
            .collect();
        if wrong.is_empty() { Ok(()) } else { Err(Fault { parameters: wrong, ..Fault::standard(9003) }) }
    }

    /// Values were set: a test is asked for, cancelled, or ended because one of its arguments changed (rule 335).
    pub(super) fn diagnostics_set(&mut self, names: &[String], now: i64) {
        let mut asked = Vec::new();
        for name in names {
            if let Some(object) = object_of_state(name) {
                let state = self.tree.inner_value(moment!(self, now), name).unwrap_or_default();
                self.diagnostics.drop(object);
                if state == "Requested" {
                    asked.push(object.to_owned());
                } else {
                    self.tree.put(moment!(self, now), name, "None");
                }
            }
        }
        for name in names {
            let Some(object) = name.rfind('.').map(|dot| &name[..=dot]) else { continue };
            if asked.iter().any(|one| one == object) || object_of_state(name).is_some() {
                continue;
            }
            if object.ends_with("UDPEchoConfig.") {
                self.echo_set(object, name, now);
            } else if let Some(state) = self.state_path(object, now) {
                self.diagnostics.drop(object);
                self.tree.put(moment!(self, now), &state, "None");
            }
        }
        self.diagnostics.requested.extend(asked);
    }

    /// The counters begin anew when the service is switched on (TR-143 §4.2).
    fn echo_set(&mut self, object: &str, name: &str, now: i64) {
        if name.ends_with(".Enable") && self.tree.inner_value(moment!(self, now), name).as_deref() == Some("true") {
            for counter in ["PacketsReceived", "PacketsResponded", "BytesReceived", "BytesResponded"] {
                self.tree.put(moment!(self, now), &format!("{object}{counter}"), "0");
            }
        }
    }

    /// The session is over: what it asked for begins (rule 333).
    pub(super) fn begin_diagnostics(&mut self, now: i64) {
        for object in std::mem::take(&mut self.diagnostics.requested) {
            self.diagnostics.last_id += 1;
            let mut running = Running {
                id: self.diagnostics.last_id,
                ends_at: None,
                waits: is_transfer(&object),
                odd: Odd::default(),
                object,
            };
            if !running.waits {
                let seconds = self.test_seconds(&running.object, now);
                running.ends_at = Some(now + self.pace.ordered_millis(1) * seconds / 1000);
            }
            let asked = |fault: &Asked| {
                matches!(
                    fault,
                    Asked::TestNeverEnds
                        | Asked::TestUnreported
                        | Asked::TestEnds { .. }
                        | Asked::TestReboots
                        | Asked::TestForgotten
                )
            };
            match self.faults.take(asked) {
                Some(Asked::TestNeverEnds) => (running.ends_at, running.waits) = (None, false),
                Some(Asked::TestUnreported) => running.odd.silent = true,
                Some(Asked::TestEnds { state }) => running.odd.state = Some(state),
                Some(Asked::TestReboots) => running.odd.reboots = true,
                Some(Asked::TestForgotten) => running.odd.forgets = true,
                _ => {}
            }
            if running.odd.reboots || running.odd.forgets {
                running.waits = false;
                running.ends_at = Some(now + self.pace.ordered_millis(1));
            }
            self.diagnostics.running.push(running);
        }
    }

    /// Lets tests end that are due.
    pub(super) fn end_diagnostics(&mut self, now: i64) {
        let due = |one: &mut Running| one.ends_at.is_some_and(|at| at <= now);
        let ended: Vec<Running> = self.diagnostics.running.extract_if(.., due).collect();
        for one in ended {
            if one.odd.reboots {
                self.diagnostics.running.push(one);
                self.restart(now);
                return;
            }
            if one.odd.forgets {
                self.end_test(&one, "None", now);
                continue;
            }
            let state = self.test_results(&one.object, now);
            self.end_test(&one, state, now);
        }
    }

    /// A transfer to be timed now.
    pub fn take_probe(&mut self, now: i64) -> Option<Probe> {
        let rate = |state: &Self, names: &[&str]| {
            let found = names.iter().find_map(|name| {
                let path = format!("{}{name}", state.tree.model().root_path());
                state.tree.inner_value(moment!(state, now), &path)?.parse::<u64>().ok()
            });
            found.map_or(940_000_000, |kilobits| kilobits * 1000)
        };
        let (down, up) = (
            rate(self, &["WANDevice.1.WANDSLInterfaceConfig.DownstreamCurrRate", "DSL.Channel.1.DownstreamCurrRate"]),
            rate(self, &["WANDevice.1.WANDSLInterfaceConfig.UpstreamCurrRate", "DSL.Channel.1.UpstreamCurrRate"]),
        );
        let one = self.diagnostics.running.iter_mut().find(|one| one.waits)?;
        one.waits = false;
        let (id, object) = (one.id, one.object.clone());
        let value = |name: &str| self.tree.inner_value(moment!(self, now), &format!("{object}{name}"));
        let upload = object.ends_with("UploadDiagnostics.");
        Some(Probe {
            id,
            upload,
            url: value(if upload { "UploadURL" } else { "DownloadURL" }).unwrap_or_default(),
            bytes: value("TestFileLength").and_then(|text| text.parse().ok()).unwrap_or(0),
            rate: if upload { up } else { down },
        })
    }

    /// What came of a transfer that was timed: an error is the state.
    pub fn probed(&mut self, probe: &Probe, result: Result<Timed, &'static str>, now: i64) {
        let Some(at) = self.diagnostics.running.iter().position(|one| one.id == probe.id) else { return };
        let one = self.diagnostics.running.remove(at);
        let state = match result {
            Ok(timed) => {
                let counts: &[(&str, u64)] = if probe.upload {
                    &[("TestBytesSent", timed.bytes), ("TotalBytesSent", timed.total)]
                } else {
                    &[("TestBytesReceived", timed.bytes), ("TotalBytesReceived", timed.total)]
                };
                let times = [
                    ("TCPOpenRequestTime", timed.tcp_request),
                    ("TCPOpenResponseTime", timed.tcp_response),
                    ("ROMTime", timed.rom),
                    ("BOMTime", timed.bom),
                    ("EOMTime", timed.eom),
                ];
                for (name, count) in counts {
                    self.tree.put(moment!(self, now), &format!("{}{name}", one.object), &count.to_string());
                }
                for (name, micros) in times {
                    let text = clock::date_time_micros(micros);
                    self.tree.put(moment!(self, now), &format!("{}{name}", one.object), &text);
                }
                if one.object.starts_with("Device.") { "Complete" } else { "Completed" }
            }
            Err(state) => state,
        };
        self.end_test(&one, state, now);
    }

    fn end_test(&mut self, one: &Running, state: &str, now: i64) {
        let Some(path) = self.state_path(&one.object, now) else { return };
        let state = one.odd.state.as_deref().unwrap_or(state);
        self.tree.put(moment!(self, now), &path, state);
        if !one.odd.silent && !one.odd.forgets {
            self.happen(EventCode::DiagnosticsComplete, "");
        }
    }

    /// The power is gone: tests are lost, and their states with them (rule 336).
    pub(super) fn diagnostics_interrupted(&mut self, now: i64) {
        let lost = std::mem::take(&mut self.diagnostics);
        let objects = lost.requested.into_iter().chain(lost.running.into_iter().map(|one| one.object));
        for object in objects {
            if let Some(path) = self.state_path(&object, now) {
                self.tree.put(moment!(self, now), &path, "None");
            }
        }
        self.diagnostics.last_id = lost.last_id;
    }
}
