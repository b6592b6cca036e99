//! Waking a device that is really there: sockets on the loopback interface, sessions through [`Acs::cwmp`].

mod house;

use super::*;
use crate::reach::provision::Keys;
use cwmp::stun::{self, Attribute, Message, Padding};
use cwmp::udp_request::Receiver;
use house::{House, eventually};
use model::task::TaskState;
use std::time::Duration;
use tokio::net::UdpSocket;

/// Rules 274, 275 and 280: one call, one session for all tasks, and success only with the session.
#[tokio::test]
async fn rule_275_several_tasks_are_one_request() {
    let house = House::new(ReachSettings::default(), 2).await;
    let door = house.door(200).await;
    let device = house.device("S1", &[("ConnectionRequestURL", &door.url)]).await;
    for path in ["Device.A.", "Device.B.", "Device.C."] {
        house.refresh(device, path).await;
    }
    eventually("the call", async || door.calls() == 1).await;
    // More tasks while we wait for the session do not call again.
    house.refresh(device, "Device.D.").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(door.calls(), 1, "no second call within the pause");
    let view = house.view(device).await;
    assert_eq!(view.reach, Reachability::Untried, "rule 280: an answer to the call is no success");
    house.session("S1", &[("ConnectionRequestURL", &door.url)]).await;
    eventually("success", async || {
        matches!(house.view(device).await.reach, Reachability::Works { way: Way::Http, .. })
    })
    .await;
    let tasks = house.tasks(device).await;
    assert!(tasks.iter().all(|task| task.state != TaskState::Queued), "{tasks:?}");
}

/// The task comes while the worker that called for the one before it still looks whether a session followed.
#[tokio::test]
async fn a_task_right_after_a_session_that_was_called_for_is_called_for_at_once() {
    let house = House::new(ReachSettings::default(), 2).await;
    let door = house.door(200).await;
    let told = [("ConnectionRequestURL", door.url.as_str())];
    let device = house.device("S1", &told).await;
    for (calls, path) in (1..).zip(["Device.A.", "Device.B.", "Device.C.", "Device.D."]) {
        let queued = std::time::Instant::now();
        house.refresh(device, path).await;
        eventually("the call", async || door.calls() == calls).await;
        assert!(queued.elapsed() < Duration::from_secs(3), "call {calls} came after {:?}", queued.elapsed());
        house.session("S1", &told).await;
        assert!(house.tasks(device).await.iter().all(|task| task.state.ended()));
    }
    // And nobody is called for nothing.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(door.calls(), 4);
}

#[tokio::test]
async fn a_session_that_lost_its_connection_holds_calls_back_for_seconds_only() {
    let house = House::new(ReachSettings::default(), 5).await;
    let door = house.door(200).await;
    let told = [("ConnectionRequestURL", door.url.as_str())];
    let device = house.device("S1", &told).await;
    let (connection, cookie) = house.inform("S1", &told).await;
    house.acs.connection_closed(connection);
    house.refresh(device, "Device.A.").await;
    eventually("the note", async || {
        house.tasks(device).await[0].note.as_deref().is_some_and(|note| note.contains("connection broke off"))
    })
    .await;
    assert_eq!(door.calls(), 0, "it may come back");
    eventually("the call", async || door.calls() == 1).await;
    assert_eq!(house.view(device).await.reach, Reachability::Untried, "the session of before is no success");
    // It comes back with its cookie, and finds its session as it was.
    assert_eq!(house.resume(&cookie).await, 200);
    eventually("success", async || matches!(house.view(device).await.reach, Reachability::Works { .. })).await;
    assert_eq!(door.calls(), 1);
}

#[tokio::test]
async fn a_task_that_waited_in_a_session_that_broke_off_is_called_for_too() {
    let house = House::new(ReachSettings::default(), 5).await;
    let door = house.door(200).await;
    let told = [("ConnectionRequestURL", door.url.as_str())];
    let device = house.device("S1", &told).await;
    let (connection, _) = house.inform("S1", &told).await;
    house.refresh(device, "Device.A.").await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(door.calls(), 0, "its session takes it up");
    house.acs.connection_closed(connection);
    eventually("the call", async || door.calls() == 1).await;
}

#[tokio::test]
async fn rule_274_who_took_the_call_and_did_not_come_is_asked_again_after_the_pause() {
    let house = House::new(ReachSettings::default(), 1).await;
    let door = house.door(200).await;
    let device = house.device("S1", &[("ConnectionRequestURL", &door.url)]).await;
    house.refresh(device, "Device.A.").await;
    eventually("no contact", async || matches!(house.view(device).await.reach, Reachability::Failed { .. })).await;
    assert_eq!(door.calls(), 1);
    let Reachability::Failed { reason, .. } = house.view(device).await.reach else { unreachable!("looked at above") };
    assert!(reason.contains("did not connect"), "{reason}");
    eventually("the note", async || {
        house.tasks(device).await[0].note.as_deref().is_some_and(|note| note.contains("next check-in"))
    })
    .await;
    // A new task asks again: the pause is over.
    house.refresh(device, "Device.B.").await;
    eventually("the second call", async || door.calls() == 2).await;
}

