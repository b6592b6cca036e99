//! Buttons.

use super::Icon;
use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// A button. `class` adds to `btn`: `btn--primary` (one a view), `btn--ghost`, `btn--danger` (in dialogs only),
/// `btn--danger-quiet`, `btn--sm`, `btn--lg`, `btn--block`, `btn--icon`.
#[component]
pub fn Button(
    #[prop(optional, into)] class: Signal<&'static str>,
    #[prop(optional)] icon: Option<&'static str>,
    /// Shows a spinner and takes no further click; the label should say what is going on.
    #[prop(optional, into)]
    busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(default = "button")] kind: &'static str,
    /// For buttons without words.
    #[prop(optional)]
    label: Option<&'static str>,
    #[prop(optional)] on_click: Option<Callback<MouseEvent>>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let name = Signal::derive(move || if busy.get() { "loader" } else { icon.unwrap_or("") });
    let spin = Signal::derive(move || if busy.get() { "spin" } else { "" });
    let click = move |event: MouseEvent| {
        // `aria-disabled` keeps focus where it was, so the click must be stopped here.
        if busy.get_untracked() {
            event.prevent_default();
        } else if let Some(on_click) = on_click {
            on_click.run(event);
        }
    };
    view! {
        <button
            class=move || format!("btn {}", class.get())
            type=kind
            disabled=move || disabled.get()
            aria-disabled=move || busy.get().then_some("true")
            aria-label=label
            title=label
            on:click=click
        >
            {move || (!name.get().is_empty()).then(|| view! { <Icon name=name class=spin /> })}
            {children.map(|children| children())}
        </button>
    }
}

/// A link that looks like a button.
#[component]
pub fn LinkButton(
    #[prop(into)] href: Signal<String>,
    #[prop(optional)] class: &'static str,
    #[prop(optional)] icon: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <a class=format!("btn {class}") href=move || href.get()>
            {icon.map(|icon| view! { <Icon name=icon /> })}
            {children()}
        </a>
    }
}
