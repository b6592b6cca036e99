//! What the device page asks the server. Each function is a public endpoint: it begins with the actor, and the
//! operation checks permission and scope.

use super::events::EventGroup;
use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::device::DeviceView;
use model::event::EventView;
use model::page::{Cursor, Page};
use model::task::{TaskKind, TaskView};
use model::tree::{TreeQuery, TreeView};
use model::{DeviceId, TaskId};

#[server(prefix = "/fn", endpoint = "device", input = Json)]
pub async fn load_device(device: DeviceId) -> Result<DeviceView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.device(&actor, device).await?)
}

#[server(prefix = "/fn", endpoint = "device/tree", input = Json)]
pub async fn load_tree(device: DeviceId, query: TreeQuery) -> Result<TreeView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.tree(&actor, device, &query).await?)
}

#[server(prefix = "/fn", endpoint = "device/tasks", input = Json)]
pub async fn load_tasks(device: DeviceId, cursor: Option<Cursor>) -> Result<Page<TaskView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.tasks(&actor, device, cursor.as_ref()).await?)
}

/// Stored pages that one page of a filtered timeline may look at, so that a rare kind cannot make a request endless.
#[cfg(feature = "ssr")]
const PAGES_MAX: usize = 8;

/// Entries of one group, newest first. A page may be short, or empty with an older page behind it: the filter looks at
/// a bounded number of entries.
#[server(prefix = "/fn", endpoint = "device/timeline", input = Json)]
pub async fn load_timeline(
    device: DeviceId,
    group: EventGroup,
    cursor: Option<Cursor>,
) -> Result<Page<EventView>, PortalError> {
    let actor = crate::ssr::actor()?;
    let acs = crate::ssr::acs()?;
    let mut page = acs.timeline(&actor, device, cursor.as_ref()).await?;
    let enough = page.items.len();
    page.items.retain(|event| group.holds(&event.kind));
    for _ in 1..PAGES_MAX {
        let Some(next) = page.next.clone().filter(|_| page.items.len() < enough) else { break };
        let older = acs.timeline(&actor, device, Some(&next)).await?;
        page.items.extend(older.items.into_iter().filter(|event| group.holds(&event.kind)));
        page.next = older.next;
    }
    Ok(page)
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
