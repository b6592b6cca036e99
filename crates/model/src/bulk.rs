//! One order for many devices.

use crate::device::DeviceFilter;
use crate::task::TaskKind;
use crate::{BulkId, DeviceId, Permission, Timestamp};
use serde::{Deserialize, Serialize};

/// Most devices of one order.
pub const BULK_MAX: u32 = 5_000;
/// Whoever reboots more than this many types how many it is.
pub const TYPED_ABOVE: u32 = 20;
/// Devices whose tasks are queued in a second.
pub const BULK_A_SECOND: u32 = 100;

/// What all of them are to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkKind {
    /// Read everything.
    Refresh,
    Reboot,
}

impl BulkKind {
    pub const ALL: [Self; 2] = [Self::Refresh, Self::Reboot];

    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Reboot => "reboot",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// As the name of the order: `Reboot of 12 routers`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Refresh => "Refresh",
            Self::Reboot => "Reboot",
        }
    }

    /// The task of each device.
    pub fn task(self) -> TaskKind {
        match self {
            Self::Refresh => TaskKind::Refresh { paths: Vec::new() },
            Self::Reboot => TaskKind::Reboot,
        }
    }

    pub fn permission(self) -> Permission {
        self.task().permission()
    }
}

/// Which devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkTarget {
    Devices(Vec<DeviceId>),
    /// Everything that matches right now.
    Matching(DeviceFilter),
}

/// Why nothing was queued for a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkSkip {
    NotApproved,
    /// The same waits or runs already.
    Already,
    /// As many tasks as may be wait for it.
    Full,
    /// It answered that it does not know how.
    NotSupported,
    /// It was deleted meanwhile.
    Gone,
}

impl BulkSkip {
    /// What is so with this many: `3 are not approved`.
    pub fn says(self, count: u32) -> &'static str {
        match (self, count) {
            (Self::NotApproved, 1) => "is not approved",
            (Self::NotApproved, _) => "are not approved",
            (Self::Already, 1) => "has the same task already",
            (Self::Already, _) => "have the same task already",
            (Self::Full, 1) => "has too many tasks waiting",
            (Self::Full, _) => "have too many tasks waiting",
            (Self::NotSupported, 1) => "does not support it",
            (Self::NotSupported, _) => "do not support it",
            (Self::Gone, 1) => "is not there any more",
            (Self::Gone, _) => "are not there any more",
        }
    }
}

/// An order and how far it is. Which devices it is for is fixed when it is prepared, so that no more are asked than were
/// confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkView {
    pub id: BulkId,
    pub kind: BulkKind,
    /// Who asked.
    pub by: String,
    /// Devices it is for.
    pub total: u32,
    /// Devices that got a task.
    pub queued: u32,
    /// Devices that did not, by reason.
    pub skipped: Vec<(BulkSkip, u32)>,
    pub prepared_at: Timestamp,
    /// When it was confirmed.
    pub started_at: Option<Timestamp>,
    /// When the last device was looked at, or when somebody stopped it.
    pub ended_at: Option<Timestamp>,
}

impl BulkView {
    /// Devices that got no task, for whatever reason.
    pub fn skipped_count(&self) -> u32 {
        self.skipped.iter().map(|(_, count)| count).sum()
    }

    /// Devices that were not looked at yet; if it has ended, those that were left alone.
    pub fn left(&self) -> u32 {
        self.total.saturating_sub(self.queued).saturating_sub(self.skipped_count())
    }

    pub fn is_running(&self) -> bool {
        self.started_at.is_some() && self.ended_at.is_none()
    }

    /// Whether the number of devices has to be typed before it starts.
    pub fn needs_typing(&self) -> bool {
        self.kind == BulkKind::Reboot && self.total > TYPED_ABOVE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(kind: BulkKind, total: u32) -> BulkView {
        BulkView {
            id: BulkId(1),
            kind,
            by: "Ana".into(),
            total,
            queued: 0,
            skipped: Vec::new(),
            prepared_at: Timestamp(0),
            started_at: None,
            ended_at: None,
        }
    }

    #[test]
    fn many_reboots_are_typed() {
        assert!(!view(BulkKind::Reboot, 20).needs_typing());
        assert!(view(BulkKind::Reboot, 21).needs_typing());
        assert!(!view(BulkKind::Refresh, 5000).needs_typing());
    }

    #[test]
    fn everybody_is_counted_once() {
        let skipped = vec![(BulkSkip::Already, 2), (BulkSkip::Gone, 1)];
        let half = BulkView { queued: 4, skipped, ..view(BulkKind::Refresh, 10) };
        assert_eq!((half.skipped_count(), half.left()), (3, 3));
    }

    #[test]
    fn words_round_trip() {
        for kind in BulkKind::ALL {
            assert_eq!(BulkKind::parse(kind.as_str()), Some(kind));
        }
    }
}
