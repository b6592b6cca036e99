//! An escalation: who handed it on and why, and what was known of the device at that moment.

use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{CopyButton, ErrorView, Field, Icon, Skeleton, Status, TextArea, Tone, Writing, use_toasts};
use crate::locale::said;
use crate::pages::device::words::{shown_value, state_word, tone};
use crate::pages::device::{EntryItem, close_escalation, load_snapshot};
use crate::session::may;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::device::FactGroup;
use model::note::check_note;
use model::snapshot::{Snapshot, SnapshotHead, SnapshotValue, SnapshotView};
use model::task::TaskView;
use model::tree::ValueType;
use model::{Permission, SnapshotId, Timestamp};

type Loaded = Resource<Result<SnapshotView, PortalError>>;

/// Settings that one page shows; a search finds the others.
const SHOWN: usize = 200;

/// `/snapshots/:id`; `?q=` finds settings.
#[component]
pub fn SnapshotPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| params.get("id").and_then(|id| id.parse().ok())).unwrap_or(SnapshotId(0))
    });
    let loaded: Loaded = Resource::new_blocking(move || id.get(), load_snapshot);
    view! {
        <Title text="Escalation" />
        <main class="main" id="main">
            <Transition fallback=|| view! { <Skeleton lines=10 /> }>
                {move || match loaded.get() {
                    None => ().into_any(),
                    Some(Err(error)) => view! {
                        <section class="card"><h1 class="sr-only">"Escalation"</h1><ErrorView error /></section>
                    }
                    .into_any(),
                    Some(Ok(view)) => view! { <Whole view loaded /> }.into_any(),
                }}
            </Transition>
        </main>
    }
}

#[component]
fn Moment(at: Timestamp) -> impl IntoView {
    let clock = use_clock();
    view! { <time datetime=crate::clock::iso(at)>{move || clock.exact(at)}</time> }
}

#[component]
fn Whole(view: SnapshotView, loaded: Loaded) -> impl IntoView {
    let SnapshotView { head, content } = view;
    let row = content.device.row.clone();
    let name = row.subscriber.as_ref().map_or_else(|| row.model.clone(), |subscriber| subscriber.name.clone());
    let device = format!("/devices/{}", head.device);
    let id = head.id;
    view! {
        <header class="pagehead">
            <div>
                <h1>"Escalation: " <bdi>{name}</bdi></h1>
                <p class="muted">
                    <a href=device.clone()><bdi>{row.model}</bdi> ", " <bdi class="mono">{row.identity.serial}</bdi></a>
                    ". Everything below is as it was known "
                    <Moment at=head.at />
                    "; passwords are left out."
                </p>
            </div>
            <div class="btn-row">
                <CopyLink />
                <a class="btn btn--sm" href=format!("/snapshots/{id}/snapshot.html") download="" rel="external">
                    <Icon name="download" />
                    "Save as HTML"
                </a>
                <a class="btn btn--sm" href=format!("/snapshots/{id}/snapshot.json") download="" rel="external">
                    <Icon name="download" />
                    "Save as JSON"
                </a>
            </div>
        </header>
        <div class="stack">
            <Reason head loaded />
            <Readings groups=content.device.groups.clone() />
            <Tasks tasks=content.tasks.clone() />
            <Settings content=content.clone() />
            <Timeline content />
        </div>
    }
}

/// The link to share: known only in the browser.
#[component]
fn CopyLink() -> impl IntoView {
    let link = RwSignal::new(String::new());
    Effect::new(move |_| link.set(location().href().unwrap_or_default()));
    view! { <CopyButton text=link label="link" shown="Copy link" /> }
}

#[component]
fn Reason(head: SnapshotHead, loaded: Loaded) -> impl IntoView {
    let open = head.closed.is_none();
    let (tone, icon, label) =
        if open { (Tone::Warn, "hourglass", "Open") } else { (Tone::Ok, "check-circle", "Closed") };
    let id = head.id;
    view! {
        <section class="card" aria-labelledby="why-h">
            <div class="card__head card__head--line">
                <h2 id="why-h">"Why"</h2>
                <span class="card__end"><Status tone icon label=label.to_owned() /></span>
            </div>
            <div class="card__body card__body--top stack stack--sm">
                <p class="timeline__text"><bdi>{head.reason}</bdi></p>
                <p class="muted">"By " <bdi>{head.by}</bdi> ", " <Moment at=head.at /></p>
                {head
                    .closed
                    .map(|closed| {
                        view! {
                            <h3>"Outcome"</h3>
                            <p class="timeline__text"><bdi>{closed.outcome}</bdi></p>
                            <p class="muted">"By " <bdi>{closed.by}</bdi> ", " <Moment at=closed.at /></p>
                        }
                    })}
                {(open && may(Permission::NoteWrite)).then(|| view! { <Close id loaded /> })}
            </div>
        </section>
    }
}

#[component]
fn Close(id: SnapshotId, loaded: Loaded) -> impl IntoView {
    let toasts = use_toasts();
    let writing = Writing::default();
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        writing.send(
            |text| check_note(text).map_err(|_| "Say in a few words what came of it.".to_owned()),
            move |outcome| close_escalation(id, outcome),
            move |_| {
                toasts.push(Tone::Ok, "Closed. The outcome is in the router's timeline.");
                loaded.refetch();
            },
        );
    };
    view! {
        <form class="stack stack--sm" on:submit=go>
            <Field id="close-text" label="What came of it" error=writing.problem>
                <TextArea id="close-text" value=writing.text rows=3 />
            </Field>
            <div class="btn-row">
                <button class="btn btn--primary" type="submit" aria-disabled=move || writing.busy.get().then_some("true")>
                    "Close with this outcome"
                </button>
            </div>
        </form>
    }
}

