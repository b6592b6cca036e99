//! GET: what was cut off goes on from where it was (RFC 9110 §14).

use super::{Place, REDIRECTS};
use crate::cpe::transfers::Done;
use crate::link::{self, Payload, Target};
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use sha2::{Digest as _, Sha256};
use std::time::Duration;

/// How long the server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);
/// Times that a transfer is taken up again.
const RESUMES: u32 = 5;
/// Before it is.
const PAUSE: Duration = Duration::from_millis(200);
/// No device has room for more.
const LARGEST: u64 = 1 << 30;

/// What has come so far.
struct Received {
    done: Done,
    hash: Sha256,
    keep: usize,
}

impl Received {
    fn new(keep: usize) -> Self {
        Self { done: Done::default(), hash: Sha256::new(), keep }
    }

    /// The server sends everything again.
    fn restart(&mut self) {
        let resumed = self.done.resumed;
        *self = Self::new(self.keep);
        self.done.resumed = resumed;
    }

    fn take(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        self.done.bytes += piece.len() as u64;
        let room = self.keep.saturating_sub(self.done.head.len()).min(piece.len());
        self.done.head.extend_from_slice(&piece[..room]);
    }

    fn finish(mut self) -> Done {
        self.done.sha256 = hex::encode(self.hash.finalize());
        self.done
    }
}

/// Loads a file and keeps its first `keep` bytes. An error is the fault code of the TransferComplete.
pub(super) async fn get(place: &Place<'_>, keep: usize) -> Result<Done, u32> {
    let mut target = place.target()?;
    let mut credentials = place.credentials();
    let mut received = Received::new(keep);
    let (mut challenged, mut redirects) = (0, 0);
    loop {
        let authorization = credentials.authorization("GET", &target.path);
        let response = match request(place, &target, authorization, received.done.bytes).await {
            Ok(response) => response,
            Err(_) if received.done.bytes > 0 && received.done.resumed < RESUMES => {
                received.done.resumed += 1;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            Err(code) => return Err(if received.done.bytes > 0 { 9017 } else { code }),
        };
        let (parts, body) = response.into_parts();
        match parts.status {
            StatusCode::OK => received.restart(),
            StatusCode::PARTIAL_CONTENT if begins_at(&parts.headers, received.done.bytes) => {}
            StatusCode::UNAUTHORIZED if challenged < 2 => {
                challenged += 1;
                if !credentials.challenged(link::challenges(&parts.headers)) {
                    return Err(9012);
                }
                continue;
            }
            StatusCode::UNAUTHORIZED => return Err(9012),
            status if status.is_redirection() && redirects < REDIRECTS => {
                redirects += 1;
                let location = parts.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
                target = target.join(location.unwrap_or_default(), place.tls).map_err(|_| 9016_u32)?;
                continue;
            }
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE => return Err(9016),
            _ => return Err(9010),
        }
        if read(body, &mut received).await? {
            return Ok(received.finish());
        }
        if received.done.resumed >= RESUMES {
            return Err(9017);
        }
        received.done.resumed += 1;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Reads a body. False if it was cut off.
async fn read(mut body: Incoming, received: &mut Received) -> Result<bool, u32> {
    loop {
        match tokio::time::timeout(PATIENCE, body.frame()).await {
            Ok(Some(Ok(frame))) => {
                if let Ok(piece) = frame.into_data() {
                    received.take(&piece);
                }
                if received.done.bytes > LARGEST {
                    return Err(9010);
                }
            }
            Ok(None) => return Ok(true),
            Ok(Some(Err(_))) | Err(_) => return Ok(false),
        }
    }
}

/// An error is the fault code of having reached nobody.
async fn request(
    place: &Place<'_>,
    target: &Target,
    authorization: Option<String>,
    from: u64,
) -> Result<Response<Incoming>, u32> {
    let attempt = async {
        let stream = link::connect(target, place.tls).await.map_err(|_| 9015_u32)?;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|_| 9015_u32)?;
        // Ends with the sender; what goes wrong shows in the answer.
        tokio::spawn(connection);
        let mut builder = Request::get(target.path.as_str())
            .header(header::HOST, &target.authority)
            .header(header::USER_AGENT, place.agent);
        if from > 0 {
            builder = builder.header(header::RANGE, format!("bytes={from}-"));
        }
        if let Some(authorization) = authorization {
            builder = builder.header(header::AUTHORIZATION, authorization);
        }
        let request = builder.body(Payload::default()).map_err(|_| 9016_u32)?;
        sender.send_request(request).await.map_err(|_| 9015_u32)
    };
    tokio::time::timeout(PATIENCE, attempt).await.map_err(|_| 9015_u32)?
}

/// Whether a partial answer goes on from where we are.
fn begins_at(headers: &HeaderMap, at: u64) -> bool {
    let range = headers.get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let start = range.and_then(|range| range.trim().strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok());
    start == Some(at)
}
