//! A text of a person, on its way to the server.

use crate::PortalError;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What a form that sends one text has.
#[derive(Clone, Copy, Default)]
pub struct Writing {
    pub text: RwSignal<String>,
    /// What is wrong with it, for the field.
    pub problem: RwSignal<Option<PortalError>>,
    /// It is on its way.
    pub busy: RwSignal<bool>,
}

impl Writing {
    /// Checks the text and sends it, once at a time; `then` takes the answer. What is wrong, here or there, is said at the
    /// field.
    pub fn send<T, Fut>(
        self,
        check: impl FnOnce(&str) -> Result<String, String>,
        send: impl FnOnce(String) -> Fut + 'static,
        then: impl FnOnce(T) + 'static,
    ) where
        T: 'static,
        Fut: Future<Output = Result<T, PortalError>> + 'static,
    {
        if self.busy.get_untracked() {
            return;
        }
        let text = match self.text.with_untracked(|text| check(text)) {
            Ok(text) => text,
            Err(problem) => {
                self.problem.set(Some(problem.into()));
                return;
            }
        };
        self.busy.set(true);
        self.problem.set(None);
        spawn_local(async move {
            match send(text).await {
                Ok(answer) => then(answer),
                Err(error) => {
                    self.problem.try_set(Some(error));
                }
            }
            self.busy.try_set(false);
        });
    }
}
