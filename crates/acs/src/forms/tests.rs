//! Forms over trees as devices of both data models have them.

use super::{network, wifi};
use crate::aliases::{Aliases, Resolver};
use model::device::DataModel;
use model::network::{Level, Medium};
use model::task::{SetValue, TaskKind, TaskOutcome, TaskState, ValueChange};
use model::tree::ValueType;
use model::wifi::Role;
use model::{DeviceId, TaskId, Timestamp};
use std::sync::Arc;
use store::{TaskRecord, Tree};

const READ: i64 = 1_000_000;

/// Lines of `path = value`; `*` after the path: writable.
fn tree(lines: &str) -> Tree {
    let mut tree = Tree::default();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (path, value) = line.split_once('=').unwrap();
        let (path, writable) = (path.trim().trim_end_matches('*'), path.trim().ends_with('*'));
        if !path.ends_with('.') {
            tree.set_value(path, ValueType::String, value.trim(), Timestamp(READ));
        }
        tree.set_info(path, writable);
    }
    tree
}

fn resolver(tree: &Tree) -> Resolver<'_> {
    let first = tree.below("").next().map_or("", |(path, _)| path);
    Resolver::with(Arc::new(Aliases::new(Vec::new())), DataModel::of_path(first), tree)
}

fn newer() -> Tree {
    tree(
        "Device.WiFi.Radio.1.OperatingFrequencyBand = 2.4GHz
         Device.WiFi.Radio.1.Enable* = true
         Device.WiFi.Radio.1.Channel* = 6
         Device.WiFi.Radio.1.AutoChannelEnable* = false
         Device.WiFi.Radio.1.PossibleChannels = 1-13
         Device.WiFi.Radio.1.CurrentOperatingChannelBandwidth = 20MHz
         Device.WiFi.Radio.2.OperatingFrequencyBand = 5GHz
         Device.WiFi.Radio.2.Channel* = 44
         Device.WiFi.SSID.1.LowerLayers = Device.WiFi.Radio.1.
         Device.WiFi.SSID.1.SSID* = Renner
         Device.WiFi.SSID.1.Enable* = 1
         Device.WiFi.SSID.2.LowerLayers = Device.WiFi.Radio.2.
         Device.WiFi.SSID.2.SSID* = Renner
         Device.WiFi.SSID.3.LowerLayers = Device.WiFi.Radio.1.
         Device.WiFi.SSID.3.SSID* = Renner-guest
         Device.WiFi.AccessPoint.1.SSIDReference = Device.WiFi.SSID.1.
         Device.WiFi.AccessPoint.1.AssociatedDeviceNumberOfEntries = 2
         Device.WiFi.AccessPoint.1.Security.ModesSupported = None,WPA2-Personal,WPA3-Personal
         Device.WiFi.AccessPoint.1.Security.ModeEnabled* = WPA2-Personal
         Device.WiFi.AccessPoint.1.Security.KeyPassphrase* = hunter22-told
         Device.WiFi.AccessPoint.1.Security.SAEPassphrase* =
         Device.WiFi.AccessPoint.1.AssociatedDevice.1.MACAddress = 02:00:00:00:00:01
         Device.WiFi.AccessPoint.1.AssociatedDevice.1.SignalStrength = -81
         Device.WiFi.AccessPoint.1.AssociatedDevice.1.LastDataDownlinkRate = 6000
         Device.WiFi.AccessPoint.1.AssociatedDevice.1.Retransmissions = 31
         Device.WiFi.AccessPoint.1.AssociatedDevice.1.AssociationTime = 1970-01-01T00:15:00Z
         Device.WiFi.AccessPoint.1.AssociatedDevice.2.MACAddress = 02:00:00:00:00:02
         Device.WiFi.AccessPoint.1.AssociatedDevice.2.SignalStrength = -47
         Device.WiFi.AccessPoint.2.SSIDReference = Device.WiFi.SSID.2.
         Device.WiFi.AccessPoint.3.SSIDReference = Device.WiFi.SSID.3.
         Device.WiFi.NeighboringWiFiDiagnostic.DiagnosticsState* = Complete
         Device.WiFi.NeighboringWiFiDiagnostic.Result.1.SSID = Other
         Device.WiFi.NeighboringWiFiDiagnostic.Result.1.Channel = 6
         Device.WiFi.NeighboringWiFiDiagnostic.Result.1.SignalStrength = -60
         Device.WiFi.NeighboringWiFiDiagnostic.Result.1.OperatingFrequencyBand = 2.4GHz
         Device.Hosts.Host.1.PhysAddress = 02:00:00:00:00:01
         Device.Hosts.Host.1.HostName = LG-TV
         Device.Hosts.Host.1.IPAddress = 192.168.1.20
         Device.Hosts.Host.1.Layer1Interface = Device.WiFi.SSID.1.
         Device.Hosts.Host.1.Active = true
         Device.Hosts.Host.2.PhysAddress = 00:D0:9E:00:00:09
         Device.Hosts.Host.2.HostName = nas
         Device.Hosts.Host.2.IPAddress = 192.168.1.21
         Device.Hosts.Host.2.Layer1Interface = Device.Ethernet.Interface.2.
         Device.Hosts.Host.2.Active = false
         Device.IP.Interface.1.Status = Up
         Device.IP.Interface.1.LowerLayers = Device.PPP.Interface.1.
         Device.IP.Interface.1.IPv4Address.1.IPAddress = 198.51.100.7
         Device.PPP.Interface.1.ConnectionStatus = Connected
         Device.PPP.Interface.1.LastConnectionError = ERROR_NO_CARRIER
         Device.PPP.Interface.1.LastChange = 3600
         Device.PPP.Interface.1.Username* = renner@isp.example
         Device.PPP.Interface.1.Password* =
         Device.PPP.Interface.1.Reset* = false
         Device.NAT.PortMapping.* =
         Device.NAT.PortMapping.1.* =
         Device.NAT.PortMapping.1.ExternalPort* = 27015
         Device.NAT.PortMapping.1.ExternalPortEndRange* = 27030
         Device.NAT.PortMapping.1.Protocol* = UDP
         Device.NAT.PortMapping.1.InternalPort* = 27015
         Device.NAT.PortMapping.1.InternalClient* = 192.168.1.20
         Device.NAT.PortMapping.1.Description* = games
         Device.NAT.PortMapping.1.Enable* = true
         Device.DHCPv4.Server.Pool.1.MinAddress* = 192.168.1.20
         Device.DHCPv4.Server.Pool.1.MaxAddress* = 192.168.1.199
         Device.DHCPv4.Server.Pool.1.Enable* = true
         Device.Optical.Interface.1.Status = Up
         Device.Optical.Interface.1.OpticalSignalLevel = -28600
         Device.UserInterface.RemoteAccess.Enable* = true
         Device.UserInterface.RemoteAccess.Port* = 8443",
    )
}

