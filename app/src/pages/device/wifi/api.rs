//! What the section “Wi-Fi” asks the server.

use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::DeviceId;
use model::wifi::WifiView;

#[server(prefix = "/fn", endpoint = "device/wifi", input = Json)]
pub async fn load_wifi(device: DeviceId) -> Result<WifiView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.wifi(&actor, device).await?)
}

/// A password that can be read out over the phone. It is kept nowhere.
#[allow(clippy::unused_async, reason = "a server function is async, whatever it does")]
#[server(prefix = "/fn", endpoint = "wifi/suggest", input = Json)]
pub async fn suggest_password() -> Result<String, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.suggest_password(&actor)?)
}
