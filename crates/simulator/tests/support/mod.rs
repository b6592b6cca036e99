//! The smallest ACS that can drive a fleet: scripted, in memory, with digest and a cookie.

pub mod files;

use bytes::Bytes;
use cwmp::digest::{Authorization, Credential, Digest, Tolerance, Verdict, parse_authorization};
use cwmp::{
    AcsHeader, AcsMessage, AcsRequest, AcsResponse, CpeMessage, CpeRequest, CpeResponse, Dialect, Fault, Inform,
    Limits, decode_cpe, encode_to_cpe, encode_to_cpe_with,
};
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use model::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// What one device has said, and what it is to be told.
#[derive(Default)]
#[allow(dead_code, reason = "each test file uses a part")]
pub struct Log {
    pub informs: Vec<Inform>,
    pub answers: Vec<CpeMessage>,
    /// What it asked on its own: the number of the Inform before, and the request.
    pub requests: Vec<(usize, CpeRequest)>,
    /// Answer its next requests with these faults.
    pub faults: VecDeque<u32>,
    queue: VecDeque<AcsRequest>,
}

#[derive(Default)]
pub struct Shared {
    devices: HashMap<String, Log>,
    sessions: HashMap<String, (String, Dialect)>,
    /// Answer this many Informs with 503.
    pub refuse: u32,
    pub posts_with_digest: u32,
    /// Close the connection after every answer.
    pub close: bool,
    /// Answer this many posts with 307.
    pub redirect: u32,
    /// Say HoldRequests with the InformResponse.
    pub hold: bool,
    /// Cut the connection on this many requests of devices that are not Informs.
    pub cut: u32,
    pub last_headers: http::HeaderMap,
}

#[derive(Clone)]
pub struct MiniAcs {
    pub address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

pub const USER: (&str, &str) = ("fleet", "secret");

#[allow(dead_code, reason = "each test file uses a part")]
impl MiniAcs {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let acs = Self { address: listener.local_addr().unwrap(), shared: Arc::default() };
        let (served, digest) = (acs.clone(), Arc::new(Digest::new("acs", [7; 32])));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acs, digest) = (served.clone(), digest.clone());
                let service = hyper::service::service_fn(move |request| {
                    let (acs, digest) = (acs.clone(), digest.clone());
                    async move {
                        let mut response = acs.respond(&digest, request).await;
                        if response.status() == StatusCode::IM_A_TEAPOT {
                            return Err(std::io::Error::other("cut"));
                        }
                        if acs.with(|shared| shared.close) {
                            response
                                .headers_mut()
                                .insert(header::CONNECTION, header::HeaderValue::from_static("close"));
                        }
                        Ok(response)
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        acs
    }

    pub fn url(&self) -> String {
        format!("http://{}/cwmp", self.address)
    }

    pub fn with<R>(&self, act: impl FnOnce(&mut Shared) -> R) -> R {
        act(&mut self.shared.lock().unwrap())
    }

    pub fn log<R>(&self, serial: &str, read: impl FnOnce(&mut Log) -> R) -> R {
        self.with(|shared| read(shared.devices.entry(serial.to_owned()).or_default()))
    }

    /// What the device is to be asked in its next session.
    pub fn queue(&self, serial: &str, requests: impl IntoIterator<Item = AcsRequest>) {
        self.log(serial, |log| log.queue.extend(requests));
    }

    async fn respond(&self, digest: &Digest, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let headers = request.headers().clone();
        let text =
            |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok()).map(str::to_owned);
        let now = Timestamp(simulator::clock::now());
        let Ok(body) = request.into_body().collect().await else {
            return reply(StatusCode::BAD_REQUEST, &[], Vec::new());
        };
        let mut body = body.to_bytes();
        if text(header::CONTENT_ENCODING).as_deref() == Some("gzip") {
            let mut plain = Vec::new();
            std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&body[..]), &mut plain).unwrap();
            body = plain.into();
        }
        let verdict = match text(header::AUTHORIZATION).as_deref().and_then(parse_authorization) {
            Some(Authorization::Digest(answer)) if answer.username == USER.0 => {
                let tolerance = Tolerance { allow_rfc2069: true, repeated_nc: true, ..Tolerance::default() };
                digest.verify(&answer, "POST", "/cwmp", Credential::Password(USER.1), now, &tolerance)
            }
            _ => Verdict::Wrong,
        };
        if verdict != Verdict::Ok {
            let challenge = digest.challenge(now, verdict == Verdict::Stale);
            return reply(StatusCode::UNAUTHORIZED, &[(header::WWW_AUTHENTICATE, challenge)], Vec::new());
        }
        let cookie = text(header::COOKIE).and_then(|cookies| cwmp::cookie::find(&cookies, "s").map(str::to_owned));
        let mut shared = self.shared.lock().unwrap();
        if shared.redirect > 0 {
            shared.redirect -= 1;
            return reply(StatusCode::TEMPORARY_REDIRECT, &[(header::LOCATION, self.url())], Vec::new());
        }
        shared.posts_with_digest += 1;
        shared.last_headers = headers.clone();
        if body.is_empty() {
            let Some((serial, dialect)) = cookie.and_then(|cookie| shared.sessions.get(&cookie).cloned()) else {
                return reply(StatusCode::BAD_REQUEST, &[], Vec::new());
            };
            return next(&mut shared, &serial, &dialect);
        }
        let envelope = decode_cpe(&body, None, &Limits::default()).unwrap();
        match envelope.body {
            CpeMessage::Request(CpeRequest::Inform(inform)) => {
                if shared.refuse > 0 {
                    shared.refuse -= 1;
                    return reply(StatusCode::SERVICE_UNAVAILABLE, &[], Vec::new());
                }
                let serial = inform.identity.serial.clone();
                let cookie = format!("c{}", shared.sessions.len());
                shared.sessions.insert(cookie.clone(), (serial.clone(), envelope.dialect.clone()));
                shared.devices.entry(serial).or_default().informs.push(inform);
                let message = AcsMessage::Response(AcsResponse::Inform);
                let header = AcsHeader { id: envelope.id.as_deref(), hold_requests: shared.hold, use_version: None };
                let body = encode_to_cpe_with(&message, &header, &envelope.dialect);
                reply(StatusCode::OK, &[(header::SET_COOKIE, format!("s={cookie}; Path=/"))], body)
            }
            CpeMessage::Request(request) => {
                if shared.cut > 0 {
                    shared.cut -= 1;
                    return reply(StatusCode::IM_A_TEAPOT, &[], Vec::new());
                }
                let (serial, dialect) = shared.sessions.get(&cookie.unwrap()).cloned().unwrap();
                let log = shared.devices.entry(serial).or_default();
                let message = match log.faults.pop_front() {
                    Some(code) => AcsMessage::Fault(Fault::standard(code)),
                    None => AcsMessage::Response(respond_to(&request)),
                };
                log.requests.push((log.informs.len() - 1, request));
                reply(StatusCode::OK, &[], encode_to_cpe(&message, envelope.id.as_deref(), &dialect))
            }
            answer => {
                let (serial, dialect) = shared.sessions.get(&cookie.unwrap()).cloned().unwrap();
                assert_eq!(envelope.id.as_deref(), Some("q"), "the ID is echoed");
                shared.devices.entry(serial.clone()).or_default().answers.push(answer);
                next(&mut shared, &serial, &dialect)
            }
        }
    }
}

