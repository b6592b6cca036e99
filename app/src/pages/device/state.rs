//! What the parts of a device's page share, and how live messages change it.

use super::api::{create_task, load_device, load_tasks, look};
use super::edits::Edits;
use crate::PortalError;
use crate::components::{Toasts, use_toasts};
use crate::debounce::Debounce;
use crate::live::{LiveScope, use_live};
use crate::session::may;
use crate::unsent::keep_value;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::device::{DeviceRow, DeviceView};
use model::live::LiveMessage;
use model::page::Page;
use model::task::{TaskKind, TaskView};
use model::{DeviceId, Permission, TaskId};
use std::collections::BTreeSet;

/// Whether the page can be shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Loaded {
    Nothing,
    Failed(PortalError),
    Ready,
}

/// No device has this id: what the URL names is none.
pub const NOBODY: DeviceId = DeviceId(0);

/// Tasks that are kept of what was heard.
const HEARD: usize = 200;

type Listener = Callback<LiveMessage>;

/// The state of the page. Everything in it belongs to the device of the URL.
#[derive(Clone, Copy)]
pub struct DeviceState {
    pub id: Memo<DeviceId>,
    pub device: Resource<Result<DeviceView, PortalError>>,
    /// The newest tasks, newest first.
    pub tasks: Resource<Result<Page<TaskView>, PortalError>>,
    /// What was heard since, newest first. Apart from what is loaded: writing to a resource makes it forget the load that
    /// is under way.
    heard: RwSignal<Vec<TaskView>>,
    heard_row: RwSignal<Option<DeviceRow>>,
    /// Changes to parameters that have not been sent.
    pub edits: RwSignal<Edits>,
    /// Tasks that this page has seen at work: they stay in sight when they end.
    pub watched: RwSignal<BTreeSet<TaskId>>,
    /// Why the last action could not be queued.
    pub refused: RwSignal<Option<PortalError>>,
    /// An action is on its way to the server.
    pub sending: RwSignal<bool>,
    /// Whether the dialog of the reboot is open.
    pub rebooting: RwSignal<bool>,
    /// Narrow windows: whether the activity is open.
    pub sheet: RwSignal<bool>,
    toasts: Toasts,
    listeners: StoredValue<Vec<(u32, Listener)>>,
}

impl DeviceState {
    /// Makes the state, gives it to everything below, and starts listening.
    pub fn provide(id: Memo<DeviceId>) -> Self {
        let state = Self {
            id,
            device: Resource::new_blocking(move || id.get(), load_device),
            tasks: Resource::new_blocking(move || id.get(), |id| load_tasks(id, None)),
            heard: RwSignal::new(Vec::new()),
            heard_row: RwSignal::new(None),
            edits: RwSignal::new(Edits::default()),
            watched: RwSignal::new(BTreeSet::new()),
            refused: RwSignal::new(None),
            sending: RwSignal::new(false),
            rebooting: RwSignal::new(false),
            sheet: RwSignal::new(false),
            toasts: use_toasts(),
            listeners: StoredValue::new(Vec::new()),
        };
        provide_context(state);
        Effect::new(move |before: Option<DeviceId>| {
            let now = id.get();
            if before.is_some_and(|before| before != now) {
                state.watched.update(BTreeSet::clear);
                state.heard.update(Vec::clear);
                state.heard_row.set(None);
                state.refused.set(None);
            }
            now
        });
        keep_value(move || format!("changes of device {}", id.get()), state.edits, Edits::read, Edits::write);
        // What the page shows is read from the device as soon as it is opened. Nothing depends on it: what cannot be read
        // now keeps its age.
        Effect::new(move |before: Option<DeviceId>| {
            let now = id.get();
            if before != Some(now) && now != NOBODY && may(Permission::DeviceRefresh) {
                spawn_local(async move {
                    if let Ok(Some(task)) = look(now).await
                        && id.try_get_untracked() == Some(now)
                    {
                        state.put_task(&task);
                    }
                });
            }
            now
        });
        let reload = Debounce::new(250, move || state.device.refetch());
        use_live(
            move || Some(id.get()).filter(|id| *id != NOBODY).map(LiveScope::Device),
            move |message| {
                if message.device().is_none_or(|device| Some(device) == id.try_get_untracked()) {
                    state.take(message, reload);
                }
            },
        );
        state
    }

