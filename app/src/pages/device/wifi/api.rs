//! What the Wi-Fi and home-network sections ask the server.

use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::network::NetworkView;
use model::restore::ResetPlan;
use model::task::TaskView;
use model::wifi::WifiView;
use model::{DeviceId, TaskId};

#[server(prefix = "/fn", endpoint = "device/wifi", input = Json)]
pub async fn load_wifi(device: DeviceId) -> Result<WifiView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.wifi(&actor, device).await?)
}

#[server(prefix = "/fn", endpoint = "device/network", input = Json)]
pub async fn load_network(device: DeviceId) -> Result<NetworkView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.network(&actor, device).await?)
}

#[server(prefix = "/fn", endpoint = "device/reset-plan", input = Json)]
pub async fn load_reset_plan(device: DeviceId) -> Result<ResetPlan, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.reset_plan(&actor, device).await?)
}

/// Takes back what an ended task changed, by a task of its own.
#[server(prefix = "/fn", endpoint = "task/undo", input = Json)]
pub async fn undo_task(task: TaskId) -> Result<TaskView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.undo_task(&actor, task).await?)
}

/// A password that can be read out over the phone. It is kept nowhere.
#[allow(clippy::unused_async, reason = "a server function is async, whatever it does")]
#[server(prefix = "/fn", endpoint = "wifi/suggest", input = Json)]
pub async fn suggest_password() -> Result<String, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.suggest_password(&actor)?)
}
