//! Counts of the whole fleet, which cost more the larger it is: kept, shown with their age, and counted again in the
//! background by one task at a time. A page view never waits for one, except the very first.

use crate::Result;
use crate::clock::now;
use model::{Scope, Timestamp};
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Counting may take this part of the time at most.
const SHARE: u32 = 20;

pub(crate) struct Counted<T> {
    kept: Arc<Mutex<Option<T>>>,
    /// When the kept value is old.
    old_at: Arc<AtomicI64>,
    counting: Arc<AtomicBool>,
    at_least: Duration,
}

impl<T: Clone + Send + 'static> Counted<T> {
    /// A value that is counted again after `at_least`, or later if counting is slow.
    pub fn new(at_least: Duration) -> Self {
        Self { kept: Arc::default(), old_at: Arc::new(AtomicI64::new(0)), counting: Arc::default(), at_least }
    }

    /// The kept value. If it is old, `count` starts in the background; if there is none, this waits for it.
    pub async fn get<F>(&self, count: impl FnOnce(Timestamp) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let mut kept = self.kept.lock().await;
        let time = now();
        if let Some(value) = &*kept {
            let old = time.0 >= self.old_at.load(Ordering::Relaxed);
            if old && !self.counting.swap(true, Ordering::AcqRel) {
                let (slot, old_at, counting) = (self.kept.clone(), self.old_at.clone(), self.counting.clone());
                let (work, at_least) = (count(time), self.at_least);
                tokio::spawn(async move {
                    let started = Instant::now();
                    match work.await {
                        Ok(value) => *slot.lock().await = Some(value),
                        Err(error) => tracing::warn!(error = error.causes(), "counting failed; the old count stays"),
                    }
                    old_at.store(now().0 + wait(started, at_least), Ordering::Relaxed);
                    counting.store(false, Ordering::Release);
                });
            }
            return Ok(value.clone());
        }
        let started = Instant::now();
        let value = count(time).await?;
        *kept = Some(value.clone());
        self.old_at.store(now().0 + wait(started, self.at_least), Ordering::Relaxed);
        Ok(value)
    }
}

/// The same for each part of the fleet that somebody asks about.
pub(crate) struct CountedIn<T> {
    whole: Arc<Counted<T>>,
    parts: std::sync::Mutex<HashMap<Scope, Arc<Counted<T>>>>,
    at_least: Duration,
}

/// Parts that are remembered. More are counted anew each time.
const PARTS: usize = 200;

impl<T: Clone + Send + 'static> CountedIn<T> {
    pub fn new(at_least: Duration) -> Self {
        Self { whole: Arc::new(Counted::new(at_least)), parts: std::sync::Mutex::default(), at_least }
    }

    pub fn of(&self, scope: Option<&Scope>) -> Arc<Counted<T>> {
        let Some(scope) = scope else { return self.whole.clone() };
        let mut parts = self.parts.lock().expect("no panic while locked");
        if let Some(part) = parts.get(scope) {
            return part.clone();
        }
        if parts.len() >= PARTS {
            parts.clear();
        }
        let part = Arc::new(Counted::new(self.at_least));
        parts.insert(scope.clone(), part.clone());
        part
    }
}

/// Milliseconds until the next count.
fn wait(started: Instant, at_least: Duration) -> i64 {
    (started.elapsed() * SHARE).max(at_least).as_millis() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[tokio::test]
    async fn a_count_is_kept_and_renewed_in_the_background() {
        let counted = Counted::new(Duration::ZERO);
        let calls = Arc::new(AtomicU32::new(0));
        let count = |_| {
            let calls = calls.clone();
            async move { Ok(calls.fetch_add(1, Ordering::SeqCst)) }
        };
        assert_eq!(counted.get(count).await.unwrap(), 0);
        // Old at once, but the kept one is answered.
        assert_eq!(counted.get(count).await.unwrap(), 0);
        for _ in 0..100 {
            if counted.get(count).await.unwrap() > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("never counted again");
    }
}
