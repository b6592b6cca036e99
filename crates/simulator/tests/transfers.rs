//! Transfers, schedules, modules and what a device tells on its own, against the smallest ACS and file server.
#![allow(clippy::unwrap_used)]

mod support;

use cwmp::{
    AcsRequest, CpeMessage, CpeRequest, CpeResponse, Download, DuOperation, ScheduleDownload, TimeWindow,
    TransferComplete, Upload,
};
use simulator::{Cpe, Fault, Fleet, FleetSettings, Injected, Pace, Report, Transferred, builtin, image};
use std::sync::Arc;
use std::time::Duration;
use support::files::{self, FileServer};
use support::{MiniAcs, USER};

const PATIENCE: Duration = Duration::from_secs(10);

struct World {
    acs: MiniAcs,
    files: FileServer,
    fleet: Fleet,
    cpe: Arc<Cpe>,
}

impl World {
    /// One device of a model, in contact.
    async fn new(model: &str) -> Self {
        let (acs, files) = (MiniAcs::start().await, FileServer::start().await);
        let settings = FleetSettings {
            acs: acs.url(),
            models: vec![builtin(model).unwrap()],
            username: USER.0.to_owned(),
            password: USER.1.to_owned(),
            inform_interval: 86_400,
            pace: Pace { speed: 100.0, reboot: Duration::from_secs(20) },
            ..FleetSettings::default()
        };
        let fleet = Fleet::start(settings).await.unwrap();
        let cpe = fleet.devices()[0].clone();
        let world = Self { acs, files, fleet, cpe };
        world.sessions(1).await;
        world
    }

    async fn until(&self, what: &str, done: impl Fn() -> bool) {
        if !self.fleet.wait_until(PATIENCE, |_| done()).await {
            let seen = self.acs.log(self.cpe.serial(), |log| {
                let events: Vec<_> = (0..log.informs.len()).map(|n| log.raws(n).join(", ")).collect();
                format!("{events:#?}\n{:#?}", log.requests)
            });
            panic!("{what}: {:#?}\n{seen}", self.cpe.stats());
        }
    }

    async fn sessions(&self, count: u64) {
        self.until(&format!("session {count}"), || self.cpe.stats().sessions >= count).await;
    }

    /// Asks in a session of its own.
    async fn ask(&self, requests: Vec<AcsRequest>) -> Vec<CpeMessage> {
        let (before, count) = (self.acs.log(self.cpe.serial(), |log| log.answers.len()), requests.len());
        self.acs.queue(self.cpe.serial(), requests);
        self.cpe.inform_now();
        self.until("answers", || self.acs.log(self.cpe.serial(), |log| log.answers.len() >= before + count)).await;
        self.acs.log(self.cpe.serial(), |log| log.answers[before..].to_vec())
    }

    async fn completes(&self, count: usize) -> Vec<TransferComplete> {
        self.until(&format!("{count} TransferComplete"), || {
            self.acs.log(self.cpe.serial(), |log| log.completes().len() >= count)
        })
        .await;
        self.acs.log(self.cpe.serial(), |log| log.completes().into_iter().cloned().collect())
    }

    fn transfer(&self) -> Transferred {
        self.cpe.stats().transfers.back().unwrap().clone()
    }

    /// Events of the Inform before the last request of the device.
    fn announced(&self) -> Vec<(String, String)> {
        self.acs.log(self.cpe.serial(), |log| log.events(log.requests.last().unwrap().0))
    }

    fn fault(&self, fault: Fault) {
        self.cpe.inject(Injected::once(fault));
    }
}

fn download(key: &str, file_type: &str, url: String) -> Download {
    Download {
        command_key: key.to_owned(),
        file_type: file_type.to_owned(),
        url,
        username: files::USER.0.to_owned(),
        password: files::USER.1.to_owned(),
        ..Download::default()
    }
}

fn upload(key: &str, file_type: &str, url: String) -> AcsRequest {
    AcsRequest::Upload(Upload {
        command_key: key.to_owned(),
        file_type: file_type.to_owned(),
        url,
        username: files::USER.0.to_owned(),
        password: files::USER.1.to_owned(),
        delay_seconds: 0,
    })
}

const FIRMWARE: &str = "1 Firmware Upgrade Image";
const CONFIGURATION: &str = "3 Vendor Configuration File";
const VERSION: &str = "Device.DeviceInfo.SoftwareVersion";

