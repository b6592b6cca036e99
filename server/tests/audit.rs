//! The audit log from outside: what the portal, the API and the command line write down, and how it is checked.
#![allow(clippy::unwrap_used)]

mod common;

use common::agent::Agent;
use common::http::{exchange, get, request};
use common::{OPEN, Server, lastmile, text};
use serde_json::{Value, json};
use std::process::Output;

struct Log {
    server: Server,
    agent: Agent,
}

impl Log {
    fn new() -> Self {
        let server = Server::start(OPEN);
        let agent = Agent::administrator(&server);
        Self { server, agent }
    }

    fn command(&self, args: &[&str]) -> Output {
        lastmile(self.server.folder.path()).args(args).env("USER", "operator").output().unwrap()
    }

    /// Newest first, of one act.
    fn entries(&self, act: &str) -> Vec<Value> {
        let page = self.agent.call("audit", &json!({ "query": { "filter": { "act": act } } })).unwrap();
        page["page"]["items"].as_array().unwrap().clone()
    }

    /// The hash that a check prints.
    fn head(&self) -> String {
        let output = self.command(&["audit", "verify"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let said = text(&output.stdout);
        let line = said.lines().find(|line| line.starts_with("head ")).unwrap_or_else(|| panic!("{said}"));
        line.rsplit(' ').next().unwrap().to_owned()
    }
}

#[test]
fn everybody_is_written_down_with_where_they_come_from() {
    let log = Log::new();
    let change = json!({ "account": "P1", "name": "Portal" });
    log.agent.call("subscriber/put", &json!({ "change": change, "new": true })).unwrap();
    let made = log.command(&["token", "create", "CRM", "--role", "integration"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let bearer = format!("Bearer {}", text(&made.stdout).trim());
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json"), ("User-Agent", "crm/1")];
    let put = request(
        "PUT",
        log.server.portal,
        "/api/v1/subscribers/A1",
        None,
        &headers,
        &json!({"name": "Api"}).to_string(),
    );
    assert_eq!(exchange(log.server.portal, put.as_bytes()).status, 201);

    let created = log.entries("subscriber.created");
    let [api, portal] = &created[..] else { panic!("{created:#?}") };
    assert_eq!((&portal["who"]["kind"], &portal["who"]["name"]), (&json!("agent"), &json!("Maria Bell")));
    assert_eq!((&portal["origin"]["session"], &portal["origin"]["address"]), (&json!("portal"), &json!("127.0.0.1")));
    assert_eq!((&api["who"]["kind"], &api["who"]["name"]), (&json!("token"), &json!("CRM")));
    assert_eq!((&api["origin"]["session"], &api["origin"]["user_agent"]), (&json!("api"), &json!("crm/1")));
    assert_eq!(api["target"]["label"], "A1");
    let token = &log.entries("token.created")[0];
    assert_eq!((&token["who"]["kind"], &token["origin"]["user_agent"]), (&json!("command-line"), &json!("operator")));
    assert!(!token.to_string().contains(text(&made.stdout).trim()), "the token itself is nowhere");

    // The page shows it, with and without a filter, and offers it to those who may.
    let cookie = Some(log.agent.cookie.as_str());
    let page = get(log.server.portal, "/settings/audit?who=CRM", cookie);
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Subscriber created") && page.text().contains("crm/1"));
    assert!(!page.text().contains(">P1<"));
    assert!(get(log.server.portal, "/settings", cookie).text().contains("/settings/audit"));
}

#[test]
fn the_log_is_taken_out_as_a_file() {
    let log = Log::new();
    for number in 0..3 {
        let change = json!({ "account": format!("S{number}"), "name": "=1+1" });
        log.agent.call("subscriber/put", &json!({ "change": change, "new": true })).unwrap();
    }
    let cookie = Some(log.agent.cookie.as_str());
    let path = "/settings/audit/export/audit.csv?act=subscriber.created";
    let table = get(log.server.portal, path, cookie);
    assert_eq!(table.status, 200, "{table:?}");
    assert!(table.header("content-disposition").unwrap().starts_with("attachment; filename=\"audit.csv\""));
    assert_eq!(table.text().lines().count(), 4);
    let lines = get(log.server.portal, "/settings/audit/export/audit.jsonl", cookie);
    for line in lines.text().lines() {
        assert_eq!(serde_json::from_str::<Value>(line).unwrap()["hash"].as_str().unwrap().len(), 64);
    }
    assert_eq!(log.entries("audit.exported").len(), 2);
    assert_eq!(get(log.server.portal, path, None).status, 303, "not for strangers");
    assert_eq!(get(log.server.portal, "/settings/audit/export/audit.exe", cookie).status, 404);

    let output = log.command(&["audit", "export", "--format", "csv", "--act", "subscriber.created"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout).lines().count(), 4);
}

#[test]
fn l3_the_command_line_tells_when_the_log_was_touched() {
    let log = Log::new();
    for number in 0..4 {
        let change = json!({ "account": format!("S{number}"), "name": "Bell" });
        log.agent.call("subscriber/put", &json!({ "change": change, "new": true })).unwrap();
    }
    let head = log.head();
    let kept = log.command(&["audit", "verify", "--expect-head", &head]);
    assert!(
        kept.status.success() && text(&kept.stdout).contains("The expected head is entry"),
        "{}",
        text(&kept.stderr)
    );
    let wrong = log.command(&["audit", "verify", "--expect-head", "abc"]);
    assert_eq!(wrong.status.code(), Some(1));

    // The end cut off, by somebody who may do everything with the database.
    let statements = ["DROP TRIGGER audit_no_delete", "DELETE FROM audit WHERE id = (SELECT MAX(id) FROM audit)"];
    log.change(&statements);
    let cut = log.command(&["audit", "verify", "--expect-head", &head]);
    assert_eq!(cut.status.code(), Some(1));
    assert!(text(&cut.stderr).contains("the expected head is not in the log"), "{}", text(&cut.stderr));
    // And one in the middle.
    log.change(&["DELETE FROM audit WHERE id = 2"]);
    let broken = log.command(&["audit", "verify"]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(text(&broken.stderr).contains("broken at entry 3"), "{}", text(&broken.stderr));
}

impl Log {
    /// Behind the server's back.
    fn change(&self, statements: &[&str]) {
        let url = format!("sqlite://{}", self.server.path("data/lastmile.db").display());
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            store::testing::execute_raw(&url, statements).await.unwrap();
        });
    }
}
