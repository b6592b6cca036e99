//! What can be done with the selected devices of a page.

use super::List;
use super::api::decide_enrolment;
use crate::components::{Button, Icon, Tone, use_toasts};
use crate::frame::use_desk;
use crate::pages::device::create_task;
use crate::session::may;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::Permission;
use model::desk::Target;
use model::device::Enrolment;
use model::task::TaskKind;
use std::collections::BTreeSet;

/// Appears as soon as a row is selected; says how many are.
#[component]
pub fn BulkBar() -> impl IntoView {
    let list = expect_context::<List>();
    let count = Memo::new(move |_| list.selected.with(BTreeSet::len));
    let clear = move |_| list.selected.update(BTreeSet::clear);
    view! {
        <Show when=move || { count.get() > 0 }>
            <div class="bulkbar" role="region" aria-label="Selected devices">
                <b role="status">{move || format!("{} selected", count.get())}</b>
                <span class="bulkbar__sep"></span>
                <PinSelected />
                {may(Permission::DeviceRefresh).then(|| view! { <RefreshSelected /> })}
                {may(Permission::DeviceManage).then(|| view! { <DecideOnSelected /> })}
                <button class="btn btn--sm btn--icon" type="button" aria-label="Clear selection" on:click=clear>
                    <Icon name="x" />
                </button>
            </div>
        </Show>
    }
}

#[component]
fn PinSelected() -> impl IntoView {
    let list = expect_context::<List>();
    let desk = use_desk();
    let click = Callback::new(move |_| {
        let targets = list.selected.get_untracked().into_iter().map(Target::Device).collect();
        desk.pin(targets, true);
        list.selected.update(BTreeSet::clear);
    });
    view! { <Button class="btn--sm" icon="pin" on_click=click>"Pin"</Button> }
}

#[component]
fn RefreshSelected() -> impl IntoView {
    let list = expect_context::<List>();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let click = Callback::new(move |_| {
        let devices = list.selected.get_untracked();
        busy.set(true);
        spawn_local(async move {
            let (mut asked, mut failed) = (0_usize, None);
            for device in devices {
                match create_task(device, TaskKind::Refresh { paths: Vec::new() }).await {
                    Ok(_) => asked += 1,
                    Err(error) => failed = Some(error),
                }
            }
            busy.try_set(false);
            if let Some(error) = failed {
                toasts.push(Tone::Bad, format!("{asked} of the devices were asked for fresh values. {error}"));
            } else {
                toasts.push(Tone::Info, format!("{} asked for fresh values.", devices_words(asked)));
                list.selected.try_update(BTreeSet::clear);
            }
        });
    });
    view! {
        <Button class="btn--sm" icon="refresh" busy on_click=click>
            {move || if busy.get() { "Asking" } else { "Refresh" }}
        </Button>
    }
}

/// Approve and Refuse, where the list is of devices that are not approved.
#[component]
fn DecideOnSelected() -> impl IntoView {
    let list = expect_context::<List>();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let decide = move |state: Enrolment| {
        let devices: Vec<_> = list.selected.get_untracked().into_iter().collect();
        busy.set(true);
        spawn_local(async move {
            let decided = decide_enrolment(devices, state).await;
            busy.try_set(false);
            match decided {
                Ok(count) => {
                    toasts.push(Tone::Ok, format!("{} {}.", devices_words(count as usize), decided_word(state)));
                    list.selected.try_update(BTreeSet::clear);
                    list.page.refetch();
                    list.counts.refetch();
                }
                Err(error) => toasts.push(Tone::Bad, error.to_string()),
            }
        });
    };
    let of = move |state| list.query.with(|query| query.filter.enrolment == Some(state));
    let (waiting, refused) = (move || of(Enrolment::Quarantined), move || of(Enrolment::Refused));
    view! {
        <Show when=move || waiting() || refused()>
            <Button
                class="btn--sm btn--primary"
                icon="check"
                busy
                on_click=Callback::new(move |_| decide(Enrolment::Approved))
            >
                "Approve"
            </Button>
        </Show>
        <Show when=waiting>
            <Button class="btn--sm" icon="x-circle" busy on_click=Callback::new(move |_| decide(Enrolment::Refused))>
                "Refuse"
            </Button>
        </Show>
    }
}

fn decided_word(state: Enrolment) -> &'static str {
    match state {
        Enrolment::Approved => "approved",
        Enrolment::Quarantined => "put on hold",
        Enrolment::Refused => "refused",
    }
}

fn devices_words(count: usize) -> String {
    if count == 1 { "One device".to_owned() } else { format!("{count} devices") }
}