fn started(message: &CpeMessage) -> u32 {
    match message {
        CpeMessage::Response(CpeResponse::Download(started) | CpeResponse::Upload(started)) => started.status,
        other => panic!("{other:?}"),
    }
}

fn code(message: &CpeMessage) -> u32 {
    match message {
        CpeMessage::Fault(fault) => fault.code,
        other => panic!("not a fault: {other:?}"),
    }
}

#[tokio::test]
async fn rule_344_firmware_is_loaded_installed_and_told_after_the_restart() {
    let world = World::new("kestrel-hg645").await;
    let bytes = image("HG645", "4.9.0", 200_000);
    let url = world.files.offer("/files/token/image.bin", &bytes);
    let request = AcsRequest::Download(Download { file_size: 200_000, ..download("key-1", FIRMWARE, url) });
    let answers = world.ask(vec![request, AcsRequest::GetAllQueuedTransfers]).await;
    assert_eq!(started(&answers[0]), 1);
    let CpeMessage::Response(CpeResponse::GetAllQueuedTransfers { transfers }) = &answers[1] else { panic!() };
    assert_eq!((transfers[0].command_key.as_str(), transfers[0].state), ("key-1", 1));

    let complete = &world.completes(1).await[0];
    assert_eq!((complete.command_key.as_str(), complete.fault_code), ("key-1", 0));
    assert!(complete.start_time.starts_with("20") && complete.complete_time.starts_with("20"));
    let events = world.announced();
    for event in [("1 BOOT", ""), ("4 VALUE CHANGE", ""), ("7 TRANSFER COMPLETE", ""), ("M Download", "key-1")] {
        assert!(events.contains(&(event.0.to_owned(), event.1.to_owned())), "{event:?} in {events:?}");
    }
    assert_eq!(world.cpe.value(VERSION).unwrap(), "4.9.0");
    world.acs.log(world.cpe.serial(), |log| {
        assert_eq!(log.informs.last().unwrap().value(VERSION), Some("4.9.0"));
    });
    let transfer = world.transfer();
    assert_eq!((transfer.bytes, transfer.resumed, transfer.fault), (200_000, 0, 0));
    assert_eq!(transfer.sha256, sha256(&bytes));

    // A factory reset does not bring the old firmware back.
    world.ask(vec![AcsRequest::FactoryReset]).await;
    world
        .until("the factory reset", || {
            world.acs.log(world.cpe.serial(), |log| log.raws(log.informs.len() - 1).contains(&"0 BOOTSTRAP"))
        })
        .await;
    assert_eq!(world.cpe.value(VERSION).unwrap(), "4.9.0");
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(bytes))
}

#[tokio::test]
async fn rule_231_a_cut_transfer_goes_on_with_a_range() {
    let world = World::new("kestrel-hg645").await;
    let bytes = image("HG645", "5.0", 300_000);
    let url = world.files.offer("/image", &bytes);
    world.files.with(|shared| shared.cut = (2, 100_000));
    world.ask(vec![AcsRequest::Download(download("k", FIRMWARE, url))]).await;
    assert_eq!(world.completes(1).await[0].fault_code, 0);
    let transfer = world.transfer();
    assert_eq!((transfer.bytes, transfer.resumed), (300_000, 2));
    assert_eq!(transfer.sha256, sha256(&bytes));
}

