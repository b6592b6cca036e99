//! Files from outside: images that devices load with links of their own, and what they send; uploads and downloads of
//! agents.
#![allow(clippy::unwrap_used)]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use common::cpe::play_session;
use common::http::{Answer, Connection, exchange, request};
use common::{OPEN, Server};
use cwmp::digest::{DigestClient, basic_authorization};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A server with one device, its administrator's cookie, and the means to make links as it makes them.
struct House {
    server: Server,
    cookie: String,
    device: i64,
    key: Vec<u8>,
}

impl House {
    fn new(settings: &str) -> Self {
        let server = Server::start(&format!("{OPEN}{settings}"));
        let cookie = server.administrator();
        play_session(server.cwmp, "S1");
        let digits = std::fs::read_to_string(server.path("data/file-link-key")).unwrap();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        let key = digits.trim().as_bytes().chunks(2).map(byte).collect();
        Self { server, cookie, device: 1, key }
    }

    fn files(&self) -> SocketAddr {
        self.server.files
    }

    /// A server function.
    fn call(&self, path: &str, body: &Value) -> Answer {
        let origin = format!("http://{}", self.server.portal);
        let headers =
            [("Origin", origin.as_str()), ("Content-Type", "application/json"), ("Accept", "application/json")];
        let request = request("POST", self.server.portal, path, Some(&self.cookie), &headers, &body.to_string());
        exchange(self.server.portal, request.as_bytes())
    }

    fn task(&self, kind: &Value) -> i64 {
        let answer = self.call("/fn/device/task", &json!({ "device": self.device, "kind": kind }));
        assert_eq!(answer.status, 200, "{}", answer.text());
        serde_json::from_str::<Value>(&answer.text()).unwrap()["id"].as_i64().unwrap()
    }

    fn upload_task(&self) -> i64 {
        self.task(&json!({ "kind": "upload", "what": { "what": "configuration", "instance": null } }))
    }

    fn download_task(&self, file: &Value) -> i64 {
        self.task(&json!({ "kind": "download", "file": file }))
    }

    /// An upload as the portal's page makes it; what follows `sha256=` in its address is `sha256`.
    fn upload(&self, input: &Value, sha256: &str, contents: &[u8]) -> Answer {
        exchange(self.server.portal, &self.upload_request(input, sha256, contents.len(), contents))
    }

    fn upload_request(&self, input: &Value, sha256: &str, announced: usize, contents: &[u8]) -> Vec<u8> {
        let encode =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let portal = self.server.portal;
        let mut head = format!(
            "POST /files/upload?input={}&sha256={sha256} HTTP/1.1\r\nHost: {portal}\r\nOrigin: http://{portal}\r\n",
            encode(&input.to_string())
        );
        write!(head, "Cookie: {}\r\nContent-Length: {announced}\r\n\r\n", self.cookie).unwrap();
        [head.as_bytes(), contents].concat()
    }

    /// The whole `FileRef` of an image that was uploaded.
    fn image(&self, contents: &[u8]) -> Value {
        let answer = self.upload(&input("fw.bin"), "", contents);
        assert_eq!(answer.status, 200, "{}", answer.text());
        serde_json::from_str::<Value>(&answer.text()).unwrap()["file"].clone()
    }

    fn mac(&self, message: &[u8]) -> [u8; 16] {
        let mac = Hmac::<Sha256>::new_from_slice(&self.key).unwrap().chain_update(message).finalize().into_bytes();
        mac[..16].try_into().unwrap()
    }

    /// The token of a link that was made `ago` seconds before its end of 60 seconds.
    fn token(&self, kind: u8, task: i64, file: i64, seconds_left: i64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
        let mut bytes = vec![kind];
        for number in [self.device, task, now + seconds_left * 1000, file] {
            bytes.extend(number.to_be_bytes());
        }
        let signature = self.mac(&bytes);
        bytes.extend(signature);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn password(&self, token: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(format!("password of {token}").as_bytes()))
    }

