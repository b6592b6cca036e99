//! A task while it is with the device: which requests it takes, what their answers mean, and how it goes on after a
//! session broke off in the middle.
//!
//! Exactly once: whatever changes a device is written down as *sent* before the request leaves, together with what is
//! needed to find out later whether it arrived (the rows of a table before AddObject, the command key of a Reboot).
//! After a crash the device is asked first, and the request goes out again only if it did nothing.

mod orders;

pub(crate) use orders::{firmware, method};

use super::reader::value_change;
use super::{Capabilities, Reader};
use crate::files::links::Links;
use crate::knowledge::{is_secret, reported_type, value_type};
use cwmp::{AcsRequest, CpeResponse, Fault, ParameterValue};
use model::fault::{FaultView, ParameterFault, explain};
use model::file::ModuleResult;
use model::task::{SetValue, TaskKind, TaskOutcome, TaskState, TaskStep, ValueChange};
use model::{TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{TaskRecord, TaskUpdate, Tree, Write};

/// How often a task is taken up before it is given up: each time the session broke off.
const MAX_ATTEMPTS: u32 = 5;
/// A reboot that was sent when the line broke is sent again if the device shows no sign of it for this long.
const RESEND_AFTER_MS: i64 = 60_000;
/// A device that took the order to reboot has this long to come back with its boot report.
pub(crate) const RETURN_WITHIN_MS: i64 = 15 * 60_000;

/// What was done of a task so far; kept with it, so that it survives a crash.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Progress {
    /// The request that changes the device may have reached it.
    pub sent: bool,
    pub sent_at: Option<Timestamp>,
    /// Comes back with what reports the end: `M Reboot`, TransferComplete and the like.
    pub command_key: Option<String>,
    /// Rows of the table before AddObject.
    pub rows_before: Option<Vec<u32>>,
    /// The row that AddObject made.
    pub instance: Option<u32>,
    /// Values before the change; secrets left out.
    pub before: Vec<(String, Option<String>)>,
    /// The device answered with Status 1: committed, not applied yet.
    pub pending: bool,
    /// How often an order was given that must not be given again and again.
    pub sends: u32,
    /// Not taken up before: the device was busy, or it is not known yet what became of the last try.
    pub not_before: Option<Timestamp>,
    /// The device reports the end by then, or it counts as failed.
    pub deadline: Option<Timestamp>,
    /// A transfer was done when it was ordered (DownloadResponse with Status 0): no report follows.
    pub done_at_once: bool,
    /// A firmware image was reported as loaded, and its version is not the one that runs: the device has yet to start it.
    pub reported: bool,
    /// Firmware that ran before the order.
    pub version_before: String,
    /// What the device said of its software modules so far.
    pub results: Vec<ModuleResult>,
    /// What GetRPCMethods listed, if it was asked for this task.
    pub methods: Option<Vec<String>>,
    /// Values in one SetParameterValues, after the device said that it has not the resources for all; 0: all.
    pub batch: usize,
    /// Values that were set so far, in batches.
    pub set: usize,
}

