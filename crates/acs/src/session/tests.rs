//! The engine against a device on paper: no socket, no database.

mod access;
mod firmware;
mod held;
mod large;
mod paper;
mod provision;
mod reported;
mod restored;
mod rules;
mod stuck;
mod tested;

pub(super) use paper::links;
pub(crate) use paper::record;

use super::*;
use cwmp::{Event, EventCode};
use model::DeviceId;
use model::task::{SetValue, TaskOutcome, ValueChange};
use paper::Paper;
use proptest::prelude::*;
use std::collections::BTreeMap;

const CHANNEL: &str = "Device.WiFi.Radio.1.Channel";
const TABLE: &str = "Device.NAT.PortMapping.";

fn set_channel(value: &str) -> TaskKind {
    TaskKind::SetValues { values: vec![SetValue { path: CHANNEL.into(), value: value.into(), value_type: None }] }
}

#[test]
fn first_contact_reads_everything_in_three_requests_and_gives_credentials() {
    let mut paper = Paper::new();
    paper.session(&[EventCode::Bootstrap, EventCode::Boot]);
    assert_eq!(paper.methods(), ["GetParameterNames", "GetParameterValues", "SetParameterValues"]);
    assert_eq!(paper.record.model, "HG640");
    assert_eq!(paper.record.software_version, "4.2.0");
    assert_eq!(paper.record.inform_interval, Some(300));
    assert_eq!(paper.record.connection_request_password, "p");
    assert_eq!(paper.values["Device.ManagementServer.ConnectionRequestPassword"].0, "p");
    let tree = paper.tree.as_ref().unwrap();
    assert!(tree.complete);
    assert_eq!(tree.value(CHANNEL), Some("6"));
    assert!(matches!(
        paper.events[..],
        [
            EventKind::FirstContact,
            EventKind::Bootstrap,
            EventKind::Boot,
            EventKind::Discovered { parameters: 8, round_trips: 2 }
        ]
    ));
}

#[test]
fn a_plain_check_in_writes_one_row_and_asks_nothing() {
    let mut paper = Paper::known();
    paper.session(&[EventCode::Periodic]);
    let inform = paper.inform(&[EventCode::Periodic]);
    assert!(!Session::needs_tree(&paper.record, &inform, &[]));
    let opening = Opening {
        record: paper.record.clone(),
        first_contact: false,
        tasks: Vec::new(),
        tree: None,
        learnt: Capabilities::default(),
        dialect: Dialect::default(),
        limits: paper.limits,
        cwmp_version: "1.2".into(),
        links: links(),
        received: HashMap::new(),
        address: "192.0.2.7".into(),
        offers: Offers::default(),
    };
    // In time: a device that was silent past its interval and all retries is told of.
    let now = Timestamp(paper.now + 60_000);
    let (mut session, step) = Session::open(opening, &inform, now);
    assert!(matches!(&step.writes[..], [Write::Device { .. }]), "{:?}", step.writes);
    let step = session.step(Incoming::Empty, now.plus_millis(1));
    assert!(step.message.is_none() && step.writes.is_empty());
    assert!(session.ended());
    assert!(paper.got.is_empty());
}

#[test]
fn a_change_is_verified_by_reading_it_back() {
    let mut paper = Paper::known();
    let task = paper.task(set_channel("11"));
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.methods(), ["SetParameterValues", "GetParameterValues"]);
    let AcsRequest::SetParameterValues { values, .. } = &paper.got[0] else { panic!() };
    assert_eq!(values[0].value_type, ValueType::UnsignedInt, "rule 178: the type that the device reported");
    use TaskState::{Applied, Connected, Queued, Verified};
    assert_eq!(paper.states(task), [Queued, Connected, Applied, Verified]);
    let change = ValueChange {
        path: CHANNEL.into(),
        before: Some("6".into()),
        wanted: Some("11".into()),
        after: Some("11".into()),
    };
    assert_eq!(paper.of(task).outcome, Some(TaskOutcome::Changed { changes: vec![change], pending: false }));
    assert_eq!(paper.tree.as_ref().unwrap().value(CHANNEL), Some("11"));
    assert!(matches!(&paper.events[..], [EventKind::TaskEnded { state: Verified, .. }]));
}

