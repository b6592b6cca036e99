//! Importing a table: choosing the file, saying what its columns are, trying, and watching it go.

mod progress;
mod start;

pub use start::ImportStartPage;

use super::api::{load_table, start_import};
use crate::PortalError;
use crate::components::{Banner, Button, ErrorView, Refusal, Skeleton, Tone};
use crate::locale::grouped;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::import::{ImportOptions, TableView};
use model::subscriber::SubscriberField;
use progress::ProgressCard;
use std::time::Duration;

/// How often a running import is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(700);

/// Said of a table that the server has forgotten.
const GONE: &str = "This table is not here any more: it was uploaded more than an hour ago, or Lastmile was restarted. \
    What was imported stays. Upload the file again; subscribers that are there already are not doubled.";

/// `/subscribers/import/:table`
#[component]
pub fn ImportPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("table").unwrap_or_default()));
    let table = Resource::new_blocking(move || id.get(), load_table);
    view! {
        <Title text="Import subscribers" />
        <main class="main" id="main">
            <div class="pagehead"><h1>"Import subscribers"</h1></div>
            <Transition fallback=|| view! { <div class="card"><Skeleton lines=8 /></div> }>
                <Whole table id />
            </Transition>
        </main>
    }
}

/// Everything, below the `Transition`: for what is read by a memo from above it, the server does not wait.
#[component]
fn Whole(table: Resource<Result<TableView, PortalError>>, id: Memo<String>) -> impl IntoView {
    let failed = Memo::new(move |_| table.get().map(Result::err));
    let known = Memo::new(move |_| table.get().and_then(Result::ok));
    let running = Memo::new(move |_| {
        known.with(|table| {
            table.as_ref().and_then(|table| table.progress.as_ref()).is_some_and(|progress| progress.ended_at.is_none())
        })
    });
    Effect::new(move |_| {
        if running.get() {
            let look = set_interval_with_handle(move || table.refetch(), LOOK_EVERY);
            on_cleanup(move || {
                if let Ok(look) = look {
                    look.clear();
                }
            });
        }
    });
    // What the table is stays; only its progress moves.
    let frame = Memo::new(move |_| known.get().map(|table| TableView { progress: None, ..table }));
    move || match failed.get() {
        None => ().into_any(),
        Some(Some(PortalError::NotFound(_))) => view! {
            <div class="card">
                <ErrorView error=PortalError::Invalid(GONE.to_owned()) />
                <div class="btn-row btn-row--center">
                    <a class="btn btn--sm" href="/subscribers/import">"Upload it again"</a>
                </div>
            </div>
        }
        .into_any(),
        Some(Some(error)) => view! { <div class="card"><ErrorView error /></div> }.into_any(),
        Some(None) => view! {
            <div class="stack">
                <ProgressCard known id />
                {move || frame.get().map(|frame| view! { <Mapping frame table running /> })}
            </div>
        }
        .into_any(),
    }
}

#[component]
fn Mapping(frame: TableView, table: Resource<Result<TableView, PortalError>>, running: Memo<bool>) -> impl IntoView {
    let mapping: Vec<RwSignal<Option<SubscriberField>>> =
        frame.columns.iter().map(|column| RwSignal::new(column.field)).collect();
    let fields = StoredValue::new(mapping.clone());
    let take_over = RwSignal::new(false);
    let refused = RwSignal::new(None::<PortalError>);
    let id = frame.id.clone();
    let options = move |dry_run| ImportOptions {
        mapping: fields.with_value(|fields| fields.iter().map(|field| field.get()).collect()),
        dry_run,
        take_over: take_over.get(),
    };
    let problem = Memo::new(move |_| options(false).problem());
    let go = move |dry_run: bool| {
        let id = id.clone();
        Callback::new(move |_| {
            if running.get_untracked() || problem.get_untracked().is_some() {
                return;
            }
            refused.set(None);
            let (id, options) = (id.clone(), untrack(|| options(dry_run)));
            spawn_local(async move {
                match start_import(id, options).await {
                    Ok(_) => table.refetch(),
                    Err(error) => {
                        refused.try_set(Some(error));
                    }
                }
            });
        })
    };
    let (try_it, import_it) = (go(true), go(false));
    let rows = frame.columns.into_iter().zip(mapping).enumerate().map(|(at, (column, field))| {
        let id = format!("column-{at}");
        let samples = column.samples.iter().filter(|sample| !sample.is_empty()).cloned().collect::<Vec<_>>().join(", ");
        let choose = move |word: String| field.set(SubscriberField::parse(&word));
        view! {
            <tr>
                <th scope="row"><label for=id.clone()><bdi>{column.name}</bdi></label></th>
                <td class="slot-end">
                    <select
                        class="select" id=id
                        prop:value=move || field.get().map_or("", SubscriberField::as_str)
                        on:change:target=move |event| choose(event.target().value())
                    >
                        <option value="" selected=field.get_untracked().is_none()>"Leave out"</option>
                        {SubscriberField::ALL
                            .map(|one| {
                                let on = field.get_untracked() == Some(one);
                                view! { <option value=one.as_str() selected=on>{one.label()}</option> }
                            })
                            .collect_view()}
                    </select>
                </td>
                <td class="clip muted" data-label="First rows" title=samples.clone()><bdi>{samples.clone()}</bdi></td>
            </tr>
        }
    });
    view! {
        <section class="card" aria-labelledby="columns-h">
            <div class="card__head card__head--line">
                <h2 id="columns-h">"Columns"</h2>
                <span class="card__meta">
                    <bdi>{frame.name}</bdi>
                    {format!(": {} rows, {}, {} between columns", grouped(frame.rows), frame.encoding, frame.delimiter)}
                </span>
            </div>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Columns, scrollable table">
                <table class="table stackable">
                    <thead>
                        <tr><th scope="col">"Column"</th><th scope="col">"Is"</th><th scope="col">"First rows"</th></tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
            <div class="card__body card__body--top stack stack--sm">
                <p class="muted">
                    "Subscribers are known by their account: those that are there already are changed, others are created. An empty cell empties its field; an empty serial number leaves the routers as they are. Columns that are left out change nothing."
                </p>
                <label class="check">
                    <input
                        type="checkbox" prop:checked=move || take_over.get()
                        on:change:target=move |event| take_over.set(event.target().checked())
                    />
                    <span>"Serial numbers that belong to another subscriber move"</span>
                </label>
                {move || problem.get().map(|problem| view! { <Banner tone=Tone::Warn><p>{problem}</p></Banner> })}
                <Refusal refused />
            </div>
            <div class="card__foot">
                <Button disabled=Signal::derive(move || running.get() || problem.get().is_some()) on_click=try_it>
                    "Try without changing anything"
                </Button>
                <Button
                    class="btn--primary"
                    disabled=Signal::derive(move || running.get() || problem.get().is_some())
                    on_click=import_it
                >
                    {format!("Import {} rows", grouped(frame.rows))}
                </Button>
            </div>
        </section>
    }
}
