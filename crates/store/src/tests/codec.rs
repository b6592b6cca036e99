//! Trees as blobs.

use super::NOW;
use crate::Tree;
use crate::tree::codec::{CodecError, SIZE_MAX, VERSION, decode, encode, unknown_names};
use crate::tree::{Names, Node};
use model::Timestamp;
use model::tree::ValueType;
use proptest::prelude::*;

/// A gateway of about 800 parameters with values as they are: counters, addresses, names.
pub fn gateway(seed: u64) -> Tree {
    let mut tree = Tree::default();
    let mut state = seed;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut set = |path: String, value_type, value: String, writable| {
        tree.set_value(&path, value_type, &value, NOW);
        tree.set_info(&path, writable);
    };
    for name in ["Manufacturer", "ModelName", "Description", "ProductClass", "HardwareVersion", "SoftwareVersion"] {
        set(format!("Device.DeviceInfo.{name}"), ValueType::String, format!("{name} A1"), false);
    }
    for interface in 1..=6 {
        let base = format!("Device.Ethernet.Interface.{interface}.");
        for (name, value) in [("Enable", "1"), ("Status", "Up"), ("Upstream", "0"), ("DuplexMode", "Auto")] {
            set(format!("{base}{name}"), ValueType::String, value.to_owned(), name == "Enable");
        }
        let mac = format!("00:A1:B2:{:02X}:{:02X}:{interface:02X}", random() & 0xff, random() & 0xff);
        set(format!("{base}MACAddress"), ValueType::String, mac, false);
        for name in [
            "BytesSent",
            "BytesReceived",
            "PacketsSent",
            "PacketsReceived",
            "ErrorsSent",
            "ErrorsReceived",
            "UnicastPacketsSent",
            "DiscardPacketsSent",
            "DiscardPacketsReceived",
            "MulticastPacketsSent",
            "UnicastPacketsReceived",
            "MulticastPacketsReceived",
            "BroadcastPacketsSent",
            "BroadcastPacketsReceived",
            "UnknownProtoPacketsReceived",
        ] {
            let busy = name.starts_with("Bytes") || name.starts_with("Packets");
            let value = if busy { random() } else { 0 };
            set(format!("{base}Stats.{name}"), ValueType::UnsignedLong, value.to_string(), false);
        }
    }
    for row in 1..=8 {
        for name in ["Enable", "Status", "Name", "SSID", "BSSID", "LowerLayers", "Alias"] {
            set(format!("Device.WiFi.SSID.{row}.{name}"), ValueType::String, format!("{name}-{row}"), true);
        }
        for name in ["Enable", "Status", "SSIDReference", "SSIDAdvertisementEnabled", "WMMEnable", "UAPSDEnable"] {
            set(format!("Device.WiFi.AccessPoint.{row}.{name}"), ValueType::Boolean, "1".to_owned(), true);
        }
        for name in ["ModesSupported", "ModeEnabled", "WEPKey", "PreSharedKey", "KeyPassphrase", "RekeyingInterval"] {
            set(format!("Device.WiFi.AccessPoint.{row}.Security.{name}"), ValueType::String, String::new(), true);
        }
    }
    for host in 1..=24 {
        let base = format!("Device.Hosts.Host.{}.", host + 7);
        for (name, value) in [
            ("PhysAddress", format!("A4:{:02X}:{:02X}:10:22:{host:02X}", random() & 0xff, random() & 0xff)),
            ("IPAddress", format!("192.168.1.{}", host + 20)),
            ("HostName", format!("phone-{host}")),
            ("AddressSource", "DHCP".to_owned()),
            ("LeaseTimeRemaining", (random() % 86_400).to_string()),
            ("Layer1Interface", "Device.WiFi.SSID.1".to_owned()),
            ("Layer3Interface", "Device.IP.Interface.1".to_owned()),
            ("InterfaceType", "802.11".to_owned()),
            ("VendorClassID", String::new()),
            ("Active", (random() & 1).to_string()),
        ] {
            set(format!("{base}{name}"), ValueType::String, value, false);
        }
    }
    for row in 1..=20 {
        for name in ["Enable", "Status", "Alias", "AllInterfaces", "LeaseDuration", "ExternalPort", "InternalClient"] {
            set(format!("Device.NAT.PortMapping.{row}.{name}"), ValueType::String, "0".to_owned(), true);
        }
    }
    tree.complete = true;
    tree
}

fn names_of(tree: &Tree) -> Names {
    let mut names = Names::default();
    for name in unknown_names(tree, &names.clone()) {
        names.push(name);
    }
    names
}

#[test]
fn a_tree_of_800_parameters_fits_into_three_kilobytes() {
    let tree = gateway(1);
    assert!((650..=850).contains(&tree.parameters()), "{}", tree.parameters());
    let names = names_of(&tree);
    let blob = encode(&tree, &names).unwrap();
    assert!(blob.len() <= 3 * 1024, "{} bytes", blob.len());
    assert_eq!(decode(&blob, &names).unwrap(), tree);
    // A second device of the model brings no new name, whatever numbers its rows have.
    assert_eq!(unknown_names(&gateway(2), &names), [""; 0]);
}

