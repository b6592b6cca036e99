//! What was typed and not sent yet: it survives a reload of the page and a way round over other pages, and whoever is
//! about to leave the portal with it is asked first.
//!
//! It is kept by the browser for this tab alone, under the agent's id. Never for passwords.

use crate::session::use_agent;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

/// A text that is kept until it was sent.
#[derive(Clone, Copy)]
pub struct Unsent {
    /// Under which name the browser has it; `None` before the browser has taken over the page.
    key: StoredValue<Option<String>>,
}

impl Unsent {
    /// It was sent: forgets it. In the browser only.
    pub fn sent(self) {
        if let Some(key) = self.key.try_get_value().flatten() {
            put(&key, "");
        }
    }
}

/// Keeps a text while the calling component lives, and afterwards until it [was sent](Unsent::sent). `place`: which text
/// it is, unique in the portal, such as `note of device 7`. What was kept is put into `text` as soon as the browser has
/// taken over the page, unless somebody typed already. An empty text is not kept.
pub fn keep_unsent(place: impl Fn() -> String + Send + Sync + 'static, text: RwSignal<String>) -> Unsent {
    let agent = agent();
    let dirty = RwSignal::new(false);
    let unsent = Unsent { key: StoredValue::new(None) };
    Effect::new(move |_| {
        let key = key_of(agent, &place());
        let before = unsent.key.get_value();
        if before.as_ref() != Some(&key) {
            // At another place the text of the one before would be wrong.
            if before.is_some() || text.with_untracked(String::is_empty) {
                text.set(get(&key).unwrap_or_default());
            }
            unsent.key.set_value(Some(key.clone()));
        }
        let text = text.get();
        dirty.set(!text.is_empty());
        put(&key, &text);
    });
    warn_while(dirty);
    unsent
}

/// Keeps a value as text while the calling component lives: what was kept at a place is put into `value` when the page
/// comes to that place, and what is in it afterwards is kept. `write` gives an empty text for what need not be kept.
pub fn keep_value<T: Default + PartialEq + Send + Sync + 'static>(
    place: impl Fn() -> String + Send + Sync + 'static,
    value: RwSignal<T>,
    read: fn(&str) -> Option<T>,
    write: fn(&T) -> String,
) {
    let agent = agent();
    let dirty = RwSignal::new(false);
    Effect::new(move |before: Option<String>| {
        let key = key_of(agent, &place());
        value.track();
        if before.as_ref() == Some(&key) {
            let text = value.with_untracked(write);
            put(&key, &text);
        } else {
            let kept = get(&key).and_then(|text| read(&text)).unwrap_or_default();
            // At the first place there may be something already, at another one it would be wrong.
            if before.is_some() || value.with_untracked(|value| *value == T::default()) {
                value.set(kept);
            }
        }
        dirty.set(value.with_untracked(|value| *value != T::default()));
        key
    });
    warn_while(dirty);
}

fn agent() -> i64 {
    use_agent().map_or(0, |agent| agent.id.0)
}

fn key_of(agent: i64, place: &str) -> String {
    format!("unsent/{agent}/{place}")
}

/// Whoever leaves the portal, or loads the page anew, is asked first.
fn warn_while(dirty: RwSignal<bool>) {
    Effect::new(move |_| {
        if !dirty.get() {
            return;
        }
        // The browser asks in its own words.
        let listener = window_event_listener(ev::beforeunload, |event| event.prevent_default());
        on_cleanup(move || listener.remove());
    });
}

/// The browser's storage of this tab; `None` where the person forbids it.
fn storage() -> Option<JsValue> {
    let storage = js_sys::Reflect::get(&window(), &"sessionStorage".into()).ok()?;
    storage.is_object().then_some(storage)
}

fn method(storage: &JsValue, name: &str) -> Option<js_sys::Function> {
    js_sys::Reflect::get(storage, &name.into()).ok()?.dyn_into().ok()
}

fn get(key: &str) -> Option<String> {
    let storage = storage()?;
    let kept = method(&storage, "getItem")?.call1(&storage, &key.into()).ok()?;
    kept.as_string().filter(|text| !text.is_empty())
}

/// A full storage keeps nothing: then a reload loses the text, as it would without all this.
fn put(key: &str, text: &str) {
    let Some(storage) = storage() else { return };
    if text.is_empty() {
        let _ = method(&storage, "removeItem").map(|remove| remove.call1(&storage, &key.into()));
    } else {
        let _ = method(&storage, "setItem").map(|set| set.call2(&storage, &key.into(), &text.into()));
    }
}
