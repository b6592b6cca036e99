//! What the manager needs to know from the configuration.

use crate::FilesSettings;
use crate::mail::MailSettings;
use crate::reach::ReachSettings;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How CPEs prove who they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "lowercase")]
pub enum CpeAuth {
    /// No proof asked. For laboratories.
    Off,
    /// Digest on plain HTTP, Basic or Digest over TLS, with one shared name and password. A device may also use
    /// `OUI-ProductClass-Serial` or `OUI-Serial` as its name (§3.4.4); then it must be that device.
    Shared { username: String, password: String },
}

impl CpeAuth {
    /// The shared name, if passwords are asked for.
    pub fn username(&self) -> Option<&str> {
        match self {
            Self::Shared { username, .. } => Some(username),
            Self::Off => None,
        }
    }
}

/// Which devices may take part that have never been seen before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EnrolmentPolicy {
    /// All that prove who they are.
    #[default]
    Open,
    /// None: only those that were registered before their first Inform. Others get fault 8001, and nothing is stored.
    Registered,
    /// They are taken down, and nothing is asked of them until a person approves them.
    Quarantine,
}

/// What to do with a device that has a login of its own and comes back, with `0 BOOTSTRAP`, with the shared one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rebootstrap {
    /// It was reset: it gets a new login. Whoever knows the shared password can say to be it.
    #[default]
    Allow,
    /// Nothing is asked of it until a person approves it, or it comes with its own login again.
    Quarantine,
}

/// Where connection requests may go. Checked after name resolution, on the address that is then used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EgressPolicy {
    /// Networks that are allowed whatever they are, such as `10.0.0.0/8` or, in a laboratory, `127.0.0.0/8`.
    pub allow: Vec<IpNet>,
    /// Networks that are refused, whatever else says.
    pub deny: Vec<IpNet>,
}

/// What routers measure speed against, if an agent does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeedSettings {
    /// Where devices reach our own endpoint, without `/speed` and a final `/`; empty: there is none.
    pub base_url: String,
    /// What they load in a test.
    pub download_bytes: u64,
    /// What they send in a test.
    pub upload_bytes: u64,
}

impl Default for SpeedSettings {
    fn default() -> Self {
        Self { base_url: String::new(), download_bytes: 25_000_000, upload_bytes: 10_000_000 }
    }
}

/// How somebody's account is found the first time that they come from the provider of single sign-on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OpenIdMatch {
    /// Not: they connect the two on their profile.
    #[default]
    Nothing,
    /// The username is the e-mail address that the provider says it verified.
    Email,
    /// The username is the provider's `preferred_username`: where nobody chooses that themselves.
    Username,
}

/// The provider of single sign-on (OpenID Connect).
#[derive(Clone, PartialEq, Eq)]
pub struct OpenIdSettings {
    /// Its address, without `/.well-known/openid-configuration`.
    pub issuer: String,
    pub client_id: String,
    /// Empty: the provider has none for us, and relies on PKCE alone.
    pub client_secret: String,
    /// What people call it.
    pub label: String,
    /// Asked for beside `openid`.
    pub scopes: Vec<String>,
    pub matches: OpenIdMatch,
    /// It asks for second factors itself: none is asked for here.
    pub second_factor: bool,
}

// No secret, and no length of one, is ever printed.
impl std::fmt::Debug for OpenIdSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenIdSettings").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// Settings of the manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcsSettings {
    /// Where people sign in beside here.
    pub openid: Option<OpenIdSettings>,
    pub auth: CpeAuth,
    pub egress: EgressPolicy,
    /// A session ends after this many seconds without a request (§3.7.2: at least 30).
    pub session_timeout: u32,
    /// Sessions at once; beyond it a new Inform gets 503 and Retry-After (rule 31).
    pub max_sessions: usize,
    /// RPCs in one session before it is cut (rule 121).
    pub max_rpcs: u32,
    /// Largest tree that is kept, in parameters.
    pub max_parameters: usize,
    /// Connection requests in flight at once.
    pub max_connection_requests: usize,
    /// Seconds that a device has for coming after a connection request; it is not asked again meanwhile (rule 274). Pauses
    /// after failures, from 30 s on, come on top.
    pub connection_request_pause: u32,
    /// Set random connection-request credentials on a device in its first session.
    pub provision_connection_request: bool,
    /// How devices are woken beside plain HTTP.
    pub reach: ReachSettings,
    pub files: FilesSettings,
    pub speed: SpeedSettings,
    /// Give a device that comes with the shared login one of its own; the shared one is then refused for it.
    pub provision_cpe_credentials: bool,
    pub enrolment: EnrolmentPolicy,
    pub rebootstrap: Rebootstrap,
    /// Sessions at once of one address (an IPv6 /64 counts as one); 0: no limit.
    pub max_sessions_per_address: usize,
    /// Informs of one device in a minute, and at once; beyond it they get 503. 0: no limit.
    pub max_informs_per_minute: u32,
    /// Days that entries of timelines are kept; 0: for good.
    pub keep_timeline_days: u32,
    /// Days that entries of the audit log are kept; 0: for good.
    pub keep_audit_days: u32,
    /// The longest wait for the answer to a wrong password.
    pub wrong_login_wait: Duration,
    /// How long somebody need not say again that it is them, before dangerous acts.
    pub confirmed_for: Duration,
    /// A campaign for more devices than this needs a second person.
    pub approval_above: u32,
    /// `None`: no e-mail is sent.
    pub mail: Option<MailSettings>,
    /// Requests of one token of the API in a minute, and at once; 0: no limit.
    pub token_requests_per_minute: u32,
}

impl Default for AcsSettings {
    fn default() -> Self {
        Self {
            openid: None,
            auth: CpeAuth::Off,
            egress: EgressPolicy::default(),
            session_timeout: 60,
            max_sessions: 20_000,
            max_rpcs: 256,
            max_parameters: 100_000,
            max_connection_requests: 256,
            connection_request_pause: 30,
            provision_connection_request: true,
            reach: ReachSettings::default(),
            files: FilesSettings::default(),
            speed: SpeedSettings::default(),
            provision_cpe_credentials: true,
            enrolment: EnrolmentPolicy::Open,
            rebootstrap: Rebootstrap::Allow,
            max_sessions_per_address: 4096,
            max_informs_per_minute: 300,
            keep_timeline_days: 400,
            keep_audit_days: 0,
            wrong_login_wait: Duration::from_secs(4),
            confirmed_for: Duration::from_mins(10),
            approval_above: 1000,
            mail: None,
            token_requests_per_minute: 1200,
        }
    }
}
