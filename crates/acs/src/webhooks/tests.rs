//! Deliveries to a receiver on the loopback interface, and to addresses that are none (catalogue row S3).

use super::post::{Target, post};
use super::{pause, sign};
use crate::{Acs, AcsSettings, Actor, EgressPolicy};
use model::device::{DataModel, Enrolment, Identity};
use model::event::EventKind;
use model::webhook::{DeliveryState, WebhookInput};
use model::{Role, Scope, Timestamp};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::{Commit, NewDevice, Store, StoreSettings, Write};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn loopback() -> EgressPolicy {
    EgressPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()], deny: Vec::new() }
}

/// Takes requests and answers the statuses one after the other, the last again and again; what it was sent.
async fn receiver(statuses: &'static [&'static str]) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = seen.clone();
    tokio::spawn(async move {
        for index in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            let mut chunk = [0; 4096];
            loop {
                let n = stream.read(&mut chunk).await.unwrap();
                request.extend_from_slice(&chunk[..n]);
                let text = String::from_utf8_lossy(&request).into_owned();
                let length = text.split("Content-Length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
                let done = text.split_once("\r\n\r\n").is_some_and(|(_, body)| Some(body.len()) == length);
                if n == 0 || done {
                    kept.lock().unwrap().push(text);
                    break;
                }
            }
            let status = statuses[index.min(statuses.len() - 1)];
            let _ = stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok").as_bytes()).await;
        }
    });
    (url, seen)
}

#[tokio::test]
async fn s3_only_permitted_addresses_are_called() {
    let none = EgressPolicy::default();
    let (url, seen) = receiver(&["200 OK"]).await;
    let port = url.rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "169.254.169.254",
        "10.0.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "[fe80::1]",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "2130706433",
        "0x7f.1",
    ] {
        let posted = post(&format!("http://{host}:{port}/hook"), &[], "{}", &none).await;
        assert_eq!(posted.status, None, "{host}: {posted:?}");
        assert!(posted.said.contains("not allowed") || posted.said.contains("resolved"), "{host}: {posted:?}");
    }
    assert!(seen.lock().unwrap().is_empty(), "nobody was called");
    // A network that is refused is refused, whatever is allowed.
    let denied = EgressPolicy { deny: vec!["127.0.0.1/32".parse().unwrap()], ..loopback() };
    assert_eq!(post(&url, &[], "{}", &denied).await.status, None);
    assert_eq!(post(&url, &[], "{}", &loopback()).await.status, Some(200));
}

/// A name is resolved once for a delivery, and the address that was checked is the one that is called: what it resolves to
/// afterwards does not matter. Each further delivery checks anew.
#[tokio::test]
async fn s3_the_address_that_was_checked_is_the_one_that_is_called() {
    let (url, seen) = receiver(&["200 OK"]).await;
    let named = url.replace("127.0.0.1", "localhost");
    // One of its addresses may be ::1, which is not allowed here: the permitted one is taken.
    assert_eq!(post(&named, &[], "{}", &loopback()).await.status, Some(200));
    assert_eq!(seen.lock().unwrap().len(), 1);
    assert_eq!(post(&named, &[], "{}", &EgressPolicy::default()).await.status, None);
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[test]
fn s3_only_http_and_https_are_addresses() {
    for wrong in [
        "file:///etc/passwd",
        "ftp://example.net/",
        "gopher://example.net/",
        "javascript:alert(1)",
        "example.net",
        "https://",
        "https:///path",
        "https://user:password@example.net/",
        "https://example.net:0/",
        "https://example.net:99999/",
        "https://exa mple.net/",
        "https://example.net/\r\nHost: other",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://exämple.net/",
    ] {
        assert!(Target::parse(wrong).is_err(), "{wrong}");
    }
    assert!(Target::parse(&format!("https://example.net/{}", "a".repeat(3000))).is_err());
    for right in ["https://example.net", "HTTP://example.net:8080/a?b=c#d", "https://[2001:db8::1]:444/"] {
        assert!(Target::parse(right).is_ok(), "{right}");
    }
}

#[tokio::test]
async fn s3_redirects_are_not_followed() {
    let (url, seen) = receiver(&["302 Found\r\nLocation: http://127.0.0.1:1/"]).await;
    let posted = post(&url, &[], "{}", &loopback()).await;
    assert_eq!((posted.status, posted.succeeded()), (Some(302), false));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn s3_a_tarpit_and_an_endless_answer_end() {
    let serve = async |answer: &'static [u8], again: bool| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut written = 0_u64;
            while stream.write_all(answer).await.is_ok() {
                written += answer.len() as u64;
                assert!(written < 1 << 30, "nobody reads a gigabyte");
                if !again {
                    tokio::time::sleep(Duration::from_mins(5)).await;
                }
            }
        });
        url
    };
    let started = Instant::now();
    let endless_body = serve(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        false,
    );
    let posted = post(&endless_body.await, &[], "{}", &loopback()).await;
    assert!(posted.succeeded() && posted.said.len() <= 300, "{posted:?}");
    let flood = serve(vec![b'a'; 65_536].leak(), true).await;
    assert_eq!(post(&flood, &[], "{}", &loopback()).await.status, None, "no head");
    let silent = serve(b"HTTP/1.1 200 OK\r\nX-Slow: ", false).await;
    let posted = post(&silent, &[], "{}", &loopback()).await;
    assert_eq!((posted.status, posted.said.as_str()), (None, "No answer within 10 seconds."));
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[test]
fn pauses_grow() {
    let pauses: Vec<i64> = (1..=9).map(pause).collect();
    assert!(pauses.is_sorted() && (4500..=5500).contains(&pauses[0]), "{pauses:?}");
    assert!(pause(100) <= 24 * 3_600_000);
}

