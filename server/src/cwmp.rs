//! The listener that CPEs talk to: HTTP as CONFORMANCE rules 1–34 want it, around [`acs::Acs::cwmp`].
//!
//! Every CPE of the fleet comes through here several times a day, so there is no router, no middleware and no span per
//! request: one function reads a bounded body, asks the manager, and writes the answer.

mod body;
mod coding;
mod finish;
mod proxy;

use crate::listen::{self, Accepted, Deadlines, HttpLimits, Limits, Phase, Slots};
use crate::metrics::{CWMP_BODY_BYTES, CWMP_REQUESTS, CWMP_SECONDS};
use crate::settings::CwmpSettings;
pub(crate) use body::{Pace, Refused};
pub(crate) use coding::Coding;

use crate::tls::Tls;
use acs::{Acs, ClientCertificate, CwmpRequest, CwmpResponse};
use body::Budget;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use metrics::{Counter, Histogram, counter, histogram};
use proxy::{Forwarded, Proxies};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

type Answer = Response<Full<Bytes>>;

/// Serves CPEs until `stop`; with `tls` inside TLS.
pub async fn serve(
    listener: TcpListener,
    front: Arc<Front>,
    settings: &CwmpSettings,
    tls: Option<Arc<Tls>>,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    let slots = Slots::with_proxies(
        if tls.is_some() { "cwmp-tls" } else { "cwmp" },
        Limits {
            connections: settings.max_connections as usize,
            per_address: settings.max_connections_per_address as usize,
        },
        settings.trusted_proxies.clone(),
    );
    let deadlines =
        Deadlines { head: settings.header_timeout, idle: settings.idle_timeout, write: settings.write_timeout };
    let ending = stop.clone();
    let handle = move |accepted: Accepted| {
        let (front, tls, ending) = (Arc::clone(&front), tls.clone(), ending.clone());
        async move {
            let secured = match &tls {
                Some(tls) => accepted.secure(tls).await,
                None => Some((accepted, None)),
            };
            let Some((accepted, certificate)) = secured else { return };
            let shown = Shown { secure: tls.is_some(), certificate };
            connection(front, accepted, shown, deadlines, ending).await;
        }
    };
    listen::accept(listener, slots, stop, tasks, handle).await;
}

/// A head of 64 headers and 32 KB is far beyond any CPE (cookies and digest included).
const HTTP: HttpLimits = HttpLimits { max_headers: 64, max_head: 32 << 10, half_close: true };

/// What a TLS connection shows of itself.
struct Shown {
    secure: bool,
    certificate: Option<ClientCertificate>,
}

async fn connection(
    front: Arc<Front>,
    accepted: Accepted,
    shown: Shown,
    deadlines: Deadlines,
    stop: CancellationToken,
) {
    let peer = Arc::new(Peer {
        id: accepted.id,
        address: accepted.peer,
        shown,
        used: AtomicBool::new(false),
        known: AtomicBool::new(false),
    });
    // Also when this task is dropped or panics, the manager must hear that the connection is gone.
    let _gone = Gone { acs: front.acs.clone(), peer: Arc::clone(&peer) };
    let service = |request: Request<Incoming>, phase: Arc<Phase>| {
        let (front, peer) = (Arc::clone(&front), Arc::clone(&peer));
        async move { front.answer(request, &peer, &phase).await }
    };
    listen::serve(accepted, deadlines, HTTP, stop, service).await;
}

/// The other end of one connection.
struct Peer {
    id: u64,
    address: SocketAddr,
    shown: Shown,
    /// The manager has seen this connection.
    used: AtomicBool,
    /// An Inform was taken on this connection, so what follows may be large without a cookie, too (rule 19).
    known: AtomicBool,
}

struct Gone {
    acs: Acs,
    peer: Arc<Peer>,
}

impl Drop for Gone {
    fn drop(&mut self) {
        if self.peer.used.load(Ordering::Relaxed) {
            self.acs.connection_closed(self.peer.id);
        }
    }
}

/// What all connections of all CWMP listeners share.
pub struct Front {
    acs: Acs,
    proxies: Proxies,
    max_body: usize,
    max_first_body: usize,
    pace: Pace,
    budget: Arc<Budget>,
    seconds: Histogram,
    bytes: Counter,
    statuses: Vec<(StatusCode, Counter)>,
    other_status: Counter,
}

impl Front {
    pub fn new(acs: Acs, settings: &CwmpSettings) -> Self {
        // Handles are looked up once: the registry costs more than the count.
        let statuses = [200, 204, 302, 307, 400, 401, 403, 405, 408, 413, 415, 500, 503]
            .into_iter()
            .filter_map(|code| StatusCode::from_u16(code).ok())
            .map(|status| (status, counter!(CWMP_REQUESTS, "status" => status.as_str().to_owned())))
            .collect();
        let header = settings.proxy_certificate_header.as_ref().map(|name| name.0.clone());
        Self {
            acs,
            proxies: Proxies::new(settings.trusted_proxies.clone(), header),
            max_body: settings.max_body.0,
            max_first_body: settings.max_first_body.0,
            pace: Pace { silence: settings.body_timeout, bytes_per_second: settings.body_min_rate },
            budget: Arc::new(Budget::new(settings.body_memory.0)),
            seconds: histogram!(CWMP_SECONDS),
            bytes: counter!(CWMP_BODY_BYTES),
            statuses,
            other_status: counter!(CWMP_REQUESTS, "status" => "other"),
        }
    }

