//! The body of a request: whole, or in chunks of a given length.

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A body in memory.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    rest: Bytes,
    /// Bytes of a chunk; `None`: sent whole, with a Content-Length.
    chunk: Option<usize>,
}

impl Payload {
    pub fn new(body: Bytes, chunk: Option<usize>) -> Self {
        Self { rest: body, chunk }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.chunk.unwrap_or(usize::MAX).clamp(1, self.rest.len());
        let piece = self.rest.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        match self.chunk {
            Some(_) if !self.rest.is_empty() => SizeHint::default(),
            _ => SizeHint::with_exact(self.rest.len() as u64),
        }
    }
}
