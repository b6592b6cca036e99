//! Every message of both directions, byte by byte, in all namespaces and dialects.
#![allow(clippy::unwrap_used)]

mod samples;

use cwmp::{
    AcsHeader, AcsMessage, AcsRequest, AcsResponse, CpeHeader, CpeMessage, Dialect, Limits, SoapFault, decode_acs,
    decode_cpe, encode_soap_fault, encode_to_acs, encode_to_cpe, encode_to_cpe_with,
};
use samples::{NAMESPACES, acs_messages, cpe_messages};

/// A line for each element, so that a snapshot can be reviewed. Texts with line breaks would blur it: they are escaped.
fn lines(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text.bytes().all(|byte| matches!(byte, 9 | 10 | 32..=126)), "{text}");
    text.replace('\n', "\\n").replace("><", ">\n<")
}

fn all(encoded: impl IntoIterator<Item = Vec<u8>>) -> String {
    encoded.into_iter().map(|bytes| lines(&bytes)).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn messages_to_a_cpe() {
    let dialect = Dialect::default();
    insta::assert_snapshot!(all(acs_messages().iter().map(|message| encode_to_cpe(message, Some("1"), &dialect))));
}

#[test]
fn messages_to_an_acs() {
    let dialect = Dialect {
        namespace: NAMESPACES[2].to_owned(),
        envelope_prefix: "SOAP-ENV".to_owned(),
        encoding_prefix: "SOAP-ENC".to_owned(),
        declaration: false,
    };
    let header = CpeHeader { id: Some("1"), ..CpeHeader::default() };
    insta::assert_snapshot!(all(cpe_messages().iter().map(|message| encode_to_acs(message, &header, &dialect))));
}

#[test]
fn headers_faults_of_soap_and_the_declaration() {
    let dialect = Dialect { declaration: true, ..Dialect::default() };
    let versions = ["1.0".to_owned(), "1.4".to_owned()];
    let to_cpe = AcsHeader { id: Some("a&b"), hold_requests: true, use_version: Some("1.4") };
    let to_acs = CpeHeader { id: Some("2"), session_timeout: Some(90), supported_versions: &versions };
    insta::assert_snapshot!(all([
        encode_to_cpe_with(&AcsMessage::Response(AcsResponse::Inform), &to_cpe, &dialect),
        encode_to_acs(&cpe_messages()[1], &to_acs, &dialect),
        encode_soap_fault(SoapFault::MustUnderstand, Some("3"), &dialect),
        encode_soap_fault(SoapFault::VersionMismatch, None, &dialect),
    ]));
    let read = decode_acs(
        &encode_to_cpe_with(&AcsMessage::Response(AcsResponse::Inform), &to_cpe, &dialect),
        None,
        &Limits::default(),
    );
    let read = read.unwrap();
    assert_eq!((read.id.as_deref(), read.hold_requests), (Some("a&b"), true));
    let read = decode_cpe(&encode_to_acs(&cpe_messages()[1], &to_acs, &dialect), None, &Limits::default()).unwrap();
    assert_eq!((read.session_timeout, read.supported_versions.as_slice()), (Some(90), versions.as_slice()));
}

#[test]
fn every_message_in_every_namespace_differs_in_the_namespace_alone_and_is_read_back() {
    let plain = Dialect::default();
    for namespace in NAMESPACES {
        let dialect = Dialect { namespace: namespace.to_owned(), ..plain.clone() };
        let replaced = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(NAMESPACES[0], namespace);
        for message in acs_messages() {
            let bytes = encode_to_cpe(&message, Some("1"), &dialect);
            assert_eq!(String::from_utf8(bytes.clone()).unwrap(), replaced(encode_to_cpe(&message, Some("1"), &plain)));
            let read = decode_acs(&bytes, None, &Limits::default()).unwrap();
            let message = match message {
                // CDATA and comments of a vendor's method are not kept as such.
                AcsMessage::Request(AcsRequest::Vendor { method, body }) if !body.is_empty() => {
                    let body = "<Angle>5</Angle><Note>a &lt; b</Note>".to_owned();
                    AcsMessage::Request(AcsRequest::Vendor { method, body })
                }
                message => message,
            };
            assert_eq!((read.body, read.id.as_deref(), read.warnings), (message, Some("1"), vec![]));
            assert_eq!(read.dialect, dialect);
        }
        for message in cpe_messages() {
            let bytes = encode_to_acs(&message, &CpeHeader::default(), &dialect);
            assert_eq!(
                String::from_utf8(bytes.clone()).unwrap(),
                replaced(encode_to_acs(&message, &CpeHeader::default(), &plain))
            );
            let read = decode_cpe(&bytes, None, &Limits::default()).unwrap();
            assert_eq!((read.body, read.id, read.warnings), (message, None, vec![]));
            assert_eq!(read.dialect, dialect);
        }
    }
}

#[test]
fn prefixes_never_collide_and_are_always_names() {
    let message = AcsMessage::Response(AcsResponse::GetRpcMethods { methods: vec!["Inform".to_owned()] });
    for (envelope, encoding, written, array) in [
        ("SOAP-ENV", "SOAP-ENC", "SOAP-ENV", "SOAP-ENC"),
        ("SOAP-ENV", "", "SOAP-ENV", "SOAP-ENC"),
        ("s", "s", "s", "soapenc"),
        ("soapenc", "", "soapenc", "enc"),
        ("cwmp", "xsd", "soapenv", "soapenc"),
        ("xmlns", "XMLfoo", "soapenv", "soapenc"),
        ("1a", "a b", "soapenv", "soapenc"),
        ("a\"><x", "\u{fc}", "soapenv", "soapenc"),
        ("", "soapenv", "soapenv", "soapenc"),
    ] {
        let dialect = Dialect {
            envelope_prefix: envelope.to_owned(),
            encoding_prefix: encoding.to_owned(),
            ..Dialect::default()
        };
        let bytes = encode_to_cpe(&message, None, &dialect);
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.starts_with(&format!("<{written}:Envelope xmlns:{written}=\"")), "{text}");
        assert!(text.contains(&format!(" {array}:arrayType=\"xsd:string[1]\"")), "{text}");
        let read = decode_acs(&bytes, None, &Limits::default()).unwrap();
        assert_eq!(read.body, message);
        assert_eq!((read.dialect.envelope_prefix.as_str(), read.dialect.encoding_prefix.as_str()), (written, array));
    }
}

