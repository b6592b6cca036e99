//! The dialog that a token is made in.

use super::{Tokens, create_my_token, create_token};
use crate::PortalError;
use crate::components::{Banner, CopyButton, DialogFoot, DialogHead, Field, Tone, use_confirm};
use crate::session::use_agent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::token::{NewTokenView, TOKEN_DAYS};
use model::{Permission, Permissions, Role, RoleKey, Scope};

/// Roles that are offered; programs mostly have the first.
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
    let role = RwSignal::new(Role::Integration);
    let days = RwSignal::new(TOKEN_DAYS.to_string());
    let whole = RwSignal::new(true);
    let chosen = RwSignal::new(Permissions::NONE);
    let (regions, partners, tags) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let made = RwSignal::new(None::<NewTokenView>);
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<PortalError>));
    let confirm = use_confirm();
    let offered = move || if personal { own } else { role.get().permissions() };
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        refused.set(None);
        let permissions = (!whole.get_untracked()).then(|| chosen.get_untracked());
        let days = days.get_untracked().parse().ok();
        let scope = Scope {
            regions: values(&regions.get_untracked()),
            partners: values(&partners.get_untracked()),
            tags: values(&tags.get_untracked()),
        };
        spawn_local(async move {
            let name = name.get_untracked();
            let done = if personal {
                confirm.run(|| create_my_token(name.clone(), permissions, days.unwrap_or(TOKEN_DAYS))).await
            } else {
                let role = RoleKey::BuiltIn(role.get_untracked());
                confirm.run(|| create_token(name.clone(), role, permissions, scope.clone(), days)).await
            };
            match done {
                Ok(token) => {
                    made.try_set(Some(token));
                    tokens.refetch();
                }
                Err(error) => {
                    refused.try_set(Some(error));
                }
            }
            busy.try_set(false);
        });
    };
    let lives: &[(&str, &str)] = if personal {
        &[("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "A year")]
    } else {
        &[("30", "30 days"), ("90", "90 days"), ("365", "A year"), ("", "Until it is revoked")]
    };
    let check = move |permission: Permission| {
        view! {
            <label class="check">
                <input
                    type="checkbox" prop:checked=move || chosen.get().contains(permission)
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        chosen.update(|set| *set = if on { set.with(permission) } else { set.without(permission) });
                    }
                />
                <span>{permission.label()}</span>
            </label>
        }
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
    let of_a_program = move || {
        view! {
            <Field id="token-role" label="May do as">
                <select
                    class="select" id="token-role" aria-describedby="token-role-err"
                    prop:value=move || role.get().as_str()
                    on:change:target=move |event| {
                        if let Some(chosen) = Role::parse(&event.target().value()) {
                            role.set(chosen);
                        }
                    }
                >
                    {ROLES
                        .map(|one| view! { <option value=one.as_str() selected=one == Role::Integration>{one.label()}</option> })
                        .collect_view()}
                </select>
            </Field>
            {text("token-regions", "Regions, with commas between them; empty: all", regions)}
            {text("token-partners", "Partners, the same", partners)}
            {text("token-tags", "Tags of subscribers, the same", tags)}
        }
    };
    let form = move || {
        view! {
            <form on:submit=go>
                <DialogHead id="token" title="New token" icon="key">"It is shown once, after it was made."</DialogHead>
                <div class="dialog__body">
                    {move || refused.get().map(|error| view! { <Banner tone=Tone::Bad><p>{error.to_string()}</p></Banner> })}
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
                                chosen.set(offered());
                                whole.set(event_target_checked(&event));
                            }
                        />
                        <span>{if personal { "All that you may" } else { "All that the role may" }}</span>
                    </label>
                    <Show when=move || !whole.get()>
                        <fieldset class="stack">
                            <legend>"May"</legend>
                            {move || offered().iter().map(check).collect_view()}
                        </fieldset>
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
                    <button class="btn btn--primary" type="submit" aria-disabled=move || busy.get().then_some("true")>"Make the token"</button>
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
                    <DialogHead id="token" title="The new token" tone=Tone::Warn icon="key">
                        "Copy it now: it is not shown again. Keep it like a password."
                    </DialogHead>
                    <div class="dialog__body">
                        <p class="well mono"><CopyButton text=secret.clone() label="token" shown=secret /></p>
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
