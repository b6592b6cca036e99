//! Who a CPE is (§3.3, §3.4.4, rules 35–55 and 61).

mod admission;
mod throttle;

pub use admission::ClientCertificate;
pub(crate) use admission::{Admission, CertificateStanding, Login, Proof, Standing};

use crate::devices::{Devices, Entry};
use crate::{CpeAuth, CwmpRequest};
use cwmp::digest::{Authorization, Credential, Digest, DigestAuthorization, Tolerance, Verdict, ha1};
use cwmp::identity::identities_of;
use model::Timestamp;
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use throttle::Throttle;

/// Realm of the challenges.
const REALM: &str = "Lastmile";
/// Names that no device has are not looked up again for a minute.
const UNKNOWN_NAMES: u64 = 20_000;

/// Checks credentials and makes challenges.
pub(crate) struct CpeGate {
    auth: CpeAuth,
    digest: Digest,
    /// Of the shared name and password.
    shared_ha1: String,
    devices: Arc<Devices>,
    throttle: Throttle,
    unknown: Cache<String, ()>,
}

/// Why a request is not let in.
pub(crate) enum Refusal {
    /// Say who you are. `wrong`: it did, with the wrong password.
    Challenge { challenges: Vec<String>, wrong: Option<WrongLogin> },
    /// Too many wrong tries of this address wait for their answers.
    Throttled,
    /// The database could not be asked.
    Unavailable,
}

/// A name with a password that is not its own.
pub(crate) struct WrongLogin {
    username: String,
    /// The device of that name, if there is one.
    pub device: Option<Arc<Entry>>,
}

/// What came of trying a password.
enum Tried {
    Right(Tolerance),
    Stale,
    Wrong,
}

impl CpeGate {
    /// `longest_wait`: for the answer to a wrong password.
    pub fn new(auth: CpeAuth, devices: Arc<Devices>, longest_wait: Duration) -> Self {
        let shared_ha1 = match &auth {
            CpeAuth::Shared { username, password } => ha1(username, REALM, password),
            CpeAuth::Off => String::new(),
        };
        Self {
            auth,
            digest: Digest::new(REALM, rand::random()),
            shared_ha1,
            devices,
            throttle: Throttle::new(longest_wait),
            unknown: Cache::builder().max_capacity(UNKNOWN_NAMES).time_to_live(Duration::from_mins(1)).build(),
        }
    }

    /// The nonce that an answer to a digest challenge names.
    pub fn nonce(authorization: Option<&Authorization>) -> Option<&str> {
        match authorization {
            Some(Authorization::Digest(digest)) => Some(&digest.nonce),
            _ => None,
        }
    }

    /// The shared password, if passwords are asked for.
    pub fn shared_password(&self) -> Option<&str> {
        match &self.auth {
            CpeAuth::Shared { password, .. } => Some(password),
            CpeAuth::Off => None,
        }
    }

    /// Whom the request comes from, or why it is not let in. What it says of a device is judged with
    /// [`Admission::standing`].
    pub async fn admit(
        &self,
        authorization: Option<&Authorization>,
        request: &CwmpRequest,
        now: Timestamp,
    ) -> Result<Admission, Refusal> {
        let CpeAuth::Shared { username, password } = &self.auth else { return Ok(Admission::Open) };
        let by_certificate = || request.certificate.clone().filter(ClientCertificate::names_a_device);
        let Some(authorization) = authorization else {
            return by_certificate().map(Admission::Certificate).ok_or_else(|| self.challenge(request, now, false));
        };
        if self.throttle.is_full(request.peer.ip()) {
            return Err(Refusal::Throttled);
        }
        let name = authorization.username();
        let shared = name == username;
        let secret = if shared { Secret::Ha1(&self.shared_ha1, password) } else { Secret::Password(password) };
        let mut stale = match self.try_one(authorization, request, secret, now) {
            Tried::Right(needs) => return Ok(self.logged_in(name, Proof::Shared, None, needs)),
            Tried::Stale => true,
            Tried::Wrong => false,
        };
        let device = if shared || stale { None } else { self.device_of(name).await? };
        if let Some(device) = &device {
            let (own, pending) = {
                let record = device.record();
                (record.cpe_password.clone(), record.cpe_pending.clone())
            };
            for (password, proof) in [(own, Proof::Own), (pending, Proof::Pending)] {
                if password.is_empty() {
                    continue;
                }
                match self.try_one(authorization, request, Secret::Password(&password), now) {
                    Tried::Right(needs) => return Ok(self.logged_in(name, proof, Some(device.clone()), needs)),
                    Tried::Stale => stale = true,
                    Tried::Wrong => {}
                }
            }
        }
        // A device with a certificate may have any login: it need not have one (rule 37).
        if let Some(certificate) = by_certificate() {
            return Ok(Admission::Certificate(certificate));
        }
        let mut refusal = self.challenge(request, now, stale);
        if let Refusal::Challenge { wrong, .. } = &mut refusal
            && !stale
        {
            *wrong = Some(WrongLogin { username: name.to_owned(), device });
        }
        Err(refusal)
    }

