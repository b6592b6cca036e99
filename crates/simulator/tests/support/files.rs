//! The smallest file server: digest, ranges, connections that it cuts, and uploads.
#![allow(dead_code, reason = "each test file uses a part")]

use cwmp::digest::{Authorization, Credential, Digest, Tolerance, Verdict, parse_authorization};
use model::Timestamp;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const USER: (&str, &str) = ("files", "file-secret");

#[derive(Default)]
pub struct Shared {
    pub files: HashMap<String, Vec<u8>>,
    /// Path and content of what was sent here, with the method.
    pub sent: Vec<(String, String, Vec<u8>)>,
    /// Heads of all requests.
    pub heads: Vec<String>,
    /// Cut so many answers after this many bytes of the body.
    pub cut: (u32, usize),
    /// Answer with this status instead.
    pub status: Option<u16>,
}

#[derive(Clone)]
pub struct FileServer {
    pub address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    digest: Arc<Digest>,
}

impl FileServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { address, shared: Arc::default(), digest: Arc::new(Digest::new("files", [9; 32])) };
        let served = server.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let server = served.clone();
                tokio::spawn(async move { server.serve(stream).await });
            }
        });
        server
    }

    pub fn with<R>(&self, act: impl FnOnce(&mut Shared) -> R) -> R {
        act(&mut self.shared.lock().unwrap())
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Serves a file and says its URL.
    pub fn offer(&self, path: &str, content: &[u8]) -> String {
        self.with(|shared| shared.files.insert(path.to_owned(), content.to_vec()));
        self.url(path)
    }

    async fn serve(&self, mut stream: TcpStream) -> Option<()> {
        let mut buffer = Vec::new();
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut buffer).await.ok()? == 0 {
                return None;
            }
        };
        let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
        buffer.drain(..end);
        let mut words = head.split(' ');
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(':'));
            lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
        };
        let authorization = header("authorization");
        self.with(|shared| shared.heads.push(head.clone()));
        let now = Timestamp(simulator::clock::now());
        let verdict = match authorization.as_deref().and_then(parse_authorization) {
            Some(Authorization::Digest(answer)) => {
                let password = Credential::Password(USER.1);
                self.digest.verify(&answer, &method, &path, password, now, &Tolerance::default())
            }
            _ => Verdict::Wrong,
        };
        if verdict != Verdict::Ok {
            let challenge = self.digest.challenge(now, false);
            let answer = format!(
                "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: {challenge}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).await.ok()?;
            return Some(());
        }
        if let Some(status) = self.with(|shared| shared.status) {
            let answer = format!("HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.ok()?;
            return Some(());
        }
        if method != "GET" {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.ok()?;
            let content = if header("transfer-encoding").is_some() {
                while !buffer.ends_with(b"0\r\n\r\n") {
                    stream.read_buf(&mut buffer).await.ok()?;
                }
                unchunk(&buffer)
            } else {
                let length: usize = header("content-length")?.parse().ok()?;
                while buffer.len() < length {
                    stream.read_buf(&mut buffer).await.ok()?;
                }
                buffer
            };
            self.with(|shared| shared.sent.push((method, path, content)));
            stream.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").await.ok()?;
            return Some(());
        }
        let file = self.with(|shared| shared.files.get(&path).cloned());
        let Some(file) = file else {
            stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await.ok()?;
            return Some(());
        };
        let from: usize = header("range")
            .map_or(0, |range| range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap());
        let part = &file[from..];
        let mut head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", part.len());
        if from > 0 {
            head = format!(
                "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{}/{}\r\nContent-Length: {}\r\n\r\n",
                file.len() - 1,
                file.len(),
                part.len()
            );
        }
        let cut = self.with(|shared| {
            let (times, after) = shared.cut;
            shared.cut.0 = times.saturating_sub(1);
            (times > 0).then_some(after)
        });
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.write_all(&part[..cut.unwrap_or(part.len()).min(part.len())]).await.ok()?;
        stream.flush().await.ok()
    }
}

fn unchunk(mut body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    loop {
        let end = body.windows(2).position(|pair| pair == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return plain;
        }
        plain.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 2 + size + 2..];
    }
}
