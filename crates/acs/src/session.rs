//! One CWMP session as a state machine without I/O (TR-069 §3.7.2).
//!
//! Messages of the CPE go in, an answer and the writes that must be durable before it leaves come out. Nothing here
//! opens a socket or a database, so recorded sessions replay in tests and a fuzzer can drive it.
//!
//! The order of work when it is our turn: what agents wait for (tasks, oldest first), then the discovery of a tree that
//! was never read whole, then what the device is to be given (credentials first).

mod capabilities;
mod ending;
mod found_by;
mod held;
mod inform;
mod job;
mod patience;
mod plan;
mod provision;
mod reader;
#[cfg(test)]
mod replay;
mod reports;
mod returns;
mod stuck;
mod tested;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use capabilities::Capabilities;
pub(crate) use ending::{changed_event, ended, scrubbed};
pub(crate) use held::held;
pub(crate) use inform::digest;
pub(crate) use job::{
    End, KEEP_MS, Progress, RETURN_WITHIN_MS, RetryPolicy, fault_view, has_returned, method, too_late,
};
pub(crate) use patience::Patience;
pub(crate) use provision::{Credentials, LoginOffer, Offers, Provision};
pub(crate) use reader::{Bookmark, Reader, value_change};
pub(crate) use reports::awaited_until;
pub(crate) use returns::Returns;
pub(crate) use tested::{away_for_good, blocked_until};
#[cfg(test)]
pub(crate) use tests::record as test_record;

use crate::files::links::Links;
use cwmp::{
    AcsMessage, AcsRequest, AcsResponse, CpeRequest, CpeResponse, Dialect, Fault, Inform, ParameterValue,
    TransferComplete, ValueType,
};
use inform::Contact;
use job::{Context, TaskJob};
use model::device::{DataModel, Enrolment};
use model::event::EventKind;
use model::fault::FaultView;
use model::file::FileRef;
use model::task::{TaskKind, TaskState, TaskStep};
use model::{FileId, TaskId, Timestamp};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use store::{DevicePatch, DeviceRecord, TaskRecord, TaskUpdate, Tree, Write};

/// Methods that this ACS takes from a CPE (A.3.1.1).
pub(crate) const ACS_METHODS: [&str; 8] = [
    "Inform",
    "GetRPCMethods",
    "TransferComplete",
    "AutonomousTransferComplete",
    "DUStateChangeComplete",
    "AutonomousDUStateChangeComplete",
    "RequestDownload",
    "Kicked",
];

/// Most changes of values that one entry of the timeline names.
const CHANGES_IN_EVENT: usize = 20;

/// What the engine needs to know of the settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Requests of ours in one session (rule 121).
    pub rpcs: u32,
    /// Parameters in one tree.
    pub parameters: usize,
    /// Give the device connection-request credentials of its own.
    pub provision: bool,
    /// Of transfers that failed.
    pub retry: RetryPolicy,
}

/// What a session begins with.
pub(crate) struct Opening {
    pub record: DeviceRecord,
    /// Seen for the first time.
    pub first_contact: bool,
    pub tasks: Vec<TaskRecord>,
    /// Needed if [`Session::needs_tree`] says so; without it the session does nothing but take the Inform.
    pub tree: Option<Arc<Tree>>,
    pub learnt: Capabilities,
    pub dialect: Dialect,
    pub limits: Limits,
    /// Negotiated, or by the namespace of the Inform, such as `1.2`; empty if it cannot be told.
    pub cwmp_version: String,
    pub links: Arc<Links>,
    /// Files that devices sent for tasks that are open.
    pub received: HashMap<TaskId, FileId>,
    /// Address that the CPE comes from.
    pub address: String,
    /// What to give to the device, should it need it.
    pub offers: Offers,
}

/// A message of the CPE, other than Inform.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// An empty POST: the CPE has nothing more to ask.
    Empty,
    Request(CpeRequest),
    Answer {
        id: Option<String>,
        answer: Result<CpeResponse, Fault>,
    },
}