    /// What was asked for last was refused: it is said above the page.
    pub fn refuse(self, error: PortalError) {
        self.refused.try_set(Some(error));
    }

    fn take(self, message: LiveMessage, reload: Debounce) {
        match &message {
            LiveMessage::Device { row } => self.heard_row.set(Some((**row).clone())),
            LiveMessage::Task { task } => {
                // A change that was read back is on the summary, too.
                if task.state.ended() {
                    reload.call();
                }
                self.put_task(task);
            }
            LiveMessage::Tree { .. } => reload.call(),
            LiveMessage::Missed => {
                self.heard_row.set(None);
                reload.call();
                self.tasks.refetch();
            }
            LiveMessage::NewDevice { .. }
            | LiveMessage::Event { .. }
            | LiveMessage::Note { .. }
            | LiveMessage::Trace { .. }
            | LiveMessage::Campaign { .. }
            | LiveMessage::Files => {}
        }
        for (_, listener) in self.listeners.try_get_value().unwrap_or_default() {
            listener.run(message.clone());
        }
    }

    /// Hears every live message about this device while the calling component lives.
    pub fn on_message(self, run: impl Fn(LiveMessage) + Send + Sync + 'static) {
        let listener = Callback::new(run);
        let mut key = 0;
        self.listeners.update_value(|listeners| {
            key = listeners.iter().map(|(key, _)| key + 1).max().unwrap_or(0);
            listeners.push((key, listener));
        });
        on_cleanup(move || {
            self.listeners.try_update_value(|listeners| listeners.retain(|(other, _)| *other != key));
        });
    }

    /// Puts a task that is new or has moved into its place.
    pub fn put_task(self, task: &TaskView) {
        if Some(task.device) != self.id.try_get_untracked() {
            return;
        }
        if !task.state.ended() {
            self.watched.update(|watched| {
                watched.insert(task.id);
            });
        }
        self.heard.update(|heard| {
            put(heard, task);
            heard.truncate(HEARD);
        });
    }

    /// A page of tasks as it was loaded, with what was heard of them since; new ones belong to the `first` page only.
    /// Tracked.
    pub fn with_heard(
        self,
        mut page: Page<TaskView>,
        first: bool,
        wanted: impl Fn(&TaskView) -> bool,
    ) -> Page<TaskView> {
        self.heard.with(|heard| {
            for task in heard.iter().filter(|task| wanted(task)) {
                if first || page.items.iter().any(|old| old.id == task.id) {
                    put(&mut page.items, task);
                }
            }
        });
        page
    }

    /// The device as it was loaded or heard of last. Tracked; read it below the page's `Transition`.
    pub fn view(self) -> Option<DeviceView> {
        let mut view = self.device.get()?.ok()?;
        self.heard_row.with(|heard| {
            let newer = |row: &&DeviceRow| row.id == view.row.id && row.last_inform >= view.row.last_inform;
            if let Some(row) = heard.as_ref().filter(newer) {
                view.row = row.clone();
            }
        });
        Some(view)
    }