#[tokio::test]
async fn what_goes_wrong_with_a_file_has_the_code_of_the_standard() {
    let world = World::new("kestrel-hg640").await;
    let good = world.files.offer("/good", b"x");
    let foreign = world.files.offer("/foreign", &image("HG645", "9.9", 100));
    let nobody = "http://127.0.0.1:9/x".to_owned();
    let cases = [
        (Download { url: world.files.url("/missing"), ..download("a", FIRMWARE, String::new()) }, 9016),
        (Download { password: "wrong".to_owned(), ..download("b", FIRMWARE, good.clone()) }, 9012),
        (download("c", FIRMWARE, foreign), 9018),
        (Download { file_size: 2, ..download("d", CONFIGURATION, good.clone()) }, 9018),
        (download("e", FIRMWARE, nobody), 9015),
    ];
    for (number, (request, fault)) in cases.into_iter().enumerate() {
        let key = request.command_key.clone();
        world.ask(vec![AcsRequest::Download(request)]).await;
        let complete = &world.completes(number + 1).await[number];
        assert_eq!((complete.command_key.as_str(), complete.fault_code), (key.as_str(), fault));
        assert_eq!(complete.complete_time, "0001-01-01T00:00:00Z");
    }
    world.files.with(|shared| shared.status = Some(403));
    world.ask(vec![AcsRequest::Download(download("f", FIRMWARE, good.clone()))]).await;
    assert_eq!(world.completes(6).await[5].fault_code, 9016, "rule 233");
    assert_eq!(world.cpe.stats().reboots, 0);

    // Refused at once.
    let refused = [
        (download("g", FIRMWARE, "ftp://host/file".to_owned()), 9013),
        (download("g", FIRMWARE, "http://user:secret@host/file".to_owned()), 9003),
        (download("g", "9 Something", good.clone()), 9003),
        (download(&"k".repeat(33), FIRMWARE, good), 9003),
    ];
    for (request, fault) in refused {
        assert_eq!(code(&world.ask(vec![AcsRequest::Download(request)]).await[0]), fault);
    }
}

#[tokio::test]
async fn rule_236_files_are_sent_with_put_and_digest_and_loaded_again() {
    let world = World::new("kestrel-hg640").await;
    let ssid = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID";
    world.cpe.change(ssid, "before");
    world.ask(vec![upload("up", "1 Vendor Configuration File", world.files.url("/uploads/t/"))]).await;
    assert_eq!(world.completes(1).await[0].fault_code, 0);
    assert!(world.announced().contains(&("M Upload".to_owned(), "up".to_owned())));
    let (method, path, content) = world.files.with(|shared| shared.sent[0].clone());
    assert_eq!((method.as_str(), path.as_str()), ("PUT", "/uploads/t/"));
    assert_eq!(world.transfer().sha256, sha256(&content));
    let text = String::from_utf8(content.clone()).unwrap();
    assert!(text.contains(&format!("{ssid}=before\n")) && !text.contains("Password="), "{text}");
    world.files.with(|shared| {
        assert!(shared.heads.iter().all(|head| head.contains("Expect: 100-continue")));
        assert_eq!(shared.heads.len(), 2, "challenged before the body");
    });

    world.cpe.change(ssid, "after");
    let url = world.files.offer("/backup", &content);
    world.ask(vec![AcsRequest::Download(download("down", CONFIGURATION, url))]).await;
    assert_eq!(world.completes(2).await[1].fault_code, 0);
    assert_eq!(world.cpe.value(ssid).unwrap(), "before");
    assert_eq!(world.cpe.stats().reboots, 0);

    // Rule 237: those that do it otherwise.
    for fault in [Fault::UploadByPost, Fault::UploadAppendsName, Fault::UploadChunked] {
        world.fault(fault);
    }
    world.ask(vec![upload("log", "2 Vendor Log File", world.files.url("/uploads/t/"))]).await;
    assert_eq!(world.completes(3).await[2].fault_code, 0);
    let (method, path, content) = world.files.with(|shared| shared.sent[1].clone());
    assert_eq!((method.as_str(), path.as_str()), ("POST", "/uploads/t/device.log"));
    assert!(String::from_utf8(content).unwrap().contains("cwmpd:"));

    world.files.with(|shared| shared.status = Some(403));
    world.ask(vec![upload("no", "2 Vendor Log File", world.files.url("/uploads/t/"))]).await;
    assert_eq!(world.completes(4).await[3].fault_code, 9011);
}

