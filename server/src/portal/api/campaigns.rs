//! `/api/v1/campaigns`: the same for many routers, in stages.

mod counts;
pub mod devices;
pub mod log;
mod plan;
pub mod steps;
mod view;
mod when;

use super::cursor::Page;
use super::idempotency::Again;
use super::input::{Asked, At, Sent};
use super::problem::Problem;
use super::{Api, Caller};
use acs::{AcsError, Actor};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use model::campaign::CampaignView;
use model::{CampaignId, Permission, campaign};
use plan::CampaignPlan;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde::de::value::{self, StrDeserializer};
use utoipa::{IntoParams, ToSchema};
use view::{Campaign, CampaignPreview, CampaignState, CampaignSummary};

/// Longest list of words in a query, in bytes.
const WORDS_MAX: usize = 500;

/// Words with commas between them, not too many (catalogue row I2). None: an empty list.
fn words_of<T: DeserializeOwned>(field: &'static str, text: &str) -> Result<Vec<T>, Problem> {
    if text.len() > WORDS_MAX {
        return Err(Problem::field(StatusCode::BAD_REQUEST, field, format!("At most {WORDS_MAX} characters.")));
    }
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let read = words.map(|word| T::deserialize(StrDeserializer::<value::Error>::new(word)));
    let read: Result<Vec<T>, value::Error> = read.collect();
    read.map_err(|error| Problem::field(StatusCode::BAD_REQUEST, field, error.to_string()))
}

/// Something new with its address, or what was there already.
fn made(status: StatusCode, view: CampaignView) -> Response {
    let location = format!("/api/v1/campaigns/{}", view.id);
    let mut answer = (status, Json(Campaign::from(view))).into_response();
    if let Ok(location) = HeaderValue::try_from(location) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    answer
}

/// Which campaigns.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only those in these states, with commas between them; left out: all.
    #[serde(default)]
    #[param(required = false, example = "running,paused")]
    pub state: String,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// The campaigns, newest first
///
/// 50 a page.
#[utoipa::path(
    get, path = "/api/v1/campaigns", tag = "Campaigns", operation_id = "listCampaigns",
    params(ListQuery),
    responses((status = 200, description = "A page of campaigns.", body = Page<CampaignSummary>)),
)]
pub async fn list(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    Asked(asked): Asked<ListQuery>,
) -> Result<Json<Page<CampaignSummary>>, Problem> {
    let states: Vec<campaign::CampaignState> =
        words_of::<CampaignState>("state", &asked.state)?.into_iter().map(Into::into).collect();
    let list = ("campaigns", &states);
    let before = match asked.cursor.as_deref() {
        None => None,
        Some(cursor) => {
            let before = api.cursors.open(&list, cursor)?.parse::<CampaignId>();
            let wrong = |_| Problem::field(StatusCode::BAD_REQUEST, "cursor", "This is no cursor of this list.");
            Some(before.map_err(wrong)?)
        }
    };
    let page = api.acs.campaigns(&actor, &states, before).await?;
    let next = page.next.map(|next| api.cursors.seal(&list, &next.to_string()));
    Ok(Json(Page { items: page.rows.into_iter().map(Into::into).collect(), next }))
}

/// Plans a campaign
///
/// A draft: nothing starts. It may be unfinished, but for its name; `problems` says what is to be mended. What it does to
/// each router takes the permission for that, too. Send an `Idempotency-Key` to be able to try again safely.
#[utoipa::path(
    post, path = "/api/v1/campaigns", tag = "Campaigns", operation_id = "createCampaign",
    request_body = CampaignPlan,
    responses(
        (status = 201, description = "The draft.", body = Campaign, headers(("Location" = String, description = "The address of the campaign"))),
        (status = 200, description = "The draft that an earlier try with this `Idempotency-Key` made.", body = Campaign),
    ),
)]
pub async fn create(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    again: Option<Extension<Again>>,
    Sent(plan): Sent<CampaignPlan>,
) -> Result<Response, Problem> {
    let plan = plan.bounded("")?;
    if let Some(draft) = made_then(&api, &actor, plan.name.trim(), again).await? {
        return Ok(made(StatusCode::OK, draft));
    }
    Ok(made(StatusCode::CREATED, api.acs.create_campaign(&actor, plan).await?))
}

