//! Aliases on trees as devices of several makers have them.

use super::*;
use model::Timestamp;
use model::alias::Value;
use model::device::DataModel;
use model::tree::ValueType;
use store::Tree;

/// Lines of `path = value`; `*` after the path: writable.
pub(crate) fn tree(lines: &str) -> Tree {
    let mut tree = Tree::default();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (path, value) = line.split_once('=').unwrap();
        let (path, writable) = (path.trim().trim_end_matches('*'), path.trim().ends_with('*'));
        tree.set_value(path, ValueType::String, value.trim(), Timestamp(1000));
        tree.set_info(path, writable);
    }
    tree
}

pub(crate) fn resolver(tree: &Tree) -> Resolver<'_> {
    let first = tree.below("").next().map_or("", |(path, _)| path);
    Resolver::with(Arc::new(Aliases::new(Vec::new())), DataModel::of_path(first), tree)
}

fn number(tree: &Tree, name: &str) -> Option<f64> {
    resolver(tree).value(name).and_then(|found| found.number()).map(|n| (n * 100.0).round() / 100.0)
}

fn text(tree: &Tree, name: &str) -> Option<String> {
    resolver(tree).value(name).and_then(|found| found.text().map(str::to_owned))
}

#[test]
fn the_products_own_file_can_be_read_to_the_last_place() {
    let file: File = toml::from_str(BUILTIN).unwrap();
    let entries = file.values.iter().chain(file.tables.values().flat_map(|table| &table.columns));
    for (name, entry) in entries {
        for path in &entry.paths {
            let place = Place::parse(path).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!place.last.object, "{name}: {path}");
        }
        assert!(!entry.label.is_empty() && !entry.paths.is_empty(), "{name}");
    }
    for (name, table) in &file.tables {
        for path in &table.rows {
            assert!(Place::parse(path).is_ok_and(|place| place.last.object), "{name}: {path}");
        }
    }
    assert!(Aliases::new(Vec::new()).is_table("wifi.radio"));
}

#[test]
fn tr181_joins_radio_network_and_client() {
    let tree = tree(
        "Device.WiFi.Radio.1.Channel* = 6
         Device.WiFi.Radio.1.OperatingFrequencyBand = 2.4GHz
         Device.WiFi.Radio.2.Channel* = 36
         Device.WiFi.Radio.2.OperatingFrequencyBand = 5GHz
         Device.WiFi.SSID.1.LowerLayers = Device.WiFi.Radio.1.
         Device.WiFi.SSID.1.SSID* = Home
         Device.WiFi.SSID.2.LowerLayers = Device.WiFi.Radio.2
         Device.WiFi.SSID.2.SSID* = Home5
         Device.WiFi.AccessPoint.1.SSIDReference = Device.WiFi.SSID.2.
         Device.WiFi.AccessPoint.1.Security.KeyPassphrase* =
         Device.WiFi.AccessPoint.1.AssociatedDeviceNumberOfEntries = 1
         Device.WiFi.AccessPoint.1.AssociatedDevice.1.MACAddress = 0a:00:00:00:00:01
         Device.WiFi.AccessPoint.1.AssociatedDevice.1.SignalStrength = -67
         Device.WiFi.AccessPoint.1.AssociatedDevice.1.LastDataDownlinkRate = 390000
         Device.Hosts.Host.1.PhysAddress = 0A:00:00:00:00:02
         Device.Hosts.Host.1.HostName = other
         Device.Hosts.Host.2.PhysAddress = 0A:00:00:00:00:01
         Device.Hosts.Host.2.HostName = phone",
    );
    let aliases = resolver(&tree);
    let radios = aliases.radios();
    assert_eq!(radios.iter().map(|(_, band)| band.as_str()).collect::<Vec<_>>(), ["2.4 GHz", "5 GHz"]);
    let networks = aliases.networks_of(&radios[1].0, "5 GHz");
    assert_eq!(networks.len(), 1);
    let password = aliases.column("wifi.network", &networks[0], "password").unwrap();
    assert_eq!(password.path, "Device.WiFi.AccessPoint.1.Security.KeyPassphrase");
    assert!(password.writable && password.value.is_none());
    let client = &aliases.rows("wifi.client")[0];
    let of = |column: &str| aliases.column("wifi.client", client, column).and_then(|found| found.value);
    assert_eq!(of("name"), Some(Value::Text("phone".to_owned())));
    assert_eq!(of("band"), Some(Value::Text("5GHz".to_owned())));
    assert_eq!(of("channel"), Some(Value::Number(36.0)));
    assert_eq!(of("ssid"), Some(Value::Text("Home5".to_owned())));
    assert_eq!(of("rate_down"), Some(Value::Number(390_000.0)));
}

