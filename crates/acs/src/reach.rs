//! Waking devices for waiting tasks: connection requests now, again later with growing pauses, or not at all while the
//! device is about to return by itself.
//!
//! | Module | What it does |
//! |---|---|
//! | [`choice`], [`memory`] | which ways there are, and in which order they are tried |
//! | [`attempt`] | one attempt: way after way, until a session follows |
//! | [`http`], [`udp`], [`xmpp`] | the ways |
//! | [`egress`] | where calls may go |
//! | [`stun`], [`serve`] | our STUN server: what it decides, and its socket |
//! | [`provision`] | what devices are given so that they can be reached |

mod attempt;
mod call;
mod choice;
mod egress;
mod http;
mod memory;
pub(crate) mod provision;
mod serve;
mod settings;
mod stun;
#[cfg(test)]
mod tests;
mod udp;
mod xmpp;

pub(crate) use egress::plain;
pub(crate) use memory::Memory;
pub use settings::{FactoryCredentials, ReachSettings, StunSettings, XmppSettings};

use crate::clock::now;
use crate::devices::Devices;
use crate::sessions::Sessions;
use crate::writing::Writing;
use crate::{AcsSettings, Result};
use attempt::Next;
use choice::Offer;
use model::reach::{Reachability, Way, WayView};
use model::{DeviceId, Timestamp};
use provision::{Gifts, Keys};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use store::{DeviceRecord, Store};
use tokio::sync::{Semaphore, watch};
use udp::UdpSender;
use xmpp::XmppClient;

/// First pause after a failed attempt; doubles up to [`LONGEST_PAUSE_MS`].
const FIRST_PAUSE_MS: i64 = 30_000;
const LONGEST_PAUSE_MS: i64 = 30 * 60_000;
/// A device whose connection was closed in the midst of a session has this long to come back before it is called.
const RETURN_MS: i64 = 5_000;
/// Shorter than this are the gaps of devices that open a connection for each request.
const RECONNECT_MS: i64 = 1_000;
/// After 503: the device is in a session, or was called a moment ago. Doubles up to [`LONGEST_BUSY_MS`].
const BUSY_PAUSE_MS: i64 = 5_000;
const LONGEST_BUSY_MS: i64 = 5 * 60_000;
/// The store's name for the secret that devices' names and passwords are made of.
const KEY_SETTING: &str = "reach_key";

#[derive(Clone)]
pub(crate) struct Reach {
    inner: Arc<Inner>,
}

struct Inner {
    settings: AcsSettings,
    devices: Arc<Devices>,
    sessions: Arc<Sessions>,
    writing: Writing,
    permits: Semaphore,
    waiting: Mutex<HashMap<DeviceId, Waiting>>,
    /// When devices were asked last; those that came, and those asked longer ago than the pause, are left out.
    asked: Mutex<HashMap<DeviceId, Timestamp>>,
    keys: Keys,
    udp: UdpSender,
    xmpp: OnceLock<XmppClient>,
}

/// A device with open tasks that is not in a session.
#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    /// An attempt is under way.
    running: bool,
    /// A task came up meanwhile.
    woken: bool,
    /// A session ended meanwhile, and left nothing to do.
    over: bool,
    failures: u32,
    /// How often in a row it was busy.
    busy: u32,
    /// How often it came and left the tasks as they were.
    came: u32,
    /// Do nothing before.
    next_at: Timestamp,
}

