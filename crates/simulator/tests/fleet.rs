//! A fleet against the smallest ACS: discovery, set, add, delete, reboot, connection request, retries, faults.
#![allow(clippy::unwrap_used)]

mod support;

use cwmp::{AcsRequest, CpeMessage, CpeResponse, ParameterValue, SetParameterAttribute, ValueType, digest::answer};
use simulator::load::{LoadKind, LoadSettings};
use simulator::{Activity, Cpe, Fault, Fleet, FleetSettings, Injected, Pace, builtin};
use std::sync::Arc;
use std::time::Duration;
use support::{MiniAcs, USER};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(10);

/// One device of a model, in contact.
async fn one(model: &str) -> (MiniAcs, Fleet, Arc<Cpe>) {
    let acs = MiniAcs::start().await;
    let fleet = fleet(&acs, model, 1).await;
    assert!(fleet.wait_until(PATIENCE, |fleet| fleet.stats().sessions == 1).await);
    let cpe = fleet.devices()[0].clone();
    (acs, fleet, cpe)
}

async fn fleet(acs: &MiniAcs, model: &str, devices: u32) -> Fleet {
    let settings = FleetSettings {
        acs: acs.url(),
        devices,
        models: vec![builtin(model).unwrap()],
        username: USER.0.to_owned(),
        password: USER.1.to_owned(),
        inform_interval: 86_400,
        pace: Pace { speed: 100.0, reboot: Duration::from_secs(30) },
        ..FleetSettings::default()
    };
    Fleet::start(settings).await.unwrap()
}

fn value(name: &str, value: &str, value_type: ValueType) -> ParameterValue {
    ParameterValue { name: name.to_owned(), value: value.to_owned(), value_type, untyped: false }
}

/// Asks the device in a session of its own and gives the answers.
async fn ask(acs: &MiniAcs, fleet: &Fleet, cpe: &Cpe, requests: Vec<AcsRequest>) -> Vec<CpeMessage> {
    let (before, sessions) = (acs.log(cpe.serial(), |log| log.answers.len()), cpe.stats().sessions);
    acs.queue(cpe.serial(), requests);
    cpe.inform_now();
    assert!(fleet.wait_until(PATIENCE, |_| cpe.stats().sessions > sessions).await);
    acs.log(cpe.serial(), |log| log.answers[before..].to_vec())
}

fn fault_code(message: &CpeMessage) -> u32 {
    match message {
        CpeMessage::Fault(fault) => fault.code,
        other => panic!("not a fault: {other:?}"),
    }
}

#[tokio::test]
async fn a_first_contact_is_bootstrap_and_boot_with_digest() {
    let (acs, _fleet, cpe) = one("kestrel-hg640").await;
    acs.log(cpe.serial(), |log| {
        assert_eq!(log.events(0).iter().map(|(raw, _)| raw.as_str()).collect::<Vec<_>>(), ["0 BOOTSTRAP", "1 BOOT"]);
        let inform = &log.informs[0];
        assert_eq!((inform.identity.oui.as_str(), inform.identity.product_class.as_str()), ("02A0E1", "HG640"));
        assert_eq!(inform.retry_count, 0);
        assert!(
            inform.value("ManagementServer.ConnectionRequestURL").unwrap().ends_with(cpe.connection_request_path())
        );
        assert!(inform.value("WANPPPConnection.1.ExternalIPAddress").unwrap().starts_with("198.1"));
        assert_eq!(inform.value("ManagementServer.ParameterKey"), Some(""));
    });
    // The challenge was answered once; the empty POST then carried its own count.
    assert_eq!(acs.with(|shared| shared.posts_with_digest), 2);
}

