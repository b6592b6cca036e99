//! How often something may happen: a bucket that fills steadily.

use model::Timestamp;
use std::sync::Mutex;

/// One bucket. It begins full.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// What was taken and is not made good yet, and when that was.
    taken: Mutex<(f64, i64)>,
}

impl Pace {
    /// Whether it may happen once more, at most `a_minute` times at once and a minute; 0: as often as it likes.
    pub fn take(&self, a_minute: u32, now: Timestamp) -> bool {
        if a_minute == 0 {
            return true;
        }
        let most = f64::from(a_minute);
        let mut taken = self.taken.lock().expect("no panic while locked");
        let (before, at) = *taken;
        let left = (before - (now.0 - at).max(0) as f64 * most / 60_000.0).max(0.0);
        let free = left + 1.0 <= most;
        *taken = (if free { left + 1.0 } else { left }, now.0);
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_makes_good_what_was_taken() {
        let pace = Pace::default();
        let now = Timestamp(1_700_000_000_000);
        let taken = (0..100).filter(|_| pace.take(30, now)).count();
        assert_eq!(taken, 30);
        assert!(!pace.take(30, now.plus_millis(1900)));
        assert!(pace.take(30, now.plus_millis(2100)));
        assert_eq!((0..100).filter(|_| pace.take(30, now.plus_seconds(3600))).count(), 30);
        assert!((0..1000).all(|_| pace.take(0, now)));
    }
}
