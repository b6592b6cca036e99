//! Which parameters every Inform carries, and which notify of changes by themselves (TR-098 and TR-181 define both).

/// What comes after the root object.
fn below_root(path: &str) -> &str {
    path.split_once('.').map_or("", |(_, rest)| rest)
}

/// The address of a TR-098 WAN connection.
fn is_wan_address(rest: &str) -> bool {
    rest.starts_with("WANDevice.") && rest.contains(".WANConnectionDevice.") && rest.ends_with(".ExternalIPAddress")
}

/// Part of every Inform.
pub(crate) fn is_forced_inform(path: &str) -> bool {
    let rest = below_root(path);
    matches!(
        rest,
        "DeviceSummary"
            | "RootDataModelVersion"
            | "DeviceInfo.SpecVersion"
            | "DeviceInfo.HardwareVersion"
            | "DeviceInfo.SoftwareVersion"
            | "DeviceInfo.ProvisioningCode"
            | "ManagementServer.ParameterKey"
            | "ManagementServer.ConnectionRequestURL"
            | "ManagementServer.AliasBasedAddressing"
    ) || is_wan_address(rest)
}

/// Active notification that nobody may turn off.
pub(crate) fn is_forced_active(path: &str) -> bool {
    matches!(below_root(path), "DeviceInfo.SoftwareVersion" | "DeviceInfo.ProvisioningCode")
}

/// The notification attribute of a parameter before anybody sets it: 2 for active, else 0.
pub(crate) fn default_notification(path: &str) -> u8 {
    let rest = below_root(path);
    let active = is_forced_active(path)
        || matches!(rest, "ManagementServer.ConnectionRequestURL" | "ManagementServer.UDPConnectionRequestAddress")
        || is_wan_address(rest);
    if active { 2 } else { 0 }
}
