//! Being told to stop: what runs is finished.
#![allow(clippy::unwrap_used)]

mod common;

use common::cpe::{fault, id, inform, is_inform_response, post, send_inform};
use common::http::{Connection, get};
use common::{OPEN, Server, eventually};
use rustix::process::Signal;
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn an_idle_server_stops_at_once() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = Server::start("");
        let _idle = Connection::open(server.cwmp);
        let started = Instant::now();
        server.signal(signal);
        assert!(server.wait(Duration::from_secs(10)).success());
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
}

#[test]
fn a_running_session_is_finished_and_new_ones_wait() {
    let mut server = Server::start(OPEN);
    let cookie = server.administrator();
    let mut stream = Connection::open(server.portal);
    stream.send(common::http::request("GET", server.portal, "/live", Some(&cookie), &[], "").as_bytes());
    assert_eq!(stream.head().status, 200);

    let mut connection = Connection::open(server.cwmp);
    connection.send(&post(inform("RUNNING").as_bytes(), &[]));
    let opened = connection.answer();
    assert!(is_inform_response(&opened));
    let session = format!("Cookie: {}", opened.cookie().unwrap());
    connection.send(&post(b"", &[&session]));
    let mut answer = connection.answer();
    assert_eq!(answer.status, 200, "the first contact asks for something");

    server.signal(Signal::TERM);
    eventually("the portal stops listening", || TcpStream::connect(server.portal).is_err().then_some(()));
    assert!(stream.is_closed_within(Duration::from_secs(5)), "event streams end");
    assert!(server.is_running(), "the session is not cut");
    assert_eq!(get(server.metrics, "/readyz", None).status, 503);
    let refused = send_inform(server.cwmp, "LATECOMER", &[]);
    assert_eq!(refused.status, 503);
    assert!(refused.header("retry-after").is_some());

    // To its end, and over a new connection in between (rule 13).
    for n in 0..40 {
        if answer.status == 204 {
            break;
        }
        assert_eq!(answer.status, 200, "{answer:?}");
        if n == 0 {
            connection = Connection::open(server.cwmp);
        }
        connection.send(&post(fault(&id(&answer)).as_bytes(), &[&session]));
        answer = connection.answer();
    }
    assert_eq!(answer.status, 204);
    assert!(server.wait(Duration::from_secs(10)).success());
    assert!(server.log().contains("stopped"));
}

#[test]
fn devices_that_have_gone_away_are_not_waited_for() {
    let mut server = Server::start(OPEN);
    let mut connection = Connection::open(server.cwmp);
    connection.send(&post(inform("GONE").as_bytes(), &[]));
    let opened = connection.answer();
    assert!(is_inform_response(&opened));
    connection.send(&post(b"", &[&format!("Cookie: {}", opened.cookie().unwrap())]));
    assert_eq!(connection.answer().status, 200, "the first contact asks for something");
    drop(connection);
    let started = Instant::now();
    server.signal(Signal::TERM);
    assert!(server.wait(Duration::from_secs(20)).success());
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
}

#[test]
fn a_second_signal_ends_at_once() {
    let mut server = Server::start(OPEN);
    assert!(is_inform_response(&send_inform(server.cwmp, "HANGS", &[])));
    let mut connection = Connection::open(server.cwmp);
    connection.send(&post(inform("HANGS").as_bytes(), &[]));
    assert!(is_inform_response(&connection.answer()));
    server.signal(Signal::TERM);
    eventually("the portal stops listening", || TcpStream::connect(server.portal).is_err().then_some(()));
    assert!(server.is_running());
    server.signal(Signal::TERM);
    let status = server.wait(Duration::from_secs(3));
    assert_eq!(status.code(), Some(128 + 15));
}

#[test]
fn a_session_that_does_not_end_is_cut_after_the_grace() {
    let mut server = Server::start(&format!("shutdown_grace = 1\n{OPEN}"));
    let mut connection = Connection::open(server.cwmp);
    connection.send(&post(inform("ENDLESS").as_bytes(), &[]));
    assert!(is_inform_response(&connection.answer()));
    let started = Instant::now();
    server.signal(Signal::TERM);
    assert!(server.wait(Duration::from_secs(10)).success());
    assert!(started.elapsed() > Duration::from_millis(900));
}
