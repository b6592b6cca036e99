//! How a device can be woken between its check-ins, and how that went.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// A way of waking a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A stanza over an XMPP server (TR-069 Annex K).
    Xmpp,
    /// An HTTP request to the device (§3.2.2).
    Http,
    /// A datagram to the device, also through NAT (Annex G).
    Udp,
}

impl Way {
    /// In the order in which they are tried while nothing is known.
    pub const ALL: [Self; 3] = [Self::Xmpp, Self::Http, Self::Udp];

    pub fn label(self) -> &'static str {
        match self {
            Self::Xmpp => "XMPP",
            Self::Http => "HTTP",
            Self::Udp => "UDP",
        }
    }
}

/// One way, as the page of a device shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayView {
    pub way: Way,
    /// What the device gave for it: a URL, an address with a port, a Jabber id.
    pub target: String,
    /// Why it is not used, in plain words; empty if it is.
    pub unusable: String,
    /// When it last brought a session.
    pub last_success: Option<Timestamp>,
    /// When it last failed after that, and why in plain words.
    pub last_failure: Option<(Timestamp, String)>,
}

/// How we can wake a device, and what happened the last time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reachability {
    /// The last connection request has worked.
    Works { way: Way, last_success: Timestamp },
    /// Never tried.
    Untried,
    /// The last attempt failed, for this reason in plain words.
    Failed { at: Timestamp, reason: String },
    /// There is no way, for this reason in plain words.
    NoWay { reason: String },
}