#[tokio::test]
async fn rule_224_transfer_complete_in_the_same_session_before_and_after_the_restart() {
    let world = World::new("kestrel-hg645").await;
    // In the session, before the empty answer ends it.
    world.fault(Fault::TransferCompleteInSession);
    let url = world.files.offer("/c", b"anything");
    let answers = world.ask(vec![AcsRequest::Download(download("same", CONFIGURATION, url))]).await;
    assert_eq!(started(&answers[0]), 1);
    assert_eq!(world.completes(1).await[0].command_key, "same");
    world.acs.log(world.cpe.serial(), |log| assert_eq!(log.requests[0].0, 1, "the session of the Download"));
    world.sessions(2).await;

    // Before the restart.
    world.fault(Fault::TransferCompleteBeforeReboot);
    let url = world.files.offer("/f", &image("HG645", "7.1", 1000));
    world.ask(vec![AcsRequest::Download(download("before", FIRMWARE, url))]).await;
    assert_eq!(world.completes(2).await[1].command_key, "before");
    assert!(!world.announced().iter().any(|(raw, _)| raw == "1 BOOT"));
    world.until("the restart", || world.cpe.value(VERSION).unwrap() == "7.1").await;
    world
        .until("the boot", || {
            world.acs.log(world.cpe.serial(), |log| log.raws(log.informs.len() - 1).contains(&"1 BOOT"))
        })
        .await;
    assert_eq!(world.cpe.stats().reboots, 1);
    assert_eq!(world.acs.log(world.cpe.serial(), |log| log.completes().len()), 2, "told once");
}

#[tokio::test]
async fn status_0_means_that_nothing_follows() {
    let world = World::new("kestrel-hg645").await;
    world.fault(Fault::TransferAtOnce);
    let url = world.files.offer("/f", &image("HG645", "6.6.6", 1000));
    let answers = world.ask(vec![AcsRequest::Download(download("now", FIRMWARE, url))]).await;
    let CpeMessage::Response(CpeResponse::Download(started)) = &answers[0] else { panic!("{answers:?}") };
    assert_eq!(started.status, 0);
    assert!(started.complete_time.starts_with("20"));
    assert_eq!(world.cpe.value(VERSION).unwrap(), "6.6.6");
    world.fault(Fault::TransferAtOnce);
    let missing = AcsRequest::Download(download("now", FIRMWARE, world.files.url("/missing")));
    assert_eq!(code(&world.ask(vec![missing]).await[0]), 9016);
    world.ask(vec![]).await;
    assert_eq!(world.acs.log(world.cpe.serial(), |log| log.requests.len()), 0);
}

#[tokio::test]
async fn transfer_complete_twice_late_with_another_key_without_event_or_never() {
    let world = World::new("kestrel-hg645").await;
    let url = world.files.offer("/c", b"anything");
    let load = |key: &str| vec![AcsRequest::Download(download(key, CONFIGURATION, url.clone()))];

    world.fault(Fault::TransferCompleteTwice { apart: false });
    world.ask(load("twice")).await;
    let both = world.completes(2).await;
    assert_eq!(both[0], both[1]);
    world.acs.log(world.cpe.serial(), |log| assert_eq!(log.requests[0].0, log.requests[1].0, "one session"));

    world.fault(Fault::TransferCompleteTwice { apart: true });
    world.ask(load("apart")).await;
    assert_eq!(world.completes(4).await[3].command_key, "apart");
    world.acs.log(world.cpe.serial(), |log| assert_eq!(log.requests[2].0 + 1, log.requests[3].0));
    assert!(world.announced().contains(&("M Download".to_owned(), "apart".to_owned())));

    world.fault(Fault::TransferCompleteKey { key: String::new() });
    world.ask(load("lost")).await;
    assert_eq!(world.completes(5).await[4].command_key, "");

    world.fault(Fault::TransferCompleteLate { sessions: 2 });
    world.ask(load("late")).await;
    world.until("the transfer", || world.cpe.stats().transfers.len() == 4).await;
    let before = world.acs.log(world.cpe.serial(), |log| log.informs.len());
    for number in 1..=2 {
        let sessions = world.cpe.stats().sessions;
        world.cpe.inform_now();
        world.sessions(sessions + number).await;
    }
    assert_eq!(world.completes(6).await[5].command_key, "late");
    world.acs.log(world.cpe.serial(), |log| assert!(log.requests[5].0 >= before + 2));

    world.fault(Fault::TransferCompleteWithoutEvent);
    world.ask(load("silent")).await;
    world.until("the transfer", || world.cpe.stats().transfers.len() == 5).await;
    world.cpe.inform_now();
    world.completes(7).await;
    assert_eq!(world.announced(), [("2 PERIODIC".to_owned(), String::new())]);

    world.fault(Fault::TransferCompleteNever);
    world.ask(load("never")).await;
    world.until("the transfer", || world.cpe.stats().transfers.len() == 6).await;
    world.ask(vec![]).await;
    let answers = world.ask(vec![AcsRequest::GetAllQueuedTransfers]).await;
    assert_eq!(answers[0], CpeMessage::Response(CpeResponse::GetAllQueuedTransfers { transfers: Vec::new() }));
    assert_eq!(world.completes(7).await.len(), 7);
}

