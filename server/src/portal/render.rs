//! A page is rendered by one task, together with everything that it loads.
//!
//! A memo of the reactive graph that is computed while one of its sources changes counts as up to date afterwards
//! (`reactive_graph` 0.2, `MemoInner::update_if_necessary`). In a browser nothing changes meanwhile. On a server what a page
//! loads is spawned, arrives on another thread, and once in some thousand pages just then: the page goes out without it, and
//! the browser cannot take it over. So what a page spawns is kept beside its rendering, and the two take turns.

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures::stream::{FuturesUnordered, Stream};
use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

type Spawned = Arc<Mutex<Vec<PinnedFuture<()>>>>;

thread_local! {
    /// Of the page that this thread is at work on.
    static CURRENT: RefCell<Option<Spawned>> = const { RefCell::new(None) };
}

/// Gives what is spawned to the page that spawns it. Before any page is rendered.
pub fn init() {
    // Tests put more than one portal together in a process.
    let _ = Executor::init_custom_executor(PageExecutor);
}

struct PageExecutor;

impl CustomExecutor for PageExecutor {
    fn spawn(&self, work: PinnedFuture<()>) {
        let left = CURRENT.with_borrow(|current| match current {
            Some(spawned) => {
                spawned.lock().unwrap_or_else(PoisonError::into_inner).push(work);
                None
            }
            None => Some(work),
        });
        if let Some(work) = left {
            tokio::spawn(work);
        }
    }

    fn spawn_local(&self, work: PinnedLocalFuture<()>) {
        tokio::task::spawn_local(work);
    }

    fn poll_local(&self) {}
}

/// A layer for routes that render pages.
pub async fn together(request: Request, next: Next) -> Response {
    let mut work = Work::default();
    let mut rendering = pin!(next.run(request));
    let response = std::future::poll_fn(|context| work.take_turns(context, |context| rendering.as_mut().poll(context)));
    let (head, body) = response.await.into_parts();
    Response::from_parts(head, Body::new(PageBody { body, work }))
}

/// What a page has spawned.
#[derive(Default)]
struct Work {
    spawned: Spawned,
    running: FuturesUnordered<PinnedFuture<()>>,
}

/// Puts back whoever was at work before, also after a panic.
struct Turn(Option<Spawned>);

impl Turn {
    fn of(spawned: &Spawned) -> Self {
        Self(CURRENT.replace(Some(spawned.clone())))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

impl Work {
    /// One step of the rendering, then of all that it spawned, as far as that goes by itself.
    fn take_turns<T>(
        &mut self,
        context: &mut Context<'_>,
        mut render: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let _turn = Turn::of(&self.spawned);
        if let Poll::Ready(done) = render(context) {
            return Poll::Ready(done);
        }
        loop {
            let new = std::mem::take(&mut *self.spawned.lock().unwrap_or_else(PoisonError::into_inner));
            let none_new = new.is_empty();
            self.running.extend(new);
            // What has ended wakes the rendering, if that waits for it.
            let ended = matches!(Pin::new(&mut self.running).poll_next(context), Poll::Ready(Some(())));
            if none_new && !ended {
                return Poll::Pending;
            }
        }
    }
}

/// The page, in pieces as they are ready.
struct PageBody {
    body: Body,
    work: Work,
}

impl HttpBody for PageBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, axum::Error>>> {
        let Self { body, work } = self.get_mut();
        work.take_turns(context, |context| Pin::new(&mut *body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::middleware::from_fn;
    use axum::routing::{MethodRouter, get};
    use http_body_util::BodyExt;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread::sleep;
    use std::time::Duration;
    use tower::ServiceExt;

    /// Spawns something that comes back from another thread, is busy when it does, and only then waits for it.
    async fn page() -> String {
        let (arrived, (tell, told)) = (Arc::new(AtomicBool::new(false)), tokio::sync::oneshot::channel());
        let flag = arrived.clone();
        Executor::spawn(async move {
            let _ = tokio::task::spawn_blocking(|| sleep(Duration::from_millis(20))).await;
            flag.store(true, Ordering::SeqCst);
            let _ = tell.send(());
        });
        tokio::time::sleep(Duration::from_millis(5)).await;
        sleep(Duration::from_millis(200));
        let early = arrived.load(Ordering::SeqCst);
        let came = tokio::time::timeout(Duration::from_secs(5), told).await;
        format!("early {early}, came {}", came.is_ok_and(|came| came.is_ok()))
    }

    async fn streamed() -> Body {
        Body::from_stream(futures::stream::once(async { Ok::<_, axum::Error>(page().await) }))
    }

    async fn text(response: Response) -> String {
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn what_a_page_loads_arrives_between_its_steps() {
        init();
        let routes: [MethodRouter; 2] = [get(page), get(streamed)];
        for route in routes {
            let alone = route.clone();
            let alone =
                tokio::spawn(async move { text(alone.oneshot(Request::<Body>::default()).await.unwrap()).await });
            assert_eq!(alone.await.unwrap(), "early true, came true", "without the layer");
            let together: MethodRouter = route.layer(from_fn(together));
            let together =
                tokio::spawn(async move { text(together.oneshot(Request::<Body>::default()).await.unwrap()).await });
            assert_eq!(together.await.unwrap(), "early false, came true");
        }
    }
}
