//! Whole sessions through [`Acs::cwmp`], on a real database: who is who, and which request belongs to which session.

mod doors;
mod limits;
mod notified;
mod procedure;
mod traced;

use crate::{Acs, AcsSettings, Actor, ClientCertificate, CpeAuth, CwmpRequest, CwmpResponse};
use bytes::Bytes;
use cwmp::digest::DigestClient;
use cwmp::{
    AcsMessage, AcsRequest, AcsResponse, CpeHeader, CpeMessage, CpeRequest, CpeResponse, Dialect, Event, EventCode,
    Inform, Limits, ParameterInfo, ParameterValue, decode_acs, encode_to_acs,
};
use model::device::{DeviceQuery, Identity};
use model::event::EventView;
use model::task::{SetValue, TaskKind, TaskState};
use model::timeline::{Entry, TimelineFilter};
use std::net::SocketAddr;
use std::time::Duration;
use store::{Store, StoreSettings};
use tempfile::TempDir;

/// A manager on an empty database.
struct House {
    acs: Acs,
    _folder: TempDir,
}

impl House {
    async fn new(auth: CpeAuth) -> Self {
        Self::with(AcsSettings { auth, ..AcsSettings::default() }).await
    }

    /// Wrong passwords wait as short as can be.
    async fn with(settings: AcsSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("lastmile.db").display());
        let store = Store::open(&StoreSettings { url, max_connections: 2 }).await.unwrap();
        store.migrate().await.unwrap();
        let settings = AcsSettings { wrong_login_wait: Duration::from_millis(1), ..settings };
        Self { acs: Acs::start(store, settings).await.unwrap(), _folder: folder }
    }

    async fn open() -> Self {
        Self::new(CpeAuth::Off).await
    }

    async fn guarded() -> Self {
        Self::new(shared()).await
    }

    async fn serials(&self) -> Vec<String> {
        let page = self.acs.devices(&Actor::System, &DeviceQuery::default()).await.unwrap();
        page.items.into_iter().map(|row| row.identity.serial).collect()
    }
}

fn shared() -> CpeAuth {
    CpeAuth::Shared { username: "shared".into(), password: "secret".into() }
}

/// How a CPE treats connections, cookies and credentials.
#[derive(Clone, Copy, Default)]
struct Habits {
    reconnects: bool,
    loses_cookies: bool,
    /// Sends its Authorization header only when it is challenged.
    authorizes_once: bool,
}

struct Cpe<'a> {
    house: &'a House,
    habits: Habits,
    identity: Identity,
    username: &'a str,
    password: String,
    connection: u64,
    secure: bool,
    certificate: Option<ClientCertificate>,
    events: Vec<EventCode>,
    address: SocketAddr,
    cookie: Option<String>,
    digest: Option<DigestClient>,
    count: u32,
    /// Requests that got 401.
    challenged: u32,
}

fn identity(serial: &str) -> Identity {
    Identity {
        manufacturer: "Kestrel".into(),
        oui: "02A0E1".into(),
        product_class: "HG640".into(),
        serial: serial.into(),
    }
}

impl<'a> Cpe<'a> {
    fn new(house: &'a House, serial: &str, connection: u64) -> Self {
        Self {
            house,
            habits: Habits::default(),
            identity: identity(serial),
            username: "shared",
            password: "secret".into(),
            connection,
            secure: false,
            certificate: None,
            events: vec![EventCode::Boot],
            address: "192.0.2.7:40000".parse().unwrap(),
            cookie: None,
            digest: None,
            count: 0,
            challenged: 0,
        }
    }

    /// One POST as it is, without an answer to challenges.
    async fn raw(&mut self, body: Vec<u8>, authorization: Option<String>) -> CwmpResponse {
        if self.habits.reconnects {
            self.connection += 1000;
        }
        let request = CwmpRequest {
            connection: self.connection,
            peer: self.address,
            secure: self.secure,
            certificate: self.certificate.clone(),
            uri: "/acs".into(),
            authorization,
            cookie: self.cookie.clone().filter(|_| !self.habits.loses_cookies),
            charset: None,
            body: Bytes::from(body),
        };
        let response = Box::pin(self.house.acs.cwmp(request)).await;
        if let Some(cookie) = &response.set_cookie {
            // Some send it back with its attributes (quirk 12).
            self.cookie = Some(cookie.clone());
        }
        response
    }

