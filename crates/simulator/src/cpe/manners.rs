//! How a device behaves on the wire during one session: the faults of [`super::faults`] that concern whole sessions.

use super::faults::Fault;
use cwmp::Inform;
use std::time::Duration;

/// What is odd about one session. By default nothing is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manners {
    pub reconnect: bool,
    pub no_cookies: bool,
    pub cookie_attributes: bool,
    pub counter_stuck: bool,
    pub without_qop: bool,
    pub empty_post_first: bool,
    pub chunked: bool,
    pub gzip: bool,
    latin1: bool,
    lower_case_oui: bool,
    odd_event_codes: bool,
    odd_faults: bool,
    pub no_id: bool,
    pub html: bool,
    null_parameter_key: bool,
    local_time: bool,
    pub inform_twice: bool,
    pub pause: Option<Duration>,
}

impl Manners {
    pub fn of(faults: &[Fault]) -> Self {
        let mut manners = Self::default();
        for fault in faults {
            match fault {
                Fault::ReconnectEachRequest => manners.reconnect = true,
                Fault::NoCookies => manners.no_cookies = true,
                Fault::CookieAttributes => manners.cookie_attributes = true,
                Fault::DigestCounterStuck => manners.counter_stuck = true,
                Fault::DigestWithoutQop => manners.without_qop = true,
                Fault::EmptyPostFirst => manners.empty_post_first = true,
                Fault::Chunked => manners.chunked = true,
                Fault::Gzip => manners.gzip = true,
                Fault::Latin1 => manners.latin1 = true,
                Fault::LowerCaseOui => manners.lower_case_oui = true,
                Fault::OddEventCodes => manners.odd_event_codes = true,
                Fault::OddFaults => manners.odd_faults = true,
                Fault::NoId => manners.no_id = true,
                Fault::HtmlContentType => manners.html = true,
                Fault::NullParameterKey => manners.null_parameter_key = true,
                Fault::LocalTime => manners.local_time = true,
                Fault::InformTwice => manners.inform_twice = true,
                Fault::Slow { millis } => manners.pause = Some(Duration::from_millis(*millis)),
                _ => {}
            }
        }
        manners
    }

    /// What is odd about an Inform.
    pub fn bend(&self, inform: &mut Inform) {
        if self.lower_case_oui {
            inform.identity.oui.make_ascii_lowercase();
        }
        if self.odd_event_codes {
            for event in &mut inform.events {
                event.raw = odd_event(&event.raw);
            }
        }
        if self.local_time {
            "1970-01-01T00:03:12".clone_into(&mut inform.current_time);
        }
        if self.null_parameter_key {
            let keys = inform.parameters.iter_mut().filter(|p| p.name.ends_with(".ParameterKey") && p.value.is_empty());
            keys.for_each(|parameter| "(null)".clone_into(&mut parameter.value));
        }
    }

    /// What is odd about an envelope.
    pub fn twist(&self, body: Vec<u8>) -> Vec<u8> {
        let body = if self.odd_faults { odd_fault(body) } else { body };
        if self.latin1 { latin1(&body) } else { body }
    }
}

/// `4 VALUE CHANGE` as `4 VALUECHANGE`, `7 TRANSFER COMPLETE` as `M TRANSFERCOMPLETE`, others without a space.
fn odd_event(raw: &str) -> String {
    match raw {
        "7 TRANSFER COMPLETE" => "M TRANSFERCOMPLETE".to_owned(),
        method if method.starts_with("M ") || method.starts_with("X ") => raw.to_owned(),
        _ => raw.replace(' ', ""),
    }
}

/// The element of a fault with the prefix `soap`, which nothing declares, and its detail inside the text.
fn odd_fault(body: Vec<u8>) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(&body) else { return body };
    let piece = |from: &str, to: &str| {
        let start = text.find(from)?;
        let end = text[start..].find(to)? + start + to.len();
        Some(start..end)
    };
    let (Some(fault), Some(detail)) = (piece("<soapenv:Fault>", "</soapenv:Fault>"), piece("<detail>", "</detail>"))
    else {
        return body;
    };
    let odd = format!(
        "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>CWMP fault{}</faultstring></soap:Fault>",
        &text[detail]
    );
    [&text[..fault.start], &odd, &text[fault.end..]].concat().into_bytes()
}

/// Character references of Latin-1 as single bytes; of others nothing changes.
fn latin1(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(start) = rest.windows(2).position(|pair| pair == b"&#") {
        let length = rest[start..].iter().take(10).position(|byte| *byte == b';');
        let number = length.and_then(|length| {
            let digits = std::str::from_utf8(&rest[start + 2..start + length]).ok()?;
            digits.strip_prefix('x').map_or_else(|| digits.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())
        });
        out.extend_from_slice(&rest[..start]);
        if let (Some(number @ 160..=255), Some(length)) = (number, length) {
            out.push(number as u8);
            rest = &rest[start + length + 1..];
        } else {
            out.extend_from_slice(b"&#");
            rest = &rest[start + 2..];
        }
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use cwmp::{CpeHeader, CpeMessage, Dialect, EventCode, Limits, decode_cpe, encode_to_acs};

    #[test]
    fn quirk_16_an_odd_fault_is_still_one() {
        let fault = CpeMessage::Fault(cwmp::Fault::standard(9005));
        let body = encode_to_acs(&fault, &CpeHeader { id: Some("7"), ..CpeHeader::default() }, &Dialect::default());
        let odd = Manners::of(&[Fault::OddFaults]).twist(body);
        let text = String::from_utf8(odd.clone()).unwrap();
        assert!(text.contains("<soap:Fault>") && !text.contains("xmlns:soap="), "{text}");
        let CpeMessage::Fault(read) = decode_cpe(&odd, None, &Limits::default()).unwrap().body else {
            panic!("{text}")
        };
        assert_eq!(read.code, 9005);
    }

    #[test]
    fn quirk_18_latin1_bytes_are_sent_raw() {
        assert_eq!(latin1(b"Caf&#233; &amp; &#xFC;&#x20AC;&#9;"), b"Caf\xe9 &amp; \xfc&#x20AC;&#9;");
        assert_eq!(latin1(b"&#"), b"&#");
    }

    #[test]
    fn quirk_19_odd_codes_are_codes_of_the_field() {
        for code in ["0 BOOTSTRAP", "4 VALUE CHANGE", "7 TRANSFER COMPLETE", "M Reboot"] {
            assert_eq!(EventCode::parse(&odd_event(code)), EventCode::parse(code), "{code}");
        }
        assert_eq!(odd_event("4 VALUE CHANGE"), "4VALUECHANGE");
    }
}
