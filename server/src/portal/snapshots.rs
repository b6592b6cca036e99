//! What was known of a device when it was escalated, as files.

use super::Shared;
use acs::{AcsError, Actor};
use app::ssr::SignedIn;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::SnapshotId;

/// `GET /snapshots/{id}/snapshot.json` and `…/snapshot.html`: downloads, never shown under this origin.
pub async fn download(
    State(shared): State<Shared>,
    Extension(signed_in): Extension<SignedIn>,
    Path((id, file)): Path<(String, String)>,
) -> Response {
    let Some(agent) = signed_in.0 else { return StatusCode::UNAUTHORIZED.into_response() };
    let Ok(id) = id.parse::<SnapshotId>() else { return StatusCode::NOT_FOUND.into_response() };
    let actor = Actor::Agent(agent);
    let (content_type, text) = match file.as_str() {
        "snapshot.json" => ("application/json", shared.acs.snapshot_json(&actor, id).await),
        "snapshot.html" => ("text/html; charset=utf-8", shared.acs.snapshot_html(&actor, id).await),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    match text {
        Ok(text) => {
            let name = format!("attachment; filename=\"escalation-{id}-{file}\"");
            let headers = [(header::CONTENT_TYPE, content_type.to_owned()), (header::CONTENT_DISPOSITION, name)];
            (headers, text).into_response()
        }
        Err(AcsError::Denied(_)) => StatusCode::FORBIDDEN.into_response(),
        Err(AcsError::NotFound(_)) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(error = error.causes(), "a snapshot could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