#[test]
fn tr098_has_radio_and_network_in_one() {
    let tree = tree(
        "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.Channel* = 6
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID* = Home
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.TotalAssociations = 2
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.PreSharedKey.1.KeyPassphrase* =
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.AssociatedDevice.1.AssociatedDeviceMACAddress = 0A:00:00:00:00:01
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.AssociatedDevice.1.X_HW_RSSI = -71
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.AssociatedDevice.1.X_HW_TxRate = 72
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.2.Channel* = 6
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.2.SSID* = Guest
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.5.Channel* = 44
         InternetGatewayDevice.LANDevice.1.WLANConfiguration.5.SSID* = Home
         InternetGatewayDevice.LANDevice.1.Hosts.Host.7.MACAddress = 0A:00:00:00:00:01
         InternetGatewayDevice.LANDevice.1.Hosts.Host.7.HostName = tv",
    );
    let aliases = resolver(&tree);
    let radios = aliases.radios();
    assert_eq!(radios.iter().map(|(_, band)| band.as_str()).collect::<Vec<_>>(), ["2.4 GHz", "5 GHz"]);
    assert_eq!(aliases.networks_of(&radios[0].0, "2.4 GHz").len(), 2);
    assert_eq!(number(&tree, "wifi.client.signal"), Some(-71.0));
    assert_eq!(number(&tree, "wifi.client.rate_down"), Some(72_000.0));
    assert_eq!(text(&tree, "wifi.client.name").as_deref(), Some("tv"));
    assert_eq!(
        aliases.value("wifi.network.password").map(|found| found.path).as_deref(),
        Some("InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.PreSharedKey.1.KeyPassphrase")
    );
}

#[test]
fn light_is_in_dbm_whatever_the_maker_counts_in() {
    let of = |line: &str| number(&tree(line), "optical.rx");
    let wan = "InternetGatewayDevice.WANDevice.1";
    assert_eq!(of("Device.Optical.Interface.1.OpticalSignalLevel = -18400"), Some(-18.4));
    assert_eq!(of("Device.XPON.ONU.1.ANI.1.Transceiver.1.RxPower = -184"), Some(-18.4));
    assert_eq!(of(&format!("{wan}.X_GponInterafceConfig.RXPower = -18")), Some(-18.0));
    assert_eq!(of(&format!("{wan}.X_ZTE-COM_WANPONInterfaceConfig.RXPower = 145")), Some(-18.39));
    assert_eq!(of(&format!("{wan}.X_CT-COM_GponInterfaceConfig.RXPower = 145")), Some(-18.39));
    assert_eq!(of(&format!("{wan}.X_FH_GponInterfaceConfig.RXPower = -18.41")), Some(-18.41));
    assert_eq!(of("InternetGatewayDevice.X_ALU_OntOpticalParam.RXPower = -18.4"), Some(-18.4));
    assert_eq!(of(&format!("{wan}.X_NEWCOMER_GponInterfaceConfig.RxPower = -18.4")), Some(-18.4));
    assert_eq!(of(&format!("{wan}.X_FH_GponInterfaceConfig.RXPower = nonsense")), None);
}

