//! Guides on a home on paper: what is asked, in which order, and what is never asked twice.

use super::*;
use model::diagnostic::{PingTimes, TestKind, Throughput};
use model::guide::{Finding, GuideKind, Outcome};
use model::network::{Host, Internet, Level, Line, LineValue};
use model::setting::Setting;
use model::task::{TaskKind, TaskState};
use model::tree::ValueType;
use model::wifi::{Client, Neighbour, Network, Radio, Role};
use model::{TaskId, Timestamp};

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn setting(path: &str, value: &str) -> Setting {
    Setting { value: Some(value.into()), path: path.into(), writable: true, read_at: Some(NOW), ..Setting::default() }
}

/// A home where nothing is wrong.
fn fine() -> Facts {
    let mut facts = Facts {
        now: NOW,
        online: true,
        heard: NOW,
        read_at: Some(NOW),
        tests: vec![TestKind::Ping, TestKind::NameLookup, TestKind::Download, TestKind::WifiNeighbours],
        target: "192.0.2.1".into(),
        plan_down_kbit: Some(500_000),
        subscriber: Some("Amara".into()),
        ..Facts::default()
    };
    facts.speed =
        Some(Timed { value: Throughput { bits_per_second: Some(480_000_000), ..Throughput::default() }, at: NOW });
    facts.ping = Some(Timed { value: PingTimes { answered: Some(5), lost: Some(0), ..PingTimes::default() }, at: NOW });
    facts.lookup = Some(Timed { value: true, at: NOW });
    facts.wifi.radios = vec![Radio {
        band: "2.4 GHz".into(),
        channel: Some(setting("D.WiFi.Radio.1.Channel", "6")),
        auto: Some(Setting { value_type: ValueType::Boolean, ..setting("D.WiFi.Radio.1.AutoChannelEnable", "0") }),
        width: Some(20),
        read_at: Some(NOW),
        ..Radio::default()
    }];
    facts.wifi.neighbours.scanned_at = Some(NOW);
    facts.wifi.neighbours.can_scan = true;
    facts.wifi.clients = vec![client("tv", -50)];
    facts.network.internet =
        Internet { status: "up".into(), uptime: Some(50_000), read_at: Some(NOW), ..Internet::default() };
    facts.network.hosts = vec![Host { name: "tv".into(), active: Some(true), ..Host::default() }];
    facts
}

fn client(name: &str, signal: i32) -> Client {
    Client { name: name.into(), band: "2.4 GHz".into(), signal: Some(signal), active: true, ..Client::default() }
}

fn passed(step: &str, choice: &str, tasks: &[i64]) -> Passed {
    Passed {
        step: step.into(),
        choice: choice.into(),
        title: step.into(),
        found: "found".into(),
        finding: Finding::Neutral,
        chosen: choice.into(),
        by: "Maria".into(),
        at: NOW,
        tasks: tasks.iter().map(|id| TaskId(*id)).collect(),
        text: String::new(),
    }
}

fn task(facts: &mut Facts, id: i64, state: TaskState) {
    facts.tasks.insert(TaskId(id), TaskFact { state, problem: (state == TaskState::Failed).then(|| "No.".into()) });
}

/// The step that is open.
fn open(kind: GuideKind, passed: &[Passed], facts: &Facts) -> Step {
    walk(kind, passed, facts).open().cloned().expect("a guide ends by a choice alone")
}

#[test]
fn a_home_without_trouble_leads_to_the_caller_at_once() {
    for kind in [GuideKind::SlowWifi, GuideKind::NoInternet] {
        let facts = fine();
        let step = open(kind, &[], &facts);
        assert_eq!(step.key, "ask", "{kind:?}: {step:?}");
        assert_eq!(step.moves[0].does, Does::End(Outcome::Solved));
    }
}

