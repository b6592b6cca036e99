//! A task while it is with the device: which requests it takes, what their answers mean, and how it goes on after a
//! session broke off in the middle.
//!
//! Exactly once: whatever changes a device is written down as *sent* before the request leaves, together with what is
//! needed to find out later whether it arrived (the rows of a table before AddObject, the command key of a Reboot).
//! After a crash the device is asked first, and the request goes out again only if it did nothing.

mod answers;
mod diagnostics;
mod end;
mod orders;
mod progress;
mod remedy;
mod restore;
mod rows;
mod values;

use answers::version_name;
pub(crate) use diagnostics::TestProgress;
pub(crate) use end::{End, fault_view, too_late, transferred};
pub(crate) use orders::{firmware, method};
pub(crate) use progress::{Progress, task_of_key};
pub(crate) use remedy::{RetryPolicy, try_again};
pub(crate) use restore::{KEEP_MS, has_returned, returned};

use super::{Capabilities, Reader};
use crate::files::links::Links;
use crate::knowledge::is_secret;
use cwmp::{AcsRequest, CpeResponse, Fault};
use end::wrong_answer;
use model::Timestamp;
use model::fault::FaultView;
use model::task::{SetValue, TaskKind, TaskOutcome, TaskState, TaskStep, ValueChange};
use progress::command_key;
use restore::Restoring;
use store::{TaskRecord, TaskUpdate, Tree, Write};
use values::typed;

/// How often a task is taken up before it is given up: each time the session broke off.
const MAX_ATTEMPTS: u32 = 5;
/// A reboot that was sent when the line broke is sent again if the device shows no sign of it for this long.
const RESEND_AFTER_MS: i64 = 60_000;
/// A device that took the order to reboot has this long to come back with its boot report.
pub(crate) const RETURN_WITHIN_MS: i64 = 15 * 60_000;

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
    /// Firmware is loaded and applied, as the device says at once: which version runs.
    Version,
    /// The device has the order and reports the end.
    Wait,
    /// Another session takes it up, not before this moment; why.
    Later(String, Timestamp),
    /// A test that the device runs, see [`diagnostics`].
    Test(diagnostics::Step),
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
    /// Read what is kept over a factory reset.
    Keep,
    /// Set again what was kept, see [`restore`].
    Restore,
    /// All is known.
    End(End),
    /// The device reboots; the task goes on at its return.
    Away,
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
    Later(String),
}

/// What a task may look at and change while it runs.
pub(crate) struct Context<'a> {
    pub tree: &'a mut Tree,
    pub learnt: &'a mut Capabilities,
    pub now: Timestamp,
    pub cwmp_version: &'a str,
    pub software_version: &'a str,
    pub links: &'a Links,
    pub retry: RetryPolicy,
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
    restoring: Option<Box<Restoring>>,
}

