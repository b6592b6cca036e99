//! The sessions that are open now, and how a request finds its own: by cookie, by connection, by the nonce it
//! authenticated with (rules 12–20).

use crate::addresses::address_group;
use crate::cpe_auth::Proof;
use crate::devices::Entry;
use crate::session::Session;
use model::{DeviceId, Timestamp};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// A session that has ended answers stray requests for this long.
const LINGER_MS: i64 = 5_000;

/// A device that goes on over another connection (rule 13) opens that at once: a process that is to end waits this long.
const RETURN_MS: i64 = 2_000;

/// An open session.
pub(crate) struct Live {
    /// Value of the cookie: 128 random bits.
    pub token: String,
    pub entry: Arc<Entry>,
    pub engine: tokio::sync::Mutex<Session>,
    pub peer: IpAddr,
    /// The connection that the last request came on. It is authenticated.
    pub connection: AtomicU64,
    /// Of the digest answer that opened the session.
    pub nonce: Option<String>,
    /// The name that was logged in with, if any, and what proved that the device is who it says.
    pub login: Option<String>,
    pub proof: Proof,
    pub last_at: AtomicI64,
    /// Milliseconds without a request after which it has failed.
    pub timeout_ms: i64,
    /// The CPE has sent the cookie back.
    pub keeps_cookie: AtomicBool,
    /// The CPE has sent something after its Inform: it had a chance to send the cookie back.
    went_on: AtomicBool,
    /// Tasks came up since the engine last looked.
    new_work: AtomicBool,
    /// When the connection was closed that its last request came on, in ms since 1970; 0: it is there, as far as we know.
    gone_at: AtomicI64,
    /// Over: ended, failed or replaced by a newer one.
    pub over: AtomicBool,
}

/// What becomes of a device's new tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is not in a session.
    No,
    /// Its session takes them up.
    Yes,
    /// Its session would, but its connection is gone since then: it may come back on another one.
    IfItReturns(Timestamp),
}

/// What became of the session of a connection that was closed.
pub(crate) enum Closed {
    /// There was none, or it was over.
    Nothing,
    /// It cannot go on.
    Failed(Arc<Live>),
    /// It may go on on another connection.
    MayReturn(Arc<Live>),
}

impl Live {
    pub fn take_new_work(&self) -> bool {
        self.new_work.swap(false, Ordering::AcqRel)
    }

    fn gone_at(&self) -> Option<Timestamp> {
        Some(self.gone_at.load(Ordering::Acquire)).filter(|at| *at != 0).map(Timestamp)
    }
}

/// All open sessions.
#[derive(Default)]
pub(crate) struct Sessions {
    table: Mutex<Table>,
}

#[derive(Default)]
#[allow(clippy::struct_field_names)] // `by_…` says what each is found by
struct Table {
    by_token: HashMap<String, Arc<Live>>,
    by_connection: HashMap<u64, Arc<Live>>,
    by_nonce: HashMap<String, Arc<Live>>,
    /// Only those that are not over.
    by_device: HashMap<DeviceId, Arc<Live>>,
    /// How many of those there are of an address.
    of_address: HashMap<IpAddr, usize>,
}

/// What a request brings to find its session by.
pub(crate) struct Clues<'a> {
    pub cookie: Option<&'a str>,
    pub connection: u64,
    pub nonce: Option<&'a str>,
}

