//! What the server half hands to pages and server functions.

use crate::PortalError;
use acs::{Acs, Actor, OpenIdWaiting, PendingSignIn, Site};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::request::Parts;
use leptos::prelude::*;
use model::Timestamp;
use model::account::AgentView;
use model::person::browser_name;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use tower_sessions::Expiry;
use tower_sessions::cookie::time::Duration;

/// The manager, in the context of every render and server function.
#[derive(Clone)]
pub struct Portal {
    pub acs: Acs,
    /// Scheme, host and port that people type, if the settings say so.
    pub origin: Option<String>,
}

/// Who is signed in, as the server's middleware found it. A request extension.
#[derive(Clone, Debug, Default)]
pub struct SignedIn(pub Option<AgentView>);

/// Where the request comes from, behind trusted proxies too. A request extension.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// Name of the value in the session that holds the id of the agent (`model::AgentId`).
pub const AGENT_ID: &str = "agent_id";
/// When they signed in, and when the session was last written: milliseconds since 1970.
pub const SINCE: &str = "since";
pub const SEEN: &str = "seen";
/// Where the sign-in came from, and with what, in words.
pub const ADDRESS: &str = "address";
pub const BROWSER: &str = "browser";
/// When they last said that it is them.
pub const CONFIRMED_AT: &str = "confirmed_at";
/// Somebody between the two steps of a sign-in (`acs::PendingSignIn`).
pub const PENDING: &str = "pending";

/// Somebody who is at the provider of single sign-on ([`Trip`]).
const TRIP: &str = "trip";
/// How long the session of somebody is kept who does not come back.
const TRIP_LASTS: Duration = Duration::minutes(20);

/// When the agent of this request last said that it is them. A request extension.
#[derive(Clone, Copy, Debug, Default)]
pub struct Confirmed(pub Option<Timestamp>);

/// The manager. Fails only where the server was put together without it.
pub fn acs() -> Result<Acs, PortalError> {
    use_context::<Portal>().map(|portal| portal.acs).ok_or_else(|| PortalError::internal(&"no manager in the context"))
}

/// Scheme, host and port of the portal: what the settings say, else what this request was sent to.
pub fn origin() -> Result<String, PortalError> {
    let known = use_context::<Portal>().and_then(|portal| portal.origin);
    let headers = use_context::<Parts>().map(|parts| parts.headers).unwrap_or_default();
    origin_of(known.as_deref(), &headers).ok_or_else(|| PortalError::internal(&"no host in the request"))
}

/// The same outside of pages and server functions; `known` is what the settings say.
pub fn origin_of(known: Option<&str>, headers: &HeaderMap) -> Option<String> {
    let sent_to = || Some(format!("http://{}", headers.get(HOST)?.to_str().ok()?));
    known.map(str::to_owned).or_else(sent_to)
}

/// The site that passkeys are bound to: what the settings say, else what this request was sent to.
pub fn site() -> Result<Site, PortalError> {
    Site::of(&origin()?).ok_or_else(|| {
        let error = PortalError::Invalid(
            "Passkeys need the portal's own name in the address bar, and HTTPS. Nothing was changed.".to_owned(),
        );
        error.answers_function();
        error
    })
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

/// Who asks for a dangerous act: the same, and they have said within ten minutes that it is them. The portal asks for it
/// with [`crate::components::Confirm`].
pub fn confirmed_actor() -> Result<Actor, PortalError> {
    let actor = actor()?;
    acs()?.require_confirmed(&actor, extension::<Confirmed>().and_then(|confirmed| confirmed.0))?;
    Ok(actor)
}

/// Makes this browser's session the agent's, under a new id, so that a planted one is worthless.
pub async fn open_session(agent: &AgentView) -> Result<(), PortalError> {
    let session = session().await?;
    let now = crate::clock::now();
    let agent_text = use_context::<Parts>()
        .and_then(|parts| Some(parts.headers.get(axum::http::header::USER_AGENT)?.to_str().ok()?.to_owned()));
    session.clear().await;
    kept(session.cycle_id().await)?;
    kept(session.insert(AGENT_ID, agent.id).await)?;
    kept(session.insert(SINCE, now).await)?;
    kept(session.insert(SEEN, now).await)?;
    kept(session.insert(ADDRESS, client_address()?.to_string()).await)?;
    kept(session.insert(BROWSER, browser_name(&agent_text.unwrap_or_default())).await)?;
    kept(session.insert(CONFIRMED_AT, now).await)?;
    let profile = acs()?.profile(&Actor::Agent(agent.clone())).await?;
    crate::preference::bring(&profile);
    Ok(())
}

/// Keeps in the session that somebody is half in; whoever was signed in with it is not any more.
pub async fn open_pending(pending: &PendingSignIn) -> Result<(), PortalError> {
    let session = session().await?;
    session.clear().await;
    kept(session.cycle_id().await)?;
    kept(session.insert(PENDING, pending).await)
}

/// Who is between the two steps of a sign-in.
pub async fn pending() -> Result<PendingSignIn, PortalError> {
    kept(session().await?.get(PENDING).await)?.ok_or(PortalError::NotSignedIn)
}

/// On the way to the provider of single sign-on and back: for the session, since it is this browser that has to come back.
#[derive(Serialize, Deserialize)]
pub struct Trip {
    pub waiting: OpenIdWaiting,
    /// Where to go afterwards.
    pub next: String,
    /// To connect the account of who is signed in, not to sign in.
    pub connect: bool,
}

/// Begins a trip of somebody at `from`, to end at `next`: the address at the provider.
pub async fn begin_trip(
    acs: &Acs,
    session: &tower_sessions::Session,
    from: IpAddr,
    origin: &str,
    next: &str,
    connect: bool,
) -> Result<String, PortalError> {
    let (address, waiting) = acs.begin_openid(from, format!("{origin}/sign-in/openid/back")).await?;
    let next = crate::session::local_path(next).to_owned();
    if !connect {
        // Nobody is signed in with it yet.
        session.set_expiry(Some(Expiry::OnInactivity(TRIP_LASTS)));
    }
    kept(session.insert(TRIP, Trip { waiting, next, connect }).await)?;
    Ok(address)
}

/// The trip that this browser was on; it is over.
pub async fn end_trip() -> Result<Trip, PortalError> {
    kept(session().await?.remove(TRIP).await)?.ok_or_else(|| {
        let text = "No sign-in was begun with this browser, or it took too long. Begin again.";
        let error = PortalError::Invalid(text.to_owned());
        error.answers_function();
        error
    })
}

/// The agent has just said that it is them.
pub async fn note_confirmed() -> Result<(), PortalError> {
    kept(session().await?.insert(CONFIRMED_AT, crate::clock::now()).await)
}

/// Names the session of this request to its owner.
pub async fn session_key() -> Result<String, PortalError> {
    Ok(session().await?.id().map(|id| acs::session_key(&id.to_string())).unwrap_or_default())
}

fn kept<T>(done: Result<T, tower_sessions::session::Error>) -> Result<T, PortalError> {
    done.map_err(|error| PortalError::internal(&error))
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
