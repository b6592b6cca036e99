//! Who is let in with an Inform, and what that changes of what is known of the device: enrolment, its own login, claims
//! that are turned away.

use super::{CwmpRequest, CwmpResponse, Exchange, challenge};
use crate::clock::now;
use crate::cpe_auth::{Admission, CertificateStanding, Proof, Refusal, Standing};
use crate::devices::Entry;
use crate::session::{Capabilities, Credentials, LoginOffer};
use crate::settings::{EnrolmentPolicy, Rebootstrap};
use cwmp::digest::{Authorization, Tolerance};
use cwmp::identity::device_key;
use cwmp::{EventCode, Inform};
use metrics::counter;
use model::device::{Enrolment, Identity};
use model::event::EventKind;
use model::{DeviceId, Timestamp};
use moka::sync::Cache;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{DevicePatch, DeviceRecord, Write};

/// A claim that is turned away is told in the device's timeline at most this often.
const TELL_AGAIN: Duration = Duration::from_mins(10);
/// Devices whose last claim is remembered.
const TOLD: u64 = 20_000;
/// Milliseconds between two lines of the log about devices that are not registered.
const LOG_AGAIN_MS: i64 = 10_000;

/// What is remembered of those who were turned away.
pub(crate) struct Door {
    told: Cache<(DeviceId, &'static str), ()>,
    log_at: AtomicI64,
    unlogged: AtomicU64,
    /// Of devices whose address changed lately: where they came from, newest last.
    moves: Cache<DeviceId, Arc<Mutex<Vec<Sighting>>>>,
    /// Twins that were told of.
    twins: Cache<DeviceId, ()>,
}

/// A device came from another address than before.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sighting {
    address: String,
    at: Timestamp,
}

/// Two addresses that take turns this often belong to two devices.
const TURNS: usize = 5;
/// Within this time, or four times the device's own interval.
const TURNS_WITHIN_MS: i64 = 3_600_000;
/// Twins are told of once in this time.
const TWINS_AGAIN: Duration = Duration::from_hours(24);

/// The two addresses of two devices with one identity (rule 379): they take turns. A device that moved comes from its new
/// address and stays.
fn take_turns(sightings: &[Sighting], within_ms: i64) -> Option<[String; 2]> {
    let last = sightings.len().checked_sub(TURNS).map(|from| &sightings[from..])?;
    let (one, other) = (&last[0].address, &last[1].address);
    let turns = last.iter().enumerate().all(|(n, seen)| seen.address == *if n % 2 == 0 { one } else { other });
    let quick = last[TURNS - 1].at.since(last[0].at) <= within_ms;
    (one != other && turns && quick).then(|| [one.clone(), other.clone()])
}

/// An Inform that is taken.
pub(super) struct Welcome {
    pub device: Option<Arc<Entry>>,
    pub proof: Proof,
    /// The name that was used, if one was.
    pub login: Option<String>,
    /// `0 BOOTSTRAP`: the device may have gone back to the shared login.
    bootstrap: bool,
}

/// Why an Inform is not taken.
pub(super) enum Away {
    /// With this answer.
    With(CwmpResponse),
    /// With a fault of the ACS: 8001, request denied.
    Denied,
}

impl Door {
    pub fn new() -> Self {
        Self {
            told: Cache::builder().max_capacity(TOLD).time_to_live(TELL_AGAIN).build(),
            log_at: AtomicI64::new(0),
            unlogged: AtomicU64::new(0),
            moves: Cache::builder().max_capacity(TOLD).time_to_idle(TWINS_AGAIN).build(),
            twins: Cache::builder().max_capacity(TOLD).time_to_live(TWINS_AGAIN).build(),
        }
    }

