//! What an operator decided about the device, as a form.

use super::super::state::DeviceState;
use super::Protocol;
use super::api::decide_protocol;
use crate::components::{Button, Deed, Field, Refused, Tone, use_toasts};
use crate::session::may;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use model::Permission;
use model::device::{BooleanWords, Overrides};

type Draft = RwSignal<Overrides>;

#[component]
pub fn Decisions(protocol: Protocol) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let toasts = use_toasts();
    let kept = protocol.part(|view| view.overrides.clone());
    let draft: Draft = RwSignal::new(kept.get_untracked().unwrap_or_default());
    // Another device, or someone else's decision: what is typed here gives way only if nothing was typed.
    Effect::new(move |before: Option<Option<Overrides>>| {
        let now = kept.get();
        let untouched = before.flatten().is_none_or(|before| draft.get_untracked() == before);
        if let Some(now) = now.clone().filter(|_| untouched) {
            draft.set(now);
        }
        now
    });
    let allowed = may(Permission::DeviceManage);
    let deed = Deed::default();
    let changed = Memo::new(move |_| kept.with(|kept| kept.as_ref() != Some(&draft.get())));
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        let overrides = draft.get_untracked();
        if let Err(rule) = overrides.check() {
            deed.refuse(rule);
            return;
        }
        let work = async move {
            let decided = decide_protocol(state.id.get_untracked(), overrides).await;
            protocol.loaded.refetch();
            decided
        };
        deed.run(work, move |()| toasts.push(Tone::Ok, "Saved. It counts from the router's next session."));
    };
    view! {
        <section class="card" aria-labelledby="decided-h">
            <div class="card__head card__head--line">
                <h2 id="decided-h">"Decided for this router"</h2>
                <span class="card__meta">"Wins over what was learnt"</span>
            </div>
            <form class="card__body card__body--top stack stack--sm" on:submit=save>
                <fieldset class="decisions" disabled=!allowed>
                    <legend class="sr-only">"How to talk with this router"</legend>
                    <Reading draft />
                    <Writing draft />
                    <Limits draft />
                    <Tolerances draft />
                </fieldset>
                <Refused deed />
                {if allowed {
                    view! {
                        <div class="btn-row">
                            <Button
                                class="btn--primary"
                                kind="submit"
                                busy=deed.busy
                                disabled=Signal::derive(move || !changed.get())
                            >
                                "Save"
                            </Button>
                            <Button
                                class="btn--ghost"
                                disabled=Signal::derive(move || draft.with(Overrides::is_empty))
                                on_click=Callback::new(move |_| draft.set(Overrides::default()))
                            >
                                "Decide nothing"
                            </Button>
                        </div>
                    }
                        .into_any()
                } else {
                    view! { <p class="muted">"Your role does not allow changes here."</p> }.into_any()
                }}
            </form>
        </section>
    }
}