/// What to do: write, then answer.
#[derive(Debug)]
pub(crate) struct Step {
    /// `None`: 204 No Content.
    pub message: Option<AcsMessage>,
    /// `cwmp:ID` of a request of ours. Answers echo the CPE's id instead.
    pub id: Option<String>,
    /// Must be durable before the answer leaves.
    pub writes: Vec<Write>,
    /// One of the writes claims this task: if it is not applied, call [`Session::claim_lost`] instead of answering.
    pub claim: Option<TaskId>,
}

/// The work in hand.
#[derive(Debug)]
enum Job {
    Task(Box<TaskJob>),
    Reading(Purpose, Box<Reader>),
    /// Giving the device credentials and other values of ours.
    Provision(Provision),
}

/// What is read for, when no task asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// The whole tree, for the first time or anew.
    Discovery,
    /// What a diagnostic found (rule 151).
    Results,
    /// Whether the device still has the settings that it must not lose (rule 380).
    Wanted,
}

/// A request of ours that the CPE has not answered.
#[derive(Debug)]
struct Pending {
    id: u32,
    request: AcsRequest,
    whole_object: bool,
    /// Empty POSTs and strange answers that came instead of the answer.
    strays: u8,
}

pub(crate) struct Session {
    pub record: DeviceRecord,
    pub dialect: Dialect,
    pub learnt: Capabilities,
    limits: Limits,
    tree: Option<Arc<Tree>>,
    /// The tree differs from the stored one.
    tree_dirty: bool,
    tasks: VecDeque<TaskRecord>,
    /// Tasks that the device has, and whose end it reports by itself.
    awaiting: Vec<TaskRecord>,
    /// Tests of the device that are to be looked at.
    collect: VecDeque<TaskRecord>,
    /// How transfers end that their device should have reported by now, unless the report follows in this session.
    unreported: Vec<(TaskId, Vec<Write>)>,
    /// A report that came before the answer to the order it is about.
    early_report: Option<TransferComplete>,
    received: HashMap<TaskId, FileId>,
    links: Arc<Links>,
    /// Diagnostic objects whose results have come.
    results: Vec<String>,
    /// The device has started anew since its last session.
    booted: bool,
    /// Tasks that this session must not touch again: cancelled, or waiting for a reboot.
    skip: HashSet<TaskId>,
    job: Option<Job>,
    pending: Option<Pending>,
    last_id: u32,
    rpcs: u32,
    /// 204 was sent and nothing of ours is out.
    ended: bool,
    /// Nothing is asked in this session: a heartbeat, a device that was not approved, or a reboot is under way.
    quiet: bool,
    offers: Offers,
    /// It has just returned from a reset (`true`) or reboot, after so many milliseconds.
    back: Option<(bool, i64)>,
    /// The device has started anew: what it must not have lost is to be read before it is set.
    look_for_wanted: bool,
}

impl Session {
    /// Whether the stored tree must be loaded to open a session with this Inform.
    pub fn needs_tree(record: &DeviceRecord, inform: &Inform, tasks: &[TaskRecord]) -> bool {
        !tasks.is_empty()
            || record.tree_read_at.is_none()
            || record.inform_digest != digest(inform)
            || inform.has(&cwmp::EventCode::DiagnosticsComplete)
    }

    /// Opens a session: the answer is an InformResponse.
    pub fn open(opening: Opening, inform: &Inform, now: Timestamp) -> (Self, Step) {
        let heartbeat = inform.events.len() == 1 && inform.has(&cwmp::EventCode::Heartbeat);
        let wants_quiet = heartbeat || opening.record.enrolment != Enrolment::Approved;
        let mut session = Self {
            record: opening.record,
            dialect: opening.dialect,
            learnt: opening.learnt,
            limits: opening.limits,
            tree: opening.tree,
            tree_dirty: false,
            tasks: VecDeque::new(),
            awaiting: Vec::new(),
            collect: VecDeque::new(),
            unreported: Vec::new(),
            early_report: None,
            received: opening.received,
            links: opening.links,
            results: Vec::new(),
            booted: inform.has(&cwmp::EventCode::Boot) || inform.has(&cwmp::EventCode::Bootstrap),
            skip: HashSet::new(),
            job: None,
            pending: None,
            last_id: 0,
            rpcs: 0,
            ended: false,
            quiet: wants_quiet,
            offers: opening.offers,
            back: None,
            look_for_wanted: true,
        };
        session.sort(opening.tasks);
        let contact =
            Contact { first: opening.first_contact, address: &opening.address, version: &opening.cwmp_version };
        let writes = session.on_inform(inform, &contact, now);
        let step = Step { message: Some(AcsMessage::Response(AcsResponse::Inform)), id: None, writes, claim: None };
        (session, step)
    }

