//! Files in a bucket, against a service that speaks S3: `LASTMILE_TEST_S3` is its address, such as
//! `http://127.0.0.1:5000`; the test makes a bucket of its own there. Without it the test is skipped, and says so.
#![allow(clippy::unwrap_used)]

mod common;

use common::agent::Agent;
use common::http::{self, exchange};
use common::{OPEN, Server};
use serde_json::json;
use std::net::{SocketAddr, ToSocketAddrs};

/// Makes the bucket. The services that tests use take requests without a signature for that.
fn bucket(service: SocketAddr, name: &str) {
    let answer = exchange(service, http::request("PUT", service, &format!("/{name}"), None, &[], "").as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn files_are_kept_in_a_bucket() {
    let Some(url) = std::env::var("LASTMILE_TEST_S3").ok().filter(|url| !url.is_empty()) else {
        eprintln!("SKIPPED: LASTMILE_TEST_S3 names no service");
        return;
    };
    let service = url.trim_start_matches("http://").trim_end_matches('/').to_socket_addrs().unwrap().next().unwrap();
    let name = format!("lastmile-test-{}", std::process::id());
    bucket(service, &name);
    let settings = format!(
        "{OPEN}[files.s3]\nbucket = \"{name}\"\nprefix = \"images\"\nendpoint = \"{}\"\naccess_key = \"test\"\nsecret_key = \"test\"\n",
        url.trim_end_matches('/')
    );
    let server = Server::start(&settings);
    let agent = Agent::administrator(&server);
    // More than one part of a multipart upload.
    let content: Vec<u8> = (0..12_000_000_u32).map(|n| (n % 251) as u8).collect();
    let input = json!({"name": "fw.bin", "file_type": {"type": "firmware"}, "version": "2", "models": [], "notes": ""});
    let file = agent.upload(&input, &content);
    assert_eq!(file["size"], 12_000_000);
    let read = http::get(server.portal, &format!("/files/{}/content", file["id"]), Some(&agent.cookie));
    assert_eq!((read.status, read.body == content), (200, true));
    let listed = http::get(service, &format!("/{name}?list-type=2&prefix=images/"), None).text();
    assert!(listed.contains(file["sha256"].as_str().unwrap()), "{listed}");
    assert!(!server.path("data/files").exists(), "nothing is kept in the folder");
    // It is there after a restart, and gone when it is deleted.
    let server = server.restart();
    let agent = Agent { portal: server.portal, cookie: agent.cookie };
    let read = http::get(server.portal, &format!("/files/{}/content", file["id"]), Some(&agent.cookie));
    assert_eq!(read.body.len(), content.len());
    agent.call("file/delete", &json!({"file": file["id"]})).unwrap();
    let listed = http::get(service, &format!("/{name}?list-type=2&prefix=images/"), None).text();
    assert!(!listed.contains(file["sha256"].as_str().unwrap()), "{listed}");
}
