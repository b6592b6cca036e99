//! The portal from outside: set-up, signing in, who may pass, headers, streams, files.
#![allow(clippy::unwrap_used)]

mod common;

use common::cpe::{inform, play_session, post};
use common::http::{Connection, exchange, form, get, post_form, request};
use common::{PASSWORD, Server, USERNAME};
use std::time::{Duration, Instant};

#[test]
fn the_first_administrator_comes_over_the_link() {
    let server = Server::start("");
    let link = server.setup.clone().unwrap();
    assert!(link.starts_with(&format!("http://{}/setup?token=", server.portal)), "{link}");
    assert!(server.stdout().contains(&link), "the terminal shows the link");
    assert!(!server.log().contains(&server.token()), "the log does not");

    // Before: every page leads to set-up.
    let home = get(server.portal, "/", None);
    assert_eq!((home.status, home.header("location")), (303, Some("/setup")));
    let page = get(server.portal, link.split_once(&server.portal.to_string()).unwrap().1, None);
    assert_eq!(page.status, 200);
    assert!(page.text().contains("<form"), "works without JavaScript");

    // A wrong token makes nobody an administrator.
    let wrong = form(&[("token", "guess"), ("username", USERNAME), ("name", "Maria Bell"), ("password", PASSWORD)]);
    assert_eq!(post_form(server.portal, "/fn/create_first_administrator", &wrong, "/setup", None).cookie(), None);

    let cookie = server.administrator();
    assert_eq!(get(server.portal, "/", Some(&cookie)).status, 200);
    // The link is used up.
    let again = form(&[("token", &server.token()), ("username", "second"), ("name", "Second"), ("password", PASSWORD)]);
    assert_eq!(post_form(server.portal, "/fn/create_first_administrator", &again, "/setup", None).cookie(), None);

    // A session survives a restart, and the link is gone.
    let server = server.restart();
    assert_eq!(server.setup, None);
    assert_eq!(get(server.portal, "/", Some(&cookie)).status, 200);
}

#[test]
fn signing_in_and_out_with_plain_forms() {
    let server = Server::start("");
    server.administrator();
    let devices = get(server.portal, "/devices?model=A%20B", None);
    assert_eq!(devices.status, 303);
    let to = devices.header("location").unwrap();
    assert_eq!(to, "/sign-in?next=/devices%3Fmodel%3DA%2520B");
    let page = get(server.portal, to, None);
    assert_eq!(page.status, 200);
    assert!(page.text().contains("<form") && page.text().contains("type=\"password\""));

    let refused = server.sign_in("wrong password wrong", "/devices");
    assert_eq!(refused.cookie(), None, "{refused:?}");

    let taken = server.sign_in(PASSWORD, "/devices?model=A%20B");
    assert_eq!((taken.status, taken.header("location")), (302, Some("/devices?model=A%20B")), "{taken:?}");
    let set = taken.header("set-cookie").unwrap();
    for attribute in ["lastmile=", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(set.contains(attribute), "{attribute} in {set}");
    }
    assert!(!set.contains("Secure"), "plain http: a Secure cookie would not come back");
    let cookie = taken.cookie().unwrap();
    let home = get(server.portal, "/", Some(&cookie));
    assert_eq!((home.status, home.header("cache-control")), (200, Some("no-store")));

    let out = post_form(server.portal, "/fn/sign_out", "", "/", Some(&cookie));
    assert!((302..=303).contains(&out.status), "{out:?}");
    assert_eq!(get(server.portal, "/", Some(&cookie)).status, 303, "the old cookie is worth nothing");
}

/// Catalogue row N1.
#[test]
fn n1_a_planted_session_is_not_taken_over() {
    let server = Server::start("");
    let first = server.administrator();
    let form = form(&[("username", USERNAME), ("password", PASSWORD), ("next", "/")]);
    let second = post_form(server.portal, "/fn/sign_in", &form, "/sign-in", Some(&first)).cookie().unwrap();
    assert_ne!(first, second);
    assert_eq!(get(server.portal, "/", Some(&first)).status, 303, "the id from before is gone");
    assert_eq!(get(server.portal, "/", Some(&second)).status, 200);
    assert_eq!(get(server.portal, "/", Some("lastmile=AAAAAAAAAAAAAAAAAAAAAA")).status, 303);
    assert_eq!(get(server.portal, "/", Some("lastmile=%00%ff!!")).status, 303);
}