    /// Whether 204 was sent with nothing outstanding.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Requests of ours so far.
    pub fn rpcs(&self) -> u32 {
        self.rpcs
    }

    /// Drops what an ended session no longer needs: it may linger for stray requests.
    pub fn release(&mut self) {
        self.tree = None;
        self.tasks = VecDeque::new();
        self.awaiting = Vec::new();
        self.collect = VecDeque::new();
        self.job = None;
        self.pending = None;
        self.ended = true;
    }

    /// Whether new tasks can only be taken up once the tree is loaded.
    pub fn lacks_tree(&self) -> bool {
        self.tree.is_none()
    }

    pub fn set_tree(&mut self, tree: Arc<Tree>) {
        self.tree.get_or_insert(tree);
    }

    /// Tasks that came up while the session runs.
    pub fn set_tasks(&mut self, tasks: Vec<TaskRecord>) {
        let current = match &self.job {
            Some(Job::Task(job)) => Some(job.record.id),
            _ => None,
        };
        self.sort(tasks.into_iter().filter(|task| Some(task.id) != current).collect());
    }

    /// Tasks to take up, and tasks that wait for a report. What points the device elsewhere comes last (rule 182).
    fn sort(&mut self, tasks: Vec<TaskRecord>) {
        // What this session itself has ordered is awaited in it too: its report may come before the session is over.
        let collecting: HashSet<TaskId> = self.collect.iter().map(|task| task.id).collect();
        let (awaiting, left): (Vec<_>, Vec<_>) = tasks
            .into_iter()
            .filter(|task| !collecting.contains(&task.id))
            .partition(|task| task.state == TaskState::Applied && task.kind.is_reported());
        self.awaiting = awaiting;
        let left = left.into_iter().filter(|task| !self.skip.contains(&task.id));
        // What is to be stopped must not end the test that comes after it.
        let (stops, left): (Vec<_>, Vec<_>) = left.partition(|task| matches!(task.kind, TaskKind::StopTest { .. }));
        let (last, first): (Vec<_>, Vec<_>) = left.into_iter().partition(|task| plan::moves_away(&task.kind));
        self.tasks = stops.into_iter().chain(first).chain(last).collect();
    }

    /// Uploads whose end is not known: whether their files have come is to be told by [`Session::has_received`].
    pub fn awaited_uploads(&self) -> Vec<TaskId> {
        let current = match &self.job {
            Some(Job::Task(job)) => Some(&job.record),
            _ => None,
        };
        let open = self.awaiting.iter().chain(&self.tasks).chain(current);
        let upload = |task: &&TaskRecord| matches!(task.kind, TaskKind::Upload { .. });
        open.filter(upload).map(|task| task.id).filter(|id| !self.received.contains_key(id)).collect()
    }

    /// The file that the order in hand is about.
    pub fn file_in_hand(&self) -> Option<&FileRef> {
        match &self.task_in_hand()?.kind {
            TaskKind::Download { file, .. } | TaskKind::ScheduleDownload { file, .. } => Some(file),
            _ => None,
        }
    }

    /// The task in hand, as it was when it was taken up.
    pub fn task_in_hand(&self) -> Option<&TaskRecord> {
        match &self.job {
            Some(Job::Task(job)) => Some(&job.record),
            _ => None,
        }
    }

    pub fn has_received(&mut self, task: TaskId, file: FileId) {
        self.received.insert(task, file);
    }

