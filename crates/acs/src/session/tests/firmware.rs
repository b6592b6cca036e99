//! Firmware whose end the device tells in unusual ways.

use super::reported::{complete, event, image, load};
use super::*;

#[test]
fn rule_222_firmware_that_is_applied_at_once_ends_in_the_same_session_with_the_version_that_runs() {
    for (wanted, runs, end) in [
        ("5.0.0", Some("5.0.0"), TaskState::Verified),
        ("5.0.0", Some("4.9.9"), TaskState::Different),
        ("", Some("5.0.0"), TaskState::Verified),
        ("", None, TaskState::Verified),
        // The device still runs the old one: it has to start first.
        ("5.0.0", None, TaskState::Applied),
    ] {
        let mut paper = Paper::known();
        paper.started.status = 0;
        paper.flashes = runs;
        let task = paper.task(load(image(wanted)));
        paper.session(&[EventCode::ConnectionRequest]);
        assert_eq!(paper.of(task).state, end, "{wanted} {runs:?}");
        assert_eq!(paper.methods(), ["Download", "GetParameterValues"]);
        if end != TaskState::Applied {
            let runs = runs.unwrap_or("4.2.0");
            assert_eq!(paper.versions(task), ("4.2.0".into(), runs.into(), false));
            assert_eq!(paper.record.software_version, runs);
        }
    }
}

#[test]
fn rule_222_firmware_that_was_applied_when_the_session_broke_off_is_judged_by_the_next_inform() {
    let mut paper = Paper::known();
    paper.started.status = 0;
    paper.flashes = Some("5.0.0");
    let task = paper.task(load(image("5.0.0")));
    paper.run(&[EventCode::ConnectionRequest], Some(2));
    assert_eq!(paper.of(task).state, TaskState::Applied);
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    assert_eq!(paper.methods(), ["Download", "GetParameterValues"], "not loaded again");
}

#[test]
fn rule_229_a_report_without_its_event_counts_if_it_comes_in_the_session() {
    let (mut paper, task) = Paper::ordered(load(image("5.0.0")));
    let key = paper.key();
    paper.flash("5.0.0");
    paper.run_with(&[event(EventCode::Boot)], vec![complete(&key, 0)], None);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    assert!(!paper.versions(task).2, "it was reported");
    // Also where time was over.
    let (mut paper, task) = Paper::ordered(load(image("5.0.0")));
    let key = paper.key();
    paper.now += 3 * 3_600_000;
    paper.run_with(&[event(EventCode::Periodic)], vec![complete(&key, 9018)], None);
    let Some(TaskOutcome::Fault { fault }) = &paper.of(task).outcome else { panic!() };
    assert_eq!(fault.code, Some(9018), "what the device says, not that it says nothing");
}

#[test]
fn rule_229_a_session_that_breaks_off_judges_nothing() {
    let (mut paper, task) = Paper::ordered(load(image("5.0.0")));
    let key = paper.key();
    paper.flash("5.0.0");
    let inform = paper.inform(&[EventCode::Boot]);
    let mut session = paper.open(&inform);
    let writes = session.broke_off("cut", Timestamp(paper.now));
    paper.store(&session, writes);
    assert_eq!(paper.of(task).state, TaskState::Applied);
    paper.run_with(&[event(EventCode::Boot)], vec![complete(&key, 0)], None);
    assert!(!paper.versions(task).2, "it was reported");
}

/// What a campaign orders: it decides itself what follows if nothing comes of it.
fn once() -> (Paper, TaskId) {
    let mut paper = Paper::known();
    let task = paper.task(load(image("5.0.0")));
    let record = paper.tasks.get_mut(&task.0).unwrap();
    record.progress = Progress { once: true, within_ms: Some(30 * 60_000), ..Progress::default() }.to_json();
    // The answer to the order is lost.
    paper.run(&[EventCode::ConnectionRequest], Some(1));
    assert_eq!(paper.methods(), ["Download"]);
    (paper, task)
}

#[test]
fn an_order_that_a_campaign_repeats_is_not_repeated_by_the_session() {
    // It does not say which transfers it has.
    let (mut paper, task) = once();
    paper.refuse = |request| {
        matches!(request, AcsRequest::GetAllQueuedTransfers | AcsRequest::GetQueuedTransfers)
            .then(|| Fault { code: 9000, ..Fault::default() })
    };
    for _ in 0..5 {
        paper.now += 5 * 60_000;
        paper.session(&[EventCode::Periodic]);
    }
    assert_eq!(paper.methods().iter().filter(|method| **method == "Download").count(), 1);
    assert!(!paper.of(task).state.ended(), "it may be loading");
    // Its time is over.
    paper.now += 10 * 60_000;
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.of(task).state, TaskState::Failed);
    assert_eq!(paper.methods().iter().filter(|method| **method == "Download").count(), 1);
}

#[test]
fn firmware_that_runs_after_an_order_without_an_answer_is_done() {
    let (mut paper, task) = once();
    paper.now += 5 * 60_000;
    paper.flash("5.0.0");
    paper.session(&[EventCode::Boot]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
}
