//! What the page of a guide asks the server. Each function begins with the actor; the operation checks permission.

use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::guide::{Chosen, GuideKind, GuideView};
use model::{DeviceId, GuideId};

/// Fields of a plain form: `kind` is the word of the URL.
#[server(prefix = "/fn", endpoint = "guide/begin")]
pub async fn begin_guide(device: DeviceId, kind: String) -> Result<GuideView, PortalError> {
    let actor = crate::ssr::actor()?;
    let kind = GuideKind::parse(&kind).ok_or_else(|| PortalError::NotFound("guide".to_owned()))?;
    Ok(crate::ssr::acs()?.begin_guide(&actor, device, kind).await?)
}

/// The guide of this kind that runs on the device.
#[server(prefix = "/fn", endpoint = "guide/running", input = Json)]
pub async fn running_guide(device: DeviceId, kind: GuideKind) -> Result<Option<GuideView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.running_guide(&actor, device, kind).await?)
}

#[server(prefix = "/fn", endpoint = "guide", input = Json)]
pub async fn load_guide(guide: GuideId) -> Result<GuideView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.guide(&actor, guide).await?)
}

#[server(prefix = "/fn", endpoint = "guide/step", input = Json)]
pub async fn take_step(chosen: Chosen) -> Result<GuideView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.take_step(&actor, &chosen).await?)
}
