//! `/api/v1/campaigns/{id}/devices`.

use super::counts::{Failure, FailureClass, SkipReason};
use super::view::number;
use super::words_of;
use crate::portal::api::cursor::{Page, limit};
use crate::portal::api::input::{Asked, At};
use crate::portal::api::problem::Problem;
use crate::portal::api::time::Time;
use crate::portal::api::words::words;
use crate::portal::api::{Api, Caller};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use model::campaign::{self, TargetFilter, TargetView};
use model::{CampaignId, DeviceId, Permission};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

words! {
    /// Where a router of a campaign is. It waits for its turn (`queued`), is called (`connecting`), or is waited for until it
    /// checks in (`eligible`). It has the order (`sent`), loads the file (`downloading`), has the whole file
    /// (`installing`), has started again (`rebooted`), and is watched (`verifying`). `retry_wait`: it failed, and is tried
    /// again. `lost`: it never came back. `skipped`: it was left out. `cancelled`: the campaign was, before it had the order.
    CampaignDeviceState = campaign::TargetState {
        Queued, Skipped, Eligible, Connecting, Sent, Downloading, Installing, Rebooted, Verifying, Succeeded, RetryWait,
        Failed, Lost, Cancelled
    }
}

/// When a router came into a state.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignDeviceStep {
    pub state: CampaignDeviceState,
    pub at: Time,
}

/// One router of a campaign.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignDevice {
    /// The number of the router.
    #[schema(example = 17)]
    pub device: i64,
    #[schema(example = "KSTL00000017")]
    pub serial: String,
    /// The name of the subscriber. Only for tokens that may see subscribers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscriber: Option<String>,
    #[schema(example = "HG645")]
    pub model: String,
    /// Revision of the hardware.
    pub hardware: String,
    /// The version that runs now.
    pub version: String,
    /// The number of its stage, from 1.
    #[schema(example = 1)]
    pub stage: u16,
    pub state: CampaignDeviceState,
    /// Why it was left out.
    pub skipped: Option<SkipReason>,
    /// Why it failed last; kept while it is tried again.
    pub failure: Option<Failure>,
    /// How often it had the order.
    pub orders: u32,
    /// When it is looked at again.
    pub due_at: Option<Time>,
    pub changed_at: Time,
    /// The number of its task.
    pub task: Option<i64>,
    /// What happened to it, oldest first. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<CampaignDeviceStep>>,
}

impl CampaignDevice {
    fn of(view: TargetView, owners: bool) -> Self {
        Self {
            device: view.device.0,
            serial: view.serial,
            subscriber: view.subscriber.filter(|_| owners),
            model: view.model,
            hardware: view.hardware,
            version: view.version,
            stage: number(view.stage),
            state: view.state.into(),
            skipped: view.skipped.map(Into::into),
            failure: view.failure.map(Into::into),
            orders: view.orders,
            due_at: view.due_at.map(Into::into),
            changed_at: view.changed_at.into(),
            task: view.task.map(|task| task.0),
            steps: None,
        }
    }
}

/// Which routers of a campaign; what is left out does not restrict.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DevicesQuery {
    /// States, with commas between them.
    #[serde(default)]
    #[param(required = false, example = "failed,lost")]
    pub state: String,
    /// The number of a stage, from 1.
    #[param(minimum = 1)]
    pub stage: Option<u16>,
    /// Why they failed: a word of `failure.class`, or the code of a fault, such as `9010`.
    pub class: Option<String>,
    /// The model, in full.
    #[param(max_length = 200)]
    pub model: Option<String>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Routers a page; 50 if left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// A word of a class, or the code of a fault.
fn class(text: &str) -> Result<campaign::FailureClass, Problem> {
    let fault = text.parse::<u16>().ok().filter(|code| (100..10_000).contains(code));
    let class = match fault {
        Some(code) => Some(campaign::FailureClass::Fault(code)),
        None => words_of::<FailureClass>("class", text)?.first().copied().and_then(FailureClass::inner),
    };
    class.ok_or_else(|| {
        let detail = "A word of `failure.class`, or the code of a fault, such as 9010.";
        Problem::field(StatusCode::BAD_REQUEST, "class", detail)
    })
}

