//! Everything that was asked of the device, with how it went.

use super::activity::{ActionHead, CancelOffer, asked, ended};
use super::api::load_tasks;
use super::state::DeviceState;
use super::words::outcome;
use crate::PortalError;
use crate::clock::use_clock;
use crate::components::{Empty, ErrorView, Icon, Pager, Skeleton, TaskBadge, TaskFlow};
use crate::keys::on_rows;
use crate::pages::devices::url::Url;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::file::ModuleOperation;
use model::live::LiveMessage;
use model::page::{Cursor, Page};
use model::task::{TaskKind, TaskView, is_secret_name};
use model::{DeviceId, TaskId};

type Loaded = Resource<Result<Page<TaskView>, PortalError>>;
type Tasks = Memo<Option<Result<Page<TaskView>, PortalError>>>;

/// `/devices/:id/tasks`
#[component]
pub fn TasksTab() -> impl IntoView {
    let state = expect_context::<DeviceState>();
    let params = use_query_map();
    let cursor = Memo::new(move |_| params.with(|params| params.get("at").filter(|at| !at.is_empty()).map(Cursor)));
    let loaded: Loaded = Resource::new_blocking(
        move || (state.id.get(), cursor.get()),
        |(device, cursor): (DeviceId, Option<Cursor>)| load_tasks(device, cursor),
    );
    state.on_message(move |message| {
        if matches!(message, LiveMessage::Missed) {
            loaded.refetch();
        }
    });
    view! {
        <section class="card" aria-labelledby="tasks-h">
            <div class="card__head card__head--line">
                <h2 id="tasks-h">"Tasks"</h2>
                <span class="card__meta">"What people and Lastmile asked of this router, newest first"</span>
            </div>
            <Transition fallback=|| view! { <Skeleton lines=8 /> }>
                <List loaded cursor />
            </Transition>
        </section>
    }
}

#[component]
fn List(loaded: Loaded, cursor: Memo<Option<Cursor>>) -> impl IntoView {
    on_rows("#main .action--wide summary");
    let state = expect_context::<DeviceState>();
    let tasks: Tasks = Memo::new(move |_| {
        let first = cursor.with(Option::is_none);
        loaded.get().map(|page| page.map(|page| state.with_heard(page, first, |_| true)))
    });
    let ids = Memo::new(move |_| {
        tasks.get().map(|page| page.map(|page| page.items.iter().map(|task| task.id).collect::<Vec<_>>()))
    });
    let shown = Memo::new(move |_| match ids.get() {
        None => None,
        Some(Ok(ids)) => Some(Ok(ids.is_empty())),
        Some(Err(error)) => Some(Err(error)),
    });
    let items = move || ids.get().and_then(Result::ok).unwrap_or_default();
    let page = move |pick: fn(Page<TaskView>) -> Option<Cursor>| {
        Signal::derive(move || {
            let cursor = pick(tasks.get()?.ok()?)?;
            let mut url = Url::new(&format!("{}/tasks", state.href()));
            url.text("at", &cursor.0);
            Some(url.finish())
        })
    };
    move || {
        match shown.get() {
        None => ().into_any(),
        Some(Err(error)) => view! { <ErrorView error /> }.into_any(),
        Some(Ok(true)) => view! {
            <Empty
                icon="tasks"
                title="No tasks yet"
                text="Refresh, reboot or change a setting: each becomes a task here, with every step and how it ended."
            />
        }
        .into_any(),
        Some(Ok(false)) => view! {
            <ul class="rowlist">
                <For each=items key=|id| *id let:id>
                    <li><Task tasks id /></li>
                </For>
            </ul>
            <Pager previous=page(|page| page.previous) next=page(|page| page.next) previous_label="Newer" next_label="Older" />
        }
        .into_any(),
    }
    }
}

#[component]
fn Task(tasks: Tasks, id: TaskId) -> impl IntoView {
    let clock = use_clock();
    let task = Memo::new(move |before: Option<&Option<TaskView>>| {
        let page = tasks.get().and_then(Result::ok);
        let found = page.and_then(|page| page.items.into_iter().find(|task| task.id == id));
        found.or_else(|| before.cloned().flatten())
    });
    let head = move || {
        task.get().map(|task| {
            let small = if task.state.ended() { ended(clock, &task) } else { asked(clock, &task) };
            view! {
                <ActionHead task=task.clone() small />
                <TaskBadge task />
            }
        })
    };
    // What can be pressed or is open stays as it is while the task moves on.
    view! {
        <div class="action action--wide">
            {head}
            <CancelOffer task />
            <Details task />
        </div>
    }
}

