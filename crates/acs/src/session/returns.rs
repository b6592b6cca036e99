//! How long devices are away when they reboot, so that the next one can be announced.

use serde::{Deserialize, Serialize};

/// Returns that are remembered of each kind: the newest.
const REMEMBERED: usize = 15;
/// What takes longer was a power cut or a journey, not a reboot, in milliseconds.
const LONGEST_MS: i64 = 15 * 60_000;

/// Milliseconds from the order to the report of a boot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Returns {
    /// Oldest first.
    reboots: Vec<u32>,
    /// From factory resets, which take longer.
    resets: Vec<u32>,
    /// How many were ever noted, wrapping, and the newest of them.
    seen: u32,
    newest: Option<(bool, u32)>,
}

impl Returns {
    pub fn note(&mut self, reset: bool, after_ms: i64) {
        let Some(after) = u32::try_from(after_ms).ok().filter(|_| after_ms <= LONGEST_MS) else { return };
        let list = if reset { &mut self.resets } else { &mut self.reboots };
        list.push(after);
        let surplus = list.len().saturating_sub(REMEMBERED);
        list.drain(..surplus);
        self.seen = self.seen.wrapping_add(1);
        self.newest = Some((reset, after));
    }

    /// Takes over for a model what one device has shown between two moments.
    pub fn take_over(&mut self, before: &Self, after: &Self) {
        if before.seen != after.seen
            && let Some((reset, after)) = after.newest
        {
            self.note(reset, i64::from(after));
        }
    }

    /// The median, in milliseconds; `None` if none was seen.
    pub fn usual(&self, reset: bool) -> Option<i64> {
        let mut list = if reset { self.resets.clone() } else { self.reboots.clone() };
        list.sort_unstable();
        list.get(list.len().saturating_sub(1) / 2).copied().map(i64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_them_were_faster() {
        let mut returns = Returns::default();
        assert_eq!(returns.usual(false), None);
        for seconds in [100, 300, 200] {
            returns.note(false, seconds * 1000);
        }
        assert_eq!(returns.usual(false), Some(200_000));
        assert_eq!(returns.usual(true), None, "a reset is another thing");
        returns.note(false, 8 * 3_600_000);
        assert_eq!(returns.usual(false), Some(200_000), "a night without power is no reboot");
    }

    #[test]
    fn only_the_newest_count() {
        let mut returns = Returns::default();
        (0..40).for_each(|_| returns.note(true, 900_000));
        (0..15).for_each(|_| returns.note(true, 60_000));
        assert_eq!(returns.usual(true), Some(60_000));
    }

    #[test]
    fn a_model_learns_each_return_once() {
        let (mut model, before) = (Returns::default(), Returns::default());
        let mut after = before.clone();
        after.note(false, 90_000);
        model.take_over(&before, &after);
        model.take_over(&after, &after);
        assert_eq!(model.reboots, [90_000]);
    }
}
