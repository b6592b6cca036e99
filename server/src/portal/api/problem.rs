//! What went wrong, as RFC 9457 has it: `application/problem+json`.

use acs::AcsError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::subscriber::FieldProblem;
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// What went wrong (RFC 9457). Nothing was changed, unless `detail` says otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The status in words.
    #[schema(value_type = String, example = "Unprocessable Entity")]
    title: &'static str,
    /// The status of the answer.
    #[schema(example = 422)]
    status: u16,
    /// What happened and what to do, for a person.
    #[schema(example = "Some fields are wrong. Nothing was changed.")]
    detail: String,
    /// One entry for each field that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
    #[serde(skip)]
    wait: Option<u32>,
}

/// A field that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// Where it is, such as `values[2].path`.
    #[schema(value_type = String, example = "email")]
    field: Cow<'static, str>,
    /// What is wrong with it, for a person.
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

    /// One field is wrong.
    pub fn field(status: StatusCode, field: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        let (field, detail) = (field.into(), detail.into());
        let said = format!("{field}: {}. Nothing was changed.", detail.trim_end_matches('.'));
        Self { errors: vec![FieldError { field, detail }], ..Self::new(status, said) }
    }

    /// Too early; to be tried again after so many seconds.
    pub fn later(status: StatusCode, seconds: u32, detail: impl Into<String>) -> Self {
        Self { wait: Some(seconds), ..Self::new(status, detail) }
    }

    pub fn fields(problems: Vec<FieldProblem>) -> Self {
        let errors =
            problems.into_iter().map(|wrong| FieldError { field: wrong.field.as_str().into(), detail: wrong.problem });
        let detail = "Some fields are wrong. Nothing was changed.";
        Self { errors: errors.collect(), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail) }
    }
}

impl From<AcsError> for Problem {
    fn from(error: AcsError) -> Self {
        let status = match &error {
            AcsError::Fields(problems) => return Self::fields(problems.clone()),
            AcsError::Throttled(seconds) => {
                return Self::later(StatusCode::TOO_MANY_REQUESTS, *seconds, error.to_string());
            }
            AcsError::Denied(_) => {
                let detail = "This token may not do that. Nothing was changed.";
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
