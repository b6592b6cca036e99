//! Why a task cannot be done as asked, found before it is queued.

use crate::views::is_number;
use base64::Engine as _;
use cwmp::path::PathKind;
use model::Permission;
use model::diagnostic::{Test, TestKind};
use model::file::{FileRef, ModuleOperation, TransferWindow, UploadKind};
use model::restore::KeepSet;
use model::task::{SetAttribute, SetValue, TaskKind};
use model::tree::ValueType;
use std::borrow::Cow;
use store::Tree;

/// Why a task cannot be done as asked, in plain words; checked before it is queued.
pub(crate) fn check_task(kind: &TaskKind, tree: &Tree, cwmp_version: &str) -> Result<(), String> {
    let rows = Rows::of(tree);
    let rows = Rows { wildcard: rows.wildcard && kind.permission() == Permission::DeviceRefresh, ..rows };
    let full = |path: &str| -> Result<(), String> {
        if path.ends_with('.') || !legal(path, PathKind::Parameter, rows, tree) {
            return Err(format!("“{}” is not the name of a setting.", short(path)));
        }
        Ok(())
    };
    let object = |path: &str| -> Result<(), String> {
        if !path.ends_with('.') || !legal(path, PathKind::Object, rows, tree) {
            return Err(format!("“{}” is not the name of a group of settings.", short(path)));
        }
        Ok(())
    };
    let value = |value: &SetValue, path: &str| -> Result<(), String> {
        let node = tree.get(path);
        // It would be silent for good (rule 169).
        if path.ends_with(".ManagementServer.EnableCWMP") && ValueType::Boolean.same(&value.value, "0") {
            return Err("Without EnableCWMP the router would never check in again.".to_owned());
        }
        if node.is_some_and(|node| !node.writable) {
            return Err(format!("{} cannot be changed.", model::task::short_name(path)));
        }
        let value_type = value.value_type.or(node.map(|node| node.value_type)).unwrap_or_default();
        sendable(&format!("The value of {}", model::task::short_name(path)), &value.value)?;
        value_type
            .check(&value.value)
            .map_err(str::to_owned)
            .and_then(|()| crate::knowledge::check(path, &value.value, tree))
            .map_err(|rule| format!("{}: {rule}", model::task::short_name(path)))
    };
    let transfer = |file: &FileRef, target: &str| -> Result<(), String> {
        if file.file_type.download().is_none() {
            return Err(format!("“{}” is not a file that a router loads.", short(&file.name)));
        }
        if target.chars().count() > 256 {
            return Err("The name on the router has at most 256 characters.".to_owned());
        }
        sendable("The name on the router", target)
    };
    match kind {
        TaskKind::Refresh { paths } if paths.len() > 64 => Err("At most 64 groups can be read at once.".to_owned()),
        TaskKind::Refresh { paths } => {
            paths.iter().try_for_each(|path| if path.ends_with('.') { object(path) } else { full(path) })
        }
        TaskKind::SetValues { values } => {
            if values.is_empty() || values.len() > 256 {
                return Err("Change between 1 and 256 settings at once.".to_owned());
            }
            for (i, one) in values.iter().enumerate() {
                full(&one.path)?;
                if values[..i].iter().any(|other| other.path == one.path) {
                    return Err(format!("{} is there twice.", model::task::short_name(&one.path)));
                }
                value(one, &one.path)?;
            }
            Ok(())
        }
        TaskKind::AddObject { path, values } => {
            object(path)?;
            if tree.get(path).is_some_and(|node| !node.writable) {
                return Err("Nothing can be added here.".to_owned());
            }
            values.iter().try_for_each(|one| {
                full(&one.path)?;
                sendable(&format!("The value of {}", one.path), &one.value)?;
                let known = one.value_type.unwrap_or_default();
                known
                    .check(&one.value)
                    .map_err(str::to_owned)
                    .and_then(|()| crate::knowledge::check(&format!("{path}{{i}}.{}", one.path), &one.value, tree))
                    .map_err(|rule| format!("{}: {rule}", one.path))
            })
        }
        TaskKind::DeleteObject { path } => {
            object(path)?;
            if !is_number(model::task::short_name(path)) || tree.get(path).is_some_and(|node| !node.writable) {
                return Err("This cannot be deleted.".to_owned());
            }
            Ok(())
        }

        TaskKind::FactoryReset { keep, secrets } => {
            if keep.len() > KeepSet::ALL.len() || secrets.len() > 64 {
                return Err("Too much is to be kept over the reset.".to_owned());
            }
            let asked: Vec<_> = crate::keep::plan(tree).into_iter().flat_map(|set| set.unknown).collect();
            secrets.iter().try_for_each(|one| {
                if !asked.iter().any(|secret| secret.path == one.path) {
                    return Err("A password is given for something that this router has not.".to_owned());
                }
                value(one, &one.path)
            })
        }
        TaskKind::Download { file, target_file_name, .. } => transfer(file, target_file_name),
        TaskKind::ScheduleDownload { file, target_file_name, windows } => {
            transfer(file, target_file_name)?;
            check_windows(windows)
        }
        TaskKind::Upload { what, .. } => match what {
            UploadKind::Configuration(Some(0)) | UploadKind::Log(Some(0)) => Err("Rows are counted from 1.".to_owned()),
            _ => Ok(()),
        },
        TaskKind::ScheduleInform { delay_seconds: 0 } => Err("It takes at least one second.".to_owned()),
        TaskKind::ChangeModules { operations } => {
            if operations.is_empty() || operations.len() > 16 {
                return Err("Change between 1 and 16 software modules at once.".to_owned());
            }
            operations.iter().try_for_each(check_module)
        }
        TaskKind::ReadAttributes { paths } => {
            if paths.is_empty() || paths.len() > 64 {
                return Err("Between 1 and 64 groups can be read at once.".to_owned());
            }
            paths.iter().try_for_each(|path| if path.ends_with('.') { object(path) } else { full(path) })
        }
        TaskKind::SetAttributes { attributes } => {
            if attributes.is_empty() || attributes.len() > 64 {
                return Err("Change the reporting of between 1 and 64 settings at once.".to_owned());
            }
            attributes.iter().try_for_each(|one| {
                if one.path.ends_with('.') {
                    object(&one.path)?;
                } else {
                    full(&one.path)?;
                }
                check_attribute(one, cwmp_version)
            })
        }
        TaskKind::ReadOptions { name } if name.chars().count() > 64 => {
            Err("The name of an option has at most 64 characters.".to_owned())
        }
        TaskKind::ReadOptions { name } => sendable("The name of the option", name),
        TaskKind::SetVouchers { vouchers } => {
            let base64 =
                |text: &String| !text.is_empty() && base64::engine::general_purpose::STANDARD.decode(text).is_ok();
            if vouchers.is_empty() || vouchers.len() > 16 || !vouchers.iter().all(base64) {
                return Err("Give 1 to 16 vouchers in base64.".to_owned());
            }
            Ok(())
        }
        TaskKind::Vendor { method, body } => {
            let name = method.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
            if !method.starts_with("X_") || method.len() > 64 || !name {
                return Err("A maker's own request is named X_, the maker, _ and a name.".to_owned());
            }
            cwmp::check_fragment(body).map_err(|error| format!("The request is not XML: {error}."))
        }
        TaskKind::Diagnose { test } => {
            test.check()?;
            let order = crate::diagnostics::order(test, tree, &[])?;
            order.values.iter().try_for_each(|(path, text)| {
                sendable(&format!("The value of {}", model::task::short_name(path)), text)
            })?;
            if let Test::Other(other) = test {
                let all = order.values.iter().cloned();
                let arguments =
                    other.arguments.iter().map(|(name, text)| (format!("{}{name}", other.object), text.clone()));
                return arguments.chain(all).try_for_each(|(path, text)| {
                    full(&path)?;
                    if tree.get(&path).is_none() {
                        return Err(format!("This test has no {}.", model::task::short_name(&path)));
                    }
                    value(&SetValue { path: path.clone(), value: text, value_type: None }, &path)
                });
            }
            let state = order.values.last().filter(|_| test.kind() != TestKind::EchoService);
            if state.is_some_and(|(path, _)| tree.get(path).is_some_and(|node| !node.writable)) {
                return Err("This router does not let its tests be started. Nothing was sent.".to_owned());
            }
            Ok(())
        }
        TaskKind::StopTest { object: path } => object(path),
        // Whether there is a transfer to cancel is seen where tasks are made.
        TaskKind::Reboot
        | TaskKind::ReadTransfers
        | TaskKind::ReadMethods
        | TaskKind::CancelTransfer { .. }
        | TaskKind::ScheduleInform { .. } => Ok(()),
    }
}