    /// A link to an image, with the header line that opens it.
    fn download_link(&self, file: &Value) -> (String, String) {
        let token = self.token(1, self.download_task(file), file["id"].as_i64().unwrap(), 60);
        let basic = format!("Authorization: {}", basic_authorization("lastmile", &self.password(&token)));
        (format!("/files/{token}/image.bin"), basic)
    }

    /// What devices sent, newest first.
    fn received(&self) -> Vec<Value> {
        let answer = self.call("/fn/files", &json!({ "from": "devices", "cursor": null }));
        assert_eq!(answer.status, 200, "{}", answer.text());
        serde_json::from_str::<Value>(&answer.text()).unwrap()["items"].as_array().unwrap().clone()
    }

    fn contents(&self, id: i64) -> Answer {
        common::http::get(self.server.portal, &format!("/files/{id}/content"), Some(&self.cookie))
    }

    /// All files below the folder of contents.
    fn on_disk(&self) -> Vec<std::path::PathBuf> {
        fn below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
            let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
            let paths = entries.map(|entry| entry.unwrap().path());
            paths.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
        }
        below(&self.server.path("data/files"))
    }
}

fn input(name: &str) -> Value {
    json!({ "name": name, "file_type": { "type": "firmware" }, "version": "2.0", "models": ["Box"], "notes": "" })
}

/// A request to the listener for files, with the headers given as whole lines.
fn ask(method: &str, path: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: files\r\n");
    for header in headers {
        write!(request, "{header}\r\n").unwrap();
    }
    if !body.is_empty() && !headers.iter().any(|header| header.starts_with("Transfer-Encoding")) {
        write!(request, "Content-Length: {}\r\n", body.len()).unwrap();
    }
    [request.as_bytes(), b"\r\n", body].concat()
}

/// Bytes that do not repeat.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The digest answer to a 401.
fn digest(refused: &Answer, method: &str, uri: &str, password: &str) -> String {
    assert_eq!(refused.status, 401, "{refused:?}");
    let mut client = DigestClient::new(refused.header("www-authenticate").unwrap()).unwrap();
    format!("Authorization: {}", client.authorize(method, uri, "lastmile", password, "0123456789abcdef"))
}

#[test]
fn rule_231_a_30_mb_image_is_resumed_by_range() {
    let house = House::new("");
    let image = noise(30 << 20);
    let sha256 = hex(&Sha256::digest(&image));
    let file = house.image(&image);
    assert_eq!((file["size"].as_u64(), file["sha256"].as_str()), (Some(30 << 20), Some(sha256.as_str())));
    let (path, basic) = house.download_link(&file);
    let tag = format!("\"{sha256}\"");

    // Everything on one kept connection.
    let mut connection = Connection::open(house.files());
    connection.send(&ask("HEAD", &path, &[&basic], b""));
    let head = connection.head();
    assert_eq!((head.status, head.header("content-length")), (200, Some("31457280")), "{head:?}");
    assert_eq!((head.header("accept-ranges"), head.header("etag")), (Some("bytes"), Some(tag.as_str())));
    assert_eq!(head.header("content-type"), Some("application/octet-stream"));

    connection.send(&ask("GET", &path, &[&basic, "Range: bytes=0-10485759"], b""));
    let first = connection.answer();
    assert_eq!((first.status, first.header("content-range")), (206, Some("bytes 0-10485759/31457280")));
    let go_on = format!("If-Range: {tag}");
    connection.send(&ask("GET", &path, &[&basic, "Range: bytes=10485760-", &go_on], b""));
    let rest = connection.answer();
    assert_eq!((rest.status, rest.header("content-length")), (206, Some("20971520")));
    assert!([first.body, rest.body].concat() == image, "the parts make the whole");

    let whole = exchange(house.files(), &ask("GET", &path, &[&basic], b""));
    assert_eq!(whole.status, 200);
    assert!(whole.body == image);

    connection.send(&ask("GET", &path, &[&basic, &format!("If-None-Match: {tag}")], b""));
    assert_eq!(connection.answer().status, 304);
    connection.send(&ask("GET", &path, &[&basic, "Range: bytes=5-", "If-Range: \"other\""], b""));
    assert_eq!(connection.answer().status, 200, "another file is sent from its beginning");
}

