//! Connection requests over UDP with a STUN server (Annex G).
#![allow(clippy::unwrap_used)]

mod support;

use cwmp::stun::{self, Attribute, Kind, Message, Padding};
use cwmp::udp_request::UdpRequest;
use simulator::{Fleet, FleetSettings, Pace, builtin};
use std::time::Duration;
use support::{MiniAcs, USER};
use tokio::net::UdpSocket;

const SERVER: &str = "Device.ManagementServer.";

#[tokio::test]
async fn rules_290_292_and_359_a_binding_is_kept_and_a_signed_datagram_taken_once() {
    let acs = MiniAcs::start().await;
    let settings = FleetSettings {
        acs: acs.url(),
        models: vec![builtin("kestrel-hg645").unwrap()],
        username: USER.0.to_owned(),
        password: USER.1.to_owned(),
        inform_interval: 86_400,
        pace: Pace { speed: 100.0, ..Pace::default() },
        ..FleetSettings::default()
    };
    let fleet = Fleet::start(settings).await.unwrap();
    let cpe = fleet.devices()[0].clone();
    let patience = Duration::from_secs(10);
    assert!(fleet.wait_until(patience, |fleet| fleet.stats().sessions == 1).await);

    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    cpe.change(&format!("{SERVER}STUNServerAddress"), "127.0.0.1");
    cpe.change(&format!("{SERVER}STUNServerPort"), &socket.local_addr().unwrap().port().to_string());
    cpe.change(&format!("{SERVER}STUNUsername"), "stun");
    cpe.change(&format!("{SERVER}STUNPassword"), "stun-secret");
    cpe.change(&format!("{SERVER}STUNEnable"), "true");

    // The server is slow to answer the first time: the request comes again.
    let mut buffer = [0; 1500];
    let mut peer = None;
    for number in 0..3 {
        let (length, from) = tokio::time::timeout(patience, socket.recv_from(&mut buffer)).await.unwrap().unwrap();
        let packet = stun::decode(&buffer[..length]).unwrap();
        assert_eq!(packet.verify(b"stun-secret"), Some(Padding::Zeros));
        assert_eq!(packet.message.username(), Some(&b"stun"[..]));
        assert!(packet.message.is_connection_request_binding());
        assert_eq!(packet.message.is_binding_change(), number < 2, "request {number}");
        if number > 0 {
            let answer = Message { kind: Kind::Response, ..packet.message.clone() };
            let answer = Message { attributes: vec![Attribute::MappedAddress(from)], ..answer };
            socket.send_to(&answer.encode(), from).await.unwrap();
        }
        peer = Some(from);
    }
    let peer = peer.unwrap();
    let told = |acs: &MiniAcs| {
        acs.log(cpe.serial(), |log| {
            let inform = log.informs.last().unwrap();
            inform.has(&cwmp::EventCode::ValueChange)
                && inform.value("UDPConnectionRequestAddress") == Some(&peer.to_string())
        })
    };
    assert!(fleet.wait_until(patience, |_| told(&acs)).await, "the address is told to the ACS");
    assert_eq!(cpe.value(&format!("{SERVER}NATDetected")).unwrap(), "false");

    let password = cpe.value(&format!("{SERVER}ConnectionRequestPassword")).unwrap();
    let send = async |ts: u64, password: &str| {
        let request = UdpRequest::new(ts, ts * 7, cpe.serial(), "0123456789abcdef", password);
        for _ in 0..3 {
            socket.send_to(&request.encode(&peer.to_string()), peer).await.unwrap();
        }
    };
    let count = || cpe.stats().connection_requests;
    send(1000, "wrong").await;
    send(1001, &password).await;
    assert!(fleet.wait_until(patience, |_| count() == 1).await);
    assert!(
        fleet
            .wait_until(patience, |_| {
                acs.log(cpe.serial(), |log| log.raws(log.informs.len() - 1).contains(&"6 CONNECTION REQUEST"))
            })
            .await
    );
    let sessions = cpe.stats().sessions;
    assert!(fleet.wait_until(patience, |_| cpe.stats().sessions >= sessions).await);
    // Older and repeated ones are ignored; a newer one is not.
    send(1001, &password).await;
    send(900, &password).await;
    send(1002, &password).await;
    assert!(fleet.wait_until(patience, |_| count() == 2).await);
    assert_eq!(count(), 2);
}