#[test]
fn yes_but_still_the_old_value_is_no_success() {
    let mut paper = Paper::known();
    paper.stubborn = true;
    let task = paper.task(set_channel("11"));
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(task).state, TaskState::Different);
}

#[test]
fn a_refused_change_names_the_parameter_at_fault() {
    let mut paper = Paper::known();
    paper.refuse = |request| {
        matches!(request, AcsRequest::SetParameterValues { .. }).then(|| Fault {
            code: 9003,
            text: "Invalid arguments".into(),
            parameters: vec![cwmp::ParameterFault { name: CHANNEL.into(), code: 9007, text: "1 to 13".into() }],
        })
    };
    let task = paper.task(set_channel("99"));
    paper.session(&[EventCode::ConnectionRequest]);
    let Some(TaskOutcome::Fault { fault }) = &paper.of(task).outcome else { panic!("{:?}", paper.of(task)) };
    assert_eq!(fault.code, Some(9003));
    assert_eq!(fault.message, "The router refused the value. Nothing was changed.");
    assert_eq!((fault.parameters[0].path.as_str(), fault.parameters[0].code), (CHANNEL, 9007));
    assert_eq!(paper.of(task).state, TaskState::Failed);
}

#[test]
fn a_secret_is_not_kept_after_it_was_set() {
    let mut paper = Paper::known();
    let path = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase".to_owned();
    let task =
        paper.task(TaskKind::SetValues { values: vec![SetValue { path, value: "hunter22".into(), value_type: None }] });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(task).state, TaskState::Verified, "rule 181: it reads back empty");
    assert!(
        !format!("{:?} {:?} {:?}", paper.of(task).kind, paper.of(task).outcome, paper.of(task).progress)
            .contains("hunter22")
    );
    assert!(paper.values.values().any(|(value, _)| value == "hunter22"), "the device has it");
}

#[test]
fn objects_are_added_filled_and_deleted() {
    let mut paper = Paper::known();
    let values = vec![SetValue { path: "ExternalPort".into(), value: "8080".into(), value_type: None }];
    let add = paper.task(TaskKind::AddObject { path: TABLE.into(), values });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(add).outcome, Some(TaskOutcome::Added { path: format!("{TABLE}2.") }));
    assert_eq!(paper.tree.as_ref().unwrap().value("Device.NAT.PortMapping.2.ExternalPort"), Some("8080"));
    let delete = paper.task(TaskKind::DeleteObject { path: format!("{TABLE}2.") });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(delete).state, TaskState::Verified);
    assert!(paper.tree.as_ref().unwrap().get("Device.NAT.PortMapping.2.").is_none());
    assert!(paper.tree.as_ref().unwrap().get("Device.NAT.PortMapping.1.").is_some());
}

#[test]
fn rule_209_a_row_that_cannot_be_filled_is_taken_back() {
    let mut paper = Paper::known();
    paper.refuse = |request| {
        matches!(request, AcsRequest::SetParameterValues { .. }).then(|| Fault { code: 9007, ..Fault::default() })
    };
    let values = vec![SetValue { path: "ExternalPort".into(), value: "x".into(), value_type: None }];
    let task = paper.task(TaskKind::AddObject { path: TABLE.into(), values });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.methods(), ["GetParameterNames", "AddObject", "SetParameterValues", "DeleteObject"]);
    assert_eq!(paper.of(task).state, TaskState::Failed);
    assert!(!paper.values.contains_key("Device.NAT.PortMapping.2.ExternalPort"));
}

