//! What happened: the timeline of a device, and the events of the whole fleet to follow.

use super::cursor::{Page, limit};
use super::devices::Enrolment;
use super::input::{Asked, At};
use super::problem::Problem;
use super::tasks::TaskState;
use super::tasks::outcome::{Change, Fault, ModuleResult};
use super::time::Time;
use super::words::words;
use super::{Api, Caller};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use model::device::Identity;
use model::event::{EventKind, EventView};
use model::subscriber::LinkWhy;
use model::timeline::{self, Entry, TimelineFilter};
use model::webhook::{is_kind, word};
use model::{DeviceId, timeline::Group};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

words! {
    /// What a task is about.
    Topic = timeline::Topic { Other, Settings, Firmware, Diagnostics }
}

/// What of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventGroup {
    /// The router's own changes and ours.
    Changes,
    Tasks,
    Diagnostics,
    Firmware,
    Restarts,
    /// Faults, broken sessions, routers that could not be reached or fell silent.
    Trouble,
    /// Notes and escalations.
    Notes,
}

impl From<EventGroup> for Group {
    fn from(group: EventGroup) -> Self {
        match group {
            EventGroup::Changes => Self::Changes,
            EventGroup::Tasks => Self::Tasks,
            EventGroup::Diagnostics => Self::Diagnostics,
            EventGroup::Firmware => Self::Firmware,
            EventGroup::Restarts => Self::Restarts,
            EventGroup::Trouble => Self::Trouble,
            EventGroup::Notes => Self::Notes,
        }
    }
}

/// How a router found its subscriber.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkedBy {
    Hand,
    Serial,
    ProvisioningCode,
    PppUser,
}

/// What happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(example = json!({"kind": "software", "before": "4.2.0", "after": "4.2.1"}))]
pub enum Happening {
    /// Seen for the first time.
    FirstContact {},
    /// A factory reset, or the first installation.
    Bootstrap {},
    /// It started.
    Boot {},
    /// All parameters were read for the first time.
    Discovered {
        parameters: u32,
    },
    /// Values changed; `more` says how many beyond those that are listed.
    Changed {
        changes: Vec<Change>,
        more: u32,
    },
    TaskEnded {
        task: i64,
        title: String,
        state: TaskState,
        topic: Topic,
    },
    /// The version of the firmware changed.
    Software {
        before: String,
        after: String,
    },
    /// The address that it comes from changed.
    Address {
        before: String,
        after: String,
    },
    /// Somebody said to be this router and was turned away.
    Rejected {
        reason: String,
        address: String,
    },
    /// Whether it may take part was decided.
    Enrolment {
        state: Enrolment,
    },
    /// `own`: it uses a login of its own from now on; otherwise it went back to the shared one.
    Login {
        own: bool,
    },
    /// It came to a subscriber's line.
    Linked {
        account: String,
        linked_by: LinkedBy,
        before: Option<String>,
    },
    Unlinked {
        account: String,
    },
    /// Several subscribers fit to what it says.
    LinkConflict {
        accounts: Vec<String>,
    },
    /// A password was shown to the one who did it.
    Revealed {
        what: String,
        reason: String,
    },
    /// Its own pages were opened to the internet.
    AccessOpened {
        minutes: u16,
    },
    AccessClosed {},
    /// It could not be woken.
    Unreachable {
        reason: String,
    },
    SessionFailed {
        reason: String,
    },
    /// A file was transferred that nobody here asked for.
    Transferred {
        what: String,
        download: bool,
        fault: Option<Fault>,
    },
    ModulesChanged {
        results: Vec<ModuleResult>,
    },
    DownloadRequested {
        file_type: String,
    },
    /// An event of the maker's own; not to be trusted.
    Reported {
        code: String,
    },
    /// It checked in again after a silence.
    Returned {
        away_ms: i64,
    },
    /// Two devices report under this one identity.
    Twins {
        addresses: Vec<String>,
    },
    Escalated {
        reason: String,
    },
    EscalationClosed {
        outcome: String,
    },
    /// It answered a request with a fault.
    Fault {
        fault: Fault,
    },
    /// Somebody wrote something down; only in timelines.
    Note {
        text: String,
    },
}

