//! What is done with a campaign: asking for its approval, starting, pausing, going on, ending, taking back.

use super::made;
use super::plan::{Pace, Thresholds};
use super::view::Campaign;
use crate::portal::api::idempotency::Again;
use crate::portal::api::input::{At, Sent};
use crate::portal::api::problem::Problem;
use crate::portal::api::{Api, Caller};
use acs::{AcsError, Actor};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Json};
use model::campaign::{CampaignLogKind, CampaignView, Limits};
use model::{CampaignId, FileId, Permission};
use serde::Deserialize;
use utoipa::ToSchema;

/// Which plan is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"revision": 1}))]
pub struct ApprovalAsked {
    /// `revision` of the campaign as it was read.
    pub revision: i64,
}

/// What is to start.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"revision": 1, "name": "HG645 to 4.2.1"}))]
pub struct CampaignStart {
    /// `revision` of the campaign as it was read.
    pub revision: i64,
    /// The name of the campaign, so that no other one is meant.
    pub name: String,
}

/// Why it pauses.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The phones ring."}))]
pub struct CampaignPausing {
    /// At most 500 characters; may be left out.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: String,
}

/// Why it goes on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The failures had another cause."}))]
pub struct CampaignResuming {
    /// 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// What is to end.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "HG645 to 4.2.1", "reason": "Another image comes."}))]
pub struct CampaignEnding {
    /// The name of the campaign, so that no other one is meant.
    pub name: String,
    /// At most 500 characters; may be left out.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: String,
}

/// What to go back to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"image": 2, "reason": "Calls break off."}))]
pub struct CampaignRollback {
    /// The number of a file: an image that is known to be good.
    pub image: i64,
    /// 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// How fast, and when it stops by itself. Both as a whole: what is left out inside is as in a new plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"pace": {"per_minute": 50, "at_once": 100}, "thresholds": {"pause": {"percent": 1, "count": 2}}, "reason": "The line to the north is slow."}))]
pub struct CampaignLimitsPut {
    pub pace: Pace,
    pub thresholds: Thresholds,
    /// 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// After a crash: the campaign, if its log says that this was done then.
async fn done(
    api: &Api,
    actor: &Actor,
    id: CampaignId,
    again: Option<Extension<Again>>,
    this: impl Fn(&CampaignLogKind) -> bool,
) -> Result<Option<CampaignView>, AcsError> {
    let Some(Extension(Again(since))) = again else { return Ok(None) };
    if actor.require(Permission::CampaignRead).is_err() {
        return Ok(None);
    }
    let log = api.acs.campaign_log(actor, id, None, 200).await?;
    let mine = |by: Option<&str>| by == Some(actor.name());
    if log.iter().any(|(_, entry)| entry.at >= since && mine(entry.by.as_deref()) && this(&entry.kind)) {
        return api.acs.campaign(actor, id).await.map(Some);
    }
    Ok(None)
}

/// Asks for the approval of a campaign
///
/// A campaign for more routers than `campaigns.approval_above` starts only after a second person has approved it. Approving
/// and rejecting is for people, in the portal: there is no operation for it here.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/ask-approval", tag = "Campaigns", operation_id = "askApprovalOfCampaign",
    params(("id" = i64, Path, description = "The number of the campaign")),
    request_body = ApprovalAsked,
    responses((status = 200, description = "The campaign, which waits for a person.", body = Campaign)),
)]
pub async fn ask_approval(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    again: Option<Extension<Again>>,
    At(id): At<i64>,
    Sent(asked): Sent<ApprovalAsked>,
) -> Result<Json<Campaign>, Problem> {
    let id = CampaignId(id);
    let this = |what: &CampaignLogKind| matches!(what, CampaignLogKind::ApprovalAsked);
    if let Some(view) = done(&api, &actor, id, again, this).await? {
        return Ok(Json(view.into()));
    }
    Ok(Json(api.acs.ask_approval(&actor, id, asked.revision).await?.into()))
}

/// Starts a campaign
///
/// At once, or at `starts_at` of its plan. Its audience is counted and fixed then. Refused with 422 if something is wrong
/// with the plan, if no router matches, or if a second person has to approve it first.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/start", tag = "Campaigns", operation_id = "startCampaign",
    params(("id" = i64, Path, description = "The number of the campaign")),
    request_body = CampaignStart,
    responses((status = 200, description = "The campaign, running or scheduled.", body = Campaign)),
)]
pub async fn start(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    again: Option<Extension<Again>>,
    At(id): At<i64>,
    Sent(asked): Sent<CampaignStart>,
) -> Result<Json<Campaign>, Problem> {
    let id = CampaignId(id);
    let this =
        |what: &CampaignLogKind| matches!(what, CampaignLogKind::Started { .. } | CampaignLogKind::Scheduled { .. });
    if let Some(view) = done(&api, &actor, id, again, this).await? {
        return Ok(Json(view.into()));
    }
    Ok(Json(api.acs.start_campaign(&actor, id, asked.revision, &asked.name).await?.into()))
}

