//! What became of the deliveries of a webhook.

use super::{list_deliveries, try_webhook};
use crate::components::{Age, Button, Deed, Dialog, DialogFoot, DialogHead, ErrorView, Refused, Status, Tone, follows};
use crate::locale::grouped;
use leptos::prelude::*;
use model::webhook::{DeliveryState, DeliveryView, WebhookView};

/// The last 100, newest first; and a button that sends one to try.
#[component]
pub fn Log(looking: RwSignal<Option<WebhookView>>) -> impl IntoView {
    let open = follows(looking);
    view! {
        <Dialog open id="deliveries">
            {move || looking.get_untracked().map(|webhook| view! { <Deliveries webhook open /> })}
        </Dialog>
    }
}

#[component]
fn Deliveries(webhook: WebhookView, open: RwSignal<bool>) -> impl IntoView {
    let id = webhook.id;
    // Opened by a click, so in the browser alone.
    let list = LocalResource::new(move || list_deliveries(id));
    let deed = Deed::default();
    let send = Callback::new(move |_| deed.run(try_webhook(id), move |()| list.refetch()));
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
        <DialogHead id="deliveries" title="Deliveries" icon="send"><bdi>{webhook.name}</bdi></DialogHead>
        <div class="dialog__body">
            <Refused deed />
            {body}
        </div>
        <DialogFoot open cancel="Close">
            <Button on_click=Callback::new(move |_| list.refetch())>"Look again"</Button>
            <Button class="btn--primary" busy=deed.busy on_click=send>"Send a test"</Button>
        </DialogFoot>
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
    let went = delivery.duration_ms.map(|ms| format!("{status}, {} ms, try {}", grouped(ms.into()), delivery.attempts));
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
