//! Rules of the standard, one by one, on the device on paper.

use super::*;
use model::FileId;
use model::fault::explain;
use model::file::{FileRef, FileType, ModuleOperation, TransferWindow, UploadKind, WindowMode};
use model::task::SetAttribute;

fn file() -> FileRef {
    FileRef {
        id: FileId(1),
        name: "a.bin".into(),
        file_type: FileType::WebContent,
        size: 10,
        sha256: String::new(),
        version: String::new(),
        versions: Vec::new(),
    }
}

fn set(path: &str, value: &str) -> SetValue {
    SetValue { path: path.into(), value: value.into(), value_type: None }
}

/// A task for each method, with the fault codes that the standard gives it.
fn matrix() -> Vec<(&'static str, TaskKind, Vec<u32>)> {
    let window = TransferWindow {
        start: 0,
        end: 60,
        mode: WindowMode::Immediately,
        user_message: String::new(),
        max_retries: 0,
    };
    let uninstall = ModuleOperation::Uninstall {
        uuid: "123e4567-e89b-12d3-a456-426614174000".into(),
        version: String::new(),
        execution_env_ref: String::new(),
    };
    let attribute = SetAttribute { path: CHANNEL.into(), notification: Some(1), access_list: None };
    let target_file_name = String::new();
    vec![
        ("SetParameterValues", set_channel("11"), vec![9000, 9001, 9002, 9003, 9004, 9005, 9006, 9007, 9008]),
        (
            "SetParameterAttributes",
            TaskKind::SetAttributes { attributes: vec![attribute] },
            vec![9000, 9001, 9002, 9003, 9004, 9005, 9009],
        ),
        (
            "GetParameterAttributes",
            TaskKind::ReadAttributes { paths: vec![CHANNEL.into()] },
            vec![9000, 9001, 9002, 9003, 9004, 9005],
        ),
        (
            "AddObject",
            TaskKind::AddObject { path: TABLE.into(), values: Vec::new() },
            vec![9000, 9001, 9002, 9003, 9004, 9005],
        ),
        ("DeleteObject", TaskKind::DeleteObject { path: format!("{TABLE}1.") }, vec![9000, 9001, 9002, 9003, 9005]),
        ("Reboot", TaskKind::Reboot, vec![9000, 9001, 9002, 9003]),
        (
            "FactoryReset",
            TaskKind::FactoryReset { keep: Vec::new(), secrets: Vec::new() },
            vec![9000, 9001, 9002, 9003],
        ),
        ("ScheduleInform", TaskKind::ScheduleInform { delay_seconds: 5 }, vec![9000, 9001, 9002, 9003]),
        (
            "Download",
            TaskKind::Download { file: file(), target_file_name: target_file_name.clone(), delay_seconds: 0 },
            vec![9000, 9001, 9002, 9003, 9010, 9012, 9013],
        ),
        (
            "Upload",
            TaskKind::Upload { what: UploadKind::Log(None), delay_seconds: 0 },
            vec![9000, 9001, 9002, 9003, 9011, 9012, 9013],
        ),
        (
            "ScheduleDownload",
            TaskKind::ScheduleDownload { file: file(), target_file_name, windows: vec![window] },
            vec![9000, 9001, 9002, 9003, 9010, 9013],
        ),
        ("ChangeDUState", TaskKind::ChangeModules { operations: vec![uninstall] }, vec![9000, 9001, 9002, 9004]),
        ("GetOptions", TaskKind::ReadOptions { name: String::new() }, vec![9000, 9001, 9002, 9003]),
        ("SetVouchers", TaskKind::SetVouchers { vouchers: vec!["YQ==".into()] }, vec![9000, 9001, 9002, 9003, 9004]),
        ("GetRPCMethods", TaskKind::ReadMethods, vec![9001, 9002]),
        ("X_V_Do", TaskKind::Vendor { method: "X_V_Do".into(), body: String::new() }, vec![9000, 9800]),
    ]
}

