//! A manager on an empty database, devices that talk to it, and doors that count who knocks.

use crate::reach::provision::Keys;
use crate::reach::{ReachSettings, kept_key};
use crate::{Acs, AcsSettings, Actor, CwmpRequest, CwmpResponse, EgressPolicy};
use bytes::Bytes;
use cwmp::{
    AcsMessage, AcsRequest, CpeHeader, CpeMessage, CpeRequest, CpeResponse, Dialect, Event, EventCode, Inform, Limits,
    ParameterInfo, ParameterValue, ValueType, decode_acs, encode_to_acs,
};
use model::DeviceId;
use model::device::{DeviceQuery, DeviceView, Identity};
use model::task::{TaskKind, TaskView};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Store, StoreSettings};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Waits until something holds; fails after ten seconds.
pub(super) async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what} did not happen within ten seconds");
}

/// What every device here has; all but the version can be set.
const PARAMETERS: [&str; 7] = [
    "Device.DeviceInfo.SoftwareVersion",
    "Device.ManagementServer.ConnectionRequestUsername",
    "Device.ManagementServer.ConnectionRequestPassword",
    "Device.A.X",
    "Device.B.X",
    "Device.C.X",
    "Device.D.X",
];
const STUN: [(&str, ValueType, &str); 6] = [
    ("Device.ManagementServer.STUNEnable", ValueType::Boolean, "0"),
    ("Device.ManagementServer.STUNServerAddress", ValueType::String, ""),
    ("Device.ManagementServer.STUNServerPort", ValueType::UnsignedInt, "3478"),
    ("Device.ManagementServer.STUNUsername", ValueType::String, ""),
    ("Device.ManagementServer.STUNPassword", ValueType::String, ""),
    ("Device.ManagementServer.STUNMinimumKeepAlivePeriod", ValueType::UnsignedInt, "10"),
];

pub(super) struct House {
    pub acs: Acs,
    store: Store,
    keys: Keys,
    connections: AtomicU64,
    /// Values about STUN that devices were given, in order.
    given: Mutex<Vec<(DeviceId, String, String)>>,
    _folder: TempDir,
}

/// An HTTP server that gives every caller the same answer.
pub(super) struct Door {
    pub url: String,
    calls: Arc<AtomicU32>,
}

impl Door {
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }
}

