//! What the device list asks the server. Each function is a public endpoint: it begins with the actor, and the
//! operations check permission and scope.

use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::bulk::{BulkKind, BulkTarget, BulkView};
use model::device::{DeviceFilter, DeviceQuery, DeviceRow, Enrolment, Facets};
use model::page::{Count, Page};
use model::saved_view::SavedView;
use model::{BulkId, DeviceId, Timestamp, ViewId};
use serde::{Deserialize, Serialize};

/// The counts around the list. Each stops at a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCounts {
    /// Devices that match the filter of the page.
    pub matching: Count,
    pub all: Count,
    pub online: Count,
    pub offline: Count,
    pub new: Count,
    /// Waiting for approval.
    pub waiting: Count,
    /// Something failed too often.
    pub stuck: Count,
    pub counted_at: Timestamp,
}

#[server(prefix = "/fn", endpoint = "devices", input = Json)]
pub async fn list_devices(query: DeviceQuery) -> Result<Page<DeviceRow>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.devices(&actor, &query).await?)
}

#[server(prefix = "/fn", endpoint = "devices/counts", input = Json)]
pub async fn count_devices(filter: DeviceFilter) -> Result<ListCounts, PortalError> {
    use super::url::NEW_DAYS;
    use model::device::Presence;
    let actor = crate::ssr::actor()?;
    let acs = crate::ssr::acs()?;
    let none = DeviceFilter::default();
    let state = |presence| DeviceFilter { presence: Some(presence), ..DeviceFilter::default() };
    Ok(ListCounts {
        matching: acs.count_devices(&actor, &filter).await?,
        all: acs.count_devices(&actor, &none).await?,
        online: acs.count_devices(&actor, &state(Presence::Online)).await?,
        offline: acs.count_devices(&actor, &state(Presence::Offline)).await?,
        new: acs
            .count_devices(&actor, &DeviceFilter { new_within_days: Some(NEW_DAYS), ..DeviceFilter::default() })
            .await?,
        waiting: acs
            .count_devices(&actor, &DeviceFilter { enrolment: Some(Enrolment::Quarantined), ..DeviceFilter::default() })
            .await?,
        stuck: acs.count_devices(&actor, &DeviceFilter { stuck: true, ..DeviceFilter::default() }).await?,
        counted_at: crate::clock::now(),
    })
}

/// Values to offer in the filter form.
#[server(prefix = "/fn", endpoint = "devices/facets", input = Json)]
pub async fn load_facets() -> Result<Facets, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.facets(&actor).await?)
}

/// Approves or refuses devices; how many changed.
#[server(prefix = "/fn", endpoint = "devices/enrolment", input = Json)]
pub async fn decide_enrolment(devices: Vec<DeviceId>, state: Enrolment) -> Result<u32, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.decide_enrolment(&actor, &devices, state).await?)
}

/// Kept views: the agent's own, then shared ones.
#[server(prefix = "/fn", endpoint = "views")]
pub async fn list_views() -> Result<Vec<SavedView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.views(&actor).await?)
}

/// Keeps a view; an own one of this name becomes this.
#[server(prefix = "/fn", endpoint = "views/save", input = Json)]
pub async fn save_view(name: String, query: DeviceQuery, shared: bool) -> Result<SavedView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.save_view(&actor, &name, &query, shared).await?)
}

#[server(prefix = "/fn", endpoint = "views/change", input = Json)]
pub async fn change_view(id: ViewId, name: String, shared: bool) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.change_view(&actor, id, &name, shared).await?)
}

#[server(prefix = "/fn", endpoint = "views/delete", input = Json)]
pub async fn delete_view(id: ViewId) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.delete_view(&actor, id).await?)
}

/// How many devices match each; fewer counts than filters if there are many.
#[server(prefix = "/fn", endpoint = "views/counts", input = Json)]
pub async fn count_views(filters: Vec<DeviceFilter>) -> Result<Vec<Count>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.count_views(&actor, &filters).await?)
}

/// Orders for many devices that the agent started and has not closed.
#[server(prefix = "/fn", endpoint = "bulk")]
pub async fn list_bulks() -> Result<Vec<BulkView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.bulks(&actor).await?)
}

/// Fixes which devices an order is for; nothing is queued yet.
#[server(prefix = "/fn", endpoint = "bulk/prepare", input = Json)]
pub async fn prepare_bulk(kind: BulkKind, target: BulkTarget) -> Result<BulkView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.prepare_bulk(&actor, kind, &target).await?)
}

#[server(prefix = "/fn", endpoint = "bulk/start", input = Json)]
pub async fn start_bulk(id: BulkId, typed: Option<u32>) -> Result<BulkView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.start_bulk(&actor, id, typed).await?)
}

#[server(prefix = "/fn", endpoint = "bulk/stop", input = Json)]
pub async fn stop_bulk(id: BulkId) -> Result<BulkView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.stop_bulk(&actor, id).await?)
}

#[server(prefix = "/fn", endpoint = "bulk/dismiss", input = Json)]
pub async fn dismiss_bulk(id: BulkId) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.dismiss_bulk(&actor, id).await?)
}