/// Pauses a campaign
///
/// No other router begins. What is under way goes on and is seen to its end.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/pause", tag = "Campaigns", operation_id = "pauseCampaign",
    params(("id" = i64, Path, description = "The number of the campaign")),
    request_body = CampaignPausing,
    responses((status = 200, description = "The campaign, paused.", body = Campaign)),
)]
pub async fn pause(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    again: Option<Extension<Again>>,
    At(id): At<i64>,
    Sent(asked): Sent<CampaignPausing>,
) -> Result<Json<Campaign>, Problem> {
    let id = CampaignId(id);
    let this = |what: &CampaignLogKind| matches!(what, CampaignLogKind::Paused { .. });
    if let Some(view) = done(&api, &actor, id, again, this).await? {
        return Ok(Json(view.into()));
    }
    Ok(Json(api.acs.pause_campaign(&actor, id, &asked.reason).await?.into()))
}

/// Lets a campaign go on
///
/// After a pause, or at a gate that waits for a person. What failed before does not stop it again.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/resume", tag = "Campaigns", operation_id = "resumeCampaign",
    params(("id" = i64, Path, description = "The number of the campaign")),
    request_body = CampaignResuming,
    responses((status = 200, description = "The campaign, which runs.", body = Campaign)),
)]
pub async fn resume(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    again: Option<Extension<Again>>,
    At(id): At<i64>,
    Sent(asked): Sent<CampaignResuming>,
) -> Result<Json<Campaign>, Problem> {
    let id = CampaignId(id);
    let this =
        |what: &CampaignLogKind| matches!(what, CampaignLogKind::Resumed { .. } | CampaignLogKind::GatePassed { .. });
    if let Some(view) = done(&api, &actor, id, again, this).await? {
        return Ok(Json(view.into()));
    }
    Ok(Json(api.acs.resume_campaign(&actor, id, &asked.reason).await?.into()))
}

/// Ends a campaign for good
///
/// Routers that have their order are followed to its end, the others leave the queue. Nothing is taken back.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/cancel", tag = "Campaigns", operation_id = "cancelCampaign",
    params(("id" = i64, Path, description = "The number of the campaign")),
    request_body = CampaignEnding,
    responses((status = 200, description = "The campaign, cancelled.", body = Campaign)),
)]
pub async fn cancel(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    again: Option<Extension<Again>>,
    At(id): At<i64>,
    Sent(asked): Sent<CampaignEnding>,
) -> Result<Json<Campaign>, Problem> {
    let id = CampaignId(id);
    let this = |what: &CampaignLogKind| matches!(what, CampaignLogKind::Cancelled { .. });
    if let Some(view) = done(&api, &actor, id, again, this).await? {
        return Ok(Json(view.into()));
    }
    Ok(Json(api.acs.cancel_campaign(&actor, id, &asked.reason, &asked.name).await?.into()))
}

/// Plans a campaign that takes this one back
///
/// A draft for the routers that run what this one brought. It starts nothing. Only of firmware.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/rollback", tag = "Campaigns", operation_id = "rollBackCampaign",
    params(("id" = i64, Path, description = "The number of the campaign")),
    request_body = CampaignRollback,
    responses(
        (status = 201, description = "The draft.", body = Campaign, headers(("Location" = String, description = "The address of the draft"))),
        (status = 200, description = "The draft that an earlier try with this `Idempotency-Key` made.", body = Campaign),
    ),
)]
pub async fn roll_back(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    again: Option<Extension<Again>>,
    At(id): At<i64>,
    Sent(asked): Sent<CampaignRollback>,
) -> Result<Response, Problem> {
    let id = CampaignId(id);
    // After a crash: it may have been made then.
    if let Some(Extension(Again(since))) = again
        && actor.require(Permission::CampaignRead).is_ok()
        && let Some(draft) = api.acs.campaign(&actor, id).await?.rolled_back_by
    {
        let draft = api.acs.campaign(&actor, draft).await?;
        if draft.created_at >= since && draft.by == actor.name() {
            return Ok(made(StatusCode::OK, draft));
        }
    }
    let draft = api.acs.roll_back_campaign(&actor, id, FileId(asked.image), &asked.reason).await?;
    Ok(made(StatusCode::CREATED, draft))
}

/// Changes the pace and the limits of a campaign that runs
///
/// Limits that somebody approved are only loosened by a person, in the portal.
#[utoipa::path(
    put, path = "/api/v1/campaigns/{id}/limits", tag = "Campaigns", operation_id = "putLimitsOfCampaign",
    params(("id" = i64, Path, description = "The number of the campaign")),
    request_body = CampaignLimitsPut,
    responses((status = 200, description = "The campaign as it is now.", body = Campaign)),
)]
pub async fn limits(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
    Sent(put): Sent<CampaignLimitsPut>,
) -> Result<Json<Campaign>, Problem> {
    let limits = Limits { pace: put.pace.into(), thresholds: put.thresholds.into() };
    let id = CampaignId(id);
    Ok(Json(api.acs.change_campaign_limits(&actor, id, limits, &put.reason).await?.into()))
}