impl House {
    /// `pause`: seconds that a device has for coming after a call.
    pub async fn new(reach: ReachSettings, pause: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("lastmile.db").display());
        let store = Store::open(&StoreSettings { url, max_connections: 2 }).await.unwrap();
        store.migrate().await.unwrap();
        let settings = AcsSettings {
            reach,
            connection_request_pause: pause,
            egress: EgressPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()], ..EgressPolicy::default() },
            ..AcsSettings::default()
        };
        let acs = Acs::start(store.clone(), settings).await.unwrap();
        let keys = Keys::new(kept_key(&store).await.unwrap());
        Self { acs, store, keys, connections: AtomicU64::new(1), given: Mutex::default(), _folder: folder }
    }

    pub async fn door(&self, status: u16) -> Door {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let calls = Arc::new(AtomicU32::new(0));
        let counted = calls.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let mut head = [0; 2048];
                let _ = stream.read(&mut head).await;
                let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Door { url, calls }
    }

    /// A new device after its first session; what it tells in Informs is below ManagementServer.
    pub async fn device(&self, serial: &str, told: &[(&str, &str)]) -> DeviceId {
        self.run(serial, EventCode::Boot, told, false).await
    }

    /// The same with STUN.
    pub async fn stun_device(&self, serial: &str) -> DeviceId {
        self.run(serial, EventCode::Boot, &[], true).await
    }

    pub async fn session(&self, serial: &str, told: &[(&str, &str)]) {
        self.run(serial, EventCode::ConnectionRequest, told, false).await;
    }

    /// A session in which nothing is asked.
    pub async fn heartbeat(&self, serial: &str) {
        self.run(serial, EventCode::Heartbeat, &[], false).await;
    }

    /// The beginning of a session, and no more: its connection and its cookie.
    pub async fn inform(&self, serial: &str, told: &[(&str, &str)]) -> (u64, String) {
        let value = |name: &str, value: &str| ParameterValue {
            name: format!("Device.{name}"),
            value: value.into(),
            value_type: ValueType::String,
            untyped: false,
        };
        let told = told.iter().map(|(name, text)| value(&format!("ManagementServer.{name}"), text));
        let inform = Inform {
            identity: identity(serial),
            events: vec![Event::new(EventCode::Periodic, "")],
            parameters: std::iter::once(value("DeviceInfo.SoftwareVersion", "1.0")).chain(told).collect(),
            ..Inform::default()
        };
        let connection = self.connections.fetch_add(1, Ordering::Relaxed);
        let body = encode(CpeMessage::Request(CpeRequest::Inform(inform)), "1");
        let response = self.post(connection, None, body).await;
        assert_eq!(response.status, 200, "{response:?}");
        (connection, response.set_cookie.unwrap())
    }

    /// An empty POST of a session, on another connection; its status.
    pub async fn resume(&self, cookie: &str) -> u16 {
        let connection = self.connections.fetch_add(1, Ordering::Relaxed);
        self.post(connection, Some(cookie.to_owned()), Vec::new()).await.status
    }

    /// A device with STUN after a factory reset.
    pub async fn bootstrap(&self, serial: &str) {
        self.run(serial, EventCode::Bootstrap, &[], true).await;
    }

    async fn run(&self, serial: &str, event: EventCode, told: &[(&str, &str)], stun: bool) -> DeviceId {
        let mut tree: Vec<ParameterValue> = Vec::new();
        let mut add = |name: &str, value: &str, value_type| {
            tree.push(ParameterValue { name: name.into(), value: value.into(), value_type, untyped: false });
        };
        add("Device.DeviceInfo.SoftwareVersion", "1.0", ValueType::String);
        for (name, value) in told {
            add(&format!("Device.ManagementServer.{name}"), value, ValueType::String);
        }
        let inform = Inform {
            identity: identity(serial),
            events: vec![Event::new(event, "")],
            parameters: tree.clone(),
            ..Inform::default()
        };
        let mut add = |name: &str, value: &str, value_type| {
            tree.push(ParameterValue { name: name.into(), value: value.into(), value_type, untyped: false });
        };
        for name in &PARAMETERS[1..] {
            add(name, "", ValueType::String);
        }
        for (name, value_type, value) in STUN.iter().filter(|_| stun) {
            add(name, value, *value_type);
        }
        let connection = self.connections.fetch_add(1, Ordering::Relaxed);
        let mut body = encode(CpeMessage::Request(CpeRequest::Inform(inform)), "1");
        let mut cookie = None;
        let mut set = Vec::new();
        for _ in 0..30 {
            let response = self.post(connection, cookie.clone(), std::mem::take(&mut body)).await;
            cookie = response.set_cookie.clone().or(cookie);
            if response.status == 204 {
                break;
            }
            assert_eq!(response.status, 200, "{response:?}");
            let envelope = decode_acs(&response.body, None, &Limits::default()).unwrap();
            if let AcsMessage::Request(request) = envelope.body {
                if let AcsRequest::SetParameterValues { values, .. } = &request {
                    set.extend(values.clone());
                }
                body = encode(CpeMessage::Response(answer(&tree, &request)), &envelope.id.unwrap());
            }
        }
        let page = self.acs.devices(&Actor::System, &DeviceQuery::default()).await.unwrap();
        let device = page.items.into_iter().find(|row| row.identity.serial == serial).unwrap().id;
        let about_stun = set.into_iter().filter(|value| value.name.contains("STUN"));
        self.given.lock().unwrap().extend(about_stun.map(|value| (device, value.name, value.value)));
        device
    }

    async fn post(&self, connection: u64, cookie: Option<String>, body: Vec<u8>) -> CwmpResponse {
        let request = CwmpRequest {
            connection,
            peer: "127.0.0.1:40000".parse().unwrap(),
            secure: false,
            certificate: None,
            uri: "/".into(),
            authorization: None,
            cookie,
            charset: None,
            body: Bytes::from(body),
        };
        self.acs.cwmp(request).await
    }

    pub async fn refresh(&self, device: DeviceId, path: &str) {
        let kind = TaskKind::Refresh { paths: vec![path.to_owned()] };
        self.acs.create_task(&Actor::System, device, kind).await.unwrap();
    }

    pub async fn view(&self, device: DeviceId) -> DeviceView {
        self.acs.device(&Actor::System, device).await.unwrap()
    }

    pub async fn tasks(&self, device: DeviceId) -> Vec<TaskView> {
        self.acs.tasks(&Actor::System, device, None, crate::PAGE).await.unwrap().items
    }

    /// What the device was given for connection requests.
    pub async fn credentials(&self, device: DeviceId) -> (String, String) {
        let record = self.store.device(device).await.unwrap().unwrap();
        (record.connection_request_username, record.connection_request_password)
    }

    /// Its name and password for STUN.
    pub fn key(&self, device: DeviceId) -> (String, String) {
        (Keys::username(device), self.keys.stun_password(device))
    }

    pub fn given(&self, device: DeviceId) -> Vec<(String, String)> {
        let given = self.given.lock().unwrap();
        given.iter().filter(|(to, ..)| *to == device).map(|(_, name, value)| (name.clone(), value.clone())).collect()
    }
}

fn identity(serial: &str) -> Identity {
    Identity {
        manufacturer: "Kestrel".into(),
        oui: "02A0E1".into(),
        product_class: "HG640".into(),
        serial: serial.into(),
    }
}

fn encode(message: CpeMessage, id: &str) -> Vec<u8> {
    encode_to_acs(&message, &CpeHeader { id: Some(id), ..CpeHeader::default() }, &Dialect::default())
}

fn answer(tree: &[ParameterValue], request: &AcsRequest) -> CpeResponse {
    match request {
        AcsRequest::GetParameterNames { .. } => {
            let mut names: Vec<String> = Vec::new();
            for parameter in tree {
                let dots = parameter.name.match_indices('.').map(|(at, _)| parameter.name[..=at].to_owned());
                names.extend(dots);
                names.push(parameter.name.clone());
            }
            names.sort();
            names.dedup();
            let writable = |name: &str| !name.ends_with('.') && !name.contains("DeviceInfo");
            let parameters = names.into_iter().map(|name| ParameterInfo { writable: writable(&name), name }).collect();
            CpeResponse::GetParameterNames { parameters }
        }
        AcsRequest::GetParameterValues { names } => {
            let asked = |value: &&ParameterValue| {
                names.iter().any(|name| value.name == *name || name.ends_with('.') && value.name.starts_with(name))
            };
            CpeResponse::GetParameterValues { parameters: tree.iter().filter(asked).cloned().collect() }
        }
        AcsRequest::SetParameterValues { .. } => CpeResponse::SetParameterValues { status: 0 },
        other => panic!("{other:?}"),
    }
}
