//! The connection-request server of the whole fleet (§3.2.2): one listener, a path of its own for each device.

use crate::clock;
use crate::cpe::{Cpe, Reception};
use crate::listener;
use cwmp::digest::{Authorization, Credential, Digest, Tolerance, Verdict, parse_authorization};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use model::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Nobody answers: the connection closes without a word.
#[derive(Debug, thiserror::Error)]
#[error("nobody answers")]
struct Nobody;

pub(crate) struct Doors {
    /// By path.
    devices: HashMap<String, Arc<Cpe>>,
    digest: Digest,
}

impl Doors {
    pub fn new(devices: &[Arc<Cpe>]) -> Self {
        let secret = std::array::from_fn(|_| rand::random::<u8>());
        Self {
            devices: devices.iter().map(|cpe| (cpe.connection_request_path().to_owned(), cpe.clone())).collect(),
            digest: Digest::new("CPE", secret),
        }
    }

    fn knock(&self, request: &Request<Incoming>) -> Result<Response<Empty<Bytes>>, Nobody> {
        let Some(cpe) = self.devices.get(request.uri().path()) else { return Ok(plain(StatusCode::NOT_FOUND)) };
        if !cpe.answers() {
            return Err(Nobody);
        }
        if request.method() != Method::GET {
            return Ok(plain(StatusCode::METHOD_NOT_ALLOWED));
        }
        let now = Timestamp(clock::now());
        let (username, password) = cpe.connection_request_credentials();
        let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let verdict = match header.and_then(parse_authorization) {
            Some(Authorization::Digest(answer)) if answer.username == username => {
                let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
                self.digest.verify(&answer, "GET", target, Credential::Password(&password), now, &Tolerance::default())
            }
            _ => Verdict::Wrong,
        };
        if verdict != Verdict::Ok {
            let mut response = plain(StatusCode::UNAUTHORIZED);
            let challenge = self.digest.challenge(now, verdict == Verdict::Stale);
            if let Ok(challenge) = challenge.parse() {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
            return Ok(response);
        }
        match cpe.receive() {
            Reception::Accepted => Ok(plain(StatusCode::OK)),
            Reception::Busy => Ok(plain(StatusCode::SERVICE_UNAVAILABLE)),
            Reception::Nobody => Err(Nobody),
        }
    }
}

fn plain(status: StatusCode) -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    response
}

/// Serves until it is dropped.
pub(crate) async fn serve(listener: TcpListener, doors: Doors) {
    let doors = Arc::new(doors);
    listener::serve(listener, move |request| {
        let doors = doors.clone();
        async move { doors.knock(&request) }
    })
    .await;
}