#[test]
fn every_step_offers_something_and_says_what_was_found() {
    let mut facts = fine();
    facts.read_at = None;
    (facts.speed, facts.ping, facts.lookup, facts.wifi.neighbours.scanned_at) = (None, None, None, None);
    facts.wifi.clients = vec![client("tv", -85)];
    for kind in [GuideKind::SlowWifi, GuideKind::NoInternet] {
        let mut way = Vec::new();
        let mut seen = Vec::new();
        loop {
            let step = open(kind, &way, &facts);
            assert!(!step.found.is_empty() && !step.title.is_empty() && !step.moves.is_empty(), "{step:?}");
            assert!(!seen.contains(&step.key), "{} is asked twice", step.key);
            seen.push(step.key);
            let Some(on) = step.moves.iter().find(|one| one.does == Does::Next) else { break };
            way.push(passed(step.key, on.key, &[]));
        }
        assert_eq!(seen.last(), Some(&"hand-over"), "{kind:?}: {seen:?}");
    }
}

#[test]
fn a_slow_line_is_no_trouble_of_the_wifi() {
    let mut facts = fine();
    facts.speed =
        Some(Timed { value: Throughput { bits_per_second: Some(41_000_000), ..Throughput::default() }, at: NOW });
    let step = open(GuideKind::SlowWifi, &[], &facts);
    assert_eq!((step.key, step.moves[0].does.clone()), ("line", Does::End(Outcome::Line)));
    assert!(step.found.contains("41 Mbit/s") && step.found.contains("8 %"), "{}", step.found);
    // Of an hour ago it says nothing about now.
    facts.speed.as_mut().unwrap().at = NOW.plus_seconds(-3600);
    assert_eq!(open(GuideKind::SlowWifi, &[], &facts).key, "speed");
}

#[test]
fn a_crowded_channel_is_left_with_one_button_and_not_offered_again() {
    let mut facts = fine();
    facts.wifi.neighbours.list = (0..9)
        .map(|n| Neighbour { ssid: format!("n{n}"), channel: 6, band: "2.4 GHz".into(), signal: -50, width: 20 })
        .collect();
    let step = open(GuideKind::SlowWifi, &[], &facts);
    assert_eq!((step.key, step.finding), ("channel-2", Finding::Bad));
    let Does::Task(TaskKind::SetValues { values }) = &step.moves[0].does else { panic!("{step:?}") };
    assert_eq!(values.len(), 1, "automatic choice is off already: {values:?}");
    assert!(values[0].path.ends_with("Channel") && values[0].value != "6", "{values:?}");
    assert!(!step.moves[0].cost.is_empty(), "it interrupts");
    // Under way: it waits. Done: the caller is asked.
    let way = [passed("channel-2", "move", &[7])];
    task(&mut facts, 7, TaskState::Applied);
    let waiting = walk(GuideKind::SlowWifi, &way, &facts);
    assert_eq!((waiting.open().unwrap().key, waiting.waits_for()), ("channel-2", Some(TaskId(7))));
    task(&mut facts, 7, TaskState::Verified);
    assert_eq!(open(GuideKind::SlowWifi, &way, &facts).key, "ask");
}

#[test]
fn what_the_router_refused_is_said_and_can_be_tried_again_or_left() {
    let mut facts = fine();
    facts.read_at = None;
    task(&mut facts, 3, TaskState::Failed);
    let way = [passed("read", "read", &[3])];
    let step = open(GuideKind::NoInternet, &way, &facts);
    assert_eq!((step.key, step.found.as_str()), ("read", "No."));
    let keys: Vec<_> = step.moves.iter().map(|one| one.key).collect();
    assert_eq!(keys, ["read", "skip", GO_ON]);
    let left = [passed("read", GO_ON, &[])];
    assert_eq!(open(GuideKind::NoInternet, &left, &facts).key, "ask");
}

#[test]
fn a_router_that_does_not_report_comes_first() {
    let mut facts = fine();
    facts.online = false;
    facts.heard = NOW.plus_seconds(-3 * 3600);
    for kind in [GuideKind::SlowWifi, GuideKind::NoInternet] {
        let step = open(kind, &[], &facts);
        assert_eq!((step.key, step.moves[0].does.clone()), ("reach", Does::End(Outcome::Escalated)));
        assert!(step.found.contains("3 h"), "{}", step.found);
    }
    facts.online = true;
    assert_ne!(open(GuideKind::NoInternet, &[], &facts).key, "reach", "it goes on by itself");
}

