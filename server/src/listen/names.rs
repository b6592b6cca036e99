//! The names of response headers, written as they stand in the standards: parsers of old devices look for
//! `Set-Cookie:` and `WWW-Authenticate:` letter by letter.
//!
//! hyper begins each part of a name with a capital if it is told to: `Content-Length`, but also `Www-Authenticate`. It
//! takes other spellings from an extension of its own only, and makes that of what it reads; so it reads one request
//! with these names, in memory, when the first connection comes.

use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::header;
use hyper::http::Extensions;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::OnceCell;

/// Each line of a header uses up one: there are two challenges at most.
const REQUEST: &[u8] = b"GET / HTTP/1.0\r\nWWW-Authenticate: 1\r\nWWW-Authenticate: 2\r\nETag: 3\r\n\r\n";

static NAMES: OnceCell<Extensions> = OnceCell::const_new();

/// The spellings, for [`spell`].
pub(super) async fn spellings() -> &'static Extensions {
    NAMES.get_or_init(read).await
}

/// Has an answer written with these spellings.
pub(super) fn spell<B>(answer: &mut Response<B>, spellings: &Extensions) {
    let headers = answer.headers();
    if headers.contains_key(header::WWW_AUTHENTICATE) || headers.contains_key(header::ETAG) {
        answer.extensions_mut().extend(spellings.clone());
    }
}

async fn read() -> Extensions {
    let (near, mut far) = tokio::io::duplex(4096);
    let read = Mutex::new(Extensions::new());
    let service = service_fn(|request: Request<Incoming>| {
        *read.lock().unwrap_or_else(PoisonError::into_inner) = request.into_parts().0.extensions;
        std::future::ready(Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())))
    });
    let served = async {
        far.write_all(REQUEST).await.map_err(|error| error.to_string())?;
        http1::Builder::new()
            .header_read_timeout(None)
            .keep_alive(false)
            .preserve_header_case(true)
            .serve_connection(TokioIo::new(near), service)
            .await
            .map_err(|error| error.to_string())
    };
    if let Err(error) = served.await {
        // Names are written with capitals all the same, only not with all of these.
        tracing::warn!(error, "the spelling of header names could not be prepared");
    }
    read.into_inner().unwrap_or_else(PoisonError::into_inner)
}
