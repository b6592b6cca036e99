//! The HTTP connection request (TR-069 §3.2.2, rules 268–280): one GET, a digest challenge, one GET with the answer.
//!
//! Devices run the smallest HTTP servers there are: bare line feeds, folded headers, connections closed after the
//! challenge. What they send is read leniently, but never more than a few kilobytes of it and never for long.

use super::egress;
use crate::EgressPolicy;
use cwmp::digest;
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

/// How a connection request went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// The device will contact us.
    Accepted,
    /// Accepted without asking who we are.
    AcceptedUnprotected,
    /// 503: in a session, or asked too often (rule 273).
    Busy,
    Failed(Failure),
}

impl Reached {
    /// In plain words, for the protocol trace.
    pub fn words(&self) -> String {
        match self {
            Self::Accepted => "The router will connect.".to_owned(),
            Self::AcceptedUnprotected => "The router will connect; it did not ask who we are.".to_owned(),
            Self::Busy => "The router is busy (HTTP 503).".to_owned(),
            Self::Failed(failure) => failure.reason(),
        }
    }
}

/// Why a device could not be woken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Not an `http://` URL with a host.
    Url,
    /// The address is not one we may contact.
    Refused(IpAddr),
    Resolve,
    /// No TCP connection: switched off, behind NAT, or filtered.
    Connect,
    /// It took the connection and said nothing in time.
    Silent,
    /// It closed the connection or sent something that is not HTTP.
    Garbled,
    /// It wants Basic, or a kind of digest that we do not speak.
    Challenge,
    /// Our user name and password are not the ones it has.
    Credentials,
    /// Any other status.
    Status(u16),
}

impl Failure {
    /// In plain words, for the portal.
    pub fn reason(&self) -> String {
        match self {
            Self::Url => "The router gave no usable address for calls.".to_owned(),
            Self::Refused(ip) => format!("Calls to {ip} are not allowed by the egress settings."),
            Self::Resolve => "The router's address for calls cannot be resolved.".to_owned(),
            Self::Connect => "The router cannot be reached from here: switched off, behind NAT or filtered.".to_owned(),
            Self::Silent => "The router took the call and said nothing.".to_owned(),
            Self::Garbled => "The router's answer to the call cannot be read.".to_owned(),
            Self::Challenge => "The router asks for a kind of sign-in that is not allowed.".to_owned(),
            Self::Credentials => "The router refused our user name and password for calls.".to_owned(),
            Self::Status(404) => "The router does not know the address for calls any more.".to_owned(),
            Self::Status(status) => format!("The router refused the call (HTTP {status})."),
        }
    }
}

/// What is needed to wake one device.
pub(crate) struct Call<'a> {
    pub url: &'a str,
    pub username: &'a str,
    pub password: &'a str,
    /// Address that the device comes from.
    pub peer: Option<IpAddr>,
}

/// Wakes a device. Takes 20 seconds at most.
pub(crate) async fn connection_request(call: &Call<'_>, policy: &EgressPolicy) -> Reached {
    match timeout(OVERALL, request(call, policy)).await {
        Ok(Ok(reached)) => reached,
        Ok(Err(failure)) => Reached::Failed(failure),
        Err(_) => Reached::Failed(Failure::Silent),
    }
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
    let first = connection.get(&target, None).await?;
    let challenges = match first.status {
        200 | 204 => return Ok(Reached::AcceptedUnprotected),
        503 => return Ok(Reached::Busy),
        401 => first.challenges,
        status => return Err(Failure::Status(status)),
    };
    let cnonce = format!("{:016x}", rand::random::<u64>());
    let authorization =
        digest::answer(&challenges.join(", "), "GET", &target.path, call.username, call.password, &cnonce)
            .map_err(|_| Failure::Challenge)?;
    // Some close the connection after the challenge, or after the answer to it (rule 278).
    let second = match connection.get(&target, Some(&authorization)).await {
        Ok(response) => response,
        Err(Failure::Garbled) => Connection::open(address).await?.get(&target, Some(&authorization)).await?,
        Err(failure) => return Err(failure),
    };
    match second.status {
        200 | 204 => Ok(Reached::Accepted),
        503 => Ok(Reached::Busy),
        401 | 403 => Err(Failure::Credentials),
        status => Err(Failure::Status(status)),
    }
}

