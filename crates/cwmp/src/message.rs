//! The messages of CWMP as types. Shapes follow the XSDs `cwmp-1-0` to `cwmp-1-4`.

use model::device::Identity;
pub use model::tree::ValueType;

/// One envelope: what the header said, how the peer writes, and the body.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope<T> {
    /// `cwmp:ID`, unescaped but otherwise untouched; `None` if the header has none.
    pub id: Option<String>,
    /// How the peer writes, so that an answer can be written the same way.
    pub dialect: Dialect,
    /// `cwmp:SessionTimeout` in seconds (CPE → ACS, Inform only).
    pub session_timeout: Option<u32>,
    /// `cwmp:SupportedCWMPVersions` (CPE → ACS, Inform only).
    pub supported_versions: Vec<String>,
    /// `cwmp:HoldRequests` (ACS → CPE only).
    pub hold_requests: bool,
    pub body: T,
    /// What was wrong but tolerated, in a few words each: for the log and the device's learnt quirks.
    pub warnings: Vec<Warning>,
}

/// Something wrong with a message that did not keep us from reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Warning {
    /// Bytes that are not the declared encoding: read as Latin-1.
    Encoding,
    /// Control characters that XML forbids: replaced by U+FFFD.
    ControlCharacters,
    /// A prefix without a declaration, a truncated end, trailing bytes: mended.
    Mended,
    /// A value without `<Value>`, two of them, or without or with an unknown `xsi:type`.
    Value,
    /// An event code that is not in the standard's spelling.
    EventCode,
    /// An element of the standard is missing.
    Missing,
}

/// How a peer writes: echoed in every answer of the session (§3.7.4, quirks 1 and 2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// The cwmp namespace URN as received, such as `urn:dslforum-org:cwmp-1-2`.
    pub namespace: String,
    /// Prefix of the SOAP envelope namespace, such as `SOAP-ENV`; never empty.
    pub envelope_prefix: String,
    /// Prefix of the SOAP encoding namespace, such as `SOAP-ENC`; never empty.
    pub encoding_prefix: String,
    /// Begin messages with `<?xml …?>`. Off by default (quirk 1).
    pub declaration: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            namespace: "urn:dslforum-org:cwmp-1-0".to_owned(),
            envelope_prefix: "soapenv".to_owned(),
            encoding_prefix: "soapenc".to_owned(),
            declaration: false,
        }
    }
}

/// What a CPE sends.
#[derive(Clone, Debug, PartialEq)]
pub enum CpeMessage {
    Request(CpeRequest),
    Response(CpeResponse),
    Fault(Fault),
}

/// Requests from the CPE (A.3.3, A.4.2, A.3.1).
#[derive(Clone, Debug, PartialEq)]
pub enum CpeRequest {
    Inform(Inform),
    GetRpcMethods,
    TransferComplete(TransferComplete),
    AutonomousTransferComplete(AutonomousTransferComplete),
    DuStateChangeComplete {
        results: Vec<DuResult>,
        /// Empty if the CPE sent none.
        command_key: String,
    },
    AutonomousDuStateChangeComplete {
        results: Vec<AutonomousDuResult>,
    },
    RequestDownload {
        file_type: String,
        /// Name and value of each `ArgStruct`.
        arguments: Vec<(String, String)>,
    },
    /// Deprecated.
    Kicked {
        command: String,
        referer: String,
        arg: String,
        next: String,
    },
    /// Any other method: to be answered with fault 8000.
    Unknown {
        method: String,
    },
}

/// Answers of the CPE to requests of the ACS.
#[derive(Clone, Debug, PartialEq)]
pub enum CpeResponse {
    GetRpcMethods {
        methods: Vec<String>,
    },
    GetParameterNames {
        parameters: Vec<ParameterInfo>,
    },
    GetParameterValues {
        parameters: Vec<ParameterValue>,
    },
    GetParameterAttributes {
        parameters: Vec<ParameterAttribute>,
    },
    SetParameterValues {
        status: u32,
    },
    SetParameterAttributes,
    /// `instance` is `None` if missing, 0 or not a number (rule 213).
    AddObject {
        instance: Option<u32>,
        status: u32,
    },
    DeleteObject {
        status: u32,
    },
    Reboot,
    FactoryReset,
    ScheduleInform,
    Download(TransferStarted),
    Upload(TransferStarted),
    ScheduleDownload,
    CancelTransfer,
    GetQueuedTransfers {
        transfers: Vec<QueuedTransfer>,
    },
    GetAllQueuedTransfers {
        transfers: Vec<QueuedTransfer>,
    },
    ChangeDuState,
    SetVouchers,
    GetOptions {
        options: Vec<CpeOption>,
    },
    /// An answer to [`AcsRequest::Vendor`], or to a method that nobody asked for.
    Unknown {
        /// Without `Response` at its end.
        method: String,
        /// What stands inside the method's element, as it was sent; at most 64 KB. Prefixes may be declared outside
        /// of it. If it is not well-formed by itself, the envelope has [`Warning::Mended`].
        body: String,
    },
}

