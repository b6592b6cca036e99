//! What is recorded of whole sessions, and what an operator decided about a device.

use super::*;
use model::DeviceId;
use model::Permission;
use model::Role;
use model::device::{BooleanWords, DeviceView, Overrides};
use model::protocol::{Forget, TraceKey};
use model::tree::ValueType;

const CANARY: &str = "canary-hunter22";
const SYSTEM: &Actor = &Actor::System;

fn serial(serial: &str) -> TraceKey {
    TraceKey::Serial(serial.to_owned())
}

fn agent(role: Role) -> Actor {
    Actor::of_role(role)
}

impl House {
    async fn device(&self) -> DeviceView {
        let page = self.acs.devices(SYSTEM, &DeviceQuery::default()).await.unwrap();
        self.acs.device(SYSTEM, page.items[0].id).await.unwrap()
    }
}

#[tokio::test]
async fn l_a_canary_secret_never_appears_in_a_trace() {
    let house = House::guarded().await;
    // Before its first contact, by the serial number that it will say to have.
    house.acs.start_trace(SYSTEM, &serial("A"), 5).await.unwrap();
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.session().await;
    let device = house.device().await.row.id;
    house.acs.start_trace(SYSTEM, &TraceKey::Device(device), 5).await.unwrap();
    let set = |path: &str, value: &str| SetValue { path: path.into(), value: value.into(), value_type: None };
    let values = vec![set("Device.X_Y.Password", CANARY), set("Device.Channel", "6")];
    house.acs.create_task(SYSTEM, device, TaskKind::SetValues { values }).await.unwrap();
    // The device takes it, and says it again where no secret is looked for.
    cpe.post(cpe.inform()).await;
    let asked = cpe.post(Vec::new()).await;
    let (request, id) = cpe.asked(&asked);
    assert_eq!(request.method(), "SetParameterValues");
    assert!(String::from_utf8_lossy(&asked.body).contains(CANARY), "the device gets it");
    let fault = cwmp::Fault { code: 9002, text: format!("cannot do {CANARY}"), ..cwmp::Fault::default() };
    cpe.post(encode(CpeMessage::Fault(fault), &id)).await;
    cpe.raw(b"Authorization: Basic \xff".to_vec(), Some(format!("Basic {}", "c2hhcmVkOnNlY3JldC1zZWNyZXQ="))).await;
    // Another device is none of this.
    Cpe::new(&house, "B", 9).session().await;

    for key in [serial("A"), TraceKey::Device(device)] {
        let text = house.acs.trace_text(SYSTEM, &key).await.unwrap();
        for secret in [CANARY, "secret-secret", "c2hhcmVk", &cpe.cookie.clone().unwrap()[..20]] {
            assert!(!text.contains(secret), "{secret} in\n{text}");
        }
        assert!(text.contains("<Name>Device.X_Y.Password</Name>"), "{text}");
        assert!(text.contains("<Value xsi:type=\"xsd:string\">***</Value>"), "{text}");
        assert!(text.contains("cannot do ***"), "{text}");
        assert!(!text.contains("<SerialNumber>B<"), "{text}");
    }
    let view = house.acs.trace(SYSTEM, &serial("A")).await.unwrap().unwrap();
    let first: Vec<_> = view.sessions.last().unwrap().exchanges.iter().map(|line| line.status.unwrap()).collect();
    assert_eq!(first, [401, 200, 200, 200, 204], "the challenge belongs to the session");
    let text = house.acs.trace_text(SYSTEM, &serial("A")).await.unwrap();
    assert!(text.contains("Authorization: Digest username=\"shared\", uri=\"/acs\""), "{text}");
}

#[tokio::test]
async fn a_device_that_cannot_get_in_is_seen() {
    let house = House::guarded().await;
    house.acs.start_trace(SYSTEM, &serial("A"), 5).await.unwrap();
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.raw(cpe.inform(), Some("Digest username=\"wrong\"".into())).await;
    cpe.raw(b"<E><Inform><SerialNumber>A</SerialNumber".to_vec(), None).await;
    let view = house.acs.trace(SYSTEM, &serial("A")).await.unwrap().unwrap();
    assert_eq!(view.sessions[0].exchanges[0].status, Some(401));
    assert_eq!(view.sessions[0].exchanges[0].sent, "Inform (1 BOOT)");
}

#[tokio::test]
async fn only_who_manages_devices_may_watch_and_decide() {
    let house = House::open().await;
    Cpe::new(&house, "A", 1).session().await;
    let id = house.device().await.row.id;
    let key = TraceKey::Device(id);
    for role in [Role::Helpdesk, Role::ReadOnly] {
        let who = agent(role);
        assert!(!role.allows(Permission::DeviceManage));
        let denied =
            |result: crate::Result<()>| matches!(result, Err(crate::AcsError::Denied(Permission::DeviceManage)));
        assert!(denied(house.acs.start_trace(&who, &key, 5).await.map(drop)));
        assert!(denied(house.acs.stop_trace(&who, &key).await));
        assert!(denied(house.acs.discard_trace(&who, &key).await));
        assert!(denied(house.acs.trace(&who, &key).await.map(drop)));
        assert!(denied(house.acs.traces(&who).await.map(drop)));
        assert!(denied(house.acs.trace_text(&who, &key).await.map(drop)));
        assert!(denied(house.acs.trace_exchange(&who, &key, 1).await.map(drop)));
        assert!(denied(house.acs.decide(&who, id, &Overrides::default()).await));
        assert!(denied(house.acs.forget(&who, id, Forget::Model).await));
        assert!(house.acs.protocol(&who, id).await.is_ok());
    }
    assert!(house.acs.start_trace(SYSTEM, &TraceKey::Device(DeviceId(99)), 5).await.is_err());
}