#[tokio::test]
async fn the_whole_tree_is_discovered_in_two_calls() {
    let (acs, fleet, cpe) = one("kestrel-hg645").await;
    let requests = vec![
        AcsRequest::GetRpcMethods,
        AcsRequest::GetParameterNames { path: String::new(), next_level: true },
        AcsRequest::GetParameterNames { path: "Device.".to_owned(), next_level: false },
        AcsRequest::GetParameterValues { names: vec!["Device.".to_owned()] },
        AcsRequest::GetParameterValues { names: vec!["Device.NoSuch.".to_owned()] },
    ];
    let answers = ask(&acs, &fleet, &cpe, requests).await;
    let [CpeMessage::Response(CpeResponse::GetRpcMethods { methods }), root, names, values, fault] = answers.as_slice()
    else {
        panic!("{} answers", answers.len());
    };
    for method in ["FactoryReset", "Download", "ChangeDUState", "X_02A0E1_Echo"] {
        assert!(methods.iter().any(|known| known == method), "{method}");
    }
    assert!(!methods.iter().any(|method| method == "GetOptions"), "of the first generation");
    let CpeMessage::Response(CpeResponse::GetParameterNames { parameters }) = root else { panic!("{root:?}") };
    assert_eq!(parameters.iter().map(|info| info.name.as_str()).collect::<Vec<_>>(), ["Device."]);
    let CpeMessage::Response(CpeResponse::GetParameterNames { parameters: names }) = names else { panic!() };
    let CpeMessage::Response(CpeResponse::GetParameterValues { parameters: values }) = values else { panic!() };
    let leaves: Vec<_> = names.iter().filter(|info| !info.name.ends_with('.')).map(|info| &info.name).collect();
    assert!(leaves.len() > 300);
    assert_eq!(leaves, values.iter().map(|value| &value.name).collect::<Vec<_>>());
    assert_eq!(fault_code(fault), 9005);
}

#[tokio::test]
async fn values_are_set_all_or_none() {
    let (acs, fleet, cpe) = one("kestrel-hg645").await;
    let channel = "Device.WiFi.Radio.1.Channel";
    let before = cpe.value(channel).unwrap();
    let set = |values: Vec<ParameterValue>, key: &str| AcsRequest::SetParameterValues {
        values,
        parameter_key: key.to_owned(),
    };
    let answers = ask(
        &acs,
        &fleet,
        &cpe,
        vec![set(
            vec![
                value("Device.WiFi.SSID.1.SSID", "New", ValueType::String),
                value(channel, "99", ValueType::UnsignedInt),
                value("Device.DeviceInfo.UpTime", "1", ValueType::UnsignedInt),
                value("Device.Nothing", "1", ValueType::String),
                value("Device.WiFi.Radio.1.Enable", "1", ValueType::String),
            ],
            "k1",
        )],
    )
    .await;
    let CpeMessage::Fault(fault) = &answers[0] else { panic!("{answers:?}") };
    assert_eq!(fault.code, 9003);
    let codes: Vec<_> = fault.parameters.iter().map(|parameter| parameter.code).collect();
    assert_eq!(codes, [9007, 9008, 9005, 9006]);
    assert_eq!(cpe.value(channel).unwrap(), before);
    assert_eq!(cpe.stats().writes, 0);

    let wanted = if before == "11" { "6" } else { "11" };
    let answers = ask(&acs, &fleet, &cpe, vec![set(vec![value(channel, wanted, ValueType::UnsignedInt)], "k3")]).await;
    assert_eq!(answers, [CpeMessage::Response(CpeResponse::SetParameterValues { status: 0 })]);
    assert_eq!(cpe.value(channel).unwrap(), wanted);
    assert_eq!(cpe.value("Device.WiFi.Radio.1.AutoChannelEnable").unwrap(), "false");
    assert_eq!(cpe.stats().writes, 1);
    ask(&acs, &fleet, &cpe, vec![]).await;
    acs.log(cpe.serial(), |log| {
        assert_eq!(log.informs.last().unwrap().value("ManagementServer.ParameterKey"), Some("k3"));
    });
}

#[tokio::test]
async fn rows_come_and_go_and_numbers_are_never_reused() {
    let (acs, fleet, cpe) = one("norrlink-gx21").await;
    let table = "InternetGatewayDevice.LANDevice.1.LANHostConfigManagement.DHCPStaticAddress.";
    let add = || AcsRequest::AddObject { object: table.to_owned(), parameter_key: "a".to_owned() };
    let delete = |n: u32| AcsRequest::DeleteObject { object: format!("{table}{n}."), parameter_key: "d".to_owned() };
    let read = || AcsRequest::GetParameterValues { names: vec![table.to_owned()] };
    let answers = ask(&acs, &fleet, &cpe, vec![add(), delete(2), add(), delete(2), delete(1), read()]).await;
    let instance = |message: &CpeMessage| match message {
        CpeMessage::Response(CpeResponse::AddObject { instance, .. }) => *instance,
        other => panic!("{other:?}"),
    };
    assert_eq!((instance(&answers[0]), instance(&answers[2])), (Some(2), Some(3)));
    assert_eq!(fault_code(&answers[3]), 9005);
    let CpeMessage::Response(CpeResponse::GetParameterValues { parameters }) = &answers[5] else { panic!() };
    let told: Vec<_> = parameters.iter().map(|p| (p.name.trim_start_matches(table), p.value.as_str())).collect();
    assert_eq!(told, [("3.Enable", "false"), ("3.Chaddr", ""), ("3.Yiaddr", "")]);
    let stats = cpe.stats();
    assert_eq!((stats.adds, stats.deletes), (2, 2));
    let count = format!("{}NumberOfEntries", table.trim_end_matches('.'));
    assert_eq!(cpe.value(&count).unwrap(), "1");
}

