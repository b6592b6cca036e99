//! Files that agents upload and download. Not server functions: a browser shows how far an upload has come, and no
//! file is held in memory.

use super::{Shared, auth};
use crate::cwmp::Pace;
use crate::files::paced;
use crate::listen::Phase;
use crate::settings::Settings;
use acs::{Acs, AcsError, Actor, FileProof};
use app::PortalError;
use app::ssr::SignedIn;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use model::FileId;
use model::file::FileInput;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Clone)]
struct Transfers {
    acs: Acs,
    pace: Pace,
}

/// `POST /files/upload` and `GET /files/{id}/content`, for those who are signed in.
pub fn routes(shared: Shared, settings: &Settings) -> Router {
    let files = &settings.files;
    let state = Transfers {
        acs: shared.acs.clone(),
        pace: Pace { silence: files.body_timeout, bytes_per_second: files.body_min_rate },
    };
    Router::new()
        .route("/files/upload", post(upload))
        .route("/files/{id}/content", get(download))
        .with_state(state)
        .layer(from_fn_with_state(shared, auth::gate))
}

/// What comes with the bytes.
#[derive(Deserialize)]
struct Said {
    /// JSON of a [`FileInput`].
    input: String,
    /// 64 hexadecimal digits, if the person knows what the file should be.
    sha256: Option<String>,
    /// A signature file in base64.
    signature: Option<String>,
}

/// The body is the file as it is; the answer is a `FileView`, or a `PortalError`, in JSON.
async fn upload(
    State(transfers): State<Transfers>,
    Extension(SignedIn(agent)): Extension<SignedIn>,
    Extension(phase): Extension<Arc<Phase>>,
    Query(said): Query<Said>,
    request: Request,
) -> Response {
    let answer = match agent {
        Some(agent) => keep(&transfers, &Actor::Agent(agent), said, request).await,
        None => Err((StatusCode::UNAUTHORIZED, "not signed in\n").into_response()),
    };
    answer.unwrap_or_else(|mut refused| {
        // What still comes of the file is thrown away for a moment: a browser reads no answer while it sends.
        phase.linger();
        refused.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        refused
    })
}

async fn keep(transfers: &Transfers, actor: &Actor, said: Said, request: Request) -> Result<Response, Response> {
    let invalid = |text: String| refused(AcsError::Invalid(text));
    let input: FileInput = serde_json::from_str(&said.input)
        .map_err(|_| invalid("Lastmile did not understand the request. Nothing was changed.".to_owned()))?;
    // Told before a byte of it is read.
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let largest = transfers.acs.largest_file();
    if announced.is_some_and(|length| length > largest) {
        let most = model::file::size_text(largest);
        return Err(invalid(format!(
            "The file is larger than {most}. It was not kept. The administrator can allow larger files."
        )));
    }
    let pieces = paced(request.into_body(), transfers.pace);
    let proof = FileProof { sha256: said.sha256.as_deref(), signature: said.signature.as_deref() };
    let file = transfers.acs.upload_file(actor, input, proof, pieces).await.map_err(refused)?;
    Ok(Json(file).into_response())
}

/// Always an attachment: nothing that somebody uploaded is shown by a browser as a page of ours (catalogue row W6).
async fn download(
    State(transfers): State<Transfers>,
    Extension(SignedIn(agent)): Extension<SignedIn>,
    Path(id): Path<i64>,
) -> Response {
    let Some(agent) = agent else { return (StatusCode::UNAUTHORIZED, "not signed in\n").into_response() };
    let (view, pieces) = match transfers.acs.download_file(&Actor::Agent(agent), FileId(id)).await {
        Ok(found) => found,
        Err(error) => return refused(error),
    };
    let mut answer = Body::from_stream(pieces).into_response();
    let headers = answer.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, "application/octet-stream");
    set(header::CONTENT_LENGTH, &view.file.size.to_string());
    set(header::CONTENT_DISPOSITION, &attachment(&view.file.name));
    answer
}

/// Everything but what RFC 8187 leaves as it is.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Both forms of the name (RFC 6266): what is not plain becomes `_` in the one, and is encoded in the other.
pub(super) fn attachment(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(name, NAME))
}

fn refused(error: AcsError) -> Response {
    let status = match &error {
        AcsError::Denied(_) => StatusCode::FORBIDDEN,
        AcsError::NotFound(_) => StatusCode::NOT_FOUND,
        AcsError::Files(_) => StatusCode::INSUFFICIENT_STORAGE,
        AcsError::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, Json(PortalError::from(error))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f1_names_cannot_leave_their_header() {
        assert_eq!(attachment("fw 2.1.bin"), "attachment; filename=\"fw 2.1.bin\"; filename*=UTF-8''fw%202.1.bin");
        let hostile = attachment("a\"; x=\r\nSet-Cookie: é.html");
        assert!(!hostile.contains(['\r', '\n']) && hostile.matches('"').count() == 2, "{hostile}");
        assert!(HeaderValue::from_str(&hostile).is_ok());
        assert!(hostile.ends_with("%C3%A9.html"), "{hostile}");
    }
}
