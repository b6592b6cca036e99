//! Keyboard shortcuts: registered by what is on the page, listed by the help dialog.

use crate::preference;
use leptos::ev;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// One shortcut that works right now.
#[derive(Clone, Copy, Debug)]
pub struct Shortcut {
    id: u32,
    /// One key (`/`, `j`, `Enter`) or two after each other (`g d`); empty for what only the palette offers.
    pub keys: &'static str,
    /// What it does, in a few words.
    pub says: &'static str,
    /// Beside it in the palette; empty for what only the key does.
    pub icon: &'static str,
    pub run: Callback<()>,
}

impl Shortcut {
    /// Whether both were offered by the same call.
    pub fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// The page's shortcuts.
#[derive(Clone, Copy)]
pub struct Keys {
    table: RwSignal<Vec<Shortcut>>,
    next_id: StoredValue<u32>,
    /// First key of a sequence, waiting for the second.
    prefix: StoredValue<Option<String>>,
    on: RwSignal<bool>,
}

const NAME: &str = "keys";

/// Starts listening. Once, in the root.
pub fn provide_keys() -> Keys {
    let keys = Keys {
        table: RwSignal::new(Vec::new()),
        next_id: StoredValue::new(0),
        prefix: StoredValue::new(None),
        on: RwSignal::new(preference::read(NAME).as_deref() != Some("off")),
    };
    provide_context(keys);
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event| keys.pressed(&event));
        on_cleanup(move || listener.remove());
    });
    keys
}

/// The page's shortcuts.
pub fn use_keys() -> Keys {
    use_context::<Keys>().expect("App provides the keys")
}

/// Offers a shortcut while the calling component lives. A later one on the same keys wins. Shortcuts pause while the
/// person types or a dialog is open, and can be turned off altogether.
pub fn on_key(keys: &'static str, says: &'static str, run: impl Fn() + Send + Sync + 'static) {
    offer(keys, says, "", run);
}

/// The same, and the command palette offers it as well; with empty `keys` only the palette does.
pub fn on_command(keys: &'static str, says: &'static str, icon: &'static str, run: impl Fn() + Send + Sync + 'static) {
    offer(keys, says, icon, run);
}

/// `j` and `k` move the focus over what `rows` selects on the page, so that Enter opens it. For lists whose rows have
/// nothing else to be done with by key.
pub fn on_rows(rows: &'static str) {
    let go = move |forward: bool| {
        let all = elements(rows);
        let focus = document().active_element();
        let current = all.iter().position(|row| focus.as_ref().is_some_and(|focus| row.is_same_node(Some(focus))));
        let to = match (current, forward) {
            (None, _) => 0,
            (Some(at), true) => at + 1,
            (Some(at), false) => at.saturating_sub(1),
        };
        if let Some(row) = all.get(to) {
            let _ = row.focus();
        }
    };
    on_key("j", "Next row", move || go(true));
    on_key("k", "Previous row", move || go(false));
}

/// What a selector finds, in the order of the page.
fn elements(selector: &str) -> Vec<HtmlElement> {
    let page = document();
    let find = js_sys::Reflect::get(&page, &"querySelectorAll".into()).ok();
    let find = find.and_then(|find| find.dyn_into::<js_sys::Function>().ok());
    let found = find.and_then(|find| find.call1(&page, &selector.into()).ok());
    let all = found.map(|found| js_sys::Array::from(&found)).unwrap_or_default();
    all.iter().filter_map(|element| element.dyn_into::<HtmlElement>().ok()).collect()
}

fn offer(keys: &'static str, says: &'static str, icon: &'static str, run: impl Fn() + Send + Sync + 'static) {
    let table = use_keys();
    let id = table.next_id.get_value();
    table.next_id.set_value(id.wrapping_add(1));
    let shortcut = Shortcut { id, keys, says, icon, run: Callback::new(move |()| run()) };
    table.table.update(|table| table.push(shortcut));
    on_cleanup(move || {
        table.table.try_update(|table| table.retain(|other| other.id != id));
    });
}

impl Keys {
    /// What works right now, each combination once. Tracked.
    pub fn list(self) -> Vec<Shortcut> {
        let mut list: Vec<Shortcut> = Vec::new();
        for shortcut in self.table.get().into_iter().filter(|shortcut| !shortcut.keys.is_empty()) {
            list.retain(|other| other.keys != shortcut.keys);
            list.push(shortcut);
        }
        list
    }

    /// What the palette offers right now. Tracked.
    pub fn commands(self) -> Vec<Shortcut> {
        self.table.get().into_iter().filter(|shortcut| !shortcut.icon.is_empty()).collect()
    }

    /// Whether single keys do anything. Tracked.
    pub fn are_on(self) -> bool {
        self.on.get()
    }

    /// Turns single keys on or off, for this person.
    pub fn turn(self, on: bool) {
        preference::write(NAME, (!on).then_some("off"));
        self.on.set(on);
    }

    fn pressed(self, event: &KeyboardEvent) {
        let held = event.ctrl_key() || event.meta_key() || event.alt_key();
        if !self.on.get_untracked() || held || event.is_composing() || event.default_prevented() || !is_free(event) {
            return;
        }
        let key = event.key();
        let prefix = self.prefix.try_update_value(Option::take).flatten();
        let typed = prefix.map_or_else(|| key.clone(), |prefix| format!("{prefix} {key}"));
        let table = self.table.get_untracked();
        if let Some(shortcut) = table.iter().rev().find(|shortcut| shortcut.keys == typed) {
            event.prevent_default();
            shortcut.run.run(());
        } else if table.iter().any(|shortcut| shortcut.keys.split_once(' ').is_some_and(|(first, _)| first == key)) {
            self.prefix.set_value(Some(key));
            set_timeout(
                move || {
                    self.prefix.try_set_value(None);
                },
                Duration::from_millis(1200),
            );
        }
    }
}

/// Whether a single key belongs to nobody: no field has the focus, no dialog is open, and Enter or Space would not
/// press something.
fn is_free(event: &KeyboardEvent) -> bool {
    let open = document().query_selector("dialog:modal").ok().flatten().is_some();
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(target) = target else { return !open };
    let typing = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
    let pressing =
        matches!(event.key().as_str(), "Enter" | " ") && target.matches("a, button, summary, input").unwrap_or(false);
    !open && !pressing && !target.matches(typing).unwrap_or(false)
}
