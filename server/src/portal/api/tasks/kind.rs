//! What a task does, as it is asked for and as it is told.

use super::test::TestRequest;
use crate::portal::api::words::words;
use model::file::{self, FileRef, FileType};
use model::restore::KeepSet;
use model::task::{self, TaskKind};
use model::tree::ValueType;
use model::{FileId, TaskId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Entries of one list in a request, at most.
pub const LIST_MAX: usize = 500;

words! {
    /// What is kept over a factory reset.
    Keep = KeepSet { HomeNetwork, Wifi, PortForwards, Internet }
    /// When a router may load a file: at any time, at once, while nobody uses it, or when the subscriber agrees.
    WindowMode = file::WindowMode { AnyTime, Immediately, WhenIdle, ConfirmationNeeded }
}

/// The type of a value, by its name in TR-106.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ValueTypeWord {
    String,
    Int,
    UnsignedInt,
    Boolean,
    DateTime,
    #[serde(rename = "base64Binary")]
    Base64,
    Long,
    UnsignedLong,
    HexBinary,
}

impl From<ValueType> for ValueTypeWord {
    fn from(inner: ValueType) -> Self {
        match inner {
            ValueType::String => Self::String,
            ValueType::Int => Self::Int,
            ValueType::UnsignedInt => Self::UnsignedInt,
            ValueType::Boolean => Self::Boolean,
            ValueType::DateTime => Self::DateTime,
            ValueType::Base64 => Self::Base64,
            ValueType::Long => Self::Long,
            ValueType::UnsignedLong => Self::UnsignedLong,
            ValueType::HexBinary => Self::HexBinary,
        }
    }
}

impl From<ValueTypeWord> for ValueType {
    fn from(word: ValueTypeWord) -> Self {
        match word {
            ValueTypeWord::String => Self::String,
            ValueTypeWord::Int => Self::Int,
            ValueTypeWord::UnsignedInt => Self::UnsignedInt,
            ValueTypeWord::Boolean => Self::Boolean,
            ValueTypeWord::DateTime => Self::DateTime,
            ValueTypeWord::Base64 => Self::Base64,
            ValueTypeWord::Long => Self::Long,
            ValueTypeWord::UnsignedLong => Self::UnsignedLong,
            ValueTypeWord::HexBinary => Self::HexBinary,
        }
    }
}

/// A parameter and what it is to be. In answers the values of secrets are empty.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetValue {
    /// Of a parameter, in full; in `add_object` relative to the new row.
    #[schema(example = "Device.WiFi.Radio.1.Channel")]
    pub path: String,
    #[schema(example = "11")]
    pub value: String,
    /// Left out: the type that the router reported.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub value_type: Option<ValueTypeWord>,
}

/// How a parameter reports its changes. What is left out stays as it is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    pub path: String,
    /// 0 off, 1 with the next check-in, 2 at once, 3 to 6 by datagram.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 6)]
    pub notification: Option<u8>,
    /// Who else may change it, such as `Subscriber`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_list: Option<Vec<String>>,
}

/// When a file may be loaded, in seconds after the router has taken the order.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    pub start: u32,
    /// After `start`.
    pub end: u32,
    pub mode: WindowMode,
    /// Shown to the subscriber with `confirmation_needed`; at most 256 characters.
    #[serde(default)]
    pub user_message: String,
    /// −1: the router decides.
    #[serde(default)]
    pub max_retries: i32,
}

/// What a router can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sendable {
    Configuration,
    Log,
}

/// One operation on a software module.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "operation", rename_all = "snake_case", deny_unknown_fields)]
pub enum ModuleOperation {
    Install {
        url: String,
        #[serde(default)]
        uuid: String,
        #[serde(default)]
        username: String,
        /// Empty in answers.
        #[serde(default)]
        password: String,
        #[serde(default)]
        execution_env_ref: String,
    },
    Update {
        #[serde(default)]
        uuid: String,
        #[serde(default)]
        version: String,
        #[serde(default)]
        url: String,
        #[serde(default)]
        username: String,
        /// Empty in answers.
        #[serde(default)]
        password: String,
    },
    Uninstall {
        uuid: String,
        #[serde(default)]
        version: String,
        #[serde(default)]
        execution_env_ref: String,
    },
}

