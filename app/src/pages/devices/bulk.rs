//! What can be done with the selected devices, or with all that match.

mod order;
mod progress;

pub use progress::Progress;

use super::List;
use super::api::decide_enrolment;
use crate::components::{Button, Deed, Icon, Tone, use_toasts};
use crate::frame::use_desk;
use crate::locale::grouped;
use crate::session::may;
use leptos::prelude::*;
use model::Permission;
use model::bulk::{BULK_MAX, BulkKind};
use model::desk::Target;
use model::device::Enrolment;
use model::page::Count;
use order::{Order, OrderDialog};
use std::collections::BTreeSet;

/// Appears as soon as a row is selected; says how many are.
#[component]
pub fn BulkBar() -> impl IntoView {
    let list = expect_context::<List>();
    let count = Memo::new(move |_| list.selected.with(BTreeSet::len));
    let order = Order::new(list);
    let matching = Memo::new(move |_| list.counts.get().and_then(Result::ok).map(|counts| counts.matching));
    let said = move || match (list.everything.get(), matching.get()) {
        (true, Some(Count::Exact(all))) => format!("All {} that match", grouped(all)),
        (true, _) => "All that match".to_owned(),
        (false, _) => format!("{} selected", count.get()),
    };
    let clear = move |_| {
        list.everything.set(false);
        list.selected.update(BTreeSet::clear);
    };
    let few = move || !list.everything.get();
    view! {
        <Show when=move || { count.get() > 0 }>
            <div class="bulkbar" role="region" aria-label="Selected devices">
                <b role="status">{said}</b>
                <SelectEverything matching />
                <span class="bulkbar__sep"></span>
                <Show when=few>
                    <PinSelected />
                </Show>
                {[(BulkKind::Refresh, "refresh"), (BulkKind::Reboot, "power")]
                    .map(|(kind, icon)| {
                        may(kind.permission())
                            .then(|| {
                                view! {
                                    <Button
                                        class="btn--sm"
                                        icon=icon
                                        busy=order.busy
                                        on_click=Callback::new(move |_| order.ask(kind))
                                    >
                                        {kind.label()}
                                    </Button>
                                }
                            })
                    })
                    .collect_view()}
                <Show when=few>
                    {may(Permission::DeviceManage).then(|| view! { <DecideOnSelected /> })}
                </Show>
                <button class="btn btn--sm btn--icon" type="button" aria-label="Clear selection" on:click=clear>
                    <Icon name="x" />
                </button>
            </div>
        </Show>
        <OrderDialog order />
    }
}

/// From the rows of this page to everything that the filter matches.
#[component]
fn SelectEverything(matching: Memo<Option<Count>>) -> impl IntoView {
    let list = expect_context::<List>();
    move || {
        let selected = list.selected.with(BTreeSet::len) as u64;
        match matching.get() {
            _ if list.everything.get() => None,
            Some(Count::Exact(all)) if all > selected && all <= u64::from(BULK_MAX) => {
                let words = format!("Select all {} that match", grouped(all));
                let all = move |_| list.everything.set(true);
                Some(view! { <button class="linkbtn" type="button" on:click=all>{words}</button> }.into_any())
            }
            Some(Count::Exact(all)) if all <= selected => None,
            None => None,
            Some(_) => {
                let most = grouped(u64::from(BULK_MAX));
                Some(view! { <small>{format!("At most {most} at once: filter more to select all")}</small> }.into_any())
            }
        }
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

/// Approve and Refuse, where the list is of devices that are not approved.
#[component]
fn DecideOnSelected() -> impl IntoView {
    let list = expect_context::<List>();
    let toasts = use_toasts();
    let deed = Deed::default();
    let decide = move |state: Enrolment| {
        let devices: Vec<_> = list.selected.get_untracked().into_iter().collect();
        let decided = move |count: u32| {
            toasts.push(Tone::Ok, format!("{} {}.", devices_words(count as usize), decided_word(state)));
            list.selected.try_update(BTreeSet::clear);
            list.page.refetch();
            list.counts.refetch();
        };
        deed.run_or(decide_enrolment(devices, state), decided, move |error| toasts.fail(error));
    };
    let of = move |state| list.query.with(|query| query.filter.enrolment == Some(state));
    let (waiting, refused) = (move || of(Enrolment::Quarantined), move || of(Enrolment::Refused));
    view! {
        <Show when=move || waiting() || refused()>
            <Button
                class="btn--sm btn--primary"
                icon="check"
                busy=deed.busy
                on_click=Callback::new(move |_| decide(Enrolment::Approved))
            >
                "Approve"
            </Button>
        </Show>
        <Show when=waiting>
            <Button class="btn--sm" icon="x-circle" busy=deed.busy on_click=Callback::new(move |_| decide(Enrolment::Refused))>
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
    if count == 1 { "One device".to_owned() } else { format!("{} devices", grouped(count as u64)) }
}
