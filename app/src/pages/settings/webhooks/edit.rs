//! The dialog in which a webhook is made or changed.

use super::{Webhooks, create_webhook, update_webhook};
use crate::components::{
    Button, Deed, DialogFoot, DialogHead, Field, PartDraft, PartFields, Refused, ShownOnce, use_confirm,
};
use leptos::prelude::*;
use model::Scope;
use model::campaign::NoticeKind;
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
    let part = PartDraft::of(&before.scope);
    let enabled = RwSignal::new(before.enabled);
    let made = RwSignal::new(None::<NewWebhookView>);
    let deed = Deed::default();
    let confirm = use_confirm();
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let input = WebhookInput {
            name: name.get_untracked(),
            url: url.get_untracked(),
            kinds: if all.get_untracked() { Vec::new() } else { kinds.get_untracked() },
            scope: part.scope(),
            enabled: enabled.get_untracked(),
        };
        let save = async move {
            match id {
                None => confirm.run(|| create_webhook(input.clone())).await.map(Some),
                Some(id) => confirm.run(|| update_webhook(id, input.clone())).await.map(|_| None),
            }
        };
        deed.run(save, move |new| {
            if new.is_some() {
                made.try_set(new);
            } else {
                open.try_set(false);
            }
            webhooks.refetch();
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
                    <Refused deed />
                    {text("webhook-name", "Name", name)}
                    {text("webhook-url", "Address, such as https://crm.example.net/lastmile", url)}
                    {switch("webhook-all", "Every kind of event", all)}
                    <Show when=move || !all.get()>
                        <fieldset class="stack">
                            <legend>"Is told of"</legend>
                            {EVENT_KINDS.into_iter().filter(|(word, _)| is_kind(word)).map(check).collect_view()}
                            {NoticeKind::ALL.map(|kind| check((kind.as_str(), kind.label())))}
                        </fieldset>
                    </Show>
                    <PartFields draft=part legend="Only of" prefix="webhook" />
                    {switch("webhook-on", "On", enabled)}
                </div>
                <DialogFoot open>
                    <Button class="btn--primary" kind="submit" busy=deed.busy>"Save"</Button>
                </DialogFoot>
            </form>
        }
    };
    view! {
        {move || match made.get() {
            None => form().into_any(),
            Some(new) => view! {
                <ShownOnce open id="webhook" title="The secret of the webhook" label="secret" secret=new.secret>
                    "Deliveries are signed with it. Copy it now: it is not shown again."
                </ShownOnce>
            }
            .into_any(),
        }}
    }
}
