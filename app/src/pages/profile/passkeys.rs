//! Passkeys of the agent.

use super::factors::Factors;
use crate::components::{
    Age, Button, Deed, Dialog, DialogFoot, DialogHead, Field, Refused, Tone, follows, typed, use_confirm, use_toasts,
};
use crate::{PortalError, passkey};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use model::PasskeyId;
use model::person::{PASSKEY_NAME_MAX, PasskeyView};

#[server(name = BeginPasskey, prefix = "/fn", endpoint = "profile/passkeys/begin", input = Json)]
pub async fn begin_passkey() -> Result<String, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.begin_passkey(&actor, &crate::ssr::site()?).await?)
}

#[server(name = AddPasskey, prefix = "/fn", endpoint = "profile/passkeys/add", input = Json)]
pub async fn add_passkey(answer: String, name: String) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.add_passkey(&actor, &crate::ssr::site()?, &answer, &name).await?)
}

#[server(name = RenamePasskey, prefix = "/fn", endpoint = "profile/passkeys/rename", input = Json)]
pub async fn rename_passkey(id: PasskeyId, name: String) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.rename_passkey(&actor, id, &name).await?)
}

#[server(name = DeletePasskey, prefix = "/fn", endpoint = "profile/passkeys/delete", input = Json)]
pub async fn delete_passkey(id: PasskeyId) -> Result<(), PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.delete_passkey(&actor, id).await?)
}

/// What the dialog of a name is for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Naming {
    New,
    Known(PasskeyView),
}

/// The rows of the card "Second factor" that are about passkeys.
#[component]
pub(super) fn Passkeys(list: Vec<PasskeyView>, factors: Factors) -> impl IntoView {
    let naming = RwSignal::new(None::<Naming>);
    let possible = RwSignal::new(false);
    Effect::new(move |_| possible.set(passkey::is_possible()));
    let none = list.is_empty();
    view! {
        <div class="account__row">
            <div>
                <b>"Passkeys"</b>
                <p class="muted">
                    {if none { "A finger, a face or a key instead of a code; also instead of the password." } else { "Each signs you in, with or without the password." }}
                </p>
                <Show when=move || !possible.get()>
                    <p class="muted only-hydrated">"To add one, open the portal by its name and over HTTPS."</p>
                </Show>
            </div>
            <span></span>
            <div class="btn-row only-hydrated">
                <Show when=move || possible.get()>
                    <Button class="btn--sm" icon="plus" on_click=Callback::new(move |_| naming.set(Some(Naming::New)))>"Add a passkey"</Button>
                </Show>
            </div>
        </div>
        {(!none).then(|| view! {
            <ul class="rowlist" aria-label="Passkeys">
                {list.into_iter().map(|one| view! { <Row one naming factors /> }).collect_view()}
            </ul>
        })}
        <NameDialog naming factors />
    }
}

#[component]
fn Row(one: PasskeyView, naming: RwSignal<Option<Naming>>, factors: Factors) -> impl IntoView {
    let (toasts, confirm) = (use_toasts(), use_confirm());
    let id = one.id;
    let known = StoredValue::new(one.clone());
    let delete = move |_| {
        spawn_local(async move {
            match confirm.run(|| delete_passkey(id)).await {
                Ok(()) => {
                    toasts.push(Tone::Ok, "The passkey is deleted here. Delete it on the device, too.");
                    factors.refetch();
                }
                Err(error) => toasts.fail(error),
            }
        });
    };
    view! {
        <li class="session">
            <span class="session__main">
                <b><bdi>{one.name}</bdi></b>
                <small>
                    "Added " <Age at=Signal::stored(one.created_at) suffix=" ago" />
                    {match one.used_at {
                        Some(at) => view! { ", used " <Age at=Signal::stored(at) suffix=" ago" /> }.into_any(),
                        None => ", never used".into_any(),
                    }}
                </small>
            </span>
            <div class="btn-row only-hydrated">
                <Button class="btn--sm" on_click=Callback::new(move |_| naming.set(Some(Naming::Known(known.get_value()))))>"Rename"</Button>
                <Button class="btn--sm btn--danger-quiet" on_click=Callback::new(delete)>"Delete"</Button>
            </div>
        </li>
    }
}

#[component]
fn NameDialog(naming: RwSignal<Option<Naming>>, factors: Factors) -> impl IntoView {
    let open = follows(naming);
    view! {
        <Dialog open id="passkey" closed_by="closerequest">
            {move || naming.get().map(|what| view! { <NameForm what open factors /> })}
        </Dialog>
    }
}

#[component]
fn NameForm(what: Naming, open: RwSignal<bool>, factors: Factors) -> impl IntoView {
    let (toasts, confirm) = (use_toasts(), use_confirm());
    let deed = Deed::default();
    let (title, button, name) = match &what {
        Naming::New => ("Add a passkey", "Go on", String::new()),
        Naming::Known(one) => ("Rename a passkey", "Save", one.name.clone()),
    };
    let what = StoredValue::new(what);
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        let name = typed("passkey-name");
        let work = async move {
            match what.get_value() {
                Naming::Known(one) => rename_passkey(one.id, name).await,
                Naming::New => {
                    let options = confirm.run(begin_passkey).await?;
                    let answer = passkey::create(&options).await?;
                    add_passkey(answer, name).await?;
                    toasts.push(Tone::Ok, "The passkey is added. It is asked for from the next sign-in on.");
                    Ok(())
                }
            }
        };
        deed.run(work, move |()| {
            open.try_set(false);
            factors.refetch();
        });
    };
    view! {
        <form on:submit=go>
            <DialogHead id="passkey" title icon="key">"A name tells you later which one it is."</DialogHead>
            <div class="dialog__body stack">
                <Refused deed />
                <Field id="passkey-name" label="Name, such as “Laptop”">
                    <input
                        class="input" id="passkey-name" autocomplete="off" maxlength=PASSKEY_NAME_MAX.to_string() required value=name
                        aria-describedby="passkey-name-hint passkey-name-err"
                    />
                </Field>
            </div>
            <DialogFoot open>
                <Button class="btn--primary" kind="submit" busy=deed.busy>{button}</Button>
            </DialogFoot>
        </form>
    }
}
