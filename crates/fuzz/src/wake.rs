//! The other ways to wake a device: STUN, UDP connection requests, XMPP.

use cwmp::stun;
use cwmp::udp_request::{Receiver, UdpRequest, parse_address};
use cwmp::xmpp::{ConnectionRequest, StreamEvent, StreamReader, XmppError, answer};

/// A datagram at the STUN server: what was read can be written and is the same when it is read again.
pub fn stun(data: &[u8]) {
    let Ok(packet) = stun::decode(data) else { return };
    assert!(packet.verify(b"secret of nobody").is_none());
    let message = packet.message;
    let _ = (message.username(), message.is_connection_request_binding(), message.is_binding_change());
    let _ = (message.response_address(), message.mapped_address(), message.error(), message.not_understood());
    // An odd list of unknown attributes is written with one of them twice (RFC 3489 §11.2.10), so only what was written
    // by us stays as it is.
    if let Some(second) = rewritten(&message) {
        assert_eq!(rewritten(&second), Some(second));
    }
    let signed = message.encode_signed(b"secret", stun::Padding::Zeros);
    if let Ok(again) = stun::decode(&signed) {
        // Attributes behind an earlier signature do not count, so only a message without one has ours.
        assert!(again.is_signed());
    }
}

/// The message after it was written and read; `None` if that is more than one datagram.
fn rewritten(message: &stun::Message) -> Option<stun::Message> {
    match stun::decode(&message.encode()) {
        Ok(packet) => Some(packet.message),
        Err(stun::StunError::Size) => None,
        Err(error) => panic!("what was written cannot be read: {error}"),
    }
}

/// A datagram at a device: never one that we did not sign.
pub fn udp_request(data: &[u8]) {
    if let Some(request) = UdpRequest::decode(data) {
        assert!(!request.verify("secret of nobody"));
        // Signatures are written as they came: only one that can be a signature is read again.
        if let Some(again) = UdpRequest::decode(&request.encode("192.0.2.1:80")) {
            assert_eq!((again.ts, again.id, again.username), (request.ts, request.id, request.username));
        }
    }
    assert!(!Receiver::default().accept(data, "user", "secret of nobody"));
    if let Some((host, port)) = std::str::from_utf8(data).ok().and_then(parse_address) {
        assert!(!host.is_empty() && port != 0);
    }
}

/// A stream of stanzas gives the same in one piece and byte by byte.
pub fn xmpp(data: &[u8]) {
    let mut whole = StreamReader::new();
    whole.push(data);
    let whole = events(&mut whole);
    let mut reader = StreamReader::new();
    let mut pieces = (Vec::new(), None);
    for byte in data {
        reader.push(std::slice::from_ref(byte));
        let (more, error) = events(&mut reader);
        pieces.0.extend(more);
        pieces.1 = error;
        if error.is_some() {
            break;
        }
    }
    assert_eq!(whole, pieces);
    for event in whole.0 {
        if let StreamEvent::Stanza(stanza) = event {
            let _ = answer(&stanza);
            if let Some(request) = ConnectionRequest::decode(&stanza) {
                let _ = request.encode();
            }
        }
    }
}

fn events(reader: &mut StreamReader) -> (Vec<StreamEvent>, Option<XmppError>) {
    let mut found = Vec::new();
    loop {
        match reader.next_event() {
            Ok(Some(event)) => found.push(event),
            Ok(None) => return (found, None),
            Err(error) => return (found, Some(error)),
        }
    }
}
