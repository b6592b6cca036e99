//! One recording: sessions with their exchanges, bounded in number and bytes.

use super::{Known, With};
use cwmp::readable::MASK;
use model::Timestamp;
use model::protocol::{TraceExchange, TraceHalf, TraceKey, TraceSession, TraceView};
use std::collections::VecDeque;
use std::fmt::Write as _;

/// Sessions that are kept; older ones go first.
pub(super) const SESSIONS: usize = 20;
/// Exchanges that are kept of one session: the first ones.
pub(super) const EXCHANGES: usize = 400;
/// Bytes of text that are kept.
pub(crate) const BYTES: usize = 2 << 20;
/// Secrets that are known and masked wherever they stand.
const SECRETS: usize = 128;
/// What comes later than this behind a session without an Inform begins a new one.
const GAP_MS: i64 = 60_000;

pub(super) struct Recording {
    pub key: TraceKey,
    pub known: Known,
    started_at: Timestamp,
    pub until: Timestamp,
    by: String,
    sessions: VecDeque<Session>,
    /// Numbers that were given.
    last_session: u32,
    last_exchange: u32,
    bytes: usize,
    dropped: u32,
    secrets: Vec<String>,
}

struct Session {
    number: u32,
    /// An Inform was answered: the next one begins a new session.
    opened: bool,
    bytes: usize,
    exchanges: Vec<TraceExchange>,
}

impl Recording {
    pub fn new(key: TraceKey, by: &str, now: Timestamp) -> Self {
        Self {
            key,
            known: Known::default(),
            started_at: now,
            until: now,
            by: by.to_owned(),
            sessions: VecDeque::new(),
            last_session: 0,
            last_exchange: 0,
            bytes: 0,
            dropped: 0,
            secrets: Vec::new(),
        }
    }

    pub fn go_on(&mut self, known: Known, by: &str, until: Timestamp, now: Timestamp) {
        if !self.is_running(now) {
            self.started_at = now;
        }
        self.known = known;
        self.until = until;
        by.clone_into(&mut self.by);
    }

    pub fn is_running(&self, now: Timestamp) -> bool {
        now < self.until
    }

    /// Whether this is who is recorded here.
    pub fn is_of(&self, with: With<'_>) -> bool {
        match &self.key {
            TraceKey::Device(id) => match with.device {
                Some(device) => device == *id,
                None => with.serial.is_some() && with.serial == self.known.serial.as_deref(),
            },
            TraceKey::Serial(serial) => with.serial.is_some_and(|with| with.eq_ignore_ascii_case(serial)),
            TraceKey::Address(_) => false,
        }
    }

    pub fn put(&mut self, mut exchange: TraceExchange, secrets: &[String]) {
        for secret in secrets {
            if self.secrets.len() < SECRETS && !self.secrets.contains(secret) {
                self.secrets.push(secret.clone());
            }
        }
        self.mask(&mut exchange);
        self.last_exchange += 1;
        exchange.line.number = self.last_exchange;
        let inform = exchange.line.sent.starts_with("Inform");
        let at = exchange.line.at;
        let follows = self.sessions.back().is_some_and(|session| {
            let last = session.exchanges.last().map_or(at, |last| last.line.at);
            if inform { !session.opened && at.since(last) < GAP_MS } else { session.opened || at.since(last) < GAP_MS }
        });
        if !follows {
            self.last_session += 1;
            self.sessions.push_back(Session {
                number: self.last_session,
                opened: false,
                bytes: 0,
                exchanges: Vec::new(),
            });
        }
        let Some(session) = self.sessions.back_mut() else { return };
        session.opened |= inform && exchange.line.status == Some(200);
        let size = size(&exchange);
        if session.exchanges.len() >= EXCHANGES || session.bytes + size > BYTES {
            self.dropped += 1;
            return;
        }
        session.bytes += size;
        self.bytes += size;
        session.exchanges.push(exchange);
        while self.sessions.len() > SESSIONS || (self.bytes > BYTES && self.sessions.len() > 1) {
            let Some(oldest) = self.sessions.pop_front() else { break };
            self.bytes -= oldest.bytes;
            self.dropped += u32::try_from(oldest.exchanges.len()).unwrap_or(u32::MAX);
        }
    }

    /// Secrets that stood in an earlier message where they are known to be secrets may come back anywhere.
    fn mask(&self, exchange: &mut TraceExchange) {
        let half = |half: &mut TraceHalf| {
            for secret in &self.secrets {
                for text in half.head.iter_mut().chain(std::iter::once(&mut half.body)) {
                    if text.contains(secret.as_str()) {
                        *text = text.replace(secret.as_str(), MASK);
                    }
                }
            }
        };
        half(&mut exchange.request);
        half(&mut exchange.response);
        for secret in &self.secrets {
            for text in [&mut exchange.line.sent, &mut exchange.line.answered] {
                if text.contains(secret.as_str()) {
                    *text = text.replace(secret.as_str(), MASK);
                }
            }
        }
    }

    pub fn exchange(&self, number: u32) -> Option<&TraceExchange> {
        self.sessions.iter().flat_map(|session| &session.exchanges).find(|exchange| exchange.line.number == number)
    }

    /// Without what it holds.
    pub fn head(&self) -> TraceView {
        TraceView {
            key: self.key.clone(),
            started_at: self.started_at,
            until: self.until,
            by: self.by.clone(),
            sessions: Vec::new(),
            dropped: self.dropped,
        }
    }

    pub fn view(&self) -> TraceView {
        let lines = |session: &Session| TraceSession {
            number: session.number,
            exchanges: session.exchanges.iter().map(|exchange| exchange.line.clone()).collect(),
        };
        TraceView { sessions: self.sessions.iter().rev().map(lines).collect(), ..self.head() }
    }

    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.bytes + self.bytes / 8 + 512);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "Lastmile protocol trace of {}", self.key.slug().escape_debug());
        let _ = writeln!(text, "Passwords and other secrets are masked. Oldest first.");
        if self.dropped > 0 {
            let _ = writeln!(text, "{} exchanges were dropped: there were too many.", self.dropped);
        }
        for session in &self.sessions {
            let _ = writeln!(text, "\n======== Session {}", session.number);
            for exchange in &session.exchanges {
                let line = &exchange.line;
                let _ = writeln!(
                    text,
                    "\n---- {} at {}, took {} ms{}{}",
                    line.number,
                    cwmp::time::format(line.at),
                    line.took_ms,
                    if exchange.peer.is_empty() { "" } else { ", from " },
                    exchange.peer,
                );
                write_half(&mut text, ">>", &exchange.request);
                write_half(&mut text, "<<", &exchange.response);
            }
        }
        text
    }
}

fn write_half(text: &mut String, arrow: &str, half: &TraceHalf) {
    for line in &half.head {
        let _ = writeln!(text, "{arrow} {line}");
    }
    if !half.body.is_empty() {
        let _ = writeln!(text, "{}", half.body);
    }
    if half.cut {
        let _ = writeln!(text, "(the rest is not kept)");
    }
}

fn size(exchange: &TraceExchange) -> usize {
    let half = |half: &TraceHalf| half.body.len() + half.head.iter().map(String::len).sum::<usize>();
    half(&exchange.request) + half(&exchange.response) + 256
}