impl From<EventKind> for Happening {
    fn from(kind: EventKind) -> Self {
        use EventKind as E;
        let all = |results: Vec<model::file::ModuleResult>| results.into_iter().map(ModuleResult::from).collect();
        match kind {
            E::FirstContact => Self::FirstContact {},
            E::Bootstrap => Self::Bootstrap {},
            E::Boot => Self::Boot {},
            E::Discovered { parameters, .. } => Self::Discovered { parameters },
            E::Changed { changes, more } => {
                Self::Changed { changes: changes.into_iter().map(Into::into).collect(), more }
            }
            E::TaskEnded { task, title, state, topic } => {
                Self::TaskEnded { task: task.0, title, state: state.into(), topic: topic.into() }
            }
            E::Software { before, after } => Self::Software { before, after },
            E::Address { before, after } => Self::Address { before, after },
            E::Rejected { reason, address } => Self::Rejected { reason, address },
            E::Enrolment { state } => Self::Enrolment { state: state.into() },
            E::Login { own } => Self::Login { own },
            E::Linked { account, why, before, .. } => {
                let linked_by = match why {
                    LinkWhy::Hand => LinkedBy::Hand,
                    LinkWhy::Serial => LinkedBy::Serial,
                    LinkWhy::ProvisioningCode { .. } => LinkedBy::ProvisioningCode,
                    LinkWhy::PppUser { .. } => LinkedBy::PppUser,
                };
                Self::Linked { account, linked_by, before }
            }
            E::Unlinked { account } => Self::Unlinked { account },
            E::LinkConflict { accounts } => Self::LinkConflict { accounts },
            E::Revealed { what, reason } => Self::Revealed { what, reason },
            E::AccessOpened { minutes } => Self::AccessOpened { minutes },
            E::AccessClosed => Self::AccessClosed {},
            E::Unreachable { reason } => Self::Unreachable { reason },
            E::SessionFailed { reason } => Self::SessionFailed { reason },
            E::Transferred { what, download, fault } => {
                Self::Transferred { what, download, fault: fault.map(Into::into) }
            }
            E::ModulesChanged { results } => Self::ModulesChanged { results: all(results) },
            E::DownloadRequested { file_type } => Self::DownloadRequested { file_type },
            E::Reported { code } => Self::Reported { code },
            E::Returned { away_ms } => Self::Returned { away_ms },
            E::Twins { addresses } => Self::Twins { addresses },
            E::Escalated { reason, .. } => Self::Escalated { reason },
            E::EscalationClosed { outcome, .. } => Self::EscalationClosed { outcome },
            E::Fault { fault } => Self::Fault { fault: fault.into() },
        }
    }
}

/// An entry of the timeline of a router.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// Of the event, or of the note: both are counted apart.
    pub id: i64,
    pub at: Time,
    /// Who did it; `null`: the router, or the server by itself.
    pub by: Option<String>,
    pub what: Happening,
}

impl From<Entry> for TimelineEntry {
    fn from(entry: Entry) -> Self {
        match entry {
            Entry::Event { event } => {
                Self { id: event.id.0, at: event.at.into(), by: event.by, what: event.kind.into() }
            }
            Entry::Note { note } => {
                Self { id: note.id.0, at: note.at.into(), by: Some(note.by), what: Happening::Note { text: note.text } }
            }
        }
    }
}

/// Which router an event is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventDevice {
    /// Its number.
    #[schema(example = 17)]
    pub id: i64,
    #[schema(example = "KSTL00000017")]
    pub serial: String,
    #[schema(example = "02A0E1")]
    pub oui: String,
    pub product_class: String,
}

/// An event of the fleet; also the body of a webhook's delivery.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event {
    /// Grows with time; the same event always has the same.
    #[schema(example = 90210)]
    pub id: i64,
    pub device: EventDevice,
    pub at: Time,
    /// Who did it; `null`: the router, or the server by itself.
    pub by: Option<String>,
    pub what: Happening,
}

impl Event {
    pub fn of(event: EventView, identity: Identity) -> Self {
        let Identity { oui, product_class, serial, .. } = identity;
        Self {
            id: event.id.0,
            device: EventDevice { id: event.device.0, serial, oui, product_class },
            at: event.at.into(),
            by: event.by,
            what: event.kind.into(),
        }
    }
}

/// Which entries of a timeline.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TimelineQuery {
    #[param(inline)]
    pub group: Option<EventGroup>,
    /// Only what this person or program did and wrote.
    #[serde(default)]
    #[param(required = false, max_length = 200)]
    pub by: String,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Entries a page; 50 if left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// The timeline of a router, newest first
#[utoipa::path(
    get, path = "/api/v1/devices/{id}/events", tag = "Events", operation_id = "listEventsOfDevice",
    params(("id" = i64, Path, description = "The number of the router"), TimelineQuery),
    responses((status = 200, description = "A page of the timeline.", body = Page<TimelineEntry>)),
)]
pub async fn of_device(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
    Asked(asked): Asked<TimelineQuery>,
) -> Result<Json<Page<TimelineEntry>>, Problem> {
    let filter = TimelineFilter { group: asked.group.map(Into::into).unwrap_or_default(), by: asked.by };
    let list = ("timeline", id, &filter);
    let cursor = api.cursors.maybe(&list, asked.cursor.as_deref())?;
    let limit = limit(asked.limit)?;
    let page = api.acs.timeline(&actor, DeviceId(id), &filter, cursor.as_ref(), limit).await?;
    Ok(Json(api.cursors.page(&list, page)))
}

/// Where somebody begins who has no cursor yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Begin {
    /// With the oldest event that is kept.
    #[default]
    Start,
    /// With what happens from now on.
    Now,
}

