//! The API for other programs, from outside: tokens, subscribers, routers at a line, and the examples of its guide.
#![allow(clippy::unwrap_used)]

#[path = "api/campaigns.rs"]
mod campaigns;
mod common;
#[path = "api/document.rs"]
mod document;
#[path = "api/fleet.rs"]
mod fleet;
#[path = "api/guide.rs"]
mod guide;
#[path = "api/once.rs"]
mod once;
#[path = "api/walk.rs"]
mod walk;

use common::agent::Agent;
use common::http::{Answer, exchange, request};
use common::{OPEN, Server, cpe, lastmile, text};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Instant;

/// A program with a token.
struct Program {
    server: Server,
    token: String,
}

fn make(server: &Server, role: &str) -> String {
    let output = lastmile(server.folder.path()).args(["token", "create", "CRM", "--role", role]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).trim().to_owned()
}

impl Program {
    fn new() -> Self {
        Self::of(Server::start(OPEN), "integration")
    }

    fn of(server: Server, role: &str) -> Self {
        let token = make(&server, role);
        Self { server, token }
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send_as(&self.token, method, path, body)
    }

    fn send_as(&self, token: &str, method: &str, path: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("Authorization", bearer.as_str())];
        if !body.is_empty() {
            headers.push(("Content-Type", "application/json"));
        }
        exchange(self.server.portal, request(method, self.server.portal, path, None, &headers, body).as_bytes())
    }

    fn put(&self, account: &str, body: &Value) -> Answer {
        self.send("PUT", &format!("/api/v1/subscribers/{account}"), &body.to_string())
    }

    fn json(&self, path: &str) -> Value {
        let answer = self.send("GET", path, "");
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_str(&answer.text()).unwrap()
    }
}

fn problem(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:?}");
    let problem: Value = serde_json::from_str(&answer.text()).unwrap();
    assert_eq!(problem["status"], answer.status);
    problem
}

