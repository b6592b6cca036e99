//! What the page of files asks the server. Each function is a public endpoint: it begins with the actor, and the
//! operation checks permission and scope.

use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::file::{FileInput, FileView};
use model::page::{Cursor, Page};
use model::{DeviceId, FileId};
use serde::{Deserialize, Serialize};

/// Whose files a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Uploaded by agents.
    #[default]
    Agents,
    /// Sent by devices.
    Devices,
}

#[server(prefix = "/fn", endpoint = "files", input = Json)]
pub async fn list_files(from: Source, cursor: Option<Cursor>) -> Result<Page<FileView>, PortalError> {
    let actor = crate::ssr::actor()?;
    let acs = crate::ssr::acs()?;
    Ok(match from {
        Source::Agents => acs.files_of_agents(&actor, cursor.as_ref(), acs::PAGE).await?,
        Source::Devices => acs.files_of_devices(&actor, cursor.as_ref(), acs::PAGE).await?,
    })
}

/// Files that a device may load, newest first.
#[server(prefix = "/fn", endpoint = "device/files", input = Json)]
pub async fn files_for(device: DeviceId) -> Result<Vec<FileView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.files_for(&actor, device).await?)
}

#[server(prefix = "/fn", endpoint = "file/update", input = Json)]
pub async fn update_file(file: FileId, input: FileInput) -> Result<FileView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.update_file(&actor, file, input).await?)
}

#[server(prefix = "/fn", endpoint = "file/delete", input = Json)]
pub async fn delete_file(file: FileId) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.delete_file(&actor, file).await?)
}
