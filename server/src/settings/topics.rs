//! Every setting there is, by topic, with its default.

use super::cpe::Header;
use super::section::section;
use super::value::{Raw, Secret, Setting, Size, list};
use acs::TrustedKey;
use ipnet::IpNet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Limits are there to catch slips of the pen (`0`, a unit too many), not to police.
const fn between(value: u32, low: u32, high: u32) -> bool {
    low <= value && value <= high
}

fn seconds(value: Duration, low: u64, high: u64) -> bool {
    (low..=high).contains(&value.as_secs())
}

section! {
    /// Settings outside any table.
    GeneralSettings {
        /// Folder of the database, the CPE password and everything else that must survive.
        data: PathBuf = "data".into(), "a folder", |_| true;
        /// How long running CWMP sessions may go on when the server is told to stop.
        shutdown_grace: Duration = Duration::from_secs(30), "0 to 600 seconds", |span| seconds(*span, 0, 600);
        /// Days that entries of timelines are kept; 0: for good. Notes and escalations stay.
        keep_timeline_days: u32 = 400, "days, 0 to 36500", |n| *n <= 36_500;
        /// The key that secrets in the database are encrypted with: 64 hexadecimal digits. Better in a file.
        secret_key: Option<Secret> = None, "64 hexadecimal digits", |key| key.as_ref().is_none_or(|key| store::Key::parse(&key.0).is_some());
        /// The file of that key. Without one it is `secret.key` in the data folder, made at the first start.
        secret_key_file: Option<PathBuf> = None, "a file", |_| true;
        /// Days that entries of the audit log are kept; 0: for good.
        keep_audit_days: u32 = 0, "days, 0 to 36500", |n| *n <= 36_500;
    }
}

section! {
    /// `[portal]`: the web portal's listener.
    PortalSettings {
        /// Loopback by default: put a reverse proxy with TLS in front before others reach it.
        listen: SocketAddr = (Ipv4Addr::LOCALHOST, 7080).into(), "an address with a port, such as \"127.0.0.1:7080\"", |_| true;
        /// The origin that people type, such as `https://acs.example.net`. With https, cookies are Secure and HSTS is sent.
        public_url: Option<Origin> = None, "an origin without a path, such as \"https://acs.example.net\"", |_| true;
        /// Proxies whose `X-Forwarded-For` is believed.
        trusted_proxies: Vec<IpNet> = Vec::new(), "networks, such as [\"127.0.0.0/8\"]", |_| true;
        /// Largest request body.
        max_body: Size = Size::mb(1), "a size from 16KB to 64MB", |size| (Size::kb(16)..=Size::mb(64)).contains(size);
        /// Connections at once.
        max_connections: u32 = 4096, "1 to 1000000", |n| between(*n, 1, 1_000_000);
        /// Connections at once from one address (an IPv6 /64 counts as one); 0 for no limit.
        max_connections_per_address: u32 = 256, "0 to 1000000", |n| between(*n, 0, 1_000_000);
        /// Open event streams of one agent: every open page has one.
        max_streams_per_agent: u32 = 32, "1 to 1000", |n| between(*n, 1, 1000);
        /// Requests of one token of the API in a minute, and at once; 0 for no limit.
        token_requests_per_minute: u32 = 1200, "0 to 1000000", |n| between(*n, 0, 1_000_000);
        /// A sign-in ends after this long without a request.
        session_timeout: Duration = Duration::from_hours(12), "5 minutes to 30 days", |span| seconds(*span, 300, 30 * 86_400);
        /// Before acts that others could do harm with, somebody says again that it is them; not more often than this.
        confirm_again: Duration = Duration::from_mins(10), "1 second to 1 hour", |span| seconds(*span, 1, 3600);
    }
}

section! {
    /// `[campaigns]`: the same for many devices.
    CampaignSettings {
        /// A campaign for more devices than this starts only after a second person has approved it.
        approval_above: u32 = 1000, "devices, 0 to 1000000000", |n| *n <= 1_000_000_000;
    }
}

