//! The procedure of sessions: time-outs, repeated and simultaneous Informs.

use super::*;
use model::Timestamp;

fn silent(house: &House, seconds: i64) -> usize {
    let at = Timestamp(crate::clock::now().0 + seconds * 1000);
    house.acs.exchange().sessions.expire(at).len()
}

#[tokio::test]
async fn rule_115_a_silent_session_ends_and_its_task_is_taken_up_again() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.session().await;
    let id = house.acs.devices(&Actor::System, &DeviceQuery::default()).await.unwrap().items[0].id;
    let values = vec![SetValue { path: "Device.Channel".into(), value: "11".into(), value_type: None }];
    house.acs.create_task(&Actor::System, id, TaskKind::SetValues { values }).await.unwrap();
    cpe.post(cpe.inform()).await;
    cpe.post(Vec::new()).await;
    assert_eq!(silent(&house, 29), 0, "a CPE may take 30 s");
    let at = Timestamp(crate::clock::now().0 + 61_000);
    for live in house.acs.exchange().sessions.expire(at) {
        house.acs.exchange().fail(&live, "silent").await;
    }
    let state = || async { house.acs.tasks(&Actor::System, id, None, crate::PAGE).await.unwrap().items[0].state };
    assert_eq!(state().await, TaskState::Queued);
    cpe.session().await;
    assert_eq!(state().await, TaskState::Verified);
}

#[tokio::test]
async fn rule_85_a_device_may_ask_for_more_time() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    let inform = String::from_utf8(cpe.inform()).unwrap();
    let header = inform.find("</cwmp:ID>").unwrap() + "</cwmp:ID>".len();
    let more = "<cwmp:SessionTimeout>90</cwmp:SessionTimeout>";
    let response = cpe.post(format!("{}{more}{}", &inform[..header], &inform[header..]).into_bytes()).await;
    assert_eq!(response.status, 200);
    assert_eq!(silent(&house, 80), 0);
    assert_eq!(silent(&house, 100), 1);
}

#[tokio::test]
async fn p4_rule_117_of_two_informs_at_once_the_newer_wins_and_a_task_is_given_once() {
    let house = House::open().await;
    Cpe::new(&house, "A", 1).session().await;
    let id = house.acs.devices(&Actor::System, &DeviceQuery::default()).await.unwrap().items[0].id;
    let values = vec![SetValue { path: "Device.Channel".into(), value: "11".into(), value_type: None }];
    house.acs.create_task(&Actor::System, id, TaskKind::SetValues { values }).await.unwrap();
    let (mut first, mut second) = (Cpe::new(&house, "A", 2), Cpe::new(&house, "A", 3));
    let (one, other) = tokio::join!(first.raw(first.inform(), None), second.raw(second.inform(), None));
    assert_eq!((one.status, other.status), (200, 200));
    let (one, other) = tokio::join!(first.raw(Vec::new(), None), second.raw(Vec::new(), None));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 204], "one has the task, the other is over");
    assert_eq!(house.acs.exchange().sessions.running(), 1);
}

#[tokio::test]
async fn rules_32_and_140_a_repeated_inform_from_another_port_is_the_same_device() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.session().await;
    cpe.address = "192.0.2.7:51234".parse().unwrap();
    for connection in 2..5 {
        cpe.connection = connection;
        cpe.cookie = None;
        assert_eq!(cpe.post(cpe.inform()).await.status, 200);
    }
    assert_eq!(house.serials().await, ["A"]);
    assert_eq!(house.acs.exchange().sessions.running(), 1);
}

#[tokio::test]
async fn rule_119_an_empty_post_that_overtakes_the_answer_ends_nothing() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    let inform = cpe.inform();
    let mut other = Cpe::new(&house, "A", 2);
    let (answer, early) = tokio::join!(cpe.raw(inform, None), other.raw(Vec::new(), None));
    assert_eq!((answer.status, early.status), (200, 204));
    assert_eq!(cpe.go_on(Vec::new()).await, DISCOVERY);
}

