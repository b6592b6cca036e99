//! `/subscribers/new`

use super::api::put_subscriber;
use super::edit::{Draft, Fields};
use super::subscriber_href;
use crate::PortalError;
use crate::components::ErrorView;
use crate::session::may;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_navigate;
use model::Permission;

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
    let busy = RwSignal::new(false);
    let navigate = use_navigate();
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        draft.refused.set(None);
        if busy.get_untracked() {
            return;
        }
        let Some(change) = draft.change(true) else { return };
        busy.set(true);
        let leaving = unsent.leaving();
        let navigate = navigate.clone();
        spawn_local(async move {
            match put_subscriber(change, true).await {
                Ok(view) => {
                    leaving.sent();
                    navigate(&subscriber_href(view.id), leptos_router::NavigateOptions::default());
                }
                Err(error) => draft.fail(error),
            }
            busy.try_set(false);
        });
    };
    view! {
        <form class="card card--form" on:submit=go novalidate>
            <div class="card__body card__body--top stack">
                <Fields draft new=true />
            </div>
            <div class="card__foot">
                <a class="btn" href="/subscribers" on:click=move |_| unsent.give_up()>"Cancel"</a>
                <button class="btn btn--primary" type="submit" aria-disabled=move || busy.get().then_some("true")>
                    {move || if busy.get() { "Saving" } else { "Create" }}
                </button>
            </div>
        </form>
    }
}