/// What a task does.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(example = json!({"kind": "set_values", "values": [{"path": "Device.WiFi.Radio.1.Channel", "value": "11"}]}))]
pub enum TaskRequest {
    /// Reads values.
    Refresh {
        /// Parameters, or objects with their final dot; none: everything.
        #[serde(default)]
        #[schema(max_items = 500)]
        paths: Vec<String>,
    },
    /// Changes parameters, all or none, and reads them back.
    SetValues {
        #[schema(min_items = 1, max_items = 500)]
        values: Vec<SetValue>,
    },
    /// Adds a row to a table and sets what is in it.
    AddObject {
        /// The table, with its final dot.
        path: String,
        #[serde(default)]
        #[schema(max_items = 500)]
        values: Vec<SetValue>,
    },
    /// Deletes a row.
    DeleteObject {
        /// The row, with its final dot.
        path: String,
    },
    /// Restarts the router.
    Reboot {},
    /// Resets the router to what it was when it left the factory.
    FactoryReset {
        /// What is set again afterwards.
        #[serde(default)]
        #[schema(max_items = 4)]
        keep: Vec<Keep>,
        /// Passwords of what is kept that the router does not tell.
        #[serde(default)]
        #[schema(max_items = 500)]
        secrets: Vec<SetValue>,
    },
    /// Has the router load a file.
    Download {
        /// The number of the file.
        file: i64,
        #[serde(default)]
        target_file_name: String,
        #[serde(default)]
        delay_seconds: u32,
    },
    /// Has the router load a file in a window of time.
    ScheduleDownload {
        file: i64,
        #[serde(default)]
        target_file_name: String,
        /// One or two.
        #[schema(min_items = 1, max_items = 2)]
        windows: Vec<Window>,
    },
    /// Has the router send a file.
    Upload {
        what: Sendable,
        /// A row of `DeviceInfo.VendorConfigFile` or `VendorLogFile`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instance: Option<u32>,
        #[serde(default)]
        delay_seconds: u32,
    },
    /// Takes back a transfer that the router has been told of.
    CancelTransfer {
        /// The number of the task that ordered it.
        task: i64,
    },
    /// Asks what waits to be transferred.
    ReadTransfers {},
    /// Has the router check in.
    ScheduleInform { delay_seconds: u32 },
    /// Installs, updates and removes software modules.
    ChangeModules {
        #[schema(min_items = 1, max_items = 500)]
        operations: Vec<ModuleOperation>,
    },
    /// Reads how parameters report their changes.
    ReadAttributes {
        #[schema(min_items = 1, max_items = 500)]
        paths: Vec<String>,
    },
    /// Changes how parameters report their changes.
    SetAttributes {
        #[schema(min_items = 1, max_items = 500)]
        attributes: Vec<Attribute>,
    },
    /// Asks which requests the router supports.
    ReadMethods {},
    /// Reads the options of the router.
    ReadOptions {
        #[serde(default)]
        name: String,
    },
    /// Sets vouchers of options.
    SetVouchers {
        #[schema(min_items = 1, max_items = 500)]
        vouchers: Vec<String>,
    },
    /// Sends a request of the maker's own.
    Vendor {
        /// Such as `X_02A0E1_Blink`.
        method: String,
        /// XML.
        #[serde(default)]
        body: String,
    },
    /// Has the router test something; see diagnostics.
    Diagnose { test: TestRequest },
    /// Tells the router to stop a test.
    StopTest {
        /// The test's object, with its final dot.
        object: String,
    },
}

