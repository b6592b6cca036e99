//! Work that is finished even if nobody waits for it any more.

use std::pin::Pin;
use std::task::{Context, Poll};

/// Runs `work` in place; if it is dropped half-way (the peer has closed the connection), a task finishes it. A step of a
/// session is not to be cut between its commit and what it remembers of it.
pub fn anyway<T, F>(work: F) -> Anyway<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    Anyway { work: Some(Box::pin(work)) }
}

/// See [`anyway`].
pub struct Anyway<T: Send + 'static> {
    work: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
}

impl<T: Send + 'static> Future for Anyway<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(work) = &mut self.work else { return Poll::Pending };
        let result = work.as_mut().poll(cx);
        if result.is_ready() {
            self.work = None;
        }
        result
    }
}

impl<T: Send + 'static> Drop for Anyway<T> {
    fn drop(&mut self) {
        let Some(work) = self.work.take() else { return };
        // A future that panicked must not be polled again.
        if !std::thread::panicking()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn dropped_work_is_finished() {
        let (go, wait) = oneshot::channel::<()>();
        let (tell, told) = oneshot::channel();
        let mut work = anyway(async move {
            wait.await.unwrap();
            tell.send(7).unwrap();
        });
        assert!(futures::poll!(&mut work).is_pending());
        drop(work);
        go.send(()).unwrap();
        assert_eq!(told.await, Ok(7));
    }

    #[tokio::test]
    async fn finished_work_gives_its_result() {
        assert_eq!(anyway(async { 5 }).await, 5);
    }
}
