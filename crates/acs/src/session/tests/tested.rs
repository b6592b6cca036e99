//! Tests that the device runs.

use super::*;
use model::diagnostic::{Diagnosis, Found, OtherTest, Ping, Test, Trace};

const PING: &str = "Device.IP.Diagnostics.IPPing.";
const TRACE: &str = "Device.IP.Diagnostics.TraceRoute.";

pub(super) fn ping(host: &str) -> TaskKind {
    TaskKind::Diagnose { test: Test::Ping(Ping { host: host.into(), ..Ping::default() }) }
}

impl Paper {
    /// A device with ping and traceroute, discovered.
    pub(super) fn tester() -> Self {
        let mut paper = Self::new();
        let parameters = [
            ("DiagnosticsState", "None", true),
            ("Interface", "", true),
            ("Host", "", true),
            ("NumberOfRepetitions", "4", true),
            ("Timeout", "1000", true),
            ("DataBlockSize", "32", true),
            ("SuccessCount", "0", false),
            ("FailureCount", "0", false),
            ("AverageResponseTime", "0", false),
        ];
        for (name, value, writable) in parameters {
            paper.values.insert(format!("{PING}{name}"), (value.into(), writable));
        }
        for (name, value, writable) in [("DiagnosticsState", "None", true), ("Host", "", true)] {
            paper.values.insert(format!("{TRACE}{name}"), (value.into(), writable));
        }
        paper.session(&[EventCode::Bootstrap]);
        paper.got.clear();
        paper.events.clear();
        paper
    }

    fn says(&mut self, object: &str, state: &str) {
        self.values.get_mut(&format!("{object}DiagnosticsState")).unwrap().0 = state.into();
    }

    /// The device has pinged.
    pub(super) fn pinged(&mut self, state: &str) {
        self.says(PING, state);
        self.values.get_mut(&format!("{PING}SuccessCount")).unwrap().0 = "5".into();
        self.values.get_mut(&format!("{PING}AverageResponseTime")).unwrap().0 = "21".into();
    }

    fn started(kind: TaskKind) -> (Self, TaskId) {
        let mut paper = Self::tester();
        let task = paper.task(kind);
        paper.session(&[EventCode::ConnectionRequest]);
        assert_eq!(paper.of(task).state, TaskState::Applied, "{:?}", paper.of(task).outcome);
        (paper, task)
    }

    fn diagnosis(&self, task: TaskId) -> &Diagnosis {
        match &self.of(task).outcome {
            Some(TaskOutcome::Diagnosed { result }) => result,
            other => panic!("{other:?}"),
        }
    }

    fn why(&self, task: TaskId) -> &str {
        match &self.of(task).outcome {
            Some(TaskOutcome::Fault { fault }) => &fault.message,
            other => panic!("{other:?}"),
        }
    }

    /// Names set by the requests so far that start or stop a test.
    fn orders(&self) -> Vec<Vec<String>> {
        let order = |request: &AcsRequest| match request {
            AcsRequest::SetParameterValues { values, .. } => {
                Some(values.iter().map(|value| value.name.rsplit('.').next().unwrap().to_owned()).collect())
            }
            _ => None,
        };
        self.got.iter().filter_map(order).collect()
    }
}

