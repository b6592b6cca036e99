//! The envelope and what XML allows in it, beyond the numbered quirks.
#![allow(clippy::unwrap_used)]

mod wire;

use cwmp::{
    AcsMessage, AcsRequest, CpeMessage, CpeRequest, CpeResponse, DecodeError, EventCode, Limits, Warning, decode_acs,
    decode_cpe, is_empty_body,
};
use wire::{
    DEVICE_ID, EVENT, HEADER, LIST, NAMESPACES, REST, decode, envelope, error, fault, good_inform, inform, values,
};

#[test]
fn a_plain_inform_has_no_warnings() {
    let read = decode(&good_inform());
    assert_eq!(read.warnings, []);
    assert_eq!(read.id.as_deref(), Some("17"));
    let inform = inform(read);
    assert!(inform.has(&EventCode::Boot));
    assert_eq!(inform.value(".UpTime"), Some("5"));
}

#[test]
fn of_a_name_that_comes_twice_the_last_value_counts() {
    let one =
        |name: &str, value: &str| format!("<p><Name>{name}</Name><Value xsi:type=\"xsd:string\">{value}</Value></p>");
    for others in [0, 40] {
        let more: String = (0..others).map(|n| one(&format!("B{n}"), "b")).collect();
        let (values, warnings) = values(&[one("A", "1"), more, one("C", "c"), one("A", "2")].concat());
        assert_eq!((values.len(), values[0].name.as_str(), values[0].value.as_str()), (others + 2, "A", "2"));
        assert_eq!(warnings, [Warning::Value]);
    }
}

#[test]
fn parameters_at_fault_are_listed() {
    let (fault, _) = fault(&envelope(
        "<SOAP-ENV:Fault><faultcode>Client</faultcode><faultstring>CWMP fault</faultstring><detail><cwmp:Fault>\
         <FaultCode>9003</FaultCode><FaultString>Invalid arguments</FaultString>\
         <SetParameterValuesFault><ParameterName>Device.A</ParameterName><FaultCode>9007</FaultCode><FaultString>bad</FaultString></SetParameterValuesFault>\
         <SetParameterValuesFault><FaultCode>9008</FaultCode><ParameterName> Device.B </ParameterName></SetParameterValuesFault>\
         </cwmp:Fault></detail></SOAP-ENV:Fault>",
    ));
    assert_eq!((fault.code, fault.text.as_str()), (9003, "Invalid arguments"));
    let listed: Vec<_> = fault.parameters.iter().map(|one| (one.name.as_str(), one.code, one.text.as_str())).collect();
    assert_eq!(listed, [("Device.A", 9007, "bad"), ("Device.B", 9008, "")]);
}

#[test]
fn headers_are_understood_ignored_or_refused() {
    let with = |header: &str| good_inform().replace("</SOAP-ENV:Header>", &format!("{header}</SOAP-ENV:Header>"));
    let read = decode(&with(
        "<cwmp:SessionTimeout>90</cwmp:SessionTimeout><cwmp:SupportedCWMPVersions>1.0, 1.1,,1.4 </cwmp:SupportedCWMPVersions>\
         <cwmp:HoldRequests SOAP-ENV:mustUnderstand=\"1\">1</cwmp:HoldRequests><cwmp:NoMoreRequests SOAP-ENV:mustUnderstand=\"1\">1</cwmp:NoMoreRequests>\
         <x:Own xmlns:x=\"urn:x\" SOAP-ENV:mustUnderstand=\"0\"><deep>1</deep></x:Own>",
    ));
    assert_eq!((read.session_timeout, read.hold_requests), (Some(90), false));
    assert_eq!(read.supported_versions, ["1.0", "1.1", "1.4"]);
    assert_eq!(error(&with("<x:Own xmlns:x=\"urn:x\" SOAP-ENV:mustUnderstand=\"1\"/>")), DecodeError::MustUnderstand);
}

#[test]
fn markup_that_forgets_to_escape_is_text() {
    let (values, warnings) = values(
        "<p><Name>A</Name><Value xsi:type=\"xsd:string\">Tom & Jerry &nbsp; &amp; <![CDATA[<b>]]>&#x41;</Value></p>",
    );
    assert_eq!(values[0].value, "Tom & Jerry &nbsp; & <b>A");
    assert_eq!(warnings, [Warning::Mended]);
}

#[test]
fn comments_instructions_and_line_ends_are_those_of_xml() {
    let (values, warnings) = values(
        "<!-- a --><p><Name>A<!-- b --></Name><?pi?><Value xsi:type=\"xsd:string\">1\r\n2\r3<!-- c -->&#13;4</Value></p>",
    );
    assert_eq!((values[0].name.as_str(), values[0].value.as_str()), ("A", "1\n2\n3\r4"));
    assert_eq!(warnings, []);
}

#[test]
fn an_instance_number_that_is_none_is_not_guessed() {
    for (inner, expected) in [
        ("<InstanceNumber>7</InstanceNumber>", Some(7)),
        ("<InstanceNumber>0</InstanceNumber>", None),
        ("<InstanceNumber>x</InstanceNumber>", None),
        ("<InstanceNumber>-1</InstanceNumber>", None),
        ("", None),
    ] {
        let read =
            decode(&envelope(&format!("<cwmp:AddObjectResponse>{inner}<Status>0</Status></cwmp:AddObjectResponse>")));
        assert_eq!(
            read.body,
            CpeMessage::Response(CpeResponse::AddObject { instance: expected, status: 0 }),
            "{inner}"
        );
        assert_eq!(read.warnings.is_empty(), expected.is_some());
    }
}

