//! What devices do on the wire, one fixture each. The numbers are those of the project's list of quirks.
#![allow(clippy::unwrap_used)]

use cwmp::{
    AcsMessage, AcsRequest, AcsResponse, CpeMessage, CpeRequest, CpeResponse, DecodeError, Envelope, EventCode, Fault,
    Inform, Limits, ParameterValue, ValueType, Warning, decode_acs, decode_cpe, encode_to_cpe, is_empty_body,
};

const NAMESPACES: &str = "xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" \
     xmlns:SOAP-ENC=\"http://schemas.xmlsoap.org/soap/encoding/\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
     xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:cwmp=\"urn:dslforum-org:cwmp-1-0\"";

const HEADER: &str = "<SOAP-ENV:Header><cwmp:ID SOAP-ENV:mustUnderstand=\"1\">17</cwmp:ID></SOAP-ENV:Header>";

/// An envelope as most devices write it.
fn envelope(body: &str) -> String {
    format!("<SOAP-ENV:Envelope {NAMESPACES}>{HEADER}<SOAP-ENV:Body>{body}</SOAP-ENV:Body></SOAP-ENV:Envelope>")
}

fn decode(text: &str) -> Envelope<CpeMessage> {
    decode_bytes(text.as_bytes(), None)
}

fn decode_bytes(bytes: &[u8], charset: Option<&str>) -> Envelope<CpeMessage> {
    decode_cpe(bytes, charset, &Limits::default())
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)))
}

fn error(text: &str) -> DecodeError {
    decode_cpe(text.as_bytes(), None, &Limits::default()).unwrap_err()
}

fn inform(envelope: Envelope<CpeMessage>) -> Inform {
    match envelope.body {
        CpeMessage::Request(CpeRequest::Inform(inform)) => inform,
        other => panic!("{other:?}"),
    }
}

const DEVICE_ID: &str = "<DeviceId><Manufacturer>Acme</Manufacturer><OUI>00D09E</OUI><ProductClass>GW</ProductClass>\
     <SerialNumber>1</SerialNumber></DeviceId>";
const EVENT: &str = "<Event SOAP-ENC:arrayType=\"cwmp:EventStruct[1]\"><EventStruct><EventCode>1 BOOT</EventCode>\
     <CommandKey></CommandKey></EventStruct></Event>";
const REST: &str =
    "<MaxEnvelopes>1</MaxEnvelopes><CurrentTime>2026-01-31T12:00:00Z</CurrentTime><RetryCount>0</RetryCount>";
const LIST: &str = "<ParameterList SOAP-ENC:arrayType=\"cwmp:ParameterValueStruct[1]\"><ParameterValueStruct>\
     <Name>Device.DeviceInfo.UpTime</Name><Value xsi:type=\"xsd:unsignedInt\">5</Value></ParameterValueStruct></ParameterList>";

fn inform_with(parts: &[&str]) -> String {
    envelope(&format!("<cwmp:Inform>{}</cwmp:Inform>", parts.concat()))
}

fn good_inform() -> String {
    inform_with(&[DEVICE_ID, EVENT, REST, LIST])
}

/// The values of a GetParameterValuesResponse with these members, and its warnings.
fn values(members: &str) -> (Vec<ParameterValue>, Vec<Warning>) {
    let read = decode(&envelope(&format!(
        "<cwmp:GetParameterValuesResponse><ParameterList SOAP-ENC:arrayType=\"cwmp:ParameterValueStruct[01]\">{members}\
         </ParameterList></cwmp:GetParameterValuesResponse>"
    )));
    match read.body {
        CpeMessage::Response(CpeResponse::GetParameterValues { parameters }) => (parameters, read.warnings),
        other => panic!("{other:?}"),
    }
}