#[test]
fn every_fault_of_every_method_ends_its_task_and_nothing_else() {
    for (method, kind, codes) in matrix() {
        for code in codes {
            let mut paper = Paper::known();
            paper.fault = Some((method, code));
            let task = paper.task(kind.clone());
            let other = paper.task(TaskKind::Refresh { paths: vec![CHANNEL.into()] });
            paper.session(&[EventCode::ConnectionRequest]);
            // What repeating may help is tried again in a later session (rule 346), and no more often than it should.
            let again = kind.is_transfer() && matches!(code, 9002 | 9010 | 9011);
            assert_eq!(paper.of(task).state == TaskState::Queued, again, "{method} {code}");
            for _ in 0..if again { 4 } else { 0 } {
                paper.now += 24 * 3_600_000;
                paper.session(&[EventCode::Periodic]);
            }
            assert_eq!(paper.of(task).state, TaskState::Failed, "{method} {code}");
            let Some(TaskOutcome::Fault { fault }) = &paper.of(task).outcome else { panic!("{method} {code}") };
            assert_eq!(fault.code, Some(code), "{method}");
            assert_eq!(fault.detail, "", "{method}: nothing is put into the device's mouth");
            assert!(fault.message.starts_with(explain(code)), "{}", fault.message);
            assert_eq!(paper.of(other).state, TaskState::Verified, "{method} {code}: the next task goes on");
            let sent = paper.methods().iter().filter(|sent| **sent == method).count();
            let most = if again { 5 } else { 1 + usize::from(kind.is_transfer() && code == 9012) };
            assert_eq!(sent, most, "{method} {code}");
        }
    }
}

#[test]
fn rules_189_and_198_faults_of_reading_end_the_task() {
    for code in [9001, 9002, 9003, 9004, 9005] {
        let mut paper = Paper::known();
        paper.fault = Some(("GetParameterValues", code));
        let task = paper.task(TaskKind::Refresh { paths: vec![CHANNEL.into()] });
        paper.session(&[EventCode::ConnectionRequest]);
        let Some(TaskOutcome::Fault { fault }) = &paper.of(task).outcome else {
            panic!("{code} {:?}", paper.of(task).outcome)
        };
        assert_eq!(fault.code, Some(code));
        assert!(paper.got.len() < 12, "{code}: not in a loop: {:?}", paper.methods());
    }
    for code in [9001, 9002, 9003, 9005] {
        let mut paper = Paper::new();
        paper.fault = Some(("GetParameterNames", code));
        paper.session(&[EventCode::Bootstrap]);
        assert!(paper.got.len() < 30, "{code}: {:?}", paper.methods());
    }
}

#[test]
fn rule_110_and_111_one_request_at_a_time_and_only_when_it_is_our_turn() {
    let mut paper = Paper::known();
    paper.task(set_channel("11"));
    paper.task(set_channel("1"));
    let inform = paper.inform(&[EventCode::Periodic]);
    // `open` asserts that the Inform is answered by an InformResponse, whatever waits.
    let mut session = paper.open(&inform);
    let own = session.step(Incoming::Request(CpeRequest::GetRpcMethods), Timestamp(1));
    assert!(matches!(own.message, Some(AcsMessage::Response(AcsResponse::GetRpcMethods { .. }))));
    let first = session.step(Incoming::Empty, Timestamp(2));
    assert_eq!(first.id.as_deref(), Some("1"));
    // Its answer brings the next; nothing else does.
    let again = session.step(Incoming::Request(CpeRequest::GetRpcMethods), Timestamp(3));
    assert!(matches!(again.message, Some(AcsMessage::Response(_))));
    let answer = Incoming::Answer { id: first.id, answer: Ok(CpeResponse::SetParameterValues { status: 0 }) };
    let next = session.step(answer, Timestamp(4));
    assert_eq!(next.id.as_deref(), Some("2"));
}