/// A choice of three for something that may be left open.
fn three(
    draft: Draft,
    id: &'static str,
    label: &'static str,
    words: [&'static str; 3],
    get: fn(&Overrides) -> Option<bool>,
    set: fn(&mut Overrides, Option<bool>),
) -> impl IntoView {
    let value = move || match draft.with(get) {
        None => "",
        Some(true) => "yes",
        Some(false) => "no",
    };
    let choose = move |text: String| {
        let chosen = match text.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        draft.update(|draft| set(draft, chosen));
    };
    view! {
        <Field id label>
            <select
                class="select"
                id=id
                prop:value=value
                on:change:target=move |event| choose(event.target().value())
            >
                <option value="" selected=move || value().is_empty()>{words[0]}</option>
                <option value="yes" selected=move || value() == "yes">{words[1]}</option>
                <option value="no" selected=move || value() == "no">{words[2]}</option>
            </select>
        </Field>
    }
}

fn tick(
    draft: Draft,
    label: &'static str,
    small: &'static str,
    get: fn(&Overrides) -> bool,
    set: fn(&mut Overrides, bool),
) -> impl IntoView {
    view! {
        <label class="check">
            <input
                type="checkbox"
                checked=draft.with_untracked(get)
                prop:checked=move || draft.with(get)
                on:change:target=move |event| {
                    let checked = event.target().checked();
                    draft.update(|draft| set(draft, checked));
                }
            />
            <span>{label} <small>{small}</small></span>
        </label>
    }
}

/// A line of text that is taken as it is typed, so that it can be saved at once. What is typed stays as typed as long
/// as it means what is in the draft.
fn typed(
    draft: Draft,
    id: &'static str,
    label: &'static str,
    class: &'static str,
    placeholder: &'static str,
    show: impl Fn(&Overrides) -> String + Copy + Send + Sync + 'static,
    take: impl Fn(&mut Overrides, &str) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let text = RwSignal::new(draft.with_untracked(show));
    Effect::new(move |_| {
        draft.with(|draft| {
            let mut meant = draft.clone();
            text.with_untracked(|text| take(&mut meant, text));
            if meant != *draft {
                text.set(show(draft));
            }
        });
    });
    view! {
        <Field id label>
            <input
                class=class
                id=id
                autocomplete="off"
                spellcheck="false"
                placeholder=placeholder
                value=text.get_untracked()
                prop:value=text
                on:input:target=move |event| {
                    text.set(event.target().value());
                    draft.update(|draft| text.with_untracked(|text| take(draft, text)));
                }
            />
        </Field>
    }
}

/// A number that may be left open. What is no number counts as 0, which is refused with the rule.
fn number(
    draft: Draft,
    id: &'static str,
    label: &'static str,
    get: fn(&Overrides) -> Option<u32>,
    set: fn(&mut Overrides, Option<u32>),
) -> impl IntoView {
    let show = move |draft: &Overrides| get(draft).map(|number| number.to_string()).unwrap_or_default();
    let take = move |draft: &mut Overrides, text: &str| {
        set(draft, (!text.trim().is_empty()).then(|| text.trim().parse().unwrap_or(0)));
    };
    typed(draft, id, label, "input", "As usual", show, take)
}

#[component]
fn Reading(draft: Draft) -> impl IntoView {
    const WORDS: [&str; 3] = ["As learnt", "Yes", "No"];
    view! {
        <div class="decisions__group" role="group" aria-labelledby="dec-reading">
            <h3 id="dec-reading">"Reading"</h3>
            {three(
                draft,
                "dec-deep",
                "Ask for all names at once",
                WORDS,
                |o| o.deep_names,
                |o, value| o.deep_names = value,
            )}
            {three(
                draft,
                "dec-partial",
                "Ask for the values of whole groups",
                WORDS,
                |o| o.partial_paths,
                |o, value| o.partial_paths = value,
            )}
            {three(
                draft,
                "dec-root",
                "Ask for the root by an empty path",
                WORDS,
                |o| o.empty_path,
                |o, value| o.empty_path = value,
            )}
            {number(
                draft,
                "dec-batch",
                "Values in one request, at most",
                |o| o.batch.map(u32::from),
                |o, value| o.batch = value.map(|value| u16::try_from(value).unwrap_or(u16::MAX)),
            )}
        </div>
    }
}

#[component]
fn Writing(draft: Draft) -> impl IntoView {
    view! {
        <div class="decisions__group" role="group" aria-labelledby="dec-writing">
            <h3 id="dec-writing">"Writing"</h3>
            {three(
                draft,
                "dec-bool",
                "Yes and no are written",
                ["As given", "true, false", "1, 0"],
                |o| o.booleans.map(|words| words == BooleanWords::Words),
                |o, value| {
                    o.booleans = value.map(|words| if words { BooleanWords::Words } else { BooleanWords::Digits });
                },
            )}
            {three(
                draft,
                "dec-millis",
                "Milliseconds in times",
                ["As given", "Always", "Never"],
                |o| o.milliseconds,
                |o, value| o.milliseconds = value,
            )}
            {tick(
                draft,
                "Begin messages with <?xml …?>",
                "A few fail without it, others with it.",
                |o| o.declaration,
                |o, value| o.declaration = value,
            )}
            {tick(
                draft,
                "End sessions with an empty 200",
                "Instead of 204.",
                |o| o.empty_as_200,
                |o, value| o.empty_as_200 = value,
            )}
            {tick(
                draft,
                "Change read-only settings, too",
                "For routers that call settings read-only which they do change.",
                |o| o.skip_writable_check,
                |o, value| o.skip_writable_check = value,
            )}
        </div>
    }
}

#[component]
fn Limits(draft: Draft) -> impl IntoView {
    let methods = |draft: &Overrides| draft.methods_off.iter().cloned().collect::<Vec<_>>().join(", ");
    let take = |draft: &mut Overrides, text: &str| {
        let names = text.split([',', ' ', ';']).map(str::trim).filter(|name| !name.is_empty());
        draft.methods_off = names.map(str::to_owned).collect();
    };
    view! {
        <div class="decisions__group" role="group" aria-labelledby="dec-limits">
            <h3 id="dec-limits">"Limits"</h3>
            {number(
                draft,
                "dec-rpcs",
                "Requests in one session, at most",
                |o| o.max_rpcs,
                |o, value| o.max_rpcs = value,
            )}
            {typed(
                draft,
                "dec-methods",
                "Methods never to send",
                "input mono",
                "GetOptions, Upload",
                methods,
                take,
            )}
        </div>
    }
}

#[component]
fn Tolerances(draft: Draft) -> impl IntoView {
    view! {
        <div class="decisions__group" role="group" aria-labelledby="dec-auth">
            <h3 id="dec-auth">"Signing in"</h3>
            {tick(
                draft,
                "Accept digest without qop",
                "The old form of RFC 2069, and an empty uri.",
                |o| o.digest_without_qop,
                |o, value| o.digest_without_qop = value,
            )}
            {tick(
                draft,
                "Accept a repeated nonce count",
                "For routers that always send 00000001.",
                |o| o.digest_repeated_nc,
                |o, value| o.digest_repeated_nc = value,
            )}
            {tick(
                draft,
                "Answer Basic when calling it",
                "The password for calls then goes over the line readable.",
                |o| o.basic_calls,
                |o, value| o.basic_calls = value,
            )}
        </div>
    }
}
