//! What restarts the device waits for what a restart would destroy.

use super::reported::{complete, event, image, load};
use super::tested::ping;
use super::*;
use model::file::{FileRef, FileType, UploadKind};

fn upload(delay_seconds: u32) -> TaskKind {
    TaskKind::Upload { what: UploadKind::Log(None), delay_seconds }
}

fn restarts() -> Vec<(&'static str, TaskKind)> {
    vec![
        ("Reboot", TaskKind::Reboot),
        ("FactoryReset", TaskKind::FactoryReset { keep: Vec::new(), secrets: Vec::new() }),
        ("Download", load(image("5.0.0"))),
    ]
}

#[test]
fn rules_144_and_336_a_restart_waits_for_a_test_that_runs() {
    for (method, kind) in restarts() {
        let mut paper = Paper::tester();
        let test = paper.task(ping("192.0.2.1"));
        let restart = paper.task(kind);
        paper.session(&[EventCode::ConnectionRequest]);
        assert_eq!(paper.methods(), ["SetParameterValues"], "{method}: not behind the test");
        assert_eq!(paper.of(restart).state, TaskState::Queued);
        let note = paper.of(restart).note.clone().unwrap();
        assert!(note.starts_with("Waits until the router has finished “Ping"), "{note}");
        paper.pinged("Complete");
        paper.session(&[EventCode::DiagnosticsComplete]);
        assert_eq!(paper.of(test).state, TaskState::Verified, "{method}");
        assert_eq!(paper.methods(), ["SetParameterValues", "GetParameterValues", method], "in the same session");
        assert_eq!(paper.of(restart).state, TaskState::Applied);
    }
}

#[test]
fn rule_143_a_restart_waits_for_the_report_of_a_transfer() {
    for (method, kind) in restarts() {
        let mut paper = Paper::known();
        let transfer = paper.task(upload(0));
        let restart = paper.task(kind);
        let change = paper.task(set_channel("11"));
        paper.session(&[EventCode::ConnectionRequest]);
        assert_eq!(paper.methods(), ["Upload", "SetParameterValues", "GetParameterValues"], "{method}");
        assert_eq!(paper.of(change).state, TaskState::Verified, "what restarts nothing goes on");
        let note = paper.of(restart).note.clone().unwrap();
        assert!(note.starts_with("Waits until the router has reported the end of “Fetch the log”"), "{note}");
        // The device is not called for it either.
        let open: Vec<_> = paper.tasks.values().filter(|task| !task.state.ended()).cloned().collect();
        let until = held(paper.of(restart), &open, Timestamp(paper.now)).unwrap().until;
        assert_eq!(Some(until), crate::session::Progress::of(paper.of(transfer)).deadline);
        let asked = paper.got.len();
        paper.session(&[EventCode::Periodic]);
        assert_eq!(paper.got.len(), asked, "{method}: it still waits");
        paper.received.insert(transfer, model::FileId(44));
        let key = paper.got.iter().find_map(|request| match request {
            AcsRequest::Upload(order) => Some(order.command_key.clone()),
            _ => None,
        });
        paper.run_with(&[event(EventCode::TransferComplete)], vec![complete(&key.unwrap(), 0)], None);
        assert_eq!(paper.of(transfer).state, TaskState::Verified, "{method}");
        assert_eq!(paper.methods().last(), Some(&method), "in the session that brings the report");
    }
}

#[test]
fn rule_143_a_report_that_never_comes_holds_a_restart_up_for_a_time_only() {
    let mut paper = Paper::known();
    let transfer = paper.task(load(FileRef { file_type: FileType::WebContent, ..image("") }));
    let reboot = paper.task(TaskKind::Reboot);
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.methods(), ["Download"]);
    paper.now += 2 * 3_600_000 + 1;
    let open: Vec<_> = paper.tasks.values().filter(|task| !task.state.ended()).cloned().collect();
    assert!(held(paper.of(reboot), &open, Timestamp(paper.now)).is_none(), "the device is called");
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.methods(), ["Download", "Reboot"]);
    paper.session(&[EventCode::Boot]);
    assert_eq!((paper.of(transfer).state, paper.of(reboot).state), (TaskState::Failed, TaskState::Verified));
}

#[test]
fn rule_143_an_order_whose_answer_was_lost_may_be_with_the_device() {
    let mut paper = Paper::known();
    paper.task(upload(0));
    paper.run(&[EventCode::ConnectionRequest], Some(1));
    let reboot = paper.task(TaskKind::Reboot);
    paper.fault = Some(("GetAllQueuedTransfers", 9002));
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.of(reboot).state, TaskState::Queued);
    assert!(!paper.methods().contains(&"Reboot"), "{:?}", paper.methods());
}

#[test]
fn what_a_restart_does_no_harm_holds_nothing_up() {
    // It begins in an hour: devices keep it over a reboot.
    let mut paper = Paper::known();
    paper.task(upload(3600));
    paper.task(TaskKind::Reboot);
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.methods(), ["Upload", "Reboot"]);
    // Firmware that is loaded waits for a restart.
    let (mut paper, _) = Paper::ordered(load(image("5.0.0")));
    let key = paper.key();
    paper.run_with(&[event(EventCode::TransferComplete)], vec![complete(&key, 0)], None);
    paper.task(TaskKind::Reboot);
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.methods(), ["Download", "Reboot"]);
}