#[test]
fn elements_are_known_by_their_local_names() {
    let default = "<Envelope xmlns=\"http://schemas.xmlsoap.org/soap/envelope/\"><Body><Inform xmlns=\"urn:dslforum-org:cwmp-1-2\">";
    let text = format!("{default}{DEVICE_ID}{EVENT}{REST}{LIST}</Inform></Body></Envelope>");
    let read = decode(&text);
    assert_eq!(
        (read.dialect.namespace.as_str(), read.dialect.envelope_prefix.as_str()),
        ("urn:dslforum-org:cwmp-1-2", "soapenv")
    );
    let qualified = good_inform()
        .replace("<ParameterList", "<cwmp:ParameterList")
        .replace("</ParameterList", "</cwmp:ParameterList");
    assert_eq!(inform(decode(&qualified)), inform(read));
    let bare = decode(&good_inform().replace("cwmp:Inform", "Inform"));
    assert_eq!(
        (bare.dialect.namespace.as_str(), bare.warnings.as_slice()),
        ("urn:dslforum-org:cwmp-1-0", &[Warning::Mended][..])
    );
}

#[test]
fn namespaces_that_are_not_cwmp_1_are_refused() {
    for (urn, known) in [
        ("urn:dslforum-org:cwmp-1-0", true),
        ("urn:dslforum-org:cwmp-1-4", true),
        ("urn:dslforum-org:cwmp-1-12", true),
        ("urn:dslforum-org:cwmp-9-9", false),
        ("urn:dslforum-org:cwmp-1-", false),
        ("urn:dslforum-org:cwmp-1-x", false),
        ("urn:example:other", false),
    ] {
        let result =
            decode_cpe(good_inform().replace("urn:dslforum-org:cwmp-1-0", urn).as_bytes(), None, &Limits::default());
        match result {
            Ok(read) => assert!(known && read.dialect.namespace == urn, "{urn}"),
            Err(error) => assert!(!known && error == DecodeError::UnknownNamespace, "{urn}: {error}"),
        }
    }
}

#[test]
fn x7_only_soap_1_1_with_one_message_is_accepted() {
    let good = good_inform();
    assert_eq!(
        error(&good.replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")),
        DecodeError::VersionMismatch
    );
    assert_eq!(error("<html><body>Hello</body></html>"), DecodeError::NotSoap);
    assert_eq!(error("GET / HTTP/1.1"), DecodeError::NotSoap);
    assert_eq!(error(" \r\n\t"), DecodeError::Empty);
    assert_eq!(error(&envelope("")), DecodeError::NoBody);
    assert_eq!(error(&format!("<SOAP-ENV:Envelope {NAMESPACES}>{HEADER}</SOAP-ENV:Envelope>")), DecodeError::NoBody);
    let two = |text: String| {
        assert!(matches!(error(&text), DecodeError::Malformed { what: "more than one message", .. }), "{text}");
    };
    two(envelope("<cwmp:GetRPCMethods/><cwmp:GetRPCMethods/>"));
    two(envelope("<cwmp:GetRPCMethods/></SOAP-ENV:Body><SOAP-ENV:Body><cwmp:Inform/>"));
    two(envelope("<cwmp:GetRPCMethods/></SOAP-ENV:Body><SOAP-ENV:Body/><SOAP-ENV:Body>"));
}

#[test]
fn empty_bodies_are_recognised() {
    for body in [&b""[..], b"\r\n", b" \t\n ", b"\xEF\xBB\xBF", b"\xEF\xBB\xBF\r\n", b"\xFF\xFE", b"\xFE\xFF", b"\0"] {
        assert!(is_empty_body(body), "{body:?}");
    }
    assert!(!is_empty_body(b"<") && !is_empty_body(b"\xFF"));
}

#[test]
fn methods_that_are_not_known_keep_their_names() {
    assert_eq!(
        decode(&envelope("<cwmp:Frobnicate><Command/></cwmp:Frobnicate>")).body,
        CpeMessage::Request(CpeRequest::Unknown { method: "Frobnicate".to_owned() })
    );
    assert_eq!(
        decode(&envelope("<cwmp:FrobnicateResponse>\n <Status a='1'>1</Status></cwmp:FrobnicateResponse>")).body,
        CpeMessage::Response(CpeResponse::Unknown {
            method: "Frobnicate".to_owned(),
            body: "\n <Status a='1'>1</Status>".to_owned()
        })
    );
    assert_eq!(
        decode(&envelope("<cwmp:Response/>")).body,
        CpeMessage::Request(CpeRequest::Unknown { method: "Response".to_owned() })
    );
    let read = decode_acs(envelope("<cwmp:Frobnicate/>").as_bytes(), None, &Limits::default()).unwrap();
    assert_eq!(read.body, AcsMessage::Request(AcsRequest::Unknown { method: "Frobnicate".to_owned() }));
}

#[test]
fn what_an_acs_leaves_out_is_empty() {
    for body in [
        "<cwmp:SetParameterValues/>",
        "<cwmp:AddObject/>",
        "<cwmp:Reboot/>",
        "<cwmp:GetParameterValues/>",
        "<cwmp:GetParameterNames/>",
    ] {
        let read = decode_acs(envelope(body).as_bytes(), None, &Limits::default()).unwrap();
        assert_eq!(read.warnings, [Warning::Missing], "{body}");
    }
    let hold = "<cwmp:HoldRequests SOAP-ENV:mustUnderstand=\"1\">true</cwmp:HoldRequests></SOAP-ENV:Header>";
    let text = envelope("<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>")
        .replace("</SOAP-ENV:Header>", hold);
    assert!(decode_acs(text.as_bytes(), None, &Limits::default()).unwrap().hold_requests);
}
