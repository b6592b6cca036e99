//! Tables of subscribers that agents upload, and the rows of them that were not taken.

use super::{Shared, auth};
use acs::{AcsError, Actor};
use app::PortalError;
use app::ssr::SignedIn;
use axum::body::to_bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use model::import::TABLE_BYTES_MAX;
use serde::Deserialize;
use std::time::Duration;

/// Longest time for a table to arrive.
const TIMEOUT: Duration = Duration::from_mins(5);

/// `POST /subscribers/import/upload` and `GET /subscribers/import/{id}/wrong.csv`, for those who are signed in.
pub fn routes(shared: Shared) -> Router {
    Router::new()
        .route("/subscribers/import/upload", post(upload))
        .route("/subscribers/import/{id}/wrong.csv", get(wrong))
        .with_state(shared.clone())
        .layer(from_fn_with_state(shared, auth::gate))
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// The body is the file as it is; the answer is a `TableView`, or a `PortalError`, in JSON.
async fn upload(
    State(shared): State<Shared>,
    Extension(SignedIn(agent)): Extension<SignedIn>,
    Query(named): Query<Named>,
    request: Request,
) -> Response {
    let Some(agent) = agent else { return (StatusCode::UNAUTHORIZED, "not signed in\n").into_response() };
    let actor = Actor::Agent(agent);
    // Before a byte of it is read.
    if let Err(error) = actor.require(model::Permission::SubscriberWrite) {
        return refused(error);
    }
    let body = tokio::time::timeout(TIMEOUT, to_bytes(request.into_body(), TABLE_BYTES_MAX)).await;
    let Ok(Ok(bytes)) = body else {
        let most = TABLE_BYTES_MAX >> 20;
        return refused(AcsError::Invalid(format!(
            "The file did not arrive, or is larger than {most} MB. Nothing was imported; split it into several files."
        )));
    };
    match shared.acs.upload_table(&actor, &named.name, bytes.into()).await {
        Ok(table) => Json(table).into_response(),
        Err(error) => refused(error),
    }
}

/// Always an attachment.
async fn wrong(
    State(shared): State<Shared>,
    Extension(SignedIn(agent)): Extension<SignedIn>,
    Path(id): Path<String>,
) -> Response {
    let Some(agent) = agent else { return (StatusCode::UNAUTHORIZED, "not signed in\n").into_response() };
    let (name, content) = match shared.acs.wrong_rows(&Actor::Agent(agent), &id).await {
        Ok(found) => found,
        Err(error) => return refused(error),
    };
    let mut answer = content.into_response();
    let headers = answer.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, "text/csv; charset=utf-8");
    set(header::CONTENT_DISPOSITION, &super::transfers::attachment(&name));
    answer
}

fn refused(error: AcsError) -> Response {
    let status = match &error {
        AcsError::Denied(_) => StatusCode::FORBIDDEN,
        AcsError::NotFound(_) => StatusCode::NOT_FOUND,
        AcsError::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, Json(PortalError::from(error))).into_response()
}
