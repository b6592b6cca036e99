//! What the device page asks the server. Each function is a public endpoint: it begins with the actor, and the
//! operation checks permission and scope.

use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::device::DeviceView;
use model::history::{History, Period};
use model::page::{Cursor, Page};
use model::task::{TaskKind, TaskView};
use model::tree::{TreeQuery, TreeView};
use model::{DeviceId, TaskId};

#[server(prefix = "/fn", endpoint = "device", input = Json)]
pub async fn load_device(device: DeviceId) -> Result<DeviceView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.device(&actor, device).await?)
}

#[server(prefix = "/fn", endpoint = "device/history", input = Json)]
pub async fn load_history(device: DeviceId, period: Period) -> Result<History, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.history(&actor, device, period).await?)
}

/// Somebody has opened the page: what it shows is read from the device, unless that has just been done.
#[server(prefix = "/fn", endpoint = "device/look", input = Json)]
pub async fn look(device: DeviceId) -> Result<Option<TaskView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.look(&actor, device).await?)
}

#[server(prefix = "/fn", endpoint = "device/tree", input = Json)]
pub async fn load_tree(device: DeviceId, query: TreeQuery) -> Result<TreeView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.tree(&actor, device, &query).await?)
}

#[server(prefix = "/fn", endpoint = "device/tasks", input = Json)]
pub async fn load_tasks(device: DeviceId, cursor: Option<Cursor>) -> Result<Page<TaskView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.tasks(&actor, device, cursor.as_ref(), acs::PAGE).await?)
}

#[server(prefix = "/fn", endpoint = "device/task", input = Json)]
pub async fn create_task(device: DeviceId, kind: TaskKind) -> Result<TaskView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.create_task(&actor, device, kind).await?)
}

#[server(prefix = "/fn", endpoint = "task/cancel", input = Json)]
pub async fn cancel_task(task: TaskId) -> Result<TaskView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.cancel_task(&actor, task).await?)
}

/// Takes back what an ended task changed, by a task of its own.
#[server(prefix = "/fn", endpoint = "task/undo", input = Json)]
pub async fn undo_task(task: TaskId) -> Result<TaskView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.undo_task(&actor, task).await?)
}