fn respond_to(request: &CpeRequest) -> AcsResponse {
    match request {
        CpeRequest::GetRpcMethods => AcsResponse::GetRpcMethods { methods: vec!["Inform".to_owned()] },
        CpeRequest::TransferComplete(_) => AcsResponse::TransferComplete,
        CpeRequest::AutonomousTransferComplete(_) => AcsResponse::AutonomousTransferComplete,
        CpeRequest::DuStateChangeComplete { .. } => AcsResponse::DuStateChangeComplete,
        CpeRequest::AutonomousDuStateChangeComplete { .. } => AcsResponse::AutonomousDuStateChangeComplete,
        CpeRequest::RequestDownload { .. } => AcsResponse::RequestDownload,
        CpeRequest::Kicked { .. } => AcsResponse::Kicked { next_url: "http://next.example/".to_owned() },
        CpeRequest::Inform(_) | CpeRequest::Unknown { .. } => panic!("{request:?}"),
    }
}

fn next(shared: &mut Shared, serial: &str, dialect: &Dialect) -> Response<Full<Bytes>> {
    match shared.devices.entry(serial.to_owned()).or_default().queue.pop_front() {
        Some(request) => reply(StatusCode::OK, &[], encode_to_cpe(&AcsMessage::Request(request), Some("q"), dialect)),
        None => reply(StatusCode::NO_CONTENT, &[], Vec::new()),
    }
}

fn reply(status: StatusCode, headers: &[(header::HeaderName, String)], body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Full::new(body.into())).unwrap()
}

#[allow(dead_code, reason = "each test file uses a part")]
impl Log {
    pub fn responses(&self) -> Vec<&CpeResponse> {
        self.answers
            .iter()
            .filter_map(|m| if let CpeMessage::Response(response) = m { Some(response) } else { None })
            .collect()
    }

    pub fn raws(&self, inform: usize) -> Vec<&str> {
        self.informs[inform].events.iter().map(|event| event.raw.as_str()).collect()
    }

    pub fn completes(&self) -> Vec<&cwmp::TransferComplete> {
        self.requests
            .iter()
            .filter_map(|(_, request)| if let CpeRequest::TransferComplete(one) = request { Some(one) } else { None })
            .collect()
    }

    pub fn events(&self, inform: usize) -> Vec<(String, String)> {
        self.informs[inform].events.iter().map(|event| (event.raw.clone(), event.command_key.clone())).collect()
    }
}
