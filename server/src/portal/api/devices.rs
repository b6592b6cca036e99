//! `/api/v1/devices`.

use super::cursor::{Page, limit};
use super::input::{Asked, At};
use super::problem::Problem;
use super::time::{Time, now};
use super::words::words;
use super::{Api, Caller};
use axum::extract::State;
use axum::{Extension, Json};
use model::device::{self, DeviceFilter, DeviceQuery, DeviceRow, DeviceView};
use model::reach::{self, Reachability};
use model::{DeviceId, Permission};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

words! {
    /// Whether a router is there: it checked in when it should have (`online`), is a little `late`, is past its interval
    /// and its retries (`offline`), or was told to reboot and is not back yet.
    Presence = device::Presence { Online, Late, Offline, Rebooting }
    /// The data model that a router speaks.
    DataModel = device::DataModel { Tr098, Tr181, Unknown }
    /// What a list of routers is sorted by.
    DeviceSort = device::DeviceSort { FirstSeen, Serial, Model, Software, Subscriber, LastInform }
    /// A way of waking a router.
    Way = reach::Way { Xmpp, Http, Udp }
}

/// Whether a router may take part in management.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Enrolment {
    Approved,
    /// It may check in; nothing is asked of it until somebody approves it.
    Waiting,
    /// Its sessions end at once.
    Refused,
}

impl From<device::Enrolment> for Enrolment {
    fn from(inner: device::Enrolment) -> Self {
        match inner {
            device::Enrolment::Approved => Self::Approved,
            device::Enrolment::Quarantined => Self::Waiting,
            device::Enrolment::Refused => Self::Refused,
        }
    }
}

impl From<Enrolment> for device::Enrolment {
    fn from(word: Enrolment) -> Self {
        match word {
            Enrolment::Approved => Self::Approved,
            Enrolment::Waiting => Self::Quarantined,
            Enrolment::Refused => Self::Refused,
        }
    }
}

/// Whose line it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Owner {
    #[schema(example = "4711")]
    pub account: String,
    pub name: String,
}

/// A router.
#[derive(Debug, Serialize, ToSchema)]
pub struct Device {
    /// Its number, which stays.
    #[schema(example = 17)]
    pub id: i64,
    #[schema(example = "KSTL00000017")]
    pub serial: String,
    /// Six hexadecimal digits.
    #[schema(example = "02A0E1")]
    pub oui: String,
    pub product_class: String,
    pub manufacturer: String,
    #[schema(example = "HG645")]
    pub model: String,
    pub hardware_version: String,
    pub software_version: String,
    pub data_model: DataModel,
    /// Where it comes from.
    pub address: String,
    pub enrolment: Enrolment,
    /// Not there for one that has never checked in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    pub first_seen: Time,
    /// Not there for one that has never checked in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_inform: Option<Time>,
    /// It is late after this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Time>,
    /// Tasks that have not ended.
    pub open_tasks: u32,
    /// Something failed with it too often: nothing is asked of it by itself any more.
    pub stuck: bool,
    /// Only for tokens that may see subscribers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscriber: Option<Owner>,
}

impl Device {
    pub fn of(row: DeviceRow, owners: bool) -> Self {
        let (seen, presence) = (row.was_seen(), row.presence(now()));
        Self {
            id: row.id.0,
            serial: row.identity.serial,
            oui: row.identity.oui,
            product_class: row.identity.product_class,
            manufacturer: row.identity.manufacturer,
            model: row.model,
            hardware_version: row.hardware_version,
            software_version: row.software_version,
            data_model: row.data_model.into(),
            address: row.address,
            enrolment: row.enrolment.into(),
            presence: seen.then(|| presence.into()),
            first_seen: row.first_seen.into(),
            last_inform: seen.then(|| row.last_inform.into()),
            due_at: seen.then(|| row.late_at.into()),
            open_tasks: row.open_tasks,
            stuck: row.stuck,
            subscriber: row.subscriber.filter(|_| owners).map(|who| Owner { account: who.account, name: who.name }),
        }
    }
}

/// Whether and how a router can be woken.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Reach {
    /// The last call brought a session.
    Works {
        way: Way,
        last_success: Time,
    },
    Untried {},
    /// The last call failed; why, for people.
    Failed {
        at: Time,
        reason: String,
    },
    /// There is no way; why, for people.
    NoWay {
        reason: String,
    },
}

impl From<Reachability> for Reach {
    fn from(reach: Reachability) -> Self {
        match reach {
            Reachability::Works { way, last_success } => {
                Self::Works { way: way.into(), last_success: last_success.into() }
            }
            Reachability::Untried => Self::Untried {},
            Reachability::Failed { at, reason } => Self::Failed { at: at.into(), reason },
            Reachability::NoWay { reason } => Self::NoWay { reason },
        }
    }
}

