//! One device of a fleet.

pub(crate) mod diagnostics;
pub mod faults;
mod files;
mod install;
pub(crate) mod manners;
mod methods;
pub(crate) mod modules;
pub(crate) mod outbox;
mod reach;
mod reports;
pub(crate) mod rpc;
pub(crate) mod state;
pub mod stats;
#[cfg(test)]
mod tests;
pub(crate) mod transfers;

pub use reports::Report;

use crate::link::Tls;
use crate::model::Model;
use crate::{clock, session, transfer, udp};
use cwmp::EventCode;
use faults::{Fault, Injected};
use serde::Serialize;
use state::{Power, State, moment};
use stats::DeviceStats;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::{AbortHandle, JoinSet};

/// What a device is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activity {
    /// Without power.
    Off,
    /// Booting: nobody can reach it.
    Starting,
    /// New firmware was its end: nobody can reach it, until it is revived.
    Bricked,
    Idle,
    InSession,
}

/// What a connection request gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reception {
    /// 200, and a session soon.
    Accepted,
    /// 503: in a session.
    Busy,
    /// Nothing: the connection closes.
    Nobody,
}

/// One device of a fleet: its parameters, its events, what it has done. All methods are quick and may be called from anywhere.
#[derive(Debug)]
pub struct Cpe {
    model: Arc<Model>,
    serial: String,
    connection_request_path: String,
    tls: Tls,
    state: Mutex<State>,
    /// Something happened: look what is due.
    wake: Notify,
    /// The power went away in the middle of a session.
    cut: Notify,
}

