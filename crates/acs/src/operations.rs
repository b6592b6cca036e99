//! The operations that pages, routes and the command line call.

use crate::{AcsSettings, Actor, CwmpRequest, CwmpResponse, Result};
use futures::stream::BoxStream;
use model::account::AgentView;
use model::device::{DeviceFilter, DeviceQuery, DeviceRow, DeviceView, Facets, Overview};
use model::event::EventView;
use model::live::LiveMessage;
use model::page::{Count, Cursor, Page};
use model::search::SearchHit;
use model::subscriber::SubscriberInput;
use model::task::{TaskKind, TaskView};
use model::tree::{TreeQuery, TreeView};
use model::{AgentId, DeviceId, Role, SubscriberId, TaskId};
use std::net::IpAddr;
use std::time::Duration;
use store::Store;

/// The manager. Cheap to clone; one per process.
#[derive(Clone)]
pub struct Acs;

/// What a live stream is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveScope {
    /// Rows of all devices and states of all tasks (lists, home).
    Fleet,
    /// Everything about one device.
    Device(DeviceId),
}

/// Whether the first administrator exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupState {
    /// There is at least one agent.
    Done,
    /// None yet. The token belongs into a link `/setup?token=…` that the terminal prints; it is made anew at each start.
    Needed { token: String },
}

#[allow(unused_variables, clippy::unused_async)]
impl Acs {
    /// Takes up work: resumes tasks that a crash interrupted, starts the contact and clean-up loops.
    pub async fn start(store: Store, settings: AcsSettings) -> Result<Self> { todo!() }
    /// Lets running sessions finish (new Informs get 503), at most for `grace`; then writes what is open.
    pub async fn shutdown(&self, grace: Duration) { todo!() }
    /// Whether the database answers (readiness).
    pub async fn ready(&self) -> Result<()> { todo!() }
    /// One exchange with a CPE. Needs no actor: the CPE proves itself.
    pub async fn cwmp(&self, request: CwmpRequest) -> CwmpResponse { todo!() }
    /// The TCP connection is gone: its cookie-less session, if any, ends.
    pub fn connection_closed(&self, connection: u64) { todo!() }

    pub async fn devices(&self, actor: &Actor, query: &DeviceQuery) -> Result<Page<DeviceRow>> { todo!() }
    /// Capped, so that it costs the same whatever the fleet's size.
    pub async fn count_devices(&self, actor: &Actor, filter: &DeviceFilter) -> Result<Count> { todo!() }
    pub async fn facets(&self, actor: &Actor) -> Result<Facets> { todo!() }
    pub async fn overview(&self, actor: &Actor) -> Result<Overview> { todo!() }
    pub async fn device(&self, actor: &Actor, id: DeviceId) -> Result<DeviceView> { todo!() }
    pub async fn tree(&self, actor: &Actor, id: DeviceId, query: &TreeQuery) -> Result<TreeView> { todo!() }
    /// Newest first; `cursor` from an earlier page.
    pub async fn tasks(&self, actor: &Actor, id: DeviceId, cursor: Option<&Cursor>) -> Result<Page<TaskView>> { todo!() }
    /// The newest tasks of the whole fleet, newest first; at most 50.
    pub async fn recent_tasks(&self, actor: &Actor, limit: u16) -> Result<Vec<TaskView>> { todo!() }
    /// Newest first.
    pub async fn timeline(&self, actor: &Actor, id: DeviceId, cursor: Option<&Cursor>) -> Result<Page<EventView>> { todo!() }
    /// Queues a task and wakes the device if it can be woken. Checked before queueing: paths, types, what is writable.
    pub async fn create_task(&self, actor: &Actor, id: DeviceId, kind: TaskKind) -> Result<TaskView> { todo!() }
    /// Only before the device has got it.
    pub async fn cancel_task(&self, actor: &Actor, id: TaskId) -> Result<TaskView> { todo!() }
    pub async fn search(&self, actor: &Actor, text: &str) -> Result<Vec<SearchHit>> { todo!() }
    /// Ends when the manager shuts down. A reader that is too slow gets [`LiveMessage::Missed`].
    pub fn live(&self, actor: &Actor, scope: LiveScope) -> Result<BoxStream<'static, LiveMessage>> { todo!() }

    /// Creates or changes a subscriber by account.
    pub async fn put_subscriber(&self, actor: &Actor, input: SubscriberInput) -> Result<SubscriberId> { todo!() }

    pub fn setup_state(&self) -> SetupState { todo!() }
    /// Uses up the one-time link.
    pub async fn create_first_administrator(&self, token: &str, username: &str, name: &str, password: &str) -> Result<AgentView> { todo!() }
    /// Throttled by name and by address; uniform in text and time.
    pub async fn sign_in(&self, from: IpAddr, username: &str, password: &str) -> Result<AgentView> { todo!() }
    /// The agent as they are now; `None` if disabled or gone. Cached for a second.
    pub async fn agent(&self, id: AgentId) -> Result<Option<AgentView>> { todo!() }
    pub async fn add_agent(&self, actor: &Actor, username: &str, name: &str, password: &str, role: Role) -> Result<AgentView> { todo!() }
}
