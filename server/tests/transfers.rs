//! The real executable and simulated devices: files are loaded and sent, software modules change, and every order ends
//! rightly, however the devices report.
#![allow(clippy::unwrap_used)]

mod common;

use common::agent::{ended, wait_for};
use common::world::World;
use common::{eventually, http};
use serde_json::{Value, json};
use simulator::{Cpe, Fault, Injected, Transferred, image, image_with};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

const SETTINGS: &str = r#"
[files]
retries = 2
retry_pause = "1s"
"#;

/// Devices of one model.
fn world(model: &str, devices: u32) -> World {
    World::of(model, devices, SETTINGS)
}

fn transfers(world: &World, index: usize) -> Vec<Transferred> {
    world.cpe(index).stats().transfers.into_iter().collect()
}

fn firmware(world: &World, model: &str, version: &str) -> Value {
    let name = format!("{model}-{version}.bin");
    let input = json!({"name": name, "file_type": {"type": "firmware"}, "version": version, "models": [], "notes": ""});
    world.agent.upload(&input, &image(model, version, 150_000))
}

fn version(cpe: &Cpe) -> String {
    cpe.value(&format!("{}DeviceInfo.SoftwareVersion", cpe.model().root_path())).unwrap()
}

/// Catalogue row R4, with rules 222, 224, 228 to 230, 241, 242, 344 to 346, and quirk 20.
#[test]
fn r4_a_download_ends_rightly_however_it_is_reported() {
    let key = |key: &str| Fault::TransferCompleteKey { key: key.to_owned() };
    let download = || Some("Download".to_owned());
    // What the device does, and what the task comes to.
    let cases: Vec<(&str, Option<Fault>, &str)> = vec![
        ("as it should", None, "verified"),
        ("before the restart", Some(Fault::TransferCompleteBeforeReboot), "verified"),
        ("in the session", Some(Fault::TransferCompleteInSession), "verified"),
        ("twice at once", Some(Fault::TransferCompleteTwice { apart: false }), "verified"),
        ("twice apart", Some(Fault::TransferCompleteTwice { apart: true }), "verified"),
        ("without a key", Some(key("")), "verified"),
        ("with a wrong key", Some(key("somebody's")), "verified"),
        ("late", Some(Fault::TransferCompleteLate { sessions: 2 }), "verified"),
        ("without its event", Some(Fault::TransferCompleteWithoutEvent), "verified"),
        ("never", Some(Fault::TransferCompleteNever), "verified"),
        ("at once", Some(Fault::TransferAtOnce), "verified"),
        ("the answer to the order is lost", Some(Fault::DropAfter { method: download() }), "verified"),
        ("another version", Some(Fault::UpgradeGives { version: "0.9".to_owned() }), "different"),
        ("cut off once", Some(Fault::TransferFails { code: 9017 }), "verified"),
        ("cannot log in", Some(Fault::TransferFails { code: 9012 }), "verified"),
        ("a corrupt file", Some(Fault::TransferFails { code: 9018 }), "failed"),
        ("refused", Some(Fault::Answer { method: download(), code: 9001 }), "failed"),
    ];
    let world = world("kestrel-hg645", cases.len() as u32);
    let file = firmware(&world, "HG645", "5.0.0");
    let kind = json!({"kind": "download", "file": file});
    let mut asked = Vec::new();
    for (index, (_, fault, _)) in cases.iter().enumerate() {
        if let Some(fault) = fault {
            world.cpe(index).inject(Injected::once(fault.clone()));
        }
        let device = world.id(index);
        asked.push((device, world.agent.task(device, &kind)));
    }
    for (index, (name, _, state)) in cases.iter().enumerate() {
        let (device, task) = asked[index];
        let task = world.agent.end(device, task);
        assert_eq!(task["state"], *state, "{name}: {task:#}\n{:#?}", world.cpe(index).stats());
        let ends = task["steps"].as_array().unwrap().iter().filter(|step| ended(step)).count();
        assert_eq!(ends, 1, "{name}: {task:#}");
        if *state == "verified" {
            assert_eq!(task["outcome"]["version_after"], "5.0.0", "{name}: {task:#}");
            // Where no report comes in the session of the boot, the version tells first.
            let unreported = matches!(*name, "late" | "never");
            assert_eq!(task["outcome"]["unreported"], unreported, "{name}: {task:#}");
            assert_eq!(version(world.cpe(index)), "5.0.0", "{name}");
        }
        let loaded = transfers(&world, index);
        let files = loaded.iter().filter(|one| one.fault == 0).collect::<Vec<_>>();
        assert_eq!(files.len(), usize::from(*state != "failed"), "{name}: once, and no more: {loaded:?}");
        assert!(files.iter().all(|one| file["sha256"] == one.sha256.as_str() && one.bytes == 150_000), "{name}");
    }
    // Every report was answered: none is left to be told.
    wait_for("the reports", || {
        cases.iter().enumerate().all(|(index, (name, _, state))| {
            let told = world.cpe(index).stats().told.get("TransferComplete").copied().unwrap_or(0);
            match *name {
                "never" | "at once" | "refused" => told == 0,
                "twice at once" | "twice apart" | "cut off once" | "cannot log in" => told == 2,
                _ => told == 1 && !state.is_empty(),
            }
        })
    });
}

