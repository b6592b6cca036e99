//! One HTTP exchange with a CPE, without HTTP types: who it is, which session it belongs to, what the engine says.

mod door;
mod lightweight;
#[cfg(test)]
mod tests;

pub(crate) use door::Door;

pub(crate) use lightweight::Memory;
pub use lightweight::Notified;

use crate::clock::now;
use crate::cpe_auth::{Admission, ClientCertificate, CpeGate};
use crate::devices::{Devices, Entry};
use crate::learning::Learning;
use crate::reach::Reach;
use crate::session::{Credentials, Incoming, Limits, Offers, Opening, Session, Step, acs_fault};
use crate::sessions::{Clues, Live, LiveAt, Sessions, live};
use crate::trace::{Heard, Trace, With};
use crate::writing::Writing;
use crate::{AcsSettings, EnrolmentPolicy, Result};
use bytes::Bytes;
use cwmp::version::{Negotiation, negotiate};
use cwmp::{
    AcsHeader, AcsMessage, AcsRequest, CpeMessage, CpeRequest, DecodeError, Dialect, Envelope, EventCode, Inform,
    SoapFault, cookie, decode_cpe, encode_soap_fault, encode_to_cpe, encode_to_cpe_with, is_empty_body,
};
use door::{Away, Welcome};
use metrics::{counter, histogram};
use model::device::Enrolment;
use model::event::EventKind;
use model::task::TaskKind;
use model::{FileId, TaskId, Timestamp};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::Written;

/// Name of the session cookie. Short: a CPE need not keep more than 512 bytes (rule 16).
const COOKIE: &str = "lm";

/// One POST of a CPE. The listener has already enforced the body's size and deadlines, and undone its content coding.
#[derive(Clone, Debug)]
pub struct CwmpRequest {
    /// Unique per TCP connection while the process runs: sessions of CPEs without cookies hang on it (rule 19).
    pub connection: u64,
    pub peer: SocketAddr,
    /// Whether the connection is TLS: Basic is offered and taken only then.
    pub secure: bool,
    /// What its client certificate says, if it showed one whose chain was verified.
    pub certificate: Option<ClientCertificate>,
    /// Path and query as sent, for digest.
    pub uri: String,
    pub authorization: Option<String>,
    /// All `Cookie` headers, joined by `; `.
    pub cookie: Option<String>,
    /// `charset` of the Content-Type, if there is one.
    pub charset: Option<String>,
    pub body: Bytes,
}

/// The answer. `Content-Length` is always set by the listener; an empty `body` means none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CwmpResponse {
    pub status: u16,
    /// `WWW-Authenticate`, one header line each.
    pub challenges: Vec<String>,
    /// `Set-Cookie` value.
    pub set_cookie: Option<String>,
    /// Seconds for `Retry-After`.
    pub retry_after: Option<u32>,
    /// `text/xml; charset=utf-8` on 200, `text/plain` on errors.
    pub body: Bytes,
    /// Close the connection after this answer.
    pub close: bool,
}

impl CwmpResponse {
    fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    fn xml(body: Vec<u8>) -> Self {
        Self { body: body.into(), ..Self::status(200) }
    }

    fn refused(status: u16, why: &str) -> Self {
        Self { body: format!("{why}\n").into(), ..Self::status(status) }
    }

    /// Try again later, not all at the same time.
    fn later() -> Self {
        Self { retry_after: Some(rand::random_range(10..60)), ..Self::refused(503, "busy") }
    }
}

/// Everything an exchange needs.
pub(crate) struct Exchange {
    pub settings: AcsSettings,
    pub gate: CpeGate,
    pub door: Door,
    pub sessions: Arc<Sessions>,
    pub devices: Arc<Devices>,
    pub writing: Writing,
    pub reach: Reach,
    pub learning: Learning,
    pub files: Arc<crate::files::Files>,
    /// No new sessions: the process is about to end.
    pub closing: AtomicBool,
    pub trace: Arc<Trace>,
    pub notifications: Memory,
}

