//! The real executable, its administrator, and simulated devices that it knows.

use super::Server;
use super::agent::{Agent, wait_for};
use serde_json::{Value, json};
use simulator::{Cpe, Fleet, FleetSettings, Pace, builtin};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// What every server here is told of its devices.
const SETTINGS: &str = r#"
[cwmp.auth]
mode = "shared"
username = "fleet"
password = "fleet-secret-1"

[egress]
allow = ["127.0.0.0/8"]
"#;

pub struct World {
    pub agent: Agent,
    pub fleet: Fleet,
    // Dropped last: the fleet lives on it, and the server outlives both.
    pub _runtime: Runtime,
    pub server: Server,
}

impl World {
    /// `settings`: more of them, in TOML. Of the fleet's, where it connects to and how it signs in is filled in.
    pub fn start(settings: &str, fleet: FleetSettings) -> Self {
        let server = Server::start(&format!("{SETTINGS}{settings}"));
        let fleet = FleetSettings {
            acs: format!("http://{}/", server.cwmp),
            username: "fleet".to_owned(),
            password: "fleet-secret-1".to_owned(),
            ..fleet
        };
        let devices = u64::from(fleet.devices);
        let runtime = Runtime::new().unwrap();
        let fleet = runtime.block_on(Fleet::start(fleet)).unwrap();
        let agent = Agent::administrator(&server);
        wait_for("the fleet appears", || fleet.stats().contacted == devices);
        Self { agent, fleet, _runtime: runtime, server }
    }

    /// Devices of one model, in a hurry.
    pub fn of(model: &str, devices: u32, settings: &str) -> Self {
        let fleet = FleetSettings {
            devices,
            models: vec![builtin(model).unwrap()],
            inform_interval: 5,
            pace: Pace { speed: 30.0, ..Pace::default() },
            ..FleetSettings::default()
        };
        Self::start(settings, fleet)
    }

    /// Waits until every device is known wholly.
    pub fn discovered(self) -> Self {
        for index in 0..self.fleet.devices().len() {
            let id = self.id(index);
            wait_for("the device is known", || {
                self.agent.call("device", &json!({ "device": id })).unwrap()["discovering"] == false
            });
        }
        self
    }

    pub fn cpe(&self, index: usize) -> &Arc<Cpe> {
        &self.fleet.devices()[index]
    }

    pub fn id(&self, index: usize) -> i64 {
        self.agent.device(self.cpe(index).serial())
    }

    /// Asks device `index` for something; gives the device and the task.
    pub fn ask(&self, index: usize, kind: &Value) -> (i64, i64) {
        let device = self.id(index);
        (device, self.agent.task(device, kind))
    }

    /// The same, and waits for its end.
    pub fn done(&self, index: usize, kind: &Value) -> Value {
        let (device, task) = self.ask(index, kind);
        self.agent.end(device, task)
    }
}
