//! What strangers say is text, whatever it is: on every page, in every filter. Names begin with the row of the attack
//! catalogue (`docs/security.md`).
#![allow(clippy::unwrap_used)]

mod common;

use common::agent::Agent;
use common::cpe::{fault, id, inform, is_inform_response, post};
use common::http::{self, Connection, get};
use common::{OPEN, Server, eventually};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const IMAGE: &str = r#""><img src=x onerror=alert(1)>"#;
const SCRIPT: &str = "</textarea></title></script><script>alert(2)</script>";
const VECTOR: &str = "<svg/onload=alert(3)>";
/// Turns the direction of what follows, and hides.
const TURNED: &str = "\u{202e}gpj.exe\u{200b}";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A device all of whose words are attacks reports, and refuses everything with another.
fn hostile_device(server: &Server) {
    let told = inform(&escaped(IMAGE))
        .replace("<Manufacturer>Acme<", &format!("<Manufacturer>{}<", escaped(VECTOR)))
        .replace("<ProductClass>Box<", &format!("<ProductClass>{TURNED}<"))
        .replace(">1.0</Value>", &format!(">{}</Value>", escaped(SCRIPT)));
    let mut connection = Connection::open(server.cwmp);
    connection.send(&post(told.as_bytes(), &[]));
    let mut answer = connection.answer();
    assert!(is_inform_response(&answer), "{answer:?}");
    let cookie = format!("Cookie: {}", answer.cookie().unwrap());
    let mut body = String::new();
    for _ in 0..40 {
        connection.send(&post(body.as_bytes(), &[&cookie]));
        answer = connection.answer();
        if answer.status == 204 {
            return;
        }
        let refused = format!("Invalid parameter name {}", escaped(SCRIPT));
        body = fault(&id(&answer)).replace("Invalid parameter name", &refused);
    }
    panic!("the session does not end");
}

/// The page, if no attack is anything but text in it, and every script is ours.
fn harmless(server: &Server, path: &str, cookie: &str) -> String {
    let page = get(server.portal, path, Some(cookie));
    assert_eq!(page.status, 200, "{path}: {page:?}");
    let policy = page.header("content-security-policy").unwrap().to_owned();
    let nonce = policy.split_once("'nonce-").unwrap().1.split_once('\'').unwrap().0;
    let html = page.text();
    let lower = html.to_lowercase();
    for attack in ["<img src=x", "<svg/onload", "<script>alert", "onerror=alert(1)>\"", "javascript:alert"] {
        assert!(!lower.contains(attack), "{path}: {attack} in {html}");
    }
    let needle = format!("nonce=\"{nonce}\"");
    for tag in html.split("<script").skip(1).filter_map(|rest| rest.split('>').next()) {
        assert!(tag.contains(&needle), "{path}: <script{tag}>");
    }
    html
}

