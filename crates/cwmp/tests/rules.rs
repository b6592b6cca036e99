//! Rules of the standard about messages that no other test names.
#![allow(clippy::unwrap_used)]

mod samples;
mod wire;

use cwmp::{
    AcsHeader, AcsMessage, AcsRequest, AcsResponse, CpeMessage, CpeRequest, CpeResponse, DecodeError, Dialect,
    EventCode, Fault, Limits, ParameterAttribute, ParameterInfo, ValueType, Warning, decode_acs, decode_cpe,
    encode_to_cpe, encode_to_cpe_with, fault, manner_of, version,
};
use wire::{
    DEVICE_ID, EVENT, HEADER, LIST, NAMESPACES, REST, decode, envelope, error, good_inform, inform, inform_with, values,
};

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn rule_066_only_soap_1_1_is_read() {
    let later =
        good_inform().replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope");
    assert_eq!(error(&later), DecodeError::VersionMismatch);
}

#[test]
fn rule_068_prefixes_are_free() {
    let plain = inform(decode(&good_inform()));
    for prefix in ["soapenv", "s", "SOAP-ENV", "_", "a.b-c"] {
        assert_eq!(inform(decode(&good_inform().replace("SOAP-ENV", prefix))), plain, "{prefix}");
    }
    let default = format!(
        "<Envelope xmlns=\"http://schemas.xmlsoap.org/soap/envelope/\"><Body><Inform xmlns=\"urn:dslforum-org:cwmp-1-0\">\
         {DEVICE_ID}{EVENT}{REST}{LIST}</Inform></Body></Envelope>"
    );
    assert_eq!(inform(decode(&default)), plain);
}

#[test]
fn rule_070_370_qualified_elements_and_encoding_attributes_are_read() {
    let odd = good_inform()
        .replace("<ParameterList ", "<cwmp:ParameterList xsi:type=\"SOAP-ENC:Array\" ")
        .replace("</ParameterList", "</cwmp:ParameterList")
        .replace(
            "<SOAP-ENV:Body>",
            "<SOAP-ENV:Body SOAP-ENV:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\">",
        );
    let read = decode(&odd);
    assert_eq!(read.warnings, []);
    assert_eq!(inform(read), inform(decode(&good_inform())));
}

#[test]
fn rule_073_members_are_counted_whatever_the_array_says() {
    let one = "<ParameterValueStruct><Name>A.B</Name><Value xsi:type=\"xsd:int\">1</Value></ParameterValueStruct>";
    let three = [one, &one.replace("A.B", "A.C"), &one.replace("A.B", "A.D")].concat();
    for count in ["[99]", "[]", "[0009]", "", "[2,2]", "string"] {
        let text = envelope(&format!(
            "<cwmp:GetParameterValuesResponse><ParameterList SOAP-ENC:arrayType=\"cwmp:ParameterValueStruct{count}\">{three}\
             </ParameterList></cwmp:GetParameterValuesResponse>"
        ));
        let CpeMessage::Response(CpeResponse::GetParameterValues { parameters }) = decode(&text).body else { panic!() };
        assert_eq!(parameters.len(), 3, "{count}");
    }
}

#[test]
fn rule_074_098_x1_document_types_are_refused_and_nothing_expands() {
    let laughs = "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;&lol;\">]>";
    let external = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    for doctype in [laughs, external] {
        assert_eq!(error(&format!("{doctype}{}", good_inform())), DecodeError::Doctype);
    }
    let read = decode(&good_inform().replace("Acme", "<!-- a --><?pi x?><![CDATA[Ac]]>me"));
    assert_eq!((read.warnings.clone(), inform(read).identity.manufacturer.as_str()), (vec![], "Acme"));
}

#[test]
fn rule_076_141_elements_and_attributes_that_are_not_known_are_passed_over() {
    let odd = good_inform()
        .replace("<DeviceId>", "<DeviceId own=\"1\"><WanIPAddress>192.0.2.1</WanIPAddress>")
        .replace("<MaxEnvelopes>", "<Own><Deep>1</Deep></Own><MaxEnvelopes>");
    let read = decode(&odd);
    assert_eq!(read.warnings, []);
    assert_eq!(inform(read), inform(decode(&good_inform())));
}

