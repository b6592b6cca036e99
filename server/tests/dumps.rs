//! Whole parameter dumps of devices (CSV: Parameter, Object, Writable, Value, Value type) through the real executable:
//! discovery, refresh of one object, set, add, delete. Says how many requests each took.
//!
//! One small dump is below. With `LASTMILE_DUMPS` naming a folder, all `.csv` files in it are played as well:
//! `LASTMILE_DUMPS=… cargo nextest run -p server --features app/ssr --no-capture -E 'binary(dumps)'`.
#![allow(clippy::unwrap_used)]

mod common;

use common::agent::wait_for;
use common::world::World;
use serde_json::{Value, json};
use simulator::{Cpe, FleetSettings, Model, Pace};
use std::collections::BTreeMap;

/// With what dumps have: rows that are missing, values of odd types, texts with commas and quotes, an empty table.
const SAMPLE: &str = r#"Parameter,Object,Writable,Value,Value type
DeviceID.SerialNumber,false,false,REDACTED,xsd:string
InternetGatewayDevice,true,false,,
InternetGatewayDevice.DeviceInfo,true,false,,
InternetGatewayDevice.DeviceInfo.Manufacturer,false,false,Sample Works,xsd:string
InternetGatewayDevice.DeviceInfo.ManufacturerOUI,false,false,02A0F0,xsd:string
InternetGatewayDevice.DeviceInfo.ModelName,false,false,"Box, ""one""",xsd:string
InternetGatewayDevice.DeviceInfo.SoftwareVersion,false,false,1.0.7,xsd:string
InternetGatewayDevice.DeviceInfo.X_02A0F0_Odd,false,false,maybe,xsd:object
InternetGatewayDevice.ManagementServer,true,false,,
InternetGatewayDevice.ManagementServer.PeriodicInformInterval,false,true,300,xsd:unsignedInt
InternetGatewayDevice.LANDevice,true,false,,
InternetGatewayDevice.LANDevice.1,true,false,,
InternetGatewayDevice.LANDevice.1.Hosts,true,false,,
InternetGatewayDevice.LANDevice.1.Hosts.HostNumberOfEntries,false,false,0,xsd:unsignedInt
InternetGatewayDevice.LANDevice.1.Hosts.Host,true,false,,
InternetGatewayDevice.Layer3Forwarding,true,false,,
InternetGatewayDevice.Layer3Forwarding.Forwarding,true,true,,
InternetGatewayDevice.Layer3Forwarding.Forwarding.2,true,true,,
InternetGatewayDevice.Layer3Forwarding.Forwarding.2.Enable,false,true,1,xsd:boolean
InternetGatewayDevice.Layer3Forwarding.Forwarding.2.DestIPAddress,false,true,192.0.2.0,xsd:string
InternetGatewayDevice.Layer3Forwarding.Forwarding.7,true,true,,
InternetGatewayDevice.Layer3Forwarding.Forwarding.7.Enable,false,true,0,xsd:boolean
"#;

type Calls = BTreeMap<String, u64>;

fn since(cpe: &Cpe, before: &Calls) -> String {
    let calls = cpe.stats().calls;
    let more = calls.iter().map(|(method, count)| (method, count - before.get(method).copied().unwrap_or(0)));
    more.filter(|(_, count)| *count > 0)
        .map(|(method, count)| format!("{method} {count}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The first table with rows that may be added to, by the dump itself.
fn table(text: &str) -> Option<String> {
    let mut objects = Vec::new();
    for line in text.lines() {
        let mut fields = line.split(',');
        let (path, object, writable) = (fields.next()?, fields.next(), fields.next());
        if object.is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            objects.push((path, writable.is_some_and(|text| text.eq_ignore_ascii_case("true"))));
        }
    }
    let is_row = |path: &str| path.rsplit('.').next().is_some_and(|name| name.parse::<u32>().is_ok());
    let has_rows = |table: &str| {
        objects.iter().any(|(path, _)| path.rsplit_once('.').is_some_and(|(above, _)| above == table) && is_row(path))
    };
    objects
        .iter()
        .find(|(path, writable)| *writable && path.contains('.') && !is_row(path) && has_rows(path))
        .map(|(path, _)| format!("{path}."))
}

fn play(name: &str, text: &str) {
    let model = Model::from_csv(name, text).unwrap();
    let root = model.root_path();
    let settings = FleetSettings {
        models: vec![model],
        inform_interval: 3600,
        pace: Pace { speed: 20.0, ..Pace::default() },
        ..FleetSettings::default()
    };
    let world = World::start("", settings);
    let (cpe, agent) = (world.cpe(0).clone(), &world.agent);
    wait_for("the first session ends", || cpe.stats().sessions >= 1);
    let parameters = cpe.values(&root).unwrap().len();
    let mut report = format!("{name}: {parameters} parameters; discovery: {}", since(&cpe, &Calls::new()));
    assert_eq!(cpe.stats().failed_sessions, 0);

    let device = agent.device(cpe.serial());
    let mut act = |what: &str, kind: Value| {
        let before = cpe.stats().calls;
        let task = agent.end(device, agent.task(device, &kind));
        assert_eq!(task["state"], "verified", "{name}: {what}: {task:#}\n{:#?}", cpe.stats());
        report = format!("{report}; {what}: {}", since(&cpe, &before));
        task
    };
    act("refresh", json!({"kind": "refresh", "paths": [format!("{root}DeviceInfo.")]}));
    let interval = format!("{root}ManagementServer.PeriodicInformInterval");
    act("set", json!({"kind": "set_values", "values": [{"path": interval, "value": "7200"}]}));
    assert_eq!(cpe.value(&interval).unwrap(), "7200");
    let Some(table) = table(text) else {
        println!("{report}; nothing can be added");
        return;
    };
    let added = act("add", json!({"kind": "add_object", "path": table, "values": []}));
    let row = added["outcome"]["path"].as_str().unwrap().to_owned();
    assert!(row.starts_with(&table) && cpe.values(&row).is_some(), "{added:#}");
    act("delete", json!({"kind": "delete_object", "path": row}));
    assert!(cpe.values(&row).is_none());
    println!("{report}");
}

#[test]
fn a_dump_is_discovered_refreshed_set_added_to_and_deleted_from() {
    play("sample", SAMPLE);
    let Ok(folder) = std::env::var("LASTMILE_DUMPS") else { return };
    let mut played = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "csv") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            play(&name, &std::fs::read_to_string(&path).unwrap());
            played += 1;
        }
    }
    assert!(played > 0, "no dumps in {folder}");
}