    async fn answer(&self, request: Request<Incoming>, peer: &Peer, phase: &Phase) -> Answer {
        let answer = match self.exchange(request, peer).await {
            Ok(answer) => answer,
            Err(refused) => {
                tracing::debug!(peer = %peer.address, ?refused, "request refused");
                if refused.leaves_body() {
                    phase.linger();
                }
                refusal(refused)
            }
        };
        let known = self.statuses.iter().find(|(status, _)| *status == answer.status());
        known.map_or(&self.other_status, |(_, counter)| counter).increment(1);
        answer
    }

    async fn exchange(&self, request: Request<Incoming>, peer: &Peer) -> Result<Answer, Refused> {
        let (head, incoming) = request.into_parts();
        if head.method != Method::POST {
            return Err(Refused::Method);
        }
        let coding = Coding::of(&head.headers).ok_or(Refused::Coding)?;
        let cookie = joined(&head.headers, header::COOKIE);
        let limit =
            if cookie.is_some() || peer.known.load(Ordering::Relaxed) { self.max_body } else { self.max_first_body };
        let raw = body::read(incoming, limit, self.pace, &self.budget).await?;
        let body = coding::decode(raw, coding, limit).await?;
        self.bytes.increment(body.bytes.len() as u64);

        let started = Instant::now();
        peer.used.store(true, Ordering::Relaxed);
        // Behind a proxy a connection carries the requests of many: none of them may stand for the others.
        let (connection, origin) = match self.proxies.look(peer.address, &head.headers) {
            Some(origin) => (listen::connection_number(), origin),
            None => {
                (peer.id, Forwarded { peer: peer.address, secure: false, certificate: peer.shown.certificate.clone() })
            }
        };
        let uri = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let request = CwmpRequest {
            connection,
            peer: origin.peer,
            secure: peer.shown.secure || origin.secure,
            certificate: origin.certificate,
            uri,
            authorization: text(head.headers.get(header::AUTHORIZATION)),
            cookie,
            charset: head.headers.get(header::CONTENT_TYPE).and_then(charset),
            body: body.bytes,
        };
        // The room in the budget goes with the body, even if the peer leaves and the work ends without it.
        let (acs, room) = (self.acs.clone(), body.room);
        let response = finish::anyway(async move {
            let response = acs.cwmp(request).await;
            drop(room);
            response
        })
        .await;
        self.seconds.record(started.elapsed());
        if response.status == 200 {
            peer.known.store(true, Ordering::Relaxed);
        }
        Ok(answer(response))
    }
}

/// The manager's answer in HTTP. hyper adds Content-Length (rule 10) and nothing to a 204 (rule 4).
fn answer(response: CwmpResponse) -> Answer {
    let empty = response.body.is_empty();
    let mut answer = Response::new(Full::new(response.body));
    *answer.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = answer.headers_mut();
    if !empty {
        let kind = if response.status == 200 { "text/xml; charset=utf-8" } else { "text/plain; charset=utf-8" };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for challenge in response.challenges {
        append(headers, header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(cookie) = response.set_cookie {
        append(headers, header::SET_COOKIE, cookie);
    }
    if let Some(seconds) = response.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if response.close {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

fn append(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.append(name, value);
    } else {
        tracing::error!(header = %name, "the manager gave a header value that HTTP cannot carry");
    }
}

fn refusal(refused: Refused) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = refused.status();
    let headers = answer.headers_mut();
    match refused {
        Refused::Method => {
            headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        Refused::Coding => {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
        }
        Refused::Full => {
            headers.insert(header::RETRY_AFTER, 30.into());
        }
        Refused::TooLarge | Refused::Slow | Refused::Broken | Refused::Garbled => {}
    }
    if refused.leaves_body() {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// All values of a header as one, as lenient as CPEs need it: bytes outside ASCII are dropped, not the header.
fn joined(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let mut joined = text(values.next())?;
    for value in values {
        joined.push_str("; ");
        joined.push_str(&text(Some(value))?);
    }
    Some(joined)
}

fn text(value: Option<&HeaderValue>) -> Option<String> {
    value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// `text/xml; charset="ISO-8859-1"` → `ISO-8859-1`.
fn charset(content_type: &HeaderValue) -> Option<String> {
    let content_type = content_type.to_str().ok()?;
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then(|| value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charsets_are_found() {
        let of = |text: &'static str| charset(&HeaderValue::from_static(text));
        assert_eq!(of("text/xml; charset=utf-8").as_deref(), Some("utf-8"));
        assert_eq!(of("text/xml;action=\"x\"; CharSet=\"ISO-8859-1\"").as_deref(), Some("ISO-8859-1"));
        assert_eq!(of("text/xml; encoding=utf-8"), None);
        assert_eq!(of("text/html"), None);
        assert_eq!(of("text/xml; charset="), None);
    }

    #[test]
    fn cookies_of_several_headers_are_one() {
        let mut headers = HeaderMap::new();
        assert_eq!(joined(&headers, header::COOKIE), None);
        headers.append(header::COOKIE, HeaderValue::from_static("a=1"));
        headers.append(header::COOKIE, HeaderValue::from_static("b=2"));
        assert_eq!(joined(&headers, header::COOKIE).as_deref(), Some("a=1; b=2"));
    }

    #[test]
    fn an_answer_without_a_body_has_no_content_type() {
        let response = CwmpResponse {
            status: 204,
            challenges: vec![],
            set_cookie: None,
            retry_after: None,
            body: Bytes::new(),
            close: true,
        };
        let answer = answer(response);
        assert_eq!(answer.status(), 204);
        assert!(!answer.headers().contains_key(header::CONTENT_TYPE));
        assert_eq!(answer.headers()[header::CONNECTION], "close");
    }
}
