//! Who may do what, asked of a server from outside: every operation of `docs/permissions.md`, in every role.
#![allow(clippy::unwrap_used)]

mod common;

use common::{OPEN, PASSWORD, Server, http, lastmile, run_with_input, text};
use std::collections::BTreeMap;

/// The table of operations: method and path, and what it says for each role.
fn operations() -> Vec<(String, String, BTreeMap<String, String>)> {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/permissions.md")).unwrap();
    let table = page.split("## Operations").nth(1).unwrap();
    let mut lines = table.lines().filter(|line| line.starts_with('|'));
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let heads = cells(lines.next().unwrap());
    let mut operations = Vec::new();
    for line in lines.skip(1) {
        let line = cells(line);
        let (method, path) = line[0].split_once(' ').unwrap();
        let roles = heads[2..].iter().cloned().zip(line[2..].iter().cloned()).collect();
        operations.push((method.to_owned(), path.trim_matches('`').to_owned(), roles));
    }
    operations
}

/// A path with something in place of its variables.
fn concrete(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{id}" => "999999",
        "{file}" => "none.json",
        "{account}" => "nobody",
        "{serial}" => "NONE",
        part if part.starts_with('{') => "1",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

const PEOPLE: [(&str, &str); 5] = [
    ("Read only", "read-only"),
    ("Helpdesk", "helpdesk"),
    ("Senior helpdesk", "senior-helpdesk"),
    ("Rollout manager", "rollout-manager"),
    ("Administrator", "administrator"),
];

#[test]
fn n4_every_operation_in_every_role() {
    let operations = operations();
    assert!(operations.len() > 100, "{}", operations.len());
    let server = Server::start(OPEN);
    server.administrator();
    for (label, key) in PEOPLE {
        let cookie = person(&server, key);
        for (method, path, roles) in operations.iter().filter(|(_, path, _)| !path.starts_with("/api/")) {
            if path == "/fn/sign_out" {
                continue;
            }
            let status = ask(&server, method, &concrete(path), Some(&cookie), &[]);
            let expected = !roles[label].is_empty();
            assert_eq!(status != 403, expected, "{label} {method} {path}: {status}");
        }
    }
}

#[test]
fn n4_every_route_of_the_api_in_every_role() {
    let server = Server::start(OPEN);
    server.administrator();
    let all = PEOPLE.into_iter().chain([("Integration", "integration")]);
    for (label, key) in all {
        let token = token(&server, key);
        let bearer = format!("Bearer {token}");
        for (method, path, roles) in operations().iter().filter(|(_, path, _)| path.starts_with("/api/")) {
            let status = ask(&server, method, &concrete(path), None, &[("Authorization", &bearer)]);
            assert_eq!(status != 403, !roles[label].is_empty(), "{label} {method} {path}: {status}");
        }
    }
}

#[test]
fn n4_nothing_is_there_for_those_who_are_not_signed_in() {
    let server = Server::start(OPEN);
    server.administrator();
    for (method, path, roles) in operations() {
        let doors = ["/fn/sign_in", "/fn/invitation", "/fn/create_first_administrator", "/api/v1/openapi.json"];
        let open = doors.iter().any(|door| path.starts_with(door));
        let status = ask(&server, &method, &concrete(&path), None, &[]);
        let turned_away = [401, 303].contains(&status);
        assert_eq!(turned_away, !open, "{method} {path}: {status} {roles:?}");
    }
}

/// Somebody of this role; the cookie of their session.
fn person(server: &Server, role: &str) -> String {
    let add = ["user", "add", role, "--role", role];
    let output = run_with_input(lastmile(server.folder.path()).args(add), &format!("{PASSWORD}\n"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let form = http::form(&[("username", role), ("password", PASSWORD), ("next", "/")]);
    http::post_form(server.portal, "/fn/sign_in", &form, "/sign-in", None).cookie().unwrap()
}

fn token(server: &Server, role: &str) -> String {
    let create = ["token", "create", role, "--role", role];
    let output = lastmile(server.folder.path()).args(create).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).trim().to_owned()
}

fn ask(server: &Server, method: &str, path: &str, cookie: Option<&str>, headers: &[(&str, &str)]) -> u16 {
    let origin = format!("http://{}", server.portal);
    let mut all =
        vec![("Origin", origin.as_str()), ("Content-Type", "application/json"), ("Accept", "application/json")];
    all.extend(headers);
    let body = if method == "GET" { "" } else { "[" };
    let request = http::request(method, server.portal, path, cookie, &all, body);
    let mut connection = http::Connection::open(server.portal);
    connection.send(request.as_bytes());
    connection.head().status
}
