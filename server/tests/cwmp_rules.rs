//! Rules of the standard, seen from outside: the executable and bytes on a socket. See `docs/conformance.md`.
#![allow(clippy::unwrap_used)]

mod common;

use common::agent::Agent;
use common::cpe::{fault, id, inform, is_inform_response, post, send_inform};
use common::http::{Answer, Connection, exchange};
use common::{OPEN, Server};
use cwmp::digest;
use serde_json::json;
use std::time::Duration;

/// An envelope with `body` and the ID 17.
fn envelope(body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:cwmp=\"urn:dslforum-org:cwmp-1-0\">\
         <s:Header><cwmp:ID s:mustUnderstand=\"1\"> 017&amp;</cwmp:ID></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

/// A connection on which a session has begun.
fn begun(server: &Server, serial: &str) -> (Connection, String) {
    let mut connection = Connection::open(server.cwmp);
    connection.send(&post(inform(serial).as_bytes(), &[]));
    let answer = connection.answer();
    assert!(is_inform_response(&answer), "{answer:?}");
    let cookie = format!("Cookie: {}", answer.cookie().unwrap());
    (connection, cookie)
}

fn say(connection: &mut Connection, cookie: &str, body: &str) -> Answer {
    connection.send(&post(body.as_bytes(), &[cookie]));
    connection.answer()
}

#[test]
fn rule_003_077_an_unknown_method_is_a_fault_with_status_200_and_its_id() {
    let server = Server::start(OPEN);
    let (mut connection, cookie) = begun(&server, "UNKNOWN");
    let answer = say(&mut connection, &cookie, &envelope("<cwmp:Frobnicate/>"));
    assert_eq!(answer.status, 200);
    let text = answer.text();
    assert!(text.contains("<FaultCode>8000</FaultCode>") && text.contains("> 017&amp;</cwmp:ID>"), "{text}");
    // Rule 5.
    assert!(answer.header("content-type").unwrap().starts_with("text/xml"));
    // Rule 170: what we do can be asked for at the same point.
    let text = say(&mut connection, &cookie, &envelope("<cwmp:GetRPCMethods/>")).text();
    for method in ["Inform", "GetRPCMethods", "TransferComplete", "AutonomousTransferComplete", "RequestDownload"] {
        assert!(text.contains(&format!("<string>{method}</string>")), "{text}");
    }
}

#[test]
fn rule_002_082_our_request_has_a_plain_id_and_the_next_post_answers_it() {
    let server = Server::start(OPEN);
    let (mut connection, cookie) = begun(&server, "ASKED");
    let asked = say(&mut connection, &cookie, "");
    assert_eq!(asked.status, 200);
    let first = id(&asked);
    assert!((1..=32).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{first}");
    let next = say(&mut connection, &cookie, &fault(&first));
    assert!(next.status == 204 || id(&next) != first, "the answer was taken");
}

#[test]
fn rule_014_015_016_the_cookie_is_short_and_for_every_path() {
    let server = Server::start(OPEN);
    let answer = send_inform(server.cwmp, "COOKIE", &[]);
    let cookies: Vec<&str> =
        answer.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str()).collect();
    assert_eq!(cookies.len(), 1);
    let (pair, attributes) = cookies[0].split_once(';').unwrap();
    let (_, value) = pair.split_once('=').unwrap();
    assert!(value.len() < 128 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    assert_eq!(attributes.trim(), "Path=/");
}

#[test]
fn rule_028_answers_are_not_packed_for_those_who_did_not_ask() {
    let server = Server::start(OPEN);
    let answer = send_inform(server.cwmp, "PLAIN", &[]);
    assert_eq!(answer.header("content-encoding"), None);
    assert!(is_inform_response(&answer));
}

#[test]
fn rule_033_382_the_target_may_be_absolute_and_the_host_wrong() {
    let server = Server::start(OPEN);
    for (target, host) in [
        ("http://acs.example/", "Host: acs.example"),
        ("http://acs.example:7547/path?x", "Host: 0.0.0.0"),
        ("//", "Host: other"),
    ] {
        let body = inform("TARGET");
        let request = format!("POST {target} HTTP/1.1\r\n{host}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        assert!(is_inform_response(&exchange(server.cwmp, request.as_bytes())), "{target}");
    }
}

#[test]
fn rule_039_041_048_quirk_8_a_challenge_is_plain_md5_with_a_nonce_of_its_own() {
    let server = Server::start("");
    let challenge = || {
        let answer = send_inform(server.cwmp, "CHALLENGED", &[]);
        assert_eq!(answer.status, 401);
        answer.header("www-authenticate").unwrap().to_owned()
    };
    let (first, second) = (challenge(), challenge());
    for part in ["Digest ", "realm=\"", "nonce=\"", "qop=\"auth\"", "algorithm=MD5"] {
        assert!(first.contains(part), "{first}");
    }
    assert!(!first.contains("auth-int") && !first.contains("SHA-256"), "{first}");
    assert_ne!(first, second);
}

#[test]
fn rule_042_a_challenge_may_be_answered_on_another_connection() {
    let server = Server::start("");
    let password = std::fs::read_to_string(server.path("data/cpe-password")).unwrap();
    let challenge = send_inform(server.cwmp, "MOVED", &[]).header("www-authenticate").unwrap().to_owned();
    let answer = |username: &str, password: &str| {
        let authorization = digest::answer(&challenge, "POST", "/acs", username, password, "0123456789abcdef").unwrap();
        send_inform(server.cwmp, "MOVED", &[&format!("Authorization: {authorization}")])
    };
    assert_eq!(answer("00AA11-Box-MOVED", "wrong").status, 401);
    let right = answer("00AA11-Box-MOVED", password.trim());
    assert!(is_inform_response(&right), "{right:?}");
}

#[test]
fn rule_066_104_other_soap_and_other_namespaces_are_refused_and_change_nothing() {
    let server = Server::start(OPEN);
    let later = inform("SOAP12")
        .replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope");
    let answer = exchange(server.cwmp, &post(later.as_bytes(), &[]));
    assert!(answer.status == 400 || answer.text().contains("VersionMismatch"), "{answer:?}");
    assert!(!answer.text().contains("InformResponse") && answer.cookie().is_none());
    let odd = inform("SOAP12").replace("urn:dslforum-org:cwmp-1-0", "urn:dslforum-org:cwmp-9-9");
    let answer = exchange(server.cwmp, &post(odd.as_bytes(), &[]));
    assert!(!is_inform_response(&answer), "{answer:?}");
    assert!(is_inform_response(&send_inform(server.cwmp, "SOAP12", &[])), "a lower version works");
}

#[test]
fn rule_078_a_header_that_must_be_understood_is_a_soap_fault() {
    let server = Server::start(OPEN);
    let with = |must: u8| {
        let own = format!("<x:Own xmlns:x=\"urn:x\" soap-env:mustUnderstand=\"{must}\">1</x:Own></soap-env:Header>");
        exchange(server.cwmp, &post(inform("HEADER").replace("</soap-env:Header>", &own).as_bytes(), &[]))
    };
    let refused = with(1);
    assert_eq!(refused.status, 200);
    assert!(refused.text().contains("MustUnderstand"), "{}", refused.text());
    assert!(is_inform_response(&with(0)));
}

#[test]
fn rule_091_an_answer_that_cannot_be_read_is_not_answered_with_a_fault() {
    let server = Server::start(OPEN);
    let (mut connection, cookie) = begun(&server, "BROKEN");
    let asked = say(&mut connection, &cookie, "");
    let broken = fault(&id(&asked)).replace("<detail>", "<detail").replace("</detail>", "");
    let answer = say(&mut connection, &cookie, &broken);
    assert!(!answer.text().contains("Fault"), "{}", answer.text());
}

#[test]
fn rule_099_100_101_a_session_is_in_the_namespace_of_its_inform() {
    let server = Server::start(OPEN);
    for urn in ["urn:dslforum-org:cwmp-1-0", "urn:dslforum-org:cwmp-1-2", "urn:dslforum-org:cwmp-1-3"] {
        let mut connection = Connection::open(server.cwmp);
        let serial = format!("NS{}", &urn[urn.len() - 1..]);
        let body = inform(&serial).replace("urn:dslforum-org:cwmp-1-0", urn);
        connection.send(&post(body.as_bytes(), &[]));
        let first = connection.answer();
        let cookie = format!("Cookie: {}", first.cookie().unwrap());
        let second = say(&mut connection, &cookie, "");
        for answer in [first, second] {
            assert!(answer.text().contains(&format!("xmlns:cwmp=\"{urn}\"")), "{}", answer.text());
        }
    }
}

#[test]
fn rule_366_a_connection_closed_after_the_empty_post_is_no_harm() {
    let server = Server::start(OPEN);
    let (mut connection, cookie) = begun(&server, "GONE");
    connection.send(&post(b"", &[&cookie]));
    drop(connection);
    assert!(is_inform_response(&send_inform(server.cwmp, "GONE", &[])), "the device may come again at once");
}

#[test]
fn rule_368_a_wrong_length_blocks_nobody() {
    let server = Server::start(&format!("[cwmp]\nbody_timeout = 1\n{OPEN}"));
    let body = inform("LENGTH");
    // One byte more than comes.
    let mut long = Connection::open(server.cwmp);
    let head =
        |length: usize| format!("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    long.send(format!("{}{body}", head(body.len() + 1)).as_bytes());
    assert!(is_inform_response(&send_inform(server.cwmp, "OTHER", &[])), "others are served meanwhile");
    assert_eq!(long.answer().status, 408);
    assert!(long.is_closed_within(Duration::from_secs(7)));
    // One byte less: the end of the envelope is mended.
    let short = exchange(server.cwmp, format!("{}{body}", head(body.len() - 1)).as_bytes());
    assert!(is_inform_response(&short), "{short:?}");
}

#[test]
fn rule_369_names_of_headers_are_taken_in_any_case() {
    let server = Server::start(OPEN);
    let body = inform("CASE");
    for name in ["content-length", "CONTENT-LENGTH", "Content-length"] {
        let request = format!("POST / HTTP/1.1\r\nhOST: x\r\n{name}:{}\r\n\r\n{body}", body.len());
        assert!(is_inform_response(&exchange(server.cwmp, request.as_bytes())), "{name}");
    }
}

#[test]
fn rule_139_what_was_answered_is_on_disk_though_the_process_is_killed() {
    let server = Server::start(OPEN);
    let agent = Agent::administrator(&server);
    let answer = send_inform(server.cwmp, "KEPT", &[]);
    assert!(is_inform_response(&answer), "{answer:?}");
    let _server = server.crash();
    let device = agent.device("KEPT");
    let arguments = json!({"device": device, "filter": {}, "cursor": null});
    let page = agent.call("device/timeline", &arguments).unwrap();
    let told: Vec<_> = page["items"].as_array().unwrap().iter().map(|one| &one["event"]["kind"]["event"]).collect();
    assert!(told.contains(&&json!("first_contact")), "{page:#}");
}