#[tokio::test]
async fn a_reboot_takes_time_and_ends_with_boot_and_the_key() {
    let (acs, fleet, cpe) = one("kestrel-hg640").await;
    let answers = ask(&acs, &fleet, &cpe, vec![AcsRequest::Reboot { command_key: "task-7".to_owned() }]).await;
    assert_eq!(answers, [CpeMessage::Response(CpeResponse::Reboot)]);
    assert_eq!(cpe.activity(), Activity::Starting);
    assert!(TcpStream::connect(fleet.connection_requests()).await.is_ok());
    assert_eq!(knock(&fleet, cpe.connection_request_path(), None).await, "");
    assert!(fleet.wait_until(PATIENCE, |_| cpe.stats().sessions == 3).await);
    acs.log(cpe.serial(), |log| {
        let events = log.events(2);
        assert!(events.contains(&("1 BOOT".to_owned(), String::new())), "{events:?}");
        assert!(events.contains(&("M Reboot".to_owned(), "task-7".to_owned())), "{events:?}");
        // The line has another address after a boot: the ACS hears of it.
        assert!(events.iter().any(|(raw, _)| raw == "4 VALUE CHANGE"));
    });
    assert_eq!(cpe.stats().reboots, 1);
}

#[tokio::test]
async fn a_factory_reset_forgets_everything_and_bootstraps() {
    let (acs, fleet, cpe) = one("harbour-mesh3").await;
    let name = "Device.ManagementServer.ConnectionRequestPassword";
    let factory = cpe.value(name).unwrap();
    let requests = vec![
        AcsRequest::SetParameterValues {
            values: vec![value(name, "other", ValueType::String)],
            parameter_key: "k".to_owned(),
        },
        AcsRequest::GetParameterValues { names: vec![name.to_owned()] },
        AcsRequest::FactoryReset,
    ];
    let answers = ask(&acs, &fleet, &cpe, requests).await;
    let CpeMessage::Response(CpeResponse::GetParameterValues { parameters }) = &answers[1] else { panic!() };
    assert_eq!(parameters[0].value, "", "passwords read back empty");
    assert!(fleet.wait_until(PATIENCE, |_| cpe.stats().sessions == 3).await);
    assert_eq!(cpe.value(name).unwrap(), factory);
    acs.log(cpe.serial(), |log| {
        assert_eq!(log.events(2).iter().map(|(raw, _)| raw.as_str()).collect::<Vec<_>>(), ["0 BOOTSTRAP", "1 BOOT"]);
        assert_eq!(log.informs[2].value("ManagementServer.ParameterKey"), Some(""));
    });
}

