//! `/api/v1/tasks`, and the tasks of a device.

pub mod kind;
pub mod outcome;
pub mod test;

use super::cursor::{Page, limit};
use super::idempotency::Again;
use super::input::{Asked, At, Sent};
use super::problem::Problem;
use super::time::{Time, now};
use super::words::words;
use super::{Api, Caller};
use acs::{AcsError, Actor};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use kind::TaskRequest;
use model::task::{self, TaskKind, TaskView};
use model::{DeviceId, TaskId};
use outcome::Outcome;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Tasks that one request may name.
const IDS_MAX: usize = 100;

words! {
    /// Where a task is. It waits (`queued`), its router is being called (`contacting`), has it (`connected`), has said
    /// yes (`applied`), and what it did was seen to hold (`verified`). The other ends: the router reports something
    /// else (`different`), it did not work (`failed`), somebody took it back (`cancelled`).
    TaskState = task::TaskState { Queued, Contacting, Connected, Applied, Verified, Different, Failed, Cancelled }
}

/// When a task came into a state.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskStep {
    pub state: TaskState,
    pub at: Time,
}

/// One thing to do on one router.
#[derive(Debug, Serialize, ToSchema)]
pub struct Task {
    #[schema(example = 4812)]
    pub id: i64,
    /// The number of the router.
    #[schema(example = 17)]
    pub device: i64,
    /// In a few words, for people.
    #[schema(example = "Set Channel to 11")]
    pub title: String,
    /// What was asked for; values of secrets are empty.
    pub request: TaskRequest,
    pub state: TaskState,
    /// Nothing more will happen.
    pub ended: bool,
    /// Who asked for it.
    pub by: String,
    pub created_at: Time,
    pub updated_at: Time,
    pub steps: Vec<TaskStep>,
    /// Why it still waits, for people.
    pub note: Option<String>,
    pub outcome: Option<Outcome>,
}

impl From<TaskView> for Task {
    fn from(task: TaskView) -> Self {
        Self {
            id: task.id.0,
            device: task.device.0,
            title: task.kind.title(),
            request: task.kind.into(),
            state: task.state.into(),
            ended: task.state.ended(),
            by: task.by,
            created_at: task.created_at.into(),
            updated_at: task.updated_at.into(),
            steps: task
                .steps
                .into_iter()
                .map(|step| TaskStep { state: step.state.into(), at: step.at.into() })
                .collect(),
            note: task.note,
            outcome: task.outcome.map(Into::into),
        }
    }
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Entries a page; 50 if left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// Asks a router for something
///
/// The task is kept until the router has done it, however long the router is away. Asking twice for a reboot that still
/// waits gives the task that is there. Send an `Idempotency-Key` to be able to try again safely.
#[utoipa::path(
    post, path = "/api/v1/devices/{id}/tasks", tag = "Tasks", operation_id = "createTask",
    params(("id" = i64, Path, description = "The number of the router")),
    request_body = TaskRequest,
    responses(
        (status = 201, description = "The task, which waits for its router.", body = Task, headers(("Location" = String, description = "The address of the task"))),
        (status = 200, description = "The same was asked for already, and still waits.", body = Task),
    ),
)]
pub async fn create(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    again: Option<Extension<Again>>,
    At(id): At<i64>,
    Sent(request): Sent<TaskRequest>,
) -> Result<Response, Problem> {
    if let Some((list, most)) = request.too_long() {
        let detail = format!("This list has more than {most} entries.");
        return Err(Problem::field(StatusCode::UNPROCESSABLE_ENTITY, list, detail));
    }
    let started = now();
    let task = ask(&api, &actor, DeviceId(id), request.into(), again).await?;
    Ok(created(task.created_at >= started, "tasks", task.id, Task::from(task)))
}

/// Asks a router for something; after a crash, unless it was asked for then.
pub async fn ask(
    api: &Api,
    actor: &Actor,
    device: DeviceId,
    kind: TaskKind,
    again: Option<Extension<Again>>,
) -> Result<TaskView, AcsError> {
    match again {
        None => api.acs.create_task(actor, device, kind).await,
        Some(Extension(Again(since))) => api.acs.create_task_once(actor, device, kind, since).await,
    }
}