    /// A device came from another address than before: the two addresses of a pair that was not told of yet.
    pub(super) fn moved(&self, record: &DeviceRecord, address: &str, at: Timestamp) -> Option<[String; 2]> {
        let moves = self.moves.get_with(record.id, || {
            let first = Sighting { address: record.address.clone(), at: record.last_inform };
            Arc::new(Mutex::new(vec![first]))
        });
        let mut moves = moves.lock().unwrap_or_else(PoisonError::into_inner);
        moves.push(Sighting { address: address.to_owned(), at });
        let old = moves.len().saturating_sub(TURNS);
        moves.drain(..old);
        let interval_ms = i64::from(record.inform_interval.unwrap_or(0)) * 1000;
        let pair = take_turns(&moves, TURNS_WITHIN_MS.max(4 * interval_ms))?;
        self.twins.entry(record.id).or_insert(()).is_fresh().then_some(pair)
    }

    /// Whether the device's timeline should tell of it.
    pub(super) fn tells(&self, device: DeviceId, what: &'static str) -> bool {
        self.told.entry((device, what)).or_insert(()).is_fresh()
    }

    /// How many were not logged before this one, if it is time for a line.
    fn logs(&self, now: Timestamp) -> Option<u64> {
        let at = self.log_at.load(Ordering::Relaxed);
        let due = now.0 >= at
            && self.log_at.compare_exchange(at, now.0 + LOG_AGAIN_MS, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if due {
            return Some(self.unlogged.swap(0, Ordering::Relaxed));
        }
        self.unlogged.fetch_add(1, Ordering::Relaxed);
        None
    }
}

impl Exchange {
    /// Whom a request comes from. What `vouched` says, the connection's own session, stands if the request says nothing
    /// better: a repeated Authorization with an old nonce changes nothing.
    pub(super) async fn admitted(
        &self,
        authorization: Option<&Authorization>,
        vouched: Option<Admission>,
        request: &CwmpRequest,
    ) -> Result<Admission, CwmpResponse> {
        if authorization.is_none()
            && let Some(session) = vouched
        {
            return Ok(session);
        }
        match (self.gate.admit(authorization, request, now()).await, vouched) {
            (Ok(Admission::Login(login)), Some(session)) if login.needs != Tolerance::default() => Ok(session),
            (Ok(admission), _) | (Err(_), Some(admission)) => Ok(admission),
            (Err(refusal), None) => Err(self.turned_away(refusal, request).await),
        }
    }

    async fn turned_away(&self, refusal: Refusal, request: &CwmpRequest) -> CwmpResponse {
        match refusal {
            Refusal::Challenge { challenges, wrong } => {
                if let Some(wrong) = wrong {
                    counter!("lastmile_cwmp_wrong_logins_total").increment(1);
                    tracing::debug!(peer = %request.peer, "a wrong login");
                    if self.gate.wrong(&wrong, request.peer.ip(), now()).await
                        && let Some(device) = &wrong.device
                    {
                        let reason = "Its name was tried with wrong passwords.";
                        self.reject(device, request, "password", reason).await;
                    }
                }
                challenge(challenges)
            }
            Refusal::Throttled => {
                counter!("lastmile_cwmp_throttled_total").increment(1);
                CwmpResponse::later()
            }
            Refusal::Unavailable => CwmpResponse::later(),
        }
    }

    /// Whether a request on another connection than its session's may go on with the session.
    pub(super) async fn continues(
        &self,
        admission: &Admission,
        device: &Arc<Entry>,
        request: &CwmpRequest,
    ) -> Result<(), CwmpResponse> {
        // A copy: the login may be this very device's.
        let record = device.record().clone();
        let standing = admission.standing(&record.identity, Some(&record), self.settings.auth.username());
        match standing {
            Standing::Fine(_) => Ok(()),
            Standing::Foreign => Err(self.foreign(Some(device), request).await),
            Standing::SharedNoMore | Standing::Unproven => Err(challenge(self.gate.challenges(request, now(), false))),
        }
    }

