//! Icons from the one sprite, `public/icons.svg`.

use leptos::prelude::*;

/// An icon beside a word. Purely decorative: screen readers get the word.
/// `class` adds to `icon`: `icon--sm`, `icon--lg`, `spin`, `muted`.
#[component]
pub fn Icon(
    /// Symbol in the sprite.
    #[prop(into)]
    name: Signal<&'static str>,
    #[prop(optional, into)] class: Signal<&'static str>,
) -> impl IntoView {
    view! {
        <svg class=move || format!("icon {}", class.get()) aria-hidden="true">
            <use href=move || format!("/icons.svg#{}", name.get())></use>
        </svg>
    }
}

/// The mark: a line that ends at a home.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <svg class="brandmark" viewBox="0 0 26 26" aria-hidden="true">
            <path class="brandmark__line" d="M6 4v11a5 5 0 0 0 5 5h3.5"></path>
            <circle class="brandmark__end" cx="19.5" cy="20" r="3.25"></circle>
        </svg>
    }
}
