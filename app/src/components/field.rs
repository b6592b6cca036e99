//! A labelled field of a form.

use super::{Icon, Said};
use crate::PortalError;
use leptos::prelude::*;

/// Label, the control (as children), a hint and an error. The control must have `id=id` and
/// `aria-describedby=format!("{id}-hint {id}-err")`.
#[component]
pub fn Field(
    #[prop(into)] id: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<Signal<String>>,
    #[prop(optional, into)] error: Signal<Option<PortalError>>,
    children: Children,
) -> impl IntoView {
    let error_id = format!("{id}-err");
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label class="field__label" for=id>{label}</label>
            {children()}
            {hint.map(|hint| view! { <span class="field__hint" id=hint_id>{move || hint.get()}</span> })}
            <span class="field__error" id=error_id role="alert" hidden=move || error.with(Option::is_none)>
                <Icon name="octagon" />
                <span>{move || error.get().map(|error| view! { <Said error /> })}</span>
            </span>
        </div>
    }
}