    /// The file of the order that the last step gives must not leave (catalogue row F3): the task ends.
    pub fn order_refused(&mut self, reason: String, now: Timestamp) -> Step {
        self.pending = None;
        let mut writes = Vec::new();
        if let Some(Job::Task(job)) = self.job.take() {
            self.end_task(*job, End::fault(FaultView::local(reason)), &mut writes, now);
        }
        self.plan(writes, now)
    }

    /// The order that the last step gives must not leave once more: what became of the first one shows itself.
    pub fn order_waits(&mut self, now: Timestamp) -> Step {
        self.pending = None;
        if let Some(Job::Task(job)) = &mut self.job {
            job.wait_for_campaign(now);
        }
        self.plan(Vec::new(), now)
    }

    /// Takes a message of the CPE.
    pub fn step(&mut self, incoming: Incoming, now: Timestamp) -> Step {
        match incoming {
            Incoming::Request(request) => self.on_request(request, now),
            Incoming::Empty => match &mut self.pending {
                // An empty POST is never the answer to a request (quirk 3): ask once more, then give up.
                Some(pending) if pending.strays == 0 => {
                    pending.strays = 1;
                    self.ask_again()
                }
                Some(_) => {
                    let fault = FaultView::local("The router did not answer the request.");
                    self.fail_job(&fault, now)
                }
                None => self.plan(Vec::new(), now),
            },
            Incoming::Answer { id, answer } => self.on_answer(id.as_deref(), answer, now),
        }
    }

    /// The task that the last step claimed was cancelled meanwhile: go on with something else.
    pub fn claim_lost(&mut self, task: TaskId, now: Timestamp) -> Step {
        self.skip.insert(task);
        self.job = None;
        self.pending = None;
        self.plan(Vec::new(), now)
    }

    /// The session broke off: no request within its time-out, the connection gone, or a new Inform instead of an answer.
    /// What was under way goes back to the queue.
    pub fn broke_off(&mut self, reason: &str, now: Timestamp) -> Vec<Write> {
        let mut writes = Vec::new();
        let pending = self.pending.take();
        if let Some(Job::Reading(Purpose::Discovery, reader)) = &self.job {
            self.learnt.reading = reader.bookmark();
            self.tree_dirty |= self.learnt.reading.is_some();
        }
        if let Some(pending) = &pending {
            self.learnt.broke(pending.request.method(), pending.whole_object);
            let patch = DevicePatch { quirks: Some(self.learnt.to_json()), ..DevicePatch::default() };
            writes.push(self.device(patch));
        }
        if matches!(self.job, Some(Job::Reading(Purpose::Discovery, _))) && self.breaks_too_often() {
            self.gave_up(stuck::DISCOVERY, reason, &mut writes, now);
        }
        if let Some(Job::Task(mut job)) = self.job.take() {
            let progress = job.keep_place().then(|| job.progress.to_json());
            let waits_for_return = matches!(job.record.kind, TaskKind::Reboot | TaskKind::FactoryReset { .. });
            let note = "The connection broke off. It goes on at the router's next check-in.".to_owned();
            // A row or value that is already set keeps its state: what is left is to read it back.
            writes.push(Write::Task {
                id: job.record.id,
                from: vec![TaskState::Connected],
                update: TaskUpdate {
                    step: (!waits_for_return).then_some(TaskStep { state: TaskState::Queued, at: now }),
                    note: Some(Some(note)),
                    progress,
                    ..TaskUpdate::default()
                },
            });
        }
        if self.tree_dirty {
            self.write_tree(&mut writes);
        }
        if pending.is_some() {
            writes.push(self.event(now, EventKind::SessionFailed { reason: reason.to_owned() }));
        }
        self.ended = true;
        writes
    }

    fn device(&self, patch: DevicePatch) -> Write {
        Write::Device { id: self.record.id, patch }
    }

    fn event(&self, at: Timestamp, kind: EventKind) -> Write {
        Write::Event { device: self.record.id, at, kind, by: None }
    }

    fn write_tree(&mut self, writes: &mut Vec<Write>) {
        if let Some(tree) = &self.tree {
            writes.push(Write::Tree { device: self.record.id, tree: Arc::clone(tree) });
            self.tree_dirty = false;
        }
    }