#[tokio::test]
async fn rule_161_transfer_complete_comes_again_until_it_is_answered() {
    let world = World::new("kestrel-hg645").await;
    let url = world.files.offer("/c", b"anything");
    world.acs.with(|shared| shared.cut = 2);
    world.ask(vec![AcsRequest::Download(download("again", CONFIGURATION, url))]).await;
    assert_eq!(world.completes(1).await[0].command_key, "again");
    let events = world.announced();
    assert!(events.iter().any(|(raw, _)| raw == "7 TRANSFER COMPLETE"), "{events:?}");
    world.sessions(2).await;
    world.acs.log(world.cpe.serial(), |log| {
        let times = (0..log.informs.len()).filter(|n| log.raws(*n).contains(&"7 TRANSFER COMPLETE")).count();
        assert_eq!(times, 2, "cut, on a second connection too, then answered");
        // Fault 8005: the same again.
        log.faults.extend([8005, 8005]);
    });
    let url = world.files.url("/c");
    world.ask(vec![AcsRequest::Download(download("retry", CONFIGURATION, url))]).await;
    assert_eq!(world.completes(4).await.iter().filter(|one| one.command_key == "retry").count(), 3);
    assert_eq!(world.cpe.stats().told["TransferComplete"], 2);
}

#[tokio::test]
async fn rule_225_three_transfers_wait_and_no_more_than_there_is_room_for() {
    let world = World::new("kestrel-hg645").await;
    let url = world.files.offer("/c", b"anything");
    let later = |key: &str, delay_seconds: u32| {
        AcsRequest::Download(Download { delay_seconds, ..download(key, CONFIGURATION, url.clone()) })
    };
    let requests: Vec<_> = (0..9).map(|n| later(&format!("k{n}"), 10_000)).collect();
    let answers = world.ask(requests).await;
    assert!(answers[..8].iter().all(|answer| started(answer) == 1));
    assert_eq!(code(&answers[8]), 9004);
    let mut cancels: Vec<_> = (0..8).map(|n| AcsRequest::CancelTransfer { command_key: format!("k{n}") }).collect();
    cancels.push(AcsRequest::GetAllQueuedTransfers);
    let answers = world.ask(cancels).await;
    assert!(answers[..8].iter().all(|answer| *answer == CpeMessage::Response(CpeResponse::CancelTransfer)));
    assert_eq!(answers[8], CpeMessage::Response(CpeResponse::GetAllQueuedTransfers { transfers: Vec::new() }));

    // Two that wait, each told by its own key (rule 223).
    world.ask(vec![later("one", 20), later("two", 10)]).await;
    let keys: Vec<_> = world.completes(2).await.into_iter().map(|one| one.command_key).collect();
    assert_eq!(keys, ["two", "one"]);
}

#[tokio::test]
async fn rule_252_what_runs_cannot_be_cancelled() {
    let world = World::new("kestrel-hg645").await;
    world.fault(Fault::TransferCompleteLate { sessions: 1 });
    let url = world.files.offer("/c", b"anything");
    world.ask(vec![AcsRequest::Download(download("k", CONFIGURATION, url))]).await;
    world.until("the transfer", || world.cpe.stats().transfers.len() == 1).await;
    let answers = world
        .ask(vec![AcsRequest::CancelTransfer { command_key: "k".to_owned() }, AcsRequest::GetAllQueuedTransfers])
        .await;
    assert_eq!(code(&answers[0]), 9021);
    let CpeMessage::Response(CpeResponse::GetAllQueuedTransfers { transfers }) = &answers[1] else { panic!() };
    assert_eq!(transfers[0].state, 3);
    world.completes(1).await;
}