/// What an ACS sends.
#[derive(Clone, Debug, PartialEq)]
pub enum AcsMessage {
    Request(AcsRequest),
    Response(AcsResponse),
    Fault(Fault),
}

/// Requests of the ACS to the CPE.
#[derive(Clone, Debug, PartialEq)]
pub enum AcsRequest {
    GetRpcMethods,
    GetParameterNames {
        path: String,
        next_level: bool,
    },
    GetParameterValues {
        names: Vec<String>,
    },
    GetParameterAttributes {
        names: Vec<String>,
    },
    SetParameterValues {
        values: Vec<ParameterValue>,
        parameter_key: String,
    },
    SetParameterAttributes {
        attributes: Vec<SetParameterAttribute>,
    },
    AddObject {
        object: String,
        parameter_key: String,
    },
    DeleteObject {
        object: String,
        parameter_key: String,
    },
    Reboot {
        command_key: String,
    },
    FactoryReset,
    /// `delay_seconds` is at least 1 (A.4.1.2).
    ScheduleInform {
        delay_seconds: u32,
        command_key: String,
    },
    Download(Download),
    Upload(Upload),
    ScheduleDownload(ScheduleDownload),
    CancelTransfer {
        command_key: String,
    },
    /// Deprecated.
    GetQueuedTransfers,
    GetAllQueuedTransfers,
    ChangeDuState {
        operations: Vec<DuOperation>,
        command_key: String,
    },
    /// Deprecated. Each voucher is base64 text.
    SetVouchers {
        vouchers: Vec<String>,
    },
    /// Deprecated. Empty: all options.
    GetOptions {
        name: String,
    },
    /// A vendor's own method `X_<VENDOR>_<name>`.
    Vendor {
        method: String,
        /// What stands inside the method's element: XML that [`check_fragment`](crate::check_fragment) takes.
        body: String,
    },
    /// Decoded only: a method this crate does not know.
    Unknown {
        method: String,
    },
}

impl AcsRequest {
    /// The method's name, as `GetRPCMethods` lists it.
    pub fn method(&self) -> &str {
        match self {
            Self::GetRpcMethods => "GetRPCMethods",
            Self::GetParameterNames { .. } => "GetParameterNames",
            Self::GetParameterValues { .. } => "GetParameterValues",
            Self::GetParameterAttributes { .. } => "GetParameterAttributes",
            Self::SetParameterValues { .. } => "SetParameterValues",
            Self::SetParameterAttributes { .. } => "SetParameterAttributes",
            Self::AddObject { .. } => "AddObject",
            Self::DeleteObject { .. } => "DeleteObject",
            Self::Reboot { .. } => "Reboot",
            Self::FactoryReset => "FactoryReset",
            Self::ScheduleInform { .. } => "ScheduleInform",
            Self::Download(_) => "Download",
            Self::Upload(_) => "Upload",
            Self::ScheduleDownload(_) => "ScheduleDownload",
            Self::CancelTransfer { .. } => "CancelTransfer",
            Self::GetQueuedTransfers => "GetQueuedTransfers",
            Self::GetAllQueuedTransfers => "GetAllQueuedTransfers",
            Self::ChangeDuState { .. } => "ChangeDUState",
            Self::SetVouchers { .. } => "SetVouchers",
            Self::GetOptions { .. } => "GetOptions",
            Self::Vendor { method, .. } | Self::Unknown { method } => method,
        }
    }
}

/// Answers of the ACS to requests of the CPE.
#[derive(Clone, Debug, PartialEq)]
pub enum AcsResponse {
    /// `MaxEnvelopes` is always 1.
    Inform,
    GetRpcMethods {
        methods: Vec<String>,
    },
    TransferComplete,
    AutonomousTransferComplete,
    DuStateChangeComplete,
    AutonomousDuStateChangeComplete,
    RequestDownload,
    /// Deprecated.
    Kicked {
        next_url: String,
    },
}