impl Exchange {
    /// One exchange, recorded if somebody wants to see it.
    pub async fn handle(&self, request: CwmpRequest) -> CwmpResponse {
        if !self.trace.is_on() {
            return self.answer(request).await;
        }
        let began = now();
        let copy = request.clone();
        let before = self.entry_of(&request, request.cookie.as_deref());
        let response = self.answer(request).await;
        let entry = before.or_else(|| self.entry_of(&copy, response.set_cookie.as_deref()));
        let serial = match &entry {
            Some(entry) => Some(entry.record().identity.serial.clone()),
            None => cwmp::readable::serial_number(&copy.body),
        };
        let with = With { device: entry.map(|entry| entry.id), serial: serial.as_deref() };
        self.trace.heard(&Heard { request: &copy, response: &response, began, ended: now() }, with);
        response
    }

    /// The device of the session that a request belongs to.
    fn entry_of(&self, request: &CwmpRequest, cookies: Option<&str>) -> Option<Arc<crate::devices::Entry>> {
        let authorization = request.authorization.as_deref().and_then(cwmp::digest::parse_authorization);
        let clues = Clues {
            cookie: cookies.and_then(|header| cookie::find(header, COOKIE)),
            connection: request.connection,
            nonce: CpeGate::nonce(authorization.as_ref()),
        };
        let found = self.sessions.find(&clues).filter(|live| live.peer == request.peer.ip())?;
        Some(found.entry.clone())
    }

    async fn answer(&self, request: CwmpRequest) -> CwmpResponse {
        let authorization = request.authorization.as_deref().and_then(cwmp::digest::parse_authorization);
        let clues = Clues {
            cookie: request.cookie.as_deref().and_then(|header| cookie::find(header, COOKIE)),
            connection: request.connection,
            nonce: CpeGate::nonce(authorization.as_ref()),
        };
        // A cookie that moved to another address is not that device's any more (catalogue row A7).
        let found = self.sessions.find(&clues).filter(|live| live.peer == request.peer.ip());
        // The connection that opened the session is authenticated; any other must say who it is (rule 49).
        let known = found.as_ref().is_some_and(|live| live.connection.load(Ordering::Relaxed) == request.connection);
        let empty = is_empty_body(&request.body);
        let vouched = found.as_ref().filter(|_| known).map(|live| Admission::Session {
            device: live.entry.clone(),
            login: live.login.clone(),
            proof: live.proof,
        });
        let admission = match self.admitted(authorization.as_ref(), vouched, &request).await {
            Ok(admission) => admission,
            Err(answer) => return answer,
        };
        // A cookie is no proof of being its device: who comes on another connection must be the one it was given to.
        if let Some(live) = found.as_ref().filter(|_| !known)
            && let Err(answer) = self.continues(&admission, &live.entry, &request).await
        {
            return answer;
        }
        if empty {
            return match found {
                Some(live) => self.go_on(&live, request.connection, Incoming::Empty, None).await,
                None => CwmpResponse::status(204),
            };
        }
        let envelope = match decode_cpe(&request.body, request.charset.as_deref(), &cwmp::Limits::default()) {
            Ok(envelope) => envelope,
            Err(error) => return undecodable(error),
        };
        if !envelope.warnings.is_empty() {
            tracing::debug!(peer = %request.peer, warnings = ?envelope.warnings, "tolerated");
        }
        let Envelope { id, dialect, session_timeout, supported_versions, body, .. } = envelope;
        match (body, found) {
            (CpeMessage::Request(CpeRequest::Inform(inform)), _) => {
                let head = InformHead { id, dialect, session_timeout, supported_versions };
                self.inform(&request, head, inform, &admission, clues.nonce).await
            }
            (_, None) => CwmpResponse::refused(400, "a session begins with an Inform"),
            (CpeMessage::Request(message), Some(live)) => {
                self.go_on(&live, request.connection, Incoming::Request(message), id).await
            }
            (CpeMessage::Response(message), Some(live)) => {
                self.go_on(&live, request.connection, Incoming::Answer { id, answer: Ok(message) }, None).await
            }
            (CpeMessage::Fault(fault), Some(live)) => {
                self.go_on(&live, request.connection, Incoming::Answer { id, answer: Err(fault) }, None).await
            }
        }
    }

