//! What requests bring: addresses, queries and bodies, with answers that name what is wrong.

use super::problem::Problem;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

/// The parts of the address.
pub struct At<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let found = Path::<T>::from_request_parts(parts, state).await;
        found.map(|Path(found)| Self(found)).map_err(|_| {
            let detail = "There is nothing at this address: the part that names what you want is no number.";
            Problem::new(StatusCode::NOT_FOUND, detail)
        })
    }
}

/// The query.
pub struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let read = Query::<T>::try_from_uri(&parts.uri);
        read.map(|Query(asked)| Self(asked)).map_err(|error| {
            let text = error.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            // Either `field: what`, or a sentence with the field in it.
            let (at, said) = text.split_once(": ").filter(|(at, _)| !at.contains(' ')).unwrap_or(("", text));
            unreadable(at, said)
        })
    }
}

/// A JSON body.
pub struct Sent<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (headers, body) = (request.headers().clone(), Bytes::from_request(request, state).await);
        json(&headers, &body.map_err(too_much)?).map(Self)
    }
}

/// What the body of a request says.
pub fn json<T: DeserializeOwned>(headers: &HeaderMap, body: &Bytes) -> Result<T, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let detail = "The body has to be JSON: Content-Type: application/json.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        unreadable(if matches!(path.as_str(), "." | "?") { "" } else { &path }, &error.inner().to_string())
    })?;
    reader.end().map_err(|error| unreadable("", &error.to_string()))?;
    Ok(read)
}

fn too_much(rejection: BytesRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than 256 KB. Nothing was changed.")
        }
        status => Problem::new(status, "The body did not arrive whole. Nothing was changed."),
    }
}

/// What could not be read, with the member it is about as far as that is known.
fn unreadable(at: &str, said: &str) -> Problem {
    let named = ["unknown field `", "missing field `", "duplicate field `"].iter().find_map(|begin| {
        let (_, rest) = said.split_once(begin)?;
        rest.split('`').next()
    });
    let field = match named {
        // The path may or may not end with the member itself.
        Some(name) if at == name || at.ends_with(&format!(".{name}")) => at.to_owned(),
        Some(name) if at.is_empty() => name.to_owned(),
        Some(name) => format!("{at}.{name}"),
        None => at.to_owned(),
    };
    if field.is_empty() {
        return Problem::new(StatusCode::BAD_REQUEST, format!("This cannot be read: {said}. Nothing was changed."));
    }
    Problem::field(StatusCode::BAD_REQUEST, field, said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Outer {
        number: u8,
        inner: Vec<Inner>,
        #[serde(default)]
        choice: Option<Choice>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        name: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
    #[allow(dead_code)]
    enum Choice {
        One { member: u8 },
        Two {},
    }

    fn wrong(body: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "application/json; charset=utf-8".parse().unwrap());
        let read = json::<Outer>(&headers, &Bytes::copy_from_slice(body.as_bytes()));
        let problem = serde_json::to_value(read.unwrap_err()).unwrap();
        problem["errors"][0]["field"].as_str().unwrap_or_default().to_owned()
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(wrong(r#"{"number":1,"inner":[],"colour":1}"#), "colour");
        assert_eq!(wrong(r#"{"number":300,"inner":[]}"#), "number");
        assert_eq!(wrong(r#"{"number":1,"inner":[{"name":"a"},{"nme":"b"}]}"#), "inner[1].nme");
        assert_eq!(wrong(r#"{"number":1,"inner":[{}]}"#), "inner[0].name");
        assert_eq!(wrong(r#"{"inner":[]}"#), "number");
        assert_eq!(wrong(r#"{"number":1,"inner":[],"choice":{"kind":"two","member":1}}"#), "choice.member");
        assert_eq!(wrong(r#"{"number":1,"inner":[],"choice":{"kind":"three"}}"#), "choice.kind");
        assert_eq!(wrong(r#"{"number":1,"inner":[]} x"#), "");
        assert_eq!(wrong("{"), "");
    }
}