struct World {
    acs: Acs,
    store: Store,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("lastmile.db").display());
        let store = Store::open(&StoreSettings { url, max_connections: 2 }).await.unwrap();
        store.migrate().await.unwrap();
        let settings = AcsSettings { egress: loopback(), ..AcsSettings::default() };
        let acs = Acs::start(store.clone(), settings).await.unwrap();
        Self { acs, store, _folder: folder }
    }

    async fn device(&self, serial: &str) -> model::DeviceId {
        let at = crate::clock::now();
        let new = NewDevice {
            identity: Identity { oui: "02A0E1".into(), serial: serial.into(), ..Identity::default() },
            address: "192.0.2.7".into(),
            now: at,
            data_model: DataModel::Tr181,
            cwmp_version: "1.2".into(),
            late_at: at,
            overdue_at: at,
            enrolment: Enrolment::Approved,
        };
        self.store.register_device(&new).await.unwrap().id
    }

    async fn happens(&self, device: model::DeviceId, kind: EventKind) {
        let event = Write::Event { device, at: Timestamp(crate::clock::now().0), kind, by: None };
        self.store.commit(Commit { writes: vec![event] }).await.unwrap();
    }
}

fn input(url: &str) -> WebhookInput {
    WebhookInput {
        name: "CRM".into(),
        url: url.into(),
        kinds: vec!["software".into()],
        scope: Scope::default(),
        enabled: true,
    }
}

async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !done().await {
        assert!(started.elapsed() < Duration::from_secs(30), "{what}: not within 30 seconds");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn what_happens_is_told_signed_again_after_failures_and_in_order() {
    let world = World::new().await;
    let (url, seen) = receiver(&["500 No", "200 OK"]).await;
    let device = world.device("S1").await;
    world.happens(device, EventKind::Software { before: "0".into(), after: "1".into() }).await;
    let made = world.acs.create_webhook(&Actor::System, input(&url)).await.unwrap();
    assert!(!format!("{made:?}").contains(&made.secret));
    tokio::spawn(
        world
            .acs
            .clone()
            .deliver_webhooks(|event, identity| format!("{{\"id\":{},\"serial\":\"{}\"}}", event.id, identity.serial)),
    );
    world.happens(device, EventKind::Boot).await;
    world.happens(device, EventKind::Software { before: "1".into(), after: "2".into() }).await;
    world.happens(device, EventKind::Software { before: "2".into(), after: "3".into() }).await;
    let id = made.webhook.id;
    let log = async || world.acs.webhook_deliveries(&Actor::System, id).await.unwrap();
    until("both are delivered", async || {
        log().await.iter().filter(|one| one.state == DeliveryState::Delivered).count() == 2
    })
    .await;
    let log = log().await;
    assert_eq!(log.len(), 2, "not what was before, not what was not asked for");
    assert_eq!((log[1].attempts, log[1].status), (2, Some(200)), "{log:?}");
    assert!(log[1].id < log[0].id && log[1].tried_at <= log[0].tried_at, "in their order");
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 3, "{seen:?}");
    for request in &seen {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| {
            let value = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
            value.unwrap_or_else(|| panic!("{name}: {head}")).to_owned()
        };
        let timestamp = header("webhook-timestamp").parse().unwrap();
        let signed = sign::signature(&made.secret, &header("webhook-id"), timestamp, body);
        assert_eq!(header("webhook-signature"), signed);
        assert!(!request.contains(&made.secret));
    }
    let ids: Vec<_> = seen.iter().map(|one| one.lines().find(|line| line.starts_with("webhook-id")).unwrap()).collect();
    assert_eq!(ids[0], ids[1], "a repetition has the same id");
    assert_ne!(ids[1], ids[2]);
    let hook = world.acs.webhook(&Actor::System, id).await.unwrap();
    assert_eq!((hook.waiting, hook.failing_since), (0, None));
    // By hand.
    world.acs.try_webhook(&Actor::System, id).await.unwrap();
    until("the trial is delivered", async || {
        let log = world.acs.webhook_deliveries(&Actor::System, id).await.unwrap();
        log[0].kind == "test" && log[0].state == DeliveryState::Delivered
    })
    .await;
}