impl TaskJob {
    /// Takes up a task. The write claims it: if it is not applied, the task was cancelled meanwhile and must be left.
    pub fn take_up(record: TaskRecord, now: Timestamp) -> (Self, Write) {
        let progress = Progress::of(&record);
        let stage = if record.attempts >= MAX_ATTEMPTS * (progress.failures + 1) && record.state != TaskState::Applied {
            let text = "The connection broke off each time while the router was doing this. \
                        It may or may not have done it: read the values again before you repeat it.";
            Stage::End(End::fault(FaultView::local(text)))
        } else if let Some(end) = too_late(&record, now) {
            Stage::End(end)
        } else {
            Self::first_stage(&record, &progress)
        };
        let resumed = record.state == TaskState::Applied;
        let job =
            Self { record, progress, stage, reader: None, changes: Vec::new(), target_key: None, restoring: None };
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
            TaskKind::SetValues { .. } | TaskKind::DeleteObject { .. } | TaskKind::Reboot => Stage::Send,
            TaskKind::FactoryReset { .. } => Self::reset_stage(record, progress),
            TaskKind::SetAttributes { .. } if record.state == TaskState::Applied => Stage::Attributes,
            kind @ (TaskKind::Diagnose { .. } | TaskKind::StopTest { .. }) => {
                Self::test_stage(kind, record.state, progress.sent)
            }
            kind => Self::order_stage(kind, progress.sent, progress.sends),
        }
    }

    /// Whether a task can do anything in a session now. One that waits for a reboot's return, or for a report, cannot.
    pub fn actionable(record: &TaskRecord, learnt: &Capabilities, now: Timestamp) -> bool {
        match (&record.kind, record.state) {
            (kind, TaskState::Applied) if kind.is_reported() => false,
            (TaskKind::FactoryReset { .. }, TaskState::Applied) => has_returned(record),
            (TaskKind::Reboot, TaskState::Applied) => false,
            (TaskKind::Reboot | TaskKind::FactoryReset { .. }, _) => {
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
        if self.progress.once {
            // Its campaign decides about repetitions: when this time is over, it is not given again.
            self.progress.not_after = self.progress.within_ms.map(|within| now.plus_millis(within));
        }
        if self.record.kind == TaskKind::Reboot && self.progress.command_key.is_none() {
            self.progress.command_key = Some(command_key(&self.record));
        }
    }

    /// Whether it ends, or leaves this session, without another request.
    pub fn is_settled(&self) -> bool {
        match &self.stage {
            Stage::End(_) | Stage::Wait | Stage::Later(..) | Stage::Away => true,
            Stage::ReadBack => self.reader.as_ref().is_some_and(Reader::is_done),
            _ => false,
        }
    }

    /// Takes down in its progress where a task that only reads stops; `false` if there is no such place.
    pub fn keep_place(&mut self) -> bool {
        if !matches!(self.record.kind, TaskKind::Refresh { .. }) {
            return false;
        }
        if let Some(reader) = &mut self.reader {
            self.progress.reading = reader.bookmark();
            self.changes.append(&mut reader.changes);
        }
        self.progress.reading.is_some()
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
                    return Next::Later(why.clone());
                }
                Stage::Order => {
                    let Some(request) = self.next_order(context) else { continue };
                    if self.stage == Stage::Methods {
                        return send(request);
                    }
                    self.mark_sent(context.now);
                    return Next::Send { request, writes: vec![self.save_progress(None, context.now)] };
                }
                Stage::Test(step) => {
                    let step = *step;
                    if let Some(next) = self.next_test(step, context) {
                        return next;
                    }
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
                Stage::Version => match version_name(context.tree) {
                    Some(name) => return send(AcsRequest::GetParameterValues { names: vec![name] }),
                    None => self.stage = Stage::Wait,
                },
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
                Stage::Restore => return self.next_restore(context),
                Stage::Check | Stage::ReadBack | Stage::Keep => {
                    if self.reader.is_none() {
                        if let TaskKind::DeleteObject { .. } = &self.record.kind {
                            return send(AcsRequest::GetParameterNames { path: self.table(), next_level: true });
                        }
                        self.reader = Some(self.reading(context));
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
            TaskKind::DeleteObject { path } => {
                if self.progress.row_before.is_empty() {
                    self.progress.row_before = crate::undo::row_values(context.tree, path);
                }
                AcsRequest::DeleteObject { object: path.clone(), parameter_key }
            }
            TaskKind::Reboot => {
                let record = &self.record;
                let command_key = self.progress.command_key.get_or_insert_with(|| command_key(record)).clone();
                AcsRequest::Reboot { command_key }
            }
            TaskKind::FactoryReset { .. } => AcsRequest::FactoryReset,
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

    fn reading(&self, context: &Context<'_>) -> Reader {
        match &self.record.kind {
            TaskKind::FactoryReset { .. } => self.reads_to_keep(context),
            TaskKind::Refresh { paths } => match &self.progress.reading {
                Some(mark) => Reader::resume(mark.clone(), true),
                None => Reader::objects_and_leaves(paths, true),
            },
            TaskKind::SetValues { values } => Reader::values(values.iter().map(|value| value.path.clone()).collect()),
            _ => Reader::objects_and_leaves(&[self.row()], false),
        }
    }

    /// All is read that this stage wanted.
    fn after_reading(&mut self, context: &mut Context<'_>) {
        let mut reader = self.reader.take().expect("only called after reading");
        self.changes.append(&mut reader.changes);
        if self.stage == Stage::Keep {
            self.take_to_keep(context);
            return;
        }
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

    /// The device's answer to the request that is out. The writes must be durable before anything else is sent.
    pub fn on_answer(&mut self, answer: Result<CpeResponse, Fault>, context: &mut Context<'_>) -> Vec<Write> {
        if self.stage == Stage::Restore {
            return self.on_restore_answer(answer, context);
        }
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
        if let Stage::Test(step) = self.stage {
            return self.on_test_answer(step, answer, context);
        }
        if self.stage == Stage::Version {
            self.on_version(answer, context);
            return Vec::new();
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
            (CpeResponse::Reboot, TaskKind::Reboot) | (CpeResponse::FactoryReset, TaskKind::FactoryReset { .. }) => {
                self.stage = Stage::Away;
            }
            _ => {
                self.stage = Stage::End(End::fault(wrong_answer()));
                return Vec::new();
            }
        }
        vec![self.save_progress(Some(TaskState::Applied), context.now)]
    }

    /// ParameterKey of the changes this task makes (at most 32 characters, A.3.2.1).
    fn parameter_key(&self) -> String {
        format!("lastmile-{}", self.record.id)
    }
}
