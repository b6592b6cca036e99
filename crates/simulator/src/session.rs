//! One session of a device with the ACS (TR-069 §3.7): Inform, what the device has to tell, the empty POST, then whatever
//! the ACS asks.

use crate::auth::Credentials;
use crate::clock;
use crate::cpe::Cpe;
use crate::cpe::manners::Manners;
use crate::cpe::outbox::Reaction;
use crate::cpe::rpc::Answer;
use crate::link::{Link, LinkError, Reply};
use crate::transfer;
use bytes::Bytes;
use cwmp::{
    AcsMessage, AcsRequest, AcsResponse, CpeHeader, CpeMessage, CpeRequest, DecodeError, Dialect, Envelope, Limits,
    decode_acs, encode_to_acs,
};
use http::StatusCode;
use std::time::Duration;

/// Times that the ACS may ask for a request again (fault 8005).
const REPEATS: u32 = 3;
/// The ACS may ask for no more in one session: somebody's loop.
const MOST_REQUESTS: u32 = 10_000;
/// How long a device that hangs keeps its connection.
const HANGS: Duration = Duration::from_secs(45);

/// Why a session failed.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error("the answer cannot be read: {0}")]
    Decode(#[from] DecodeError),
    #[error("HTTP status {0}")]
    Status(StatusCode),
    #[error("the ACS answered the Inform with fault {0}")]
    Fault(u32),
    #[error("the ACS sent something that does not belong here")]
    Unexpected,
    #[error("the connection was cut on purpose")]
    Cut,
}

/// A session that has begun.
struct Session<'a> {
    cpe: &'a Cpe,
    link: Link,
    dialect: Dialect,
    manners: Manners,
    /// The number of the next `cwmp:ID` of the device's own.
    next_id: u32,
    /// The ACS wants no requests now (§3.4.2).
    hold: bool,
}

/// Runs one session. The events count as delivered once their answers have come, even if the session fails later.
pub(crate) async fn run(cpe: &Cpe) -> Result<(), SessionError> {
    let opening = cpe.lock().open(clock::now());
    let manners = opening.manners;
    let credentials = Credentials::new(opening.username, opening.password);
    let credentials = credentials.bent(manners.counter_stuck, manners.without_qop);
    let mut session = Session {
        cpe,
        link: Link::new(&opening.url, credentials, cpe.agent(), cpe.tls().clone(), manners.clone())?,
        dialect: Dialect { namespace: cpe.model().namespace.clone(), ..Dialect::default() },
        manners,
        next_id: 1,
        hold: false,
    };
    session.inform(CpeRequest::Inform(opening.inform)).await?;
    session.serve().await
}

