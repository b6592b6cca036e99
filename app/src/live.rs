//! Live updates: one stream of server-sent events a page.

use leptos::prelude::*;
use model::DeviceId;
use model::live::LiveMessage;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// What a page wants to hear about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveScope {
    /// Rows of all devices and states of all tasks.
    Fleet,
    /// Everything about one device.
    Device(DeviceId),
}

impl LiveScope {
    fn url(self) -> String {
        match self {
            Self::Fleet => "/live".to_owned(),
            Self::Device(id) => format!("/live/devices/{}", id.0),
        }
    }
}

/// State of the page's stream, for the top bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// This page does not listen.
    Idle,
    Opening,
    Live,
    /// Values on the page may be older than the server's. It is tried again by itself.
    Lost,
}

#[derive(Clone, Copy)]
struct Live(RwSignal<Connection>);

/// Once, in the root.
pub fn provide_live() {
    provide_context(Live(RwSignal::new(Connection::Idle)));
}

/// State of the page's stream.
pub fn use_connection() -> ReadSignal<Connection> {
    use_context::<Live>().expect("App provides the live state").0.read_only()
}

/// A stream that was open this long ago without a sign of life is dead (the server sends a beat more often).
const SILENCE: i64 = 12_000;
const CHECK_EVERY: Duration = Duration::from_secs(2);

/// Listens while the calling component lives. `scope` is tracked: when it changes, the stream does. After a gap
/// `on_message` gets [`LiveMessage::Missed`]: then fetch everything again.
pub fn use_live(scope: impl Fn() -> Option<LiveScope> + 'static, on_message: impl Fn(LiveMessage) + Clone + 'static) {
    let state = use_context::<Live>().expect("App provides the live state").0;
    Effect::new(move |_| {
        let Some(scope) = scope() else { return };
        state.set(Connection::Opening);
        let stream = StoredValue::new_local(open(scope, state, on_message.clone(), false));
        // The browser reconnects by itself only while the stream is not closed, and never notices a dead network.
        let again = on_message.clone();
        let (tries, next_try) = (StoredValue::new(0_u32), StoredValue::new(0_i64));
        let watch = set_interval_with_handle(
            move || {
                if state.get_untracked() == Connection::Live {
                    tries.set_value(0);
                }
                let dead = stream.try_with_value(|stream| stream.as_ref().is_none_or(Stream::is_dead)).unwrap_or(false);
                let now = crate::clock::now().0;
                if !dead || now < next_try.get_value() {
                    return;
                }
                state.set(Connection::Lost);
                next_try.set_value(now + pause(tries.get_value()));
                tries.update_value(|tries| *tries = tries.saturating_add(1));
                stream.set_value(open(scope, state, again.clone(), true));
            },
            CHECK_EVERY,
        );
        on_cleanup(move || {
            if let Ok(watch) = watch {
                watch.clear();
            }
            stream.try_update_value(|stream| *stream = None);
            state.try_set(Connection::Idle);
        });
    });
}

/// Milliseconds until the next try: a page that was signed out must not knock for ever at the same pace.
fn pause(tries: u32) -> i64 {
    (2_000_i64 << tries.min(4)).min(30_000)
}

/// An open stream with its listeners; closes when dropped.
struct Stream {
    source: EventSource,
    /// When something came last, by this machine's clock.
    heard_at: StoredValue<i64>,
    /// Whether the server sends beats at all.
    beats: StoredValue<bool>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_beat: Closure<dyn FnMut()>,
    _on_open: Closure<dyn FnMut()>,
    _on_error: Closure<dyn FnMut()>,
}

impl Stream {
    fn is_dead(&self) -> bool {
        let silent = crate::clock::now().0 - self.heard_at.get_value() > SILENCE;
        self.source.ready_state() == EventSource::CLOSED || (self.beats.get_value() && silent)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
        self.source.set_onopen(None);
        self.source.set_onerror(None);
        self.source.set_onmessage(None);
    }
}

fn open(
    scope: LiveScope,
    state: RwSignal<Connection>,
    on_message: impl Fn(LiveMessage) + Clone + 'static,
    after_gap: bool,
) -> Option<Stream> {
    let source = EventSource::new(&scope.url()).ok()?;
    let heard_at = StoredValue::new(crate::clock::now().0);
    let beats = StoredValue::new(false);
    let gap = StoredValue::new(after_gap);
    let heard = move || heard_at.set_value(crate::clock::now().0);

    let missed = on_message.clone();
    let on_open = Closure::<dyn FnMut()>::new(move || {
        heard();
        state.set(Connection::Live);
        if gap.get_value() {
            gap.set_value(false);
            missed(LiveMessage::Missed);
        }
    });
    let on_error = Closure::<dyn FnMut()>::new(move || {
        gap.set_value(true);
        state.set(Connection::Lost);
    });
    let on_beat = Closure::<dyn FnMut()>::new(move || {
        beats.set_value(true);
        heard();
    });
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        heard();
        let Some(text) = event.data().as_string() else { return };
        match serde_json::from_str::<LiveMessage>(&text) {
            Ok(message) => on_message(message),
            // A newer server than this page: what it says is unknown, so everything may have changed.
            Err(_) => on_message(LiveMessage::Missed),
        }
    });
    source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
    source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    source.add_event_listener_with_callback("beat", on_beat.as_ref().unchecked_ref()).ok()?;
    Some(Stream {
        source,
        heard_at,
        beats,
        _on_message: on_message,
        _on_beat: on_beat,
        _on_open: on_open,
        _on_error: on_error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_become_rarer_but_never_stop() {
        assert_eq!([0, 1, 2, 3, 4, 100].map(pause), [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    }

    #[test]
    fn each_scope_has_its_stream() {
        assert_eq!(LiveScope::Fleet.url(), "/live");
        assert_eq!(LiveScope::Device(DeviceId(7)).url(), "/live/devices/7");
    }
}