/// A router with what else is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceDetails {
    #[serde(flatten)]
    pub device: Device,
    /// The version of CWMP it speaks.
    #[schema(example = "1.2")]
    pub cwmp_version: String,
    /// By its own setting.
    pub inform_interval_seconds: Option<u32>,
    /// Parameters that are known.
    pub parameters: u32,
    /// When all of them were last read.
    pub parameters_read_at: Option<Time>,
    /// Why nothing is asked of it by itself any more, for people.
    pub stuck_reason: Option<String>,
    pub reach: Reach,
    /// What seems to be the matter, in one sentence for people.
    pub verdict: String,
}

impl DeviceDetails {
    fn of(view: DeviceView, owners: bool) -> Self {
        Self {
            device: Device::of(view.row, owners),
            cwmp_version: view.cwmp_version,
            inform_interval_seconds: view.inform_interval,
            parameters: view.parameter_count,
            parameters_read_at: view.tree_read_at.map(Into::into),
            stuck_reason: view.stuck.map(|(_, why)| why),
            reach: view.reach.into(),
            verdict: view.verdict.summary,
        }
    }
}

/// Which routers; what is left out does not restrict.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Words: parts of the serial number, model, subscriber, address…
    #[serde(default)]
    #[param(required = false, max_length = 200)]
    pub text: String,
    #[param(inline)]
    pub presence: Option<Presence>,
    #[param(inline)]
    pub enrolment: Option<Enrolment>,
    #[serde(default)]
    #[param(required = false)]
    pub manufacturer: String,
    #[serde(default)]
    #[param(required = false)]
    pub model: String,
    #[serde(default)]
    #[param(required = false)]
    pub software_version: String,
    /// Only those that something failed with too often.
    #[serde(default)]
    #[param(required = false)]
    pub stuck: bool,
    /// Only those first seen within so many days.
    pub new_within_days: Option<u16>,
    /// `first_seen` if left out.
    #[param(inline)]
    pub sort: Option<DeviceSort>,
    /// The other way round.
    #[serde(default)]
    #[param(required = false)]
    pub descending: bool,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Routers a page; 50 if left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// Longest text of a filter, in characters.
const TEXT_MAX: usize = 200;

/// The routers
///
/// Sorted as asked for, page by page. A page costs the same however large the fleet is.
#[utoipa::path(
    get, path = "/api/v1/devices", tag = "Devices", operation_id = "listDevices",
    params(ListQuery),
    responses((status = 200, description = "A page of routers.", body = Page<Device>)),
)]
pub async fn list(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    Asked(asked): Asked<ListQuery>,
) -> Result<Json<Page<Device>>, Problem> {
    let texts = [
        ("text", &asked.text),
        ("manufacturer", &asked.manufacturer),
        ("model", &asked.model),
        ("software_version", &asked.software_version),
    ];
    for (field, text) in texts {
        if text.chars().count() > TEXT_MAX {
            let detail = format!("At most {TEXT_MAX} characters.");
            return Err(Problem::field(axum::http::StatusCode::BAD_REQUEST, field, detail));
        }
    }
    let filter = DeviceFilter {
        text: asked.text,
        presence: asked.presence.map(Into::into),
        enrolment: asked.enrolment.map(Into::into),
        manufacturer: asked.manufacturer,
        model: asked.model,
        software_version: asked.software_version,
        stuck: asked.stuck,
        new_within_days: asked.new_within_days,
    };
    let mut query = DeviceQuery {
        filter,
        sort: asked.sort.map(Into::into).unwrap_or_default(),
        direction: if asked.descending { device::Direction::Descending } else { device::Direction::Ascending },
        limit: limit(asked.limit)?,
        ..DeviceQuery::default()
    };
    let list = ("devices", query.filter.clone(), query.sort, query.direction);
    query = query.with_cursor(api.cursors.maybe(&list, asked.cursor.as_deref())?.as_ref());
    let owners = actor.require(Permission::SubscriberRead).is_ok();
    let page = api.acs.devices(&actor, &query).await?.map(|row| Device::of(row, owners));
    Ok(Json(api.cursors.page(&list, page)))
}

/// One router
#[utoipa::path(
    get, path = "/api/v1/devices/{id}", tag = "Devices", operation_id = "readDevice",
    params(("id" = i64, Path, description = "The number of the router")),
    responses((status = 200, description = "The router.", body = DeviceDetails)),
)]
pub async fn read(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
) -> Result<Json<DeviceDetails>, Problem> {
    let owners = actor.require(Permission::SubscriberRead).is_ok();
    Ok(Json(DeviceDetails::of(api.acs.device(&actor, DeviceId(id)).await?, owners)))
}
