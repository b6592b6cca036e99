//! Copying identifiers.

use super::Icon;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// Shows `text` and copies it on a click.
#[component]
pub fn CopyButton(
    #[prop(into)] text: Signal<String>,
    /// What it is, for screen readers, such as `serial`.
    label: &'static str,
    /// What to show of a text that is too long to be shown.
    #[prop(optional, into)]
    shown: Option<String>,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let click = move |_| {
        if copy(&text.get_untracked()) {
            copied.set(true);
            set_timeout(
                move || {
                    copied.try_set(false);
                },
                Duration::from_secs(2),
            );
        }
    };
    view! {
        <button
            class="copy mono"
            type="button"
            aria-label=move || format!("Copy {label} {}", text.get())
            on:click=click
        >
            {move || shown.clone().unwrap_or_else(|| text.get())}
            " "
            <Icon name=Signal::derive(move || if copied.get() { "check" } else { "copy" }) />
        </button>
        <span class="sr-only" role="status">{move || if copied.get() { "Copied" } else { "" }}</span>
    }
}

/// Copies by way of a hidden field: the Clipboard API does not exist on plain HTTP, where portals of small
/// providers often run.
fn copy(text: &str) -> bool {
    let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() else { return false };
    let (Some(body), Ok(element)) = (document.body(), document.create_element("textarea")) else { return false };
    let Ok(area) = element.dyn_into::<web_sys::HtmlTextAreaElement>() else { return false };
    let before = document.active_element();
    area.set_value(text);
    area.set_class_name("sr-only");
    // Inside an open modal dialog everything else is inert: the field must be in it.
    let host = document.query_selector("dialog:modal").ok().flatten();
    let host = host.as_ref().map_or(body.unchecked_ref::<web_sys::Node>(), |dialog| dialog.unchecked_ref());
    if host.append_child(&area).is_err() {
        return false;
    }
    area.select();
    let done = document.exec_command("copy").unwrap_or(false);
    area.remove();
    if let Some(element) = before.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
    done
}
