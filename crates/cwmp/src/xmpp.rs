//! XMPP as CWMP uses it (TR-069 Annex K over RFC 6120): the connection request, the login of a client, and the stream
//! that both travel on. For both roles, without I/O.
//!
//! | Type | What it does |
//! |---|---|
//! | [`StreamReader`] | bytes to stanzas, in any pieces, bounded |
//! | [`Login`] | STARTTLS, SASL, resource binding: what to send next |
//! | [`ConnectionRequest`] | the stanza of Annex K |

mod element;
mod jid;
mod login;
mod request;
mod scram;
mod stream;

pub use element::{Element, escape};
pub use jid::Jid;
pub use login::{Account, Action, Login, LoginError};
pub use request::{Answer, ConnectionRequest, answer, error, is_allowed, ping, result};
pub use stream::{StreamEvent, StreamReader, XmppError};

/// Namespace of the connection request (cwmp-xmppConnReq-1-0.xsd).
pub const CONNECTION_REQUEST: &str = "urn:broadband-forum-org:cwmp:xmppConnReq-1-0";

const CLIENT: &str = "jabber:client";
const STREAMS: &str = "http://etherx.jabber.org/streams";
const TLS: &str = "urn:ietf:params:xml:ns:xmpp-tls";
const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";
const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
const PING: &str = "urn:xmpp:ping";

/// What ends a stream politely.
pub const STREAM_END: &str = "</stream:stream>";

#[cfg(test)]
mod tests;
