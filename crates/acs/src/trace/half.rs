//! One direction of an exchange as lines for people.

use crate::{CwmpRequest, CwmpResponse};
use cwmp::digest::{Authorization, parse_authorization};
use cwmp::readable::{MASK, readable};
use model::protocol::TraceHalf;

/// Bytes of a body that are kept.
const BODY: usize = 256 << 10;
/// Characters of a header line that are kept.
const LINE: usize = 512;

/// What a body was.
pub(super) struct Was {
    pub summary: String,
    pub secrets: Vec<String>,
}

pub(super) fn request_half(request: &CwmpRequest) -> (TraceHalf, Was) {
    let tls = if request.secure { " (TLS)" } else { "" };
    let mut head = vec![format!("POST {}{tls}", request.uri)];
    let mut secrets = Vec::new();
    if let Some(authorization) = &request.authorization {
        head.push(format!("Authorization: {}", who(authorization, &mut secrets)));
    }
    if request.cookie.is_some() {
        head.push(format!("Cookie: {MASK}"));
    }
    if let Some(charset) = &request.charset {
        head.push(format!("Content-Type: charset={charset}"));
    }
    let (half, mut was) = half(head, &request.body, request.charset.as_deref());
    was.secrets.extend(secrets);
    if was.summary.is_empty() {
        let empty = cwmp::is_empty_body(&request.body);
        was.summary = String::from(if empty { "Empty" } else { "Not a message of CWMP" });
    }
    (half, was)
}

pub(super) fn response_half(response: &CwmpResponse) -> (TraceHalf, Was) {
    let mut head = vec![format!("HTTP {}", response.status)];
    head.extend(response.challenges.iter().map(|challenge| format!("WWW-Authenticate: {challenge}")));
    if response.set_cookie.is_some() {
        head.push(format!("Set-Cookie: {MASK}"));
    }
    if let Some(seconds) = response.retry_after {
        head.push(format!("Retry-After: {seconds}"));
    }
    if response.close {
        head.push("Connection: close".to_owned());
    }
    let (half, mut was) = half(head, &response.body, None);
    if was.summary.is_empty() {
        was.summary = match response.status {
            200 | 204 => "End of the session".to_owned(),
            401 => "Asked for credentials".to_owned(),
            403 => "Refused".to_owned(),
            503 => "Later".to_owned(),
            _ => "Not understood".to_owned(),
        };
    }
    (half, was)
}

fn half(head: Vec<String>, body: &[u8], charset: Option<&str>) -> (TraceHalf, Was) {
    let head = head.iter().map(|line| visible(line)).collect();
    if cwmp::is_empty_body(body) {
        return (TraceHalf { head, ..TraceHalf::default() }, Was { summary: String::new(), secrets: Vec::new() });
    }
    let readable = readable(body, charset, BODY, &crate::knowledge::is_secret);
    let half = TraceHalf { head, body: readable.text, cut: readable.cut };
    (half, Was { summary: readable.summary, secrets: readable.secrets })
}

/// An `Authorization` header with what helps to find a mistake in it, and without what proves anything.
fn who(header: &str, secrets: &mut Vec<String>) -> String {
    match parse_authorization(header) {
        Some(Authorization::Digest(digest)) => {
            let part =
                |name: &str, value: Option<&str>| value.map(|value| format!(", {name}={value}")).unwrap_or_default();
            format!(
                "Digest username=\"{}\", uri=\"{}\"{}{}{}, response={MASK}",
                digest.username,
                digest.uri,
                part("qop", digest.qop.as_deref()),
                part("nc", digest.nc.as_deref()),
                part("algorithm", digest.algorithm.as_deref()),
            )
        }
        Some(Authorization::Basic { username, password }) => {
            if password.len() >= 6 {
                secrets.push(password);
            }
            format!("Basic username=\"{username}\", password={MASK}")
        }
        None => format!("{MASK} (not understood)"),
    }
}

/// A line with what could break out of it written as escapes.
pub(super) fn visible(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for c in line.chars().take(LINE) {
        if c.is_control() {
            text.extend(c.escape_unicode());
        } else {
            text.push(c);
        }
    }
    text
}