#[test]
fn w1_w2_what_a_device_says_is_text_on_every_page() {
    let server = Server::start(OPEN);
    let agent = Agent::administrator(&server);
    hostile_device(&server);
    let device = agent.devices()[0]["id"].as_i64().unwrap();
    let subscriber = json!({
        "change": {
            "account": "A1", "name": format!("{IMAGE}{SCRIPT}"), "email": "a@example.net", "address": SCRIPT,
            "plan": VECTOR, "tags": [VECTOR], "serials": [IMAGE]
        },
        "new": true, "take_over": false
    });
    agent.call("subscriber/put", &subscriber).unwrap();
    agent.call("note/add", &json!({ "scope": { "device": device }, "text": SCRIPT })).ok();
    agent.call("device/escalate", &json!({ "device": device, "reason": SCRIPT })).unwrap();
    let query = "%3Cscript%3Ealert(2)%3C%2Fscript%3E%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E";
    let mut seen = 0;
    let tabs = ["", "/wifi", "/network", "/diagnostics", "/timeline", "/parameters", "/tasks", "/protocol"];
    let paths = tabs.iter().map(|tab| format!("/devices/{device}{tab}")).chain([
        "/".to_owned(),
        "/devices".to_owned(),
        format!("/devices?q={query}&model={query}&tag={query}&sort={query}"),
        "/subscribers".to_owned(),
        format!("/subscribers?q={query}&plan={query}"),
        "/subscribers/1".to_owned(),
        format!("/search?q={query}"),
        "/snapshots/1".to_owned(),
        "/traces".to_owned(),
        format!("/devices/{device}/parameters?q={query}"),
        format!("/devices/{device}/timeline?by={query}"),
        format!("/nowhere/{query}"),
    ]);
    for path in paths {
        if path.starts_with("/nowhere") {
            let lower = get(server.portal, &path, Some(&agent.cookie)).text().to_lowercase();
            assert!(!lower.contains("<script>alert") && !lower.contains("<img src=x"), "{lower}");
            continue;
        }
        let html = harmless(&server, &path, &agent.cookie);
        seen += usize::from(html.contains("&lt;img src=x") || html.contains("alert(2)"));
    }
    assert!(seen > 10, "the attacks were on the pages: {seen}");
}

#[test]
fn w3_text_that_turns_its_direction_is_isolated() {
    let server = Server::start(OPEN);
    let agent = Agent::administrator(&server);
    hostile_device(&server);
    let device = agent.devices()[0]["id"].as_i64().unwrap();
    for path in ["/devices".to_owned(), format!("/devices/{device}")] {
        let html = harmless(&server, &path, &agent.cookie);
        for (at, _) in html.match_indices('\u{202e}') {
            let before = &html[..at];
            let isolated = before.rfind("<bdi").is_some_and(|open| open > before.rfind("</bdi").unwrap_or(0));
            let in_data = before.rfind("<script").is_some_and(|open| open > before.rfind("</script").unwrap_or(0));
            let in_attribute = before.rfind('<') > before.rfind('>');
            // Each is a line of its own to a browser.
            let alone = ["option", "title"].iter().any(|tag| {
                before
                    .rfind(&format!("<{tag}"))
                    .is_some_and(|open| open > before.rfind(&format!("</{tag}")).unwrap_or(0))
            });
            let start = before.char_indices().rev().nth(120).map_or(0, |(at, _)| at);
            assert!(isolated || in_data || in_attribute || alone, "{path}: {}", &html[start..at]);
        }
    }
}

#[test]
fn i1_filters_are_values() {
    let server = Server::start(OPEN);
    let agent = Agent::administrator(&server);
    for serial in ["KSTL0001", "KSTL0002"] {
        common::cpe::play_session(server.cwmp, serial);
    }
    let attacks = [
        "' OR 1=1 --",
        "\"; DROP TABLE device; --",
        "1) UNION SELECT password_hash FROM agent --",
        "%",
        "_",
        "\\",
        "$1",
        "?",
    ];
    for attack in attacks {
        for field in ["text", "model", "software_version", "manufacturer"] {
            let query = json!({ "query": { "filter": { field: attack } } });
            let page = agent.call("devices", &query).unwrap();
            let rows = page["items"].as_array().unwrap().len();
            assert!(rows == 0 || field == "text", "{field} {attack}: {rows}");
        }
        for (field, value) in [("sort", attack), ("direction", attack)] {
            assert!(agent.call("devices", &json!({ "query": { field: value } })).is_err(), "{field} {attack}");
        }
        let cursor = agent.call("devices", &json!({ "query": { "cursor": attack } })).unwrap();
        assert_eq!(cursor["items"].as_array().unwrap().len(), 2, "a cursor that is none begins at the first page");
        assert_eq!(agent.form("search", &[("text", attack)]).status, 200, "{attack}");
        agent
            .call("subscribers", &json!({ "query": { "filter": { "tag": attack, "plan": attack, "text": attack } } }))
            .unwrap();
    }
    // What stands for any character elsewhere stands for none here.
    for literal in ["KSTL0_01", "KSTL0%9"] {
        let query = json!({ "query": { "filter": { "text": literal } } });
        assert_eq!(agent.call("devices", &query).unwrap()["items"], json!([]), "{literal}");
    }
    assert_eq!(agent.devices().len(), 2, "nothing was dropped");
}