section! {
    /// `[cwmp]`: the listener that CPEs talk to, and limits of the manager.
    CwmpSettings {
        /// Port 7547 is IANA's for CWMP. Any path is served.
        listen: SocketAddr = (Ipv4Addr::UNSPECIFIED, 7547).into(), "an address with a port, such as \"0.0.0.0:7547\"", |_| true;
        /// Largest request body, after decompression.
        max_body: Size = Size::mb(32), "a size from 64KB to 1GB", |size| (Size::kb(64)..=Size::mb(1024)).contains(size);
        /// Largest body of a peer that has no session yet: its Inform.
        max_first_body: Size = Size::mb(1), "a size from 32KB to 64MB", |size| (Size::kb(32)..=Size::mb(64)).contains(size);
        /// Bodies above 64 KB that are held in memory at once, all together; beyond it new ones get 503.
        body_memory: Size = Size::mb(256), "a size from 1MB to 64GB", |size| (Size::mb(1)..=Size::mb(65_536)).contains(size);
        /// From the first byte of a request to the end of its header.
        header_timeout: Duration = Duration::from_secs(10), "1 to 300 seconds", |span| seconds(*span, 1, 300);
        /// Between two pieces of a body.
        body_timeout: Duration = Duration::from_secs(30), "1 to 600 seconds", |span| seconds(*span, 1, 600);
        /// A body must come at this many bytes a second on average, after `body_timeout` to begin with.
        body_min_rate: u32 = 1024, "bytes a second, 1 to 1000000", |n| between(*n, 1, 1_000_000);
        /// A kept-alive connection is closed after this long without a request.
        idle_timeout: Duration = Duration::from_secs(75), "30 to 3600 seconds", |span| seconds(*span, 30, 3600);
        /// A connection is dropped if its peer takes nothing of an answer for this long.
        write_timeout: Duration = Duration::from_secs(30), "1 to 600 seconds", |span| seconds(*span, 1, 600);
        /// Connections at once.
        max_connections: u32 = 20_000, "1 to 1000000", |n| between(*n, 1, 1_000_000);
        /// Connections at once from one address (an IPv6 /64 counts as one); 0 for no limit. Carrier NAT puts many CPEs behind one.
        max_connections_per_address: u32 = 4096, "0 to 1000000", |n| between(*n, 0, 1_000_000);
        /// A session ends after this long without a request (TR-069 §3.7.2: at least 30 s).
        session_timeout: Duration = Duration::from_mins(1), "30 to 3600 seconds", |span| seconds(*span, 30, 3600);
        /// Sessions at once; beyond it a new Inform gets 503 and Retry-After.
        max_sessions: u32 = 20_000, "1 to 1000000", |n| between(*n, 1, 1_000_000);
        /// RPCs in one session before it is cut.
        max_rpcs: u32 = 256, "8 to 100000", |n| between(*n, 8, 100_000);
        /// Largest parameter tree that is kept.
        max_parameters: u32 = 100_000, "100 to 10000000 parameters", |n| between(*n, 100, 10_000_000);
        /// Connection requests in flight at once.
        max_connection_requests: u32 = 256, "1 to 100000", |n| between(*n, 1, 100_000);
        /// A device that was asked has this long to come, and is not asked again meanwhile. If it does not come, the next try
        /// for the same tasks is 30 s after that, then after pauses that double up to 30 minutes; a new task does not wait for those.
        connection_request_pause: Duration = Duration::from_secs(30), "1 to 86400 seconds", |span| seconds(*span, 1, 86_400);
        /// Take lightweight notifications (TR-069 Annex M) on the UDP port of the same number as `listen`.
        lightweight_notifications: bool = true, "true or false", |_| true;
        /// Set random connection-request credentials on a device in its first session.
        provision_connection_request: bool = true, "true or false", |_| true;
        /// Give a device that reports with the shared password one of its own; the shared one is then refused for it.
        provision_cpe_credentials: bool = true, "true or false", |_| true;
        /// Sessions at once of one address (an IPv6 /64 counts as one); 0 for no limit.
        max_sessions_per_address: u32 = 4096, "0 to 1000000", |n| between(*n, 0, 1_000_000);
        /// Reports of one device in a minute; beyond it they get 503. 0 for no limit.
        max_informs_per_minute: u32 = 300, "0 to 100000", |n| between(*n, 0, 100_000);
        /// Proxies whose `Forwarded`, `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
        trusted_proxies: Vec<IpNet> = Vec::new(), "networks, such as [\"10.0.0.5/32\"]", |_| true;
        /// The header in which these proxies put the subject of a client certificate that they verified. They must remove it
        /// from what comes in.
        proxy_certificate_header: Option<Header> = None, "the name of a header, such as \"X-SSL-Client-S-DN\"", |_| true;
    }
}

section! {
    /// `[cwmp.auth]`: how CPEs prove who they are.
    CpeAuthSettings {
        /// `shared`: one name and password for all; `off`: no proof, for laboratories.
        mode: AuthMode = AuthMode::Shared, "\"shared\" or \"off\"", |_| true;
        username: String = "lastmile".into(), "a name of 1 to 256 characters without a colon", |name| !name.is_empty() && name.len() <= 256 && !name.contains(':');
        /// Without one, a random password is made once and kept in `cpe-password` in the data folder.
        password: Option<Secret> = None, "8 to 256 characters", |secret| secret.as_ref().is_none_or(|s| (8..=256).contains(&s.0.len()));
    }
}

