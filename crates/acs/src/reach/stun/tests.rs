use super::*;
use proptest::prelude::*;
use stun::Transaction;

const CLASSIC: Transaction = [9; 16];

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn own() -> SocketAddr {
    address("198.51.100.2:3478")
}

fn device() -> SocketAddr {
    address("203.0.113.5:40000")
}

fn keys() -> Keys {
    Keys::new([1; 32])
}

fn desk() -> Desk {
    Desk::new(keys(), false)
}

fn known(id: i64) -> Message {
    let name = Keys::username(DeviceId(id)).into_bytes();
    Message::request(CLASSIC).with(Attribute::ConnectionRequestBinding).with(Attribute::Username(name))
}

fn signed(message: &Message, id: i64, padding: Padding) -> Vec<u8> {
    message.encode_signed(keys().stun_password(DeviceId(id)).as_bytes(), padding)
}

/// The answer, as the client reads it.
fn answer(outcome: &Outcome) -> Message {
    stun::decode(&outcome.reply.as_ref().unwrap().0).unwrap().message
}

fn code(outcome: &Outcome) -> Option<u16> {
    outcome.reply.as_ref().and_then(|_| answer(outcome).error().map(|error| error.code))
}

#[test]
fn rule_289_a_classic_client_learns_its_binding() {
    let outcome = desk().take(&Message::request(CLASSIC).encode(), device(), own(), 0);
    assert_eq!(outcome.reply.as_ref().unwrap().1, device());
    let response = answer(&outcome);
    assert_eq!((response.kind, response.transaction), (Kind::Response, CLASSIC));
    assert_eq!(
        response.attributes,
        [Attribute::MappedAddress(device()), Attribute::SourceAddress(own()), Attribute::ChangedAddress(own()),]
    );
    assert_eq!(outcome.binding, None, "nobody was identified");
}

#[test]
fn rule_293_a_client_with_the_magic_cookie_gets_the_xored_address() {
    let mut transaction = CLASSIC;
    transaction[..4].copy_from_slice(&stun::MAGIC_COOKIE);
    let outcome = desk().take(&Message::request(transaction).encode(), device(), own(), 0);
    assert!(answer(&outcome).attributes.contains(&Attribute::XorMappedAddress(device())));
}

#[test]
fn rule_290_a_signed_request_tells_where_the_device_wants_its_calls() {
    for padding in [Padding::Zeros, Padding::None] {
        let outcome = desk().take(&signed(&known(42), 42, padding), device(), own(), 0);
        assert_eq!(outcome.binding, Some(DeviceId(42)));
        let (bytes, _) = outcome.reply.unwrap();
        let packet = stun::decode(&bytes).unwrap();
        assert_eq!(packet.message.mapped_address(), Some(device()));
        // Signed as the request was (RFC 3489 §8.2), so that the device can trust it.
        assert_eq!(packet.verify(keys().stun_password(DeviceId(42)).as_bytes()), Some(padding));
    }
    // Signed, but not for calls: from the port that only tests how long the NAT keeps a binding.
    let test = Message::request(CLASSIC).with(Attribute::Username(b"lm-42".to_vec()));
    assert_eq!(desk().take(&signed(&test, 42, Padding::Zeros), device(), own(), 0).binding, None);
}

#[test]
fn rule_291_who_is_not_known_gets_401_and_changes_nothing() {
    let refused = |bytes: &[u8]| {
        let outcome = desk().take(bytes, device(), own(), 0);
        assert_eq!(outcome.binding, None);
        code(&outcome)
    };
    assert_eq!(refused(&Message::request(CLASSIC).with(Attribute::ConnectionRequestBinding).encode()), Some(401));
    assert_eq!(refused(&known(42).encode()), Some(401), "a name without a signature");
    assert_eq!(refused(&signed(&known(42), 43, Padding::Zeros)), Some(401), "signed by another device");
    assert_eq!(refused(&known(42).encode_signed(b"guess", Padding::None)), Some(401));
    let stranger = Message::request(CLASSIC).with(Attribute::Username(b"admin".to_vec()));
    assert_eq!(refused(&stranger.encode_signed(b"guess", Padding::None)), Some(401));
    // By policy, everybody.
    let mut strict = Desk::new(keys(), true);
    assert_eq!(code(&strict.take(&Message::request(CLASSIC).encode(), device(), own(), 0)), Some(401));
    assert_eq!(code(&strict.take(&signed(&known(42), 42, Padding::Zeros), device(), own(), 0)), None);
}

