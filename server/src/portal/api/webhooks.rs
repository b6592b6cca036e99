//! `/api/v1/webhooks`.

use super::cursor::Page;
use super::events::Event;
use super::input::{At, Sent};
use super::problem::Problem;
use super::time::{Time, rfc3339};
use super::words::words;
use super::{Api, Caller};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use model::campaign::{Notice, TargetState};
use model::device::Identity;
use model::event::EventView;
use model::webhook::{self, DeliveryView, WebhookInput, WebhookView, word};
use model::{Scope, WebhookId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// Whether a delivery arrived: it is tried (again), it was taken, or it was given up after 24 hours.
    DeliveryState = webhook::DeliveryState { Waiting, Delivered, Dead }
}

/// A part of the fleet: routers whose subscriber has one of these regions, and one of these partners, and one of these tags.
/// An empty list restricts nothing.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FleetPart {
    #[serde(default)]
    #[schema(max_items = 50)]
    pub regions: Vec<String>,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub partners: Vec<String>,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub tags: Vec<String>,
}

/// What a webhook is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "CRM", "url": "https://crm.example.net/lastmile", "kinds": ["task_ended", "software"]}))]
pub struct WebhookPut {
    /// 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// `https://…`, or `http://…` inside an own network. Private networks have to be allowed by the egress settings.
    #[schema(max_length = 2000)]
    pub url: String,
    /// Kinds of events, as `what.kind` of an event has them, and `campaign_started`, `campaign_paused`, `campaign_ended`;
    /// none: all. Campaigns are told of without a scope alone.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub kinds: Vec<String>,
    #[serde(default)]
    pub scope: FleetPart,
    /// On, if left out.
    pub enabled: Option<bool>,
}

impl From<WebhookPut> for WebhookInput {
    fn from(put: WebhookPut) -> Self {
        let FleetPart { regions, partners, tags } = put.scope;
        Self {
            name: put.name,
            url: put.url,
            kinds: put.kinds,
            scope: Scope { regions, partners, tags },
            enabled: put.enabled.unwrap_or(true),
        }
    }
}

/// Another program that is told of what happens.
#[derive(Debug, Serialize, ToSchema)]
pub struct Webhook {
    pub id: i64,
    pub name: String,
    pub url: String,
    /// Kinds of events; none: all.
    pub kinds: Vec<String>,
    pub scope: FleetPart,
    pub enabled: bool,
    /// Why it was switched off by itself.
    pub stopped: Option<String>,
    /// Since when every delivery failed.
    pub failing_since: Option<Time>,
    /// Deliveries that wait.
    pub waiting: u32,
    pub created_at: Time,
    pub created_by: String,
}

impl From<WebhookView> for Webhook {
    fn from(view: WebhookView) -> Self {
        let Scope { regions, partners, tags } = view.scope;
        Self {
            id: view.id.0,
            name: view.name,
            url: view.url,
            kinds: view.kinds,
            scope: FleetPart { regions, partners, tags },
            enabled: view.enabled,
            stopped: view.stopped,
            failing_since: view.failing_since.map(Into::into),
            waiting: view.waiting,
            created_at: view.created_at.into(),
            created_by: view.created_by,
        }
    }
}

/// A webhook at its making.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewWebhook {
    #[serde(flatten)]
    pub webhook: Webhook,
    /// What deliveries are signed with. It is told this once.
    #[schema(example = "whsec_…")]
    pub secret: String,
}

/// One thing that was to be told.
#[derive(Debug, Serialize, ToSchema)]
pub struct Delivery {
    /// `webhook-id` is this with `msg_` before it.
    pub id: i64,
    /// The number of the event; `null`: sent by hand.
    pub event: Option<i64>,
    /// The number of the router.
    pub device: Option<i64>,
    pub kind: String,
    pub state: DeliveryState,
    pub attempts: u32,
    pub created_at: Time,
    /// When it is tried next, while it waits.
    pub next_at: Option<Time>,
    pub tried_at: Option<Time>,
    /// Of the last try.
    pub status: Option<u16>,
    pub duration_ms: Option<u32>,
    /// The beginning of the last answer, or why there was none; not to be trusted.
    pub said: String,
}

impl From<DeliveryView> for Delivery {
    fn from(view: DeliveryView) -> Self {
        Self {
            id: view.id,
            event: view.event.map(|event| event.0),
            device: view.device.map(|device| device.0),
            kind: view.kind,
            state: view.state.into(),
            attempts: view.attempts,
            created_at: view.created_at.into(),
            next_at: (view.state == webhook::DeliveryState::Waiting).then(|| view.next_at.into()),
            tried_at: view.tried_at.map(Into::into),
            status: view.status,
            duration_ms: view.duration_ms,
            said: view.said,
        }
    }
}