    /// Whether an Inform is taken, and on what proof.
    pub(super) async fn welcome(
        &self,
        admission: &Admission,
        request: &CwmpRequest,
        inform: &Inform,
    ) -> Result<Welcome, Away> {
        let identity = &inform.identity;
        let device = self.devices.find(identity).await.map_err(|error| {
            tracing::error!(error = error.causes(), "a device could not be looked up");
            Away::With(CwmpResponse::later())
        })?;
        let record = device.as_ref().map(|device| device.record().clone());
        let bootstrap = inform.has(&EventCode::Bootstrap);
        let login = admission.login().map(str::to_owned);
        let proof = self.prove(admission, request, identity, device.as_ref(), record.as_ref(), bootstrap).await?;
        match record.map(|record| record.enrolment) {
            Some(Enrolment::Refused) => Err(self.deny(request, identity, "refused")),
            None if self.settings.enrolment == EnrolmentPolicy::Registered => {
                Err(self.deny(request, identity, "not registered"))
            }
            _ => Ok(Welcome { device, proof, login, bootstrap }),
        }
    }

    async fn prove(
        &self,
        admission: &Admission,
        request: &CwmpRequest,
        identity: &Identity,
        device: Option<&Arc<Entry>>,
        record: Option<&DeviceRecord>,
        bootstrap: bool,
    ) -> Result<Proof, Away> {
        let certificate = request.certificate.as_ref().map(|certificate| certificate.standing(identity));
        if certificate == Some(CertificateStanding::Foreign) {
            return Err(Away::With(self.foreign(device, request).await));
        }
        let username = self.settings.auth.username();
        match admission.standing(identity, record, username) {
            Standing::Fine(proof) => Ok(proof),
            Standing::Foreign => Err(Away::With(self.foreign(device, request).await)),
            // A router that was reset knows the shared login alone.
            Standing::SharedNoMore if bootstrap => Ok(Proof::Shared),
            Standing::SharedNoMore => {
                counter!("lastmile_cwmp_rejected_total", "reason" => "shared login").increment(1);
                if let Some(device) = device {
                    let reason = "Somebody reported as this router with the shared login. It has its own.";
                    self.reject(device, request, "shared", reason).await;
                }
                Err(Away::With(challenge(self.gate.challenges(request, now(), false))))
            }
            // Another device on the same connection, say: it has to prove itself, if proof is asked.
            Standing::Unproven => match self.gate.admit(None, request, now()).await {
                Ok(other) => match other.standing(identity, record, username) {
                    Standing::Fine(proof) => Ok(proof),
                    _ => Err(Away::With(challenge(self.gate.challenges(request, now(), false)))),
                },
                Err(refusal) => Err(Away::With(self.turned_away(refusal, request).await)),
            },
        }
    }

    /// Nothing is stored of a device that is not wanted, whatever it says (a fleet of made-up ones must not fill the disk).
    fn deny(&self, request: &CwmpRequest, identity: &Identity, why: &'static str) -> Away {
        counter!("lastmile_cwmp_rejected_total", "reason" => why).increment(1);
        if let Some(more) = self.door.logs(now()) {
            tracing::warn!(peer = %request.peer, device = ?device_key(identity), why, more, "an Inform was denied");
        }
        Away::Denied
    }

    /// 403: right credentials, but of another device than it says to be.
    async fn foreign(&self, device: Option<&Arc<Entry>>, request: &CwmpRequest) -> CwmpResponse {
        counter!("lastmile_cwmp_identity_mismatches_total").increment(1);
        tracing::debug!(peer = %request.peer, "credentials of another device");
        if let Some(device) = device {
            let reason = "Somebody reported as this router with the credentials of another one.";
            self.reject(device, request, "foreign", reason).await;
        }
        CwmpResponse::refused(403, "these credentials belong to another device")
    }

    /// Tells the device's timeline of a claim that was turned away. Its record stays as it is.
    pub(super) async fn reject(&self, device: &Entry, request: &CwmpRequest, what: &'static str, reason: &str) {
        if !self.door.tells(device.id, what) {
            return;
        }
        let address = crate::reach::plain(request.peer.ip()).to_string();
        let kind = EventKind::Rejected { reason: reason.to_owned(), address };
        let write = Write::Event { device: device.id, at: now(), kind, by: None };
        if let Err(error) = self.writing.commit(vec![write]).await {
            tracing::warn!(error = error.causes(), "a claim that was turned away could not be noted");
        }
    }