/// The first permitted address of the host. What is checked here is what is connected to.
async fn resolve(target: &Target<'_>, call: &Call<'_>, policy: &EgressPolicy) -> Result<SocketAddr, Failure> {
    let found = timeout(CONNECT, tokio::net::lookup_host((target.host, target.port))).await;
    let mut refused = None;
    for address in found.map_err(|_| Failure::Resolve)?.map_err(|_| Failure::Resolve)? {
        if policy.permits(address.ip(), call.peer) {
            return Ok(address);
        }
        refused = Some(egress::plain(address.ip()));
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
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[test]
    fn urls_are_read_strictly() {
        let target = |url| parse(url).map(|t| (t.host.to_owned(), t.port, t.path));
        let some = |host: &str, port, path: &str| Some((host.to_owned(), port, path.to_owned()));
        assert_eq!(target("http://192.0.2.1:7547/a?b=c#d"), some("192.0.2.1", 7547, "/a?b=c"));
        assert_eq!(target("HTTP://u:p@host"), some("host", 80, "/"));
        assert_eq!(target("http://[2001:db8::1]:80/x"), some("2001:db8::1", 80, "/x"));
        assert_eq!(target("http://[2001:db8::1]/x"), some("2001:db8::1", 80, "/x"));
        assert_eq!(target("http://host?x=1"), some("host", 80, "/?x=1"));
        for bad in [
            "",
            "https://host/",
            "file:///etc/passwd",
            "http://",
            "http://host:0/",
            "http://host:99999/",
            "http://a/\r\nX: y",
            "http://[::1/x",
            "gopher://host/",
            "http://ho st/",
        ] {
            assert_eq!(target(bad), None, "{bad}");
        }
    }

    /// Serves each connection with a script: one answer a request, then closes.
    async fn serve(scripts: Vec<Vec<&'static str>>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/path", listener.local_addr().unwrap());
        tokio::spawn(async move {
            for script in scripts {
                let (mut stream, _) = listener.accept().await.unwrap();
                for answer in script {
                    let mut seen = Vec::new();
                    while head_end(&seen).is_none() {
                        let mut chunk = [0; 1024];
                        let n = stream.read(&mut chunk).await.unwrap();
                        if n == 0 {
                            break;
                        }
                        seen.extend_from_slice(&chunk[..n]);
                    }
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            }
        });
        url
    }

    async fn call(url: &str) -> Reached {
        let policy = EgressPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()], ..EgressPolicy::default() };
        connection_request(&Call { url, username: "u", password: "p", peer: None }, &policy).await
    }

    const CHALLENGE: &str = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\nContent-Length: 2\r\n\r\nno";
    const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    #[tokio::test]
    async fn the_usual_way_and_its_variants() {
        assert_eq!(call(&serve(vec![vec![CHALLENGE, OK]]).await).await, Reached::Accepted);
        // Rule 278: closed after the challenge.
        assert_eq!(call(&serve(vec![vec![CHALLENGE], vec![OK]]).await).await, Reached::Accepted);
        assert_eq!(call(&serve(vec![vec![OK]]).await).await, Reached::AcceptedUnprotected);
        let busy = "HTTP/1.1 503 Service Unavailable\r\n\r\n";
        assert_eq!(call(&serve(vec![vec![busy]]).await).await, Reached::Busy);
        assert_eq!(call(&serve(vec![vec![CHALLENGE, CHALLENGE]]).await).await, Reached::Failed(Failure::Credentials));
        let basic = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"r\"\r\n\r\n";
        assert_eq!(call(&serve(vec![vec![basic]]).await).await, Reached::Failed(Failure::Challenge));
        // No redirect is followed (S1).
        let redirect = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n";
        assert_eq!(call(&serve(vec![vec![redirect]]).await).await, Reached::Failed(Failure::Status(302)));
    }

    #[tokio::test]
    async fn s1_loopback_needs_permission() {
        let url = serve(vec![vec![OK]]).await;
        let call = Call { url: &url, username: "u", password: "p", peer: Some("127.0.0.1".parse().unwrap()) };
        let reached = connection_request(&call, &EgressPolicy::default()).await;
        assert_eq!(reached, Reached::Failed(Failure::Refused("127.0.0.1".parse().unwrap())));
    }

    #[tokio::test]
    async fn s2_an_endless_head_is_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let line = format!("X: {}\r\n", "y".repeat(1000));
            while stream.write_all(line.as_bytes()).await.is_ok() {}
        });
        assert_eq!(call(&url).await, Reached::Failed(Failure::Garbled));
    }
}
