use super::*;
use model::Timestamp;

fn tree(values: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::default();
    for (path, value) in values {
        tree.set_value(path, ValueType::String, value, Timestamp(1));
        tree.set_info(path, true);
    }
    tree
}

const LAN: &str = "InternetGatewayDevice.LANDevice.1.";
const PPP: &str = "InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.";

fn older() -> Tree {
    tree(&[
        (&format!("{LAN}LANHostConfigManagement.MinAddress"), "192.168.1.20"),
        (&format!("{LAN}LANHostConfigManagement.MaxAddress"), "192.168.1.99"),
        (&format!("{LAN}WLANConfiguration.1.SSID"), "Renner"),
        (&format!("{LAN}WLANConfiguration.1.BeaconType"), "11i"),
        (&format!("{LAN}WLANConfiguration.1.KeyPassphrase"), ""),
        (&format!("{LAN}WLANConfiguration.1.PreSharedKey.1.KeyPassphrase"), ""),
        (&format!("{LAN}WLANConfiguration.2.SSID"), "Open house"),
        (&format!("{LAN}WLANConfiguration.2.BeaconType"), "None"),
        (&format!("{LAN}WLANConfiguration.2.KeyPassphrase"), ""),
        (&format!("{PPP}Username"), "renner@isp.example"),
        (&format!("{PPP}Password"), "********"),
        (&format!("{PPP}PortMapping.4.ExternalPort"), "8080"),
        (&format!("{PPP}PortMapping.4.PortMappingProtocol"), "TCP"),
        (&format!("{PPP}PortMapping.4.PortMappingDescription"), "chess"),
    ])
}

#[test]
fn the_plan_says_what_there_is_and_what_has_to_be_typed() {
    let plan = plan(&older());
    let of = |set| plan.iter().find(|one| one.set == set).unwrap();
    assert_eq!(of(KeepSet::Wifi).names, ["Renner", "Open house"]);
    let asked: Vec<_> = of(KeepSet::Wifi).unknown.iter().map(|one| (one.path.clone(), one.of.as_str())).collect();
    assert_eq!(asked, [(format!("{LAN}WLANConfiguration.1.KeyPassphrase"), "Renner")], "one for each locked network");
    assert_eq!(of(KeepSet::Internet).unknown[0].of, "renner@isp.example", "a row of stars is no password");
    assert_eq!(of(KeepSet::PortForwards).names, ["chess TCP 8080"]);
    assert_eq!(of(KeepSet::HomeNetwork).names, ["192.168.1.20 to 192.168.1.99"]);
    assert_eq!(super::plan(&Tree::default()), []);
}

#[test]
fn typed_and_readable_passwords_are_kept() {
    let key = format!("{LAN}WLANConfiguration.1.KeyPassphrase");
    let typed = SetValue { path: key.clone(), value: "quiet-otter".into(), value_type: None };
    let kept = collect(&older(), &[KeepSet::Wifi], &[typed]);
    let value = |kept: &Kept, path: &str| kept.lines.iter().find(|line| line.path == path).unwrap().value.clone();
    assert_eq!(value(&kept, &key).as_deref(), Some("quiet-otter"));
    let mut tree = older();
    tree.set_value(&key, ValueType::String, "told-by-itself", Timestamp(2));
    assert_eq!(value(&collect(&tree, &[KeepSet::Wifi], &[]), &key).as_deref(), Some("told-by-itself"));
    assert!(!format!("{kept:?}").contains("otter"), "never printed");
}

#[test]
fn whole_tables_are_read_before() {
    let read = to_read(&older(), &KeepSet::ALL);
    assert_eq!(
        read,
        [
            format!("{LAN}LANHostConfigManagement."),
            format!("{LAN}WLANConfiguration."),
            "InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.".to_owned(),
        ]
    );
}

#[test]
fn what_cannot_be_set_is_not_kept() {
    let mut tree = tree(&[("Device.WiFi.SSID.1.SSID", "Renner"), ("Device.WiFi.SSID.1.Enable", "1")]);
    tree.set_info("Device.WiFi.SSID.1.SSID", false);
    let kept = collect(&tree, &[KeepSet::Wifi], &[]);
    assert_eq!(kept.lines.iter().map(|line| line.path.as_str()).collect::<Vec<_>>(), ["Device.WiFi.SSID.1.Enable"]);
}

#[test]
fn the_routers_own_address_is_kept_and_that_of_the_line_is_not() {
    let tree = tree(&[
        ("Device.IP.Interface.1.IPv4Address.1.IPAddress", "198.18.0.7"),
        ("Device.IP.Interface.2.IPv4Address.1.IPAddress", "192.168.1.1"),
        ("Device.IP.Interface.3.IPv4Address.1.IPAddress", "10.0.0.7"),
        ("Device.IP.Interface.3.IPv4Address.1.AddressingType", "DHCP"),
    ]);
    let kept = collect(&tree, &[KeepSet::HomeNetwork], &[]);
    let paths: Vec<_> = kept.lines.iter().map(|line| line.path.as_str()).collect();
    assert_eq!(paths, ["Device.IP.Interface.2.IPv4Address.1.IPAddress"]);
}
