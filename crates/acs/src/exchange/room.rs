//! Room for work that somebody waits for, when many devices check in at once.
//!
//! A check-in that brings nothing can come a minute later and nobody notices; a device that an agent is waiting for
//! cannot. So plain check-ins are put off first: when so many are being written down that the next one would wait for
//! more than the running transaction, and when all but a share of the sessions are taken. What agents and pages do then
//! never stands behind more than that.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Plain check-ins that are written down at the same time: about what one transaction of the group commit takes.
const PLAIN: usize = 512;
/// One in so many sessions is kept for devices that are waited for.
const KEPT: usize = 16;

pub(crate) struct Room {
    plain: Arc<Semaphore>,
}

/// Held while a check-in is written down.
pub(super) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Room {
    pub fn new() -> Self {
        Self { plain: Arc::new(Semaphore::new(PLAIN)) }
    }

    /// `None`: try again later. `waited_for`: tasks wait for this device. `running` sessions of at most `most`.
    pub(super) fn enter(&self, waited_for: bool, running: usize, most: usize) -> Option<Place> {
        if waited_for {
            return Some(Place { _permit: None });
        }
        if running >= most - most / KEPT {
            return None;
        }
        let permit = self.plain.clone().try_acquire_owned().ok()?;
        Some(Place { _permit: Some(permit) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_check_ins_leave_room_for_those_that_are_waited_for() {
        let room = Room::new();
        let places: Vec<_> = (0..PLAIN).map(|_| room.enter(false, 0, 20_000).unwrap()).collect();
        assert!(room.enter(false, 0, 20_000).is_none());
        assert!(room.enter(true, 0, 20_000).is_some());
        drop(places);
        assert!(room.enter(false, 18_749, 20_000).is_some());
        assert!(room.enter(false, 18_750, 20_000).is_none());
        assert!(room.enter(true, 19_999, 20_000).is_some());
        assert!(room.enter(false, 9, 10).is_some(), "a share of few is none");
    }
}
