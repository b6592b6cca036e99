//! What the pages of subscribers ask the server. Each function is a public endpoint: it begins with the actor, and the
//! operation checks permission and scope.

use crate::PortalError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::device::DeviceRow;
use model::import::{ImportOptions, TableView};
use model::note::{NoteScope, NoteView};
use model::page::{Count, Cursor, Page};
use model::search::SearchHit;
use model::subscriber::{
    SubscriberChange, SubscriberEventView, SubscriberFacets, SubscriberFilter, SubscriberQuery, SubscriberRow,
    SubscriberView,
};
use model::{DeviceId, NoteId, SubscriberId};
use serde::{Deserialize, Serialize};

/// A subscriber with what is at the line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubscriberDetail {
    pub subscriber: SubscriberView,
    pub devices: Vec<DeviceRow>,
    /// Serial numbers that are waited for.
    pub expected: Vec<String>,
}

/// What came of linking a router.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LinkResult {
    Done,
    /// It is at somebody else's line, and nothing was changed.
    Elsewhere(Box<SubscriberView>),
}

#[server(prefix = "/fn", endpoint = "subscribers", input = Json)]
pub async fn list_subscribers(query: SubscriberQuery) -> Result<Page<SubscriberRow>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.subscribers(&actor, &query).await?)
}

#[server(prefix = "/fn", endpoint = "subscribers/count", input = Json)]
pub async fn count_subscribers(filter: SubscriberFilter) -> Result<Count, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.count_subscribers(&actor, &filter).await?)
}

#[server(name = SubscriberFacetsFn, prefix = "/fn", endpoint = "subscribers/facets", input = Json)]
pub async fn subscriber_facets() -> Result<SubscriberFacets, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.subscriber_facets(&actor).await?)
}

#[server(prefix = "/fn", endpoint = "subscriber", input = Json)]
pub async fn load_subscriber(id: SubscriberId) -> Result<SubscriberDetail, PortalError> {
    let (actor, acs) = (crate::ssr::actor()?, crate::ssr::acs()?);
    let subscriber = acs.subscriber(&actor, id).await?;
    let devices = acs.devices_of(&actor, id).await?;
    let mut expected = acs.serials_of(&actor, id).await?;
    expected.retain(|serial| devices.iter().all(|row| row.identity.serial != *serial));
    Ok(SubscriberDetail { subscriber, devices, expected })
}

#[server(prefix = "/fn", endpoint = "subscriber/put", input = Json)]
pub async fn put_subscriber(change: SubscriberChange, new: bool) -> Result<SubscriberView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.put_subscriber(&actor, change, new, false).await?.subscriber)
}

#[server(prefix = "/fn", endpoint = "subscriber/delete", input = Json)]
pub async fn delete_subscriber(id: SubscriberId) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.delete_subscriber(&actor, id).await?)
}

/// `from`: whose line the person was told it is at.
#[server(prefix = "/fn", endpoint = "subscriber/link", input = Json)]
pub async fn link_device(
    device: DeviceId,
    to: SubscriberId,
    from: Option<SubscriberId>,
) -> Result<LinkResult, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(match crate::ssr::acs()?.link_device(&actor, device, to, from).await? {
        acs::LinkAnswer::Done => LinkResult::Done,
        acs::LinkAnswer::Elsewhere(other) => LinkResult::Elsewhere(other),
    })
}

#[server(prefix = "/fn", endpoint = "subscriber/unlink", input = Json)]
pub async fn unlink_device(device: DeviceId, from: SubscriberId) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.unlink_device(&actor, device, from).await?)
}

/// Routers, or people, to choose from.
#[server(prefix = "/fn", endpoint = "subscriber/choose", input = Json)]
pub async fn choose(text: String) -> Result<Vec<SearchHit>, PortalError> {
    let actor = crate::ssr::actor()?;
    let mut hits = crate::ssr::acs()?.search(&actor, &text).await?;
    hits.truncate(12);
    Ok(hits)
}

#[server(prefix = "/fn", endpoint = "subscriber/events", input = Json)]
pub async fn subscriber_events(
    id: SubscriberId,
    cursor: Option<Cursor>,
) -> Result<Page<SubscriberEventView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.subscriber_events(&actor, id, cursor.as_ref()).await?)
}

#[server(prefix = "/fn", endpoint = "notes", input = Json)]
pub async fn list_notes(scope: NoteScope, cursor: Option<Cursor>) -> Result<Page<NoteView>, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.notes(&actor, scope, cursor.as_ref()).await?)
}

#[server(prefix = "/fn", endpoint = "note/add", input = Json)]
pub async fn add_note(scope: NoteScope, text: String) -> Result<NoteView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.add_note(&actor, scope, &text).await?)
}

#[server(prefix = "/fn", endpoint = "note/change", input = Json)]
pub async fn change_note(id: NoteId, text: String) -> Result<NoteView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.change_note(&actor, id, &text).await?)
}

#[server(prefix = "/fn", endpoint = "note/delete", input = Json)]
pub async fn delete_note(id: NoteId) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.delete_note(&actor, id).await?)
}

#[server(prefix = "/fn", endpoint = "subscribers/zones", input = Json)]
#[allow(clippy::unused_async)] // Server functions are.
pub async fn time_zones() -> Result<Vec<String>, PortalError> {
    crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.time_zones().into_iter().map(str::to_owned).collect())
}

#[server(prefix = "/fn", endpoint = "subscribers/table", input = Json)]
pub async fn load_table(id: String) -> Result<TableView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.table(&actor, &id).await?)
}

#[server(prefix = "/fn", endpoint = "subscribers/import", input = Json)]
pub async fn start_import(id: String, options: ImportOptions) -> Result<TableView, PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.start_import(&actor, &id, options).await?)
}

#[server(prefix = "/fn", endpoint = "subscribers/import/cancel", input = Json)]
#[allow(clippy::unused_async)] // Server functions are.
pub async fn cancel_import(id: String) -> Result<(), PortalError> {
    let actor = crate::ssr::actor()?;
    Ok(crate::ssr::acs()?.cancel_import(&actor, &id)?)
}