/// A share of the devices says of itself something else than the image does, and another share nothing at all.
#[test]
fn an_image_that_reports_itself_in_other_words_is_known() {
    let world = world("kestrel-hg645", 2);
    world.cpe(1).inject(Injected::once(Fault::TransferCompleteNever));
    let input = json!({
        "name": "fw.bin", "file_type": {"type": "firmware"}, "version": "5.0.0", "versions": ["5.0.0-b7"],
        "models": [], "notes": ""
    });
    let bytes = image_with("HG645", "5.0.0", &["reports=5.0.0-b7"], 50_000).unwrap();
    let kind = json!({"kind": "download", "file": world.agent.upload(&input, &bytes)});
    for index in 0..2 {
        let device = world.id(index);
        let task = world.agent.end(device, world.agent.task(device, &kind));
        assert_eq!(
            (&task["state"], &task["outcome"]["version_after"]),
            (&json!("verified"), &json!("5.0.0-b7")),
            "{task:#}"
        );
        assert_eq!(world.cpe(index).stats().flashes, [("5.0.0".to_owned(), 1)].into());
    }
}

/// Rules 234 to 237: what devices send is stored as they sent it, and can be loaded again.
#[test]
fn a_configuration_is_saved_and_loaded_again_and_a_log_fetched() {
    let world = world("kestrel-hg640", 1);
    let ssid = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID";
    world.cpe(0).change(ssid, "before");
    let upload = |what: &str| json!({"kind": "upload", "what": {"what": what, "instance": null}});
    let content = |task: &Value| {
        let id = task["outcome"]["file"].as_i64().unwrap_or_else(|| panic!("{task:#}"));
        let answer = http::get(world.agent.portal, &format!("/files/{id}/content"), Some(&world.agent.cookie));
        assert_eq!(answer.status, 200);
        answer.text()
    };
    let saved = world.done(0, &upload("configuration"));
    assert_eq!(saved["state"], "verified", "{saved:#}");
    let text = content(&saved);
    assert!(text.contains(&format!("{ssid}=before\n")), "{text}");
    for fault in [Fault::UploadByPost, Fault::UploadAppendsName, Fault::UploadChunked] {
        world.cpe(0).inject(Injected::once(fault));
    }
    let log = world.done(0, &upload("log"));
    assert_eq!(log["state"], "verified", "{log:#}");
    assert!(content(&log).contains("cwmpd:"));

    world.cpe(0).change(ssid, "after");
    let input = json!({
        "name": "backup.cfg", "file_type": {"type": "configuration"}, "version": "", "models": ["HG640"], "notes": ""
    });
    let file = world.agent.upload(&input, text.as_bytes());
    let loaded = world.done(0, &json!({"kind": "download", "file": file}));
    assert_eq!(loaded["state"], "verified", "{loaded:#}");
    assert_eq!(world.cpe(0).value(ssid).unwrap(), "before");

    // A device that cannot send is asked again, and not for ever.
    for _ in 0..3 {
        world.cpe(0).inject(Injected::once(Fault::TransferFails { code: 9011 }));
    }
    let failed = world.done(0, &upload("log"));
    assert_eq!((&failed["state"], &failed["outcome"]["fault"]["code"]), (&json!("failed"), &json!(9011)), "{failed:#}");
    assert_eq!(transfers(&world, 0).iter().filter(|one| one.fault == 9011).count(), 3, "{failed:#}");
}

