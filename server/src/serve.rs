//! `lastmile serve`: everything that runs, from the first listener to the last commit.

use crate::cli::{Failure, describe, open_store};
use crate::listen::Limits;
use crate::ready_file::{self, Ready};
use crate::settings::{AuthMode, Settings};
use crate::shutdown::Signals;
use crate::tls::Tls;
use crate::{cwmp, files, metrics, notifications, password, portal, probe};
use acs::{Acs, AcsSettings, CpeAuth, EgressPolicy, SetupState};
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, UdpSocket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long answers that are being written may take once all sessions have ended.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// Runs until a signal says to stop; then what runs is finished.
pub async fn serve(settings: Settings, ready_file: Option<PathBuf>) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let recorder = metrics::install()?;
    raise_file_limit();
    let data = &settings.general.data;
    std::fs::create_dir_all(data)
        .map_err(|error| format!("cannot create the data folder {}: {error}", data.display()))?;

    // Ports first: a second server on the same data folder fails here, before it touches the database.
    let cwmp_listener = bind("cwmp.listen", settings.cwmp.listen).await?;
    let notifications = if settings.cwmp.lightweight_notifications {
        let address = cwmp_listener.local_addr()?;
        let socket = UdpSocket::bind(address).await;
        Some(socket.map_err(|error| format!("cannot listen on {address} by UDP (cwmp.listen): {error}"))?)
    } else {
        None
    };
    let tls_listener = match settings.cwmp_tls.listen {
        Some(address) => Some(bind("cwmp.tls.listen", address).await?),
        None => None,
    };
    let tls = tls_listener.as_ref().map(|_| Tls::load(settings.cwmp_tls.clone())).transpose();
    let tls = tls.map_err(|error| format!("cannot use the certificates of [cwmp.tls]: {error}"))?;
    let portal_listener = bind("portal.listen", settings.portal.listen).await?;
    let metrics_listener = bind("metrics.listen", settings.metrics.listen).await?;
    let files_listener = bind("files.listen", settings.files.listen).await?;
    let stun_socket = bind_stun(settings.stun.listen).await?;
    let cwmp_tls = tls_listener.as_ref().map(TcpListener::local_addr).transpose()?;
    let addresses = Addresses {
        portal: portal_listener.local_addr()?,
        cwmp: cwmp_listener.local_addr()?,
        cwmp_tls,
        files: files_listener.local_addr()?,
        metrics: metrics_listener.local_addr()?,
        stun: stun_socket.as_ref().map(UdpSocket::local_addr).transpose()?,
    };

    let store = open_store(&settings).await?;
    let acs =
        Acs::start(store.clone(), acs_settings(&settings, &addresses)?).await.map_err(|error| describe(&error))?;
    if let Some(socket) = stun_socket {
        acs.serve_stun(socket);
    }
    tokio::spawn(acs.clone().deliver_webhooks(portal::payload));
    tokio::spawn(acs.clone().tell_of_campaigns(portal::campaign_payload));

    // Three steps of stopping: no new portal requests; then, when sessions have ended, no new CPEs; metrics last.
    let (stop_portal, stop_cwmp, stop_metrics) =
        (CancellationToken::new(), CancellationToken::new(), CancellationToken::new());
    let (connections, chores) = (TaskTracker::new(), TaskTracker::new());

    let site = settings.site_dir();
    if site.is_none() {
        tracing::warn!("no files for browsers found: pages work, but without style and live updates; set site.dir");
    }
    let pages = portal::router(acs.clone(), store.clone(), &settings, site.as_deref(), stop_portal.clone())?;
    let portal_limits = Limits {
        connections: settings.portal.max_connections as usize,
        per_address: settings.portal.max_connections_per_address as usize,
    };
    chores.spawn(portal::serve(
        "portal",
        portal_listener,
        pages,
        portal_limits,
        stop_portal.clone(),
        connections.clone(),
    ));
    let watchers = watchers(acs.clone(), store.clone(), recorder.clone(), stop_portal.clone());
    let metrics_limits = Limits { connections: 64, per_address: 0 };
    chores.spawn(portal::serve(
        "metrics",
        metrics_listener,
        watchers,
        metrics_limits,
        stop_metrics.clone(),
        TaskTracker::new(),
    ));
    let front = Arc::new(cwmp::Front::new(acs.clone(), &settings.cwmp));
    let listeners =
        std::iter::once((cwmp_listener, None)).chain(tls_listener.zip(tls.clone()).map(|(l, tls)| (l, Some(tls))));
    for (listener, tls) in listeners {
        let (front, settings, stop, connections) =
            (front.clone(), settings.cwmp.clone(), stop_cwmp.clone(), connections.clone());
        chores.spawn(async move { cwmp::serve(listener, front, &settings, tls, stop, connections).await });
    }
    if let Some(tls) = tls {
        chores.spawn(tls.watch(stop_cwmp.clone()));
    }
    {
        let (acs, stop) = (acs.clone(), stop_cwmp.clone());
        let (files, speed) = (settings.files.clone(), settings.speed.clone());
        // A transfer may take hours and can be taken up again: nobody waits for it when the server is to stop.
        let transfers = TaskTracker::new();
        chores.spawn(async move { files::serve(files_listener, acs, (&files, &speed), stop, transfers).await });
    }
    if let Some(socket) = notifications {
        chores.spawn(notifications::serve(socket, acs.clone(), stop_cwmp.clone()));
    }
    let upkeep =
        [tokio::spawn(metrics::upkeep(recorder)), tokio::spawn(portal::SessionStore::new(store.clone()).clean_up())];

    announce(&settings, &acs, addresses, ready_file)?;

    signals.next().await;
    tracing::info!("stopping: running sessions are finished; a second signal ends at once");
    tokio::spawn(async move {
        let signal = signals.next().await;
        tracing::warn!("ended by a second signal");
        std::process::exit(128 + signal);
    });
    stop_portal.cancel();
    // CPEs may come back on new connections for the rest of their sessions, so this listener stays open for them.
    acs.shutdown(settings.general.shutdown_grace).await;
    stop_cwmp.cancel();
    connections.close();
    if tokio::time::timeout(LAST_ANSWERS, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "some connections did not take their last answer in time");
    }
    stop_metrics.cancel();
    chores.close();
    chores.wait().await;
    for task in upkeep {
        task.abort();
    }
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Where everything listens, with real ports.
#[derive(Clone, Copy)]
struct Addresses {
    portal: SocketAddr,
    cwmp: SocketAddr,
    cwmp_tls: Option<SocketAddr>,
    files: SocketAddr,
    metrics: SocketAddr,
    /// UDP.
    stun: Option<SocketAddr>,
}

