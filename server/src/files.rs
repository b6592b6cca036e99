//! The listener for files: devices load images from it and send configurations and logs to it (§3.4.3; rules 56, 231 to
//! 233, 236 and 237), each by a signed link of its own.
//!
//! A link that is expired, guessed or used after its task gets 403, whatever credentials come with it; a good one needs
//! its credentials, before any of a body is read.

mod download;
mod range;
pub mod setup;
mod speed;
mod upload;

use crate::cwmp::{Pace, Refused};
use crate::listen::{self, Accepted, Deadlines, HttpLimits, Limits, Phase, Slots};
use crate::metrics::FILE_REQUESTS;
use crate::settings::{FilesSettings, SpeedSettings};
use acs::{Acs, FileLink, LinkRefused};
use futures::Stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use metrics::counter;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, Error>;
type Answer = Response<Body>;

/// Devices that send at once, over all connections: each holds some memory. Others are told to come back.
const UPLOADS: usize = 64;
const HTTP: HttpLimits = HttpLimits { max_headers: 64, max_head: 32 << 10, half_close: true };

/// Serves devices until `stop`.
pub async fn serve(
    listener: TcpListener,
    acs: Acs,
    (settings, speed): (&FilesSettings, &SpeedSettings),
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    let front = Arc::new(Front {
        acs,
        largest: settings.max_received.0 as u64,
        pace: Pace { silence: settings.body_timeout, bytes_per_second: settings.body_min_rate },
        uploads: Arc::new(Semaphore::new(UPLOADS)),
        speed: speed::Speed::new(speed.clone()),
    });
    let slots = Slots::new(
        "files",
        Limits {
            connections: settings.max_connections as usize,
            per_address: settings.max_connections_per_address as usize,
        },
    );
    let deadlines =
        Deadlines { head: Duration::from_secs(10), idle: settings.idle_timeout, write: settings.write_timeout };
    let ending = stop.clone();
    let handle = move |accepted: Accepted| {
        let (front, stop, peer) = (Arc::clone(&front), ending.clone(), accepted.peer.ip());
        listen::serve(accepted, deadlines, HTTP, stop, move |request, phase| {
            let front = Arc::clone(&front);
            async move { front.answer(request, peer, &phase).await }
        })
    };
    listen::accept(listener, slots, stop, tasks, handle).await;
}

/// What all connections share.
struct Front {
    acs: Acs,
    /// Largest file that a device may send, in bytes.
    largest: u64,
    pace: Pace,
    uploads: Arc<Semaphore>,
    speed: speed::Speed,
}

/// What is asked for, by the address: `/files/{token}/…` or `/uploads/{token}/…`, with as many slashes as a device likes.
struct Asked<'a> {
    upload: bool,
    token: &'a str,
    /// What a device appended to the address.
    last: Option<&'a str>,
}

impl<'a> Asked<'a> {
    fn of(path: &'a str) -> Option<Self> {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let upload = match segments.next()? {
            "files" => false,
            "uploads" => true,
            _ => return None,
        };
        Some(Self { upload, token: segments.next()?, last: segments.next_back() })
    }
}

impl Front {
    async fn answer(&self, request: Request<Incoming>, peer: IpAddr, phase: &Phase) -> Answer {
        let path = request.uri().path();
        let upload = match Asked::of(path) {
            _ if is_speed(path) => "speed",
            Some(asked) if asked.upload => "upload",
            Some(_) => "download",
            None => "other",
        };
        let answer = self.respond(request, peer, phase).await;
        counter!(FILE_REQUESTS, "kind" => upload, "status" => answer.status().as_str().to_owned()).increment(1);
        answer
    }

    async fn respond(&self, request: Request<Incoming>, peer: IpAddr, phase: &Phase) -> Answer {
        let (head, incoming) = request.into_parts();
        let unread = Unread { headers: &head.headers, phase, pace: self.pace };
        if is_speed(head.uri.path()) && self.speed.is_on() {
            return speed::answer(self, (&head.method, head.uri.path()), peer, &unread, incoming).await;
        }
        let Some(asked) = Asked::of(head.uri.path()) else {
            return unread.leave(plain(StatusCode::NOT_FOUND, "no such file\n"), incoming);
        };
        let allowed = if asked.upload { "PUT, POST" } else { "GET, HEAD" };
        let fits = match head.method {
            Method::GET | Method::HEAD => !asked.upload,
            Method::PUT | Method::POST => asked.upload,
            _ => false,
        };
        if !fits {
            let mut answer = empty(StatusCode::METHOD_NOT_ALLOWED);
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
            return unread.leave(answer, incoming);
        }
        let link = match self.acs.file_link(asked.token, asked.upload).await {
            Ok(link) => link,
            Err(refused) => return unread.leave(link_refused(refused), incoming),
        };
        let target = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let authorization =
            head.headers.get(header::AUTHORIZATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let admitted = self.acs.admit_to_link(&link, head.method.as_str(), target, authorization.as_deref()).await;
        if let Err(challenges) = admitted {
            return unread.leave(challenge(challenges), incoming);
        }
        if asked.upload {
            return upload::receive(self, &link, asked.last, &unread, incoming).await;
        }
        download::send(&self.acs, &link, &head.method, &head.headers).await
    }
}

/// Whether an address is that of the endpoint for measuring speed.
fn is_speed(path: &str) -> bool {
    path.split('/').find(|segment| !segment.is_empty()) == Some("speed")
}

/// A body that has not been read yet.
struct Unread<'a> {
    headers: &'a HeaderMap,
    phase: &'a Phase,
    pace: Pace,
}

