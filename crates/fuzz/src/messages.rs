//! Envelopes in both directions, and the markup inside a vendor's method.

use cwmp::{
    AcsMessage, AcsRequest, CpeHeader, Dialect, Limits, check_fragment, encode_soap_fault, encode_to_acs, encode_to_cpe,
};

/// The charset of the Content-Type, if the first byte chooses one, and the body.
fn charset(data: &[u8]) -> (Option<&'static str>, &[u8]) {
    match data {
        [1, body @ ..] => (Some("iso-8859-1"), body),
        [2, body @ ..] => (Some("utf-16"), body),
        [3, body @ ..] => (Some("\"utf8\""), body),
        body => (None, body),
    }
}

/// What was read can be written, in ASCII, in the dialect of the peer, and is the same when it is read again.
pub fn decode_cpe(data: &[u8]) {
    let (charset, body) = charset(data);
    let limits = Limits::default();
    let Ok(first) = cwmp::decode_cpe(body, charset, &limits) else { return };
    let header = CpeHeader {
        id: first.id.as_deref(),
        session_timeout: first.session_timeout,
        supported_versions: &first.supported_versions,
    };
    let written = encode_to_acs(&first.body, &header, &first.dialect);
    assert!(is_plain(&written), "not ASCII");
    let second = cwmp::decode_cpe(&written, None, &limits).expect("what was written can be read");
    assert_eq!(first.dialect, second.dialect);
    assert_eq!(first.session_timeout, second.session_timeout);
    let written = encode_to_acs(&second.body, &CpeHeader::default(), &second.dialect);
    let third = cwmp::decode_cpe(&written, None, &limits).expect("what was written can be read");
    assert_eq!(second.body, third.body);
    let _ = encode_soap_fault(cwmp::SoapFault::MustUnderstand, first.id.as_deref(), &first.dialect);
}

/// As [`decode_cpe`], for what an ACS sends.
pub fn decode_acs(data: &[u8]) {
    let (charset, body) = charset(data);
    let limits = Limits::default();
    let Ok(first) = cwmp::decode_acs(body, charset, &limits) else { return };
    let written = encode_to_cpe(&first.body, first.id.as_deref(), &first.dialect);
    assert!(is_plain(&written), "not ASCII");
    let second = cwmp::decode_acs(&written, None, &limits).expect("what was written can be read");
    assert_eq!(first.dialect, second.dialect);
    let written = encode_to_cpe(&second.body, None, &second.dialect);
    let third = cwmp::decode_acs(&written, None, &limits).expect("what was written can be read");
    assert_eq!(second.body, third.body);
}

/// Whatever stands inside a vendor's method, the message is one message, and what is refused is never markup.
pub fn fragment(data: &[u8]) {
    let Ok(body) = std::str::from_utf8(data) else { return };
    let good = check_fragment(body).is_ok();
    let method = "X_00D09E_Tilt".to_owned();
    let message = AcsMessage::Request(AcsRequest::Vendor { method: method.clone(), body: body.to_owned() });
    let written = encode_to_cpe(&message, None, &Dialect::default());
    assert!(is_plain(&written), "not ASCII");
    // Text that is not markup grows when it is written, and then may be too much.
    let read = match cwmp::decode_acs(&written, None, &Limits::default()) {
        Err(cwmp::DecodeError::TooLong(_)) => return,
        read => read.expect("what was written can be read"),
    };
    assert_eq!(read.warnings, []);
    let AcsMessage::Request(AcsRequest::Vendor { method: found, body: inside }) = read.body else {
        panic!("another message: {:?}", read.body)
    };
    assert_eq!(found, method);
    assert!(good || !inside.contains('<'), "{inside}");
}

fn is_plain(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b' '..=b'~'))
}
