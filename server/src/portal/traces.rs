//! Recordings of the protocol, as files.

use super::Shared;
use acs::{AcsError, Actor};
use app::ssr::SignedIn;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::protocol::TraceKey;

/// `GET /traces/{key}.txt`: the whole recording as text, as a download. Hostile text stays text: it is never shown in
/// the browser.
pub async fn download(
    State(shared): State<Shared>,
    Extension(signed_in): Extension<SignedIn>,
    Path(file): Path<String>,
) -> Response {
    let Some(agent) = signed_in.0 else { return StatusCode::UNAUTHORIZED.into_response() };
    let Some(key) = file.strip_suffix(".txt").and_then(TraceKey::parse) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match shared.acs.trace_text(&Actor::Agent(agent), &key).await {
        Ok(text) => {
            let headers = [
                (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file_name(&key))),
            ];
            (headers, text).into_response()
        }
        Err(AcsError::Denied(_)) => StatusCode::FORBIDDEN.into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A name that every file system takes.
fn file_name(key: &TraceKey) -> String {
    let slug = key.slug();
    let safe = slug.chars().take(80).map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' });
    format!("trace-{}.txt", safe.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_hold_nothing_strange() {
        let name = file_name(&TraceKey::Serial("a\"/..\r\nX: \u{202e}b".into()));
        assert_eq!(name, "trace-serial-a______X___b.txt");
    }
}
