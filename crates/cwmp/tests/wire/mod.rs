//! Envelopes as devices write them, and what becomes of them.
#![allow(dead_code)] // each test binary uses its own part

use cwmp::{
    CpeMessage, CpeRequest, CpeResponse, DecodeError, Envelope, Fault, Inform, Limits, ParameterValue, Warning,
    decode_cpe,
};

pub const NAMESPACES: &str = "xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" \
     xmlns:SOAP-ENC=\"http://schemas.xmlsoap.org/soap/encoding/\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
     xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:cwmp=\"urn:dslforum-org:cwmp-1-0\"";

pub const HEADER: &str = "<SOAP-ENV:Header><cwmp:ID SOAP-ENV:mustUnderstand=\"1\">17</cwmp:ID></SOAP-ENV:Header>";

/// An envelope as most devices write it.
pub fn envelope(body: &str) -> String {
    format!("<SOAP-ENV:Envelope {NAMESPACES}>{HEADER}<SOAP-ENV:Body>{body}</SOAP-ENV:Body></SOAP-ENV:Envelope>")
}

pub fn decode(text: &str) -> Envelope<CpeMessage> {
    decode_bytes(text.as_bytes(), None)
}

pub fn decode_bytes(bytes: &[u8], charset: Option<&str>) -> Envelope<CpeMessage> {
    decode_cpe(bytes, charset, &Limits::default())
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)))
}

pub fn error(text: &str) -> DecodeError {
    decode_cpe(text.as_bytes(), None, &Limits::default()).unwrap_err()
}

pub fn inform(envelope: Envelope<CpeMessage>) -> Inform {
    match envelope.body {
        CpeMessage::Request(CpeRequest::Inform(inform)) => inform,
        other => panic!("{other:?}"),
    }
}

pub const DEVICE_ID: &str = "<DeviceId><Manufacturer>Acme</Manufacturer><OUI>00D09E</OUI><ProductClass>GW</ProductClass>\
     <SerialNumber>1</SerialNumber></DeviceId>";
pub const EVENT: &str = "<Event SOAP-ENC:arrayType=\"cwmp:EventStruct[1]\"><EventStruct><EventCode>1 BOOT</EventCode>\
     <CommandKey></CommandKey></EventStruct></Event>";
pub const REST: &str =
    "<MaxEnvelopes>1</MaxEnvelopes><CurrentTime>2026-01-31T12:00:00Z</CurrentTime><RetryCount>0</RetryCount>";
pub const LIST: &str = "<ParameterList SOAP-ENC:arrayType=\"cwmp:ParameterValueStruct[1]\"><ParameterValueStruct>\
     <Name>Device.DeviceInfo.UpTime</Name><Value xsi:type=\"xsd:unsignedInt\">5</Value></ParameterValueStruct></ParameterList>";

pub fn inform_with(parts: &[&str]) -> String {
    envelope(&format!("<cwmp:Inform>{}</cwmp:Inform>", parts.concat()))
}

pub fn good_inform() -> String {
    inform_with(&[DEVICE_ID, EVENT, REST, LIST])
}

/// The values of a `GetParameterValuesResponse` with these members, and its warnings.
pub fn values(members: &str) -> (Vec<ParameterValue>, Vec<Warning>) {
    let read = decode(&envelope(&format!(
        "<cwmp:GetParameterValuesResponse><ParameterList SOAP-ENC:arrayType=\"cwmp:ParameterValueStruct[01]\">{members}\
         </ParameterList></cwmp:GetParameterValuesResponse>"
    )));
    match read.body {
        CpeMessage::Response(CpeResponse::GetParameterValues { parameters }) => (parameters, read.warnings),
        other => panic!("{other:?}"),
    }
}

pub fn fault(text: &str) -> (Fault, Vec<Warning>) {
    let read = decode(text);
    match read.body {
        CpeMessage::Fault(fault) => (fault, read.warnings),
        other => panic!("{other:?}"),
    }
}
