//! HTTP by hand: exactly the bytes that a test wants to send.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub version: String,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// `name=value` of the cookie that was set.
    pub fn cookie(&self) -> Option<String> {
        Some(self.header("set-cookie")?.split(';').next()?.to_owned())
    }
}

/// A kept connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::new() }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// For peers that may be cut off while they send.
    pub fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    pub fn close_sending(&self) {
        self.stream.shutdown(std::net::Shutdown::Write).unwrap();
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut piece = [0; 16 << 10];
        let count = self.stream.read(&mut piece)?;
        self.buffer.extend_from_slice(&piece[..count]);
        Ok(count)
    }

    /// The next answer's head and its body by Content-Length, chunks or, without either, to the end.
    pub fn answer(&mut self) -> Answer {
        let mut answer = self.head();
        let bodyless = answer.status == 204 || answer.status == 304 || answer.status < 200;
        if let Some(length) = answer.header("content-length") {
            let length: usize = length.parse().unwrap();
            while self.buffer.len() < length {
                assert!(self.fill().unwrap() > 0, "the body ended early");
            }
            answer.body = self.buffer.drain(..length).collect();
        } else if answer.header("transfer-encoding") == Some("chunked") {
            loop {
                let line = self.line();
                let size = usize::from_str_radix(line.trim(), 16).unwrap();
                while self.buffer.len() < size + 2 {
                    assert!(self.fill().unwrap() > 0, "a chunk ended early");
                }
                answer.body.extend(self.buffer.drain(..size + 2).take(size));
                if size == 0 {
                    break;
                }
            }
        } else if !bodyless {
            while self.fill().unwrap() > 0 {}
            answer.body = std::mem::take(&mut self.buffer);
        }
        answer
    }

    /// Head alone: for streams.
    pub fn head(&mut self) -> Answer {
        let status = self.line();
        let mut parts = status.splitn(3, ' ');
        let version = parts.next().unwrap().to_owned();
        let status = parts.next().unwrap_or_else(|| panic!("not HTTP: {version:?}")).parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Answer { version, status, headers, body: Vec::new() }
    }

    /// One line, without its end.
    pub fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..end + 2).take(end).collect();
                return String::from_utf8(line).unwrap();
            }
            assert!(
                self.fill().unwrap() > 0,
                "the connection ended inside a line: {:?}",
                String::from_utf8_lossy(&self.buffer)
            );
        }
    }

    /// Reads until `needle` has come, or the end. What came.
    pub fn read_until(&mut self, needle: &str) -> String {
        loop {
            let text = String::from_utf8_lossy(&self.buffer).into_owned();
            if text.contains(needle) || self.fill().unwrap_or(0) == 0 {
                return text;
            }
        }
    }

    /// Whether the peer closes within `limit`; what still comes is thrown away.
    pub fn is_closed_within(&mut self, limit: Duration) -> bool {
        self.stream.set_read_timeout(Some(limit)).unwrap();
        loop {
            match self.fill() {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return error.kind() == io::ErrorKind::ConnectionReset,
            }
        }
    }
}

/// One request on a connection of its own.
pub fn exchange(address: SocketAddr, request: &[u8]) -> Answer {
    let mut connection = Connection::open(address);
    connection.send(request);
    connection.answer()
}

/// A GET as a browser sends it.
pub fn get(address: SocketAddr, path: &str, cookie: Option<&str>) -> Answer {
    exchange(address, request("GET", address, path, cookie, &[("Accept", "text/html")], "").as_bytes())
}

/// A plain form, sent as a browser without JavaScript sends it from `page`.
pub fn post_form(address: SocketAddr, path: &str, form: &str, page: &str, cookie: Option<&str>) -> Answer {
    let (origin, referer) = (format!("http://{address}"), format!("http://{address}{page}"));
    let headers = [
        ("Accept", "text/html"),
        ("Origin", origin.as_str()),
        ("Referer", referer.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    exchange(address, request("POST", address, path, cookie, &headers, form).as_bytes())
}

pub fn request(
    method: &str,
    host: SocketAddr,
    path: &str,
    cookie: Option<&str>,
    headers: &[(&str, &str)],
    body: &str,
) -> String {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
    if let Some(cookie) = cookie {
        write!(request, "Cookie: {cookie}\r\n").unwrap();
    }
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    if method != "GET" || !body.is_empty() {
        write!(request, "Content-Length: {}\r\n", body.len()).unwrap();
    }
    request + "\r\n" + body
}

/// `application/x-www-form-urlencoded`.
pub fn form(fields: &[(&str, &str)]) -> String {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}
