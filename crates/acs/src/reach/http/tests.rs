use super::*;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::Instant;

#[test]
fn rule_277_urls_are_read_strictly() {
    let target = |url| parse(url).map(|t| (t.host.to_owned(), t.port, t.path));
    let some = |host: &str, port, path: &str| Some((host.to_owned(), port, path.to_owned()));
    assert_eq!(target("http://192.0.2.1:7547/a?b=c#d"), some("192.0.2.1", 7547, "/a?b=c"));
    assert_eq!(target("HTTP://u:p@host"), some("host", 80, "/"));
    assert_eq!(target("http://[2001:db8::1]:80/x"), some("2001:db8::1", 80, "/x"));
    assert_eq!(target("http://[2001:db8::1]/x"), some("2001:db8::1", 80, "/x"));
    assert_eq!(target("http://host?x=1"), some("host", 80, "/?x=1"));
}

#[test]
fn s1_only_http_is_a_scheme() {
    for bad in [
        "",
        "https://host/",
        "file:///etc/passwd",
        "file://host/etc/passwd",
        "http://",
        "http://host:0/",
        "http://host:99999/",
        "http://a/\r\nX: y",
        "http://[::1/x",
        "gopher://host/",
        "http://ho st/",
    ] {
        assert_eq!(parse(bad), None, "{bad}");
    }
}

/// Serves each connection with a script: one answer a request, then closes. The requests come out of the channel.
async fn serve(scripts: Vec<Vec<&'static str>>) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/path?a=b", listener.local_addr().unwrap());
    let (seen, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for script in scripts {
            let (mut stream, _) = listener.accept().await.unwrap();
            for answer in script {
                let mut head = Vec::new();
                while head_end(&head).is_none() {
                    let mut chunk = [0; 1024];
                    let n = stream.read(&mut chunk).await.unwrap_or(0);
                    if n == 0 {
                        break;
                    }
                    head.extend_from_slice(&chunk[..n]);
                }
                let _ = seen.send(String::from_utf8(head).unwrap());
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        }
    });
    (url, requests)
}

const OWN: Credentials<'_> = Credentials { username: "u", password: "p", factory: false };
const FACTORY: Credentials<'_> = Credentials { username: "admin", password: "admin", factory: true };
const YES: Reached = Reached::Accepted(Accepted { unprotected: false, factory: false });

fn loopback() -> EgressPolicy {
    EgressPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()], ..EgressPolicy::default() }
}

async fn call_with(url: &str, credentials: &[Credentials<'_>], basic: bool) -> Reached {
    let call = Call { url, credentials, basic, peer: None, use_peer: false };
    connection_request(&call, &loopback()).await
}

async fn call(url: &str) -> Reached {
    call_with(url, &[OWN], false).await
}

async fn scripted(scripts: Vec<Vec<&'static str>>) -> Reached {
    call(&serve(scripts).await.0).await
}

const CHALLENGE: &str = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\nContent-Length: 2\r\n\r\nno";
const STALE: &str = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"m\", qop=\"auth\", stale=true\r\nContent-Length: 0\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const BASIC: &str = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: 0\r\n\r\n";

#[tokio::test]
async fn rule_268_the_request_is_a_plain_get_of_path_and_query() {
    let (url, mut requests) = serve(vec![vec![CHALLENGE, OK]]).await;
    let with_more = url.replace("http://", "http://user:secret@") + "#fragment";
    assert_eq!(call(&with_more).await, YES);
    let first = requests.recv().await.unwrap();
    assert!(first.starts_with("GET /path?a=b HTTP/1.1\r\nHost: 127.0.0.1:"), "{first}");
    assert!(!first.contains("user") && !first.contains("fragment") && !first.contains("Authorization"), "{first}");
    let second = requests.recv().await.unwrap();
    assert!(second.contains("uri=\"/path?a=b\"") && second.contains("username=\"u\""), "{second}");
}

#[tokio::test]
async fn rule_269_challenges_of_all_kinds_are_answered() {
    assert_eq!(scripted(vec![vec![CHALLENGE, OK]]).await, YES);
    assert_eq!(scripted(vec![vec![CHALLENGE, NO_CONTENT]]).await, YES);
    for parameters in [
        "realm=\"r\", nonce=\"n\"",
        "realm=\"r\", nonce=\"n\", algorithm=MD5-sess, qop=\"auth\"",
        "realm=\"r\", nonce=\"n\", qop=\"auth-int,auth\", opaque=\"o\", domain=\"/\"",
    ] {
        let challenge: &'static str = Box::leak(
            format!("HTTP/1.1 401 X\r\nWWW-Authenticate: Digest {parameters}\r\nContent-Length: 0\r\n\r\n").into(),
        );
        assert_eq!(scripted(vec![vec![challenge, OK]]).await, YES, "{parameters}");
    }
    assert_eq!(scripted(vec![vec![CHALLENGE, STALE, OK]]).await, YES, "the nonce was too old");
    assert_eq!(scripted(vec![vec![CHALLENGE, STALE, STALE, OK]]).await, Reached::Failed(Failure::Credentials));
}

