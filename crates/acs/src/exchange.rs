//! One HTTP exchange with a CPE, without HTTP types: who it is, which session it belongs to, what the engine says.

mod door;
mod driving;
mod http;
mod lightweight;
mod opening;
mod room;
#[cfg(test)]
mod tests;

pub(crate) use door::Door;
pub use http::{CwmpRequest, CwmpResponse};
pub(crate) use lightweight::Memory;
pub use lightweight::Notified;
pub(crate) use room::Room;

use crate::AcsSettings;
use crate::clock::now;
use crate::cpe_auth::{Admission, CpeGate};
use crate::devices::Devices;
use crate::learning::Learning;
use crate::reach::Reach;
use crate::session::Incoming;
use crate::sessions::{Closed, Clues, Live, Sessions};
use crate::trace::{Heard, Trace, With};
use crate::writing::Writing;
use cwmp::{
    CpeMessage, CpeRequest, DecodeError, Envelope, SoapFault, cookie, decode_cpe, encode_soap_fault, is_empty_body,
};
use metrics::counter;
use opening::InformHead;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Name of the session cookie. Short: a CPE need not keep more than 512 bytes (rule 16).
const COOKIE: &str = "lm";

/// Everything an exchange needs.
pub(crate) struct Exchange {
    pub settings: AcsSettings,
    pub gate: CpeGate,
    pub door: Door,
    pub room: Room,
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
            Err(error) => return undecodable(error, &request),
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
        match self.sessions.connection_closed(connection, now()) {
            Closed::Nothing => {}
            Closed::Failed(live) => {
                self.sessions.remove(&live);
                self.fail(&live, "The connection broke off.").await;
            }
            Closed::MayReturn(live) => {
                if live.entry.open_tasks.load(Ordering::Relaxed) > 0 {
                    self.reach.connection_lost(live.entry.id);
                }
            }
        }
    }

    /// Ends sessions that were silent for too long.
    pub async fn expire(&self) {
        for live in self.sessions.expire(now()) {
            self.fail(&live, "The router fell silent.").await;
        }
    }
}

/// 401: say who you are.
fn challenge(challenges: Vec<String>) -> CwmpResponse {
    counter!("lastmile_cwmp_challenges_total").increment(1);
    CwmpResponse { challenges, ..CwmpResponse::status(401) }
}

/// The answer to something that is not a message of CWMP.
fn undecodable(error: DecodeError, request: &CwmpRequest) -> CwmpResponse {
    counter!("lastmile_cwmp_undecodable_total").increment(1);
    let fault = match error {
        DecodeError::VersionMismatch => SoapFault::VersionMismatch,
        DecodeError::MustUnderstand => SoapFault::MustUnderstand,
        error => return CwmpResponse { close: true, ..CwmpResponse::refused(400, &error.to_string()) },
    };
    // It answers a message all the same (rule 79), and is read by whoever wrote that.
    let (id, dialect) = cwmp::manner_of(&request.body, request.charset.as_deref(), &cwmp::Limits::default());
    CwmpResponse::xml(encode_soap_fault(fault, id.as_deref(), &dialect))
}