/// Rules 218, 226, 245 to 252: orders for later are listed, cancelled, and kept.
#[test]
fn transfers_for_later_are_listed_cancelled_missed_and_done() {
    let world = world("kestrel-hg645", 2);
    let file = firmware(&world, "HG645", "6.0");
    let later = |seconds: u32| json!({"kind": "download", "file": file, "delay_seconds": seconds});
    let (device, cpe) = (world.id(0), world.cpe(0));
    let task = world.agent.task(device, &later(3600));
    eventually("the order is taken", || (world.agent.look(device, task)["state"] == "applied").then_some(()));
    let listed = world.done(0, &json!({"kind": "read_transfers"}));
    assert_eq!(listed["outcome"]["transfers"].as_array().unwrap().len(), 1, "{listed:#}");
    let cancelled = world.done(0, &json!({"kind": "cancel_transfer", "task": task}));
    assert_eq!(cancelled["state"], "verified", "{cancelled:#}");
    assert_eq!(world.agent.end(device, task)["state"], "cancelled");
    assert_eq!(cpe.stats().executed.iter().filter(|one| one.method == "CancelTransfer").count(), 1);

    let window = |start: u32, end: u32| json!({"start": start, "end": end, "mode": "any_time", "user_message": "", "max_retries": 0});
    let scheduled = |windows: Vec<Value>| json!({"kind": "schedule_download", "file": file, "windows": windows});
    // Without power while its window passes: 60 seconds of the device's clock are two of ours.
    let missed = world.agent.task(device, &scheduled(vec![window(60, 120)]));
    eventually("the order is taken", || (world.agent.look(device, missed)["state"] == "applied").then_some(()));
    cpe.power_off();
    std::thread::sleep(Duration::from_secs(5));
    cpe.power_on();
    // Ordered anew for a later day, and still to be cancelled (rule 346).
    let times = |task: &Value, state: &str| {
        task["steps"].as_array().unwrap().iter().filter(|one| one["state"] == state).count()
    };
    eventually("the order is given anew", || {
        let task = world.agent.look(device, missed);
        (task["state"] == "applied" && times(&task, "applied") == 2).then_some(())
    });
    assert_ne!(version(cpe), "6.0");
    let cancelled = world.done(0, &json!({"kind": "cancel_transfer", "task": missed}));
    assert_eq!(cancelled["state"], "verified", "{cancelled:#}");

    let kept = world.done(1, &scheduled(vec![window(30, 3000), window(3600, 7200)]));
    assert_eq!(kept["state"], "verified", "{kept:#}");
    assert_eq!(version(world.cpe(1)), "6.0");

    let task = world.done(1, &json!({"kind": "schedule_inform", "delay_seconds": 60}));
    assert_eq!((&task["state"], &task["outcome"]["outcome"]), (&json!("verified"), &json!("scheduled")), "{task:#}");
}

/// Rules 253 to 259 and 266.
#[test]
fn modules_are_installed_and_uninstalled_and_a_vendors_method_called() {
    let world = world("kestrel-hg645", 1);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/filter-1.4.pkg", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nunit");
        }
    });
    let uuid = "0a0b0c0d-0000-5000-a000-00112233aabb";
    let change = |operations: Value| json!({"kind": "change_modules", "operations": operations});
    let install = |url: &str, uuid: &str| {
        json!({
            "operation": "install", "url": url, "uuid": uuid, "username": "", "password": "", "execution_env_ref": ""
        })
    };
    let done = world.done(0, &change(json!([install(&url, uuid)])));
    assert_eq!(done["state"], "verified", "{done:#}");
    let result = &done["outcome"]["results"][0];
    assert_eq!((&result["state"], &result["version"]), (&json!("Installed"), &json!("1.4")));
    let unit = "Device.SoftwareModules.DeploymentUnit.1.";
    assert_eq!(world.cpe(0).value(&format!("{unit}UUID")).unwrap(), uuid);

    // Two results, one of them a fault.
    let uninstall = json!({"operation": "uninstall", "uuid": uuid, "version": "", "execution_env_ref": ""});
    let done = world.done(0, &change(json!([uninstall, install("http://127.0.0.1:9/nothing", "")])));
    assert_eq!(done["state"], "failed", "{done:#}");
    let results = done["outcome"]["results"].as_array().unwrap();
    assert_eq!((&results[0]["state"], &results[1]["fault_code"]), (&json!("Uninstalled"), &json!(9015)));

    let vendor = json!({"kind": "vendor", "method": "X_02A0E1_Echo", "body": "<Say>hello</Say>"});
    let answer = world.done(0, &vendor);
    assert_eq!(answer["state"], "verified", "{answer:#}");
    assert!(answer["outcome"]["body"].as_str().unwrap().contains("<Say>hello</Say>"), "{answer:#}");
}