async fn bind(key: &str, address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address} ({key}): {error}").into())
}

/// UDP, if there is to be a STUN server.
async fn bind_stun(address: Option<SocketAddr>) -> Result<Option<UdpSocket>, Failure> {
    let Some(address) = address else { return Ok(None) };
    let bound = UdpSocket::bind(address).await;
    bound.map(Some).map_err(|error| format!("cannot listen on {address}/udp (stun.listen): {error}").into())
}

/// The soft limit of open files is 1,024 on many systems, which is fewer than the CPEs that call at once.
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "cannot raise the limit of open files");
        }
    }
}

fn acs_settings(settings: &Settings, addresses: &Addresses) -> Result<AcsSettings, Failure> {
    let cwmp = &settings.cwmp;
    let auth = match settings.cwmp_auth.mode {
        AuthMode::Off => {
            tracing::warn!("CPEs need no password (cwmp.auth.mode is off): anyone can report as any device");
            CpeAuth::Off
        }
        AuthMode::Shared => {
            let username = settings.cwmp_auth.username.clone();
            let password = match &settings.cwmp_auth.password {
                Some(password) => password.0.clone(),
                None => kept_password(settings)?,
            };
            CpeAuth::Shared { username, password }
        }
    };
    let files = files::setup::settings(settings, addresses.files)?;
    let speed = files::setup::speed(settings, &files.base_url);
    Ok(AcsSettings {
        openid: settings.openid.for_acs(),
        auth,
        egress: EgressPolicy { allow: settings.egress.allow.clone(), deny: settings.egress.deny.clone() },
        session_timeout: cwmp.session_timeout.as_secs() as u32,
        max_sessions: cwmp.max_sessions as usize,
        max_rpcs: cwmp.max_rpcs,
        max_parameters: cwmp.max_parameters as usize,
        max_connection_requests: cwmp.max_connection_requests as usize,
        connection_request_pause: cwmp.connection_request_pause.as_secs() as u32,
        provision_connection_request: cwmp.provision_connection_request,
        reach: settings.reach.for_acs(
            &settings.stun,
            &settings.xmpp,
            addresses.stun.map_or(0, |address| address.port()),
        )?,
        files,
        speed,
        provision_cpe_credentials: cwmp.provision_cpe_credentials,
        enrolment: settings.cwmp_enrolment.policy.0,
        rebootstrap: settings.cwmp_enrolment.rebootstrap.0,
        max_sessions_per_address: cwmp.max_sessions_per_address as usize,
        max_informs_per_minute: cwmp.max_informs_per_minute,
        keep_timeline_days: settings.general.keep_timeline_days,
        keep_audit_days: settings.general.keep_audit_days,
        wrong_login_wait: Duration::from_secs(4),
        confirmed_for: settings.portal.confirm_again,
        approval_above: settings.campaigns.approval_above,
        mail: settings.mail.for_acs(portal_origin(settings, addresses.portal))?,
        token_requests_per_minute: settings.portal.token_requests_per_minute,
    })
}

