//! A canary in every place for a secret, put there through the real executable and real sessions: it comes out nowhere.
#![allow(clippy::unwrap_used)]

mod common;

use common::http::{exchange, get, request};
use common::world::World;
use common::{lastmile, text};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Of the length that Wi-Fi keys have.
const CANARY: &str = "CanaryOtter4711Lamp";
const KEY: &str = "KeyPassphrase";

struct Planted {
    world: World,
    device: i64,
}

/// Everything of a device that holds a secret is set to the canary, and told by it.
fn planted() -> Planted {
    let world = World::of("kestrel-hg645", 1, "").discovered();
    let device = world.id(0);
    world.agent.call("trace/start", &json!({ "key": { "device": device }, "minutes": 5 })).unwrap();
    // A device with a login of its own, known before it reports.
    let file = world.server.path("routers.csv");
    fs::write(&file, format!("oui,product_class,serial,account,password\n00AA11,Box,KNOWN1,,{CANARY}\n")).unwrap();
    let imported = lastmile(world.server.folder.path()).args(["devices", "import"]).arg(&file).output().unwrap();
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    fs::remove_file(&file).unwrap();
    // Done with the device: tasks, their progress, what is read back.
    let secrets = paths(&world, device);
    assert!(secrets.len() >= 2, "{secrets:?}");
    for path in &secrets {
        let done = world.done(0, &json!({ "kind": "set_values", "values": [{ "path": path, "value": CANARY }] }));
        assert_eq!(done["state"], "verified", "{done:#}");
    }
    // One that nobody fetches: it waits in the database, with its value.
    let waiting = world.agent.device("KNOWN1");
    let path = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.PreSharedKey.1.KeyPassphrase";
    let queued =
        json!({ "device": waiting, "kind": { "kind": "set_values", "values": [{ "path": path, "value": CANARY }] } });
    // Refused or queued, as far as its tree is known: neither may leave the value anywhere.
    let _ = world.agent.call("device/task", &queued);
    world.agent.call("device/escalate", &json!({ "device": device, "reason": "Look at it." })).unwrap();
    Planted { world, device }
}

/// Paths of Wi-Fi and PPP secrets of a device.
fn paths(world: &World, device: i64) -> Vec<String> {
    let mut paths = Vec::new();
    for search in [KEY, "Password"] {
        let query = json!({ "device": device, "query": { "search": search } });
        let tree = world.agent.call("device/tree", &query).unwrap();
        for parameter in tree["parameters"].as_array().unwrap() {
            let path = parameter["path"].as_str().unwrap();
            let wanted = path.ends_with(KEY) || (path.contains("PPP") && path.ends_with("Password"));
            if wanted && parameter["writable"] == true {
                paths.push(path.to_owned());
            }
        }
    }
    paths.truncate(4);
    paths
}

/// Files below a folder in which the canary stands.
fn files_with(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_with(&path, found);
        } else if let Ok(bytes) = fs::read(&path)
            && bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
}

#[test]
fn l1_a_canary_is_in_no_file_no_log_no_metric_and_no_recording() {
    let Planted { world, device } = planted();
    let server = &world.server;
    let cookie = Some(world.agent.cookie.as_str());
    let recording = get(server.portal, &format!("/traces/device-{device}.txt"), cookie);
    assert!(recording.status == 200 && recording.text().contains("SetParameterValues"), "{}", recording.status);
    assert!(!recording.text().contains(CANARY), "the recording");
    let metrics = get(server.metrics, "/metrics", None);
    assert!(metrics.status == 200 && !metrics.text().contains(CANARY), "metrics");
    // The database with its log, what the server wrote to the terminal and to its log, and whatever else it keeps.
    let mut found = Vec::new();
    files_with(server.folder.path(), &mut found);
    assert!(found.is_empty(), "{found:?}");
    let key = server.path("data/secret.key");
    assert_eq!(fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn n5_a_canary_is_in_no_answer_no_export_and_no_page() {
    let Planted { world, device } = planted();
    let agent = &world.agent;
    let mut seen: Vec<(String, String)> = Vec::new();
    let mut calls = vec![
        ("device", json!({ "device": device })),
        ("device/tree", json!({ "device": device, "query": { "search": KEY } })),
        ("device/tree", json!({ "device": device, "query": { "search": CANARY } })),
        ("device/tasks", json!({ "device": device, "cursor": null })),
        ("device/timeline", json!({ "device": device, "filter": {}, "cursor": null })),
        ("device/differences", json!({ "device": device, "days": 7 })),
        ("device/wifi", json!({ "device": device })),
        ("device/network", json!({ "device": device })),
        ("device/reset-plan", json!({ "device": device })),
        ("audit", json!({ "query": {} })),
        ("audit", json!({ "query": { "filter": { "text": CANARY } } })),
        ("trace", json!({ "key": { "device": device } })),
    ];
    let other = agent.device("KNOWN1");
    calls.push(("device", json!({ "device": other })));
    calls.push(("device/tasks", json!({ "device": other, "cursor": null })));
    calls.push(("device/timeline", json!({ "device": other, "filter": {}, "cursor": null })));
    for (function, arguments) in calls {
        let answer = agent.call(function, &arguments).unwrap().to_string();
        // What was asked for is said again; nothing of what is kept may be.
        seen.push((format!("{function} {arguments}"), answer.replace(&arguments.to_string(), "")));
    }
    for (function, fields) in [("recent_tasks", &[][..]), ("search", &[("text", CANARY)])] {
        let answer = agent.form(function, fields);
        assert_eq!(answer.status, 200, "{function}");
        seen.push((function.to_owned(), answer.text()));
    }
    let cookie = Some(agent.cookie.as_str());
    for page in [
        format!("/devices/{device}"),
        format!("/devices/{device}/wifi"),
        format!("/devices/{device}/parameters?q={KEY}"),
        format!("/devices/{device}/tasks"),
        format!("/devices/{device}/timeline"),
        "/snapshots/1/snapshot.json".to_owned(),
        "/snapshots/1/snapshot.html".to_owned(),
        "/settings/audit".to_owned(),
        "/settings/audit/export/audit.csv".to_owned(),
        "/settings/audit/export/audit.jsonl".to_owned(),
    ] {
        let answer = get(world.server.portal, &page, cookie);
        assert_eq!(answer.status, 200, "{page}");
        seen.push((page, answer.text()));
    }
    let wish = json!({ "name": "CRM", "role": "administrator", "permissions": null, "scope": {}, "days": 1 });
    let token = agent.call("token/create", &wish).unwrap()["secret"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    for path in [
        "devices".to_owned(),
        format!("devices/{device}"),
        format!("devices/{device}/parameters?limit=500"),
        format!("devices/{device}/tasks"),
        format!("devices/{device}/events"),
        format!("devices/{other}/tasks"),
        "events".to_owned(),
        "files".to_owned(),
        "webhooks".to_owned(),
    ] {
        let path = format!("/api/v1/{path}");
        let request = request("GET", world.server.portal, &path, None, &[("Authorization", &bearer)], "");
        let answer = exchange(world.server.portal, request.as_bytes());
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        seen.push((path, answer.text()));
    }
    assert!(seen.iter().any(|(_, said)| said.contains(KEY)), "it was looked where they are");
    for (what, said) in seen {
        assert!(!said.contains(CANARY), "{what}: {said}");
    }
}