section! {
    /// `[egress]`: where connection requests may go.
    EgressSettings {
        /// Networks that are allowed whatever they are.
        allow: Vec<IpNet> = Vec::new(), "networks, such as [\"10.0.0.0/8\"]", |_| true;
        /// Networks that are refused, whatever else says.
        deny: Vec<IpNet> = Vec::new(), "networks, such as [\"10.99.0.0/16\"]", |_| true;
    }
}

impl Setting for Vec<TrustedKey> {
    fn read(raw: &Raw) -> Option<Self> {
        list(raw, TrustedKey::parse)
    }
}

section! {
    /// `[files]`: the listener from which devices load files and to which they send them, and where files are kept.
    FilesSettings {
        listen: SocketAddr = (Ipv4Addr::UNSPECIFIED, 7548).into(), "an address with a port, such as \"0.0.0.0:7548\"", |_| true;
        /// What devices are told to reach it by. Without one, the address of this machine that leads outside.
        public_url: Option<Origin> = None, "an origin without a path of at most 160 characters, such as \"http://acs.example.net:7548\"", |url| url.as_ref().is_none_or(|url| url.0.len() <= 160);
        /// Devices must show the credentials of their link; without, the link alone opens the file.
        require_credentials: bool = true, "true or false", |_| true;
        /// How long a link is good for after its transfer is to begin. It ends with its task in any case.
        link_lifetime: Duration = Duration::from_hours(24), "5 minutes to 30 days", |span| seconds(*span, 300, 30 * 86_400);
        /// How often a transfer that failed on its way is ordered again by itself; a bad file never is.
        retries: u32 = 4, "0 to 20", |n| *n <= 20;
        /// Before the first of these. Each later pause is four times as long, a day at most.
        retry_pause: Duration = Duration::from_mins(1), "1 second to 1 day", |span| seconds(*span, 1, 86_400);
        /// Largest file that an agent may upload.
        max_size: Size = Size::mb(1024), "a size from 1MB to 4GB", |size| (Size::mb(1)..=Size::mb(4096)).contains(size);
        /// Largest file that a device may send.
        max_received: Size = Size::mb(64), "a size from 64KB to 4GB", |size| (Size::kb(64)..=Size::mb(4096)).contains(size);
        /// Whose signatures of files are taken: names and public keys, of minisign or Ed25519 in base64.
        signing_keys: Vec<TrustedKey> = Vec::new(), "names and public keys, such as [\"acme:RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\"]", |_| true;
        /// Firmware is only taken with a signature of one of them.
        require_signature: bool = false, "true or false", |_| true;
        /// Between two pieces of a body.
        body_timeout: Duration = Duration::from_secs(30), "1 to 600 seconds", |span| seconds(*span, 1, 600);
        /// A body must come at this many bytes a second on average, after `body_timeout` to begin with.
        body_min_rate: u32 = 1024, "bytes a second, 1 to 1000000", |n| between(*n, 1, 1_000_000);
        /// A kept-alive connection is closed after this long without a request.
        idle_timeout: Duration = Duration::from_secs(75), "30 to 3600 seconds", |span| seconds(*span, 30, 3600);
        /// A connection is dropped if its peer takes nothing of a file for this long.
        write_timeout: Duration = Duration::from_mins(1), "1 to 600 seconds", |span| seconds(*span, 1, 600);
        /// Connections at once.
        max_connections: u32 = 4096, "1 to 1000000", |n| between(*n, 1, 1_000_000);
        /// Connections at once from one address (an IPv6 /64 counts as one); 0 for no limit. Carrier NAT puts many CPEs behind one.
        max_connections_per_address: u32 = 1024, "0 to 1000000", |n| between(*n, 0, 1_000_000);
        /// Folder of the contents. Without one, `files` in the data folder.
        folder: Option<PathBuf> = None, "a folder", |_| true;
    }
}

section! {
    /// `[files.s3]`: contents in a bucket instead of a folder.
    S3Settings {
        /// With one, everything else here counts.
        bucket: String = String::new(), "the name of a bucket", |name| name.len() <= 255 && !name.contains('/');
        /// Before the names of all objects.
        prefix: String = String::new(), "a path without a slash at either end", |prefix| !prefix.starts_with('/') && !prefix.ends_with('/') && prefix.len() <= 512;
        /// Of a service that is not AWS.
        endpoint: String = String::new(), "an address such as \"https://s3.example.net\"", |url| url.is_empty() || url.starts_with("https://") || url.starts_with("http://");
        region: String = "us-east-1".into(), "the name of a region", |name| !name.is_empty();
        access_key: String = String::new(), "the id of an access key", |_| true;
        secret_key: Option<Secret> = None, "the access key's secret", |_| true;
    }
}

