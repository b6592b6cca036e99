//! Short messages about what finished while the person was elsewhere.

use super::{Icon, Said, Tone};
use crate::PortalError;
use leptos::prelude::*;
use std::time::Duration;

#[derive(Clone, Debug)]
struct Toast {
    id: u32,
    tone: Tone,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Text(String),
    Error(PortalError),
}

/// The page's toasts.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
}

impl Toasts {
    /// Shows `text` for some seconds; bad news stays until it is closed.
    pub fn push(self, tone: Tone, text: impl Into<String>) {
        self.show(tone, What::Text(text.into()));
    }

    /// Shows an error until it is closed.
    pub fn fail(self, error: PortalError) {
        self.show(Tone::Bad, What::Error(error));
    }

    fn show(self, tone: Tone, what: What) {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        self.shown.update(|shown| {
            shown.push(Toast { id, tone, what });
            // More than four cannot be read.
            let surplus = shown.len().saturating_sub(4);
            shown.drain(..surplus);
        });
        if !matches!(tone, Tone::Bad) {
            set_timeout(move || self.close(id), Duration::from_secs(6));
        }
    }

    fn close(self, id: u32) {
        self.shown.try_update(|shown| shown.retain(|toast| toast.id != id));
    }
}

/// Once, in the root.
pub fn provide_toasts() -> Toasts {
    let toasts = Toasts { shown: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
    provide_context(toasts);
    toasts
}

/// The page's toasts.
pub fn use_toasts() -> Toasts {
    use_context::<Toasts>().expect("App provides the toasts")
}

/// Where toasts appear; announced politely.
#[component]
pub fn ToastHost() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.shown.get() key=|toast| toast.id let:toast>
                <div class="toast" data-tone=toast.tone.as_str()>
                    <Icon name=toast.tone.icon() />
                    <p>
                        {match toast.what {
                            What::Text(text) => text.into_any(),
                            What::Error(error) => view! { <Said error /> }.into_any(),
                        }}
                    </p>
                    <button class="btn btn--ghost btn--icon btn--sm" type="button" aria-label="Close" on:click=move |_| toasts.close(toast.id)>
                        <Icon name="x" />
                    </button>
                </div>
            </For>
        </div>
    }
}
