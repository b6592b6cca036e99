//! The dialog in which a webhook is made or changed.

use super::{Webhooks, create_webhook, update_webhook};
use crate::PortalError;
use crate::components::{Banner, CopyButton, DialogFoot, DialogHead, Field, Tone};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::Scope;
use model::webhook::{EVENT_KINDS, NewWebhookView, WebhookInput, WebhookView, is_kind};

/// `edited`: the webhook as it is; `None`: a new one.
#[component]
pub fn Edit(open: RwSignal<bool>, edited: Option<WebhookView>, webhooks: Webhooks) -> impl IntoView {
    let is_new = edited.is_none();
    let id = edited.as_ref().map(|webhook| webhook.id);
    let before = edited.unwrap_or(WebhookView {
        id: model::WebhookId(0),
        name: String::new(),
        url: String::new(),
        kinds: Vec::new(),
        scope: Scope::default(),
        enabled: true,
        stopped: None,
        failing_since: None,
        created_at: model::Timestamp(0),
        created_by: String::new(),
        waiting: 0,
    });
    let name = RwSignal::new(before.name);
    let url = RwSignal::new(before.url);
    let all = RwSignal::new(before.kinds.is_empty());
    let kinds = RwSignal::new(before.kinds);
    let regions = RwSignal::new(before.scope.regions.join(", "));
    let partners = RwSignal::new(before.scope.partners.join(", "));
    let tags = RwSignal::new(before.scope.tags.join(", "));
    let enabled = RwSignal::new(before.enabled);
    let made = RwSignal::new(None::<NewWebhookView>);
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<PortalError>));
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        refused.set(None);
        let input = WebhookInput {
            name: name.get_untracked(),
            url: url.get_untracked(),
            kinds: if all.get_untracked() { Vec::new() } else { kinds.get_untracked() },
            scope: Scope {
                regions: values(&regions.get_untracked()),
                partners: values(&partners.get_untracked()),
                tags: values(&tags.get_untracked()),
            },
            enabled: enabled.get_untracked(),
        };
        spawn_local(async move {
            let done = match id {
                None => create_webhook(input).await.map(Some),
                Some(id) => update_webhook(id, input).await.map(|_| None),
            };
            match done {
                Ok(new) => {
                    if new.is_some() {
                        made.try_set(new);
                    } else {
                        open.try_set(false);
                    }
                    webhooks.refetch();
                }
                Err(error) => {
                    refused.try_set(Some(error));
                }
            }
            busy.try_set(false);
        });
    };
    let text = move |id: &'static str, label: &'static str, value: RwSignal<String>| {
        view! {
            <Field id=id label=label>
                <input
                    class="input" id=id autocomplete="off" maxlength="2000" aria-describedby=format!("{id}-err")
                    prop:value=move || value.get()
                    on:input:target=move |event| value.set(event.target().value())
                />
            </Field>
        }
    };
    let check = move |(word, about): (&'static str, &'static str)| {
        view! {
            <label class="check">
                <input
                    type="checkbox" prop:checked=move || kinds.with(|kinds| kinds.iter().any(|kind| kind == word))
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        kinds.update(|kinds| {
                            kinds.retain(|kind| kind != word);
                            if on {
                                kinds.push(word.to_owned());
                            }
                        });
                    }
                />
                <span>{about}</span>
            </label>
        }
    };
    let switch = move |id: &'static str, label: &'static str, value: RwSignal<bool>| {
        view! {
            <label class="check">
                <input
                    type="checkbox" id=id prop:checked=move || value.get()
                    on:change=move |event| value.set(event_target_checked(&event))
                />
                <span>{label}</span>
            </label>
        }
    };
    let form = move || {
        view! {
            <form on:submit=go>
                <DialogHead id="webhook" title=if is_new { "New webhook" } else { "Change the webhook" } icon="send">
                    "Events are sent to it signed, and again after failures."
                </DialogHead>
                <div class="dialog__body">
                    {move || refused.get().map(|error| view! { <Banner tone=Tone::Bad><p>{error.to_string()}</p></Banner> })}
                    {text("webhook-name", "Name", name)}
                    {text("webhook-url", "Address, such as https://crm.example.net/lastmile", url)}
                    {switch("webhook-all", "Every kind of event", all)}
                    <Show when=move || !all.get()>
                        <fieldset class="stack">
                            <legend>"Is told of"</legend>
                            {EVENT_KINDS.into_iter().filter(|(word, _)| is_kind(word)).map(check).collect_view()}
                        </fieldset>
                    </Show>
                    {text("webhook-regions", "Regions, with commas between them; empty: all", regions)}
                    {text("webhook-partners", "Partners, the same", partners)}
                    {text("webhook-tags", "Tags of subscribers, the same", tags)}
                    {switch("webhook-on", "On", enabled)}
                </div>
                <DialogFoot open>
                    <button class="btn btn--primary" type="submit" aria-disabled=move || busy.get().then_some("true")>"Save"</button>
                </DialogFoot>
            </form>
        }
    };
    view! {
        {move || match made.get() {
            None => form().into_any(),
            Some(new) => {
                let secret = new.secret.clone();
                view! {
                    <DialogHead id="webhook" title="The secret of the webhook" tone=Tone::Warn icon="key">
                        "Deliveries are signed with it. Copy it now: it is not shown again."
                    </DialogHead>
                    <div class="dialog__body">
                        <p class="well mono"><CopyButton text=secret.clone() label="secret" shown=secret /></p>
                    </div>
                    <DialogFoot open cancel="Done"><span></span></DialogFoot>
                }
                .into_any()
            }
        }}
    }
}

/// Values with commas between them.
fn values(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect()
}
