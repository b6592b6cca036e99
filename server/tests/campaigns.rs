//! The real executable, a simulated fleet and a campaign: each device is flashed once, whatever happens to the server.

#![allow(clippy::unwrap_used)]

mod common;

use common::agent::{Agent, wait_for};
use common::world::World;
use model::campaign::{
    Alarmed, CampaignKind, CampaignPlan, CampaignState, CampaignView, Gate, Limit, Pace as Speed, Patience, Pause,
    Reach, StagePlan, TargetState, Thresholds,
};
use model::{CampaignId, FileId};
use serde_json::{Value, json};
use simulator::{FleetSettings, Pace, builtin};
use std::time::{Duration, Instant};

/// A second person is another test's business.
const SETTINGS: &str = "\n[campaigns]\napproval_above = 1000000\n";
const VERSION: &str = "9.9.9";

fn world(devices: u32, models: &[&str], inform_interval: u32) -> World {
    let fleet = FleetSettings {
        devices,
        models: models.iter().map(|name| builtin(name).unwrap()).collect(),
        inform_interval,
        pace: Pace { speed: 30.0, ..Pace::default() },
        spread: Duration::from_secs(10),
        ..FleetSettings::default()
    };
    World::start(SETTINGS, fleet)
}

fn image(agent: &Agent, words: &str) -> FileId {
    let input = json!({
        "name": "gateway.bin", "file_type": {"type": "firmware"}, "version": VERSION, "models": [], "notes": "",
        "versions": [], "hardware": [], "min_version": "",
    });
    let content = format!("LASTMILE-SIM version={VERSION} {words}\nnothing more\n");
    FileId(agent.upload(&input, content.as_bytes())["id"].as_i64().unwrap())
}

/// Without a window and without waits: as fast as it goes.
fn plan(image: FileId, stages: &[Reach]) -> CampaignPlan {
    let gate = Gate { success_percent: 90.0, min_sample: 5, soak_minutes: 0, automatic: true };
    CampaignPlan {
        stages: stages.iter().map(|reach| StagePlan { reach: *reach, gate }).collect(),
        window: None,
        pace: Speed { per_minute: 6000, at_once: 500, ..Speed::default() },
        patience: Patience {
            tries: 9,
            tries_a_night: 9,
            pause_minutes: 0,
            connect_minutes: 1,
            finish_minutes: 5,
            healthy_minutes: 0,
        },
        ..CampaignPlan::new("Rollout", CampaignKind::Firmware { images: vec![image] })
    }
}

fn start(agent: &Agent, plan: &CampaignPlan) -> CampaignId {
    let draft = agent.call("campaign/save", &json!({ "known": null, "plan": plan })).unwrap();
    let begin = json!({ "id": draft["id"], "revision": draft["revision"], "typed": plan.name });
    let started = agent.call("campaign/start", &begin).unwrap();
    CampaignId(started["id"].as_i64().unwrap())
}

/// The campaign as its page shows it; `None` while the server is away.
fn look(agent: &Agent, id: CampaignId) -> Option<CampaignView> {
    let view: Value = agent.call("campaign", &json!({ "id": id })).ok()?;
    Some(serde_json::from_value(view).unwrap())
}

fn until(agent: &Agent, id: CampaignId, state: CampaignState) -> CampaignView {
    let mut last = None;
    wait_for(&format!("{state:?}"), || {
        last = look(agent, id);
        last.as_ref().is_some_and(|view| view.state == state)
    });
    last.unwrap()
}

/// Catalogue row R2: the server is killed at no particular moment, again and again.
fn each_is_flashed_once(devices: u32, kills: u64, patience: Duration) {
    let World { agent, fleet, mut server, _runtime } = world(devices, &["kestrel-hg640", "norrlink-gx21"], 60);
    let image = image(&agent, "");
    let id = start(&agent, &plan(image, &[Reach::Devices(20), Reach::Percent(40.0), Reach::Percent(100.0)]));
    let mut dice = 0x5eed_u64;
    let mut killed_at = Vec::new();
    for kill in 0..kills {
        dice = simulator::seed::mix(dice ^ kill);
        std::thread::sleep(Duration::from_millis(100 + dice % 1900));
        if kill % 3 == 0 {
            killed_at.extend(look(&agent, id).map(|view| view.tally().succeeded()));
        }
        server = server.crash();
    }
    let began = Instant::now();
    let mut last = None;
    while last.as_ref().is_none_or(|view: &CampaignView| view.state != CampaignState::Completed) {
        assert!(began.elapsed() < patience, "{:?}", last.map(|view| (view.state, view.pause.clone(), view.tally())));
        std::thread::sleep(Duration::from_millis(500));
        last = look(&agent, id);
    }
    let tally = last.expect("it was seen").tally();
    assert_eq!((tally.succeeded(), tally.total()), (devices, devices), "none is lost: {tally:?}");
    let flashes: Vec<u64> =
        fleet.devices().iter().map(|cpe| cpe.stats().flashes.get(VERSION).copied().unwrap_or(0)).collect();
    let count = |times: u64| flashes.iter().filter(|flashes| **flashes == times).count();
    println!(
        "{} of {devices} devices flashed once; the server was killed {kills} times, verified by then: {killed_at:?}",
        count(1)
    );
    assert_eq!(count(1), devices as usize, "{} never, {} twice", count(0), count(2));
    assert!(killed_at.iter().any(|verified| *verified < devices), "it was killed while it ran");
    drop(server);
}

#[test]
fn r2_each_device_is_flashed_once_although_the_server_is_killed_again_and_again() {
    each_is_flashed_once(80, 10, Duration::from_mins(2));
}

/// The same on a scale that takes minutes, and a machine with nothing else to do:
/// `cargo nextest run -p server --test campaigns --run-ignored only`.
#[test]
#[ignore = "takes minutes and a quiet machine: run by hand"]
fn r2_a_thousand_devices_are_flashed_once_although_the_server_is_killed_fifty_times() {
    each_is_flashed_once(1000, 50, Duration::from_mins(10));
}

#[test]
fn an_image_that_bricks_one_model_stops_itself_at_the_canaries_and_names_the_model() {
    let World { agent, fleet, server, _runtime } = world(60, &["kestrel-hg640", "norrlink-gx21"], 10);
    let image = image(&agent, "bricks=40 only=HG640");
    let mut plan = plan(image, &[Reach::Devices(30), Reach::Percent(100.0)]);
    plan.patience.finish_minutes = 1;
    plan.thresholds = Thresholds {
        min_sample: 5,
        pause: Limit { percent: 5.0, count: 2 },
        lost: Limit { percent: 5.0, count: 2 },
        abort: Limit { percent: 100.0, count: 1000 },
    };
    let id = start(&agent, &plan);
    let view = until(&agent, id, CampaignState::Paused);
    let Some(Pause::Alarm { alarm }) = &view.pause else { panic!("{:?}", view.pause) };
    assert_eq!((alarm.limit, alarm.stage), (Alarmed::Lost, 0));
    assert!(alarm.model.as_deref().is_some_and(|model| model.contains("HG640")), "{alarm:?}");
    let tally = view.stages[1].tally;
    assert_eq!(tally.of(TargetState::Queued), tally.total(), "the second stage has not begun");
    assert!(fleet.stats().flashes.get(VERSION).copied().unwrap_or(0) <= 30);
    drop(server);
}