fn older() -> Tree {
    tree(
        "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID* = Renner
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.Enable* = 1
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.Channel* = 6
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.Standard = n
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.BeaconType* = 11i
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.KeyPassphrase* =
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.TotalAssociations = 1
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.AssociatedDevice.1.AssociatedDeviceMACAddress = 02:00:00:00:00:01
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.2.SSID* = Renner-5G
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.2.Channel* = 44
         InternetGatewayDevice.LANDevice.1.Hosts.Host.1.MACAddress = 02:00:00:00:00:01
         InternetGatewayDevice.LANDevice.1.Hosts.Host.1.HostName = LG-TV
         InternetGatewayDevice.LANDevice.1.Hosts.Host.1.IPAddress = 192.168.1.20
         InternetGatewayDevice.LANDevice.1.Hosts.Host.1.InterfaceType = 802.11
         InternetGatewayDevice.LANDevice.1.Hosts.Host.1.Active = 1
         InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.ConnectionStatus = Connected
         InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.Uptime = 7200
         InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.Username* = renner
         InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.Reset* = 0
         InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.PortMapping.* =
         InternetGatewayDevice.WANDevice.1.WANDSLInterfaceConfig.Status = Up
         InternetGatewayDevice.WANDevice.1.WANDSLInterfaceConfig.DownstreamNoiseMargin = 45",
    )
}

#[test]
fn the_wifi_of_both_data_models_is_one_view() {
    for (tree, names) in [(newer(), ["Renner", "Renner"]), (older(), ["Renner", "Renner-5G"])] {
        let view = wifi::view(&resolver(&tree), &[]);
        assert_eq!(view.bands(Role::Home), ["2.4 GHz", "5 GHz"]);
        let home: Vec<_> = view.networks.iter().filter(|one| one.role == Role::Home).collect();
        let found: Vec<_> = home.iter().map(|one| one.ssid.as_ref().unwrap().value.as_deref().unwrap()).collect();
        assert_eq!(found, names);
        assert!(home[0].ssid.as_ref().unwrap().writable);
        assert!(home[0].security.is_some() && home[0].password.as_ref().unwrap().writable);
        assert_eq!(view.clients[0].name, "LG-TV", "known by its name in the home");
        assert_eq!(view.clients[0].band, "2.4 GHz");
        assert!(!view.refresh.is_empty());
    }
}

#[test]
fn a_password_never_reaches_a_view() {
    let view = wifi::view(&resolver(&newer()), &[]);
    assert!(!format!("{view:?}").contains("hunter22"));
    assert!(view.networks[0].password_wpa3.is_some(), "set together with the other one");
}

#[test]
fn what_a_radio_says_of_itself_is_read() {
    let view = wifi::view(&resolver(&newer()), &[]);
    let radio = view.radio("2.4 GHz").unwrap();
    assert_eq!((radio.width, radio.possible.len(), radio.busy), (Some(20), 13, None));
    assert_eq!(radio.auto.as_ref().unwrap().yes(), Some(false));
    assert_eq!(radio.clients, Some(2));
    assert_eq!(wifi::radios(&resolver(&newer())), view.radios, "the summary shows the same");
    let guests: Vec<_> = view.networks.iter().filter(|one| one.role == Role::Guest).collect();
    assert_eq!(guests.len(), 1);
}

