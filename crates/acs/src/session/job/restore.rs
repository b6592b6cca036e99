//! A factory reset that brings back what its subscriber had: read before, set again after `0 BOOTSTRAP`, read back.
//!
//! What is kept is written down, together with *sent*, before FactoryReset leaves. After the return each session begins
//! by looking at what the router has: values that are right already are not sent, rows are found by what tells them
//! from others, and before AddObject the rows are written down. So it may break off anywhere and go on later.

mod plan;

use super::{Context, End, Next, Reader, Stage, TaskJob, fault_view, wrong_answer};
use crate::keep::{self, Kept, is_told};
use crate::knowledge::is_secret;
use cwmp::{AcsRequest, CpeResponse, Fault, ParameterValue};
use model::Timestamp;
use model::fault::FaultView;
use model::restore::{Restored, RestoredLine};
use model::task::{TaskKind, TaskOutcome, TaskState, TaskStep};
use plan::Step;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use store::{TaskRecord, TaskUpdate, Write};

/// What is kept waits this long for its router; then it is thrown away.
pub(crate) const KEEP_MS: i64 = 7 * 86_400_000;
/// Sessions that may break off while settings are set again.
const MAX_SESSIONS: u32 = 15;

/// What is kept, and how far it is set again. Part of [`super::Progress`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Restore {
    pub kept: Kept,
    /// When the router came back from its reset.
    pub returned_at: Option<Timestamp>,
    /// The row whose AddObject may have reached the router.
    pub adding: Option<Adding>,
}

/// An AddObject on its way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Adding {
    /// In [`Kept::rows`].
    pub row: usize,
    /// Rows of the table before it.
    pub before: Vec<u32>,
}

/// Setting again, in one session.
#[derive(Debug, Default)]
pub(super) struct Restoring {
    at: At,
    reader: Option<Reader>,
    steps: VecDeque<Step>,
    /// Lines that were refused, and why.
    refused: BTreeMap<usize, String>,
    /// Rows that could not be made, and why.
    lost_rows: BTreeMap<usize, String>,
    /// Lines that the router has no parameter for.
    missing: BTreeSet<usize>,
    /// Rows that this session made.
    made: BTreeSet<usize>,
    /// Lines that were sent.
    sent: BTreeSet<usize>,
    pending: bool,
}

#[derive(Debug, Default)]
enum At {
    /// Sees what the router has.
    #[default]
    Look,
    /// Between two requests.
    Next,
    Adding(usize),
    /// Which row is new: the answer to AddObject did not say.
    Listing(usize),
    Setting(Vec<usize>),
    TakingBack(usize, String),
    ReadBack,
}

/// What comes next.
enum Ask {
    Plain(AcsRequest),
    /// Once the progress is durable.
    Saved(AcsRequest),
    Done,
}

/// Whether the router is back from a reset and waits to have its settings again.
pub(crate) fn has_returned(record: &TaskRecord) -> bool {
    super::Progress::of(record).restore.is_some_and(|restore| restore.returned_at.is_some())
}

/// The router came back with `0 BOOTSTRAP`: notes it, if something is to be set again. `false`: the task is done.
pub(crate) fn returned(task: &mut TaskRecord, writes: &mut Vec<Write>, now: Timestamp) -> bool {
    let mut progress = super::Progress::of(task);
    let Some(restore) = progress.restore.as_mut().filter(|restore| !restore.kept.lines.is_empty()) else {
        return false;
    };
    restore.returned_at.get_or_insert(now);
    task.progress = progress.to_json();
    let step = (task.state != TaskState::Applied).then_some(TaskStep { state: TaskState::Applied, at: now });
    task.state = TaskState::Applied;
    writes.push(Write::Task {
        id: task.id,
        from: vec![TaskState::Queued, TaskState::Contacting, TaskState::Connected, TaskState::Applied],
        update: TaskUpdate {
            step,
            note: Some(Some("The router is back. What was kept is being set again.".to_owned())),
            progress: Some(task.progress.clone()),
            ..TaskUpdate::default()
        },
    });
    true
}

impl TaskJob {
    /// Whether a factory reset is at the stage of setting again what was kept: it goes on in another session, whatever
    /// happens to this one.
    pub fn is_restoring(&self) -> bool {
        self.stage == Stage::Restore
    }

