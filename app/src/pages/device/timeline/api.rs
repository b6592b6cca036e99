//! What the timeline asks the server. Each function begins with the actor; the operation checks permission.

use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::note::NoteView;
use model::page::{Cursor, Page};
use model::snapshot::{SnapshotHead, SnapshotView};
use model::timeline::{Differences, Entry, TimelineFilter};
use model::{DeviceId, SnapshotId};

#[server(prefix = "/fn", endpoint = "device/timeline", input = Json)]
pub async fn load_timeline(
    device: DeviceId,
    filter: TimelineFilter,
    cursor: Option<Cursor>,
) -> Result<Page<Entry>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.timeline(&actor, device, &filter, cursor.as_ref(), acs::PAGE).await?)
}

#[server(prefix = "/fn", endpoint = "device/people", input = Json)]
pub async fn load_people(device: DeviceId) -> Result<Vec<String>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.timeline_people(&actor, device).await?)
}

#[server(prefix = "/fn", endpoint = "device/differences", input = Json)]
pub async fn load_differences(device: DeviceId, days: u16) -> Result<Differences, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.differences(&actor, device, days).await?)
}

#[server(prefix = "/fn", endpoint = "device/note", input = Json)]
pub async fn add_note(device: DeviceId, text: String) -> Result<NoteView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.add_note(&actor, model::note::NoteScope::Device(device), &text).await?)
}

#[server(prefix = "/fn", endpoint = "device/escalate", input = Json)]
pub async fn escalate(device: DeviceId, reason: String) -> Result<SnapshotHead, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.escalate(&actor, device, &reason).await?)
}

#[server(prefix = "/fn", endpoint = "snapshot", input = Json)]
pub async fn load_snapshot(snapshot: SnapshotId) -> Result<SnapshotView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.snapshot(&actor, snapshot).await?)
}

#[server(prefix = "/fn", endpoint = "snapshot/close", input = Json)]
pub async fn close_escalation(snapshot: SnapshotId, outcome: String) -> Result<SnapshotHead, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.close_escalation(&actor, snapshot, &outcome).await?)
}
