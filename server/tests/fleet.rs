//! The real executable and a simulated fleet: what is asked of devices is done, once, whatever happens to the server.

#![allow(clippy::unwrap_used)]

mod common;

use common::Server;
use common::agent::{Agent, ended, wait_for};
use serde_json::{Value, json};
use simulator::{Fleet, FleetSettings, Pace};
use std::collections::HashMap;
use std::time::Duration;

const SETTINGS: &str = r#"
[cwmp.auth]
mode = "shared"
username = "fleet"
password = "fleet-secret-1"

[egress]
allow = ["127.0.0.0/8"]
"#;

fn fleet(server: &Server, devices: u32) -> FleetSettings {
    FleetSettings {
        acs: format!("http://{}/", server.cwmp),
        devices,
        username: "fleet".to_owned(),
        password: "fleet-secret-1".to_owned(),
        inform_interval: 10,
        pace: Pace { speed: 20.0, ..Pace::default() },
        spread: Duration::from_secs(2),
        ..FleetSettings::default()
    }
}

/// The root and a table of the device's port forwards.
fn paths(view: &Value) -> (&'static str, &'static str) {
    if view["data_model"] == "Tr181" {
        ("Device.", "Device.NAT.PortMapping.")
    } else {
        (
            "InternetGatewayDevice.",
            "InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.PortMapping.",
        )
    }
}

#[test]
fn a_thousand_tasks_end_exactly_once_although_the_server_is_killed_in_their_midst() {
    const DEVICES: u32 = 125;
    let mut server = Server::start(SETTINGS);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut settings = fleet(&server, DEVICES);
    // The models whose port forwards lie at the paths above.
    settings.models = ["kestrel-hg640", "kestrel-hg645"].iter().map(|name| simulator::builtin(name).unwrap()).collect();
    let fleet = runtime.block_on(Fleet::start(settings)).unwrap();
    let agent = Agent::administrator(&server);
    let known = |agent: &Agent| agent.call("overview", &json!({})).unwrap()["devices"] == DEVICES;
    wait_for("the fleet appears", || known(&agent) && fleet.stats().contacted == u64::from(DEVICES));

    let devices = agent.devices();
    assert_eq!(devices.len(), DEVICES as usize);
    let mut serials = HashMap::new();
    let mut asked = 0;
    for (number, row) in devices.iter().enumerate() {
        let view = agent.call("device", &json!({"device": row["id"]})).unwrap();
        serials.insert(row["id"].as_i64().unwrap(), row["identity"]["serial"].as_str().unwrap().to_owned());
        let (root, table) = paths(&view);
        let channel = view["wifi_radios"][0]["channel"]["path"].as_str().unwrap();
        let set = |value: &str| json!({"kind": "set_values", "values": [{"path": channel, "value": value}]});
        let refresh = |object: &str| json!({"kind": "refresh", "paths": [format!("{root}{object}")]});
        let add = json!({"kind": "add_object", "path": table, "values": []});
        for kind in [
            set("1"),
            add.clone(),
            refresh("DeviceInfo."),
            set("6"),
            add,
            refresh("ManagementServer."),
            set("11"),
            json!({"kind": "reboot"}),
        ] {
            agent.call("device/task", &json!({"device": row["id"], "kind": kind})).unwrap();
            asked += 1;
        }
        // Killed four times while they run, at no particular moment, and once more after the last.
        if number % 30 == 29 {
            server = server.crash();
        }
    }
    assert_eq!(asked, 1000);
    server = server.crash();
    assert_eq!(agent.portal, server.portal);

    let mut open: Vec<&Value> = devices.iter().map(|row| &row["id"]).collect();
    wait_for("every task ends", || {
        open.retain(|device| agent.tasks(device).iter().any(|task| !ended(task)));
        open.is_empty()
    });
    for (device, serial) in &serials {
        let tasks = agent.tasks(&json!(device));
        assert_eq!(tasks.len(), 8, "none is lost");
        for task in &tasks {
            assert_eq!(task["state"], "verified", "{task:#}");
            let ends = task["steps"].as_array().unwrap().iter().filter(|step| ended(step)).count();
            assert_eq!(ends, 1, "{task:#}");
        }
        // What the device itself counted.
        let cpe = fleet.device(serial).unwrap();
        let stats = cpe.stats();
        assert_eq!((stats.adds, stats.reboots), (2, 1), "{serial}: {stats:?}");
    }
}