impl TaskRequest {
    /// The list that is too long, with how many it may have (catalogue row I2).
    pub fn too_long(&self) -> Option<(&'static str, usize)> {
        let lists: &[(&'static str, usize)] = &match self {
            Self::Refresh { paths } | Self::ReadAttributes { paths } => [("paths", paths.len()), ("", 0)],
            Self::SetValues { values } | Self::AddObject { values, .. } => [("values", values.len()), ("", 0)],
            Self::FactoryReset { keep, secrets } => [("secrets", secrets.len()), ("keep", keep.len())],
            Self::ScheduleDownload { windows, .. } => [("windows", windows.len()), ("", 0)],
            Self::ChangeModules { operations } => [("operations", operations.len()), ("", 0)],
            Self::SetAttributes { attributes } => [("attributes", attributes.len()), ("", 0)],
            Self::SetVouchers { vouchers } => [("vouchers", vouchers.len()), ("", 0)],
            _ => [("", 0), ("", 0)],
        };
        let most = |name: &str| match name {
            "keep" => KeepSet::ALL.len(),
            "windows" => 2,
            _ => LIST_MAX,
        };
        lists.iter().find(|(name, length)| *length > most(name)).map(|(name, _)| (*name, most(name)))
    }
}

impl From<SetValue> for task::SetValue {
    fn from(set: SetValue) -> Self {
        Self { path: set.path, value: set.value, value_type: set.value_type.map(Into::into) }
    }
}

impl From<task::SetValue> for SetValue {
    fn from(set: task::SetValue) -> Self {
        let value = if task::is_secret_name(&set.path) { String::new() } else { set.value };
        Self { path: set.path, value, value_type: set.value_type.map(Into::into) }
    }
}

impl From<Attribute> for task::SetAttribute {
    fn from(set: Attribute) -> Self {
        Self { path: set.path, notification: set.notification, access_list: set.access_list }
    }
}

impl From<task::SetAttribute> for Attribute {
    fn from(set: task::SetAttribute) -> Self {
        Self { path: set.path, notification: set.notification, access_list: set.access_list }
    }
}

impl From<Window> for file::TransferWindow {
    fn from(window: Window) -> Self {
        let Window { start, end, mode, user_message, max_retries } = window;
        Self { start, end, mode: mode.into(), user_message, max_retries }
    }
}

impl From<file::TransferWindow> for Window {
    fn from(window: file::TransferWindow) -> Self {
        let file::TransferWindow { start, end, mode, user_message, max_retries } = window;
        Self { start, end, mode: mode.into(), user_message, max_retries }
    }
}

impl From<ModuleOperation> for file::ModuleOperation {
    fn from(operation: ModuleOperation) -> Self {
        match operation {
            ModuleOperation::Install { url, uuid, username, password, execution_env_ref } => {
                Self::Install { url, uuid, username, password, execution_env_ref }
            }
            ModuleOperation::Update { uuid, version, url, username, password } => {
                Self::Update { uuid, version, url, username, password }
            }
            ModuleOperation::Uninstall { uuid, version, execution_env_ref } => {
                Self::Uninstall { uuid, version, execution_env_ref }
            }
        }
    }
}

impl From<file::ModuleOperation> for ModuleOperation {
    fn from(operation: file::ModuleOperation) -> Self {
        let password = String::new();
        match operation {
            file::ModuleOperation::Install { url, uuid, username, execution_env_ref, .. } => {
                Self::Install { url, uuid, username, password, execution_env_ref }
            }
            file::ModuleOperation::Update { uuid, version, url, username, .. } => {
                Self::Update { uuid, version, url, username, password }
            }
            file::ModuleOperation::Uninstall { uuid, version, execution_env_ref } => {
                Self::Uninstall { uuid, version, execution_env_ref }
            }
        }
    }
}

/// A file of which only the number is known: the manager looks it up.
fn file_ref(id: i64) -> FileRef {
    FileRef {
        id: FileId(id),
        name: String::new(),
        file_type: FileType::Firmware,
        size: 0,
        sha256: String::new(),
        version: String::new(),
        versions: Vec::new(),
    }
}

fn all<T: Into<U>, U>(list: Vec<T>) -> Vec<U> {
    list.into_iter().map(Into::into).collect()
}

impl From<TaskRequest> for TaskKind {
    fn from(request: TaskRequest) -> Self {
        match request {
            TaskRequest::Refresh { paths } => Self::Refresh { paths },
            TaskRequest::SetValues { values } => Self::SetValues { values: all(values) },
            TaskRequest::AddObject { path, values } => Self::AddObject { path, values: all(values) },
            TaskRequest::DeleteObject { path } => Self::DeleteObject { path },
            TaskRequest::Reboot {} => Self::Reboot,
            TaskRequest::FactoryReset { keep, secrets } => {
                Self::FactoryReset { keep: all(keep), secrets: all(secrets) }
            }
            TaskRequest::Download { file, target_file_name, delay_seconds } => {
                Self::Download { file: file_ref(file), target_file_name, delay_seconds }
            }
            TaskRequest::ScheduleDownload { file, target_file_name, windows } => {
                Self::ScheduleDownload { file: file_ref(file), target_file_name, windows: all(windows) }
            }
            TaskRequest::Upload { what, instance, delay_seconds } => {
                let what = match what {
                    Sendable::Configuration => file::UploadKind::Configuration(instance),
                    Sendable::Log => file::UploadKind::Log(instance),
                };
                Self::Upload { what, delay_seconds }
            }
            TaskRequest::CancelTransfer { task } => Self::CancelTransfer { task: TaskId(task) },
            TaskRequest::ReadTransfers {} => Self::ReadTransfers,
            TaskRequest::ScheduleInform { delay_seconds } => Self::ScheduleInform { delay_seconds },
            TaskRequest::ChangeModules { operations } => Self::ChangeModules { operations: all(operations) },
            TaskRequest::ReadAttributes { paths } => Self::ReadAttributes { paths },
            TaskRequest::SetAttributes { attributes } => Self::SetAttributes { attributes: all(attributes) },
            TaskRequest::ReadMethods {} => Self::ReadMethods,
            TaskRequest::ReadOptions { name } => Self::ReadOptions { name },
            TaskRequest::SetVouchers { vouchers } => Self::SetVouchers { vouchers },
            TaskRequest::Vendor { method, body } => Self::Vendor { method, body },
            TaskRequest::Diagnose { test } => Self::Diagnose { test: test.into() },
            TaskRequest::StopTest { object } => Self::StopTest { object },
        }
    }
}

impl From<TaskKind> for TaskRequest {
    fn from(kind: TaskKind) -> Self {
        match kind {
            TaskKind::Refresh { paths } => Self::Refresh { paths },
            TaskKind::SetValues { values } => Self::SetValues { values: all(values) },
            TaskKind::AddObject { path, values } => Self::AddObject { path, values: all(values) },
            TaskKind::DeleteObject { path } => Self::DeleteObject { path },
            TaskKind::Reboot => Self::Reboot {},
            TaskKind::FactoryReset { keep, secrets } => Self::FactoryReset { keep: all(keep), secrets: all(secrets) },
            TaskKind::Download { file, target_file_name, delay_seconds } => {
                Self::Download { file: file.id.0, target_file_name, delay_seconds }
            }
            TaskKind::ScheduleDownload { file, target_file_name, windows } => {
                Self::ScheduleDownload { file: file.id.0, target_file_name, windows: all(windows) }
            }
            TaskKind::Upload { what, delay_seconds } => {
                let (what, instance) = match what {
                    file::UploadKind::Configuration(instance) => (Sendable::Configuration, instance),
                    file::UploadKind::Log(instance) => (Sendable::Log, instance),
                };
                Self::Upload { what, instance, delay_seconds }
            }
            TaskKind::CancelTransfer { task } => Self::CancelTransfer { task: task.0 },
            TaskKind::ReadTransfers => Self::ReadTransfers {},
            TaskKind::ScheduleInform { delay_seconds } => Self::ScheduleInform { delay_seconds },
            TaskKind::ChangeModules { operations } => Self::ChangeModules { operations: all(operations) },
            TaskKind::ReadAttributes { paths } => Self::ReadAttributes { paths },
            TaskKind::SetAttributes { attributes } => Self::SetAttributes { attributes: all(attributes) },
            TaskKind::ReadMethods => Self::ReadMethods {},
            TaskKind::ReadOptions { name } => Self::ReadOptions { name },
            TaskKind::SetVouchers { vouchers } => Self::SetVouchers { vouchers },
            TaskKind::Vendor { method, body } => Self::Vendor { method, body },
            TaskKind::Diagnose { test } => Self::Diagnose { test: test.into() },
            TaskKind::StopTest { object } => Self::StopTest { object },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_and_written_the_same() {
        let bodies = [
            r#"{"kind":"refresh","paths":["Device.WiFi."]}"#,
            r#"{"kind":"set_values","values":[{"path":"Device.A","value":"1","type":"unsignedInt"}]}"#,
            r#"{"kind":"add_object","path":"Device.T.","values":[]}"#,
            r#"{"kind":"delete_object","path":"Device.T.1."}"#,
            r#"{"kind":"reboot"}"#,
            r#"{"kind":"factory_reset","keep":["wifi","port_forwards"],"secrets":[]}"#,
            r#"{"kind":"download","file":3,"target_file_name":"a","delay_seconds":5}"#,
            r#"{"kind":"schedule_download","file":3,"target_file_name":"","windows":[{"start":1,"end":2,"mode":"when_idle","user_message":"","max_retries":-1}]}"#,
            r#"{"kind":"upload","what":"log","instance":2,"delay_seconds":0}"#,
            r#"{"kind":"cancel_transfer","task":7}"#,
            r#"{"kind":"read_transfers"}"#,
            r#"{"kind":"schedule_inform","delay_seconds":30}"#,
            r#"{"kind":"change_modules","operations":[{"operation":"uninstall","uuid":"u","version":"1","execution_env_ref":""}]}"#,
            r#"{"kind":"read_attributes","paths":["Device.A"]}"#,
            r#"{"kind":"set_attributes","attributes":[{"path":"Device.A","notification":2,"access_list":["Subscriber"]}]}"#,
            r#"{"kind":"read_methods"}"#,
            r#"{"kind":"read_options","name":"x"}"#,
            r#"{"kind":"set_vouchers","vouchers":["v"]}"#,
            r#"{"kind":"vendor","method":"X_A_B","body":"<a/>"}"#,
            r#"{"kind":"stop_test","object":"Device.IP.Diagnostics.IPPing."}"#,
        ];
        for body in bodies {
            let request: TaskRequest = serde_json::from_str(body).unwrap();
            let again = TaskRequest::from(TaskKind::from(request));
            assert_eq!(serde_json::to_string(&again).unwrap(), body);
        }
        assert!(serde_json::from_str::<TaskRequest>(r#"{"kind":"reboot","delay":1}"#).is_err());
        assert!(serde_json::from_str::<TaskRequest>(r#"{"kind":"explode"}"#).is_err());
    }

    #[test]
    fn n5_passwords_are_told_to_nobody() {
        let kind = TaskKind::SetValues {
            values: vec![task::SetValue {
                path: "Device.WiFi.AccessPoint.1.Security.KeyPassphrase".into(),
                value: "canary".into(),
                value_type: None,
            }],
        };
        assert!(!serde_json::to_string(&TaskRequest::from(kind)).unwrap().contains("canary"));
        let operations = vec![file::ModuleOperation::Update {
            uuid: "u".into(),
            version: String::new(),
            url: String::new(),
            username: "n".into(),
            password: "canary".into(),
        }];
        let told = serde_json::to_string(&TaskRequest::from(TaskKind::ChangeModules { operations })).unwrap();
        assert!(!told.contains("canary") && told.contains("\"n\""), "{told}");
    }

    #[test]
    fn i2_long_lists_are_refused() {
        let paths = vec!["Device.".to_owned(); LIST_MAX + 1];
        assert_eq!(TaskRequest::Refresh { paths }.too_long(), Some(("paths", LIST_MAX)));
        assert_eq!(TaskRequest::Refresh { paths: vec![String::new(); LIST_MAX] }.too_long(), None);
        let keep = vec![Keep::Wifi; 5];
        assert_eq!(TaskRequest::FactoryReset { keep, secrets: Vec::new() }.too_long(), Some(("keep", 4)));
    }
}
