//! Settings of who may report and how: TLS, enrolment.

use super::section::section;
use super::value::{Raw, Setting, list};
use crate::tls::ExpiredClients;
use acs::{EnrolmentPolicy, Rebootstrap};
use hyper::header::HeaderName;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

section! {
    /// `[cwmp.tls]`: a second listener for CPEs, with TLS 1.2 and 1.3.
    TlsSettings {
        /// Without one there is no such listener.
        listen: Option<SocketAddr> = None, "an address with a port, such as \"0.0.0.0:7549\"", |_| true;
        /// PEM files, each with its chain; the first that a device can take is shown to it. Read again when they change.
        certificate: Vec<PathBuf> = Vec::new(), "files, such as [\"rsa.pem\", \"ecdsa.pem\"]", |_| true;
        /// PEM files with the keys of the certificates, in the same order.
        key: Vec<PathBuf> = Vec::new(), "files, such as [\"rsa.key\", \"ecdsa.key\"]", |_| true;
        /// Authorities of client certificates: PEM files, each for all makers or, after `=`, for those with these OUIs.
        client_ca: Vec<Authority> = Vec::new(), "files, such as [\"own.pem\", \"kestrel.pem = 00D09E 02A0E1\"]", |_| true;
        /// `required`: no connection without a certificate of one of the authorities.
        client_certificates: ClientCertificates = ClientCertificates { required: false }, "\"optional\" or \"required\"", |_| true;
        /// What to do with client certificates whose time is over.
        expired_client_certificates: ExpiredClients = ExpiredClients::Refuse, "\"refuse\" or \"accept\"", |_| true;
        /// From connecting to the end of the handshake.
        handshake_timeout: Duration = Duration::from_secs(15), "1 to 300 seconds", |span| (1..=300).contains(&span.as_secs());
    }
}

section! {
    /// `[cwmp.enrolment]`: which devices may take part.
    EnrolmentSettings {
        /// `open`: all that prove who they are; `registered`: only those that were registered before; `quarantine`: new
        /// ones are taken down and wait until somebody approves them.
        policy: Policy = Policy(EnrolmentPolicy::Open), "\"open\", \"registered\" or \"quarantine\"", |_| true;
        /// A device with a password of its own that was reset comes back with the shared one: `allow`, or `quarantine`
        /// until somebody approves it.
        rebootstrap: OnReset = OnReset(Rebootstrap::Allow), "\"allow\" or \"quarantine\"", |_| true;
    }
}

/// An authority and the makers that it vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    pub file: PathBuf,
    /// In upper case; empty: all.
    pub ouis: Vec<String>,
}

impl Authority {
    fn parse(text: &str) -> Option<Self> {
        let (file, ouis) = text.rsplit_once('=').unwrap_or((text, ""));
        let ouis: Vec<_> = ouis.split_whitespace().map(str::to_ascii_uppercase).collect();
        let right = ouis.iter().all(|oui| oui.len() == 6 && oui.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let bound = !text.contains('=') || !ouis.is_empty();
        (right && bound && !file.trim().is_empty()).then(|| Self { file: file.trim().into(), ouis })
    }
}

impl Setting for Vec<Authority> {
    fn read(raw: &Raw) -> Option<Self> {
        list(raw, Authority::parse)
    }
}

impl Setting for Vec<PathBuf> {
    fn read(raw: &Raw) -> Option<Self> {
        list(raw, |text| (!text.is_empty()).then(|| text.into()))
    }
}

/// Whether a client must show a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientCertificates {
    pub required: bool,
}

impl Setting for ClientCertificates {
    fn read(raw: &Raw) -> Option<Self> {
        match String::read(raw)?.as_str() {
            "optional" => Some(Self { required: false }),
            "required" => Some(Self { required: true }),
            _ => None,
        }
    }
}

impl Setting for ExpiredClients {
    fn read(raw: &Raw) -> Option<Self> {
        match String::read(raw)?.as_str() {
            "refuse" => Some(Self::Refuse),
            "accept" => Some(Self::Accept),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy(pub EnrolmentPolicy);

impl Setting for Policy {
    fn read(raw: &Raw) -> Option<Self> {
        match String::read(raw)?.as_str() {
            "open" => Some(Self(EnrolmentPolicy::Open)),
            "registered" => Some(Self(EnrolmentPolicy::Registered)),
            "quarantine" => Some(Self(EnrolmentPolicy::Quarantine)),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnReset(pub Rebootstrap);

impl Setting for OnReset {
    fn read(raw: &Raw) -> Option<Self> {
        match String::read(raw)?.as_str() {
            "allow" => Some(Self(Rebootstrap::Allow)),
            "quarantine" => Some(Self(Rebootstrap::Quarantine)),
            _ => None,
        }
    }
}

/// The name of an HTTP header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header(pub HeaderName);

impl Setting for Header {
    fn read(raw: &Raw) -> Option<Self> {
        String::read(raw)?.parse().ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_62_authorities_are_for_all_makers_or_some() {
        let one = |text: &str| Authority::parse(text);
        let all = Authority { file: "own.pem".into(), ouis: Vec::new() };
        assert_eq!(one("own.pem"), Some(all.clone()));
        let some = Authority { file: "a b.pem".into(), ouis: vec!["00D09E".into(), "02A0E1".into()] };
        assert_eq!(one("a b.pem = 00d09e 02A0E1"), Some(some.clone()));
        for wrong in ["", " = 00D09E", "a.pem =", "a.pem = 00D09", "a.pem = kestrel"] {
            assert_eq!(one(wrong), None, "{wrong}");
        }
        let both = Vec::<Authority>::read(&Raw::Text("own.pem, a b.pem = 00D09E 02A0E1".into()));
        assert_eq!(both, Some(vec![all, some]));
        assert_eq!(Vec::<PathBuf>::read(&Raw::Text("one.pem".into())), Some(vec!["one.pem".into()]));
    }
}