    /// A new session.
    async fn inform(
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
        let offers = Offers {
            connection_request: self.new_credentials(&record),
            reach: self.reach.gifts(&record, inform.has(&EventCode::Bootstrap)),
            login: self.login_offer(&record, &welcome),
            ..Offers::default()
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
    fn new_credentials(&self, record: &store::DeviceRecord) -> Credentials {
        if self.settings.provision_connection_request && record.connection_request_password.is_empty() {
            Credentials { username: "lastmile".to_owned(), password: crate::accounts::random_token() }
        } else {
            Credentials::default()
        }
    }

    /// A further request of a session. `request_id` is the `cwmp:ID` of a request of the CPE, to be echoed.
    async fn go_on(
        &self,
        live: &Arc<Live>,
        connection: u64,
        incoming: Incoming,
        request_id: Option<String>,
    ) -> CwmpResponse {
        live.last_at.store(now().0, Ordering::Relaxed);
        self.sessions.moved(live, connection);
        match self.drive(live, incoming).await {
            // Some take 204 for an error (rule 120).
            Ok(Said { message: None, empty_as_200, .. }) => CwmpResponse::status(if empty_as_200 { 200 } else { 204 }),
            Ok(Said { message: Some(message), id, dialect, .. }) => {
                let id = id.or(request_id);
                CwmpResponse::xml(encode_to_cpe(&message, id.as_deref(), &dialect))
            }
            Err(error) => {
                // The engine is ahead of the database now: the session cannot go on. Nothing was answered, so the CPE
                // repeats it, and the tasks are taken up again from what is stored.
                tracing::error!(device = %live.entry.id, error = error.causes(), "a session step could not be stored");
                live.entry.may_have_tasks.store(true, Ordering::Release);
                self.sessions.remove(live);
                CwmpResponse { close: true, ..CwmpResponse::later() }
            }
        }
    }

    async fn drive(&self, live: &Arc<Live>, incoming: Incoming) -> Result<Said> {
        let mut engine = live.engine.lock().await;
        if live.over.load(Ordering::Acquire) && !engine.ended() {
            // Replaced or failed while this request waited.
            return Ok(Said::by(&engine, None, None));
        }
        self.look_for_work(live, &mut engine).await?;
        let reports = matches!(
            &incoming,
            Incoming::Request(CpeRequest::TransferComplete(_) | CpeRequest::DuStateChangeComplete { .. })
        );
        if reports {
            if engine.ended() {
                // After its last 204: what waits for a report is not in hand any more.
                engine.set_tasks(self.writing.store.open_tasks(live.entry.id).await?);
            }
            for (task, file) in self.received(engine.awaited_uploads()).await? {
                engine.has_received(task, file);
            }
        }
        let was_over = live.over.load(Ordering::Acquire);
        let learnt_before = engine.learnt.clone();
        let mut step = if was_over && matches!(incoming, Incoming::Empty | Incoming::Answer { .. }) {
            Step { message: None, id: None, writes: Vec::new(), claim: None }
        } else {
            engine.step(incoming, now())
        };
        loop {
            let claim = step.claim.map(|task| (task, claim_position(&step, task)));
            let written = self.writing.commit(std::mem::take(&mut step.writes)).await?;
            if let Some((task, Some(at))) = claim
                && matches!(written.get(at), Some(Written::Task(None)))
            {
                step = engine.claim_lost(task, now());
                continue;
            }
            if let Some(reason) = self.must_not_leave(&step, &engine).await {
                step = engine.order_refused(reason, now());
                continue;
            }
            if engine.ended() && step.message.is_none() && !was_over {
                if !self.sessions.finish(live) {
                    self.look_for_work(live, &mut engine).await?;
                    step = engine.step(Incoming::Empty, now());
                    continue;
                }
                counter!("lastmile_cwmp_sessions_ended_total", "outcome" => "ok").increment(1);
                histogram!("lastmile_cwmp_session_rpcs").record(f64::from(engine.rpcs()));
                self.reach.session_ended(live.entry.id, live.entry.may_have_tasks.load(Ordering::Acquire));
                engine.release();
            }
            break;
        }
        if was_over && engine.ended() {
            engine.release();
        }
        if engine.learnt != learnt_before {
            let patch = store::DevicePatch { quirks: Some(engine.learnt.to_json()), ..store::DevicePatch::default() };
            self.writing.commit(vec![store::Write::Device { id: live.entry.id, patch }]).await?;
            self.learning.learn(&engine.record, &learnt_before, &engine.learnt).await;
        }
        Ok(Said::by(&engine, step.message, step.id))
    }

    /// Which of these uploads have come.
    async fn received(&self, uploads: Vec<TaskId>) -> Result<HashMap<TaskId, FileId>> {
        let mut received = HashMap::new();
        for task in uploads {
            if let Some(file) = self.writing.store.file_of_task(task).await? {
                received.insert(task, file.id);
            }
        }
        Ok(received)
    }

    /// Why the file of an order that is about to leave must not be loaded, though it was right when the task was made
    /// (catalogue row F3).
    async fn must_not_leave(&self, step: &Step, engine: &Session) -> Option<String> {
        let Some(AcsMessage::Request(AcsRequest::Download(_) | AcsRequest::ScheduleDownload(_))) = &step.message else {
            return None;
        };
        self.files.verify_for_send(engine.file_in_hand()?, &engine.record).await.err()
    }

    /// Hands tasks that came up meanwhile to the engine.
    async fn look_for_work(&self, live: &Arc<Live>, engine: &mut Session) -> Result<()> {
        if !live.take_new_work() {
            return Ok(());
        }
        if engine.lacks_tree() {
            engine.set_tree(Arc::new(self.writing.store.tree(live.entry.id).await?.unwrap_or_default()));
        }
        engine.set_tasks(self.writing.store.open_tasks(live.entry.id).await?);
        Ok(())
    }

    /// A session that did not come to its end.
    pub async fn fail(&self, live: &Arc<Live>, reason: &str) {
        let mut engine = live.engine.lock().await;
        if engine.ended() {
            return;
        }
        counter!("lastmile_cwmp_sessions_ended_total", "outcome" => "failed").increment(1);
        let writes = engine.broke_off(reason, now());
        live.entry.may_have_tasks.store(true, Ordering::Release);
        if let Err(error) = self.writing.commit(writes).await {
            // The tasks are still there as they were: the next session takes them up.
            tracing::error!(device = %live.entry.id, error = error.causes(), "the end of a session could not be stored");
        }
        engine.release();
        drop(engine);
        self.reach.session_ended(live.entry.id, true);
    }

    pub async fn connection_closed(&self, connection: u64) {
        if let Some(live) = self.sessions.connection_closed(connection) {
            self.sessions.remove(&live);
            self.fail(&live, "The connection broke off.").await;
        }
    }

    /// Ends sessions that were silent for too long.
    pub async fn expire(&self) {
        for live in self.sessions.expire(now()) {
            self.fail(&live, "The router fell silent.").await;
        }
    }
}

fn uploads(tasks: &[store::TaskRecord]) -> Vec<TaskId> {
    let upload = |task: &&store::TaskRecord| matches!(task.kind, TaskKind::Upload { .. });
    tasks.iter().filter(upload).map(|task| task.id).collect()
}

struct InformHead {
    id: Option<String>,
    dialect: Dialect,
    session_timeout: Option<u32>,
    supported_versions: Vec<String>,
}

/// What the engine answers, and how the device wants to be written to.
struct Said {
    message: Option<AcsMessage>,
    id: Option<String>,
    dialect: Dialect,
    empty_as_200: bool,
}

impl Said {
    fn by(engine: &Session, message: Option<AcsMessage>, id: Option<String>) -> Self {
        let empty_as_200 = engine.learnt.decided.empty_as_200;
        Self { message, id, dialect: engine.dialect.clone(), empty_as_200 }
    }
}

struct Opened {
    live: Arc<Live>,
    message: AcsMessage,
    /// How the device wants to be written to.
    dialect: Dialect,
}

/// Where among a step's writes the claim of its task stands: the first write of that task that sets a state.
fn claim_position(step: &Step, task: model::TaskId) -> Option<usize> {
    step.writes.iter().position(
        |write| matches!(write, store::Write::Task { id, update, .. } if *id == task && update.attempts.is_some()),
    )
}

/// 401: say who you are.
fn challenge(challenges: Vec<String>) -> CwmpResponse {
    counter!("lastmile_cwmp_challenges_total").increment(1);
    CwmpResponse { challenges, ..CwmpResponse::status(401) }
}

/// The answer to something that is not a message of CWMP.
fn undecodable(error: DecodeError) -> CwmpResponse {
    counter!("lastmile_cwmp_undecodable_total").increment(1);
    match error {
        DecodeError::VersionMismatch => {
            CwmpResponse::xml(encode_soap_fault(SoapFault::VersionMismatch, None, &Dialect::default()))
        }
        DecodeError::MustUnderstand => {
            CwmpResponse::xml(encode_soap_fault(SoapFault::MustUnderstand, None, &Dialect::default()))
        }
        error => CwmpResponse { close: true, ..CwmpResponse::refused(400, &error.to_string()) },
    }
}
