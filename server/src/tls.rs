//! TLS for a listener: certificates that are read again when their files change, and certificates of clients.
//!
//! TLS 1.2 and 1.3 with ring; nothing older, and no RSA key exchange: devices that cannot do better need a proxy of
//! their own in front (rules 57 and 60). Sessions are resumed by tickets, no client has to name a server (rule 59).

mod clients;
mod files;

pub use clients::ExpiredClients;

use crate::settings::TlsSettings;
use acs::ClientCertificate;
use clients::Clients;
use files::{KeyFiles, Stamp};
use metrics::counter;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ProducesTickets, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{SignatureAlgorithm, SupportedProtocolVersion};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const VERSIONS: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

/// Why certificates cannot be used. Says which file.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read {}: {reason}", .file.display())]
    File { file: PathBuf, reason: String },
    #[error("there are {certificates} certificate files and {keys} key files; each certificate needs its key")]
    Unpaired { certificates: usize, keys: usize },
    #[error("{} is not the key of {}", .key.display(), .certificate.display())]
    Mismatch { certificate: PathBuf, key: PathBuf },
    #[error("client certificates are required, but there is no client_ca to verify them with")]
    NothingToVerifyWith,
    #[error("TLS cannot be set up: {0}")]
    Rustls(#[from] rustls::Error),
}

/// What is in use.
struct Loaded {
    config: Arc<ServerConfig>,
    clients: Option<Arc<Clients>>,
}

/// Takes TLS connections. Share one; it is good for several listeners.
pub struct Tls {
    settings: TlsSettings,
    /// Kept when certificates change, so that tickets stay good.
    tickets: Arc<dyn ProducesTickets>,
    loaded: RwLock<Arc<Loaded>>,
}

impl Tls {
    /// Reads all files.
    pub fn load(settings: TlsSettings) -> Result<Arc<Self>, TlsError> {
        let tickets = rustls::crypto::ring::Ticketer::new()?;
        let loaded = read(&settings, &tickets)?;
        Ok(Arc::new(Self { settings, tickets, loaded: RwLock::new(Arc::new(loaded)) }))
    }

    fn current(&self) -> Arc<Loaded> {
        // What is inside is replaced whole: it is good whoever panicked.
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The handshake, and what a verified client certificate says. `None` if it fails or takes too long.
    pub async fn accept(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
    ) -> Option<(TlsStream<TcpStream>, Option<ClientCertificate>)> {
        let loaded = self.current();
        let handshake = TlsAcceptor::from(loaded.config.clone()).accept(stream);
        let outcome = |outcome: &'static str| counter!("lastmile_tls_handshakes_total", "outcome" => outcome);
        match tokio::time::timeout(self.settings.handshake_timeout, handshake).await {
            Ok(Ok(stream)) => {
                outcome("ok").increment(1);
                let shown = stream.get_ref().1.peer_certificates();
                // Looked at again: the session may have been resumed, and what is trusted may have changed since.
                let certificate =
                    loaded.clients.as_ref().zip(shown).and_then(|(clients, shown)| clients.identity(shown));
                Some((stream, certificate))
            }
            Ok(Err(error)) => {
                outcome("failed").increment(1);
                tracing::debug!(%peer, %error, "TLS handshake failed");
                None
            }
            Err(_) => {
                outcome("timeout").increment(1);
                tracing::debug!(%peer, "TLS handshake took too long");
                None
            }
        }
    }

    /// Reads the files again when one of them changes, or on SIGHUP. Files that are not right leave in use what is.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut hangup = match signal(SignalKind::hangup()) {
            Ok(hangup) => Some(hangup),
            Err(error) => {
                tracing::warn!(%error, "SIGHUP cannot be listened to; certificates are still read when they change");
                None
            }
        };
        let mut seen = self.stamp().await;
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let asked = tokio::select! {
                () = stop.cancelled() => return,
                Some(()) = async { match &mut hangup { Some(hangup) => hangup.recv().await, None => None } } => true,
                _ = look.tick() => false,
            };
            let now = self.stamp().await;
            if asked || now != seen {
                seen = now;
                self.reload().await;
            }
        }
    }

    async fn stamp(self: &Arc<Self>) -> Vec<Stamp> {
        let tls = Arc::clone(self);
        tokio::task::spawn_blocking(move || files::stamps(&tls.settings)).await.unwrap_or_default()
    }

    async fn reload(self: &Arc<Self>) {
        let tls = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || read(&tls.settings, &tls.tickets)).await;
        match read {
            Ok(Ok(loaded)) => {
                *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(loaded);
                tracing::info!("the certificates were read again and are in use");
            }
            Ok(Err(error)) => tracing::error!(%error, "new certificates cannot be used; the old ones stay in use"),
            Err(error) => tracing::error!(%error, "reading certificates failed; the old ones stay in use"),
        }
    }
}

fn read(settings: &TlsSettings, tickets: &Arc<dyn ProducesTickets>) -> Result<Loaded, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    if settings.certificate.len() != settings.key.len() || settings.certificate.is_empty() {
        return Err(TlsError::Unpaired { certificates: settings.certificate.len(), keys: settings.key.len() });
    }
    let pairs = settings.certificate.iter().zip(&settings.key);
    let keys = pairs.map(|(certificate, key)| certified(KeyFiles { certificate, key }, &provider));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let clients = if settings.client_ca.is_empty() {
        if settings.client_certificates.required {
            return Err(TlsError::NothingToVerifyWith);
        }
        None
    } else {
        Some(Arc::new(Clients::read(settings, &provider)?))
    };
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(VERSIONS)?;
    let builder = match &clients {
        Some(clients) => builder.with_client_cert_verifier(clients.clone()),
        None => builder.with_no_client_auth(),
    };
    let mut config = builder.with_cert_resolver(Arc::new(Keys(keys)));
    config.ticketer = Arc::clone(tickets);
    // One is enough for a device that comes back alone.
    config.send_tls13_tickets = 1;
    Ok(Loaded { config: Arc::new(config), clients })
}

fn certified(files: KeyFiles<'_>, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, TlsError> {
    let (chain, key) = files.read()?;
    let key = CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            TlsError::Mismatch { certificate: files.certificate.to_owned(), key: files.key.to_owned() }
        }
        error => error.into(),
    })?;
    Ok(Arc::new(key))
}

/// The certificates of the server; the first that a client can take is shown, else the first.
#[derive(Debug)]
struct Keys(Vec<Arc<CertifiedKey>>);

impl ResolvesServerCert for Keys {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let key = self.0.iter().find(|key| is_taken(key, &hello));
        key.or(self.0.first()).cloned()
    }
}

fn is_taken(key: &CertifiedKey, hello: &ClientHello<'_>) -> bool {
    let kind = match key.key.algorithm() {
        SignatureAlgorithm::RSA => "_RSA_",
        // ed25519 goes with the suites of ECDSA.
        _ => "_ECDSA_",
    };
    let suites = hello.cipher_suites().iter().filter_map(rustls::CipherSuite::as_str);
    let mut suites = suites.filter(|suite| suite.starts_with("TLS13_") || suite.contains(kind));
    suites.next().is_some() && key.key.choose_scheme(hello.signature_schemes()).is_some()
}