#[test]
fn dsl_is_in_db_and_kbit_of_both_models() {
    let old = tree(
        "InternetGatewayDevice.WANDevice.1.WANDSLInterfaceConfig.DownstreamNoiseMargin = 71
         InternetGatewayDevice.WANDevice.1.WANDSLInterfaceConfig.DownstreamCurrRate = 48000
         InternetGatewayDevice.WANDevice.1.WANDSLInterfaceConfig.Status = Up",
    );
    let new = tree(
        "Device.DSL.Line.1.DownstreamNoiseMargin = 71
         Device.DSL.Line.1.LinkStatus = Up
         Device.DSL.Line.1.Status = Up
         Device.DSL.Channel.1.LowerLayers = Device.DSL.Line.1.
         Device.DSL.Channel.1.DownstreamCurrRate = 48000",
    );
    for tree in [old, new] {
        assert_eq!(number(&tree, "dsl.margin_down"), Some(7.1));
        assert_eq!(number(&tree, "dsl.down"), Some(48_000.0));
        assert_eq!(text(&tree, "dsl.status").as_deref(), Some("up"));
    }
}

#[test]
fn the_way_to_the_internet_is_found() {
    let bridged_first = tree(
        "InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.ConnectionType = IP_Bridged
         InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.ConnectionStatus = Connected
         InternetGatewayDevice.WANDevice.1.WANConnectionDevice.2.WANPPPConnection.1.ConnectionType = IP_Routed
         InternetGatewayDevice.WANDevice.1.WANConnectionDevice.2.WANPPPConnection.1.ConnectionStatus = Disconnected",
    );
    let wan = |tree: &Tree| resolver(tree).wan().unwrap().path;
    assert!(wan(&bridged_first).contains("WANConnectionDevice.2."));
    let named = tree(
        "InternetGatewayDevice.Layer3Forwarding.DefaultConnectionService = InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.2
         InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.ConnectionStatus = Connected
         InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.2.ConnectionStatus = Connecting",
    );
    assert!(wan(&named).ends_with("WANPPPConnection.2."));
    let new = tree(
        "Device.IP.Interface.1.Status = Up
         Device.IP.Interface.1.IPv4Address.1.IPAddress = 192.168.1.1
         Device.IP.Interface.2.Status = Up
         Device.IP.Interface.2.LowerLayers = Device.PPP.Interface.1.
         Device.IP.Interface.2.IPv4Address.1.IPAddress = 198.51.100.7
         Device.PPP.Interface.1.ConnectionStatus = Connected
         Device.PPP.Interface.1.LastConnectionError = ERROR_NONE
         Device.PPP.Interface.1.LastChange = 99",
    );
    let aliases = resolver(&new);
    let row = aliases.wan().unwrap();
    assert_eq!(row.path, "Device.IP.Interface.2.");
    assert_eq!(aliases.column("wan.connection", &row, "uptime").unwrap().number(), Some(99.0));
    assert_eq!(aliases.column("wan.connection", &row, "status").unwrap().text(), Some("up"));
    assert_eq!(aliases.column("wan.connection", &row, "error").unwrap().text(), Some("ERROR_NONE"));
}

#[test]
fn rows_stand_in_the_order_of_their_numbers() {
    let lines: Vec<String> = (1..=12).map(|n| format!("Device.Hosts.Host.{n}.HostName = h{n}")).collect();
    let tree = tree(&lines.join("\n"));
    let rows: Vec<String> = resolver(&tree).rows("lan.host").into_iter().map(|row| row.path).collect();
    assert_eq!(
        (rows.len(), rows[1].as_str(), rows[11].as_str()),
        (12, "Device.Hosts.Host.2.", "Device.Hosts.Host.12.")
    );
}

#[test]
fn what_makes_no_sense_is_not_known() {
    let tree = tree(
        "Device.DeviceInfo.ProcessStatus.CPUUsage = 250
         Device.DeviceInfo.MemoryStatus.Total = 58851248
         Device.IP.Interface.1.IPv4Address.1.IPAddress = 0.0.0.0
         Device.WiFi.AccessPoint.1.AssociatedDevice.1.SignalStrength = 0
         Device.WiFi.MultiAP.APDevice.1.Radio.1.AP.1.AssociatedDevice.1.SignalStrength = 140",
    );
    assert_eq!(number(&tree, "box.cpu"), None);
    assert_eq!(number(&tree, "box.memory_total"), Some(57_471.92));
    assert_eq!(text(&tree, "wan.connection.ipv4"), None);
    let signals: Vec<_> = {
        let aliases = resolver(&tree);
        let rows = aliases.rows("wifi.client");
        rows.iter().map(|row| aliases.column("wifi.client", row, "signal").and_then(|found| found.number())).collect()
    };
    assert_eq!(signals, [None, Some(-40.0)]);
}