#[test]
fn a_reboot_ends_the_session_and_is_done_when_the_device_is_back() {
    let mut paper = Paper::known();
    let reboot = paper.task(TaskKind::Reboot);
    let later = paper.task(set_channel("1"));
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.methods(), ["Reboot"], "nothing is asked of a device that is about to go");
    assert_eq!(paper.of(reboot).state, TaskState::Applied);
    assert!(paper.record.rebooting_until.is_some());
    paper.session(&[EventCode::Boot, EventCode::Method("Reboot".into())]);
    assert_eq!(paper.of(reboot).state, TaskState::Verified);
    assert!(matches!(paper.of(reboot).outcome, Some(TaskOutcome::Returned { after_ms: 1.. })));
    assert_eq!(paper.record.rebooting_until, None);
    assert_eq!(paper.of(later).state, TaskState::Verified);
    assert_eq!(paper.methods().iter().filter(|m| **m == "Reboot").count(), 1);
}

#[test]
fn a_reboot_whose_answer_was_lost_is_not_repeated() {
    let mut paper = Paper::known();
    let reboot = paper.task(TaskKind::Reboot);
    paper.run(&[EventCode::ConnectionRequest], Some(1));
    // It retries the session before it reboots …
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(reboot).state, TaskState::Connected);
    // … and comes back.
    paper.session(&[EventCode::Boot]);
    assert_eq!(paper.of(reboot).state, TaskState::Verified);
    assert_eq!(paper.methods(), ["Reboot"]);
}

#[test]
fn a_reboot_that_never_arrived_is_sent_again() {
    let mut paper = Paper::known();
    let reboot = paper.task(TaskKind::Reboot);
    paper.run(&[EventCode::ConnectionRequest], Some(1));
    paper.now += 61_000;
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.methods(), ["Reboot", "Reboot"]);
    assert_eq!(paper.of(reboot).state, TaskState::Applied);
}

#[test]
fn an_object_whose_answer_was_lost_is_found_and_not_added_twice() {
    for cut in 1..=4 {
        let mut paper = Paper::known();
        let values = vec![SetValue { path: "ExternalPort".into(), value: "8080".into(), value_type: None }];
        let task = paper.task(TaskKind::AddObject { path: TABLE.into(), values });
        paper.run(&[EventCode::ConnectionRequest], Some(cut));
        assert!(!paper.of(task).state.ended());
        paper.session(&[EventCode::Periodic]);
        assert_eq!(paper.of(task).state, TaskState::Verified, "cut at {cut}");
        assert_eq!(
            paper.methods().iter().filter(|m| **m == "AddObject").count(),
            1,
            "cut at {cut}: {:?}",
            paper.methods()
        );
        assert_eq!(paper.values["Device.NAT.PortMapping.2.ExternalPort"].0, "8080");
    }
}

#[test]
fn a_change_whose_answer_was_lost_is_looked_up_first() {
    let mut paper = Paper::known();
    let task = paper.task(set_channel("11"));
    paper.run(&[EventCode::ConnectionRequest], Some(1));
    assert_eq!(paper.of(task).state, TaskState::Queued);
    assert!(paper.of(task).note.is_some());
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.methods(), ["SetParameterValues", "GetParameterValues"]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    let Some(TaskOutcome::Changed { changes, .. }) = &paper.of(task).outcome else { panic!() };
    assert_eq!(changes[0].before.as_deref(), Some("6"), "what was there before the change");
}

#[test]
fn a_task_that_breaks_every_session_is_given_up() {
    let mut paper = Paper::known();
    let task = paper.task(TaskKind::Refresh { paths: vec![CHANNEL.into()] });
    for _ in 0..5 {
        paper.run(&[EventCode::ConnectionRequest], Some(1));
        assert_eq!(paper.of(task).state, TaskState::Queued);
    }
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.of(task).state, TaskState::Failed);
    assert_eq!(paper.got.len(), 5);
}

#[test]
fn a_cancelled_task_is_left_alone() {
    let mut paper = Paper::known();
    let cancelled = paper.task(set_channel("1"));
    let other = paper.task(set_channel("13"));
    let inform = paper.inform(&[EventCode::Periodic]);
    let mut session = paper.open(&inform);
    paper.tasks.get_mut(&cancelled.0).unwrap().state = TaskState::Cancelled;
    let step = session.step(Incoming::Empty, Timestamp(1));
    assert_eq!(step.claim, Some(cancelled));
    assert!(!paper.store(&session, step.writes));
    let step = session.claim_lost(cancelled, Timestamp(2));
    assert_eq!(step.claim, Some(other));
    assert!(paper.store(&session, step.writes));
    let Some(AcsMessage::Request(AcsRequest::SetParameterValues { values, .. })) = step.message else { panic!() };
    assert_eq!(values[0].value, "13");
    assert_eq!(paper.of(cancelled).state, TaskState::Cancelled);
}