impl CpeRequest {
    /// The method's name, as `GetRPCMethods` lists it.
    pub fn method(&self) -> &str {
        match self {
            Self::Inform(_) => "Inform",
            Self::GetRpcMethods => "GetRPCMethods",
            Self::TransferComplete(_) => "TransferComplete",
            Self::AutonomousTransferComplete(_) => "AutonomousTransferComplete",
            Self::DuStateChangeComplete { .. } => "DUStateChangeComplete",
            Self::AutonomousDuStateChangeComplete { .. } => "AutonomousDUStateChangeComplete",
            Self::RequestDownload { .. } => "RequestDownload",
            Self::Kicked { .. } => "Kicked",
            Self::Unknown { method } => method,
        }
    }
}

impl CpeResponse {
    /// The name of the method that this answers: [`AcsRequest::method`] of the request, if the CPE keeps to it.
    pub fn method(&self) -> &str {
        match self {
            Self::GetRpcMethods { .. } => "GetRPCMethods",
            Self::GetParameterNames { .. } => "GetParameterNames",
            Self::GetParameterValues { .. } => "GetParameterValues",
            Self::GetParameterAttributes { .. } => "GetParameterAttributes",
            Self::SetParameterValues { .. } => "SetParameterValues",
            Self::SetParameterAttributes => "SetParameterAttributes",
            Self::AddObject { .. } => "AddObject",
            Self::DeleteObject { .. } => "DeleteObject",
            Self::Reboot => "Reboot",
            Self::FactoryReset => "FactoryReset",
            Self::ScheduleInform => "ScheduleInform",
            Self::Download(_) => "Download",
            Self::Upload(_) => "Upload",
            Self::ScheduleDownload => "ScheduleDownload",
            Self::CancelTransfer => "CancelTransfer",
            Self::GetQueuedTransfers { .. } => "GetQueuedTransfers",
            Self::GetAllQueuedTransfers { .. } => "GetAllQueuedTransfers",
            Self::ChangeDuState => "ChangeDUState",
            Self::SetVouchers => "SetVouchers",
            Self::GetOptions { .. } => "GetOptions",
            Self::Unknown { method, .. } => method,
        }
    }
}

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

/// `ParameterValueStruct`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterValue {
    pub name: String,
    pub value: String,
    pub value_type: ValueType,
}

/// `ParameterInfoStruct`. An object's name ends in `.`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterInfo {
    pub name: String,
    pub writable: bool,
}

/// `ParameterAttributeStruct`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterAttribute {
    pub name: String,
    /// 0 off, 1 passive, 2 active, 3–6 lightweight.
    pub notification: u8,
    pub access_list: Vec<String>,
}

/// `SetParameterAttributesStruct`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetParameterAttribute {
    /// Full or partial path.
    pub name: String,
    /// `None`: `NotificationChange` is false.
    pub notification: Option<u8>,
    /// `None`: `AccessListChange` is false.
    pub access_list: Option<Vec<String>>,
}

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

/// One operation of `ChangeDUState` (A.4.1.10), from CWMP 1.2. Empty fields are left out of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DuOperation {
    Install { url: String, uuid: String, username: String, password: String, execution_env_ref: String },
    Update { uuid: String, version: String, url: String, username: String, password: String },
    Uninstall { uuid: String, version: String, execution_env_ref: String },
}

/// `OpResultStruct` of `DUStateChangeComplete` (A.4.2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DuResult {
    pub uuid: String,
    pub deployment_unit_ref: String,
    pub version: String,
    /// `Installed`, `Uninstalled` or `Failed`.
    pub current_state: String,
    pub resolved: bool,
    pub execution_unit_refs: String,
    pub start_time: String,
    pub complete_time: String,
    /// 0: no fault.
    pub fault_code: u32,
    pub fault_string: String,
}

/// `AutonOpResultStruct` of `AutonomousDUStateChangeComplete` (A.4.2.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AutonomousDuResult {
    pub result: DuResult,
    /// `Install`, `Update` or `Uninstall`.
    pub operation: String,
}

/// `OptionStruct` of `GetOptions` (A.4.1.4, deprecated).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CpeOption {
    pub name: String,
    pub voucher_serial: u32,
    /// 0 to 3.
    pub state: u32,
    /// 0 disabled, 1 enabled with expiration, 2 enabled without.
    pub mode: u32,
    pub start_date: String,
    pub expiration_date: String,
    pub transferable: bool,
}

/// A SOAP fault that carries a CWMP fault (§3.5), read wherever its code is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// 0 if no code could be found.
    pub code: u32,
    pub text: String,
    /// `SetParameterValuesFault`: the parameters at fault.
    pub parameters: Vec<ParameterFault>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterFault {
    pub name: String,
    pub code: u32,
    pub text: String,
}
