//! Recordings are bounded, whatever comes.

use super::recording::{BYTES, SESSIONS};
use super::*;
use bytes::Bytes;

fn request(body: &str, connection: u64) -> CwmpRequest {
    CwmpRequest {
        connection,
        peer: "192.0.2.7:40000".parse().unwrap(),
        secure: false,
        certificate: None,
        uri: "/acs".into(),
        authorization: None,
        cookie: None,
        charset: None,
        body: Bytes::from(body.to_owned()),
    }
}

fn inform(padding: usize) -> String {
    let text = "x".repeat(1000);
    let padding = format!("<x>{text}</x>").repeat(padding);
    format!("<E><Body><Inform>{padding}</Inform></Body></E>")
}

const KEY: TraceKey = TraceKey::Device(DeviceId(7));

fn started() -> Trace {
    let trace = Trace::new(Bus::new());
    trace.start(&KEY, Known::default(), "Ana", 1, Timestamp(0)).unwrap();
    trace
}

fn hear(trace: &Trace, request: &CwmpRequest, at: i64, device: Option<i64>) {
    let response = CwmpResponse { status: 200, ..CwmpResponse::default() };
    let heard = Heard { request, response: &response, began: Timestamp(at), ended: Timestamp(at + 3) };
    trace.heard(&heard, With { device: device.map(DeviceId), serial: None });
}

#[test]
fn sessions_and_bytes_are_bounded_and_the_newest_stay() {
    let trace = started();
    for at in 0..100 {
        hear(&trace, &request(&inform(0), 1), at, Some(7));
    }
    let view = trace.view(&KEY).unwrap();
    assert_eq!((view.sessions.len(), view.sessions[0].number, view.dropped), (SESSIONS, 100, 80));
    for at in 0..100 {
        hear(&trace, &request(&inform(200), 1), at, Some(7));
    }
    assert!(trace.text(&KEY).unwrap().len() < BYTES + BYTES / 4);
    let view = trace.view(&KEY).unwrap();
    assert!(view.sessions.len() < SESSIONS);
    assert_eq!(view.sessions[0].number, 200);
    assert_eq!(view.sessions[0].exchanges[0].took_ms, 3);
}

#[test]
fn a_recording_ends_by_itself_and_costs_nothing_then() {
    let trace = started();
    assert!(trace.is_on());
    hear(&trace, &request(&inform(0), 1), 59_999, Some(7));
    hear(&trace, &request(&inform(0), 1), 60_000, Some(7));
    assert!(!trace.is_on());
    assert_eq!(trace.view(&KEY).unwrap().sessions.len(), 1, "what was recorded is kept");
    for minutes in [0, 61] {
        assert!(trace.start(&KEY, Known::default(), "Ana", minutes, Timestamp(0)).is_err());
    }
}

#[test]
fn recordings_are_bounded_and_ended_ones_make_room() {
    let trace = Trace::new(Bus::new());
    let start = |n: i64, now| trace.start(&TraceKey::Device(DeviceId(n)), Known::default(), "Ana", 1, Timestamp(now));
    for n in 0..RECORDINGS {
        start(n as i64, n as i64).unwrap();
    }
    assert!(matches!(start(100, 1000), Err(AcsError::Invalid(text)) if text.contains("Nothing was started")));
    trace.stop(&TraceKey::Device(DeviceId(5)), Timestamp(1000));
    start(100, 1000).unwrap();
    assert!(trace.view(&TraceKey::Device(DeviceId(5))).is_none());
    assert_eq!(trace.list().len(), RECORDINGS);
    trace.discard(&TraceKey::Device(DeviceId(100)), Timestamp(1000));
    assert_eq!(trace.list().len(), RECORDINGS - 1);
}

#[test]
fn only_the_device_is_recorded_and_what_it_sends_without_a_name() {
    let trace = started();
    hear(&trace, &request(&inform(0), 1), 0, Some(8));
    hear(&trace, &request("", 1), 1, None);
    assert!(trace.view(&KEY).unwrap().sessions.is_empty(), "another device, and nobody on its connection");
    hear(&trace, &request(&inform(0), 2), 2, Some(7));
    hear(&trace, &request("\u{1b}garbage", 2), 3, None);
    let view = trace.view(&KEY).unwrap();
    let sent: Vec<_> = view.sessions[0].exchanges.iter().map(|line| line.sent.as_str()).collect();
    assert_eq!(sent, ["Inform", "Not a message of CWMP"]);
    let number = view.sessions[0].exchanges[1].number;
    assert_eq!(trace.exchange(&KEY, number).unwrap().request.body, "\\x1bgarbage");
    assert!(trace.exchange(&KEY, 99).is_none());
}

#[test]
fn an_address_is_recorded_whoever_it_is() {
    let trace = Trace::new(Bus::new());
    let key = TraceKey::Address("192.0.2.7".parse().unwrap());
    trace.start(&key, Known::default(), "Ana", 5, Timestamp(0)).unwrap();
    hear(&trace, &request("", 1), 0, None);
    hear(&trace, &request(&inform(0), 1), 1, Some(3));
    let view = trace.view(&key).unwrap();
    assert_eq!(view.sessions.len(), 1, "what comes before an Inform belongs to its session");
    assert_eq!(view.sessions[0].exchanges.len(), 2);
}

#[test]
fn calls_are_recorded_too() {
    let trace = started();
    trace.called(DeviceId(7), "GET http://192.0.2.7/\u{7}", "The router is busy.", Timestamp(5), Timestamp(9));
    trace.called(DeviceId(8), "GET http://192.0.2.8/", "The router is busy.", Timestamp(5), Timestamp(9));
    let view = trace.view(&KEY).unwrap();
    let line = &view.sessions[0].exchanges[0];
    assert_eq!((line.status, line.took_ms, line.answered.as_str()), (None, 4, "The router is busy."));
    let text = trace.text(&KEY).unwrap();
    assert!(text.contains(">> GET http://192.0.2.7/\\u{7}") && !text.contains("192.0.2.8"), "{text}");
}
