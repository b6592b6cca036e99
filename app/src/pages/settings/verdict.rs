//! The rules of the verdict: what each looks at, why, and from when on.
#![allow(clippy::unused_async, reason = "a server function is async, whatever it does")]

use crate::PortalError;
use crate::components::{Banner, Button, Deed, ErrorView, Skeleton, Tone, use_toasts};
use crate::session::may;
use crate::unsent::{Kept, keep_fields};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
use model::Permission;
use model::verdict::{Decision, Decisions, RULES, Rule};

#[server(prefix = "/fn", endpoint = "settings/verdict", input = Json)]
pub async fn load_rules() -> Result<Decisions, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.verdict_rules(&actor)?)
}

#[server(prefix = "/fn", endpoint = "settings/verdict/decide", input = Json)]
pub async fn decide_rules(decisions: Decisions) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.decide_verdict(&actor, decisions).await?)
}

/// What is typed for one rule.
#[derive(Clone, Copy)]
struct Draft {
    rule: &'static Rule,
    on: RwSignal<bool>,
    limit: RwSignal<String>,
}

impl Draft {
    fn new(rule: &'static Rule, decisions: &Decisions) -> Self {
        let kept = decisions.0.get(rule.id);
        let limit = kept.and_then(|kept| kept.limit).unwrap_or(rule.limit);
        Self { rule, on: RwSignal::new(kept.is_none_or(|kept| kept.on)), limit: RwSignal::new(limit.to_string()) }
    }

    /// Whether the rule has a limit at all.
    fn has_limit(&self) -> bool {
        !self.rule.unit.is_empty()
    }

    /// The decision; `None` if it is as the product has it. The error says what is wrong.
    fn decision(&self) -> Result<Option<Decision>, String> {
        let typed = self.limit.get().trim().replace(',', ".").replace('−', "-");
        let limit: f64 = typed.parse().map_err(|_| format!("“{}”: a number.", self.rule.label))?;
        let limit = Some(limit).filter(|limit| (limit - self.rule.limit).abs() > 1e-9);
        let on = self.on.get();
        Ok((!on || limit.is_some()).then_some(Decision { on, limit }))
    }
}

/// `/settings/verdict`
#[component]
pub fn VerdictRulesPage() -> impl IntoView {
    let rules = Resource::new_blocking(|| (), |()| load_rules());
    let page = move || match rules.get() {
        None => ().into_any(),
        Some(Err(error)) => view! { <section class="card"><ErrorView error /></section> }.into_any(),
        Some(Ok(decisions)) => view! { <Rules decisions /> }.into_any(),
    };
    view! {
        <Title text="Verdict rules" />
        <main class="main" id="main">
            <header class="pagehead">
                <h1>"Verdict rules"</h1>
            </header>
            <Transition fallback=|| view! { <Skeleton lines=10 /> }>{page}</Transition>
        </main>
    }
}

#[component]
fn Rules(decisions: Decisions) -> impl IntoView {
    let toasts = use_toasts();
    let drafts: Vec<Draft> = RULES.iter().map(|rule| Draft::new(rule, &decisions)).collect();
    let fields = drafts.iter().flat_map(|draft| {
        [Kept::flag(format!("{} on", draft.rule.id), draft.on), Kept::text(draft.rule.id, draft.limit)]
    });
    let unsent = keep_fields("verdict rules", fields.collect());
    let drafts = StoredValue::new(drafts);
    let kept = RwSignal::new(decisions);
    let wanted = Memo::new(move |_| {
        let mut wanted = Decisions::default();
        for draft in drafts.get_value() {
            if let Some(decision) = draft.decision()? {
                wanted.0.insert(draft.rule.id.to_owned(), decision);
            }
        }
        wanted.check().map(|()| wanted)
    });
    let problem = move || wanted.with(|wanted| wanted.as_ref().err().cloned());
    let changed = Memo::new(move |_| wanted.with(|wanted| wanted.as_ref().is_ok_and(|wanted| *wanted != kept.get())));
    let deed = Deed::default();
    let save = Callback::new(move |_| {
        let Ok(decisions) = wanted.get_untracked() else { return };
        let leaving = unsent.leaving();
        let decided = move |decisions| {
            leaving.sent();
            kept.try_set(decisions);
            toasts.push(Tone::Ok, "The rules count from now on.");
        };
        let decide = async move { decide_rules(decisions.clone()).await.map(|()| decisions) };
        deed.run_or(decide, decided, move |error| toasts.fail(error));
    });
    let back = Callback::new(move |_| {
        for draft in drafts.get_value() {
            draft.on.set(true);
            draft.limit.set(draft.rule.limit.to_string());
        }
    });
    let editable = may(Permission::SettingsWrite);
    view! {
        <div class="stack">
            <section class="table-card" aria-label="Rules">
                <div class="table-scroll">
                    <table class="table stackable">
                        <thead>
                            <tr>
                                <th scope="col">"Rule"</th>
                                <th scope="col">"Part"</th>
                                <th scope="col" class="num">"Limit"</th>
                                <th scope="col">"In use"</th>
                            </tr>
                        </thead>
                        <tbody>
                            {drafts.get_value().into_iter().map(|draft| view! { <Line draft editable /> }).collect_view()}
                        </tbody>
                    </table>
                </div>
            </section>
            {move || problem().map(|problem| view! { <Banner tone=Tone::Bad><p>{problem}</p></Banner> })}
            {editable
                .then(|| {
                    view! {
                        <div class="btn-row">
                            <Button
                                class="btn--primary"
                                icon="check"
                                busy=deed.busy
                                disabled=Signal::derive(move || !changed.get())
                                on_click=save
                            >
                                "Save"
                            </Button>
                            <Button icon="undo" on_click=back>"Back to the product's"</Button>
                        </div>
                    }
                })}
        </div>
    }
}

#[component]
fn Line(draft: Draft, editable: bool) -> impl IntoView {
    let rule = draft.rule;
    let id = format!("limit-{}", rule.id);
    let limit = if draft.has_limit() {
        view! {
            <span class="rule-limit">
                <input
                    class="input input--short"
                    id=id
                    inputmode="decimal"
                    autocomplete="off"
                    aria-label=format!("{}, in {}", rule.label, rule.unit)
                    disabled=!editable
                    prop:value=move || draft.limit.get()
                    value=draft.limit.get_untracked()
                    on:input:target=move |event| draft.limit.set(event.target().value())
                />
                <span>{rule.unit}</span>
            </span>
        }
        .into_any()
    } else {
        view! { <span class="muted">"–"</span> }.into_any()
    };
    view! {
        <tr>
            <th scope="row" class="wrap">
                {rule.label}
                <p class="muted about">{rule.why}</p>
            </th>
            <td data-label="Part">{rule.cause.label()}</td>
            <td class="num slot-end" data-label="Limit">{limit}</td>
            <td data-label="In use">
                <label class="inline">
                    <input
                        class="switch"
                        type="checkbox"
                        role="switch"
                        aria-label=format!("Use: {}", rule.label)
                        disabled=!editable
                        prop:checked=move || draft.on.get()
                        checked=draft.on.get_untracked()
                        on:change:target=move |event| draft.on.set(event.target().checked())
                    />
                    {move || if draft.on.get() { "Used" } else { "Off" }}
                </label>
            </td>
        </tr>
    }
}