    /// What the proof changes of the record: taken over by it, and to be written with the Inform.
    pub(super) fn arrive(
        &self,
        record: &mut DeviceRecord,
        learnt: &mut Capabilities,
        welcome: &Welcome,
        at: Timestamp,
    ) -> Vec<Write> {
        let (mut patch, mut events) = (DevicePatch::default(), Vec::new());
        let shared = record.cpe_username.is_empty();
        match welcome.proof {
            Proof::Pending => {
                patch.cpe_username = Some(device_key(&record.identity));
                patch.cpe_password = Some(record.cpe_pending.clone());
                patch.cpe_pending = Some(String::new());
                (learnt.login_tries, learnt.keeps_login) = (0, false);
                patch.quirks = Some(learnt.to_json());
                events.push(EventKind::Login { own: true });
            }
            // It was not reset after all. What was given meanwhile went to somebody else, or nowhere.
            Proof::Own if shared => {
                patch.cpe_username = Some(device_key(&record.identity));
                patch.cpe_pending = Some(String::new());
                events.push(EventKind::Login { own: true });
            }
            Proof::Shared if !shared && welcome.bootstrap && record.enrolment == Enrolment::Approved => {
                match self.settings.rebootstrap {
                    Rebootstrap::Allow => {
                        patch.cpe_username = Some(String::new());
                        (learnt.login_tries, learnt.keeps_login) = (0, false);
                        patch.quirks = Some(learnt.to_json());
                        events.push(EventKind::Login { own: false });
                    }
                    Rebootstrap::Quarantine => {
                        patch.enrolment = Some(Enrolment::Quarantined);
                        events.push(EventKind::Enrolment { state: Enrolment::Quarantined });
                    }
                }
            }
            _ => {}
        }
        // Only a router that was approved before has a password of its own.
        if matches!(welcome.proof, Proof::Own | Proof::Pending) && record.enrolment == Enrolment::Quarantined {
            patch.enrolment = Some(Enrolment::Approved);
            events.push(EventKind::Enrolment { state: Enrolment::Approved });
        }
        if events.is_empty() {
            return Vec::new();
        }
        patch.apply(record);
        let events = events.into_iter().map(|kind| Write::Event { device: record.id, at, kind, by: None });
        std::iter::once(Write::Device { id: record.id, patch }).chain(events).collect()
    }

    /// A login of its own for a device that came with the shared one.
    pub(super) fn login_offer(&self, record: &DeviceRecord, welcome: &Welcome) -> Option<LoginOffer> {
        let shared = self.gate.shared_password()?;
        let wanted = self.settings.provision_cpe_credentials
            && welcome.proof == Proof::Shared
            && record.cpe_username.is_empty()
            && record.enrolment == Enrolment::Approved;
        let before = Credentials { username: welcome.login.clone()?, password: shared.to_owned() };
        let password = if record.cpe_pending.is_empty() {
            // 96 bits; short enough for devices that cut long ones.
            format!("{:024x}", rand::random::<u128>() >> 32)
        } else {
            // It has it, or is to have it: a second one would make the first one wrong.
            record.cpe_pending.clone()
        };
        wanted.then(|| LoginOffer { new: Credentials { username: device_key(&record.identity), password }, before })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(list: &[(&str, i64)]) -> Vec<Sighting> {
        list.iter().map(|(address, at)| Sighting { address: (*address).to_owned(), at: Timestamp(*at) }).collect()
    }

    #[test]
    fn rule_379_two_addresses_that_take_turns_are_two_devices() {
        let turns = seen(&[("a", 0), ("b", 10), ("a", 20), ("b", 30), ("a", 40)]);
        assert_eq!(take_turns(&turns, 40), Some(["a".to_owned(), "b".to_owned()]));
        assert_eq!(take_turns(&turns, 39), None, "too slowly for one");
        assert_eq!(take_turns(&turns[1..], 40), None, "not often enough");
        assert_eq!(take_turns(&seen(&[("a", 0), ("b", 1), ("c", 2), ("d", 3), ("e", 4)]), 40), None, "a pool");
    }
}
