//! A load generator: complete sessions, as cheap for the client as they can be, to measure an ACS.
//!
//! Bodies are made once and only the serial number is put in; HTTP is written and read by hand. Each session opens a
//! connection, informs without credentials, answers the challenge, posts the empty request, answers what the ACS asks
//! (from a cache: all devices of the load look alike), and ends with the empty response.

mod answers;
mod client;
mod report;

pub use report::LoadReport;

use crate::link::{Target, TargetError, Tls};
use answers::Answers;
use client::Session;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// What the sessions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadKind {
    /// `2 PERIODIC`: nothing new.
    Periodic,
    /// `0 BOOTSTRAP` and `1 BOOT`: the ACS discovers the whole tree.
    FirstContact,
}

/// What to do, and where.
#[derive(Clone, Debug)]
pub struct LoadSettings {
    /// URL of the ACS.
    pub acs: String,
    /// How many sessions altogether.
    pub sessions: u64,
    /// How many at the same time.
    pub concurrency: usize,
    /// Session n is of device n modulo this. Two sessions of a device never run at once if this is at least `concurrency`
    /// times two.
    pub devices: u32,
    pub kind: LoadKind,
    /// Digest credentials; no challenge is answered with an empty name.
    pub username: String,
    pub password: String,
    /// Name of a built-in model.
    pub model: String,
    /// What serial numbers begin with.
    pub serial_prefix: String,
    /// The logins that the devices were given: later loads with the same ones use them, as devices do.
    pub logins: Logins,
}

/// Logins of the devices of a load, by position; kept from one load to the next. Starts empty.
#[derive(Clone, Debug, Default)]
pub struct Logins(Arc<Mutex<HashMap<u32, Login>>>);

/// A name and a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Login {
    pub username: String,
    pub password: String,
}

// The password is a secret.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("username", &self.username).finish_non_exhaustive()
    }
}

impl Logins {
    fn of(&self, index: u32) -> Option<Login> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&index).cloned()
    }

    fn put(&self, index: u32, login: Login) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(index, login);
    }
}

impl Default for LoadSettings {
    fn default() -> Self {
        Self {
            acs: "http://127.0.0.1:7547/".to_owned(),
            sessions: 1000,
            concurrency: 32,
            devices: 1000,
            kind: LoadKind::Periodic,
            username: String::new(),
            password: String::new(),
            model: "kestrel-hg645".to_owned(),
            serial_prefix: "LOAD".to_owned(),
            logins: Logins::default(),
        }
    }
}

/// Why a load cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("the URL of the ACS is of no use: {0}")]
    Acs(#[from] TargetError),
    #[error(transparent)]
    Model(#[from] crate::model::ModelError),
    #[error("a load needs at least one device")]
    NoDevice,
}

/// The serial number of a device of the load: always of the same length.
pub fn serial(prefix: &str, index: u32) -> String {
    format!("{prefix}{index:08}")
}

/// Runs all sessions and says how it went. Sessions that fail are counted, not repeated.
pub async fn run(settings: LoadSettings) -> Result<LoadReport, LoadError> {
    let target = Arc::new(Target::reachable(&settings.acs, &Tls::default())?);
    if settings.devices == 0 {
        return Err(LoadError::NoDevice);
    }
    let answers = Arc::new(Answers::new(&settings)?);
    let settings = Arc::new(settings);
    let next = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let workers: Vec<_> = (0..settings.concurrency.max(1))
        .map(|_| {
            let (target, answers, settings, next) = (target.clone(), answers.clone(), settings.clone(), next.clone());
            tokio::spawn(async move {
                let mut report = LoadReport::default();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= settings.sessions {
                        return report;
                    }
                    let index = (number % u64::from(settings.devices)) as u32;
                    let begun = Instant::now();
                    let result = Session::new(&target, &answers, &settings, index).run().await;
                    report.record(result, begun.elapsed());
                }
            })
        })
        .collect();
    let mut report = LoadReport::default();
    for worker in workers {
        // A worker that panicked has lost its counts: that must not pass for success.
        match worker.await {
            Ok(part) => report.merge(part),
            Err(error) => report.fail(error.to_string()),
        }
    }
    report.finish(started.elapsed());
    Ok(report)
}