/// The body of a delivery: `type`, `timestamp`, and the event as the feed tells it.
pub fn payload(event: EventView, identity: Identity) -> String {
    let (r#type, timestamp) = (word(&event.kind), rfc3339(event.at));
    Payload { r#type, timestamp, data: Event::of(event, identity) }.text()
}

/// What happened to a campaign; the body of a webhook's delivery.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignNotice {
    /// Of the entry in the campaign's log: the same event always has the same.
    #[schema(example = 311)]
    pub id: i64,
    /// The number of the campaign.
    #[schema(example = 7)]
    pub campaign: i64,
    pub name: String,
    /// What happened, in one line.
    #[schema(example = "paused itself: routers do not come back")]
    pub headline: String,
    /// More about it: a reason, or numbers. May be empty.
    pub detail: String,
    /// Who did it; `null`: the campaign by itself.
    pub by: Option<String>,
    pub at: Time,
    /// The word of where it is now.
    #[schema(example = "paused")]
    pub state: String,
    /// Routers, now.
    pub succeeded: u32,
    pub failed: u32,
    pub skipped: u32,
    pub total: u32,
}

impl From<&Notice> for CampaignNotice {
    fn from(notice: &Notice) -> Self {
        let tally = &notice.tally;
        Self {
            id: notice.number,
            campaign: notice.campaign.0,
            name: notice.name.clone(),
            headline: notice.headline(),
            detail: notice.detail(),
            by: notice.by.clone(),
            at: notice.at.into(),
            state: notice.state.as_str().to_owned(),
            succeeded: tally.succeeded(),
            failed: tally.bad(),
            skipped: tally.of(TargetState::Skipped),
            total: tally.total(),
        }
    }
}

/// `type`, `timestamp` and what it is about, as every delivery has them.
#[derive(Serialize)]
struct Payload<T> {
    r#type: &'static str,
    timestamp: String,
    data: T,
}

impl<T: Serialize> Payload<T> {
    fn text(self) -> String {
        serde_json::to_string(&self).expect("it is texts and numbers")
    }
}

/// The body of a delivery about a campaign.
pub fn campaign_payload(notice: &Notice) -> String {
    Payload { r#type: notice.kind.as_str(), timestamp: rfc3339(notice.at), data: CampaignNotice::from(notice) }.text()
}

/// The webhooks
#[utoipa::path(
    get, path = "/api/v1/webhooks", tag = "Webhooks", operation_id = "listWebhooks",
    responses((status = 200, description = "All of them, on one page.", body = Page<Webhook>)),
)]
pub async fn list(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
) -> Result<Json<Page<Webhook>>, Problem> {
    let items = api.acs.webhooks(&actor).await?.into_iter().map(Into::into).collect();
    Ok(Json(Page { items, next: None }))
}

/// Makes a webhook
///
/// It is told of what happens from now on. Its secret is in this answer alone, and not in one that is given again for an
/// `Idempotency-Key`.
#[utoipa::path(
    post, path = "/api/v1/webhooks", tag = "Webhooks", operation_id = "createWebhook",
    request_body = WebhookPut,
    responses((status = 201, description = "The webhook, with its secret.", body = NewWebhook, headers(("Location" = String, description = "The address of the webhook")))),
)]
pub async fn create(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    Sent(put): Sent<WebhookPut>,
) -> Result<Response, Problem> {
    let made = api.acs.create_webhook(&actor, put.into()).await?;
    let webhook = Webhook::from(made.webhook);
    let location = format!("/api/v1/webhooks/{}", webhook.id);
    let kept = serde_json::to_vec(&webhook).unwrap_or_default();
    let mut answer = (StatusCode::CREATED, Json(NewWebhook { webhook, secret: made.secret })).into_response();
    answer.extensions_mut().insert(super::idempotency::Instead(kept));
    if let Ok(location) = HeaderValue::try_from(location) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    Ok(answer)
}

/// One webhook
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}", tag = "Webhooks", operation_id = "readWebhook",
    params(("id" = i64, Path, description = "The number of the webhook")),
    responses((status = 200, description = "The webhook.", body = Webhook)),
)]
pub async fn read(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
) -> Result<Json<Webhook>, Problem> {
    Ok(Json(api.acs.webhook(&actor, WebhookId(id)).await?.into()))
}

/// Changes a webhook
///
/// As a whole: what is left out is as in a new one. One that was switched off by itself can be switched on again.
#[utoipa::path(
    put, path = "/api/v1/webhooks/{id}", tag = "Webhooks", operation_id = "putWebhook",
    params(("id" = i64, Path, description = "The number of the webhook")),
    request_body = WebhookPut,
    responses((status = 200, description = "The webhook as it is now.", body = Webhook)),
)]
pub async fn put(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
    Sent(put): Sent<WebhookPut>,
) -> Result<Json<Webhook>, Problem> {
    Ok(Json(api.acs.update_webhook(&actor, WebhookId(id), put.into()).await?.into()))
}

/// Deletes a webhook
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{id}", tag = "Webhooks", operation_id = "deleteWebhook",
    params(("id" = i64, Path, description = "The number of the webhook")),
    responses((status = 204, description = "It is gone, with what was to be told to it.")),
)]
pub async fn delete(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
) -> Result<StatusCode, Problem> {
    api.acs.delete_webhook(&actor, WebhookId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a webhook something to see whether it arrives
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/test", tag = "Webhooks", operation_id = "tryWebhook",
    params(("id" = i64, Path, description = "The number of the webhook")),
    responses((status = 204, description = "It is on its way; the deliveries tell more.")),
)]
pub async fn try_it(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
) -> Result<StatusCode, Problem> {
    api.acs.try_webhook(&actor, WebhookId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The deliveries of a webhook, newest first
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/deliveries", tag = "Webhooks", operation_id = "listDeliveries",
    params(("id" = i64, Path, description = "The number of the webhook")),
    responses((status = 200, description = "The last 100, on one page.", body = Page<Delivery>)),
)]
pub async fn deliveries(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
) -> Result<Json<Page<Delivery>>, Problem> {
    let items = api.acs.webhook_deliveries(&actor, WebhookId(id)).await?.into_iter().map(Into::into).collect();
    Ok(Json(Page { items, next: None }))
}
