//! Subscribers: people and firms with a line.

use crate::{SubscriberId, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberView {
    pub id: SubscriberId,
    pub name: String,
    /// The operator's own number for this customer; unique.
    pub account: String,
    pub phone: String,
    pub email: String,
    pub address: String,
    /// What they pay for, in the operator's words, such as `Fibre 500/50`.
    pub plan: String,
    pub created_at: Timestamp,
}

/// A subscriber as it is created or changed. Every field but `name` and `account` may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberInput {
    pub name: String,
    pub account: String,
    pub phone: String,
    pub email: String,
    pub address: String,
    pub plan: String,
    /// Serial number of the device at their line, if known: it links the device when it first appears, too.
    #[serde(default)]
    pub device_serial: String,
}