fn filter(asked: &DevicesQuery) -> Result<TargetFilter, Problem> {
    let wrong = |field: &'static str, detail: &str| Err(Problem::field(StatusCode::BAD_REQUEST, field, detail));
    let mut states: Vec<campaign::TargetState> =
        words_of::<CampaignDeviceState>("state", &asked.state)?.into_iter().map(Into::into).collect();
    // Each once: the list goes through them one after the other.
    states.sort_unstable();
    states.dedup();
    let stage = match asked.stage {
        Some(0) => return wrong("stage", "Stages are counted from 1."),
        stage => stage.map(|stage| stage - 1),
    };
    if asked.model.as_ref().is_some_and(|model| model.chars().count() > 200) {
        return wrong("model", "At most 200 characters.");
    }
    Ok(TargetFilter {
        states,
        stage,
        class: asked.class.as_deref().map(class).transpose()?,
        model: asked.model.clone(),
    })
}

/// The routers of a campaign
///
/// The latest change first, then those that wait, in the order of their turn. While the campaign runs, a router may move
/// from one page to another.
#[utoipa::path(
    get, path = "/api/v1/campaigns/{id}/devices", tag = "Campaigns", operation_id = "listDevicesOfCampaign",
    params(("id" = i64, Path, description = "The number of the campaign"), DevicesQuery),
    responses((status = 200, description = "A page of routers.", body = Page<CampaignDevice>)),
)]
pub async fn list(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
    Asked(asked): Asked<DevicesQuery>,
) -> Result<Json<Page<CampaignDevice>>, Problem> {
    let filter = filter(&asked)?;
    let list = ("campaign devices", id, &filter);
    let cursor = api.cursors.maybe(&list, asked.cursor.as_deref())?;
    let limit = limit(asked.limit)?;
    let owners = actor.require(Permission::SubscriberRead).is_ok();
    let page = api.acs.campaign_targets(&actor, CampaignId(id), &filter, cursor.as_ref(), limit).await?;
    Ok(Json(api.cursors.page(&list, page.map(|view| CampaignDevice::of(view, owners)))))
}

/// One router of a campaign
#[utoipa::path(
    get, path = "/api/v1/campaigns/{id}/devices/{device}", tag = "Campaigns", operation_id = "readDeviceOfCampaign",
    params(
        ("id" = i64, Path, description = "The number of the campaign"),
        ("device" = i64, Path, description = "The number of the router"),
    ),
    responses((status = 200, description = "The router, with what happened to it.", body = CampaignDevice)),
)]
pub async fn read(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At((id, device)): At<(i64, i64)>,
) -> Result<Json<CampaignDevice>, Problem> {
    let owners = actor.require(Permission::SubscriberRead).is_ok();
    let view = api.acs.campaign_target(&actor, CampaignId(id), DeviceId(device)).await?;
    let steps = view.steps.iter().map(|step| CampaignDeviceStep { state: step.state.into(), at: step.at.into() });
    let steps = Some(steps.collect());
    Ok(Json(CampaignDevice { steps, ..CampaignDevice::of(view, owners) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(state: &str, stage: Option<u16>, class: Option<&str>) -> DevicesQuery {
        let class = class.map(str::to_owned);
        DevicesQuery { state: state.to_owned(), stage, class, model: None, cursor: None, limit: None }
    }

    #[test]
    fn i2_filters_are_bounded_and_each_state_comes_once() {
        use campaign::TargetState as S;
        let read = filter(&asked("lost, failed,lost", Some(2), Some("9018"))).unwrap();
        assert_eq!((read.states, read.stage), (vec![S::Failed, S::Lost], Some(1)));
        assert_eq!(read.class, Some(campaign::FailureClass::Fault(9018)));
        let read = filter(&asked("", None, Some("no_return"))).unwrap();
        assert_eq!((read.states, read.class), (vec![], Some(campaign::FailureClass::NoReturn)));
        for wrong in [
            asked("asleep", None, None),
            asked(&"lost,".repeat(1000), None, None),
            asked("", Some(0), None),
            asked("", None, Some("fault")),
            asked("", None, Some("5")),
            asked("", None, Some("")),
            asked("", None, Some("bad luck")),
        ] {
            assert!(filter(&wrong).is_err(), "{wrong:?}");
        }
        for state in S::ALL {
            assert_eq!(serde_json::to_value(CampaignDeviceState::from(state)).unwrap(), state.as_str());
        }
    }
}
