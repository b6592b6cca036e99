//! The way to the provider of single sign-on: a link, so that it works without scripts, and past a policy that lets forms go
//! nowhere else.

use super::Shared;
use app::ssr::{ClientAddress, begin_trip, origin_of};
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tower_sessions::Session;

#[derive(Deserialize)]
pub struct Asked {
    /// Where to go afterwards.
    #[serde(default)]
    next: String,
}

pub async fn begin(
    State(shared): State<Shared>,
    session: Session,
    Extension(ClientAddress(from)): Extension<ClientAddress>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let Some(origin) = origin_of(shared.origin.as_deref(), &headers) else {
        return Redirect::to("/sign-in").into_response();
    };
    match begin_trip(&shared.acs, &session, from, &origin, &asked.next, false).await {
        Ok(address) => Redirect::to(&address).into_response(),
        // Why stands in the log; the page that people come back to says that it did not work.
        Err(_) => Redirect::to("/sign-in/openid/back").into_response(),
    }
}