#[test]
fn i2_questions_are_bounded() {
    let server = Server::start(OPEN);
    let agent = Agent::administrator(&server);
    common::cpe::play_session(server.cwmp, "KSTL0001");
    let started = Instant::now();
    // A million devices in one order: more than a body may hold.
    let many: Vec<u32> = (0..1_000_000).collect();
    let bomb = json!({ "kind": "refresh", "target": { "devices": many } }).to_string();
    let origin = format!("http://{}", server.portal);
    let headers = [("Origin", origin.as_str()), ("Content-Type", "application/json")];
    let request = http::request("POST", server.portal, "/fn/bulk/prepare", Some(&agent.cookie), &headers, &bomb);
    let mut connection = Connection::open(server.portal);
    let _ = connection.try_send(request.as_bytes());
    assert_eq!(connection.head().status, 413);
    let fewer: Vec<u32> = (0..50_000).collect();
    assert!(agent.call("bulk/prepare", &json!({ "kind": "refresh", "target": { "devices": fewer } })).is_err());
    // A very long text is a question like any other.
    for text in ["a ".repeat(50_000), "x".repeat(100_000), "é".repeat(30_000)] {
        agent.call("devices", &json!({ "query": { "filter": { "text": text } } })).unwrap();
        assert_eq!(agent.form("search", &[("text", &text)]).status, 200);
    }
    let filters: Vec<Value> = (0..500).map(|n| json!({ "text": format!("t{n}") })).collect();
    let counts = agent.call("views/counts", &json!({ "filters": filters })).unwrap();
    assert_eq!(counts.as_array().unwrap().len(), 12, "as many as a page shows");
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[test]
fn l2_one_device_cannot_flood_the_log() {
    const TRIES: usize = 50;
    let known_only = Server::start("[cwmp.auth]\nmode = \"off\"\n[cwmp.enrolment]\npolicy = \"registered\"\n");
    let with_login = Server::start("[cwmp.auth]\nusername = \"cpe\"\npassword = \"quiet-otter-lamp\"\n");
    let quiet = [&known_only, &with_login].map(|server| server.log().lines().count());
    for server in [&known_only, &with_login] {
        for number in 0..TRIES {
            let basic = format!("Authorization: Basic {}", ["Y3BlOndyb25n", "eDp5", "%%%"][number % 3]);
            let bodies =
                [inform("FLOOD1").into_bytes(), b"<garbage".to_vec(), vec![0xff; 300], fault("7").into_bytes()];
            for body in bodies {
                // The answer to a wrong password takes its time: nobody waits for it here.
                Connection::open(server.cwmp).send(&post(&body, &[&basic]));
            }
            // No HTTP at all, and one that goes away in the middle.
            Connection::open(server.cwmp).send(b"\x16\x03\x01\r\n\r\n");
            Connection::open(server.cwmp).send(b"POST / HTTP/1.1\r\nContent-Length: 500\r\n\r\n<half");
            let _ = get(server.files, "/f/unknown/x", None);
        }
    }
    let said = |server: &Server| server.log().contains("an Inform was denied").then_some(());
    eventually("what is wrong is said once", || said(&known_only));
    for (server, before) in [&known_only, &with_login].into_iter().zip(quiet) {
        assert_eq!(get(server.metrics, "/readyz", None).status, 200);
        let log = server.log();
        let lines = log.lines().count() - before;
        assert!(lines <= 10, "{lines} lines after {} requests:\n{log}", TRIES * 7);
    }
}
