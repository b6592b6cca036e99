//! The real executable and simulated devices of both data models: every test that the standards have, and devices that
//! go about them in their own way.
#![allow(clippy::unwrap_used)]

mod common;

use common::agent::wait_for;
use common::world::World;
use serde_json::{Value, json};
use simulator::{Fault, Injected};

const SETTINGS: &str = r#"
[speed]
download_size = "1MB"
upload_size = "256KB"
"#;

/// Devices of one model that the server knows wholly.
fn world(model: &str, devices: u32) -> World {
    World::of(model, devices, SETTINGS).discovered()
}

fn ask(world: &World, index: usize, test: &Value) -> (i64, i64) {
    world.ask(index, &json!({ "kind": "diagnose", "test": test }))
}

fn run(world: &World, index: usize, test: &Value) -> Value {
    world.done(index, &json!({ "kind": "diagnose", "test": test }))
}

fn found(task: &Value) -> &Value {
    assert_eq!(task["state"], "verified", "{task:#}");
    &task["outcome"]["result"]["found"]
}

fn why(task: &Value) -> &str {
    task["outcome"]["fault"]["message"].as_str().unwrap_or_default()
}

type Check = fn(&Value) -> bool;

fn positive(value: &Value) -> bool {
    value.as_u64().is_some_and(|number| number > 0)
}

/// Appendix A: the tests that both data models have.
fn common_tests() -> Vec<(Value, Check)> {
    vec![
        (json!({"test": "ping", "host": "192.0.2.1", "count": 4}), |found| {
            found["answered"] == 4 && found["lost"] == 0 && positive(&found["average_us"])
        }),
        (json!({"test": "traceroute", "host": "host.example.net"}), |found| {
            let hops = found["hops"].as_array().unwrap();
            hops.len() >= 4 && hops[0]["host"] == "gw.isp.example" && hops[0]["times_ms"].as_array().unwrap().len() == 3
        }),
        (json!({"test": "name_lookup", "name": "www.example.net", "count": 2}), |found| {
            found["succeeded"] == 2 && found["answers"][1]["addresses"][0].as_str().unwrap().starts_with("192.0.2.")
        }),
        (json!({"test": "download"}), |found| {
            found["bytes"] == 1_048_576 && positive(&found["bits_per_second"]) && positive(&found["transfer_us"])
        }),
        (json!({"test": "upload"}), |found| found["bytes"] == 262_144 && positive(&found["bits_per_second"])),
        (json!({"test": "dsl_line"}), |found| {
            let values = found["values"].as_array().unwrap();
            values.iter().any(|value| value[0] == "ACTATPds" && value[1] == "142")
        }),
        (json!({"test": "atm_loopback", "count": 3}), |found| found["answered"] == 3 && found["average_ms"] == 13),
        (json!({"test": "self_test"}), |found| {
            let values = found["values"].as_array().unwrap();
            values.iter().any(|value| value[0] == "Results" && value[1].as_str().unwrap().contains("radio ok"))
        }),
        (json!({"test": "wifi_neighbours"}), |found| {
            let networks = found["networks"].as_array().unwrap();
            networks.len() >= 7 && networks[0]["signal_dbm"].as_i64().unwrap() < 0 && positive(&networks[0]["channel"])
        }),
        (json!({"test": "echo_service", "enable": true, "source": "192.0.2.9", "port": 5000}), |found| {
            found["enabled"] == true && found["packets_received"] == 0
        }),
        (json!({"test": "echo_service", "enable": false}), |found| found["enabled"] == false),
    ]
}

fn check_all(world: &World, tests: &[(Value, Check)]) {
    for (test, check) in tests {
        let task = run(world, 0, test);
        let found = found(&task);
        assert!(check(found), "{test}: {found:#}");
        let steps: Vec<_> = task["steps"].as_array().unwrap().iter().map(|step| step["state"].clone()).collect();
        assert!(steps.ends_with(&[json!("connected"), json!("applied"), json!("verified")]), "{test}: {steps:?}");
    }
}

