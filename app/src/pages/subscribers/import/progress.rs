//! How far an import has come, and how it ended.

use crate::PortalError;
use crate::components::{Button, Icon, Refusal, Tone};
use crate::locale::grouped;
use crate::pages::subscribers::api::cancel_import;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::import::{ImportProgress, ImportState, TableView, WRONG_ROWS_MAX};

#[component]
pub fn ProgressCard(known: Memo<Option<TableView>>, id: Memo<String>) -> impl IntoView {
    let progress = Memo::new(move |_| known.get().and_then(|table| table.progress));
    move || progress.get().map(|progress| view! { <Shown progress id /> })
}

#[component]
fn Shown(progress: ImportProgress, id: Memo<String>) -> impl IntoView {
    let refused = RwSignal::new(None::<PortalError>);
    let cancel = move |_| {
        spawn_local(async move {
            if let Err(error) = cancel_import(id.get_untracked()).await {
                refused.try_set(Some(error));
            }
        });
    };
    let (tone, title) = headline(&progress);
    let running = progress.ended_at.is_none();
    let numbers = numbers(&progress);
    let problems = progress.problems.clone();
    let shown = problems.len() as u64;
    let wrong = progress.wrong;
    view! {
        <section class="card" aria-labelledby="progress-h" data-tone=tone.as_str()>
            <div class="card__head card__head--line">
                <Icon name=if running { "loader" } else { tone.icon() } class=if running { "spin" } else { "" } />
                <h2 id="progress-h"><span role="status">{title}</span></h2>
                {running
                    .then(|| {
                        view! {
                            <span class="card__end">
                                <Button class="btn--sm" on_click=Callback::new(cancel)>"Stop"</Button>
                            </span>
                        }
                    })}
            </div>
            <div class="card__body card__body--top stack stack--sm">
                <Refusal refused />
                <div class="progress">
                    <progress aria-label="Import" max=progress.rows.max(1).to_string() value=progress.done.to_string()></progress>
                    <span>{format!("{} of {} rows", grouped(progress.done), grouped(progress.rows))}</span>
                </div>
                <dl class="kv kv--2">
                    {numbers
                        .into_iter()
                        .map(|(label, number)| view! { <div><dt>{label}</dt><dd class="kv__v">{grouped(number)}</dd></div> })
                        .collect_view()}
                </dl>
                {(wrong > 0)
                    .then(|| {
                        view! {
                            <h3>"Rows that were not taken"</h3>
                            <ul class="problems">
                                {problems
                                    .into_iter()
                                    .map(|(line, problem)| {
                                        view! { <li><b>{format!("Line {line}")}</b> " " <bdi>{problem}</bdi></li> }
                                    })
                                    .collect_view()}
                            </ul>
                            {(wrong > shown).then(|| view! { <p class="muted">{format!("And {} more.", grouped(wrong - shown))}</p> })}
                            <p>
                                <a
                                    href=move || format!("/subscribers/import/{}/wrong.csv", id.get())
                                    download="" rel="external"
                                >
                                    "Save these rows as a table"
                                </a>
                                " to put them right and import them again."
                                {(wrong > WRONG_ROWS_MAX as u64)
                                    .then(|| format!(" It has the first {}.", grouped(WRONG_ROWS_MAX as u64)))}
                            </p>
                        }
                    })}
                {(!running && !progress.dry_run)
                    .then(|| view! { <p><a href="/subscribers">"To the subscribers"</a></p> })}
            </div>
        </section>
    }
}

fn headline(progress: &ImportProgress) -> (Tone, String) {
    let tried = progress.dry_run;
    match &progress.state {
        ImportState::Running if tried => (Tone::Info, "Trying".to_owned()),
        ImportState::Running => (Tone::Info, "Importing".to_owned()),
        ImportState::Done if progress.wrong > 0 && tried => {
            (Tone::Warn, "Tried: some rows would not be taken. Nothing was changed.".to_owned())
        }
        ImportState::Done if tried => (Tone::Ok, "Tried: all rows are right. Nothing was changed.".to_owned()),
        ImportState::Done if progress.wrong > 0 => (Tone::Warn, "Imported, but for some rows".to_owned()),
        ImportState::Done => (Tone::Ok, "Imported".to_owned()),
        ImportState::Cancelled if tried => (Tone::Off, "Stopped. Nothing was changed.".to_owned()),
        ImportState::Cancelled => (Tone::Warn, "Stopped. The rows before stay imported.".to_owned()),
        ImportState::Failed { why } => (Tone::Bad, format!("Broke off. {why}")),
    }
}

fn numbers(progress: &ImportProgress) -> Vec<(&'static str, u64)> {
    let words = if progress.dry_run {
        ["Would be created", "Would be changed", "Are so already", "Would not be taken"]
    } else {
        ["Created", "Changed", "Were so already", "Not taken"]
    };
    let counts = [progress.created, progress.changed, progress.same, progress.wrong];
    let mut numbers: Vec<_> = words.into_iter().zip(counts).collect();
    if !progress.dry_run {
        numbers.push(("Routers linked", progress.linked));
    }
    numbers
}
