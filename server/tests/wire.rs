//! The real executable and devices that break the rules of HTTP and XML, each in its own way (`simulator::Fault`): all
//! are discovered, and what is asked of them is done.
#![allow(clippy::unwrap_used)]

mod common;

use common::Server;
use common::agent::{Agent, wait_for};
use serde_json::json;
use simulator::{Fault, FaultsOf, Fleet, FleetSettings, Injected, Pace, builtin};

const SETTINGS: &str = r#"
[cwmp.auth]
mode = "shared"
username = "fleet"
password = "fleet-secret-1"

[egress]
allow = ["127.0.0.0/8"]
"#;

/// Quirks 3, 6, 12, 13, 16 to 19, 21, 23, 24, 26 to 29, by their devices.
#[test]
fn quirks_of_the_wire_do_not_keep_devices_from_being_served() {
    let quirks = [
        Fault::ReconnectEachRequest,
        Fault::NoCookies,
        Fault::CookieAttributes,
        Fault::DigestCounterStuck,
        Fault::EmptyPostFirst,
        Fault::Chunked,
        Fault::Gzip,
        Fault::Latin1,
        Fault::LowerCaseOui,
        Fault::OddEventCodes,
        Fault::OddFaults,
        Fault::NoId,
        Fault::HtmlContentType,
        Fault::NullParameterKey,
        Fault::LocalTime,
        Fault::InformTwice,
        Fault::Slow { millis: 30 },
        Fault::CloseOnUnknown,
        Fault::DieOnPartialPaths,
        Fault::Without { method: "GetRPCMethods".to_owned() },
    ];
    let server = Server::start(SETTINGS);
    let faults_of = |(index, quirk): (u32, &Fault)| FaultsOf {
        devices: index..index + 1,
        faults: vec![Injected::always(quirk.clone())],
    };
    let settings = FleetSettings {
        acs: format!("http://{}/", server.cwmp),
        devices: quirks.len() as u32,
        models: vec![builtin("kestrel-hg645").unwrap()],
        username: "fleet".to_owned(),
        password: "fleet-secret-1".to_owned(),
        inform_interval: 3,
        pace: Pace { speed: 50.0, ..Pace::default() },
        faults_of: (0..).zip(&quirks).map(faults_of).collect(),
        ..FleetSettings::default()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let fleet = runtime.block_on(Fleet::start(settings)).unwrap();
    let agent = Agent::administrator(&server);
    wait_for("all of them appear", || agent.devices().len() == quirks.len());
    let ssid = "Device.WiFi.SSID.1.SSID";
    let ask = |serial: &str| {
        let device = agent.device(serial);
        let set = json!({"kind": "set_values", "values": [{"path": ssid, "value": "Köln", "value_type": "string"}]});
        (device, agent.task(device, &set))
    };
    let asked: Vec<_> = fleet.devices().iter().map(|cpe| ask(cpe.serial())).collect();
    for ((cpe, quirk), (device, task)) in fleet.devices().iter().zip(&quirks).zip(asked) {
        let task = agent.end(device, task);
        assert_eq!(task["state"], "verified", "{quirk:?}: {task:#}\n{:#?}", cpe.stats());
        assert_eq!(cpe.value(ssid).unwrap(), "Köln", "{quirk:?}");
        assert_eq!(cpe.stats().writes, 1 + provisioning(cpe), "{quirk:?}: once\n{:#?}", cpe.stats());
    }
}

/// SetParameterValues that the server does by itself: everything but the one that was asked for.
fn provisioning(cpe: &simulator::Cpe) -> u64 {
    let executed = cpe.stats().executed;
    let own = |names: &[String]| !names.iter().any(|name| name.ends_with("SSID.1.SSID"));
    executed.iter().filter(|one| one.method == "SetParameterValues" && own(&one.names)).count() as u64
}