#[test]
fn bootstrap_voids_what_was_known() {
    let mut paper = Paper::known();
    paper.values.remove("Device.NAT.PortMapping.1.ExternalPort");
    paper.session(&[EventCode::Bootstrap]);
    assert_eq!(paper.methods(), ["GetParameterNames", "GetParameterValues", "SetParameterValues"]);
    assert!(paper.tree.as_ref().unwrap().get("Device.NAT.PortMapping.1.ExternalPort").is_none());
}

#[test]
fn rule_157_a_heartbeat_asks_nothing() {
    let mut paper = Paper::known();
    paper.task(set_channel("11"));
    paper.session(&[EventCode::Heartbeat]);
    assert!(paper.got.is_empty());
}

#[test]
fn p3_a_repeated_answer_does_not_count_for_the_next_request() {
    let mut paper = Paper::known();
    paper.task(set_channel("11"));
    let inform = paper.inform(&[EventCode::Periodic]);
    let mut session = paper.open(&inform);
    let set = session.step(Incoming::Empty, Timestamp(1));
    let yes = || Ok(CpeResponse::SetParameterValues { status: 0 });
    let read = session.step(Incoming::Answer { id: set.id.clone(), answer: yes() }, Timestamp(2));
    let again = session.step(Incoming::Answer { id: set.id, answer: yes() }, Timestamp(3));
    assert_eq!((&again.message, &again.id), (&read.message, &read.id), "the same request again");
    assert!(again.writes.is_empty());
}

#[test]
fn quirk_3_an_empty_post_is_never_an_answer() {
    let mut paper = Paper::known();
    let task = paper.task(set_channel("11"));
    let inform = paper.inform(&[EventCode::Periodic]);
    let mut session = paper.open(&inform);
    let first = session.step(Incoming::Empty, Timestamp(1));
    paper.store(&session, first.writes);
    let again = session.step(Incoming::Empty, Timestamp(2));
    assert_eq!(first.message, again.message);
    let end = session.step(Incoming::Empty, Timestamp(3));
    paper.store(&session, end.writes);
    assert!(end.message.is_none());
    assert_eq!(paper.of(task).state, TaskState::Failed);
}

#[test]
fn requests_of_the_cpe_are_answered_at_any_time() {
    let mut paper = Paper::known();
    paper.task(set_channel("11"));
    let inform = paper.inform(&[EventCode::Periodic]);
    let mut session = paper.open(&inform);
    let complete = || Incoming::Request(CpeRequest::TransferComplete(cwmp::TransferComplete::default()));
    let answered = |step: Step| step.message == Some(AcsMessage::Response(AcsResponse::TransferComplete));
    assert!(answered(session.step(complete(), Timestamp(1))), "rule 109: before anything of ours");
    let ours = session.step(Incoming::Empty, Timestamp(2));
    assert!(matches!(ours.message, Some(AcsMessage::Request(_))));
    assert!(answered(session.step(complete(), Timestamp(3))), "rule 112: also after its empty POST");
    let unknown = Incoming::Request(CpeRequest::Unknown { method: "Frobnicate".into() });
    let Some(AcsMessage::Fault(fault)) = session.step(unknown, Timestamp(4)).message else { panic!() };
    assert_eq!(fault.code, 8000);
}