    /// Part of the device; it changes only when that part does.
    pub fn part<T: Clone + PartialEq + Send + Sync + 'static>(self, read: fn(&DeviceView) -> T) -> Memo<Option<T>> {
        Memo::new(move |before: Option<&Option<T>>| {
            // While another load fails, the page keeps what it has.
            self.view().as_ref().map(read).or_else(|| before.cloned().flatten())
        })
    }

    /// The row of the device, for components that want one; only inside a page that is ready.
    pub fn row(self) -> Signal<DeviceRow> {
        let row = self.part(|view| view.row.clone());
        Signal::derive(move || row.get().expect("shown only when the device is loaded"))
    }

    pub fn loaded(self) -> Memo<Loaded> {
        let shown = StoredValue::new(None::<DeviceId>);
        Memo::new(move |_| {
            let id = self.id.get();
            match self.device.get() {
                None => Loaded::Nothing,
                Some(Ok(view)) => {
                    shown.set_value(Some(view.row.id));
                    Loaded::Ready
                }
                // Losing the server does not take away what is on the page.
                Some(Err(_)) if shown.get_value() == Some(id) => Loaded::Ready,
                Some(Err(error)) => Loaded::Failed(error),
            }
        })
    }

    /// The newest tasks. Tracked.
    pub fn task_list(self) -> Vec<TaskView> {
        let page = self.tasks.get().and_then(Result::ok);
        page.map(|page| self.with_heard(page, true, |_| true).items).unwrap_or_default()
    }

    /// How many of them have not ended. Tracked.
    pub fn open_tasks(self) -> usize {
        self.task_list().iter().filter(|task| !task.state.ended()).count()
    }

    /// The newest task that has not ended and that `is` looks for. Tracked.
    pub fn running(self, is: impl Fn(&TaskKind) -> bool) -> Option<TaskView> {
        self.task_list().into_iter().find(|task| !task.state.ended() && is(&task.kind))
    }

    /// Asks for something to be done; `then` runs when it is queued. What happens next comes as live messages.
    pub fn ask(self, kind: TaskKind, then: impl FnOnce() + 'static) {
        if self.sending.get_untracked() {
            return;
        }
        let device = self.id.get_untracked();
        self.sending.set(true);
        self.refused.set(None);
        spawn_local(async move {
            let answer = create_task(device, kind).await;
            self.sending.try_set(false);
            match answer {
                Ok(task) => {
                    self.put_task(&task);
                    then();
                }
                Err(error) => {
                    if self.refused.try_set(Some(error.clone())).is_some() {
                        self.toasts.fail(error);
                    }
                }
            }
        });
    }

    pub fn href(self) -> String {
        format!("/devices/{}", self.id.get())
    }

    /// The section of the parameters at an object.
    pub fn parameters_href(self, path: &str) -> String {
        let mut url = crate::pages::devices::url::Url::new(&format!("{}/parameters", self.href()));
        url.text("path", path);
        url.finish()
    }
}

/// Replaces a task in a list that is newest first, or puts it in its place.
pub fn put(list: &mut Vec<TaskView>, task: &TaskView) {
    if let Some(old) = list.iter_mut().find(|old| old.id == task.id) {
        // Messages of several nodes may overtake each other.
        if old.updated_at <= task.updated_at && (task.state.ended() || !old.state.ended()) {
            *old = task.clone();
        }
        return;
    }
    let at = list.partition_point(|other| (other.created_at, other.id) > (task.created_at, task.id));
    list.insert(at, task.clone());
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use model::task::TaskState;

    fn task(id: i64, created: i64, updated: i64, state: TaskState) -> TaskView {
        TaskView {
            id: TaskId(id),
            device: DeviceId(1),
            kind: TaskKind::Reboot,
            state,
            by: "Ana".into(),
            created_at: Timestamp(created),
            updated_at: Timestamp(updated),
            steps: Vec::new(),
            note: None,
            outcome: None,
        }
    }

    #[test]
    fn tasks_stand_newest_first_whatever_the_order_of_messages() {
        let mut list = Vec::new();
        for (id, created) in [(2, 20), (1, 10), (3, 30)] {
            put(&mut list, &task(id, created, created, TaskState::Queued));
        }
        let ids: Vec<_> = list.iter().map(|task| task.id.0).collect();
        assert_eq!(ids, [3, 2, 1]);
    }

    #[test]
    fn a_late_message_does_not_turn_a_task_back() {
        let mut list = vec![task(1, 10, 50, TaskState::Verified)];
        put(&mut list, &task(1, 10, 40, TaskState::Applied));
        put(&mut list, &task(1, 10, 50, TaskState::Applied));
        assert_eq!(list[0].state, TaskState::Verified);
        let mut list = vec![task(1, 10, 10, TaskState::Queued)];
        put(&mut list, &task(1, 10, 10, TaskState::Contacting));
        assert_eq!(list[0].state, TaskState::Contacting);
    }
}