#[tokio::test]
async fn who_comes_and_takes_nothing_is_not_called_in_a_loop() {
    let house = House::new(ReachSettings::default(), 1).await;
    let door = house.door(200).await;
    let device = house.device("S1", &[("ConnectionRequestURL", &door.url)]).await;
    house.refresh(device, "Device.A.").await;
    eventually("the call", async || door.calls() == 1).await;
    // Nothing is asked in the session of a heartbeat.
    house.heartbeat("S1").await;
    eventually("success", async || matches!(house.view(device).await.reach, Reachability::Works { .. })).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(door.calls(), 1);
    assert!(house.tasks(device).await.iter().all(|task| !task.state.ended()), "the task still waits");
}

#[tokio::test]
async fn rule_273_busy_is_no_failure() {
    let house = House::new(ReachSettings::default(), 1).await;
    let door = house.door(503).await;
    let device = house.device("S1", &[("ConnectionRequestURL", &door.url)]).await;
    house.refresh(device, "Device.A.").await;
    eventually("the note", async || {
        house.tasks(device).await[0].note.as_deref() == Some("The router is busy. Trying again.")
    })
    .await;
    assert_eq!(house.view(device).await.reach, Reachability::Untried);
}

#[tokio::test]
async fn rule_281_the_next_way_is_tried_and_what_worked_is_tried_first() {
    let house = House::new(ReachSettings::default(), 1).await;
    let device_socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let udp = device_socket.local_addr().unwrap().to_string();
    // Nobody listens there.
    let closed = "http://127.0.0.1:9/";
    let told = [("ConnectionRequestURL", closed), ("UDPConnectionRequestAddress", udp.as_str())];
    let device = house.device("S1", &told).await;
    let ways: Vec<Way> = house.view(device).await.ways.iter().map(|way| way.way).collect();
    assert_eq!(ways, [Way::Http, Way::Udp]);
    house.refresh(device, "Device.A.").await;
    let mut receiver = Receiver::default();
    let mut buffer = [0; 2048];
    let (n, _) =
        tokio::time::timeout(Duration::from_secs(10), device_socket.recv_from(&mut buffer)).await.unwrap().unwrap();
    let (username, password) = house.credentials(device).await;
    assert!(receiver.accept(&buffer[..n], &username, &password), "rule 283: signed with what it was given");
    house.session("S1", &told).await;
    eventually("success", async || matches!(house.view(device).await.reach, Reachability::Works { way: Way::Udp, .. }))
        .await;
    let view = house.view(device).await;
    let ways: Vec<Way> = view.ways.iter().map(|way| way.way).collect();
    assert_eq!(ways, [Way::Udp, Way::Http], "what worked goes first");
    let http = &view.ways[1];
    assert!(http.last_failure.as_ref().unwrap().1.contains("cannot be reached"), "{http:?}");
    assert_eq!(http.last_success, None);
    // Copies are not taken twice, and the next request is newer.
    while let Ok(Ok((n, _))) =
        tokio::time::timeout(Duration::from_millis(700), device_socket.recv_from(&mut buffer)).await
    {
        assert!(!receiver.accept(&buffer[..n], &username, &password), "a copy");
    }
    house.refresh(device, "Device.B.").await;
    let (n, _) =
        tokio::time::timeout(Duration::from_secs(10), device_socket.recv_from(&mut buffer)).await.unwrap().unwrap();
    assert!(receiver.accept(&buffer[..n], &username, &password), "rule 284: ts has grown");
}

#[tokio::test]
async fn rules_276_292_and_297_informs_move_the_targets() {
    let house = House::new(ReachSettings::default(), 1).await;
    let first = [
        ("ConnectionRequestURL", "http://127.0.0.1:1000/a"),
        ("UDPConnectionRequestAddress", "127.0.0.1:1001"),
        ("ConnReqJabberID", "lm-1@example.net/a"),
    ];
    let device = house.device("S1", &first).await;
    let targets = async || house.view(device).await.ways.into_iter().map(|way| way.target).collect::<Vec<_>>();
    assert_eq!(targets().await, ["http://127.0.0.1:1000/a", "127.0.0.1:1001", "lm-1@example.net/a"]);
    let second = [
        ("ConnectionRequestURL", "http://127.0.0.1:2000/b"),
        ("UDPConnectionRequestAddress", "127.0.0.1:2001"),
        ("ConnReqJabberID", "lm-1@example.net/b"),
    ];
    house.session("S1", &second).await;
    assert_eq!(targets().await, ["http://127.0.0.1:2000/b", "127.0.0.1:2001", "lm-1@example.net/b"]);
    let view = house.view(device).await;
    assert_eq!(view.ways[2].way, Way::Xmpp, "behind the others: it cannot be used");
    assert!(view.ways[2].unusable.contains("not switched on"), "{view:?}");
    // Nothing any more: not by that way.
    house.session("S1", &[("ConnectionRequestURL", ""), second[1], second[2]]).await;
    assert_eq!(targets().await, ["127.0.0.1:2001", "lm-1@example.net/b"]);
}

