//! Fault codes (A.5) with their standard texts.

use crate::Fault;

/// Faults of the ACS (A.5.2). 8800–8899 are the vendor's.
pub mod acs {
    pub const METHOD_NOT_SUPPORTED: u32 = 8000;
    pub const REQUEST_DENIED: u32 = 8001;
    pub const INTERNAL_ERROR: u32 = 8002;
    pub const INVALID_ARGUMENTS: u32 = 8003;
    pub const RESOURCES_EXCEEDED: u32 = 8004;
    /// The CPE is to send the same request again.
    pub const RETRY_REQUEST: u32 = 8005;
    /// There is no protocol version that both sides speak.
    pub const VERSION_INCOMPATIBLE: u32 = 8006;
}

/// Faults of the CPE (A.5.1). 9800–9899 are the vendor's.
pub mod cpe {
    pub const METHOD_NOT_SUPPORTED: u32 = 9000;
    pub const REQUEST_DENIED: u32 = 9001;
    pub const INTERNAL_ERROR: u32 = 9002;
    pub const INVALID_ARGUMENTS: u32 = 9003;
    pub const RESOURCES_EXCEEDED: u32 = 9004;
    pub const INVALID_PARAMETER_NAME: u32 = 9005;
    pub const INVALID_PARAMETER_TYPE: u32 = 9006;
    pub const INVALID_PARAMETER_VALUE: u32 = 9007;
    pub const NOT_WRITABLE: u32 = 9008;
    pub const NOTIFICATION_REJECTED: u32 = 9009;
    pub const DOWNLOAD_FAILURE: u32 = 9010;
    pub const UPLOAD_FAILURE: u32 = 9011;
    pub const TRANSFER_AUTHENTICATION: u32 = 9012;
    pub const UNSUPPORTED_PROTOCOL: u32 = 9013;
}

impl Fault {
    /// A fault with the standard's text for its code.
    pub fn standard(code: u32) -> Self {
        Self { code, text: text(code).to_owned(), parameters: Vec::new() }
    }
}

/// The standard's text for a code, as it goes on the wire. For people see `model::fault::explain`.
pub fn text(code: u32) -> &'static str {
    match code {
        8000 | 9000 => "Method not supported",
        8001 | 9001 => "Request denied",
        8002 | 9002 => "Internal error",
        8003 | 9003 => "Invalid arguments",
        8004 | 9004 => "Resources exceeded",
        8005 => "Retry request",
        8006 => "ACS version incompatible with CPE",
        9005 => "Invalid parameter name",
        9006 => "Invalid parameter type",
        9007 => "Invalid parameter value",
        9008 => "Attempt to set a non-writable parameter",
        9009 => "Notification request rejected",
        9010 => "File transfer failure",
        9011 => "Upload failure",
        9012 => "File transfer server authentication failure",
        9013 => "Unsupported protocol for file transfer",
        9014 => "File transfer failure: unable to join multicast group",
        9015 => "File transfer failure: unable to contact file server",
        9016 => "File transfer failure: unable to access file",
        9017 => "File transfer failure: unable to complete download",
        9018 => "File transfer failure: file corrupted",
        9019 => "File transfer failure: file authentication failure",
        9020 => "File transfer failure: unable to complete download within specified time windows",
        9021 => "Cancelation of file transfer not permitted in current transfer state",
        9022 => "Invalid UUID format",
        9023 => "Unknown execution environment",
        9024 => "Disabled execution environment",
        9025 => "Deployment unit to execution environment mismatch",
        9026 => "Duplicate deployment unit",
        9027 => "System resources exceeded",
        9028 => "Unknown deployment unit",
        9029 => "Invalid deployment unit state",
        9030 => "Invalid deployment unit update: downgrade not permitted",
        9031 => "Invalid deployment unit update: version not specified",
        9032 => "Invalid deployment unit update: version already exists",
        _ => "Fault",
    }
}

/// Whether the SOAP `faultcode` is `Client` (the request was wrong) rather than `Server`.
pub(crate) fn is_client(code: u32) -> bool {
    matches!(code, 8003 | 9003 | 9005..=9008)
}
