//! The HTTP connection request (TR-069 §3.2.2, rules 268–280): one GET, a digest challenge, one GET with the answer.
//!
//! Devices run the smallest HTTP servers there are: bare line feeds, folded headers, connections closed after the
//! challenge. What they send is read leniently, but never more than a few kilobytes of it and never for long.

use super::call::{Accepted, Credentials, Failure, Reached};
use super::{egress, plain};
use crate::EgressPolicy;
use cwmp::digest::{ClientDigestError, DigestClient, basic_authorization};
use cwmp::http_answer::{Head, head_end};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Time for a TCP connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Time for the whole request.
const OVERALL: Duration = Duration::from_secs(20);
/// Bytes of a response's head that are read (catalogue row S2).
const HEAD_LIMIT: usize = 16 * 1024;

/// What is needed to wake one device.
pub(crate) struct Call<'a> {
    pub url: &'a str,
    /// Tried in this order.
    pub credentials: &'a [Credentials<'a>],
    /// Answer a Basic challenge.
    pub basic: bool,
    /// Address that the device comes from.
    pub peer: Option<IpAddr>,
    /// Call `peer` where the URL's address is not public.
    pub use_peer: bool,
}

/// Wakes a device. Takes 20 seconds at most.
pub(crate) async fn connection_request(call: &Call<'_>, policy: &EgressPolicy) -> Reached {
    within(OVERALL, call, policy).await
}

async fn within(overall: Duration, call: &Call<'_>, policy: &EgressPolicy) -> Reached {
    match timeout(overall, request(call, policy)).await {
        Ok(Ok(reached)) => reached,
        Ok(Err(failure)) => Reached::Failed(failure),
        Err(_) => Reached::Failed(Failure::Silent),
    }
}

/// The address in a URL, if its host is not a name.
pub(super) fn host_address(url: &str) -> Option<IpAddr> {
    parse(url)?.host.parse().ok()
}

/// Host, port and path of an `http://` URL; user information and fragment dropped (rule 268).
#[derive(Debug, PartialEq, Eq)]
struct Target<'a> {
    host: &'a str,
    port: u16,
    /// Path and query.
    path: String,
    /// As in the URL, for the Host header.
    authority: &'a str,
}

fn parse(url: &str) -> Option<Target<'_>> {
    let url = url.trim();
    let (scheme, rest) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") || url.bytes().any(|b| b <= b' ' || b == 0x7f) {
        return None;
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = if let Some(v6) = authority.strip_prefix('[') {
        let (host, rest) = v6.split_once(']')?;
        (host, rest.strip_prefix(':').or(rest.is_empty().then_some("80"))?)
    } else {
        authority.rsplit_once(':').unwrap_or((authority, "80"))
    };
    let port = port.parse().ok().filter(|port| *port != 0)?;
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    (!host.is_empty()).then_some(Target { host, port, path, authority })
}

async fn request(call: &Call<'_>, policy: &EgressPolicy) -> Result<Reached, Failure> {
    let target = parse(call.url).ok_or(Failure::Url)?;
    let address = resolve(&target, call, policy).await?;
    let mut connection = Connection::open(address).await?;
    let mut response = connection.get(&target, None).await?;
    if matches!(response.status, 200 | 204) {
        return Ok(Reached::Accepted(Accepted { unprotected: true, factory: false }));
    }
    for credentials in call.credentials {
        // Once more if only the nonce was too old.
        for again in [false, true] {
            if response.status != 401 {
                break;
            }
            let (authorization, stale) = authorize(&response.challenges.join(", "), &target, credentials, call.basic)?;
            if again && !stale {
                break;
            }
            // Some close the connection after the challenge, or after the answer to it (rule 278).
            response = match connection.get(&target, Some(&authorization)).await {
                Err(Failure::Garbled) => {
                    connection = Connection::open(address).await?;
                    connection.get(&target, Some(&authorization)).await?
                }
                other => other?,
            };
            if matches!(response.status, 200 | 204) {
                return Ok(Reached::Accepted(Accepted { unprotected: false, factory: credentials.factory }));
            }
        }
    }
    match response.status {
        503 => Ok(Reached::Busy),
        401 | 403 => Err(Failure::Credentials),
        status => Err(Failure::Status(status)),
    }
}

