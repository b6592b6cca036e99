//! How a fleet is set up.

use crate::cpe::faults::Injected;
use crate::link::Tls;
use crate::model::Model;
use serde::Deserialize;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// How the devices come to this ACS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrival {
    /// Out of the box: `0 BOOTSTRAP` and `1 BOOT`, an uptime of seconds.
    #[default]
    FirstInstall,
    /// Moved here by a change of the ACS URL: `0 BOOTSTRAP` only, uptimes of up to 30 days.
    Migrated,
    /// Known here, started again: `1 BOOT`.
    Restarted,
}

/// How a fleet is set up.
#[derive(Clone, Debug)]
pub struct FleetSettings {
    /// Where the devices find the ACS: an `http://` URL, or `https://` with [`FleetSettings::tls`].
    pub acs: String,
    pub devices: u32,
    /// Serial numbers and everything random follow from it.
    pub seed: u64,
    /// Device n is of model n modulo their number. Must not be empty.
    pub models: Vec<Arc<Model>>,
    /// Credentials that all devices share.
    pub username: String,
    pub password: String,
    /// Factory setting of PeriodicInformInterval, in seconds.
    pub inform_interval: u32,
    pub arrival: Arrival,
    /// First contacts are spread over this time.
    pub spread: Duration,
    pub pace: Pace,
    /// Sessions at the same time; more wait.
    pub concurrency: usize,
    /// Where the connection-request server listens; port 0 finds a free one.
    pub connection_requests: SocketAddr,
    /// Faults that every device begins with.
    pub faults: Vec<Injected>,
    /// Faults that some devices begin with besides.
    pub faults_of: Vec<FaultsOf>,
    /// For `https://` URLs of the ACS and of files.
    pub tls: Tls,
}

/// What some devices of a fleet do wrong.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FaultsOf {
    /// By index.
    pub devices: Range<u32>,
    pub faults: Vec<Injected>,
}

impl Default for FleetSettings {
    fn default() -> Self {
        Self {
            acs: "http://127.0.0.1:7547/".to_owned(),
            devices: 1,
            seed: 1,
            models: crate::model::builtin_names().into_iter().filter_map(crate::model::builtin).collect(),
            username: String::new(),
            password: String::new(),
            inform_interval: 300,
            arrival: Arrival::FirstInstall,
            spread: Duration::ZERO,
            pace: Pace::default(),
            concurrency: 512,
            connection_requests: SocketAddr::from(([127, 0, 0, 1], 0)),
            faults: Vec::new(),
            faults_of: Vec::new(),
            tls: Tls::default(),
        }
    }
}

/// How fast waits go by: boots, retries, and the delays and time windows of transfers and ScheduleInform. Inform intervals are not scaled: they are a matter between ACS and device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// 10 makes all these waits take a tenth.
    pub speed: f64,
    /// From going down until the first Inform, before scaling.
    pub reboot: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { speed: 1.0, reboot: Duration::from_mins(1) }
    }
}

impl Pace {
    fn scaled(self, millis: f64) -> i64 {
        (millis / self.speed.max(0.001)).round() as i64
    }

    /// A wait that the ACS ordered, in seconds.
    pub(crate) fn ordered_millis(self, seconds: u32) -> i64 {
        self.scaled(f64::from(seconds) * 1000.0)
    }

    pub(crate) fn reboot_millis(self) -> i64 {
        self.scaled(self.reboot.as_secs_f64() * 1000.0)
    }

    /// A moment of the window that `chance` chooses.
    pub(crate) fn retry_millis(self, (least, most): (f64, f64), chance: u64) -> i64 {
        self.scaled(least + (most - least) * crate::seed::fraction(chance))
    }
}