/// Which events of the fleet.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// Only these kinds, with commas between them; left out: all.
    #[serde(default)]
    #[param(required = false, example = "boot,task_ended")]
    pub kinds: String,
    /// `next` of the page before. Any filter may be used with it.
    pub cursor: Option<String>,
    /// Where to begin without a cursor: `start` if left out.
    #[serde(default)]
    #[param(inline, required = false)]
    pub from: Begin,
    /// Events a page, at most; 50 if left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// Events of the fleet, to follow.
#[derive(Debug, Serialize, ToSchema)]
pub struct Feed {
    pub items: Vec<Event>,
    /// The `cursor` of the next page; always there.
    pub next: String,
    /// There is more already: ask again at once. Otherwise after some seconds.
    pub more: bool,
}

/// The events of all routers, oldest first
///
/// Keep `next` and come back with it: nothing is left out, and nothing comes twice. A page may be empty and still have a
/// `next` that is further on.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "Events", operation_id = "followEvents",
    params(FeedQuery),
    responses((status = 200, description = "What happened since.", body = Feed)),
)]
pub async fn follow(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    Asked(asked): Asked<FeedQuery>,
) -> Result<Json<Feed>, Problem> {
    let kinds = kinds(&asked.kinds)?;
    let limit = limit(asked.limit)?;
    let list = "events";
    let after = match asked.cursor.as_deref() {
        Some(cursor) => api.cursors.open(&list, cursor)?.parse::<i64>().unwrap_or(0),
        None if asked.from == Begin::Now => {
            let newest = api.acs.newest_event(&actor).await?;
            let next = api.cursors.seal(&list, &newest.to_string());
            return Ok(Json(Feed { items: Vec::new(), next, more: false }));
        }
        None => 0,
    };
    let wanted = |event: &EventView| kinds.is_empty() || kinds.contains(&word(&event.kind));
    let page = api.acs.events_after(&actor, after, limit, wanted).await?;
    let next = api.cursors.seal(&list, &page.next.to_string());
    let items = page.events.into_iter().map(|(event, identity)| Event::of(event, identity)).collect();
    Ok(Json(Feed { items, next, more: page.more }))
}

/// Kinds with commas between them; each once.
fn kinds(text: &str) -> Result<Vec<&str>, Problem> {
    let kinds: Vec<&str> = text.split(',').map(str::trim).filter(|kind| !kind.is_empty()).collect();
    let most = model::webhook::EVENT_KINDS.len();
    if kinds.len() > most {
        return Err(Problem::field(StatusCode::BAD_REQUEST, "kinds", format!("At most {most} kinds.")));
    }
    match kinds.iter().find(|kind| !is_kind(kind)) {
        Some(_) => {
            let detail = "One of them is no kind of event. They are those of `what.kind` of an event.";
            Err(Problem::field(StatusCode::BAD_REQUEST, "kinds", detail))
        }
        None => Ok(kinds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::task::ValueChange;
    use model::{EventId, Timestamp};

    #[test]
    fn kinds_have_one_word_everywhere() {
        let fault = || model::fault::FaultView::local("x");
        let all = [
            EventKind::FirstContact,
            EventKind::Bootstrap,
            EventKind::Boot,
            EventKind::Discovered { parameters: 1, round_trips: 1 },
            EventKind::Changed { changes: Vec::new(), more: 0 },
            EventKind::Software { before: "1".into(), after: "2".into() },
            EventKind::Login { own: true },
            EventKind::AccessClosed,
            EventKind::Reported { code: "X".into() },
            EventKind::Twins { addresses: Vec::new() },
            EventKind::Fault { fault: fault() },
            EventKind::Transferred { what: String::new(), download: true, fault: Some(fault()) },
            EventKind::TaskEnded {
                task: model::TaskId(1),
                title: "t".into(),
                state: model::task::TaskState::Failed,
                topic: timeline::Topic::Firmware,
            },
        ];
        for kind in all {
            let stored = serde_json::to_value(&kind).unwrap()["event"].clone();
            let word = word(&kind);
            assert_eq!(stored, word);
            assert!(is_kind(word), "{word}");
            assert_eq!(serde_json::to_value(Happening::from(kind)).unwrap()["kind"], word);
        }
        assert!(!is_kind("test") && !is_kind("note") && !is_kind(""));
    }

    #[test]
    fn n5_events_tell_no_secret() {
        let path = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase".to_owned();
        let canary = Some("canary".to_owned());
        let changes = vec![ValueChange { path, before: canary.clone(), wanted: None, after: canary }];
        let kind = EventKind::Changed { changes, more: 0 };
        let event = EventView { id: EventId(1), device: DeviceId(1), at: Timestamp(0), kind, by: None };
        let told = serde_json::to_string(&Event::of(event, Identity::default())).unwrap();
        assert!(!told.contains("canary") && told.contains("KeyPassphrase"), "{told}");
    }

    #[test]
    fn i2_kinds_are_known_and_few() {
        assert_eq!(kinds("boot, fault,").unwrap(), ["boot", "fault"]);
        assert!(kinds("").unwrap().is_empty());
        assert!(kinds("explosion").is_err() && kinds(&"boot,".repeat(1000)).is_err());
    }
}
