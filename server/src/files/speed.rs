//! What routers measure speed against (TR-143; rule 340): GET of any size, made up on the way; PUT and POST of any size,
//! thrown away. No login, as the standard has it, so there are limits on what one address can draw from it. Nothing of it
//! touches a disk or the files of [`super`].

use super::{Answer, Error, Front, Unread, empty, later, paced, plain};
use crate::settings::SpeedSettings;
use acs::address_group;
use futures::StreamExt;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{Method, Response, StatusCode};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Bytes that are sent at once.
const PIECE: usize = 64 << 10;
/// Addresses that are remembered before those are forgotten that have been quiet.
const ADDRESSES: usize = 10_000;
const MINUTE: Duration = Duration::from_mins(1);

/// Bytes that nothing on the way can make smaller.
static NOISE: LazyLock<Bytes> = LazyLock::new(|| {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..PIECE / 8).flat_map(|_| next()).collect::<Vec<u8>>().into()
});

/// The endpoint.
pub struct Speed {
    settings: SpeedSettings,
    running: Arc<Mutex<Table>>,
}

#[derive(Default)]
struct Table {
    all: u32,
    of: HashMap<IpAddr, Drawn>,
}

/// What one address has drawn.
struct Drawn {
    running: u32,
    /// Begun since `since`.
    begun: u32,
    since: Instant,
}

/// A transfer that runs; gives its place back when dropped.
struct Place {
    running: Arc<Mutex<Table>>,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = lock(&self.running);
        table.all = table.all.saturating_sub(1);
        if let Some(drawn) = table.of.get_mut(&self.address) {
            drawn.running = drawn.running.saturating_sub(1);
        }
    }
}

fn lock(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().expect("no panic while locked")
}

impl Speed {
    pub fn new(settings: SpeedSettings) -> Self {
        Self { settings, running: Arc::default() }
    }

    pub fn is_on(&self) -> bool {
        self.settings.enabled
    }

    fn place(&self, address: IpAddr, now: Instant) -> Option<Place> {
        let address = address_group(address);
        let mut table = lock(&self.running);
        if table.of.len() >= ADDRESSES {
            table.of.retain(|_, drawn| drawn.running > 0 || now.duration_since(drawn.since) < MINUTE);
        }
        let settings = &self.settings;
        let full = table.all >= settings.max_transfers || table.of.len() >= ADDRESSES * 2;
        let drawn = table.of.entry(address).or_insert(Drawn { running: 0, begun: 0, since: now });
        if now.duration_since(drawn.since) >= MINUTE {
            (drawn.begun, drawn.since) = (0, now);
        }
        let limit = |most: u32, count: u32| most > 0 && count >= most;
        if full
            || limit(settings.max_transfers_per_address, drawn.running)
            || limit(settings.max_per_minute, drawn.begun)
        {
            return None;
        }
        drawn.running += 1;
        drawn.begun += 1;
        table.all += 1;
        Some(Place { running: Arc::clone(&self.running), address })
    }
}

/// `/speed/{bytes}` to load, `/speed/` and anything below it to send to.
pub(super) async fn answer(
    front: &Front,
    (method, path): (&Method, &str),
    peer: IpAddr,
    unread: &Unread<'_>,
    incoming: Incoming,
) -> Answer {
    let speed = &front.speed;
    match *method {
        Method::GET | Method::HEAD => {
            let size = path.split('/').rfind(|part| !part.is_empty()).and_then(|part| part.parse::<u64>().ok());
            let Some(size) = size.filter(|size| *size <= speed.settings.max_size.0 as u64) else {
                let text = "name a number of bytes: /speed/10000000\n";
                return unread.leave(plain(StatusCode::NOT_FOUND, text), incoming);
            };
            if *method == Method::HEAD {
                return described(empty(StatusCode::OK), size);
            }
            let Some(place) = speed.place(peer, Instant::now()) else { return unread.leave(later(), incoming) };
            described(noise(size, place), size)
        }
        Method::PUT | Method::POST => {
            let largest = speed.settings.max_size.0 as u64;
            if unread.announced().is_some_and(|length| length > largest) {
                return unread.leave(empty(StatusCode::PAYLOAD_TOO_LARGE), incoming);
            }
            let Some(_place) = speed.place(peer, Instant::now()) else { return unread.leave(later(), incoming) };
            swallow(unread, incoming, largest).await
        }
        _ => {
            let mut answer = empty(StatusCode::METHOD_NOT_ALLOWED);
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, PUT, POST"));
            unread.leave(answer, incoming)
        }
    }
}

fn described(mut answer: Answer, size: u64) -> Answer {
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_LENGTH, size.into());
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    // A cache in between would measure itself.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

fn noise(size: u64, place: Place) -> Answer {
    let pieces = futures::stream::unfold((size, place), |(left, place)| async move {
        let length = left.min(PIECE as u64) as usize;
        (length > 0).then(|| {
            let piece = NOISE.slice(..length);
            (Ok::<_, Error>(Frame::data(piece)), (left - length as u64, place))
        })
    });
    Response::new(StreamBody::new(pieces).boxed_unsync())
}

async fn swallow(unread: &Unread<'_>, incoming: Incoming, largest: u64) -> Answer {
    let mut pieces = std::pin::pin!(paced(incoming, unread.pace));
    let mut taken = 0_u64;
    while let Some(piece) = pieces.next().await {
        let Ok(piece) = piece else {
            unread.phase.linger();
            return closing(empty(StatusCode::BAD_REQUEST));
        };
        taken += piece.len() as u64;
        if taken > largest {
            unread.phase.linger();
            return closing(empty(StatusCode::PAYLOAD_TOO_LARGE));
        }
    }
    empty(StatusCode::OK)
}

fn closing(mut answer: Answer) -> Answer {
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_draw_without_end() {
        let settings = SpeedSettings {
            max_transfers: 5,
            max_transfers_per_address: 2,
            max_per_minute: 3,
            ..SpeedSettings::default()
        };
        let speed = Speed::new(settings);
        let (one, now) = (IpAddr::from([192, 0, 2, 1]), Instant::now());
        let first = speed.place(one, now).unwrap();
        let second = speed.place(one, now).unwrap();
        assert!(speed.place(one, now).is_none(), "two at once");
        drop(first);
        let third = speed.place(one, now).unwrap();
        drop((second, third));
        assert!(speed.place(one, now).is_none(), "three in a minute");
        assert!(speed.place(one, now + MINUTE).is_some());
        let others: Vec<_> = (2..=6).map(|n| speed.place(IpAddr::from([192, 0, 2, n]), now).unwrap()).collect();
        assert!(speed.place(IpAddr::from([192, 0, 2, 9]), now).is_none(), "five in all");
        drop(others);
        assert!(speed.place(IpAddr::from([192, 0, 2, 9]), now).is_some());
    }

    #[test]
    fn noise_cannot_be_packed() {
        let distinct: std::collections::HashSet<&[u8]> = NOISE.chunks(8).collect();
        assert_eq!(distinct.len(), PIECE / 8);
    }
}