#[test]
fn rules_331_and_333_one_request_starts_it_and_a_later_session_reads_what_it_found() {
    let (mut paper, task) = Paper::started(ping("192.0.2.1"));
    assert_eq!(
        paper.orders(),
        [["Host", "NumberOfRepetitions", "Timeout", "DataBlockSize", "DiagnosticsState"].map(str::to_owned)]
    );
    assert_eq!(paper.methods(), ["SetParameterValues"], "nothing is asked before it is done");
    assert_eq!(paper.values[&format!("{PING}DiagnosticsState")].0, "Requested");
    // A check-in meanwhile changes nothing, and asks nothing.
    paper.session(&[EventCode::Periodic]);
    assert_eq!((paper.of(task).state, paper.got.len()), (TaskState::Applied, 1));
    paper.pinged("Complete");
    paper.session(&[EventCode::DiagnosticsComplete]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    let Found::Ping(times) = &paper.diagnosis(task).found else { panic!() };
    assert_eq!((times.answered, times.average_us), (Some(5), Some(21_000)));
    assert_eq!(paper.methods(), ["SetParameterValues", "GetParameterValues"]);
    use TaskState::{Applied, Connected, Queued, Verified};
    assert_eq!(paper.states(task), [Queued, Connected, Applied, Verified]);
}

#[test]
fn rule_334_every_spelling_of_success_counts_and_no_error_does() {
    for (state, ended) in [
        ("Complete", TaskState::Verified),
        ("Completed", TaskState::Verified),
        ("COMPLETE", TaskState::Verified),
        ("Error_CannotResolveHostName", TaskState::Failed),
        ("error_internal", TaskState::Failed),
        ("Error", TaskState::Failed),
    ] {
        let (mut paper, task) = Paper::started(ping("nowhere.example"));
        paper.pinged(state);
        paper.session(&[EventCode::DiagnosticsComplete]);
        assert_eq!(paper.of(task).state, ended, "{state}");
        if ended == TaskState::Failed {
            let Some(TaskOutcome::Fault { fault }) = &paper.of(task).outcome else { panic!() };
            assert_eq!(fault.detail, state, "the device's own word is kept");
        }
    }
}

#[test]
fn rules_144_and_336_a_start_in_the_middle_loses_the_test() {
    let (mut paper, task) = Paper::started(ping("192.0.2.1"));
    paper.says(PING, "None");
    paper.session(&[EventCode::Boot]);
    assert_eq!(paper.of(task).state, TaskState::Failed);
    assert!(paper.why(task).contains("restarted before the test was done"), "{}", paper.why(task));
    // Done just before: the event says so, and the result counts.
    let (mut paper, task) = Paper::started(ping("192.0.2.1"));
    paper.pinged("Complete");
    paper.session(&[EventCode::Boot, EventCode::DiagnosticsComplete]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
}

#[test]
fn rule_336_a_device_that_forgot_the_test_says_none() {
    let (mut paper, task) = Paper::started(ping("192.0.2.1"));
    paper.says(PING, "None");
    paper.now += 60_000;
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.of(task).state, TaskState::Failed);
    assert!(paper.why(task).contains("lost"), "{}", paper.why(task));
}

#[test]
fn rule_337_a_device_that_does_not_report_is_asked_and_ends_by_time() {
    let (mut paper, task) = Paper::started(ping("192.0.2.1"));
    // 5 × 1 s and a bit as a rule, and 10 s of grace.
    let asked_at = awaited_until(paper.of(task), Timestamp(paper.now)).unwrap();
    assert!((15_000..18_000).contains(&asked_at.since(Timestamp(paper.now))), "{asked_at:?}");
    paper.now = asked_at.0;
    assert_eq!(awaited_until(paper.of(task), asked_at), None, "the device is called");
    paper.pinged("Complete");
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(task).state, TaskState::Verified);

    let (mut paper, task) = Paper::started(ping("192.0.2.1"));
    for _ in 0..10 {
        paper.now += 8_000;
        paper.session(&[EventCode::Periodic]);
    }
    assert_eq!(paper.of(task).state, TaskState::Failed);
    assert!(paper.why(task).contains("within 35 s") && paper.why(task).contains("“Requested”"), "{}", paper.why(task));
    assert!(paper.got.len() <= 5, "not asked in a loop: {:?}", paper.methods());
}

#[test]
fn rule_337_a_device_that_never_comes_back_ends_it_too() {
    let (paper, task) = Paper::started(ping("192.0.2.1"));
    let record = paper.of(task);
    assert_eq!(away_for_good(record, Timestamp(paper.now + 60_000)), None);
    let end = away_for_good(record, Timestamp(paper.now + 120_000)).unwrap();
    assert_eq!(end.state, TaskState::Failed);
}