impl Reach {
    pub async fn open(
        settings: AcsSettings,
        devices: Arc<Devices>,
        sessions: Arc<Sessions>,
        writing: Writing,
    ) -> Result<Self> {
        let inner = Inner {
            permits: Semaphore::new(settings.max_connection_requests),
            keys: Keys::new(kept_key(&writing.store).await?),
            settings,
            devices,
            sessions,
            writing,
            waiting: Mutex::default(),
            asked: Mutex::default(),
            udp: UdpSender::default(),
            xmpp: OnceLock::new(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Connects to the XMPP server, if the settings name one.
    pub fn start(&self, ending: watch::Receiver<bool>) -> Result<()> {
        if let Some(settings) = &self.inner.settings.reach.xmpp {
            let _ = self.inner.xmpp.set(XmppClient::start(settings, ending)?);
        }
        Ok(())
    }

    fn offer(&self) -> Offer<'_> {
        Offer { settings: &self.inner.settings.reach }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<DeviceId, Waiting>> {
        self.inner.waiting.lock().expect("no panic while locked")
    }

    fn asked(&self) -> MutexGuard<'_, HashMap<DeviceId, Timestamp>> {
        self.inner.asked.lock().expect("no panic while locked")
    }

    fn pause_ms(&self) -> i64 {
        i64::from(self.inner.settings.connection_request_pause.max(1)) * 1000
    }

    /// What was noted as asked at `started` was not: what was known before holds, unless a session ended meanwhile.
    fn not_asked(&self, device: DeviceId, started: Timestamp, before: Option<Timestamp>) {
        let mut asked = self.asked();
        if asked.get(&device) == Some(&started) {
            match before {
                Some(before) => asked.insert(device, before),
                None => asked.remove(&device),
            };
        }
    }

    /// How long a device must not be asked again, because it was asked and has not come yet (rule 274).
    fn pause_left(&self, device: DeviceId) -> Option<i64> {
        let asked_at = *self.asked().get(&device)?;
        Some(self.pause_ms() - now().since(asked_at)).filter(|left| *left > 0)
    }

    /// There is a new task for the device: wake it now, unless that is under way.
    pub fn wake(&self, device: DeviceId) {
        {
            let mut waiting = self.waiting();
            let entry = waiting.entry(device).or_default();
            // Someone waits at the screen: failures of the past do not delay the first attempt for a new task.
            entry.came = 0;
            entry.over = false;
            if entry.running {
                entry.woken = true;
                return;
            }
            entry.running = true;
        }
        let reach = self.clone();
        tokio::spawn(async move { reach.attempt(device).await });
    }

    /// Wakes devices with tasks that were open at the start, a hundred a second.
    pub fn resume(&self, devices: Vec<DeviceId>) {
        let start = now();
        let mut waiting = self.waiting();
        for (i, device) in devices.into_iter().enumerate() {
            waiting.insert(device, Waiting { next_at: start.plus_millis(1000 + i as i64 * 10), ..Waiting::default() });
        }
    }

    /// A session ended. Whether tasks may be left, such as a reboot that is under way.
    pub fn session_ended(&self, device: DeviceId, tasks_left: bool) {
        self.asked().remove(&device);
        let mut waiting = self.waiting();
        if tasks_left {
            let entry = waiting.entry(device).or_default();
            entry.failures = 0;
            entry.busy = 0;
            entry.next_at = now().plus_millis(left_pause(entry.came));
        } else if let Some(entry) = waiting.get_mut(&device).filter(|entry| entry.running) {
            entry.over = true;
        } else {
            waiting.remove(&device);
        }
    }

    /// The connection of a session was closed that tasks wait in. The device may come back; if not, it is called.
    pub fn connection_lost(&self, device: DeviceId) {
        let mut waiting = self.waiting();
        let entry = waiting.entry(device).or_default();
        entry.next_at = now().plus_millis(RECONNECT_MS);
    }

    /// Starts what is due. Costs in proportion to the devices that wait, not to the fleet.
    pub fn tick(&self) {
        let time = now();
        let pause = self.pause_ms();
        self.asked().retain(|_, asked_at| time.since(*asked_at) < pause);
        let due: Vec<DeviceId> = {
            let mut waiting = self.waiting();
            let due = waiting.iter_mut().filter(|(_, w)| !w.running && w.next_at <= time);
            due.take(1000)
                .map(|(device, entry)| {
                    entry.running = true;
                    *device
                })
                .collect()
        };
        for device in due {
            let reach = self.clone();
            tokio::spawn(async move { reach.attempt(device).await });
        }
    }

    async fn attempt(&self, device: DeviceId) {
        loop {
            let next = self.try_to_wake(device).await.unwrap_or_else(|error| {
                tracing::error!(%device, error = error.causes(), "waking a device failed");
                Next::After(FIRST_PAUSE_MS)
            });
            if !self.settle(device, &next) {
                return;
            }
        }
    }

    /// Notes what came of an attempt. Whether another is to follow at once, for a task that came up meanwhile: the session
    /// that the attempt led to may have been over by then.
    fn settle(&self, device: DeviceId, next: &Next) -> bool {
        let mut waiting = self.waiting();
        let Some(entry) = waiting.get_mut(&device) else { return false };
        let over = std::mem::take(&mut entry.over);
        let woken = std::mem::take(&mut entry.woken);
        // Who cannot be woken now cannot be woken for another task either (rules 273 and 274).
        if woken && !matches!(next, Next::Busy | Next::Failed) {
            return true;
        }
        entry.running = false;
        match next {
            _ if over => {
                waiting.remove(&device);
            }
            Next::Done => {
                waiting.remove(&device);
            }
            Next::After(pause) => entry.next_at = now().plus_millis(*pause),
            Next::Busy => {
                let pause = BUSY_PAUSE_MS.saturating_mul(1 << entry.busy.min(6)).min(LONGEST_BUSY_MS);
                entry.busy += 1;
                entry.next_at = now().plus_millis(pause);
            }
            // What its sessions do not take up is not asked for in a loop.
            Next::Came => {
                entry.next_at = now().plus_millis(left_pause(entry.came));
                entry.came += 1;
            }
            Next::Failed => {
                let pause = FIRST_PAUSE_MS.saturating_mul(1 << entry.failures.min(6)).min(LONGEST_PAUSE_MS);
                entry.failures += 1;
                entry.next_at = now().plus_millis(pause);
            }
        }
        false
    }

    /// What a device is to be given so that it can be reached; `None` if it was given that.
    pub fn gifts(&self, record: &DeviceRecord, bootstrap: bool) -> Option<Gifts> {
        let reach = &self.inner.settings.reach;
        let gifts = Gifts::of(record.id, &self.inner.keys, reach.stun.as_ref(), reach.xmpp.as_ref());
        let digest = gifts.digest();
        let given = digest == 0 || (!bootstrap && Memory::from_json(&record.reach).given == digest);
        (!given).then_some(gifts)
    }

    /// The XMPP account that a device is given: its name on the domain for devices, and its password.
    pub fn xmpp_account(&self, device: DeviceId) -> (String, String) {
        (Keys::username(device), self.inner.keys.xmpp_password(device))
    }

    /// How a device can be reached, for its page.
    pub fn told(&self, record: &DeviceRecord) -> Told {
        let memory = Memory::from_json(&record.reach);
        let offer = self.offer();
        let ways = offer.views(record, &memory);
        Told { reachability: reachability(record, &offer, &ways), notes: offer.notes(record, &memory), ways }
    }
}

/// Pause after a session that left tasks as they were, the `came`th in a row.
fn left_pause(came: u32) -> i64 {
    BUSY_PAUSE_MS.saturating_mul(1 << came.min(9)).min(LONGEST_PAUSE_MS)
}

/// Until the process is about to end.
async fn over(ending: &mut watch::Receiver<bool>) {
    // An error means that nobody is left to say so.
    let _ = ending.wait_for(|ending| *ending).await;
}

/// What a page says about reaching a device.
pub(crate) struct Told {
    pub reachability: Reachability,
    pub ways: Vec<WayView>,
    pub notes: Vec<String>,
}

fn reachability(record: &DeviceRecord, offer: &Offer<'_>, ways: &[WayView]) -> Reachability {
    if !ways.iter().any(|way| way.unusable.is_empty()) {
        return Reachability::NoWay { reason: offer.no_way(record) };
    }
    match (&record.reach_success, &record.reach_failure) {
        (success, Some((at, reason))) if success.is_none_or(|success| success < *at) => {
            Reachability::Failed { at: *at, reason: reason.clone() }
        }
        (Some(success), _) => {
            let latest = ways.iter().filter(|way| way.last_success.is_some()).max_by_key(|way| way.last_success);
            Reachability::Works { way: latest.map_or(Way::Http, |way| way.way), last_success: *success }
        }
        _ => Reachability::Untried,
    }
}

/// The secret of this installation, made at the first start.
async fn kept_key(store: &Store) -> Result<[u8; 32]> {
    let read = |text: &str| -> Option<[u8; 32]> {
        let digit = |i: usize| u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..32).map(digit).collect();
        bytes?.try_into().ok()
    };
    if let Some(key) = store.secret_setting(KEY_SETTING).await?.as_deref().and_then(read) {
        return Ok(key);
    }
    let key: [u8; 32] = rand::random();
    let text: Vec<String> = key.iter().map(|byte| format!("{byte:02x}")).collect();
    store.set_secret_setting(KEY_SETTING, &text.concat()).await?;
    Ok(key)
}
