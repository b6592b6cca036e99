//! The protocol trace: what goes over the line with one device, for people, on demand and for a limited time.
//!
//! Kept in memory only. A recording is of a device, of a serial number that has not got in yet, or of an address. Texts
//! are written for reading and secrets are masked *when they are recorded*: what is kept can be shown. While nothing is
//! recorded, an exchange costs one look at an atomic.

mod half;
mod recording;
#[cfg(test)]
mod tests;

use crate::bus::Bus;
use crate::{AcsError, CwmpRequest, CwmpResponse, Result};
use half::{request_half, response_half, visible};
use model::live::LiveMessage;
use model::protocol::{TraceExchange, TraceHalf, TraceKey, TraceLine, TraceView};
use model::{DeviceId, Timestamp};
use recording::Recording;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

/// Recordings that are kept, running or not; with [`recording::BYTES`] each this bounds the memory (32 MB).
pub(crate) const RECORDINGS: usize = 16;
/// Longest recording, in minutes.
pub(crate) const MINUTES: u16 = 60;
/// Connections that are known to be of a recorded device.
const CONNECTIONS: usize = 1024;

/// All recordings.
pub(crate) struct Trace {
    /// Whether any is running.
    on: AtomicBool,
    table: Mutex<Table>,
    bus: Bus,
}

#[derive(Default)]
struct Table {
    recordings: HashMap<TraceKey, Recording>,
    /// What came on a connection on which a recorded device has named itself is of that device, too.
    connections: HashMap<u64, TraceKey>,
}

/// What a recording goes by beside its key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub serial: Option<String>,
    /// Requests from there that name nobody are of this device.
    pub address: Option<IpAddr>,
}

/// Who an exchange is with, as far as is known.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct With<'a> {
    pub device: Option<DeviceId>,
    pub serial: Option<&'a str>,
}

/// One exchange that is over.
pub(crate) struct Heard<'a> {
    pub request: &'a CwmpRequest,
    pub response: &'a CwmpResponse,
    pub began: Timestamp,
    pub ended: Timestamp,
}

impl Trace {
    pub fn new(bus: Bus) -> Self {
        Self { on: AtomicBool::new(false), table: Mutex::default(), bus }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().expect("no panic while locked")
    }

    /// Whether anything is recorded. The only cost while nothing is.
    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// Starts a recording, or goes on with one that is kept.
    pub fn start(&self, key: &TraceKey, known: Known, by: &str, minutes: u16, now: Timestamp) -> Result<TraceView> {
        if !(1..=MINUTES).contains(&minutes) {
            return Err(AcsError::Invalid(format!("Record for between 1 and {MINUTES} minutes.")));
        }
        let until = now.plus_seconds(i64::from(minutes) * 60);
        let view = {
            let mut table = self.table();
            if !table.recordings.contains_key(key) && table.recordings.len() >= RECORDINGS {
                let ended = table.recordings.values().filter(|recording| !recording.is_running(now));
                let Some(oldest) = ended.min_by_key(|recording| recording.until).map(|r| r.key.clone()) else {
                    return Err(AcsError::Invalid(format!(
                        "{RECORDINGS} recordings are running. Nothing was started; stop one first."
                    )));
                };
                table.recordings.remove(&oldest);
            }
            let recording = table.recordings.entry(key.clone()).or_insert_with(|| Recording::new(key.clone(), by, now));
            recording.go_on(known, by, until, now);
            recording.view()
        };
        self.on.store(true, Ordering::Relaxed);
        self.tell(key);
        Ok(view)
    }

    /// Ends a recording; what was recorded is kept.
    pub fn stop(&self, key: &TraceKey, now: Timestamp) {
        let known = {
            let mut table = self.table();
            let recording = table.recordings.get_mut(key);
            let known = recording.map(|recording| recording.until = recording.until.min(now)).is_some();
            self.look(&table, now);
            known
        };
        if known {
            self.tell(key);
        }
    }

    /// Throws away what was recorded, and ends the recording.
    pub fn discard(&self, key: &TraceKey, now: Timestamp) {
        {
            let mut table = self.table();
            table.recordings.remove(key);
            table.connections.retain(|_, other| other != key);
            self.look(&table, now);
        }
        self.tell(key);
    }

    /// Sees whether anything is still running.
    fn look(&self, table: &Table, now: Timestamp) {
        let running = table.recordings.values().any(|recording| recording.is_running(now));
        self.on.store(running, Ordering::Relaxed);
    }

    fn tell(&self, key: &TraceKey) {
        if self.bus.watched() {
            self.bus.publish(LiveMessage::Trace { key: key.clone() });
        }
    }

