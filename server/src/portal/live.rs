//! Server-sent events for open pages.

use super::Shared;
use crate::metrics::LIVE_STREAMS;
use acs::{AcsError, Actor, LiveScope};
use app::ssr::SignedIn;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{BoxStream, Stream, StreamExt, unfold};
use metrics::gauge;
use model::live::LiveMessage;
use model::{AgentId, DeviceId};
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tower_sessions::{Session, SessionStore as _};

/// How often an open stream looks whether its agent may still listen, and tells the page that it is alive.
const RECHECK: Duration = Duration::from_secs(3);
/// A message is not sent on a check older than this, nor on one from before something was taken away in this process: a role
/// or a session that is gone must not see it.
const FRESH: Duration = Duration::from_secs(1);

/// `GET /live`: lists and home.
pub async fn fleet(state: State<Shared>, signed_in: Extension<SignedIn>, session: Session) -> Response {
    open(state, signed_in, session, LiveScope::Fleet).await
}

/// `GET /live/devices/{id}`: one device.
pub async fn device(
    state: State<Shared>,
    signed_in: Extension<SignedIn>,
    session: Session,
    Path(id): Path<i64>,
) -> Response {
    open(state, signed_in, session, LiveScope::Device(DeviceId(id))).await
}

async fn open(
    State(shared): State<Shared>,
    Extension(signed_in): Extension<SignedIn>,
    session: Session,
    scope: LiveScope,
) -> Response {
    let Some(agent) = signed_in.0 else { return StatusCode::UNAUTHORIZED.into_response() };
    let Some(place) = shared.streams.take(agent.id) else {
        return (StatusCode::TOO_MANY_REQUESTS, "too many open pages\n").into_response();
    };
    let id = agent.id;
    let actor = Actor::Agent(agent);
    let messages = match shared.acs.live(&actor, scope).await {
        Ok(messages) => messages,
        Err(AcsError::Denied(_)) => return StatusCode::FORBIDDEN.into_response(),
        Err(AcsError::NotFound(_)) => return StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(%error, "cannot open an event stream");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let mut ticks = interval_at(Instant::now() + RECHECK, RECHECK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let changes = shared.acs.account_changes();
    let watch = Watch { shared, session, actor, id, messages, ticks, checked: Instant::now(), changes, _place: place };
    let mut answer = Sse::new(watch.into_stream()).into_response();
    // nginx would hold events back until its buffer is full.
    answer.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    answer
}

/// One open stream.
struct Watch {
    shared: Shared,
    session: Session,
    actor: Actor,
    id: AgentId,
    messages: BoxStream<'static, LiveMessage>,
    ticks: Interval,
    checked: Instant,
    /// What [`acs::Acs::account_changes`] said at that time.
    changes: u64,
    _place: Place,
}

impl Watch {
    fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        let hello = Event::default().retry(Duration::from_secs(3)).comment("open");
        let events = unfold(self, |mut watch| async move {
            let event = watch.next().await?;
            Some((Ok(event), watch))
        });
        futures::stream::once(async { Ok(hello) }).chain(events)
    }

    /// `None` ends the stream; the page opens a new one, which is judged anew.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let message = tokio::select! {
                biased;
                () = self.shared.stop.cancelled() => return None,
                _ = self.ticks.tick() => {
                    if !self.may_listen().await {
                        return None;
                    }
                    // A comment would do for proxies, but scripts cannot see comments.
                    return Some(Event::default().event("beat").data("1"));
                }
                message = self.messages.next() => message?,
            };
            let stale = self.checked.elapsed() > FRESH || self.changes != self.shared.acs.account_changes();
            if stale && !self.may_listen().await {
                return None;
            }
            match Event::default().json_data(&message) {
                Ok(event) => return Some(event),
                Err(error) => tracing::error!(%error, "a live message is not JSON"),
            }
        }
    }

    /// Whether the agent is still there, may do and see what they could, and has not signed out or been signed out.
    async fn may_listen(&mut self) -> bool {
        self.checked = Instant::now();
        self.changes = self.shared.acs.account_changes();
        let Ok(Some(agent)) = self.shared.acs.agent(self.id).await else { return false };
        if !matches!(&self.actor, Actor::Agent(before) if before.role == agent.role && before.scope == agent.scope) {
            return false;
        }
        let Some(session) = self.session.id() else { return false };
        let record = self.shared.sessions.load(&session).await.ok().flatten();
        record.is_some_and(|record| {
            record.data.get(app::ssr::AGENT_ID).and_then(serde_json::Value::as_i64) == Some(self.id.0)
        })
    }
}

/// How many streams each agent has open.
pub struct Streams {
    limit: usize,
    open: Mutex<HashMap<AgentId, usize>>,
}

impl Streams {
    pub fn new(limit: usize) -> Self {
        Self { limit, open: Mutex::default() }
    }

    /// `None` if the agent has as many as they may. Free again when the value is dropped.
    fn take(self: &Arc<Self>, agent: AgentId) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(agent).or_default();
        if *count >= self.limit {
            return None;
        }
        *count += 1;
        gauge!(LIVE_STREAMS).increment(1);
        Some(Place { streams: Arc::clone(self), agent })
    }
}

/// A stream's place.
struct Place {
    streams: Arc<Streams>,
    agent: AgentId,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.agent) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.agent);
            }
        }
        gauge!(LIVE_STREAMS).decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_an_agent_are_bounded() {
        let streams = Arc::new(Streams::new(2));
        let first = streams.take(AgentId(1)).unwrap();
        let _second = streams.take(AgentId(1)).unwrap();
        assert!(streams.take(AgentId(1)).is_none());
        assert!(streams.take(AgentId(2)).is_some(), "others are not affected");
        drop(first);
        assert!(streams.take(AgentId(1)).is_some());
    }
}
