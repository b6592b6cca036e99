//! Factory resets that bring back what was there.

use super::*;
use model::restore::{KeepSet, Restored, RestoredLine};

const SSID: &str = "Device.WiFi.SSID.1.SSID";
const KEY: &str = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase";
const MODE: &str = "Device.WiFi.AccessPoint.1.Security.ModeEnabled";
const PPP_USER: &str = "Device.PPP.Interface.1.Username";
const PPP_PASSWORD: &str = "Device.PPP.Interface.1.Password";
const SECRET: &str = "quiet-otter-27";

/// As it left the factory.
const FACTORY: [(&str, &str, bool); 12] = [
    ("Device.DeviceInfo.SoftwareVersion", "4.2.0", false),
    ("Device.ManagementServer.ConnectionRequestUsername", "", true),
    ("Device.ManagementServer.ConnectionRequestPassword", "", true),
    ("Device.ManagementServer.PeriodicInformInterval", "300", true),
    (SSID, "Sticker-1", true),
    ("Device.WiFi.SSID.1.Status", "Up", false),
    (KEY, "", true),
    (MODE, "WPA2-Personal", true),
    (PPP_USER, "factory", true),
    (PPP_PASSWORD, "", true),
    ("Device.NAT.PortMapping.1.ExternalPort", "5060", true),
    ("Device.NAT.PortMapping.1.InternalClient", "192.168.1.9", true),
];

fn put(paper: &mut Paper, path: &str, value: &str) {
    paper.values.insert(path.to_owned(), (value.to_owned(), true));
}

fn to_factory(paper: &mut Paper) {
    paper.values = FACTORY.into_iter().map(|(path, value, w)| (path.to_owned(), (value.to_owned(), w))).collect();
    paper.next_row = 7;
}

/// A router that somebody lives with: names of their own, two port forwards, the factory's first one among them.
fn lived_in() -> Paper {
    let mut paper = Paper::new();
    to_factory(&mut paper);
    paper.row = &["ExternalPort", "InternalClient"];
    put(&mut paper, SSID, "Renner Attic");
    put(&mut paper, KEY, "old-password");
    put(&mut paper, MODE, "WPA3-Personal");
    put(&mut paper, PPP_USER, "renner@isp.example");
    put(&mut paper, "Device.NAT.PortMapping.3.ExternalPort", "8080");
    put(&mut paper, "Device.NAT.PortMapping.3.InternalClient", "192.168.1.20");
    paper.session(&[EventCode::Bootstrap]);
    paper.got.clear();
    paper.events.clear();
    paper
}

fn reset(paper: &mut Paper) -> TaskId {
    let secret = SetValue { path: KEY.into(), value: SECRET.into(), value_type: None };
    paper.task(TaskKind::FactoryReset { keep: KeepSet::ALL.to_vec(), secrets: vec![secret] })
}

fn lines(paper: &Paper, task: TaskId) -> &[RestoredLine] {
    match &paper.of(task).outcome {
        Some(TaskOutcome::Restored { lines, .. }) => lines,
        other => panic!("{other:?}"),
    }
}

fn became<'a>(paper: &'a Paper, task: TaskId, path: &str) -> &'a Restored {
    &lines(paper, task).iter().find(|line| line.path == path).unwrap_or_else(|| panic!("{path}")).restored
}

fn count(paper: &Paper, method: &str) -> usize {
    paper.methods().iter().filter(|one| **one == method).count()
}