/// After a crash: the campaign of this name that was made then. Only the latest 50 are looked at; a draft that is made twice
/// does nothing.
async fn made_then(
    api: &Api,
    actor: &Actor,
    name: &str,
    again: Option<Extension<Again>>,
) -> Result<Option<CampaignView>, AcsError> {
    let Some(Extension(Again(since))) = again else { return Ok(None) };
    if actor.require(Permission::CampaignRead).is_err() {
        return Ok(None);
    }
    let latest = api.acs.campaigns(actor, &[], None).await?.rows;
    let mut mine = latest.into_iter().filter(|row| row.created_at >= since && row.by == actor.name());
    match mine.find(|row| row.name.trim() == name) {
        Some(row) => api.acs.campaign(actor, row.id).await.map(Some),
        None => Ok(None),
    }
}

/// Says what a plan would do
///
/// Nothing is made or started. Which routers it is for, which of them would get an order and why the others would not,
/// and what is wrong with it. All routers are counted for it, so ask before a start, and not again and again.
#[utoipa::path(
    post, path = "/api/v1/campaigns/preview", tag = "Campaigns", operation_id = "previewCampaign",
    request_body = CampaignPlan,
    responses((status = 200, description = "What it would do now.", body = CampaignPreview)),
)]
pub async fn preview(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    Sent(plan): Sent<CampaignPlan>,
) -> Result<Json<CampaignPreview>, Problem> {
    let plan = plan.bounded("")?;
    Ok(Json(api.acs.try_campaign(&actor, &plan).await?.into()))
}

/// One campaign
#[utoipa::path(
    get, path = "/api/v1/campaigns/{id}", tag = "Campaigns", operation_id = "readCampaign",
    params(("id" = i64, Path, description = "The number of the campaign")),
    responses((status = 200, description = "The campaign as it is now.", body = Campaign)),
)]
pub async fn read(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
) -> Result<Json<Campaign>, Problem> {
    Ok(Json(api.acs.campaign(&actor, CampaignId(id)).await?.into()))
}

/// A plan in place of another.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"revision": 1, "plan": {"name": "HG645 to 4.2.1", "what": {"kind": "firmware", "images": [3]}}}))]
pub struct CampaignPut {
    /// `revision` of the campaign as it was read.
    pub revision: i64,
    /// As a whole: what is left out is as in a new plan. A secret that is empty stays as it was.
    pub plan: CampaignPlan,
}

/// Changes a campaign that has not started
///
/// It is a draft again, and whoever approved it did so in vain. Refused with 409 if it was changed since it was read, or
/// has started.
#[utoipa::path(
    put, path = "/api/v1/campaigns/{id}", tag = "Campaigns", operation_id = "putCampaign",
    params(("id" = i64, Path, description = "The number of the campaign")),
    request_body = CampaignPut,
    responses((status = 200, description = "The campaign as it is now.", body = Campaign)),
)]
pub async fn put(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
    Sent(put): Sent<CampaignPut>,
) -> Result<Json<Campaign>, Problem> {
    let plan = put.plan.bounded("plan.")?;
    Ok(Json(api.acs.edit_campaign(&actor, CampaignId(id), put.revision, plan).await?.into()))
}

/// Deletes a campaign that never started
///
/// One that started stays as a record.
#[utoipa::path(
    delete, path = "/api/v1/campaigns/{id}", tag = "Campaigns", operation_id = "deleteCampaign",
    params(("id" = i64, Path, description = "The number of the campaign")),
    responses((status = 204, description = "It is gone.")),
)]
pub async fn delete(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
) -> Result<StatusCode, Problem> {
    api.acs.delete_campaign(&actor, CampaignId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
