//! The beginning of a session: an Inform comes in, and what is known of the device is laid out.

use super::door::{Away, Welcome};
use super::{COOKIE, CwmpRequest, CwmpResponse, Exchange};
use crate::clock::now;
use crate::cpe_auth::Admission;
use crate::devices::{Devices, Entry};
use crate::session::{Capabilities, Credentials, Limits, Offers, Opening, RetryPolicy, Session, acs_fault};
use crate::sessions::{Live, LiveAt, live};
use crate::{EnrolmentPolicy, Result};
use cwmp::version::{Negotiation, negotiate};
use cwmp::{
    AcsHeader, AcsMessage, Dialect, EventCode, Inform, ParameterValue, ValueType, cookie, encode_to_cpe,
    encode_to_cpe_with,
};
use metrics::counter;
use model::device::Enrolment;
use model::event::EventKind;
use model::task::TaskKind;
use model::{TaskId, Timestamp};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What stands in the header of an Inform's envelope.
pub(super) struct InformHead {
    pub id: Option<String>,
    pub dialect: Dialect,
    pub session_timeout: Option<u32>,
    pub supported_versions: Vec<String>,
}

struct Opened {
    live: Arc<Live>,
    message: AcsMessage,
    /// How the device wants to be written to.
    dialect: Dialect,
}

impl Exchange {
    /// A new session.
    pub(super) async fn inform(
        &self,
        request: &CwmpRequest,
        head: InformHead,
        inform: Inform,
        admission: &Admission,
        nonce: Option<&str>,
    ) -> CwmpResponse {
        let fault = |code, text: &str| {
            CwmpResponse::xml(encode_to_cpe(
                &AcsMessage::Fault(acs_fault(code, text)),
                head.id.as_deref(),
                &head.dialect,
            ))
        };
        if inform.identity.serial.is_empty() || inform.identity.oui.is_empty() {
            return fault(8003, "DeviceId needs an OUI and a SerialNumber");
        }
        let use_version = match negotiate(&head.supported_versions) {
            Negotiation::Incompatible => return fault(8006, "No common CWMP version"),
            Negotiation::Use(version) => Some(version),
            Negotiation::Silent => None,
        };
        if self.closing.load(Ordering::Relaxed)
            || self.sessions.running() >= self.settings.max_sessions
            || self.sessions.is_full(request.peer.ip(), self.settings.max_sessions_per_address)
        {
            return CwmpResponse::later();
        }
        let welcome = match self.welcome(admission, request, &inform).await {
            Ok(welcome) => welcome,
            Err(Away::With(answer)) => return answer,
            Err(Away::Denied) => return fault(8001, "Request denied"),
        };
        if let Some(device) = &welcome.device
            && !device.pace.take(self.settings.max_informs_per_minute, now())
        {
            counter!("lastmile_cwmp_rejected_total", "reason" => "too often").increment(1);
            self.reports_too_often(device).await;
            return CwmpResponse::later();
        }
        let waited_for = welcome.device.as_ref().is_some_and(|device| device.open_tasks.load(Ordering::Relaxed) > 0);
        let Some(_place) = self.room.enter(waited_for, self.sessions.running(), self.settings.max_sessions) else {
            counter!("lastmile_cwmp_rejected_total", "reason" => "busy").increment(1);
            return CwmpResponse::later();
        };
        let timeout = head.session_timeout.unwrap_or(0).clamp(self.settings.session_timeout, 600);
        let version = use_version.unwrap_or_else(|| cwmp::version::of_namespace(&head.dialect.namespace)).to_owned();
        let at = LiveAt {
            peer: request.peer.ip(),
            connection: request.connection,
            nonce: nonce.map(str::to_owned),
            timeout_ms: i64::from(timeout) * 1000,
            login: welcome.login.clone(),
            proof: welcome.proof,
        };
        match self.open(head.dialect.clone(), version, &inform, at, welcome).await {
            Ok(Opened { live, message, dialect }) => {
                let header = AcsHeader { id: head.id.as_deref(), use_version, ..AcsHeader::default() };
                let body = encode_to_cpe_with(&message, &header, &dialect);
                CwmpResponse { set_cookie: Some(cookie::set_cookie(COOKIE, &live.token)), ..CwmpResponse::xml(body) }
            }
            Err(error) => {
                tracing::error!(error = error.causes(), "an Inform could not be stored");
                CwmpResponse::later()
            }
        }
    }

