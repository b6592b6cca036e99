//! Nonces that verify themselves, and a bounded memory of those that were used.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use model::Timestamp;
use sha2::Sha256;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Time in milliseconds (6 bytes), randomness (6 bytes): what is signed, and what identifies a nonce.
type Id = [u8; 12];
const MAC: usize = 12;

/// How far ahead, in milliseconds, the clock of another node that issues nonces may be.
const SKEW: i64 = 5000;

/// Makes and recognises nonces: base64url of time, randomness and a MAC, 32 characters. Short, because devices
/// keep them in short buffers.
pub(super) struct Nonces {
    secret: [u8; 32],
    /// Milliseconds.
    pub(super) lifetime: i64,
}

impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nonces").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// Where a nonce comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Ours { id: Id, issued: Timestamp },
    Expired,
    Foreign,
}

impl Nonces {
    pub(super) fn new(secret: [u8; 32], lifetime: i64) -> Self {
        Self { secret, lifetime }
    }

    pub(super) fn issue(&self, now: Timestamp) -> String {
        let mut nonce = [0; 12 + MAC];
        nonce[..6].copy_from_slice(&now.0.to_be_bytes()[2..]);
        nonce[6..12].copy_from_slice(&rand::random::<[u8; 6]>());
        let mac = self.mac(&nonce[..12]).finalize().into_bytes();
        nonce[12..].copy_from_slice(&mac[..MAC]);
        URL_SAFE_NO_PAD.encode(nonce)
    }

    pub(super) fn check(&self, nonce: &str, now: Timestamp) -> Origin {
        let mut bytes = [0; 12 + MAC];
        if URL_SAFE_NO_PAD.decode_slice(nonce, &mut bytes) != Ok(12 + MAC) {
            return Origin::Foreign;
        }
        let (id, mac) = bytes.split_at(12);
        if self.mac(id).verify_truncated_left(mac).is_err() {
            return Origin::Foreign;
        }
        let mut signed = Id::default();
        signed.copy_from_slice(id);
        let issued = Timestamp(id[..6].iter().fold(0, |time, byte| time << 8 | i64::from(*byte)));
        // One from farther ahead was issued before our clock was set back.
        if !(-SKEW..self.lifetime).contains(&(now.0 - issued.0)) {
            return Origin::Expired;
        }
        Origin::Ours { id: signed, issued }
    }

    fn mac(&self, id: &[u8]) -> Hmac<Sha256> {
        Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes keys of any length").chain_update(id)
    }
}

/// Which `nc` of which nonces were used. Its memory is bounded: when it is full it forgets the older half, and every
/// nonce it may have forgotten counts as stale from then on, so that nothing can be replayed.
#[derive(Debug)]
pub struct NonceTable {
    shards: Vec<Mutex<Shard>>,
    /// Nonces in one generation of one shard.
    generation: usize,
}

const SHARDS: usize = 16;

#[derive(Debug)]
struct Shard {
    young: HashMap<Id, Window>,
    old: HashMap<Id, Window>,
    /// When the young generation began.
    since: Timestamp,
    /// Nonces issued before this moment may have been forgotten.
    floor: Timestamp,
}

/// The counts seen of one nonce: the highest, and which of the 64 up to it.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    highest: u32,
    seen: u64,
}

/// What the use of a count was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    First,
    Again,
    Forgotten,
}

impl NonceTable {
    /// With room for about `capacity` nonces.
    pub fn new(capacity: usize) -> Self {
        let shard = || Shard {
            young: HashMap::new(),
            old: HashMap::new(),
            since: Timestamp(i64::MIN),
            floor: Timestamp(i64::MIN),
        };
        Self { shards: (0..SHARDS).map(|_| Mutex::new(shard())).collect(), generation: (capacity / SHARDS / 2).max(1) }
    }

    /// Number of nonces that are remembered.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard)).map(|shard| shard.young.len() + shard.old.len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn record(&self, id: Id, issued: Timestamp, count: u32, now: Timestamp, lifetime: i64) -> Use {
        // Byte 6 is random, and signed: nobody can choose the shard.
        let mut shard = lock(&self.shards[usize::from(id[6]) % SHARDS]);
        shard.rotate(now, lifetime, self.generation);
        let known = shard.young.get(&id).or_else(|| shard.old.get(&id)).copied();
        if known.is_none() && issued < shard.floor {
            return Use::Forgotten;
        }
        let mut window = known.unwrap_or_default();
        if !window.take(count) {
            return Use::Again;
        }
        shard.young.insert(id, window);
        Use::First
    }
}