    fn logged_in(&self, name: &str, proof: Proof, device: Option<Arc<Entry>>, needs: Tolerance) -> Admission {
        self.throttle.right(name);
        Admission::Login(Login { username: name.to_owned(), proof, device, needs })
    }

    /// To be called for a wrong login that is answered with its challenge: makes the answer wait. `true` if the device
    /// of the name should hear of it.
    pub async fn wrong(&self, wrong: &WrongLogin, address: IpAddr, now: Timestamp) -> bool {
        self.throttle.wrong(address, &wrong.username, now).await
    }

    fn challenge(&self, request: &CwmpRequest, now: Timestamp, stale: bool) -> Refusal {
        Refusal::Challenge { challenges: self.challenges(request, now, stale), wrong: None }
    }

    /// Digest for all, Basic only where nobody can listen (rules 36 and 37).
    pub fn challenges(&self, request: &CwmpRequest, now: Timestamp, stale: bool) -> Vec<String> {
        let mut challenges = vec![self.digest.challenge(now, stale)];
        if request.secure {
            challenges.push(format!("Basic realm=\"{REALM}\""));
        }
        challenges
    }

    /// The device that has a name of its own. Names that no device has are remembered for a moment.
    async fn device_of(&self, username: &str) -> Result<Option<Arc<Entry>>, Refusal> {
        if self.unknown.contains_key(username) {
            return Ok(None);
        }
        for identity in identities_of(username) {
            let found = self.devices.find(&identity).await.map_err(|error| {
                tracing::error!(error = error.causes(), "a login could not be looked up");
                Refusal::Unavailable
            })?;
            if found.is_some() {
                return Ok(found);
            }
        }
        self.unknown.insert(username.to_owned(), ());
        Ok(None)
    }

    fn try_one(
        &self,
        authorization: &Authorization,
        request: &CwmpRequest,
        secret: Secret<'_>,
        now: Timestamp,
    ) -> Tried {
        match authorization {
            Authorization::Digest(answer) => self.try_digest(answer, &request.uri, secret, now),
            Authorization::Basic { password, .. } if request.secure && same(password, secret.password()) => {
                Tried::Right(Tolerance::default())
            }
            Authorization::Basic { .. } => Tried::Wrong,
        }
    }

    /// Strictly first, but for the path: any is served, so nothing is gained by comparing it with what the device
    /// computed its answer over. What is only right with a tolerance says which: whether the device has it is known once it is
    /// known which device it is.
    fn try_digest(&self, answer: &DigestAuthorization, uri: &str, secret: Secret<'_>, now: Timestamp) -> Tried {
        let credential = secret.credential();
        let strict = Tolerance { any_uri: true, ..Tolerance::default() };
        let strict = self.digest.verify(answer, "POST", uri, credential, now, &strict);
        match strict {
            Verdict::Ok => return Tried::Right(Tolerance::default()),
            Verdict::Stale => return Tried::Stale,
            Verdict::Wrong | Verdict::Replay => {}
        }
        let old_form = answer.qop.is_none() || answer.uri.is_empty();
        if !old_form && strict == Verdict::Wrong {
            return Tried::Wrong;
        }
        let needs = Tolerance { allow_rfc2069: old_form, repeated_nc: strict == Verdict::Replay, any_uri: true };
        match self.digest.verify(answer, "POST", uri, credential, now, &needs) {
            Verdict::Ok => Tried::Right(needs),
            Verdict::Stale | Verdict::Replay => Tried::Stale,
            Verdict::Wrong => Tried::Wrong,
        }
    }
}

/// What a login is tried with.
#[derive(Clone, Copy)]
enum Secret<'a> {
    /// HA1 and the password itself.
    Ha1(&'a str, &'a str),
    Password(&'a str),
}

impl<'a> Secret<'a> {
    fn credential(self) -> Credential<'a> {
        match self {
            Self::Ha1(ha1, _) => Credential::Ha1(ha1),
            Self::Password(password) => Credential::Password(password),
        }
    }

    fn password(self) -> &'a str {
        match self {
            Self::Ha1(_, password) | Self::Password(password) => password,
        }
    }
}

/// Compares digests, whose time tells nothing about the texts.
fn same(given: &str, right: &str) -> bool {
    Sha256::digest(given) == Sha256::digest(right)
}
