//! Inviting somebody.

use super::{Given, GivenFields, List};
use crate::PortalError;
use crate::components::{Button, Deed, DialogFoot, DialogHead, Field, Refused, use_confirm};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
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
    let deed = Deed::default();
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        let (who, called) = (username.get_untracked(), name.get_untracked());
        let (role, scope) = (given.role.get_untracked(), given.part.scope());
        let invite = async move { confirm.run(|| invite(who.clone(), called.clone(), role, scope.clone())).await };
        deed.run(invite, move |new| {
            open.try_set(false);
            link.set(Some(new));
            list.refetch();
        });
    };
    view! {
        <form on:submit=go>
            <DialogHead id="invite" title="Invite somebody" icon="users">"You get a link for them. They set their password themselves."</DialogHead>
            <div class="dialog__body stack">
                <Refused deed />
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
                <Button class="btn--primary" kind="submit" busy=deed.busy>"Make the link"</Button>
            </DialogFoot>
        </form>
    }
}
