//! The API for other programs: JSON under `/api/v1`, tokens in place of sign-ins, no cookies. Thin: parse, call one
//! operation, write. What can be asked for, and what is answered, is types of its own; the document of all of it
//! ([`document`]) follows from the code.

mod campaigns;
mod cursor;
mod devices;
mod diagnostics;
mod document;
mod events;
mod files;
mod idempotency;
mod input;
mod page;
mod parameters;
mod problem;
mod subscribers;
mod tasks;
mod time;
mod webhooks;
mod words;

use super::{Shared, auth, permissions};
use crate::cwmp::Pace;
use crate::listen::Phase;
use crate::settings::Settings;
use acs::{Acs, Actor};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use cursor::Cursors;
use model::audit::Origin;
use problem::Problem;
use std::sync::Arc;
use std::time::Duration;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Largest body, in bytes, of all but files: a plan of a campaign may name ten thousand routers twice.
const BODY_MAX: usize = 256 << 10;
/// Longest time from a request to its answer, of all but files.
const TIMEOUT: Duration = Duration::from_secs(30);

pub use webhooks::{campaign_payload, payload};

/// What every route can reach.
#[derive(Clone)]
struct Api {
    acs: Acs,
    cursors: Cursors,
    /// How fast files have to come.
    pace: Pace,
}

/// Everything with small bodies.
fn small() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(campaigns::list, campaigns::create))
        .routes(routes!(campaigns::preview))
        .routes(routes!(campaigns::read, campaigns::put, campaigns::delete))
        .routes(routes!(campaigns::steps::ask_approval))
        .routes(routes!(campaigns::steps::start))
        .routes(routes!(campaigns::steps::pause))
        .routes(routes!(campaigns::steps::resume))
        .routes(routes!(campaigns::steps::cancel))
        .routes(routes!(campaigns::steps::roll_back))
        .routes(routes!(campaigns::steps::limits))
        .routes(routes!(campaigns::devices::list))
        .routes(routes!(campaigns::devices::read))
        .routes(routes!(campaigns::log::list))
        .routes(routes!(devices::list))
        .routes(routes!(devices::read))
        .routes(routes!(parameters::list))
        .routes(routes!(tasks::of_device, tasks::create))
        .routes(routes!(tasks::list))
        .routes(routes!(tasks::read))
        .routes(routes!(tasks::cancel))
        .routes(routes!(diagnostics::of_device, diagnostics::start))
        .routes(routes!(diagnostics::read))
        .routes(routes!(events::of_device))
        .routes(routes!(events::follow))
        .routes(routes!(files::read, files::delete))
        .routes(routes!(subscribers::list))
        .routes(routes!(subscribers::read, subscribers::put, subscribers::delete))
        .routes(routes!(subscribers::devices))
        .routes(routes!(subscribers::link, subscribers::unlink))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::read, webhooks::put, webhooks::delete))
        .routes(routes!(webhooks::try_it))
        .routes(routes!(webhooks::deliveries))
}

/// What moves files: larger and longer than anything else, with limits and deadlines of its own.
fn large() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(files::list, files::upload)).routes(routes!(files::download))
}

/// All routes, behind the token; and the document, for everybody.
pub fn routes(shared: Shared, settings: &Settings) -> Router {
    let files = &settings.files;
    let state = Api {
        acs: shared.acs.clone(),
        cursors: Cursors::new(shared.acs.cursor_key()),
        pace: Pace { silence: files.body_timeout, bytes_per_second: files.body_min_rate },
    };
    let (small, mut document) = small().split_for_parts();
    let (large, of_files) = large().split_for_parts();
    document.merge(of_files);
    let document = Arc::new(document::Served::new(&document::finish(document)));
    let small = small
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIMEOUT))
        .layer(RequestBodyLimitLayer::new(BODY_MAX));
    let open = Router::new()
        .route("/api/v1/openapi.json", get(document::serve))
        .route("/api", get(page::serve))
        .with_state(document);
    small
        .merge(large)
        .layer(from_fn_with_state(state.clone(), idempotency::once))
        .route("/api/{*rest}", any(nothing))
        .method_not_allowed_fallback(|| async { Problem::of(StatusCode::METHOD_NOT_ALLOWED) })
        .with_state(state)
        .layer(from_fn_with_state(shared, gate))
        .merge(open)
}

async fn nothing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "There is nothing at this address. /api lists what there is.")
}

/// Lets in who shows a token. Cookies are not looked at, so that no page of another site can call in anybody's name.
async fn gate(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let from = auth::client_address(&request, &shared.trusted_proxies);
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = shown.and_then(|shown| {
        let (scheme, token) = shown.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    let Some(token) = token.filter(|token| !token.is_empty() && token.len() <= 256) else {
        return unauthorised("Show a token: Authorization: Bearer …");
    };
    let actor = match shared.acs.token_actor(from, &token).await {
        Ok(actor) => actor,
        Err(acs::AcsError::SignInRefused) => return unauthorised("This token is wrong, expired or revoked."),
        Err(error) => return Problem::from(error).into_response(),
    };
    let operation = request
        .extensions()
        .get::<MatchedPath>()
        .and_then(|matched| permissions::of(request.method(), matched.as_str()));
    if let (Some(operation), Actor::Token(token)) = (operation, &actor)
        && !operation.access.admits(token.role.permissions, &token.scope)
    {
        return Problem::new(StatusCode::FORBIDDEN, "This token may not do that. Nothing was changed.").into_response();
    }
    request.headers_mut().remove(header::AUTHORIZATION);
    request.extensions_mut().insert(Caller(actor));
    let origin = auth::origin(&request, from, Origin::API);
    let phase = request.extensions().get::<Arc<Phase>>().cloned();
    let mut answer = acs::with_origin(origin, next.run(request)).await;
    if let Some(phase) = phase.filter(|_| answer.status() == StatusCode::PAYLOAD_TOO_LARGE) {
        // What still comes of the body is thrown away for a moment: some read no answer while they send.
        phase.linger();
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn unauthorised(detail: &str) -> Response {
    let mut answer = Problem::new(StatusCode::UNAUTHORIZED, detail).into_response();
    let scheme = HeaderValue::from_static("Bearer realm=\"lastmile\"");
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
    answer
}

/// Who calls. A request extension.
#[derive(Clone)]
struct Caller(Actor);
