//! Somebody opens the page of a device: what it shows is read from the device at once.

use super::Acs;
use crate::aliases::Resolver;
use crate::clock::now;
use crate::{Actor, Result};
use model::device::{Enrolment, Presence};
use model::task::{TaskKind, TaskView};
use model::{DeviceId, Permission, Timestamp};
use std::collections::HashMap;
use std::sync::Mutex;

/// Milliseconds in which a device is not asked again because somebody looks, whoever it is.
const PAUSE: i64 = 20_000;

/// When devices were asked because somebody looked.
#[derive(Default)]
pub(super) struct Looks(Mutex<HashMap<DeviceId, Timestamp>>);

impl Looks {
    /// Whether this look is the first for a while. Then it counts.
    fn is_due(&self, device: DeviceId, now: Timestamp) -> bool {
        let mut looks = self.0.lock().expect("no panic while locked");
        if looks.get(&device).is_some_and(|at| now.since(*at) < PAUSE) {
            return false;
        }
        looks.retain(|_, at| now.since(*at) < PAUSE);
        looks.insert(device, now);
        true
    }
}

impl Acs {
    /// Reads what the page of a device shows in one cheap task, if the actor may, the device is there, and nobody's
    /// look has just done it. `None`: nothing was asked for.
    pub async fn look(&self, actor: &Actor, id: DeviceId) -> Result<Option<TaskView>> {
        self.at(actor, Permission::DeviceRead, id).await?;
        if actor.require(Permission::DeviceRefresh).is_err() {
            return Ok(None);
        }
        let record = self.record(id).await?;
        let time = now();
        let presence = Presence::at(time, record.late_at, record.overdue_at, record.rebooting_until);
        let there = matches!(presence, Presence::Online | Presence::Late);
        if record.enrolment != Enrolment::Approved || !there || record.tree_read_at.is_none() {
            return Ok(None);
        }
        if !self.inner.looks.is_due(id, time) {
            return Ok(None);
        }
        let tree = self.stored_tree(id).await?;
        let aliases = Resolver::of(&record, &tree).noting();
        crate::views::look_over(&aliases, &record);
        let seen = aliases.take_seen();
        let paths = aliases.to_refresh(&seen);
        if paths.is_empty() {
            return Ok(None);
        }
        // Nobody asked for it: it is not in the audit log.
        self.queue_task(actor, id, TaskKind::Refresh { paths }, false).await.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_at_one_device_count_once_for_a_while() {
        let looks = Looks::default();
        let due = |device: i64, at: i64| looks.is_due(DeviceId(device), Timestamp(at));
        assert!(due(1, 0));
        assert!(!due(1, PAUSE - 1));
        assert!(due(2, PAUSE - 1));
        assert!(due(1, PAUSE));
        assert!(!due(2, PAUSE));
    }
}
