//! Shapes in the place of what is being fetched.

use leptos::prelude::*;

/// `lines` grey lines, as high as the text that will come.
#[component]
pub fn Skeleton(#[prop(default = 3)] lines: u8) -> impl IntoView {
    let lines = (0..lines).map(|_| view! { <span class="skeleton"></span> }).collect_view();
    view! {
        <div class="skeletons" role="status">
            <span class="sr-only">"Loading"</span>
            {lines}
        </div>
    }
}
