//! What the section asks the server.

use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::DeviceId;
use model::diagnostic::TestsView;
use model::page::{Cursor, Page};
use model::task::TaskView;

/// Tests in one page of the history: each is a chart.
#[cfg(feature = "ssr")]
const PAGE: u16 = 20;

#[server(prefix = "/fn", endpoint = "device/tests", input = Json)]
pub async fn load_tests(device: DeviceId) -> Result<TestsView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.tests(&actor, device).await?)
}

/// Tests that were asked for, newest first.
#[server(prefix = "/fn", endpoint = "device/diagnoses", input = Json)]
pub async fn load_diagnoses(device: DeviceId, cursor: Option<Cursor>) -> Result<Page<TaskView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.diagnoses(&actor, device, cursor.as_ref(), PAGE).await?)
}
