//! `/settings/webhooks`: other programs that are told of what happens.

mod edit;
mod log;

use crate::PortalError;
use crate::components::{Age, Button, Dialog, Empty, EndDialog, ErrorView, Skeleton, Status, Tone};
use edit::Edit;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
use log::Log;
use model::WebhookId;
use model::webhook::{DeliveryView, NewWebhookView, WebhookInput, WebhookView};

#[server(prefix = "/fn", endpoint = "webhooks", input = Json)]
pub async fn list_webhooks() -> Result<Vec<WebhookView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.webhooks(&actor).await?)
}

#[server(prefix = "/fn", endpoint = "webhook/create", input = Json)]
pub async fn create_webhook(input: WebhookInput) -> Result<NewWebhookView, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.create_webhook(&actor, input).await?)
}

#[server(prefix = "/fn", endpoint = "webhook/update", input = Json)]
pub async fn update_webhook(id: WebhookId, input: WebhookInput) -> Result<WebhookView, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.update_webhook(&actor, id, input).await?)
}

#[server(prefix = "/fn", endpoint = "webhook/delete", input = Json)]
pub async fn delete_webhook(id: WebhookId) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.delete_webhook(&actor, id).await?)
}

#[server(prefix = "/fn", endpoint = "webhook/test", input = Json)]
pub async fn try_webhook(id: WebhookId) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.try_webhook(&actor, id).await?)
}

#[server(prefix = "/fn", endpoint = "webhook/deliveries", input = Json)]
pub async fn list_deliveries(id: WebhookId) -> Result<Vec<DeliveryView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.webhook_deliveries(&actor, id).await?)
}

type Webhooks = Resource<Result<Vec<WebhookView>, PortalError>>;

#[component]
pub fn WebhooksPage() -> impl IntoView {
    let webhooks: Webhooks = Resource::new_blocking(|| (), |()| list_webhooks());
    let editing = RwSignal::new(false);
    let edited = RwSignal::new(None::<WebhookView>);
    let looking = RwSignal::new(None::<WebhookView>);
    let doomed = RwSignal::new(None::<WebhookView>);
    let edit = move |webhook: Option<WebhookView>| {
        edited.set(webhook);
        editing.set(true);
    };
    let body = move || {
        webhooks.get().map(|list| match list {
            Err(error) => view! { <ErrorView error /> }.into_any(),
            Ok(list) if list.is_empty() => view! {
                <Empty icon="send" title="No webhooks yet" text="A webhook tells another program of what happens, as soon as it happens." />
            }
            .into_any(),
            Ok(list) => {
                let rows = list
                    .into_iter()
                    .map(|webhook| {
                        let change = Callback::new(move |webhook| edit(Some(webhook)));
                        view! { <Row webhook change looking doomed /> }
                    })
                    .collect_view();
                view! {
                    <div class="table-scroll" tabindex="0" role="region" aria-label="Webhooks, scrollable table">
                        <table class="table stackable">
                            <thead>
                                <tr>
                                    <th scope="col">"Name"</th>
                                    <th scope="col">"State"</th>
                                    <th scope="col">"Is told of"</th>
                                    <th scope="col">"Address"</th>
                                    <th scope="col" class="num">"Waiting"</th>
                                    <th scope="col"><span class="sr-only">"Actions"</span></th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                }
                .into_any()
            }
        })
    };
    view! {
        <Title text="Webhooks" />
        <main class="main" id="main">
            <div class="pagehead">
                <h1>"Webhooks"</h1>
                <div class="btn-row pagehead__end">
                    <Button class="btn--primary" icon="plus" on_click=Callback::new(move |_| edit(None))>"New webhook"</Button>
                </div>
            </div>
            <div class="table-card">
                <Transition fallback=|| view! { <Skeleton lines=4 /> }>{body}</Transition>
            </div>
            <Dialog open=editing id="webhook" closed_by="closerequest">
                <Edit open=editing edited=edited.get_untracked() webhooks />
            </Dialog>
            <Log looking />
            <Delete doomed webhooks />
        </main>
    }
}

#[component]
fn Row(
    webhook: WebhookView,
    change: Callback<WebhookView>,
    looking: RwSignal<Option<WebhookView>>,
    doomed: RwSignal<Option<WebhookView>>,
) -> impl IntoView {
    let one = StoredValue::new(webhook.clone());
    let (tone, label) = match (&webhook.stopped, webhook.enabled, webhook.failing_since) {
        (Some(_), false, _) => (Tone::Bad, "Switched off"),
        (_, false, _) => (Tone::Off, "Off"),
        (_, true, Some(_)) => (Tone::Warn, "Failing"),
        (_, true, None) => (Tone::Ok, "On"),
    };
    let told = match webhook.kinds.len() {
        0 => "Everything".to_owned(),
        1 => webhook.kinds[0].replace('_', " "),
        n => format!("{n} kinds of events"),
    };
    view! {
        <tr>
            <th scope="row" class="clip"><bdi>{webhook.name.clone()}</bdi></th>
            <td class="slot-end">
                <Status tone=Signal::stored(tone) label=Signal::stored(label.to_owned()) />
                {webhook.failing_since.filter(|_| webhook.enabled).map(|since| view! {
                    <span class="muted">" for " <Age at=Signal::stored(since) /></span>
                })}
                {webhook.stopped.map(|why| view! { <p class="muted"><bdi>{why}</bdi></p> })}
            </td>
            <td data-label="Is told of">{told}</td>
            <td data-label="Address" class="clip"><bdi>{webhook.url}</bdi></td>
            <td class="num" data-label="Waiting">{webhook.waiting}</td>
            <td class="cell-actions">
                <Button class="btn--sm" on_click=Callback::new(move |_| looking.set(Some(one.get_value())))>"Deliveries"</Button>
                <Button class="btn--sm" on_click=Callback::new(move |_| change.run(one.get_value()))>"Change"</Button>
                <Button class="btn--sm btn--danger-quiet" on_click=Callback::new(move |_| doomed.set(Some(one.get_value())))>
                    "Delete"
                </Button>
            </td>
        </tr>
    }
}

#[component]
fn Delete(doomed: RwSignal<Option<WebhookView>>, webhooks: Webhooks) -> impl IntoView {
    view! {
        <EndDialog
            subject=doomed
            id="delete"
            title="Delete this webhook?"
            name=|webhook| webhook.name.clone()
            end=|webhook: WebhookView| delete_webhook(webhook.id)
            done=Callback::new(move |()| webhooks.refetch())
        >
            <p>"The program is told nothing more, not even what waits. This cannot be undone."</p>
        </EndDialog>
    }
}
