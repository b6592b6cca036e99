//! What the dialog of the factory reset asks the server.

use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::DeviceId;
use model::restore::ResetPlan;

#[server(prefix = "/fn", endpoint = "device/reset-plan", input = Json)]
pub async fn load_reset_plan(device: DeviceId) -> Result<ResetPlan, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.reset_plan(&actor, device).await?)
}
