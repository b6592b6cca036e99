//! What goes on with the device: running tasks with their steps, what ended lately, what waits.

use super::files::SentFile;
use super::state::DeviceState;
use super::words::{Outcome, outcome, took};
use crate::clock::{Clock, use_clock};
use crate::components::{Deed, Icon, Status, TaskFlow, TaskFlowMini, Tone, task_look};
use crate::live::{Connection, use_connection};
use leptos::prelude::*;
use model::task::{TaskKind, TaskState, TaskView};
use model::undo::{Undo, undo};
use model::{TaskId, Timestamp};

/// Ended tasks that the person saw running stay under “Now” for this long, in milliseconds.
const LINGER: i64 = 60_000;
/// A queued task without a note counts as running for this long: it is about to be taken up.
const TAKEN_UP: i64 = 5_000;
/// Ended tasks in the panel; the rest is in the section “Tasks”.
const EARLIER_MAX: usize = 5;

/// Where a task stands in the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Now,
    Earlier,
    Waiting,
}

fn place(task: &TaskView, watched: bool, now: Timestamp) -> Place {
    match task.state {
        TaskState::Queued if task.note.is_some() || now.since(task.updated_at) > TAKEN_UP => Place::Waiting,
        state if !state.ended() => Place::Now,
        _ if watched && now.since(task.updated_at) < LINGER => Place::Now,
        _ => Place::Earlier,
    }
}

/// The right column; below 1180 px a sheet that the strip opens.
#[component]
pub fn ActivitySide(
    /// Cards above the activity.
    children: Children,
) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let open = state.sheet;
    let clock = use_clock();
    let places = Memo::new(move |_| {
        let now = clock.now();
        let watched = state.watched.get();
        let tasks = state.task_list();
        tasks.into_iter().map(|task| (place(&task, watched.contains(&task.id), now), task.id)).collect::<Vec<_>>()
    });
    let of = move |wanted: Place, most: usize| {
        Memo::new(move |_| {
            let here = |(place, id): &(Place, TaskId)| (*place == wanted).then_some(*id);
            places.with(|places| places.iter().filter_map(here).take(most).collect::<Vec<_>>())
        })
    };
    let (now, earlier, waiting) =
        (of(Place::Now, usize::MAX), of(Place::Earlier, EARLIER_MAX), of(Place::Waiting, usize::MAX));
    let nothing = move || now.with(Vec::is_empty) && earlier.with(Vec::is_empty) && waiting.with(Vec::is_empty);
    view! {
        <aside class="side" class:is-open=move || open.get() id="activity" aria-label="Activity on this device">
            {children()}
            <section class="card activity" aria-labelledby="act-h">
                <div class="card__head">
                    <h2 id="act-h">"Activity"</h2>
                    <span class="card__end"><LiveWord /></span>
                </div>
                <Show when=nothing>
                    <p class="action muted">"Nothing has been done with this device yet."</p>
                </Show>
                <Show when=move || now.with(|now| !now.is_empty())>
                    <h3 class="activity__label">"Now"</h3>
                </Show>
                <div aria-live="polite">
                    <For each=move || now.get() key=|id| *id let:id>
                        <Action id group=Group::Now />
                    </For>
                </div>
                <Show when=move || waiting.with(|waiting| !waiting.is_empty())>
                    <h3 class="activity__label">"Waiting"</h3>
                    <For each=move || waiting.get() key=|id| *id let:id>
                        <Action id group=Group::Waiting />
                    </For>
                </Show>
                <Show when=move || earlier.with(|earlier| !earlier.is_empty())>
                    <h3 class="activity__label">"Earlier"</h3>
                    <For each=move || earlier.get() key=|id| *id let:id>
                        <Action id group=Group::Earlier />
                    </For>
                    <div class="action">
                        <a href=move || format!("{}/tasks", state.href())>"All tasks"</a>
                    </div>
                </Show>
            </section>
        </aside>
    }
}

/// A task of the list by its id: elements stay while its values change.
fn find(state: DeviceState, id: TaskId) -> Memo<Option<TaskView>> {
    Memo::new(move |before: Option<&Option<TaskView>>| {
        state.task_list().into_iter().find(|task| task.id == id).or_else(|| before.cloned().flatten())
    })
}

/// Which part of the panel a task stands in.
#[derive(Clone, Copy)]
enum Group {
    Now,
    Waiting,
    Earlier,
}

