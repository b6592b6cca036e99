//! Our connection to an XMPP server, and connection requests over it (TR-069 Annex K, rules 294 to 298).
//!
//! One task holds the connection. It comes back by itself, with growing pauses, whatever happens to the server.

mod connection;
#[cfg(test)]
mod tests;

use super::XmppSettings;
use super::call::{Accepted, Credentials, Failure, Reached};
use crate::{AcsError, Result};
use connection::{Connection, Ended};
use cwmp::xmpp::{Account, Jid};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Time for a device to answer.
const ANSWER: Duration = Duration::from_secs(20);
/// First pause after a lost connection; doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Requests that wait to be sent.
const QUEUE: usize = 256;
/// How often we see whether the server is still there.
const KEEP_ALIVE: Duration = Duration::from_mins(1);

/// A request on its way.
struct Order {
    to: Jid,
    username: String,
    password: String,
    reply: oneshot::Sender<Reached>,
}

/// The handle. Requests fail at once while there is no connection.
#[derive(Clone)]
pub(crate) struct XmppClient {
    orders: mpsc::Sender<Order>,
    connected: Arc<AtomicBool>,
    /// In lower case.
    domains: Arc<Vec<String>>,
}

/// What a connection is made of.
struct Plan {
    account: Account,
    host: String,
    port: u16,
    tls: TlsConnector,
    keep_alive: Duration,
}

impl XmppClient {
    /// Checks the settings and connects in the background until `ending` says so.
    pub fn start(settings: &XmppSettings, ending: watch::Receiver<bool>) -> Result<Self> {
        Self::start_with(settings, KEEP_ALIVE, ending)
    }

    fn start_with(settings: &XmppSettings, keep_alive: Duration, ending: watch::Receiver<bool>) -> Result<Self> {
        let jid = Jid::parse(&settings.jid).filter(|jid| !jid.local.is_empty());
        let jid =
            jid.ok_or_else(|| AcsError::Invalid("The XMPP address is not of the form user@server.".to_owned()))?;
        let tls = TlsConnector::from(Arc::new(tls_config(settings.authorities.as_deref())?));
        let domains = if settings.domains.is_empty() {
            vec![jid.domain.clone()]
        } else {
            settings.domains.iter().map(|domain| domain.to_ascii_lowercase()).collect()
        };
        let plan = Plan {
            host: if settings.host.is_empty() { jid.domain.clone() } else { settings.host.clone() },
            port: settings.port,
            account: Account { jid, password: settings.password.clone() },
            tls,
            keep_alive,
        };
        let (orders, queue) = mpsc::channel(QUEUE);
        let connected = Arc::new(AtomicBool::new(false));
        tokio::spawn(run(plan, queue, connected.clone(), ending));
        Ok(Self { orders, connected, domains: Arc::new(domains) })
    }

    pub fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    /// Asks the device with this ConnReqJabberID to connect to us.
    pub async fn call(&self, jabber_id: &str, credentials: &Credentials<'_>) -> Reached {
        let Some(to) = Jid::parse(jabber_id.trim()) else { return Reached::Failed(Failure::JabberId) };
        // A device must not make us talk to servers of its choice (catalogue row S1).
        if !self.domains.contains(&to.domain) {
            return Reached::Failed(Failure::Domain);
        }
        if !self.is_connected() {
            return Reached::Failed(Failure::XmppDown);
        }
        let (reply, answer) = oneshot::channel();
        let (username, password) = (credentials.username.to_owned(), credentials.password.to_owned());
        let order = Order { to, username, password, reply };
        if self.orders.try_send(order).is_err() {
            return Reached::Failed(Failure::XmppDown);
        }
        match timeout(ANSWER, answer).await {
            Ok(Ok(Reached::Accepted(_))) => {
                Reached::Accepted(Accepted { unprotected: false, factory: credentials.factory })
            }
            Ok(Ok(reached)) => reached,
            // The connection was lost with the request on it.
            Ok(Err(_)) => Reached::Failed(Failure::XmppDown),
            Err(_) => Reached::Failed(Failure::XmppSilent),
        }
    }
}

fn tls_config(authorities: Option<&[u8]>) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let wrong = || AcsError::Invalid("The file of certificates for XMPP holds no certificate that can be read.".into());
    match authorities {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                roots.add(certificate.map_err(|_| wrong())?).map_err(|_| wrong())?;
            }
            if roots.is_empty() {
                return Err(wrong());
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(AcsError::internal)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

/// Holds a connection until the process ends.
async fn run(
    plan: Plan,
    mut orders: mpsc::Receiver<Order>,
    connected: Arc<AtomicBool>,
    mut ending: watch::Receiver<bool>,
) {
    let mut pause = FIRST_PAUSE;
    let mut told = String::new();
    loop {
        let opened = tokio::select! {
            opened = Connection::open(&plan) => opened,
            () = super::over(&mut ending) => return,
        };
        match opened {
            Ok(connection) => {
                tracing::info!(jid = connection.jid(), "connected to the XMPP server");
                told.clear();
                pause = FIRST_PAUSE;
                connected.store(true, Ordering::Relaxed);
                let ended = connection.run(plan.keep_alive, &mut orders, &mut ending).await;
                connected.store(false, Ordering::Relaxed);
                match ended {
                    Ended::Stopped => return,
                    Ended::Lost(reason) => tracing::warn!(reason, "lost the XMPP server; connecting again"),
                }
            }
            Err(error) => {
                // Once for each reason: a server that is away for a day does not fill the log.
                let reason = error.to_string();
                if reason != told {
                    tracing::warn!(%reason, "cannot connect to the XMPP server; trying again with growing pauses");
                    told = reason;
                }
            }
        }
        // Not all clients of a restarted server at the same moment.
        let jitter = rand::random_range(0..=pause.as_millis() as u64 / 2);
        let until = tokio::time::Instant::now() + pause + Duration::from_millis(jitter);
        pause = (pause * 2).min(LONGEST_PAUSE);
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => break,
                order = orders.recv() => match order {
                    Some(order) => drop(order.reply.send(Reached::Failed(Failure::XmppDown))),
                    None => return,
                },
                () = super::over(&mut ending) => return,
            }
        }
    }
}
