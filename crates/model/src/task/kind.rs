//! What a task does.

use super::{is_secret_name, row_name, short_name};
use crate::diagnostic::Test;
use crate::file::{FileRef, ModuleOperation, TransferWindow, UploadKind};
use crate::network::access::switched;
use crate::restore::KeepSet;
use crate::tree::ValueType;
use crate::{Permission, TaskId};
use serde::{Deserialize, Serialize};

/// One value to set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetValue {
    /// Full path (TR-069 ParameterValueStruct.Name, at most 256 characters).
    pub path: String,
    pub value: String,
    /// `None`: the type the device last reported.
    #[serde(default)]
    pub value_type: Option<ValueType>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TaskKind {
    /// Read objects (paths ending in `.`) and parameters again; names, values and writable flags. Empty: everything.
    Refresh {
        paths: Vec<String>,
    },
    /// SetParameterValues, all or nothing, then read back.
    SetValues {
        values: Vec<SetValue>,
    },
    /// AddObject, then set `values` (paths relative to the new row), then read the row back.
    AddObject {
        /// The table, ending in `.`
        path: String,
        #[serde(default)]
        values: Vec<SetValue>,
    },
    /// DeleteObject, then read the table back.
    DeleteObject {
        /// The row, ending in `.`
        path: String,
    },
    Reboot,
    /// FactoryReset; then what was kept is set again and read back.
    FactoryReset {
        /// Read before the reset, set again after `0 BOOTSTRAP`. Empty: the router stays as it left the factory.
        #[serde(default)]
        keep: Vec<KeepSet>,
        /// Passwords that the router does not tell, for what is kept.
        #[serde(default)]
        secrets: Vec<SetValue>,
    },
    /// Download: the device loads a file. Ends with its TransferComplete.
    Download {
        file: FileRef,
        /// Empty: the device decides.
        #[serde(default)]
        target_file_name: String,
        /// The device begins this many seconds after it got the order.
        #[serde(default)]
        delay_seconds: u32,
    },
    /// ScheduleDownload: as Download, inside one or two time windows (CWMP 1.2).
    ScheduleDownload {
        file: FileRef,
        #[serde(default)]
        target_file_name: String,
        windows: Vec<TransferWindow>,
    },
    /// Upload: the device sends a file.
    Upload {
        what: UploadKind,
        #[serde(default)]
        delay_seconds: u32,
    },
    /// CancelTransfer of an earlier task of the same device (CWMP 1.2).
    CancelTransfer {
        task: TaskId,
    },
    /// GetAllQueuedTransfers; GetQueuedTransfers where the device has only that.
    ReadTransfers,
    /// ScheduleInform: the device checks in after this many seconds, at least 1.
    ScheduleInform {
        delay_seconds: u32,
    },
    /// ChangeDUState: install, update, uninstall software modules (CWMP 1.2).
    ChangeModules {
        operations: Vec<ModuleOperation>,
    },
    /// GetParameterAttributes of objects and parameters.
    ReadAttributes {
        paths: Vec<String>,
    },
    /// SetParameterAttributes, in this order, all or nothing; then read back.
    SetAttributes {
        attributes: Vec<SetAttribute>,
    },
    /// GetRPCMethods.
    ReadMethods,
    /// GetOptions (deprecated). Empty: all.
    ReadOptions {
        name: String,
    },
    /// SetVouchers (deprecated). Base64.
    SetVouchers {
        vouchers: Vec<String>,
    },
    /// A vendor's own method `X_<VENDOR>_<name>` with the XML inside its element.
    Vendor {
        method: String,
        body: String,
    },
    /// The device runs a test and reports what it found.
    Diagnose {
        test: Test,
    },
    /// Ends a test that runs on the device, as far as the device can.
    StopTest {
        /// The test's object, ending in `.`
        object: String,
    },
}

/// How changes of a parameter are to be reported (A.3.2.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAttribute {
    /// A parameter, or an object ending in `.`
    pub path: String,
    /// 0 off, 1 passive, 2 active; 3 to 6 (lightweight) from CWMP 1.4. `None`: stays.
    #[serde(default)]
    pub notification: Option<u8>,
    /// Empty or `Subscriber`. `None`: stays.
    #[serde(default)]
    pub access_list: Option<Vec<String>>,
}

