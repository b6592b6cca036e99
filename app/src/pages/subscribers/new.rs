//! `/subscribers/new`

use super::api::put_subscriber;
use super::edit::{Draft, Fields};
use super::subscriber_href;
use crate::PortalError;
use crate::components::{Deed, ErrorView};
use crate::session::may;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_navigate;
use model::Permission;
use model::subscriber::SubscriberView;

#[component]
pub fn NewSubscriberPage() -> impl IntoView {
    view! {
        <Title text="New subscriber" />
        <main class="main" id="main">
            <div class="pagehead"><h1>"New subscriber"</h1></div>
            {if may(Permission::SubscriberWrite) {
                view! { <Form /> }.into_any()
            } else {
                view! { <ErrorView error=PortalError::Denied /> }.into_any()
            }}
        </main>
    }
}

#[component]
fn Form() -> impl IntoView {
    let draft = Draft::new();
    let unsent = draft.keep("new subscriber");
    let deed = Deed::default();
    let navigate = use_navigate();
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        draft.refused.set(None);
        let Some(change) = draft.change(true) else { return };
        let leaving = unsent.leaving();
        let navigate = navigate.clone();
        let created = move |view: SubscriberView| {
            leaving.sent();
            navigate(&subscriber_href(view.id), leptos_router::NavigateOptions::default());
        };
        deed.run_or(put_subscriber(change, true), created, move |error| draft.fail(error));
    };
    view! {
        <form class="card card--form" on:submit=go novalidate>
            <div class="card__body card__body--top stack">
                <Fields draft new=true />
            </div>
            <div class="card__foot">
                <a class="btn" href="/subscribers" on:click=move |_| unsent.give_up()>"Cancel"</a>
                <button class="btn btn--primary" type="submit" aria-disabled=move || deed.busy.get().then_some("true")>
                    {move || if deed.busy.get() { "Saving" } else { "Create" }}
                </button>
            </div>
        </form>
    }
}
