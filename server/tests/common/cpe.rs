//! A CPE by hand.

use super::http::{Answer, Connection, exchange};
use std::net::SocketAddr;

/// An Inform of the device with that serial.
pub fn inform(serial: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp="urn:dslforum-org:cwmp-1-0">
<soap-env:Header><cwmp:ID soap-env:mustUnderstand="1">17</cwmp:ID></soap-env:Header>
<soap-env:Body><cwmp:Inform>
<DeviceId><Manufacturer>Acme</Manufacturer><OUI>00AA11</OUI><ProductClass>Box</ProductClass><SerialNumber>{serial}</SerialNumber></DeviceId>
<Event soap-enc:arrayType="cwmp:EventStruct[1]"><EventStruct><EventCode>2 PERIODIC</EventCode><CommandKey></CommandKey></EventStruct></Event>
<MaxEnvelopes>1</MaxEnvelopes><CurrentTime>2026-11-22T12:00:00Z</CurrentTime><RetryCount>0</RetryCount>
<ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[1]">
<ParameterValueStruct><Name>InternetGatewayDevice.DeviceInfo.SoftwareVersion</Name><Value xsi:type="xsd:string">1.0</Value></ParameterValueStruct>
</ParameterList></cwmp:Inform></soap-env:Body></soap-env:Envelope>"#
    )
}

/// An answer of the device: there are no parameters below what was asked.
pub fn fault(id: &str) -> String {
    format!(
        r#"<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:cwmp="urn:dslforum-org:cwmp-1-0">
<soap-env:Header><cwmp:ID soap-env:mustUnderstand="1">{id}</cwmp:ID></soap-env:Header>
<soap-env:Body><soap-env:Fault><faultcode>Client</faultcode><faultstring>CWMP fault</faultstring><detail><cwmp:Fault><FaultCode>9005</FaultCode><FaultString>Invalid parameter name</FaultString></cwmp:Fault></detail></soap-env:Fault></soap-env:Body></soap-env:Envelope>"#
    )
}

/// A POST with the headers given as whole lines.
pub fn post(body: &[u8], headers: &[&str]) -> Vec<u8> {
    let mut request = b"POST /acs HTTP/1.1\r\nHost: acs\r\n".to_vec();
    for header in headers {
        request.extend_from_slice(header.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    request.extend_from_slice(body);
    request
}

/// An Inform on a connection of its own, with further headers.
pub fn send_inform(address: SocketAddr, serial: &str, headers: &[&str]) -> Answer {
    exchange(address, &post(inform(serial).as_bytes(), headers))
}

pub fn is_inform_response(answer: &Answer) -> bool {
    answer.status == 200 && answer.text().contains("InformResponse")
}

/// The `cwmp:ID` of a request of the ACS.
pub fn id(answer: &Answer) -> String {
    let text = answer.text();
    let (_, rest) = text.split_once("ID").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

/// Plays a session in which the device knows no parameter, to its end; the number of RPCs that were asked.
pub fn play_session(address: SocketAddr, serial: &str) -> usize {
    let mut connection = Connection::open(address);
    connection.send(&post(inform(serial).as_bytes(), &[]));
    let mut answer = connection.answer();
    assert!(is_inform_response(&answer), "{answer:?}");
    let cookie = format!("Cookie: {}", answer.cookie().unwrap());
    let mut body = String::new();
    for asked in 0..40 {
        connection.send(&post(body.as_bytes(), &[&cookie]));
        answer = connection.answer();
        if answer.status == 204 {
            return asked;
        }
        assert_eq!(answer.status, 200, "{answer:?}");
        body = fault(&id(&answer));
    }
    panic!("the session does not end");
}