    async fn open(
        &self,
        mut dialect: Dialect,
        cwmp_version: String,
        inform: &Inform,
        at: LiveAt,
        welcome: Welcome,
    ) -> Result<Opened> {
        let address = crate::reach::plain(at.peer).to_string();
        let entry = if let Some(entry) = &welcome.device {
            entry.clone()
        } else {
            let enrolment = match self.settings.enrolment {
                EnrolmentPolicy::Quarantine => Enrolment::Quarantined,
                EnrolmentPolicy::Open | EnrolmentPolicy::Registered => Enrolment::Approved,
            };
            self.devices.register(Devices::new_device(&inform.identity, address.clone(), enrolment)).await?
        };
        let _one_at_a_time = entry.opening.lock().await;
        // Those that were registered beforehand have never informed.
        let first_contact = welcome.device.is_none() || entry.record().last_inform == Timestamp(0);
        if let Some(before) = self.sessions.replace(entry.id) {
            // Retried after a lost answer, or a second session at once: the newer one wins (rules 116 and 117).
            self.fail(&before, "The router began a new session.").await;
        }
        let tasks = if entry.may_have_tasks.load(Ordering::Acquire) {
            entry.may_have_tasks.store(false, Ordering::Release);
            let tasks = self.writing.store.open_tasks(entry.id).await?;
            entry.open_tasks.store(tasks.len() as u32, Ordering::Relaxed);
            entry.may_have_tasks.store(!tasks.is_empty(), Ordering::Release);
            tasks
        } else {
            Vec::new()
        };
        let received = self.received(uploads(&tasks)).await?;
        let mut record = entry.record().clone();
        let mut learnt = self.learning.of(&record);
        dialect.declaration |= learnt.decided.declaration;
        let time = now();
        let mut writes = self.arrive(&mut record, &mut learnt, &welcome, time);
        if !first_contact
            && record.address != address
            && !record.address.is_empty()
            && let Some(addresses) = self.door.moved(&record, &address, time)
        {
            counter!("lastmile_cwmp_twins_total").increment(1);
            let kind = EventKind::Twins { addresses: addresses.to_vec() };
            writes.push(store::Write::Event { device: record.id, at: time, kind, by: None });
        }
        let offers = Offers {
            connection_request: self.new_credentials(&record, inform),
            reach: self.reach.gifts(&record, inform.has(&EventCode::Bootstrap)),
            login: self.login_offer(&record, &welcome),
            values: if inform.has(&EventCode::Boot) { wanted(&learnt) } else { Vec::new() },
        };
        let tree = if Session::wants_offers(&record, &learnt, &offers) || Session::needs_tree(&record, inform, &tasks) {
            let tree = self.writing.store.tree(record.id).await?;
            // Never stored, or no longer readable (the store has said so): it is read anew from the device (P6).
            if !tree.as_ref().is_some_and(|tree| tree.complete) {
                record.tree_read_at = None;
            }
            Some(Arc::new(tree.unwrap_or_default()))
        } else {
            None
        };
        let rpcs = learnt.decided.max_rpcs.unwrap_or(self.settings.max_rpcs);
        let opening = Opening {
            first_contact,
            tasks,
            tree,
            learnt,
            dialect: dialect.clone(),
            limits: Limits {
                rpcs,
                parameters: self.settings.max_parameters,
                provision: self.settings.provision_connection_request,
                retry: RetryPolicy {
                    times: self.settings.files.retries,
                    pause_ms: i64::from(self.settings.files.retry_pause) * 1000,
                },
            },
            cwmp_version,
            links: self.files.links.clone(),
            received,
            address,
            offers,
            record,
        };
        let (engine, step) = Session::open(opening, inform, time);
        writes.extend(step.writes);
        self.writing.commit(writes).await?;
        if first_contact && self.writing.bus.watched() {
            self.writing.bus.publish(model::live::LiveMessage::NewDevice { device: entry.id });
        }
        counter!("lastmile_cwmp_sessions_total").increment(1);
        let live = live(entry.clone(), engine, at, time);
        self.sessions.insert(&live);
        let message = step.message.expect("an Inform is always answered");
        Ok(Opened { live, message, dialect })
    }

    /// A device that informs in a loop (rule 381): told once in a while.
    async fn reports_too_often(&self, device: &Entry) {
        if !self.door.tells(device.id, "often") {
            return;
        }
        let most = self.settings.max_informs_per_minute;
        let reason = format!("The router reports more than {most} times a minute. Some of its reports are not taken.");
        let kind = EventKind::SessionFailed { reason };
        let write = store::Write::Event { device: device.id, at: now(), kind, by: None };
        if let Err(error) = self.writing.commit(vec![write]).await {
            tracing::warn!(error = error.causes(), "a device that reports too often could not be noted");
        }
    }

    /// New connection-request credentials, if they are ours to give and the device has none.
    pub(super) fn new_credentials(&self, record: &store::DeviceRecord, inform: &Inform) -> Credentials {
        // What a device had before a factory reset is void (rule 142).
        let has_none = record.connection_request_password.is_empty() || inform.has(&EventCode::Bootstrap);
        if self.settings.provision_connection_request && has_none {
            Credentials { username: "lastmile".to_owned(), password: crate::accounts::random_token() }
        } else {
            Credentials::default()
        }
    }
}

/// What the device must not lose, as it was set.
fn wanted(learnt: &Capabilities) -> Vec<ParameterValue> {
    let value = |(name, value): (&String, &String)| ParameterValue {
        name: name.clone(),
        value: value.clone(),
        value_type: if name.ends_with("Enable") { ValueType::Boolean } else { ValueType::UnsignedInt },
        untyped: false,
    };
    learnt.wanted.iter().map(value).collect()
}

fn uploads(tasks: &[store::TaskRecord]) -> Vec<TaskId> {
    let upload = |task: &&store::TaskRecord| matches!(task.kind, TaskKind::Upload { .. });
    tasks.iter().filter(upload).map(|task| task.id).collect()
}
