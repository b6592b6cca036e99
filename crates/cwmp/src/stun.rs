//! STUN as CWMP uses it (TR-069 Annex G): the Binding of RFC 3489 with the two attributes of TR-111, for both roles.
//! Clients of RFC 5389 are served, too.
//!
//! ```text
//! Message  = Kind (2) Length (2) Transaction (16) Attribute*
//! Attribute = Type (2) Length (2) Value, filled up to a multiple of 4 bytes
//! ```
//!
//! No I/O. [`decode`] takes any bytes and never panics; a message has at most [`ATTRIBUTES_MAX`] attributes and
//! [`MESSAGE_MAX`] bytes.

mod address;
mod attribute;
mod integrity;

pub use attribute::{Attribute, ErrorCode};
pub use integrity::Padding;

use std::net::SocketAddr;
use thiserror::Error;

/// The port that STUN servers listen on (RFC 3489 §8).
pub const PORT: u16 = 3478;
/// Bytes of the longest message that is read: all there are fit into one frame.
pub const MESSAGE_MAX: usize = 1500;
/// Attributes of one message that are read.
pub const ATTRIBUTES_MAX: usize = 32;
/// The first four bytes of a transaction id by RFC 5389: such a client wants XOR-MAPPED-ADDRESS.
pub const MAGIC_COOKIE: [u8; 4] = 0x2112_A442_u32.to_be_bytes();
/// The value of CONNECTION-REQUEST-BINDING (Annex G.2.2.2), with its final space.
pub const TR_111: &[u8; 20] = b"dslforum.org/TR-111 ";

const HEADER: usize = 20;

/// Chosen by the client, echoed by the server.
pub type Transaction = [u8; 16];

/// What a message is. The Shared Secret messages of RFC 3489 are not part of Annex G.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Request,
    Response,
    Error,
}

impl Kind {
    const ALL: [(Self, u16); 3] = [(Self::Request, 0x0001), (Self::Response, 0x0101), (Self::Error, 0x0111)];

    fn number(self) -> u16 {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or(0, |(_, number)| *number)
    }
}

/// A Binding message without its MESSAGE-INTEGRITY, which stands for itself in [`Packet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub kind: Kind,
    pub transaction: Transaction,
    pub attributes: Vec<Attribute>,
}

/// Why bytes are no Binding message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StunError {
    #[error("too short or too long for a STUN message")]
    Size,
    #[error("not a Binding request, response or error")]
    Kind,
    #[error("the attributes do not fit the message")]
    Attributes,
}

/// A message as it came, so that its integrity can be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    pub message: Message,
    bytes: &'a [u8],
    /// Where MESSAGE-INTEGRITY begins, and its value.
    integrity: Option<(usize, [u8; 20])>,
}

