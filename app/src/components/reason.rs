//! Why something is done: asked for in the dialogs of grave acts.

use super::Field;
use crate::PortalError;
use leptos::prelude::*;

/// What somebody gives as the reason, and what is wrong with it.
#[derive(Clone, Copy, Default)]
pub struct Reason {
    text: RwSignal<String>,
    missing: RwSignal<Option<PortalError>>,
}

impl Reason {
    /// What was typed.
    pub fn given(self) -> String {
        self.text.get_untracked()
    }

    /// What was typed; of nothing it says `missing` at the field.
    pub fn needed(self, missing: &str) -> Option<String> {
        let text = self.given();
        if text.trim().is_empty() {
            self.missing.set(Some(missing.into()));
            return None;
        }
        Some(text)
    }
}

/// Where the reason is typed.
#[component]
pub fn ReasonField(
    id: &'static str,
    reason: Reason,
    #[prop(default = "Reason")] label: &'static str,
    #[prop(default = true)] needed: bool,
    #[prop(default = "It stands in the log of the campaign and in the audit log.")] hint: &'static str,
    #[prop(default = "")] placeholder: &'static str,
) -> impl IntoView {
    let Reason { text, missing } = reason;
    view! {
        <Field id label hint=Signal::stored(hint.to_owned()) error=missing>
            <input
                class="input" id=id autocomplete="off" maxlength="500" placeholder=(!placeholder.is_empty()).then_some(placeholder)
                aria-describedby=format!("{id}-hint {id}-err") aria-required=needed.then_some("true")
                prop:value=move || text.get()
                on:input:target=move |event| {
                    missing.set(None);
                    text.set(event.target().value());
                }
            />
        </Field>
    }
}
