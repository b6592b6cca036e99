//! Requests that come twice are done once; tokens are slowed and ended.

use super::common::agent::Agent;
use super::common::cpe;
use super::common::http::{Answer, exchange, request};
use super::common::{OPEN, Server};
use super::{Program, make, problem};
use model::TokenId;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{Claim, Store, StoreSettings};

impl Program {
    fn post(&self, path: &str, key: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers =
            [("Authorization", bearer.as_str()), ("Content-Type", "application/json"), ("Idempotency-Key", key)];
        let portal = self.server.portal;
        exchange(portal, request("POST", portal, &format!("/api/v1{path}"), None, &headers, body).as_bytes())
    }

    fn tasks(&self, device: i64) -> usize {
        self.json(&format!("/api/v1/devices/{device}/tasks"))["items"].as_array().unwrap().len()
    }
}

fn start() -> (Program, i64) {
    let program = Program::of(Server::start(OPEN), "administrator");
    assert!(cpe::is_inform_response(&cpe::send_inform(program.server.cwmp, "SER1", &[])));
    let devices = program.json("/api/v1/devices");
    let id = devices["items"][0]["id"].as_i64().unwrap();
    (program, id)
}

#[test]
fn a_request_with_a_key_is_done_once_and_answered_the_same() {
    let (program, id) = start();
    let path = format!("/devices/{id}/tasks");
    let body = r#"{"kind":"schedule_inform","delay_seconds":600}"#;
    let before = program.tasks(id);
    let first = program.post(&path, "key-1", body);
    let second = program.post(&path, "key-1", body);
    assert_eq!((first.status, second.status), (201, 201), "{first:?} {second:?}");
    assert_eq!(first.text(), second.text());
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!((first.header("idempotency-replayed"), second.header("idempotency-replayed")), (None, Some("true")));
    assert_eq!(program.tasks(id), before + 1);
    // Another body, another address: refused. Another key: another task.
    for (path, body) in [(&path, r#"{"kind":"schedule_inform","delay_seconds":601}"#), (&format!("{path}?x=1"), body)] {
        let other = program.post(path, "key-1", body);
        assert_eq!(other.status, 422, "{other:?}");
        problem(&other);
    }
    assert_eq!(program.post(&path, "key-2", body).status, 201);
    assert_eq!(program.tasks(id), before + 2);
    // What was refused is refused again without being looked at again; what cannot be a key is said.
    assert_eq!(program.post(&path, "key-3", "{\"kind\":\"explode\"}").status, 400);
    assert_eq!(program.post(&path, "key-3", "{\"kind\":\"explode\"}").header("idempotency-replayed"), Some("true"));
    assert_eq!(program.post(&path, &"k".repeat(300), body).status, 400);
    // Keys are of one token.
    let other = Program { token: make(&program.server, "administrator"), ..program };
    assert_eq!(other.post(&path, "key-1", body).header("idempotency-replayed"), None);
    assert_eq!(other.tasks(id), before + 3);
    // A file has to be named by its digest.
    assert_eq!(other.post("/files?name=a&type=tone", "key-4", "content").status, 422);
    let digest = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73";
    let upload = format!("/files?name=a&type=tone&sha256={digest}");
    let (first, second) = (other.post(&upload, "key-4", "content"), other.post(&upload, "key-4", "content"));
    assert_eq!((first.status, first.text()), (201, second.text()), "{first:?}");
    assert_eq!(other.json("/api/v1/files")["items"].as_array().unwrap().len(), 1);
}

/// What a process that is no more left: it took the key for this request, and gave no answer.
fn interrupted(program: &Program, key: &str, path: &str, body: &str) {
    let request = [path.as_bytes(), &[0], body.as_bytes()].concat();
    let digest = Sha256::digest(&request).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let url = format!("sqlite://{}", program.server.path("data/lastmile.db").display());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open(&StoreSettings { url, max_connections: 2 }).await.unwrap();
        let (token, began) = (TokenId(1), store::now().plus_seconds(-60));
        let claim = store.claim_answer(token, key, &digest, "a run that is over", began, began).await.unwrap();
        assert_eq!(claim, Claim::Mine);
        store.close().await;
    });
}