#[test]
fn a_bad_line_is_handed_over_with_its_values() {
    let mut facts = fine();
    let value = LineValue {
        label: "Noise margin".into(),
        value: "2 dB".into(),
        level: Some(Level::Bad),
        ..LineValue::default()
    };
    facts.network.lines = vec![Line { title: "DSL line".into(), values: vec![value], read_at: Some(NOW) }];
    let step = open(GuideKind::NoInternet, &[], &facts);
    assert_eq!((step.key, step.moves[0].does.clone()), ("line", Does::End(Outcome::Line)));
    assert_eq!(step.evidence.len(), 1);
}

#[test]
fn a_refused_login_is_not_connected_again() {
    let mut facts = fine();
    facts.network.internet.status = "down".into();
    facts.network.internet.reset = Some(setting("D.PPP.Interface.1.Reset", "0"));
    let step = open(GuideKind::NoInternet, &[], &facts);
    assert!(matches!(step.moves[0].does, Does::Task(_)), "{step:?}");
    facts.network.internet.error = "ERROR_AUTHENTICATION_FAILURE".into();
    let step = open(GuideKind::NoInternet, &[], &facts);
    assert!(step.moves.iter().all(|one| !matches!(one.does, Does::Task(_))), "{step:?}");
    assert!(step.found.contains("refused"), "{}", step.found);
}

#[test]
fn the_new_router_gets_what_it_takes_and_lacks() {
    let mut facts = fine();
    let network = |row: &str, ssid: &str, role| Network {
        row: row.into(),
        band: "2.4 GHz".into(),
        role,
        ssid: Some(setting(&format!("{row}SSID"), ssid)),
        ..Network::default()
    };
    facts.wifi.networks = vec![network("D.Old.1.", "Home of Amara", Role::Home)];
    let other = Other { serial: "N1".into(), model: "GX".into(), online: true, moved: true, ..Other::default() };
    let wifi = model::wifi::WifiView {
        networks: vec![network("D.New.1.", "GX-1234", Role::Home), network("D.New.2.", "Guest", Role::Guest)],
        ..Default::default()
    };
    facts.other = Some(Other { wifi, ..other });
    assert_eq!(open(GuideKind::NewRouter, &[], &facts).key, "choose");
    let way = [passed("choose", "choose", &[])];
    let step = open(GuideKind::NewRouter, &way, &facts);
    assert_eq!(step.key, "settings");
    let Does::Other(tasks) = &step.moves[0].does else { panic!("{step:?}") };
    let TaskKind::SetValues { values } = &tasks[0] else { panic!("{tasks:?}") };
    let set: Vec<_> = values.iter().map(|value| (value.path.as_str(), value.value.as_str())).collect();
    assert_eq!(set, [("D.New.1.SSID", "Home of Amara")], "guests had no network of their own");
}

#[test]
fn the_note_names_what_was_found_and_done() {
    let facts = fine();
    let way = [passed("ask", "It works", &[])];
    let note = note(GuideKind::SlowWifi, Outcome::Solved, &walk(GuideKind::SlowWifi, &way, &facts));
    assert!(note.starts_with("Guide “Wi-Fi is slow”: solved."), "{note}");
    assert!(note.contains("The line: 480 Mbit/s, 96 % of the plan.") && note.ends_with("It works"), "{note}");
}

#[test]
fn a_new_router_of_somebody_else_is_taken_only_by_a_button_that_says_so() {
    let mut facts = fine();
    let other = Other { serial: "N1".into(), subscriber: Some("Bela".into()), ..Other::default() };
    facts.other = Some(other.clone());
    let way = [passed("choose", "choose", &[])];
    let step = open(GuideKind::NewRouter, &way, &facts);
    assert_eq!(step.key, "subscriber");
    assert_eq!(step.moves[0].label, "Take N1 from Bela and give it to Amara");
    assert_eq!(step.moves[0].cost, "Bela has no router then.");
    facts.other = Some(Other { subscriber: None, ..other });
    let step = open(GuideKind::NewRouter, &way, &facts);
    assert_eq!(step.moves[0].label, "Give N1 to Amara");
    assert_eq!(step.moves[0].cost, "");
}
