//! What the device list asks the server. Each function is a public endpoint: it begins with the actor, and the
//! operations check permission and scope.

use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::device::{DeviceFilter, DeviceQuery, DeviceRow, Enrolment, Facets};
use model::page::{Count, Page};
use model::{DeviceId, Timestamp};
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