#[test]
fn names_nobody_shares_are_in_the_blob() {
    let mut tree = Tree::default();
    let long = "N".repeat(500);
    for path in [long.as_str(), "A.Nu\0l.B", "A.007.B", "A.4294967296", "..", "", "."] {
        tree.set_value(path, ValueType::Int, "1", NOW);
    }
    let names = names_of(&tree);
    assert_eq!(names.id(&long), None);
    assert!(names.id("007").is_some() && names.id("4294967296").is_some());
    let blob = encode(&tree, &names).unwrap();
    assert_eq!(decode(&blob, &names).unwrap(), tree);
    // And without any dictionary at all.
    let blob = encode(&tree, &Names::default()).unwrap();
    assert_eq!(decode(&blob, &Names::default()).unwrap(), tree);
}

#[test]
fn damage_is_found() {
    let tree = gateway(3);
    let names = names_of(&tree);
    let blob = encode(&tree, &names).unwrap();
    let mut other = blob.clone();
    other[0] = VERSION + 1;
    assert_eq!(decode(&other, &names), Err(CodecError::Version(VERSION + 1)));
    assert!(decode(&[], &names).is_err());
    for at in (1..blob.len()).step_by(7) {
        let mut damaged = blob.clone();
        damaged[at] ^= 0x55;
        assert!(decode(&damaged, &names).is_err(), "byte {at}");
        assert!(decode(&blob[..at], &names).is_err(), "cut at {at}");
    }
    assert!(matches!(decode(&blob, &Names::default()), Err(CodecError::UnknownName(_))));
}

#[test]
fn a_blob_cannot_ask_for_memory() {
    // Says 4 GiB, has nothing.
    assert_eq!(decode(&[VERSION, 0x80, 0x80, 0x80, 0x80, 0x10], &Names::default()), Err(CodecError::TooLarge));
    // Zeros that unpack to more than is allowed.
    let mut bomb = vec![VERSION, 0x80, 0x80, 0x80, 0x10];
    bomb.extend(zstd::bulk::compress(&vec![0; SIZE_MAX + 1], 3).unwrap());
    assert!(decode(&bomb, &Names::default()).is_err());
    // One long path that every node keeps: few bytes that would become terabytes.
    let mut tree = Tree::default();
    let part = "x".repeat(1_000_000);
    for row in 0..40 {
        tree.set_info(&format!("{part}.{row}"), false);
    }
    assert_eq!(encode(&tree, &Names::default()), Err(CodecError::TooLarge));
}

fn any_node() -> impl Strategy<Value = Node> {
    let value = proptest::option::of(".{0,12}".prop_map(String::into_boxed_str));
    let kind = (0..9u8).prop_map(|index| ValueType::from_index(index).unwrap());
    let age = proptest::option::of(any::<i64>().prop_map(Timestamp));
    (value, kind, any::<bool>(), proptest::option::of(any::<u8>()), age).prop_map(
        |(value, value_type, writable, notification, read_at)| Node {
            value,
            value_type,
            writable,
            notification,
            read_at,
        },
    )
}

fn any_tree() -> impl Strategy<Value = Tree> {
    let path = prop_oneof![".{0,20}", "(Device|X)\\.([A-D]{1,3}\\.|[0-9]{1,11}\\.){0,5}([A-D]{0,3})",];
    (proptest::collection::btree_map(path, any_node(), 0..60), any::<bool>()).prop_map(|(nodes, complete)| {
        let mut tree = Tree::default();
        tree.complete = complete;
        for (path, node) in nodes {
            tree.insert(path.into(), node);
        }
        tree
    })
}

proptest! {
    #[test]
    fn any_tree_comes_back_as_it_was(tree in any_tree(), shared in any::<bool>()) {
        let names = if shared { names_of(&tree) } else { Names::default() };
        let blob = encode(&tree, &names).unwrap();
        prop_assert_eq!(decode(&blob, &names).unwrap(), tree);
    }

    #[test]
    fn any_bytes_give_a_tree_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let names = names_of(&gateway(1));
        let _ = decode(&bytes, &names);
        // The same behind a frame that is in order, so that the columns are reached.
        let mut blob = vec![VERSION];
        let mut length = bytes.len();
        while length >= 0x80 {
            blob.push(length as u8 | 0x80);
            length >>= 7;
        }
        blob.push(length as u8);
        blob.extend(zstd::bulk::compress(&bytes, 1).unwrap());
        let _ = decode(&blob, &names);
    }

    #[test]
    fn a_payload_changed_in_one_place_does_no_harm(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let tree = gateway(5);
        let names = names_of(&tree);
        let blob = encode(&tree, &names).unwrap();
        // Past the version and a length of two or three bytes.
        let frame = blob.windows(4).position(|bytes| bytes == [0x28, 0xb5, 0x2f, 0xfd]).unwrap();
        let mut payload = zstd::bulk::decompress(&blob[frame..], SIZE_MAX).unwrap();
        let index = at.index(payload.len());
        payload[index] = byte;
        let mut changed = blob[..frame].to_vec();
        changed.extend(zstd::bulk::compress(&payload, 1).unwrap());
        let _ = decode(&changed, &names);
    }
}
