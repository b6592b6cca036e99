//! What devices do on the wire, one fixture each. The numbers are those of the project's list of quirks.
#![allow(clippy::unwrap_used)]

mod wire;

use cwmp::{
    AcsMessage, AcsResponse, CpeMessage, CpeRequest, CpeResponse, DecodeError, EventCode, Fault, ParameterValue,
    ValueType, Warning, encode_to_cpe,
};
use wire::{
    DEVICE_ID, EVENT, HEADER, LIST, REST, decode, decode_bytes, envelope, error, fault, good_inform, inform,
    inform_with, values,
};

#[test]
fn quirk_1_quirk_2_the_answer_is_in_the_dialect_of_the_inform() {
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
        // Text is what is left if no type is told that is known.
        let untyped = fields.contains("<Value>") || fields.contains("\"object\"") || fields.contains("xsd:json");
        assert_eq!(
            values,
            [ParameterValue { name: "A".to_owned(), value: value.to_owned(), value_type: kind, untyped }],
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
        assert_eq!(
            values,
            [ParameterValue { name: "A".to_owned(), value: " v ".to_owned(), value_type: kind, untyped: false }]
        );
        assert_eq!(warnings, []);
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
fn x6_quirk_18_latin_1_byte_order_marks_utf_16_and_control_characters_are_read() {
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
