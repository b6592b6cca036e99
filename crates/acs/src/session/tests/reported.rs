//! Orders whose end the device reports by itself, and orders of one request.

use super::*;
use model::FileId;
use model::file::{FileRef, FileType, ModuleOperation, TransferWindow, UploadKind, WindowMode};
use model::task::SetAttribute;

pub(super) fn image(version: &str) -> FileRef {
    FileRef {
        id: FileId(3),
        name: "hg640.bin".into(),
        file_type: FileType::Firmware,
        size: 5_000_000,
        sha256: "00".repeat(32),
        version: version.into(),
        versions: Vec::new(),
    }
}

pub(super) fn load(file: FileRef) -> TaskKind {
    TaskKind::Download { file, target_file_name: String::new(), delay_seconds: 0 }
}

fn schedule(file: FileRef) -> TaskKind {
    let window =
        TransferWindow { start: 0, end: 3600, mode: WindowMode::AnyTime, user_message: String::new(), max_retries: -1 };
    TaskKind::ScheduleDownload { file, target_file_name: String::new(), windows: vec![window] }
}

pub(super) fn complete(key: &str, fault_code: u32) -> CpeRequest {
    let fault_string = if fault_code == 0 { String::new() } else { "no luck".into() };
    CpeRequest::TransferComplete(TransferComplete {
        command_key: key.into(),
        fault_code,
        fault_string,
        ..TransferComplete::default()
    })
}

pub(super) fn event(code: EventCode) -> Event {
    Event::new(code, "")
}

impl Paper {
    /// The CommandKey that the device got last.
    pub(super) fn key(&self) -> String {
        let key = |request: &AcsRequest| match request {
            AcsRequest::Download(cwmp::Download { command_key, .. })
            | AcsRequest::Upload(cwmp::Upload { command_key, .. })
            | AcsRequest::ScheduleDownload(cwmp::ScheduleDownload { command_key, .. })
            | AcsRequest::ScheduleInform { command_key, .. }
            | AcsRequest::ChangeDuState { command_key, .. } => Some(command_key.clone()),
            _ => None,
        };
        self.got.iter().rev().find_map(key).expect("an order")
    }

    /// The device runs a new version.
    pub(super) fn flash(&mut self, version: &str) {
        self.values.get_mut("Device.DeviceInfo.SoftwareVersion").unwrap().0 = version.into();
    }