#[test]
fn rule_289_answers_go_to_the_senders_address_alone() {
    let to = |wanted: &str| Message::request(CLASSIC).with(Attribute::ResponseAddress(address(wanted))).encode();
    let same = desk().take(&to("203.0.113.5:50000"), device(), own(), 0);
    assert_eq!(same.reply.as_ref().unwrap().1, address("203.0.113.5:50000"));
    assert!(answer(&same).attributes.contains(&Attribute::ReflectedFrom(device())));
    assert_eq!(answer(&same).mapped_address(), Some(device()));
    for elsewhere in ["192.0.2.99:50000", "203.0.113.5:0", "[2001:db8::1]:1"] {
        let outcome = desk().take(&to(elsewhere), device(), own(), 0);
        assert_eq!((code(&outcome), outcome.reply.unwrap().1), (Some(400), device()), "{elsewhere}");
    }
    // And not often.
    let mut desk = desk();
    let sent = (0..100).filter(|_| desk.take(&to("203.0.113.5:50000"), device(), own(), 7).reply.is_some()).count();
    assert_eq!(sent, ELSEWHERE as usize);
    assert!(desk.take(&to("203.0.113.5:50000"), device(), own(), 8).reply.is_some());
}

#[test]
fn one_address_gets_so_many_answers_a_second() {
    let mut desk = desk();
    let request = Message::request(CLASSIC).encode();
    let mut answered = |from: &str, second| {
        let from = address(from);
        (0..500).filter(|_| desk.take(&request, from, own(), second).reply.is_some()).count()
    };
    assert_eq!(answered("203.0.113.5:40000", 1), ANSWERS as usize);
    assert_eq!(answered("203.0.113.5:40001", 1), 0, "another port of the same address");
    assert_eq!(answered("203.0.113.6:40000", 1), ANSWERS as usize);
    assert_eq!(answered("[2001:db8::1]:1", 1), ANSWERS as usize);
    assert_eq!(answered("[2001:db8::2]:1", 1), 0, "the same /64");
    assert_eq!(answered("203.0.113.5:40000", 2), ANSWERS as usize);
}

#[test]
fn what_we_cannot_do_is_said() {
    let change = Message::request(CLASSIC).with(Attribute::ChangeRequest { address: true, port: true });
    let outcome = desk().take(&change.encode(), device(), own(), 0);
    assert_eq!(code(&outcome), Some(420));
    assert_eq!(answer(&outcome).attributes[1], Attribute::UnknownAttributes(vec![3, 3]));
    let nothing = Message::request(CLASSIC).with(Attribute::ChangeRequest { address: false, port: false });
    assert_eq!(code(&desk().take(&nothing.encode(), device(), own(), 0)), None);
}

#[test]
fn what_is_no_request_is_not_answered() {
    let response = Message { kind: Kind::Response, ..Message::request(CLASSIC) };
    let error = Message { kind: Kind::Error, ..Message::request(CLASSIC) };
    for bytes in [response.encode(), error.encode(), b"GET / HTTP/1.1\r\n\r\n".to_vec(), Vec::new()] {
        assert_eq!(desk().take(&bytes, device(), own(), 0), Outcome::default());
    }
    let to_port_0 = desk().take(&Message::request(CLASSIC).encode(), address("203.0.113.5:0"), own(), 0);
    assert_eq!(to_port_0, Outcome::default());
}

proptest! {
    #[test]
    fn any_datagram_is_answered_in_bounds(bytes in proptest::collection::vec(any::<u8>(), 0..120), as_request: bool) {
        let mut bytes = bytes;
        if as_request && bytes.len() >= 20 {
            let length = (bytes.len() - 20) as u16;
            bytes[..2].copy_from_slice(&[0, 1]);
            bytes[2..4].copy_from_slice(&length.to_be_bytes());
        }
        let outcome = desk().take(&bytes, device(), own(), 0);
        prop_assert_eq!(outcome.binding, None);
        if let Some((reply, _)) = outcome.reply {
            // 28 bytes of IP and UDP go with each.
            prop_assert!(reply.len() + 28 < 3 * (bytes.len() + 28), "{} for {}", reply.len(), bytes.len());
        }
    }
}