#[test]
fn rule_078_headers_that_must_be_understood_are() {
    let with = |header: &str| good_inform().replace("</SOAP-ENV:Header>", &format!("{header}</SOAP-ENV:Header>"));
    for value in ["1", "true", " 1 "] {
        let own = format!("<x:Own xmlns:x=\"urn:x\" SOAP-ENV:mustUnderstand=\"{value}\"/>");
        assert_eq!(error(&with(&own)), DecodeError::MustUnderstand, "{value}");
    }
    assert_eq!(decode(&with("<x:Own xmlns:x=\"urn:x\">1</x:Own>")).warnings, []);
    // SOAP 1.1 §4.2.2 and §4.2.3: addressed to us or to nobody, by attributes of SOAP's own namespace.
    let demands = |attributes: &str| {
        let own =
            format!("<x:Own xmlns:x=\"urn:x\" xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" {attributes}/>");
        decode_cpe(with(&own).as_bytes(), None, &Limits::default()).err()
    };
    for refused in [
        "s:mustUnderstand=\"1\"",
        "SOAP-ENV:mustUnderstand=\"1\" s:actor=\"\"",
        "SOAP-ENV:mustUnderstand=\"1\" SOAP-ENV:actor=\"http://schemas.xmlsoap.org/soap/actor/next\"",
        "SOAP-ENV:mustUnderstand=\"1\" actor=\"urn:other\"",
    ] {
        assert_eq!(demands(refused), Some(DecodeError::MustUnderstand), "{refused}");
    }
    for passed in [
        "mustUnderstand=\"1\"",
        "x:mustUnderstand=\"1\"",
        "SOAP-ENV:mustUnderstand=\"1\" SOAP-ENV:actor=\"urn:other\"",
        "s:mustUnderstand=\"1\" SOAP-ENV:actor=\"http://other.example/\"",
    ] {
        assert_eq!(demands(passed), None, "{passed}");
    }
}

#[test]
fn rule_079_quirk_2_the_manner_of_an_envelope_is_known_although_it_is_refused() {
    let of = |text: &str| manner_of(text.as_bytes(), None, &Limits::default());
    let good = good_inform().replace("cwmp-1-0", "cwmp-1-2");
    let accepted = decode(&good);
    let header = "<x:Own xmlns:x=\"urn:x\" SOAP-ENV:mustUnderstand=\"1\"><ID>3</ID></x:Own>";
    for refused in [
        good.replace("</SOAP-ENV:Header>", &format!("{header}</SOAP-ENV:Header>")),
        good.replace("<SOAP-ENV:Header>", &format!("<SOAP-ENV:Header>{header}")),
        good.replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"),
    ] {
        assert!(decode_cpe(refused.as_bytes(), None, &Limits::default()).is_err());
        assert_eq!(of(&refused), (accepted.id.clone(), accepted.dialect.clone()), "{refused}");
    }
    let cut = good.split("<SOAP-ENV:Body>").next().unwrap();
    assert_eq!(of(cut), (accepted.id.clone(), accepted.dialect.clone()));
    for nothing in ["", "x", "</a>", "<a><b", "\u{1}"] {
        assert_eq!(of(nothing).0, None, "{nothing:?}");
    }
}

#[test]
fn rule_079_080_an_id_is_kept_to_the_last_space() {
    for id in ["  00A&amp;B ", "1", "0001", "\u{e9}", "a\tb", ""] {
        let read = decode(&good_inform().replace(">17<", &format!(">{id}<")));
        let answer = encode_to_cpe(&AcsMessage::Response(AcsResponse::Inform), read.id.as_deref(), &read.dialect);
        let again = decode_acs(&answer, None, &Limits::default()).unwrap();
        assert_eq!(again.id, read.id);
        assert!(text(answer).contains("<cwmp:ID SOAP-ENV:mustUnderstand=\"1\">"));
    }
    let none = decode(&good_inform().replace(HEADER, ""));
    assert_eq!(none.id, None);
    assert!(!text(encode_to_cpe(&AcsMessage::Response(AcsResponse::Inform), None, &none.dialect)).contains("Header"));
}

#[test]
fn rule_083_087_headers_of_an_acs_are_to_be_understood() {
    let header = AcsHeader { id: Some("1"), hold_requests: true, use_version: Some("1.2") };
    let sent = text(encode_to_cpe_with(&AcsMessage::Response(AcsResponse::Inform), &header, &Dialect::default()));
    assert!(sent.contains("<cwmp:HoldRequests soapenv:mustUnderstand=\"1\">1</cwmp:HoldRequests>"), "{sent}");
    assert!(sent.contains("<cwmp:UseCWMPVersion soapenv:mustUnderstand=\"1\">1.2</cwmp:UseCWMPVersion>"), "{sent}");
    let plain = text(encode_to_cpe(&AcsMessage::Response(AcsResponse::Inform), Some("1"), &Dialect::default()));
    assert!(!plain.contains("HoldRequests") && !plain.contains("UseCWMPVersion"));
}

#[test]
fn rule_084_085_086_088_headers_of_a_cpe_are_read_or_ignored() {
    let with =
        |header: &str| decode(&good_inform().replace("</SOAP-ENV:Header>", &format!("{header}</SOAP-ENV:Header>")));
    assert_eq!(with("<cwmp:SessionTimeout>90</cwmp:SessionTimeout>").session_timeout, Some(90));
    assert_eq!(with("<cwmp:SessionTimeout>soon</cwmp:SessionTimeout>").session_timeout, None);
    let versions =
        with("<cwmp:SupportedCWMPVersions>1.0,1.1, 1.2,1.3,1.4</cwmp:SupportedCWMPVersions>").supported_versions;
    assert_eq!(versions, ["1.0", "1.1", "1.2", "1.3", "1.4"]);
    for foreign in ["HoldRequests", "NoMoreRequests", "UseCWMPVersion"] {
        let read = with(&format!("<cwmp:{foreign} SOAP-ENV:mustUnderstand=\"1\">1</cwmp:{foreign}>"));
        assert!(!read.hold_requests && read.warnings.is_empty(), "{foreign}");
    }
}

#[test]
fn rule_089_264_a_fault_has_the_form_of_the_standard() {
    use fault::acs;
    for (code, kind, words) in [
        (acs::METHOD_NOT_SUPPORTED, "Server", "Method not supported"),
        (acs::REQUEST_DENIED, "Server", "Request denied"),
        (acs::INTERNAL_ERROR, "Server", "Internal error"),
        (acs::INVALID_ARGUMENTS, "Client", "Invalid arguments"),
        (acs::RESOURCES_EXCEEDED, "Server", "Resources exceeded"),
        (acs::RETRY_REQUEST, "Server", "Retry request"),
        (acs::VERSION_INCOMPATIBLE, "Server", "ACS version incompatible with CPE"),
    ] {
        let sent = text(encode_to_cpe(&AcsMessage::Fault(Fault::standard(code)), None, &Dialect::default()));
        let expected = format!(
            "<soapenv:Fault><faultcode>{kind}</faultcode><faultstring>CWMP fault</faultstring><detail><cwmp:Fault>\
             <FaultCode>{code}</FaultCode><FaultString>{words}</FaultString></cwmp:Fault></detail></soapenv:Fault>"
        );
        assert!(sent.contains(&expected), "{sent}");
    }
    assert_eq!((acs::METHOD_NOT_SUPPORTED, acs::VERSION_INCOMPATIBLE), (8000, 8006));
}

#[test]
fn rule_090_093_faults_are_read_in_many_forms() {
    let inner = "<cwmp:Fault><FaultCode>9005</FaultCode><FaultString>x</FaultString></cwmp:Fault>";
    for (code, detail) in [
        ("<faultcode>SOAP-ENV:Client</faultcode>", format!("<detail>{inner}</detail>")),
        ("<faultcode>Client</faultcode>", format!("<detail>{inner}</detail>")),
        ("", format!("<detail>{inner}</detail>")),
        ("", inner.to_owned()),
        ("", inner.replace("FaultCode", "faultCode")),
        ("", inner.replace("FaultCode", "cwmp:FaultCode")),
        ("", inner.replace("9005", " 9005\n")),
        ("", format!("<faultstring><detail>{inner}</detail></faultstring>")),
    ] {
        let (read, _) = wire::fault(&envelope(&format!("<SOAP-ENV:Fault>{code}{detail}</SOAP-ENV:Fault>")));
        assert_eq!(read.code, 9005, "{code}{detail}");
    }
}

#[test]
fn rule_092_265_faults_of_parameters_and_every_code_have_their_words() {
    let sent = text(encode_to_cpe(&AcsMessage::Fault(samples::fault(9003)), None, &Dialect::default()));
    assert!(sent.contains(
        "<SetParameterValuesFault><ParameterName>Device.WiFi.Radio.1.Channel</ParameterName><FaultCode>9007<"
    ));
    for code in 9000..=9032 {
        assert_ne!(fault::text(code), "Fault", "{code}");
    }
    for code in [9033, 9799, 9800, 9899, 12] {
        let (read, _) = wire::fault(&envelope(&format!(
            "<SOAP-ENV:Fault><detail><cwmp:Fault><FaultCode>{code}</FaultCode></cwmp:Fault></detail></SOAP-ENV:Fault>"
        )));
        assert_eq!(read.code, code);
    }
}

#[test]
fn rule_094_316_text_is_escaped_and_comes_back_with_its_spaces() {
    for value in ["A&B<\u{fc}>", " a ", "\t\"'\u{1F600}", "a]]>b", "1\n2"] {
        let message = AcsMessage::Request(AcsRequest::SetParameterValues {
            values: vec![samples::value("Device.A", value, ValueType::String)],
            parameter_key: String::new(),
        });
        let bytes = encode_to_cpe(&message, None, &Dialect::default());
        assert!(bytes.iter().all(|byte| matches!(byte, 9 | 10 | 32..=126)));
        assert_eq!(decode_acs(&bytes, None, &Limits::default()).unwrap().body, message);
    }
    let (found, _) = values("<p><Name>A</Name><Value xsi:type=\"xsd:string\"> a\r\nb </Value></p>");
    assert_eq!(found[0].value, " a\nb ");
}

#[test]
fn rule_095_096_097_odd_bytes_are_read_and_noted() {
    let latin: Vec<u8> =
        good_inform().replace("Acme", "Caf\u{e9}").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let read = wire::decode_bytes(&latin, Some("utf-8"));
    assert_eq!(
        (read.warnings.clone(), inform(read).identity.manufacturer.as_str()),
        (vec![Warning::Encoding], "Caf\u{e9}")
    );
    let read = decode(&good_inform().replace("Acme", "A\u{2}"));
    assert_eq!(
        (read.warnings.clone(), inform(read).identity.manufacturer.as_str()),
        (vec![Warning::ControlCharacters], "A\u{fffd}")
    );
    for tail in ["\0\0", "", "garbage"] {
        let good = good_inform();
        let cut = if tail.is_empty() { &good[..good.len() - 1] } else { &good };
        assert_eq!(decode(&format!("{cut}{tail}")).warnings, [Warning::Mended], "{tail:?}");
    }
}

#[test]
fn rule_099_101_the_namespace_of_the_cpe_is_answered() {
    for minor in 0..=4 {
        let urn = format!("urn:dslforum-org:cwmp-1-{minor}");
        let read = decode(&good_inform().replace("urn:dslforum-org:cwmp-1-0", &urn));
        let answer = text(encode_to_cpe(&AcsMessage::Response(AcsResponse::Inform), None, &read.dialect));
        assert!(answer.contains(&format!("xmlns:cwmp=\"{urn}\"")), "{answer}");
    }
}

#[test]
fn rule_102_103_the_highest_common_version_is_chosen() {
    use version::{Negotiation, negotiate};
    let list = |versions: &[&str]| versions.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
    assert_eq!(negotiate(&list(&["1.2", "1.3", "1.4"])), Negotiation::Use("1.4"));
    assert_eq!(negotiate(&list(&["1.0", "1.9"])), Negotiation::Use("1.0"));
    assert_eq!(negotiate(&list(&["2.0"])), Negotiation::Incompatible);
    assert_eq!(negotiate(&[]), Negotiation::Silent);
}

#[test]
fn rule_104_a_namespace_that_does_not_exist_is_refused() {
    let text = good_inform().replace("urn:dslforum-org:cwmp-1-0", "urn:dslforum-org:cwmp-9-9");
    assert_eq!(error(&text), DecodeError::UnknownNamespace);
}

#[test]
fn rule_123_124_parts_of_an_identity_may_be_long_odd_or_missing() {
    let with = |oui: &str, class: &str, serial: &str| {
        let id = format!(
            "<DeviceId><Manufacturer/><OUI>{oui}</OUI><ProductClass>{class}</ProductClass><SerialNumber>{serial}</SerialNumber></DeviceId>"
        );
        let read = decode(&inform_with(&[&id, EVENT, REST, LIST]));
        cwmp::device_key(&inform(read).identity)
    };
    for length in [1, 64, 65] {
        assert_eq!(with("00D09E", "GW", &"9".repeat(length)), format!("00D09E-GW-{}", "9".repeat(length)));
    }
    assert_eq!(with("3c9066", "", "1"), "3C9066-1");
    assert_ne!(with("00D09E", "A", "1"), with("00D09E", "B", "1"));
    // Rule 125.
    assert_eq!(with("00D09E", "", "A/B %41"), "00D09E-A%2FB%20%2541");
}

#[test]
fn rule_126_135_events_may_be_many_none_or_broken() {
    let events = |inner: &str| decode(&inform_with(&[DEVICE_ID, inner, REST, LIST]));
    let many = |count: usize| {
        format!(
            "<Event>{}</Event>",
            "<EventStruct><EventCode>M Download</EventCode><CommandKey>k</CommandKey></EventStruct>".repeat(count)
        )
    };
    assert_eq!(events(&many(64)).warnings, []);
    assert_eq!(events(&many(65)).warnings, [Warning::Mended]);
    for none in ["<Event/>", "<Event></Event>", "<Event><EventStruct><CommandKey/></EventStruct></Event>"] {
        assert_eq!(inform(events(none)).events, [], "{none}");
    }
    let bare = inform(events("<Event><EventStruct><EventCode>1 BOOT</EventCode></EventStruct></Event>"));
    assert_eq!((bare.events[0].code.clone(), bare.events[0].command_key.as_str()), (EventCode::Boot, ""));
}

#[test]
fn rule_127_129_134_numbers_may_be_odd_and_elements_in_any_order() {
    let with = |rest: &str| inform(decode(&inform_with(&[LIST, rest, EVENT, DEVICE_ID])));
    let times = "<CurrentTime/><RetryCount>17</RetryCount>";
    assert_eq!(with(&format!("<MaxEnvelopes>0</MaxEnvelopes>{times}")).max_envelopes, 0);
    let odd = with(&format!("<MaxEnvelopes>many</MaxEnvelopes>{times}"));
    assert_eq!((odd.max_envelopes, odd.retry_count), (1, 17));
}

#[test]
fn rule_133_a_list_of_parameters_may_be_empty_or_missing() {
    for list in
        ["", "<ParameterList/>", "<ParameterList SOAP-ENC:arrayType=\"cwmp:ParameterValueStruct[0]\"></ParameterList>"]
    {
        assert_eq!(inform(decode(&inform_with(&[DEVICE_ID, EVENT, REST, list]))).parameters, [], "{list}");
    }
}

#[test]
fn rule_136_325_326_330_376_values_of_every_kind_are_kept() {
    for (value, kind, kept, warned) in [
        ("<Value>x</Value>", ValueType::String, "x", true),
        ("<Value xsi:type=\"xsd:json\">{}</Value>", ValueType::String, "{}", true),
        ("", ValueType::String, "", true),
        ("<Value xsi:nil=\"true\" xsi:type=\"xsd:string\"/>", ValueType::String, "", false),
        ("<Value xsi:type=\"xsd:int\"/>", ValueType::Int, "", true),
        ("<Value xsi:type=\"SOAP-ENC:base64\">QQ==</Value>", ValueType::Base64, "QQ==", false),
        ("<Value xsi:type=\"xs:unsignedint\">7</Value>", ValueType::UnsignedInt, "7", false),
        ("<Value xsi:type=\"xsd:string\">7</Value>", ValueType::String, "7", false),
        ("<Value xsi:type=\"xsd:string\">(null)</Value>", ValueType::String, "(null)", false),
    ] {
        let (found, warnings) = values(&format!("<p><Name>A.B</Name>{value}</p>"));
        assert_eq!((found[0].value_type, found[0].value.as_str()), (kind, kept), "{value}");
        assert_eq!(!warnings.is_empty(), warned, "{value}");
    }
}

#[test]
fn rule_156_157_159_160_every_code_of_an_event_is_known() {
    let code = |raw: &str| EventCode::parse(raw);
    assert_eq!(code("13 WAKEUP"), EventCode::Wakeup);
    assert_eq!(code("14 HEARTBEAT"), EventCode::Heartbeat);
    assert_eq!(code("M X_00D09E_Tilt"), EventCode::Method("X_00D09E_Tilt".to_owned()));
    for vendor in ["X 00D09E Tilt", "X ACME Tilt now"] {
        assert_eq!(code(vendor), EventCode::Vendor(vendor[2..].to_owned()));
    }
    for raw in ["0BOOTSTRAP", "2 periodic", "BOOT", "6 CONNECTION REQUEST "] {
        assert!(!matches!(code(raw), EventCode::Unknown(_)), "{raw}");
    }
    // Rule 160: what may come once only may come twice all the same.
    let twice = "<Event><EventStruct><EventCode>2 PERIODIC</EventCode></EventStruct><EventStruct><EventCode>2 PERIODIC</EventCode></EventStruct></Event>";
    assert!(inform(decode(&inform_with(&[DEVICE_ID, twice, REST, LIST]))).has(&EventCode::Periodic));
}

#[test]
fn rule_158_several_methods_may_be_done_at_once() {
    let one = |key: &str| {
        format!("<EventStruct><EventCode>M Download</EventCode><CommandKey>{key}</CommandKey></EventStruct>")
    };
    let both = format!("<Event>{}{}</Event>", one("a"), one("b"));
    let keys: Vec<String> = inform(decode(&inform_with(&[DEVICE_ID, &both, REST, LIST])))
        .events
        .into_iter()
        .map(|event| event.command_key)
        .collect();
    assert_eq!(keys, ["a", "b"]);
}

#[test]
fn rule_171_methods_of_vendors_are_kept() {
    let read = decode(&envelope(
        "<cwmp:GetRPCMethodsResponse><MethodList SOAP-ENC:arrayType=\"xsd:string[1]\"><string>Reboot</string><string> X_00D09E_Foo\n</string>\
         <string>Unheard</string></MethodList></cwmp:GetRPCMethodsResponse>",
    ));
    let CpeMessage::Response(CpeResponse::GetRpcMethods { methods }) = read.body else { panic!() };
    assert_eq!(methods, ["Reboot", "X_00D09E_Foo", "Unheard"]);
}

#[test]
fn rule_186_191_194_names_and_empty_lists_are_read() {
    let read = decode(&envelope(
        "<cwmp:GetParameterValuesResponse><ParameterList SOAP-ENC:arrayType=\"x[0]\"/></cwmp:GetParameterValuesResponse>",
    ));
    assert_eq!(read.body, CpeMessage::Response(CpeResponse::GetParameterValues { parameters: vec![] }));
    assert_eq!(read.warnings, []);
    let read = decode(&envelope(
        "<cwmp:GetParameterNamesResponse><ParameterList><x><Name>\n Device.NAT.PortMapping.\n</Name><Writable>true</Writable></x>\
         <x><Name>Device.A</Name><Writable>0</Writable></x></ParameterList></cwmp:GetParameterNamesResponse>",
    ));
    let CpeMessage::Response(CpeResponse::GetParameterNames { parameters }) = read.body else { panic!() };
    let info = |name: &str, writable| ParameterInfo { name: name.to_owned(), writable };
    // Rule 371: the white space around a name is not part of it.
    assert_eq!(parameters, [info("Device.NAT.PortMapping.", true), info("Device.A", false)]);
}

#[test]
fn rule_199_200_201_205_attributes_have_every_level_and_list() {
    for level in 0..=6 {
        let read = decode(&envelope(&format!(
            "<cwmp:GetParameterAttributesResponse><ParameterList><s><Name>Device.A</Name><Notification>{level}</Notification>\
             <AccessList><string>Subscriber</string><string>X_ACME_Own</string></AccessList></s></ParameterList></cwmp:GetParameterAttributesResponse>"
        )));
        let CpeMessage::Response(CpeResponse::GetParameterAttributes { parameters }) = read.body else { panic!() };
        let access_list = vec!["Subscriber".to_owned(), "X_ACME_Own".to_owned()];
        assert_eq!(parameters, [ParameterAttribute { name: "Device.A".to_owned(), notification: level, access_list }]);
    }
    let unchanged = AcsMessage::Request(AcsRequest::SetParameterAttributes {
        attributes: vec![cwmp::SetParameterAttribute {
            name: "Device.".to_owned(),
            notification: None,
            access_list: None,
        }],
    });
    let sent = text(encode_to_cpe(&unchanged, None, &Dialect::default()));
    assert!(sent.contains("<NotificationChange>0</NotificationChange><Notification>0</Notification>"), "{sent}");
}

#[test]
fn rule_207_213_an_instance_is_at_least_1() {
    for (number, expected) in [("1", Some(1)), ("4294967295", Some(u32::MAX)), ("0", None), ("", None), ("x", None)] {
        let read = decode(&envelope(&format!(
            "<cwmp:AddObjectResponse><InstanceNumber>{number}</InstanceNumber><Status>1</Status></cwmp:AddObjectResponse>"
        )));
        assert_eq!(
            read.body,
            CpeMessage::Response(CpeResponse::AddObject { instance: expected, status: 1 }),
            "{number}"
        );
    }
}

#[test]
fn rule_318_booleans_are_read_in_every_spelling_and_written_as_digits() {
    for (written, expected) in [
        ("1", true),
        ("true", true),
        ("True", true),
        ("TRUE", true),
        (" 1\n", true),
        ("0", false),
        ("false", false),
        ("FALSE", false),
    ] {
        let read = decode(&envelope(&format!(
            "<cwmp:GetParameterNamesResponse><ParameterList><x><Name>A</Name><Writable>{written}</Writable></x></ParameterList></cwmp:GetParameterNamesResponse>"
        )));
        assert_eq!(read.warnings, [], "{written}");
        let CpeMessage::Response(CpeResponse::GetParameterNames { parameters }) = read.body else { panic!() };
        assert_eq!(parameters[0].writable, expected, "{written}");
    }
    let names = AcsMessage::Request(AcsRequest::GetParameterNames { path: String::new(), next_level: true });
    assert!(text(encode_to_cpe(&names, None, &Dialect::default())).contains("<NextLevel>1</NextLevel>"));
}

#[test]
fn rule_371_names_are_trimmed_and_end_as_they_end() {
    let (found, _) = values("<p><Name>\n  Device.A.\t</Name><Value xsi:type=\"xsd:string\">v</Value></p>");
    assert_eq!(found[0].name, "Device.A.");
}

#[test]
fn rule_383_messages_in_no_or_in_a_default_namespace_are_read() {
    let plain = inform(decode(&good_inform()));
    for open in ["Inform", "Inform xmlns=\"urn:dslforum-org:cwmp-1-0\"", "Inform xmlns=\"\""] {
        let text = format!(
            "<SOAP-ENV:Envelope {NAMESPACES}>{HEADER}<SOAP-ENV:Body><{open}>{DEVICE_ID}{EVENT}{REST}{LIST}</Inform></SOAP-ENV:Body></SOAP-ENV:Envelope>"
        );
        match decode_cpe(text.as_bytes(), None, &Limits::default()) {
            Ok(read) => assert_eq!(inform(read), plain, "{open}"),
            Err(error) => assert!(open.ends_with("=\"\"") && error == DecodeError::UnknownNamespace, "{open}: {error}"),
        }
    }
}

#[test]
fn rule_243_265_267_an_answer_to_something_else_says_what_it_answers() {
    let read = decode(&envelope("<cwmp:RebootResponse/>"));
    let CpeMessage::Response(response) = read.body else { panic!() };
    assert_eq!(response.method(), "Reboot");
    let read = decode(&envelope("<cwmp:GetRPCMethods/>"));
    assert_eq!(read.body, CpeMessage::Request(CpeRequest::GetRpcMethods));
}

#[test]
fn rule_354_an_envelope_of_32_kilobytes_is_taken_in_both_directions() {
    let pad = |text: String| format!("{text}<!--{}-->", "x".repeat(32_768 - text.len() - 7));
    let read = decode(&pad(good_inform()));
    assert_eq!(inform(read), inform(decode(&good_inform())));
    let names: Vec<String> = (0..500).map(|n| format!("Device.X_000E50_Long.{n}.{}", "a".repeat(40))).collect();
    let asked = AcsMessage::Request(AcsRequest::GetParameterValues { names });
    let bytes = encode_to_cpe(&asked, Some("1"), &Dialect::default());
    assert!(bytes.len() > 32_768, "{}", bytes.len());
    assert_eq!(decode_acs(&bytes, None, &Limits::default()).unwrap().body, asked);
}