/// One task: its head and, while it has not ended, how far it is or a way to stop it.
#[component]
fn Action(id: TaskId, group: Group) -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let clock = use_clock();
    let task = find(state, id);
    let head = move || {
        task.get().map(|task| {
            let small = if matches!(group, Group::Earlier) { ended(clock, &task) } else { asked(clock, &task) };
            let flow = matches!(group, Group::Now).then(|| view! { <TaskFlow task=task.clone() /> });
            view! {
                <ActionHead task small />
                {flow}
            }
        })
    };
    view! {
        <div class="action">
            {head}
            {match group {
                Group::Waiting => view! { <CancelOffer task /> }.into_any(),
                Group::Now | Group::Earlier => view! { <UndoOffer task /> }.into_any(),
            }}
        </div>
    }
}

/// The button that cancels, as long as it can: its element, and with it the focus, stays while the task moves on.
#[component]
pub fn CancelOffer(task: Memo<Option<TaskView>>) -> impl IntoView {
    let offered = Memo::new(move |_| task.with(|task| task.as_ref().is_some_and(can_cancel)));
    move || offered.get().then(|| task.get_untracked().map(|task| view! { <Cancel task /> }))
}

/// The same of the button that takes something back.
#[component]
fn UndoOffer(task: Memo<Option<TaskView>>) -> impl IntoView {
    let offered = Memo::new(move |_| task.with(|task| task.as_ref().is_some_and(|task| undone(task).is_some())));
    move || offered.get().then(|| task.get_untracked().map(|task| view! { <UndoButton task /> }))
}

fn can_cancel(task: &TaskView) -> bool {
    // A test can be stopped while the router runs it.
    let runs = task.state == TaskState::Applied && matches!(task.kind, TaskKind::Diagnose { .. });
    (task.state.cancellable() || runs) && crate::session::may(task.kind.permission())
}

/// What would take it back, if that is offered.
fn undone(task: &TaskView) -> Option<Undo> {
    undo(&task.kind, task.outcome.as_ref()).filter(|_| {
        let ended = matches!(task.state, TaskState::Verified | TaskState::Different);
        ended && crate::session::may(task.kind.permission())
    })
}

/// Icon, title, what happened, and who and when.
#[component]
pub fn ActionHead(task: TaskView, small: String) -> impl IntoView {
    let (tone, icon, _) = task_look(&task);
    let spin = if icon == "loader" { "spin" } else { "" };
    let Outcome { sentence, at_fault, code, detail: _ } = outcome(&task);
    let at_fault = at_fault.into_iter().map(|(path, said)| {
        view! { <p><bdi class="mono">{path}</bdi> ": " <bdi>{said}</bdi></p> }
    });
    view! {
        <div class="action__head" data-tone=tone.as_str()>
            <Icon name=icon class=spin />
            <div>
                <b><bdi>{task.kind.title()}</bdi></b>
                <p><bdi>{sentence}</bdi></p>
                {at_fault.collect_view()}
                <SentFile outcome=task.outcome.clone() />
                <small>
                    {small}
                    {code.map(|code| format!(" (code {code})"))}
                </small>
            </div>
        </div>
    }
}

/// `Ana Duarte, 14:08:02`. Tracked.
pub fn asked(clock: Clock, task: &TaskView) -> String {
    format!("{}, {}", task.by, moment(clock, task.created_at))
}

/// `Ana Duarte, 14:08:02, took 4.8 s`. Tracked.
pub fn ended(clock: Clock, task: &TaskView) -> String {
    let took = took(task).map(|took| format!(", took {took}")).unwrap_or_default();
    format!("{}{took}", asked(clock, task))
}

/// The time of day, with the date if it was not today. Tracked.
pub fn moment(clock: Clock, at: Timestamp) -> String {
    let time = clock.time_of_day(at);
    let day = clock.day(at);
    // The clock ticks once a second; the day does not.
    if day == clock.day(clock.now_untracked()) { time } else { format!("{day}, {time}") }
}

/// Offered as long as the router has not got the request.
#[component]
pub fn Cancel(task: TaskView) -> impl IntoView {
    use super::api::cancel_task;
    let state = expect_context::<DeviceState>();
    let offered = can_cancel(&task);
    let deed = Deed::default();
    let id = task.id;
    let label = format!("Cancel {}", task.kind.title());
    let click = move |_| {
        deed.run_or(cancel_task(id), move |task| state.put_task(&task), move |error| state.refuse(error));
    };
    offered.then(|| {
        view! {
            <div class="btn-row action__next">
                <button class="btn btn--sm" type="button" aria-label=label aria-disabled=move || deed.busy.get().then_some("true") on:click=click>
                    {move || if deed.busy.get() { "Cancelling" } else { "Cancel" }}
                </button>
            </div>
        }
    })
}

