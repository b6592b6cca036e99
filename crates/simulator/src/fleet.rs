//! A fleet: thousands of devices in one process.

use crate::connection_request::{self, Doors};
use crate::cpe::Cpe;
use crate::cpe::state::State;
use crate::cpe::stats::Stats;
use crate::facts::Facts;
use crate::link::{Target, TargetError, TlsError};
use crate::model::Model;
use crate::model::value::Surroundings;
use crate::settings::{Arrival, FleetSettings};
use crate::tree::Tree;
use crate::{clock, seed};
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Why a fleet cannot start.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    #[error("the URL of the ACS is of no use: {0}")]
    Acs(#[from] TargetError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("a fleet needs at least one model")]
    NoModel,
    #[error("cannot listen for connection requests: {0}")]
    Listen(#[from] std::io::Error),
}

/// A running fleet. Dropping it ends it.
#[derive(Debug)]
pub struct Fleet {
    devices: Vec<Arc<Cpe>>,
    by_serial: HashMap<String, usize>,
    address: SocketAddr,
    // Aborts what it holds when dropped.
    _tasks: JoinSet<()>,
}

/// Serial number and model of device `index` of a fleet with this seed.
pub fn identity(seed: u64, models: &[Arc<Model>], index: u32) -> Option<(String, &Arc<Model>)> {
    let model = models.get(index as usize % models.len().max(1))?;
    Some((Facts::serial_number(&model.serial_prefix, seed, index), model))
}

impl Fleet {
    /// Opens the connection-request server and lets the devices live.
    pub async fn start(settings: FleetSettings) -> Result<Self, FleetError> {
        Target::reachable(&settings.acs, &settings.tls)?;
        if settings.models.is_empty() {
            return Err(FleetError::NoModel);
        }
        let listener = TcpListener::bind(settings.connection_requests).await?;
        let address = listener.local_addr()?;
        let surroundings = Arc::new(Surroundings {
            acs_url: settings.acs.clone(),
            acs_username: settings.username.clone(),
            acs_password: settings.password.clone(),
            inform_interval: settings.inform_interval,
            connection_request_base: format!("http://{address}"),
            connection_request_secret: seed::of_word(settings.seed, "connection requests"),
        });
        let start = clock::now();
        let devices: Vec<_> = (0..settings.devices)
            .filter_map(|index| device(&settings, &surroundings, index, start).transpose())
            .map(|cpe| cpe.map(Arc::new))
            .collect::<Result<_, _>>()?;
        let by_serial = devices.iter().enumerate().map(|(index, cpe)| (cpe.serial().to_owned(), index)).collect();
        let permits = Arc::new(Semaphore::new(settings.concurrency.max(1)));
        let mut tasks = JoinSet::new();
        tasks.spawn(connection_request::serve(listener, Doors::new(&devices)));
        for cpe in &devices {
            tasks.spawn(cpe.clone().live(permits.clone()));
        }
        Ok(Self { devices, by_serial, address, _tasks: tasks })
    }

    /// In the order of their indices.
    pub fn devices(&self) -> &[Arc<Cpe>] {
        &self.devices
    }

    pub fn device(&self, serial: &str) -> Option<&Arc<Cpe>> {
        self.devices.get(*self.by_serial.get(serial)?)
    }

    /// Where the connection-request server listens.
    pub fn connection_requests(&self) -> SocketAddr {
        self.address
    }

    /// Sums over all devices.
    pub fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        for cpe in &self.devices {
            stats.add(&cpe.lock().stats);
        }
        stats
    }

    /// By serial number, how often each device installed which version of firmware. All devices are there.
    pub fn flashes(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        self.devices.iter().map(|cpe| (cpe.serial().to_owned(), cpe.lock().stats.flashes.clone())).collect()
    }

    /// Waits until `done` says so; false if that takes longer than `patience`. Looks every 20 milliseconds.
    pub async fn wait_until(&self, patience: Duration, done: impl Fn(&Self) -> bool) -> bool {
        let end = tokio::time::Instant::now() + patience;
        while !done(self) {
            if tokio::time::Instant::now() >= end {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        true
    }
}

fn device(
    settings: &FleetSettings,
    surroundings: &Arc<Surroundings>,
    index: u32,
    start: i64,
) -> Result<Option<Cpe>, TlsError> {
    let Some((serial, model)) = identity(settings.seed, &settings.models, index) else { return Ok(None) };
    let tls = settings.tls.of_device(&format!("{}-{}-{serial}", model.oui, model.product_class))?;
    let own_seed = seed::of_pair(settings.seed, u64::from(index));
    let spread = settings.spread.as_millis() as f64;
    let offset = (spread * f64::from(index) / f64::from(settings.devices.max(1))) as i64;
    let first = start + offset;
    let before = match settings.arrival {
        Arrival::Migrated => seed::between(seed::of_word(own_seed, "uptime"), 600, 30 * 86_400) * 1000,
        Arrival::FirstInstall | Arrival::Restarted => 0,
    };
    let facts = Facts {
        seed: own_seed,
        index,
        serial,
        oui: model.oui.clone(),
        boots: 0,
        boot_at: first - before,
        clients: model.clients,
        access_points: model.access_points,
    };
    let own = settings.faults_of.iter().filter(|of| of.devices.contains(&index));
    let faults = settings.faults.iter().chain(own.flat_map(|of| &of.faults)).cloned().collect();
    let mut state = State::new(Tree::new(model.clone()), facts, surroundings.clone(), settings.pace, faults);
    state.arrive(settings.arrival, first);
    Ok(Some(Cpe::new(state, tls)))
}