impl Cpe {
    pub(crate) fn new(state: State, tls: Tls) -> Self {
        Self {
            model: state.tree.model().clone(),
            serial: state.facts.serial.clone(),
            connection_request_path: state.facts.connection_request_path(),
            tls,
            state: Mutex::new(state),
            wake: Notify::new(),
            cut: Notify::new(),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic in a test's thread must not take the fleet with it: the state is whole between any two calls.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tls(&self) -> &Tls {
        &self.tls
    }

    /// What it calls itself in HTTP.
    pub(crate) fn agent(&self) -> String {
        format!("{}/1.0", self.model.product_class)
    }

    pub fn model(&self) -> &Model {
        &self.model
    }

    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// Path of the connection-request URL: its own, and not to be guessed.
    pub fn connection_request_path(&self) -> &str {
        &self.connection_request_path
    }

    pub fn activity(&self) -> Activity {
        let state = self.lock();
        match state.power {
            Power::Off => Activity::Off,
            Power::Starting(_) => Activity::Starting,
            Power::Bricked => Activity::Bricked,
            Power::On if state.in_session => Activity::InSession,
            Power::On => Activity::Idle,
        }
    }

    pub fn stats(&self) -> DeviceStats {
        self.lock().stats.clone()
    }

    /// The value of a full name as the device knows it, passwords included; `None` if there is no such parameter.
    pub fn value(&self, path: &str) -> Option<String> {
        let state = self.lock();
        state.tree.inner_value(moment!(state, clock::now()), path)
    }

    /// Names and values below a partial path, as GetParameterValues would give them.
    pub fn values(&self, path: &str) -> Option<Vec<(String, String)>> {
        let state = self.lock();
        let read = state.tree.read(moment!(state, clock::now()), &[path.to_owned()]).ok()?;
        Some(read.into_iter().map(|parameter| (parameter.name, parameter.value)).collect())
    }

    /// Somebody at the device's own web page changes a value: told at once if the parameter notifies actively.
    /// False if there is no such parameter.
    pub fn change(&self, path: &str, value: &str) -> bool {
        let changed = self.lock().change(path, value, clock::now());
        self.wake.notify_one();
        changed
    }

    /// Pulls the plug. A session breaks off.
    pub fn power_off(&self) {
        self.lock().switch(false, clock::now());
        self.cut.notify_waiters();
        self.wake.notify_one();
    }

    /// Plugs it in again: `1 BOOT`.
    pub fn power_on(&self) {
        self.lock().switch(true, clock::now());
        self.wake.notify_one();
    }

    /// Somebody pushes the power button: gone for the time of a boot, then `1 BOOT`.
    pub fn reboot(&self) {
        self.lock().restart(clock::now());
        self.cut.notify_waiters();
        self.wake.notify_one();
    }

    /// Somebody brings it back that did not survive its new firmware: `1 BOOT`, with the version that it had before.
    pub fn revive(&self) {
        self.lock().revive(clock::now());
        self.wake.notify_one();
    }

    /// Starts a session with `2 PERIODIC` now, whatever the interval.
    pub fn inform_now(&self) {
        self.happen(EventCode::Periodic);
    }

    /// Somebody presses the WPS button: a session with the vendor's event `X <OUI> WPS`.
    pub fn press_wps(&self) {
        self.happen(EventCode::Vendor(format!("{} WPS", self.model.oui)));
    }

    /// A session with an event of any kind now, in the standard's spelling: `13 WAKEUP`, `X 02A0E1 Tilt`.
    pub fn signal(&self, event: &str) {
        self.happen(EventCode::parse(event));
    }

    /// The device has something to tell in a request of its own.
    pub fn report(&self, report: Report) {
        self.lock().report(report, clock::now());
        self.wake.notify_one();
    }

    fn happen(&self, code: EventCode) {
        self.lock().happen(code, "");
        self.wake.notify_one();
    }

    /// Asks for a fault.
    pub fn inject(&self, injected: Injected) {
        self.lock().faults.push(injected);
    }

    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// User name and password of connection requests now.
    pub(crate) fn connection_request_credentials(&self) -> (String, String) {
        let (state, now) = (self.lock(), clock::now());
        let setting = |name| state.setting(name, now).unwrap_or_default();
        (setting("ConnectionRequestUsername"), setting("ConnectionRequestPassword"))
    }

    /// Whether anybody would answer at the device's address.
    pub(crate) fn answers(&self) -> bool {
        let mut state = self.lock();
        state.is_reachable(clock::now())
            && state.faults.take(|fault| *fault == Fault::IgnoreConnectionRequest).is_none()
    }

    /// A connection request with the right credentials.
    pub(crate) fn receive(&self) -> Reception {
        let mut state = self.lock();
        if state.in_session || state.faults.take(|fault| *fault == Fault::BusyConnectionRequest).is_some() {
            return Reception::Busy;
        }
        if !state.is_reachable(clock::now()) {
            return Reception::Nobody;
        }
        state.stats.connection_requests += 1;
        if state.faults.take(|fault| *fault == Fault::DeafConnectionRequest).is_none() {
            state.happen(EventCode::ConnectionRequest, "");
            drop(state);
            self.wake.notify_one();
        }
        Reception::Accepted
    }

    /// The address that UDP connection requests reach it at, and its own; `None` when there is no binding.
    pub(crate) fn bound(&self, mapped: Option<SocketAddr>, local: Option<SocketAddr>) {
        self.lock().bound(mapped, local, clock::now());
        self.wake.notify_one();
    }

    /// The device's life: sleeps until something is due, transfers files, and runs sessions.
    pub(crate) async fn live(self: Arc<Self>, permits: Arc<Semaphore>) {
        let mut work = JoinSet::new();
        let mut udp: Option<AbortHandle> = None;
        loop {
            let (due, runs, stun) = {
                let (state, now) = (self.lock(), clock::now());
                (state.due(now), state.power == Power::On, state.stun(now).is_some())
            };
            if !runs {
                work.abort_all();
            }
            if stun && udp.as_ref().is_none_or(AbortHandle::is_finished) {
                let cpe = self.clone();
                udp = Some(work.spawn(async move { udp::run(&cpe).await }));
            }
            let wait = due.map(|due| Duration::from_millis((due - clock::now()).max(0) as u64));
            let sleep = async {
                match wait {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = sleep => {}
                () = self.wake.notified() => continue,
                Some(_) = work.join_next() => continue,
            }
            self.start_work(&mut work);
            let Ok(_permit) = permits.acquire().await else { return };
            if self.lock().tick(clock::now()) {
                self.contact().await;
            }
        }
    }

    /// Begins the transfers and module changes that are due; they go on beside the sessions.
    fn start_work(self: &Arc<Self>, work: &mut JoinSet<()>) {
        let (job, change, probe) = {
            let (mut state, now) = (self.lock(), clock::now());
            if !state.is_reachable(now) {
                return;
            }
            (state.take_job(now), state.take_change(), state.take_probe(now))
        };
        if let Some(job) = job {
            let cpe = self.clone();
            work.spawn(async move {
                transfer::run(&cpe, job).await;
                cpe.wake.notify_one();
            });
        }
        if let Some(probe) = probe {
            let cpe = self.clone();
            work.spawn(async move {
                transfer::probe::run(&cpe, probe).await;
                cpe.wake.notify_one();
            });
        }
        if let Some(change) = change {
            let cpe = self.clone();
            work.spawn(async move {
                transfer::change_modules(&cpe, change).await;
                cpe.wake.notify_one();
            });
        }
    }

    async fn contact(&self) {
        let cut = self.cut.notified();
        // From here on a cut is noticed; one that came before it is seen here.
        if !self.lock().is_reachable(clock::now()) {
            return;
        }
        // The session is large and short; the device is small and long.
        let session = Box::pin(session::run(self));
        let result = tokio::select! {
            result = session => result,
            () = cut => Err(session::SessionError::Cut),
        };
        if let Err(error) = &result {
            tracing::debug!(serial = self.serial, %error, "session failed");
        }
        self.lock().close(result.is_ok(), clock::now());
    }
}