/// Knocks with digest credentials, if any, and gives the status line and headers; nothing if nobody answers.
async fn knock(fleet: &Fleet, path: &str, credentials: Option<(&str, &str)>) -> String {
    let request =
        |authorization: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{authorization}\r\n");
    let get = async |request: String| {
        let mut stream = TcpStream::connect(fleet.connection_requests()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    };
    let first = get(request("")).await;
    let Some((username, password)) = credentials else { return first };
    let challenge = first.lines().find_map(|line| line.strip_prefix("www-authenticate: ")).unwrap();
    let authorization = answer(challenge, "GET", path, username, password, "0123456789abcdef").unwrap();
    get(request(&format!("Authorization: {authorization}\r\n"))).await
}

#[tokio::test]
async fn a_connection_request_brings_the_device() {
    let (acs, fleet, cpe) = one("kestrel-hg640").await;
    let password = cpe.value("InternetGatewayDevice.ManagementServer.ConnectionRequestPassword").unwrap();
    let path = cpe.connection_request_path();
    assert!(knock(&fleet, "/", None).await.starts_with("HTTP/1.1 404"));
    assert!(knock(&fleet, path, None).await.starts_with("HTTP/1.1 401"));
    assert!(knock(&fleet, path, Some((cpe.serial(), "wrong"))).await.starts_with("HTTP/1.1 401"));
    assert_eq!(cpe.stats().sessions, 1);
    let accepted = knock(&fleet, path, Some((cpe.serial(), &password))).await;
    assert!(accepted.starts_with("HTTP/1.1 200") && accepted.contains("content-length: 0"), "{accepted}");
    assert!(fleet.wait_until(PATIENCE, |_| cpe.stats().sessions == 2).await);
    acs.log(cpe.serial(), |log| assert_eq!(log.events(1), [("6 CONNECTION REQUEST".to_owned(), String::new())]));

    cpe.inject(Injected::once(Fault::BusyConnectionRequest));
    assert!(knock(&fleet, path, Some((cpe.serial(), &password))).await.starts_with("HTTP/1.1 503"));
    cpe.inject(Injected::once(Fault::IgnoreConnectionRequest));
    assert_eq!(knock(&fleet, path, None).await, "");
    cpe.inject(Injected::once(Fault::DeafConnectionRequest));
    assert!(knock(&fleet, path, Some((cpe.serial(), &password))).await.starts_with("HTTP/1.1 200"));
    assert_eq!(cpe.activity(), Activity::Idle);
    assert_eq!(cpe.stats().connection_requests, 2);
}

#[tokio::test]
async fn a_failed_session_is_tried_again_and_counted() {
    let acs = MiniAcs::start().await;
    acs.with(|shared| shared.refuse = 2);
    let fleet = fleet(&acs, "kestrel-hg640", 1).await;
    assert!(fleet.wait_until(PATIENCE, |fleet| fleet.stats().sessions == 1).await);
    let serial = fleet.devices()[0].serial().to_owned();
    assert_eq!(fleet.stats().failed_sessions, 2);
    acs.log(&serial, |log| {
        assert_eq!(log.informs[0].retry_count, 2);
        assert_eq!(log.events(0)[0].0, "0 BOOTSTRAP");
    });
}

#[tokio::test]
async fn a_session_survives_closed_connections_and_redirects() {
    let acs = MiniAcs::start().await;
    acs.with(|shared| (shared.close, shared.redirect) = (true, 5));
    let fleet = fleet(&acs, "kestrel-hg640", 1).await;
    let cpe = fleet.devices()[0].clone();
    acs.queue(cpe.serial(), [AcsRequest::GetRpcMethods, AcsRequest::GetRpcMethods]);
    assert!(fleet.wait_until(PATIENCE, |fleet| fleet.stats().sessions == 1).await, "{:?}", fleet.stats());
    assert_eq!(fleet.stats().failed_sessions, 0);
    acs.log(cpe.serial(), |log| assert_eq!((log.informs.len(), log.responses().len()), (1, 2)));
    // One redirect more than a device follows.
    acs.with(|shared| shared.redirect = 6);
    cpe.inform_now();
    assert!(fleet.wait_until(PATIENCE, |fleet| fleet.stats().sessions == 2).await);
    assert_eq!(fleet.stats().failed_sessions, 1);
}

#[tokio::test]
async fn faults_happen_when_asked_for() {
    let (acs, fleet, cpe) = one("kestrel-hg645").await;
    let name = "Device.WiFi.SSID.1.SSID";
    let before = cpe.value(name).unwrap();
    let set = |text: &str| AcsRequest::SetParameterValues {
        values: vec![value(name, text, ValueType::String)],
        parameter_key: String::new(),
    };
    cpe.inject(Injected::once(Fault::Answer { method: Some("SetParameterValues".to_owned()), code: 9002 }));
    assert_eq!(fault_code(&ask(&acs, &fleet, &cpe, vec![set("A")]).await[0]), 9002);
    cpe.inject(Injected::once(Fault::KeepOld));
    cpe.inject(Injected::once(Fault::StatusOne));
    let answers = ask(&acs, &fleet, &cpe, vec![set("B")]).await;
    assert_eq!(answers, [CpeMessage::Response(CpeResponse::SetParameterValues { status: 0 })]);
    assert_eq!(cpe.value(name).unwrap(), before);
    let answers = ask(&acs, &fleet, &cpe, vec![set("C")]).await;
    assert_eq!(answers, [CpeMessage::Response(CpeResponse::SetParameterValues { status: 1 })]);
    assert_eq!(cpe.value(name).unwrap(), "C");
    // Carried out, but the answer is lost: the device comes back by itself.
    cpe.inject(Injected::once(Fault::DropAfter { method: None }));
    acs.queue(cpe.serial(), [set("D")]);
    let sessions = cpe.stats().sessions;
    cpe.inform_now();
    assert!(fleet.wait_until(PATIENCE, |_| cpe.stats().sessions > sessions).await);
    assert_eq!(cpe.stats().failed_sessions, 1);
    assert_eq!(cpe.value(name).unwrap(), "D");
}

#[tokio::test]
async fn changes_at_the_device_are_told_and_those_of_the_acs_are_not() {
    let (acs, fleet, cpe) = one("kestrel-hg645").await;
    let name = "Device.WiFi.SSID.1.SSID";
    let attribute = SetParameterAttribute { name: name.to_owned(), notification: Some(2), access_list: None };
    let forced = SetParameterAttribute { name: "Device.DeviceInfo.SoftwareVersion".to_owned(), ..attribute.clone() };
    let off = SetParameterAttribute { notification: Some(0), ..forced };
    let answers = ask(
        &acs,
        &fleet,
        &cpe,
        vec![
            AcsRequest::SetParameterAttributes { attributes: vec![attribute] },
            AcsRequest::SetParameterAttributes { attributes: vec![off] },
            AcsRequest::SetParameterValues {
                values: vec![value(name, "by the ACS", ValueType::String)],
                parameter_key: String::new(),
            },
        ],
    )
    .await;
    assert_eq!(answers[0], CpeMessage::Response(CpeResponse::SetParameterAttributes));
    assert_eq!(fault_code(&answers[1]), 9009);
    let sessions = cpe.stats().sessions;
    assert!(cpe.change(name, "by hand"));
    assert!(!cpe.change("Device.Nothing", "x"));
    assert!(fleet.wait_until(PATIENCE, |_| cpe.stats().sessions > sessions).await);
    acs.log(cpe.serial(), |log| {
        assert_eq!(log.events(1), [("2 PERIODIC".to_owned(), String::new())]);
        assert_eq!(log.events(2), [("4 VALUE CHANGE".to_owned(), String::new())]);
        assert_eq!(log.informs[2].value(name), Some("by hand"));
    });
}

#[tokio::test]
async fn a_device_without_power_is_silent_until_it_boots() {
    let (acs, fleet, cpe) = one("kestrel-hg640").await;
    cpe.power_off();
    cpe.inform_now();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((cpe.activity(), cpe.stats().sessions), (Activity::Off, 1));
    cpe.power_on();
    assert!(fleet.wait_until(PATIENCE, |_| cpe.stats().sessions == 2).await);
    acs.log(cpe.serial(), |log| assert!(log.events(1).contains(&("1 BOOT".to_owned(), String::new()))));
}

#[tokio::test]
async fn the_interval_of_the_acs_takes_effect() {
    let (acs, fleet, cpe) = one("kestrel-hg640").await;
    let name = "InternetGatewayDevice.ManagementServer.PeriodicInformInterval";
    let set = AcsRequest::SetParameterValues {
        values: vec![value(name, "1", ValueType::UnsignedInt)],
        parameter_key: String::new(),
    };
    ask(&acs, &fleet, &cpe, vec![set]).await;
    assert!(fleet.wait_until(PATIENCE, |_| cpe.stats().sessions >= 4).await);
    acs.log(cpe.serial(), |log| assert_eq!(log.events(3), [("2 PERIODIC".to_owned(), String::new())]));
}

#[tokio::test]
async fn hundreds_of_devices_make_contact_once_each() {
    let acs = MiniAcs::start().await;
    let fleet = fleet(&acs, "norrlink-gx21", 300).await;
    assert!(fleet.wait_until(PATIENCE * 3, |fleet| fleet.stats().contacted == 300).await, "{:?}", fleet.stats());
    assert_eq!((fleet.stats().sessions, fleet.stats().failed_sessions), (300, 0));
    assert!(fleet.devices().iter().all(|cpe| acs.log(cpe.serial(), |log| log.informs.len()) == 1));
}

#[tokio::test]
async fn a_load_plays_complete_sessions() {
    let acs = MiniAcs::start().await;
    let settings = LoadSettings {
        acs: acs.url(),
        sessions: 50,
        concurrency: 4,
        devices: 10,
        kind: LoadKind::FirstContact,
        username: USER.0.to_owned(),
        password: USER.1.to_owned(),
        ..LoadSettings::default()
    };
    let serial = simulator::load::serial(&settings.serial_prefix, 3);
    acs.queue(&serial, [AcsRequest::GetParameterNames { path: "Device.".to_owned(), next_level: false }]);
    let report = simulator::load::run(settings).await.unwrap();
    assert_eq!((report.sessions, report.errors, report.rpcs), (50, 0, 1), "{:?}", report.causes);
    assert!(report.p50 > 0 && report.p50 <= report.max);
    acs.log(&serial, |log| {
        assert_eq!(log.informs.len(), 5);
        assert_eq!(log.events(0)[0].0, "0 BOOTSTRAP");
        assert!(matches!(log.responses()[0], CpeResponse::GetParameterNames { parameters } if parameters.len() > 300));
    });
}
