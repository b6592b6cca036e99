//! Sending a file to a device.

use super::range::{Part, part};
use super::{Answer, Error, empty, later, plain, who};
use acs::{Acs, AcsError, FileLink};
use futures::{Stream, TryStreamExt};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};
use model::TaskId;

/// GET or HEAD.
pub async fn send(acs: &Acs, link: &FileLink, method: &Method, headers: &HeaderMap) -> Answer {
    let file = match acs.linked_file(link).await {
        Ok(file) => file,
        Err(AcsError::NotFound(_)) => return plain(StatusCode::NOT_FOUND, "the file was deleted\n"),
        Err(error) => return failed(link, &error),
    };
    let tag = format!("\"{}\"", file.sha256);
    let (status, range) = match part(headers, file.size, &tag) {
        Part::Whole => (StatusCode::OK, 0..file.size),
        Part::Some(range) => (StatusCode::PARTIAL_CONTENT, range),
        Part::Unchanged => return described(empty(StatusCode::NOT_MODIFIED), &tag),
        Part::Other => return described(empty(StatusCode::PRECONDITION_FAILED), &tag),
        Part::Outside => {
            let mut answer = described(empty(StatusCode::RANGE_NOT_SATISFIABLE), &tag);
            insert(&mut answer, header::CONTENT_RANGE, &format!("bytes */{}", file.size));
            return answer;
        }
    };
    if range.start == 0 && method == Method::GET {
        match acs.may_begin_file(link).await {
            Ok(true) => acs.file_goes_out(link.task(), false).await,
            Ok(false) => return plain(StatusCode::FORBIDDEN, "this link was used\n"),
            Err(error) => return failed(link, &error),
        }
    }
    let length = range.end - range.start;
    let mut answer = if method == Method::HEAD {
        empty(status)
    } else {
        match acs.read_linked(&file, range.clone()).await {
            Ok(pieces) => {
                let whole = (range.end == file.size).then(|| (acs.clone(), link.task()));
                let frames = told(pieces, length, whole).map_ok(Frame::data).map_err(Error::from);
                let mut answer = Response::new(StreamBody::new(frames).boxed_unsync());
                *answer.status_mut() = status;
                answer
            }
            Err(error) => return failed(link, &error),
        }
    };
    insert(&mut answer, header::CONTENT_LENGTH, &length.to_string());
    if status == StatusCode::PARTIAL_CONTENT {
        insert(&mut answer, header::CONTENT_RANGE, &format!("bytes {}-{}/{}", range.start, range.end - 1, file.size));
    }
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    described(answer, &tag)
}

/// The same pieces; with the last of `length` bytes it is said that the file has gone out. A body is not asked for more once all
/// of its bytes are there, so what follows them would never be heard of.
fn told(
    pieces: impl Stream<Item = acs::Result<Bytes>> + Send,
    length: u64,
    mut whole: Option<(Acs, TaskId)>,
) -> impl Stream<Item = acs::Result<Bytes>> + Send {
    let mut left = length;
    pieces.and_then(move |piece| {
        left = left.saturating_sub(piece.len() as u64);
        let last = if left == 0 { whole.take() } else { None };
        async move {
            if let Some((acs, task)) = last {
                acs.file_goes_out(task, true).await;
            }
            Ok(piece)
        }
    })
}

/// What is true of every answer about a file.
fn described(mut answer: Answer, tag: &str) -> Answer {
    insert(&mut answer, header::ETAG, tag);
    let headers = answer.headers_mut();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    answer
}

fn insert(answer: &mut Answer, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// The cause goes to the log; the device may try again.
fn failed(link: &FileLink, error: &AcsError) -> Answer {
    let (device, task) = who(link);
    tracing::error!(device, task, error = error.causes(), "a file could not be sent to a device");
    later()
}
