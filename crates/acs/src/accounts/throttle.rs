//! Slows guessing down and never locks anyone out for good.

use crate::addresses::address_group;
use crate::{AcsError, Result};
use model::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;

/// What is guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A password: at sign-in, and wherever one is asked for again.
    Password,
    /// A code of an app or a recovery code.
    Code,
    /// Going to the provider of single sign-on: nothing is guessed there, but each way costs a session.
    Away,
}

/// Attempts at once, and seconds until one more is allowed.
type Limit = (f64, f64);

impl Step {
    /// Per person and address, so that someone who guesses from elsewhere does not lock the owner out; per person over all
    /// addresses, for guessing from many; and per address over all people, for spraying.
    ///
    /// Codes have six digits of which three are right at any time: 20 at once and 60 an hour find one with a chance of less
    /// than half a per cent in a day, and whoever tries them knows the password already.
    fn limits(self) -> [Limit; 3] {
        match self {
            Self::Password => [(5.0, 20.0), (50.0, 5.0), (30.0, 5.0)],
            Self::Code => [(5.0, 30.0), (20.0, 60.0), (30.0, 5.0)],
            Self::Away => [(60.0, 1.0), (3000.0, 0.1), (60.0, 1.0)],
        }
    }
}

/// Buckets that fill again, in memory.
#[derive(Default)]
pub(super) struct Throttle {
    buckets: HashMap<String, Bucket>,
    /// Where somebody got through before: what others guess from elsewhere does not slow them down there.
    trusted: HashMap<String, Timestamp>,
}

#[derive(Clone, Copy)]
struct Bucket {
    attempts: f64,
    at: Timestamp,
    /// From empty to full, in milliseconds: after that it is as good as new.
    full_after: i64,
}

/// Buckets and trusted addresses in memory.
const KEPT: usize = 50_000;
/// How long somebody is trusted at an address.
const TRUSTED_MS: i64 = 30 * 86_400_000;

impl Throttle {
    fn pair(step: Step, who: &str, from: IpAddr) -> String {
        format!("{step:?} {} {who}", address_group(from))
    }

    fn keys(&self, step: Step, who: &str, from: IpAddr, time: Timestamp) -> Vec<(String, Limit)> {
        let [pair_limit, person_limit, address_limit] = step.limits();
        let pair = Self::pair(step, who, from);
        let trusted = self.trusted.get(&pair).is_some_and(|at| time.since(*at) < TRUSTED_MS);
        let mut keys = vec![(pair, pair_limit)];
        if !trusted {
            keys.push((format!("{step:?} * {who}"), person_limit));
        }
        keys.push((format!("{step:?} {}", address_group(from)), address_limit));
        keys
    }

    /// Counts an attempt, or says how many seconds to wait.
    pub fn admit(&mut self, step: Step, who: &str, from: IpAddr, time: Timestamp) -> Result<()> {
        if self.buckets.len() > KEPT {
            self.buckets.retain(|_, bucket| time.since(bucket.at) < bucket.full_after);
        }
        let left = |bucket: &Bucket, (most, seconds): Limit| {
            (bucket.attempts + time.since(bucket.at) as f64 / 1000.0 / seconds).min(most)
        };
        let keys = self.keys(step, who, from, time);
        for (key, limit) in &keys {
            let attempts = self.buckets.get(key).map_or(limit.0, |bucket| left(bucket, *limit));
            if attempts < 1.0 {
                return Err(AcsError::Throttled(((1.0 - attempts) * limit.1).ceil() as u32));
            }
        }
        for (key, limit) in keys {
            let attempts = self.buckets.get(&key).map_or(limit.0, |bucket| left(bucket, limit)) - 1.0;
            let full_after = (limit.0 * limit.1 * 1000.0) as i64;
            self.buckets.insert(key, Bucket { attempts, at: time, full_after });
        }
        Ok(())
    }

