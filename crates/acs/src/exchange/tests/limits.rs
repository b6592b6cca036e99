//! Sessions that are never closed, devices in a loop, a whole fleet at once.

use super::*;

#[tokio::test]
async fn p2_an_address_has_so_many_sessions_and_no_more() {
    let settings = AcsSettings { max_sessions_per_address: 10, ..AcsSettings::default() };
    let house = House::with(settings).await;
    let mut statuses = Vec::new();
    let mut cpes = Vec::new();
    for number in 0..15 {
        let mut cpe = Cpe::new(&house, &format!("S{number}"), 100 + number);
        statuses.push(cpe.post(cpe.inform()).await.status);
        cpes.push(cpe);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 10);
    assert_eq!(statuses[10..], [503; 5]);
    let mut elsewhere = Cpe::new(&house, "T", 1);
    elsewhere.address = "198.51.100.1:1".parse().unwrap();
    assert_eq!(elsewhere.session().await, DISCOVERY, "others do not feel it");
    assert_eq!(cpes[0].go_on(Vec::new()).await, DISCOVERY);
    assert_eq!(cpes[14].session().await, DISCOVERY, "a place that became free");
}

#[tokio::test]
async fn p2_ten_thousand_idle_sessions_go_by_themselves() {
    let house = House::with(AcsSettings { max_sessions_per_address: 0, ..AcsSettings::default() }).await;
    let exchange = house.acs.exchange();
    let mut cpe = Cpe::new(&house, "A", 1);
    cpe.post(cpe.inform()).await;
    let first = exchange.sessions.all_running().pop().unwrap();
    for number in 0..10_000 {
        let at = crate::sessions::LiveAt {
            peer: first.peer,
            connection: 10 + number,
            nonce: Some(format!("n{number}")),
            login: None,
            proof: crate::cpe_auth::Proof::None,
            timeout_ms: 60_000,
        };
        let inform = cwmp::Inform { identity: identity("A"), ..Inform::default() };
        let opening = crate::session::Opening {
            record: store::DeviceRecord { id: model::DeviceId(number as i64 + 2), ..first.entry.record().clone() },
            first_contact: false,
            tasks: Vec::new(),
            tree: None,
            learnt: crate::session::Capabilities::default(),
            dialect: Dialect::default(),
            limits: crate::session::Limits {
                rpcs: 8,
                parameters: 8,
                provision: false,
                retry: crate::session::RetryPolicy { times: 0, pause_ms: 0 },
            },
            cwmp_version: "1.0".to_owned(),
            links: exchange.files.links.clone(),
            received: std::collections::HashMap::new(),
            address: String::new(),
            offers: crate::session::Offers::default(),
        };
        let now = crate::clock::now();
        let (engine, _) = crate::session::Session::open(opening, &inform, now);
        let entry = crate::devices::Entry::for_test(engine.record.clone());
        exchange.sessions.insert(&crate::sessions::live(entry, engine, at, now));
    }
    assert_eq!(exchange.sessions.running(), 10_001);
    assert_eq!(exchange.sessions.expire(crate::clock::now()).len(), 0);
    let later = crate::clock::now().plus_seconds(61);
    assert_eq!(exchange.sessions.expire(later).len(), 10_001);
    assert_eq!((exchange.sessions.running(), exchange.sessions.held()), (0, 0), "nothing is kept of them");
    drop(first);
    assert_eq!(Cpe::new(&house, "A", 2).session().await, DISCOVERY, "the device is free again");
}

#[tokio::test]
async fn p4_of_two_sessions_at_once_the_newer_wins() {
    let house = House::open().await;
    let (mut old, mut new) = (Cpe::new(&house, "A", 1), Cpe::new(&house, "A", 2));
    old.post(old.inform()).await;
    let asked = old.post(Vec::new()).await;
    assert_eq!(old.asked(&asked).0.method(), "GetParameterNames");
    assert_eq!(new.session().await, DISCOVERY);
    // The old one is over: its answer is not taken, and changes nothing.
    let stray = encode(CpeMessage::Response(CpeResponse::GetParameterNames { parameters: Vec::new() }), "1");
    assert_eq!(old.raw(stray, None).await.status, 400);
    assert_eq!(house.acs.exchange().sessions.running(), 0);
    assert_eq!(house.serials().await, ["A"]);
}

