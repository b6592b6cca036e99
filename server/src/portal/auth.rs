//! Who may pass: the signed-in agent of each request, and where the others are sent.

use super::permissions::{self, Access, Operation};
use super::{Peer, Shared};
use acs::SetupState;
use app::ssr::{AGENT_ID, CONFIRMED_AT, ClientAddress, Confirmed, SEEN, SignedIn};
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use ipnet::IpNet;
use model::account::AgentView;
use model::audit::Origin;
use model::{AgentId, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::net::{IpAddr, Ipv4Addr};
use time::OffsetDateTime;
use tower_sessions::Session;

/// The session is written at most once in this many milliseconds: then its expiry moves on, and when it was last seen.
const REFRESH: i64 = 300_000;

/// Pages for those who are not signed in yet.
const OPEN_PAGES: [&str; 4] = ["/sign-in", "/sign-in/openid/back", "/sign-in/second", "/setup"];
/// The page of a one-time link has its token in its path.
const LINK_PAGES: &str = "/invitation/";

/// Finds out who asks and lets them in, or sends them to the door.
pub async fn gate(State(shared): State<Shared>, session: Session, mut request: Request, next: Next) -> Response {
    let agent = match signed_in(&shared, &session).await {
        Ok(agent) => agent,
        Err(answer) => return answer,
    };
    let operation = match permitted(&request, agent.as_ref()) {
        Ok(operation) => operation,
        Err(refused) => return *refused,
    };
    let everybody = operation.is_some_and(|operation| matches!(operation.access, Access::Everybody));
    let path = request.uri().path();
    let open = everybody || OPEN_PAGES.contains(&path) || path.starts_with(LINK_PAGES);
    if agent.is_none() && !open {
        return turn_away(&shared, &request);
    }
    let address = client_address(&request, &shared.trusted_proxies);
    let confirmed = session.get::<Timestamp>(CONFIRMED_AT).await.ok().flatten().filter(|_| agent.is_some());
    let extensions = request.extensions_mut();
    extensions.insert(SignedIn(agent));
    extensions.insert(Confirmed(confirmed));
    extensions.insert(ClientAddress(address));
    drop_foreign_referer(&mut request);
    let origin = origin(&request, address, Origin::PORTAL);
    let mut answer = acs::with_origin(origin, next.run(request)).await;
    // What depends on who is signed in is not for caches, not even the browser's own after signing out.
    answer.headers_mut().entry(header::CACHE_CONTROL).or_insert(header::HeaderValue::from_static("no-store"));
    answer
}

/// The operation that is asked for, `None` for pages; or what is answered to an agent who may not use it.
fn permitted(request: &Request, agent: Option<&AgentView>) -> Result<Option<&'static Operation>, Box<Response>> {
    let Some(matched) = request.extensions().get::<MatchedPath>() else { return Ok(None) };
    let operation = permissions::of(request.method(), matched.as_str());
    let Some(agent) = agent else { return Ok(operation) };
    match operation {
        Some(operation) if operation.access.admits(agent.role.permissions, &agent.scope) => Ok(Some(operation)),
        None if !permissions::are_operations(matched.as_str()) => Ok(None),
        _ => Err(Box::new(denied(matched.as_str()))),
    }
}

fn denied(matched: &str) -> Response {
    if matched.starts_with("/fn/") {
        return (StatusCode::FORBIDDEN, axum::Json(app::PortalError::Denied)).into_response();
    }
    (StatusCode::FORBIDDEN, "Your role does not allow this. Nothing was changed.\n").into_response()
}

/// The agent of the session, as they are now. A session whose agent was disabled or deleted is ended.
pub(super) async fn signed_in(shared: &Shared, session: &Session) -> Result<Option<AgentView>, Response> {
    let unavailable = |error: &dyn std::error::Error| {
        tracing::error!(%error, cause = ?error.source(), "cannot tell who is signed in");
        (StatusCode::SERVICE_UNAVAILABLE, "Lastmile could not reach its database. Nothing was changed. Try again.\n")
            .into_response()
    };
    let id = session.get::<AgentId>(AGENT_ID).await.map_err(|error| unavailable(&error))?;
    let Some(id) = id else { return Ok(None) };
    let agent = shared.acs.agent(id).await.map_err(|error| unavailable(&error))?;
    if agent.is_none() {
        session.flush().await.map_err(|error| unavailable(&error))?;
        return Ok(None);
    }
    let now = (OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000) as i64;
    let seen = session.get::<i64>(SEEN).await.ok().flatten().unwrap_or(0);
    if now - seen >= REFRESH {
        session.insert(SEEN, now).await.map_err(|error| unavailable(&error))?;
    }
    Ok(agent)
}

