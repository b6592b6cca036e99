//! Hostile envelopes: refused for the right reason, quickly.
#![allow(clippy::unwrap_used)]

use cwmp::{CpeMessage, CpeResponse, DecodeError, Limits, decode_acs, decode_cpe};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

const HEAD: &str =
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:c=\"urn:dslforum-org:cwmp-1-0\"><s:Body>";
const TAIL: &str = "</s:Body></s:Envelope>";

fn decode(body: &str) -> Result<CpeMessage, DecodeError> {
    let start = Instant::now();
    let result = decode_cpe(body.as_bytes(), None, &Limits::default()).map(|envelope| envelope.body);
    // Generous for a debug build on a busy machine; quadratic work on these sizes takes minutes.
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    result
}

fn error(body: &str) -> DecodeError {
    decode(body).unwrap_err()
}

#[test]
fn a_hundred_thousand_nested_elements() {
    let (open, close) = ("<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(error(&format!("{HEAD}{open}{close}{TAIL}")), DecodeError::TooDeep);
    assert_eq!(error(&open), DecodeError::NotSoap);
    let body = format!("{HEAD}<c:Inform>{open}{close}</c:Inform>{TAIL}");
    // Even without a limit there is no recursion that could overflow the stack.
    let unlimited = Limits { max_depth: usize::MAX, ..Limits::default() };
    assert!(decode_cpe(body.as_bytes(), None, &unlimited).is_ok());
    assert!(decode_acs(body.as_bytes(), None, &unlimited).is_ok());
    let fault = format!("{HEAD}<s:Fault>{open}{close}</s:Fault>{TAIL}");
    assert!(decode_cpe(fault.as_bytes(), None, &unlimited).is_ok());
}

#[test]
fn a_million_attributes() {
    let attributes = (0..1_000_000).fold(String::new(), |mut text, n| {
        write!(text, " a{n}=\"\"").unwrap();
        text
    });
    let too_many = DecodeError::TooMany("attributes");
    assert_eq!(error(&format!("{HEAD}<c:Inform{attributes}/>{TAIL}")), too_many);
    assert_eq!(error(&format!("<s:Envelope{attributes}></s:Envelope>")), too_many);
    assert_eq!(error(&format!("{HEAD}<c:Inform><x{attributes}></x></c:Inform>{TAIL}")), too_many);
    let few = Limits { max_attributes: 2, ..Limits::default() };
    let body = format!("{HEAD}<c:GetRPCMethods a=\"1\" b=\"2\" c=\"3\"/>{TAIL}");
    assert_eq!(decode_cpe(body.as_bytes(), None, &few).unwrap_err(), too_many);
}

#[test]
fn document_types_are_refused_wherever_they_are() {
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;\">]>";
    let external = "<!DOCTYPE x SYSTEM \"file:///etc/passwd\">";
    for doctype in [bomb, external, "<!DOCTYPE x>", "<!doctype x>"] {
        assert_eq!(error(&format!("{doctype}{HEAD}<c:Inform/>{TAIL}")), DecodeError::Doctype);
        assert_eq!(error(&format!("<?xml version=\"1.0\"?>\n{doctype}{HEAD}<c:Inform/>{TAIL}")), DecodeError::Doctype);
        assert_eq!(error(&format!("{HEAD}<c:Inform>{doctype}</c:Inform>{TAIL}")), DecodeError::Doctype);
        assert_eq!(error(&format!("{HEAD}<c:Inform/>{doctype}{TAIL}")), DecodeError::Doctype);
    }
    assert!(matches!(error(&format!("{HEAD}<c:Inform><!ENTITY a \"b\"></c:Inform>")), DecodeError::Malformed { .. }));
}

#[test]
fn entities_never_expand() {
    let many = "&lol;".repeat(100_000);
    let body = format!(
        "{HEAD}<c:GetParameterValuesResponse><ParameterList><ParameterValueStruct><Name>A</Name><Value>{many}</Value>\
         </ParameterValueStruct></ParameterList></c:GetParameterValuesResponse>{TAIL}"
    );
    let Ok(CpeMessage::Response(CpeResponse::GetParameterValues { parameters })) = decode(&body) else { panic!() };
    assert_eq!(parameters[0].value, many);
}

#[test]
fn texts_names_and_arrays_are_bounded() {
    let value = |text: &str| {
        format!(
            "{HEAD}<c:Inform><ParameterList><p><Name>A</Name><Value>{text}</Value></p></ParameterList></c:Inform>{TAIL}"
        )
    };
    assert!(decode(&value(&"x".repeat(1 << 20))).is_ok());
    assert_eq!(error(&value(&"x".repeat((1 << 20) + 1))), DecodeError::TooLong("text"));
    assert_eq!(error(&value(&"&amp;".repeat((1 << 20) + 1))), DecodeError::TooLong("text"));
    assert_eq!(error(&value(&"<![CDATA[xx]]>".repeat((1 << 19) + 1))), DecodeError::TooLong("text"));
    let long = "n".repeat(300);
    assert_eq!(error(&format!("{HEAD}<{long}/>{TAIL}")), DecodeError::TooLong("name"));
    let list = |count: usize| {
        format!(
            "{HEAD}<c:GetParameterNamesResponse><ParameterList>{}</ParameterList></c:GetParameterNamesResponse>{TAIL}",
            "<a/>".repeat(count)
        )
    };
    assert!(decode(&list(100_000)).is_ok());
    assert_eq!(error(&list(100_001)), DecodeError::TooMany("parameters"));
    let identity = |serial: &str| {
        format!("{HEAD}<c:Inform><DeviceId><SerialNumber>{serial}</SerialNumber></DeviceId></c:Inform>{TAIL}")
    };
    assert!(decode(&identity(&"\u{e9}".repeat(256))).is_ok());
    assert_eq!(error(&identity(&"\u{e9}".repeat(257))), DecodeError::TooLong("DeviceId"));
}

#[test]
fn quirk_25_work_grows_with_the_size_only() {
    // Each of these is a classic of quadratic parsers: many names, many duplicates, many pieces of one text.
    let parameter = |n: usize| format!("<p><Name>Device.A.{n}</Name><Value>x</Value></p>");
    let wrap = |inner: &str| {
        format!(
            "{HEAD}<c:GetParameterValuesResponse><ParameterList>{inner}</ParameterList></c:GetParameterValuesResponse>{TAIL}"
        )
    };
    let distinct: String = (0..50_000).map(parameter).collect();
    let Ok(CpeMessage::Response(CpeResponse::GetParameterValues { parameters })) = decode(&wrap(&distinct)) else {
        panic!()
    };
    assert_eq!(parameters.len(), 50_000);
    let same = parameter(1).repeat(50_000);
    let Ok(CpeMessage::Response(CpeResponse::GetParameterValues { parameters })) = decode(&wrap(&same)) else {
        panic!()
    };
    assert_eq!(parameters.len(), 1);
    for piece in ["&", "&amp;", "&#65;", "<!---->", "<?a?>", "]]>", "\r", "<b/>"] {
        let text = piece.repeat(200_000);
        let _ = decode(&wrap(&format!("<p><Name>A</Name><Value>{text}</Value></p>")));
    }
    for garbage in ["<", "<a", "<!", "<!--", "<![CDATA[", "&", "\"", "<a b=", "</", "<?", "\0", "\u{2}", "\u{e9}"] {
        let text = garbage.repeat(200_000);
        let _ = decode(&format!("{HEAD}<c:Inform>{text}"));
        let _ = decode(&text);
    }
}

#[test]
fn error_texts_contain_nothing_of_the_message() {
    for body in
        ["<secret>", "<s:Envelope>secret", &format!("{HEAD}<secret></other>"), &format!("{HEAD}<c:Inform secret")]
    {
        let text = error(body).to_string();
        assert!(!text.contains("secret") && text.len() < 100, "{text}");
    }
}