#[tokio::test]
async fn rule_120_and_quirk_1_a_device_is_written_to_as_an_operator_decided() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    let plain = cpe.post(cpe.inform()).await;
    assert!(!plain.body.starts_with(b"<?xml"), "none by default");
    assert_eq!(cpe.go_on(Vec::new()).await, DISCOVERY);
    let id = house.device().await.row.id;
    let overrides = Overrides {
        declaration: true,
        empty_as_200: true,
        booleans: Some(BooleanWords::Digits),
        skip_writable_check: true,
        ..Overrides::default()
    };
    house.acs.decide(SYSTEM, id, &overrides).await.unwrap();
    assert_eq!(house.acs.protocol(SYSTEM, id).await.unwrap().overrides, overrides);
    // Read-only, as the device says (rule 197); a boolean, as it wants it (rule 318).
    let value = SetValue {
        path: "Device.DeviceInfo.SoftwareVersion".into(),
        value: "true".into(),
        value_type: Some(ValueType::Boolean),
    };
    house.acs.create_task(SYSTEM, id, TaskKind::SetValues { values: vec![value] }).await.unwrap();

    let mut cpe = Cpe::new(&house, "A", 2);
    let response = cpe.post(cpe.inform()).await;
    assert!(response.body.starts_with(b"<?xml"));
    let mut response = cpe.post(Vec::new()).await;
    assert!(response.body.starts_with(b"<?xml"));
    let (request, _) = cpe.asked(&response);
    let AcsRequest::SetParameterValues { values, .. } = &request else { panic!("{request:?}") };
    assert_eq!(values[0].value, "1");
    while !response.body.is_empty() {
        let (request, id) = cpe.asked(&response);
        response = cpe.post(encode(CpeMessage::Response(answer(&request)), &id)).await;
    }
    assert_eq!((response.status, response.body.len()), (200, 0), "instead of 204");

    house.acs.decide(SYSTEM, id, &Overrides::default()).await.unwrap();
    let mut cpe = Cpe::new(&house, "A", 3);
    assert!(!cpe.post(cpe.inform()).await.body.starts_with(b"<?xml"));
    assert!(house.acs.decide(SYSTEM, id, &Overrides { batch: Some(0), ..Overrides::default() }).await.is_err());
}

#[tokio::test]
async fn rule_197_read_only_parameters_are_left_alone_unless_decided_otherwise() {
    let house = House::open().await;
    Cpe::new(&house, "A", 1).session().await;
    let id = house.device().await.row.id;
    let value = SetValue { path: "Device.DeviceInfo.SoftwareVersion".into(), value: "2".into(), value_type: None };
    let kind = TaskKind::SetValues { values: vec![value] };
    assert!(house.acs.create_task(SYSTEM, id, kind.clone()).await.is_err());
    house.acs.decide(SYSTEM, id, &Overrides { skip_writable_check: true, ..Overrides::default() }).await.unwrap();
    assert!(house.acs.create_task(SYSTEM, id, kind).await.is_ok());
}

#[tokio::test]
async fn rule_121_the_requests_of_one_session_can_be_fewer_for_one_device() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.session().await;
    let id = house.device().await.row.id;
    house.acs.decide(SYSTEM, id, &Overrides { max_rpcs: Some(1), ..Overrides::default() }).await.unwrap();
    house.acs.create_task(SYSTEM, id, TaskKind::Refresh { paths: vec![] }).await.unwrap();
    assert_eq!(Cpe::new(&house, "A", 2).session().await.len(), 1);
}

#[tokio::test]
async fn rule_172_what_was_learnt_is_told_and_forgotten() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.post(cpe.inform()).await;
    // It refuses to tell its names.
    let asked = cpe.post(Vec::new()).await;
    let (_, id) = cpe.asked(&asked);
    let fault = cwmp::Fault { code: 9000, text: "Method not supported".into(), ..cwmp::Fault::default() };
    cpe.go_on(encode(CpeMessage::Fault(fault), &id)).await;
    let id = house.device().await.row.id;
    let view = house.acs.protocol(SYSTEM, id).await.unwrap();
    assert_eq!(view.model, ["It does not take GetParameterNames."]);
    assert!(!view.device.contains(&view.model[0]), "said once: {:?}", view.device);
    house.acs.forget(SYSTEM, id, Forget::Device).await.unwrap();
    assert_eq!(house.acs.protocol(SYSTEM, id).await.unwrap().model.len(), 1, "of its model it is still known");
    house.acs.forget(SYSTEM, id, Forget::Model).await.unwrap();
    let view = house.acs.protocol(SYSTEM, id).await.unwrap();
    assert!(view.model.is_empty() && view.device.is_empty());
}