/// A body of a device that sends it without being asked twice is small as a rule: reading it to its end keeps the
/// connection, on which the device is about to come again with its credentials.
const DRAINED: u64 = 1 << 20;

impl Unread<'_> {
    /// Bytes, if the head says so.
    fn announced(&self) -> Option<u64> {
        self.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
    }

    fn has_body(&self) -> bool {
        self.announced().is_some_and(|length| length > 0) || self.headers.contains_key(header::TRANSFER_ENCODING)
    }

    /// Whether the device waits for `100 Continue` before it sends its body.
    fn waits(&self) -> bool {
        let expect = self.headers.get(header::EXPECT);
        expect.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
    }

    /// Answers without the body: what still comes of it is read to its end if that is near, so that the connection can
    /// be used again; otherwise the connection is closed, but not before the device could read the answer.
    fn leave(&self, mut answer: Answer, incoming: Incoming) -> Answer {
        if !self.has_body() {
            return answer;
        }
        let small = self.announced().is_none_or(|length| length <= DRAINED);
        if self.waits() || !small {
            self.phase.linger();
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            return answer;
        }
        // Beside the answer, not before it: a device may wait for it before it sends its body.
        tokio::spawn(drain(incoming, self.pace));
        answer
    }
}

async fn drain(incoming: Incoming, pace: Pace) {
    let mut pieces = std::pin::pin!(paced(incoming, pace));
    let mut drained = 0;
    while let Some(Ok(piece)) = futures::StreamExt::next(&mut pieces).await {
        drained += piece.len() as u64;
        if drained > DRAINED {
            return;
        }
    }
}

/// The pieces of a body; an error if they come too slowly or end too early.
pub fn paced<B>(incoming: B, pace: Pace) -> impl Stream<Item = Result<Bytes, Error>> + Send
where
    B: hyper::body::Body<Data = Bytes, Error: Into<Error>> + Send + Unpin + 'static,
{
    let started = Instant::now();
    futures::stream::unfold(Some((incoming, 0)), move |state| async move {
        let (mut incoming, received) = state?;
        loop {
            let deadline = pace.deadline(started, Instant::now(), received);
            return match timeout_at(deadline, incoming.frame()).await {
                Err(_) => Some((Err("the body came too slowly".into()), None)),
                Ok(None) => None,
                Ok(Some(Err(error))) => Some((Err(error.into()), None)),
                Ok(Some(Ok(frame))) => match frame.into_data() {
                    Ok(piece) => {
                        let received = received + piece.len();
                        Some((Ok(piece), Some((incoming, received))))
                    }
                    // Trailers say nothing to us.
                    Err(_) => continue,
                },
            };
        }
    })
}

fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Empty::new().map_err(|never| match never {}).boxed_unsync());
    *answer.status_mut() = status;
    answer
}

fn plain(status: StatusCode, text: &'static str) -> Answer {
    let mut answer = Response::new(Full::from(text).map_err(|never| match never {}).boxed_unsync());
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// 401: show the credentials of the link.
fn challenge(challenges: Vec<String>) -> Answer {
    let mut answer = empty(StatusCode::UNAUTHORIZED);
    for challenge in challenges {
        if let Ok(value) = HeaderValue::try_from(challenge) {
            answer.headers_mut().append(header::WWW_AUTHENTICATE, value);
        }
    }
    answer
}

fn link_refused(refused: LinkRefused) -> Answer {
    match refused {
        LinkRefused::Unknown => plain(StatusCode::FORBIDDEN, "this link opens nothing\n"),
        LinkRefused::Expired => plain(StatusCode::FORBIDDEN, "this link has expired\n"),
        LinkRefused::Over => plain(StatusCode::FORBIDDEN, "what this link was made for has ended\n"),
        LinkRefused::Unavailable => later(),
    }
}

/// 503: not now.
fn later() -> Answer {
    let mut answer = plain(StatusCode::SERVICE_UNAVAILABLE, "busy\n");
    answer.headers_mut().insert(header::RETRY_AFTER, 60.into());
    answer
}

fn status(refused: Refused) -> Answer {
    empty(refused.status())
}

/// For tracing: which link, without its token.
fn who(link: &FileLink) -> (i64, i64) {
    (link.device().0, link.task().0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_237_addresses_are_read_as_devices_write_them() {
        let of = |path| Asked::of(path).map(|asked| (asked.upload, asked.token, asked.last));
        assert_eq!(of("/files/abc/image.bin"), Some((false, "abc", Some("image.bin"))));
        assert_eq!(of("/uploads/abc/"), Some((true, "abc", None)));
        assert_eq!(of("/uploads/abc"), Some((true, "abc", None)));
        assert_eq!(of("//uploads//abc//cfg/backup.cfg"), Some((true, "abc", Some("backup.cfg"))));
        assert_eq!(of("/uploads/"), None);
        assert_eq!(of("/"), None);
        assert_eq!(of("/etc/passwd"), None);
    }
}
