//! Taking a file from a device: the body of a PUT or POST as it is, or the first file of a form.

use super::{Answer, Error, Front, Unread, empty, later, paced, status};
use crate::cwmp::{Coding, Refused};
use acs::{FileLink, ReceiveError};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use hyper::StatusCode;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap};
use multer::{Constraints, Multipart, SizeLimit};
use percent_encoding::percent_decode_str;

/// What a form may be larger than the file in it.
const FORM: u64 = 64 << 10;

/// The credentials were right. `last` is what the device appended to the address.
pub(super) async fn receive(
    front: &Front,
    link: &FileLink,
    last: Option<&str>,
    unread: &Unread<'_>,
    incoming: Incoming,
) -> Answer {
    // Before `100 Continue` asks for the body.
    if unread.announced().is_some_and(|length| length > front.largest + FORM) {
        return unread.leave(status(Refused::TooLarge), incoming);
    }
    // What is packed would have to be unpacked under limits, and no device packs.
    if Coding::of(unread.headers) != Some(Coding::Identity) {
        return unread.leave(status(Refused::Coding), incoming);
    }
    let Ok(_place) = front.uploads.try_acquire() else { return unread.leave(later(), incoming) };
    let body = paced(incoming, front.pace).boxed();
    let received = if let Some(boundary) = boundary(unread.headers) {
        form(front, link, last, body, boundary).await
    } else {
        let name = last.map(decoded);
        front.acs.receive_upload(link, name.as_deref(), body).await
    };
    match received {
        Ok(_) => empty(StatusCode::OK),
        Err(error) => {
            unread.phase.linger();
            let mut answer = refused(error);
            answer.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
            answer
        }
    }
}

fn refused(error: ReceiveError) -> Answer {
    match error {
        ReceiveError::Empty | ReceiveError::CutOff => empty(StatusCode::BAD_REQUEST),
        ReceiveError::TooLarge => empty(StatusCode::PAYLOAD_TOO_LARGE),
        ReceiveError::Over => empty(StatusCode::FORBIDDEN),
        ReceiveError::Unavailable => later(),
    }
}

/// The boundary of a form with files.
fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    multer::parse_boundary(kind).ok()
}

/// The first part that is a file.
async fn form(
    front: &Front,
    link: &FileLink,
    last: Option<&str>,
    body: BoxStream<'static, Result<Bytes, Error>>,
    boundary: String,
) -> Result<model::file::FileView, ReceiveError> {
    let limits = SizeLimit::new().whole_stream(front.largest + FORM);
    let mut form = Multipart::with_constraints(body, boundary, Constraints::new().size_limit(limits));
    loop {
        let field = form.next_field().await.map_err(broken)?.ok_or(ReceiveError::Empty)?;
        if field.file_name().is_none() && field.content_type().is_none() {
            continue;
        }
        let name = field.file_name().map(str::to_owned).or_else(|| last.map(decoded));
        return front.acs.receive_upload(link, name.as_deref(), field.map_err(Error::from)).await;
    }
}

fn broken(error: multer::Error) -> ReceiveError {
    match error {
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => ReceiveError::TooLarge,
        _ => ReceiveError::CutOff,
    }
}

/// A segment of an address as text.
fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}