/// Catalogue row W9.
#[test]
fn w9_signing_in_leads_to_local_pages_only() {
    let server = Server::start("");
    server.administrator();
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
    ] {
        let answer = server.sign_in(PASSWORD, next);
        let to = answer.header("location").unwrap();
        assert!(!to.contains("evil") && !to.contains("javascript") || to.starts_with("/sign-in"), "{next}: {to}");
    }
    assert_eq!(get(server.portal, "//evil.example/x", None).header("location"), Some("/sign-in"));
    // A form that says it comes from elsewhere is not sent back there.
    let form = form(&[("username", USERNAME), ("password", "wrong wrong wrong"), ("next", "/")]);
    let headers = [
        ("Accept", "text/html"),
        ("Referer", "https://evil.example/"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let answer =
        exchange(server.portal, request("POST", server.portal, "/fn/sign_in", None, &headers, &form).as_bytes());
    assert!(!answer.header("location").unwrap_or_default().contains("evil"), "{answer:?}");
}

/// Catalogue row W7.
#[test]
fn w7_other_sites_cannot_send_forms() {
    let server = Server::start("");
    server.administrator();
    let form = form(&[("username", USERNAME), ("password", PASSWORD), ("next", "/")]);
    let send = |headers: &[(&str, &str)]| {
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        let headers: Vec<_> = headers.iter().chain(&kind).copied().collect();
        exchange(server.portal, request("POST", server.portal, "/fn/sign_in", None, &headers, &form).as_bytes())
    };
    for headers in [
        &[("Origin", "https://evil.example")][..],
        &[("Origin", "null")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", "http://127.0.0.1:1")],
    ] {
        let answer = send(headers);
        assert_eq!((answer.status, answer.cookie()), (403, None), "{headers:?}");
    }
    assert!(send(&[("Sec-Fetch-Site", "same-origin")]).cookie().is_some());
    assert!(send(&[("Origin", &format!("http://{}", server.portal))]).cookie().is_some());
}

#[test]
fn nothing_works_without_signing_in() {
    let server = Server::start("");
    let cookie = server.administrator();
    for path in
        ["/", "/devices", "/devices/1", "/devices/1/parameters", "/search?q=x", "/no/such/page", "/pkg/no-such-file.js"]
    {
        assert_eq!(get(server.portal, path, None).status, 303, "{path}");
    }
    assert_eq!(get(server.portal, "/no/such/page", Some(&cookie)).status, 404);
    for path in [
        "/fn/overview",
        "/fn/devices",
        "/fn/device",
        "/fn/create_task",
        "/fn/no_such_function",
        "/fn/sign_out",
        "/fn/sign_in2",
    ] {
        let answer = exchange(server.portal, request("POST", server.portal, path, None, &[], "").as_bytes());
        assert!(answer.status == 401 || answer.status == 405, "{path}: {}", answer.status);
        let json = [("Content-Type", "application/json"), ("Accept", "application/json")];
        let answer = exchange(server.portal, request("POST", server.portal, path, None, &json, "{}").as_bytes());
        assert!(answer.status == 401 || answer.status == 405, "{path}: {}", answer.status);
    }
    for path in ["/live", "/live/devices/1"] {
        assert_eq!(get(server.portal, path, None).status, 401, "{path}");
    }
    let overview =
        exchange(server.portal, request("POST", server.portal, "/fn/overview", Some(&cookie), &[], "").as_bytes());
    assert_eq!(overview.status, 200, "{overview:?}");
}

#[test]
fn what_is_told_once_is_for_no_cache() {
    let server = Server::start("");
    let cookie = server.administrator();
    let origin = format!("http://{}", server.portal);
    let headers = [("Origin", origin.as_str()), ("Content-Type", "application/json"), ("Accept", "application/json")];
    let bodies = [
        ("/fn/device/reveal", r#"{"device":1,"path":"Device.X","reason":"because"}"#),
        ("/fn/access/open", r#"{"device":1,"minutes":15}"#),
    ];
    for (path, body) in bodies {
        let post = request("POST", server.portal, path, Some(&cookie), &headers, body);
        let answer = exchange(server.portal, post.as_bytes());
        assert_eq!((answer.status, answer.header("cache-control")), (404, Some("no-store")), "{path}: {answer:?}");
        // Not by a link that somebody follows.
        assert!(get(server.portal, path, Some(&cookie)).status >= 400, "{path}");
    }
}

#[test]
fn w6_headers_protect_every_answer() {
    let server = Server::start("");
    let cookie = server.administrator();
    for (path, cookie) in [
        ("/sign-in", None),
        ("/", Some(cookie.as_str())),
        ("/pkg/lastmile.js", None),
        ("/live", None),
        ("/healthz", None),
    ] {
        // The head alone: a stream has no end.
        let mut connection = Connection::open(server.portal);
        connection.send(request("GET", server.portal, path, cookie, &[("Accept", "text/html")], "").as_bytes());
        let answer = connection.head();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        for part in [
            "default-src 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "'wasm-unsafe-eval'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.replace("style-src-attr 'unsafe-inline'", "").contains("unsafe-inline"), "{policy}");
        assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 16), "{path}");
        assert_eq!(answer.header("strict-transport-security"), None, "plain http");
    }
    // Scripts of a page carry the nonce of its policy, and each page has its own.
    let page = get(server.portal, "/sign-in", None);
    let nonce = |answer: &common::http::Answer| {
        let policy = answer.header("content-security-policy").unwrap().to_owned();
        policy.split_once("'nonce-").unwrap().1.split_once('\'').unwrap().0.to_owned()
    };
    let (html, needle) = (page.text(), format!("nonce=\"{}\"", nonce(&page)));
    let scripts: Vec<&str> = html.split("<script").skip(1).filter_map(|rest| rest.split('>').next()).collect();
    assert!(!scripts.is_empty());
    assert!(scripts.iter().all(|tag| tag.contains(&needle)), "{scripts:?}");
    assert_ne!(nonce(&page), nonce(&get(server.portal, "/sign-in", None)));
}

#[test]
fn over_https_cookies_are_secure() {
    let server = Server::start("[portal]\npublic_url = \"https://acs.example.net\"\n");
    assert!(server.setup.clone().unwrap().starts_with("https://acs.example.net/setup?token="));
    let fields =
        form(&[("token", &server.token()), ("username", USERNAME), ("name", "Maria Bell"), ("password", PASSWORD)]);
    // As a proxy passes it on that does not keep the name of the host.
    let headers = [("Origin", "https://acs.example.net"), ("Content-Type", "application/x-www-form-urlencoded")];
    let answer = exchange(
        server.portal,
        request("POST", server.portal, "/fn/create_first_administrator", None, &headers, &fields).as_bytes(),
    );
    assert!(answer.header("set-cookie").unwrap().contains("Secure"), "{answer:?}");
    assert!(answer.header("strict-transport-security").unwrap().starts_with("max-age="));
}

#[test]
fn files_are_packed_and_checked_again() {
    let server = Server::start("");
    let plain = get(server.portal, "/pkg/lastmile.js", None);
    assert_eq!((plain.status, plain.header("cache-control")), (200, Some("no-cache")));
    assert!(plain.text().starts_with("export default"));
    let packed = exchange(
        server.portal,
        request("GET", server.portal, "/pkg/lastmile.js", None, &[("Accept-Encoding", "br")], "").as_bytes(),
    );
    assert_eq!((packed.header("content-encoding"), packed.text().as_str()), (Some("br"), "packed"));
    let since = plain.header("last-modified").unwrap();
    let again = exchange(
        server.portal,
        request("GET", server.portal, "/pkg/lastmile.js", None, &[("If-Modified-Since", since)], "").as_bytes(),
    );
    assert_eq!(again.status, 304);
    let lasting = get(server.portal, "/pkg/lastmile.js?v=0a1b2c3d4e", None);
    assert!(lasting.header("cache-control").unwrap().contains("immutable"));
    // Catalogue row F1.
    for path in [
        "/pkg/../../lastmile.toml",
        "/pkg/%2e%2e/%2e%2e/lastmile.toml",
        "/..%2flastmile.toml",
        "/pkg/%00",
        "/pkg//etc/passwd",
    ] {
        let answer = get(server.portal, path, None);
        assert_ne!(answer.status, 200, "{path}");
    }
}

#[test]
fn pages_are_compressed_and_bodies_are_bounded() {
    let server = Server::start("[portal]\nmax_body = \"16KB\"\n");
    let page = exchange(
        server.portal,
        request("GET", server.portal, "/setup", None, &[("Accept-Encoding", "gzip"), ("Accept", "text/html")], "")
            .as_bytes(),
    );
    assert_eq!(page.header("content-encoding"), Some("gzip"));
    let large = form(&[("username", &"x".repeat(20 << 10)), ("password", "y"), ("next", "/")]);
    let answer = post_form(server.portal, "/fn/sign_in", &large, "/sign-in", None);
    assert_eq!(answer.status, 413);
}

/// Opens a stream and reads its head.
fn listen(server: &Server, path: &str, cookie: &str) -> Connection {
    let mut stream = Connection::open(server.portal);
    stream.send(
        request(
            "GET",
            server.portal,
            path,
            Some(cookie),
            &[("Accept", "text/event-stream"), ("Accept-Encoding", "gzip")],
            "",
        )
        .as_bytes(),
    );
    let head = stream.head();
    assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")), "{head:?}");
    assert_eq!(head.header("content-encoding"), None, "streams are not compressed");
    stream
}

#[test]
fn open_pages_hear_of_devices() {
    let server = Server::start(common::OPEN);
    let cookie = server.administrator();
    let mut stream = listen(&server, "/live", &cookie);
    assert!(stream.read_until("retry: 3000").contains("retry: 3000"));
    play_session(server.cwmp, "LIVE");
    let heard = stream.read_until("\"LIVE\"");
    assert!(heard.contains("data: {") || heard.contains("data:{"), "{heard}");
    assert!(heard.contains("\"live\":\"new_device\""), "{heard}");
    assert!(stream.read_until("event: beat").contains("event: beat"));
}

/// Catalogue row N3.
#[test]
fn n3_a_stream_ends_with_the_session() {
    let server = Server::start("[portal]\nmax_streams_per_agent = 2\n");
    let cookie = server.administrator();
    let mut stream = listen(&server, "/live", &cookie);
    let _second = listen(&server, "/live", &cookie);
    assert_eq!(get(server.portal, "/live", Some(&cookie)).status, 429);
    let out = post_form(server.portal, "/fn/sign_out", "", "/", Some(&cookie));
    assert!((302..=303).contains(&out.status));
    let signed_out = Instant::now();
    assert!(stream.read_until("\r\n0\r\n\r\n").ends_with("\r\n0\r\n\r\n"), "the last chunk comes");
    assert!(signed_out.elapsed() < Duration::from_secs(8), "a few seconds after signing out");
    assert_eq!(get(server.portal, "/live", Some(&cookie)).status, 401);
}

/// Catalogue row L1: a password, a token, a cookie and an Authorization header that pass through leave no trace.
#[test]
fn l1_the_log_keeps_secrets() {
    let server = Server::start("[log]\nlevel = \"debug\"\n[cwmp.auth]\npassword = \"canary-cpe-password\"\n");
    let cookie = server.administrator();
    server.sign_in("canary-wrong-password", "/devices");
    get(server.portal, &format!("/setup?token={}", server.token()), None);
    get(server.portal, "/search?q=canary-search", Some(&cookie));
    exchange(
        server.cwmp,
        &post(inform("CANARY").as_bytes(), &["Authorization: Basic Y2FuYXJ5LWJhc2lj", "Cookie: lm=canary-cookie"]),
    );
    exchange(
        server.cwmp,
        &post(
            inform("CANARY").as_bytes(),
            &[
                "Authorization: Digest username=\"lastmile\", realm=\"x\", nonce=\"canary-nonce\", uri=\"/acs\", response=\"canary-response\"",
            ],
        ),
    );
    let log = server.log();
    assert!(log.contains("answered"), "requests are logged: {log}");
    let secret = cookie.split_once('=').unwrap().1;
    for canary in [
        PASSWORD,
        "canary-cpe-password",
        "canary-wrong-password",
        "Y2FuYXJ5",
        "canary-cookie",
        "canary-response",
        "canary-search",
        &server.token(),
        secret,
    ] {
        assert!(!log.contains(canary), "{canary} is in the log");
    }
}

/// Catalogue row I3: a hostile path cannot forge a line.
#[test]
fn i3_log_lines_cannot_be_forged() {
    let server = Server::start("[log]\nformat = \"pretty\"\n");
    get(server.portal, "/x%0aERROR%20forged", None);
    let mut connection = Connection::open(server.cwmp);
    connection.send(&post(b"<a\x1b[2J\nERROR forged", &[]));
    connection.answer();
    assert!(server.log().lines().all(|line| !line.starts_with("ERROR")), "{}", server.log());
    assert!(!server.log().contains('\u{1b}'));
}

#[test]
fn health_and_metrics_are_for_machines() {
    let server = Server::start(common::OPEN);
    for address in [server.portal, server.metrics] {
        assert_eq!(get(address, "/healthz", None).status, 200);
        assert_eq!(get(address, "/readyz", None).status, 200);
    }
    assert_ne!(get(server.portal, "/metrics", None).status, 200, "not on the portal");
    play_session(server.cwmp, "METRIC");
    get(server.portal, "/sign-in", None);
    let text = get(server.metrics, "/metrics", None).text();
    for sample in [
        "lastmile_cwmp_requests_total{status=\"200\"}",
        "lastmile_cwmp_requests_total{status=\"204\"}",
        "route=\"/sign-in\"",
        "lastmile_connections{listener=\"cwmp\"}",
        "lastmile_store_commits_total",
        "lastmile_cwmp_request_seconds_bucket",
        "process_resident_memory_bytes",
        "lastmile_build_info",
    ] {
        assert!(text.contains(sample), "{sample} is missing in\n{text}");
    }
    assert!(!text.contains("METRIC"), "no device has a label of its own");
}

#[test]
fn a_guide_is_begun_by_its_button_and_not_by_its_link() {
    let server = Server::start(common::OPEN);
    let cookie = server.administrator();
    play_session(server.cwmp, "GUIDE");
    let page = "/devices/1/guide/no-internet";
    let look = || {
        let answer = get(server.portal, page, Some(&cookie));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.text()
    };
    for _ in 0..2 {
        let before = look();
        assert!(before.contains("Begin the guide") && before.contains("sends nothing to the router"), "{before}");
        assert!(!before.contains("aria-current=\"step\""), "opened, not begun: {before}");
    }
    // The form works without WebAssembly, and leads back to the page.
    let fields = form(&[("device", "1"), ("kind", "no-internet")]);
    let begun = post_form(server.portal, "/fn/guide/begin", &fields, page, Some(&cookie));
    assert!((302..=303).contains(&begun.status), "{begun:?}");
    assert!(begun.header("location").is_some_and(|to| to.trim_end_matches('?').ends_with(page)), "{begun:?}");
    let running = look();
    assert!(running.contains("aria-current=\"step\"") && !running.contains("Begin the guide"), "{running}");
    // What is no guide begins nothing.
    let wrong = form(&[("device", "1"), ("kind", "slow")]);
    post_form(server.portal, "/fn/guide/begin", &wrong, "/devices/1/guide/slow-wifi", Some(&cookie));
    let other = get(server.portal, "/devices/1/guide/slow-wifi", Some(&cookie)).text();
    assert!(other.contains("Begin the guide"), "{other}");
}

#[test]
fn pages_say_times_in_the_zone_of_whoever_looks() {
    let server = Server::start(common::OPEN);
    let cookie = server.administrator();
    play_session(server.cwmp, "ZONE");
    let titles = |cookies: &str| {
        let page = get(server.portal, "/devices/1", Some(&format!("{cookie}{cookies}"))).text();
        let titles: Vec<_> = page.split("title=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        titles.into_iter().filter(|title| title.contains(" 20") && title.contains(':')).map(str::to_owned).collect()
    };
    let all = |titles: Vec<String>, end: &str| {
        assert!(!titles.is_empty());
        assert!(titles.iter().all(|title| title.ends_with(end)), "{end}: {titles:?}");
    };
    all(titles(""), " UTC");
    all(titles("; browser-zone=Europe/Berlin; zone=Asia/Tokyo"), ", Asia/Tokyo");
    all(titles("; browser-zone=Europe/Berlin; zone=utc"), " UTC");
    // As the browser's own clock shows them, which needs no name.
    let own: Vec<String> = titles("; browser-zone=Asia/Tokyo");
    assert!(!own.is_empty() && own.iter().all(|title| !title.contains("UTC") && !title.contains("Tokyo")), "{own:?}");
    // What is no zone is none.
    all(titles("; browser-zone=../../etc/passwd; zone=%3Cb%3E"), " UTC");
}
