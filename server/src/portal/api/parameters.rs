//! The parameters of a device.

use super::cursor::Page;
use super::input::{Asked, At};
use super::problem::Problem;
use super::tasks::kind::ValueTypeWord;
use super::time::{Time, now};
use super::{Api, Caller};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use model::tree::ParameterView;
use model::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Parameters a page when none are asked for, and at most.
const LIMIT: u16 = 200;
const LIMIT_MAX: u16 = 1000;
/// Longest path (TR-106).
const PATH_MAX: usize = 256;

/// A parameter as it was last read.
#[derive(Debug, Serialize, ToSchema)]
pub struct Parameter {
    #[schema(example = "Device.WiFi.Radio.1.Channel")]
    pub path: String,
    /// `null`: never read, or a secret. Said by a router: not to be trusted.
    #[schema(example = "6")]
    pub value: Option<String>,
    #[serde(rename = "type")]
    pub value_type: ValueTypeWord,
    pub writable: bool,
    /// Its value is told to nobody.
    pub secret: bool,
    /// How it reports its changes: 0 off, 1 with the next check-in, 2 at once, 3 to 6 by datagram; `null`: not known.
    pub notification: Option<u8>,
    pub read_at: Option<Time>,
    /// How old the value is.
    #[schema(example = 312)]
    pub age_seconds: Option<i64>,
}

impl Parameter {
    fn of(view: ParameterView, at: Timestamp) -> Self {
        Self {
            path: view.path,
            value: view.value.filter(|_| !view.secret),
            value_type: view.value_type.into(),
            writable: view.writable,
            secret: view.secret,
            notification: view.notification,
            read_at: view.read_at.map(Into::into),
            age_seconds: view.read_at.map(|read| at.since(read) / 1000),
        }
    }
}

/// Which parameters.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// An object with its final dot: everything below it. Without one: this parameter. Left out: all.
    #[serde(default)]
    #[param(required = false, max_length = 256, example = "Device.WiFi.")]
    pub path: String,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Parameters a page; 200 if left out.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u16>,
}

/// The parameters of a router
///
/// As they were last read, each with its age, in the order of their paths. A task of the kind `refresh` reads them anew.
#[utoipa::path(
    get, path = "/api/v1/devices/{id}/parameters", tag = "Devices", operation_id = "listParameters",
    params(("id" = i64, Path, description = "The number of the router"), ListQuery),
    responses((status = 200, description = "A page of parameters.", body = Page<Parameter>)),
)]
pub async fn list(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
    Asked(asked): Asked<ListQuery>,
) -> Result<Json<Page<Parameter>>, Problem> {
    if asked.path.len() > PATH_MAX {
        let detail = format!("A path has at most {PATH_MAX} characters.");
        return Err(Problem::field(StatusCode::BAD_REQUEST, "path", detail));
    }
    let limit = match asked.limit {
        None => LIMIT,
        Some(limit @ 1..=LIMIT_MAX) => limit,
        Some(_) => {
            let detail = format!("A page has 1 to {LIMIT_MAX} parameters.");
            return Err(Problem::field(StatusCode::BAD_REQUEST, "limit", detail));
        }
    };
    let list = ("parameters", id, &asked.path);
    let after = api.cursors.maybe(&list, asked.cursor.as_deref())?;
    let after = after.as_ref().map(|cursor| cursor.0.as_str());
    let (found, more) = api.acs.parameters(&actor, DeviceId(id), &asked.path, after, usize::from(limit)).await?;
    let next = found.last().filter(|_| more).map(|last| api.cursors.seal(&list, &last.path));
    let at = now();
    Ok(Json(Page { items: found.into_iter().map(|one| Parameter::of(one, at)).collect(), next }))
}