impl TaskKind {
    /// The kind alone, without what it carries: for logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refresh { .. } => "Refresh",
            Self::SetValues { .. } => "SetValues",
            Self::AddObject { .. } => "AddObject",
            Self::DeleteObject { .. } => "DeleteObject",
            Self::Reboot => "Reboot",
            Self::FactoryReset { .. } => "FactoryReset",
            Self::Download { .. } => "Download",
            Self::ScheduleDownload { .. } => "ScheduleDownload",
            Self::Upload { .. } => "Upload",
            Self::CancelTransfer { .. } => "CancelTransfer",
            Self::ReadTransfers => "ReadTransfers",
            Self::ScheduleInform { .. } => "ScheduleInform",
            Self::ChangeModules { .. } => "ChangeModules",
            Self::ReadAttributes { .. } => "ReadAttributes",
            Self::SetAttributes { .. } => "SetAttributes",
            Self::ReadMethods => "ReadMethods",
            Self::ReadOptions { .. } => "ReadOptions",
            Self::SetVouchers { .. } => "SetVouchers",
            Self::Vendor { .. } => "Vendor",
            Self::Diagnose { .. } => "Diagnose",
            Self::StopTest { .. } => "StopTest",
        }
    }

    /// The file that the device is to load.
    pub fn file(&self) -> Option<&FileRef> {
        match self {
            Self::Download { file, .. } | Self::ScheduleDownload { file, .. } => Some(file),
            _ => None,
        }
    }

    /// Whether a device loads or sends a file for it.
    pub fn is_transfer(&self) -> bool {
        matches!(self, Self::Download { .. } | Self::ScheduleDownload { .. } | Self::Upload { .. })
    }

    /// Whether the device reports the end by itself, after it has taken the order.
    pub fn is_reported(&self) -> bool {
        self.is_transfer()
            || matches!(self, Self::ScheduleInform { .. } | Self::ChangeModules { .. } | Self::Diagnose { .. })
    }

    /// Whether it only asks the device something.
    pub fn only_asks(&self) -> bool {
        matches!(
            self,
            Self::Refresh { .. }
                | Self::ReadTransfers
                | Self::ReadAttributes { .. }
                | Self::ReadMethods
                | Self::ReadOptions { .. }
                | Self::Vendor { .. }
        )
    }

    /// What an agent needs to ask for it.
    pub fn permission(&self) -> Permission {
        match self {
            Self::Refresh { .. }
            | Self::ReadTransfers
            | Self::ReadAttributes { .. }
            | Self::ReadMethods
            | Self::ReadOptions { .. }
            | Self::ScheduleInform { .. }
            | Self::Diagnose { .. }
            | Self::StopTest { .. } => Permission::DeviceRefresh,
            Self::SetValues { .. }
            | Self::AddObject { .. }
            | Self::DeleteObject { .. }
            | Self::SetAttributes { .. } => Permission::DeviceWrite,
            Self::Reboot => Permission::DeviceReboot,
            Self::FactoryReset { .. } => Permission::DeviceFactoryReset,
            Self::Download { .. }
            | Self::ScheduleDownload { .. }
            | Self::Upload { .. }
            | Self::CancelTransfer { .. }
            | Self::ChangeModules { .. }
            | Self::SetVouchers { .. }
            | Self::Vendor { .. } => Permission::DeviceTransfer,
        }
    }

    /// A few words for lists, such as `Set Channel to 11`. Device- and person-supplied text stays text.
    pub fn title(&self) -> String {
        match self {
            Self::Refresh { paths } => match paths.as_slice() {
                [] => "Read everything".to_owned(),
                [root] if matches!(root.as_str(), "Device." | "InternetGatewayDevice.") => "Read everything".to_owned(),
                [one] => format!("Read {}", row_name(one)),
                many if many.len() > 8 => "Read the values of the page".to_owned(),
                many => format!("Read {} and {} more", row_name(&many[0]), many.len() - 1),
            },
            Self::SetValues { values } if values.iter().any(|value| switched(value).is_some()) => {
                let opens = values.iter().find_map(switched) == Some(true);
                format!("{} its pages to the internet", if opens { "Open" } else { "Close" })
            }
            Self::SetValues { values } => match values.as_slice() {
                [one] if is_reset(one) => "Reset the session".to_owned(),
                [one] if is_secret_name(&one.path) || one.value.is_empty() => format!("Set {}", short_name(&one.path)),
                [one] => format!("Set {} to {}", short_name(&one.path), one.value),
                many => format!("Change {} settings", many.len()),
            },
            Self::AddObject { path, .. } => format!("Add a {}", short_name(path)),
            Self::DeleteObject { path } => format!("Delete {}", row_name(path)),
            Self::Reboot => "Reboot".to_owned(),
            Self::FactoryReset { keep, .. } if keep.is_empty() => "Reset to factory".to_owned(),
            Self::FactoryReset { .. } => "Reset to factory and restore".to_owned(),
            Self::Download { file, .. } => format!("Load {}", file.name),
            Self::ScheduleDownload { file, .. } => format!("Load {} later", file.name),
            Self::Upload { what: UploadKind::Configuration(_), .. } => "Save the configuration".to_owned(),
            Self::Upload { what: UploadKind::Log(_), .. } => "Fetch the log".to_owned(),
            Self::CancelTransfer { .. } => "Cancel the transfer".to_owned(),
            Self::ReadTransfers => "Read the queued transfers".to_owned(),
            Self::ScheduleInform { delay_seconds } => format!("Check in after {delay_seconds} seconds"),
            Self::ChangeModules { operations } => match operations.as_slice() {
                [ModuleOperation::Install { .. }] => "Install a software module".to_owned(),
                [ModuleOperation::Update { .. }] => "Update a software module".to_owned(),
                [ModuleOperation::Uninstall { .. }] => "Uninstall a software module".to_owned(),
                many => format!("Change {} software modules", many.len()),
            },
            Self::ReadAttributes { paths } => match paths.as_slice() {
                [one] => format!("Read the reporting of {}", row_name(one)),
                many => format!("Read the reporting of {} parameters", many.len()),
            },
            Self::SetAttributes { attributes } => match attributes.as_slice() {
                [one] => format!("Change the reporting of {}", row_name(&one.path)),
                many => format!("Change the reporting of {} parameters", many.len()),
            },
            Self::ReadMethods => "Read the supported requests".to_owned(),
            Self::ReadOptions { .. } => "Read the options".to_owned(),
            Self::SetVouchers { .. } => "Set vouchers".to_owned(),
            Self::Vendor { method, .. } => format!("Send {method}"),
            Self::Diagnose { test } => test.title(),
            Self::StopTest { object } => format!("Stop {}", short_name(object)),
        }
    }
}

/// Whether a value is the command to close a session and open it again: it reads back as not given.
fn is_reset(value: &SetValue) -> bool {
    value.path.ends_with(".Reset") && ValueType::Boolean.same(&value.value, "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_never_shows_a_secret() {
        let path = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase".to_owned();
        let set = TaskKind::SetValues { values: vec![SetValue { path, value: "hunter22".into(), value_type: None }] };
        assert_eq!(set.title(), "Set KeyPassphrase");
    }

    #[test]
    fn titles_name_what_a_person_would() {
        let read = |path: &str| TaskKind::Refresh { paths: vec![path.to_owned()] }.title();
        assert_eq!(read("Device."), "Read everything");
        assert_eq!(read("Device.WiFi.Radio.1."), "Read Radio 1");
        assert_eq!(read("Device.WiFi."), "Read WiFi");
        let add = TaskKind::AddObject { path: "Device.NAT.PortMapping.".into(), values: Vec::new() };
        assert_eq!(add.title(), "Add a PortMapping");
        assert_eq!(
            TaskKind::DeleteObject { path: "Device.NAT.PortMapping.12.".into() }.title(),
            "Delete PortMapping 12"
        );
    }
}
