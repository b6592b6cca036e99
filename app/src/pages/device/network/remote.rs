//! The router's own pages, reached from outside: opened for a time, closed by itself.

use super::Network;
use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{Button, CopyButton, Deed, Icon, Status, Tone, task_look, use_toasts};
use crate::pages::device::state::DeviceState;
use crate::pages::device::words::outcome;
use crate::session::may;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::network::access::{Closing, MINUTES, Opened, switches};
use model::task::{TaskState, TaskView};
use model::{DeviceId, Permission};

/// The password in the answer is told once: the gate in front of all functions says `no-store`.
#[server(prefix = "/fn", endpoint = "access/open", input = Json)]
pub async fn open_access(device: DeviceId, minutes: u16) -> Result<Opened, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.open_access(&actor, device, minutes).await?)
}

#[server(prefix = "/fn", endpoint = "access/close", input = Json)]
pub async fn close_access(device: DeviceId) -> Result<TaskView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.close_access(&actor, device).await?)
}

/// How the access stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Door {
    Unknown,
    Closed,
    Opening,
    /// `None`: nobody closes it by itself.
    Open(Option<Closing>),
    Closing,
}

impl Door {
    fn of(open: Option<bool>, closing: Option<Closing>, tasks: &[TaskView]) -> Self {
        let running = |opens| tasks.iter().any(|task| !task.state.ended() && switches(&task.kind) == Some(opens));
        let closes = running(false);
        match open {
            _ if running(true) => Self::Opening,
            Some(true) if closes && closing.as_ref().is_some_and(|closing| closing.at.is_none()) => Self::Closing,
            // The end was reached, and this page has not heard of it yet.
            Some(true) => Self::Open(closing.filter(|_| closes)),
            Some(false) => Self::Closed,
            None => Self::Unknown,
        }
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Unknown => Tone::Off,
            Self::Closed => Tone::Ok,
            Self::Opening | Self::Closing => Tone::Info,
            Self::Open(_) => Tone::Warn,
        }
    }

    fn is_open(&self) -> bool {
        matches!(self, Self::Open(_) | Self::Opening)
    }
}

/// Only where the router offers it.
#[component]
pub fn RemoteCard() -> impl IntoView {
    let network = expect_context::<Network>();
    let state = expect_context::<DeviceState>();
    let clock = use_clock();
    let remote = network.part(|view| view.remote.clone());
    let door = Memo::new(move |_| {
        let (open, closing) =
            remote.with(|remote| remote.as_ref().map(|one| (one.on.yes(), one.closing.clone())).unwrap_or_default());
        Door::of(open, closing, &state.task_list())
    });
    let opened = RwSignal::new(None::<Opened>);
    let until = move |closing: &Closing| closing.at.map(|at| clock.minute(at));
    let label = Signal::derive(move || match door.get() {
        Door::Unknown => "Not known".to_owned(),
        Door::Closed => "Closed".to_owned(),
        Door::Opening => "Opening".to_owned(),
        Door::Closing => "Closing".to_owned(),
        Door::Open(closing) => {
            closing.as_ref().and_then(until).map_or_else(|| "Open".to_owned(), |at| format!("Open until {at}"))
        }
    });
    let words = move || match door.get() {
        Door::Closed | Door::Opening | Door::Unknown => {
            "Nobody on the internet can open the pages of this router, as far as is known.".into_any()
        }
        Door::Closing => "It is closed as soon as the router can be reached.".into_any(),
        Door::Open(Some(closing)) => view! {
            <Icon name="alert" />
            " Everybody on the internet can try to sign in to this router. Opened by "
            <bdi>{closing.by}</bdi>
            "; it is closed by itself at the end, or at the next contact after it."
        }
        .into_any(),
        Door::Open(None) => view! {
            <Icon name="alert" />
            " Everybody on the internet can try to sign in to this router, and nothing closes it by itself."
        }
        .into_any(),
    };
    view! {
        <Show when=move || remote.with(Option::is_some)>
            <section class="card" aria-labelledby="remote-h">
                <div class="card__head">
                    <h3 id="remote-h">"Its own pages from outside"</h3>
                    <Status tone=Signal::derive(move || door.with(Door::tone)) label class="status--text" />
                </div>
                <div class="card__body stack stack--sm">
                    <p class="field__hint">{words}</p>
                    <Password opened />
                    <Doing />
                    <Actions door opened />
                </div>
            </section>
        </Show>
    }
}

