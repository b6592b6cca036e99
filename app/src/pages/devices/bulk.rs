//! What can be done with the selected devices of a page.

use super::List;
use crate::components::{Button, Icon, Tone, use_toasts};
use crate::pages::device::create_task;
use crate::session::may;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::Permission;
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
                {may(Permission::DeviceRefresh).then(|| view! { <RefreshSelected /> })}
                <button class="btn btn--sm btn--icon" type="button" aria-label="Clear selection" on:click=clear>
                    <Icon name="x" />
                </button>
            </div>
        </Show>
    }
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

fn devices_words(count: usize) -> String {
    if count == 1 { "One device".to_owned() } else { format!("{count} devices") }
}