    /// Where a factory reset begins or goes on.
    pub(super) fn reset_stage(record: &TaskRecord, progress: &super::Progress) -> Stage {
        match &record.kind {
            TaskKind::FactoryReset { .. } if record.state == TaskState::Applied => {
                if record.attempts < MAX_SESSIONS {
                    return Stage::Restore;
                }
                let text = "The router was reset. The connection broke off each time while its settings were set \
                            again: look which of them it has.";
                Stage::End(End::fault(FaultView::local(text)))
            }
            TaskKind::FactoryReset { keep, .. } if !keep.is_empty() && progress.restore.is_none() => Stage::Keep,
            _ => Stage::Send,
        }
    }

    /// What is read before the reset.
    pub(super) fn reads_to_keep(&self, context: &Context<'_>) -> Reader {
        let TaskKind::FactoryReset { keep, .. } = &self.record.kind else { unreachable!("only a reset keeps") };
        Reader::objects_and_leaves(&keep::to_read(context.tree, keep), false)
    }

    /// All is read: from here on it is kept.
    pub(super) fn take_to_keep(&mut self, context: &Context<'_>) {
        let TaskKind::FactoryReset { keep, secrets } = &self.record.kind else { return };
        let kept = keep::collect(context.tree, keep, secrets);
        self.progress.restore = Some(Restore { kept, ..Restore::default() });
        self.stage = Stage::Send;
    }

    /// The next request of setting again.
    pub(super) fn next_restore(&mut self, context: &mut Context<'_>) -> Next {
        let mut restoring = self.restoring.take().unwrap_or_default();
        let mut restore = self.progress.restore.take().unwrap_or_default();
        let ask = restoring.next(&mut restore, &self.parameter_key(), context);
        self.progress.restore = Some(restore);
        let next = match ask {
            Ask::Plain(request) => Next::Send { request, writes: Vec::new() },
            Ask::Saved(request) => Next::Send { request, writes: vec![self.save_progress(None, context.now)] },
            Ask::Done => Next::End(self.restored(&restoring, context)),
        };
        self.restoring = Some(restoring);
        next
    }

    /// The router's answer while settings are set again.
    pub(super) fn on_restore_answer(
        &mut self,
        answer: Result<CpeResponse, Fault>,
        context: &mut Context<'_>,
    ) -> Vec<Write> {
        let mut restoring = self.restoring.take().unwrap_or_default();
        let saves = self.take_restore_answer(&mut restoring, answer, context);
        self.restoring = Some(restoring);
        if saves { vec![self.save_progress(None, context.now)] } else { Vec::new() }
    }

    /// Whether something was found out that must not be lost.
    fn take_restore_answer(
        &mut self,
        restoring: &mut Restoring,
        answer: Result<CpeResponse, Fault>,
        context: &mut Context<'_>,
    ) -> bool {
        if restoring.reader.is_some() {
            self.take_restore_reading(restoring, answer, context);
            return false;
        }
        let restore = self.progress.restore.get_or_insert_default();
        let at = std::mem::replace(&mut restoring.at, At::Next);
        match (at, answer) {
            (At::Adding(row), Ok(CpeResponse::AddObject { instance: Some(instance), status })) => {
                restoring.pending |= status == 1;
                restoring.made(restore, row, instance);
                true
            }
            (At::Adding(row), Ok(CpeResponse::AddObject { instance: None, .. })) => {
                restoring.at = At::Listing(row);
                false
            }
            (At::Listing(row), Ok(CpeResponse::GetParameterNames { parameters })) => {
                for info in &parameters {
                    context.tree.set_info(&info.name, info.writable);
                }
                let before = restore.adding.as_ref().map(|adding| adding.before.clone()).unwrap_or_default();
                match plan::new_row(&restore.kept, row, &before, context.tree) {
                    Some(instance) => restoring.made(restore, row, instance),
                    None => {
                        restoring.lost_rows.insert(row, "The router added no row.".to_owned());
                    }
                }
                true
            }
            (At::Adding(row) | At::Listing(row), answer) => {
                restore.adding = None;
                let fault = answer.err().map_or_else(wrong_answer, |fault| fault_view(&fault));
                restoring.lost_rows.insert(row, fault.message);
                true
            }
            (At::Setting(_), Ok(CpeResponse::SetParameterValues { status })) => {
                restoring.pending |= status == 1;
                false
            }
            (At::Setting(lines), Err(fault)) => {
                restoring.on_refused(&restore.kept, lines, &fault);
                false
            }
            (At::TakingBack(row, why), _) => {
                if let Some(place) = restore.kept.rows[row].after() {
                    context.tree.remove_below(&place);
                }
                restore.kept.rows[row].now = None;
                restoring.lost_rows.insert(row, why);
                true
            }
            (At::Setting(lines), Ok(_)) => {
                let why = wrong_answer().message;
                restoring.refused.extend(lines.into_iter().map(|line| (line, why.clone())));
                false
            }
            (at, _) => {
                restoring.at = at;
                false
            }
        }
    }

