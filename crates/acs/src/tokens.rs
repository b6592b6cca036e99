//! Tokens of the API: made, known, and slow to guess.

use crate::accounts::random_secret;
use crate::clock::now;
use crate::{AcsError, Result};
use model::token::{TOKEN_PREFIX, TokenState, TokenView};
use model::{Timestamp, TokenId};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Mutex;
use store::Store;

/// Wrong tokens of one address at once, and seconds until one more is looked at.
const WRONG: (f64, f64) = (20.0, 5.0);
/// A token as it was this many milliseconds ago is good enough: one that another process revoked works so long at most.
const FRESH_MS: i64 = 2000;
/// When a token was used is written at most this often, in milliseconds.
const USED_EVERY_MS: i64 = 60_000;
/// Tokens and addresses in memory.
const KEPT: usize = 10_000;

#[derive(Default)]
pub(crate) struct Tokens {
    /// By digest: when it was looked up.
    known: Mutex<HashMap<String, (Timestamp, TokenView)>>,
    wrong: Mutex<HashMap<IpAddr, (f64, Timestamp)>>,
    /// By token: requests that it may still send at once, and when that was counted.
    used: Mutex<HashMap<TokenId, (f64, Timestamp)>>,
}

/// A new token: what it begins with, and 256 random bits.
pub(crate) fn make() -> String {
    format!("{TOKEN_PREFIX}{}", random_secret())
}

/// What is stored of a token. It is as random as a digest, so that a fast one is enough.
pub(crate) fn digest(token: &str) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(token.as_bytes()) {
        write!(text, "{byte:02x}").expect("a String takes everything");
    }
    text
}

impl Tokens {
    /// Who has this token. One text for all that are not valid.
    pub async fn check(&self, store: &Store, from: IpAddr, token: &str) -> Result<TokenView> {
        let at = now();
        let hash = digest(token);
        let fresh = self.remembered(&hash, at);
        let found = if fresh.is_some() {
            fresh
        } else {
            // Who had a right one before does not wait because somebody else at the same address guesses.
            if !self.known.lock().expect("no panic while locked").contains_key(&hash) {
                self.admit(from, at)?;
            }
            let found = store.token_by_hash(&hash).await?;
            if let Some(token) = &found {
                self.remember(&hash, token.clone(), at);
            }
            found
        };
        let Some(token) = found.filter(|token| token.state(at) == TokenState::Valid) else {
            self.known.lock().expect("no panic while locked").remove(&hash);
            self.count(from, at);
            return Err(AcsError::SignInRefused);
        };
        if token.used_at.is_none_or(|used| at.since(used) >= USED_EVERY_MS) {
            store.token_used(token.id, at).await?;
            self.remember(&hash, TokenView { used_at: Some(at), ..token.clone() }, at);
        }
        Ok(named(token))
    }

    /// Counts a request of a token: at most `per_minute` on average, and as many at once; 0 is no limit. The error says how
    /// long to wait.
    pub fn admit_use(&self, token: TokenId, per_minute: u32, at: Timestamp) -> Result<()> {
        if per_minute == 0 {
            return Ok(());
        }
        let (most, each_ms) = (f64::from(per_minute), 60_000.0 / f64::from(per_minute));
        let mut used = self.used.lock().expect("no panic while locked");
        if used.len() >= KEPT {
            used.retain(|_, (_, counted)| at.since(*counted) < 60_000);
        }
        let (left, counted) = used.get(&token).copied().unwrap_or((most, at));
        let left = (left + at.since(counted) as f64 / each_ms).min(most);
        if left < 1.0 {
            return Err(AcsError::Throttled(((1.0 - left) * each_ms / 1000.0).ceil().max(1.0) as u32));
        }
        used.insert(token, (left - 1.0, at));
        Ok(())
    }

    /// Nothing is remembered of any token: one was revoked.
    pub fn forget_all(&self) {
        self.known.lock().expect("no panic while locked").clear();
    }

    fn remembered(&self, hash: &str, at: Timestamp) -> Option<TokenView> {
        let known = self.known.lock().expect("no panic while locked");
        known.get(hash).filter(|(looked, _)| at.since(*looked) < FRESH_MS).map(|(_, token)| token.clone())
    }

    fn remember(&self, hash: &str, token: TokenView, at: Timestamp) {
        let mut known = self.known.lock().expect("no panic while locked");
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(hash.to_owned(), (at, token));
    }

    /// Says how many seconds to wait after too many wrong ones.
    fn admit(&self, from: IpAddr, at: Timestamp) -> Result<()> {
        let left = self.left(from, at);
        if left < 1.0 { Err(AcsError::Throttled(((1.0 - left) * WRONG.1).ceil() as u32)) } else { Ok(()) }
    }

    fn left(&self, from: IpAddr, at: Timestamp) -> f64 {
        let wrong = self.wrong.lock().expect("no panic while locked");
        wrong
            .get(&from)
            .map_or(WRONG.0, |(left, counted)| (left + at.since(*counted) as f64 / 1000.0 / WRONG.1).min(WRONG.0))
    }

    fn count(&self, from: IpAddr, at: Timestamp) {
        let left = self.left(from, at) - 1.0;
        let mut wrong = self.wrong.lock().expect("no panic while locked");
        if wrong.len() >= KEPT {
            wrong.retain(|_, (_, counted)| at.since(*counted) < 600_000);
        }
        wrong.insert(from, (left, at));
    }
}

/// What a personal token does is seen to be its owner's.
fn named(mut token: TokenView) -> TokenView {
    if let Some(owner) = &token.owner {
        token.name = format!("{} ({})", owner.name, token.name);
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_slowed_by_itself() {
        let tokens = Tokens::default();
        let (one, other) = (TokenId(1), TokenId(2));
        let ask = |token, at| tokens.admit_use(token, 60, Timestamp(at));
        for _ in 0..60 {
            ask(one, 0).unwrap();
        }
        assert!(matches!(ask(one, 0), Err(AcsError::Throttled(1))));
        assert!(ask(other, 0).is_ok() && tokens.admit_use(one, 0, Timestamp(0)).is_ok());
        assert!(ask(one, 1000).is_ok() && ask(one, 1000).is_err(), "one a second");
        for _ in 0..60 {
            ask(one, 600_000).unwrap();
        }
        assert!(ask(one, 600_000).is_err(), "never more than a minute's at once");
    }

    #[test]
    fn tokens_are_long_and_their_digests_say_nothing() {
        let (one, other) = (make(), make());
        assert_ne!(one, other);
        assert!(one.starts_with(TOKEN_PREFIX) && one.len() >= TOKEN_PREFIX.len() + 40, "{one}");
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn guessing_is_slowed_by_address() {
        let tokens = Tokens::default();
        let (thief, owner) = (IpAddr::from([192, 0, 2, 66]), IpAddr::from([192, 0, 2, 1]));
        for _ in 0..20 {
            tokens.admit(thief, Timestamp(0)).unwrap();
            tokens.count(thief, Timestamp(0));
        }
        assert!(matches!(tokens.admit(thief, Timestamp(0)), Err(AcsError::Throttled(5))));
        assert!(tokens.admit(owner, Timestamp(0)).is_ok());
        assert!(tokens.admit(thief, Timestamp(5000)).is_ok(), "one more after a while");
    }
}
