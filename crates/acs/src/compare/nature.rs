//! What differs from home to home anyway: one table.

use model::compare::Nature;
use model::task::short_name;
use model::tree::ValueType;

/// Ending in `.`: everything below an object of that name. With `*` in front: every parameter whose name ends so. Else
/// the name of a parameter. The first line that fits counts.
const TABLE: [(Nature, &[&str]); 8] = [
    (
        Nature::Home,
        &[
            "PortMapping.",
            "PortTrigger.",
            "DHCPStaticAddress.",
            "StaticAddress.",
            "Hosts.",
            "AssociatedDevice.",
            "PersistentData",
        ],
    ),
    (
        Nature::Test,
        &[
            "IPPingDiagnostics.",
            "TraceRouteDiagnostics.",
            "DownloadDiagnostics.",
            "UploadDiagnostics.",
            "NSLookupDiagnostics.",
            "UDPEchoConfig.",
            "WANATMF5LoopbackDiagnostics.",
            "WANDSLDiagnostics.",
            "IP.Diagnostics.",
            "DNS.Diagnostics.",
            "DSL.Diagnostics.",
            "ATM.Diagnostics.",
            "NeighboringWiFiDiagnostic.",
            "DiagnosticsState",
        ],
    ),
    (Nature::Count, &["Stats."]),
    (Nature::Name, &["SSID", "HostName", "FriendlyName", "DeviceName", "Alias"]),
    (
        Nature::Address,
        &[
            "*IPAddress",
            "*MACAddress",
            "*MACAddresses",
            "BSSID",
            "PhysAddress",
            "MinAddress",
            "MaxAddress",
            "ReservedAddresses",
            "IPRouters",
            "Chaddr",
            "Yiaddr",
            "DefaultGateway",
            "InternalClient",
        ],
    ),
    (Nature::Login, &["*Username", "JabberID"]),
    (Nature::Identity, &["SerialNumber", "ProvisioningCode", "*UUID", "ParameterKey", "ConnectionRequestURL"]),
    (Nature::Channel, &["Channel"]),
];

/// Why a setting differs from home to home; `None`: it should not.
pub(super) fn nature(path: &str, value_type: ValueType) -> Option<Nature> {
    let fits = |pattern: &&&str| {
        if pattern.ends_with('.') {
            path.match_indices(**pattern).any(|(at, _)| at > 0 && path.as_bytes()[at - 1] == b'.')
        } else if let Some(end) = pattern.strip_prefix('*') {
            short_name(path).ends_with(end)
        } else {
            short_name(path) == **pattern
        }
    };
    let listed = TABLE.iter().find(|(_, patterns)| patterns.iter().any(|pattern| fits(&pattern)));
    listed.map(|(nature, _)| *nature).or_else(|| (value_type == ValueType::DateTime).then_some(Nature::Time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_knows_both_data_models() {
        let text = |path| nature(path, ValueType::String);
        for (path, expected) in [
            ("InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID", Some(Nature::Name)),
            ("Device.WiFi.SSID.1.SSID", Some(Nature::Name)),
            ("InternetGatewayDevice.LANDevice.1.LANHostConfigManagement.MinAddress", Some(Nature::Address)),
            ("Device.IP.Interface.1.IPv4Address.1.IPAddress", Some(Nature::Address)),
            ("InternetGatewayDevice.ManagementServer.Username", Some(Nature::Login)),
            ("Device.PPP.Interface.1.Username", Some(Nature::Login)),
            ("Device.NAT.PortMapping.3.Enable", Some(Nature::Home)),
            ("Device.DHCPv4.Server.Pool.1.StaticAddress.1.Enable", Some(Nature::Home)),
            ("InternetGatewayDevice.IPPingDiagnostics.Host", Some(Nature::Test)),
            ("Device.IP.Diagnostics.IPPing.Host", Some(Nature::Test)),
            ("Device.WiFi.Radio.2.Channel", Some(Nature::Channel)),
            ("Device.DeviceInfo.ProvisioningCode", Some(Nature::Identity)),
            ("Device.ManagementServer.PeriodicInformInterval", None),
            ("Device.ManagementServer.URL", None),
            ("Device.DHCPv4.Server.Pool.1.LeaseTime", None),
            ("Device.WiFi.Radio.2.AutoChannelEnable", None),
            ("Device.X_Other.MyHosts.Limit", None),
        ] {
            assert_eq!(text(path), expected, "{path}");
        }
        let time = "Device.ManagementServer.PeriodicInformTime";
        assert_eq!(nature(time, ValueType::DateTime), Some(Nature::Time));
    }
}