    /// One POST, and once more with credentials if asked.
    async fn post(&mut self, body: Vec<u8>) -> CwmpResponse {
        let mut authorization = None;
        if !self.habits.authorizes_once
            && let Some(digest) = &mut self.digest
        {
            authorization = Some(digest.authorize("POST", "/acs", self.username, &self.password, "0123456789abcdef"));
        }
        let response = self.raw(body.clone(), authorization).await;
        if response.status != 401 {
            return response;
        }
        self.challenged += 1;
        let mut digest = DigestClient::new(&response.challenges.join(", ")).unwrap();
        let authorization = digest.authorize("POST", "/acs", self.username, &self.password, "0123456789abcdef");
        self.digest = Some(digest);
        self.raw(body, Some(authorization)).await
    }

    fn inform(&self) -> Vec<u8> {
        let inform = Inform {
            identity: self.identity.clone(),
            events: self.events.iter().map(|code| Event::new(code.clone(), "")).collect(),
            parameters: vec![ParameterValue {
                name: "Device.DeviceInfo.SoftwareVersion".into(),
                value: "1.0".into(),
                ..ParameterValue::default()
            }],
            ..Inform::default()
        };
        encode(CpeMessage::Request(CpeRequest::Inform(inform)), "inform-1")
    }

    /// Informs and answers what is asked until 204; the methods asked for.
    async fn session(&mut self) -> Vec<String> {
        let response = self.post(self.inform()).await;
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(read(&response), AcsMessage::Response(AcsResponse::Inform));
        self.go_on(Vec::new()).await
    }

    async fn go_on(&mut self, body: Vec<u8>) -> Vec<String> {
        let mut methods = Vec::new();
        let mut body = body;
        loop {
            let response = self.post(body).await;
            if response.status == 204 {
                return methods;
            }
            assert_eq!(response.status, 200, "{response:?}");
            let (request, id) = self.asked(&response);
            methods.push(request.method().to_owned());
            assert!(methods.len() < 20);
            body = encode(CpeMessage::Response(answer(&request)), &id);
        }
    }

    fn asked(&mut self, response: &CwmpResponse) -> (AcsRequest, String) {
        self.count += 1;
        let envelope = decode_acs(&response.body, None, &Limits::default()).unwrap();
        let AcsMessage::Request(request) = envelope.body else { panic!("{:?}", envelope.body) };
        (request, envelope.id.unwrap())
    }
}

fn encode(message: CpeMessage, id: &str) -> Vec<u8> {
    encode_to_acs(&message, &CpeHeader { id: Some(id), ..CpeHeader::default() }, &Dialect::default())
}

fn read(response: &CwmpResponse) -> AcsMessage {
    decode_acs(&response.body, None, &Limits::default()).unwrap().body
}

/// A tiny device: a version and a channel.
fn answer(request: &AcsRequest) -> CpeResponse {
    let value = |name: &str, value: &str| ParameterValue {
        name: name.into(),
        value: value.into(),
        ..ParameterValue::default()
    };
    match request {
        AcsRequest::GetParameterNames { .. } => CpeResponse::GetParameterNames {
            parameters: ["Device.", "Device.DeviceInfo.", "Device.DeviceInfo.SoftwareVersion", "Device.Channel"]
                .map(|name| ParameterInfo { name: name.into(), writable: name.ends_with("Channel") })
                .to_vec(),
        },
        AcsRequest::GetParameterValues { .. } => CpeResponse::GetParameterValues {
            parameters: vec![value("Device.DeviceInfo.SoftwareVersion", "1.0"), value("Device.Channel", "11")],
        },
        AcsRequest::SetParameterValues { .. } => CpeResponse::SetParameterValues { status: 0 },
        other => panic!("{other:?}"),
    }
}

const DISCOVERY: [&str; 2] = ["GetParameterNames", "GetParameterValues"];

#[tokio::test]
async fn a_device_is_discovered() {
    let house = House::open().await;
    assert_eq!(Cpe::new(&house, "A", 1).session().await, DISCOVERY);
    assert_eq!(Cpe::new(&house, "A", 2).session().await, Vec::<String>::new());
    assert_eq!(house.serials().await, ["A"]);
}

#[tokio::test]
async fn rule_36_and_38_nothing_happens_before_digest_succeeds() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    let response = cpe.raw(cpe.inform(), None).await;
    assert_eq!(response.status, 401);
    assert!(response.body.is_empty());
    assert!(matches!(&response.challenges[..], [only] if only.starts_with("Digest ")), "{:?}", response.challenges);
    let basic = cpe.raw(cpe.inform(), Some("Basic c2hhcmVkOnNlY3JldA==".into())).await;
    assert_eq!(basic.status, 401, "never in the clear");
    assert!(house.serials().await.is_empty());
    assert_eq!(cpe.session().await, DISCOVERY);
    assert_eq!(cpe.challenged, 1);
}

