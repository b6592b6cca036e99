//! HTTP on the CWMP listener: what must work and what must be refused (CONFORMANCE 1–34, catalogue rows X1–X5, P1).
#![allow(clippy::unwrap_used)]

mod common;

use common::cpe::{inform, is_inform_response, play_session, post, send_inform};
use common::http::{Connection, exchange};
use common::{OPEN, Server};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use std::io::Write;
use std::time::{Duration, Instant};

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn numbered(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().concat()
}

/// Short deadlines, so that tests of slow peers are not slow.
fn impatient() -> Server {
    Server::start(&format!(
        "[cwmp]\nheader_timeout = 1\nbody_timeout = 1\nbody_min_rate = 100000\nidle_timeout = 30\nwrite_timeout = 2\n{OPEN}"
    ))
}

#[test]
fn quirk_11_a_session_runs_on_one_connection() {
    let server = Server::start(OPEN);
    let asked = play_session(server.cwmp, "ONE");
    assert!(asked >= 1, "the first contact reads the device");
    assert!(server.log().lines().all(|line| !line.contains("panic")), "{}", server.log());
}

#[test]
fn only_posts_are_taken() {
    let server = Server::start(OPEN);
    for method in ["GET", "PUT", "HEAD", "DELETE", "OPTIONS"] {
        let mut connection = Connection::open(server.cwmp);
        connection.send(format!("{method} /acs HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
        let answer = connection.head();
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
    }
}

#[test]
fn quirk_10_every_answer_has_a_length_and_the_last_has_no_body() {
    let server = Server::start(OPEN);
    let answer = send_inform(server.cwmp, "LEN", &[]);
    assert!(is_inform_response(&answer), "{answer:?}");
    assert!(answer.header("content-length").is_some());
    assert_eq!(answer.header("transfer-encoding"), None);
    assert_eq!(answer.header("content-type"), Some("text/xml; charset=utf-8"));
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.contains("Path=/") && cookie.len() < 200, "{cookie}");

    for body in ["", "\r\n"] {
        let answer = exchange(server.cwmp, &post(body.as_bytes(), &["Content-Type: text/xml", "SOAPAction:"]));
        assert_eq!(answer.status, 204, "{body:?}");
        assert_eq!(answer.header("content-type"), None);
        assert!(answer.body.is_empty());
    }
}

/// What stands between the status line and the body, as sent.
fn raw_head(address: std::net::SocketAddr, request: &[u8]) -> String {
    let mut connection = Connection::open(address);
    connection.send(request);
    connection.read_until("\r\n\r\n").split("\r\n\r\n").next().unwrap().to_owned()
}

#[test]
fn old_parsers_find_headers_letter_by_letter() {
    let server = Server::start(OPEN);
    let head = raw_head(server.cwmp, &post(inform("CASE").as_bytes(), &[]));
    for name in ["\r\nContent-Length: ", "\r\nContent-Type: text/xml", "\r\nSet-Cookie: lm=", "\r\nDate: "] {
        assert!(head.contains(name), "{name:?} in {head:?}");
    }
    let guarded =
        Server::start("[cwmp.auth]\nmode = \"shared\"\nusername = \"fleet\"\npassword = \"fleet-secret-1\"\n");
    // Again and again: the spelling is not used up.
    for serial in ["CASE1", "CASE2"] {
        let head = raw_head(guarded.cwmp, &post(inform(serial).as_bytes(), &[]));
        assert!(head.starts_with("HTTP/1.1 401 "), "{head:?}");
        assert!(head.contains("\r\nWWW-Authenticate: Digest ") && head.contains("\r\nContent-Length: 0"), "{head:?}");
    }
}

#[test]
fn headers_that_do_not_matter_do_not_matter() {
    let server = Server::start(OPEN);
    for headers in [
        &[][..],
        &["SOAPAction: \"\""],
        &["SOAPAction: urn:anything#Inform", "Content-Type: text/html"],
        &["Content-Type: text/xml; encoding=utf-8"],
        &["Content-Type: text/xml; charset=\"utf-8\"", "X-Strange: \u{fc}"],
    ] {
        let answer = send_inform(server.cwmp, "HDR", headers);
        assert!(is_inform_response(&answer), "{headers:?}: {answer:?}");
    }
    for host in ["", "Host: 0.0.0.0\r\n", "Host: another.example:1\r\n"] {
        let body = inform("HOST");
        let request = format!("POST /any/path?x=1 HTTP/1.0\r\n{host}Content-Length: {}\r\n\r\n{body}", body.len());
        assert!(is_inform_response(&exchange(server.cwmp, request.as_bytes())), "{host}");
    }
}

#[test]
fn http_1_0_is_answered_and_closed() {
    let server = Server::start(OPEN);
    let body = inform("OLD");
    let request = format!("POST / HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let mut connection = Connection::open(server.cwmp);
    connection.send(request.as_bytes());
    let answer = connection.answer();
    assert!(is_inform_response(&answer));
    assert!(answer.header("content-length").is_some());
    assert!(connection.is_closed_within(Duration::from_secs(2)));

    let kept = request.replacen("\r\n", "\r\nConnection: keep-alive\r\n", 1);
    let mut connection = Connection::open(server.cwmp);
    connection.send(kept.as_bytes());
    let first = connection.answer();
    assert_eq!(first.header("connection"), Some("keep-alive"));
    connection.send(kept.as_bytes());
    assert!(is_inform_response(&connection.answer()));
}

#[test]
fn a_peer_that_has_finished_sending_is_answered() {
    let server = Server::start(OPEN);
    let mut connection = Connection::open(server.cwmp);
    connection.send(&post(inform("HALF").as_bytes(), &[]));
    connection.close_sending();
    assert!(is_inform_response(&connection.answer()));
}

#[test]
fn quirk_29_continue_is_said_before_the_body() {
    let server = Server::start(OPEN);
    let body = inform("EXPECT");
    let mut connection = Connection::open(server.cwmp);
    let head = format!("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n", body.len());
    connection.send(head.as_bytes());
    assert_eq!(connection.head().status, 100);
    connection.send(body.as_bytes());
    assert!(is_inform_response(&connection.answer()));

    // One that is too large is refused instead.
    let mut connection = Connection::open(server.cwmp);
    connection.send(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n");
    assert_eq!(connection.answer().status, 413);
}

#[test]
fn chunks_are_put_together() {
    let server = Server::start(OPEN);
    let mut request = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for chunk in inform("CHUNKS").as_bytes().chunks(7) {
        request.extend_from_slice(format!("{:x};name=value\r\n", chunk.len()).as_bytes());
        request.extend_from_slice(chunk);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\nX-Trailer: yes\r\n\r\n");
    assert!(is_inform_response(&exchange(server.cwmp, &request)));

    let broken = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnot a size\r\n";
    assert_eq!(exchange(server.cwmp, broken).status, 400);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Server::start(OPEN);
    let mut connection = Connection::open(server.cwmp);
    let mut both = post(inform("PIPE").as_bytes(), &[]);
    both.extend_from_slice(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    connection.send(&both);
    assert!(is_inform_response(&connection.answer()));
    assert_eq!(connection.answer().status, 405);
}

#[test]
fn quirk_29_packed_bodies_are_unpacked() {
    let server = Server::start(OPEN);
    let body = inform("PACKED");
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(body.as_bytes()).unwrap();
    let mut bare = DeflateEncoder::new(Vec::new(), Compression::fast());
    bare.write_all(body.as_bytes()).unwrap();
    for (coding, packed) in [
        ("gzip", gzip(body.as_bytes())),
        ("x-gzip", gzip(body.as_bytes())),
        ("deflate", zlib.finish().unwrap()),
        ("deflate", bare.finish().unwrap()),
    ] {
        let answer = exchange(server.cwmp, &post(&packed, &[&format!("Content-Encoding: {coding}")]));
        assert!(is_inform_response(&answer), "{coding}: {answer:?}");
    }
    let answer = exchange(server.cwmp, &post(body.as_bytes(), &["Content-Encoding: br"]));
    assert_eq!((answer.status, answer.header("accept-encoding")), (415, Some("gzip, deflate")));
    assert_eq!(exchange(server.cwmp, &post(b"garbage", &["Content-Encoding: gzip"])).status, 400);
}

/// Catalogue rows X1 to X3 and X6: every one is answered, none disturbs the next.
#[test]
fn bad_xml_is_refused() {
    let server = Server::start(OPEN);
    let laughs =
        r#"<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>"#.to_owned();
    let file = r#"<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>"#.to_owned();
    let deep = "<a>".repeat(100_000);
    let wide = format!("<a {}/>", numbered(50_000, |n| format!("a{n}='' ")));
    for (what, body) in [
        ("entities", laughs),
        ("external", file),
        ("nesting", deep),
        ("attributes", wide),
        ("cut", inform("CUT")[..400].to_owned()),
        ("text", "hello".to_owned()),
        ("html", "<html><body>x</body></html>".to_owned()),
        ("nul", "<\0\0\0>".to_owned()),
    ] {
        let answer = exchange(server.cwmp, &post(body.as_bytes(), &[]));
        let fault = answer.status == 200 && answer.text().contains("VersionMismatch");
        assert!(answer.status == 400 || fault, "{what}: {} {}", answer.status, answer.text());
        assert!(!answer.text().contains("root:"), "{what}");
    }
    assert!(is_inform_response(&send_inform(server.cwmp, "AFTER", &[])));
}

/// Catalogue row X4: fifty megabytes, announced or in chunks; memory stays flat and others are served meanwhile.
#[test]
fn x4_huge_bodies_are_refused() {
    let server = Server::start(OPEN);
    assert!(is_inform_response(&send_inform(server.cwmp, "BEFORE", &[])));
    let before = server.memory();
    let piece = vec![b'x'; 1 << 20];
    let attack = |chunked: bool| {
        let mut connection = Connection::open(server.cwmp);
        if chunked {
            connection.send(b"POST / HTTP/1.1\r\nHost: x\r\nCookie: lm=guess\r\nTransfer-Encoding: chunked\r\n\r\n");
        } else {
            connection.send(b"POST / HTTP/1.1\r\nHost: x\r\nCookie: lm=guess\r\nContent-Length: 52428800\r\n\r\n");
        }
        for _ in 0..50 {
            if chunked {
                let _ = connection.try_send(b"100000\r\n");
            }
            if connection.try_send(&piece).is_err() {
                break;
            }
            if chunked {
                let _ = connection.try_send(b"\r\n");
            }
        }
        let answer = connection.answer();
        assert_eq!((answer.status, answer.header("connection")), (413, Some("close")), "chunked: {chunked}");
        assert!(connection.is_closed_within(Duration::from_secs(7)));
    };
    std::thread::scope(|scope| {
        for chunked in [true, false, true, false] {
            scope.spawn(move || attack(chunked));
        }
        for n in 0..20 {
            let started = Instant::now();
            assert!(is_inform_response(&send_inform(server.cwmp, &format!("CALM{n}"), &[])));
            assert!(started.elapsed() < Duration::from_secs(3), "others must not wait");
        }
    });
    let grown = settled(&server, before, 80 << 20);
    assert!(grown < 80 << 20, "grown by {} MB", grown >> 20);
}

#[test]
fn a_first_body_is_small_and_later_ones_may_be_large() {
    let server = Server::start(OPEN);
    let large = format!("{}<!--{}-->", inform("LARGE"), "x".repeat(2 << 20));
    assert_eq!(exchange(server.cwmp, &post(large.as_bytes(), &[])).status, 413);

    // The same after an Inform on the same connection, without a cookie (rule 19).
    let mut connection = Connection::open(server.cwmp);
    connection.send(&post(inform("LARGE").as_bytes(), &[]));
    assert!(is_inform_response(&connection.answer()));
    connection.send(&post(large.as_bytes(), &[]));
    assert_ne!(connection.answer().status, 413);

    // 32 KB must always do (rule 30).
    let usual = format!("{}<!--{}-->", inform("USUAL"), "x".repeat(32 << 10));
    assert!(is_inform_response(&exchange(server.cwmp, &post(usual.as_bytes(), &[]))));
}

/// Catalogue row X5.
#[test]
fn x5_a_gzip_bomb_is_cut() {
    let server = Server::start(OPEN);
    let bomb = gzip(&vec![b' '; 200 << 20]);
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    let before = server.memory();
    for cookie in [None, Some("Cookie: lm=guess")] {
        let headers: Vec<&str> = ["Content-Encoding: gzip"].into_iter().chain(cookie).collect();
        assert_eq!(exchange(server.cwmp, &post(&bomb, &headers)).status, 413);
    }
    let grown = settled(&server, before, 80 << 20);
    assert!(grown < 80 << 20, "grown by {} MB", grown >> 20);
}

/// By how much the server has grown once the allocator gave back what was freed, which it does when other large pieces
/// come and go: at once if it is less than `wanted`, else after five seconds of messages of 4 MB.
fn settled(server: &Server, before: usize, wanted: usize) -> usize {
    let until = Instant::now() + Duration::from_secs(5);
    let large = "x".repeat(4 << 20);
    loop {
        let grown = server.memory().saturating_sub(before);
        if grown < wanted || Instant::now() > until {
            return grown;
        }
        exchange(server.cwmp, &post(large.as_bytes(), &["Cookie: lm=guess"]));
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Catalogue row P1.
#[test]
fn p1_slow_peers_are_cut_off() {
    let server = impatient();
    // A head that never ends.
    let mut slow_head = Connection::open(server.cwmp);
    slow_head.send(b"POST / HTTP/1.1\r\nHost: x\r\n");
    // A body that never comes.
    let mut slow_body = Connection::open(server.cwmp);
    slow_body.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<a");
    // Nothing at all.
    let mut silent = Connection::open(server.cwmp);

    let answer = slow_head.answer();
    assert_eq!((answer.status, answer.header("connection")), (408, Some("close")));
    assert!(slow_head.is_closed_within(Duration::from_secs(2)));
    let answer = slow_body.answer();
    assert_eq!((answer.status, answer.header("connection")), (408, Some("close")));
    assert!(slow_body.is_closed_within(Duration::from_secs(7)));
    assert!(silent.is_closed_within(Duration::from_secs(5)));

    // One byte at a time, always in time, never fast enough.
    let mut drip = Connection::open(server.cwmp);
    drip.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(1500) && drip.try_send(b"x").is_ok() {
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(drip.answer().status, 408);
    assert!(is_inform_response(&send_inform(server.cwmp, "QUICK", &[])));
}

#[test]
fn a_device_may_think_longer_than_a_head_may_take() {
    let server = impatient();
    let mut connection = Connection::open(server.cwmp);
    connection.send(&post(inform("THINKER").as_bytes(), &[]));
    let cookie = format!("Cookie: {}", connection.answer().cookie().unwrap());
    std::thread::sleep(Duration::from_secs(3));
    connection.send(&post(b"", &[&cookie]));
    assert!(matches!(connection.answer().status, 200 | 204));
}

#[test]
fn oversized_heads_are_refused() {
    let server = Server::start(OPEN);
    let long = format!("POST / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(100 << 10));
    assert_eq!(exchange(server.cwmp, long.as_bytes()).status, 431);
    let many = numbered(200, |n| format!("X-{n}: x\r\n"));
    assert_eq!(exchange(server.cwmp, format!("POST / HTTP/1.1\r\nHost: x\r\n{many}\r\n").as_bytes()).status, 431);
    assert_eq!(exchange(server.cwmp, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n").status, 400);
}

#[test]
fn connections_of_one_address_are_bounded() {
    let server = Server::start(&format!("[cwmp]\nmax_connections_per_address = 3\n{OPEN}"));
    let held: Vec<Connection> = (0..3).map(|_| Connection::open(server.cwmp)).collect();
    let refused = common::eventually("the fourth is refused", || {
        let mut fourth = Connection::open(server.cwmp);
        Some(fourth.read_until("\r\n\r\n")).filter(|answer| answer.starts_with("HTTP/1.1 503"))
    });
    assert!(refused.contains("Retry-After"), "{refused}");
    drop(held);
    common::eventually("there is room again", || {
        let mut connection = Connection::open(server.cwmp);
        connection.try_send(&post(inform("ROOM").as_bytes(), &[])).ok()?;
        connection.read_until("InformResponse").contains("InformResponse").then_some(())
    });
}

/// Secure by default: digest is asked for, Basic is not offered on plain HTTP (rules 36 and 38).
#[test]
fn strangers_are_challenged() {
    let server = Server::start("");
    let answer = send_inform(server.cwmp, "STRANGER", &[]);
    assert_eq!(answer.status, 401);
    let challenges: Vec<_> = answer.headers.iter().filter(|(name, _)| name == "www-authenticate").collect();
    assert_eq!(challenges.len(), 1, "{challenges:?}");
    assert!(challenges[0].1.starts_with("Digest "), "{challenges:?}");
    let password = std::fs::read_to_string(server.path("data/cpe-password")).unwrap();
    assert!(password.trim().len() >= 20);
    assert!(!server.log().contains(password.trim()) && !server.stdout().contains(password.trim()));
    assert!(server.stdout().contains("cpe-password"), "the terminal says where it is");
}