#[test]
fn rule_335_a_second_test_of_the_same_object_waits_for_the_first() {
    let (mut paper, first) = Paper::started(ping("192.0.2.1"));
    let second = paper.task(ping("192.0.2.2"));
    let other =
        paper.task(TaskKind::Diagnose { test: Test::Traceroute(Trace { host: "a".into(), ..Trace::default() }) });
    let change = paper.task(TaskKind::SetValues {
        values: vec![SetValue { path: format!("{PING}Timeout"), value: "5".into(), value_type: None }],
    });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(second).state, TaskState::Queued);
    assert_eq!(paper.of(change).state, TaskState::Queued, "it would end the test");
    assert_eq!(paper.of(other).state, TaskState::Applied, "another object");
    let open: Vec<_> = paper.tasks.values().filter(|task| !task.state.ended()).cloned().collect();
    assert!(blocked_until(paper.of(second), &open, Timestamp(paper.now)).is_some(), "the device is not called for it");
    paper.pinged("Complete");
    paper.session(&[EventCode::DiagnosticsComplete]);
    assert_eq!(paper.of(first).state, TaskState::Verified);
    assert_eq!(paper.of(second).state, TaskState::Applied, "in the same session");
}

#[test]
fn an_event_of_another_test_leaves_this_one_waiting() {
    let (mut paper, task) = Paper::started(ping("192.0.2.1"));
    let route =
        paper.task(TaskKind::Diagnose { test: Test::Traceroute(Trace { host: "a".into(), ..Trace::default() }) });
    paper.session(&[EventCode::ConnectionRequest]);
    paper.says(TRACE, "Complete");
    paper.session(&[EventCode::DiagnosticsComplete]);
    assert_eq!(paper.of(route).state, TaskState::Verified);
    assert_eq!(paper.of(task).state, TaskState::Applied);
    paper.pinged("Complete");
    paper.session(&[EventCode::DiagnosticsComplete]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
}

#[test]
fn a_broken_session_neither_repeats_nor_loses_a_test() {
    // The answer to the order is lost, and the device runs it.
    let mut paper = Paper::tester();
    let task = paper.task(ping("192.0.2.1"));
    paper.run(&[EventCode::ConnectionRequest], Some(1));
    assert_eq!(paper.of(task).state, TaskState::Queued);
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.orders().len(), 1, "seen to run, not started again");
    assert_eq!(paper.of(task).state, TaskState::Applied);
    // The session that reads the result breaks off: the event does not come again.
    paper.pinged("Complete");
    paper.run(&[EventCode::DiagnosticsComplete], Some(1));
    assert_eq!(paper.of(task).state, TaskState::Applied);
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    assert_eq!(paper.orders().len(), 1);
}

#[test]
fn a_lost_order_that_is_done_by_now_is_not_repeated_and_one_that_never_came_is() {
    let mut paper = Paper::tester();
    let task = paper.task(ping("192.0.2.1"));
    paper.run(&[EventCode::ConnectionRequest], Some(1));
    paper.pinged("Complete");
    paper.session(&[EventCode::DiagnosticsComplete]);
    assert_eq!((paper.of(task).state, paper.orders().len()), (TaskState::Verified, 1));

    let mut paper = Paper::tester();
    let task = paper.task(ping("192.0.2.1"));
    paper.run(&[EventCode::ConnectionRequest], Some(1));
    // The device restarted: nothing of it is left.
    paper.says(PING, "None");
    paper.session(&[EventCode::Boot]);
    assert_eq!((paper.of(task).state, paper.orders().len()), (TaskState::Applied, 2));
}

#[test]
fn what_the_device_refuses_and_the_test_can_do_without_is_left_out() {
    let mut paper = Paper::tester();
    paper.refuse = |request| match request {
        AcsRequest::SetParameterValues { values, .. } => {
            let bad = values.iter().find(|value| value.name.ends_with("DataBlockSize"))?;
            Some(Fault {
                code: 9003,
                text: "Invalid arguments".into(),
                parameters: vec![cwmp::ParameterFault { name: bad.name.clone(), code: 9007, text: String::new() }],
            })
        }
        _ => None,
    };
    let task = paper.task(ping("192.0.2.1"));
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(task).state, TaskState::Applied);
    assert_eq!(paper.orders().len(), 2);
    // What the test cannot do without ends it.
    let mut paper = Paper::tester();
    paper.refuse = |request| {
        matches!(request, AcsRequest::SetParameterValues { .. }).then(|| Fault {
            code: 9003,
            text: String::new(),
            parameters: vec![cwmp::ParameterFault { name: format!("{PING}Host"), code: 9007, text: String::new() }],
        })
    };
    let task = paper.task(ping("192.0.2.1"));
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(task).state, TaskState::Failed);
    assert_eq!(paper.orders().len(), 1);
}