fn lock(shard: &Mutex<Shard>) -> std::sync::MutexGuard<'_, Shard> {
    // A shard is whole between any two statements, so a panic elsewhere does not spoil it.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shard {
    /// Begins a new generation when the young one is full, or so old that all of the one before has expired.
    fn rotate(&mut self, now: Timestamp, lifetime: i64, most: usize) {
        if self.since.0 == i64::MIN {
            self.since = now;
        }
        let full = self.young.len() >= most;
        if !full && now.since(self.since) < lifetime {
            return;
        }
        if !self.old.is_empty() && self.since.plus_millis(lifetime) > now {
            // Some of those that go may still be good. All were issued before the young generation began.
            self.floor = self.since.plus_millis(SKEW).min(now);
        }
        self.old = std::mem::take(&mut self.young);
        self.since = now;
    }
}

impl Window {
    /// Whether `count` is new; it no longer is afterwards.
    fn take(&mut self, count: u32) -> bool {
        if self.seen == 0 || count > self.highest {
            let ahead = if self.seen == 0 { 0 } else { count - self.highest };
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest = count;
            return true;
        }
        let behind = self.highest - count;
        if behind >= 64 || self.seen & 1 << behind != 0 {
            return false;
        }
        self.seen |= 1 << behind;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn id(nonces: &Nonces, now: Timestamp) -> (Id, Timestamp) {
        match nonces.check(&nonces.issue(now), now) {
            Origin::Ours { id, issued } => (id, issued),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_nonce_is_ours_until_its_lifetime_ends() {
        let nonces = Nonces::new([7; 32], 1000);
        let nonce = nonces.issue(NOW);
        assert_eq!(nonce.len(), 32);
        assert!(matches!(nonces.check(&nonce, NOW.plus_millis(999)), Origin::Ours { issued: NOW, .. }));
        assert_eq!(nonces.check(&nonce, NOW.plus_millis(1000)), Origin::Expired);
        assert!(matches!(nonces.check(&nonce, NOW.plus_millis(-SKEW)), Origin::Ours { .. }));
        assert_eq!(nonces.check(&nonce, NOW.plus_millis(-SKEW - 1)), Origin::Expired);
        assert_ne!(nonce, nonces.issue(NOW));
        assert_eq!(Nonces::new([8; 32], 1000).check(&nonce, NOW), Origin::Foreign);
    }

    #[test]
    fn a_nonce_with_one_character_changed_is_foreign() {
        let nonces = Nonces::new([7; 32], 1000);
        let nonce = nonces.issue(NOW);
        for at in 0..nonce.len() {
            let other = if nonce.as_bytes()[at] == b'A' { "B" } else { "A" };
            let mut changed = nonce.clone();
            changed.replace_range(at..=at, other);
            assert_eq!(nonces.check(&changed, NOW), Origin::Foreign);
        }
        for odd in ["", "x", "dcd98b7102dd2f0e8b11d0f600bfb0c093", &"A".repeat(5000)] {
            assert_eq!(nonces.check(odd, NOW), Origin::Foreign);
        }
    }

    #[test]
    fn quirk_6_a_count_is_taken_once_in_any_order() {
        let mut window = Window::default();
        for (count, new) in
            [(1, true), (1, false), (3, true), (2, true), (2, false), (100, true), (36, false), (37, true)]
        {
            assert_eq!(window.take(count), new, "{count}");
        }
        assert!(window.take(u32::MAX) && !window.take(u32::MAX) && !window.take(100));
        assert!(Window::default().take(0));
    }

    #[test]
    fn the_table_stays_bounded_and_never_lets_a_count_pass_twice() {
        let nonces = Nonces::new([7; 32], NOW.0);
        let table = NonceTable::new(64);
        let mut used = Vec::new();
        for step in 0..2000 {
            let now = NOW.plus_millis(step);
            let (id, issued) = id(&nonces, now);
            if table.record(id, issued, 1, now, 1_000_000) == Use::First {
                used.push((id, issued));
            }
            assert!(table.len() <= 96, "{}", table.len());
        }
        assert!(used.len() > 1900, "{}", used.len());
        let now = NOW.plus_millis(2000);
        for (id, issued) in used {
            assert_ne!(table.record(id, issued, 1, now, 1_000_000), Use::First);
        }
    }

    #[test]
    fn threads_share_the_table() {
        let nonces = Nonces::new([7; 32], 10_000);
        let table = NonceTable::new(1024);
        let (id, issued) = id(&nonces, NOW);
        let first = std::thread::scope(|scope| {
            let use_all =
                || (1..=64).filter(|count| table.record(id, issued, *count, NOW, 10_000) == Use::First).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(use_all)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        assert_eq!(first, 64);
    }
}
