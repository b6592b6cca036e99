//! What was tested before, newest first.

use super::verdict::{value, verdict};
use super::{Section, test_of};
use crate::components::{Age, Empty, ErrorView, Pager, Status};
use crate::pages::device::state::DeviceState;
use crate::pages::device::words::outcome;
use crate::pages::devices::url::Url;
use crate::session::may;
use leptos::prelude::*;
use model::Permission;
use model::page::{Cursor, Page};
use model::task::{TaskState, TaskView};

#[component]
pub(super) fn History() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let section = expect_context::<Section>();
    let failed = Memo::new(move |_| section.page.get().and_then(Result::err));
    let rows = Memo::new(move |_| {
        let rows = if section.older.get() {
            section.page.get().and_then(Result::ok).map(|page| page.items).unwrap_or_default()
        } else {
            section.runs.get()
        };
        rows.into_iter().filter(|task| task.state.ended()).collect::<Vec<_>>()
    });
    let link = move |pick: fn(Page<TaskView>) -> Option<Cursor>| {
        Signal::derive(move || {
            let cursor = pick(section.page.get()?.ok()?)?;
            let mut url = Url::new(&format!("{}/diagnostics", state.href()));
            url.text("test", section.asked.with(|asked| asked.choice.as_str()));
            url.text("at", &cursor.0);
            Some(url.finish())
        })
    };
    let (newer, older) = (link(|page| page.previous), link(|page| page.next));
    view! {
        <section class="card" aria-labelledby="history-h">
            <div class="card__head card__head--line">
                <h2 id="history-h">"History"</h2>
                <span class="card__meta">"Tests of this router, newest first"</span>
            </div>
            {move || match failed.get() {
                Some(error) => view! { <ErrorView error /> }.into_any(),
                None if rows.with(Vec::is_empty) => view! {
                    <Empty
                        icon="pulse"
                        title="No test has ended yet"
                        text="Start one above: what the router finds is kept here."
                    />
                }
                .into_any(),
                None => view! {
                    <div class="table-scroll" tabindex="0" role="region" aria-label="Earlier tests, scrollable table">
                        <table class="table stackable">
                            <thead>
                                <tr>
                                    <th scope="col">"Test"</th>
                                    <th scope="col">"When"</th>
                                    <th scope="col">"Result"</th>
                                    <th scope="col" class="num">"Value"</th>
                                    <th scope="col">"Started by"</th>
                                    <th scope="col"><span class="sr-only">"Action"</span></th>
                                </tr>
                            </thead>
                            <tbody>
                                <For
                                    each=move || rows.get()
                                    key=|task| (task.id, task.updated_at)
                                    let:task
                                >
                                    <Run task />
                                </For>
                            </tbody>
                        </table>
                    </div>
                    <Show when=move || newer.get().is_some() || older.get().is_some()>
                        <Pager previous=newer next=older previous_label="Newer" next_label="Older" />
                    </Show>
                }
                .into_any(),
            }}
        </section>
    }
}

#[component]
fn Run(task: TaskView) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let section = expect_context::<Section>();
    let (tone, icon, word) = verdict(&task, &section.plan.get());
    let label = task.kind.title();
    let said = outcome(&task);
    // Why it failed, or that it was stopped; what was found has a column of its own.
    let why = (task.state != TaskState::Verified).then_some(said.sentence);
    let kind = task.kind.clone();
    let again = move |_| state.ask(kind.clone(), || ());
    let busy = {
        let kind = task.kind.clone();
        Memo::new(move |_| state.running(|other| *other == kind).is_some())
    };
    let is_test = test_of(&task).is_some();
    let at = task.updated_at;
    let name = format!("Run again: {label}");
    view! {
        <tr>
            <th scope="row"><bdi>{label}</bdi></th>
            <td data-label="When"><Age at=Signal::stored(at) suffix=" ago" /></td>
            <td data-label="Result">
                <Status tone=Signal::stored(tone) icon=Signal::stored(icon) label=word />
                {why.map(|why| view! { <small class="muted cell-note"><bdi>{why}</bdi></small> })}
            </td>
            <td class="num" data-label="Value"><bdi>{value(&task)}</bdi></td>
            <td data-label="Started by"><bdi>{task.by.clone()}</bdi></td>
            <td class="slot-end">
                {(is_test && may(Permission::DeviceRefresh))
                    .then(|| {
                        view! {
                            <button
                                class="btn btn--sm btn--ghost"
                                type="button"
                                aria-label=name
                                disabled=move || busy.get()
                                on:click=again
                            >
                                "Run again"
                            </button>
                        }
                    })}
            </td>
        </tr>
    }
}