#[test]
fn f4_absurd_ranges_are_refused_or_capped() {
    let house = House::new("");
    let (path, basic) = house.download_link(&house.image(&noise(5000)));
    let of = |range: &str| exchange(house.files(), &ask("GET", &path, &[&basic, &format!("Range: {range}")], b""));
    let outside = of("bytes=5000-");
    assert_eq!((outside.status, outside.header("content-range")), (416, Some("bytes */5000")));
    let capped = of("bytes=4990-99999999999999999999");
    assert_eq!((capped.status, capped.body.len()), (206, 10));
    let many = format!("bytes={}", vec!["0-4999"; 500].join(","));
    let many = of(&many);
    assert_eq!((many.status, many.body.len()), (200, 5000), "once, not five hundred times");
}

#[test]
fn rule_56_digest_and_basic_open_a_link_and_nothing_else_does() {
    let house = House::new("");
    let file = house.image(b"image");
    let (path, basic) = house.download_link(&file);
    let token = path.split('/').nth(2).unwrap();
    let refused = exchange(house.files(), &ask("GET", &path, &[], b""));
    let challenges: Vec<_> = refused.headers.iter().filter(|(name, _)| name == "www-authenticate").collect();
    assert!(challenges[0].1.starts_with("Digest ") && challenges[0].1.contains("algorithm=MD5"), "{challenges:?}");
    assert!(challenges[1].1.starts_with("Basic "), "{challenges:?}");

    // On another connection than the challenge came on.
    let answer = digest(&refused, "GET", &path, &house.password(token));
    let opened = exchange(house.files(), &ask("GET", &path, &[&answer], b""));
    assert_eq!((opened.status, opened.body.as_slice()), (200, b"image".as_slice()));
    let replayed = exchange(house.files(), &ask("GET", &path, &[&answer], b""));
    assert!(replayed.status == 401 && replayed.header("www-authenticate").unwrap().contains("stale=true"));
    assert_eq!(exchange(house.files(), &ask("GET", &path, &[&basic], b"")).status, 200);

    let wrong = digest(&refused, "GET", &path, "guessed");
    assert_eq!(exchange(house.files(), &ask("GET", &path, &[&wrong], b"")).status, 401);
    // Credentials of another link.
    let (other, _) = house.download_link(&house.image(b"other"));
    assert_eq!(exchange(house.files(), &ask("GET", &other, &[&basic], b"")).status, 401);
    assert_eq!(exchange(house.files(), &ask("DELETE", &path, &[&basic], b"")).status, 405);
}

#[test]
fn old_parsers_find_the_headers_of_a_link_letter_by_letter() {
    let house = House::new("");
    let (path, basic) = house.download_link(&house.image(b"image"));
    let head = |headers: &[&str]| {
        let mut connection = Connection::open(house.files());
        connection.send(&ask("GET", &path, headers, b""));
        connection.read_until("\r\n\r\n")
    };
    let refused = head(&[]);
    for line in ["\r\nWWW-Authenticate: Digest ", "\r\nWWW-Authenticate: Basic "] {
        assert!(refused.contains(line), "{line:?} in {refused:?}");
    }
    let opened = head(&[&basic]);
    for line in ["\r\nContent-Length: 5", "\r\nContent-Type: ", "\r\nAccept-Ranges: ", "\r\nETag: \""] {
        assert!(opened.contains(line), "{line:?} in {opened:?}");
    }
}

