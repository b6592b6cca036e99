//! Many calls in a short time become one.

use leptos::prelude::*;
use std::time::Duration;

/// Runs its work once, a moment after the first of many calls. For refetching when messages come in bursts.
#[derive(Clone, Copy)]
pub struct Debounce {
    waiting: StoredValue<bool>,
    after: Duration,
    work: Callback<()>,
}

impl Debounce {
    pub fn new(millis: u64, work: impl Fn() + Send + Sync + 'static) -> Self {
        let work = Callback::new(move |()| work());
        Self { waiting: StoredValue::new(false), after: Duration::from_millis(millis), work }
    }

    /// In the browser only.
    pub fn call(self) {
        if self.waiting.try_get_value() != Some(false) {
            return;
        }
        self.waiting.set_value(true);
        set_timeout(
            move || {
                // The page may be gone by now.
                if self.waiting.try_set_value(false).is_none() {
                    self.work.run(());
                }
            },
            self.after,
        );
    }
}
