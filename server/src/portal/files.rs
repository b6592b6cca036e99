//! Static files: scripts, styles, fonts, pictures. They are the same for everyone, so no sign-in is asked.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::MethodRouter;
use std::path::Path;
use tower_http::services::ServeDir;

/// Files of `site`, packed ones (`.br`, `.gz`) where they are there and wanted; `unknown` for everything else.
pub fn service(site: Option<&Path>, unknown: MethodRouter) -> Router {
    let Some(site) = site else { return Router::new().fallback_service(unknown) };
    let files = ServeDir::new(site)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .fallback(unknown);
    Router::new().fallback_service(files).layer(from_fn(cache))
}

/// Names with a fingerprint never change their content. Others are asked for again, which costs a 304.
async fn cache(request: Request<Body>, next: Next) -> Response {
    let lasting = is_fingerprinted(request.uri());
    let mut answer = next.run(request).await;
    let policy =
        if lasting && answer.status().is_success() { "public, max-age=31536000, immutable" } else { "no-cache" };
    // The gate has said no-store where the answer is not a file.
    answer.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(policy));
    answer
}

/// `/pkg/lastmile.0a1b2c3d4e5f.wasm` or `/pkg/lastmile.css?v=0a1b2c3d`.
fn is_fingerprinted(uri: &Uri) -> bool {
    let fingerprint =
        |text: &str| text.len() >= 8 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let by_query = uri.query().and_then(|query| query.strip_prefix("v=")).is_some_and(fingerprint);
    let name = uri.path().rsplit('/').next().unwrap_or_default();
    let parts: Vec<&str> = name.split('.').collect();
    let by_name = parts.len() >= 3
        && parts[1..parts.len() - 1].iter().any(|part| fingerprint(part) && part.bytes().any(|b| b.is_ascii_digit()));
    by_query || by_name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_told_from_names() {
        let is = |uri: &str| is_fingerprinted(&uri.parse().unwrap());
        assert!(is("/pkg/lastmile.0a1b2c3d4e5f.wasm"));
        assert!(is("/pkg/lastmile.css?v=0a1b2c3d"));
        assert!(!is("/pkg/lastmile.css"));
        assert!(!is("/pkg/lastmile.css?v=1"));
        assert!(!is("/fonts/inter.variable.woff2"));
    }
}
