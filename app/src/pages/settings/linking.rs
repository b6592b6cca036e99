//! `/settings/linking`: by which values routers find their subscribers.

use crate::PortalError;
use crate::components::{Button, Deed, ErrorView, Field, Refused, Skeleton, Tone, use_toasts};
use crate::session::may;
use crate::unsent::{Kept, keep_fields};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
use model::Permission;
use model::subscriber::LinkRules;

#[server(name = LinkRulesFn, prefix = "/fn", endpoint = "links/rules", input = Json)]
pub async fn link_rules() -> Result<LinkRules, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.link_rules(&actor).await?)
}

#[server(prefix = "/fn", endpoint = "links/rules/set", input = Json)]
pub async fn set_link_rules(rules: LinkRules) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.set_link_rules(&actor, rules).await?)
}

#[component]
pub fn LinkingPage() -> impl IntoView {
    let rules = Resource::new_blocking(|| (), |()| link_rules());
    view! {
        <Title text="Links between routers and subscribers" />
        <main class="main" id="main">
            <div class="pagehead"><h1>"Links between routers and subscribers"</h1></div>
            <Transition fallback=|| view! { <div class="card"><Skeleton lines=6 /></div> }>
                {move || {
                    rules
                        .get()
                        .map(|rules| match rules {
                            Err(error) => view! { <div class="card"><ErrorView error /></div> }.into_any(),
                            Ok(rules) => view! { <Form rules /> }.into_any(),
                        })
                }}
            </Transition>
        </main>
    }
}

#[component]
fn Form(rules: LinkRules) -> impl IntoView {
    let toasts = use_toasts();
    let draft = RwSignal::new(rules);
    let kept = Kept::new(
        "rules",
        move || draft.with(|rules| serde_json::to_string(rules).unwrap_or_default()),
        move |text| {
            if let Ok(rules) = serde_json::from_str(&text) {
                draft.set(rules);
            }
        },
    );
    let unsent = keep_fields("link rules", vec![kept]);
    let deed = Deed::default();
    let may_write = may(Permission::SettingsWrite);
    let problem = Signal::derive(move || draft.with(LinkRules::problem).map(PortalError::from));
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if problem.get_untracked().is_some() {
            return;
        }
        let leaving = unsent.leaving();
        deed.run(set_link_rules(draft.get_untracked()), move |()| {
            leaving.sent();
            toasts.push(Tone::Ok, "Saved. All routers are looked at in the background.");
        });
    };
    let check = move |label: &'static str, read: fn(&mut LinkRules) -> &mut bool| {
        let on = move || *read(&mut draft.get());
        view! {
            <label class="check">
                <input
                    type="checkbox" checked=untrack(on) prop:checked=on disabled=!may_write
                    on:change:target=move |event| draft.update(|rules| *read(rules) = event.target().checked())
                />
                <span>{label}</span>
            </label>
        }
    };
    view! {
        <form class="card card--form" on:submit=go>
            <div class="card__body card__body--top stack">
                <p>
                    "A router is held against these rules when it appears, when one of the values changes, and when a subscriber is created or changed. A router that fits to several subscribers is linked to none, and its timeline says so. What a person linked or unlinked is left alone."
                </p>
                {check("Its serial number is among the subscriber's", |rules| &mut rules.serial)}
                {check("Its provisioning code has the account", |rules| &mut rules.provisioning_code)}
                <Field
                    id="pattern" label="Where the account stands in the code" error=problem
                    hint=Signal::stored("{account} with what is around it; * is anything. Such as ISP-{account}-*".to_owned())
                >
                    <input
                        class="input mono" id="pattern" autocomplete="off" spellcheck="false" maxlength="100" disabled=!may_write
                        aria-describedby="pattern-hint pattern-err"
                        aria-invalid=move || problem.with(Option::is_some).then_some("true")
                        value=draft.with_untracked(|rules| rules.pattern.clone())
                        prop:value=move || draft.with(|rules| rules.pattern.clone())
                        on:input:target=move |event| draft.update(|rules| rules.pattern = event.target().value())
                    />
                </Field>
                {check("Its PPP user is the subscriber's PPP user, or the account", |rules| &mut rules.ppp_user)}
                {check("What follows the @ of a PPP user does not count", |rules| &mut rules.strip_realm)}
                <Refused deed />
            </div>
            {may_write
                .then(|| {
                    view! {
                        <div class="card__foot">
                            <a class="btn" href="/settings">"Back"</a>
                            <Button class="btn--primary" kind="submit" busy=deed.busy>"Save"</Button>
                        </div>
                    }
                })}
        </form>
    }
}
