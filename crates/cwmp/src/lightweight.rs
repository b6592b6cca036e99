//! The lightweight notification (TR-069 Annex M): one datagram, an HTTP request in form, that tells changed values
//! between two Informs. It is signed with the password of the CPE's own login. There is no answer.
//!
//! ```text
//! POST /HTTP/1.1
//! Content-Type: text/xml
//! Signature: 40 hexadecimal digits
//!
//! <Notification xmlns="urn:broadband-forum-org:cwmp:lwnotif-1-0">…</Notification>
//! ```
//!
//! What devices send before the empty line is no proper HTTP: other spellings of the request line and of the headers
//! were seen. Only the signature is looked for there.

use crate::ParameterValue;
use crate::decode::{self, DecodeError};
use hmac::{Hmac, KeyInit as _, Mac as _};
use model::device::Identity;
use sha1::Sha1;
use std::fmt;
use subtle::ConstantTimeEq as _;

/// Bytes of the longest datagram that is read: what fits into one over Ethernet, several times.
pub const DATAGRAM_MAX: usize = 16 * 1024;

/// What a notification says.
#[derive(Clone, PartialEq)]
pub struct Notification {
    /// Seconds since 1970 by the CPE's clock: 0 if it has none.
    pub ts: u64,
    /// Value of ManagementServer.Username.
    pub username: String,
    /// Random; another one in every notification.
    pub cnonce: String,
    /// The manufacturer's name is not part of it.
    pub identity: Identity,
    pub parameters: Vec<ParameterValue>,
}

impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be secrets.
        let parameters = self.parameters.len();
        f.debug_struct("Notification")
            .field("ts", &self.ts)
            .field("identity", &self.identity)
            .field("parameters", &parameters)
            .finish_non_exhaustive()
    }
}

/// A notification as it came, to be read only if its signature is right.
#[derive(Clone, Copy)]
pub struct Datagram<'a> {
    body: &'a [u8],
    signature: Option<[u8; 20]>,
}

impl<'a> Datagram<'a> {
    /// Splits a datagram; `None` if there is nothing after an empty line.
    pub fn split(bytes: &'a [u8]) -> Option<Self> {
        let bytes = &bytes[..bytes.len().min(DATAGRAM_MAX)];
        let (end, body) = [&b"\r\n\r\n"[..], b"\n\n"]
            .iter()
            .filter_map(|gap| Some((bytes.windows(gap.len()).position(|window| window == *gap)?, gap.len())))
            .min()?;
        let body = bytes.get(end + body..).filter(|body| !body.is_empty())?;
        let head = String::from_utf8_lossy(&bytes[..end]);
        let signature = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case("Signature").then(|| value.trim().trim_matches('"').to_owned())
        });
        let signature = signature.and_then(|text| {
            let mut digest = [0; 20];
            hex::decode_to_slice(text, &mut digest).ok()?;
            Some(digest)
        });
        Some(Self { body, signature })
    }

    /// Whether it was signed with this password. Some count a final line end or NUL, some do not.
    pub fn is_signed_with(&self, password: &str) -> bool {
        let Some(signature) = self.signature else { return false };
        let trimmed = self.body.trim_ascii_end();
        let trimmed = &trimmed[..trimmed.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1)];
        let right = |body: &[u8]| bool::from(sign(password, body).ct_eq(&signature));
        right(self.body) | right(trimmed)
    }

    pub fn read(&self) -> Result<Notification, DecodeError> {
        decode::notification(self.body)
    }
}

/// A signed notification, for the CPE role.
pub fn encode(notification: &Notification, password: &str) -> Vec<u8> {
    let body = crate::encode::notification(notification);
    let signature = hex::encode_upper(sign(password, &body));
    let length = body.len();
    let mut datagram = format!(
        "POST /HTTP/1.1\r\nContent-Type: text/xml\r\nSignature: {signature}\r\nContent-Length: {length}\r\n\r\n"
    )
    .into_bytes();
    datagram.extend(body);
    datagram
}

fn sign(password: &str, body: &[u8]) -> [u8; 20] {
    let mac = Hmac::<Sha1>::new_from_slice(password.as_bytes()).expect("a key of any length will do");
    mac.chain_update(body).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::tree::ValueType;
    use proptest::prelude::*;

    fn notification() -> Notification {
        Notification {
            ts: 1_700_000_000,
            username: "00D09E-HG-1".into(),
            cnonce: "abc".into(),
            identity: Identity {
                manufacturer: String::new(),
                oui: "00D09E".into(),
                product_class: "HG".into(),
                serial: "A<1>".into(),
            },
            parameters: vec![ParameterValue {
                name: "Device.WiFi.Radio.1.Channel".into(),
                value: "11".into(),
                value_type: ValueType::UnsignedInt,
                untyped: false,
            }],
        }
    }

    #[test]
    fn rule_300_a_notification_comes_back_as_it_was_sent() {
        let bytes = encode(&notification(), "secret");
        let datagram = Datagram::split(&bytes).unwrap();
        assert!(datagram.is_signed_with("secret"));
        assert_eq!(datagram.read().unwrap(), notification());
    }

    #[test]
    fn rule_301_another_password_or_another_body_is_no_signature() {
        let mut bytes = encode(&notification(), "secret");
        assert!(!Datagram::split(&bytes).unwrap().is_signed_with("other"));
        let at = bytes.windows(4).position(|window| window == b">11<").unwrap();
        bytes[at + 1] = b'2';
        assert!(!Datagram::split(&bytes).unwrap().is_signed_with("secret"));
        assert!(!Datagram::split(b"POST / HTTP/1.1\r\n\r\n<Notification/>").unwrap().is_signed_with(""));
    }

    #[test]
    fn rule_302_heads_that_are_no_http_are_passed_over() {
        let body = "<Notification xmlns=\"urn:broadband-forum-org:cwmp:lwnotif-1-0\"><TS>1</TS><UN>u</UN><CN>c</CN>\
                    <OUI>00d09e</OUI><ProductClass/><SerialNumber>7</SerialNumber>\
                    <Param><Name>Device.A</Name><Value>x</Value></Param></Notification>";
        let signature = hex::encode(sign("p", body.as_bytes()));
        for head in [
            format!(
                "POST /HTTPS/1.1\r\nHOST: 192.0.2.1:7547\r\nContent-Lenght: 99999\r\nContent-Type: test/xml\r\nSignature: {signature}"
            ),
            format!("GARBAGE\nsignature:{signature}"),
            format!("POST / HTTP/1.1\r\nSIGNATURE: \"{}\"", signature.to_uppercase()),
        ] {
            for end in ["", "\r\n", "\0"] {
                let gap = if head.contains('\r') { "\r\n\r\n" } else { "\n\n" };
                let bytes = format!("{head}{gap}{body}{end}").into_bytes();
                let datagram = Datagram::split(&bytes).unwrap();
                assert!(datagram.is_signed_with("p"), "{head}");
                let read = datagram.read().unwrap();
                assert_eq!((read.identity.oui.as_str(), read.parameters.len()), ("00D09E", 1));
            }
        }
    }

    #[test]
    fn what_is_no_notification_is_an_error() {
        for body in ["<Other/>", "<!DOCTYPE a><Notification/>", "nothing", "<Notification><TS>", "\0"] {
            let bytes = format!("a\n\n{body}").into_bytes();
            assert!(Datagram::split(&bytes).unwrap().read().is_err(), "{body}");
        }
        assert!(Datagram::split(b"no gap").is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            if let Some(datagram) = Datagram::split(&bytes) {
                let _ = datagram.is_signed_with("p");
                let _ = datagram.read();
            }
        }
    }
}
