//! The messages of CWMP as types. Shapes follow the XSDs `cwmp-1-0` to `cwmp-1-4`.

mod envelope;
mod fault;
mod inform;
mod modules;
mod parameters;
mod transfers;

pub use envelope::{Dialect, Envelope, Warning};
pub use fault::{Fault, ParameterFault};
pub use inform::{Event, EventCode, Inform};
pub use model::tree::ValueType;
pub use modules::{AutonomousDuResult, CpeOption, DuOperation, DuResult};
pub use parameters::{ParameterAttribute, ParameterInfo, ParameterValue, SetParameterAttribute};
pub use transfers::{
    AutonomousTransferComplete, Download, QueuedTransfer, ScheduleDownload, TimeWindow, TransferComplete,
    TransferStarted, Upload,
};

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
