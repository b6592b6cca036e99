//! One POST to an address that an operator gave (catalogue row S3). What is resolved is checked, and what was checked is
//! connected to; redirects are not followed; of an answer some kilobytes are read, and not for long.

use crate::EgressPolicy;
use cwmp::http_answer::{Head, head_end};
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Time for a name, and for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Time for everything.
pub const OVERALL: Duration = Duration::from_secs(10);
/// Bytes of the head of an answer.
const HEAD_LIMIT: usize = 16 << 10;
/// Bytes of the body of an answer that are looked at, and characters that are kept.
const BODY_LIMIT: usize = 2 << 10;
const EXCERPT: usize = 300;
/// Longest address.
pub const URL_MAX: usize = 2000;

/// An answer, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    pub status: Option<u16>,
    pub duration_ms: u32,
    /// The beginning of the answer, or what went wrong; hostile text.
    pub said: String,
}

impl Posted {
    pub fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// Where a URL leads.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    https: bool,
    host: String,
    port: u16,
    /// As in the URL, for the Host header.
    authority: String,
    /// Path and query.
    path: String,
}

impl Target {
    /// The error is for people.
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        const WRONG: &str = "A webhook needs an address such as https://crm.example.net/hook.";
        if url.len() > URL_MAX || !url.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(WRONG);
        }
        let (scheme, rest) = url.split_once("://").ok_or(WRONG)?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err("Webhooks go over https, or http: no other kind of address."),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err("A name and a password in the address are not taken: deliveries are signed instead.");
        }
        let usual = if https { "443" } else { "80" };
        let (host, port) = if let Some(v6) = authority.strip_prefix('[') {
            let (host, rest) = v6.split_once(']').ok_or(WRONG)?;
            (host, rest.strip_prefix(':').or(rest.is_empty().then_some(usual)).ok_or(WRONG)?)
        } else {
            authority.rsplit_once(':').unwrap_or((authority, usual))
        };
        let port = port.parse().ok().filter(|port| *port != 0).ok_or(WRONG)?;
        if host.is_empty() || host.contains('%') {
            return Err(WRONG);
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { https, host: host.to_owned(), port, authority: authority.to_owned(), path })
    }
}

/// Sends a body. Takes ten seconds at most.
pub async fn post(url: &str, headers: &[(&str, String)], body: &str, policy: &EgressPolicy) -> Posted {
    let started = Instant::now();
    let done = timeout(OVERALL, exchange(url, headers, body, policy)).await;
    let duration_ms = started.elapsed().as_millis() as u32;
    match done {
        Ok(Ok((status, said))) => Posted { status: Some(status), duration_ms, said },
        Ok(Err(said)) => Posted { status: None, duration_ms, said },
        Err(_) => Posted { status: None, duration_ms, said: "No answer within 10 seconds.".to_owned() },
    }
}

async fn exchange(
    url: &str,
    headers: &[(&str, String)],
    body: &str,
    policy: &EgressPolicy,
) -> Result<(u16, String), String> {
    let target = Target::parse(url).map_err(str::to_owned)?;
    let address = resolve(&target, policy).await?;
    let stream = timeout(CONNECT, TcpStream::connect(address)).await;
    let stream =
        stream.map_err(|_| "No connection within 5 seconds.")?.map_err(|error| format!("No connection: {error}."))?;
    if target.https {
        let name = ServerName::try_from(target.host.clone()).map_err(|_| "The address has no name for TLS.")?;
        let stream = TlsConnector::from(TLS.clone()).connect(name, stream).await;
        talk(stream.map_err(|error| format!("TLS failed: {error}."))?, &target, headers, body).await
    } else {
        talk(stream, &target, headers, body).await
    }
}

static TLS: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks the usual versions of TLS");
    Arc::new(config.with_root_certificates(roots).with_no_client_auth())
});

/// The first address of the host that may be contacted. What is checked here is what is connected to.
async fn resolve(target: &Target, policy: &EgressPolicy) -> Result<SocketAddr, String> {
    let found = timeout(CONNECT, tokio::net::lookup_host((target.host.as_str(), target.port))).await;
    let found = found.ok().and_then(Result::ok).ok_or("The name cannot be resolved.")?;
    let mut refused = None;
    for address in found {
        if policy.permits(address.ip(), None) {
            return Ok(address);
        }
        refused = Some(address.ip());
    }
    Err(refused.map_or_else(
        || "The name cannot be resolved.".to_owned(),
        |ip| format!("Calls to {ip} are not allowed by the egress settings."),
    ))
}

async fn talk(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    target: &Target,
    headers: &[(&str, String)],
    body: &str,
) -> Result<(u16, String), String> {
    let mut request = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Lastmile\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n",
        target.path,
        target.authority,
        body.len()
    );
    for (name, value) in headers {
        request.push_str(name);
        request.push_str(": ");
        request.push_str(value);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    request.push_str(body);
    let broken = |error: std::io::Error| format!("The connection broke: {error}.");
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let mut answer = Vec::with_capacity(1024);
    let mut chunk = [0; 2048];
    let end = loop {
        if let Some(end) = head_end(&answer) {
            break end;
        }
        if answer.len() >= HEAD_LIMIT {
            return Err("The answer has no end of its head.".to_owned());
        }
        match stream.read(&mut chunk).await {
            Ok(0) => return Err("The connection ended without an answer.".to_owned()),
            Ok(n) => answer.extend_from_slice(&chunk[..n]),
            Err(error) => return Err(broken(error)),
        }
    };
    let head = Head::parse(&answer[..end]).ok_or("The answer is not HTTP.")?;
    let wanted = end + head.content_length.unwrap_or(BODY_LIMIT).min(BODY_LIMIT);
    // The status is what counts: what does not come of the body soon is not waited for.
    let rest = async {
        while answer.len() < wanted {
            match stream.read(&mut chunk).await {
                Ok(n) if n > 0 => answer.extend_from_slice(&chunk[..n]),
                _ => break,
            }
        }
    };
    let _ = timeout(Duration::from_secs(1), rest).await;
    let text = String::from_utf8_lossy(&answer[end..answer.len().min(wanted)]).into_owned();
    Ok((head.status, text.chars().filter(|c| !c.is_control()).take(EXCERPT).collect()))
}
