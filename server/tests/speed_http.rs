//! The endpoint that routers measure against, from outside: no login, any size, nothing kept.
#![allow(clippy::unwrap_used)]

mod common;

use common::{OPEN, Server};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

const TEN_MB: usize = 10_000_000;

/// Sends a request with a body of zeros; the head and the length of what came back.
fn exchange(to: SocketAddr, head: &str, body: usize) -> (String, usize) {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let piece = vec![0; 64 << 10];
    let mut left = body;
    while left > 0 {
        let length = left.min(piece.len());
        if stream.write_all(&piece[..length]).is_err() {
            break;
        }
        left -= length;
    }
    let mut answer = Vec::new();
    // A refused upload may be reset; what came before counts.
    let _ = stream.read_to_end(&mut answer);
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
    (String::from_utf8_lossy(&answer[..end]).into_owned(), answer.len() - end)
}

fn get(to: SocketAddr, method: &str, path: &str) -> (String, usize) {
    exchange(to, &format!("{method} {path} HTTP/1.1\r\nHost: speed\r\nConnection: close\r\n\r\n"), 0)
}

fn put(to: SocketAddr, method: &str, path: &str, bytes: usize) -> String {
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: speed\r\nContent-Length: {bytes}\r\nConnection: close\r\n\r\n");
    exchange(to, &head, bytes).0
}

fn status(head: &str) -> &str {
    head.split(' ').nth(1).unwrap()
}

#[test]
fn rule_340_ten_megabytes_are_loaded_and_sent_without_a_login_and_nothing_is_kept() {
    let server = Server::start(OPEN);
    let (head, bytes) = get(server.files, "GET", &format!("/speed/{TEN_MB}"));
    assert_eq!((status(&head), bytes), ("200", TEN_MB), "{head}");
    assert!(head.to_ascii_lowercase().contains(&format!("content-length: {TEN_MB}")), "{head}");
    assert!(head.to_ascii_lowercase().contains("no-store"), "{head}");
    for size in [0, 1, 65_537] {
        assert_eq!(get(server.files, "GET", &format!("/speed/{size}")).1, size);
    }
    let (head, bytes) = get(server.files, "HEAD", &format!("/speed/{TEN_MB}"));
    assert_eq!((status(&head), bytes), ("200", 0));
    for (method, path) in [("PUT", "/speed/up"), ("POST", "/speed/"), ("PUT", "/speed/a/b.bin")] {
        let head = put(server.files, method, path, TEN_MB);
        assert_eq!(status(&head), "200", "{method} {path}: {head}");
    }
    assert!(!server.path("data/files").exists(), "apart from the files of devices");
}

#[test]
fn the_endpoint_has_limits_and_can_be_switched_off() {
    let server = Server::start(&format!("{OPEN}[speed]\nmax_size = \"1MB\"\nmax_per_minute = 6\n"));
    assert_eq!(status(&get(server.files, "GET", "/speed/1048577").0), "404");
    assert_eq!(status(&put(server.files, "PUT", "/speed/up", 3_000_000)), "413");
    for path in ["/speed/", "/speed/lots", "/speed/-1", "/speed/99999999999999999999"] {
        assert_eq!(status(&get(server.files, "GET", path).0), "404", "{path}");
    }
    assert_eq!(status(&get(server.files, "DELETE", "/speed/10").0), "405");
    let answers: Vec<String> = (0..8).map(|_| status(&get(server.files, "GET", "/speed/10").0).to_owned()).collect();
    assert!(answers.starts_with(&["200".to_owned()]) && answers.ends_with(&["503".to_owned()]), "{answers:?}");

    let server = Server::start(&format!("{OPEN}[speed]\nenabled = false\n"));
    assert_eq!(status(&get(server.files, "GET", "/speed/10").0), "404");
    assert_eq!(status(&put(server.files, "PUT", "/speed/up", 10)), "404");
}
