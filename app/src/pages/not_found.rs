//! An address that leads nowhere.

use crate::components::{Empty, LinkButton};
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn NotFoundPage() -> impl IntoView {
    crate::error::set_status(&crate::PortalError::NotFound("page".into()));
    view! {
        <Title text="Not found" />
        <main class="main main--center" id="main">
            <h1 class="sr-only">"Not found"</h1>
            <Empty icon="search" title="There is no page at this address" text="It may have moved, or the link was cut short.">
                <LinkButton href="/" class="btn--primary" icon="home">"Home"</LinkButton>
            </Empty>
        </main>
    }
}