#[component]
fn Readings(groups: Vec<FactGroup>) -> impl IntoView {
    let groups = groups.into_iter().map(|group| {
        let facts = group.facts.into_iter().map(|fact| {
            let value = fact.value.map(|value| said(fact.measured.as_ref(), value));
            let value = value.unwrap_or_else(|| "Not known".to_owned());
            view! {
                <dt><bdi>{fact.label}</bdi></dt>
                <dd>
                    <bdi class=if fact.identifier { "mono" } else { "" }>{value}</bdi>
                    {fact.read_at.map(|at| view! { " " <small class="muted"><Moment at /></small> })}
                </dd>
            }
        });
        view! {
            <h3>{group.title}</h3>
            <dl class="kv">{facts.collect_view()}</dl>
        }
    });
    view! {
        <section class="card" aria-labelledby="read-h">
            <div class="card__head card__head--line"><h2 id="read-h">"Readings"</h2></div>
            <div class="card__body card__body--top stack stack--sm">{groups.collect_view()}</div>
        </section>
    }
}

#[component]
fn Tasks(tasks: Vec<TaskView>) -> impl IntoView {
    let none = tasks.is_empty();
    let tasks = tasks.into_iter().map(|task| {
        view! {
            <li data-tone=tone(task.state)>
                <b><bdi>{task.kind.title()}</bdi></b>
                " "
                <small class="muted">
                    {state_word(task.state)} ", " <bdi>{task.by}</bdi> ", " <Moment at=task.created_at />
                </small>
            </li>
        }
    });
    view! {
        <section class="card" aria-labelledby="tasks-h">
            <div class="card__head card__head--line"><h2 id="tasks-h">"Tasks"</h2></div>
            <div class="card__body card__body--top">
                {none.then(|| view! { <p class="muted">"Nothing had been done with this router."</p> })}
                <ul class="since">{tasks.collect_view()}</ul>
            </div>
        </section>
    }
}

#[component]
fn Settings(content: Snapshot) -> impl IntoView {
    let query = use_query_map();
    let needle = Memo::new(move |_| query.with(|query| query.get("q").unwrap_or_default()));
    let all = content.parameters.len();
    let parameters = StoredValue::new(content.parameters);
    let hits = move || {
        let needle = needle.get().trim().to_lowercase();
        parameters.with_value(|list| {
            let hit = |one: &&SnapshotValue| {
                let value = one.value.as_ref().is_some_and(|value| value.to_lowercase().contains(&needle));
                needle.is_empty() || one.path.to_lowercase().contains(&needle) || value
            };
            let found: Vec<SnapshotValue> = list.iter().filter(hit).take(SHOWN + 1).cloned().collect();
            found
        })
    };
    let rows = move || {
        let row = |one: SnapshotValue| {
            let value = match one.value {
                _ if one.secret => view! { <span class="muted">"Hidden"</span> }.into_any(),
                None => view! { <span class="muted">"Not known"</span> }.into_any(),
                Some(value) => view! { <bdi class="mono">{shown_value(&value, ValueType::String)}</bdi> }.into_any(),
            };
            view! {
                <tr>
                    <th scope="row"><bdi class="mono">{one.path}</bdi></th>
                    <td class="slot-end">{value}</td>
                    <td class="num muted" data-label="Read">
                        {one.read_at.map(|at| view! { <Moment at /> })}
                    </td>
                </tr>
            }
        };
        hits().into_iter().take(SHOWN).map(row).collect_view()
    };
    let more = move || hits().len() > SHOWN;
    view! {
        <section class="card" aria-labelledby="set-h">
            <div class="card__head card__head--line">
                <h2 id="set-h">"Settings"</h2>
                <span class="card__meta">{format!("{all} values")}{content.truncated.then_some(", the first of more")}</span>
            </div>
            <div class="card__body card__body--top stack stack--sm">
                <form method="get" class="chips" role="search" aria-label="Find settings">
                    <label class="sr-only" for="set-q">"Name or value contains"</label>
                    <input
                        class="input"
                        id="set-q"
                        type="search"
                        name="q"
                        maxlength="200"
                        placeholder="Find a setting"
                        autocomplete="off"
                        value=needle.get_untracked()
                    />
                    <button class="btn btn--sm" type="submit">"Find"</button>
                </form>
            </div>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Settings, scrollable table">
                <table class="table stackable">
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Value"</th>
                            <th scope="col" class="num">"Read"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <Show when=more>
                <div class="card__foot">
                    <span>"These are the first of more. Find one by a part of its name, or save the file."</span>
                </div>
            </Show>
        </section>
    }
}

#[component]
fn Timeline(content: Snapshot) -> impl IntoView {
    let clock = use_clock();
    let mut days: Vec<(String, Vec<_>)> = Vec::new();
    for entry in content.timeline {
        let day = clock.day(entry.at());
        match days.last_mut() {
            Some((last, list)) if *last == day => list.push(entry),
            _ => days.push((day, vec![entry])),
        }
    }
    let days = days.into_iter().map(|(day, list)| {
        view! {
            <h3 class="timeline__day">{day}</h3>
            <ol class="timeline">{list.into_iter().map(|entry| view! { <EntryItem entry /> }).collect_view()}</ol>
        }
    });
    view! {
        <section class="card" aria-labelledby="snap-time-h">
            <div class="card__head card__head--line"><h2 id="snap-time-h">"Timeline until then"</h2></div>
            <div class="card__body card__body--top stack stack--sm">{days.collect_view()}</div>
        </section>
    }
}
