//! Where a task is.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a task is. Queued → Contacting → Connected → Applied → Verified; the rest are other ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Waits for the device (offline, busy, or behind other tasks).
    Queued,
    /// A connection request is out.
    Contacting,
    /// The device is in a session and the request is with it.
    Connected,
    /// The device said yes; not read back yet.
    Applied,
    /// Done, and seen to be so.
    Verified,
    /// The device said yes but still reports something else.
    Different,
    /// Ended with a fault.
    Failed,
    /// Cancelled by an agent before the device got it.
    Cancelled,
}

impl TaskState {
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Contacting,
        Self::Connected,
        Self::Applied,
        Self::Verified,
        Self::Different,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Whether nothing more will happen.
    pub fn ended(self) -> bool {
        matches!(self, Self::Verified | Self::Different | Self::Failed | Self::Cancelled)
    }

    /// Whether it can still be cancelled: the device has not got the request.
    pub fn cancellable(self) -> bool {
        matches!(self, Self::Queued | Self::Contacting)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Contacting => "contacting",
            Self::Connected => "connected",
            Self::Applied => "applied",
            Self::Verified => "verified",
            Self::Different => "different",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// When a task came into a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskStep {
    pub state: TaskState,
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_round_trip_and_end() {
        for state in TaskState::ALL {
            assert_eq!(TaskState::parse(state.as_str()), Some(state));
            assert!(!(state.ended() && state.cancellable()), "{state:?}");
        }
    }
}
