//! The document of the API, and its page.

use super::Program;
use super::common::http::{exchange, get, request};
use serde_json::Value;

#[test]
fn the_document_and_its_page_are_for_everybody_and_keep_the_policy() {
    let program = Program::new();
    let portal = program.server.portal;
    let answer = get(portal, "/api/v1/openapi.json", None);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let document: Value = serde_json::from_str(&answer.text()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let page = get(portal, "/api", None);
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("'unsafe-inline'; script"), "{policy}");
    let html = page.text();
    // It needs nothing that the policy refuses, and nothing of other sites.
    for refused in ["<script", " style=", " src=", "href=\"http", "url("] {
        assert!(!html.contains(refused), "{refused}");
    }
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(html.contains(&format!("id=\"{id}\"")), "{method} {path}");
        }
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(html.contains(&format!("id=\"schema-{name}\"")), "{name}");
    }
    // Every link inside leads somewhere.
    for link in html.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(html.contains(&format!("id=\"{link}\"")), "{link}");
    }
    let dark = exchange(portal, request("GET", portal, "/api", Some("theme=dark"), &[], "").as_bytes());
    assert!(dark.text().contains("<html lang=\"en\" data-theme=\"dark\">"));
}
