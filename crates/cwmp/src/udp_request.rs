//! The UDP connection request (TR-069 Annex G.2.2.3): one datagram that looks like an HTTP request, signed with
//! ConnectionRequestPassword. There is no answer.
//!
//! ```text
//! GET http://192.0.2.10:8080?ts=1700000000&id=4711&un=user&cn=XTGRWIPC6D3IPXS3&sig=9268C0C8… HTTP/1.1
//! Host: 192.0.2.10:8080
//! ```

use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha1::Sha1;
use std::fmt;
use subtle::ConstantTimeEq as _;

/// Bytes of the longest datagram that is read.
pub const DATAGRAM_MAX: usize = 2048;

/// The unreserved characters of RFC 3986 stay as they are.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a request says. Both sides sign the raw values; in the datagram they are escaped.
#[derive(Clone, PartialEq, Eq)]
pub struct UdpRequest {
    /// Seconds since 1970: greater than in any request before.
    pub ts: u64,
    /// Another one in every request; copies of one request have the same.
    pub id: u64,
    /// ConnectionRequestUsername.
    pub username: String,
    /// Random, 16 characters.
    pub cnonce: String,
    /// 40 hexadecimal digits in either case.
    signature: String,
    /// `ts` and `id` as written, which is what was signed: a sender may write leading zeros.
    text: (String, String),
}

impl fmt::Debug for UdpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The signature would let its reader try passwords.
        f.debug_struct("UdpRequest").field("ts", &self.ts).field("id", &self.id).finish_non_exhaustive()
    }
}

impl UdpRequest {
    /// Makes and signs a request.
    pub fn new(ts: u64, id: u64, username: &str, cnonce: &str, password: &str) -> Self {
        let text = (ts.to_string(), id.to_string());
        let signature =
            hex::encode_upper(hmac(password, &[&text.0, &text.1, username, cnonce]).finalize().into_bytes());
        Self { ts, id, username: username.to_owned(), cnonce: cnonce.to_owned(), signature, text }
    }

    /// The datagram for `authority`: UDPConnectionRequestAddress as the device gave it, `host` or `host:port`.
    pub fn encode(&self, authority: &str) -> Vec<u8> {
        // Nothing that came from a device may end a line.
        let authority: String = authority.chars().filter(char::is_ascii_graphic).collect();
        let escaped = |text| utf8_percent_encode(text, ESCAPED).to_string();
        format!(
            "GET http://{authority}?ts={}&id={}&un={}&cn={}&sig={} HTTP/1.1\r\nHost: {authority}\r\n\r\n",
            self.text.0,
            self.text.1,
            escaped(&self.username),
            escaped(&self.cnonce),
            self.signature,
        )
        .into_bytes()
    }

    /// Reads a datagram: with or without `/` before the query, parameters in any order, headers ignored. `None` if it is
    /// not such a request.
    pub fn decode(datagram: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(datagram.get(..datagram.len().min(DATAGRAM_MAX))?).ok()?;
        let mut words = text.lines().next()?.split_ascii_whitespace();
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        if !method.eq_ignore_ascii_case("GET") || !version.starts_with("HTTP/1.") {
            return None;
        }
        let (_, query) = target.split_once('?')?;
        let query = query.split('#').next().unwrap_or_default();
        let find = |name: &str| {
            let value = query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))?.1;
            percent_decode_str(value).decode_utf8().ok().map(std::borrow::Cow::into_owned)
        };
        let text = (find("ts")?, find("id")?);
        let number = |text: &str| text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        Some(Self {
            ts: number(&text.0)?,
            id: number(&text.1)?,
            username: find("un")?,
            cnonce: find("cn")?,
            signature: find("sig")?,
            text,
        })
    }

    /// Whether it was signed with this password.
    pub fn verify(&self, password: &str) -> bool {
        let Ok(signature) = hex::decode(&self.signature) else { return false };
        let wanted = hmac(password, &[&self.text.0, &self.text.1, &self.username, &self.cnonce]);
        bool::from(wanted.finalize().into_bytes().as_slice().ct_eq(&signature))
    }
}

fn hmac(password: &str, parts: &[&str]) -> Hmac<Sha1> {
    let mut mac = Hmac::<Sha1>::new_from_slice(password.as_bytes()).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part.as_bytes());
    }
    mac
}

/// The host and port of UDPConnectionRequestAddress; port 80 if it names none (Annex G.2.1). IPv6 in brackets, or
/// bare without a port.
pub fn parse_address(text: &str) -> Option<(&str, u16)> {
    let text = text.trim();
    if text.is_empty() || text.len() > 256 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let (host, port) = if let Some(v6) = text.strip_prefix('[') {
        let (host, rest) = v6.split_once(']')?;
        (host, if rest.is_empty() { "80" } else { rest.strip_prefix(':')? })
    } else if text.matches(':').count() > 1 {
        (text, "80")
    } else {
        text.split_once(':').unwrap_or((text, "80"))
    };
    let fine = !host.is_empty() && !host.contains(['/', '?', '#', '@', '\\']);
    port.parse().ok().filter(|port| fine && *port != 0).map(|port| (host, port))
}

/// The CPE's half: takes every request once (Annex G.2.2.3).
#[derive(Clone, Debug, Default)]
pub struct Receiver {
    last: Option<(u64, u64)>,
}

