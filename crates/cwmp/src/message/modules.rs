//! Software modules and the deprecated options.

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
