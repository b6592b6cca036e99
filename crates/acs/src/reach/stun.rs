//! The STUN server (TR-069 Annex G.2.2.2, RFC 3489): tells clients where they come from, and notes where devices want
//! to be called.
//!
//! It answers with less than three times what it was sent, to the sender's address alone, and only so many times a second for one
//! address: nobody is worth flooding through it.

mod limiter;

use super::provision::Keys;
use cwmp::stun::{self, Attribute, Kind, Message, Packet, Padding};
use limiter::Limiter;
use model::DeviceId;
use std::net::{IpAddr, SocketAddr};

/// Answers to one address in a second. Carrier NAT puts thousands of devices behind one.
const ANSWERS: u32 = 200;
/// Of these, answers to another port than the one asked from (RESPONSE-ADDRESS).
const ELSEWHERE: u32 = 10;

/// What one datagram leads to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// What to send, and where to.
    pub reply: Option<(Vec<u8>, SocketAddr)>,
    /// This device wants its calls at the address that the datagram came from.
    pub binding: Option<DeviceId>,
}

/// Decides on datagrams, without I/O.
pub(crate) struct Desk {
    keys: Keys,
    /// Ask everybody who they are.
    authenticate: bool,
    answers: Limiter,
    elsewhere: Limiter,
}

impl Desk {
    pub fn new(keys: Keys, authenticate: bool) -> Self {
        Self { keys, authenticate, answers: Limiter::new(ANSWERS), elsewhere: Limiter::new(ELSEWHERE) }
    }

    /// Takes a datagram. `from` and `own` (where it arrived) are plain addresses: no IPv4 inside IPv6. `second` is any
    /// clock of seconds.
    pub fn take(&mut self, datagram: &[u8], from: SocketAddr, own: SocketAddr, second: i64) -> Outcome {
        if from.port() == 0 || !self.answers.allows(from.ip(), second) {
            return Outcome::default();
        }
        // What is no request is not answered: two servers would talk for ever.
        let Ok(packet) = stun::decode(datagram) else { return Outcome::default() };
        let request = &packet.message;
        if request.kind != Kind::Request {
            return Outcome::default();
        }
        let to_sender = |reply: Vec<u8>| Outcome { reply: Some((reply, from)), binding: None };
        let wants_binding = request.is_connection_request_binding();
        let identified = self.identify(&packet);
        if identified.is_none() && (wants_binding || self.authenticate || packet.is_signed()) {
            // One answer for an unknown name and for a wrong password.
            return to_sender(refusal(request, Attribute::error(401, "Unauthorized")).encode());
        }
        let sign = |message: &Message| match &identified {
            Some((device, padding)) => message.encode_signed(self.keys.stun_password(*device).as_bytes(), *padding),
            None => message.encode(),
        };
        let unknown = not_understood(request);
        if !unknown.is_empty() {
            let refused = refusal(request, Attribute::error(420, "Unknown Attribute"));
            return to_sender(sign(&refused.with(Attribute::UnknownAttributes(unknown))));
        }
        let mut target = from;
        if let Some(wanted) = request.response_address()
            && wanted != from
        {
            // For finding out how long a NAT keeps a port, and for nothing else (Annex G.2.1.1).
            if wanted.ip() != from.ip() || wanted.port() == 0 {
                return to_sender(sign(&refusal(request, Attribute::error(400, "Bad Request"))));
            }
            if !self.elsewhere.allows(from.ip(), second) {
                return Outcome::default();
            }
            target = wanted;
        }
        let mut response = Message { kind: Kind::Response, transaction: request.transaction, attributes: Vec::new() }
            .with(Attribute::MappedAddress(from))
            .with(Attribute::SourceAddress(own))
            .with(Attribute::ChangedAddress(own));
        if target != from {
            response = response.with(Attribute::ReflectedFrom(from));
        }
        if request.has_cookie() {
            response = response.with(Attribute::XorMappedAddress(from));
        }
        let binding = identified.filter(|_| wants_binding).map(|(device, _)| device);
        Outcome { reply: Some((sign(&response), target)), binding }
    }

    /// Which device sent it, and how it signs. Computes, but looks nothing up: strangers cost no database access.
    fn identify(&self, packet: &Packet<'_>) -> Option<(DeviceId, Padding)> {
        let device = Keys::device(packet.message.username()?)?;
        let padding = packet.verify(self.keys.stun_password(device).as_bytes())?;
        Some((device, padding))
    }
}

fn refusal(request: &Message, error: Attribute) -> Message {
    Message { kind: Kind::Error, transaction: request.transaction, attributes: vec![error] }
}

/// What we must understand and do not: besides the unknown, answers from another address, which we do not have.
fn not_understood(request: &Message) -> Vec<u16> {
    const CHANGE_REQUEST: u16 = 3;
    let mut unknown = request.not_understood();
    let changes =
        |attribute: &Attribute| matches!(attribute, Attribute::ChangeRequest { address, port } if *address || *port);
    if request.attributes.iter().any(changes) {
        unknown.push(CHANGE_REQUEST);
    }
    unknown.truncate(8);
    unknown
}

/// An address without IPv4 inside IPv6, as a socket on `[::]` tells it.
pub(super) fn plain_socket(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4),
        v4 @ IpAddr::V4(_) => v4,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests;
