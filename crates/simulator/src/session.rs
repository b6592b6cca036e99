//! One session of a device with the ACS (TR-069 §3.7): Inform, the empty POST, then whatever the ACS asks.

use crate::auth::Credentials;
use crate::clock;
use crate::cpe::Cpe;
use crate::cpe::rpc::Answer;
use crate::link::{Link, LinkError, Reply};
use bytes::Bytes;
use cwmp::{
    AcsMessage, AcsResponse, CpeHeader, CpeMessage, CpeRequest, DecodeError, Dialect, Envelope, Limits, decode_acs,
    encode_to_acs,
};
use http::StatusCode;

/// Times that the ACS may ask for the Inform again (fault 8005).
const REPEATS: u32 = 3;
/// The ACS may ask for no more in one session: somebody's loop.
const MOST_REQUESTS: u32 = 10_000;

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

/// Runs one session. The events count as delivered once the InformResponse has come, even if the session fails later.
pub(crate) async fn run(cpe: &Cpe) -> Result<(), SessionError> {
    let opening = cpe.lock().open(clock::now());
    let model = cpe.model();
    let credentials = Credentials::new(opening.username, opening.password);
    let agent = format!("{}/{}", model.product_class, "1.0");
    let mut link = Link::new(&opening.url, credentials, agent)?;
    let dialect = Dialect { namespace: model.namespace.clone(), ..Dialect::default() };
    let inform = CpeMessage::Request(CpeRequest::Inform(opening.inform));
    let header = CpeHeader { id: Some("1"), session_timeout: None, supported_versions: &model.versions };
    let inform = Bytes::from(encode_to_acs(&inform, &header, &dialect));

    let mut repeats = 0;
    loop {
        let reply = link.post(inform.clone()).await?;
        match envelope(&reply)?.ok_or(SessionError::Unexpected)?.body {
            AcsMessage::Response(AcsResponse::Inform) => break,
            AcsMessage::Fault(fault) if fault.code == 8005 && repeats < REPEATS => repeats += 1,
            AcsMessage::Fault(fault) => return Err(SessionError::Fault(fault.code)),
            _ => return Err(SessionError::Unexpected),
        }
    }
    cpe.lock().informed(clock::now());

    // Nothing to ask the ACS: the turn goes to it.
    let mut body = Bytes::new();
    for _ in 0..MOST_REQUESTS {
        let reply = link.post(body).await?;
        let Some(envelope) = envelope(&reply)? else { return Ok(()) };
        let AcsMessage::Request(request) = envelope.body else { return Err(SessionError::Unexpected) };
        let answer = cpe.lock().answer(&request, clock::now());
        let Answer::Message(message) = answer else { return Err(SessionError::Cut) };
        let header = CpeHeader { id: envelope.id.as_deref(), ..CpeHeader::default() };
        body = encode_to_acs(&message, &header, &dialect).into();
    }
    Err(SessionError::Unexpected)
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