#[test]
fn rule_45_what_is_tolerated_of_a_device_is_tolerated_of_its_links() {
    let house = House::new("");
    let (path, _) = house.download_link(&house.image(b"image"));
    let token = house.token(2, house.upload_task(), 0, 60);
    let upload = format!("/uploads/{token}");
    // As RFC 2069 has it: without qop.
    let plain = |method: &str, path: &str, password: &str, body: &[u8]| {
        let mut refused = exchange(house.files(), &ask(method, path, &[], body));
        for (_, value) in &mut refused.headers {
            *value = value.replace("qop=\"auth\", ", "");
        }
        let answer = digest(&refused, method, path, password);
        assert!(!answer.contains("qop"), "{answer}");
        exchange(house.files(), &ask(method, path, &[&answer], body)).status
    };
    let both = || {
        let opens = house.password(path.split('/').nth(2).unwrap());
        (plain("GET", &path, &opens, b""), plain("PUT", &upload, &house.password(&token), b"config"))
    };
    assert_eq!(both(), (401, 401));
    let decided =
        house.call("/fn/protocol/decide", &json!({ "device": house.device, "overrides": { "digest_rfc2069": true } }));
    assert_eq!(decided.status, 200, "{}", decided.text());
    assert_eq!(both(), (200, 200));
    assert_eq!(plain("GET", &path, "guessed", b""), 401);
}

#[test]
fn rule_233_f4_expired_guessed_and_used_links_are_refused() {
    let house = House::new("");
    let file = house.image(b"image");
    let task = house.download_task(&file);
    let of = |token: &str| {
        let basic = format!("Authorization: {}", basic_authorization("lastmile", &house.password(token)));
        exchange(house.files(), &ask("GET", &format!("/files/{token}/image.bin"), &[&basic], b"")).status
    };
    let id = file["id"].as_i64().unwrap();
    let good = house.token(1, task, id, 60);
    assert_eq!(of(&good), 200);
    assert_eq!(of(&house.token(1, task, id, -1)), 403, "expired");
    assert_eq!(of(&house.token(1, task + 7, id, 60)), 403, "of no task");
    assert_eq!(of(&house.token(2, task, 0, 60)), 403, "for sending, not for loading");
    let mut guessed = good.clone().into_bytes();
    guessed[5] = if guessed[5] == b'A' { b'B' } else { b'A' };
    assert_eq!(of(std::str::from_utf8(&guessed).unwrap()), 403, "changed");
    assert_eq!(of("AAAA"), 403);
    assert_eq!(exchange(house.files(), &ask("GET", "/etc/passwd", &[], b"")).status, 404);
    assert_eq!(exchange(house.files(), &ask("GET", "/files/..%2f..%2fetc/passwd", &[], b"")).status, 403);

    let cancelled = house.call("/fn/task/cancel", &json!({ "task": task }));
    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    assert_eq!(of(&good), 403, "its task has ended");
    let metrics = common::http::get(house.server.metrics, "/metrics", None).text();
    for line in [r#"kind="download",outcome="good""#, r#"kind="download",outcome="expired""#, r#"outcome="unknown""#] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
}

#[test]
fn f3_an_image_that_was_cut_or_swapped_on_disk_is_not_handed_out() {
    let house = House::new("");
    let (path, basic) = house.download_link(&house.image(b"image"));
    let status = || exchange(house.files(), &ask("GET", &path, &[&basic], b"")).status;
    assert_eq!(status(), 200);
    let place = house.on_disk().remove(0);
    std::fs::write(&place, b"imag").unwrap();
    assert_eq!(status(), 503, "cut");
    std::fs::write(&place, b"IMAGE").unwrap();
    assert_eq!(status(), 503, "swapped for one of the same size");
    std::fs::write(&place, b"image").unwrap();
    assert_eq!(status(), 200);
    std::fs::remove_file(&place).unwrap();
    assert_eq!(status(), 503, "gone");
}

#[test]
fn rule_236_a_put_with_expect_is_challenged_before_its_body_and_stored_once() {
    let house = House::new("");
    let token = house.token(2, house.upload_task(), 0, 60);
    let path = format!("/uploads/{token}/");
    let contents = noise(300_000);
    let length = format!("Content-Length: {}", contents.len());

    let mut first = Connection::open(house.files());
    first.send(&ask("PUT", &path, &["Expect: 100-continue", &length], b""));
    let refused = first.head();
    assert_eq!(refused.status, 401, "and not 100: the body is not wanted yet");
    let answer = digest(&refused, "PUT", &path, &house.password(&token));

    let mut second = Connection::open(house.files());
    second.send(&ask("PUT", &path, &["Expect: 100-continue", &length, &answer], b""));
    assert_eq!(second.head().status, 100);
    second.send(&contents);
    assert_eq!(second.answer().status, 200);

    let received = house.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0]["file"]["sha256"], hex(&Sha256::digest(&contents)));
    assert_eq!((received[0]["device"].as_i64(), received[0]["by"].as_str()), (Some(house.device), None));
    let back = house.contents(received[0]["file"]["id"].as_i64().unwrap());
    assert!(back.status == 200 && back.body == contents);
    assert_eq!(back.header("x-content-type-options"), Some("nosniff"));
    assert!(back.header("content-disposition").unwrap().starts_with("attachment;"), "{back:?}");
}