impl Session<'_> {
    async fn inform(&mut self, inform: CpeRequest) -> Result<(), SessionError> {
        if self.manners.empty_post_first {
            // Whatever comes, the Inform follows: only the challenge matters.
            self.link.post(Bytes::new()).await?;
        }
        let times = if self.manners.inform_twice { 2 } else { 1 };
        for _ in 0..times {
            match self.request(&inform).await? {
                AcsMessage::Response(AcsResponse::Inform) => {}
                AcsMessage::Fault(fault) => return Err(SessionError::Fault(fault.code)),
                _ => return Err(SessionError::Unexpected),
            }
        }
        self.cpe.lock().informed(clock::now());
        Ok(())
    }

    /// The device's turn, then that of the ACS, until neither has anything to say.
    async fn serve(&mut self) -> Result<(), SessionError> {
        // After its empty POST a device says nothing more of its own, unless it was held back before it (§3.7.1.3).
        let mut may_speak = true;
        if !self.hold {
            self.tell(false).await?;
            may_speak = false;
        }
        let mut body = Bytes::new();
        for _ in 0..MOST_REQUESTS {
            let reply = self.link.post(body).await?;
            let Some(envelope) = envelope(&reply)? else {
                self.hold = false;
                let told = self.tell(!may_speak).await?;
                if told == 0 {
                    return Ok(());
                }
                may_speak = false;
                body = Bytes::new();
                continue;
            };
            self.hold = envelope.hold_requests;
            let AcsMessage::Request(request) = envelope.body else { return Err(SessionError::Unexpected) };
            let answer = self.answer(&request).await?;
            let header = CpeHeader { id: envelope.id.as_deref(), ..CpeHeader::default() };
            body = self.encode(&answer, &header);
        }
        Err(SessionError::Unexpected)
    }

    async fn answer(&mut self, request: &AcsRequest) -> Result<CpeMessage, SessionError> {
        let began = clock::now();
        let answer = self.cpe.lock().answer(request, began);
        match answer {
            Answer::Message(message) => Ok(message),
            Answer::Silence => Err(SessionError::Cut),
            Answer::Hang => {
                tokio::time::sleep(HANGS).await;
                Err(SessionError::Cut)
            }
            Answer::Transfer(id, inline) => {
                let job = self.cpe.lock().start_job(id, began).ok_or(SessionError::Unexpected)?;
                let fault = transfer::run(self.cpe, job).await.unwrap_or(0);
                Ok(self.cpe.lock().started(request.method(), inline, fault, began, clock::now()))
            }
        }
    }

    /// Sends what the device has to tell, and how many requests that were. After its empty POST (`late`) these are only
    /// those of a device that does not keep to the rules.
    async fn tell(&mut self, late: bool) -> Result<u32, SessionError> {
        let mut told = 0;
        loop {
            let letter = self.cpe.lock().next_letter(late);
            let Some(letter) = letter else { return Ok(told) };
            told += 1;
            let reaction = match self.request(&letter.request).await? {
                AcsMessage::Response(response) => Reaction::Answered(response),
                AcsMessage::Fault(fault) => Reaction::Fault(fault.code),
                AcsMessage::Request(_) => return Err(SessionError::Unexpected),
            };
            self.cpe.lock().reacted(letter.id, reaction);
        }
    }

    /// Posts a request of the device and gets its answer; the same again if the ACS asks for that.
    async fn request(&mut self, request: &CpeRequest) -> Result<AcsMessage, SessionError> {
        let id = self.next_id.to_string();
        self.next_id += 1;
        let versions: &[String] = match request {
            CpeRequest::Inform(_) => &self.cpe.model().versions,
            _ => &[],
        };
        let header = CpeHeader { id: Some(&id), session_timeout: None, supported_versions: versions };
        let body = self.encode(&CpeMessage::Request(request.clone()), &header);
        for _ in 0..=REPEATS {
            let reply = self.link.post(body.clone()).await?;
            let envelope = envelope(&reply)?.ok_or(SessionError::Unexpected)?;
            self.hold = envelope.hold_requests;
            match envelope.body {
                AcsMessage::Fault(fault) if fault.code == cwmp::fault::acs::RETRY_REQUEST => {}
                message => return Ok(message),
            }
        }
        Err(SessionError::Fault(cwmp::fault::acs::RETRY_REQUEST))
    }

    fn encode(&self, message: &CpeMessage, header: &CpeHeader<'_>) -> Bytes {
        let header = if self.manners.no_id { CpeHeader { id: None, ..*header } } else { *header };
        self.manners.twist(encode_to_acs(message, &header, &self.dialect)).into()
    }
}

/// The envelope of an answer; `None` if it is empty.
fn envelope(reply: &Reply) -> Result<Option<Envelope<AcsMessage>>, SessionError> {
    match reply.status {
        StatusCode::NO_CONTENT => Ok(None),
        StatusCode::OK if cwmp::is_empty_body(&reply.body) => Ok(None),
        StatusCode::OK => Ok(Some(decode_acs(&reply.body, reply.charset.as_deref(), &Limits::default())?)),
        status => Err(SessionError::Status(status)),
    }
}
