//! What a device has done: for tests that count.

use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// How many of the latest changes are remembered.
const REMEMBERED: usize = 64;

/// One change that an RPC made to the device, whether or not its answer arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Executed {
    pub method: &'static str,
    /// ParameterKey or CommandKey.
    pub key: String,
    /// The names that were set, or the row that was added or deleted.
    pub names: Vec<String>,
}

/// One transfer that is over, whether or not the ACS was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Transferred {
    /// `Download`, `ScheduleDownload` or `Upload`.
    pub method: &'static str,
    /// As the ACS gave it.
    pub command_key: String,
    pub file_type: String,
    /// Bytes of the file that were received or sent.
    pub bytes: u64,
    /// Of the whole file, in lower-case hexadecimal; empty if nothing was transferred.
    pub sha256: String,
    /// Times that it was cut and went on from where it was.
    pub resumed: u32,
    /// 0: none.
    pub fault: u32,
}

/// Counts of one device since the fleet started.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DeviceStats {
    /// Sessions that ended well.
    pub sessions: u64,
    pub failed_sessions: u64,
    /// Connection requests that were accepted.
    pub connection_requests: u64,
    /// Requests of its own that the ACS answered, by method, such as `TransferComplete`.
    pub told: BTreeMap<String, u64>,
    /// Requests of its own that the ACS answered with a fault.
    pub refused: u64,
    /// The latest transfers, oldest first; 64 at most.
    pub transfers: VecDeque<Transferred>,
    /// Files that were loaded whole, whatever became of them.
    pub downloads: u64,
    /// How often firmware was installed, by the version that the image has: also if the device did not survive it.
    pub flashes: BTreeMap<String, u64>,
    /// What the ACS said to GetRPCMethods.
    pub acs_methods: Vec<String>,
    /// What the ACS said to Kicked.
    pub next_url: String,
    /// RPCs received, by method.
    pub calls: BTreeMap<String, u64>,
    /// RPCs answered with a fault.
    pub faults: u64,
    /// SetParameterValues carried out.
    pub writes: u64,
    pub adds: u64,
    pub deletes: u64,
    /// Reboots that have begun.
    pub reboots: u64,
    pub factory_resets: u64,
    /// The latest changes, oldest first; 64 at most.
    pub executed: VecDeque<Executed>,
}

impl DeviceStats {
    pub(crate) fn remember(&mut self, method: &'static str, key: &str, names: Vec<String>) {
        if self.executed.len() == REMEMBERED {
            self.executed.pop_front();
        }
        self.executed.push_back(Executed { method, key: key.to_owned(), names });
    }

    pub(crate) fn transferred(&mut self, transferred: Transferred) {
        if self.transfers.len() == REMEMBERED {
            self.transfers.pop_front();
        }
        self.transfers.push_back(transferred);
    }
}

/// Sums over the fleet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    pub devices: u64,
    /// Devices that have ended at least one session well.
    pub contacted: u64,
    pub sessions: u64,
    pub failed_sessions: u64,
    pub connection_requests: u64,
    pub calls: BTreeMap<String, u64>,
    pub faults: u64,
    pub writes: u64,
    pub adds: u64,
    pub deletes: u64,
    pub reboots: u64,
    pub factory_resets: u64,
    pub downloads: u64,
    pub flashes: BTreeMap<String, u64>,
}

impl Stats {
    pub(crate) fn add(&mut self, device: &DeviceStats) {
        self.devices += 1;
        self.contacted += u64::from(device.sessions > 0);
        self.sessions += device.sessions;
        self.failed_sessions += device.failed_sessions;
        self.connection_requests += device.connection_requests;
        self.faults += device.faults;
        self.writes += device.writes;
        self.adds += device.adds;
        self.deletes += device.deletes;
        self.reboots += device.reboots;
        self.factory_resets += device.factory_resets;
        self.downloads += device.downloads;
        for (sums, counts) in [(&mut self.calls, &device.calls), (&mut self.flashes, &device.flashes)] {
            for (name, count) in counts {
                *sums.entry(name.clone()).or_default() += count;
            }
        }
    }
}