/// The steps with their times and, for experts, what was sent and what came back.
#[component]
fn Details(task: Memo<Option<TaskView>>) -> impl IntoView {
    let inside = move || task.get().map(|task| view! { <Inside task /> });
    view! {
        <details class="details">
            <summary>
                <Icon name="chevron-right" />
                "Steps and details"
            </summary>
            {inside}
        </details>
    }
}

#[component]
fn Inside(task: TaskView) -> impl IntoView {
    let said = outcome(&task);
    let sent = sent_lines(&task.kind);
    let code = said.code.map(|code| format!("Code {code}"));
    let detail = Some(said.detail).filter(|detail| !detail.is_empty());
    view! {
        <TaskFlow task />
            {(!sent.is_empty() || code.is_some() || detail.is_some())
                .then(|| {
                    view! {
                        <div class="well mono">
                            {sent.into_iter().map(|line| view! { <p><bdi>{line}</bdi></p> }).collect_view()}
                            {code.map(|code| view! { <p>{code}</p> })}
                            {detail.map(|detail| view! { <p><bdi>{detail}</bdi></p> })}
                        </div>
                    }
                })}
    }
}

/// What the router is asked for, one line each.
fn sent_lines(kind: &TaskKind) -> Vec<String> {
    let set = |path: &str, value: &str| {
        if is_secret_name(path) { format!("{path} = (hidden)") } else { format!("{path} = {value}") }
    };
    match kind {
        TaskKind::Refresh { paths } | TaskKind::ReadAttributes { paths } => paths.clone(),
        TaskKind::SetValues { values } => values.iter().map(|value| set(&value.path, &value.value)).collect(),
        TaskKind::AddObject { path, values } => {
            let values = values.iter().map(|value| set(&format!("{path}?.{}", value.path), &value.value));
            std::iter::once(path.clone()).chain(values).collect()
        }
        TaskKind::DeleteObject { path } => vec![path.clone()],
        TaskKind::Download { file, target_file_name, .. }
        | TaskKind::ScheduleDownload { file, target_file_name, .. } => {
            let size = format!("{} bytes", file.size);
            [file.name.clone(), file.file_type.label().to_owned(), size, file.sha256.clone(), target_file_name.clone()]
                .into_iter()
                .filter(|line| !line.is_empty())
                .collect()
        }
        TaskKind::Upload { what, .. } => vec![what.file_type()],
        TaskKind::ChangeModules { operations } => operations
            .iter()
            .map(|operation| match operation {
                ModuleOperation::Install { url, uuid, .. } => format!("Install {uuid} {url}"),
                ModuleOperation::Update { uuid, version, url, .. } => format!("Update {uuid} {version} {url}"),
                ModuleOperation::Uninstall { uuid, version, .. } => format!("Uninstall {uuid} {version}"),
            })
            .collect(),
        TaskKind::SetAttributes { attributes } => attributes
            .iter()
            .map(|one| match one.notification {
                Some(notification) => format!("{}: notification {notification}", one.path),
                None => one.path.clone(),
            })
            .collect(),
        TaskKind::Diagnose { test } => {
            let lines = [test.target().to_owned(), test.interface().to_owned()];
            lines.into_iter().filter(|line| !line.is_empty()).collect()
        }
        TaskKind::StopTest { object } => vec![object.clone()],
        TaskKind::Vendor { method, body } => vec![method.clone(), body.clone()],
        TaskKind::ReadOptions { name } => vec![name.clone()],
        TaskKind::SetVouchers { vouchers } => vec![format!("{} vouchers", vouchers.len())],
        TaskKind::Reboot
        | TaskKind::FactoryReset { .. }
        | TaskKind::CancelTransfer { .. }
        | TaskKind::ReadTransfers
        | TaskKind::ScheduleInform { .. }
        | TaskKind::ReadMethods => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::task::SetValue;

    #[test]
    fn details_do_not_show_secrets() {
        let value = |path: &str| SetValue { path: path.into(), value: "hunter22".into(), value_type: None };
        let kind = TaskKind::SetValues { values: vec![value("D.KeyPassphrase"), value("D.SSID")] };
        assert_eq!(sent_lines(&kind), ["D.KeyPassphrase = (hidden)", "D.SSID = hunter22"]);
        let kind = TaskKind::AddObject { path: "D.User.".into(), values: vec![value("Password")] };
        assert_eq!(sent_lines(&kind), ["D.User.", "D.User.?.Password = (hidden)"]);
    }
}