impl Receiver {
    /// Whether to begin a session for this datagram. Copies, older requests and those signed by others are dropped.
    pub fn accept(&mut self, datagram: &[u8], username: &str, password: &str) -> bool {
        let Some(request) = UdpRequest::decode(datagram) else { return false };
        let newer = self.last.is_none_or(|(ts, id)| request.ts > ts && request.id != id);
        if !newer || request.username != username || !request.verify(password) {
            return false;
        }
        self.last = Some((request.ts, request.id));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> UdpRequest {
        UdpRequest::new(1_700_000_000, 4711, "00D09E-HGW-0001", "XTGRWIPC6D3IPXS3", "conn-secret")
    }

    #[test]
    fn rule_282_the_datagram_byte_for_byte() {
        let wanted = "GET http://192.0.2.10:8080?ts=1700000000&id=4711&un=00D09E-HGW-0001&cn=XTGRWIPC6D3IPXS3\
                      &sig=9268C0C8264C9063C44F57A3161839EF801EE8DD HTTP/1.1\r\nHost: 192.0.2.10:8080\r\n\r\n";
        assert_eq!(String::from_utf8(sample().encode("192.0.2.10:8080")).unwrap(), wanted);
    }

    #[test]
    fn rule_283_signatures_in_either_case_with_either_path() {
        let upper = "GET http://192.0.2.10:8080/?ts=1700000000&id=4711&un=00D09E-HGW-0001&cn=XTGRWIPC6D3IPXS3\
                     &sig=9268C0C8264C9063C44F57A3161839EF801EE8DD HTTP/1.1\r\n\r\n";
        let lower =
            upper.replace("9268C0C8264C9063C44F57A3161839EF801EE8DD", "9268c0c8264c9063c44f57a3161839ef801ee8dd");
        for text in [
            upper,
            &lower,
            "GET ?id=4711&un=00D09E-HGW-0001&ts=1700000000&cn=XTGRWIPC6D3IPXS3&sig=9268C0C8264C9063C44F57A3161839EF801EE8DD HTTP/1.0\n",
        ] {
            let request = UdpRequest::decode(text.as_bytes()).unwrap();
            assert!(request.verify("conn-secret"));
            assert!(!request.verify("conn-secreT"));
        }
    }

    #[test]
    fn rule_284_copies_and_older_requests_count_once() {
        let mut receiver = Receiver::default();
        let request = |ts, id| UdpRequest::new(ts, id, "u", "c", "p").encode("h");
        assert!(receiver.accept(&request(100, 1), "u", "p"));
        assert!(!receiver.accept(&request(100, 1), "u", "p"), "a copy");
        assert!(!receiver.accept(&request(100, 2), "u", "p"), "ts has to grow");
        assert!(!receiver.accept(&request(99, 3), "u", "p"));
        assert!(!receiver.accept(&request(101, 1), "u", "p"), "the same id");
        assert!(!receiver.accept(&request(101, 2), "x", "p"), "another name");
        assert!(!receiver.accept(&request(101, 2), "u", "x"), "another password");
        assert!(receiver.accept(&request(101, 2), "u", "p"));
    }

    #[test]
    fn rule_286_escaped_in_the_url_raw_in_the_signature() {
        let request = UdpRequest::new(1, 2, "a b&c=ä", "n/n", "p");
        let datagram = request.encode("192.0.2.1");
        let text = String::from_utf8(datagram.clone()).unwrap();
        assert!(text.contains("un=a%20b%26c%3D%C3%A4&cn=n%2Fn&"), "{text}");
        let read = UdpRequest::decode(&datagram).unwrap();
        assert_eq!(read.username, "a b&c=ä");
        assert!(read.verify("p"));
        assert_eq!(read, request);
    }

    #[test]
    fn rule_287_port_80_if_there_is_none() {
        let parsed = |text| parse_address(text);
        assert_eq!(parsed("1.2.3.4"), Some(("1.2.3.4", 80)));
        assert_eq!(parsed(" 1.2.3.4:7547 "), Some(("1.2.3.4", 7547)));
        assert_eq!(parsed("[2001:db8::1]:9"), Some(("2001:db8::1", 9)));
        assert_eq!(parsed("[2001:db8::1]"), Some(("2001:db8::1", 80)));
        assert_eq!(parsed("2001:db8::1"), Some(("2001:db8::1", 80)));
        for bad in ["", ":80", "h:", "h:0", "h:65536", "h:1x", "[::1", "[::1]x", "a b", "h\r\nx", "u@h:1", "h/x"] {
            assert_eq!(parsed(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_hostile_address_cannot_add_lines() {
        let text = String::from_utf8(sample().encode("h\r\nX: y")).unwrap();
        assert_eq!(text.lines().count(), 3, "{text}");
    }

    #[test]
    fn the_signature_is_not_printed() {
        assert!(!format!("{:?}", sample()).contains("9268"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Some(request) = UdpRequest::decode(&bytes) {
                let _ = request.verify("p");
            }
        }

        #[test]
        fn any_query_is_read_without_a_panic(query in "[ -~]{0,120}") {
            if let Some(request) = UdpRequest::decode(format!("GET h?{query} HTTP/1.1").as_bytes()) {
                let _ = request.verify("p");
            }
        }

        #[test]
        fn what_is_signed_verifies(ts in any::<u64>(), id in any::<u64>(), un in ".{0,40}", cn in ".{0,20}", password in ".{0,20}") {
            let request = UdpRequest::new(ts, id, &un, &cn, &password);
            let read = UdpRequest::decode(&request.encode("host:1")).unwrap();
            prop_assert!(read.verify(&password));
            prop_assert_eq!(read, request);
        }

        #[test]
        fn any_address_is_parsed_without_a_panic(text in ".{0,60}") {
            let _ = parse_address(&text);
        }
    }
}
