//! Inviting somebody.

use super::{Given, GivenFields, List};
use crate::PortalError;
use crate::components::{Banner, Button, DialogFoot, DialogHead, Field, Tone, use_confirm};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use model::person::NewLinkView;
use model::{Role, RoleKey, Scope};

/// The link is in the answer, this once.
#[server(prefix = "/fn", endpoint = "people/invite", input = Json)]
pub async fn invite(username: String, name: String, role: RoleKey, scope: Scope) -> Result<NewLinkView, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.invite(&actor, &username, &name, role, scope).await?)
}

#[component]
pub(super) fn InviteForm(open: RwSignal<bool>, list: List, link: RwSignal<Option<NewLinkView>>) -> impl IntoView {
    let confirm = use_confirm();
    let (username, name) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let given = Given::new(Role::Helpdesk.into(), &Scope::default());
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<PortalError>));
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        refused.set(None);
        let (who, called) = (username.get_untracked(), name.get_untracked());
        let (role, scope) = (given.role.get_untracked(), given.scope());
        spawn_local(async move {
            match confirm.run(|| invite(who.clone(), called.clone(), role, scope.clone())).await {
                Ok(new) => {
                    open.try_set(false);
                    link.set(Some(new));
                    list.refetch();
                }
                Err(error) => {
                    refused.try_set(Some(error));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <form on:submit=go>
            <DialogHead id="invite" title="Invite somebody" icon="users">"You get a link for them. They set their password themselves."</DialogHead>
            <div class="dialog__body stack">
                {move || refused.get().map(|error| view! { <Banner tone=Tone::Bad><p>{error.to_string()}</p></Banner> })}
                <Field id="invite-username" label="Username" hint="2 to 64 letters, digits, dots, dashes or underscores.">
                    <input
                        class="input" id="invite-username" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="64" required
                        aria-describedby="invite-username-hint invite-username-err"
                        on:input:target=move |event| username.set(event.target().value())
                    />
                </Field>
                <Field id="invite-name" label="Name" hint="Colleagues see it. They can correct it.">
                    <input
                        class="input" id="invite-name" autocomplete="off" maxlength="100" required
                        aria-describedby="invite-name-hint invite-name-err"
                        on:input:target=move |event| name.set(event.target().value())
                    />
                </Field>
                <GivenFields given list prefix="invite" />
            </div>
            <DialogFoot open>
                <Button class="btn--primary" kind="submit" busy>"Make the link"</Button>
            </DialogFoot>
        </form>
    }
}