#[test]
fn a_hostile_namespace_or_method_cannot_break_out() {
    let dialect = Dialect { namespace: "\"><evil a='".to_owned(), ..Dialect::default() };
    let message = AcsMessage::Request(AcsRequest::Unknown { method: "1><evil/".to_owned() });
    let text = String::from_utf8(encode_to_cpe(&message, Some("</cwmp:ID><evil/>"), &dialect)).unwrap();
    assert!(!text.contains("<evil"), "{text}");
    assert!(text.contains("<cwmp:_1__evil_/>"), "{text}");
}

#[test]
fn methods_have_the_names_of_their_elements() {
    for message in cpe_messages() {
        let text = String::from_utf8(encode_to_acs(&message, &CpeHeader::default(), &Dialect::default())).unwrap();
        let element = match &message {
            CpeMessage::Request(request) => format!("<cwmp:{}", request.method()),
            CpeMessage::Response(response) => format!("<cwmp:{}Response", response.method()),
            CpeMessage::Fault(_) => "<soapenv:Fault".to_owned(),
        };
        assert!(text.contains(&format!("<soapenv:Body>{element}")), "{text}");
    }
    for message in acs_messages() {
        let AcsMessage::Request(request) = &message else { continue };
        let text = String::from_utf8(encode_to_cpe(&message, None, &Dialect::default())).unwrap();
        assert!(text.contains(&format!("<soapenv:Body><cwmp:{}", request.method())), "{text}");
    }
}
