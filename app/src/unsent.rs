//! What was typed and not sent yet: it survives a reload of the page and a way round over other pages, and whoever is
//! about to leave the portal with it is asked first.
//!
//! It is kept by the browser for this tab alone, under the agent's id. Never for passwords.

use crate::session::use_agent;
use leptos::ev;
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use wasm_bindgen::{JsCast, JsValue};

/// What is kept until it was sent.
#[derive(Clone, Copy)]
pub struct Unsent {
    /// Under which name the browser has it; `None` before the browser has taken over the page.
    key: StoredValue<Option<String>>,
    /// How often it was sent: what a form holds then is what it begins with from now on.
    times: RwSignal<u32>,
}

impl Unsent {
    fn new() -> Self {
        Self { key: StoredValue::new(None), times: RwSignal::new(0) }
    }

    /// It leaves for the server. To be taken before that: by the time of the answer the page may show something else.
    pub fn leaving(self) -> Leaving {
        Leaving { key: self.key.try_get_value().flatten(), unsent: self }
    }

    /// The person wants it no longer.
    pub fn give_up(self) {
        self.leaving().sent();
    }
}

/// What is on its way to the server. Dropped, it stays kept.
pub struct Leaving {
    key: Option<String>,
    unsent: Unsent,
}

impl Leaving {
    /// It has arrived: forgets it. In the browser only.
    pub fn sent(self) {
        if let Some(key) = &self.key {
            put(key, "");
        }
        self.unsent.times.try_update(|times| *times = times.wrapping_add(1));
    }
}

/// Keeps a text while the calling component lives, and afterwards until it [was sent](Leaving::sent). `place`: which text
/// it is, unique in the portal, such as `note of device 7`. What was kept is put into `text` as soon as the browser has
/// taken over the page, unless somebody typed already. An empty text is not kept.
pub fn keep_unsent(place: impl Fn() -> String + Send + Sync + 'static, text: RwSignal<String>) -> Unsent {
    let agent = agent();
    let dirty = RwSignal::new(false);
    let unsent = Unsent::new();
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
) -> Unsent {
    let agent = agent();
    let dirty = RwSignal::new(false);
    let unsent = Unsent::new();
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
            unsent.key.set_value(Some(key.clone()));
        }
        dirty.set(value.with_untracked(|value| *value != T::default()));
        key
    });
    warn_while(dirty);
    unsent
}

/// [`keep_value`] of a draft: what of it is serialized is kept, so its passwords are `#[serde(skip)]`.
pub fn keep_draft<T>(place: impl Fn() -> String + Send + Sync + 'static, draft: RwSignal<T>) -> Unsent
where
    T: Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    keep_value(place, draft, |text| serde_json::from_str(text).ok(), draft_text)
}

/// Empty for a draft in which there is nothing but what is not kept.
fn draft_text<T: Default + Serialize>(draft: &T) -> String {
    let text = |draft: &T| serde_json::to_string(draft).unwrap_or_default();
    Some(text(draft)).filter(|kept| *kept != text(&T::default())).unwrap_or_default()
}

/// One field of a form whose fields came filled in.
pub struct Kept {
    name: String,
    read: Box<dyn Fn() -> String>,
    write: Box<dyn Fn(String)>,
}

impl Kept {
    /// `read` is tracked; `write` takes what it gave.
    pub fn new(name: impl Into<String>, read: impl Fn() -> String + 'static, write: impl Fn(String) + 'static) -> Self {
        Self { name: name.into(), read: Box::new(read), write: Box::new(write) }
    }

    pub fn text(name: impl Into<String>, value: RwSignal<String>) -> Self {
        Self::new(name, move || value.get(), move |text| value.set(text))
    }

    pub fn flag(name: impl Into<String>, value: RwSignal<bool>) -> Self {
        Self::new(name, move || value.get().to_string(), move |text| value.set(text == "true"))
    }
}

/// Keeps what was changed in a form while the calling component lives, and afterwards until it was sent. Only what
/// differs from what the form came with is kept: so what somebody else changed meanwhile is not turned back.
pub fn keep_fields(place: &str, fields: Vec<Kept>) -> Unsent {
    let key = key_of(agent(), place);
    let dirty = RwSignal::new(false);
    let unsent = Unsent::new();
    unsent.key.set_value(Some(key.clone()));
    let mut base = BTreeMap::new();
    // What `write` creates lives as long as the component, not as long as one turn of the effect.
    let owner = Owner::current();
    Effect::new(move |before: Option<u32>| {
        let times = unsent.times.get();
        let values = || fields.iter().map(|field| (field.name.clone(), (field.read)())).collect::<BTreeMap<_, _>>();
        if before.is_none() {
            base = untrack(values);
            let kept: BTreeMap<String, String> =
                get(&key).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            for field in &fields {
                if let Some(text) = kept.get(&field.name) {
                    let write = || (field.write)(text.clone());
                    owner.as_ref().map_or_else(write, |owner| owner.with(write));
                }
            }
        }
        let now = values();
        if before.is_some_and(|before| before != times) {
            base.clone_from(&now);
        }
        let changed = changed(&base, now);
        dirty.set(!changed.is_empty());
        put(&key, &draft_text(&changed));
        times
    });
    warn_while(dirty);
    unsent
}

/// What is not as it was.
fn changed(base: &BTreeMap<String, String>, mut now: BTreeMap<String, String>) -> BTreeMap<String, String> {
    now.retain(|name, value| base.get(name) != Some(value));
    now
}

/// Whether something is kept at a place, so that its form can be opened again. In the browser only.
pub fn is_kept(place: &str) -> bool {
    get(&key_of(agent(), place)).is_some()
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Draft {
        name: Option<String>,
        #[serde(skip)]
        password: String,
    }

    #[test]
    fn passwords_are_never_kept() {
        let text = |name: Option<&str>| {
            draft_text(&Draft { name: name.map(str::to_owned), password: "quiet-otter".to_owned() })
        };
        assert_eq!(text(None), "", "a password alone leaves nothing");
        assert_eq!(text(Some("new")), "{\"name\":\"new\"}");
        assert_eq!(draft_text(&Draft::default()), "");
    }

    #[test]
    fn only_what_was_changed_is_kept() {
        let map = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let base = map(&[("name", "Ada"), ("plan", "Fibre 300")]);
        assert_eq!(changed(&base, map(&[("name", "Ada"), ("plan", "")])), map(&[("plan", "")]));
        assert!(changed(&base, base.clone()).is_empty());
    }
}