#[test]
fn an_operators_places_go_first_or_alone() {
    let tree = tree(
        "Device.DeviceInfo.ProcessStatus.CPUUsage = 10
         Device.DeviceInfo.X_MINE_Load = 55
         Device.X_MINE_Voice.State = registered",
    );
    let own = |name: &str, path: &str, only| OwnAlias {
        name: name.to_owned(),
        label: "Mine".to_owned(),
        paths: vec![path.to_owned()],
        only,
        ..OwnAlias::default()
    };
    let with = |own: Vec<OwnAlias>| Resolver::with(Arc::new(Aliases::new(own)), DataModel::Tr181, &tree);
    let cpu = |own| with(own).value("box.cpu").and_then(|found| found.number());
    assert_eq!(cpu(vec![own("box.cpu", "Device.DeviceInfo.X_MINE_Load", false)]), Some(55.0));
    assert_eq!(cpu(vec![own("box.cpu", "Device.DeviceInfo.X_NOT_THERE", false)]), Some(10.0));
    assert_eq!(cpu(vec![own("box.cpu", "Device.DeviceInfo.X_NOT_THERE", true)]), None);
    let voice = with(vec![own("voice.state", "Device.X_MINE_Voice.State", false)]);
    assert_eq!(voice.value("voice.state").unwrap().text(), Some("registered"));
    assert_eq!(voice.aliases.own_values().count(), 1);
}

#[test]
fn own_aliases_are_checked_before_they_are_kept() {
    let aliases = Aliases::new(Vec::new());
    let check = |name: &str, path: &str| {
        let own = OwnAlias {
            name: name.to_owned(),
            label: "Mine".to_owned(),
            paths: vec![path.to_owned()],
            ..OwnAlias::default()
        };
        aliases.check(&own)
    };
    assert_eq!(check("box.cpu", "/DeviceInfo.X_Load"), Ok(()));
    assert_eq!(check("wifi.radio.busy", "X_MINE_Busy"), Ok(()));
    assert_eq!(check("wifi.radio.mood", "X_MINE_Mood"), Ok(()));
    assert_eq!(check("wifi.radio", "Device.X_MINE_Radio.{i}."), Ok(()));
    for (name, path) in [
        ("box.cpu", "X_Load"),
        ("box.cpu", "/DeviceInfo."),
        ("wifi.radio", "Device.X_MINE_Radio.{i}"),
        ("box.cpu", "/A as parsecs"),
        ("cpu", "/A"),
    ] {
        assert!(check(name, path).is_err(), "{name} {path}");
    }
}

#[test]
fn what_is_looked_at_is_noted_for_a_refresh() {
    let tree = tree(
        "Device.DeviceInfo.UpTime = 5
         Device.WiFi.Radio.1.Channel = 6",
    );
    let aliases = resolver(&tree).noting();
    aliases.value("box.uptime");
    aliases.value("wifi.radio.channel");
    let seen = aliases.take_seen();
    assert_eq!(seen.iter().collect::<Vec<_>>(), ["Device.DeviceInfo.UpTime", "Device.WiFi.Radio.1.Channel"]);
    assert_eq!(resolver(&tree).to_refresh(&seen).len(), 2);
}

#[test]
fn tables_that_live_are_read_whole_and_once() {
    let tree = tree(
        "Device.Hosts.Host.1.HostName = a
         Device.WiFi.AccessPoint.1.AssociatedDevice.1.SignalStrength = -50
         Device.WiFi.AccessPoint.2.AssociatedDevice.1.SignalStrength = -60
         Device.DeviceInfo.UpTime = 5",
    );
    let aliases = resolver(&tree).noting();
    for name in ["box.uptime", "lan.host.name", "wifi.client.signal"] {
        aliases.value(name);
    }
    let seen = aliases.take_seen();
    let paths = resolver(&tree).to_refresh(&seen);
    assert_eq!(paths, ["Device.Hosts.Host.", "Device.WiFi.AccessPoint.", "Device.DeviceInfo.UpTime"]);
}