    pub(super) fn versions(&self, task: TaskId) -> (String, String, bool) {
        match &self.of(task).outcome {
            Some(TaskOutcome::Transferred { version_before, version_after, unreported, .. }) => {
                (version_before.clone(), version_after.clone(), *unreported)
            }
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn ordered(kind: TaskKind) -> (Self, TaskId) {
        let mut paper = Self::known();
        let task = paper.task(kind);
        paper.session(&[EventCode::ConnectionRequest]);
        assert_eq!(paper.of(task).state, TaskState::Applied, "{:?}", paper.of(task).outcome);
        (paper, task)
    }
}

#[test]
fn rule_344_firmware_is_done_when_the_new_version_runs() {
    let (mut paper, task) = Paper::ordered(load(image("5.0.0")));
    let Some(AcsRequest::Download(order)) = paper.got.last() else { panic!("{:?}", paper.got) };
    assert!(order.url.starts_with("http://192.0.2.1:7548/files/") && order.url.ends_with("/image.bin"));
    assert!(order.url.len() <= 256 && !order.url.contains(&order.password));
    assert_eq!((order.file_type.as_str(), order.file_size), ("1 Firmware Upgrade Image", 5_000_000));
    assert!(order.command_key.len() <= 32);
    let key = paper.key();
    paper.flash("5.0.0");
    let events = [
        event(EventCode::Boot),
        event(EventCode::TransferComplete),
        Event::new(EventCode::Method("Download".into()), &key),
    ];
    paper.run_with(&events, vec![complete(&key, 0)], None);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    assert_eq!(paper.versions(task), ("4.2.0".into(), "5.0.0".into(), false));
}

#[test]
fn r4_rule_242_a_repeated_report_changes_nothing() {
    let (mut paper, first) = Paper::ordered(load(image("5.0.0")));
    let key = paper.key();
    let second = paper.task(TaskKind::Upload { what: UploadKind::Log(None), delay_seconds: 0 });
    paper.flash("5.0.0");
    let report = || complete(&key, 0);
    paper.run_with(&[event(EventCode::Boot), event(EventCode::TransferComplete)], vec![report(), report()], None);
    assert_eq!(paper.of(first).state, TaskState::Verified);
    let events = paper.events.len();
    // The upload is the only transfer that is left: a report with another key of ours is still not about it.
    paper.run_with(&[event(EventCode::TransferComplete)], vec![report()], None);
    assert_eq!(paper.of(second).state, TaskState::Applied);
    assert_eq!(paper.events.len(), events);
}

#[test]
fn rule_345_a_report_before_the_reboot_waits_for_it() {
    let (mut paper, task) = Paper::ordered(load(image("5.0.0")));
    let key = paper.key();
    paper.run_with(&[event(EventCode::TransferComplete)], vec![complete(&key, 0)], None);
    assert_eq!(paper.of(task).state, TaskState::Applied);
    assert!(paper.of(task).note.as_deref().unwrap().contains("has yet to start it"));
    paper.flash("5.0.0");
    paper.session(&[EventCode::Boot]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    assert_eq!(paper.versions(task), ("4.2.0".into(), "5.0.0".into(), false));
}

#[test]
fn rule_228_another_version_than_expected_is_no_success() {
    let (mut paper, task) = Paper::ordered(load(image("5.0.0")));
    let key = paper.key();
    paper.flash("4.9.9");
    paper.run_with(&[event(EventCode::Boot), event(EventCode::TransferComplete)], vec![complete(&key, 0)], None);
    assert_eq!(paper.of(task).state, TaskState::Different);
    assert_eq!(paper.versions(task).1, "4.9.9");
}

#[test]
fn r4_rule_229_a_lost_report_is_replaced_by_the_version() {
    let (mut paper, task) = Paper::ordered(load(image("5.0.0")));
    paper.flash("5.0.0");
    paper.session(&[EventCode::Boot]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    assert!(paper.versions(task).2, "it was never reported");
}

#[test]
fn an_image_may_report_itself_in_other_words() {
    let image = || FileRef { versions: vec!["5.0.0-b7".into()], ..image("5.0.0") };
    // Reported with the boot, after it, and never.
    let (mut paper, task) = Paper::ordered(load(image()));
    let key = paper.key();
    paper.flash("5.0.0-b7");
    paper.run_with(&[event(EventCode::Boot), event(EventCode::TransferComplete)], vec![complete(&key, 0)], None);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    assert_eq!(paper.versions(task), ("4.2.0".into(), "5.0.0-b7".into(), false));

    let (mut paper, task) = Paper::ordered(load(image()));
    let key = paper.key();
    paper.run_with(&[event(EventCode::TransferComplete)], vec![complete(&key, 0)], None);
    assert_eq!(paper.of(task).state, TaskState::Applied);
    paper.flash("5.0.0-b7");
    paper.session(&[EventCode::Boot]);
    assert_eq!(paper.of(task).state, TaskState::Verified);

    let (mut paper, task) = Paper::ordered(load(image()));
    paper.flash("5.0.0-b7");
    paper.session(&[EventCode::Boot]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    assert!(paper.versions(task).2, "it was never reported");

    // The answer to the order was lost, and the device cannot be asked.
    let mut paper = Paper::known();
    let task = paper.task(load(image()));
    paper.run(&[EventCode::ConnectionRequest], Some(1));
    paper.refuse = |request| {
        matches!(request, AcsRequest::GetAllQueuedTransfers | AcsRequest::GetQueuedTransfers)
            .then(|| Fault { code: 9000, ..Fault::default() })
    };
    paper.flash("5.0.0-b7");
    paper.session(&[EventCode::Boot]);
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.of(task).state, TaskState::Verified, "{:?}", paper.methods());
    assert_eq!(paper.methods().iter().filter(|method| **method == "Download").count(), 1);
}

#[test]
fn r4_a_report_that_never_comes_ends_the_task() {
    let (mut paper, task) = Paper::ordered(load(image("5.0.0")));
    paper.now += 3 * 3_600_000;
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.of(task).state, TaskState::Failed);
}

#[test]
fn r4_a_late_report_still_counts() {
    let (mut paper, task) = Paper::ordered(load(image("5.0.0")));
    let key = paper.key();
    paper.now += 3 * 3_600_000;
    paper.flash("5.0.0");
    paper.run_with(&[event(EventCode::Boot), event(EventCode::TransferComplete)], vec![complete(&key, 0)], None);
    assert_eq!(paper.of(task).state, TaskState::Verified);
}

#[test]
fn rule_230_a_wrong_key_is_matched_if_there_is_one_transfer() {
    for key in ["", "something", "(null)"] {
        let (mut paper, task) = Paper::ordered(load(image("5.0.0")));
        paper.flash("5.0.0");
        paper.run_with(&[event(EventCode::Boot), event(EventCode::TransferComplete)], vec![complete(key, 0)], None);
        assert_eq!(paper.of(task).state, TaskState::Verified, "{key}");
    }
}

#[test]
fn rule_241_an_unknown_key_is_answered_and_told() {
    let mut paper = Paper::known();
    paper.run_with(&[event(EventCode::TransferComplete)], vec![complete("of nobody", 9010)], None);
    assert!(paper.events.iter().any(|kind| matches!(kind, EventKind::Transferred { fault: Some(_), .. })));
}

#[test]
fn rule_223_two_transfers_are_told_apart() {
    let mut paper = Paper::known();
    let one = paper.task(load(FileRef { file_type: FileType::WebContent, ..image("") }));
    let two = paper.task(load(FileRef { file_type: FileType::Ringer, ..image("") }));
    paper.session(&[EventCode::ConnectionRequest]);
    let keys: Vec<_> = paper
        .got
        .iter()
        .filter_map(|request| match request {
            AcsRequest::Download(download) => Some(download.command_key.clone()),
            _ => None,
        })
        .collect();
    // In the other order, both in one session (rule 158).
    let reports = vec![complete(&keys[1], 9018), complete(&keys[0], 0)];
    paper.run_with(&[event(EventCode::TransferComplete)], reports, None);
    assert_eq!(paper.of(one).state, TaskState::Verified);
    assert_eq!(paper.of(two).state, TaskState::Failed);
    let Some(TaskOutcome::Fault { fault }) = &paper.of(two).outcome else { panic!() };
    assert_eq!((fault.code, fault.detail.as_str()), (Some(9018), "no luck"));
}

#[test]
fn r4_an_order_whose_answer_was_lost_is_looked_up_and_not_repeated() {
    let mut paper = Paper::known();
    let task = paper.task(load(image("5.0.0")));
    paper.run(&[EventCode::ConnectionRequest], Some(1));
    assert_eq!(paper.of(task).state, TaskState::Queued);
    paper.queue = vec![cwmp::QueuedTransfer { command_key: paper.key(), state: 2, ..Default::default() }];
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.methods(), ["Download", "GetAllQueuedTransfers"]);
    assert_eq!(paper.of(task).state, TaskState::Applied);
    let key = paper.key();
    paper.flash("5.0.0");
    paper.run_with(&[event(EventCode::Boot), event(EventCode::TransferComplete)], vec![complete(&key, 0)], None);
    assert_eq!(paper.of(task).state, TaskState::Verified);
}

#[test]
fn r4_an_order_that_never_arrived_is_given_once_more_and_no_more() {
    let mut paper = Paper::known();
    let task = paper.task(load(image("5.0.0")));
    paper.run(&[EventCode::ConnectionRequest], Some(1));
    paper.run(&[EventCode::Periodic], Some(2));
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.methods().iter().filter(|method| **method == "Download").count(), 2);
    assert_eq!(paper.of(task).state, TaskState::Failed);
}

#[test]
fn r4_a_device_that_cannot_list_its_transfers_is_given_time() {
    let mut paper = Paper::known();
    let task = paper.task(load(image("5.0.0")));
    paper.run(&[EventCode::ConnectionRequest], Some(1));
    paper.refuse = |request| {
        matches!(request, AcsRequest::GetAllQueuedTransfers | AcsRequest::GetQueuedTransfers)
            .then(|| Fault { code: 9000, ..Fault::default() })
    };
    paper.session(&[EventCode::Periodic]);
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.methods(), ["Download", "GetAllQueuedTransfers", "GetQueuedTransfers"]);
    assert_eq!(paper.of(task).state, TaskState::Queued);
    // It reports after all: the order had arrived.
    let key = paper.key();
    paper.flash("5.0.0");
    paper.run_with(&[event(EventCode::Boot), event(EventCode::TransferComplete)], vec![complete(&key, 0)], None);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    assert_eq!(paper.methods().iter().filter(|method| **method == "Download").count(), 1);
}

