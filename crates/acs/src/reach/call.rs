//! How a connection request went, whichever way it took.

use std::net::IpAddr;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// The device will contact us, or we have no way of knowing: the session tells.
    Accepted(Accepted),
    /// In a session, asked too often, or not connected to its XMPP server (rules 273 and 295).
    Busy,
    Failed(Failure),
}

impl Reached {
    /// In plain words, for the protocol trace.
    pub fn words(&self) -> String {
        match self {
            Self::Accepted(Accepted { unprotected: true, .. }) => {
                "The router will connect; it did not ask who we are.".to_owned()
            }
            Self::Accepted(_) => "The call went out as it should.".to_owned(),
            Self::Busy => "The router is busy, or not connected to its XMPP server.".to_owned(),
            Self::Failed(failure) => failure.reason(),
        }
    }
}

/// How the device took it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// Without asking who we are (rule 272).
    pub unprotected: bool,
    /// Not with its own name and password, but with those it was unpacked with.
    pub factory: bool,
}

/// Why a device could not be woken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Not an `http://` URL with a host.
    Url,
    /// Not a `host:port`.
    UdpAddress,
    /// Not a Jabber id.
    JabberId,
    /// A domain that the settings do not name.
    Domain,
    /// The address is not one we may contact.
    Refused(IpAddr),
    Resolve,
    /// No TCP connection: switched off, behind NAT, or filtered.
    Connect,
    /// The network of this server would not take the datagram.
    Send,
    /// It took the connection and said nothing in time.
    Silent,
    /// It closed the connection or sent something that is not HTTP.
    Garbled,
    /// It wants Basic, which is not allowed.
    Basic,
    /// It wants a kind of digest that we do not speak.
    Challenge,
    /// Our user name and password are not the ones it has.
    Credentials,
    /// Any other status.
    Status(u16),
    /// We are not connected to the XMPP server.
    XmppDown,
    /// No answer to the stanza.
    XmppSilent,
    /// Any other error of XMPP.
    Xmpp(String),
    /// Nothing went wrong, but no session followed.
    NoContact,
}

impl Failure {
    /// In plain words, for the portal.
    pub fn reason(&self) -> String {
        let text = match self {
            Self::Url => "The router gave no usable address for calls.",
            Self::UdpAddress => "The router gave no usable address for UDP calls.",
            Self::JabberId => "The router gave no usable XMPP address.",
            Self::Domain => "The router's XMPP address is on a server that the settings do not name.",
            Self::Refused(ip) => return format!("Calls to {ip} are not allowed by the egress settings."),
            Self::Resolve => "The router's address for calls cannot be resolved.",
            Self::Connect => "The router cannot be reached from here: switched off, behind NAT or filtered.",
            Self::Send => "This server's network does not carry calls to the router's address.",
            Self::Silent => "The router took the call and said nothing.",
            Self::Garbled => "The router's answer to the call cannot be read.",
            Self::Basic => "The router asks for its password in the clear, which is not allowed.",
            Self::Challenge => "The router asks for a kind of sign-in that is not known.",
            Self::Credentials => "The router refused our user name and password for calls.",
            Self::Status(404) => "The router does not know the address for calls any more.",
            Self::Status(status) => return format!("The router refused the call (HTTP {status})."),
            Self::XmppDown => "Lastmile is not connected to the XMPP server.",
            Self::XmppSilent => "The router did not answer over XMPP.",
            Self::Xmpp(condition) => return format!("The XMPP server refused the call ({condition})."),
            Self::NoContact => "The call went out, but the router did not connect.",
        };
        text.to_owned()
    }
}

/// What the device at the other end is to be convinced with, best first.
#[derive(Clone, Copy)]
pub(crate) struct Credentials<'a> {
    pub username: &'a str,
    pub password: &'a str,
    /// Those it was unpacked with.
    pub factory: bool,
}
