//! What a tree tells to find its device by: names of wireless networks, the name it dials in with, its own addresses.

use std::net::IpAddr;
use store::{FoundBy, Tree, found_by};

/// Objects with such values, below the root, and the ends of the paths inside that tell.
const TOLD: [(&str, &[(&str, FoundBy)]); 6] = [
    ("WiFi.SSID.", &[(".SSID", FoundBy::Ssid)]),
    ("PPP.Interface.", &[(".Username", FoundBy::PppUser), (".LocalIPAddress", FoundBy::Ip)]),
    ("IP.Interface.", &[(".IPAddress", FoundBy::Ip)]),
    ("LANDevice.1.WLANConfiguration.", &[(".SSID", FoundBy::Ssid)]),
    ("LANDevice.2.WLANConfiguration.", &[(".SSID", FoundBy::Ssid)]),
    ("WANDevice.", &[(".ExternalIPAddress", FoundBy::Ip), (".Username", FoundBy::PppUser)]),
];

/// As the store keeps it, if it is other than before; the record is brought up to date.
pub(super) fn changed(tree: &Tree, root: &str, record: &mut String) -> Option<String> {
    // A tree that was not read to its end would forget what the rest of it tells.
    if !tree.complete {
        return None;
    }
    let now = of(tree, root);
    (now != *record).then(|| {
        record.clone_from(&now);
        now
    })
}

fn of(tree: &Tree, root: &str) -> String {
    let mut facts = Vec::new();
    for (object, told) in &TOLD {
        for (path, node) in tree.below(&format!("{root}{object}")) {
            let Some(value) = node.value.as_deref() else { continue };
            let by = told.iter().find(|(end, _)| path.ends_with(end)).map(|(_, by)| *by);
            if let Some(by) = by.filter(|by| *by != FoundBy::Ip || tells(value)) {
                facts.push((by, value));
            }
        }
    }
    found_by(facts)
}

/// Whether an address tells one device from others. Every home has its 192.168.1.1; addresses of carriers' own
/// networks (10.0.0.0/8, 100.64.0.0/10) are found.
fn tells(address: &str) -> bool {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            let [first, second, ..] = address.octets();
            !(address.is_unspecified()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_broadcast()
                || address.is_multicast()
                || (first, second) == (192, 168))
        }
        Ok(IpAddr::V6(address)) => address.segments()[0] & 0xe000 == 0x2000,
        Err(_) => false,
    }
}

#[cfg(test)]
#[allow(clippy::field_reassign_with_default)] // The nodes of a tree are its own.
mod tests {
    use super::*;
    use model::Timestamp;
    use model::tree::ValueType;

    fn tree(values: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        tree.complete = true;
        for (path, value) in values {
            tree.set_value(path, ValueType::String, value, Timestamp(1));
        }
        tree
    }

    #[test]
    fn both_data_models_tell_what_devices_are_found_by() {
        let tr098 = tree(&[
            ("InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID", "Bell Family"),
            ("InternetGatewayDevice.LANDevice.1.WLANConfiguration.5.SSID", "Bell Family"),
            ("InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.KeyPassphrase", "secret"),
            ("InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.Username", "bell@isp"),
            (
                "InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.ExternalIPAddress",
                "198.51.100.3",
            ),
        ]);
        let told = of(&tr098, "InternetGatewayDevice.");
        assert_eq!(told, "ssid Bell Family\nppp bell@isp\nip 198.51.100.3\n");
        let tr181 = tree(&[
            ("Device.WiFi.SSID.1.SSID", "Bell 5G"),
            ("Device.WiFi.SSID.1.BSSID", "00:11:22:33:44:55"),
            ("Device.PPP.Interface.1.Username", "bell@isp"),
            ("Device.IP.Interface.1.IPv4Address.1.IPAddress", "192.168.1.1"),
            ("Device.IP.Interface.2.IPv4Address.1.IPAddress", "100.64.0.9"),
            ("Device.IP.Interface.2.IPv6Address.1.IPAddress", "fe80::1"),
            ("Device.IP.Interface.2.IPv6Address.2.IPAddress", "2001:db8::1"),
        ]);
        let mut record = String::new();
        assert!(changed(&tr181, "Device.", &mut record).is_some());
        assert_eq!(record, "ssid Bell 5G\nppp bell@isp\nip 100.64.0.9\nip 2001:db8::1\n");
        assert_eq!(changed(&tr181, "Device.", &mut record), None, "nothing is written for nothing new");
        let half = Tree::default();
        assert_eq!(changed(&half, "Device.", &mut record), None);
    }
}
