//! `/api/v1/campaigns/{id}/log`.

use super::view::{CampaignPause, CampaignState, number};
use crate::portal::api::cursor::{Page, limit};
use crate::portal::api::input::{Asked, At};
use crate::portal::api::problem::Problem;
use crate::portal::api::tasks::PageQuery;
use crate::portal::api::time::Time;
use crate::portal::api::{Api, Caller};
use acs::AcsError;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use model::CampaignId;
use model::campaign::{CampaignLog, CampaignLogKind};
use serde::Serialize;
use utoipa::ToSchema;

/// What happened to a campaign.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CampaignHappening {
    Created {},
    Edited {},
    ApprovalAsked {},
    Approved {},
    Rejected {
        reason: String,
    },
    /// It starts by itself then.
    Scheduled {
        at: Time,
    },
    /// Its time came, and so many match that somebody has to approve it first, or again: it is a draft.
    NotStarted {
        devices: u32,
        /// For how many it was approved; `null`: nobody approved it.
        approved: Option<u32>,
    },
    Started {
        devices: u32,
    },
    StageBegan {
        /// The number of the stage, from 1.
        stage: u16,
        devices: u32,
    },
    StageDone {
        stage: u16,
        succeeded: u32,
        /// Failed or lost.
        failed: u32,
        skipped: u32,
    },
    /// `percent`: verified routers in percent of the finished ones. With a reason if a person let it pass.
    GatePassed {
        stage: u16,
        percent: Option<f64>,
        reason: Option<String>,
    },
    GateHeld {
        stage: u16,
        pause: CampaignPause,
    },
    WindowOpened {},
    WindowClosed {},
    Paused {
        pause: CampaignPause,
    },
    Resumed {
        reason: String,
    },
    Cancelled {
        reason: String,
        /// Too many failed.
        by_itself: bool,
    },
    /// Its pace or its limits were changed.
    LimitsChanged {
        reason: String,
    },
    /// An e-mail could not be delivered.
    NotTold {
        to: String,
        why: String,
    },
    /// Routers that match later came in.
    Joined {
        devices: u32,
    },
    Ended {
        state: CampaignState,
        succeeded: u32,
        /// Failed or lost.
        failed: u32,
    },
    /// A campaign that takes this one back was planned.
    RollbackMade {
        /// Its number.
        campaign: i64,
    },
}

impl From<CampaignLogKind> for CampaignHappening {
    fn from(kind: CampaignLogKind) -> Self {
        use CampaignLogKind as K;
        match kind {
            K::Created => Self::Created {},
            K::Edited => Self::Edited {},
            K::ApprovalAsked => Self::ApprovalAsked {},
            K::Approved => Self::Approved {},
            K::Rejected { reason } => Self::Rejected { reason },
            K::Scheduled { at } => Self::Scheduled { at: at.into() },
            K::NotStarted { devices, approved } => Self::NotStarted { devices, approved },
            K::Started { devices } => Self::Started { devices },
            K::StageBegan { stage, devices } => Self::StageBegan { stage: number(stage), devices },
            K::StageDone { stage, succeeded, bad, skipped } => {
                Self::StageDone { stage: number(stage), succeeded, failed: bad, skipped }
            }
            K::GatePassed { stage, percent, reason } => Self::GatePassed { stage: number(stage), percent, reason },
            K::GateHeld { stage, pause } => Self::GateHeld { stage: number(stage), pause: pause.into() },
            K::WindowOpened => Self::WindowOpened {},
            K::WindowClosed => Self::WindowClosed {},
            K::Paused { pause } => Self::Paused { pause: pause.into() },
            K::Resumed { reason } => Self::Resumed { reason },
            K::Cancelled { reason, by_itself } => Self::Cancelled { reason, by_itself },
            K::LimitsChanged { reason } => Self::LimitsChanged { reason },
            K::NotTold { to, why } => Self::NotTold { to, why },
            K::Joined { devices } => Self::Joined { devices },
            K::Ended { state, succeeded, bad } => Self::Ended { state: state.into(), succeeded, failed: bad },
            K::RollbackMade { campaign } => Self::RollbackMade { campaign: campaign.0 },
        }
    }
}

/// An entry of the log of a campaign.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignLogEntry {
    /// Grows with time.
    #[schema(example = 340)]
    pub id: i64,
    pub at: Time,
    /// Who did it; `null`: the campaign by itself.
    pub by: Option<String>,
    pub what: CampaignHappening,
}

impl From<(i64, CampaignLog)> for CampaignLogEntry {
    fn from((id, entry): (i64, CampaignLog)) -> Self {
        Self { id, at: entry.at.into(), by: entry.by, what: entry.kind.into() }
    }
}

/// What happened to a campaign, newest first
#[utoipa::path(
    get, path = "/api/v1/campaigns/{id}/log", tag = "Campaigns", operation_id = "listLogOfCampaign",
    params(("id" = i64, Path, description = "The number of the campaign"), PageQuery),
    responses((status = 200, description = "A page of the log.", body = Page<CampaignLogEntry>)),
)]
pub async fn list(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
    Asked(asked): Asked<PageQuery>,
) -> Result<Json<Page<CampaignLogEntry>>, Problem> {
    let list = ("campaign log", id);
    let limit = limit(asked.limit)?;
    let before = match asked.cursor.as_deref() {
        None => None,
        Some(cursor) => {
            let before = api.cursors.open(&list, cursor)?.parse::<i64>();
            let wrong = |_| Problem::field(StatusCode::BAD_REQUEST, "cursor", "This is no cursor of this list.");
            Some(before.map_err(wrong)?)
        }
    };
    let id = CampaignId(id);
    let entries = api.acs.campaign_log(&actor, id, before, limit).await?;
    let next = match entries.last() {
        // It was made once, so that a campaign without any entry is none.
        None if before.is_none() => return Err(AcsError::NotFound("campaign").into()),
        Some((last, _)) if entries.len() == usize::from(limit) => {
            let more = api.acs.campaign_log(&actor, id, Some(*last), 1).await?;
            (!more.is_empty()).then(|| api.cursors.seal(&list, &last.to_string()))
        }
        _ => None,
    };
    Ok(Json(Page { items: entries.into_iter().map(Into::into).collect(), next }))
}
