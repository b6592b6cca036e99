//! Tests that routers run.

use super::cursor::{Page, limit};
use super::idempotency::Again;
use super::input::{Asked, At, Sent};
use super::problem::Problem;
use super::tasks::outcome::{Fault, Outcome, TestResult};
use super::tasks::test::TestRequest;
use super::tasks::{PageQuery, TaskState, ask, created};
use super::time::{Time, now};
use super::{Api, Caller};
use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json};
use model::task::{TaskKind, TaskView};
use model::{DeviceId, TaskId};
use serde::Serialize;
use utoipa::ToSchema;

/// A test that a router was asked to run. It is a task, too, with the same number.
#[derive(Debug, Serialize, ToSchema)]
pub struct Diagnostic {
    #[schema(example = 4813)]
    pub id: i64,
    /// The number of the router.
    #[schema(example = 17)]
    pub device: i64,
    /// In a few words, for people.
    #[schema(example = "Ping 192.0.2.1, 4 times")]
    pub title: String,
    /// What was asked for, with what is usual filled in.
    pub test: TestRequest,
    pub state: TaskState,
    /// Nothing more will happen.
    pub ended: bool,
    pub by: String,
    pub created_at: Time,
    pub updated_at: Time,
    /// Why it still waits, for people.
    pub note: Option<String>,
    /// The router's last word, such as `Complete`.
    pub last_word: Option<String>,
    pub result: Option<TestResult>,
    /// Why it failed.
    pub fault: Option<Fault>,
}

impl Diagnostic {
    /// `None` if the task is none.
    fn of(task: TaskView) -> Option<Self> {
        let title = task.kind.title();
        let TaskKind::Diagnose { test } = task.kind else { return None };
        let (mut last_word, mut result, mut fault) = (None, None, None);
        match task.outcome.map(Outcome::from) {
            Some(Outcome::Diagnosed { state, result: found }) => (last_word, result) = (Some(state), Some(found)),
            Some(Outcome::Fault { fault: said }) => fault = Some(said),
            _ => {}
        }
        Some(Self {
            id: task.id.0,
            device: task.device.0,
            title,
            test: test.into(),
            state: task.state.into(),
            ended: task.state.ended(),
            by: task.by,
            created_at: task.created_at.into(),
            updated_at: task.updated_at.into(),
            note: task.note,
            last_word,
            result,
            fault,
        })
    }
}

/// Has a router test something
///
/// The router is called and runs the test by itself; ask for the result until `ended` is true. Tests that would disturb
/// one another wait for each other.
#[utoipa::path(
    post, path = "/api/v1/devices/{id}/diagnostics", tag = "Diagnostics", operation_id = "startDiagnostic",
    params(("id" = i64, Path, description = "The number of the router")),
    request_body = TestRequest,
    responses(
        (status = 201, description = "The test, which waits for its router.", body = Diagnostic, headers(("Location" = String, description = "The address of the test"))),
        (status = 200, description = "The same was asked for already, and still waits.", body = Diagnostic),
    ),
)]
pub async fn start(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    again: Option<Extension<Again>>,
    At(id): At<i64>,
    Sent(test): Sent<TestRequest>,
) -> Result<Response, Problem> {
    let started = now();
    let task = ask(&api, &actor, DeviceId(id), TaskKind::Diagnose { test: test.into() }, again).await?;
    let (is_new, id) = (task.created_at >= started, task.id);
    Ok(created(is_new, "diagnostics", id, Diagnostic::of(task)))
}

/// The tests of a router, newest first
#[utoipa::path(
    get, path = "/api/v1/devices/{id}/diagnostics", tag = "Diagnostics", operation_id = "listDiagnosticsOfDevice",
    params(("id" = i64, Path, description = "The number of the router"), PageQuery),
    responses((status = 200, description = "A page of tests.", body = Page<Diagnostic>)),
)]
pub async fn of_device(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
    Asked(asked): Asked<PageQuery>,
) -> Result<Json<Page<Diagnostic>>, Problem> {
    let list = ("diagnostics", id);
    let cursor = api.cursors.maybe(&list, asked.cursor.as_deref())?;
    let page = api.acs.diagnoses(&actor, DeviceId(id), cursor.as_ref(), limit(asked.limit)?).await?;
    let Page { items, next } = api.cursors.page::<_, TaskView>(&list, page);
    Ok(Json(Page { items: items.into_iter().filter_map(Diagnostic::of).collect(), next }))
}

/// One test
#[utoipa::path(
    get, path = "/api/v1/diagnostics/{id}", tag = "Diagnostics", operation_id = "readDiagnostic",
    params(("id" = i64, Path, description = "The number of the test")),
    responses((status = 200, description = "The test as it is now, with its result.", body = Diagnostic)),
)]
pub async fn read(
    State(api): State<Api>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<i64>,
) -> Result<Json<Diagnostic>, Problem> {
    let task = api.acs.task(&actor, TaskId(id)).await?;
    Diagnostic::of(task).map(Json).ok_or_else(|| acs::AcsError::NotFound("test").into())
}