/// Open for a time, or close now.
#[component]
fn Actions(door: Memo<Door>, opened: RwSignal<Option<Opened>>) -> impl IntoView {
    let network = expect_context::<Network>();
    let state = expect_context::<DeviceState>();
    let toasts = use_toasts();
    let deed = Deed::default();
    let writable = network.part(|view| view.remote.as_ref().is_some_and(|remote| remote.on.writable));
    let can_open = Memo::new(move |_| writable.get() && door.with(|door| *door == Door::Closed));
    let can_close = Memo::new(move |_| writable.get() && door.with(Door::is_open));
    let open = move |minutes: u16| {
        let done = move |answer| {
            opened.try_set(Some(answer));
            state.tasks.refetch();
        };
        deed.run_or(open_access(state.id.get_untracked(), minutes), done, move |error| toasts.fail(error));
    };
    let close = Callback::new(move |_| {
        let done = move |task| {
            opened.try_set(None);
            state.put_task(&task);
            state.tasks.refetch();
        };
        deed.run_or(close_access(state.id.get_untracked()), done, move |error| toasts.fail(error));
    });
    let choices = move || {
        MINUTES
            .into_iter()
            .map(|minutes| {
                let click = Callback::new(move |_| open(minutes));
                view! { <Button class="btn--sm" busy=deed.busy on_click=click>{format!("{minutes} minutes")}</Button> }
            })
            .collect_view()
    };
    may(Permission::DeviceWrite).then(|| {
        view! {
            <Show when=move || can_open.get()>
                <div class="btn-row" role="group" aria-label="Open for">
                    <span class="field__hint">"Open for"</span>
                    {choices}
                </div>
            </Show>
            <Show when=move || can_close.get()>
                <div class="btn-row">
                    <Button class="btn--sm" busy=deed.busy on_click=close>"Close now"</Button>
                </div>
            </Show>
        }
    })
}

/// The password of this access, this once.
#[component]
fn Password(opened: RwSignal<Option<Opened>>) -> impl IntoView {
    let password = Memo::new(move |_| opened.with(|opened| opened.as_ref()?.password.clone()));
    move || {
        password.get().map(|password| {
            view! {
                <p class="field__readback" role="status">
                    <Icon name="key" />
                    <span>"Password for this access, shown this once: " <CopyButton text=password label="password" /></span>
                </p>
            }
        })
    }
}

/// What was asked for on this page and how it goes; not what waits for its time.
#[component]
fn Doing() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let last = Memo::new(move |_| {
        let watched = state.watched.get();
        last(&state.task_list()).filter(|task| !task.state.ended() || watched.contains(&task.id))
    });
    move || {
        last.get().map(|task| {
            let (tone, icon, word) = task_look(&task);
            let said = outcome(&task);
            let spin = if icon == "loader" { "spin" } else { "" };
            let role = if matches!(tone, Tone::Bad | Tone::Warn) { "alert" } else { "status" };
            view! {
                <p class="field__readback" data-tone=tone.as_str() role=role>
                    <Icon name=icon class=spin />
                    <span><b>{task.kind.title()}": "{word}</b> " " <bdi>{said.sentence}</bdi></span>
                </p>
            }
        })
    }
}

/// The task that moved last of those that open or close, without one that waits for its time beside another.
fn last(tasks: &[TaskView]) -> Option<TaskView> {
    let mine = tasks.iter().filter(|task| switches(&task.kind).is_some());
    let waits = |task: &TaskView| task.state == TaskState::Queued && switches(&task.kind) == Some(false);
    mine.filter(|task| !waits(task)).max_by_key(|task| (!task.state.ended(), task.updated_at, task.id)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::task::{SetValue, TaskKind};
    use model::{TaskId, Timestamp};

    fn task(id: i64, value: &str, state: TaskState, at: i64) -> TaskView {
        let path = "Device.UserInterface.RemoteAccess.Enable".to_owned();
        TaskView {
            id: TaskId(id),
            device: DeviceId(1),
            kind: TaskKind::SetValues { values: vec![SetValue { path, value: value.into(), value_type: None }] },
            state,
            by: "Ana".into(),
            created_at: Timestamp(0),
            updated_at: Timestamp(at),
            steps: Vec::new(),
            note: None,
            outcome: None,
        }
    }

    #[test]
    fn the_door_is_what_the_router_says_and_what_is_under_way() {
        use TaskState as S;
        let closing = |at: Option<i64>| Some(Closing { at: at.map(Timestamp), by: "Ana".into() });
        let waits = task(1, "false", S::Queued, 1);
        let opening = [task(2, "true", S::Contacting, 2), waits.clone()];
        assert_eq!(Door::of(Some(false), closing(Some(9)), &opening), Door::Opening);
        let open = [task(2, "true", S::Verified, 3), waits.clone()];
        assert_eq!(Door::of(Some(true), closing(Some(9)), &open), Door::Open(closing(Some(9))));
        assert_eq!(Door::of(Some(true), closing(None), &open), Door::Closing);
        assert_eq!(Door::of(Some(true), None, &[]), Door::Open(None), "opened by somebody else");
        assert_eq!(Door::of(Some(false), None, &[]), Door::Closed);
        assert_eq!(Door::of(None, None, &[]), Door::Unknown);
    }

    #[test]
    fn what_waits_for_its_time_is_not_what_is_being_done() {
        use TaskState as S;
        let waits = task(1, "false", S::Queued, 1);
        assert_eq!(last(std::slice::from_ref(&waits)), None);
        assert_eq!(last(&[task(2, "true", S::Verified, 3), waits]).unwrap().id, TaskId(2));
        let closed = [task(2, "true", S::Verified, 3), task(1, "false", S::Verified, 9)];
        assert_eq!(last(&closed).unwrap().id, TaskId(1), "the end of the closing came last");
    }
}
