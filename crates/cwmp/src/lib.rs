//! TR-069 (CWMP 1.0–1.4) on the wire, for both roles: the ACS and, for the simulator, the CPE.
//!
//! No I/O and no database. Bytes in, typed messages out, and back. The rules that are referred to as
//! "A.3.2.1" or "§3.5" are sections of TR-069 Issue 1 Amendment 6.
//!
//! | Module | What it knows |
//! |---|---|
//! | [`message`] | the messages as types |
//! | [`decode`] | bytes to messages: tolerant to what devices do, bounded against what attackers do |
//! | [`encode`] | messages to bytes, in the dialect of the peer |
//! | [`digest`] | HTTP Digest and Basic: the server's half and the client's half |
//! | [`cookie`] | the session cookie |
//! | [`event`] | event codes and their spellings in the field |
//! | [`fault`] | fault codes and their standard texts |
//! | [`http_answer`] | the head of the answer to a connection request |
//! | [`identity`] | a device's key and user name |
//! | [`lightweight`] | lightweight notifications over UDP |
//! | [`path`] | the grammar of parameter paths |
//! | [`readable`] | bodies for people, without secrets |
//! | [`time`] | the `dateTime` of CWMP |
//! | [`stun`] | the STUN of Annex G, both roles |
//! | [`udp_request`] | the UDP connection request of Annex G, both roles |
//! | [`version`] | negotiation of the protocol version |
//! | [`xmpp`] | the XMPP connection request of Annex K, with a client's login |
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod cookie;
pub mod decode;
pub mod digest;
pub mod encode;
pub mod event;
pub mod fault;
pub mod http_answer;
pub mod identity;
pub mod lightweight;
pub mod message;
pub mod path;
pub mod readable;
pub mod stun;
pub mod time;
pub mod udp_request;
pub mod version;
pub mod xmpp;

pub use decode::{DecodeError, Limits, decode_acs, decode_cpe, is_empty_body, manner_of};
pub use encode::{
    AcsHeader, CpeHeader, MAX_FRAGMENT, SoapFault, check_fragment, encode_soap_fault, encode_to_acs, encode_to_cpe,
    encode_to_cpe_with, not_in_xml,
};
pub use identity::device_key;
pub use message::*;

/// SOAP 1.1, the only version of CWMP (§3.5).
pub(crate) const SOAP_ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(crate) const SOAP_ENCODING: &str = "http://schemas.xmlsoap.org/soap/encoding/";
