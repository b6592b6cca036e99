//! What the section asks the server. Each function begins with the actor; the operation checks permission.
#![allow(clippy::unused_async, reason = "a server function is async, whatever it does")]

use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::DeviceId;
use model::device::Overrides;
use model::protocol::{Forget, ProtocolView, TraceExchange, TraceKey, TraceView};

#[server(prefix = "/fn", endpoint = "protocol", input = Json)]
pub async fn load_protocol(device: DeviceId) -> Result<ProtocolView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.protocol(&actor, device).await?)
}

#[server(prefix = "/fn", endpoint = "protocol/decide", input = Json)]
pub async fn decide_protocol(device: DeviceId, overrides: Overrides) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.decide(&actor, device, &overrides).await?)
}

#[server(prefix = "/fn", endpoint = "protocol/forget", input = Json)]
pub async fn forget_learnt(device: DeviceId, what: Forget) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.forget(&actor, device, what).await?)
}

#[server(prefix = "/fn", endpoint = "protocol/try_again", input = Json)]
pub async fn try_again(device: DeviceId) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.try_again(&actor, device).await?)
}

#[server(prefix = "/fn", endpoint = "protocol/reset_login", input = Json)]
pub async fn reset_login(device: DeviceId) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.reset_login(&actor, device).await?)
}

#[server(prefix = "/fn", endpoint = "trace", input = Json)]
pub async fn load_trace(key: TraceKey) -> Result<Option<TraceView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.trace(&actor, &key).await?)
}

#[server(prefix = "/fn", endpoint = "traces", input = Json)]
pub async fn load_traces() -> Result<Vec<TraceView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.traces(&actor).await?)
}

#[server(prefix = "/fn", endpoint = "trace/start", input = Json)]
pub async fn start_trace(key: TraceKey, minutes: u16) -> Result<TraceView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.start_trace(&actor, &key, minutes).await?)
}

#[server(prefix = "/fn", endpoint = "trace/stop", input = Json)]
pub async fn stop_trace(key: TraceKey) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.stop_trace(&actor, &key).await?)
}

#[server(prefix = "/fn", endpoint = "trace/discard", input = Json)]
pub async fn discard_trace(key: TraceKey) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.discard_trace(&actor, &key).await?)
}

#[server(prefix = "/fn", endpoint = "trace/exchange", input = Json)]
pub async fn load_exchange(key: TraceKey, number: u32) -> Result<TraceExchange, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.trace_exchange(&actor, &key, number).await?)
}
