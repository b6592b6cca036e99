//! An agent's browser, as far as the server can tell. A connection for each request: what is measured is a whole page.

use super::short;
use crate::Result;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Agent {
    /// `host:port`
    portal: String,
    cookie: String,
}

struct Answer {
    status: u16,
    cookie: Option<String>,
    body: Vec<u8>,
}

impl Agent {
    /// Uses the one-time link up.
    pub async fn first(portal: &str, setup: &str) -> Result<Self> {
        let token = setup.split_once("token=").ok_or("the ready file has no set-up link")?.1;
        let agent = Self { portal: portal.to_owned(), cookie: String::new() };
        let form = format!("token={token}&username=bench&name=Bench&password=correct-horse-battery");
        let kind = "application/x-www-form-urlencoded";
        let answer = agent.ask("POST", "/fn/create_first_administrator", kind, form.as_bytes()).await?;
        let cookie = answer.cookie.ok_or_else(|| format!("no session: status {}", answer.status))?;
        Ok(Self { cookie, ..agent })
    }

    /// Calls a server function.
    pub async fn call(&self, function: &str, arguments: &Value) -> Result<Value> {
        let body = arguments.to_string();
        let answer = self.ask("POST", &format!("/fn/{function}"), "application/json", body.as_bytes()).await?;
        let value = serde_json::from_slice(&answer.body).unwrap_or(json!(String::from_utf8_lossy(&answer.body)));
        if answer.status == 200 {
            Ok(value)
        } else {
            Err(format!("{function}: {} {}", answer.status, short(&value)).into())
        }
    }

    /// Opens a page, to its last byte.
    pub async fn page(&self, path: &str) -> Result<()> {
        let answer = self.ask("GET", path, "text/html", b"").await?;
        if answer.status == 200 { Ok(()) } else { Err(format!("{path}: status {}", answer.status).into()) }
    }

    async fn ask(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Result<Answer> {
        let Self { portal, cookie } = self;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {portal}\r\nOrigin: http://{portal}\r\nAccept: {kind}\r\nContent-Type: {kind}\r\n\
             Cookie: {cookie}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let mut bytes = Vec::new();
        tokio::time::timeout(PATIENCE, async {
            let mut stream = TcpStream::connect(portal).await?;
            stream.write_all(&[head.as_bytes(), body].concat()).await?;
            stream.read_to_end(&mut bytes).await
        })
        .await??;
        read(&bytes).ok_or_else(|| format!("{path}: not an answer").into())
    }
}

fn read(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let (mut cookie, mut chunked) = (None, false);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        match name.to_ascii_lowercase().as_str() {
            "set-cookie" if cookie.is_none() => cookie = value.split(';').next().map(|text| text.trim().to_owned()),
            "transfer-encoding" => chunked = value.trim().eq_ignore_ascii_case("chunked"),
            _ => {}
        }
    }
    let body = &bytes[end + 4..];
    Some(Answer { status, cookie, body: if chunked { unchunked(body)? } else { body.to_vec() } })
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?.trim(), 16).ok()?;
        rest = rest.get(end + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together() {
        assert_eq!(unchunked(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").as_deref(), Some(&b"abcde"[..]));
        assert!(unchunked(b"9\r\nabc").is_none());
        let answer = read(b"HTTP/1.1 302 Found\r\nSet-Cookie: id=1; Path=/\r\n\r\n").unwrap();
        assert_eq!((answer.status, answer.cookie.as_deref()), (302, Some("id=1")));
    }
}
