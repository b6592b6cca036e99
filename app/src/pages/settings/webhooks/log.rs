//! What became of the deliveries of a webhook.

use super::{list_deliveries, try_webhook};
use crate::PortalError;
use crate::components::{Age, Banner, Button, Dialog, DialogFoot, DialogHead, ErrorView, Status, Tone};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::webhook::{DeliveryState, DeliveryView, WebhookView};

/// The last 100, newest first; and a button that sends one to try.
#[component]
pub fn Log(looking: RwSignal<Option<WebhookView>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let list = RwSignal::new(None::<Result<Vec<DeliveryView>, PortalError>>);
    let refused = RwSignal::new(None::<PortalError>);
    let load = move || {
        let Some(webhook) = looking.get_untracked() else { return };
        spawn_local(async move {
            let found = list_deliveries(webhook.id).await;
            list.try_set(Some(found));
        });
    };
    Effect::new(move |_| {
        let some = looking.with(Option::is_some);
        open.set(some);
        if some {
            list.set(None);
            refused.set(None);
            load();
        }
    });
    Effect::new(move |before: Option<bool>| {
        let now = open.get();
        if before == Some(true) && !now {
            looking.set(None);
        }
        now
    });
    let send = move |_| {
        let Some(webhook) = looking.get_untracked() else { return };
        refused.set(None);
        spawn_local(async move {
            if let Err(error) = try_webhook(webhook.id).await {
                refused.try_set(Some(error));
            }
            load();
        });
    };
    let name = move || looking.get_untracked().map(|webhook| webhook.name).unwrap_or_default();
    let body = move || match list.get() {
        None => view! { <p class="muted">"Loading…"</p> }.into_any(),
        Some(Err(error)) => view! { <ErrorView error /> }.into_any(),
        Some(Ok(list)) if list.is_empty() => view! { <p class="muted">"Nothing was to be told yet."</p> }.into_any(),
        Some(Ok(list)) => view! {
            <ul class="rowlist">{list.into_iter().map(|delivery| view! { <Line delivery /> }).collect_view()}</ul>
        }
        .into_any(),
    };
    view! {
        <Dialog open id="deliveries">
            <DialogHead id="deliveries" title="Deliveries" icon="send"><bdi>{name()}</bdi></DialogHead>
            <div class="dialog__body">
                {move || refused.get().map(|error| view! { <Banner tone=Tone::Bad><p>{error.to_string()}</p></Banner> })}
                {body}
            </div>
            <DialogFoot open cancel="Close">
                <Button on_click=Callback::new(move |_| load())>"Look again"</Button>
                <Button class="btn--primary" on_click=Callback::new(send)>"Send a test"</Button>
            </DialogFoot>
        </Dialog>
    }
}

#[component]
fn Line(delivery: DeliveryView) -> impl IntoView {
    let (tone, label) = match delivery.state {
        DeliveryState::Delivered => (Tone::Ok, "Delivered"),
        DeliveryState::Waiting if delivery.attempts == 0 => (Tone::Off, "Waiting"),
        DeliveryState::Waiting => (Tone::Warn, "Tried again"),
        DeliveryState::Dead => (Tone::Bad, "Given up"),
    };
    let status = delivery.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let went = delivery.duration_ms.map(|ms| format!("{status}, {ms} ms, try {}", delivery.attempts));
    view! {
        <li>
            <Status tone=Signal::stored(tone) label=Signal::stored(label.to_owned()) />
            " " <b>{delivery.kind.replace('_', " ")}</b> " "
            <Age at=Signal::stored(delivery.tried_at.unwrap_or(delivery.created_at)) suffix=" ago" />
            {went.map(|went| view! { " · " <span class="muted">{went}</span> })}
            {(!delivery.said.is_empty()).then(|| view! { <p class="muted clip"><bdi>{delivery.said}</bdi></p> })}
        </li>
    }
}
