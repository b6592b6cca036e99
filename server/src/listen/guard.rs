//! A TCP stream that does not wait for slow peers for ever, and that knows what its connection is doing.

use super::stream::Stream;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// How long a peer may take.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// From connecting to the first request's head, and from the first byte of any head to its end.
    pub head: Duration,
    /// Without a request on a kept connection.
    pub idle: Duration,
    /// Without taking a byte of an answer.
    pub write: Duration,
}

/// Whether a request is being worked on: while it is, reading has no deadline here (bodies have their own).
#[derive(Debug, Default)]
pub struct Phase {
    begun: AtomicU32,
    done: AtomicU32,
    linger: AtomicBool,
}

impl Phase {
    pub(super) fn begin(phase: &Arc<Self>) -> Busy {
        phase.begun.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(phase))
    }

    /// The request's body was refused unread: after the answer, keep taking the peer's bytes for a moment before closing.
    /// Closing at once would reset the connection, and the peer might lose the answer.
    pub fn linger(&self) {
        self.linger.store(true, Ordering::Relaxed);
    }
}

/// Ends with the last byte of the answer.
pub(super) struct Busy(Arc<Phase>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// An answer's body that keeps its request busy.
pub(super) struct Held<B> {
    body: B,
    _busy: Busy,
}

impl<B> Held<B> {
    pub(super) fn new(body: B, busy: Busy) -> Self {
        Self { body, _busy: busy }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Held<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What the read timer was set for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// For the first byte of request `n`.
    Idle(u32),
    /// For the end of the head of request `n`.
    Head(u32),
}

/// The guarded stream.
pub(super) struct Guarded {
    stream: Stream,
    phase: Arc<Phase>,
    deadlines: Deadlines,
    read_timer: Timer,
    armed_for: Option<Waiting>,
    /// Request of whose head some bytes have come.
    head_of: Option<u32>,
    write_timer: Timer,
    /// Bytes of an answer are waiting in the reader of HTTP: nothing may be written past it.
    unflushed: bool,
    lingering: Lingering,
}

enum Lingering {
    No,
    /// Our half is closed; bytes thrown away so far.
    Until(usize),
}

const LINGER: Duration = Duration::from_secs(5);
const LINGER_BYTES: usize = 128 << 20;
const SLOW_HEAD: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

impl Guarded {
    pub(super) fn new(stream: Stream, phase: Arc<Phase>, deadlines: Deadlines) -> Self {
        Self {
            stream,
            phase,
            deadlines,
            read_timer: Timer::default(),
            armed_for: None,
            head_of: None,
            write_timer: Timer::default(),
            unflushed: false,
            lingering: Lingering::No,
        }
    }

    /// `None` while a request is worked on.
    fn waiting(&self) -> Option<Waiting> {
        let done = self.phase.done.load(Ordering::Relaxed);
        let busy = self.phase.begun.load(Ordering::Relaxed) != done;
        match self.head_of {
            _ if busy => None,
            Some(request) if request == done => Some(Waiting::Head(done)),
            _ => Some(Waiting::Idle(done)),
        }
    }

    fn poll_read_deadline(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(waiting) = self.waiting() else { return Poll::Pending };
        if self.armed_for != Some(waiting) {
            let span = match waiting {
                Waiting::Head(_) | Waiting::Idle(0) => self.deadlines.head,
                Waiting::Idle(_) => self.deadlines.idle,
            };
            self.read_timer.set(span);
            self.armed_for = Some(waiting);
        }
        ready!(self.read_timer.poll(cx));
        if matches!(waiting, Waiting::Head(_)) && !self.unflushed {
            // Best effort: the buffer of an idle socket has room for it.
            let _ = Pin::new(&mut self.stream).poll_write(cx, SLOW_HEAD);
            let _ = Pin::new(&mut self.stream).poll_flush(cx);
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn written(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if result.is_ready() {
            self.unflushed = false;
            self.write_timer.clear();
            return result;
        }
        self.unflushed = true;
        if !self.write_timer.is_set() {
            self.write_timer.set(self.deadlines.write);
        }
        ready!(self.write_timer.poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Throws away what still comes, for a bounded time and amount.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Lingering::Until(mut thrown) = self.lingering else { return Poll::Ready(Ok(())) };
        let mut space = [0; 16 << 10];
        loop {
            let mut buffer = ReadBuf::new(&mut space);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() && thrown < LINGER_BYTES => {
                    thrown += buffer.filled().len();
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => {
                    self.lingering = Lingering::Until(thrown);
                    ready!(self.read_timer.poll(cx));
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

impl AsyncRead for Guarded {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buf) {
            Poll::Ready(result) => {
                if buf.filled().len() > before
                    && let Some(Waiting::Idle(request)) = self.waiting()
                {
                    self.head_of = Some(request);
                }
                Poll::Ready(result)
            }
            Poll::Pending => self.poll_read_deadline(cx),
        }
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.written(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.written(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Lingering::No = self.lingering {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            // A head that was refused (too long, not HTTP) leaves unread bytes, too.
            let refused_head = matches!(self.waiting(), Some(Waiting::Head(_)));
            if !refused_head && !self.phase.linger.load(Ordering::Relaxed) {
                return Poll::Ready(Ok(()));
            }
            self.read_timer.set(LINGER);
            self.lingering = Lingering::Until(0);
        }
        self.poll_linger(cx)
    }
}

/// A timer that costs nothing until it is first needed.
#[derive(Default)]
struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    set: bool,
}

impl Timer {
    fn set(&mut self, span: Duration) {
        let deadline = Instant::now() + span;
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().reset(deadline),
            None => self.sleep = Some(Box::pin(tokio::time::sleep_until(deadline))),
        }
        self.set = true;
    }

    fn is_set(&self) -> bool {
        self.set
    }

    fn clear(&mut self) {
        self.set = false;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.sleep {
            Some(sleep) if self.set => sleep.as_mut().poll(cx),
            _ => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    const MOMENT: Duration = Duration::from_millis(200);
    const LONG: Duration = Duration::from_mins(10);

    async fn pair(deadlines: Deadlines) -> (Guarded, Arc<Phase>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let phase = Arc::new(Phase::default());
        (Guarded::new(Stream::Plain(listener.accept().await.unwrap().0), Arc::clone(&phase), deadlines), phase, peer)
    }

    #[tokio::test]
    async fn a_peer_that_does_not_read_is_dropped() {
        let (mut guarded, phase, _peer) = pair(Deadlines { head: LONG, idle: LONG, write: MOMENT }).await;
        let _busy = Phase::begin(&phase);
        let piece = vec![0; 1 << 20];
        let error = loop {
            if let Err(error) = guarded.write_all(&piece).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_slow_head_is_told_so() {
        let (mut guarded, _phase, mut peer) = pair(Deadlines { head: MOMENT, idle: LONG, write: LONG }).await;
        peer.write_all(b"POST / HT").await.unwrap();
        let mut head = [0; 64];
        assert_eq!(guarded.read(&mut head).await.unwrap(), 9);
        assert_eq!(guarded.read(&mut head).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(guarded);
        let mut answer = String::new();
        peer.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }

    #[tokio::test]
    async fn an_answered_connection_may_idle_longer_than_a_head_may_take() {
        let (mut guarded, phase, mut peer) = pair(Deadlines { head: MOMENT, idle: LONG, write: LONG }).await;
        peer.write_all(b"request").await.unwrap();
        let mut bytes = [0; 64];
        assert_eq!(guarded.read(&mut bytes).await.unwrap(), 7);
        let busy = Phase::begin(&phase);
        assert!(tokio::time::timeout(3 * MOMENT, guarded.read(&mut bytes)).await.is_err(), "no deadline while busy");
        drop(busy);
        assert!(tokio::time::timeout(3 * MOMENT, guarded.read(&mut bytes)).await.is_err(), "idle is not slow");
        peer.write_all(b"next").await.unwrap();
        assert_eq!(guarded.read(&mut bytes).await.unwrap(), 4);
        assert_eq!(guarded.read(&mut bytes).await.unwrap_err().kind(), io::ErrorKind::TimedOut, "but half a head is");
    }
}
