//! Whom the credentials of a request stand for, and whether they go with the device it says to be.

use crate::devices::Entry;
use cwmp::digest::Tolerance;
use cwmp::identity::is_username_of;
use model::device::{Enrolment, Identity};
use serde::Deserialize;
use std::sync::Arc;
use store::DeviceRecord;

/// What a client certificate says, once its chain was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The subject's common name: `OUI-ProductClass-Serial` or `OUI-Serial`, percent-encoded; or anything else, in a
    /// certificate that many devices share.
    pub common_name: String,
    /// The makers that its authority vouches for, in upper case; empty: all.
    pub ouis: Vec<String>,
}

impl ClientCertificate {
    /// Whether it is that of one device, by its form: an OUI and more.
    pub fn names_a_device(&self) -> bool {
        let oui = self.common_name.split_once('-').map_or("", |(oui, _)| oui);
        oui.len() == 6 && oui.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    /// How it goes with what an Inform says.
    pub(crate) fn standing(&self, identity: &Identity) -> CertificateStanding {
        if !self.ouis.is_empty() && !self.ouis.contains(&identity.oui) {
            return CertificateStanding::Foreign;
        }
        if is_username_of(&self.common_name, identity) {
            return CertificateStanding::Own;
        }
        let kind = format!("{}-{}", identity.oui, identity.product_class);
        if self.names_a_device() && !self.common_name.eq_ignore_ascii_case(&kind) {
            return CertificateStanding::Foreign;
        }
        CertificateStanding::Generic
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CertificateStanding {
    /// That of this device.
    Own,
    /// Of many devices: a login is needed besides (rule 61).
    Generic,
    /// Of another device, or of an authority that does not vouch for this maker (rule 62).
    Foreign,
}

/// How a session's device has proved who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Nothing was asked.
    None,
    /// The password that all devices share.
    Shared,
    /// The password of its own.
    Own,
    /// A password that it was given and had not used before.
    Pending,
    Certificate,
}

/// Whom the credentials of a request stand for.
pub(crate) enum Admission {
    /// Any device: nothing was asked.
    Open,
    /// The device whose session the connection carries, and no other.
    Session {
        device: Arc<Entry>,
        login: Option<String>,
        proof: Proof,
    },
    Login(Login),
    Certificate(ClientCertificate),
}

/// A name with a right password.
pub(crate) struct Login {
    pub username: String,
    pub proof: Proof,
    /// Whose password it is, if it is a device's own.
    pub device: Option<Arc<Entry>>,
    /// What must be tolerated of the device for the login to be right.
    pub needs: Tolerance,
}

/// What the credentials of a request mean for one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Fine(Proof),
    /// They belong to another device.
    Foreign,
    /// The shared password, of a device that has its own.
    SharedNoMore,
    /// A login is needed: there was none, or one in a form that is tolerated of others only.
    Unproven,
}

/// What an operator tolerates of one device; see [`DeviceRecord::overrides`].
#[derive(Default, Deserialize)]
#[serde(default)]
struct Tolerated {
    digest_rfc2069: bool,
    digest_repeated_nc: bool,
}

impl Admission {
    /// The name that was used, if one was.
    pub fn login(&self) -> Option<&str> {
        match self {
            Self::Login(login) => Some(&login.username),
            Self::Session { login, .. } => login.as_deref(),
            Self::Open | Self::Certificate(_) => None,
        }
    }

    /// What they mean for the device with this identity (rules 52 and 61). `username` is the shared one; `record` is
    /// what is known of the device, if anything.
    pub fn standing(&self, identity: &Identity, record: Option<&DeviceRecord>, username: Option<&str>) -> Standing {
        match self {
            Self::Open => Standing::Fine(Proof::None),
            Self::Session { device, proof, .. } => {
                if !device.record().identity.is_same_device(identity) {
                    return Standing::Unproven;
                }
                if *proof == Proof::Shared { shared(record) } else { Standing::Fine(*proof) }
            }
            Self::Login(login) => {
                let own = match &login.device {
                    Some(device) => device.record().identity.is_same_device(identity),
                    None => Some(login.username.as_str()) == username || is_username_of(&login.username, identity),
                };
                if !own {
                    return Standing::Foreign;
                }
                if !tolerates(record, login.needs) {
                    return Standing::Unproven;
                }
                if login.proof == Proof::Shared { shared(record) } else { Standing::Fine(login.proof) }
            }
            Self::Certificate(certificate) => match certificate.standing(identity) {
                CertificateStanding::Own => Standing::Fine(Proof::Certificate),
                CertificateStanding::Generic => Standing::Unproven,
                CertificateStanding::Foreign => Standing::Foreign,
            },
        }
    }
}

/// The shared password is good for devices that have none of their own, and for one that waits for a person to say
/// whether it was reset.
fn shared(record: Option<&DeviceRecord>) -> Standing {
    let own =
        record.is_some_and(|record| !record.cpe_username.is_empty() && record.enrolment != Enrolment::Quarantined);
    if own { Standing::SharedNoMore } else { Standing::Fine(Proof::Shared) }
}

fn tolerates(record: Option<&DeviceRecord>, needs: Tolerance) -> bool {
    if needs == Tolerance::default() {
        return true;
    }
    let known: Tolerated = record.and_then(|record| serde_json::from_str(&record.overrides).ok()).unwrap_or_default();
    (!needs.allow_rfc2069 || known.digest_rfc2069) && (!needs.repeated_nc || known.digest_repeated_nc)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        Identity { oui: "00D09E".into(), product_class: "Home GW".into(), serial: "1/2".into(), ..Identity::default() }
    }

    fn standing(common_name: &str, ouis: &[&str]) -> CertificateStanding {
        let ouis = ouis.iter().map(|oui| (*oui).to_owned()).collect();
        ClientCertificate { common_name: common_name.to_owned(), ouis }.standing(&identity())
    }

    #[test]
    fn rule_61_a_certificate_is_of_its_device_alone_or_of_many() {
        use CertificateStanding::{Foreign, Generic, Own};
        for (name, expected) in [
            ("00D09E-Home%20GW-1%2F2", Own),
            ("00d09e-1%2f2", Own),
            ("00D09E-Home%20GW-1%2F3", Foreign),
            ("02A0E1-Home%20GW-1%2F2", Foreign),
            ("00D09E-Home GW", Generic),
            ("Kestrel gateways", Generic),
            ("cpe.example.net", Generic),
            ("", Generic),
        ] {
            assert_eq!(standing(name, &[]), expected, "{name}");
        }
    }

    #[test]
    fn rule_62_an_authority_vouches_for_its_makers_alone() {
        assert_eq!(standing("00D09E-Home%20GW-1%2F2", &["02A0E1", "00D09E"]), CertificateStanding::Own);
        assert_eq!(standing("00D09E-Home%20GW-1%2F2", &["02A0E1"]), CertificateStanding::Foreign);
        assert_eq!(standing("Kestrel gateways", &["02A0E1"]), CertificateStanding::Foreign);
    }
}
