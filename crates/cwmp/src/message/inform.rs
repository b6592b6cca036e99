//! Inform and its events.

use super::ParameterValue;
use model::device::Identity;

/// Inform (A.3.3.1).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inform {
    /// Normalised: trimmed, OUI in upper case.
    pub identity: Identity,
    pub events: Vec<Event>,
    pub max_envelopes: u32,
    /// As reported: never a trusted clock (rule 128).
    pub current_time: String,
    pub retry_count: u32,
    pub parameters: Vec<ParameterValue>,
}

impl Inform {
    pub fn has(&self, code: &EventCode) -> bool {
        self.events.iter().any(|event| event.code == *code)
    }

    /// The value of the first parameter whose path ends in `suffix`.
    pub fn value(&self, suffix: &str) -> Option<&str> {
        self.parameters.iter().find(|p| p.name.ends_with(suffix)).map(|p| p.value.as_str())
    }
}

/// One event of an Inform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub code: EventCode,
    /// As received.
    pub raw: String,
    pub command_key: String,
}

/// Event codes (§3.7.1.5), normalised from the spellings of the field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EventCode {
    Bootstrap,
    Boot,
    Periodic,
    Scheduled,
    ValueChange,
    Kicked,
    ConnectionRequest,
    TransferComplete,
    DiagnosticsComplete,
    RequestDownload,
    AutonomousTransferComplete,
    DuStateChangeComplete,
    AutonomousDuStateChangeComplete,
    Wakeup,
    Heartbeat,
    /// `M <method>`: the method's name, such as `Reboot`.
    Method(String),
    /// `X <OUI or vendor> <event>`.
    Vendor(String),
    Unknown(String),
}
