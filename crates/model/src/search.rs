//! The one search for people and devices.

use crate::{DeviceId, SubscriberId};
use serde::{Deserialize, Serialize};

/// A hit: a device, with the person at its line if there is one. Subscribers without a device have no `device`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchHit {
    pub device: Option<DeviceId>,
    /// The person at the device's line, or who was found without a device.
    pub subscriber: Option<SubscriberId>,
    /// Name of the subscriber, else the model.
    pub title: String,
    /// Model, serial, address, account: what tells it from its neighbours.
    pub subtitle: String,
    /// Which field matched, such as `Serial` or `Phone`.
    pub matched: String,
}
