//! Request ids, log lines and metrics of the portal.

use super::{Shared, headers};
use crate::metrics::{HTTP_REQUESTS, HTTP_SECONDS};
use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use metrics::{counter, histogram};
use std::time::Instant;
use tracing::{Instrument, info_span};

const REQUEST_ID: &str = "x-request-id";

/// Gives the request an id that log and answer show, and counts it. Query strings are not logged: the set-up link and
/// searches for people are in them; nor are the tokens of one-time links.
pub async fn observe(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    // Always our own: an id from outside could be made to look like another's in the log.
    let id = format!("{:016x}", rand::random::<u64>());
    let header = HeaderValue::try_from(&id).ok();
    if let Some(header) = &header {
        request.headers_mut().insert(REQUEST_ID, header.clone());
    }
    let method = request.method().clone();
    let path = match request.uri().path() {
        // What follows is a secret.
        path if path.starts_with("/invitation/") => "/invitation/…".to_owned(),
        path => path.to_owned(),
    };
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let span = info_span!("request", id);

    let mut answer = next.run(request).instrument(span.clone()).await;

    if let Some(header) = header {
        answer.headers_mut().insert(REQUEST_ID, header);
    }
    if shared.https {
        headers::strict_transport(answer.headers_mut());
    }
    let (status, seconds) = (answer.status(), started.elapsed().as_secs_f64());
    counter!(HTTP_REQUESTS, "method" => label(&method), "route" => route.clone(), "status" => status.as_str().to_owned()).increment(1);
    histogram!(HTTP_SECONDS, "route" => route).record(seconds);
    let _entered = span.enter();
    let ms = (seconds * 1e3).round();
    if status.is_server_error() {
        tracing::warn!(%method, path, status = status.as_u16(), ms, "answered");
    } else {
        tracing::info!(%method, path, status = status.as_u16(), ms, "answered");
    }
    answer
}

/// Methods are free text on the wire; labels must stay few.
fn label(method: &axum::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        _ => "other",
    }
}