impl Progress {
    pub fn of(task: &TaskRecord) -> Self {
        serde_json::from_str(&task.progress).unwrap_or_default()
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    /// The one request of the task, see [`orders`].
    Order,
    /// Whether the device knows the method of a later version.
    Methods,
    /// Whether a transfer whose answer was lost is in the device's list.
    Queue,
    /// How the device reports parameters now.
    Attributes,
    /// The device has the order and reports the end.
    Wait,
    /// Another session takes it up, not before this moment; why.
    Later(&'static str, Timestamp),
    /// Find out what became of a request that was sent before the session broke off.
    Check,
    /// List the rows of the table.
    ListRows,
    /// The request that changes something.
    Send,
    /// Set the values of the new row.
    SetNew,
    /// The new row's values were refused: take the row back.
    RollBack(FaultView),
    /// See what the device says now.
    ReadBack,
    /// All is known.
    End(End),
    /// The device reboots; the task goes on at its return.
    Away,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct End {
    pub state: TaskState,
    pub outcome: Option<TaskOutcome>,
}

impl End {
    pub fn fault(fault: FaultView) -> Self {
        Self { state: TaskState::Failed, outcome: Some(TaskOutcome::Fault { fault }) }
    }
}

/// What a task wants next.
#[derive(Debug)]
pub(crate) enum Next {
    /// Send this once `writes` are durable.
    Send {
        request: AcsRequest,
        writes: Vec<Write>,
    },
    End(End),
    /// Nothing more in this session: the device is about to reboot.
    Away,
    /// The device reports the end by itself.
    Wait,
    /// Not in this session; why.
    Later(&'static str),
}

/// What a task may look at and change while it runs.
pub(crate) struct Context<'a> {
    pub tree: &'a mut Tree,
    pub learnt: &'a mut Capabilities,
    pub now: Timestamp,
    pub cwmp_version: &'a str,
    pub software_version: &'a str,
    pub links: &'a Links,
}

/// A task in a session.
#[derive(Debug)]
pub(crate) struct TaskJob {
    pub record: TaskRecord,
    pub progress: Progress,
    stage: Stage,
    reader: Option<Reader>,
    /// What a refresh found changed, for the timeline.
    pub changes: Vec<ValueChange>,
    /// CommandKey of the transfer that a CancelTransfer is about.
    pub target_key: Option<String>,
}

impl TaskJob {
    /// Takes up a task. The write claims it: if it is not applied, the task was cancelled meanwhile and must be left.
    pub fn take_up(record: TaskRecord, now: Timestamp) -> (Self, Write) {
        let progress = Progress::of(&record);
        let stage = if record.attempts >= MAX_ATTEMPTS && record.state != TaskState::Applied {
            let text = "The connection broke off each time while the router was doing this. \
                        It may or may not have done it: read the values again before you repeat it.";
            Stage::End(End::fault(FaultView::local(text)))
        } else {
            Self::first_stage(&record, &progress)
        };
        let resumed = record.state == TaskState::Applied;
        let job = Self { record, progress, stage, reader: None, changes: Vec::new(), target_key: None };
        let update = TaskUpdate {
            step: (!resumed).then_some(TaskStep { state: TaskState::Connected, at: now }),
            note: Some(None),
            attempts: Some(job.record.attempts + 1),
            ..TaskUpdate::default()
        };
        let from = if resumed {
            vec![TaskState::Applied]
        } else {
            vec![TaskState::Queued, TaskState::Contacting, TaskState::Connected]
        };
        let claim = Write::Task { id: job.record.id, from, update };
        (job, claim)
    }

    fn first_stage(record: &TaskRecord, progress: &Progress) -> Stage {
        match &record.kind {
            TaskKind::Refresh { .. } => Stage::ReadBack,
            TaskKind::AddObject { .. } if progress.instance.is_some() => Stage::SetNew,
            TaskKind::AddObject { .. } => Stage::ListRows,
            TaskKind::SetValues { .. } | TaskKind::DeleteObject { .. } if record.state == TaskState::Applied => {
                Stage::ReadBack
            }
            TaskKind::SetValues { .. } | TaskKind::DeleteObject { .. } if progress.sent => Stage::Check,
            TaskKind::SetValues { .. } | TaskKind::DeleteObject { .. } | TaskKind::Reboot | TaskKind::FactoryReset => {
                Stage::Send
            }
            TaskKind::SetAttributes { .. } if record.state == TaskState::Applied => Stage::Attributes,
            kind => Self::order_stage(kind, progress.sent, progress.sends),
        }
    }

    /// Whether a task can do anything in a session now. One that waits for a reboot's return, or for a report, cannot.
    pub fn actionable(record: &TaskRecord, learnt: &Capabilities, now: Timestamp) -> bool {
        match (&record.kind, record.state) {
            (kind, TaskState::Applied) if kind.is_reported() => false,
            (TaskKind::Reboot | TaskKind::FactoryReset, TaskState::Applied) => false,
            (TaskKind::Reboot | TaskKind::FactoryReset, _) => {
                let progress = Progress::of(record);
                !progress.sent || progress.sent_at.is_none_or(|at| now.since(at) >= RESEND_AFTER_MS)
            }
            (kind, _) => {
                let progress = Progress::of(record);
                let waits = progress.not_before.is_some_and(|at| now < at);
                let lost = progress.sent && kind.is_reported();
                let asks = orders::asks_queue(learnt);
                !record.state.ended() && !waits && (!lost || Self::order_due(kind, progress.sent_at, asks, now))
            }
        }
    }

    fn mark_sent(&mut self, now: Timestamp) {
        self.progress.sent = true;
        self.progress.sent_at = Some(now);
        self.progress.not_before = None;
        if self.record.kind == TaskKind::Reboot && self.progress.command_key.is_none() {
            self.progress.command_key = Some(command_key(&self.record));
        }
    }

    /// Whether the request that is out asks for a whole object.
    pub fn asks_whole_object(&self) -> bool {
        self.reader.as_ref().is_some_and(Reader::asks_whole_object)
    }

    pub fn next(&mut self, context: &mut Context<'_>) -> Next {
        loop {
            let send = |request| Next::Send { request, writes: Vec::new() };
            match &self.stage {
                Stage::End(end) => return Next::End(end.clone()),
                Stage::Away => return Next::Away,
                Stage::Wait => return Next::Wait,
                Stage::Later(why, at) => {
                    self.progress.not_before = Some(*at);
                    return Next::Later(why);
                }
                Stage::Order => {
                    let Some(request) = self.next_order(context) else { continue };
                    if self.stage == Stage::Methods {
                        return send(request);
                    }
                    self.mark_sent(context.now);
                    return Next::Send { request, writes: vec![self.save_progress(None, context.now)] };
                }
                Stage::Methods => return send(AcsRequest::GetRpcMethods),
                Stage::Queue => {
                    if let Some(request) = self.next_queue(context) {
                        return send(request);
                    }
                }
                Stage::Attributes => {
                    return send(AcsRequest::GetParameterAttributes { names: self.attribute_names() });
                }
                Stage::ListRows => {
                    return send(AcsRequest::GetParameterNames { path: self.table(), next_level: true });
                }
                Stage::RollBack(_) => {
                    return send(AcsRequest::DeleteObject { object: self.row(), parameter_key: self.parameter_key() });
                }
                Stage::Send => return self.send(context),
                Stage::SetNew => {
                    let TaskKind::AddObject { values, .. } = &self.record.kind else { unreachable!("only AddObject") };
                    if values.is_empty() {
                        self.stage = Stage::ReadBack;
                        continue;
                    }
                    let row = self.row();
                    let values = values.iter().map(|value| typed(value, &row, context)).collect();
                    return send(AcsRequest::SetParameterValues { values, parameter_key: self.parameter_key() });
                }
                Stage::Check | Stage::ReadBack => {
                    if self.reader.is_none() {
                        if let TaskKind::DeleteObject { .. } = &self.record.kind {
                            return send(AcsRequest::GetParameterNames { path: self.table(), next_level: true });
                        }
                        self.reader = Some(self.reading());
                    }
                    let reader = self.reader.as_mut().expect("made above");
                    match reader.next(context.tree, context.learnt) {
                        Some(request) => return send(request),
                        None => self.after_reading(context),
                    }
                }
            }
        }
    }

    /// The request that changes the device.
    fn send(&mut self, context: &mut Context<'_>) -> Next {
        let parameter_key = self.parameter_key();
        let request = match &self.record.kind {
            TaskKind::SetValues { values } => {
                if self.progress.before.is_empty() {
                    let known = |value: &SetValue| {
                        let before = context.tree.value(&value.path).filter(|_| !is_secret(&value.path));
                        (value.path.clone(), before.map(str::to_owned))
                    };
                    self.progress.before = values.iter().map(known).collect();
                }
                let batch = if self.progress.batch == 0 { values.len() } else { self.progress.batch };
                let values = values.iter().skip(self.progress.set).take(batch);
                let values = values.map(|value| typed(value, "", context)).collect();
                AcsRequest::SetParameterValues { values, parameter_key }
            }
            TaskKind::AddObject { path, .. } => AcsRequest::AddObject { object: path.clone(), parameter_key },
            TaskKind::DeleteObject { path } => AcsRequest::DeleteObject { object: path.clone(), parameter_key },
            TaskKind::Reboot => {
                let command_key = self.progress.command_key.clone().unwrap_or_else(|| command_key(&self.record));
                AcsRequest::Reboot { command_key }
            }
            TaskKind::FactoryReset => AcsRequest::FactoryReset,
            _ => unreachable!("a refresh only reads, an order has its own stage"),
        };
        self.mark_sent(context.now);
        Next::Send { request, writes: vec![self.save_progress(None, context.now)] }
    }

    /// Writes the progress, and the state if it moves on.
    fn save_progress(&self, state: Option<TaskState>, now: Timestamp) -> Write {
        Write::Task {
            id: self.record.id,
            from: vec![TaskState::Connected, TaskState::Applied],
            update: TaskUpdate {
                step: state.map(|state| TaskStep { state, at: now }),
                progress: Some(self.progress.to_json()),
                ..TaskUpdate::default()
            },
        }
    }

    fn reading(&self) -> Reader {
        match &self.record.kind {
            TaskKind::Refresh { paths } => Reader::objects_and_leaves(paths, true),
            TaskKind::SetValues { values } => Reader::values(values.iter().map(|value| value.path.clone()).collect()),
            _ => Reader::objects_and_leaves(&[self.row()], false),
        }
    }

    /// All is read that this stage wanted.
    fn after_reading(&mut self, context: &mut Context<'_>) {
        let mut reader = self.reader.take().expect("only called after reading");
        self.changes.append(&mut reader.changes);
        let checking = self.stage == Stage::Check;
        self.stage = match &self.record.kind {
            TaskKind::Refresh { .. } => {
                let fault = reader.fault.filter(|_| reader.read == 0);
                Stage::End(fault.map_or_else(
                    || {
                        let outcome = TaskOutcome::Read { parameters: reader.read };
                        End { state: TaskState::Verified, outcome: Some(outcome) }
                    },
                    |fault| End::fault(fault_view(&fault)),
                ))
            }
            TaskKind::SetValues { values } => {
                let (changes, same) = self.compare(values, context.tree);
                if checking && !same {
                    self.progress.set = 0;
                    Stage::Send
                } else {
                    let state = if same { TaskState::Verified } else { TaskState::Different };
                    let outcome = TaskOutcome::Changed { changes, pending: self.progress.pending };
                    Stage::End(End { state, outcome: Some(outcome) })
                }
            }
            _ => Stage::End(End { state: TaskState::Verified, outcome: Some(TaskOutcome::Added { path: self.row() }) }),
        };
    }

    /// What was wanted against what the device says now. Secrets cannot be read back: an empty answer counts as kept.
    fn compare(&self, values: &[SetValue], tree: &Tree) -> (Vec<ValueChange>, bool) {
        let mut all_same = true;
        let changes = values.iter().map(|wanted| {
            let before =
                self.progress.before.iter().find(|(path, _)| *path == wanted.path).and_then(|(_, v)| v.clone());
            let now = tree.get(&wanted.path);
            let after = now.and_then(|node| node.value.as_deref());
            let secret = is_secret(&wanted.path);
            let value_type = wanted.value_type.or(now.map(|node| node.value_type)).unwrap_or_default();
            let same = after.is_some_and(|after| value_type.same(after, &wanted.value))
                || (secret && after.is_none_or(str::is_empty))
                // A diagnostic that was asked for may be done before it is looked at.
                || (wanted.path.ends_with(".DiagnosticsState") && !matches!(after, None | Some("" | "None")));
            all_same &= same;
            let mut change = value_change(&wanted.path, before.as_deref(), after.unwrap_or_default());
            change.wanted = (!secret).then(|| wanted.value.clone());
            if after.is_none() {
                change.after = None;
            }
            change
        });
        (changes.collect(), all_same)
    }

    /// The device's answer to the request that is out. The writes must be durable before anything else is sent.
    pub fn on_answer(&mut self, answer: Result<CpeResponse, Fault>, context: &mut Context<'_>) -> Vec<Write> {
        if let Some(reader) = &mut self.reader {
            let done = match answer {
                Ok(CpeResponse::GetParameterNames { parameters }) => {
                    reader.on_names(&parameters, context.tree);
                    Ok(())
                }
                Ok(CpeResponse::GetParameterValues { parameters }) => {
                    reader.on_values(&parameters, context.tree, context.now);
                    Ok(())
                }
                Ok(_) => Err(wrong_answer()),
                Err(fault) => reader.on_fault(&fault, context.tree, context.learnt).map_err(|fault| fault_view(&fault)),
            };
            if let Err(fault) = done {
                self.stage = Stage::End(End::fault(fault));
            }
            return Vec::new();
        }
        if matches!(self.stage, Stage::Order | Stage::Methods | Stage::Queue | Stage::Attributes) {
            return self.on_order_answer(answer, context);
        }
        // Too many values at once (rule 180): fewer, from where it stopped.
        if self.stage == Stage::Send && matches!(&answer, Err(fault) if fault.code == 9004) && self.halve() {
            return Vec::new();
        }
        match (&self.stage, answer) {
            (Stage::RollBack(fault), _) => {
                context.tree.remove_below(&self.row());
                self.stage = Stage::End(End::fault(fault.clone()));
                Vec::new()
            }
            (Stage::SetNew, Ok(CpeResponse::SetParameterValues { status })) => {
                self.progress.pending |= status == 1;
                self.stage = Stage::ReadBack;
                Vec::new()
            }
            // AddObject and the setting of values are two requests: a row nobody filled must not stay (rule 209).
            (Stage::SetNew, Err(fault)) => {
                self.stage = Stage::RollBack(fault_view(&fault));
                Vec::new()
            }
            (Stage::ListRows, answer) => self.on_rows(answer, context),
            (Stage::Check | Stage::ReadBack, answer) => {
                self.on_delete_seen(answer, context);
                Vec::new()
            }
            (Stage::Send, Ok(response)) => self.on_done(response, context),
            // Some batches are set, this one was refused: what the device says now is the outcome.
            (Stage::Send, Err(_)) if self.progress.set > 0 => {
                self.stage = Stage::ReadBack;
                Vec::new()
            }
            (_, Err(fault)) => {
                if fault.code == 9005
                    && let TaskKind::DeleteObject { path } = &self.record.kind
                {
                    context.tree.remove_below(path);
                }
                self.stage = Stage::End(End::fault(fault_view(&fault)));
                Vec::new()
            }
            (_, Ok(_)) => {
                self.stage = Stage::End(End::fault(wrong_answer()));
                Vec::new()
            }
        }
    }

    /// The device did what was asked, as it says.
    fn on_done(&mut self, response: CpeResponse, context: &mut Context<'_>) -> Vec<Write> {
        match (response, &self.record.kind) {
            (CpeResponse::SetParameterValues { status }, TaskKind::SetValues { values }) => {
                self.progress.pending |= status == 1;
                self.progress.set += if self.progress.batch == 0 { values.len() } else { self.progress.batch };
                if self.progress.set < values.len() {
                    self.stage = Stage::Send;
                    return vec![self.save_progress(None, context.now)];
                }
                self.stage = Stage::ReadBack;
            }
            (CpeResponse::AddObject { instance: Some(instance), status }, TaskKind::AddObject { .. }) => {
                self.progress.pending = status == 1;
                self.progress.instance = Some(instance);
                self.stage = Stage::SetNew;
            }
            // No usable number: see which row is new (rule 213).
            (CpeResponse::AddObject { instance: None, .. }, TaskKind::AddObject { .. }) => {
                self.stage = Stage::ListRows;
                return Vec::new();
            }
            (CpeResponse::DeleteObject { status }, TaskKind::DeleteObject { path }) => {
                self.progress.pending = status == 1;
                context.tree.remove_below(path);
                self.stage = Stage::ReadBack;
            }
            (CpeResponse::Reboot, TaskKind::Reboot) | (CpeResponse::FactoryReset, TaskKind::FactoryReset) => {
                self.stage = Stage::Away;
            }
            _ => {
                self.stage = Stage::End(End::fault(wrong_answer()));
                return Vec::new();
            }
        }
        vec![self.save_progress(Some(TaskState::Applied), context.now)]
    }

    /// Half as many values in one request; `false` if it is one already, or nothing that can be divided.
    fn halve(&mut self) -> bool {
        let TaskKind::SetValues { values } = &self.record.kind else { return false };
        let batch = if self.progress.batch == 0 { values.len() } else { self.progress.batch };
        self.progress.batch = batch / 2;
        batch > 1
    }

    /// The rows of the table, before AddObject or to find the new one.
    fn on_rows(&mut self, answer: Result<CpeResponse, Fault>, context: &mut Context<'_>) -> Vec<Write> {
        let table = self.table();
        let rows: Vec<u32> = match answer {
            Ok(CpeResponse::GetParameterNames { parameters }) => {
                parameters.iter().filter_map(|info| row_number(&table, &info.name)).collect()
            }
            // It cannot list, or does not know the table while it is empty: what we know must do.
            _ => context.tree.children(&table).filter_map(|(path, _)| row_number(&table, path)).collect(),
        };
        match &self.progress.rows_before {
            Some(before) if self.progress.sent => {
                let mut new = rows.iter().filter(|row| !before.contains(row));
                if let Some(&row) = new.next_back() {
                    self.progress.instance = Some(row);
                    self.stage = Stage::SetNew;
                    return vec![self.save_progress(Some(TaskState::Applied), context.now)];
                }
            }
            _ => self.progress.rows_before = Some(rows),
        }
        self.stage = Stage::Send;
        Vec::new()
    }

    /// The rows of the table, to see whether the deleted one is gone.
    fn on_delete_seen(&mut self, answer: Result<CpeResponse, Fault>, context: &mut Context<'_>) {
        let TaskKind::DeleteObject { path } = &self.record.kind else { return };
        let still_there = match answer {
            Ok(CpeResponse::GetParameterNames { parameters }) => parameters.iter().any(|info| info.name == *path),
            // The table went with its last row, or cannot be listed: the device's word must do.
            _ => false,
        };
        if still_there && self.stage == Stage::Check {
            self.stage = Stage::Send;
            return;
        }
        let state = if still_there && !self.progress.pending { TaskState::Different } else { TaskState::Verified };
        if !still_there {
            context.tree.remove_below(path);
        }
        self.stage = Stage::End(End { state, outcome: Some(TaskOutcome::Deleted { path: path.clone() }) });
    }

    /// The table of an AddObject or DeleteObject, with its final dot.
    fn table(&self) -> String {
        match &self.record.kind {
            TaskKind::AddObject { path, .. } => path.clone(),
            TaskKind::DeleteObject { path } => {
                let parent = path.trim_end_matches('.').rfind('.').map_or("", |dot| &path[..=dot]);
                parent.to_owned()
            }
            _ => String::new(),
        }
    }

    /// The new row of an AddObject, with its final dot.
    fn row(&self) -> String {
        format!("{}{}.", self.table(), self.progress.instance.unwrap_or_default())
    }

    /// ParameterKey of the changes this task makes (at most 32 characters, A.3.2.1).
    fn parameter_key(&self) -> String {
        format!("lastmile-{}", self.record.id)
    }
}

/// CommandKey of a task: unique, at most 32 characters.
fn command_key(record: &TaskRecord) -> String {
    format!("lastmile-{}-{:x}", record.id, record.created_at.0)
}

/// The task that a CommandKey of ours stands for, whether it is still there or not.
pub(crate) fn task_of_key(key: &str) -> Option<TaskId> {
    let (id, created_at) = key.strip_prefix("lastmile-")?.split_once('-')?;
    i64::from_str_radix(created_at, 16).ok()?;
    id.parse().ok()
}

/// The number of a row directly below a table.
fn row_number(table: &str, name: &str) -> Option<u32> {
    name.strip_prefix(table)?.strip_suffix('.')?.parse().ok()
}

/// A value with the type that the device last reported, if the task does not say, else that of its data model
/// (rules 178 and 330), written as the device wants it (rules 318 and 319).
fn typed(value: &SetValue, row: &str, context: &Context<'_>) -> ParameterValue {
    let name = format!("{row}{}", value.path);
    let value_type = value
        .value_type
        .or_else(|| context.tree.get(&name).and_then(reported_type))
        .or_else(|| value_type(&name))
        .unwrap_or_default();
    ParameterValue { value: context.learnt.literal(value_type, &value.value), name, value_type }
}

fn wrong_answer() -> FaultView {
    FaultView::local("The router answered something else than it was asked.")
}

/// A device's fault in plain words.
pub(crate) fn fault_view(fault: &Fault) -> FaultView {
    let mut view = if fault.code == 0 {
        FaultView { detail: fault.text.clone(), ..FaultView::local(explain(0)) }
    } else {
        FaultView::from_device(fault.code, fault.text.clone())
    };
    view.parameters = fault
        .parameters
        .iter()
        .map(|p| ParameterFault {
            path: p.name.clone(),
            code: p.code,
            message: explain(p.code).to_owned(),
            detail: p.text.clone(),
        })
        .collect();
    // 9003 only says that one of the values is bad: the value's own fault says more.
    if fault.code == 9003
        && let [only] = view.parameters.as_slice()
    {
        view.message.clone_from(&only.message);
    }
    view
}