fn turn_away(shared: &Shared, request: &Request) -> Response {
    let path = request.uri().path();
    let wants_page = accepts_html(request.headers());
    if path.starts_with("/fn/") {
        // The browser half knows what 401 means; a plain form shows this page.
        let answer: Response =
            if wants_page { Html(NOT_SIGNED_IN).into_response() } else { "not signed in\n".into_response() };
        return (StatusCode::UNAUTHORIZED, answer).into_response();
    }
    if path.starts_with("/live") {
        return (StatusCode::UNAUTHORIZED, "not signed in\n").into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if shared.acs.setup_state() != SetupState::Done {
        return Redirect::to("/setup").into_response();
    }
    Redirect::to(&sign_in_link(request.uri())).into_response()
}

const NOT_SIGNED_IN: &str = "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>Not signed in</title>\
<p>You are not signed in any more. Nothing was changed.</p><p><a href=\"/sign-in\">Sign in</a></p></html>";

/// Everything but what is plain inside a query value.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `/sign-in`, with the page to come back to.
fn sign_in_link(wanted: &Uri) -> String {
    let wanted = wanted.path_and_query().map_or("/", |path| path.as_str());
    // `//host` and `/\host` are other sites to a browser.
    let local = wanted.starts_with('/') && !wanted.starts_with("//") && !wanted.contains('\\');
    if wanted == "/" || !local {
        return "/sign-in".to_owned();
    }
    format!("/sign-in?next={}", utf8_percent_encode(wanted, QUERY_VALUE))
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// From where a request comes, as the audit log says it.
pub(super) fn origin<B>(request: &Request<B>, address: IpAddr, session: &str) -> Origin {
    let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Origin::new(address, user_agent.unwrap_or_default(), session)
}

/// Where the request comes from: the TCP peer, or what trusted proxies say they were called by, read from the right.
pub(super) fn client_address<B>(request: &Request<B>, trusted: &[IpNet]) -> IpAddr {
    let peer =
        request.extensions().get::<Peer>().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0.ip().to_canonical());
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut address = peer;
    let mut hops = request
        .headers()
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .rev();
    while is_trusted(&address) {
        let Some(Ok(hop)) = hops.next().map(|hop| hop.trim().parse::<IpAddr>()) else { break };
        address = hop.to_canonical();
    }
    address
}

/// A plain form is answered with a redirect to its page, which Leptos takes from `Referer`. One of another site would make
/// that an open redirect.
fn drop_foreign_referer(request: &mut Request<Body>) {
    let headers = request.headers();
    let Some(referer) = headers.get(header::REFERER) else { return };
    let host = headers.get(header::HOST).map(header::HeaderValue::as_bytes);
    let own = referer.to_str().ok().and_then(|referer| referer.parse::<Uri>().ok()).is_some_and(|referer| {
        matches!(referer.scheme_str(), Some("http" | "https"))
            && referer.authority().map(|authority| authority.as_str().as_bytes()) == host
    });
    if !own {
        request.headers_mut().remove(header::REFERER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_a_local_path() {
        let link = |uri: &str| sign_in_link(&uri.parse().unwrap());
        assert_eq!(link("/"), "/sign-in");
        assert_eq!(link("/devices?model=A%20B&x=1"), "/sign-in?next=/devices%3Fmodel%3DA%2520B%26x%3D1");
        assert_eq!(link("//evil.example/x"), "/sign-in");
        assert_eq!(link("http://evil.example//x"), "/sign-in");
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let address = |peer: &str, forwarded: &[&str], trusted: &[&str]| {
            let mut request = Request::builder().extension(Peer(format!("{peer}:1").parse().unwrap()));
            for value in forwarded {
                request = request.header("x-forwarded-for", *value);
            }
            let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
            client_address(&request.body(()).unwrap(), &trusted).to_string()
        };
        assert_eq!(address("192.0.2.1", &["198.51.100.7"], &[]), "192.0.2.1");
        assert_eq!(address("127.0.0.1", &["203.0.113.9, 198.51.100.7"], &["127.0.0.0/8"]), "198.51.100.7");
        assert_eq!(address("127.0.0.1", &["203.0.113.9", "10.0.0.2"], &["127.0.0.0/8", "10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(address("127.0.0.1", &["nonsense"], &["127.0.0.0/8"]), "127.0.0.1");
        assert_eq!(address("127.0.0.1", &[], &["127.0.0.0/8"]), "127.0.0.1");
    }

    #[test]
    fn foreign_referers_are_dropped() {
        let kept = |referer: &str| {
            let mut request = Request::builder()
                .header("host", "acs.example:7080")
                .header("referer", referer)
                .body(Body::empty())
                .unwrap();
            drop_foreign_referer(&mut request);
            request.headers().contains_key("referer")
        };
        assert!(kept("http://acs.example:7080/devices?x=1"));
        assert!(!kept("https://evil.example/"));
        assert!(!kept("http://acs.example:7080@evil.example/"));
        assert!(!kept("/devices"));
    }
}