impl Sessions {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().expect("no panic while locked")
    }

    /// Sessions that are not over.
    pub fn running(&self) -> usize {
        self.table().by_device.len()
    }

    /// Sessions that may still go on: whose connection is there, or has been gone for less than [`RETURN_MS`].
    pub fn going_on(&self, now: Timestamp) -> usize {
        let returns = |live: &&Arc<Live>| live.gone_at().is_none_or(|at| now.since(at) < RETURN_MS);
        self.table().by_device.values().filter(returns).count()
    }

    /// Entries in all tables, for tests.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        let table = self.table();
        table.by_token.len()
            + table.by_connection.len()
            + table.by_nonce.len()
            + table.by_device.len()
            + table.of_address.len()
    }

    /// Whether an address has as many sessions as it may; 0: no limit.
    pub fn is_full(&self, address: IpAddr, most: usize) -> bool {
        most > 0 && self.table().of_address.get(&address_group(address)).is_some_and(|running| *running >= most)
    }

    /// The session of a request. A cookie decides alone; without one the connection does, then the nonce.
    pub fn find(&self, clues: &Clues<'_>) -> Option<Arc<Live>> {
        let table = self.table();
        if let Some(live) = clues.cookie.and_then(|token| table.by_token.get(token)) {
            live.keeps_cookie.store(true, Ordering::Relaxed);
            return Some(live.clone());
        }
        let by_nonce = || clues.nonce.and_then(|nonce| table.by_nonce.get(nonce));
        table.by_connection.get(&clues.connection).or_else(by_nonce).cloned()
    }

    /// Whether the device is in a session.
    pub fn of_device(&self, device: DeviceId) -> Option<Arc<Live>> {
        self.table().by_device.get(&device).cloned()
    }

    /// Whether the device is in a session, and connected.
    pub fn is_connected(&self, device: DeviceId) -> bool {
        self.of_device(device).is_some_and(|live| live.gone_at().is_none())
    }

    /// Adds a session. The device's earlier one must have been taken out with [`Sessions::replace`].
    pub fn insert(&self, live: &Arc<Live>) {
        let mut table = self.table();
        table.by_token.insert(live.token.clone(), live.clone());
        let before = table.by_connection.insert(live.connection.load(Ordering::Relaxed), live.clone());
        if let Some(before) = before.filter(|before| before.over.load(Ordering::Relaxed)) {
            table.forget(&before);
        }
        if let Some(nonce) = &live.nonce {
            table.by_nonce.insert(nonce.clone(), live.clone());
        }
        table.begin(live);
    }

    /// Takes out the device's session, because a new one begins.
    pub fn replace(&self, device: DeviceId) -> Option<Arc<Live>> {
        let mut table = self.table();
        let live = table.end(device)?;
        live.over.store(true, Ordering::Release);
        table.forget(&live);
        Some(live)
    }

    /// The request came on this connection: later ones without a cookie may, too.
    pub fn moved(&self, live: &Arc<Live>, connection: u64) {
        live.went_on.store(true, Ordering::Relaxed);
        let before = live.connection.swap(connection, Ordering::Relaxed);
        if before != connection {
            let mut table = self.table();
            if table.by_connection.get(&before).is_some_and(|at| Arc::ptr_eq(at, live)) {
                table.by_connection.remove(&before);
            }
            table.by_connection.insert(connection, live.clone());
            // Under the lock: the connection before this one may be found closed at the same time.
            live.gone_at.store(0, Ordering::Release);
        }
    }

    /// Ends a session that has nothing left to do. `false` if work came up in the last moment: then it goes on.
    pub fn finish(&self, live: &Arc<Live>) -> bool {
        let mut table = self.table();
        if live.new_work.load(Ordering::Acquire) {
            return false;
        }
        live.over.store(true, Ordering::Release);
        table.end(live.entry.id);
        true
    }

    /// Drops a session wholly.
    pub fn remove(&self, live: &Arc<Live>) {
        let mut table = self.table();
        live.over.store(true, Ordering::Release);
        if table.by_device.get(&live.entry.id).is_some_and(|at| Arc::ptr_eq(at, live)) {
            table.end(live.entry.id);
        }
        table.forget(live);
    }

    /// Tells the device's session, if there is one, to look for new tasks.
    pub fn new_work(&self, device: DeviceId) -> Taken {
        let table = self.table();
        let Some(live) = table.by_device.get(&device) else { return Taken::No };
        live.new_work.store(true, Ordering::Release);
        live.gone_at().map_or(Taken::Yes, Taken::IfItReturns)
    }

    /// The connection is gone.
    pub fn connection_closed(&self, connection: u64, now: Timestamp) -> Closed {
        let mut table = self.table();
        let Some(live) = table.by_connection.remove(&connection) else { return Closed::Nothing };
        if live.over.load(Ordering::Acquire) {
            table.forget(&live);
            return Closed::Nothing;
        }
        // With a cookie or the same nonce it may come back on another connection (rule 13).
        let may_return =
            live.keeps_cookie.load(Ordering::Relaxed) || live.nonce.is_some() || !live.went_on.load(Ordering::Relaxed);
        if !may_return {
            return Closed::Failed(live);
        }
        if live.connection.load(Ordering::Relaxed) == connection {
            live.gone_at.store(now.0, Ordering::Release);
        }
        Closed::MayReturn(live)
    }

    /// Takes out sessions that have failed by `now`; drops ended ones that have lingered.
    pub fn expire(&self, now: Timestamp) -> Vec<Arc<Live>> {
        let mut table = self.table();
        let idle = |live: &Live| now.0 - live.last_at.load(Ordering::Relaxed);
        let old: Vec<_> = table
            .by_token
            .values()
            .filter(|live| {
                let limit = if live.over.load(Ordering::Relaxed) { LINGER_MS } else { live.timeout_ms };
                idle(live) > limit
            })
            .cloned()
            .collect();
        let mut failed = Vec::new();
        for live in old {
            if !live.over.swap(true, Ordering::AcqRel) {
                table.end(live.entry.id);
                failed.push(live.clone());
            }
            table.forget(&live);
        }
        failed
    }

    /// All that are not over.
    pub fn all_running(&self) -> Vec<Arc<Live>> {
        self.table().by_device.values().cloned().collect()
    }
}