#[test]
fn rule_342_every_test_of_tr_098_runs_on_a_device() {
    let world = world("kestrel-hg640", 1);
    check_all(&world, &common_tests());
    let view = world.agent.call("device/tests", &json!({ "device": world.id(0) })).unwrap();
    assert!(!view["supported"].as_array().unwrap().contains(&json!("server_selection")), "{view}");
    // What the device does not have is refused before anything is queued.
    let kind = json!({"kind": "diagnose", "test": {"test": "server_selection", "hosts": ["a.example"]}});
    let refused = world.agent.call("device/task", &json!({ "device": world.id(0), "kind": kind })).unwrap_err();
    assert!(refused.contains("no such test"), "{refused}");
}

#[test]
fn rule_342_every_test_of_tr_181_runs_on_a_device() {
    let world = world("kestrel-hg645", 1);
    let mut tests = common_tests();
    tests.push((json!({"test": "udp_echo", "host": "192.0.2.1", "port": 7, "count": 5}), |found| {
        found["answered"] == 5 && found["detailed"] == true && positive(&found["average_us"])
    }));
    let hosts = json!({"test": "server_selection", "hosts": ["a.example", "b.example", "nowhere.invalid"]});
    tests.push((hosts, |found| {
        ["a.example", "b.example"].contains(&found["fastest"].as_str().unwrap()) && positive(&found["minimum_us"])
    }));
    tests.push((json!({"test": "capacity", "host": "udpst.example"}), |found| {
        found["bits_per_second"] == 938_420_000_u64
    }));
    let capture = json!({"test": "packet_capture", "interface": "Device.IP.Interface.1.", "seconds": 2});
    tests.push((capture, |found| {
        let values = found["values"].as_array().unwrap();
        values.iter().any(|value| value[0] == "PacketCaptureResult.1.Count" && value[1] == "80")
    }));
    let other = json!({"test": "other", "object": "Device.SelfTestDiagnostics.", "arguments": []});
    tests.push((other, |found| !found["values"].as_array().unwrap().is_empty()));
    check_all(&world, &tests);
    // Tests of before are kept, newest first.
    let page = world.agent.call("device/diagnoses", &json!({ "device": world.id(0), "cursor": null })).unwrap();
    assert_eq!(page["items"].as_array().unwrap().len(), tests.len());
    assert_eq!(page["items"][0]["kind"]["test"]["test"], "other");
    let refused = json!({"kind": "diagnose", "test": {"test": "ping", "host": "a.example", "interface": "Device.IP.Interface.9."}});
    let refused = world.agent.call("device/task", &json!({ "device": world.id(0), "kind": refused })).unwrap_err();
    assert!(refused.contains("not an interface"), "rule 338: {refused}");
}

#[test]
fn rule_339_and_340_speed_is_that_of_the_line_as_the_device_times_it() {
    let world = world("kestrel-hg640", 1);
    let line: u64 = {
        let path = "InternetGatewayDevice.WANDevice.1.WANDSLInterfaceConfig.DownstreamCurrRate";
        world.cpe(0).value(path).unwrap().parse::<u64>().unwrap() * 1000
    };
    let task = run(&world, 0, &json!({"test": "download"}));
    let rate = found(&task)["bits_per_second"].as_u64().unwrap();
    // The line is simulated by pauses: on a busy machine it is slower, never quicker by much.
    assert!(rate < line + line / 5 && rate > line / 20, "{rate} of {line}");
    let url = task["kind"]["test"]["url"].as_str().unwrap();
    assert_eq!(url, format!("http://{}/speed/1048576", world.server.files));
    let missing = json!({"test": "download", "url": format!("http://{}/nothing", world.server.files)});
    let task = run(&world, 0, &missing);
    assert_eq!((task["state"].as_str(), why(&task)), (Some("failed"), "The transfer broke off."));
}

