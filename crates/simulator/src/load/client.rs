//! One session of a load, over HTTP/1.1 written by hand.

use super::answers::{self, Answers};
use super::{LoadSettings, Login, serial};
use crate::link::Target;
use cwmp::digest::DigestClient;
use cwmp::{AcsMessage, AcsResponse, Limits, decode_acs};
use std::fmt::Write as _;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest head of an answer.
const LONGEST_HEAD: usize = 16 << 10;
/// The longest body of an answer.
const LONGEST_BODY: usize = 8 << 20;
/// RPCs in one session.
const MOST_RPCS: u64 = 1000;

/// Why a session of a load failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("connection: {}", .0.kind())]
    Io(#[from] std::io::Error),
    #[error("no answer in time")]
    Timeout,
    #[error("not an answer this client reads")]
    Http,
    #[error("HTTP status {0}")]
    Status(u16),
    #[error("the challenge cannot be answered")]
    Challenge,
    #[error("not the message that belongs here")]
    Unexpected,
}

/// An answer, as far as it matters.
struct Reply {
    status: u16,
    challenge: Option<String>,
    cookie: Option<String>,
    /// The ACS closes the connection after this answer.
    close: bool,
    body: Vec<u8>,
}

pub(super) struct Session<'a> {
    target: &'a Target,
    answers: &'a Answers,
    settings: &'a LoadSettings,
    index: u32,
    serial: String,
    login: Login,
    stream: Option<TcpStream>,
    digest: Option<DigestClient>,
    cookie: Option<String>,
    /// What was read beyond the last answer.
    rest: Vec<u8>,
}

impl<'a> Session<'a> {
    pub fn new(target: &'a Target, answers: &'a Answers, settings: &'a LoadSettings, index: u32) -> Self {
        let serial = serial(&settings.serial_prefix, index);
        let shared = || Login { username: settings.username.clone(), password: settings.password.clone() };
        let login = settings.logins.of(index).unwrap_or_else(shared);
        let (stream, digest, cookie, rest) = (None, None, None, Vec::new());
        Self { target, answers, settings, index, serial, login, stream, digest, cookie, rest }
    }

    /// Plays the whole session; says how many RPCs the ACS sent.
    pub async fn run(mut self) -> Result<u64, ClientError> {
        let inform = self.answers.inform.fill(&self.serial);
        let reply = self.post(&inform).await?;
        match message(&reply)? {
            Some((AcsMessage::Response(AcsResponse::Inform), _)) => {}
            _ => return Err(ClientError::Unexpected),
        }
        let mut body = Vec::new();
        for rpcs in 0..MOST_RPCS {
            let reply = self.post(&body).await?;
            let Some((AcsMessage::Request(request), id)) = message(&reply)? else {
                return if reply.body.is_empty() { Ok(rpcs) } else { Err(ClientError::Unexpected) };
            };
            if let Some(login) = answers::login(&request) {
                self.settings.logins.put(self.index, login);
            }
            let given = self.settings.logins.of(self.index);
            body = self.answers.answer(&request, id.as_deref(), given.as_ref()).ok_or(ClientError::Unexpected)?;
        }
        Err(ClientError::Unexpected)
    }

    /// Posts a body; answers one challenge.
    async fn post(&mut self, body: &[u8]) -> Result<Reply, ClientError> {
        let mut reply = self.exchange(body).await?;
        if reply.status == 401 && !self.login.username.is_empty() {
            let challenge = reply.challenge.as_deref().ok_or(ClientError::Challenge)?;
            self.digest = Some(DigestClient::new(challenge).map_err(|_| ClientError::Challenge)?);
            reply = self.exchange(body).await?;
        }
        match reply.status {
            200 | 204 => Ok(reply),
            status => Err(ClientError::Status(status)),
        }
    }

    async fn exchange(&mut self, body: &[u8]) -> Result<Reply, ClientError> {
        let request = self.request(body);
        let mut stream = if let Some(stream) = self.stream.take() {
            stream
        } else {
            let stream = TcpStream::connect((self.target.host.as_str(), self.target.port)).await?;
            stream.set_nodelay(true)?;
            self.rest.clear();
            stream
        };
        stream.write_all(&request).await?;
        let reply = tokio::time::timeout(PATIENCE, read(&mut stream, &mut self.rest)).await;
        let reply = reply.map_err(|_| ClientError::Timeout)??;
        if !reply.close {
            self.stream = Some(stream);
        }
        if let Some(cookie) = &reply.cookie {
            self.cookie = Some(cookie.clone());
        }
        Ok(reply)
    }

    /// Head and body together: one write, one packet if it fits.
    fn request(&mut self, body: &[u8]) -> Vec<u8> {
        let Target { path, authority, .. } = self.target;
        let mut head = format!("POST {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {}\r\n", body.len());
        if !body.is_empty() {
            head.push_str("Content-Type: text/xml; charset=\"utf-8\"\r\nSOAPAction: \"\"\r\n");
        }
        // Writing to a String cannot fail.
        if let Some(cookie) = &self.cookie {
            let _ = write!(head, "Cookie: {cookie}\r\n");
        }
        if let Some(digest) = &mut self.digest {
            let Login { username, password } = &self.login;
            let cnonce = format!("{:016x}", rand::random::<u64>());
            let _ = write!(head, "Authorization: {}\r\n", digest.authorize("POST", path, username, password, &cnonce));
        }
        head.push_str("\r\n");
        let mut request = head.into_bytes();
        request.extend_from_slice(body);
        request
    }
}

/// The message of an answer with its ID; `None` if it is empty.
fn message(reply: &Reply) -> Result<Option<(AcsMessage, Option<String>)>, ClientError> {
    if reply.body.is_empty() {
        return Ok(None);
    }
    let envelope = decode_acs(&reply.body, None, &Limits::default()).map_err(|_| ClientError::Unexpected)?;
    Ok(Some((envelope.body, envelope.id)))
}

/// Reads one answer. Every answer of an ACS has a Content-Length or no body.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Reply, ClientError> {
    let head_end = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if buffer.len() > LONGEST_HEAD {
            return Err(ClientError::Http);
        }
        more(stream, buffer).await?;
    };
    let head = std::str::from_utf8(&buffer[..head_end]).map_err(|_| ClientError::Http)?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).ok_or(ClientError::Http)?;
    let mut reply = Reply { status, challenge: None, cookie: None, close: false, body: Vec::new() };
    let mut length = 0;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().map_err(|_| ClientError::Http)?;
        } else if name.eq_ignore_ascii_case("www-authenticate") {
            reply.challenge.get_or_insert_with(|| value.to_owned());
        } else if name.eq_ignore_ascii_case("set-cookie") {
            reply.cookie = value.split(';').next().map(str::to_owned);
        } else if name.eq_ignore_ascii_case("connection") {
            reply.close = value.eq_ignore_ascii_case("close");
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(ClientError::Http);
        }
    }
    if length > LONGEST_BODY {
        return Err(ClientError::Http);
    }
    while buffer.len() < head_end + length {
        more(stream, buffer).await?;
    }
    reply.body = buffer[head_end..head_end + length].to_vec();
    buffer.drain(..head_end + length);
    Ok(reply)
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<(), ClientError> {
    if stream.read_buf(buffer).await? == 0 {
        return Err(ClientError::Io(std::io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(())
}