#[tokio::test]
async fn rules_247_to_250_windows_are_kept_and_missed() {
    let world = World::new("kestrel-hg645").await;
    let window = |start, end, max_retries| TimeWindow {
        start,
        end,
        mode: "1 At Any Time".to_owned(),
        user_message: String::new(),
        max_retries,
    };
    let scheduled = |key: &str, url: String, windows: Vec<TimeWindow>| {
        AcsRequest::ScheduleDownload(ScheduleDownload {
            command_key: key.to_owned(),
            file_type: CONFIGURATION.to_owned(),
            url,
            username: files::USER.0.to_owned(),
            password: files::USER.1.to_owned(),
            windows,
            ..ScheduleDownload::default()
        })
    };
    let good = world.files.offer("/c", b"anything");
    for wrong in [vec![], vec![window(10, 10, 0)], vec![window(0, 20, 0), window(10, 30, 0)], vec![window(1, 2, 0); 3]]
    {
        let answers = world.ask(vec![scheduled("w", good.clone(), wrong)]).await;
        assert_eq!(code(&answers[0]), 9003);
    }
    let answers = world.ask(vec![scheduled("in", good, vec![window(5, 500, -1)])]).await;
    assert_eq!(answers[0], CpeMessage::Response(CpeResponse::ScheduleDownload));
    assert_eq!(world.completes(1).await[0].fault_code, 0);
    assert!(world.announced().contains(&("M ScheduleDownload".to_owned(), "in".to_owned())));

    // Off while its windows pass.
    world.ask(vec![scheduled("missed", world.files.url("/c"), vec![window(10, 20, 0), window(30, 40, 0)])]).await;
    world.cpe.power_off();
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.cpe.power_on();
    let complete = world.completes(2).await[1].clone();
    assert_eq!((complete.command_key.as_str(), complete.fault_code), ("missed", 9020));

    // Tried again in its window: the first attempts are cut for good.
    world.files.with(|shared| shared.status = Some(500));
    world.ask(vec![scheduled("again", world.files.url("/c"), vec![window(0, 60, 8)])]).await;
    world.until("an attempt", || world.files.with(|shared| shared.heads.len() >= 8)).await;
    world.files.with(|shared| shared.status = None);
    assert_eq!(world.completes(3).await[2].fault_code, 0);
}

#[tokio::test]
async fn rule_218_a_scheduled_inform_comes_with_its_key() {
    let world = World::new("kestrel-hg640").await;
    let schedule = |delay_seconds, key: &str| AcsRequest::ScheduleInform { delay_seconds, command_key: key.to_owned() };
    let answers = world.ask(vec![schedule(0, "zero"), schedule(20, "a"), schedule(20, "b")]).await;
    assert_eq!(code(&answers[0]), 9003);
    assert_eq!(answers[1], CpeMessage::Response(CpeResponse::ScheduleInform));
    world
        .until("both", || {
            world.acs.log(world.cpe.serial(), |log| {
                let events: Vec<_> = (0..log.informs.len()).flat_map(|n| log.events(n)).collect();
                ["a", "b"].iter().all(|key| events.contains(&("M ScheduleInform".to_owned(), (*key).to_owned())))
            })
        })
        .await;
    world.acs.log(world.cpe.serial(), |log| {
        for n in 0..log.informs.len() {
            let raws = log.raws(n);
            assert_eq!(raws.contains(&"3 SCHEDULED"), raws.contains(&"M ScheduleInform"), "rule 146: {raws:?}");
        }
    });
}

