//! `Idempotency-Key`: a POST that comes again, because its answer was lost, is not done again.
//!
//! The key is taken in the database before the work begins, and the answer is kept there for 24 hours when it has ended.
//! The work goes on when whoever asked hangs up. If the process dies between effect and answer, the next request with the
//! key gets [`Again`]: handlers then look whether it was done before they do it.

use super::problem::Problem;
use super::{Api, BODY_MAX, Caller};
use acs::{AcsError, Actor, Claim, KeptAnswer};
use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use model::Timestamp;
use sha2::{Digest, Sha256};
use std::fmt::Write;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key, in characters.
const KEY_MAX: usize = 255;
/// What of an answer's head is kept.
const KEPT_HEADERS: [HeaderName; 2] = [header::CONTENT_TYPE, header::LOCATION];
/// Largest answer that is kept.
const ANSWER_MAX: usize = 1 << 20;

/// The process died while it did this, which began then. A request extension.
#[derive(Clone, Copy)]
pub struct Again(pub Timestamp);

/// What is kept in place of an answer that tells something but once. A response extension.
#[derive(Clone)]
pub struct Instead(pub Vec<u8>);

/// Lets a request through once for each key.
pub async fn once(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    request: Request,
    next: Next,
) -> Response {
    let Some(key) = request.headers().get(KEY).filter(|_| request.method() == Method::POST) else {
        return next.run(request).await;
    };
    let Some(key) = key.to_str().ok().map(str::trim).filter(|key| (1..=KEY_MAX).contains(&key.len())) else {
        let detail = format!("Idempotency-Key has 1 to {KEY_MAX} plain characters. Nothing was changed.");
        return Problem::new(StatusCode::BAD_REQUEST, detail).into_response();
    };
    let key = key.to_owned();
    let (digest, mut request) = match digest(request).await {
        Ok(read) => read,
        Err(problem) => return problem.into_response(),
    };
    match api.acs.claim_answer(&actor, &key, &digest).await {
        Ok(Claim::Mine) => {}
        Ok(Claim::Interrupted(began)) => {
            request.extensions_mut().insert(Again(began));
        }
        Ok(Claim::Done(answer)) => return replay(answer),
        Ok(Claim::Running) => {
            let detail = "The same request is being worked on. Ask again in a moment for its answer.";
            return Problem::later(StatusCode::CONFLICT, 1, detail).into_response();
        }
        Ok(Claim::Other) => {
            let detail = "This Idempotency-Key was used for another request. Nothing was changed; take a new one.";
            return Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail).into_response();
        }
        Err(error) => return Problem::from(error).into_response(),
    }
    // In a task of its own: it goes on to its end, whatever becomes of the connection.
    let work = acs::with_origin(acs::origin(), async move { keep(&api, &actor, &key, next.run(request).await).await });
    let work = tokio::spawn(work);
    work.await.unwrap_or_else(|_| {
        let detail =
            "Something went wrong inside Lastmile. Whether it was done is not known: look before you try again.";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail).into_response()
    })
}

/// What makes two requests the same: method, address and body. Of a file it is the digest that the address names, so that
/// no file is held in memory.
async fn digest(request: Request) -> Result<(String, Request), Problem> {
    let (parts, body) = request.into_parts();
    let mut digest = Sha256::new();
    let address = parts.uri.path_and_query().map_or("/", |address| address.as_str());
    digest.update(address.as_bytes());
    digest.update([0]);
    let body = if parts.uri.path() == "/api/v1/files" {
        if !parts.uri.query().unwrap_or_default().split('&').any(|pair| pair.starts_with("sha256=")) {
            let detail = "With an Idempotency-Key the file has to be named, too.";
            return Err(Problem::field(StatusCode::UNPROCESSABLE_ENTITY, "sha256", detail));
        }
        body
    } else {
        let bytes = to_bytes(body, BODY_MAX).await.map_err(|_| {
            let detail = "The body is larger than 256 KB, or did not arrive whole. Nothing was changed.";
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
        })?;
        digest.update(&bytes);
        Body::from(bytes)
    };
    let mut text = String::with_capacity(64);
    for byte in digest.finalize() {
        write!(text, "{byte:02x}").expect("a String takes everything");
    }
    Ok((text, Request::from_parts(parts, body)))
}

/// Keeps the answer, or gives the key back where nothing was done that counts.
async fn keep(api: &Api, actor: &Actor, key: &str, answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let instead = parts.extensions.remove::<Instead>();
    let Ok(body) = to_bytes(body, ANSWER_MAX).await else {
        let detail =
            "The answer could not be put together. Whether it was done is not known: look before you try again.";
        return Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail).into_response();
    };
    let undone = parts.status.is_server_error()
        || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS, StatusCode::FORBIDDEN].contains(&parts.status);
    let done: Result<(), AcsError> = if undone {
        api.acs.release_answer(actor, key).await
    } else {
        let headers = KEPT_HEADERS.iter().filter_map(|name| {
            let value = parts.headers.get(name)?.to_str().ok()?;
            Some((name.as_str().to_owned(), value.to_owned()))
        });
        let kept = KeptAnswer {
            status: parts.status.as_u16(),
            headers: headers.collect(),
            body: instead.map_or_else(|| body.to_vec(), |instead| instead.0),
        };
        api.acs.keep_answer(actor, key, &kept).await
    };
    if let Err(error) = done {
        // What was asked for is done all the same; a repetition will be told that it is being worked on.
        tracing::error!(cause = error.causes(), "an answer of the API could not be kept");
    }
    Response::from_parts(parts, Body::from(body))
}

fn replay(kept: KeptAnswer) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = (status, kept.body).into_response();
    for (name, value) in kept.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    answer
}