/// Offered for what has ended and can be taken back. Says what stays: passwords are never kept.
#[component]
pub fn UndoButton(task: TaskView) -> impl IntoView {
    use super::api::undo_task;
    let state = expect_context::<DeviceState>();
    let undo = undone(&task);
    let deed = Deed::default();
    let id = task.id;
    let click = move |_| {
        deed.run_or(undo_task(id), move |task| state.put_task(&task), move |error| state.refuse(error));
    };
    undo.map(|undo| {
        let stays = match undo.stays.len() {
            0 => None,
            _ => Some("Passwords stay: Lastmile keeps none."),
        };
        let label = format!("Undo: {}", undo.task.title());
        view! {
            <div class="btn-row action__next">
                <button
                    class="btn btn--sm"
                    type="button"
                    aria-label=label.clone()
                    title=label
                    aria-disabled=move || deed.busy.get().then_some("true")
                    on:click=click
                >
                    <Icon name="undo" />
                    {move || if deed.busy.get() { "Undoing" } else { "Undo" }}
                </button>
                {stays.map(|stays| view! { <small class="muted">{stays}</small> })}
            </div>
        }
    })
}

/// Whether this page is live.
#[component]
fn LiveWord() -> impl IntoView {
    let connection = use_connection();
    let tone = Signal::derive(move || match connection.get() {
        Connection::Live => Tone::Ok,
        Connection::Lost => Tone::Warn,
        Connection::Idle | Connection::Opening => Tone::Off,
    });
    let icon = Signal::derive(move || match connection.get() {
        Connection::Live => "online",
        Connection::Lost => "unplugged",
        Connection::Idle | Connection::Opening => "never",
    });
    let label = Signal::derive(move || {
        let word = match connection.get() {
            Connection::Live => "Live",
            Connection::Lost => "Not live",
            Connection::Idle | Connection::Opening => "Connecting",
        };
        word.to_owned()
    });
    view! { <Status tone icon label class="status--text" /> }
}

/// The strip at the bottom of narrow windows: the task of the moment; a press opens the sheet.
#[component]
pub fn LiveStrip() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let open = state.sheet;
    let current = Memo::new(move |_| {
        let tasks = state.task_list();
        tasks.iter().find(|task| !task.state.ended()).or(tasks.first()).cloned()
    });
    let tone = move || current.with(|task| task.as_ref().map_or(Tone::Off, |task| task_look(task).0)).as_str();
    view! {
        <button
            class="livestrip"
            type="button"
            aria-expanded=move || open.get().to_string()
            aria-controls="activity"
            data-tone=tone
            on:click=move |_| open.update(|open| *open = !*open)
        >
            {move || match current.get() {
                None => view! {
                    <Icon name="tasks" />
                    <b>"Activity"</b>
                    <span>"Nothing yet"</span>
                }
                .into_any(),
                Some(task) => {
                    let (_, icon, word) = task_look(&task);
                    let spin = if icon == "loader" { "spin" } else { "" };
                    view! {
                        <Icon name=icon class=spin />
                        <b><bdi>{task.kind.title()}</bdi></b>
                        <span>{word}</span>
                        <TaskFlowMini task />
                    }
                    .into_any()
                }
            }}
            <Icon name=Signal::derive(move || if open.get() { "chevron-down" } else { "chevron-up" }) />
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::DeviceId;

    fn task(state: TaskState, note: Option<&str>, updated: i64) -> TaskView {
        TaskView {
            id: TaskId(1),
            device: DeviceId(1),
            kind: TaskKind::Reboot,
            state,
            by: "Ana".into(),
            created_at: Timestamp(0),
            updated_at: Timestamp(updated),
            steps: Vec::new(),
            note: note.map(str::to_owned),
            outcome: None,
        }
    }

    #[test]
    fn running_tasks_are_now_and_waiting_ones_wait() {
        let at = |state, note, now| place(&task(state, note, 0), true, Timestamp(now));
        assert_eq!(at(TaskState::Queued, None, 1000), Place::Now);
        assert_eq!(at(TaskState::Queued, None, 10_000), Place::Waiting);
        assert_eq!(at(TaskState::Queued, Some("It did not answer."), 1000), Place::Waiting);
        assert_eq!(at(TaskState::Applied, None, 100_000_000), Place::Now);
    }

    #[test]
    fn what_ended_stays_in_sight_only_if_it_was_seen_running() {
        let at = |watched, now| place(&task(TaskState::Verified, None, 0), watched, Timestamp(now));
        assert_eq!(at(true, 59_000), Place::Now);
        assert_eq!(at(true, 61_000), Place::Earlier);
        assert_eq!(at(false, 1000), Place::Earlier);
    }
}
