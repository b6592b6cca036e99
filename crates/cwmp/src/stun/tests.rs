use super::*;
use proptest::prelude::*;

const TRANSACTION: Transaction = [7; 16];

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn full_request() -> Message {
    Message::request(TRANSACTION)
        .with(Attribute::ConnectionRequestBinding)
        .with(Attribute::BindingChange)
        .with(Attribute::Username(b"lm-42".to_vec()))
}

#[test]
fn rule_290_the_attributes_of_tr_111_byte_for_byte() {
    let bytes =
        Message::request(TRANSACTION).with(Attribute::ConnectionRequestBinding).with(Attribute::BindingChange).encode();
    let mut wanted = vec![0, 1, 0, 28];
    wanted.extend([7; 16]);
    wanted.extend([0xc0, 0x01, 0, 20]);
    wanted.extend(b"dslforum.org/TR-111 ");
    wanted.extend([0xc0, 0x02, 0, 0]);
    assert_eq!(bytes, wanted);
    let message = decode(&bytes).unwrap().message;
    assert!(message.is_connection_request_binding() && message.is_binding_change());
    // Another value under the same number is not ours.
    let other = Attribute::Other { number: 0xc001, value: b"something-else......".to_vec() };
    assert!(
        !decode(&Message::request(TRANSACTION).with(other).encode()).unwrap().message.is_connection_request_binding()
    );
}

#[test]
fn rule_289_a_binding_response_byte_for_byte() {
    let response = Message { kind: Kind::Response, transaction: TRANSACTION, attributes: Vec::new() }
        .with(Attribute::MappedAddress(address("192.0.2.1:4660")))
        .with(Attribute::SourceAddress(address("198.51.100.2:3478")))
        .with(Attribute::ChangedAddress(address("198.51.100.2:3478")));
    let mut wanted = vec![1, 1, 0, 36];
    wanted.extend([7; 16]);
    wanted.extend([0, 1, 0, 8, 0, 1, 0x12, 0x34, 192, 0, 2, 1]);
    wanted.extend([0, 4, 0, 8, 0, 1, 0x0d, 0x96, 198, 51, 100, 2]);
    wanted.extend([0, 5, 0, 8, 0, 1, 0x0d, 0x96, 198, 51, 100, 2]);
    assert_eq!(response.encode(), wanted);
    assert_eq!(decode(&wanted).unwrap().message.mapped_address(), Some(address("192.0.2.1:4660")));
}

/// The sample responses of RFC 5769 §2.2 and §2.3: XOR-MAPPED-ADDRESS and a MESSAGE-INTEGRITY without filling.
#[test]
fn rule_293_the_samples_of_rfc_5769() {
    let v4 = hex::decode(concat!(
        "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220",
        "002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7",
        "80280004c07d4c96",
    ))
    .unwrap();
    let packet = decode(&v4).unwrap();
    assert!(packet.message.has_cookie());
    assert_eq!(packet.message.mapped_address(), Some(address("192.0.2.1:32853")));
    assert_eq!(packet.verify(b"VOkJxbRl1RmTxUk/WvJxBt"), Some(Padding::None));
    assert_eq!(packet.verify(b"VOkJxbRl1RmTxUk/WvJxBT"), None);
    let v6 = hex::decode(concat!(
        "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220",
        "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf1",
        "1784c97c8292c275bfe3ed4180280004c8fb0b4c",
    ))
    .unwrap();
    let packet = decode(&v6).unwrap();
    assert_eq!(packet.message.mapped_address(), Some(address("[2001:db8:1234:5678:11:2233:4455:6677]:32853")));
    assert_eq!(packet.verify(b"VOkJxbRl1RmTxUk/WvJxBt"), Some(Padding::None));
}

#[test]
fn rule_291_integrity_with_and_without_filling() {
    for padding in [Padding::Zeros, Padding::None] {
        let bytes = full_request().encode_signed(b"stun-secret", padding);
        let packet = decode(&bytes).unwrap();
        assert!(packet.is_signed());
        assert_eq!(packet.message.username(), Some(&b"lm-42"[..]));
        assert_eq!(packet.verify(b"stun-secret"), Some(padding));
        assert_eq!(packet.verify(b"stun-secreT"), None);
        for i in 0..bytes.len() - 24 {
            let mut changed = bytes.clone();
            changed[i] ^= 1;
            let verified = decode(&changed).ok().and_then(|packet| packet.verify(b"stun-secret"));
            assert_eq!(verified, None, "byte {i}");
        }
    }
    assert_eq!(decode(&full_request().encode()).unwrap().verify(b""), None, "nothing to verify");
}

/// Computed with another implementation of HMAC-SHA1 (Python), so that both halves cannot be wrong together.
#[test]
fn rule_291_integrity_against_known_values() {
    let message = Message::request(TRANSACTION).with(Attribute::Username(b"user".to_vec()));
    let tail = |padding| hex::encode(&message.encode_signed(b"secret", padding)[28..]);
    assert_eq!(tail(Padding::Zeros), "0008001430058045d15226a91852701ffbb3eddedb843f3a");
    assert_eq!(tail(Padding::None), "00080014fbcede5ad5fe480716366ff83e3e13320f6c9327");
}

