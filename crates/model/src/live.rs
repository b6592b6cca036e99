//! What open pages are told by server-sent events. Small: a page fetches what it needs when told that something changed.

use crate::device::DeviceRow;
use crate::event::EventView;
use crate::note::NoteView;
use crate::protocol::TraceKey;
use crate::task::TaskView;
use crate::{CampaignId, DeviceId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "live", rename_all = "snake_case")]
pub enum LiveMessage {
    /// A device checked in, or its row changed otherwise.
    Device { row: Box<DeviceRow> },
    /// A device was seen for the first time.
    NewDevice { device: DeviceId },
    /// A task came into being or into another state.
    Task { task: Box<TaskView> },
    /// A new entry of the timeline.
    Event { event: Box<EventView> },
    /// A note was written or changed. Nobody's own: it says nothing of who may change it.
    Note { note: Box<NoteView> },
    /// Parameters of a device were read: the tree on the page is older than the stored one.
    Tree { device: DeviceId },
    /// Something was recorded, or a recording began or ended.
    Trace { key: TraceKey },
    /// A campaign, or something in it, has changed.
    Campaign { campaign: CampaignId },
    /// A file came, was described anew, or is gone.
    Files,
    /// The stream lost messages (the page was too slow): fetch everything again.
    Missed,
}

impl LiveMessage {
    /// The device it is about; `None` for all.
    pub fn device(&self) -> Option<DeviceId> {
        match self {
            Self::Device { row } => Some(row.id),
            Self::NewDevice { device } | Self::Tree { device } | Self::Trace { key: TraceKey::Device(device) } => {
                Some(*device)
            }
            Self::Task { task } => Some(task.device),
            Self::Event { event } => Some(event.device),
            Self::Note { note } => note.device,
            Self::Trace { .. } | Self::Campaign { .. } | Self::Files | Self::Missed => None,
        }
    }
}
