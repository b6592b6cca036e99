//! Whole messages in the spirit of what was recorded from devices: each decodes, or gives the error that is documented.
#![allow(clippy::unwrap_used)]

mod wire;

use cwmp::{CpeMessage, CpeRequest, DecodeError, Limits, decode_cpe, is_empty_body};
use std::fs;
use std::path::Path;

/// What a file holds: the whole body of a message, or one with the head of its HTTP request.
fn body(bytes: &[u8]) -> (Option<String>, Vec<u8>) {
    if !bytes.starts_with(b"POST ") && !bytes.starts_with(b"HTTP/") {
        return (None, bytes.to_vec());
    }
    let Some(end) = cwmp::http_answer::head_end(bytes) else { return (None, Vec::new()) };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let charset =
        head.lines().find(|line| line.starts_with("content-type")).and_then(|line| line.split_once("charset="));
    let charset = charset.map(|(_, charset)| charset.trim().to_owned());
    let rest = &bytes[end..];
    let chunked = head.contains("transfer-encoding: chunked");
    (charset, if chunked { dechunk(rest) } else { rest.to_vec() })
}

fn dechunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(&bytes[..end]);
        let size = usize::from_str_radix(line.trim().split(';').next().unwrap_or_default(), 16).unwrap_or(0);
        let from = end + 1;
        if size == 0 || from + size > bytes.len() {
            break;
        }
        whole.extend_from_slice(&bytes[from..from + size]);
        bytes = &bytes[from + size..];
        if let Some(rest) = bytes.strip_prefix(b"\r\n") {
            bytes = rest;
        }
    }
    whole
}

/// Reads every file of the folder that the variable names. A message is read, or is damaged in a way that has a name:
/// never anything else, and never slowly.
#[test]
fn recorded_messages_decode_or_have_their_error() {
    let Some(folder) = std::env::var_os("LASTMILE_CORPUS") else {
        println!("LASTMILE_CORPUS names no folder: nothing to read");
        return;
    };
    let mut read = 0;
    for entry in fs::read_dir(Path::new(&folder)).unwrap() {
        let path = entry.unwrap().path();
        if !path.extension().is_some_and(|extension| extension == "xml" || extension == "http") {
            continue;
        }
        let (charset, body) = body(&fs::read(&path).unwrap());
        let outcome = decode_cpe(&body, charset.as_deref(), &Limits::default());
        let line = match &outcome {
            Ok(envelope) => format!("{:?} {:?}", std::mem::discriminant(&envelope.body), envelope.warnings),
            Err(error) => error.to_string(),
        };
        println!("{}: {line}", path.file_name().unwrap().display());
        match outcome {
            Ok(_) => read += 1,
            Err(DecodeError::Empty) => assert!(is_empty_body(&body)),
            Err(DecodeError::Malformed { .. } | DecodeError::NotSoap | DecodeError::NoBody) => {}
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }
    assert!(read > 0, "no message could be read");
}

/// An Inform as the makers of gateways write them: indented, declared, with prefixes and orders of their own.
const INDENTED: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<soap-env:Envelope\r\n    xmlns:soap-env=\"http://schemas.xmlsoap.org/soap/envelope/\"\r\n    \
    xmlns:soap-enc=\"http://schemas.xmlsoap.org/soap/encoding/\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"\r\n    \
    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:cwmp=\"urn:dslforum-org:cwmp-1-0\">\r\n  <soap-env:Header>\r\n    \
    <cwmp:ID soap-env:mustUnderstand=\"1\">1</cwmp:ID>\r\n    <cwmp:NoMoreRequests>0</cwmp:NoMoreRequests>\r\n  </soap-env:Header>\r\n  <soap-env:Body>\r\n    \
    <cwmp:Inform>\r\n      <DeviceId>\r\n        <Manufacturer>Example</Manufacturer>\r\n        <OUI>00D09E</OUI>\r\n        \
    <ProductClass>Gateway</ProductClass>\r\n        <SerialNumber>0001</SerialNumber>\r\n      </DeviceId>\r\n      <MaxEnvelopes>1</MaxEnvelopes>\r\n      \
    <Event xsi:type=\"soap-enc:Array\" soap-enc:arrayType=\"cwmp:EventStruct[0009]\">\r\n        <EventStruct>\r\n          <EventCode>1 BOOT</EventCode>\r\n          \
    <CommandKey />\r\n        </EventStruct>\r\n      </Event>\r\n      <CurrentTime>2007-01-26T10:33:12</CurrentTime>\r\n      <RetryCount>0</RetryCount>\r\n      \
    <ParameterList soap-enc:arrayType=\"cwmp:ParameterValueStruct[01]\">\r\n        <ParameterValueStruct>\r\n          \
    <Name>InternetGatewayDevice.DeviceSummary</Name>\r\n          <Value xsi:type=\"xsd:string\">InternetGatewayDevice:1.0[](Baseline:1)</Value>\r\n        \
    </ParameterValueStruct>\r\n      </ParameterList>\r\n    </cwmp:Inform>\r\n  </soap-env:Body>\r\n</soap-env:Envelope>\r\n";

fn serial(bytes: &[u8], charset: Option<&str>) -> Result<String, DecodeError> {
    match decode_cpe(bytes, charset, &Limits::default())?.body {
        CpeMessage::Request(CpeRequest::Inform(inform)) => Ok(inform.identity.serial),
        other => panic!("{other:?}"),
    }
}

#[test]
fn messages_in_the_manner_of_devices_decode_or_have_their_error() {
    assert_eq!(serial(INDENTED.as_bytes(), Some("utf-8")), Ok("0001".to_owned()));
    // In chunks, with the head of its request.
    let mut chunked =
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: text/xml; charset=\"utf-8\"\r\n\r\n".to_vec();
    for chunk in INDENTED.as_bytes().chunks(700) {
        chunked.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunked.extend_from_slice(chunk);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let (charset, whole) = body(&chunked);
    assert_eq!(whole, INDENTED.as_bytes());
    assert_eq!(serial(&whole, charset.as_deref()), Ok("0001".to_owned()));
    // Empty, with a head.
    let (_, empty) = body(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(serial(&empty, None), Err(DecodeError::Empty));
    // Control characters in a value, a wrong end tag, no end.
    assert_eq!(serial(INDENTED.replace("Gateway<", "Gate\u{2}way<").as_bytes(), None), Ok("0001".to_owned()));
    let broken = INDENTED.replace("</DeviceId>", "</DeviceID>");
    assert!(matches!(serial(broken.as_bytes(), None), Err(DecodeError::Malformed { .. })));
    let half = &INDENTED[..INDENTED.len() / 2];
    assert!(matches!(serial(half.as_bytes(), None), Err(DecodeError::Malformed { .. })));
    // Only the message, without an envelope.
    let bare = &INDENTED[INDENTED.find("<cwmp:Inform>").unwrap()..];
    assert_eq!(serial(bare.as_bytes(), None), Err(DecodeError::NotSoap));
}
