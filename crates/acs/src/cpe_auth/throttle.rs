//! Slows down those who try passwords, and locks nobody out (rule 55).
//!
//! The right password is never kept waiting. The answer to a wrong one is, the longer the more wrong ones came from its
//! address or for its name lately, and an address waits for few answers at once. So a router with the wrong password
//! does not keep its neighbours behind the same carrier NAT out, and guessing is slow whatever is varied.

use crate::addresses::address_group;
use model::Timestamp;
use moka::sync::Cache;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Wrong tries that cost nothing, of an address and for a name.
const FREE_OF_ADDRESS: f64 = 20.0;
const FREE_OF_NAME: f64 = 5.0;
/// A wrong try is forgotten after this long: the level sinks by one.
const FORGET_MS: f64 = 10_000.0;
/// However many there were, they are forgotten after ten minutes.
const HIGHEST: f64 = 60.0;
/// Answers that one address may wait for at once.
const WAITING: u32 = 16;
/// Addresses and names that are remembered.
const CAPACITY: u64 = 50_000;

pub(crate) struct Throttle {
    addresses: Cache<IpAddr, Arc<Strikes>>,
    names: Cache<u64, Arc<Strikes>>,
    longest: Duration,
}

#[derive(Default)]
struct Strikes {
    /// How many, and when that was.
    level: Mutex<(f64, i64)>,
    waiting: AtomicU32,
}

impl Strikes {
    fn add(&self, now: Timestamp) -> f64 {
        let mut level = self.level.lock().expect("no panic while locked");
        let (before, at) = *level;
        let sunk = (before - (now.0 - at).max(0) as f64 / FORGET_MS).max(0.0);
        *level = ((sunk + 1.0).min(HIGHEST), now.0);
        level.0
    }
}

/// A place among those that wait; free again when dropped, also if the peer has gone.
struct Waiting(Arc<Strikes>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Throttle {
    /// `longest`: the longest wait for an answer.
    pub fn new(longest: Duration) -> Self {
        let keep = Duration::from_mins(10);
        Self {
            addresses: Cache::builder().max_capacity(CAPACITY).time_to_idle(keep).build(),
            names: Cache::builder().max_capacity(CAPACITY).time_to_idle(keep).build(),
            longest,
        }
    }

    /// Whether so many wrong tries of the address wait for their answers that no more are looked at.
    pub fn is_full(&self, address: IpAddr) -> bool {
        let strikes = self.addresses.get(&address_group(address));
        strikes.is_some_and(|strikes| strikes.waiting.load(Ordering::Acquire) >= WAITING)
    }

    /// Counts a wrong try and waits as long as its answer is to take. `true` if it was the first one for this name that
    /// had to wait.
    pub async fn wrong(&self, address: IpAddr, name: &str, now: Timestamp) -> bool {
        let of_address = self.addresses.get_with(address_group(address), Arc::default);
        let of_name = self.names.get_with(key(name), Arc::default);
        let name_level = of_name.add(now);
        let over = (of_address.add(now) - FREE_OF_ADDRESS).max(name_level - FREE_OF_NAME);
        if over > 0.0 {
            of_address.waiting.fetch_add(1, Ordering::AcqRel);
            let _waiting = Waiting(of_address);
            tokio::time::sleep(self.delay(over)).await;
        }
        name_level > FREE_OF_NAME && name_level <= FREE_OF_NAME + 1.0
    }

    /// The name was used rightly.
    pub fn right(&self, name: &str) {
        // Looked up first: an invalidation costs more than a look, and mostly there is nothing.
        let key = key(name);
        if self.names.contains_key(&key) {
            self.names.invalidate(&key);
        }
    }

    /// A sixteenth of the longest at first, then twice as long each time.
    fn delay(&self, over: f64) -> Duration {
        self.longest.mul_f64((over.min(8.0).exp2() / 32.0).min(1.0))
    }
}

fn key(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn the_wait_doubles_up_to_the_longest() {
        let throttle = Throttle::new(Duration::from_secs(4));
        let delays: Vec<_> = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 50.0].map(|over| throttle.delay(over).as_millis()).to_vec();
        assert_eq!(delays, [250, 500, 1000, 2000, 4000, 4000, 4000]);
    }

    #[tokio::test]
    async fn rule_55_wrong_tries_are_forgotten() {
        let throttle = Throttle::new(Duration::from_millis(1));
        let mut first = Vec::new();
        for attempt in 0..8 {
            if throttle.wrong(address(1), "a", NOW).await {
                first.push(attempt);
            }
        }
        assert_eq!(first, [5], "told once");
        let strikes = throttle.names.get(&key("a")).unwrap();
        assert!(strikes.add(NOW.plus_seconds(600)) <= 1.0);
        throttle.right("a");
        assert!(throttle.names.get(&key("a")).is_none());
        assert!(throttle.names.get(&key("b")).is_none());
    }

    #[tokio::test]
    async fn rule_55_an_address_waits_for_few_answers_at_once() {
        let throttle = Arc::new(Throttle::new(Duration::from_mins(1)));
        for attempt in 0..20 {
            throttle.wrong(address(1), &format!("name {attempt}"), NOW).await;
        }
        assert!(!throttle.is_full(address(1)));
        let tries: Vec<_> = (0..WAITING)
            .map(|attempt| {
                let throttle = throttle.clone();
                tokio::spawn(async move { throttle.wrong(address(1), &format!("other {attempt}"), NOW).await })
            })
            .collect();
        for _ in 0..1000 {
            if throttle.is_full(address(1)) {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert!(throttle.is_full(address(1)) && !throttle.is_full(address(2)));
        for one in &tries {
            one.abort();
        }
        for one in tries {
            assert!(one.await.unwrap_err().is_cancelled());
        }
        assert!(!throttle.is_full(address(1)), "who leaves frees the place");
    }
}
