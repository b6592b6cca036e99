//! What the section asks the server.

use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::DeviceId;
use model::compare::Comparison;

/// `other`: a serial number or a number of a device; `None`: routers of the same model.
#[server(prefix = "/fn", endpoint = "device/compare", input = Json)]
pub async fn load_comparison(device: DeviceId, other: Option<String>) -> Result<Comparison, PortalError> {
    let actor = crate::ssr::actor()?;
    let acs = crate::ssr::acs()?;
    Ok(match other {
        Some(other) => acs.compare_with_device(&actor, device, &other).await?,
        None => acs.compare_with_model(&actor, device).await?,
    })
}
