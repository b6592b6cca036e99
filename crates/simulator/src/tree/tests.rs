use super::*;
use crate::model::Model;
use crate::testing::{self, moment, surroundings};
use cwmp::{ParameterValue, SetParameterAttribute, ValueType};

fn paths(infos: &[cwmp::ParameterInfo]) -> Vec<(&str, bool)> {
    infos.iter().map(|info| (info.name.as_str(), info.writable)).collect()
}

fn value(name: &str, value: &str, value_type: ValueType) -> ParameterValue {
    ParameterValue { name: name.to_owned(), value: value.to_owned(), value_type, untyped: false }
}

const TABLE: &str = "Device.DHCPv4.Server.Pool.1.StaticAddress.";

#[test]
fn names_of_one_level_and_of_all() {
    let ((tree, facts), around) = (testing::tree("kestrel-hg645", 0), surroundings());
    let m = moment(&facts, &around);
    assert_eq!(paths(&tree.names(m, "", true).unwrap()), [("Device.", false)]);
    assert_eq!(paths(&tree.names(m, TABLE, true).unwrap()), [(&*format!("{TABLE}1."), true)]);
    let row = format!("{TABLE}1.");
    assert_eq!(
        paths(&tree.names(m, TABLE, false).unwrap()),
        [
            (TABLE, true),
            (&*row, true),
            (&*format!("{row}Enable"), true),
            (&*format!("{row}Chaddr"), true),
            (&*format!("{row}Yiaddr"), true)
        ]
    );
    let up = "Device.DeviceInfo.UpTime";
    assert_eq!(paths(&tree.names(m, up, false).unwrap()), [(up, false)]);
    assert_eq!(tree.names(m, up, true), Err(9003));
    for unknown in ["Device.Nothing.", "Device.Nothing", "Device.DeviceInfo", "Device.DeviceInfo.UpTime.", "Other."] {
        assert_eq!(tree.names(m, unknown, false), Err(9005), "{unknown}");
    }
    let all = tree.names(m, "", false).unwrap();
    assert_eq!(all, tree.names(m, "Device.", false).unwrap());
    assert_eq!(all[0].name, "Device.");
}

#[test]
fn an_empty_table_reads_as_an_empty_list() {
    let ((mut tree, facts), around) = (testing::tree("kestrel-hg645", 0), surroundings());
    let m = moment(&facts, &around);
    tree.delete(m, &format!("{TABLE}1.")).unwrap();
    assert_eq!(tree.read(m, &[TABLE.to_owned()]), Ok(Vec::new()));
    assert_eq!(tree.read(m, &["Device.DeviceInfo.UpTime".to_owned(), "Device.X".to_owned()]), Err(9005));
}

#[test]
fn setting_a_name_twice_is_refused() {
    let ((mut tree, facts), around) = (testing::tree("kestrel-hg645", 0), surroundings());
    let m = moment(&facts, &around);
    let name = "Device.WiFi.Radio.1.Channel";
    let twice = [value(name, "3", ValueType::UnsignedInt), value(name, "4", ValueType::UnsignedInt)];
    assert_eq!(tree.set(m, &twice), Err(SetError::Call(9003)));
    assert_eq!(tree.set(m, &[]), Err(SetError::Call(9003)));
    tree.set(m, &[value(name, " 007 ", ValueType::UnsignedInt)]).unwrap();
    assert_eq!(tree.inner_value(m, name).unwrap(), "7");
    tree.reset();
    assert_ne!(tree.inner_value(m, name).unwrap(), "7");
}

#[test]
fn only_rows_of_growable_tables_come_and_go() {
    let ((mut tree, facts), around) = (testing::tree("kestrel-hg645", 0), surroundings());
    let m = moment(&facts, &around);
    for path in ["Device.WiFi.Radio.", "Device.DeviceInfo.", "Device.Nothing.", "Device.NAT.PortMapping"] {
        assert_eq!(tree.add(m, path), Err(9005), "{path}");
    }
    for path in ["Device.WiFi.Radio.1.", TABLE, "Device.DeviceInfo.", &format!("{TABLE}9.")] {
        assert_eq!(tree.delete(m, path), Err(9005), "{path}");
    }
    let row = format!("{TABLE}{}.", tree.add(m, TABLE).unwrap());
    tree.set(m, &[value(&format!("{row}Yiaddr"), "192.168.1.77", ValueType::String)]).unwrap();
    tree.delete(m, &row).unwrap();
    let next = tree.add(m, TABLE).unwrap();
    assert_eq!(next, 3);
    assert_eq!(tree.inner_value(m, &format!("{TABLE}3.Yiaddr")).unwrap(), "");
}

