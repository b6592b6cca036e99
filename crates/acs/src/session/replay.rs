//! Recorded sessions, message by message through decoder, engine and encoder, against golden transcripts.
//!
//! A recording holds what the CPE sent, in order, parts separated by `=====`; an empty part is an empty POST; lines that
//! begin with `#` say what it is. The transcript holds what we answered and what was durable before.

use super::tests::record;
use super::{Capabilities, Credentials, Incoming, Limits, Offers, Opening, Session, Step};
use cwmp::{CpeMessage, CpeRequest, Dialect, decode_cpe, encode_to_cpe};
use model::Timestamp;
use std::fmt::Write as _;
use store::Write;

/// Replays a recording; what was answered and written.
fn replay(recording: &str) -> String {
    let text: String =
        recording.lines().filter(|line| !line.starts_with('#')).fold(String::new(), |text, line| text + line + "\n");
    let mut session: Option<Session> = None;
    let mut transcript = String::new();
    for (number, part) in text.split("=====\n").enumerate() {
        let (part, now) = (part.trim(), Timestamp(1_000_000 + number as i64));
        let (step, id) = if part.is_empty() {
            (session.as_mut().expect("an Inform first").step(Incoming::Empty, now), None)
        } else {
            let envelope = decode_cpe(part.as_bytes(), None, &cwmp::Limits::default()).expect("a readable recording");
            let id = envelope.id;
            match envelope.body {
                CpeMessage::Request(CpeRequest::Inform(inform)) => {
                    let mut record = record();
                    record.identity = inform.identity.clone();
                    let (opened, step) = Session::open(opening(record, envelope.dialect), &inform, now);
                    session = Some(opened);
                    (step, id)
                }
                body => {
                    let incoming = match body {
                        CpeMessage::Request(request) => Incoming::Request(request),
                        CpeMessage::Response(response) => Incoming::Answer { id: id.clone(), answer: Ok(response) },
                        CpeMessage::Fault(fault) => Incoming::Answer { id: id.clone(), answer: Err(fault) },
                    };
                    (session.as_mut().expect("an Inform first").step(incoming, now), id)
                }
            }
        };
        let dialect = &session.as_ref().expect("opened above").dialect;
        tell(&mut transcript, number + 1, &step, id.as_deref(), dialect);
    }
    transcript
}

fn opening(record: store::DeviceRecord, dialect: Dialect) -> Opening {
    Opening {
        record,
        first_contact: true,
        tasks: Vec::new(),
        tree: Some(std::sync::Arc::default()),
        learnt: Capabilities::default(),
        dialect: dialect.clone(),
        limits: Limits {
            rpcs: 20,
            parameters: 100,
            provision: true,
            retry: crate::session::RetryPolicy { times: 0, pause_ms: 0 },
        },
        cwmp_version: cwmp::version::of_namespace(&dialect.namespace).to_owned(),
        links: super::tests::links(),
        received: std::collections::HashMap::new(),
        address: "192.0.2.7".into(),
        offers: Offers {
            connection_request: Credentials { username: "lastmile".into(), password: "made-for-it".into() },
            ..Offers::default()
        },
    }
}

fn tell(transcript: &mut String, number: usize, step: &Step, id: Option<&str>, dialect: &Dialect) {
    writeln!(transcript, "--- {number}").unwrap();
    for write in &step.writes {
        match write {
            Write::Event { kind, .. } => writeln!(transcript, "durable: {kind:?}").unwrap(),
            Write::Device { .. } => transcript.push_str("durable: the device's row\n"),
            Write::Tree { tree, .. } => {
                let parameters = tree.parameters();
                writeln!(transcript, "durable: a tree of {parameters} parameters").unwrap();
            }
            Write::Hot { values, .. } => writeln!(transcript, "durable: {} reported values", values.len()).unwrap(),
            Write::Task { .. } => transcript.push_str("durable: a task\n"),
            Write::Samples { .. } => transcript.push_str("durable: samples\n"),
        }
    }
    match &step.message {
        None => transcript.push_str("204\n"),
        Some(message) => {
            let xml = encode_to_cpe(message, step.id.as_deref().or(id), dialect);
            let xml = String::from_utf8(xml).expect("ASCII");
            writeln!(transcript, "{}", xml.replace("><", ">\n<")).unwrap();
        }
    }
}

#[test]
fn a_tr098_gateway_out_of_the_box() {
    insta::assert_snapshot!(replay(include_str!("recorded/tr098-first-contact.txt")));
}

#[test]
fn a_transfer_reported_before_anything_is_asked() {
    insta::assert_snapshot!(replay(include_str!("recorded/transfer-complete.txt")));
}
