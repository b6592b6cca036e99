//! What Lastmile does by itself and what fails with a device: tried again later and later, and said to be stuck.

use super::{DevicePatch, Session, Timestamp, Write};

/// Reading all settings of a device that was never read whole.
pub(super) const DISCOVERY: &str = "Reading all settings";
/// Broken sessions that only teach how to ask; later ones count as failures, too.
const LESSONS: u32 = 3;

impl Session {
    /// Something failed. It is not tried again in every session; after a few times a person sees it.
    pub(super) fn gave_up(&mut self, what: &str, reason: &str, writes: &mut Vec<Write>, now: Timestamp) {
        self.learnt.patience.failed(what, reason, now);
        let mut patch = DevicePatch { quirks: Some(self.learnt.to_json()), ..DevicePatch::default() };
        if let Some(reason) = self.learnt.patience.stuck() {
            let since = self.record.stuck.as_ref().map_or(now, |(since, _)| *since);
            self.record.stuck = Some((since, reason));
            patch.stuck = Some(self.record.stuck.clone());
        }
        writes.push(self.device(patch));
    }

    /// Something worked: its failures are forgotten, and the device is no longer stuck with it.
    pub(super) fn worked(&mut self, what: &str, patch: &mut DevicePatch) {
        self.learnt.patience.succeeded(what);
        if self.record.stuck.is_some() && self.learnt.patience.stuck().is_none() {
            self.record.stuck = None;
            patch.stuck = Some(None);
        }
    }

    /// Whether the session broke off so often that it counts as a failure of what was under way.
    pub(super) fn breaks_too_often(&self) -> bool {
        self.learnt.breaks.values().map(|times| u32::from(*times)).sum::<u32>() > LESSONS
    }
}
