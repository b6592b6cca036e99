//! Keyset pages: links, so that they work without WebAssembly.

use super::Icon;
use leptos::prelude::*;

/// Links to the page before and after; without a target they are not offered. The words follow the order of the
/// list: Newer and Older for time, Previous and Next otherwise.
#[component]
pub fn Pager(
    #[prop(into)] previous: Signal<Option<String>>,
    #[prop(into)] next: Signal<Option<String>>,
    #[prop(default = "Previous")] previous_label: &'static str,
    #[prop(default = "Next")] next_label: &'static str,
    /// A count or a hint, on the left.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let link = move |href: Signal<Option<String>>, label: &'static str, forward: bool| {
        move || {
            let icon = if forward { "chevron-right" } else { "chevron-left" };
            let inside = view! {
                {(!forward).then(|| view! { <Icon name=icon /> })}
                {label}
                {forward.then(|| view! { <Icon name=icon /> })}
            };
            match href.get() {
                Some(href) => view! {
                    <a class="btn btn--sm" href=href rel=if forward { "next" } else { "prev" }>{inside}</a>
                }
                .into_any(),
                None => view! { <span class="btn btn--sm" aria-disabled="true">{inside}</span> }.into_any(),
            }
        }
    };
    view! {
        <nav class="pager" aria-label="Pages">
            <div class="pager__info">{children.map(|children| children())}</div>
            <div class="btn-row">{link(previous, previous_label, false)} {link(next, next_label, true)}</div>
        </nav>
    }
}
