//! Against a real server: Prosody, as Debian has it. Without it these tests pass with a word about it, unless
//! `LASTMILE_TEST_REQUIRE_PROSODY` is set.

mod prosody;

use super::*;
use crate::reach::call::Credentials;
use prosody::{Device, Prosody, Reply};
use std::time::Instant;

const CREDENTIALS: Credentials<'_> = Credentials { username: "lastmile", password: "conn-secret", factory: false };
const YES: Reached = Reached::Accepted(Accepted { unprotected: false, factory: false });

fn settings(server: &Prosody) -> XmppSettings {
    XmppSettings {
        jid: "acs@localhost/lastmile".into(),
        password: prosody::PASSWORD.into(),
        host: "127.0.0.1".into(),
        port: server.port,
        authorities: Some(server.certificate.clone()),
        domains: Vec::new(),
        device_domain: String::new(),
    }
}

/// A client, and what ends it.
fn client(settings: &XmppSettings, keep_alive: Duration) -> (XmppClient, watch::Sender<bool>) {
    let (end, ending) = watch::channel(false);
    (XmppClient::start_with(settings, keep_alive, ending).unwrap(), end)
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(30), "{what} did not happen");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn rule_294_and_295_calls_over_a_real_server() {
    let Some(server) = Prosody::start(&["SCRAM-SHA-1", "SCRAM-SHA-256", "PLAIN"]).await else { return };
    let (client, _end) = client(&settings(&server), KEEP_ALIVE);
    until("the connection", || client.is_connected()).await;
    let device = Device::connect(&server, "lm-1").await;
    let call = |jid: String| {
        let client = client.clone();
        async move { client.call(&jid, &CREDENTIALS).await }
    };
    device.replies(Reply::Yes);
    assert_eq!(call(device.jid.clone()).await, YES);
    let request = device.last_request();
    assert_eq!((request.username.as_str(), request.password.as_str()), ("lastmile", "conn-secret"));
    assert!(cwmp::xmpp::is_allowed(&request.from, "acs@localhost"), "rule 296: {}", request.from);
    device.replies(Reply::No("not-authorized"));
    assert_eq!(call(device.jid.clone()).await, Reached::Failed(Failure::Credentials));
    device.replies(Reply::No("service-unavailable"));
    assert_eq!(call(device.jid.clone()).await, Reached::Busy);
    device.replies(Reply::No("feature-not-implemented"));
    assert_eq!(call(device.jid.clone()).await, Reached::Failed(Failure::Xmpp("feature-not-implemented".into())));
    // Nobody has that address, or not now: the server speaks for it.
    assert_eq!(call("lm-2@localhost/cwmp".into()).await, Reached::Busy);
    // Servers of a device's choosing are not talked to (catalogue row S1), nor is nonsense.
    assert_eq!(call("lm-1@evil.example/cwmp".into()).await, Reached::Failed(Failure::Domain));
    assert_eq!(call("a b@localhost".into()).await, Reached::Failed(Failure::JabberId));
    // Many at once on the one connection.
    device.replies(Reply::Yes);
    let many = (0..50).map(|_| call(device.jid.clone()));
    assert!(futures::future::join_all(many).await.iter().all(|reached| *reached == YES));
}

#[tokio::test]
async fn rule_298_every_kind_of_sign_in() {
    for mechanism in ["SCRAM-SHA-1", "SCRAM-SHA-256", "PLAIN"] {
        let Some(server) = Prosody::start(&[mechanism]).await else { return };
        let (client, _end) = client(&settings(&server), KEEP_ALIVE);
        until(mechanism, || client.is_connected()).await;
    }
}

#[tokio::test]
async fn rule_298_a_restart_of_the_server_is_survived() {
    let Some(mut server) = Prosody::start(&["SCRAM-SHA-1"]).await else { return };
    let (client, _end) = client(&settings(&server), KEEP_ALIVE);
    until("the connection", || client.is_connected()).await;
    server.stop();
    until("the loss", || !client.is_connected()).await;
    assert_eq!(client.call("lm-1@localhost/cwmp", &CREDENTIALS).await, Reached::Failed(Failure::XmppDown));
    server.restart().await;
    until("the new connection", || client.is_connected()).await;
    let device = Device::connect(&server, "lm-1").await;
    device.replies(Reply::Yes);
    assert_eq!(client.call(&device.jid, &CREDENTIALS).await, YES);
}

#[tokio::test]
async fn rule_298_a_server_that_falls_silent_is_noticed() {
    let Some(server) = Prosody::start(&["SCRAM-SHA-1"]).await else { return };
    let (client, end) = client(&settings(&server), Duration::from_millis(300));
    until("the connection", || client.is_connected()).await;
    // Pings are answered: it stays.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(client.is_connected());
    server.freeze();
    until("the loss", || !client.is_connected()).await;
    server.thaw();
    until("the new connection", || client.is_connected()).await;
    end.send_replace(true);
    until("the end", || !client.is_connected()).await;
}

#[tokio::test]
async fn who_cannot_prove_to_be_the_server_gets_no_password() {
    let Some(server) = Prosody::start(&["PLAIN"]).await else { return };
    // A certificate from somewhere else: the usual authorities do not know it.
    let (stranger, _end) = client(&XmppSettings { authorities: None, ..settings(&server) }, KEEP_ALIVE);
    // The right certificate, but not for this domain.
    let other = XmppSettings { jid: "acs@other.example".into(), ..settings(&server) };
    let (other, _end_too) = client(&other, KEEP_ALIVE);
    let wrong = XmppSettings { password: "wrong".into(), ..settings(&server) };
    let (wrong, _end_as_well) = client(&wrong, KEEP_ALIVE);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!stranger.is_connected() && !other.is_connected() && !wrong.is_connected());
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let settings = XmppSettings {
        jid: "acs@localhost".into(),
        password: "p".into(),
        host: "127.0.0.1".into(),
        port: 1,
        authorities: None,
        domains: Vec::new(),
        device_domain: String::new(),
    };
    let start = |settings: &XmppSettings| XmppClient::start(settings, watch::channel(false).1);
    assert!(start(&XmppSettings { jid: "localhost".into(), ..settings.clone() }).is_err());
    assert!(start(&XmppSettings { authorities: Some(b"nothing".to_vec()), ..settings.clone() }).is_err());
    // Nobody there: it starts, and says so when asked.
    let client = start(&settings).unwrap();
    assert_eq!(client.call("lm-1@localhost/cwmp", &CREDENTIALS).await, Reached::Failed(Failure::XmppDown));
}