#[test]
fn rule_121_a_session_is_cut_at_its_limit() {
    let mut paper = Paper::known();
    paper.limits.rpcs = 3;
    let first = paper.task(set_channel("11"));
    let second = paper.task(set_channel("1"));
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.got.len(), 3);
    assert_eq!(paper.of(first).state, TaskState::Verified);
    assert_eq!(paper.of(second).state, TaskState::Applied, "the device has it");
    assert!(paper.events.iter().any(|event| matches!(event, EventKind::SessionFailed { .. })));
    // It is read back in the next one, and not set again.
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.of(second).state, TaskState::Verified);
    assert_eq!(paper.methods()[3..], ["GetParameterValues"]);
}

#[test]
fn value_changes_of_the_device_are_told_and_our_own_are_not() {
    let mut paper = Paper::known();
    paper.values.get_mut("Device.DeviceInfo.SoftwareVersion").unwrap().0 = "4.2.1".into();
    paper.session(&[EventCode::ValueChange]);
    assert_eq!(paper.events, [EventKind::Software { before: "4.2.0".into(), after: "4.2.1".into() }]);
    paper.events.clear();
    paper.task(set_channel("11"));
    paper.session(&[EventCode::Periodic]);
    assert!(matches!(&paper.events[..], [EventKind::TaskEnded { .. }]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever a CPE sends, in whatever order: no panic, one request at a time, an end.
    #[test]
    fn any_order_of_messages_is_survived(moves in proptest::collection::vec(0u8..12, 1..80)) {
        let mut paper = Paper::known();
        paper.limits.rpcs = 20;
        paper.task(TaskKind::AddObject { path: TABLE.into(), values: Vec::new() });
        paper.task(set_channel("11"));
        paper.task(TaskKind::Refresh { paths: vec!["Device.".into()] });
        paper.task(TaskKind::DeleteObject { path: format!("{TABLE}1.") });
        paper.task(TaskKind::Reboot);
        let inform = paper.inform(&[EventCode::Periodic]);
        let mut session = paper.open(&inform);
        let mut out: Option<(Option<String>, AcsRequest)> = None;
        for one in moves {
            let incoming = match (one, &out) {
                (0, _) => Incoming::Empty,
                (1, _) => Incoming::Request(CpeRequest::GetRpcMethods),
                (2, _) => Incoming::Request(CpeRequest::Inform(Inform::default())),
                (3, _) => Incoming::Answer { id: None, answer: Ok(CpeResponse::Reboot) },
                (4, _) => Incoming::Answer { id: Some("1".into()), answer: Ok(CpeResponse::GetRpcMethods { methods: Vec::new() }) },
                (5, _) => Incoming::Answer { id: None, answer: Err(Fault { code: 9005, ..Fault::default() }) },
                (6, Some((id, _))) => Incoming::Answer { id: id.clone(), answer: Err(Fault { code: 9002, ..Fault::default() }) },
                (_, Some((id, request))) => Incoming::Answer { id: id.clone(), answer: paper.answer(&request.clone()) },
                (_, None) => Incoming::Empty,
            };
            paper.now += 1;
            let step = session.step(incoming, Timestamp(paper.now));
            paper.store(&session, step.writes);
            match step.message {
                Some(AcsMessage::Request(request)) => out = Some((step.id, request)),
                Some(_) => {}
                None => out = None,
            }
        }
        let writes = session.broke_off("end", Timestamp(paper.now));
        paper.store(&session, writes);
        prop_assert!(paper.got.len() <= 80);
        // Nothing is left with the device that is not with it.
        for task in paper.tasks.values() {
            prop_assert!(task.state != TaskState::Connected || task.kind == TaskKind::Reboot, "{task:?}");
        }
    }
}

#[test]
fn a_device_that_was_silent_past_all_its_retries_is_told_of_at_its_return() {
    let mut paper = Paper::known();
    paper.now += 3 * 3_600_000;
    paper.session(&[EventCode::Periodic]);
    let away = paper.events.iter().find_map(|kind| match kind {
        EventKind::Returned { away_ms } => Some(*away_ms),
        _ => None,
    });
    assert!(away.is_some_and(|away| away >= 3 * 3_600_000), "{:?}", paper.events);
    paper.events.clear();
    paper.session(&[EventCode::Periodic]);
    assert!(paper.events.is_empty(), "{:?}", paper.events);
}
