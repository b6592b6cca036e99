//! `/api/v1/subscribers`.

mod body;

use super::cursor::{Page, limit};
use super::input::{Asked, At};
use super::problem::Problem;
use super::words::words;
use super::{Api, Caller};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use body::{LineDevice, Subscriber, SubscriberPut, read_change};
use model::device::Direction;
use model::subscriber::{self, SubscriberFilter, SubscriberQuery};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use utoipa::{IntoParams, ToSchema};

words! {
    /// What a list of subscribers is sorted by.
    SubscriberSort = subscriber::SubscriberSort { Name, Account, Created }
}

/// What a list is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Words: parts of the name, account, address, phone number…
    #[serde(default)]
    #[param(required = false)]
    text: String,
    #[serde(default)]
    #[param(required = false)]
    tag: String,
    #[serde(default)]
    #[param(required = false)]
    plan: String,
    has_device: Option<bool>,
    /// `account` if left out.
    #[param(inline)]
    sort: Option<SubscriberSort>,
    /// The other way round.
    #[serde(default)]
    #[param(required = false)]
    descending: bool,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Subscribers a page; 50 if left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
}

/// The subscribers
#[utoipa::path(
    get, path = "/api/v1/subscribers", tag = "Subscribers", operation_id = "listSubscribers",
    params(ListQuery),
    responses((status = 200, description = "A page of subscribers.", body = Page<Subscriber>)),
)]
pub async fn list(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    Asked(asked): Asked<ListQuery>,
) -> Result<Json<Page<Subscriber>>, Problem> {
    let filter = SubscriberFilter { text: asked.text, tag: asked.tag, plan: asked.plan, has_device: asked.has_device };
    let sort = asked.sort.map_or(subscriber::SubscriberSort::Account, Into::into);
    let direction = if asked.descending { Direction::Descending } else { Direction::Ascending };
    let list = ("subscribers", filter.clone(), sort, direction);
    let cursor = api.cursors.maybe(&list, asked.cursor.as_deref())?.map(|cursor| cursor.0);
    let query = SubscriberQuery { filter, sort, direction, cursor, limit: limit(asked.limit)? };
    let page = api.acs.subscribers(&actor, &query).await?;
    Ok(Json(api.cursors.page(&list, page)))
}

/// One subscriber
#[utoipa::path(
    get, path = "/api/v1/subscribers/{account}", tag = "Subscribers", operation_id = "readSubscriber",
    params(("account" = String, Path, description = "The account of the subscriber")),
    responses((status = 200, description = "The subscriber.", body = Subscriber)),
)]
pub async fn read(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(account): At<String>,
) -> Result<Json<Subscriber>, Problem> {
    Ok(Json(api.acs.subscriber_by_account(&actor, &account).await?.into()))
}

/// Whether serial numbers, or a router, are taken from another subscriber.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MoveQuery {
    /// Take serial numbers from the subscriber who has them.
    #[serde(default, rename = "move")]
    #[param(required = false)]
    move_it: bool,
}

/// Creates or changes a subscriber
///
/// Doing it twice is doing it once. Members that are left out stay as they are, `null` empties them.
#[utoipa::path(
    put, path = "/api/v1/subscribers/{account}", tag = "Subscribers", operation_id = "putSubscriber",
    params(("account" = String, Path, description = "The account of the subscriber"), MoveQuery),
    request_body = SubscriberPut,
    responses(
        (status = 200, description = "It was there, and is as asked for.", body = Subscriber),
        (status = 201, description = "It was created.", body = Subscriber),
    ),
)]
pub async fn put(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(account): At<String>,
    Asked(query): Asked<MoveQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let change = read_change(&account, &headers, &body)?;
    let put = api.acs.put_subscriber(&actor, change, false, query.move_it).await?;
    let status = if put.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Subscriber::from(put.subscriber))).into_response())
}

/// Deletes a subscriber
///
/// With notes and history. The routers at the line stay, and belong to nobody.
#[utoipa::path(
    delete, path = "/api/v1/subscribers/{account}", tag = "Subscribers", operation_id = "deleteSubscriber",
    params(("account" = String, Path, description = "The account of the subscriber")),
    responses((status = 204, description = "It is gone.")),
)]
pub async fn delete(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(account): At<String>,
) -> Result<StatusCode, Problem> {
    let view = api.acs.subscriber_by_account(&actor, &account).await?;
    api.acs.delete_subscriber(&actor, view.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The routers at a line
///
/// Those that are known, and the serial numbers of those that are waited for.
#[utoipa::path(
    get, path = "/api/v1/subscribers/{account}/devices", tag = "Subscribers", operation_id = "listDevicesOfSubscriber",
    params(("account" = String, Path, description = "The account of the subscriber")),
    responses((status = 200, description = "The routers, all on one page.", body = Page<LineDevice>)),
)]
pub async fn devices(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(account): At<String>,
) -> Result<Json<Page<LineDevice>>, Problem> {
    let id = api.acs.subscriber_by_account(&actor, &account).await?.id;
    let rows = api.acs.devices_of(&actor, id).await?;
    let here: HashSet<String> = rows.iter().map(|row| row.identity.serial.clone()).collect();
    let serials = api.acs.serials_of(&actor, id).await?;
    let mut items: Vec<LineDevice> = rows.into_iter().map(LineDevice::known).collect();
    items.extend(serials.into_iter().filter(|serial| !here.contains(serial)).map(LineDevice::expected));
    Ok(Json(Page { items, next: None }))
}

/// A router that was said to be at a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct Link {
    pub serial: String,
    /// Whether the router has reported; otherwise it is linked when it does.
    pub known: bool,
}

/// Says that a router is at a line
#[utoipa::path(
    put, path = "/api/v1/subscribers/{account}/devices/{serial}", tag = "Subscribers", operation_id = "linkDevice",
    params(
        ("account" = String, Path, description = "The account of the subscriber"),
        ("serial" = String, Path, description = "The serial number of the router"),
        MoveQuery,
    ),
    responses((status = 200, description = "It is linked, or will be when it appears.", body = Link)),
)]
pub async fn link(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At((account, serial)): At<(String, String)>,
    Asked(query): Asked<MoveQuery>,
) -> Result<Json<Link>, Problem> {
    let known = api.acs.link_serial(&actor, &account, &serial, query.move_it).await?;
    Ok(Json(Link { serial: serial.trim().to_owned(), known }))
}

/// Says that a router is not at a line any more
#[utoipa::path(
    delete, path = "/api/v1/subscribers/{account}/devices/{serial}", tag = "Subscribers", operation_id = "unlinkDevice",
    params(
        ("account" = String, Path, description = "The account of the subscriber"),
        ("serial" = String, Path, description = "The serial number of the router"),
    ),
    responses((status = 204, description = "It belongs to nobody, and is not waited for.")),
)]
pub async fn unlink(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At((account, serial)): At<(String, String)>,
) -> Result<StatusCode, Problem> {
    api.acs.unlink_serial(&actor, &account, &serial).await?;
    Ok(StatusCode::NO_CONTENT)
}
