//! Who a CPE is (§3.4.4, rules 35–55).

use crate::devices::Entry;
use crate::{CpeAuth, CwmpRequest};
use cwmp::digest::{Authorization, Credential, Digest, Tolerance, Verdict, ha1};
use cwmp::identity::is_username_of;
use model::Timestamp;
use model::device::Identity;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// Realm of the challenges.
const REALM: &str = "Lastmile";

/// Checks credentials and makes challenges.
pub(crate) struct CpeGate {
    auth: CpeAuth,
    digest: Digest,
    /// Of the shared name and password.
    shared_ha1: String,
}

/// Whom the credentials of a request stand for.
pub(crate) enum Admission {
    /// Any device: nothing was asked, or the shared name was used.
    Open,
    /// The device whose session the connection carries, and no other.
    Session(Arc<Entry>),
    /// The device with this name.
    Device(String),
}

impl Admission {
    /// Whether a device with this identity may use them (rule 52).
    pub fn covers(&self, identity: &Identity) -> bool {
        match self {
            Self::Open => true,
            Self::Session(device) => device.record().identity.is_same_device(identity),
            Self::Device(username) => is_username_of(username, identity),
        }
    }
}

impl CpeGate {
    pub fn new(auth: CpeAuth) -> Self {
        let shared_ha1 = match &auth {
            CpeAuth::Shared { username, password } => ha1(username, REALM, password),
            CpeAuth::Off => String::new(),
        };
        Self { auth, digest: Digest::new(REALM, rand::random()), shared_ha1 }
    }

    /// The nonce that an answer to a digest challenge names.
    pub fn nonce(authorization: Option<&Authorization>) -> Option<&str> {
        match authorization {
            Some(Authorization::Digest(digest)) => Some(&digest.nonce),
            _ => None,
        }
    }

    /// Whom the request comes from, or the challenges to answer it with.
    pub fn admit(
        &self,
        authorization: Option<&Authorization>,
        request: &CwmpRequest,
        now: Timestamp,
    ) -> Result<Admission, Vec<String>> {
        let CpeAuth::Shared { username, password } = &self.auth else { return Ok(Admission::Open) };
        let mut stale = false;
        match authorization {
            Some(Authorization::Digest(answer)) => {
                let shared = answer.username == *username;
                let credential =
                    if shared { Credential::Ha1(&self.shared_ha1) } else { Credential::Password(password) };
                match self.digest.verify(answer, "POST", &request.uri, credential, now, &Tolerance::default()) {
                    Verdict::Ok if shared => return Ok(Admission::Open),
                    Verdict::Ok => return Ok(Admission::Device(answer.username.clone())),
                    Verdict::Stale | Verdict::Replay => stale = true,
                    Verdict::Wrong => {}
                }
            }
            // Only where nobody can listen (rule 36).
            Some(Authorization::Basic { username: name, password: given }) if request.secure => {
                let right = Sha256::digest(given) == Sha256::digest(password);
                match (right, name == username) {
                    (true, true) => return Ok(Admission::Open),
                    (true, false) => return Ok(Admission::Device(name.clone())),
                    (false, _) => {}
                }
            }
            _ => {}
        }
        let mut challenges = vec![self.digest.challenge(now, stale)];
        if request.secure {
            challenges.push(format!("Basic realm=\"{REALM}\""));
        }
        Err(challenges)
    }
}