#[test]
fn rules_236_and_237_devices_send_as_they_like() {
    let house = House::new("");
    let send = |method: &str, tail: &str, headers: &[&str], body: &[u8]| {
        let token = house.token(2, house.upload_task(), 0, 60);
        let path = format!("/uploads/{token}{tail}");
        let mut connection = Connection::open(house.files());
        // Without asking first: what comes of the body is read, and the connection kept.
        connection.send(&ask(method, &path, headers, body));
        let refused = connection.answer();
        let answer = digest(&refused, method, &path, &house.password(&token));
        let headers: Vec<&str> = headers.iter().copied().chain([answer.as_str()]).collect();
        connection.send(&ask(method, &path, &headers, body));
        let answer = connection.answer();
        assert_eq!(answer.status, 200, "{method} {tail}: {answer:?}");
        let newest = house.received().remove(0);
        let id = newest["file"]["id"].as_i64().unwrap();
        (newest["file"]["name"].as_str().unwrap().to_owned(), house.contents(id).body)
    };
    let chunked = b"5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n";
    let (name, body) = send("PUT", "/", &["Transfer-Encoding: chunked"], chunked);
    assert_eq!((name.as_str(), body.as_slice()), ("configuration of S1", b"hello, world".as_slice()));
    let (name, body) = send("PUT", "/backup%20one.cfg", &[], b"appended its name");
    assert_eq!((name.as_str(), body.as_slice()), ("backup one.cfg", b"appended its name".as_slice()));
    let (_, body) = send("PUT", "", &[], b"lost the slash");
    assert_eq!(body, b"lost the slash");
    let (_, body) = send("POST", "/", &["Content-Type: application/octet-stream"], b"posted");
    assert_eq!(body, b"posted");
    let form = b"--xx\r\nContent-Disposition: form-data; name=\"what\"\r\n\r\nconfig\r\n--xx\r\nContent-Disposition: \
        form-data; name=\"f\"; filename=\"../../etc/cron.d/x\"\r\nContent-Type: application/octet-stream\r\n\r\nfrom a \
        form\r\n--xx--\r\n";
    let (name, body) = send("POST", "/", &["Content-Type: multipart/form-data; boundary=xx"], form);
    // f1: what a device calls its file is text.
    assert_eq!((name.as_str(), body.as_slice()), ("x", b"from a form".as_slice()));
}