#[test]
fn rule_222_status_0_is_done_and_nothing_follows() {
    let mut paper = Paper::known();
    paper.started.status = 0;
    let task = paper.task(load(FileRef { file_type: FileType::WebContent, ..image("") }));
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
}

#[test]
fn rule_225_a_full_queue_is_asked_again_later() {
    let mut paper = Paper::known();
    let task = paper.task(load(image("5.0.0")));
    paper.refuse =
        |request| matches!(request, AcsRequest::Download(_)).then(|| Fault { code: 9004, ..Fault::default() });
    paper.session(&[EventCode::ConnectionRequest]);
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.methods(), ["Download"], "not again at once");
    assert_eq!(paper.of(task).state, TaskState::Queued);
    paper.refuse = |_| None;
    paper.now += 11 * 60_000;
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.of(task).state, TaskState::Applied);
}

#[test]
fn rule_143_a_factory_reset_loses_the_report() {
    let (mut paper, task) = Paper::ordered(load(image("5.0.0")));
    paper.session(&[EventCode::Bootstrap, EventCode::Boot]);
    assert_eq!(paper.of(task).state, TaskState::Failed);
}

#[test]
fn a_loaded_configuration_voids_what_is_known() {
    let (mut paper, task) = Paper::ordered(load(FileRef { file_type: FileType::Configuration, ..image("") }));
    let key = paper.key();
    paper.got.clear();
    paper.run_with(&[event(EventCode::TransferComplete)], vec![complete(&key, 0)], None);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    assert_eq!(paper.methods(), ["GetParameterNames", "GetParameterValues"]);
}

