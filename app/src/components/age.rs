//! How old a value is.

use crate::clock::{iso, use_clock};
use leptos::prelude::*;
use model::Timestamp;
use model::time::age;

/// The age of a value, ticking with the page's clock; the exact time is its tooltip.
#[component]
pub fn Age(
    #[prop(into)] at: Signal<Timestamp>,
    /// Milliseconds after which the value counts as stale: twice its expected refresh.
    #[prop(optional)]
    stale_after: Option<i64>,
    /// Words before the age, such as `Checked in `.
    #[prop(optional)]
    prefix: &'static str,
    /// Words after the age, such as ` ago`; left out for `now`.
    #[prop(optional)]
    suffix: &'static str,
) -> impl IntoView {
    let clock = use_clock();
    let text = Memo::new(move |_| {
        let age = age(clock.now().since(at.get()));
        if age == "now" { format!("{prefix}{age}") } else { format!("{prefix}{age}{suffix}") }
    });
    let stale = Memo::new(move |_| stale_after.is_some_and(|limit| clock.now().since(at.get()) > limit));
    view! {
        <time
            class="age"
            datetime=move || iso(at.get())
            title=move || clock.exact(at.get())
            data-stale=move || stale.get().then_some("")
        >
            {text}
        </time>
    }
}