/// Whether a text arrives at a router as it is: its length, and characters that XML has no way to write. `what` begins
/// the sentence that says why not.
fn sendable(what: &str, text: &str) -> Result<(), String> {
    if text.len() > 64 * 1024 {
        return Err(format!("{what} is longer than 64 kB."));
    }
    cwmp::not_in_xml(text).map_or(Ok(()), |c| {
        let code = u32::from(c);
        Err(format!("{what} has a character that cannot be sent to a router (U+{code:04X}). Take it out."))
    })
}

/// One or two windows that do not overlap (rule 248).
fn check_windows(windows: &[TransferWindow]) -> Result<(), String> {
    if windows.is_empty() || windows.len() > 2 {
        return Err("Give one or two time windows.".to_owned());
    }
    if windows.iter().any(|window| window.end <= window.start) {
        return Err("A time window ends after it begins.".to_owned());
    }
    if windows.iter().any(|window| window.user_message.chars().count() > 256) {
        return Err("A message to the subscriber has at most 256 characters.".to_owned());
    }
    windows.iter().try_for_each(|window| sendable("The message to the subscriber", &window.user_message))?;
    if let [first, second] = windows
        && first.start.max(second.start) < first.end.min(second.end)
    {
        return Err("The time windows overlap.".to_owned());
    }
    Ok(())
}

