//! The attributes of a Binding message (RFC 3489 §11.2, RFC 5389 §15, TR-069 Annex G.2.2.2).

use super::address::{read_address, write_address, xor};
use super::{TR_111, Transaction};
use std::net::SocketAddr;

const MAPPED_ADDRESS: u16 = 0x0001;
const RESPONSE_ADDRESS: u16 = 0x0002;
const CHANGE_REQUEST: u16 = 0x0003;
const SOURCE_ADDRESS: u16 = 0x0004;
const CHANGED_ADDRESS: u16 = 0x0005;
const USERNAME: u16 = 0x0006;
pub(super) const MESSAGE_INTEGRITY: u16 = 0x0008;
const ERROR_CODE: u16 = 0x0009;
const UNKNOWN_ATTRIBUTES: u16 = 0x000a;
const REFLECTED_FROM: u16 = 0x000b;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
/// The number that drafts of RFC 5389 gave it.
const XOR_MAPPED_ADDRESS_DRAFT: u16 = 0x8020;
const CONNECTION_REQUEST_BINDING: u16 = 0xc001;
const BINDING_CHANGE: u16 = 0xc002;

/// One attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// The client's address as the server saw it.
    MappedAddress(SocketAddr),
    /// Where the client wants its answer.
    ResponseAddress(SocketAddr),
    /// The client wants its answer from another address or port of the server.
    ChangeRequest {
        address: bool,
        port: bool,
    },
    /// Where the answer comes from.
    SourceAddress(SocketAddr),
    /// The server's other address and port, from which it would answer a CHANGE-REQUEST.
    ChangedAddress(SocketAddr),
    /// As sent; see [`super::Message::username`].
    Username(Vec<u8>),
    Error(ErrorCode),
    UnknownAttributes(Vec<u16>),
    /// Who asked for an answer to go to a RESPONSE-ADDRESS.
    ReflectedFrom(SocketAddr),
    XorMappedAddress(SocketAddr),
    /// UDP connection requests are to go to the source of this request (0xC001).
    ConnectionRequestBinding,
    /// The binding is another one than before (0xC002).
    BindingChange,
    /// Any other, or one whose value cannot be read.
    Other {
        number: u16,
        value: Vec<u8>,
    },
}

/// `ERROR-CODE`: 100 to 699 and a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorCode {
    pub code: u16,
    pub reason: String,
}

impl Attribute {
    /// A binding error: 400 for what cannot be done, 401 for who is not known, 420 for attributes not understood.
    pub fn error(code: u16, reason: &str) -> Self {
        Self::Error(ErrorCode { code, reason: reason.to_owned() })
    }

    pub(super) fn read(number: u16, value: &[u8], transaction: &Transaction) -> Self {
        let known = match number {
            MAPPED_ADDRESS => read_address(value).map(Self::MappedAddress),
            RESPONSE_ADDRESS => read_address(value).map(Self::ResponseAddress),
            SOURCE_ADDRESS => read_address(value).map(Self::SourceAddress),
            CHANGED_ADDRESS => read_address(value).map(Self::ChangedAddress),
            REFLECTED_FROM => read_address(value).map(Self::ReflectedFrom),
            XOR_MAPPED_ADDRESS | XOR_MAPPED_ADDRESS_DRAFT => {
                read_address(value).map(|address| Self::XorMappedAddress(xor(address, transaction)))
            }
            CHANGE_REQUEST => value
                .try_into()
                .ok()
                .map(|flags: [u8; 4]| Self::ChangeRequest { address: flags[3] & 4 != 0, port: flags[3] & 2 != 0 }),
            USERNAME => Some(Self::Username(value.to_owned())),
            ERROR_CODE => read_error(value).map(Self::Error),
            UNKNOWN_ATTRIBUTES => {
                let numbers = value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                Some(Self::UnknownAttributes(numbers.collect()))
            }
            // With or without the final space, or with a zero in its place.
            CONNECTION_REQUEST_BINDING if value.starts_with(&TR_111[..19]) => Some(Self::ConnectionRequestBinding),
            BINDING_CHANGE => Some(Self::BindingChange),
            _ => None,
        };
        known.unwrap_or_else(|| Self::Other { number, value: value.to_owned() })
    }

    pub(super) fn write(&self, bytes: &mut Vec<u8>, transaction: &Transaction) {
        let (number, value) = match self {
            Self::MappedAddress(address) => (MAPPED_ADDRESS, write_address(*address)),
            Self::ResponseAddress(address) => (RESPONSE_ADDRESS, write_address(*address)),
            Self::SourceAddress(address) => (SOURCE_ADDRESS, write_address(*address)),
            Self::ChangedAddress(address) => (CHANGED_ADDRESS, write_address(*address)),
            Self::ReflectedFrom(address) => (REFLECTED_FROM, write_address(*address)),
            Self::XorMappedAddress(address) => (XOR_MAPPED_ADDRESS, write_address(xor(*address, transaction))),
            Self::ChangeRequest { address, port } => {
                (CHANGE_REQUEST, vec![0, 0, 0, u8::from(*address) << 2 | u8::from(*port) << 1])
            }
            // Filled up with zeros as part of the value: RFC 3489 §11.2.6 wants a multiple of 4.
            Self::Username(name) => (USERNAME, filled(name.clone(), 0)),
            Self::Error(error) => {
                let mut value = vec![0, 0, (error.code / 100) as u8 & 7, (error.code % 100) as u8];
                value.extend_from_slice(error.reason.as_bytes());
                (ERROR_CODE, filled(value, b' '))
            }
            Self::UnknownAttributes(numbers) => {
                let mut value: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
                // An odd one out is told twice (RFC 3489 §11.2.10).
                if let Some(last) = numbers.last().filter(|_| numbers.len() % 2 == 1) {
                    value.extend_from_slice(&last.to_be_bytes());
                }
                (UNKNOWN_ATTRIBUTES, value)
            }
            Self::ConnectionRequestBinding => (CONNECTION_REQUEST_BINDING, TR_111.to_vec()),
            Self::BindingChange => (BINDING_CHANGE, Vec::new()),
            Self::Other { number, value } => (*number, value.clone()),
        };
        // Nothing that is written here comes near the 65,535 bytes that a length can say.
        let length = value.len().min(usize::from(u16::MAX - 3));
        bytes.extend_from_slice(&number.to_be_bytes());
        bytes.extend_from_slice(&(length as u16).to_be_bytes());
        bytes.extend_from_slice(&value[..length]);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }

    /// Its type, if it must be understood and is not.
    pub(super) fn not_understood(&self) -> Option<u16> {
        match self {
            Self::Other { number, .. } if *number < 0x8000 => Some(*number),
            _ => None,
        }
    }
}

fn filled(mut value: Vec<u8>, with: u8) -> Vec<u8> {
    value.resize(value.len().next_multiple_of(4), with);
    value
}

fn read_error(value: &[u8]) -> Option<ErrorCode> {
    let (head, reason) = value.split_at_checked(4)?;
    let code = u16::from(head[2] & 7) * 100 + u16::from(head[3]);
    let reason = String::from_utf8_lossy(reason).trim_end_matches([' ', '\0']).to_owned();
    Some(ErrorCode { code, reason })
}
