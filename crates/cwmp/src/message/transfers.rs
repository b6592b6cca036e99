//! Transfers: what is asked for, what is queued, what came of it.

/// `TransferComplete` (A.3.3.2). Times are as received; see `0001-01-01T00:00:00Z`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransferComplete {
    pub command_key: String,
    /// 0: no fault.
    pub fault_code: u32,
    pub fault_string: String,
    pub start_time: String,
    pub complete_time: String,
}

/// `AutonomousTransferComplete` (A.3.3.3): a transfer that the ACS did not ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AutonomousTransferComplete {
    pub announce_url: String,
    pub transfer_url: String,
    /// `false`: an upload.
    pub is_download: bool,
    pub file_type: String,
    /// Bytes; 0 if not known.
    pub file_size: u32,
    pub target_file_name: String,
    /// 0: no fault.
    pub fault_code: u32,
    pub fault_string: String,
    pub start_time: String,
    pub complete_time: String,
}

/// `Download` (A.3.2.8). All elements are sent, empty ones too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Download {
    /// At most 32 characters; unique for the transfer.
    pub command_key: String,
    /// Such as `1 Firmware Upgrade Image`.
    pub file_type: String,
    /// At most 256 characters, without user and password.
    pub url: String,
    pub username: String,
    pub password: String,
    /// Bytes; 0 if not known.
    pub file_size: u32,
    pub target_file_name: String,
    pub delay_seconds: u32,
    pub success_url: String,
    pub failure_url: String,
}

/// `Upload` (A.4.1.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upload {
    /// At most 32 characters; unique for the transfer.
    pub command_key: String,
    /// Such as `1 Vendor Configuration File` or `4 Vendor Log File 1`.
    pub file_type: String,
    pub url: String,
    pub username: String,
    pub password: String,
    pub delay_seconds: u32,
}

/// `ScheduleDownload` (A.4.1.8), from CWMP 1.2.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScheduleDownload {
    pub command_key: String,
    pub file_type: String,
    pub url: String,
    pub username: String,
    pub password: String,
    pub file_size: u32,
    pub target_file_name: String,
    /// One or two.
    pub windows: Vec<TimeWindow>,
}

/// `TimeWindowStruct`: seconds after the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeWindow {
    pub start: u32,
    /// After `start`.
    pub end: u32,
    /// `1 At Any Time`, `2 Immediately`, `3 When Idle`, `4 Confirmation Needed` or `X <VENDOR> …`.
    pub mode: String,
    pub user_message: String,
    /// −1: the CPE decides.
    pub max_retries: i32,
}

/// The answer to `Download` and `Upload`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransferStarted {
    /// 0: done and applied, no TransferComplete follows. 1: a TransferComplete follows.
    pub status: u32,
    pub start_time: String,
    pub complete_time: String,
}

/// `QueuedTransferStruct` and `AllQueuedTransferStruct`; the former has the first two only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueuedTransfer {
    pub command_key: String,
    /// 1 not yet started, 2 in progress, 3 completed, finishing.
    pub state: u32,
    pub is_download: Option<bool>,
    pub file_type: String,
    pub file_size: u32,
    pub target_file_name: String,
}
