//! Reading a request's body under a size limit, a pace and a budget of memory.

use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::{Body, Bytes, Incoming};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Why a request does not reach the manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Not a POST.
    Method,
    /// A content coding that we do not know.
    Coding,
    /// More bytes than allowed, before or after decompression.
    TooLarge,
    /// The body came too slowly.
    Slow,
    /// The body ended early or was not well-formed chunks.
    Broken,
    /// The body is not what its content coding says.
    Garbled,
    /// Too many large bodies are in memory already.
    Full,
}

impl Refused {
    pub fn status(self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Coding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken | Self::Garbled => StatusCode::BAD_REQUEST,
            Self::Full => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Whether bytes of the body may still be on their way, so that the connection cannot be used again.
    pub fn leaves_body(self) -> bool {
        match self {
            Self::Garbled => false,
            Self::Method | Self::Coding | Self::TooLarge | Self::Slow | Self::Broken | Self::Full => true,
        }
    }
}

/// How fast a body has to come.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Longest time between two pieces, and what a slow start may take.
    pub silence: Duration,
    /// On average, from the start.
    pub bytes_per_second: u32,
}

impl Pace {
    /// When the next piece must be there.
    pub fn deadline(self, started: Instant, now: Instant, received: usize) -> Instant {
        let earned = Duration::from_secs_f64(received as f64 / f64::from(self.bytes_per_second));
        (now + self.silence).min(started + self.silence + earned)
    }
}

/// Bytes of large bodies that may be in memory at once, over all connections.
pub struct Budget {
    left: AtomicUsize,
}

/// Bodies up to this size are not counted: connections are limited, too.
const FREE: usize = 64 << 10;

impl Budget {
    pub fn new(bytes: usize) -> Self {
        Self { left: AtomicUsize::new(bytes) }
    }

    fn take(&self, bytes: usize) -> Result<(), Refused> {
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        taken.map(|_| ()).map_err(|_| Refused::Full)
    }
}

/// A body's share of the budget; given back when dropped.
pub struct Room {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Room {
    pub fn new(budget: &Arc<Budget>) -> Self {
        Self { budget: Arc::clone(budget), bytes: 0 }
    }

    /// Makes room for a body of `total` bytes.
    pub fn grow_to(&mut self, total: usize) -> Result<(), Refused> {
        if total <= FREE || total <= self.bytes {
            return Ok(());
        }
        self.budget.take(total - self.bytes)?;
        self.bytes = total;
        Ok(())
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.budget.left.fetch_add(self.bytes, Ordering::Relaxed);
        }
    }
}

/// A whole body.
pub struct Whole {
    pub bytes: Bytes,
    pub room: Room,
}

/// Appends as a `Vec` does, by doubling, but never takes more than `limit` bytes: the last doubling of a body that is too
/// large would take twice what it may have.
pub fn append(bytes: &mut Vec<u8>, more: &[u8], limit: usize) {
    let wanted = bytes.len() + more.len();
    if wanted > bytes.capacity() {
        let capacity = (bytes.capacity() * 2).clamp(wanted, limit.max(wanted));
        bytes.reserve_exact(capacity - bytes.len());
    }
    bytes.extend_from_slice(more);
}

/// Reads all of `incoming`. A body that arrived in one piece is not copied.
pub async fn read(mut incoming: Incoming, limit: usize, pace: Pace, budget: &Arc<Budget>) -> Result<Whole, Refused> {
    let mut room = Room::new(budget);
    // Known up front: refused before a byte of it is read, and before `100 Continue` asks for it.
    let announced = incoming.size_hint().exact().map(|size| usize::try_from(size).unwrap_or(usize::MAX));
    if announced.is_some_and(|size| size > limit) {
        return Err(Refused::TooLarge);
    }
    let started = Instant::now();
    let mut first = Bytes::new();
    let mut rest: Vec<u8> = Vec::new();
    let mut received = 0;
    while let Some(frame) = timeout_at(pace.deadline(started, Instant::now(), received), incoming.frame())
        .await
        .map_err(|_| Refused::Slow)?
    {
        // Trailers (rule 9) say nothing to us.
        let Ok(data) = frame.map_err(|_| Refused::Broken)?.into_data() else { continue };
        received += data.len();
        if received > limit {
            return Err(Refused::TooLarge);
        }
        room.grow_to(received)?;
        if rest.is_empty() && first.is_empty() {
            first = data;
            continue;
        }
        if rest.is_empty() {
            // Not all that was announced at once: a peer that announces much and sends nothing must cost nothing.
            rest.reserve(announced.unwrap_or(0).clamp(received, FREE.max(received)));
            rest.extend_from_slice(&first);
            first = Bytes::new();
        }
        append(&mut rest, &data, limit);
    }
    let bytes = if rest.is_empty() { first } else { rest.into() };
    Ok(Whole { bytes, room })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_given_back() {
        let budget = Arc::new(Budget::new(1 << 20));
        let mut first = Room::new(&budget);
        first.grow_to(FREE).unwrap();
        first.grow_to(900 << 10).unwrap();
        let mut second = Room::new(&budget);
        assert_eq!(second.grow_to(200 << 10), Err(Refused::Full));
        drop(first);
        second.grow_to(200 << 10).unwrap();
        drop(second);
        assert_eq!(budget.left.load(Ordering::Relaxed), 1 << 20);
    }

    #[test]
    fn a_drip_is_too_slow() {
        let pace = Pace { silence: Duration::from_secs(30), bytes_per_second: 1024 };
        let started = Instant::now();
        let later = started + Duration::from_secs(29);
        assert!(pace.deadline(started, later, 3) < later + Duration::from_secs(2), "three bytes in 29 s earn nothing");
        assert_eq!(pace.deadline(started, later, 1 << 20), later + Duration::from_secs(30));
    }
}