#[tokio::test]
async fn one_that_is_gone_is_switched_off_and_can_be_switched_on() {
    let world = World::new().await;
    let (url, _) = receiver(&["410 Gone"]).await;
    let id = world.acs.create_webhook(&Actor::System, input(&url)).await.unwrap().webhook.id;
    tokio::spawn(world.acs.clone().deliver_webhooks(|_, _| "{}".to_owned()));
    world.acs.try_webhook(&Actor::System, id).await.unwrap();
    let hook = async || world.acs.webhook(&Actor::System, id).await.unwrap();
    until("it is switched off", async || !hook().await.enabled).await;
    assert!(hook().await.stopped.is_some());
    assert!(world.acs.try_webhook(&Actor::System, id).await.is_err());
    let on = world.acs.update_webhook(&Actor::System, id, input(&url)).await.unwrap();
    assert!(on.enabled && on.stopped.is_none());
}

#[tokio::test]
async fn one_that_failed_for_five_days_is_switched_off_and_one_that_failed_for_four_is_not() {
    let world = World::new().await;
    let (url, seen) = receiver(&["500 No"]).await;
    let made = async |days: i64| {
        let id = world.acs.create_webhook(&Actor::System, input(&url)).await.unwrap().webhook.id;
        let since = crate::clock::now().plus_seconds(-86_400 * days - 60);
        world.store.webhook_failing(id, Some(since)).await.unwrap();
        world.acs.try_webhook(&Actor::System, id).await.unwrap();
        id
    };
    let (five, four) = (made(5).await, made(4).await);
    tokio::spawn(world.acs.clone().deliver_webhooks(|_, _| "{}".to_owned()));
    until("both were tried", async || seen.lock().unwrap().len() >= 2).await;
    let hook = async |id| world.acs.webhook(&Actor::System, id).await.unwrap();
    until("it is switched off", async || !hook(five).await.enabled).await;
    assert!(hook(five).await.stopped.unwrap().contains("5 days"));
    let tried = async || world.acs.webhook_deliveries(&Actor::System, four).await.unwrap()[0].tried_at.is_some();
    until("the other was tried, too", tried).await;
    assert!(hook(four).await.enabled);
    // Nothing more is tried of one that is off, until somebody switches it on.
    let on = world.acs.update_webhook(&Actor::System, five, input(&url)).await.unwrap();
    assert_eq!((on.enabled, on.stopped, on.failing_since), (true, None, None));
}

#[tokio::test]
async fn n4_webhooks_are_for_those_who_may_and_of_their_part() {
    let world = World::new().await;
    let made = world.acs.create_webhook(&Actor::System, input("https://example.net/")).await.unwrap();
    let helpdesk = Actor::of_role(Role::SeniorHelpdesk);
    assert!(matches!(world.acs.webhooks(&helpdesk).await, Err(crate::AcsError::Denied(_))));
    assert!(matches!(world.acs.delete_webhook(&helpdesk, made.webhook.id).await, Err(crate::AcsError::Denied(_))));
    for wrong in [
        WebhookInput { name: " ".into(), ..input("https://example.net/") },
        input("file:///etc/passwd"),
        WebhookInput { kinds: vec!["explosion".into()], ..input("https://example.net/") },
    ] {
        assert!(matches!(world.acs.create_webhook(&Actor::System, wrong).await, Err(crate::AcsError::Invalid(_))));
    }
    world.acs.delete_webhook(&Actor::System, made.webhook.id).await.unwrap();
    assert!(world.acs.webhooks(&Actor::System).await.unwrap().is_empty());
}
