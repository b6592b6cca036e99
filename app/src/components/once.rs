//! A secret that is shown this once.

use super::{CopyButton, DialogFoot, DialogHead, Tone};
use leptos::prelude::*;

/// What a dialog shows once something was made. The children say what it is for.
#[component]
pub fn ShownOnce(
    open: RwSignal<bool>,
    /// The dialog's id.
    id: &'static str,
    title: &'static str,
    /// What is copied, for who cannot see the button.
    label: &'static str,
    secret: String,
    children: Children,
) -> impl IntoView {
    view! {
        <DialogHead id title tone=Tone::Warn icon="key">{children()}</DialogHead>
        <div class="dialog__body">
            <p class="well mono"><CopyButton text=secret.clone() label shown=secret /></p>
        </div>
        <DialogFoot open cancel="Done"><span></span></DialogFoot>
    }
}
