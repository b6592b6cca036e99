//! Changing somebody: name, role, part of the fleet; and what shuts them out or helps them in.

use super::{Given, GivenFields, List};
use crate::PortalError;
use crate::components::{Button, Deed, DialogFoot, DialogHead, Field, Refused, Tone, use_confirm, use_toasts};
use crate::session::use_agent;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::person::{NewLinkView, PersonState, PersonView};
use model::{AgentId, RoleKey, Scope};

#[server(prefix = "/fn", endpoint = "people/change", input = Json)]
pub async fn change_person(id: AgentId, name: String, role: RoleKey, scope: Scope) -> Result<(), PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.change_person(&actor, id, &name, role, scope).await?)
}

#[server(prefix = "/fn", endpoint = "people/disable", input = Json)]
pub async fn disable_person(id: AgentId, disabled: bool) -> Result<(), PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.set_person_disabled(&actor, id, disabled).await?)
}

/// The link is in the answer, this once.
#[server(prefix = "/fn", endpoint = "people/link", input = Json)]
pub async fn new_password_link(id: AgentId) -> Result<NewLinkView, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.new_password_link(&actor, id).await?)
}

#[server(prefix = "/fn", endpoint = "people/withdraw", input = Json)]
pub async fn withdraw_invitation(id: AgentId) -> Result<(), PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.withdraw_invitation(&actor, id).await?)
}

#[server(prefix = "/fn", endpoint = "people/factors/reset", input = Json)]
pub async fn reset_second_factors(id: AgentId) -> Result<(), PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.reset_second_factors(&actor, id).await?)
}

#[server(prefix = "/fn", endpoint = "people/openid/disconnect", input = Json)]
pub async fn disconnect_person(id: AgentId) -> Result<(), PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.unlink_person(&actor, id).await?)
}

#[server(prefix = "/fn", endpoint = "people/sessions/end", input = Json)]
pub async fn end_sessions_of(id: AgentId) -> Result<u64, PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.end_sessions_of(&actor, id).await?)
}

/// One of the acts below the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Link,
    Withdraw,
    ResetFactors,
    Disconnect,
    EndSessions,
    Disable,
    Enable,
}

impl Act {
    /// What it is called and what it does, for this person; those that make no sense are left out.
    fn of(person: &PersonView, is_self: bool) -> Vec<(Self, &'static str)> {
        let mut acts = Vec::new();
        match person.state {
            PersonState::Invited => {
                acts.extend([(Self::Link, "New link"), (Self::Withdraw, "Take the invitation back")]);
            }
            PersonState::Active => acts.push((Self::Link, "Link for a new password")),
            PersonState::Disabled => acts.push((Self::Enable, "Enable")),
        }
        if person.totp || person.passkeys > 0 {
            acts.push((Self::ResetFactors, "Remove second factors"));
        }
        if person.single_sign_on.is_some() {
            acts.push((Self::Disconnect, "Disconnect from single sign-on"));
        }
        if person.sessions > 0 && !is_self {
            acts.push((Self::EndSessions, "End all sessions"));
        }
        if person.state != PersonState::Disabled && !is_self {
            acts.push((Self::Disable, "Disable"));
        }
        acts
    }

    async fn go(self, id: AgentId) -> Result<(Option<NewLinkView>, &'static str), PortalError> {
        Ok(match self {
            Self::Link => (Some(new_password_link(id).await?), ""),
            Self::Withdraw => withdraw_invitation(id).await.map(|()| (None, "The invitation is taken back."))?,
            Self::ResetFactors => {
                reset_second_factors(id).await.map(|()| (None, "They sign in with their password alone."))?
            }
            Self::Disconnect => disconnect_person(id).await.map(|()| (None, "Single sign-on lets them in no more."))?,
            Self::EndSessions => end_sessions_of(id).await.map(|_| (None, "They are signed out everywhere."))?,
            Self::Disable => disable_person(id, true).await.map(|()| (None, "They are shut out."))?,
            Self::Enable => disable_person(id, false).await.map(|()| (None, "They can sign in again."))?,
        })
    }
}

#[component]
pub(super) fn ManageForm(
    person: PersonView,
    open: RwSignal<bool>,
    list: List,
    link: RwSignal<Option<NewLinkView>>,
) -> impl IntoView {
    let (confirm, toasts) = (use_confirm(), use_toasts());
    let id = person.id;
    let is_self = use_agent().is_some_and(|agent| agent.id == id);
    let name = RwSignal::new(person.name.clone());
    let given = Given::new(person.role.key, &person.scope);
    let deed = Deed::default();
    let act = move |act: Act| {
        deed.run(async move { confirm.run(|| act.go(id)).await }, move |(new, said)| {
            open.try_set(false);
            if new.is_some() {
                link.set(new);
            } else {
                toasts.push(Tone::Ok, said);
            }
            list.refetch();
        });
    };
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        let (called, role, scope) = (name.get_untracked(), given.role.get_untracked(), given.part.scope());
        let change = async move { confirm.run(|| change_person(id, called.clone(), role, scope.clone())).await };
        deed.run(change, move |()| {
            open.try_set(false);
            toasts.push(Tone::Ok, "Saved. It holds at once, in open pages too.");
            list.refetch();
        });
    };
    let acts = Act::of(&person, is_self)
        .into_iter()
        .map(|(one, label)| {
            let danger = matches!(one, Act::Disable | Act::Withdraw | Act::ResetFactors | Act::Disconnect);
            let class = if danger { "btn--sm btn--danger-quiet" } else { "btn--sm" };
            view! { <Button class on_click=Callback::new(move |_| act(one))>{label}</Button> }
        })
        .collect_view();
    let sessions = match person.sessions {
        0 => "Not signed in now.".to_owned(),
        1 => "Signed in with 1 browser.".to_owned(),
        many => format!("Signed in with {many} browsers."),
    };
    view! {
        <form on:submit=save>
            <DialogHead id="manage" title=person.name.clone() icon="user"><bdi>{person.username}</bdi></DialogHead>
            <div class="dialog__body stack">
                <Refused deed />
                <Field id="manage-name" label="Name">
                    <input
                        class="input" id="manage-name" autocomplete="off" maxlength="100" required
                        aria-describedby="manage-name-err" value=person.name
                        on:input:target=move |event| name.set(event.target().value())
                    />
                </Field>
                <GivenFields given list prefix="manage" />
                <p class="muted">{sessions}</p>
                <div class="person__acts">{acts}</div>
            </div>
            <DialogFoot open>
                <Button class="btn--primary" kind="submit" busy=deed.busy>"Save"</Button>
            </DialogFoot>
        </form>
    }
}