#[tokio::test]
async fn p4_informs_at_the_same_moment_leave_one_session() {
    let house = House::open().await;
    Cpe::new(&house, "A", 1).session().await;
    let informs = (0..20).map(|number| {
        let mut cpe = Cpe::new(&house, "A", 100 + number);
        async move { cpe.post(cpe.inform()).await.status }
    });
    assert_eq!(futures::future::join_all(informs).await, [200; 20]);
    assert_eq!(house.acs.exchange().sessions.running(), 1);
}

#[tokio::test]
async fn p5_a_boot_storm_waits_at_different_times_and_running_sessions_finish() {
    let house = House::with(AcsSettings { max_sessions: 10, ..AcsSettings::default() }).await;
    let mut running = Vec::new();
    for number in 0..10 {
        let mut cpe = Cpe::new(&house, &format!("R{number}"), 1 + number);
        assert_eq!(cpe.post(cpe.inform()).await.status, 200);
        running.push(cpe);
    }
    let storm = (0..100).map(|number| {
        let mut cpe = Cpe::new(&house, &format!("S{number}"), 100 + number);
        async move { cpe.post(cpe.inform()).await }
    });
    let answers = futures::future::join_all(storm).await;
    assert!(answers.iter().all(|answer| answer.status == 503));
    let waits: std::collections::BTreeSet<_> = answers.iter().map(|answer| answer.retry_after.unwrap()).collect();
    assert!(waits.len() > 10, "not all at the same time again: {waits:?}");
    for cpe in &mut running {
        assert_eq!(cpe.go_on(Vec::new()).await, DISCOVERY);
    }
    assert_eq!(house.serials().await.len(), 10, "nothing was stored of those that wait");
}

#[tokio::test]
async fn p5_a_device_that_an_agent_waits_for_is_let_in_when_others_are_put_off() {
    let house = House::with(AcsSettings { max_sessions: 16, ..AcsSettings::default() }).await;
    let mut asked = Cpe::new(&house, "ASKED", 1);
    asked.session().await;
    let device = model::DeviceId(1);
    let refresh = model::task::TaskKind::Refresh { paths: vec!["Device.DeviceInfo.".to_owned()] };
    house.acs.create_task(&Actor::System, device, refresh).await.unwrap();
    let mut running = Vec::new();
    for number in 0..20 {
        let mut cpe = Cpe::new(&house, &format!("R{number}"), 10 + number);
        let status = cpe.post(cpe.inform()).await.status;
        running.push((cpe, status));
    }
    let statuses: Vec<_> = running.iter().map(|(_, status)| *status).collect();
    assert_eq!((statuses[..15].to_vec(), statuses[15..].to_vec()), (vec![200; 15], vec![503; 5]));
    assert_eq!(asked.post(asked.inform()).await.status, 200);
}

#[tokio::test]
async fn rule_381_a_device_in_a_loop_is_slowed_down_and_told() {
    let house = House::with(AcsSettings { max_informs_per_minute: 5, ..AcsSettings::default() }).await;
    let mut cpe = Cpe::new(&house, "A", 1);
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(cpe.post(cpe.inform()).await.status);
    }
    // The first Inform made the device known; from then on it counts.
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 503, 503]);
    assert_eq!(Cpe::new(&house, "B", 2).session().await, DISCOVERY, "others do not feel it");
    let events = super::told(&house.acs, model::DeviceId(1)).await;
    let told = events.iter().filter(|event| {
        matches!(&event.kind, model::event::EventKind::SessionFailed { reason } if reason.contains("5 times a minute"))
    });
    assert_eq!(told.count(), 1);
}

#[tokio::test]
async fn rule_32_another_port_is_the_same_device() {
    let house = House::open().await;
    for (connection, port) in [(1, 40_001), (2, 51_234)] {
        let mut cpe = Cpe::new(&house, "A", connection);
        cpe.address.set_port(port);
        cpe.session().await;
    }
    assert_eq!(house.serials().await, ["A"]);
}

#[tokio::test]
async fn rule_43_a_stale_nonce_is_no_wrong_try() {
    let house = House::guarded().await;
    let mut cpe = Cpe::new(&house, "A", 1);
    let challenge = cpe.raw(cpe.inform(), None).await.challenges.remove(0);
    let mut foreign = DigestClient::new(&challenge.replace("nonce=\"", "nonce=\"A")).unwrap();
    for _ in 0..50 {
        let answer = foreign.authorize("POST", "/acs", "shared", "secret", "0123456789abcdef");
        let response = cpe.raw(cpe.inform(), Some(answer)).await;
        assert!(response.challenges[0].contains("stale=true"), "{response:?}");
    }
    assert_eq!(cpe.session().await, DISCOVERY);
}
