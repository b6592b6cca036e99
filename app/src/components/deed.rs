//! Something that a form or a dialog does, once at a time.

use super::Refusal;
use crate::PortalError;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Whether it goes on, and why it was refused.
#[derive(Clone, Copy, Default)]
pub struct Deed {
    pub busy: RwSignal<bool>,
    refused: RwSignal<Option<PortalError>>,
}

impl Deed {
    /// Begins `work`, unless some goes on already; `then` takes its answer. A refusal stays for [`Refused`] to say.
    pub fn run<T: 'static>(
        self,
        work: impl Future<Output = Result<T, PortalError>> + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        self.run_or(work, then, move |error| {
            self.refused.try_set(Some(error));
        });
    }

    /// The same where a refusal is said elsewhere: `otherwise` takes it.
    pub fn run_or<T: 'static>(
        self,
        work: impl Future<Output = Result<T, PortalError>> + 'static,
        then: impl FnOnce(T) + 'static,
        otherwise: impl FnOnce(PortalError) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refused.set(None);
        spawn_local(async move {
            match work.await {
                Ok(answer) => then(answer),
                Err(error) => otherwise(error),
            }
            // The dialog may be gone with its answer.
            self.busy.try_set(false);
        });
    }

    /// What was typed is refused here already: nothing begins.
    pub fn refuse(self, why: impl Into<PortalError>) {
        self.refused.set(Some(why.into()));
    }

    /// Why it was refused, where a field says it.
    pub fn refused(self) -> Signal<Option<PortalError>> {
        self.refused.into()
    }
}

/// Why it was refused, above what is to be corrected.
#[component]
pub fn Refused(deed: Deed) -> impl IntoView {
    view! { <Refusal refused=deed.refused /> }
}
