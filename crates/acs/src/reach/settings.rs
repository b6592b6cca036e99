//! What waking devices needs to know from the configuration.

use std::fmt;

/// Settings of connection requests beyond where they may go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReachSettings {
    /// A name and password that devices are known to come with, tried after what they were given.
    pub factory: Option<FactoryCredentials>,
    /// Answer devices that ask for Basic, which sends the password in the clear (rule 271).
    pub basic: bool,
    /// Call the address that a device comes from where the one it gave is not public (rule 377).
    pub use_peer_address: bool,
    /// A STUN server of our own runs: see [`crate::Acs::serve_stun`].
    pub stun: Option<StunSettings>,
    pub xmpp: Option<XmppSettings>,
}

/// Of a device as it is unpacked.
#[derive(Clone, PartialEq, Eq)]
pub struct FactoryCredentials {
    pub username: String,
    /// Never printed.
    pub password: String,
}

/// The STUN server (Annex G), and what devices are told about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StunSettings {
    /// Ask every client for the name and password that its device was given; otherwise only those that want to be
    /// called at the address they come from.
    pub authenticate: bool,
    /// Set STUN on devices that have it.
    pub provision: bool,
    /// `STUNServerAddress`; empty for the host of the device's own ACS URL.
    pub host: String,
    /// `STUNServerPort`.
    pub port: u16,
    /// `STUNMinimumKeepAlivePeriod` in seconds.
    pub keep_alive: u32,
}

/// The account of this server on an XMPP server (Annex K), and what devices are told about it.
#[derive(Clone, PartialEq, Eq)]
pub struct XmppSettings {
    /// Our address, such as `acs@example.net/lastmile`.
    pub jid: String,
    /// Never printed.
    pub password: String,
    /// Where the server is; empty for the domain of `jid`.
    pub host: String,
    pub port: u16,
    /// Certificates in PEM that the server's one must come from; `None` for the usual authorities.
    pub authorities: Option<Vec<u8>>,
    /// Domains whose devices may be asked; empty for that of `jid` alone.
    pub domains: Vec<String>,
    /// Set XMPP on devices that have it: each gets an account of its own on this domain, which has to exist there (see
    /// [`crate::Acs::xmpp_account`]). Empty: nothing is set.
    pub device_domain: String,
}

impl fmt::Debug for FactoryCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FactoryCredentials").field("username", &self.username).finish_non_exhaustive()
    }
}

impl fmt::Debug for XmppSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XmppSettings")
            .field("jid", &self.jid)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("domains", &self.domains)
            .field("device_domain", &self.device_domain)
            .finish_non_exhaustive()
    }
}