#[test]
fn an_upload_is_done_when_its_file_has_come() {
    for came in [true, false] {
        let (mut paper, task) =
            Paper::ordered(TaskKind::Upload { what: UploadKind::Configuration(None), delay_seconds: 0 });
        let Some(AcsRequest::Upload(order)) = paper.got.last() else { panic!() };
        assert_eq!(order.file_type, "1 Vendor Configuration File");
        assert!(order.url.starts_with("http://192.0.2.1:7548/uploads/"));
        if came {
            paper.received.insert(task, FileId(44));
        }
        let key = paper.key();
        paper.run_with(&[event(EventCode::TransferComplete)], vec![complete(&key, 0)], None);
        assert_eq!(paper.of(task).state, if came { TaskState::Verified } else { TaskState::Failed });
        if came {
            assert!(matches!(paper.of(task).outcome, Some(TaskOutcome::Transferred { file: Some(FileId(44)), .. })));
        }
    }
}

#[test]
fn rule_252_a_cancelled_transfer_has_no_report() {
    let (mut paper, target) = Paper::ordered(schedule(image("5.0.0")));
    let key = paper.key();
    let cancel = paper.task(TaskKind::CancelTransfer { task: target });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.got.last(), Some(&AcsRequest::CancelTransfer { command_key: key }));
    assert_eq!(paper.of(cancel).state, TaskState::Verified);
    assert_eq!(paper.of(target).state, TaskState::Cancelled);
}