#[test]
fn rule_170_the_method_list_is_true() {
    let mut paper = Paper::known();
    let inform = paper.inform(&[EventCode::Periodic]);
    let mut session = paper.open(&inform);
    let step = session.step(Incoming::Request(CpeRequest::GetRpcMethods), Timestamp(1));
    let Some(AcsMessage::Response(AcsResponse::GetRpcMethods { methods })) = step.message else { panic!() };
    let asks = |method: &str| match method {
        "TransferComplete" => CpeRequest::TransferComplete(TransferComplete::default()),
        "AutonomousTransferComplete" => {
            CpeRequest::AutonomousTransferComplete(cwmp::AutonomousTransferComplete::default())
        }
        "DUStateChangeComplete" => {
            CpeRequest::DuStateChangeComplete { results: Vec::new(), command_key: String::new() }
        }
        "AutonomousDUStateChangeComplete" => CpeRequest::AutonomousDuStateChangeComplete { results: Vec::new() },
        "RequestDownload" => CpeRequest::RequestDownload { file_type: String::new(), arguments: Vec::new() },
        "Kicked" => CpeRequest::Kicked {
            command: String::new(),
            referer: String::new(),
            arg: String::new(),
            next: String::new(),
        },
        "GetRPCMethods" => CpeRequest::GetRpcMethods,
        other => panic!("{other}"),
    };
    for method in methods.iter().filter(|method| *method != "Inform") {
        let step = session.step(Incoming::Request(asks(method)), Timestamp(2));
        assert!(matches!(step.message, Some(AcsMessage::Response(_))), "{method}");
    }
}

#[test]
fn rule_176_committed_but_not_applied_is_shown_as_such() {
    let mut paper = Paper::known();
    paper.status = 1;
    paper.stubborn = true;
    let task = paper.task(set_channel("11"));
    paper.session(&[EventCode::ConnectionRequest]);
    let Some(TaskOutcome::Changed { pending, .. }) = &paper.of(task).outcome else { panic!() };
    assert!(pending);
    assert!(!paper.methods().contains(&"Reboot"), "it is not rebooted without being asked");
}

#[test]
fn rule_173_and_177_our_parameter_key_fits_and_comes_back() {
    let mut paper = Paper::known();
    paper.task(set_channel("11"));
    paper.session(&[EventCode::ConnectionRequest]);
    let Some(AcsRequest::SetParameterValues { parameter_key, .. }) = paper.got.first().cloned() else { panic!() };
    assert!(!parameter_key.is_empty() && format!("lastmile-{}", i64::MAX).len() <= 32);
    let mut inform = paper.inform(&[EventCode::Periodic]);
    inform.parameters.push(ParameterValue {
        name: "Device.ManagementServer.ParameterKey".into(),
        value: parameter_key.clone(),
        ..ParameterValue::default()
    });
    let session = paper.open(&inform);
    assert_eq!(session.record.parameter_key, parameter_key);
}

#[test]
fn rule_178_a_value_is_sent_with_the_type_that_the_device_reports() {
    let mut paper = Paper::known();
    paper.task(set_channel("11"));
    paper.session(&[EventCode::ConnectionRequest]);
    let Some(AcsRequest::SetParameterValues { values, .. }) = paper.got.first() else { panic!() };
    assert_eq!(values[0].value_type, ValueType::UnsignedInt);
}

#[test]
fn rules_186_and_187_answers_may_hold_nothing_or_more_than_was_asked() {
    let mut paper = Paper::known();
    let empty = paper.task(TaskKind::Refresh { paths: vec!["Device.Hosts.Host.".into()] });
    let inform = paper.inform(&[EventCode::Periodic]);
    let mut session = paper.open(&inform);
    let mut step = session.step(Incoming::Empty, Timestamp(1));
    for now in 2..10 {
        assert!(paper.store(&session, std::mem::take(&mut step.writes)));
        let Some(AcsMessage::Request(request)) = &step.message else { break };
        let answer = match request {
            AcsRequest::GetParameterNames { .. } => CpeResponse::GetParameterNames { parameters: Vec::new() },
            AcsRequest::GetParameterValues { .. } => CpeResponse::GetParameterValues {
                parameters: vec![ParameterValue {
                    name: "Device.DeviceInfo.UpTime".into(),
                    value: "77".into(),
                    ..ParameterValue::default()
                }],
            },
            other => panic!("{other:?}"),
        };
        step = session.step(Incoming::Answer { id: step.id.clone(), answer: Ok(answer) }, Timestamp(now));
    }
    assert_eq!(paper.of(empty).state, TaskState::Verified, "{:?}", paper.of(empty).outcome);
    assert_eq!(paper.tree.as_ref().unwrap().value("Device.DeviceInfo.UpTime"), Some("77"));
}