#[test]
fn a_subscriber_is_put_read_listed_and_deleted() {
    let program = Program::new();
    let body = json!({"name": "Ada", "phones": ["030 1", {"number": "+49 171 2", "label": "Mobile"}], "plan_down_kbit": 5000, "tags": ["b", "a"]});
    let made = program.put("A%2F1%20x", &body);
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let again = program.put("A%2F1%20x", &body);
    assert_eq!(again.status, 200, "the same again is the same");
    let read = program.json("/api/v1/subscribers/A%2F1%20x");
    assert_eq!((&read["account"], &read["name"]), (&json!("A/1 x"), &json!("Ada")));
    assert_eq!((&read["tags"], &read["plan_down_kbit"]), (&json!(["a", "b"]), &json!(5000)));
    assert_eq!(read["phones"][1], json!({"number": "+49 171 2", "label": "Mobile"}));
    assert_eq!(read["created_at"], read["updated_at"], "nothing was written the second time");
    assert!(read["created_at"].as_str().unwrap().ends_with('Z'));

    // What is left out stays, null empties.
    assert_eq!(program.put("A%2F1%20x", &json!({"plan_down_kbit": null, "plan": "X"})).status, 200);
    let read = program.json("/api/v1/subscribers/A%2F1%20x");
    assert_eq!((&read["plan_down_kbit"], &read["name"], &read["plan"]), (&Value::Null, &json!("Ada"), &json!("X")));

    for number in 0..5 {
        assert_eq!(program.put(&format!("B{number}"), &json!({"name": "Bob", "tags": ["list"]})).status, 201);
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/subscribers?tag=list&limit=2".to_owned();
    loop {
        let page = program.json(&path);
        seen.extend(page["items"].as_array().unwrap().iter().map(|one| one["account"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/subscribers?tag=list&limit=2&cursor={next}");
    }
    assert_eq!(seen, ["B0", "B1", "B2", "B3", "B4"]);

    assert_eq!(program.send("DELETE", "/api/v1/subscribers/B0", "").status, 204);
    assert_eq!(program.send("DELETE", "/api/v1/subscribers/B0", "").status, 404);
    assert_eq!(problem(&program.send("GET", "/api/v1/subscribers/B0", ""))["title"], "Not Found");
}

#[test]
fn routers_are_linked_now_or_when_they_appear() {
    let program = Program::new();
    let agent = Agent::administrator(&program.server);
    assert!(cpe::is_inform_response(&cpe::send_inform(program.server.cwmp, "SER1", &[])));
    for account in ["A1", "A2"] {
        assert_eq!(program.put(account, &json!({"name": account})).status, 201);
    }
    let link = |account: &str, serial: &str, more: &str| {
        program.send("PUT", &format!("/api/v1/subscribers/{account}/devices/{serial}{more}"), "")
    };
    assert_eq!(link("A1", "SER1", "").text(), "{\"serial\":\"SER1\",\"known\":true}");
    assert_eq!(link("A1", "SER2", "").text(), "{\"serial\":\"SER2\",\"known\":false}");
    assert_eq!(link("A9", "SER1", "").status, 404);
    for serial in ["SER1", "SER2"] {
        let taken = link("A2", serial, "");
        assert_eq!(taken.status, 409);
        assert!(problem(&taken)["detail"].as_str().unwrap().contains("A1"), "{taken:?}");
    }
    assert!(cpe::is_inform_response(&cpe::send_inform(program.server.cwmp, "SER2", &[])));
    let at = |account: &str| {
        let list = program.json(&format!("/api/v1/subscribers/{account}/devices"));
        let items = list["items"].as_array().unwrap().clone();
        items
            .into_iter()
            .map(|one| (one["serial"].as_str().unwrap().to_owned(), one["known"] == true))
            .collect::<Vec<_>>()
    };
    assert_eq!(at("A1"), [("SER1".to_owned(), true), ("SER2".to_owned(), true)]);
    // The list of devices and the timeline know it, too.
    let device = agent.device("SER2");
    let row = agent.devices().into_iter().find(|row| row["id"] == device).unwrap();
    assert_eq!(row["subscriber"]["account"], "A1");

    assert_eq!(link("A2", "SER1", "?move=true").status, 200);
    assert_eq!((at("A1").len(), at("A2").len()), (1, 1));
    let serials = program.put("A2", &json!({"serials": ["SER2"]}));
    assert_eq!(serials.status, 409, "{serials:?}");
    let path = "/api/v1/subscribers/A2/devices/SER1";
    assert_eq!(program.send("DELETE", path, "").status, 204);
    assert_eq!(program.send("DELETE", path, "").status, 404);
    assert_eq!(at("A2"), []);
}

#[test]
fn only_valid_tokens_get_in_and_only_as_far_as_their_role() {
    let program = Program::new();
    let portal = program.server.portal;
    let cookie = program.server.administrator();
    let plain = |headers: &[(&str, &str)], cookie: Option<&str>| {
        exchange(portal, request("GET", portal, "/api/v1/subscribers", cookie, headers, "").as_bytes())
    };
    // No token, another scheme, a session of the portal: nobody.
    for answer in [plain(&[], None), plain(&[("Authorization", "Basic YTpi")], None), plain(&[], Some(&cookie))] {
        assert_eq!(answer.status, 401, "{answer:?}");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
        problem(&answer);
    }
    assert_eq!(program.send("GET", "/api/v1/subscribers", "").status, 200);
    assert_eq!(program.send("GET", "/api/v2/nothing", "").status, 404);
    assert_eq!(program.send("POST", "/api/v1/subscribers", "{}").status, 405);

    let reader = make(&program.server, "read-only");
    assert_eq!(program.send_as(&reader, "GET", "/api/v1/subscribers", "").status, 200);
    let denied = program.send_as(&reader, "PUT", "/api/v1/subscribers/A1", "{\"name\":\"Ada\"}");
    assert_eq!(denied.status, 403);
    problem(&denied);
    // It is not told either whether there is one.
    assert_eq!(program.send_as(&reader, "DELETE", "/api/v1/subscribers/A1", "").status, 403);
    // A token is no sign-in to the portal.
    let bearer = format!("Bearer {}", program.token);
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let portal_call = request("POST", portal, "/fn/subscribers/count", None, &headers, "{\"filter\":{}}");
    assert_eq!(exchange(portal, portal_call.as_bytes()).status, 401);

    let revoked = lastmile(program.server.folder.path()).args(["token", "revoke", "2"]).output().unwrap();
    assert!(revoked.status.success(), "{}", text(&revoked.stderr));
    common::eventually("the revoked token is refused", || {
        (program.send_as(&reader, "GET", "/api/v1/subscribers", "").status == 401).then_some(())
    });
    let listed = text(&lastmile(program.server.folder.path()).args(["token", "list"]).output().unwrap().stdout);
    assert!(listed.contains("read-only\trevoked") && listed.contains("integration\tvalid"), "{listed}");
    assert!(!listed.contains(&program.token));

    // Guessing is slowed; who has the right one is not.
    let mut statuses = (0..40).map(|n| program.send_as(&format!("lastmile_{n}"), "GET", "/api/v1/subscribers", ""));
    let throttled = statuses.find(|answer| answer.status == 429).expect("guessing is slowed");
    assert!(throttled.header("retry-after").is_some());
    assert_eq!(program.send("GET", "/api/v1/subscribers", "").status, 200);
    assert!(!program.server.log().contains(&program.token), "a token is in no log");
}

#[test]
fn what_cannot_be_understood_is_said() {
    let program = Program::new();
    let put = |body: &str| program.send("PUT", "/api/v1/subscribers/A1", body);
    for wrong in ["{", "[]", "{\"nme\":\"Ada\"}", "{\"plan_up_kbit\":\"fast\"}"] {
        let answer = put(wrong);
        assert_eq!(answer.status, 400, "{wrong}");
        problem(&answer);
    }
    let answer = put("{\"email\":\"nobody\",\"time_zone\":\"Moon/Base\"}");
    assert_eq!(answer.status, 422);
    let fields: Vec<_> =
        problem(&answer)["errors"].as_array().unwrap().iter().map(|one| one["field"].clone()).collect();
    assert_eq!(fields, ["email", "time_zone", "name"]);
    assert_eq!(put("{\"name\":\"Ada\",\"account\":\"B\"}").status, 422);
    let bearer = format!("Bearer {}", program.token);
    let form = [("Authorization", bearer.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    let portal = program.server.portal;
    let answer = exchange(portal, request("PUT", portal, "/api/v1/subscribers/A1", None, &form, "name=Ada").as_bytes());
    assert_eq!(answer.status, 415);
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(270_000));
    assert_eq!(put(&large).status, 413);
    assert_eq!(program.send("GET", "/api/v1/subscribers?colour=red", "").status, 400);
    assert_eq!(program.send("GET", "/api/v1/subscribers?sort=colour", "").status, 400);
    assert_eq!(program.send("GET", "/api/v1/subscribers/A1", "").status, 404, "nothing of it was kept");
}

/// The table that the part `import` of the guide promises a time for, a tenth of it on a debug build.
#[test]
fn a_large_table_is_imported_in_seconds() {
    let server = Server::start(OPEN);
    let mut table = String::from("account,name,phone,mobile,email,address,city,plan,download mbit,tags,serial\n");
    for number in 0..10_000 {
        writeln!(
            table,
            "{number},Person {number},030 {number},0171 {number},p{number}@example.com,\"{number} Hill Road, ZZ1\",Wexcombe,Fibre 500,500,\"a,b\",SER{number}"
        )
        .unwrap();
    }
    let file = server.path("people.csv");
    std::fs::write(&file, &table).unwrap();
    let import = || {
        let started = Instant::now();
        let output = lastmile(server.folder.path()).args(["subscribers", "import"]).arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        (text(&output.stdout), started.elapsed())
    };
    let (said, took) = import();
    assert_eq!(said, "10000 subscribers created, 0 changed, 0 as they were.\n");
    println!("10,000 rows: {took:?}");
    let (said, again) = import();
    assert_eq!(said, "0 subscribers created, 0 changed, 10000 as they were.\n");
    println!("the same again: {again:?}");
    assert!(took.as_secs() < 60, "{took:?}");
}
