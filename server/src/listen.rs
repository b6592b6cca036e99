//! Listeners: accepting under limits, and serving HTTP/1 on a connection with deadlines for slow peers.
//!
//! The portal and the CWMP listener share this; `axum::serve` has neither deadlines nor limits.

mod guard;
mod names;
mod slots;
mod stream;

pub use guard::{Deadlines, Phase};
pub use slots::{Limits, Slot, Slots};

use crate::tls::Tls;
use acs::ClientCertificate;
use guard::{Guarded, Held};
use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use stream::Stream;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A connection that was taken.
pub struct Accepted {
    stream: Stream,
    pub peer: SocketAddr,
    /// Unique while the process runs, over all listeners.
    pub id: u64,
    _slot: Slot,
}

impl Accepted {
    /// The connection after its TLS handshake, and what its peer showed of itself. `None` if the handshake failed or took
    /// too long.
    pub async fn secure(self, tls: &Tls) -> Option<(Self, Option<ClientCertificate>)> {
        let Self { stream: Stream::Plain(stream), peer, id, _slot: slot } = self else { return Some((self, None)) };
        let (stream, certificate) = tls.accept(stream, peer).await?;
        Some((Self { stream: Stream::Tls(Box::new(stream)), peer, id, _slot: slot }, certificate))
    }
}

/// A number for a connection, unique while the process runs.
pub fn connection_number() -> u64 {
    CONNECTION.fetch_add(1, Ordering::Relaxed)
}

static CONNECTION: AtomicU64 = AtomicU64::new(1);

/// Accepts until `stop`; each connection runs as a task of `tasks`.
pub async fn accept<F, Fut>(
    listener: TcpListener,
    slots: Arc<Slots>,
    stop: CancellationToken,
    tasks: TaskTracker,
    handle: F,
) where
    F: Fn(Accepted) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let mut pause = Duration::ZERO;
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                pause = Duration::ZERO;
                let Some(slot) = slots.take(peer.ip()) else {
                    // Best effort: a new socket has room for these bytes.
                    let _ = stream.try_write(OVERLOADED);
                    continue;
                };
                // Answers are written in one go; waiting for more would only delay them.
                let _ = stream.set_nodelay(true);
                let id = connection_number();
                tasks.spawn(handle(Accepted { stream: Stream::Plain(stream), peer, id, _slot: slot }));
            }
            Err(error) if is_peers_fault(&error) => {}
            Err(error) => {
                // No descriptors or no memory: accept would fail at once again and spin.
                pause = (pause * 2).clamp(Duration::from_millis(10), Duration::from_secs(1));
                tracing::warn!(%error, listener = slots.name(), "cannot accept connections");
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    }
}

const OVERLOADED: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n";

fn is_peers_fault(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::ConnectionAborted | K::ConnectionReset | K::ConnectionRefused | K::Interrupted)
}

/// Limits of the HTTP reader.
#[derive(Clone, Copy, Debug)]
pub struct HttpLimits {
    pub max_headers: usize,
    /// Bytes of a request's head.
    pub max_head: usize,
    /// A peer may close its sending half and still get its answer.
    pub half_close: bool,
}

/// Serves requests until the peer leaves, a deadline passes or `stop`: then the request that runs is still answered.
pub async fn serve<S, F, B>(
    accepted: Accepted,
    deadlines: Deadlines,
    limits: HttpLimits,
    stop: CancellationToken,
    service: S,
) where
    S: Fn(Request<Incoming>, Arc<Phase>) -> F,
    F: Future<Output = Response<B>>,
    B: Body<Data = Bytes> + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let phase = Arc::new(Phase::default());
    let io = TokioIo::new(Guarded::new(accepted.stream, Arc::clone(&phase), deadlines));
    let spellings = names::spellings().await;
    let service = service_fn(|request| {
        let busy = Phase::begin(&phase);
        let answer = service(request, Arc::clone(&phase));
        async move {
            let mut answer = answer.await.map(|body| Held::new(body, busy));
            names::spell(&mut answer, spellings);
            Ok::<_, Infallible>(answer)
        }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .header_read_timeout(None) // the guard's deadlines tell idle from slow
            .half_close(limits.half_close)
            .title_case_headers(true) // old devices look for them so
            .max_headers(limits.max_headers)
            .max_buf_size(limits.max_head)
            .serve_connection(io, service)
    );
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(peer = %accepted.peer, error = %describe(&error), "connection ended");
    }
}

/// An error with its causes.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