#[test]
fn the_weakest_client_comes_first() {
    let view = wifi::view(&resolver(&newer()), &[]);
    let clients: Vec<_> = view.clients.iter().map(|one| (one.signal, one.rate, one.retransmissions)).collect();
    assert_eq!(clients, [(Some(-81), Some(6000), Some(31)), (Some(-47), None, None)]);
    assert_eq!(view.clients[0].since, Some(Timestamp(900_000)));
}

#[test]
fn neighbours_are_those_of_the_last_scan() {
    let view = wifi::view(&resolver(&newer()), &[]);
    assert_eq!(view.neighbours.scanned_at, Some(Timestamp(READ)));
    assert!(view.neighbours.can_scan);
    assert_eq!((view.neighbours.list[0].channel, view.neighbours.list[0].signal), (6, -60));
    let none = wifi::view(&resolver(&older()), &[]);
    assert_eq!((none.neighbours.scanned_at, none.neighbours.can_scan), (None, false));
}

fn password_task(ended: i64) -> TaskRecord {
    let path = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase".to_owned();
    let change = ValueChange { path: path.clone(), before: None, wanted: None, after: Some(String::new()) };
    TaskRecord {
        id: TaskId(1),
        device: DeviceId(1),
        kind: TaskKind::SetValues { values: vec![SetValue { path, value: String::new(), value_type: None }] },
        state: TaskState::Verified,
        by: "Ana".into(),
        created_at: Timestamp(0),
        updated_at: Timestamp(ended),
        steps: Vec::new(),
        note: None,
        outcome: Some(TaskOutcome::Changed { changes: vec![change], pending: false }),
        progress: String::new(),
        attempts: 1,
        campaign: None,
    }
}

#[test]
fn a_new_password_is_confirmed_by_who_rejoins() {
    let sent = |ended: i64| {
        let tree = newer();
        let view = wifi::view(&resolver(&tree), &[password_task(ended)]);
        view.networks[0].sent.clone().unwrap().confirmed_by
    };
    assert_eq!(sent(READ + 5_000), None, "the list is older than the change");
    assert_eq!(sent(950_000), None, "whoever joined before it proves nothing, and nobody is known to have come since");
    assert_eq!(sent(800_000).as_deref(), Some("LG-TV"), "joined after it");
}

#[test]
fn the_home_network_of_both_data_models_is_one_view() {
    let record = crate::session::test_record();
    let tree = newer();
    let view = network::view(&resolver(&tree), &record);
    assert_eq!(view.hosts.len(), 2);
    assert_eq!((view.hosts[0].medium, view.hosts[0].maker.as_str()), (Medium::Wifi, "Private address"));
    assert_eq!((view.hosts[1].medium, view.hosts[1].active), (Medium::Cable, Some(false)));
    assert_eq!((view.internet.kind.as_str(), view.internet.status.as_str()), ("PPP", "up"));
    assert_eq!((view.internet.uptime, view.internet.error.as_str()), (Some(3600), "ERROR_NO_CARRIER"));
    assert!(view.internet.reset.is_some() && view.internet.password.as_ref().unwrap().value.is_none());
    let forwards = view.forwards.unwrap();
    assert_eq!((forwards.table.as_str(), forwards.can_add), ("Device.NAT.PortMapping.", true));
    assert_eq!((forwards.list[0].outside, forwards.list[0].can_delete), (Some((27015, 27030)), true));
    assert_eq!(forwards.interface, "Device.IP.Interface.1.");
    assert!(forwards.own_ports.iter().any(|(port, _)| *port == 8443));
    assert_eq!(view.lines[0].values[1].level, Some(Level::Bad), "−28.6 dBm is too little light");
    assert_eq!(view.remote.unwrap().on.yes(), Some(true));
    let lan = view.lan.unwrap();
    assert_eq!(lan.from.unwrap().value.as_deref(), Some("192.168.1.20"));

    let tree = older();
    let view = network::view(&resolver(&tree), &record);
    assert_eq!(view.hosts[0].medium, Medium::Wifi);
    assert_eq!((view.internet.kind.as_str(), view.internet.uptime), ("PPP", Some(7200)));
    let forwards = view.forwards.unwrap();
    assert!(
        forwards.table.ends_with("WANPPPConnection.1.PortMapping.") && forwards.can_add && forwards.list.is_empty()
    );
    assert_eq!(forwards.interface, "");
    let margin = view.lines[0].values.iter().find(|value| value.value == "4.5 dB").unwrap();
    assert_eq!((margin.level, margin.normal.as_str()), (Some(Level::Fair), "6 dB or more"));
    assert_eq!(view.remote, None, "not offered");
}

#[test]
fn a_bare_router_shows_what_it_has_not() {
    let tree = tree("Device.DeviceInfo.ModelName = X");
    let record = crate::session::test_record();
    let view = network::view(&resolver(&tree), &record);
    assert_eq!((view.lan, view.forwards, view.remote), (None, None, None));
    assert!(view.hosts.is_empty() && view.lines.is_empty());
    assert_eq!(view.internet.status, "");
    assert!(wifi::view(&resolver(&tree), &[]).radios.is_empty());
}
