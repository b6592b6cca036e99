//! The dialog that a token is made in.

use super::{Tokens, create_my_token, create_token};
use crate::components::{
    Button, Deed, DialogFoot, DialogHead, Field, PartDraft, PartFields, PermissionChoices, Refused, ShownOnce,
    use_confirm,
};
use crate::pages::settings::roles::list_roles;
use crate::session::use_agent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::token::{NewTokenView, TOKEN_DAYS};
use model::{Permissions, Role, RoleKey, RoleView, Scope};

/// Roles that come with Lastmile; programs mostly have the first.
const ROLES: [Role; 6] = [
    Role::Integration,
    Role::ReadOnly,
    Role::Helpdesk,
    Role::SeniorHelpdesk,
    Role::RolloutManager,
    Role::Administrator,
];

/// `personal`: for the agent who asks; otherwise for a program of its own, with a role and a part of the fleet.
#[component]
pub fn Make(open: RwSignal<bool>, tokens: Tokens, personal: bool) -> impl IntoView {
    let own = use_agent().map(|agent| agent.role.permissions).unwrap_or_default();
    let name = RwSignal::new(String::new());
    let roles = RwSignal::new(ROLES.map(Role::view).to_vec());
    let role = RwSignal::new(RoleKey::from(Role::Integration));
    let days = RwSignal::new(TOKEN_DAYS.to_string());
    let whole = RwSignal::new(true);
    let chosen = RwSignal::new(Permissions::NONE);
    let part = PartDraft::of(&Scope::default());
    let made = RwSignal::new(None::<NewTokenView>);
    let deed = Deed::default();
    let confirm = use_confirm();
    if !personal {
        add_own_roles(roles);
    }
    let offered = Signal::derive(move || {
        let of_role = || roles.with(|roles| roles.iter().find(|one| one.key == role.get()).map(|one| one.permissions));
        if personal { own } else { of_role().unwrap_or_default() }
    });
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let permissions = (!whole.get_untracked()).then(|| chosen.get_untracked());
        let days = days.get_untracked().parse().ok();
        let (name, role, scope) = (name.get_untracked(), role.get_untracked(), part.scope());
        let make = async move {
            if personal {
                confirm.run(|| create_my_token(name.clone(), permissions, days.unwrap_or(TOKEN_DAYS))).await
            } else {
                confirm.run(|| create_token(name.clone(), role, permissions, scope.clone(), days)).await
            }
        };
        deed.run(make, move |token| {
            made.try_set(Some(token));
            tokens.refetch();
        });
    };
    let lives: &[(&str, &str)] = if personal {
        &[("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "A year")]
    } else {
        &[("30", "30 days"), ("90", "90 days"), ("365", "A year"), ("", "Until it is revoked")]
    };
    let of_a_program = move || {
        view! {
            <Field id="token-role" label="May do as">
                <select
                    class="select" id="token-role" aria-describedby="token-role-err"
                    prop:value=move || role.get().to_string()
                    on:change:target=move |event| {
                        if let Some(chosen) = RoleKey::parse(&event.target().value()) {
                            role.set(chosen);
                        }
                    }
                >
                    {move || {
                        let option = |one: RoleView| {
                            let selected = one.key == role.get_untracked();
                            view! { <option value=one.key.to_string() selected=selected>{one.name}</option> }
                        };
                        roles.get().into_iter().map(option).collect_view()
                    }}
                </select>
            </Field>
            <PartFields draft=part legend="Sees only" prefix="token" />
        }
    };
    let form = move || {
        view! {
            <form on:submit=go>
                <DialogHead id="token" title="New token" icon="key">"It is shown once, after it was made."</DialogHead>
                <div class="dialog__body">
                    <Refused deed />
                    {personal.then(|| view! { <p>"It may never do more than you may, and ends when you may not sign in any more."</p> })}
                    <Field id="token-name" label="What it is for">
                        <input
                            class="input" id="token-name" autocomplete="off" maxlength="100" aria-describedby="token-name-err"
                            prop:value=move || name.get()
                            on:input:target=move |event| name.set(event.target().value())
                        />
                    </Field>
                    {(!personal).then(of_a_program)}
                    <label class="check">
                        <input
                            type="checkbox" prop:checked=move || whole.get()
                            on:change=move |event| {
                                chosen.set(offered.get_untracked());
                                whole.set(event_target_checked(&event));
                            }
                        />
                        <span>{if personal { "All that you may" } else { "All that the role may" }}</span>
                    </label>
                    <Show when=move || !whole.get()>
                        <PermissionChoices chosen listed=offered given=own />
                    </Show>
                    <Field id="token-days" label="Is good for">
                        <select
                            class="select" id="token-days" aria-describedby="token-days-err"
                            prop:value=move || days.get()
                            on:change:target=move |event| days.set(event.target().value())
                        >
                            {lives
                                .iter()
                                .map(|(value, label)| view! { <option value=*value selected=*value == "90">{*label}</option> })
                                .collect_view()}
                        </select>
                    </Field>
                </div>
                <DialogFoot open>
                    <Button class="btn--primary" kind="submit" busy=deed.busy>"Make the token"</Button>
                </DialogFoot>
            </form>
        }
    };
    view! {
        {move || match made.get() {
            None => form().into_any(),
            Some(new) => view! {
                <ShownOnce open id="token" title="The new token" label="token" secret=new.secret>
                    "Copy it now: it is not shown again. Keep it like a password."
                </ShownOnce>
            }
            .into_any(),
        }}
    }
}

/// Those that an operator made come when they are known.
fn add_own_roles(roles: RwSignal<Vec<RoleView>>) {
    spawn_local(async move {
        // Without them the others can be chosen all the same.
        if let Ok(known) = list_roles().await {
            let own = known.into_iter().map(|used| used.role).filter(|role| matches!(role.key, RoleKey::Own(_)));
            roles.try_update(|roles| roles.extend(own));
        }
    });
}