/// Something new with its address, or what was there already.
pub fn created(is_new: bool, list: &str, id: TaskId, body: impl Serialize) -> Response {
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let mut answer = (status, Json(body)).into_response();
    if let Ok(location) = HeaderValue::try_from(format!("/api/v1/{list}/{id}")) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    answer
}

/// The tasks of a router, newest first
#[utoipa::path(
    get, path = "/api/v1/devices/{id}/tasks", tag = "Tasks", operation_id = "listTasksOfDevice",
    params(("id" = i64, Path, description = "The number of the router"), PageQuery),
    responses((status = 200, description = "A page of tasks.", body = Page<Task>)),
)]
pub async fn of_device(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
    Asked(asked): Asked<PageQuery>,
) -> Result<Json<Page<Task>>, Problem> {
    let list = ("tasks", id);
    let cursor = api.cursors.maybe(&list, asked.cursor.as_deref())?;
    let page = api.acs.tasks(&actor, DeviceId(id), cursor.as_ref(), limit(asked.limit)?).await?;
    Ok(Json(api.cursors.page(&list, page)))
}

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IdsQuery {
    /// Up to 100 numbers of tasks, with commas between them.
    #[param(example = "4812,4813")]
    pub ids: String,
}

/// Several tasks at once
///
/// For programs that wait for tasks of many routers. Numbers that there are not are left out.
#[utoipa::path(
    get, path = "/api/v1/tasks", tag = "Tasks", operation_id = "listTasks",
    params(IdsQuery),
    responses((status = 200, description = "Those of the tasks that there are, by number.", body = Page<Task>)),
)]
pub async fn list(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    Asked(asked): Asked<IdsQuery>,
) -> Result<Json<Page<Task>>, Problem> {
    let ids = ids(&asked.ids)?.into_iter().map(TaskId).collect::<Vec<_>>();
    let tasks = api.acs.tasks_by_id(&actor, &ids).await?;
    Ok(Json(Page { items: tasks.into_iter().map(Into::into).collect(), next: None }))
}

/// Numbers with commas between them, not too many (catalogue row I2).
fn ids(text: &str) -> Result<Vec<i64>, Problem> {
    let wrong = || {
        let detail = format!("1 to {IDS_MAX} numbers with commas between them.");
        Problem::field(StatusCode::BAD_REQUEST, "ids", detail)
    };
    let mut ids = Vec::new();
    for id in text.split(',') {
        if ids.len() == IDS_MAX {
            return Err(wrong());
        }
        ids.push(id.trim().parse::<i64>().map_err(|_| wrong())?);
    }
    Ok(ids)
}

/// One task
#[utoipa::path(
    get, path = "/api/v1/tasks/{id}", tag = "Tasks", operation_id = "readTask",
    params(("id" = i64, Path, description = "The number of the task")),
    responses((status = 200, description = "The task as it is now.", body = Task)),
)]
pub async fn read(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
) -> Result<Json<Task>, Problem> {
    Ok(Json(api.acs.task(&actor, TaskId(id)).await?.into()))
}

/// Takes a task back
///
/// Only before the router has got it; a test also while the router runs it.
#[utoipa::path(
    post, path = "/api/v1/tasks/{id}/cancel", tag = "Tasks", operation_id = "cancelTask",
    params(("id" = i64, Path, description = "The number of the task")),
    responses((status = 200, description = "The task, cancelled.", body = Task)),
)]
pub async fn cancel(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    again: Option<Extension<Again>>,
    At(id): At<i64>,
) -> Result<Json<Task>, Problem> {
    let cancelled = match again {
        None => api.acs.cancel_task(&actor, TaskId(id)).await?,
        Some(_) => api.acs.cancel_task_once(&actor, TaskId(id)).await?,
    };
    Ok(Json(cancelled.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i2_lists_of_ids_are_bounded() {
        assert_eq!(ids("1, 2,3").unwrap(), [1, 2, 3]);
        assert_eq!(ids(&vec!["1"; IDS_MAX].join(",")).unwrap().len(), IDS_MAX);
        for wrong in ["", "a", "1,", "1;2", &vec!["1"; IDS_MAX + 1].join(","), &"1,".repeat(1_000_000)] {
            assert!(ids(wrong).is_err(), "{}", wrong.len());
        }
    }
}