#[tokio::test]
async fn rules_253_to_259_modules_are_installed_updated_and_uninstalled() {
    let world = World::new("kestrel-hg645").await;
    let one = world.files.offer("/one-1.0.pkg", b"LASTMILE-SIM version=1.0 name=filter\n");
    let two = world.files.offer("/two", b"LASTMILE-SIM version=1.1 name=filter\n");
    let (username, password) = (files::USER.0.to_owned(), files::USER.1.to_owned());
    let install = |url: &str, uuid: &str| DuOperation::Install {
        url: url.to_owned(),
        uuid: uuid.to_owned(),
        username: username.clone(),
        password: password.clone(),
        execution_env_ref: String::new(),
    };
    let update = |url: &str, uuid: &str| DuOperation::Update {
        uuid: uuid.to_owned(),
        version: String::new(),
        url: url.to_owned(),
        username: username.clone(),
        password: password.clone(),
    };
    let uninstall = |uuid: &str| DuOperation::Uninstall {
        uuid: uuid.to_owned(),
        version: String::new(),
        execution_env_ref: String::new(),
    };
    let uuid = "0a0b0c0d-0000-5000-a000-00112233aabb";
    let change = |key: &str, operations| AcsRequest::ChangeDuState { operations, command_key: key.to_owned() };
    let results = async |number: usize| {
        world
            .until("DUStateChangeComplete", || world.acs.log(world.cpe.serial(), |log| log.requests.len() > number))
            .await;
        world.acs.log(world.cpe.serial(), |log| match &log.requests[number].1 {
            CpeRequest::DuStateChangeComplete { results, command_key } => (results.clone(), command_key.clone()),
            other => panic!("{other:?}"),
        })
    };
    let table = "Device.SoftwareModules.DeploymentUnit.";
    let missing = world.files.url("/missing");
    let operations = vec![install(&one, uuid), install(&one, "no-uuid"), install(&missing, ""), install(&one, uuid)];
    let answers = world.ask(vec![change("du-1", operations)]).await;
    assert_eq!(answers[0], CpeMessage::Response(CpeResponse::ChangeDuState));
    let (done, key) = results(0).await;
    assert_eq!(key, "du-1");
    let codes: Vec<_> = done.iter().map(|result| result.fault_code).collect();
    assert_eq!(codes, [0, 9022, 9016, 9026], "one result for each operation");
    assert_eq!((done[0].current_state.as_str(), done[0].version.as_str()), ("Installed", "1.0"));
    assert_eq!(done[0].deployment_unit_ref, format!("{table}1."));
    assert_eq!(world.cpe.value(&format!("{table}1.Name")).unwrap(), "filter");
    let events = world.announced();
    assert!(events.contains(&("11 DU STATE CHANGE COMPLETE".to_owned(), String::new())), "{events:?}");
    assert!(events.contains(&("M ChangeDUState".to_owned(), "du-1".to_owned())));

    let operations = vec![update(&two, uuid), update(&two, uuid), uninstall("00000000-0000-0000-0000-000000000000")];
    world.ask(vec![change("du-2", operations)]).await;
    let (done, _) = results(1).await;
    let codes: Vec<_> = done.iter().map(|result| result.fault_code).collect();
    assert_eq!(codes, [0, 9032, 9028]);
    assert_eq!(world.cpe.value(&format!("{table}1.Version")).unwrap(), "1.1");

    world.ask(vec![change("du-3", vec![uninstall(uuid)])]).await;
    let (done, _) = results(2).await;
    assert_eq!(done[0].current_state, "Uninstalled");
    assert_eq!(world.cpe.value("Device.SoftwareModules.DeploymentUnitNumberOfEntries").unwrap(), "0");
    // A device without software modules does not know the method.
    let old = World::new("kestrel-hg640").await;
    let answers = old.ask(vec![change("du", vec![uninstall(uuid)])]).await;
    assert_eq!(code(&answers[0]), 9000);
}

#[tokio::test]
async fn a_device_tells_what_nobody_asked_for() {
    let world = World::new("kestrel-hg645").await;
    let reports = [
        (Report::GetRpcMethods, None),
        (Report::RequestDownload { file_type: FIRMWARE.to_owned(), arguments: Vec::new() }, Some("9 REQUEST DOWNLOAD")),
        (
            Report::Kicked {
                command: "login".to_owned(),
                referer: String::new(),
                arg: String::new(),
                next: String::new(),
            },
            Some("5 KICKED"),
        ),
        (
            Report::Transfer {
                url: "http://files.example/x".to_owned(),
                file_type: FIRMWARE.to_owned(),
                download: true,
                file_size: 9,
                fault: 0,
            },
            Some("10 AUTONOMOUS TRANSFER COMPLETE"),
        ),
        (
            Report::Module {
                uuid: "0a0b0c0d-0000-5000-a000-00112233aabb".to_owned(),
                version: "1".to_owned(),
                operation: "Install".to_owned(),
                fault: 0,
            },
            Some("12 AUTONOMOUS DU STATE CHANGE COMPLETE"),
        ),
    ];
    for (number, (report, event)) in reports.into_iter().enumerate() {
        world.cpe.report(report);
        world.until("the request", || world.cpe.stats().told.values().sum::<u64>() == number as u64 + 1).await;
        let sessions = world.cpe.stats().sessions;
        if let Some(event) = event {
            assert!(world.announced().iter().any(|(raw, _)| raw == event), "{event}");
        }
        world.sessions(sessions).await;
    }
    assert_eq!(world.cpe.stats().acs_methods, ["Inform"]);
    assert_eq!(world.cpe.stats().next_url, "http://next.example/");
    for event in ["13 WAKEUP", "14 HEARTBEAT", "X 02A0E1 Tilt"] {
        world.cpe.signal(event);
        world
            .until(event, || world.acs.log(world.cpe.serial(), |log| log.raws(log.informs.len() - 1) == [event]))
            .await;
    }
}