#[tokio::test]
async fn a_device_without_any_way_is_said_to_have_none() {
    let house = House::new(ReachSettings::default(), 1).await;
    let device = house.device("S1", &[]).await;
    let view = house.view(device).await;
    assert_eq!(view.reach, Reachability::NoWay { reason: "The router gave no address for calls.".into() });
    assert_eq!(view.ways, []);
    house.refresh(device, "Device.A.").await;
    eventually("the note", async || {
        house.tasks(device).await[0].note.as_deref().is_some_and(|note| note.starts_with("The router gave no address"))
    })
    .await;
}

#[tokio::test]
async fn rule_377_nat_is_told() {
    let house = House::new(ReachSettings::default(), 1).await;
    let device = house.device("S1", &[("ConnectionRequestURL", "http://192.168.1.1:7547/")]).await;
    let notes = house.view(device).await.reach_notes;
    assert!(notes[0].contains("behind NAT") && notes[0].contains("192.168.1.1"), "{notes:?}");
    house.session("S1", &[("ConnectionRequestURL", "http://8.8.8.8:7547/")]).await;
    assert!(house.view(device).await.reach_notes[0].contains("old address"));
    house.session("S1", &[("ConnectionRequestURL", "http://127.0.0.1:7547/")]).await;
    assert_eq!(house.view(device).await.reach_notes, [] as [String; 0], "it comes from there");
}

fn stun_settings() -> ReachSettings {
    let stun = StunSettings { authenticate: false, provision: true, host: String::new(), port: 3478, keep_alive: 30 };
    ReachSettings { stun: Some(stun), ..ReachSettings::default() }
}

#[tokio::test]
async fn rule_290_a_binding_is_learnt_by_stun_and_rule_288_called_from_there() {
    let house = House::new(stun_settings(), 1).await;
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let server_address = server.local_addr().unwrap();
    house.acs.serve_stun(server);
    let device = house.device("S1", &[]).await;
    let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let own = client.local_addr().unwrap();
    let (_, key) = house.key(device);
    let request = Message::request([3; 16])
        .with(Attribute::ConnectionRequestBinding)
        .with(Attribute::Username(Keys::username(device).into_bytes()));
    let mut buffer = [0; 2048];
    client.send_to(&request.encode_signed(key.as_bytes(), Padding::Zeros), server_address).await.unwrap();
    let (n, from) = client.recv_from(&mut buffer).await.unwrap();
    assert_eq!(from, server_address);
    assert_eq!(stun::decode(&buffer[..n]).unwrap().message.mapped_address(), Some(own));
    let target = async || house.view(device).await.ways.first().map(|way| way.target.clone());
    eventually("the binding", async || target().await == Some(own.to_string())).await;
    // The NAT gives it another port.
    let moved = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let request = request.with(Attribute::BindingChange);
    moved.send_to(&request.encode_signed(key.as_bytes(), Padding::None), server_address).await.unwrap();
    let now_at = moved.local_addr().unwrap();
    eventually("the new binding", async || target().await == Some(now_at.to_string())).await;
    // Who does not know the password moves nothing.
    client.send_to(&request.encode_signed(b"guess", Padding::None), server_address).await.unwrap();
    let (n, _) = client.recv_from(&mut buffer).await.unwrap();
    assert_eq!(stun::decode(&buffer[..n]).unwrap().message.error().unwrap().code, 401);
    // The answer to the moved one, then the request.
    house.refresh(device, "Device.A.").await;
    let mut receiver = Receiver::default();
    let (username, password) = house.credentials(device).await;
    loop {
        let received = tokio::time::timeout(Duration::from_secs(10), moved.recv_from(&mut buffer)).await;
        let (n, from) = received.unwrap().unwrap();
        assert_eq!(from, server_address);
        if receiver.accept(&buffer[..n], &username, &password) {
            break;
        }
    }
    assert_eq!(target().await, Some(now_at.to_string()));
}

#[tokio::test]
async fn devices_with_stun_are_given_it_once() {
    let house = House::new(stun_settings(), 1).await;
    let device = house.stun_device("S1").await;
    let given = house.given(device);
    let names: Vec<&str> = given.iter().map(|(name, _)| name.rsplit('.').next().unwrap()).collect();
    assert_eq!(names, ["STUNUsername", "STUNPassword", "STUNMinimumKeepAlivePeriod", "STUNEnable"]);
    assert_eq!(given[0].1, Keys::username(device));
    assert_eq!(given[1].1, house.key(device).1);
    house.session("S1", &[]).await;
    assert_eq!(house.given(device).len(), given.len(), "not again in the next session");
    // A reset takes it away.
    house.bootstrap("S1").await;
    assert_eq!(house.given(device).len(), 2 * given.len());
}