impl Message {
    /// A Binding Request of a client.
    pub fn request(transaction: Transaction) -> Self {
        Self { kind: Kind::Request, transaction, attributes: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, attribute: Attribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// Whether the client speaks RFC 5389.
    pub fn has_cookie(&self) -> bool {
        self.transaction.starts_with(&MAGIC_COOKIE)
    }

    /// Of a request: who it says to come from, without the filling that RFC 3489 wants.
    pub fn username(&self) -> Option<&[u8]> {
        self.attributes.iter().find_map(|attribute| match attribute {
            Attribute::Username(name) => {
                let end = name.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |at| at + 1);
                Some(&name[..end])
            }
            _ => None,
        })
    }

    /// Of a request: whether its source is where UDP connection requests are to go (Annex G.2.2.2).
    pub fn is_connection_request_binding(&self) -> bool {
        self.attributes.contains(&Attribute::ConnectionRequestBinding)
    }

    /// Of a request: whether the binding changed since the last one.
    pub fn is_binding_change(&self) -> bool {
        self.attributes.contains(&Attribute::BindingChange)
    }

    /// Of a request: where the answer is to go instead of its source.
    pub fn response_address(&self) -> Option<SocketAddr> {
        self.attributes.iter().find_map(|attribute| match attribute {
            Attribute::ResponseAddress(address) => Some(*address),
            _ => None,
        })
    }

    /// Of a response: the client as the server saw it.
    pub fn mapped_address(&self) -> Option<SocketAddr> {
        let xor = self.attributes.iter().find_map(|attribute| match attribute {
            Attribute::XorMappedAddress(address) => Some(*address),
            _ => None,
        });
        xor.or_else(|| {
            self.attributes.iter().find_map(|attribute| match attribute {
                Attribute::MappedAddress(address) => Some(*address),
                _ => None,
            })
        })
    }

    /// Of an error: its code, such as 401.
    pub fn error(&self) -> Option<&ErrorCode> {
        self.attributes.iter().find_map(|attribute| match attribute {
            Attribute::Error(error) => Some(error),
            _ => None,
        })
    }

    /// Types of attributes that must be understood and are not: below 0x8000 (RFC 3489 §11.2).
    pub fn not_understood(&self) -> Vec<u16> {
        self.attributes.iter().filter_map(Attribute::not_understood).collect()
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(&self.kind.number().to_be_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&self.transaction);
        for attribute in &self.attributes {
            attribute.write(&mut bytes, &self.transaction);
        }
        set_length(&mut bytes);
        bytes
    }

    /// With MESSAGE-INTEGRITY as the last attribute.
    pub fn encode_signed(&self, password: &[u8], padding: Padding) -> Vec<u8> {
        let mut bytes = self.encode();
        integrity::sign(&mut bytes, password, padding);
        bytes
    }
}

fn set_length(bytes: &mut [u8]) {
    let length = (bytes.len() - HEADER) as u16;
    bytes[2..4].copy_from_slice(&length.to_be_bytes());
}

impl Packet<'_> {
    /// Whether there is a MESSAGE-INTEGRITY at all.
    pub fn is_signed(&self) -> bool {
        self.integrity.is_some()
    }

    /// Which way of signing with this password gives the message's MESSAGE-INTEGRITY; `None` if neither does.
    pub fn verify(&self, password: &[u8]) -> Option<Padding> {
        let (at, value) = self.integrity?;
        integrity::verify(&self.bytes[..at], &value, password)
    }
}

/// Reads one datagram. What follows the message's own length is ignored, as are attributes that are not known.
pub fn decode(bytes: &[u8]) -> Result<Packet<'_>, StunError> {
    if bytes.len() < HEADER || bytes.len() > MESSAGE_MAX {
        return Err(StunError::Size);
    }
    let number = u16::from_be_bytes([bytes[0], bytes[1]]);
    let kind = Kind::ALL.iter().find(|(_, known)| *known == number).map(|(kind, _)| *kind).ok_or(StunError::Kind)?;
    let end = HEADER + usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
    if end > bytes.len() {
        return Err(StunError::Size);
    }
    let mut transaction = [0; 16];
    transaction.copy_from_slice(&bytes[4..HEADER]);
    let bytes = &bytes[..end];
    // RFC 3489 wants values whose length is a multiple of 4, RFC 5389 fills up others; some devices do neither.
    let walked = walk(bytes, &transaction, true).or_else(|_| walk(bytes, &transaction, false))?;
    let (attributes, integrity) = walked;
    Ok(Packet { message: Message { kind, transaction, attributes }, bytes, integrity })
}

type Walked = (Vec<Attribute>, Option<(usize, [u8; 20])>);

fn walk(bytes: &[u8], transaction: &Transaction, filled: bool) -> Result<Walked, StunError> {
    let mut attributes = Vec::new();
    let mut integrity = None;
    let mut at = HEADER;
    let mut count = 0;
    while at < bytes.len() {
        count += 1;
        let head = bytes.get(at..at + 4).filter(|_| count <= ATTRIBUTES_MAX).ok_or(StunError::Attributes)?;
        let number = u16::from_be_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = bytes.get(at + 4..at + 4 + length).ok_or(StunError::Attributes)?;
        if number == attribute::MESSAGE_INTEGRITY {
            integrity = integrity.or(value.try_into().ok().map(|value| (at, value)));
        } else if integrity.is_none() {
            // What stands behind MESSAGE-INTEGRITY is not protected by it and does not count (RFC 5389 §15.4).
            attributes.push(Attribute::read(number, value, transaction));
        }
        at += 4 + if filled { length.next_multiple_of(4) } else { length };
    }
    // The last one's filling may be missing.
    if at > bytes.len() + 3 { Err(StunError::Attributes) } else { Ok((attributes, integrity)) }
}

#[cfg(test)]
mod tests;