#[test]
fn a_file_that_is_sent_again_replaces_the_first() {
    let house = House::new("");
    let token = house.token(2, house.upload_task(), 0, 60);
    let basic = format!("Authorization: {}", basic_authorization("lastmile", &house.password(&token)));
    for contents in [b"first".as_slice(), b"second"] {
        let answer = exchange(house.files(), &ask("PUT", &format!("/uploads/{token}/"), &[&basic], contents));
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let received = house.received();
    assert_eq!((received.len(), received[0]["file"]["size"].as_u64()), (1, Some(6)));
    assert_eq!(house.on_disk().len(), 1, "the first one's contents are gone");
}

#[test]
fn f5_an_upload_over_the_limit_or_cut_off_leaves_nothing() {
    let house = House::new("[files]\nmax_received = \"64KB\"\nmax_size = \"1MB\"\n");
    let token = house.token(2, house.upload_task(), 0, 60);
    let path = format!("/uploads/{token}/");
    let basic = format!("Authorization: {}", basic_authorization("lastmile", &house.password(&token)));
    let announced = exchange(house.files(), &ask("PUT", &path, &[&basic], &noise(200_000)));
    assert_eq!(announced.status, 413);
    // Not announced: seen on the way.
    let mut chunked = Connection::open(house.files());
    chunked.send(&ask("PUT", &path, &[&basic, "Transfer-Encoding: chunked"], b""));
    for _ in 0..5 {
        let _ = chunked.try_send(&[b"4000\r\n".as_slice(), &noise(0x4000), b"\r\n"].concat());
    }
    assert_eq!(chunked.answer().status, 413);
    // A device that is switched off half-way.
    let mut cut = Connection::open(house.files());
    cut.send(&ask("PUT", &path, &[&basic, "Content-Length: 50000"], b""));
    cut.send(&noise(20_000));
    cut.close_sending();
    assert_eq!(cut.answer().status, 400);
    let empty = exchange(house.files(), &ask("PUT", &path, &[&basic, "Content-Length: 0"], b""));
    assert_eq!(empty.status, 400);
    // An agent's, too.
    let mut agent = Connection::open(house.server.portal);
    agent.send(&house.upload_request(&input("fw.bin"), "", 500_000, &noise(100_000)));
    agent.close_sending();
    let _ = agent.is_closed_within(Duration::from_secs(20));
    let large = house.upload(&input("fw.bin"), "", &noise(8 << 20));
    assert!(large.status == 422 && large.text().contains("larger than 1.0 MB"), "{}", large.text());

    common::eventually("everything is cleared away", || house.on_disk().is_empty().then_some(()));
    assert_eq!(house.received(), Vec::<Value>::new());
    // And the same link still takes a good one.
    assert_eq!(exchange(house.files(), &ask("PUT", &path, &[&basic], b"good")).status, 200);
}

#[test]
fn f5_a_disk_that_takes_nothing_is_said_plainly() {
    let house = House::new("");
    // In the way of the folder: as good as a full disk, and root cannot write there either.
    std::fs::write(house.server.path("data/files"), "").unwrap();
    let answer = house.upload(&input("fw.bin"), "", b"image");
    assert_eq!(answer.status, 507, "{answer:?}");
    assert!(answer.text().contains("Nothing was changed"), "{}", answer.text());
    let token = house.token(2, house.upload_task(), 0, 60);
    let basic = format!("Authorization: {}", basic_authorization("lastmile", &house.password(&token)));
    let answer = exchange(house.files(), &ask("PUT", &format!("/uploads/{token}/"), &[&basic], b"x"));
    assert!(answer.status == 503 && answer.header("retry-after").is_some(), "{answer:?}");
    assert_eq!(house.received(), Vec::<Value>::new());
}

#[test]
fn f1_f3_what_cannot_be_right_is_refused_at_upload() {
    let house = House::new("");
    for name in ["", "../fw.bin", "/etc/passwd", "a\\b", "a\u{0}b", "a\r\nb", ".."] {
        let answer = house.upload(&input(name), "", b"image");
        assert!(answer.status == 422 && answer.text().contains("name of a file"), "{name:?}: {}", answer.text());
    }
    let other = hex(&Sha256::digest(b"another image"));
    let swapped = house.upload(&input("fw.bin"), &other, b"image");
    assert!(swapped.status == 422 && swapped.text().contains("another SHA-256"), "{}", swapped.text());
    let empty = house.upload(&input("fw.bin"), "", b"");
    assert!(empty.status == 422 && empty.text().contains("empty"), "{}", empty.text());
    let mut log = input("fw.bin");
    log["file_type"] = json!({ "type": "log" });
    assert_eq!(house.upload(&log, "", b"image").status, 422);
    assert_eq!(house.on_disk(), Vec::<std::path::PathBuf>::new());
    let right = house.upload(&input("fw.bin"), &hex(&Sha256::digest(b"image")).to_uppercase(), b"image");
    assert_eq!(right.status, 200, "{}", right.text());
}

// Made by minisign of a file with the word `test`.
const MAKER: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
const SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1556193335\tfile:test
y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==
";

#[test]
fn f3_an_image_is_kept_with_a_signature_that_fits_it_alone() {
    let house = House::new(&format!("[files]\nsigning_keys = [\"maker:{MAKER}\"]\nrequire_signature = true\n"));
    let signature = format!("&signature={}", STANDARD.encode(SIGNATURE));
    for (proof, contents, words) in [
        ("", b"test", "Firmware needs a signature here"),
        ("&signature=aGVsbG8=", b"test", "none that Lastmile knows"),
        (signature.as_str(), b"tesT", "is not one of “maker” for this file"),
    ] {
        let refused = house.upload(&input("fw.bin"), proof, contents);
        assert!(refused.status == 422 && refused.text().contains(words), "{}", refused.text());
    }
    assert_eq!(house.on_disk(), Vec::<std::path::PathBuf>::new());
    let kept = house.upload(&input("fw.bin"), &signature, b"test");
    assert_eq!(kept.status, 200, "{}", kept.text());
    assert_eq!(serde_json::from_str::<Value>(&kept.text()).unwrap()["signed_by"], "maker");
}

#[test]
fn f3_an_image_for_another_model_is_not_ordered() {
    let house = House::new("");
    let mut other = input("fw.bin");
    other["models"] = json!(["Other box"]);
    let answer = house.upload(&other, "", b"image");
    let file = serde_json::from_str::<Value>(&answer.text()).unwrap()["file"].clone();
    let kind = json!({ "kind": "download", "file": file });
    let refused = house.call("/fn/device/task", &json!({ "device": house.device, "kind": kind }));
    assert!(refused.status == 422 && refused.text().contains("is for Other box"), "{}", refused.text());
    // What a page claims of a file is not believed.
    let mut forged = house.image(b"image 2");
    forged["id"] = file["id"].clone();
    let kind = json!({ "kind": "download", "file": forged });
    assert_eq!(house.call("/fn/device/task", &json!({ "device": house.device, "kind": kind })).status, 422);
}

#[test]
fn a_file_that_a_task_needs_is_not_deleted_and_shared_contents_stay() {
    let house = House::new("");
    let (first, copy) = (house.image(b"image"), house.image(b"image"));
    let task = house.download_task(&first);
    let delete = |file: &Value| house.call("/fn/file/delete", &json!({ "file": file["id"] }));
    let refused = delete(&first);
    assert!(refused.status == 422 && refused.text().contains("1 router has yet to load it"), "{}", refused.text());
    assert_eq!(house.call("/fn/task/cancel", &json!({ "task": task })).status, 200);
    assert_eq!(delete(&first).status, 200);
    assert_eq!(delete(&first).status, 404);
    assert_eq!(house.on_disk().len(), 1, "the copy has the same contents");
    assert_eq!(house.contents(copy["id"].as_i64().unwrap()).body, b"image");
    assert_eq!(delete(&copy).status, 200);
    assert_eq!(house.on_disk().len(), 0);
}

#[test]
fn w6_files_of_the_portal_are_for_those_who_may() {
    let house = House::new("");
    let file = house.image(b"<script>alert(1)</script>");
    let path = format!("/files/{}/content", file["id"]);
    let shown = common::http::get(house.server.portal, &path, Some(&house.cookie));
    assert_eq!(shown.header("content-type"), Some("application/octet-stream"));
    assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
    assert!(shown.header("content-disposition").unwrap().starts_with("attachment; filename=\"fw.bin\""));
    assert_eq!(common::http::get(house.server.portal, &path, None).status, 303, "not signed in");
    let mut foreign = house.upload_request(&input("fw.bin"), "", 5, b"image");
    let text = String::from_utf8(foreign.clone()).unwrap();
    foreign = text.replace(&format!("Origin: http://{}", house.server.portal), "Origin: http://evil.example").into();
    assert_eq!(exchange(house.server.portal, &foreign).status, 403, "from another site");
    let stranger = text.replace(&format!("Cookie: {}", house.cookie), "Cookie: lastmile=x");
    assert_eq!(exchange(house.server.portal, stranger.as_bytes()).status, 401);
}
