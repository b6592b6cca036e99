//! What the section “Home network” asks the server.

use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::DeviceId;
use model::network::NetworkView;

#[server(prefix = "/fn", endpoint = "device/network", input = Json)]
pub async fn load_network(device: DeviceId) -> Result<NetworkView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.network(&actor, device).await?)
}