#[tokio::test]
async fn quirk_3_an_empty_post_before_the_inform() {
    let house = House::guarded().await;
    assert_eq!(Cpe::new(&house, "A", 1).raw(Vec::new(), None).await.status, 401);
    let house = House::open().await;
    assert_eq!(Cpe::new(&house, "A", 1).raw(Vec::new(), None).await.status, 204);
}

#[tokio::test]
async fn quirk_4_authorization_only_when_challenged() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.habits.authorizes_once = true;
    assert_eq!(cpe.session().await, DISCOVERY);
    assert_eq!(cpe.challenged, 1, "the connection carries the session");
}

#[tokio::test]
async fn quirk_12_a_new_connection_for_every_request() {
    for authorizes_once in [false, true] {
        let house = House::guarded().await;
        let mut cpe = Cpe::new(&house, "A", 1);
        cpe.habits = Habits { reconnects: true, authorizes_once, ..Habits::default() };
        assert_eq!(cpe.session().await, DISCOVERY);
    }
}

#[tokio::test]
async fn quirk_13_no_cookie_but_one_connection() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.habits.loses_cookies = true;
    assert_eq!(cpe.session().await, DISCOVERY);
}

#[tokio::test]
async fn rule_20_neither_cookie_nor_connection_but_the_same_nonce() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.habits = Habits { reconnects: true, loses_cookies: true, ..Habits::default() };
    assert_eq!(cpe.session().await, DISCOVERY);
}

#[tokio::test]
async fn rule_18_two_devices_behind_one_address() {
    let house = House::guarded().await;
    let (mut a, mut b) = (Cpe::new(&house, "A", 1), Cpe::new(&house, "B", 2));
    a.post(a.inform()).await;
    b.post(b.inform()).await;
    assert_eq!(a.go_on(Vec::new()).await, DISCOVERY);
    assert_eq!(b.go_on(Vec::new()).await, DISCOVERY);
}

#[tokio::test]
async fn rule_106_a_session_begins_with_an_inform() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    let complete = CpeRequest::TransferComplete(cwmp::TransferComplete::default());
    assert_eq!(cpe.raw(encode(CpeMessage::Request(complete), "1"), None).await.status, 400);
    let stray = encode(CpeMessage::Response(CpeResponse::Reboot), "1");
    assert_eq!(cpe.raw(stray, None).await.status, 400);
}

#[tokio::test]
async fn rule_116_quirk_21_an_inform_in_mid_session_begins_anew() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.post(cpe.inform()).await;
    let asked = cpe.post(Vec::new()).await;
    assert_eq!(cpe.asked(&asked).0.method(), "GetParameterNames");
    assert_eq!(cpe.session().await, DISCOVERY, "the whole discovery again, on the same connection");
}

#[tokio::test]
async fn rule_79_ids_are_echoed() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    let response = cpe.post(cpe.inform()).await;
    assert_eq!(decode_acs(&response.body, None, &Limits::default()).unwrap().id.as_deref(), Some("inform-1"));
    let methods = encode(CpeMessage::Request(CpeRequest::GetRpcMethods), "  00A&B ");
    let response = cpe.post(methods).await;
    let envelope = decode_acs(&response.body, None, &Limits::default()).unwrap();
    assert_eq!(envelope.id.as_deref(), Some("  00A&B "));
    let AcsMessage::Response(AcsResponse::GetRpcMethods { methods }) = envelope.body else { panic!() };
    assert_eq!(methods, crate::session::ACS_METHODS);
}

#[tokio::test]
async fn rule_118_two_empty_posts_at_the_end() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.session().await;
    assert_eq!(cpe.raw(Vec::new(), None).await.status, 204);
}

#[tokio::test]
async fn a4_credentials_of_another_device() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.username = "02A0E1-HG640-B";
    assert_eq!(cpe.post(cpe.inform()).await.status, 403);
    assert!(house.serials().await.is_empty());
    let mut cpe = Cpe::new(&house, "A", 2);
    cpe.username = "02A0E1-HG640-A";
    assert_eq!(cpe.session().await, DISCOVERY);
}

#[tokio::test]
async fn a4_a_connection_vouches_for_its_own_device_only() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.username = "02A0E1-HG640-A";
    cpe.session().await;
    cpe.identity = identity("B");
    assert_eq!(cpe.raw(cpe.inform(), None).await.status, 401);
    assert_eq!(house.serials().await, ["A"]);
}

#[tokio::test]
async fn a7_a_cookie_with_the_credentials_of_another_device() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.username = "02A0E1-HG640-A";
    cpe.post(cpe.inform()).await;
    let mut thief = Cpe::new(&house, "B", 9);
    thief.username = "02A0E1-HG640-B";
    thief.cookie.clone_from(&cpe.cookie);
    assert_eq!(thief.post(Vec::new()).await.status, 403);
    assert_eq!(cpe.go_on(Vec::new()).await, DISCOVERY, "the session goes on");
}