#[test]
fn what_stands_behind_the_integrity_does_not_count() {
    let mut bytes = Message::request(TRANSACTION).encode_signed(b"p", Padding::None);
    bytes.extend([0xc0, 0x02, 0, 0]);
    set_length(&mut bytes);
    assert!(!decode(&bytes).unwrap().message.is_binding_change());
}

#[test]
fn names_without_filling_are_read() {
    // 5 bytes of name, then the next attribute at once.
    let mut bytes = Message::request(TRANSACTION).encode();
    bytes.extend([0, 6, 0, 5]);
    bytes.extend(b"lm-42");
    bytes.extend([0xc0, 0x01, 0, 20]);
    bytes.extend(TR_111);
    set_length(&mut bytes);
    let message = decode(&bytes).unwrap().message;
    assert_eq!(message.username(), Some(&b"lm-42"[..]));
    assert!(message.is_connection_request_binding());
}

#[test]
fn errors_say_their_code() {
    let error = Message { kind: Kind::Error, transaction: TRANSACTION, attributes: Vec::new() }
        .with(Attribute::error(401, "Unauthorized"))
        .with(Attribute::UnknownAttributes(vec![3]));
    let bytes = error.encode();
    assert_eq!(&bytes[20..28], [0, 9, 0, 16, 0, 0, 4, 1]);
    let read = decode(&bytes).unwrap().message;
    assert_eq!(read.error(), Some(&ErrorCode { code: 401, reason: "Unauthorized".into() }));
    assert_eq!(read.attributes[1], Attribute::UnknownAttributes(vec![3, 3]));
}

#[test]
fn what_is_no_binding_message_is_refused() {
    assert_eq!(decode(b""), Err(StunError::Size));
    assert_eq!(decode(&[0; 2000]), Err(StunError::Size));
    assert_eq!(decode(&[0; 20]), Err(StunError::Kind));
    let mut shared_secret = Message::request(TRANSACTION).encode();
    shared_secret[1] = 2;
    assert_eq!(decode(&shared_secret), Err(StunError::Kind));
    let mut long = Message::request(TRANSACTION).encode();
    long[3] = 4;
    assert_eq!(decode(&long), Err(StunError::Size));
    let mut cut = Message::request(TRANSACTION).encode();
    cut.extend([0, 6, 0, 9, 1, 2, 3, 4]);
    set_length(&mut cut);
    assert_eq!(decode(&cut), Err(StunError::Attributes));
    let mut many = Message::request(TRANSACTION);
    many.attributes = vec![Attribute::BindingChange; ATTRIBUTES_MAX + 1];
    assert_eq!(decode(&many.encode()), Err(StunError::Attributes));
}

#[test]
fn unknown_attributes_below_0x8000_must_be_understood() {
    let other = |number| Attribute::Other { number, value: vec![1, 2, 3, 4] };
    let message = Message::request(TRANSACTION).with(other(0x7fff)).with(other(0x8000)).with(Attribute::BindingChange);
    assert_eq!(decode(&message.encode()).unwrap().message.not_understood(), [0x7fff]);
}

fn any_address() -> impl Strategy<Value = SocketAddr> {
    prop_oneof![
        (any::<[u8; 4]>(), any::<u16>()).prop_map(|(ip, port)| SocketAddr::from((ip, port))),
        (any::<[u8; 16]>(), any::<u16>()).prop_map(|(ip, port)| SocketAddr::from((ip, port))),
    ]
}

fn any_attribute() -> impl Strategy<Value = Attribute> {
    prop_oneof![
        any_address().prop_map(Attribute::MappedAddress),
        any_address().prop_map(Attribute::ResponseAddress),
        any_address().prop_map(Attribute::SourceAddress),
        any_address().prop_map(Attribute::ChangedAddress),
        any_address().prop_map(Attribute::ReflectedFrom),
        any_address().prop_map(Attribute::XorMappedAddress),
        any::<(bool, bool)>().prop_map(|(address, port)| Attribute::ChangeRequest { address, port }),
        (100_u16..700).prop_map(|code| Attribute::error(code, "because")),
        Just(Attribute::ConnectionRequestBinding),
        Just(Attribute::BindingChange),
        proptest::collection::vec(any::<u8>(), 0..20).prop_map(|value| Attribute::Other { number: 0x8abc, value }),
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(packet) = decode(&bytes) {
            let _ = packet.verify(b"secret");
        }
    }

    #[test]
    fn any_attributes_are_read_without_a_panic(tail in proptest::collection::vec(any::<u8>(), 0..120)) {
        let mut bytes = Message::request(TRANSACTION).encode();
        bytes.extend(tail);
        set_length(&mut bytes);
        if let Ok(packet) = decode(&bytes) {
            let _ = (packet.message.username(), packet.message.not_understood(), packet.verify(b"secret"));
        }
    }

    #[test]
    fn what_is_written_is_read_back(
        transaction in any::<Transaction>(),
        attributes in proptest::collection::vec(any_attribute(), 0..8),
    ) {
        let message = Message { kind: Kind::Response, transaction, attributes };
        prop_assert_eq!(&decode(&message.encode()).unwrap().message, &message);
        let signed = message.encode_signed(b"secret", Padding::Zeros);
        let packet = decode(&signed).unwrap();
        prop_assert_eq!(&packet.message, &message);
        prop_assert!(packet.verify(b"secret").is_some());
    }
}