#[test]
fn after_a_crash_a_request_finds_what_it_did_and_does_what_it_did_not() {
    let (program, id) = start();
    let path = format!("/devices/{id}/tasks");
    let number = |answer: &Answer| serde_json::from_str::<Value>(&answer.text()).unwrap()["id"].clone();
    let body = r#"{"kind":"schedule_inform","delay_seconds":600}"#;
    // It died after the task was written down, and before its answer was kept.
    let first = program.send("POST", &format!("/api/v1{path}"), body);
    let before = program.tasks(id);
    interrupted(&program, "key-1", &format!("/api/v1{path}"), body);
    let again = program.post(&path, "key-1", body);
    assert_eq!(again.status, 200, "{again:?}");
    assert_eq!((number(&again), program.tasks(id)), (number(&first), before), "it was not done again");
    let third = program.post(&path, "key-1", body);
    assert_eq!((third.status, third.header("idempotency-replayed")), (200, Some("true")));
    // It died before.
    let other = r#"{"kind":"schedule_inform","delay_seconds":700}"#;
    interrupted(&program, "key-2", &format!("/api/v1{path}"), other);
    assert_eq!(program.post(&path, "key-2", other).status, 201);
    assert_eq!(program.tasks(id), before + 1);
}

#[test]
fn after_a_crash_the_draft_of_a_campaign_is_found() {
    let program = Program::of(Server::start(OPEN), "administrator");
    let body = |name: &str| json!({"name": name, "what": {"kind": "reboot"}}).to_string();
    let (path, number) =
        ("/campaigns", |answer: &Answer| serde_json::from_str::<Value>(&answer.text()).unwrap()["id"].clone());
    let drafts = || program.json("/api/v1/campaigns")["items"].as_array().unwrap().len();
    let first = program.send("POST", "/api/v1/campaigns", &body("One"));
    assert_eq!(first.status, 201, "{first:?}");
    interrupted(&program, "key-1", "/api/v1/campaigns", &body("One"));
    let again = program.post(path, "key-1", &body("One"));
    assert_eq!((again.status, number(&again), drafts()), (200, number(&first), 1), "it was not made again");
    // It died before.
    interrupted(&program, "key-2", "/api/v1/campaigns", &body("Two"));
    assert_eq!((program.post(path, "key-2", &body("Two")).status, drafts()), (201, 2));
    // The same of what is done with one: it was handed over, and the answer was lost.
    let ask = format!("/campaigns/{}/ask-approval", number(&first));
    let asked = r#"{"revision":1}"#;
    assert_eq!(program.send("POST", &format!("/api/v1{ask}"), asked).status, 200);
    interrupted(&program, "key-3", &format!("/api/v1{ask}"), asked);
    let again = program.post(&ask, "key-3", asked);
    assert_eq!(again.status, 200, "{again:?}");
    assert_eq!(serde_json::from_str::<Value>(&again.text()).unwrap()["state"], "awaiting_approval");
    // Without a crash it is refused.
    assert_eq!(program.post(&ask, "key-4", asked).status, 409);
}

#[test]
fn tokens_are_slowed_by_themselves() {
    let settings = format!("{OPEN}\n[portal]\ntoken_requests_per_minute = 20\n");
    let program = Program::of(Server::start(&settings), "read-only");
    let mut answers = (0..40).map(|_| program.send("GET", "/api/v1/devices", ""));
    let slowed = answers.find(|answer| answer.status == 429).expect("too many in a minute");
    assert!(slowed.header("retry-after").is_some());
    problem(&slowed);
    let other = make(&program.server, "read-only");
    assert_eq!(program.send_as(&other, "GET", "/api/v1/devices", "").status, 200);
}

#[test]
fn a_personal_token_is_its_agents() {
    let program = Program::new();
    let agent = Agent::administrator(&program.server);
    let made = agent
        .call("token/create_mine", &json!({"name": "Export", "permissions": ["device.read"], "days": 30}))
        .unwrap();
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert_eq!(program.send_as(&secret, "GET", "/api/v1/devices", "").status, 200);
    assert_eq!(program.send_as(&secret, "GET", "/api/v1/subscribers", "").status, 403, "not chosen");
    assert_eq!(agent.call("tokens/mine", &json!({})).unwrap().as_array().unwrap().len(), 1);
    assert!(agent.call("token/create_mine", &json!({"name": "Export", "permissions": null, "days": 366})).is_err());
}