    pub fn view(&self, key: &TraceKey) -> Option<TraceView> {
        self.table().recordings.get(key).map(Recording::view)
    }

    /// All recordings without what they hold, newest first.
    pub fn list(&self) -> Vec<TraceView> {
        let mut all: Vec<_> = self.table().recordings.values().map(Recording::head).collect();
        all.sort_by_key(|view| std::cmp::Reverse(view.started_at));
        all
    }

    pub fn exchange(&self, key: &TraceKey, number: u32) -> Option<TraceExchange> {
        self.table().recordings.get(key)?.exchange(number).cloned()
    }

    /// Everything that was recorded, as a text to be kept.
    pub fn text(&self, key: &TraceKey) -> Option<String> {
        self.table().recordings.get(key).map(Recording::text)
    }

    /// An exchange is over. Recorded if it is with one of those who are recorded.
    pub fn heard(&self, heard: &Heard<'_>, with: With<'_>) {
        let request = heard.request;
        let peer = crate::reach::plain(request.peer.ip());
        let keys = {
            let mut table = self.table();
            self.look(&table, heard.began);
            let keys = table.keys(with, peer, request.connection, heard.began);
            if with.device.is_some() || with.serial.is_some() {
                for key in &keys {
                    table.remember(request.connection, key);
                }
            }
            keys
        };
        if keys.is_empty() {
            return;
        }
        // Written without the lock: a large body takes some milliseconds.
        let (request_half, sent) = request_half(request);
        let (response_half, answered) = response_half(heard.response);
        let secrets: Vec<String> = sent.secrets.into_iter().chain(answered.secrets).collect();
        let line = TraceLine {
            number: 0,
            at: heard.began,
            took_ms: u32::try_from(heard.ended.since(heard.began).max(0)).unwrap_or(u32::MAX),
            sent: sent.summary,
            answered: answered.summary,
            status: Some(heard.response.status),
            bytes: (length(request.body.len()), length(heard.response.body.len())),
        };
        let exchange =
            TraceExchange { line, peer: request.peer.to_string(), request: request_half, response: response_half };
        self.put(&keys, &exchange, &secrets);
    }

    /// A connection request was made. `way` and `outcome` are plain words without credentials.
    pub fn called(&self, device: DeviceId, way: &str, outcome: &str, began: Timestamp, ended: Timestamp) {
        if !self.is_on() {
            return;
        }
        let with = With { device: Some(device), serial: None };
        let keys = {
            let table = self.table();
            let running = table.recordings.values().filter(|recording| recording.is_running(began));
            running.filter(|recording| recording.is_of(with)).map(|recording| recording.key.clone()).collect::<Vec<_>>()
        };
        let line = TraceLine {
            number: 0,
            at: began,
            took_ms: u32::try_from(ended.since(began).max(0)).unwrap_or(u32::MAX),
            sent: "Connection request".to_owned(),
            answered: outcome.to_owned(),
            status: None,
            bytes: (0, 0),
        };
        let request = TraceHalf { head: vec![visible(way)], ..TraceHalf::default() };
        let response = TraceHalf { head: vec![visible(outcome)], ..TraceHalf::default() };
        self.put(&keys, &TraceExchange { line, peer: String::new(), request, response }, &[]);
    }

    fn put(&self, keys: &[TraceKey], exchange: &TraceExchange, secrets: &[String]) {
        for key in keys {
            if let Some(recording) = self.table().recordings.get_mut(key) {
                recording.put(exchange.clone(), secrets);
            }
            self.tell(key);
        }
    }
}

impl Table {
    /// Whose recordings an exchange belongs to.
    fn keys(&self, with: With<'_>, peer: IpAddr, connection: u64, now: Timestamp) -> Vec<TraceKey> {
        let nobody = with.device.is_none() && with.serial.is_none();
        let on = self.connections.get(&connection);
        let belongs = |recording: &&Recording| {
            recording.key == TraceKey::Address(peer)
                || recording.is_of(with)
                || (nobody && (on == Some(&recording.key) || recording.known.address == Some(peer)))
        };
        let running = self.recordings.values().filter(|recording| recording.is_running(now));
        running.filter(belongs).map(|recording| recording.key.clone()).collect()
    }

    fn remember(&mut self, connection: u64, key: &TraceKey) {
        if matches!(key, TraceKey::Address(_)) {
            return;
        }
        if self.connections.len() >= CONNECTIONS {
            self.connections.clear();
        }
        self.connections.insert(connection, key.clone());
    }
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
