//! Headers of HTTP: credentials, challenges, cookies, and the answers of the servers in devices.

use cwmp::digest::{self, Authorization, Credential, Digest, Tolerance, Verdict};
use cwmp::http_answer::{Head, head_end};
use model::time::Timestamp;

const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// An `Authorization` header is read, and never right: its nonce cannot be ours.
pub fn authorization(data: &[u8]) {
    let Ok(header) = std::str::from_utf8(data) else { return };
    let Some(found) = digest::parse_authorization(header) else { return };
    if let Authorization::Digest(answer) = &found {
        let server = Digest::new("Lastmile", [7; 32]).with_capacity(16);
        for tolerance in [Tolerance::default(), Tolerance { allow_rfc2069: true, repeated_nc: true, any_uri: true }] {
            let credential = Credential::Password("secret");
            let verdict = server.verify(answer, "POST", "/", credential, NOW, &tolerance);
            assert_ne!(verdict, Verdict::Ok);
        }
    }
    let again = digest::basic_authorization(found.username(), "secret");
    let name = found.username();
    if !name.contains(':') {
        assert_eq!(digest::parse_authorization(&again).as_ref().map(Authorization::username), Some(name));
    }
}

/// The answer to any challenge is one line that names us and is read back.
pub fn challenge(data: &[u8]) {
    let Ok(header) = std::str::from_utf8(data) else { return };
    let Ok(answer) = digest::answer(header, "GET", "/path?a=1", "user", "secret", "0123456789abcdef") else { return };
    assert!(!answer.chars().any(char::is_control), "{answer:?}");
    assert!(!answer.contains("secret") || header.contains("secret"));
    match digest::parse_authorization(&answer) {
        Some(Authorization::Digest(read)) => {
            assert_eq!((read.username.as_str(), read.uri.as_str()), ("user", "/path?a=1"));
        }
        other => panic!("{answer:?} is read as {other:?}"),
    }
}

/// Every value of a cookie is a piece of the header without separators.
pub fn cookie(data: &[u8]) {
    let Ok(header) = std::str::from_utf8(data) else { return };
    for value in cwmp::cookie::values(header, "session") {
        assert!(header.contains(value) && !value.contains([';', ',']), "{value:?}");
    }
    if let Some(value) = cwmp::cookie::find(header, "session") {
        assert!(!value.is_empty());
    }
}

/// The head of an answer to a connection request, and the answer to the challenges in it.
pub fn connection_answer(data: &[u8]) {
    let end = head_end(data).unwrap_or(data.len());
    assert!(end <= data.len());
    let Some(head) = Head::parse(&data[..end]) else { return };
    assert!(head.challenges.iter().all(|challenge| !challenge.contains('\n')));
    challenge(head.challenges.join(", ").as_bytes());
}
