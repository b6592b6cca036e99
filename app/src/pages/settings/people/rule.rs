//! Who needs a second factor.

use super::List;
use crate::PortalError;
use crate::components::{Button, Deed, Refused, Tone, use_confirm, use_toasts};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::person::SecondFactorRule;
use model::{Role, RoleKey, RoleView};

#[server(prefix = "/fn", endpoint = "people/rule/set", input = Json)]
pub async fn set_second_factor_rule(rule: SecondFactorRule) -> Result<(), PortalError> {
    let actor = crate::ssr::confirmed_actor()?;
    Ok(crate::ssr::acs()?.set_second_factor_rule(&actor, &rule).await?)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Nobody,
    Roles,
    Everybody,
}

#[component]
pub(super) fn RuleCard(rule: SecondFactorRule, roles: Vec<RoleView>, list: List) -> impl IntoView {
    let (confirm, toasts) = (use_confirm(), use_toasts());
    let (who, named) = match rule {
        SecondFactorRule::Nobody => (Who::Nobody, Vec::new()),
        SecondFactorRule::Roles(roles) => (Who::Roles, roles),
        SecondFactorRule::Everybody => (Who::Everybody, Vec::new()),
    };
    let (who, named) = (RwSignal::new(who), RwSignal::new(named));
    let deed = Deed::default();
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        let rule = match who.get_untracked() {
            Who::Roles if named.with_untracked(|named| !named.is_empty()) => {
                SecondFactorRule::Roles(named.get_untracked())
            }
            Who::Nobody | Who::Roles => SecondFactorRule::Nobody,
            Who::Everybody => SecondFactorRule::Everybody,
        };
        let work = async move { confirm.run(|| set_second_factor_rule(rule.clone())).await };
        deed.run(work, move |()| {
            toasts.push(Tone::Ok, "Saved. It holds from the next sign-in on.");
            list.refetch();
        });
    };
    let choice = move |one: Who, label: &'static str| {
        view! {
            <label class="check">
                <input
                    type="radio" name="second-factor" checked=who.get_untracked() == one prop:checked=move || who.get() == one
                    on:change=move |_| who.set(one)
                />
                <span>{label}</span>
            </label>
        }
    };
    let people = roles.into_iter().filter(|role| role.key != RoleKey::from(Role::Integration));
    let people: Vec<_> = people.map(|role| (role.key, role.name)).collect();
    let boxes = move || {
        let one = |(key, name): (RoleKey, String)| {
            view! {
                <label class="check">
                    <input
                        type="checkbox" prop:checked=move || named.with(|named| named.contains(&key))
                        on:change:target=move |event| {
                            let on = event.target().checked();
                            named.update(|named| {
                                named.retain(|known| *known != key);
                                if on {
                                    named.push(key);
                                }
                            });
                        }
                    />
                    <span><bdi>{name}</bdi></span>
                </label>
            }
        };
        (who.get() == Who::Roles).then(|| {
            view! {
                <fieldset class="stack stack--sm">
                    <legend class="sr-only">"Which roles"</legend>
                    {people.clone().into_iter().map(one).collect_view()}
                </fieldset>
            }
        })
    };
    view! {
        <section class="card" aria-labelledby="rule-h">
            <div class="card__head"><h2 id="rule-h">"Who needs a second factor"</h2></div>
            <form class="card__body stack" on:submit=go>
                <Refused deed />
                <fieldset class="stack stack--sm">
                    <legend class="sr-only">"Who"</legend>
                    {choice(Who::Nobody, "Nobody has to; everybody may")}
                    {choice(Who::Roles, "Some roles")}
                    {choice(Who::Everybody, "Everybody")}
                </fieldset>
                {boxes}
                <p class="muted">"Whoever has none sets one up at the next sign-in."</p>
                <div><Button kind="submit" class="only-hydrated" busy=deed.busy>"Save"</Button></div>
            </form>
        </section>
    }
}