#[test]
fn rule_332_a_running_test_is_stopped_and_one_that_has_ended_is_left_alone() {
    let stop = TaskKind::StopTest { object: PING.into() };
    let (mut paper, running) = Paper::started(ping("192.0.2.1"));
    // Nobody waits for it any more.
    paper.tasks.get_mut(&running.0).unwrap().state = TaskState::Cancelled;
    let task = paper.task(stop.clone());
    paper.got.clear();
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    assert_eq!(paper.values[&format!("{PING}DiagnosticsState")].0, "Canceled");
    assert_eq!(paper.methods(), ["GetParameterValues", "SetParameterValues", "GetParameterValues"]);

    let mut paper = Paper::tester();
    let task = paper.task(stop.clone());
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!((paper.of(task).state, paper.methods()), (TaskState::Verified, vec!["GetParameterValues"]));

    // A device that does not know Canceled says 9007.
    let (mut paper, running) = Paper::started(ping("192.0.2.1"));
    // Nobody waits for it any more.
    paper.tasks.get_mut(&running.0).unwrap().state = TaskState::Cancelled;
    paper.fault = Some(("SetParameterValues", 9007));
    let task = paper.task(stop);
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(task).state, TaskState::Failed);
    assert!(paper.why(task).contains("ends by itself"), "{}", paper.why(task));
}

#[test]
fn stopping_one_test_does_not_end_the_next_one_on_the_same_object() {
    let (mut paper, first) = Paper::started(ping("192.0.2.1"));
    let second = paper.task(ping("192.0.2.2"));
    let stop = paper.task(TaskKind::StopTest { object: PING.into() });
    paper.tasks.get_mut(&first.0).unwrap().state = TaskState::Cancelled;
    paper.session(&[EventCode::ConnectionRequest]);
    // Stopped first, although it was asked for later.
    assert_eq!((paper.of(stop).state, paper.of(second).state), (TaskState::Verified, TaskState::Applied));
    assert_eq!(paper.values[&format!("{PING}DiagnosticsState")].0, "Requested");
    // Asked for when the next one runs already: that has replaced the first.
    let late = paper.task(TaskKind::StopTest { object: PING.into() });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!((paper.of(late).state, paper.of(second).state), (TaskState::Verified, TaskState::Applied));
    assert_eq!(paper.values[&format!("{PING}DiagnosticsState")].0, "Requested");
}

#[test]
fn any_object_with_a_state_can_be_run() {
    let object = "Device.X_KESTREL_CableTest.";
    let mut paper = Paper::tester();
    for (name, value, writable) in [("DiagnosticsState", "None", true), ("Port", "1", true), ("Length", "0", false)] {
        paper.values.insert(format!("{object}{name}"), (value.into(), writable));
    }
    let refresh = paper.task(TaskKind::Refresh { paths: vec!["Device.".into()] });
    let test = Test::Other(OtherTest { object: object.into(), arguments: vec![("Port".into(), "3".into())] });
    let task = paper.task(TaskKind::Diagnose { test });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!((paper.of(refresh).state, paper.of(task).state), (TaskState::Verified, TaskState::Applied));
    assert_eq!(paper.orders(), [["Port", "DiagnosticsState"].map(str::to_owned)]);
    paper.values.get_mut(&format!("{object}Length")).unwrap().0 = "14".into();
    paper.says(object, "Complete");
    paper.session(&[EventCode::DiagnosticsComplete]);
    let Found::Values { values } = &paper.diagnosis(task).found else { panic!() };
    assert_eq!(values, &[("Length".to_owned(), "14".to_owned()), ("Port".to_owned(), "3".to_owned())]);
}