#[test]
fn rule_208_and_211_rows_are_sparse_and_a_deleted_one_takes_all_below_it_along() {
    let mut paper = Paper::known();
    paper.next_row = 9;
    let add = paper.task(TaskKind::AddObject { path: TABLE.into(), values: vec![set("ExternalPort", "8080")] });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(add).outcome, Some(TaskOutcome::Added { path: format!("{TABLE}9.") }));
    let delete = paper.task(TaskKind::DeleteObject { path: format!("{TABLE}9.") });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(delete).state, TaskState::Verified);
    assert_eq!(paper.tree.as_ref().unwrap().below(&format!("{TABLE}9.")).count(), 0);
}

#[test]
fn rule_213_a_row_without_a_number_is_looked_for() {
    let mut paper = Paper::known();
    let add = paper.task(TaskKind::AddObject { path: TABLE.into(), values: Vec::new() });
    let inform = paper.inform(&[EventCode::Periodic]);
    let mut session = paper.open(&inform);
    let mut step = session.step(Incoming::Empty, Timestamp(1));
    for now in 2..20 {
        assert!(paper.store(&session, std::mem::take(&mut step.writes)));
        let Some(AcsMessage::Request(request)) = &step.message else { break };
        let answer = match paper.answer(&request.clone()) {
            Ok(CpeResponse::AddObject { status, .. }) => Ok(CpeResponse::AddObject { instance: None, status }),
            other => other,
        };
        step = session.step(Incoming::Answer { id: step.id.clone(), answer }, Timestamp(now));
    }
    assert_eq!(paper.of(add).outcome, Some(TaskOutcome::Added { path: format!("{TABLE}2.") }));
}

#[test]
fn rule_217_a_factory_reset_is_done_when_the_device_starts_from_nothing() {
    let mut paper = Paper::known();
    let task = paper.task(TaskKind::FactoryReset { keep: Vec::new(), secrets: Vec::new() });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(task).state, TaskState::Applied);
    paper.session(&[EventCode::Boot]);
    assert_eq!(paper.of(task).state, TaskState::Applied, "a boot is not a reset");
    paper.session(&[EventCode::Bootstrap, EventCode::Boot]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
}

#[test]
fn rule_267_an_answer_to_another_question_fails_the_task_and_keeps_the_session() {
    let mut paper = Paper::known();
    let wrong = paper.task(set_channel("11"));
    let right = paper.task(TaskKind::Refresh { paths: vec![CHANNEL.into()] });
    let inform = paper.inform(&[EventCode::Periodic]);
    let mut session = paper.open(&inform);
    let mut step = session.step(Incoming::Empty, Timestamp(1));
    paper.store(&session, std::mem::take(&mut step.writes));
    let answer = Incoming::Answer { id: step.id, answer: Ok(CpeResponse::Reboot) };
    let mut step = session.step(answer, Timestamp(2));
    paper.store(&session, std::mem::take(&mut step.writes));
    assert_eq!(paper.of(wrong).state, TaskState::Failed);
    assert_eq!(step.claim, Some(right));
}

#[test]
fn rules_133_and_137_an_inform_without_parameters_is_taken_and_the_root_is_asked_for() {
    let mut paper = Paper::new();
    let inform = Inform { parameters: Vec::new(), ..paper.inform(&[EventCode::Bootstrap]) };
    let mut session = paper.open(&inform);
    let step = session.step(Incoming::Empty, Timestamp(2));
    let Some(AcsMessage::Request(AcsRequest::GetParameterNames { path, .. })) = step.message else { panic!() };
    assert_eq!(path, "");
}

