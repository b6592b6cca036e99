//! A CPE's HTTP: one connection a session, cookies, digest, redirects (TR-069 §3.4).

mod cookies;
mod payload;
mod stream;
mod target;
mod tls;

pub(crate) use payload::Payload;
pub(crate) use stream::connect;
pub use target::{Target, TargetError};
pub use tls::{Tls, TlsError};

use crate::auth::Credentials;
use crate::cpe::manners::Manners;
use bytes::Bytes;
use cookies::Cookies;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::io::Write as _;
use std::time::Duration;

/// How long a CPE waits for an answer (§3.7.1.4: at least 30 seconds).
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest answer that is read.
const LONGEST: usize = 8 << 20;
/// Redirects in a row that are followed (§3.4.2).
const REDIRECTS: u32 = 5;
/// Of a body that a device sends in chunks.
const CHUNK: usize = 7;

/// Why a session could not go on.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("the URL is of no use: {0}")]
    Target(#[from] TargetError),
    #[error("no connection: {0}")]
    Connect(#[from] std::io::Error),
    #[error("the connection broke: {0}")]
    Http(#[from] hyper::Error),
    #[error("no answer in time")]
    Timeout,
    #[error("the answer is too long or was cut off")]
    Body,
    #[error("the credentials are refused")]
    Refused,
    #[error("redirected too often")]
    Redirects,
    #[error("a request cannot be written: {0}")]
    Request(#[from] http::Error),
}

/// An answer of the ACS.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    /// The charset that the Content-Type names.
    pub charset: Option<String>,
    pub body: Bytes,
}

/// The way to the ACS during one session.
pub struct Link {
    target: Target,
    sender: Option<SendRequest<Payload>>,
    cookies: Cookies,
    credentials: Credentials,
    agent: String,
    tls: Tls,
    manners: Manners,
}

impl Link {
    pub fn new(
        url: &str,
        credentials: Credentials,
        agent: String,
        tls: Tls,
        manners: Manners,
    ) -> Result<Self, LinkError> {
        let cookies = Cookies::new(manners.cookie_attributes);
        Ok(Self { target: Target::reachable(url, &tls)?, sender: None, cookies, credentials, agent, tls, manners })
    }

    /// Posts an envelope, or nothing if `body` is empty, and gets the answer. Challenges are answered and redirects followed.
    pub async fn post(&mut self, body: Bytes) -> Result<Reply, LinkError> {
        let mut redirects = 0;
        let mut challenged = 0;
        if let Some(pause) = self.manners.pause {
            tokio::time::sleep(pause).await;
        }
        if self.manners.reconnect {
            self.sender = None;
        }
        loop {
            let (status, headers, answer) =
                tokio::time::timeout(PATIENCE, self.exchange(body.clone())).await.map_err(|_| LinkError::Timeout)??;
            match status {
                // A second challenge: the nonce was too old. A third one: the credentials are wrong.
                StatusCode::UNAUTHORIZED if challenged < 2 => {
                    challenged += 1;
                    if !self.credentials.challenged(challenges(&headers)) {
                        return Err(LinkError::Refused);
                    }
                }
                StatusCode::UNAUTHORIZED => return Err(LinkError::Refused),
                StatusCode::FOUND | StatusCode::TEMPORARY_REDIRECT => {
                    redirects += 1;
                    if redirects > REDIRECTS {
                        return Err(LinkError::Redirects);
                    }
                    let location =
                        headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
                    self.target = self.target.join(location, &self.tls)?;
                    self.sender = None;
                }
                _ => return Ok(Reply { status, charset: charset(&headers), body: answer }),
            }
        }
    }

    async fn exchange(&mut self, body: Bytes) -> Result<(StatusCode, HeaderMap, Bytes), LinkError> {
        let reused = self.sender.as_ref().is_some_and(|sender| !sender.is_closed());
        match self.attempt(body.clone()).await {
            // The ACS closed an idle connection: the session goes on over a new one.
            Err(LinkError::Http(error))
                if reused && (error.is_canceled() || error.is_closed() || error.is_incomplete_message()) =>
            {
                self.sender = None;
                self.attempt(body).await
            }
            result => result,
        }
    }

    async fn attempt(&mut self, body: Bytes) -> Result<(StatusCode, HeaderMap, Bytes), LinkError> {
        let request = self.request(body)?;
        let mut sender = match self.sender.take() {
            Some(sender) if !sender.is_closed() => sender,
            _ => self.connect().await?,
        };
        sender.ready().await?;
        let response = sender.send_request(request).await?;
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE).iter().filter(|_| !self.manners.no_cookies) {
            self.cookies.keep(cookie.to_str().unwrap_or_default());
        }
        let body = Limited::new(body, LONGEST).collect().await.map_err(|_| LinkError::Body)?.to_bytes();
        self.sender = Some(sender);
        Ok((parts.status, parts.headers, body))
    }

    async fn connect(&self) -> Result<SendRequest<Payload>, LinkError> {
        let stream = connect(&self.target, &self.tls).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Ends with the sender; what goes wrong shows at the next request.
        tokio::spawn(connection);
        Ok(sender)
    }

    fn request(&mut self, body: Bytes) -> Result<Request<Payload>, LinkError> {
        let mut builder = Request::builder()
            .method(Method::POST)
            .uri(self.target.path.as_str())
            .header(header::HOST, &self.target.authority)
            .header(header::USER_AGENT, &self.agent);
        if !body.is_empty() {
            let content_type = if self.manners.html { "text/html" } else { "text/xml; charset=\"utf-8\"" };
            builder = builder.header(header::CONTENT_TYPE, content_type).header("SOAPAction", "\"\"");
        }
        let body = if self.manners.gzip && !body.is_empty() {
            builder = builder.header(header::CONTENT_ENCODING, "gzip");
            gzip(&body)
        } else {
            body
        };
        if let Some(cookies) = self.cookies.header() {
            builder = builder.header(header::COOKIE, cookies);
        }
        if let Some(authorization) = self.credentials.authorization("POST", &self.target.path) {
            builder = builder.header(header::AUTHORIZATION, authorization);
        }
        Ok(builder.body(Payload::new(body, self.manners.chunked.then_some(CHUNK)))?)
    }
}

fn gzip(body: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let packed = encoder.write_all(body).and_then(|()| encoder.finish());
    packed.expect("writing to a Vec cannot fail").into()
}

/// The challenges of a 401.
pub(crate) fn challenges(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok())
}

fn charset(headers: &HeaderMap) -> Option<String> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let charset = content_type.split(';').find_map(|part| part.trim().strip_prefix("charset="))?;
    Some(charset.trim_matches('"').to_owned())
}