#[test]
fn rule_346_rule_250_windows_that_passed_are_tried_a_day_later() {
    let (mut paper, task) = Paper::ordered(schedule(image("5.0.0")));
    let key = paper.key();
    // The window was the first hour; the device reports two hours later.
    paper.now += 2 * 3_600_000;
    paper.run_with(&[event(EventCode::TransferComplete)], vec![complete(&key, 9020)], None);
    assert_eq!(paper.of(task).state, TaskState::Applied, "ordered anew in the same session");
    let Some(AcsRequest::ScheduleDownload(order)) = paper.got.last() else { panic!("{:?}", paper.methods()) };
    assert_ne!(order.command_key, key);
    let hour = 3600;
    let window = &order.windows[0];
    assert!((22 * hour - 10..=22 * hour).contains(&window.start), "the same hour of the next day: {window:?}");
    assert_eq!(window.end - window.start, hour);
    for _ in 0..4 {
        let key = paper.key();
        paper.now += 24 * 3_600_000;
        paper.run_with(&[event(EventCode::TransferComplete)], vec![complete(&key, 9020)], None);
    }
    assert_eq!(paper.of(task).state, TaskState::Failed, "not for ever");
}

#[test]
fn rule_346_what_failed_on_its_way_is_tried_again_with_a_new_link_after_growing_pauses() {
    for code in [9010, 9015, 9016, 9017] {
        let (mut paper, task) = Paper::ordered(load(image("5.0.0")));
        let mut urls = Vec::new();
        for pause in [1, 4, 16, 64] {
            let Some(AcsRequest::Download(order)) = paper.got.last() else { panic!() };
            urls.push(order.url.clone());
            let key = paper.key();
            paper.run_with(&[event(EventCode::TransferComplete)], vec![complete(&key, code)], None);
            let waiting = paper.of(task).clone();
            assert_eq!(waiting.state, TaskState::Queued, "{code}");
            let note = waiting.note.unwrap();
            assert!(note.contains(&format!("Fault {code}. Try ")) && note.contains(" of 5 begins after "), "{note}");
            assert!(
                paper.events.iter().any(|kind| matches!(kind, EventKind::Fault { fault } if fault.code == Some(code)))
            );
            // Not before its time.
            let asked = paper.got.len();
            paper.session(&[EventCode::Periodic]);
            assert_eq!(paper.got.len(), asked, "{code}: not at once");
            // Told again of the last try: it is not the next one's.
            paper.now += pause * 60_000;
            paper.session(&[EventCode::Periodic]);
            assert_eq!(paper.of(task).state, TaskState::Applied, "{code}");
            paper.run_with(&[event(EventCode::TransferComplete)], vec![complete(&key, code)], None);
            assert_eq!(paper.of(task).state, TaskState::Applied, "{code}: a repeated report");
        }
        urls.sort();
        urls.dedup();
        assert_eq!(urls.len(), 4, "{code}: each try has a link of its own");
        let key = paper.key();
        paper.run_with(&[event(EventCode::TransferComplete)], vec![complete(&key, code)], None);
        assert_eq!(paper.of(task).state, TaskState::Failed);
        let Some(TaskOutcome::Fault { fault }) = &paper.of(task).outcome else { panic!() };
        assert!(fault.code == Some(code) && fault.message.ends_with("It was tried 5 times."), "{fault:?}");
    }
}

#[test]
fn rule_346_a_second_try_that_works_is_a_success() {
    let (mut paper, task) = Paper::ordered(load(image("5.0.0")));
    let key = paper.key();
    paper.run_with(&[event(EventCode::TransferComplete)], vec![complete(&key, 9017)], None);
    paper.now += 61_000;
    paper.session(&[EventCode::Periodic]);
    let key = paper.key();
    paper.flash("5.0.0");
    paper.run_with(&[event(EventCode::Boot), event(EventCode::TransferComplete)], vec![complete(&key, 0)], None);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    assert_eq!(paper.versions(task), ("4.2.0".into(), "5.0.0".into(), false));
}