#[tokio::test]
async fn rule_103_and_104_no_common_version_is_a_fault_and_a_lower_one_works() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    let inform = String::from_utf8(cpe.inform()).unwrap();
    let header = inform.find("</cwmp:ID>").unwrap() + "</cwmp:ID>".len();
    let speaks = |versions: &str| {
        let text = format!("<cwmp:SupportedCWMPVersions>{versions}</cwmp:SupportedCWMPVersions>");
        format!("{}{text}{}", &inform[..header], &inform[header..]).into_bytes()
    };
    let AcsMessage::Fault(fault) = read(&cpe.post(speaks("2.0")).await) else { panic!("no fault") };
    assert_eq!(fault.code, 8006);
    assert!(house.serials().await.is_empty(), "nothing is stored");
    let answer = cpe.post(speaks("1.0, 1.2,1.4")).await;
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(text.contains("UseCWMPVersion") && text.contains(">1.4<"), "{text}");
}

#[tokio::test]
async fn rule_79_and_quirk_2_faults_of_soap_answer_in_the_manner_of_the_device() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    let inform = String::from_utf8(cpe.inform()).unwrap().replace("soapenv", "s");
    let own = "</cwmp:ID><x:Own xmlns:x=\"urn:x\" s:mustUnderstand=\"1\"/>";
    let demanding = inform.replace("</cwmp:ID>", own);
    let later = inform.replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope");
    let id = |text: &str| -> String {
        let (before, _) = text.split_once("</cwmp:ID>").unwrap();
        before.rsplit_once('>').unwrap().1.to_owned()
    };
    for (refused, code) in [(demanding, "s:MustUnderstand"), (later, "s:VersionMismatch")] {
        let answer = cpe.raw(refused.into_bytes(), None).await;
        assert_eq!(answer.status, 200);
        let said = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(said.starts_with("<s:Envelope ") && said.contains(&format!("<faultcode>{code}</faultcode>")), "{said}");
        assert_eq!(id(&said), id(&inform), "{said}");
    }
    // What is addressed to somebody else, or not SOAP's demand, is passed over.
    for attributes in ["s:mustUnderstand=\"1\" s:actor=\"urn:other\"", "mustUnderstand=\"1\""] {
        let own = format!("</cwmp:ID><x:Own xmlns:x=\"urn:x\" {attributes}/>");
        let answer = cpe.raw(inform.replace("</cwmp:ID>", &own).into_bytes(), None).await;
        assert!(matches!(read(&answer), AcsMessage::Response(_)), "{attributes}: {answer:?}");
    }
}

#[tokio::test]
async fn rule_112_and_224_a_report_after_the_last_answer_still_ends_its_task() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.session().await;
    let id = house.acs.devices(&Actor::System, &DeviceQuery::default()).await.unwrap().items[0].id;
    let kind = TaskKind::Upload { what: model::file::UploadKind::Log(None), delay_seconds: 0 };
    house.acs.create_task(&Actor::System, id, kind).await.unwrap();
    cpe.post(cpe.inform()).await;
    let response = cpe.post(Vec::new()).await;
    let (request, request_id) = cpe.asked(&response);
    let AcsRequest::Upload(order) = request else { panic!("{request:?}") };
    let started = cwmp::TransferStarted { status: 1, ..cwmp::TransferStarted::default() };
    let answered = cpe.post(encode(CpeMessage::Response(CpeResponse::Upload(started)), &request_id)).await;
    assert_eq!(answered.status, 204);
    let state = || async { house.acs.tasks(&Actor::System, id, None, crate::PAGE).await.unwrap().items[0].state };
    assert_eq!(state().await, TaskState::Applied);
    let report = cwmp::TransferComplete { command_key: order.command_key, ..cwmp::TransferComplete::default() };
    let report = encode(CpeMessage::Request(CpeRequest::TransferComplete(report)), "1");
    assert_eq!(cpe.post(report).await.status, 200);
    // It says that it sent the file, and none came.
    assert_eq!(state().await, TaskState::Failed);
}

#[tokio::test]
async fn rule_142_a_device_that_was_reset_gets_new_credentials_in_the_session_that_says_so() {
    let house = House::open().await;
    Cpe::new(&house, "A", 1).session().await;
    let record = store::DeviceRecord { connection_request_password: "known".into(), ..house.only().await };
    let given = |code: EventCode| {
        let inform = Inform { events: vec![Event::new(code, "")], ..Inform::default() };
        house.acs.exchange().new_credentials(&record, &inform).password
    };
    assert_eq!(given(EventCode::Boot), "", "it has them");
    assert_ne!(given(EventCode::Bootstrap), "", "what it had is void: without new ones it could not be woken");
}
