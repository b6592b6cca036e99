//! What a person sees of a body, and what nobody sees.

use super::*;
use proptest::prelude::*;

fn read(body: &[u8], charset: Option<&str>, limit: usize) -> Readable {
    readable(body, charset, limit, &is_secret_name)
}

const CANARY: &str = "canary-hunter22";

fn shown(body: &str) -> String {
    read(body.as_bytes(), None, 1 << 20).text
}

#[test]
fn an_envelope_is_indented_and_named() {
    let body = r#"<?xml version="1.0"?><s:Envelope xmlns:s="x"><s:Header><cwmp:ID s:mustUnderstand="1">7</cwmp:ID></s:Header><s:Body><cwmp:Inform><Event><EventStruct><EventCode>2 PERIODIC</EventCode><CommandKey/></EventStruct></Event></cwmp:Inform></s:Body></s:Envelope>"#;
    let readable = read(body.as_bytes(), None, 1 << 20);
    assert_eq!(readable.summary, "Inform (2 PERIODIC)");
    assert!(!readable.cut);
    let wanted = r#"<?xml version="1.0"?>
<s:Envelope xmlns:s="x">
  <s:Header>
    <cwmp:ID s:mustUnderstand="1">7</cwmp:ID>
  </s:Header>
  <s:Body>
    <cwmp:Inform>
      <Event>
        <EventStruct>
          <EventCode>2 PERIODIC</EventCode>
          <CommandKey/>
        </EventStruct>
      </Event>
    </cwmp:Inform>
  </s:Body>
</s:Envelope>"#;
    assert_eq!(readable.text, wanted);
}

#[test]
fn faults_and_methods_are_named() {
    let summary = |inside: &str| read(format!("<E><Body>{inside}</Body></E>").as_bytes(), None, 9999).summary;
    assert_eq!(summary("<x:GetParameterValues/>"), "GetParameterValues");
    assert_eq!(summary("<Fault><detail><FaultCode>9005</FaultCode></detail></Fault>"), "Fault 9005");
    assert_eq!(summary(""), "");
    assert_eq!(read(b"<html><p>no</p></html>", None, 9999).summary, "");
}

/// Everywhere that a secret can stand.
fn hiding_places() -> Vec<String> {
    let value = |name: &str| format!("<P><Name>{name}</Name><Value xsi:type=\"xsd:string\">{CANARY}</Value></P>");
    vec![
        value("Device.WiFi.AccessPoint.1.Security.KeyPassphrase"),
        value("Device.ManagementServer.Pass&#119;ord"),
        value("Device.ManagementServer.Password<!-- x -->"),
        value("<![CDATA[Device.ManagementServer.Password]]>"),
        value(" Device.ManagementServer.ConnectionRequestPassword "),
        // The other way round, twice, nested, without a name, in CDATA, cut off.
        format!("<P><Value>{CANARY}</Value><Name>A.Password</Name></P>"),
        format!("<P><Name>A.Password</Name><Value>a</Value><Value>{CANARY}</Value></P>"),
        format!("<P><Name>A.B</Name><Name>A.Password</Name><Value>{CANARY}</Value></P>"),
        format!("<P><Name>A.Password</Name><Value><b>{CANARY}</b></Value></P>"),
        format!("<P><Name><i>A.Password</i></Name><Value>{CANARY}</Value></P>"),
        format!("<P><Value>{CANARY}</Value></P>"),
        format!("<P><Name>A.Password</Name><Value><![CDATA[{CANARY}]]></Value></P>"),
        format!("<P><Name>A.Password</Name><Value>{CANARY}"),
        format!("<P><Name>A.Password</Name></X><Value>{CANARY}</Y></P>"),
        format!("<Q><P><NAME>A.Password</NAME><VALUE>{CANARY}</VALUE></P></Q>"),
        // Of Download and Upload, of makers, in attributes and addresses, in what a fault says.
        format!("<Download><Username>u</Username><Password>{CANARY}</Password></Download>"),
        format!("<X_V_Login><v:SharedSecret><a>{CANARY}</a></v:SharedSecret></X_V_Login>"),
        format!("<User name='u' password='{CANARY}'/>"),
        format!("<User name='u' password={CANARY}>x</User>"),
        format!("<URL>http://user:{CANARY}@example.net/file</URL>"),
        format!("<F><ParameterName>A.Password</ParameterName><FaultString>no {CANARY}</FaultString></F>"),
    ]
}