#[test]
fn attributes_are_all_or_none_and_cover_what_is_below() {
    let ((mut tree, facts), around) = (testing::tree("kestrel-hg645", 0), surroundings());
    let m = moment(&facts, &around);
    let set = |name: &str, notification| SetParameterAttribute {
        name: name.to_owned(),
        notification: Some(notification),
        access_list: None,
    };
    let ssid = "Device.WiFi.SSID.1.SSID";
    assert_eq!(tree.set_attributes(m, &[set(ssid, 2), set("Device.DeviceInfo.", 0)]), Err(9009));
    assert_eq!(tree.notification(ssid), 0);
    assert_eq!(tree.set_attributes(m, &[set(ssid, 4)]), Err(9003));
    assert_eq!(tree.set_attributes(m, &[set("Device.X", 1)]), Err(9005));
    tree.set_attributes(m, &[set("Device.WiFi.SSID.", 1), set(ssid, 2)]).unwrap();
    let told = tree.attributes(m, &["Device.WiFi.SSID.".to_owned()]).unwrap();
    let level = |name: &str| told.iter().find(|a| a.name == name).unwrap().notification;
    assert_eq!((level(ssid), level("Device.WiFi.SSID.2.SSID")), (2, 1));
    assert!(tree.watched().any(|(path, level)| path == ssid && level == 2));
    assert!(tree.watched().any(|(path, _)| path == "Device.DeviceInfo.SoftwareVersion"));
}

#[test]
fn values_move_with_time() {
    let ((tree, facts), around) = (testing::tree("norrlink-gx21", 4), surroundings());
    let at = |minutes: i64, path: &str| {
        let m = Moment { now: testing::NOW + minutes * 60_000, ..moment(&facts, &around) };
        tree.inner_value(m, path).unwrap()
    };
    assert_eq!(at(0, "InternetGatewayDevice.DeviceInfo.UpTime"), (30 * 86_400).to_string());
    assert_eq!(at(1, "InternetGatewayDevice.DeviceInfo.UpTime"), (30 * 86_400 + 60).to_string());
    let differs = |path: &str| (1..200).any(|n| at(n * 10, path) != at(0, path));
    let root = "InternetGatewayDevice";
    assert!(differs(&format!("{root}.WANDevice.1.X_NORRLINK_GponInterfaceConfig.RxPower")));
    assert!(differs(&format!("{root}.WANDevice.1.WANCommonInterfaceConfig.TotalBytesReceived")));
    assert!(differs(&format!("{root}.LANDevice.1.WLANConfiguration.1.TotalAssociations")));
    assert_eq!(at(5, &format!("{root}.LANDevice.1.WLANConfiguration.1.SSID")), format!("Norrlink-{}", facts.tail()));
}

/// A dump as another program exports it: its own lines first, objects without a final dot.
const DUMP: &str = "\
Parameter,Object,Writable,Value,Value type,Notification,Access list
DeviceID.OUI,false,false,REDACTED,xsd:string,,
Device,true,false,,,,
Device.DeviceInfo,true,false,,,,
Device.DeviceInfo.Manufacturer,false,false,\"Example, Ltd.\",xsd:string,,
Device.DeviceInfo.ManufacturerOUI,false,false,02aabb,xsd:string,,
Device.DeviceInfo.ProductClass,false,false,EX1,xsd:string,,
Device.DeviceInfo.SerialNumber,false,false,REDACTED,xsd:string,,
Device.DeviceInfo.SoftwareVersion,false,false,1.0,xsd:string,,
Device.ManagementServer,true,false,,,,
Device.ManagementServer.URL,false,true,http://elsewhere.example/,xsd:string,,
Device.NAT,true,false,,,,
Device.NAT.PortMapping,true,true,,,,
Device.NAT.PortMapping.2,true,true,,,,
Device.NAT.PortMapping.2.ExternalPort,false,true,8080,xsd:unsignedInt,,
Device.NAT.PortMapping.2.Enable,false,true,1,xsd:boolean,,
Device.Other,true,true,,,,
";

#[test]
fn a_dump_becomes_a_model() {
    let model = Model::from_csv("example", DUMP).unwrap();
    assert_eq!((model.manufacturer.as_str(), model.oui.as_str()), ("Example, Ltd.", "02AABB"));
    assert_eq!(model.product_class, "EX1");
    let (_, mut facts) = testing::tree("kestrel-hg640", 0);
    facts.serial = "SIM00000001".to_owned();
    let (mut tree, around) = (Tree::new(model), surroundings());
    let m = moment(&facts, &around);
    let read = |tree: &Tree, path: &str| tree.inner_value(m, path).unwrap();
    assert_eq!(read(&tree, "Device.DeviceInfo.SerialNumber"), "SIM00000001");
    assert_eq!(read(&tree, "Device.ManagementServer.URL"), "http://acs.example/");
    assert!(read(&tree, "Device.ManagementServer.ConnectionRequestURL").starts_with("http://127.0.0.1:9/"));
    assert_eq!(read(&tree, "Device.NAT.PortMapping.2.ExternalPort"), "8080");
    let added = tree.add(m, "Device.NAT.PortMapping.").unwrap();
    assert_eq!(added, 3);
    assert_eq!(read(&tree, "Device.NAT.PortMapping.3.ExternalPort"), "0");
    assert_eq!(tree.add(m, "Device.Other."), Ok(1));
    assert_eq!(paths(&tree.names(m, "Device.Other.", true).unwrap()), [("Device.Other.1.", true)]);
}

#[test]
fn tables_that_are_no_dump_are_refused() {
    assert!(Model::from_csv("x", "Parameter,Object\nDevice,true\n").is_err());
    assert!(
        Model::from_csv("x", "Parameter,Object,Writable,Value,Value type\nOther.A,false,false,1,xsd:int\n").is_err()
    );
}
