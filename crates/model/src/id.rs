//! Row ids as types, so that a task id is never taken for a device id.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(/// A device: one (OUI, ProductClass, SerialNumber).
    DeviceId);
id!(/// A subscriber: a person or firm with a line.
    SubscriberId);
id!(/// A task: one thing to do on one device.
    TaskId);
id!(/// An entry of a device's timeline.
    EventId);
id!(/// A file: an image for devices, or something that a device sent.
    FileId);
id!(/// A note of an agent.
    NoteId);
id!(/// What was known of a device when it was escalated.
    SnapshotId);
id!(/// A guide through a complaint about one device.
    GuideId);
id!(/// A token of the API.
    TokenId);
id!(/// A passkey of an agent.
    PasskeyId);
id!(/// Another program that is told of what happens.
    WebhookId);
id!(/// One order for many devices.
    BulkId);
id!(/// A campaign: the same for many devices, in stages.
    CampaignId);
id!(/// A kept view of the device list.
    ViewId);
id!(/// An agent: a person who signs in to the portal.
    AgentId);
