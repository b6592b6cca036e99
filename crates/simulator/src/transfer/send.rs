//! PUT, with `Expect: 100-continue`, so that a challenge costs no body (RFC 9110 §10.1.1). Written by hand: what is sent,
//! and when, is the point.

use super::{Place, REDIRECTS};
use crate::cpe::transfers::{Done, Job};
use crate::link::{self, Target};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How long the server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long `100 Continue` is waited for.
const CONTINUE: Duration = Duration::from_secs(2);
/// The longest head of an answer.
const LONGEST_HEAD: usize = 16 << 10;
const CHUNK: usize = 1000;

/// The head of an answer, as far as it matters.
pub(super) struct Head {
    pub status: u16,
    /// Content-Length.
    pub length: Option<u64>,
    challenges: Vec<String>,
    location: String,
}

/// Sends the content of a job. An error is the fault code of the TransferComplete.
pub(super) async fn put(place: &Place<'_>, job: &Job) -> Result<Done, u32> {
    let mut target = place.target()?;
    if job.append_name {
        let name = if job.file_type.contains("Log") { "device.log" } else { "device.cfg" };
        target.path = format!("{}/{name}", target.path.trim_end_matches('/'));
    }
    let method = if job.by_post { "POST" } else { "PUT" };
    let mut credentials = place.credentials();
    let (mut challenged, mut redirects) = (0, 0);
    loop {
        let authorization = credentials.authorization(method, &target.path);
        let head = head(place, job, &target, method, authorization.as_deref());
        let sent = tokio::time::timeout(PATIENCE, exchange(place, &target, job, &head)).await;
        let answer = sent.map_err(|_| 9011_u32)??;
        match answer.status {
            200..=299 => {
                let sha256 = hex::encode(Sha256::digest(&job.content));
                return Ok(Done { bytes: job.content.len() as u64, sha256, ..Done::default() });
            }
            401 if challenged < 2 => {
                challenged += 1;
                if !credentials.challenged(answer.challenges.iter().map(String::as_str)) {
                    return Err(9012);
                }
            }
            401 => return Err(9012),
            301 | 302 | 307 | 308 if redirects < REDIRECTS => {
                redirects += 1;
                target = target.join(&answer.location, place.tls).map_err(|_| 9011_u32)?;
            }
            _ => return Err(9011),
        }
    }
}

fn head(place: &Place<'_>, job: &Job, target: &Target, method: &str, authorization: Option<&str>) -> String {
    let mut head = format!(
        "{method} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\nContent-Type: application/octet-stream\r\n\
         Expect: 100-continue\r\nConnection: close\r\n",
        target.path, target.authority, place.agent
    );
    // Writing to a String cannot fail.
    let _ = if job.chunked {
        write!(head, "Transfer-Encoding: chunked\r\n")
    } else {
        write!(head, "Content-Length: {}\r\n", job.content.len())
    };
    if let Some(authorization) = authorization {
        let _ = write!(head, "Authorization: {authorization}\r\n");
    }
    head.push_str("\r\n");
    head
}

async fn exchange(place: &Place<'_>, target: &Target, job: &Job, head: &str) -> Result<Head, u32> {
    let mut stream = link::connect(target, place.tls).await.map_err(|_| 9015_u32)?;
    stream.write_all(head.as_bytes()).await.map_err(|_| 9015_u32)?;
    stream.flush().await.map_err(|_| 9015_u32)?;
    let mut buffer = Vec::new();
    match tokio::time::timeout(CONTINUE, read_head(&mut stream, &mut buffer)).await {
        Ok(Ok(answer)) if answer.status == 100 => {}
        Ok(answer) => return answer.map_err(|_| 9011),
        // A server that does not know the header waits for the body.
        Err(_) => {}
    }
    // A server that has seen enough answers before the end: its answer counts.
    let _ = body(&mut stream, job).await;
    loop {
        let answer = read_head(&mut stream, &mut buffer).await.map_err(|_| 9011_u32)?;
        if answer.status >= 200 {
            return Ok(answer);
        }
    }
}

async fn body(stream: &mut (impl AsyncWrite + Unpin), job: &Job) -> std::io::Result<()> {
    if job.chunked {
        for piece in job.content.chunks(CHUNK) {
            stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await?;
            stream.write_all(piece).await?;
            stream.write_all(b"\r\n").await?;
        }
        stream.write_all(b"0\r\n\r\n").await?;
    } else {
        stream.write_all(&job.content).await?;
    }
    stream.flush().await
}

/// Reads a head; what follows it stays in `buffer`.
pub(super) async fn read_head(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> std::io::Result<Head> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if buffer.len() > LONGEST_HEAD || stream.read_buf(buffer).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let text = String::from_utf8_lossy(&buffer[..end]).into_owned();
    buffer.drain(..end);
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let mut head = Head {
        status: status.ok_or(std::io::ErrorKind::InvalidData)?,
        length: None,
        challenges: Vec::new(),
        location: String::new(),
    };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("WWW-Authenticate") {
            head.challenges.push(value.trim().to_owned());
        } else if name.eq_ignore_ascii_case("Content-Length") {
            head.length = value.trim().parse().ok();
        } else if name.eq_ignore_ascii_case("Location") {
            value.trim().clone_into(&mut head.location);
        }
    }
    Ok(head)
}