#[test]
fn rule_128_the_devices_clock_is_never_ours() {
    for time in ["1970-01-01T00:00:07Z", "(null)", "", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "soon"] {
        let mut paper = Paper::known();
        let inform = Inform { current_time: time.into(), ..paper.inform(&[EventCode::Periodic]) };
        let session = paper.open(&inform);
        assert_eq!(session.record.last_inform, Timestamp(paper.now), "{time}");
    }
}

#[test]
fn rules_156_and_160_waking_up_and_repeated_events_change_nothing() {
    let mut paper = Paper::known();
    paper.session(&[EventCode::Wakeup]);
    paper.session(&[EventCode::Periodic, EventCode::Periodic]);
    assert!(paper.got.is_empty() && paper.events.is_empty(), "{:?}", paper.events);
    paper.session(&[EventCode::Boot, EventCode::Boot]);
    assert_eq!(paper.events, [EventKind::Boot]);
}

#[test]
fn rule_159_a_vendors_event_is_told() {
    let mut paper = Paper::known();
    paper.session(&[EventCode::Vendor("KESTREL overheated".into())]);
    assert_eq!(paper.events, [EventKind::Reported { code: "X KESTREL overheated".into() }]);
}

#[test]
fn rule_161_an_event_whose_answer_was_lost_comes_again() {
    let mut paper = Paper::known();
    let task = paper.task(TaskKind::Download { file: file(), target_file_name: String::new(), delay_seconds: 0 });
    paper.session(&[EventCode::ConnectionRequest]);
    // The session dies after the InformResponse: the TransferComplete was not sent yet.
    let inform = paper.inform(&[EventCode::TransferComplete]);
    let mut session = paper.open(&inform);
    let writes = session.broke_off("cut", Timestamp(paper.now));
    paper.store(&session, writes);
    assert_eq!(paper.of(task).state, TaskState::Applied);
    let report = CpeRequest::TransferComplete(TransferComplete::default());
    paper.run_with(&[Event::new(EventCode::TransferComplete, "")], vec![report], None);
    assert_eq!(paper.of(task).state, TaskState::Verified);
}

#[test]
fn rules_151_331_and_333_the_results_of_a_diagnostic_are_read_when_it_is_done() {
    const PING: &str = "Device.IP.Diagnostics.IPPing.";
    let mut paper = Paper::new();
    for (name, value, writable) in
        [("DiagnosticsState", "None", true), ("Host", "", true), ("SuccessCount", "0", false)]
    {
        paper.values.insert(format!("{PING}{name}"), (value.into(), writable));
    }
    paper.session(&[EventCode::Bootstrap]);
    paper.got.clear();
    let values = vec![set(&format!("{PING}Host"), "192.0.2.1"), set(&format!("{PING}DiagnosticsState"), "Requested")];
    let task = paper.task(TaskKind::SetValues { values });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    assert_eq!(paper.methods(), ["SetParameterValues", "GetParameterValues"], "all in one request");
    paper.got.clear();
    paper.events.clear();
    paper.values.insert(format!("{PING}DiagnosticsState"), ("Complete".into(), true));
    paper.values.insert(format!("{PING}SuccessCount"), ("4".into(), false));
    paper.session(&[EventCode::DiagnosticsComplete]);
    assert!(
        paper.got.iter().any(|request| matches!(request, AcsRequest::GetParameterValues { names } if names == &[PING]))
    );
    assert_eq!(paper.tree.as_ref().unwrap().value(&format!("{PING}SuccessCount")), Some("4"));
    assert!(paper.events.iter().any(|event| matches!(event, EventKind::Changed { .. })));
    paper.got.clear();
    paper.session(&[EventCode::Periodic]);
    assert!(paper.got.is_empty(), "read once");
}