    /// The right answer clears what the owner mistyped; spraying from the address stays counted.
    pub fn succeeded(&mut self, step: Step, who: &str, from: IpAddr, time: Timestamp) {
        let pair = Self::pair(step, who, from);
        self.buckets.remove(&pair);
        if self.trusted.len() > KEPT {
            self.trusted.retain(|_, at| time.since(*at) < TRUSTED_MS);
        }
        self.trusted.insert(pair, time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const THIEF: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 66));
    const START: Timestamp = Timestamp(0);

    #[test]
    fn n2_guessing_is_slowed_and_the_owner_is_not_locked_out() {
        for (step, wait) in [(Step::Password, 20), (Step::Code, 30)] {
            let mut throttle = Throttle::default();
            for _ in 0..5 {
                throttle.admit(step, "maria", THIEF, START).unwrap();
            }
            let refused = throttle.admit(step, "maria", THIEF, START);
            assert!(matches!(refused, Err(AcsError::Throttled(seconds)) if seconds == wait), "{refused:?}");
            assert!(throttle.admit(step, "maria", OWNER, START).is_ok());
            let later = START.plus_seconds(i64::from(wait));
            assert!(throttle.admit(step, "maria", THIEF, later).is_ok(), "one more after a while");
            assert!(throttle.admit(step, "maria", THIEF, later).is_err());
        }
    }

    #[test]
    fn n2_spraying_many_names_from_one_address_is_slowed() {
        let mut throttle = Throttle::default();
        let mut admit = |i: u32| throttle.admit(Step::Password, &format!("user{i}"), THIEF, START).is_ok();
        assert_eq!((0..100).filter(|i| admit(*i)).count(), 30);
    }

    #[test]
    fn n2_guessing_from_everywhere_is_slowed_but_not_where_the_owner_usually_is() {
        let mut throttle = Throttle::default();
        throttle.succeeded(Step::Password, "maria", OWNER, START);
        let mut from = |i: u32| {
            let thief = IpAddr::from([203, 0, (i >> 8) as u8, i as u8]);
            throttle.admit(Step::Password, "maria", thief, START).is_ok()
        };
        assert_eq!((0..500).filter(|i| from(*i)).count(), 50);
        assert!(throttle.admit(Step::Password, "maria", OWNER, START).is_ok());
        // A password that was right says nothing about codes.
        throttle.succeeded(Step::Password, "maria", THIEF, START);
        let mut codes = |i: u32| {
            let thief = if i == 0 { THIEF } else { IpAddr::from([203, 0, (i >> 8) as u8, i as u8]) };
            throttle.admit(Step::Code, "maria", thief, START).is_ok()
        };
        assert_eq!((0..500).filter(|i| codes(*i)).count(), 20);
        assert!(throttle.admit(Step::Code, "maria", THIEF, START).is_err());
    }

    #[test]
    fn n2_a_whole_ipv6_network_is_one_address() {
        let mut throttle = Throttle::default();
        let mut from = |i: u16| {
            let thief = IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, i]);
            throttle.admit(Step::Password, "maria", thief, START).is_ok()
        };
        assert_eq!((0..100).filter(|i| from(*i)).count(), 5);
    }

    #[test]
    fn success_forgives_typing_errors() {
        let mut throttle = Throttle::default();
        for _ in 0..5 {
            throttle.admit(Step::Password, "maria", OWNER, START).unwrap();
        }
        throttle.succeeded(Step::Password, "maria", OWNER, START);
        assert!(throttle.admit(Step::Password, "maria", OWNER, START).is_ok());
    }

    #[test]
    fn ways_to_the_provider_are_bounded_by_address() {
        let mut throttle = Throttle::default();
        let mut go = |from| (0..200).filter(|_| throttle.admit(Step::Away, "", from, START).is_ok()).count();
        assert_eq!((go(THIEF), go(OWNER)), (60, 60));
        assert!(throttle.admit(Step::Away, "", THIEF, START.plus_seconds(1)).is_ok(), "one a second");
    }
}