#[test]
fn what_was_kept_is_set_again_after_the_reset_and_read_back() {
    let mut paper = lived_in();
    // Changed on its web page after the tree was read: what counts is what it has now.
    put(&mut paper, SSID, "Renner Loft");
    let task = reset(&mut paper);
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.methods().last(), Some(&"FactoryReset"), "read first: {:?}", paper.methods());
    assert_eq!(count(&paper, "SetParameterValues"), 0);
    assert_eq!(paper.of(task).state, TaskState::Applied);
    to_factory(&mut paper);
    paper.now += 5 * 3_600_000;
    paper.session(&[EventCode::Bootstrap, EventCode::Boot]);
    assert_eq!(paper.of(task).state, TaskState::Verified, "{:?}", paper.of(task).outcome);
    for (path, value) in [
        (SSID, "Renner Loft"),
        (KEY, SECRET),
        (MODE, "WPA3-Personal"),
        (PPP_USER, "renner@isp.example"),
        ("Device.NAT.PortMapping.7.ExternalPort", "8080"),
        ("Device.NAT.PortMapping.7.InternalClient", "192.168.1.20"),
    ] {
        assert_eq!(paper.values[path].0, value, "{path}");
    }
    assert_eq!(became(&paper, task, SSID), &Restored::Verified);
    assert_eq!(became(&paper, task, KEY), &Restored::Unconfirmed, "it cannot be read");
    assert_eq!(became(&paper, task, PPP_PASSWORD), &Restored::NotKnown, "nobody typed it");
    assert_eq!(became(&paper, task, "Device.NAT.PortMapping.7.ExternalPort"), &Restored::Verified);
    assert_eq!(became(&paper, task, "Device.NAT.PortMapping.1.ExternalPort"), &Restored::Verified, "the factory's own");
    assert_eq!(count(&paper, "AddObject"), 1);
    let first_set = |request: &AcsRequest| match request {
        AcsRequest::SetParameterValues { values, .. } => values.first().map(|value| value.name.clone()),
        _ => None,
    };
    let set: Vec<_> = paper.got.iter().filter_map(first_set).collect();
    let ppp = set.iter().position(|name| *name == PPP_USER).unwrap();
    assert!(set.iter().position(|name| name.contains("PortMapping")).unwrap() < ppp, "what may cut the line is last");
    assert!(paper.tree.as_ref().unwrap().complete, "and then it is discovered anew");
}

#[test]
fn nothing_keeps_a_password_after_the_end() {
    let mut paper = lived_in();
    let task = reset(&mut paper);
    paper.session(&[EventCode::ConnectionRequest]);
    assert!(paper.of(task).progress.contains(SECRET), "kept while it is needed");
    to_factory(&mut paper);
    paper.session(&[EventCode::Bootstrap]);
    let record = paper.of(task);
    assert!(!format!("{:?} {:?} {}", record.kind, record.outcome, record.progress).contains(SECRET));
    assert!(!format!("{:?}", paper.events).contains(SECRET));
    let view = crate::views::task_view(TaskRecord {
        kind: TaskKind::FactoryReset {
            keep: vec![KeepSet::Wifi],
            secrets: vec![SetValue { path: KEY.into(), value: SECRET.into(), value_type: None }],
        },
        ..record.clone()
    });
    assert!(!format!("{view:?}").contains(SECRET), "nor does a page see it before");
}

#[test]
fn a_broken_line_does_not_add_or_reset_twice() {
    for cut in 1..=14 {
        let mut paper = lived_in();
        let task = reset(&mut paper);
        paper.session(&[EventCode::ConnectionRequest]);
        to_factory(&mut paper);
        paper.run(&[EventCode::Bootstrap, EventCode::Boot], Some(cut));
        for _ in 0..2 {
            paper.session(&[EventCode::Periodic]);
        }
        assert_eq!(paper.of(task).state, TaskState::Verified, "cut at {cut}: {:?}", paper.of(task).outcome);
        assert_eq!(count(&paper, "AddObject"), 1, "cut at {cut}: {:?}", paper.methods());
        assert_eq!(count(&paper, "FactoryReset"), 1, "cut at {cut}");
        assert_eq!(paper.values["Device.NAT.PortMapping.7.ExternalPort"].0, "8080", "cut at {cut}");
        assert_eq!(paper.values[KEY].0, SECRET, "cut at {cut}");
    }
}