/// The value of the Authorization header, and whether the challenge says that only the last nonce was too old.
fn authorize(
    challenges: &str,
    target: &Target<'_>,
    credentials: &Credentials<'_>,
    basic: bool,
) -> Result<(String, bool), Failure> {
    let Credentials { username, password, .. } = *credentials;
    match DigestClient::new(challenges) {
        Ok(mut digest) => {
            // 16 digits: some keep no more than 32 characters (quirk 9).
            let cnonce = format!("{:016x}", rand::random::<u64>());
            let stale = digest.is_stale();
            Ok((digest.authorize("GET", &target.path, username, password, &cnonce), stale))
        }
        Err(ClientDigestError::BasicNotAllowed) if basic => Ok((basic_authorization(username, password), false)),
        Err(ClientDigestError::BasicNotAllowed) => Err(Failure::Basic),
        Err(_) => Err(Failure::Challenge),
    }
}

/// The first permitted address of the host. What is checked here is what is connected to.
async fn resolve(target: &Target<'_>, call: &Call<'_>, policy: &EgressPolicy) -> Result<SocketAddr, Failure> {
    if let (true, Some(peer), Ok(given)) = (call.use_peer, call.peer, target.host.parse::<IpAddr>())
        && !egress::is_public(given)
        && policy.permits(peer, call.peer)
    {
        return Ok(SocketAddr::new(plain(peer), target.port));
    }
    permitted(target.host, target.port, call.peer, policy).await
}

/// The first address of a name or a literal that may be contacted for a device that comes from `peer`.
pub(super) async fn permitted(
    host: &str,
    port: u16,
    peer: Option<IpAddr>,
    policy: &EgressPolicy,
) -> Result<SocketAddr, Failure> {
    let found = timeout(CONNECT, tokio::net::lookup_host((host, port))).await;
    let mut refused = None;
    for address in found.map_err(|_| Failure::Resolve)?.map_err(|_| Failure::Resolve)? {
        if policy.permits(address.ip(), peer) {
            return Ok(address);
        }
        refused = Some(plain(address.ip()));
    }
    Err(refused.map_or(Failure::Resolve, Failure::Refused))
}

struct Connection {
    stream: TcpStream,
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = timeout(CONNECT, TcpStream::connect(address)).await;
        let stream = stream.map_err(|_| Failure::Connect)?.map_err(|_| Failure::Connect)?;
        Ok(Self { stream })
    }

    async fn get(&mut self, target: &Target<'_>, authorization: Option<&str>) -> Result<Head, Failure> {
        let mut request = format!("GET {} HTTP/1.1\r\nHost: {}\r\n", target.path, target.authority);
        if let Some(authorization) = authorization {
            request.push_str("Authorization: ");
            request.push_str(authorization);
            request.push_str("\r\n");
        }
        request.push_str("Connection: keep-alive\r\nContent-Length: 0\r\n\r\n");
        self.stream.write_all(request.as_bytes()).await.map_err(|_| Failure::Garbled)?;
        let mut head = Vec::with_capacity(1024);
        let end = loop {
            if let Some(end) = head_end(&head) {
                break end;
            }
            if head.len() >= HEAD_LIMIT {
                return Err(Failure::Garbled);
            }
            let mut chunk = [0; 2048];
            match self.stream.read(&mut chunk).await {
                // The connection ends: what came may still be a head without its empty line.
                Ok(0) if head.starts_with(b"HTTP/") => break head.len(),
                Ok(0) | Err(_) => return Err(Failure::Garbled),
                Ok(n) => head.extend_from_slice(&chunk[..n]),
            }
        };
        let answer = Head::parse(&head[..end]).ok_or(Failure::Garbled)?;
        self.skip_body(answer.content_length.unwrap_or(0).min(HEAD_LIMIT).saturating_sub(head.len() - end)).await;
        Ok(answer)
    }

    /// Reads past the body of a 401, so that the next request can use the same connection. A long or unknown length
    /// is left unread: the next request then finds garbage and a new connection is opened.
    async fn skip_body(&mut self, mut left: usize) {
        let mut chunk = [0; 1024];
        while left > 0 {
            let want = left.min(chunk.len());
            match timeout(Duration::from_secs(2), self.stream.read(&mut chunk[..want])).await {
                Ok(Ok(n)) if n > 0 => left -= n,
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests;