section! {
    /// `[speed]`: what routers measure their speed against, on the listener for files under `/speed/`. It asks for no login
    /// (TR-143), so it has limits.
    SpeedSettings {
        enabled: bool = true, "true or false", |_| true;
        /// What routers are told to reach it by; without one, what they are told for files. http only: routers measure without TLS.
        public_url: Option<Origin> = None, "an origin without a path of at most 160 characters, such as \"http://speed.example.net:7548\"", |url| url.as_ref().is_none_or(|url| url.0.len() <= 160 && !url.is_https());
        /// What a router loads in a test, if an agent does not say.
        download_size: Size = Size::mb(25), "a size from 64KB to 1GB", |size| (Size::kb(64)..=Size::mb(1024)).contains(size);
        /// What a router sends in a test, if an agent does not say.
        upload_size: Size = Size::mb(10), "a size from 64KB to 1GB", |size| (Size::kb(64)..=Size::mb(1024)).contains(size);
        /// Largest transfer that is taken part in.
        max_size: Size = Size::mb(1024), "a size from 64KB to 16GB", |size| (Size::kb(64)..=Size::mb(16_384)).contains(size);
        /// Transfers at once: each takes what its line and this machine give.
        max_transfers: u32 = 32, "1 to 10000", |n| between(*n, 1, 10_000);
        /// Transfers at once with one address (an IPv6 /64 counts as one); 0 for no limit. Carrier NAT puts many CPEs behind one.
        max_transfers_per_address: u32 = 8, "0 to 10000", |n| between(*n, 0, 10_000);
        /// Transfers that one address may begin in a minute; 0 for no limit.
        max_per_minute: u32 = 60, "0 to 100000", |n| between(*n, 0, 100_000);
    }
}

section! {
    /// `[database]`
    DatabaseSettings {
        /// May hold a password: never shown. Without one, a file in the data folder.
        url: Option<Secret> = None, "\"sqlite:///path/lastmile.db\" or \"postgres://user:password@host/name\"", |url| url.as_ref().is_none_or(|u| ["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| u.0.starts_with(scheme)));
        max_connections: u32 = 8, "1 to 1000", |n| between(*n, 1, 1000);
    }
}

section! {
    /// `[log]`: to standard error.
    LogSettings {
        format: LogFormat = LogFormat::Auto, "\"auto\", \"pretty\" or \"json\"", |_| true;
        /// A level, or levels per part such as `info,acs=debug`.
        level: String = "info".into(), "a level (error, warn, info, debug, trace), or levels per part such as \"info,acs=debug\"", |level| tracing_subscriber::EnvFilter::try_new(level).is_ok() && !level.is_empty();
    }
}

section! {
    /// `[metrics]`: Prometheus, health and readiness on a listener of its own.
    MetricsSettings {
        listen: SocketAddr = (Ipv4Addr::LOCALHOST, 7081).into(), "an address with a port, such as \"127.0.0.1:7081\"", |_| true;
    }
}

section! {
    /// `[site]`: the files that browsers load.
    SiteSettings {
        /// Without one: `site` beside the executable, `target/site`, `/usr/share/lastmile/site`, whichever is there first.
        dir: Option<PathBuf> = None, "a folder", |_| true;
    }
}

/// How CPEs prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMode {
    Shared,
    Off,
}

impl Setting for AuthMode {
    fn read(raw: &Raw) -> Option<Self> {
        match String::read(raw)?.as_str() {
            "shared" => Some(Self::Shared),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, JSON elsewhere.
    Auto,
    Pretty,
    Json,
}

impl Setting for LogFormat {
    fn read(raw: &Raw) -> Option<Self> {
        match String::read(raw)?.as_str() {
            "auto" => Some(Self::Auto),
            "pretty" => Some(Self::Pretty),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Scheme, host and port, as browsers send them in `Origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for Origin {
    fn read(raw: &Raw) -> Option<Self> {
        let text = String::read(raw)?;
        let text = text.strip_suffix('/').unwrap_or(&text);
        let uri: axum::http::Uri = text.parse().ok()?;
        let authority = uri.authority()?.as_str().to_ascii_lowercase();
        let default_port = match uri.scheme_str()? {
            "http" => ":80",
            "https" => ":443",
            _ => return None,
        };
        let bare = uri.path() == "/" && uri.query().is_none() && !authority.contains('@');
        let host = authority.strip_suffix(default_port).unwrap_or(&authority);
        bare.then(|| Self(format!("{}://{host}", uri.scheme_str().unwrap_or("http"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_send_them() {
        let read = |text: &str| Origin::read(&Raw::Text(text.into())).map(|origin| origin.0);
        assert_eq!(read("https://ACS.example.net:443/").as_deref(), Some("https://acs.example.net"));
        assert_eq!(read("http://10.0.0.1:7080").as_deref(), Some("http://10.0.0.1:7080"));
        for wrong in ["acs.example.net", "https://x/portal", "ftp://x", "https://me@x", "https://x/?a", ""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