#[test]
fn rule_129_how_often_a_device_had_to_try_is_kept() {
    let mut paper = Paper::known();
    let inform = Inform { retry_count: 17, ..paper.inform(&[EventCode::Periodic]) };
    assert_eq!(paper.open(&inform).record.retry_count, 17);
    let inform = paper.inform(&[EventCode::Periodic]);
    assert_eq!(paper.open(&inform).record.retry_count, 0);
}

#[test]
fn rule_168_244_303_what_the_device_reports_by_itself_is_configured_like_any_setting() {
    let mut paper = Paper::known();
    let wanted = [
        ("Device.ManagementServer.AutonomousTransferCompletePolicy.Enable", "0", "1"),
        ("Device.ManagementServer.DUStateChangeComplPolicy.Enable", "0", "1"),
        ("Device.ManagementServer.HeartbeatPolicy.ReportingInterval", "300", "60"),
        ("Device.ManagementServer.DefaultActiveNotificationThrottle", "0", "30"),
    ];
    for (path, before, _) in wanted {
        paper.values.insert(path.into(), (before.into(), true));
    }
    let task = paper.task(TaskKind::SetValues { values: wanted.map(|(path, _, value)| set(path, value)).to_vec() });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(task).state, TaskState::Verified, "{:?}", paper.of(task).outcome);
    for (path, _, value) in wanted {
        assert_eq!(paper.values[path].0, value, "{path}");
    }
}

#[test]
fn rule_178_a_value_that_is_told_without_a_type_is_set_with_that_of_the_data_model() {
    let mut paper = Paper::new();
    paper.untyped = true;
    paper.values.insert("Device.ManagementServer.PeriodicInformEnable".into(), ("true".into(), true));
    paper.values.insert("Device.X_K.Word".into(), ("12".into(), true));
    paper.session(&[EventCode::Bootstrap]);
    paper.got.clear();
    let values = vec![
        set("Device.ManagementServer.PeriodicInformInterval", "600"),
        set("Device.ManagementServer.PeriodicInformEnable", "false"),
        set("Device.X_K.Word", "13"),
    ];
    let task = paper.task(TaskKind::SetValues { values });
    paper.session(&[EventCode::ConnectionRequest]);
    let Some(AcsRequest::SetParameterValues { values, .. }) = paper.got.first() else { panic!() };
    let types: Vec<_> = values.iter().map(|value| value.value_type).collect();
    assert_eq!(types, [ValueType::UnsignedInt, ValueType::Boolean, ValueType::String]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
}

#[test]
fn rule_178_the_type_that_a_device_told_before_outlives_a_value_without_one() {
    let mut paper = Paper::known();
    paper.untyped = true;
    paper.task(TaskKind::Refresh { paths: vec![CHANNEL.into()] });
    paper.task(set_channel("11"));
    paper.session(&[EventCode::ConnectionRequest]);
    let Some(AcsRequest::SetParameterValues { values, .. }) = paper.got.get(1) else { panic!("{:?}", paper.got) };
    assert_eq!(values[0].value_type, ValueType::UnsignedInt);
}

#[test]
fn rule_316_lines_that_come_back_with_other_ends_are_the_same() {
    let mut paper = Paper::known();
    paper.values.insert("Device.X_K.Notice".into(), ("old".into(), true));
    let task = paper.task(TaskKind::SetValues { values: vec![set("Device.X_K.Notice", "one\r\ntwo")] });
    let inform = paper.inform(&[EventCode::Periodic]);
    let mut session = paper.open(&inform);
    let mut step = session.step(Incoming::Empty, Timestamp(1));
    for now in 2..10 {
        assert!(paper.store(&session, std::mem::take(&mut step.writes)));
        let Some(AcsMessage::Request(request)) = &step.message else { break };
        let mut answer = paper.answer(&request.clone());
        if let Ok(CpeResponse::GetParameterValues { parameters }) = &mut answer {
            for one in parameters.iter_mut() {
                one.value = one.value.replace("\r\n", "\n");
            }
        }
        step = session.step(Incoming::Answer { id: step.id.clone(), answer }, Timestamp(now));
    }
    assert_eq!(paper.of(task).state, TaskState::Verified, "{:?}", paper.of(task).outcome);
}