    fn take_restore_reading(
        &mut self,
        restoring: &mut Restoring,
        answer: Result<CpeResponse, Fault>,
        context: &mut Context<'_>,
    ) {
        let Some(reader) = &mut restoring.reader else { return };
        let read = match answer {
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
        if let Err(fault) = read {
            self.stage = Stage::End(match restoring.at {
                At::ReadBack => self.restored(restoring, context),
                _ => End::fault(fault),
            });
        }
    }

    /// What became of every line.
    fn restored(&self, restoring: &Restoring, context: &Context<'_>) -> End {
        let default = Restore::default();
        let restore = self.progress.restore.as_ref().unwrap_or(&default);
        let kept = &restore.kept;
        let lines: Vec<RestoredLine> = (0..kept.lines.len())
            .map(|at| {
                let line = &kept.lines[at];
                let secret = is_secret(&line.path);
                let value = if secret { None } else { plan::value(kept, at) };
                RestoredLine {
                    set: line.set.unwrap_or(model::restore::KeepSet::HomeNetwork),
                    path: plan::path(kept, at).unwrap_or_else(|| line.path.clone()),
                    value: value.map(|value| value.chars().take(200).collect()).unwrap_or_default(),
                    restored: restoring.became(kept, at, context),
                }
            })
            .collect();
        let problem = lines.iter().any(|line| line.restored.is_problem());
        let back = restore.returned_at.unwrap_or(context.now);
        let after_ms = back.since(self.progress.sent_at.unwrap_or(self.record.created_at));
        End {
            state: if problem { TaskState::Different } else { TaskState::Verified },
            outcome: Some(TaskOutcome::Restored { after_ms, lines, pending: restoring.pending }),
        }
    }
}

impl Restoring {
    fn next(&mut self, restore: &mut Restore, parameter_key: &str, context: &mut Context<'_>) -> Ask {
        let parameter_key = parameter_key.to_owned();
        loop {
            match &self.at {
                At::Look => {
                    let objects = &restore.kept.objects;
                    let reader = self.reader.get_or_insert_with(|| Reader::objects_and_leaves(objects, false));
                    if let Some(request) = reader.next(context.tree, context.learnt) {
                        return Ask::Plain(request);
                    }
                    self.reader = None;
                    let adding = restore.adding.take();
                    self.plan(&mut restore.kept, adding, context.tree);
                    self.at = At::Next;
                }
                At::Next => match self.steps.pop_front() {
                    Some(Step::Add(row)) => {
                        let object = restore.kept.rows[row].table.clone();
                        let rows = keep::rows(context.tree, &object);
                        let before = rows.iter().filter_map(|place| Some(keep::row_of(place)?.1)).collect();
                        restore.adding = Some(Adding { row, before });
                        self.at = At::Adding(row);
                        return Ask::Saved(AcsRequest::AddObject { object, parameter_key });
                    }
                    Some(Step::Set(lines)) => {
                        let kept = &restore.kept;
                        let values: Vec<_> =
                            lines.iter().filter_map(|line| value_to_send(kept, *line, context)).collect();
                        if !values.is_empty() {
                            self.sent.extend(&lines);
                            self.at = At::Setting(lines);
                            return Ask::Plain(AcsRequest::SetParameterValues { values, parameter_key });
                        }
                    }
                    None => self.at = At::ReadBack,
                },
                At::Listing(row) => {
                    let path = restore.kept.rows[*row].table.clone();
                    return Ask::Plain(AcsRequest::GetParameterNames { path, next_level: true });
                }
                At::TakingBack(row, _) => match restore.kept.rows[*row].after() {
                    Some(object) => return Ask::Plain(AcsRequest::DeleteObject { object, parameter_key }),
                    None => self.at = At::Next,
                },
                At::ReadBack => {
                    let (sent, refused, kept) = (&self.sent, &self.refused, &restore.kept);
                    let reader = self.reader.get_or_insert_with(|| {
                        let taken = sent.iter().filter(|line| !refused.contains_key(*line));
                        Reader::values(taken.filter_map(|line| plan::path(kept, *line)).collect())
                    });
                    return reader.next(context.tree, context.learnt).map_or(Ask::Done, Ask::Plain);
                }
                // Their answer is taken before anything else is asked.
                At::Adding(_) | At::Setting(_) => self.at = At::Next,
            }
        }
    }