#[tokio::test]
async fn rule_270_quality_of_protection_only_if_it_was_offered() {
    let plain = "HTTP/1.1 401 X\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\nContent-Length: 0\r\n\r\n";
    let (url, mut requests) = serve(vec![vec![plain, OK]]).await;
    assert_eq!(call(&url).await, YES);
    requests.recv().await.unwrap();
    let answer = requests.recv().await.unwrap();
    for word in ["qop", "nc=", "cnonce", "opaque"] {
        assert!(!answer.contains(word), "{word} in {answer}");
    }
}

#[tokio::test]
async fn rule_271_basic_only_where_it_is_allowed() {
    assert_eq!(scripted(vec![vec![BASIC]]).await, Reached::Failed(Failure::Basic));
    let (url, mut requests) = serve(vec![vec![BASIC, OK]]).await;
    assert_eq!(call_with(&url, &[OWN], true).await, YES);
    requests.recv().await.unwrap();
    assert!(requests.recv().await.unwrap().contains("Authorization: Basic dTpw\r\n"));
}

#[tokio::test]
async fn rule_272_an_open_door_is_marked() {
    let open = Reached::Accepted(Accepted { unprotected: true, factory: false });
    assert_eq!(scripted(vec![vec![OK]]).await, open);
    assert_eq!(scripted(vec![vec![NO_CONTENT]]).await, open);
}

#[tokio::test]
async fn rule_273_503_is_busy_before_and_after_the_challenge() {
    let busy = "HTTP/1.1 503 Service Unavailable\r\n\r\n";
    assert_eq!(scripted(vec![vec![busy]]).await, Reached::Busy);
    assert_eq!(scripted(vec![vec![CHALLENGE, busy]]).await, Reached::Busy);
}

#[tokio::test]
async fn rule_278_closed_after_the_challenge_or_after_the_answer() {
    assert_eq!(scripted(vec![vec![CHALLENGE], vec![OK]]).await, YES);
    // The answer was read and the connection closed without a word: once more.
    assert_eq!(scripted(vec![vec![CHALLENGE, ""], vec![OK]]).await, YES);
    assert_eq!(scripted(vec![vec![CHALLENGE], vec![""]]).await, Reached::Failed(Failure::Garbled), "but only once");
}

#[tokio::test]
async fn several_credentials_are_tried_in_order() {
    let (url, mut requests) = serve(vec![vec![CHALLENGE, CHALLENGE, OK]]).await;
    let factory = Reached::Accepted(Accepted { unprotected: false, factory: true });
    assert_eq!(call_with(&url, &[OWN, FACTORY], false).await, factory);
    requests.recv().await.unwrap();
    assert!(requests.recv().await.unwrap().contains("username=\"u\""));
    assert!(requests.recv().await.unwrap().contains("username=\"admin\""));
    assert_eq!(scripted(vec![vec![CHALLENGE, CHALLENGE]]).await, Reached::Failed(Failure::Credentials));
    let (url, _) = serve(vec![vec![CHALLENGE]]).await;
    assert_eq!(call_with(&url, &[], false).await, Reached::Failed(Failure::Credentials), "we have none");
}