#[test]
fn a_line_that_breaks_before_the_reset_loses_nothing() {
    let mut whole = lived_in();
    reset(&mut whole);
    whole.session(&[EventCode::ConnectionRequest]);
    let last = whole.got.len();
    for cut in 1..last {
        let mut paper = lived_in();
        let task = reset(&mut paper);
        paper.run(&[EventCode::ConnectionRequest], Some(cut));
        assert_eq!(count(&paper, "FactoryReset"), 0, "cut at {cut}");
        paper.session(&[EventCode::Periodic]);
        assert_eq!(paper.of(task).state, TaskState::Applied, "cut at {cut}");
    }
    // The answer to the reset itself is lost, and it was carried out.
    let mut paper = lived_in();
    let task = reset(&mut paper);
    paper.run(&[EventCode::ConnectionRequest], Some(last));
    assert_eq!(count(&paper, "FactoryReset"), 1);
    to_factory(&mut paper);
    paper.session(&[EventCode::Bootstrap]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    assert_eq!(paper.values[SSID].0, "Renner Attic");
    assert_eq!(count(&paper, "FactoryReset"), 1);
}

#[test]
fn what_the_router_refuses_now_is_named_and_the_rest_is_set() {
    let mut paper = lived_in();
    let task = reset(&mut paper);
    paper.session(&[EventCode::ConnectionRequest]);
    to_factory(&mut paper);
    paper.refuse = |request| match request {
        AcsRequest::SetParameterValues { values, .. } if values.iter().any(|value| value.name == MODE) => Some(Fault {
            code: 9003,
            parameters: vec![cwmp::ParameterFault { name: MODE.into(), code: 9007, text: String::new() }],
            ..Fault::default()
        }),
        _ => None,
    };
    paper.session(&[EventCode::Bootstrap]);
    assert_eq!(paper.of(task).state, TaskState::Different);
    assert!(matches!(became(&paper, task, MODE), Restored::Refused { why } if why.contains("refused the value")));
    assert_eq!(became(&paper, task, SSID), &Restored::Verified);
    assert_eq!(paper.values[KEY].0, SECRET);
}

#[test]
fn a_refusal_without_a_name_is_narrowed_down() {
    let mut paper = lived_in();
    let task = reset(&mut paper);
    paper.session(&[EventCode::ConnectionRequest]);
    to_factory(&mut paper);
    paper.refuse = |request| match request {
        AcsRequest::SetParameterValues { values, .. } if values.iter().any(|value| value.name == MODE) => {
            Some(Fault { code: 9002, ..Fault::default() })
        }
        _ => None,
    };
    paper.session(&[EventCode::Bootstrap]);
    assert!(matches!(became(&paper, task, MODE), Restored::Refused { .. }));
    assert_eq!(became(&paper, task, SSID), &Restored::Verified);
}

#[test]
fn rule_209_a_row_that_cannot_be_told_from_others_is_taken_back() {
    let mut paper = lived_in();
    let task = reset(&mut paper);
    paper.session(&[EventCode::ConnectionRequest]);
    to_factory(&mut paper);
    paper.refuse = |request| match request {
        AcsRequest::SetParameterValues { values, .. } => {
            let port = values.iter().find(|value| value.name == "Device.NAT.PortMapping.7.ExternalPort")?;
            let parameters = vec![cwmp::ParameterFault { name: port.name.clone(), code: 9007, text: String::new() }];
            Some(Fault { code: 9003, parameters, ..Fault::default() })
        }
        _ => None,
    };
    paper.session(&[EventCode::Bootstrap]);
    assert_eq!(paper.of(task).state, TaskState::Different);
    assert_eq!(count(&paper, "DeleteObject"), 1);
    assert!(!paper.values.contains_key("Device.NAT.PortMapping.7.ExternalPort"));
    assert!(paper.values.contains_key("Device.NAT.PortMapping.1.ExternalPort"));
}

#[test]
fn other_firmware_may_lack_a_setting() {
    let mut paper = lived_in();
    let task = reset(&mut paper);
    paper.session(&[EventCode::ConnectionRequest]);
    to_factory(&mut paper);
    paper.values.remove(MODE);
    paper.values.retain(|path, _| !path.starts_with("Device.PPP."));
    paper.session(&[EventCode::Bootstrap]);
    assert_eq!(paper.of(task).state, TaskState::Different);
    assert_eq!(became(&paper, task, MODE), &Restored::Missing);
    assert_eq!(became(&paper, task, PPP_USER), &Restored::Missing);
    assert_eq!(became(&paper, task, SSID), &Restored::Verified);
}

#[test]
fn a_router_that_says_yes_and_keeps_its_own_is_not_called_restored() {
    let mut paper = lived_in();
    let task = reset(&mut paper);
    paper.session(&[EventCode::ConnectionRequest]);
    to_factory(&mut paper);
    paper.stubborn = true;
    paper.session(&[EventCode::Bootstrap]);
    assert_eq!(paper.of(task).state, TaskState::Different);
    assert_eq!(became(&paper, task, SSID), &Restored::Different { now: Some("Sticker-1".into()) });
}

#[test]
fn a_return_is_remembered_for_the_next_one() {
    let mut paper = lived_in();
    reset(&mut paper);
    paper.session(&[EventCode::ConnectionRequest]);
    to_factory(&mut paper);
    paper.now += 120_000;
    paper.session(&[EventCode::Bootstrap]);
    let learnt = Capabilities::from_json(&paper.record.quirks);
    assert!(learnt.returns.usual(true).is_some_and(|ms| (120_000..130_000).contains(&ms)));
    assert_eq!(learnt.returns.usual(false), None);
}