#[test]
fn rule_346_a_device_that_cannot_log_in_gets_a_link_without_a_password_once() {
    let (mut paper, task) = Paper::ordered(load(image("5.0.0")));
    let Some(AcsRequest::Download(order)) = paper.got.last() else { panic!() };
    assert!(!order.username.is_empty() && !order.password.is_empty());
    let key = paper.key();
    paper.run_with(&[event(EventCode::TransferComplete)], vec![complete(&key, 9012)], None);
    assert_eq!(paper.of(task).state, TaskState::Applied, "ordered anew in the same session");
    let Some(AcsRequest::Download(order)) = paper.got.last() else { panic!() };
    assert!(order.username.is_empty() && order.password.is_empty());
    let token = order.url.split('/').nth(4).unwrap();
    assert!(links().grant(token).unwrap().open);
    let key = paper.key();
    paper.run_with(&[event(EventCode::TransferComplete)], vec![complete(&key, 9012)], None);
    assert_eq!(paper.of(task).state, TaskState::Failed, "nothing else can be done about it");
}

#[test]
fn rule_346_a_bad_file_and_a_refusal_stop_at_once() {
    for code in [9001, 9003, 9013, 9018, 9019, 9801] {
        let (mut paper, task) = Paper::ordered(load(image("5.0.0")));
        let key = paper.key();
        paper.run_with(&[event(EventCode::TransferComplete)], vec![complete(&key, code)], None);
        assert_eq!(paper.of(task).state, TaskState::Failed, "{code}");
    }
}

#[test]
fn rule_105_what_the_version_does_not_have_is_sent_only_if_it_is_listed() {
    let mut paper = Paper::known();
    paper.version = "1.0";
    let task = paper.task(schedule(image("5.0.0")));
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.methods(), ["GetRPCMethods"]);
    assert_eq!(paper.of(task).state, TaskState::Failed);
}

#[test]
fn rule_146_a_scheduled_inform_is_known_by_its_key() {
    let (mut paper, task) = Paper::ordered(TaskKind::ScheduleInform { delay_seconds: 60 });
    paper.session(&[EventCode::Periodic]);
    assert_eq!(paper.of(task).state, TaskState::Applied);
    let key = paper.key();
    let events = [event(EventCode::Scheduled), Event::new(EventCode::Method("ScheduleInform".into()), &key)];
    paper.run_with(&events, Vec::new(), None);
    assert_eq!(paper.of(task).state, TaskState::Verified);
}

#[test]
fn rule_259_results_of_software_modules_may_come_in_parts() {
    let install = |url: &str| ModuleOperation::Install {
        url: url.into(),
        uuid: String::new(),
        username: "u".into(),
        password: "canary".into(),
        execution_env_ref: String::new(),
    };
    let operations = vec![install("http://192.0.2.9/a"), install("http://192.0.2.9/b")];
    let (mut paper, task) = Paper::ordered(TaskKind::ChangeModules { operations });
    let key = paper.key();
    let report = |fault_code| CpeRequest::DuStateChangeComplete {
        results: vec![cwmp::DuResult { current_state: "Installed".into(), fault_code, ..Default::default() }],
        command_key: key.clone(),
    };
    paper.run_with(&[event(EventCode::DuStateChangeComplete)], vec![report(0)], None);
    assert_eq!(paper.of(task).state, TaskState::Applied);
    paper.run_with(&[event(EventCode::DuStateChangeComplete)], vec![report(9026)], None);
    assert_eq!(paper.of(task).state, TaskState::Failed);
    let Some(TaskOutcome::Modules { results }) = &paper.of(task).outcome else { panic!() };
    assert_eq!(results.iter().map(|result| result.fault_code).collect::<Vec<_>>(), [0, 9026]);
    let kind = serde_json::to_string(&paper.of(task).kind).unwrap();
    assert!(!kind.contains("canary"), "the password is gone when the task ends");
}