/// Lengths and the form of a UUID (rules 254 and 255).
fn check_module(operation: &ModuleOperation) -> Result<(), String> {
    let (uuid, url, version, needs_uuid) = match operation {
        ModuleOperation::Install { url, uuid, .. } => {
            if url.is_empty() {
                return Err("To install a software module takes its address.".to_owned());
            }
            (uuid, url.as_str(), "", false)
        }
        ModuleOperation::Update { uuid, url, version, .. } => (uuid, url.as_str(), version.as_str(), url.is_empty()),
        ModuleOperation::Uninstall { uuid, version, .. } => (uuid, "", version.as_str(), true),
    };
    let is_uuid = |text: &str| {
        let parts: Vec<&str> = text.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        lengths == [8, 4, 4, 4, 12] && parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    if (needs_uuid || !uuid.is_empty()) && !is_uuid(uuid) {
        return Err("A UUID looks like 123e4567-e89b-12d3-a456-426614174000.".to_owned());
    }
    if url.chars().count() > 1024 || url.contains('@') {
        return Err("The address of a software module has at most 1,024 characters and no password.".to_owned());
    }
    if version.chars().count() > 32 {
        return Err("A version has at most 32 characters.".to_owned());
    }
    sendable("The address of the software module", url)?;
    sendable("The version", version)
}

/// Notification 3 to 6 are from CWMP 1.4 (rule 200); the only access list of the standard is `Subscriber` (rule 201).
fn check_attribute(attribute: &SetAttribute, cwmp_version: &str) -> Result<(), String> {
    let name = model::task::short_name(&attribute.path);
    match attribute.notification {
        Some(7..) => return Err(format!("{name}: a notification is a number from 0 to 6.")),
        Some(3..) if cwmp_version != "1.4" => {
            return Err(format!("{name}: this router does not know lightweight notifications."));
        }
        // They are always reported (rule 204).
        Some(0 | 1) if matches!(name, "SoftwareVersion" | "ProvisioningCode") => {
            return Err(format!("{name} is always reported."));
        }
        _ => {}
    }
    if attribute.access_list.iter().flatten().any(|entry| entry != "Subscriber") {
        return Err(format!("{name}: the access list is empty or Subscriber."));
    }
    if attribute.notification.is_none() && attribute.access_list.is_none() {
        return Err(format!("{name}: nothing is to be changed."));
    }
    Ok(())
}

/// How rows may be named in paths to this device.
#[derive(Clone, Copy)]
struct Rows {
    /// By `[alias]` (rule 311).
    alias: bool,
    /// By `*`, where something is only read (rule 315).
    wildcard: bool,
}

impl Rows {
    fn of(tree: &Tree) -> Self {
        let says = |name: &str| {
            ["Device.", "InternetGatewayDevice."].iter().any(|root| {
                let value = tree.value(&format!("{root}ManagementServer.{name}"));
                value.is_some_and(|value| ValueType::Boolean.same(value, "1"))
            })
        };
        Self { alias: says("AliasBasedAddressing"), wildcard: says("InstanceWildcardsSupported") }
    }
}

/// Whether a path of this kind may be sent. What the device itself has listed may be, whatever its name.
fn legal(path: &str, kind: PathKind, rows: Rows, tree: &Tree) -> bool {
    let named = if rows.wildcard { Cow::Owned(path.replace(".*.", ".1.")) } else { Cow::Borrowed(path) };
    let grammar = cwmp::path::validate(&named) == Ok(kind) && (rows.alias || !path.contains('['));
    grammar || (tree.get(path).is_some() && path.len() <= cwmp::path::MAX_PATH)
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use model::file::{FileType, WindowMode};
    use model::{FileId, TaskId};

    fn tree(settings: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, value) in settings {
            tree.set_value(path, ValueType::String, value, Timestamp(0));
            tree.set_info(path, true);
        }
        tree
    }

    fn set(path: &str, value: &str) -> TaskKind {
        TaskKind::SetValues { values: vec![SetValue { path: path.into(), value: value.into(), value_type: None }] }
    }

    fn check(kind: &TaskKind, tree: &Tree) -> Result<(), String> {
        check_task(kind, tree, "1.2")
    }

    #[test]
    fn rule_311_aliases_are_sent_only_to_devices_that_take_them() {
        let kind = set("Device.NAT.PortMapping.[web].Enable", "1");
        assert!(check(&kind, &tree(&[])).is_err());
        assert_eq!(check(&kind, &tree(&[("Device.ManagementServer.AliasBasedAddressing", "true")])), Ok(()));
    }

    #[test]
    fn rule_315_wildcards_are_only_read() {
        let read = TaskKind::Refresh { paths: vec!["Device.WiFi.SSID.*.SSID".into()] };
        assert!(check(&read, &tree(&[])).is_err());
        let knows = tree(&[("Device.ManagementServer.InstanceWildcardsSupported", "1")]);
        assert_eq!(check(&read, &knows), Ok(()));
        assert!(check(&set("Device.WiFi.SSID.*.SSID", "x"), &knows).is_err());
    }

    #[test]
    fn rule_169_a_router_is_not_silenced_by_a_slip() {
        assert!(check(&set("Device.ManagementServer.EnableCWMP", "false"), &tree(&[])).is_err());
        assert_eq!(check(&set("Device.ManagementServer.EnableCWMP", "1"), &tree(&[])), Ok(()));
    }

    #[test]
    fn rule_308_names_that_the_device_lists_itself_are_sent_as_they_are() {
        let odd = "InternetGatewayDevice.X_V_5GHz Channel";
        assert!(check(&set(odd, "1"), &tree(&[])).is_err());
        assert_eq!(check(&set(odd, "1"), &tree(&[(odd, "0")])), Ok(()));
        for wrong in ["", "Device.", "Device..A", "Device.A\nB", "Device.<b>", &format!("Device.{}", "a".repeat(260))] {
            assert!(check(&set(wrong, "1"), &tree(&[])).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rule_330_the_data_model_is_asked_before_a_value_is_queued() {
        // Of the product's own tables: reported as text, a number all the same.
        let tree = tree(&[("Device.WiFi.Radio.1.Channel", "6")]);
        let refused = check(&set("Device.WiFi.Radio.1.Channel", "eleven"), &tree).unwrap_err();
        assert!(refused.starts_with("Channel: A whole number"), "{refused}");
        assert_eq!(check(&set("Device.WiFi.Radio.1.Channel", "11"), &tree), Ok(()));
        let add = |protocol: &str| TaskKind::AddObject {
            path: "Device.NAT.PortMapping.".into(),
            values: vec![SetValue { path: "Protocol".into(), value: protocol.into(), value_type: None }],
        };
        assert_eq!(check(&add("TCP"), &tree), Ok(()));
        assert_eq!(check(&add("ICMP"), &tree).unwrap_err(), "Protocol: One of TCP, UDP.");
    }

    #[test]
    fn what_xml_cannot_carry_is_refused_and_not_changed() {
        let path = "Device.WiFi.SSID.1.SSID";
        let known = tree(&[(path, "home")]);
        for (value, code) in [("a\u{2}b", "U+0002"), ("\0", "U+0000"), ("\u{1f}", "U+001F"), ("\u{ffff}", "U+FFFF")] {
            let refused = check(&set(path, value), &known).unwrap_err();
            assert!(refused.starts_with("The value of SSID has a character") && refused.contains(code), "{refused}");
            let add = TaskKind::AddObject {
                path: "Device.NAT.PortMapping.".into(),
                values: vec![SetValue { path: "Description".into(), value: value.into(), value_type: None }],
            };
            let refused = check(&add, &Tree::default()).unwrap_err();
            assert!(refused.starts_with("The value of Description has") && refused.contains(code), "{refused}");
        }
        for value in ["tab\tand\nline", "Köln \u{1F600}", "\u{7f}\u{85}"] {
            assert_eq!(check(&set(path, value), &known), Ok(()), "{value:?}");
        }
        assert!(check(&set(path, &"x".repeat(64 * 1024 + 1)), &known).unwrap_err().contains("64 kB"));
        let option = TaskKind::ReadOptions { name: "a\u{1}".into() };
        assert!(check(&option, &Tree::default()).is_err());
    }

    #[test]
    fn rule_332_only_requested_and_canceled_are_written_to_a_diagnostic() {
        let path = "Device.IP.Diagnostics.IPPing.DiagnosticsState";
        let tree = tree(&[(path, "None")]);
        for good in ["Requested", "Canceled"] {
            assert_eq!(check(&set(path, good), &tree), Ok(()));
        }
        for bad in ["Complete", "Error_Internal", "requested"] {
            assert!(check(&set(path, bad), &tree).is_err(), "{bad}");
        }
    }

    #[test]
    fn rule_175_a_setting_is_there_once() {
        let one = SetValue { path: "Device.A.B".into(), value: "1".into(), value_type: None };
        let kind = TaskKind::SetValues { values: vec![one.clone(), one] };
        assert!(check(&kind, &tree(&[])).is_err());
    }

    #[test]
    fn rule_248_time_windows_are_one_or_two_and_apart() {
        let window = |start, end| TransferWindow {
            start,
            end,
            mode: WindowMode::AnyTime,
            user_message: String::new(),
            max_retries: 1,
        };
        let file = FileRef {
            id: FileId(1),
            name: "a".into(),
            file_type: FileType::Firmware,
            size: 1,
            sha256: String::new(),
            version: String::new(),
            versions: Vec::new(),
        };
        let order = |windows| {
            let kind = TaskKind::ScheduleDownload { file: file.clone(), target_file_name: String::new(), windows };
            check(&kind, &Tree::default())
        };
        assert_eq!(order(vec![window(0, 10)]), Ok(()));
        assert_eq!(order(vec![window(20, 30), window(0, 20)]), Ok(()));
        for wrong in [vec![], vec![window(5, 5)], vec![window(0, 10), window(9, 20)], vec![window(0, 1); 3]] {
            assert!(order(wrong.clone()).is_err(), "{wrong:?}");
        }
        let log = FileRef { file_type: FileType::Log, ..file };
        let kind = TaskKind::Download { file: log, target_file_name: String::new(), delay_seconds: 0 };
        assert!(check(&kind, &Tree::default()).is_err(), "a log is not loaded");
    }

    #[test]
    fn rules_200_201_and_204_reporting_is_within_what_the_device_knows() {
        let order = |path: &str, notification, list: Option<&str>, version| {
            let access_list = list.map(|entry| vec![entry.to_owned()]);
            let one = SetAttribute { path: path.into(), notification, access_list };
            check_task(&TaskKind::SetAttributes { attributes: vec![one] }, &Tree::default(), version)
        };
        assert_eq!(order("Device.A.B", Some(2), None, "1.2"), Ok(()));
        assert!(order("Device.A.B", Some(4), None, "1.2").is_err());
        assert_eq!(order("Device.A.B", Some(4), None, "1.4"), Ok(()));
        assert!(order("Device.A.B", Some(7), None, "1.4").is_err());
        assert_eq!(order("Device.A.B", None, Some("Subscriber"), "1.0"), Ok(()));
        assert!(order("Device.A.B", None, Some("X_V_Other"), "1.0").is_err());
        assert!(order("Device.DeviceInfo.SoftwareVersion", Some(0), None, "1.0").is_err());
        assert!(order("Device.A.B", None, None, "1.0").is_err());
    }

    #[test]
    fn rules_254_and_255_software_modules_are_named_by_uuid() {
        let uninstall = |uuid: &str| {
            let operation = ModuleOperation::Uninstall {
                uuid: uuid.into(),
                version: String::new(),
                execution_env_ref: String::new(),
            };
            check(&TaskKind::ChangeModules { operations: vec![operation] }, &Tree::default())
        };
        assert_eq!(uninstall("123e4567-e89b-12d3-a456-426614174000"), Ok(()));
        for wrong in ["", "123e4567", "123e4567-e89b-12d3-a456-42661417400g", "123e4567e89b12d3a456426614174000"] {
            assert!(uninstall(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn other_orders_are_checked_too() {
        let good = [
            TaskKind::ScheduleInform { delay_seconds: 1 },
            TaskKind::Vendor { method: "X_KESTREL_Blink".into(), body: "<Times>3</Times>".into() },
            TaskKind::SetVouchers { vouchers: vec!["aGVsbG8=".into()] },
            TaskKind::CancelTransfer { task: TaskId(1) },
            TaskKind::Upload { what: UploadKind::Log(Some(1)), delay_seconds: 0 },
        ];
        for kind in good {
            assert_eq!(check(&kind, &Tree::default()), Ok(()), "{kind:?}");
        }
        let bad = [
            TaskKind::ScheduleInform { delay_seconds: 0 },
            TaskKind::Vendor { method: "Reboot".into(), body: String::new() },
            TaskKind::Vendor { method: "X_V_a><b".into(), body: String::new() },
            TaskKind::Vendor { method: "X_V_A".into(), body: "</cwmp:X_V_A><Reboot>".into() },
            TaskKind::SetVouchers { vouchers: vec!["not base64!".into()] },
            TaskKind::Upload { what: UploadKind::Log(Some(0)), delay_seconds: 0 },
            TaskKind::ReadOptions { name: "a".repeat(65) },
        ];
        for kind in bad {
            assert!(check(&kind, &Tree::default()).is_err(), "{kind:?}");
        }
    }
}