impl Table {
    fn begin(&mut self, live: &Arc<Live>) {
        *self.of_address.entry(address_group(live.peer)).or_default() += 1;
        if let Some(before) = self.by_device.insert(live.entry.id, live.clone()) {
            self.count_out(&before);
        }
    }

    fn end(&mut self, device: DeviceId) -> Option<Arc<Live>> {
        let live = self.by_device.remove(&device)?;
        self.count_out(&live);
        Some(live)
    }

    fn count_out(&mut self, live: &Live) {
        let address = address_group(live.peer);
        if let Some(running) = self.of_address.get_mut(&address) {
            *running -= 1;
            if *running == 0 {
                self.of_address.remove(&address);
            }
        }
    }

    fn forget(&mut self, live: &Arc<Live>) {
        self.by_token.remove(&live.token);
        let connection = live.connection.load(Ordering::Relaxed);
        if self.by_connection.get(&connection).is_some_and(|at| Arc::ptr_eq(at, live)) {
            self.by_connection.remove(&connection);
        }
        if let Some(nonce) = &live.nonce
            && self.by_nonce.get(nonce).is_some_and(|at| Arc::ptr_eq(at, live))
        {
            self.by_nonce.remove(nonce);
        }
    }
}

/// Makes a session for the table.
pub(crate) fn live(entry: Arc<Entry>, engine: Session, at: LiveAt, now: Timestamp) -> Arc<Live> {
    Arc::new(Live {
        token: crate::accounts::random_token(),
        entry,
        engine: tokio::sync::Mutex::new(engine),
        peer: at.peer,
        connection: AtomicU64::new(at.connection),
        nonce: at.nonce,
        login: at.login,
        proof: at.proof,
        last_at: AtomicI64::new(now.0),
        timeout_ms: at.timeout_ms,
        keeps_cookie: AtomicBool::new(false),
        went_on: AtomicBool::new(false),
        new_work: AtomicBool::new(false),
        gone_at: AtomicI64::new(0),
        over: AtomicBool::new(false),
    })
}

/// Where a session comes from and how long it may be silent.
pub(crate) struct LiveAt {
    pub peer: IpAddr,
    pub connection: u64,
    pub nonce: Option<String>,
    pub login: Option<String>,
    pub proof: Proof,
    pub timeout_ms: i64,
}