fn fault(text: &str) -> (Fault, Vec<Warning>) {
    let read = decode(text);
    match read.body {
        CpeMessage::Fault(fault) => (fault, read.warnings),
        other => panic!("{other:?}"),
    }
}

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
fn quirk_1_2_the_answer_is_in_the_dialect_of_the_inform() {
    let own = good_inform()
        .replace("SOAP-ENV", "s")
        .replace("SOAP-ENC", "e")
        .replace("cwmp:", "c:")
        .replace("xmlns:c=\"urn:dslforum-org:c:", "xmlns:c=\"urn:dslforum-org:cwmp");
    let own = own.replace("xmlns:cwmp=\"urn:dslforum-org:cwmp-1-0\"", "xmlns:c=\"urn:dslforum-org:cwmp-1-3\"");
    let read = decode(&format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{own}"));
    assert_eq!(read.dialect.namespace, "urn:dslforum-org:cwmp-1-3");
    let answer = encode_to_cpe(&AcsMessage::Response(AcsResponse::Inform), read.id.as_deref(), &read.dialect);
    assert_eq!(
        String::from_utf8(answer).unwrap(),
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:e=\"http://schemas.xmlsoap.org/soap/encoding/\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:cwmp=\"urn:dslforum-org:cwmp-1-3\">\
         <s:Header><cwmp:ID s:mustUnderstand=\"1\">17</cwmp:ID></s:Header>\
         <s:Body><cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse></s:Body></s:Envelope>"
    );
}

#[test]
fn quirk_14_counts_of_arrays_are_never_trusted_and_order_is_free() {
    for count in ["[07]", "[16]", "[0]", "[]", "", "[99999999999]"] {
        let text = good_inform().replace("[1]", count);
        assert_eq!(inform(decode(&text)).parameters.len(), 1, "{count}");
    }
    let permuted = decode(&inform_with(&[LIST, REST, EVENT, DEVICE_ID]));
    assert_eq!(permuted.warnings, []);
    assert_eq!(inform(permuted), inform(decode(&good_inform())));
    let empty = decode(&inform_with(&[DEVICE_ID, "<Event/>", REST, "<ParameterList SOAP-ENC:arrayType=\"x[0]\"/>"]));
    assert_eq!((empty.warnings.clone(), inform(empty).parameters.len()), (vec![], 0));
    let missing = decode(&inform_with(&[DEVICE_ID, EVENT, REST]));
    assert_eq!((missing.warnings.clone(), inform(missing).parameters.len()), (vec![Warning::Missing], 0));
}

#[test]
fn quirk_15_values_that_are_missing_doubled_or_of_odd_types_are_kept_as_text() {
    for (fields, value, kind) in [
        ("<Name>A</Name><Value>x</Value>", "x", ValueType::String),
        ("<Name>A</Name>", "", ValueType::String),
        (
            "<Value xsi:type=\"xsd:string\">x</Value><Value xsi:type=\"xsd:string\"></Value><Name>A</Name>",
            "x",
            ValueType::String,
        ),
        ("<Name>A</Name><Value xsi:type=\"xsd:int\"/><Value xsi:type=\"xsd:int\">7</Value>", "7", ValueType::Int),
        ("<Name>A</Name><Value xsi:type=\"object\">x</Value>", "x", ValueType::String),
        ("<Name>A</Name><Value xsi:type=\"xsd:json\">{}</Value>", "{}", ValueType::String),
        ("<Name>A</Name><Value xsi:type=\"xsd:unsignedInt\"></Value>", "", ValueType::UnsignedInt),
    ] {
        let (values, warnings) = values(&format!("<ParameterValueStruct>{fields}</ParameterValueStruct>"));
        assert_eq!(
            values,
            [ParameterValue { name: "A".to_owned(), value: value.to_owned(), value_type: kind }],
            "{fields}"
        );
        assert_eq!(warnings, [Warning::Value], "{fields}");
    }
    for (name, kind) in [
        ("xs:dateTime", ValueType::DateTime),
        ("SOAP-ENC:base64", ValueType::Base64),
        ("xsd:unsignedint", ValueType::UnsignedInt),
        (" boolean ", ValueType::Boolean),
    ] {
        let (values, warnings) =
            values(&format!("<item><Name> A\n</Name><Value xsi:type=\"{name}\"> v </Value></item>"));
        assert_eq!(values, [ParameterValue { name: "A".to_owned(), value: " v ".to_owned(), value_type: kind }]);
        assert_eq!(warnings, []);
    }
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
fn quirk_16_faults_are_read_wherever_their_code_is() {
    let cwmp = "<cwmp:Fault><FaultCode>9005</FaultCode><FaultString>Invalid parameter name</FaultString></cwmp:Fault>";
    let soap = |inner: &str| envelope(&format!("<SOAP-ENV:Fault>{inner}</SOAP-ENV:Fault>"));
    let code = "<faultcode>Client</faultcode>";
    let expected = Fault::standard(9005);
    for (text, warnings) in [
        (soap(&format!("{code}<faultstring>CWMP fault</faultstring><detail>{cwmp}</detail>")), &[][..]),
        (soap(&format!("{code}<faultstring>CWMP fault<detail>{cwmp}</detail></faultstring>")), &[Warning::Mended]),
        (soap(cwmp), &[]),
        (soap(&format!("<detail>{}</detail>", cwmp.replace("cwmp:Fault", "Fault"))), &[]),
        (soap(&format!("<detail>{}</detail>", cwmp.replace("FaultCode", "cwmp:FaultCode"))), &[]),
        (soap(&format!("<detail>{}</detail>", cwmp.replace("FaultC", "faultC").replace("FaultS", "faultS"))), &[]),
        (soap(&format!("{code}<detail>{}</detail>", cwmp.replace("9005", "\n 9005 "))), &[]),
        (envelope(cwmp), &[]),
        (soap(&format!("{code}<detail>{cwmp}</detail>")).replace("SOAP-ENV:Fault", "soap:Fault"), &[]),
        (soap(&format!("<detail>{cwmp}</detail>")).replace("2001/XMLSchema", "1999/XMLSchema"), &[]),
    ] {
        let (fault, found) = fault(&text);
        assert_eq!((fault, found.as_slice()), (expected.clone(), warnings), "{text}");
    }
}

#[test]
fn quirk_16_a_fault_without_a_code_is_a_fault_all_the_same() {
    let soap = |inner: &str| fault(&envelope(&format!("<SOAP-ENV:Fault>{inner}</SOAP-ENV:Fault>"))).0;
    let with = |code: u32, text: &str| Fault { code, text: text.to_owned(), parameters: vec![] };
    assert_eq!(
        soap("<faultcode>SOAP-ENV:Server</faultcode><faultstring>No memory</faultstring>"),
        with(0, "No memory")
    );
    assert_eq!(soap("<faultcode>9002</faultcode><faultstring>x</faultstring>"), with(9002, "x"));
    assert_eq!(soap("<faultcode>Client.9003</faultcode>"), with(9003, ""));
    assert_eq!(soap(""), with(0, ""));
    let bad = "<detail><cwmp:Fault><FaultCode>nine</FaultCode><FaultString>a&lt;b</FaultString></cwmp:Fault></detail>";
    assert_eq!(soap(bad), with(0, "a<b"));
}

#[test]
fn quirk_16_invalid_utf_8_in_a_fault_is_read_as_latin_1() {
    let text = envelope(
        "<SOAP-ENV:Fault><detail><Fault><FaultCode>9001</FaultCode><FaultString>Acc@s refus# \u{fc}</FaultString></Fault></detail></SOAP-ENV:Fault>",
    );
    let bytes: Vec<u8> = text
        .bytes()
        .map(|byte| match byte {
            b'@' => 0xE8,
            b'#' => 0xE9,
            other => other,
        })
        .collect();
    let read = decode_bytes(&bytes, Some("utf-8"));
    assert_eq!(read.warnings, [Warning::Encoding]);
    let CpeMessage::Fault(fault) = read.body else { panic!() };
    assert_eq!((fault.code, fault.text.as_str()), (9001, "Acc\u{e8}s refus\u{e9} \u{fc}"));
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
fn quirk_17_headers_may_be_missing_empty_or_odd_and_ids_are_kept_as_they_are() {
    for (header, id) in [
        ("", None),
        ("<SOAP-ENV:Header/>", None),
        ("<SOAP-ENV:Header></SOAP-ENV:Header>", None),
        ("<SOAP-ENV:Header><cwmp:ID>  00A&amp;B \"</cwmp:ID></SOAP-ENV:Header>", Some("  00A&B \"")),
        (
            "<SOAP-ENV:Header><cwmp:ID SOAP-ENV:mustUnderstand=\"1\" SOAP-ENV:mustUnderstand=\"1\"/></SOAP-ENV:Header>",
            Some(""),
        ),
        ("<Header><ID>x</ID></Header>", Some("x")),
    ] {
        let read = decode(&good_inform().replace(HEADER, header));
        assert_eq!((read.id.as_deref(), read.warnings.as_slice()), (id, &[][..]), "{header}");
    }
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
fn quirk_18_latin_1_byte_order_marks_utf_16_and_control_characters_are_read() {
    let with = |name: &str| good_inform().replace("Acme", name);
    let maker = |bytes: &[u8], charset| {
        let read = decode_bytes(bytes, charset);
        let warnings = read.warnings.clone();
        (inform(read).identity.manufacturer, warnings)
    };
    let latin = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<_>>();
    let cafe = with("Caf\u{e9}");
    let clean = ("Caf\u{e9}".to_owned(), vec![]);
    assert_eq!(maker(cafe.as_bytes(), None), clean);
    assert_eq!(maker(format!("\u{feff}{cafe}").as_bytes(), Some("iso-8859-1")), clean);
    assert_eq!(maker(&latin(&cafe), Some("ISO-8859-1")), clean);
    assert_eq!(maker(&latin(&format!("<?xml version='1.0' encoding = 'iso-8859-1' ?>{cafe}")), None), clean);
    assert_eq!(maker(&latin(&cafe), None), ("Caf\u{e9}".to_owned(), vec![Warning::Encoding]));
    assert_eq!(maker(&latin(&cafe), Some("nonsense")), ("Caf\u{e9}".to_owned(), vec![Warning::Encoding]));
    let utf_16 = |little: bool, mark: bool| {
        let text = if mark { format!("\u{feff}{cafe}") } else { cafe.clone() };
        text.encode_utf16()
            .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
            .collect::<Vec<_>>()
    };
    for (little, mark) in [(true, true), (true, false), (false, true), (false, false)] {
        assert_eq!(maker(&utf_16(little, mark), None), clean);
    }
    let ascii = with("Acme");
    let claimed = format!("<?xml version=\"1.0\" encoding=\"UTF-16\"?>{ascii}");
    assert_eq!(maker(claimed.as_bytes(), Some("utf-16")), ("Acme".to_owned(), vec![]));
    let control = ("A\u{fffd}c".to_owned(), vec![Warning::ControlCharacters]);
    assert_eq!(maker(with("A\u{2}c").as_bytes(), None), control);
    assert_eq!(maker(with("A&#2;c").as_bytes(), None), control);
    assert_eq!(maker(with("A&#xFFFFFFFF;c").as_bytes(), None), control);
}

#[test]
fn quirk_18_damage_around_a_whole_message_is_mended() {
    let good = good_inform();
    let whole = inform(decode(&good));
    for text in [
        format!("{good}\0\0\0"),
        format!("{good}\r\n\0"),
        good[..good.len() - 1].to_owned(),
        good[..good.len() - "</SOAP-ENV:Envelope>".len()].to_owned(),
        format!("{good}{good}"),
        format!("{good}trailing"),
        good.replace("SOAP-ENV:Body>", "x:Body>"),
        good.replace("xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\"", ""),
        good.replace("xmlns:cwmp=\"urn:dslforum-org:cwmp-1-0\"", ""),
    ] {
        let read = decode(&text);
        let mended = !text.contains("x:Body>");
        assert_eq!(read.warnings.contains(&Warning::Mended), mended, "{text}");
        assert_eq!(read.dialect.namespace, "urn:dslforum-org:cwmp-1-0");
        assert_eq!(inform(read), whole);
    }
    for cut in ["</cwmp:Inform>", "</ParameterList>", "<RetryCount>"] {
        let at = good.find(cut).unwrap();
        assert!(matches!(error(&good[..at + cut.len() - 1]), DecodeError::Malformed { .. }), "{cut}");
    }
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
fn quirk_19_events_are_normalised_and_the_raw_text_is_kept() {
    let event = |code: &str| format!("<EventStruct>{code}<CommandKey>k</CommandKey></EventStruct>");
    let events = [
        event("<EventCode>M TRANSFERCOMPLETE</EventCode>"),
        event("<EventCode>4 VALUECHANGE</EventCode>"),
        event(""),
        event("<EventCode> </EventCode>"),
        "<EventStruct><EventCode>0BOOTSTRAP</EventCode></EventStruct>".to_owned(),
    ];
    let read = decode(&inform_with(&[DEVICE_ID, "<Event>", &events.concat(), "</Event>", REST, LIST]));
    assert!(read.warnings.contains(&Warning::EventCode) && read.warnings.contains(&Warning::Missing));
    let events: Vec<_> =
        inform(read).events.into_iter().map(|event| (event.code, event.raw, event.command_key)).collect();
    let expected = [
        (EventCode::TransferComplete, "M TRANSFERCOMPLETE".to_owned(), "k".to_owned()),
        (EventCode::ValueChange, "4 VALUECHANGE".to_owned(), "k".to_owned()),
        (EventCode::Bootstrap, "0BOOTSTRAP".to_owned(), String::new()),
    ];
    assert_eq!(events, expected);
}

#[test]
fn quirk_19_more_events_than_allowed_are_accepted() {
    let many = "<EventStruct><EventCode>M Download</EventCode><CommandKey/></EventStruct>".repeat(65);
    let read = decode(&inform_with(&[DEVICE_ID, "<Event>", &many, "</Event>", REST, LIST]));
    assert_eq!(read.warnings, [Warning::Mended]);
    assert_eq!(inform(read).events.len(), 65);
}

#[test]
fn quirk_20_30_a_transfer_complete_may_have_any_order_and_no_struct() {
    let read = decode(&envelope(
        "<cwmp:TransferComplete><CompleteTime></CompleteTime><StartTime>0001-01-01T00:00:00Z</StartTime>\
         <FaultString>no</FaultString><FaultCode> 9010</FaultCode><X><Y>1</Y></X><CommandKey>k</CommandKey></cwmp:TransferComplete>",
    ));
    let CpeMessage::Request(CpeRequest::TransferComplete(transfer)) = read.body else { panic!() };
    assert_eq!((transfer.command_key.as_str(), transfer.fault_code, transfer.fault_string.as_str()), ("k", 9010, "no"));
    assert_eq!((transfer.start_time.as_str(), transfer.complete_time.as_str()), ("0001-01-01T00:00:00Z", ""));
}

#[test]
fn quirk_22_status_1_is_told_apart() {
    let status = |inner: &str| {
        let read =
            decode(&envelope(&format!("<cwmp:SetParameterValuesResponse>{inner}</cwmp:SetParameterValuesResponse>")));
        let CpeMessage::Response(CpeResponse::SetParameterValues { status }) = read.body else { panic!() };
        (status, read.warnings)
    };
    assert_eq!(status("<Status>1</Status>"), (1, vec![]));
    assert_eq!(status("<cwmp:Status> +01\n</cwmp:Status>"), (1, vec![]));
    assert_eq!(status(""), (0, vec![Warning::Missing]));
    assert_eq!(status("<Status>ok</Status>"), (0, vec![Warning::Value]));
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
fn quirk_23_24_identities_are_normalised_and_times_kept() {
    let id = "<DeviceId><Extra>1</Extra><SerialNumber> A/1 %\n</SerialNumber><OUI>3c9066</OUI><Manufacturer/><WanIPAddress>192.0.2.1</WanIPAddress></DeviceId>";
    let inform = inform(decode(&inform_with(&[
        id,
        EVENT,
        "<CurrentTime>(null)</CurrentTime><RetryCount>0007</RetryCount>",
        LIST,
    ])));
    assert_eq!((inform.identity.oui.as_str(), inform.identity.serial.as_str()), ("3C9066", "A/1 %"));
    assert_eq!((inform.current_time.as_str(), inform.retry_count, inform.max_envelopes), ("(null)", 7, 1));
    assert_eq!(cwmp::device_key(&inform.identity), "3C9066-A%2F1%20%25");
}

#[test]
fn quirk_28_a_charset_that_is_none_is_ignored() {
    for charset in [None, Some(""), Some("utf8"), Some("\"UTF-8\""), Some("encoding=utf-8")] {
        assert_eq!(decode_bytes(good_inform().as_bytes(), charset).warnings, []);
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
fn only_soap_1_1_with_one_message_is_accepted() {
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
        assert!(matches!(error(&text), DecodeError::Malformed { what: "more than one message", .. }), "{text}")
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
        decode(&envelope("<cwmp:Kicked><Command/></cwmp:Kicked>")).body,
        CpeMessage::Request(CpeRequest::Unknown { method: "Kicked".to_owned() })
    );
    assert_eq!(
        decode(&envelope("<cwmp:DownloadResponse><Status>1</Status></cwmp:DownloadResponse>")).body,
        CpeMessage::Response(CpeResponse::Unknown { method: "Download".to_owned() })
    );
    assert_eq!(
        decode(&envelope("<cwmp:Response/>")).body,
        CpeMessage::Request(CpeRequest::Unknown { method: "Response".to_owned() })
    );
    let read = decode_acs(envelope("<cwmp:Upload/>").as_bytes(), None, &Limits::default()).unwrap();
    assert_eq!(read.body, AcsMessage::Request(AcsRequest::Unknown { method: "Upload".to_owned() }));
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