    /// A row was made: it is filled next.
    fn made(&mut self, restore: &mut Restore, row: usize, instance: u32) {
        restore.adding = None;
        restore.kept.rows[row].now = Some(instance);
        self.made.insert(row);
        self.steps.push_front(Step::Set(plan::lines_of(&restore.kept, row)));
    }

    /// Values were refused: those that the router names are left out, else halves are tried.
    fn on_refused(&mut self, kept: &Kept, lines: Vec<usize>, fault: &Fault) {
        let view = fault_view(fault);
        let named = |line: &usize| {
            let path = plan::path(kept, *line)?;
            view.parameters.iter().find(|one| one.path == path).map(|one| one.message.clone())
        };
        let reasons: BTreeMap<usize, String> = lines.iter().filter_map(|line| Some((*line, named(line)?))).collect();
        if reasons.is_empty() && lines.len() > 1 {
            let (first, second) = lines.split_at(lines.len() / 2);
            self.steps.push_front(Step::Set(second.to_vec()));
            self.steps.push_front(Step::Set(first.to_vec()));
            return;
        }
        let reasons =
            if reasons.is_empty() { lines.iter().map(|line| (*line, view.message.clone())).collect() } else { reasons };
        // A row without what tells it from others must not stay (rule 209).
        let spoilt = reasons.iter().find_map(|(line, why)| Some((plan::identifies(kept, *line)?, why.clone())));
        let rest: Vec<usize> = lines.into_iter().filter(|line| !reasons.contains_key(line)).collect();
        self.refused.extend(reasons);
        match spoilt {
            Some((row, why)) if self.made.contains(&row) => self.at = At::TakingBack(row, why),
            _ if rest.is_empty() => {}
            _ => self.steps.push_front(Step::Set(rest)),
        }
    }

    fn became(&self, kept: &Kept, at: usize, context: &Context<'_>) -> Restored {
        let line = &kept.lines[at];
        let Some(wanted) = plan::value(kept, at) else { return Restored::NotKnown };
        if let Some(why) = line.row.and_then(|row| self.lost_rows.get(&row)).or_else(|| self.refused.get(&at)) {
            return Restored::Refused { why: why.clone() };
        }
        let Some(path) = plan::path(kept, at).filter(|_| !self.missing.contains(&at)) else {
            return Restored::Missing;
        };
        let node = context.tree.get(&path);
        let now = node.and_then(|node| node.value.as_deref());
        let value_type = node.map_or(line.value_type, |node| node.value_type);
        match now {
            Some(now) if value_type.same(now, &wanted) => Restored::Verified,
            now if is_secret(&path) && now.is_none_or(|now| !is_told(now)) => Restored::Unconfirmed,
            _ if is_secret(&path) => Restored::Different { now: None },
            now => Restored::Different { now: now.map(|now| now.chars().take(200).collect()) },
        }
    }
}

/// A kept value with the type that the router reports now, if it does, else that of before.
fn value_to_send(kept: &Kept, line: usize, context: &Context<'_>) -> Option<ParameterValue> {
    let (name, value) = (plan::path(kept, line)?, plan::value(kept, line)?);
    let reported = context.tree.get(&name).and_then(crate::knowledge::reported_type);
    let value_type = reported.unwrap_or(kept.lines[line].value_type);
    Some(ParameterValue { value: context.learnt.literal(value_type, &value), name, value_type, untyped: false })
}