    fn on_answer(&mut self, id: Option<&str>, answer: Result<CpeResponse, Fault>, now: Timestamp) -> Step {
        let Some(pending) = &mut self.pending else {
            // An answer to nothing: repeated after a 401, say. It was taken the first time (rules 50 and 91).
            return self.plan(Vec::new(), now);
        };
        // The answer to an earlier request, repeated: the one that is out still waits for its own.
        let earlier = id.and_then(|id| id.trim().parse::<u32>().ok()).is_some_and(|id| id < pending.id);
        if earlier && pending.strays < 3 {
            pending.strays += 1;
            return self.ask_again();
        }
        let pending = self.pending.take().expect("looked at above");
        if let Err(fault) = &answer
            && fault.code == 9000
        {
            self.learnt.refuses(pending.request.method());
        }
        let mut writes = Vec::new();
        match self.job.take() {
            None => {}
            Some(Job::Provision(provision)) => writes = self.on_provisioned(provision, answer, now),
            Some(Job::Reading(purpose, mut reader)) => {
                let tree = Arc::make_mut(self.tree.get_or_insert_default());
                let read = match answer {
                    Ok(CpeResponse::GetParameterNames { parameters }) => {
                        reader.on_names(&parameters, tree);
                        Ok(())
                    }
                    Ok(CpeResponse::GetParameterValues { parameters }) => {
                        reader.on_values(&parameters, tree, now);
                        Ok(())
                    }
                    Ok(_) => Err(FaultView::local("The router answered something else than it was asked.")),
                    Err(fault) => reader.on_fault(&fault, tree, &mut self.learnt).map_err(|fault| fault_view(&fault)),
                };
                match read {
                    Ok(()) => self.job = Some(Job::Reading(purpose, reader)),
                    Err(fault) => {
                        if purpose == Purpose::Discovery {
                            self.gave_up(stuck::DISCOVERY, &fault.message, &mut writes, now);
                        }
                        writes.push(self.event(now, EventKind::Fault { fault }));
                        self.quiet = true;
                    }
                }
            }
            Some(Job::Task(mut job)) => {
                let mut context = Context {
                    tree: Arc::make_mut(self.tree.get_or_insert_default()),
                    learnt: &mut self.learnt,
                    now,
                    cwmp_version: &self.record.cwmp_version,
                    software_version: &self.record.software_version,
                    links: &self.links,
                    retry: self.limits.retry,
                };
                writes = job.on_answer(answer, &mut context);
                self.tree_dirty = true;
                self.job = Some(Job::Task(job));
            }
        }
        self.plan(writes, now)
    }

    /// Sends the request that is out once more.
    fn ask_again(&self) -> Step {
        let pending = self.pending.as_ref().expect("only called with a request out");
        Step {
            message: Some(AcsMessage::Request(pending.request.clone())),
            id: Some(pending.id.to_string()),
            writes: Vec::new(),
            claim: None,
        }
    }

    /// Ends the job in hand with a fault that the device did not send.
    fn fail_job(&mut self, fault: &FaultView, now: Timestamp) -> Step {
        let mut writes = Vec::new();
        self.pending = None;
        match self.job.take() {
            Some(Job::Task(job)) => {
                self.end_task(*job, End::fault(fault.clone()), &mut writes, now);
            }
            Some(_) => writes.push(self.event(now, EventKind::Fault { fault: fault.clone() })),
            None => {}
        }
        self.quiet = true;
        self.plan(writes, now)
    }
}

/// The test that runs on the device for a task.
fn diagnostics_of(task: &TaskRecord) -> Option<&model::diagnostic::Test> {
    match &task.kind {
        TaskKind::Diagnose { test } if task.state == TaskState::Applied => Some(test),
        _ => None,
    }
}

/// A fault of the ACS (A.5.2).
pub(crate) fn acs_fault(code: u32, text: &str) -> Fault {
    Fault { code, text: text.to_owned(), parameters: Vec::new() }
}
