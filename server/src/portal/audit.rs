//! The audit log as files.

use super::Shared;
use acs::{AcsError, Actor, AuditFormat};
use app::PortalError;
use app::ssr::SignedIn;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use model::audit::AuditFilter;

/// `GET /settings/audit/export/audit.csv` and `…/audit.jsonl`, with the fields of an [`AuditFilter`] in the query. In
/// pieces as they are read, however long the log is. Always an attachment.
pub async fn download(
    State(shared): State<Shared>,
    Extension(SignedIn(agent)): Extension<SignedIn>,
    Path(file): Path<String>,
    Query(filter): Query<AuditFilter>,
) -> Response {
    let Some(agent) = agent else { return (StatusCode::UNAUTHORIZED, "not signed in\n").into_response() };
    let (format, content_type) = match file.as_str() {
        "audit.csv" => (AuditFormat::Csv, "text/csv; charset=utf-8"),
        "audit.jsonl" => (AuditFormat::JsonLines, "application/x-ndjson"),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    match shared.acs.export_audit(&Actor::Agent(agent), filter, format).await {
        Ok(pieces) => {
            let mut answer = Body::from_stream(pieces).into_response();
            let headers = answer.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
            if let Ok(value) = HeaderValue::from_str(&super::transfers::attachment(&file)) {
                headers.insert(header::CONTENT_DISPOSITION, value);
            }
            answer
        }
        Err(error) => {
            let status = match &error {
                AcsError::Denied(_) => StatusCode::FORBIDDEN,
                AcsError::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            (status, Json(PortalError::from(error))).into_response()
        }
    }
}
