//! `/api/v1/subscribers`.

use super::body::{DeviceBody, SubscriberBody, read_change};
use super::problem::Problem;
use super::{Caller, Shared};
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use model::Timestamp;
use model::device::Direction;
use model::subscriber::{SubscriberFilter, SubscriberQuery, SubscriberSort};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What a list is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    #[serde(default)]
    text: String,
    #[serde(default)]
    tag: String,
    #[serde(default)]
    plan: String,
    has_device: Option<bool>,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    descending: bool,
    cursor: Option<String>,
    #[serde(default)]
    limit: u16,
}

#[derive(Serialize)]
struct ListBody<T> {
    items: Vec<T>,
    /// For the next page; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

pub async fn list(
    State(shared): State<Shared>,
    Extension(Caller(actor)): Extension<Caller>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = query.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
    let sort = match asked.sort.as_str() {
        "" => SubscriberSort::Account,
        word => SubscriberSort::parse(word)
            .ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "sort is one of: name, account, created."))?,
    };
    let query = SubscriberQuery {
        filter: SubscriberFilter { text: asked.text, tag: asked.tag, plan: asked.plan, has_device: asked.has_device },
        sort,
        direction: if asked.descending { Direction::Descending } else { Direction::Ascending },
        cursor: asked.cursor,
        limit: asked.limit,
    };
    let page = shared.acs.subscribers(&actor, &query).await?;
    let items: Vec<SubscriberBody> = page.items.into_iter().map(Into::into).collect();
    Ok(Json(ListBody { items, next: page.next.map(|cursor| cursor.0) }).into_response())
}

pub async fn read(
    State(shared): State<Shared>,
    Extension(Caller(actor)): Extension<Caller>,
    Path(account): Path<String>,
) -> Result<Response, Problem> {
    let view = shared.acs.subscriber_by_account(&actor, &account).await?;
    Ok(Json(SubscriberBody::from(view)).into_response())
}

/// Whether serial numbers, or a router, are taken from another subscriber.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveQuery {
    #[serde(default, rename = "move")]
    move_it: bool,
}

pub async fn put(
    State(shared): State<Shared>,
    Extension(Caller(actor)): Extension<Caller>,
    Path(account): Path<String>,
    query: Result<Query<MoveQuery>, QueryRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
    let change = read_change(&account, &headers, &body)?;
    let put = shared.acs.put_subscriber(&actor, change, false, query.move_it).await?;
    let status = if put.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(SubscriberBody::from(put.subscriber))).into_response())
}

pub async fn delete(
    State(shared): State<Shared>,
    Extension(Caller(actor)): Extension<Caller>,
    Path(account): Path<String>,
) -> Result<StatusCode, Problem> {
    let view = shared.acs.subscriber_by_account(&actor, &account).await?;
    shared.acs.delete_subscriber(&actor, view.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn devices(
    State(shared): State<Shared>,
    Extension(Caller(actor)): Extension<Caller>,
    Path(account): Path<String>,
) -> Result<Response, Problem> {
    let id = shared.acs.subscriber_by_account(&actor, &account).await?.id;
    let rows = shared.acs.devices_of(&actor, id).await?;
    let here: HashSet<String> = rows.iter().map(|row| row.identity.serial.clone()).collect();
    let serials = shared.acs.serials_of(&actor, id).await?;
    let at = Timestamp((time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000) as i64);
    let mut items: Vec<DeviceBody> = rows.into_iter().map(|row| DeviceBody::known(row, at)).collect();
    items.extend(serials.into_iter().filter(|serial| !here.contains(serial)).map(DeviceBody::expected));
    Ok(Json(ListBody { items, next: None }).into_response())
}

#[derive(Serialize)]
struct LinkBody {
    serial: String,
    /// Whether the router has reported; otherwise it is linked when it does.
    known: bool,
}

pub async fn link(
    State(shared): State<Shared>,
    Extension(Caller(actor)): Extension<Caller>,
    Path((account, serial)): Path<(String, String)>,
    query: Result<Query<MoveQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
    let known = shared.acs.link_serial(&actor, &account, &serial, query.move_it).await?;
    Ok(Json(LinkBody { serial: serial.trim().to_owned(), known }).into_response())
}

pub async fn unlink(
    State(shared): State<Shared>,
    Extension(Caller(actor)): Extension<Caller>,
    Path((account, serial)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    shared.acs.unlink_serial(&actor, &account, &serial).await?;
    Ok(StatusCode::NO_CONTENT)
}
