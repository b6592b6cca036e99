//! What the server half hands to pages and server functions.

use crate::PortalError;
use acs::{Acs, Actor};
use axum::http::request::Parts;
use leptos::prelude::*;
use model::account::AgentView;
use std::net::IpAddr;

/// The manager, in the context of every render and server function.
#[derive(Clone)]
pub struct Portal {
    pub acs: Acs,
}

/// Who is signed in, as the server's middleware found it. A request extension.
#[derive(Clone, Debug, Default)]
pub struct SignedIn(pub Option<AgentView>);

/// Where the request comes from, behind trusted proxies too. A request extension.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// Name of the value in the session that holds the id of the agent (`model::AgentId`).
pub const AGENT_ID: &str = "agent_id";

/// The manager. Fails only where the server was put together without it.
pub fn acs() -> Result<Acs, PortalError> {
    use_context::<Portal>().map(|portal| portal.acs).ok_or_else(|| PortalError::internal(&"no manager in the context"))
}

/// Who is signed in; `None` outside a request, too.
pub fn signed_in() -> Option<AgentView> {
    extension::<SignedIn>().and_then(|signed_in| signed_in.0)
}

/// Who asks. Every server function but sign-in and set-up begins with it.
pub fn actor() -> Result<Actor, PortalError> {
    signed_in().map(Actor::Agent).ok_or_else(|| {
        PortalError::NotSignedIn.answers_function();
        PortalError::NotSignedIn
    })
}

/// Where the request comes from, for throttling.
pub fn client_address() -> Result<IpAddr, PortalError> {
    extension::<ClientAddress>()
        .map(|address| address.0)
        .ok_or_else(|| PortalError::internal(&"no client address in the request"))
}

/// The session of this request. Change it in server functions only: headers of pages may be out already.
pub async fn session() -> Result<tower_sessions::Session, PortalError> {
    leptos_axum::extract::<tower_sessions::Session>().await.map_err(|error| PortalError::internal(&error))
}

fn extension<T: Clone + Send + Sync + 'static>() -> Option<T> {
    use_context::<Parts>()?.extensions.get::<T>().cloned()
}