#[tokio::test]
async fn quirk_9_the_smallest_servers_there_are() {
    let folded = "HTTP/1.0 401 Unauthorized\nWWW-Authenticate: Digest realm=\"a\"\n  nonce=\"b\"\n\tqop=\"auth\"\n\n";
    let (url, mut requests) = serve(vec![vec![folded], vec!["HTTP/1.0 200 OK\n\n"]]).await;
    assert_eq!(call(&url).await, YES);
    requests.recv().await.unwrap();
    let answer = requests.recv().await.unwrap();
    let cnonce = answer.split("cnonce=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert_eq!(cnonce.len(), 16);
    // One that answers GET / only gives a URL without a path, and gets what it gave.
    let (url, mut requests) = serve(vec![vec![OK]]).await;
    call(url.strip_suffix("/path?a=b").unwrap()).await;
    assert!(requests.recv().await.unwrap().starts_with("GET / HTTP/1.1\r\n"));
}

#[tokio::test]
async fn s1_no_redirect_is_followed() {
    let (elsewhere, mut requests) = serve(vec![vec![OK]]).await;
    let redirect: &'static str =
        Box::leak(format!("HTTP/1.1 302 Found\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n").into());
    assert_eq!(scripted(vec![vec![redirect]]).await, Reached::Failed(Failure::Status(302)));
    assert_eq!(scripted(vec![vec![CHALLENGE, redirect]]).await, Reached::Failed(Failure::Status(302)));
    assert!(requests.try_recv().is_err(), "nobody called there");
}

#[tokio::test]
async fn s1_loopback_needs_permission_however_it_is_written() {
    let (url, mut requests) = serve(vec![vec![OK]]).await;
    let port = url.split(':').nth(2).unwrap();
    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "localhost", "127.1", "0", "2130706433"] {
        let url = format!("http://{host}:{port}");
        let peer = "127.0.0.1".parse().ok();
        let call = Call { url: &url, credentials: &[OWN], basic: false, peer, use_peer: true };
        let reached = connection_request(&call, &EgressPolicy::default()).await;
        // Refused by its address, or no name at all: never connected to.
        assert!(matches!(reached, Reached::Failed(Failure::Refused(_) | Failure::Resolve)), "{host}: {reached:?}");
    }
    assert!(requests.try_recv().is_err(), "nobody called there");
}

/// A name that is looked up again could mean something else by then: what was checked is what is connected to.
#[tokio::test]
async fn s1_a_name_is_resolved_once_and_its_address_is_connected_to() {
    let (url, mut requests) = serve(vec![vec![CHALLENGE], vec![OK]]).await;
    let named = url.replace("127.0.0.1", "localhost");
    let target = parse(&named).unwrap();
    let only_v4 = resolve(
        &target,
        &Call { url: &named, credentials: &[], basic: false, peer: None, use_peer: false },
        &loopback(),
    )
    .await
    .unwrap();
    // `localhost` may be ::1 first: the first address that is permitted is taken, and it is an address, not a name.
    assert_eq!(only_v4.ip().to_string(), "127.0.0.1");
    assert_eq!(call(&named).await, YES, "also when it reconnects");
    let seen = requests.recv().await.unwrap();
    assert!(seen.contains("Host: localhost:"), "{seen}");
}

#[tokio::test]
async fn rule_377_behind_nat_the_peer_is_called_if_that_is_wanted() {
    let (url, _requests) = serve(vec![vec![OK], vec![OK]]).await;
    let peer = "127.0.0.1".parse().ok();
    for host in ["0.0.0.0", "10.77.1.1"] {
        let url = url.replace("127.0.0.1", host);
        let call =
            |use_peer| Call { url: Box::leak(url.clone().into()), credentials: &[OWN], basic: false, peer, use_peer };
        let refused = connection_request(&call(false), &loopback()).await;
        assert!(matches!(refused, Reached::Failed(Failure::Refused(_))), "{host}: {refused:?}");
        assert!(matches!(connection_request(&call(true), &loopback()).await, Reached::Accepted(_)), "{host}");
    }
}

#[tokio::test]
async fn s2_an_endless_head_is_cut() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let line = format!("X: {}\r\n", "y".repeat(1000));
        while stream.write_all(line.as_bytes()).await.is_ok() {}
    });
    assert_eq!(call(&url).await, Reached::Failed(Failure::Garbled));
}

#[tokio::test]
async fn s2_a_body_of_a_gigabyte_is_not_read() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (count, sent) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 1_u64 << 30);
        let mut sent = 0;
        let mut piece = head.into_bytes();
        while sent < 1 << 30 && stream.write_all(&piece).await.is_ok() {
            sent += piece.len();
            piece = vec![b'x'; 64 * 1024];
        }
        let _ = count.send(sent);
    });
    let started = Instant::now();
    assert!(matches!(call(&url).await, Reached::Accepted(_)));
    assert!(started.elapsed() < Duration::from_secs(5));
    // What fits into the buffers of both ends, and no more.
    let sent = sent.await.unwrap();
    assert!(sent < 64 << 20, "{sent} bytes were taken");
}

#[tokio::test]
async fn s2_a_tarpit_is_given_up_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let pit = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for byte in b"HTTP/1.1 200 OK\r\nX: ".iter().chain(std::iter::repeat(&b'y')) {
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let started = Instant::now();
    let call = Call { url: &url, credentials: &[OWN], basic: false, peer: None, use_peer: false };
    // However it drips, the whole request has its time and no more.
    assert_eq!(within(Duration::from_secs(1), &call, &loopback()).await, Reached::Failed(Failure::Silent));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(OVERALL <= Duration::from_secs(30), "rule 277");
    pit.abort();
}
