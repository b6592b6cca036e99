//! What went wrong, as RFC 9457 has it: `application/problem+json`.

use acs::AcsError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::subscriber::FieldProblem;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Problem {
    title: &'static str,
    status: u16,
    /// What happened and what to do, for a person.
    detail: String,
    /// Of each field that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip)]
    wait: Option<u32>,
}

#[derive(Debug, Serialize)]
struct FieldError {
    field: &'static str,
    detail: String,
}

impl Problem {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { title, status: status.as_u16(), detail: detail.into(), errors: Vec::new(), wait: None }
    }

    pub fn of(status: StatusCode) -> Self {
        Self::new(status, status.canonical_reason().unwrap_or("Error"))
    }

    pub fn fields(problems: Vec<FieldProblem>) -> Self {
        let errors =
            problems.into_iter().map(|wrong| FieldError { field: wrong.field.as_str(), detail: wrong.problem });
        let detail = "Some fields are wrong. Nothing was changed.";
        Self { errors: errors.collect(), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail) }
    }
}

impl From<AcsError> for Problem {
    fn from(error: AcsError) -> Self {
        let status = match &error {
            AcsError::Fields(problems) => return Self::fields(problems.clone()),
            AcsError::Throttled(seconds) => {
                let wait = Some(*seconds);
                return Self { wait, ..Self::new(StatusCode::TOO_MANY_REQUESTS, error.to_string()) };
            }
            AcsError::Denied(_) => {
                let detail = "The role of this token does not allow it. Nothing was changed.";
                return Self::new(StatusCode::FORBIDDEN, detail);
            }
            AcsError::NotFound(_) => StatusCode::NOT_FOUND,
            AcsError::Conflict(_) => StatusCode::CONFLICT,
            AcsError::SignInRefused => StatusCode::UNAUTHORIZED,
            AcsError::Store(_) | AcsError::Files(_) => {
                tracing::error!(cause = error.causes(), "the API could not answer");
                StatusCode::SERVICE_UNAVAILABLE
            }
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).expect("texts and numbers are JSON");
        let mut answer = (status, body).into_response();
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}