#[test]
fn reporting_is_changed_and_read_back() {
    let mut paper = Paper::known();
    let attributes = vec![SetAttribute { path: CHANNEL.into(), notification: Some(2), access_list: None }];
    let task = paper.task(TaskKind::SetAttributes { attributes });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.methods(), ["SetParameterAttributes", "GetParameterAttributes"]);
    assert_eq!(paper.of(task).state, TaskState::Verified);
    assert_eq!(paper.tree.as_ref().unwrap().get(CHANNEL).unwrap().notification, Some(2));
}

#[test]
fn rule_266_a_vendors_answer_comes_back_as_it_is() {
    let mut paper = Paper::known();
    let kind = TaskKind::Vendor { method: "X_KESTREL_Blink".into(), body: "<Times>3</Times>".into() };
    let task = paper.task(kind);
    paper.session(&[EventCode::ConnectionRequest]);
    let answer = TaskOutcome::Answer { body: "<Times>3</Times>".into() };
    assert_eq!(paper.of(task).outcome, Some(answer));
}

#[test]
fn rule_180_too_many_values_at_once_are_set_in_parts() {
    let mut paper = Paper::known();
    for row in 1..=5 {
        paper.values.insert(format!("Device.X.{row}.Name"), ("old".into(), true));
    }
    paper.refuse = |request| match request {
        AcsRequest::SetParameterValues { values, .. } if values.len() > 2 => {
            Some(Fault { code: 9004, ..Fault::default() })
        }
        _ => None,
    };
    let values = (1..=5)
        .map(|row| SetValue { path: format!("Device.X.{row}.Name"), value: "new".into(), value_type: None })
        .collect();
    let task = paper.task(TaskKind::SetValues { values });
    paper.session(&[EventCode::ConnectionRequest]);
    assert_eq!(paper.of(task).state, TaskState::Verified, "{:?}", paper.of(task).outcome);
    let sizes: Vec<_> = paper
        .got
        .iter()
        .filter_map(|request| match request {
            AcsRequest::SetParameterValues { values, .. } => Some(values.len()),
            _ => None,
        })
        .collect();
    assert_eq!(sizes, [5, 2, 2, 1]);
}

#[test]
fn rule_182_what_points_the_device_elsewhere_comes_last() {
    let mut paper = Paper::known();
    paper.values.insert("Device.ManagementServer.URL".into(), ("http://a".into(), true));
    let url = SetValue { path: "Device.ManagementServer.URL".into(), value: "http://b".into(), value_type: None };
    paper.task(TaskKind::SetValues { values: vec![url] });
    paper.task(set_channel("11"));
    paper.session(&[EventCode::ConnectionRequest]);
    let set: Vec<_> = paper
        .got
        .iter()
        .filter_map(|request| match request {
            AcsRequest::SetParameterValues { values, .. } => Some(values[0].name.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(set, [CHANNEL, "Device.ManagementServer.URL"]);
}

#[test]
fn reports_that_nobody_asked_for_are_answered_and_told() {
    let mut paper = Paper::known();
    let requests = vec![
        CpeRequest::AutonomousTransferComplete(cwmp::AutonomousTransferComplete {
            file_type: "1 Firmware Upgrade Image".into(),
            is_download: true,
            ..Default::default()
        }),
        CpeRequest::AutonomousDuStateChangeComplete { results: vec![cwmp::AutonomousDuResult::default()] },
        CpeRequest::RequestDownload { file_type: "1 Firmware Upgrade Image".into(), arguments: Vec::new() },
        CpeRequest::Kicked { command: String::new(), referer: String::new(), arg: String::new(), next: "/a".into() },
    ];
    paper.run_with(&[event(EventCode::AutonomousTransferComplete)], requests, None);
    let told = |matches: fn(&EventKind) -> bool| paper.events.iter().any(matches);
    assert!(told(|kind| matches!(kind, EventKind::Transferred { download: true, fault: None, .. })));
    assert!(told(|kind| matches!(kind, EventKind::ModulesChanged { .. })));
    assert!(told(|kind| matches!(kind, EventKind::DownloadRequested { .. })));
}