#[test]
fn rule_l_a_canary_is_never_shown() {
    for place in hiding_places() {
        let body = format!("<E><Body><m>{place}</m></Body></E>");
        let text = shown(&body);
        assert!(!text.contains(CANARY), "{place}\n{text}");
        assert!(text.contains(MASK), "{place}\n{text}");
        // Also when the body breaks off anywhere, and in UTF-16. An address that broke off before its `@` cannot be told
        // from one with a port.
        let end = if place.starts_with("<URL>") { 0 } else { body.len() };
        for end in 0..end {
            assert!(!shown(&body[..end]).contains(CANARY), "{}", &body[..end]);
        }
        let wide: Vec<u8> = body.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(!read(&wide, None, 9999).text.contains(CANARY), "{place}");
    }
}

#[test]
fn what_was_masked_is_told_so_that_it_is_masked_elsewhere() {
    let body =
        format!("<P><Name>A.Password</Name><Value>{CANARY}</Value></P><P><Name>A.Pin</Name><Value>1</Value></P>");
    assert_eq!(read(body.as_bytes(), None, 9999).secrets, [CANARY], "one digit would be found everywhere");
}

#[test]
fn the_caller_knows_more_secrets() {
    let body = format!("<P><Name>A.Key</Name><Value>{CANARY}</Value></P>");
    assert!(readable(body.as_bytes(), None, 9999, &|_| false).text.contains(CANARY));
    assert!(!readable(body.as_bytes(), None, 9999, &|name| name == "A.Key").text.contains(CANARY));
}

#[test]
fn what_is_no_secret_is_shown() {
    let text = shown("<P><Name>A.SSID</Name><Value>home &amp; garden</Value></P><Username>u</Username>");
    assert!(text.contains("<Value>home &amp; garden</Value>") && text.contains("<Username>u</Username>"), "{text}");
}

#[test]
fn hostile_bytes_are_shown_as_escapes() {
    assert_eq!(shown("no\u{1b}[31mxml"), "no\\x1b[31mxml");
    assert_eq!(read(&[0xff, 0x00, b'a'], None, 99).text, "\\xff\\x00a");
    let turned = shown("<a>x\u{202e}y</a>");
    assert_eq!(turned, "<a>x\\u{202e}y</a>");
    let long = vec![b'z'; 10_000];
    let cut = read(&long, None, 1 << 20);
    assert!(cut.cut && cut.text.len() == BYTES);
}

#[test]
fn long_bodies_are_cut() {
    let body = format!("<a>{}</a>", "<b>text</b>".repeat(10_000));
    let readable = read(body.as_bytes(), None, 1000);
    assert!(readable.cut);
    assert!(readable.text.len() <= 1100, "{}", readable.text.len());
    let deep = "<a>".repeat(5000);
    assert!(shown(&deep).len() < 5000 * (4 + 2 * DEPTH), "indentation has an end");
    let text = shown(&format!("<a>{}</a>", "x".repeat(TEXT + 7)));
    assert!(text.ends_with("… (7 bytes more)</a>"));
}

#[test]
fn a_serial_number_is_found_in_what_cannot_be_decoded() {
    let broken = b"<E><Inform><DeviceId><OUI>x</OUI><x:SerialNumber> A&amp;1 </x:SerialNumber></DeviceI";
    assert_eq!(serial_number(broken).as_deref(), Some("A&1"));
    assert_eq!(serial_number(b"<SerialNumber/>"), None);
    assert_eq!(serial_number(b""), None);
}

proptest! {
    #[test]
    fn anything_can_be_shown(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        read(&body, None, 500);
        serial_number(&body);
    }

    #[test]
    fn anything_like_xml_can_be_shown(body in "[<>/!\\[\\]a-cN=\"' &;?-]{0,120}") {
        read(body.as_bytes(), Some("latin1"), 300);
    }
}