#[tokio::test]
async fn rules_83_and_352_nothing_is_said_while_requests_are_held() {
    let world = World::new("kestrel-hg645").await;
    world.acs.with(|shared| shared.hold = true);
    world.acs.queue(world.cpe.serial(), [AcsRequest::GetRpcMethods]);
    world.cpe.report(Report::RequestDownload { file_type: FIRMWARE.to_owned(), arguments: Vec::new() });
    world.sessions(2).await;
    world.acs.log(world.cpe.serial(), |log| {
        assert_eq!((log.answers.len(), log.requests.len(), log.informs.len()), (1, 1, 2));
    });
}

#[tokio::test]
async fn a_vendors_method_echoes_and_options_are_listed() {
    let world = World::new("kestrel-hg640").await;
    let vendor = AcsRequest::Vendor { method: "X_02A0E1_Echo".to_owned(), body: "<Say>hello</Say>".to_owned() };
    let other = AcsRequest::Vendor { method: "X_02A0E1_Other".to_owned(), body: String::new() };
    let requests = vec![
        vendor,
        other,
        AcsRequest::GetOptions { name: String::new() },
        AcsRequest::SetVouchers { vouchers: vec!["AAAA".to_owned()] },
        AcsRequest::GetQueuedTransfers,
        AcsRequest::GetAllQueuedTransfers,
    ];
    let answers = world.ask(requests).await;
    let CpeMessage::Response(CpeResponse::Unknown { method, body }) = &answers[0] else { panic!("{answers:?}") };
    assert!(method == "X_02A0E1_Echo" && body.contains("<Say>hello</Say>"), "{body}");
    assert_eq!(code(&answers[1]), 9000);
    let CpeMessage::Response(CpeResponse::GetOptions { options }) = &answers[2] else { panic!("{answers:?}") };
    assert_eq!(options[0].name, "VPN");
    assert_eq!(answers[3], CpeMessage::Response(CpeResponse::SetVouchers));
    assert_eq!(answers[4], CpeMessage::Response(CpeResponse::GetQueuedTransfers { transfers: Vec::new() }));
    assert_eq!(code(&answers[5]), 9000, "since 1.1");
}

#[tokio::test]
async fn rule_358_a_transfer_outlives_a_power_cut() {
    let world = World::new("kestrel-hg645").await;
    let url = world.files.offer("/c", b"anything");
    let request = Download { delay_seconds: 50, ..download("k", CONFIGURATION, url) };
    world.ask(vec![AcsRequest::Download(request)]).await;
    world.cpe.power_off();
    world.cpe.power_on();
    assert_eq!(world.completes(1).await[0].command_key, "k");
    // The TransferComplete outlives one, too.
    world.acs.with(|shared| shared.cut = 1);
    let url = world.files.url("/c");
    world.ask(vec![AcsRequest::Download(download("l", CONFIGURATION, url))]).await;
    world.until("the cut", || world.acs.with(|shared| shared.cut) == 0).await;
    world.cpe.power_off();
    world.cpe.power_on();
    assert_eq!(world.completes(2).await[1].command_key, "l");
}

#[tokio::test]
async fn rule_354_requests_of_32_kilobytes_are_taken() {
    let world = World::new("kestrel-hg645").await;
    let names: Vec<_> = std::iter::repeat_n("Device.DeviceInfo.SoftwareVersion".to_owned(), 1200).collect();
    assert!(names.iter().map(String::len).sum::<usize>() > 32_768);
    let answers = world.ask(vec![AcsRequest::GetParameterValues { names }]).await;
    let CpeMessage::Response(CpeResponse::GetParameterValues { parameters }) = &answers[0] else { panic!() };
    assert!(!parameters.is_empty(), "answered, not refused");
}