/// Rules 333 to 337, in both data models at once.
#[test]
fn rules_334_to_337_devices_that_go_about_tests_in_their_own_way() {
    let ends = |state: &str| Fault::TestEnds { state: state.to_owned() };
    let cases: Vec<(&str, Fault, &str, &str)> = vec![
        ("an odd spelling", ends("COMPLETED"), "verified", ""),
        ("an error", ends("Error_CannotResolveHostName"), "failed", "could not resolve the name"),
        ("an odd error", ends("error_internal"), "failed", "internal error"),
        ("no event", Fault::TestUnreported, "verified", ""),
        ("a reboot", Fault::TestReboots, "failed", "restarted"),
        ("forgotten", Fault::TestForgotten, "failed", "does not know of the test any more"),
        ("the answer is lost", Fault::DropAfter { method: Some("SetParameterValues".to_owned()) }, "verified", ""),
    ];
    for model in ["kestrel-hg640", "kestrel-hg645"] {
        let world = world(model, cases.len() as u32);
        let test = json!({"test": "ping", "host": "192.0.2.1", "count": 1, "timeout_ms": 100});
        let asked: Vec<(i64, i64)> = cases
            .iter()
            .enumerate()
            .map(|(index, (_, fault, _, _))| {
                world.cpe(index).inject(Injected::once(fault.clone()));
                ask(&world, index, &test)
            })
            .collect();
        for ((device, task), (name, _, state, words)) in asked.into_iter().zip(&cases) {
            let task = world.agent.end(device, task);
            assert_eq!(task["state"], *state, "{model}, {name}: {task:#}");
            assert!(why(&task).contains(words), "{model}, {name}: {task:#}");
            let started = task["steps"].as_array().unwrap().iter().filter(|step| step["state"] == "applied").count();
            // None if its answer was lost and it was done when it was looked for.
            assert!(started <= 1, "{model}, {name}: {task:#}");
        }
    }
}

#[test]
fn a_test_that_never_finishes_ends_by_time_and_can_be_stopped() {
    let world = world("kestrel-hg645", 2);
    for index in 0..2 {
        world.cpe(index).inject(Injected::once(Fault::TestNeverEnds));
    }
    let test = json!({"test": "ping", "host": "192.0.2.1", "count": 1, "timeout_ms": 100});
    let (device, task) = ask(&world, 0, &test);
    let (other, stopped) = ask(&world, 1, &test);
    wait_for("the test runs", || world.agent.look(other, stopped)["state"] == "applied");
    // Another agent asks for the same: that joins; for another target: that waits and says so.
    assert_eq!(ask(&world, 1, &test).1, stopped);
    let (_, second) = ask(&world, 1, &json!({"test": "ping", "host": "192.0.2.2", "count": 1}));
    let waits = world.agent.look(other, second);
    assert!(waits["note"].as_str().unwrap().contains("Waits for"), "{waits:#}");
    let answer = world.agent.call("task/cancel", &json!({ "task": stopped })).unwrap();
    assert_eq!(answer["state"], "cancelled");
    assert!(answer["note"].as_str().unwrap().contains("told to stop"), "{answer:#}");
    // The device was told, and what waited runs.
    assert_eq!(world.agent.end(other, second)["state"], "verified");
    let tasks = world.agent.tasks(&json!(other));
    let stop = tasks.iter().find(|task| task["kind"]["kind"] == "stop_test").unwrap();
    assert_eq!(stop["state"], "verified", "{stop:#}");

    let task = world.agent.end(device, task);
    assert_eq!(task["state"], "failed", "{task:#}");
    assert!(why(&task).contains("did not finish the test within 21 s") && why(&task).contains("Requested"), "{task:#}");
}

#[test]
fn a_test_waits_for_a_device_that_is_away_and_runs_when_it_is_back() {
    let world = world("kestrel-hg640", 1);
    world.cpe(0).power_off();
    let (device, task) = ask(&world, 0, &json!({"test": "ping", "host": "192.0.2.1", "count": 1}));
    let (_, never) = ask(&world, 0, &json!({"test": "name_lookup", "name": "www.example.net"}));
    wait_for("it says so", || {
        let task = world.agent.look(device, task);
        task["state"] == "queued" && task["note"].as_str().is_some_and(|note| note.contains("next check-in"))
    });
    assert_eq!(world.agent.call("task/cancel", &json!({ "task": never })).unwrap()["state"], "cancelled");
    world.cpe(0).power_on();
    assert_eq!(world.agent.end(device, task)["state"], "verified");
    assert_eq!(world.agent.look(device, never)["state"], "cancelled");
}
