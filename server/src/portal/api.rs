//! The API for other programs: JSON under `/api/v1`, tokens in place of sign-ins, no cookies. Thin: parse, call one
//! operation, write.

mod body;
mod problem;
mod subscribers;

use super::{Shared, auth, permissions};
use acs::Actor;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, put};
use model::audit::Origin;
use problem::Problem;
use std::time::Duration;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

/// Largest body, in bytes: a subscriber with everything has some kilobytes.
const BODY_MAX: usize = 64 << 10;
/// Longest time from a request to its answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// All routes, behind the token.
pub fn routes(shared: Shared) -> Router {
    Router::new()
        .route("/api/v1/subscribers", get(subscribers::list))
        .route(
            "/api/v1/subscribers/{account}",
            get(subscribers::read).put(subscribers::put).delete(subscribers::delete),
        )
        .route("/api/v1/subscribers/{account}/devices", get(subscribers::devices))
        .route("/api/v1/subscribers/{account}/devices/{serial}", put(subscribers::link).delete(subscribers::unlink))
        .route("/api", any(nothing))
        .route("/api/{*rest}", any(nothing))
        .method_not_allowed_fallback(|| async { Problem::of(StatusCode::METHOD_NOT_ALLOWED) })
        .with_state(shared.clone())
        .layer(from_fn_with_state(shared, gate))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIMEOUT))
        .layer(RequestBodyLimitLayer::new(BODY_MAX))
}

async fn nothing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "There is nothing at this address. docs/api.md lists what there is.")
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
        return Problem::new(StatusCode::FORBIDDEN, "The token's role does not allow this. Nothing was changed.")
            .into_response();
    }
    request.headers_mut().remove(header::AUTHORIZATION);
    request.extensions_mut().insert(Caller(actor));
    let origin = auth::origin(&request, from, Origin::API);
    let mut answer = acs::with_origin(origin, next.run(request)).await;
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