#[tokio::test]
async fn a7_a_cookie_at_another_address() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.post(cpe.inform()).await;
    let mut thief = Cpe::new(&house, "A", 9);
    thief.address = "198.51.100.66:1".parse().unwrap();
    thief.cookie.clone_from(&cpe.cookie);
    assert_eq!(thief.raw(Vec::new(), None).await.status, 401);
    assert_eq!(cpe.go_on(Vec::new()).await, DISCOVERY, "the session goes on");
}

#[tokio::test]
async fn a2_the_same_serial_of_another_maker_is_another_device() {
    let house = House::open().await;
    Cpe::new(&house, "A", 1).session().await;
    let mut other = Cpe::new(&house, "A", 2);
    other.identity.oui = "06A0E2".into();
    other.session().await;
    assert_eq!(house.serials().await.len(), 2);
}

#[tokio::test]
async fn an_identity_without_a_serial_is_faulted() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "", 1);
    let response = cpe.post(cpe.inform()).await;
    assert_eq!(response.status, 200, "rule 3");
    let AcsMessage::Fault(fault) = read(&response) else { panic!() };
    assert_eq!(fault.code, 8003);
}

#[tokio::test]
async fn a_task_made_during_a_session_is_done_in_it() {
    let house = House::open().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.session().await;
    cpe.post(cpe.inform()).await;
    let id = house.acs.devices(&Actor::System, &DeviceQuery::default()).await.unwrap().items[0].id;
    let values = vec![SetValue { path: "Device.Channel".into(), value: "11".into(), value_type: None }];
    let task = house.acs.create_task(&Actor::System, id, TaskKind::SetValues { values }).await.unwrap();
    assert_eq!(task.state, TaskState::Queued);
    assert_eq!(cpe.go_on(Vec::new()).await, ["SetParameterValues", "GetParameterValues"]);
    let tasks = house.acs.tasks(&Actor::System, id, None, crate::PAGE).await.unwrap().items;
    assert_eq!(tasks[0].state, TaskState::Verified);
}

#[tokio::test]
async fn a_task_for_what_cannot_be_changed_is_refused_at_once() {
    let house = House::open().await;
    Cpe::new(&house, "A", 1).session().await;
    let id = house.acs.devices(&Actor::System, &DeviceQuery::default()).await.unwrap().items[0].id;
    let values =
        vec![SetValue { path: "Device.DeviceInfo.SoftwareVersion".into(), value: "2".into(), value_type: None }];
    let refused = house.acs.create_task(&Actor::System, id, TaskKind::SetValues { values }).await;
    assert_eq!(refused.unwrap_err().to_string(), "SoftwareVersion cannot be changed.");
}

#[tokio::test]
async fn rule_31_at_the_limit_new_sessions_wait_and_running_ones_go_on() {
    let house = House::with(AcsSettings { max_sessions: 1, ..AcsSettings::default() }).await;
    let (mut a, mut b) = (Cpe::new(&house, "A", 1), Cpe::new(&house, "B", 2));
    a.post(a.inform()).await;
    let refused = b.post(b.inform()).await;
    assert_eq!(refused.status, 503);
    assert!(refused.retry_after.is_some());
    assert_eq!(a.go_on(Vec::new()).await, DISCOVERY);
    assert_eq!(b.session().await, DISCOVERY);
}

#[tokio::test]
async fn a_role_without_the_permission_is_denied() {
    use model::{DeviceId, Role};
    let house = House::open().await;
    Cpe::new(&house, "A", 1).session().await;
    let reset = |role| {
        let (house, actor) = (&house, Actor::of_role(role));
        async move {
            house
                .acs
                .create_task(&actor, DeviceId(1), TaskKind::FactoryReset { keep: Vec::new(), secrets: Vec::new() })
                .await
        }
    };
    assert!(matches!(reset(Role::ReadOnly).await, Err(crate::AcsError::Denied(_))));
    assert!(matches!(reset(Role::Helpdesk).await, Err(crate::AcsError::Denied(_))));
    assert!(reset(Role::SeniorHelpdesk).await.is_ok());
}

/// The newest events of a device.
async fn told(acs: &Acs, device: model::DeviceId) -> Vec<EventView> {
    let page = acs.timeline(&Actor::System, device, &TimelineFilter::default(), None, crate::PAGE).await.unwrap();
    let event = |entry| match entry {
        Entry::Event { event } => Some(event),
        Entry::Note { .. } => None,
    };
    page.items.into_iter().filter_map(event).collect()
}