fn kept_password(settings: &Settings) -> Result<String, Failure> {
    let file = settings.general.data.join("cpe-password");
    password::kept(&file).map_err(|error| format!("cannot keep the CPE password in {}: {error}", file.display()).into())
}

/// What people type to come to the portal.
fn portal_origin(settings: &Settings, portal: SocketAddr) -> String {
    let own = settings.portal.public_url.as_ref().map(|url| url.as_str().to_owned());
    own.unwrap_or_else(|| format!("http://{}", probe::reachable(portal)))
}

/// Tells where everything is: to the log, to the terminal, to the ready file.
fn announce(
    settings: &Settings,
    acs: &Acs,
    Addresses { portal, cwmp, cwmp_tls, files, metrics, stun }: Addresses,
    ready_file: Option<PathBuf>,
) -> Result<(), Failure> {
    tracing::info!(%portal, %cwmp, %files, %metrics, version = env!("CARGO_PKG_VERSION"), "listening");
    if let Some(stun) = stun {
        tracing::info!(%stun, "serving STUN");
    }
    let origin = portal_origin(settings, portal);
    let setup = match acs.setup_state() {
        SetupState::Done => None,
        SetupState::Needed { token } => Some(format!("{origin}/setup?token={token}")),
    };
    // To standard output, not to the log: the link is a secret that is used up at its first use.
    println!("Portal:  {origin}/");
    println!("CPEs:    http://{}/", probe::reachable(cwmp));
    if let Some(address) = cwmp_tls {
        println!("         https://{}/", probe::reachable(address));
    }
    if settings.cwmp_auth.mode == AuthMode::Shared {
        let kept = settings.general.data.join("cpe-password");
        let place = if settings.cwmp_auth.password.is_some() {
            "in the settings".to_owned()
        } else {
            format!("in {}", kept.display())
        };
        println!("         user {}, password {place}", settings.cwmp_auth.username);
    }
    if let Some(link) = &setup {
        println!("\nThere is no administrator yet. Create one with this link, which works once:\n\n    {link}\n");
    }
    if let Some(file) = ready_file {
        ready_file::write(&file, &Ready { portal, cwmp, cwmp_tls, files, metrics, stun, setup: setup.as_deref() })
            .map_err(|error| format!("cannot write the ready file {}: {error}", file.display()))?;
    }
    Ok(())
}

/// Health, readiness and metrics, for machines.
fn watchers(acs: Acs, store: store::Store, recorder: PrometheusHandle, stop: CancellationToken) -> Router {
    let render = move || async move {
        let stats = store.stats();
        metrics::store(&stats);
        ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics::render(&recorder))
    };
    Router::new()
        .route("/metrics", get(render))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(move || async move { portal::readiness(&acs, &stop).await }))
}
