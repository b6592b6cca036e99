//! What was learnt about the device and its model, in plain words.

use super::super::activity::moment;
use super::super::state::DeviceState;
use super::Protocol;
use super::api::forget_learnt;
use crate::clock::use_clock;
use crate::components::{Button, Deed, Icon, Tone, use_toasts};
use crate::session::may;
use leptos::prelude::*;
use model::Permission;
use model::protocol::Forget;

#[component]
pub fn Learnt(protocol: Protocol) -> impl IntoView {
    let device = protocol.part(|view| view.device.clone());
    let model = protocol.part(|view| view.model.clone());
    let empty = move |list: Memo<Option<Vec<String>>>| list.with(|list| list.as_ref().is_none_or(Vec::is_empty));
    let nothing = Memo::new(move |_| empty(device) && empty(model));
    view! {
        <section class="card" aria-labelledby="learnt-h">
            <div class="card__head card__head--line">
                <h2 id="learnt-h">"What was learnt"</h2>
                <span class="card__meta">"From faults and broken connections"</span>
            </div>
            <div class="card__body card__body--top stack stack--sm">
                <Show when=move || nothing.get()>
                    <p class="muted">"Nothing unusual: it is asked as the standard has it."</p>
                </Show>
                <Facts title="This router" list=device />
                <Facts title="Its model and firmware" list=model />
                <Pauses protocol />
                <Methods protocol />
                {may(Permission::DeviceManage).then(|| view! { <ForgetButtons protocol nothing /> })}
            </div>
        </section>
    }
}

#[component]
fn Facts(title: &'static str, list: Memo<Option<Vec<String>>>) -> impl IntoView {
    move || {
        list.get().filter(|list| !list.is_empty()).map(|list| {
            let items = list.into_iter().map(|fact| view! { <li><bdi>{fact}</bdi></li> }).collect_view();
            view! {
                <div>
                    <h3>{title}</h3>
                    <ul class="plainlist">{items}</ul>
                </div>
            }
        })
    }
}

/// What failed and is tried again later.
#[component]
fn Pauses(protocol: Protocol) -> impl IntoView {
    let clock = use_clock();
    let pauses = protocol.part(|view| view.pauses.clone());
    move || {
        pauses.get().filter(|pauses| !pauses.is_empty()).map(|pauses| {
            let items = pauses.into_iter().map(|pause| {
                let times = if pause.failures == 1 { "once".to_owned() } else { format!("{} times", pause.failures) };
                let next = moment(clock, pause.next_at);
                view! {
                    <li>
                        <bdi>{pause.what}</bdi>
                        {format!(" failed {times}; not tried again before {next}. ")}
                        <bdi class="muted">{pause.reason}</bdi>
                    </li>
                }
            });
            view! {
                <div>
                    <h3>"Waiting"</h3>
                    <ul class="plainlist">{items.collect_view()}</ul>
                </div>
            }
        })
    }
}

#[component]
fn Methods(protocol: Protocol) -> impl IntoView {
    let methods = protocol.part(|view| view.methods.clone());
    move || {
        methods.get().filter(|methods| !methods.is_empty()).map(|methods| {
            view! {
                <details class="details">
                    <summary>
                        <Icon name="chevron-right" />
                        {format!("It says that it has {} methods", methods.len())}
                    </summary>
                    <div class="mono"><bdi>{methods.join(", ")}</bdi></div>
                </details>
            }
        })
    }
}

#[component]
fn ForgetButtons(protocol: Protocol, nothing: Memo<bool>) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let toasts = use_toasts();
    let deed = Deed::default();
    let forget = move |what: Forget| {
        Callback::new(move |_| {
            let work = async move {
                let forgotten = forget_learnt(state.id.get_untracked(), what).await;
                protocol.loaded.refetch();
                state.device.refetch();
                forgotten
            };
            let done = move |()| toasts.push(Tone::Ok, "Forgotten. The router is asked in the usual way again.");
            deed.run_or(work, done, move |error| toasts.fail(error));
        })
    };
    view! {
        <Show when=move || !nothing.get()>
            <div class="btn-row">
                <Button class="btn--sm" icon="undo" busy=deed.busy on_click=forget(Forget::Device)>"Forget for this router"</Button>
                <Button class="btn--sm btn--ghost" busy=deed.busy on_click=forget(Forget::Model)>"Forget for its model, too"</Button>
            </div>
        </Show>
    }
}
