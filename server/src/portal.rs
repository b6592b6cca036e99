//! The web portal: pages, server functions, event streams and files, on their own listener.

mod api;
mod audit;
mod auth;
mod campaigns;
mod files;
mod headers;
mod live;
mod observe;
mod openid;
mod permissions;
mod render;
mod session_store;
mod snapshots;
mod tables;
mod traces;
mod transfers;

pub use api::{campaign_payload, payload};
pub use session_store::SessionStore;

use crate::listen::{self, Accepted, Deadlines, HttpLimits, Limits, Slots};
use crate::settings::{Origin, Settings};
use acs::Acs;
use app::ssr::Portal;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use leptos::prelude::*;
use leptos_axum::{
    LeptosRoutes, generate_route_list_with_exclusions_and_ssg_and_context, render_app_to_stream_with_context,
};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::{ConfigError, CsrfLayer, ProtectionError};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, SessionManagerLayer};

/// What every request of the portal can reach.
#[derive(Clone)]
struct Shared {
    acs: Acs,
    sessions: SessionStore,
    streams: Arc<live::Streams>,
    trusted_proxies: Arc<[ipnet::IpNet]>,
    https: bool,
    /// Scheme, host and port that people type, if the settings say so.
    origin: Option<Arc<str>>,
    /// Cancelled when the server is told to stop: event streams end.
    stop: CancellationToken,
}

/// Longest time from a request to the head of its answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Puts the portal together.
pub fn router(
    acs: Acs,
    store: Store,
    settings: &Settings,
    site: Option<&Path>,
    stop: CancellationToken,
) -> Result<Router, ConfigError> {
    let portal = &settings.portal;
    let https = portal.public_url.as_ref().is_some_and(Origin::is_https);
    let sessions = SessionStore::new(store);
    let shared = Shared {
        acs: acs.clone(),
        sessions: sessions.clone(),
        streams: Arc::new(live::Streams::new(portal.max_streams_per_agent as usize)),
        trusted_proxies: portal.trusted_proxies.clone().into(),
        https,
        origin: portal.public_url.as_ref().map(|url| url.as_str().into()),
        stop,
    };

    let options = LeptosOptions::builder()
        .output_name("lastmile")
        .site_root(site.unwrap_or(Path::new("site")).to_string_lossy().as_ref())
        .site_pkg_dir("pkg")
        .site_addr(portal.listen)
        .env(leptos::config::Env::PROD)
        .build();
    let context = {
        let portal = Portal { acs, origin: portal.public_url.as_ref().map(|url| url.as_str().to_owned()) };
        move || {
            provide_context(portal.clone());
            headers::provide_policy();
        }
    };
    render::init();
    let routes = generate_route_list_with_exclusions_and_ssg_and_context(app::App, None, context.clone()).0;
    let shell = {
        let options = options.clone();
        move || app::shell(options.clone())
    };

    let pages = Router::new()
        .leptos_routes_with_context(&options, routes, context.clone(), shell.clone())
        .with_state(options)
        .layer(from_fn(render::together))
        .merge(
            Router::new()
                .route("/sign-in/openid", get(openid::begin))
                .route("/live", get(live::fleet))
                .route("/live/devices/{id}", get(live::device))
                .route("/snapshots/{id}/{file}", get(snapshots::download))
                .route("/campaigns/{id}/devices.csv", get(campaigns::download))
                .route("/traces/{file}", get(traces::download))
                .route("/settings/audit/export/{file}", get(audit::download))
                .with_state(shared.clone()),
        )
        .layer(from_fn_with_state(shared.clone(), auth::gate));
    // A page that does not exist is rendered by the app, too, for those who are signed in.
    let unknown = {
        let render = render_app_to_stream_with_context(context, shell);
        let render = move |request: Request<Body>| async move { render(request).await };
        any(render).layer(from_fn(render::together)).layer(from_fn_with_state(shared.clone(), auth::gate))
    };

    let session_layer = SessionManagerLayer::new(sessions)
        .with_name("lastmile")
        .with_path("/")
        .with_http_only(true)
        .with_same_site(SameSite::Strict)
        .with_secure(https)
        .with_expiry(Expiry::OnInactivity(portal.session_timeout.try_into().unwrap_or(time::Duration::HOUR)));
    // Files are larger and take longer than anything else, and bring limits and deadlines of their own.
    let transfers =
        transfers::routes(shared.clone(), settings).merge(tables::routes(shared.clone())).layer(session_layer.clone());
    // Other programs have tokens, and no session.
    let api = api::routes(shared.clone(), settings);
    let mut csrf = CsrfLayer::new();
    if let Some(origin) = &portal.public_url {
        csrf = csrf.add_trusted_origin(origin.as_str())?;
    }

    Ok(pages
        .fallback_service(files::service(site, unknown))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready).with_state(shared.clone()))
        .layer(session_layer)
        .layer(CompressionLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIMEOUT))
        .layer(RequestBodyLimitLayer::new(portal.max_body.0))
        .merge(transfers)
        .merge(api)
        .layer(csrf.with_rejection_response(|_: ProtectionError| {
            (StatusCode::FORBIDDEN, "This request comes from another site. Nothing was changed.\n").into_response()
        }))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            // The panic hook has logged it; the request's id stands beside it and in the answer's header.
            (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong inside Lastmile. The log tells more.\n")
                .into_response()
        }))
        .layer(from_fn_with_state(shared, observe::observe))
        .layer(from_fn(headers::harden)))
}

/// For load balancers: 200 while the server can do its work.
async fn ready(State(shared): State<Shared>) -> Response {
    readiness(&shared.acs, &shared.stop).await
}

/// Shared with the metrics listener.
pub async fn readiness(acs: &Acs, stop: &CancellationToken) -> Response {
    if stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n").into_response();
    }
    match tokio::time::timeout(Duration::from_secs(5), acs.ready()).await {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::warn!(%error, cause = ?std::error::Error::source(&error), "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer in time\n").into_response(),
    }
}

/// The address that the TCP connection comes from. A request extension.
#[derive(Clone, Copy, Debug)]
struct Peer(SocketAddr);

const DEADLINES: Deadlines =
    Deadlines { head: Duration::from_secs(10), idle: Duration::from_secs(75), write: Duration::from_secs(30) };
const HTTP: HttpLimits = HttpLimits { max_headers: 100, max_head: 64 << 10, half_close: false };

/// Serves `router` until `stop`.
pub async fn serve(
    name: &'static str,
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    let slots = Slots::new(name, limits);
    let ending = stop.clone();
    let handle = move |accepted: Accepted| {
        let (router, stop, peer) = (router.clone(), ending.clone(), Peer(accepted.peer));
        listen::serve(accepted, DEADLINES, HTTP, stop, move |request, phase| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(phase);
            let answer = router.clone().oneshot(request);
            async move {
                match answer.await {
                    Ok(answer) => answer,
                    Err(never) => match never {},
                }
            }
        })
    };
    listen::accept(listener, slots, stop, tasks, handle).await;
}
