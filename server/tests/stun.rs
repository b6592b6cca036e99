//! The STUN server of the real executable.
#![allow(clippy::unwrap_used)]

mod common;

use common::{OPEN, Server, lastmile, text};
use cwmp::stun::{self, Attribute, Kind, Message};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

fn stun_address(server: &Server) -> Option<SocketAddr> {
    let ready = std::fs::read_to_string(server.folder.path().join("ready.json")).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
    ready["stun"].as_str().map(|address| address.parse().unwrap())
}

fn ask(client: &UdpSocket, server: SocketAddr, request: &Message) -> Message {
    let mut buffer = [0; 2048];
    // Datagrams may get lost, even here.
    for _ in 0..5 {
        client.send_to(&request.encode(), server).unwrap();
        if let Ok((n, from)) = client.recv_from(&mut buffer) {
            assert_eq!(from, server);
            return stun::decode(&buffer[..n]).unwrap().message;
        }
    }
    panic!("no answer");
}

#[test]
fn rule_289_the_executable_serves_stun() {
    let server = Server::start(&format!("{OPEN}\n[stun]\nlisten = \"127.0.0.1:0\"\n"));
    let address = stun_address(&server).unwrap();
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let answer = ask(&client, address, &Message::request([5; 16]));
    assert_eq!((answer.kind, answer.transaction), (Kind::Response, [5; 16]));
    assert_eq!(answer.mapped_address(), Some(client.local_addr().unwrap()));
    assert!(answer.attributes.contains(&Attribute::SourceAddress(address)));
    let nobody = Message::request([6; 16]).with(Attribute::ConnectionRequestBinding);
    assert_eq!(ask(&client, address, &nobody).error().map(|error| error.code), Some(401));
    // Whatever comes, it goes on.
    for nonsense in [&b""[..], b"\0", &[0xff; 1500], b"GET / HTTP/1.1\r\n\r\n"] {
        client.send_to(nonsense, address).unwrap();
    }
    assert_eq!(ask(&client, address, &Message::request([7; 16])).kind, Kind::Response);
}

#[test]
fn without_an_address_there_is_no_stun_server() {
    assert_eq!(stun_address(&Server::start(OPEN)), None);
}

#[test]
fn an_xmpp_address_needs_a_password() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lastmile.toml"), "[xmpp]\njid = \"acs@example.net\"\n").unwrap();
    let output = lastmile(folder.path()).args(["config", "check"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("xmpp.password"), "{}", text(&output.stderr));
}
