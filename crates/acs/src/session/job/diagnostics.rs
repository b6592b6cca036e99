//! A test that the device runs (rules 331 to 337): one request starts it, the device works after the session, and its
//! results are read in a later one, which it begins with `8 DIAGNOSTICS COMPLETE` as a rule.
//!
//! The event names no test, some devices never send it, and some never finish: so a waiting test is looked at when the
//! event comes, when the time has passed that it takes as a rule, and for the last time when its arguments allow no more.

use super::end::wrong_answer;
use super::values::typed;
use super::{Context, End, Next, Stage, TaskJob};
use crate::diagnostics::{self, findings, said, state_name};
use crate::session::Reader;
use cwmp::{AcsRequest, CpeResponse, Fault, ParameterValue};
use model::Timestamp;
use model::diagnostic::{Diagnosis, Phase, Test, TestKind, explain_state};
use model::fault::FaultView;
use model::task::{SetValue, TaskKind, TaskOutcome, TaskState};
use model::tree::ValueType;
use serde::{Deserialize, Serialize};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use store::{Tree, Write};

/// After the time that a test takes as a rule, until a device that has not reported it is asked.
const POLL_AFTER_MS: i64 = 10_000;
/// The shortest pause between two such questions.
const POLL_PAUSE_MS: i64 = 15_000;

/// What was done of a test so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct TestProgress {
    /// Ending in `.`
    pub objects: Vec<String>,
    /// Arguments that the device refused and that the test can do without.
    pub dropped: Vec<String>,
    /// State and results before the order, to tell old results from new ones should its answer be lost.
    pub before: u64,
    /// The router took the order.
    pub started: Option<Timestamp>,
    /// When it is asked, should it not report by itself.
    pub poll_at: Option<Timestamp>,
    /// The device says that something is done: the results are to be read.
    pub reported: bool,
}

/// Where a test, or the stopping of one, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The one request that starts it.
    Start,
    /// Whether an order arrived whose answer was lost.
    Look,
    /// Read what it found, if it is done.
    Collect,
    /// Whether there is anything to stop.
    StopLook,
    /// Stop it.
    StopSend,
    /// Whether it has stopped.
    StopSee,
}

impl TaskJob {
    pub(super) fn test_stage(kind: &TaskKind, state: TaskState, sent: bool) -> Stage {
        Stage::Test(match kind {
            TaskKind::StopTest { .. } => Step::StopLook,
            _ if state == TaskState::Applied => Step::Collect,
            _ if sent => Step::Look,
            _ => Step::Start,
        })
    }

    fn test(&self) -> Option<&Test> {
        match &self.record.kind {
            TaskKind::Diagnose { test } => Some(test),
            _ => None,
        }
    }

    fn test_objects(&self) -> Vec<String> {
        match &self.record.kind {
            TaskKind::StopTest { object } => vec![object.clone()],
            _ => self.progress.test.objects.clone(),
        }
    }

    /// The next request of a test; `None`: look at the stage again.
    pub(super) fn next_test(&mut self, step: Step, context: &mut Context<'_>) -> Option<Next> {
        match step {
            Step::Start => self.start_test(context),
            Step::StopSend => {
                let object = self.test_objects().remove(0);
                let path = format!("{object}{}", state_name(&object));
                let value = SetValue { path, value: "Canceled".to_owned(), value_type: None };
                let values = vec![typed(&value, "", context)];
                self.mark_sent(context.now);
                let request = AcsRequest::SetParameterValues { values, parameter_key: self.parameter_key() };
                Some(Next::Send { request, writes: vec![self.save_progress(None, context.now)] })
            }
            Step::Look | Step::Collect | Step::StopLook | Step::StopSee => {
                if self.reader.is_none() {
                    self.reader = Some(self.test_reading(step));
                }
                let reader = self.reader.as_mut().expect("made above");
                if let Some(request) = reader.next(context.tree, context.learnt) {
                    return Some(Next::Send { request, writes: Vec::new() });
                }
                self.after_test_reading(step, context);
                None
            }
        }
    }

    fn start_test(&mut self, context: &mut Context<'_>) -> Option<Next> {
        let test = self.test().expect("only tests start").clone();
        let order = match diagnostics::order(&test, context.tree, &self.progress.test.dropped) {
            Ok(order) => order,
            Err(reason) => {
                self.stage = Stage::End(End::fault(FaultView::local(reason)));
                return None;
            }
        };
        self.progress.test.before = digest(&order.objects, context.tree);
        self.progress.test.objects = order.objects;
        let value = |(path, value)| SetValue { path, value, value_type: None };
        let mut values: Vec<ParameterValue> =
            order.values.into_iter().map(|one| typed(&value(one), "", context)).collect();
        if let Test::Other(other) = &test {
            let object = &other.object;
            let arguments = other.arguments.iter().map(|(name, text)| value((format!("{object}{name}"), text.clone())));
            let arguments: Vec<_> = arguments.map(|one| typed(&one, "", context)).collect();
            values.splice(0..0, arguments);
        }
        self.mark_sent(context.now);
        let request = AcsRequest::SetParameterValues { values, parameter_key: self.parameter_key() };
        Some(Next::Send { request, writes: vec![self.save_progress(None, context.now)] })
    }

    fn test_reading(&self, step: Step) -> Reader {
        let objects = self.test_objects();
        let has_rows = !matches!(
            self.test().map(Test::kind),
            Some(
                TestKind::Ping | TestKind::Download | TestKind::Upload | TestKind::AtmLoopback | TestKind::EchoService
            )
        );
        match step {
            // Rows come and go: their names are asked for, too.
            Step::Collect | Step::Look if has_rows => Reader::objects_and_leaves(&objects, false),
            Step::Collect | Step::Look => Reader::values(objects),
            _ => Reader::values(objects.iter().map(|object| format!("{object}{}", state_name(object))).collect()),
        }
    }

    fn after_test_reading(&mut self, step: Step, context: &mut Context<'_>) {
        let reader = self.reader.take().expect("only called after reading");
        if reader.read == 0
            && let Some(fault) = reader.fault
        {
            self.stage = Stage::End(End::fault(super::fault_view(&fault)));
            return;
        }
        let objects = self.test_objects();
        let state = said(&objects, context.tree);
        let phase = Phase::of(&state);
        self.stage = match step {
            Step::StopLook if phase == Phase::Running => Stage::Test(Step::StopSend),
            Step::StopLook => Stage::End(End { state: TaskState::Verified, outcome: None }),
            Step::StopSee => {
                let state = if phase == Phase::Running { TaskState::Different } else { TaskState::Verified };
                Stage::End(End { state, outcome: None })
            }
            Step::Look => self.after_look(phase, context),
            _ => self.after_collecting(&state, context),
        };
    }

    /// An order whose answer was lost: it arrived if the device says that it runs, or says anything new.
    fn after_look(&mut self, phase: Phase, context: &mut Context<'_>) -> Stage {
        let new = self.progress.test.reported
            || digest(&self.progress.test.objects, context.tree) != self.progress.test.before;
        let arrived = match phase {
            Phase::Running => true,
            Phase::Done | Phase::Failed | Phase::Cancelled => new,
            // It never came, or the device has started anew since.
            Phase::Idle => false,
        };
        if !arrived {
            self.progress.sent = false;
            return Stage::Test(Step::Start);
        }
        self.begin_waiting(self.progress.sent_at.unwrap_or(context.now));
        if phase == Phase::Running {
            return Stage::Wait;
        }
        let state = said(&self.progress.test.objects, context.tree);
        self.after_collecting(&state, context)
    }

    fn begin_waiting(&mut self, started: Timestamp) {
        let Some(test) = self.test() else { return };
        let (expected, longest) = (test.expected_ms(), test.longest_ms());
        self.progress.test.started = Some(started);
        self.progress.test.poll_at = Some(started.plus_millis((expected + POLL_AFTER_MS).min(longest)));
        self.progress.deadline = Some(started.plus_millis(longest.max(expected + POLL_AFTER_MS)));
    }

    /// The test's objects were read.
    fn after_collecting(&mut self, state: &str, context: &mut Context<'_>) -> Stage {
        let Some(test) = self.test().cloned() else { return Stage::End(End::fault(wrong_answer())) };
        let objects = &self.progress.test.objects;
        let found = |state: &str| TaskOutcome::Diagnosed {
            result: Box::new(Diagnosis { state: state.to_owned(), found: findings(&test, objects, context.tree) }),
        };
        let failed = |text: String| {
            let fault = FaultView { detail: state.to_owned(), ..FaultView::local(text) };
            Stage::End(End::fault(fault))
        };
        if let Test::EchoService(echo) = &test {
            let on = context.tree.value(&format!("{}Enable", objects.first().map_or("", String::as_str)));
            let same = on.is_some_and(|on| ValueType::Boolean.same(on, if echo.enable { "1" } else { "0" }));
            let state = if same { TaskState::Verified } else { TaskState::Different };
            return Stage::End(End { state, outcome: Some(found("")) });
        }
        match Phase::of(state) {
            Phase::Done => Stage::End(End { state: TaskState::Verified, outcome: Some(found(state)) }),
            Phase::Failed => failed(explain_state(state).to_owned()),
            Phase::Cancelled => failed("The test was stopped on the router.".to_owned()),
            // Rule 336.
            Phase::Idle => failed("The router does not know of the test any more: its result is lost.".to_owned()),
            Phase::Running if self.progress.deadline.is_none_or(|deadline| deadline <= context.now) => {
                Stage::End(End::fault(unfinished(&test, state)))
            }
            Phase::Running => {
                let pause = (test.expected_ms() / 2).max(POLL_PAUSE_MS);
                let deadline = self.progress.deadline.unwrap_or(context.now);
                self.progress.test.poll_at = Some(context.now.plus_millis(pause).min(deadline));
                self.progress.test.reported = false;
                Stage::Wait
            }
        }
    }

    /// The device's answer to an order that starts or stops a test.
    pub(super) fn on_test_answer(
        &mut self,
        step: Step,
        answer: Result<CpeResponse, Fault>,
        context: &mut Context<'_>,
    ) -> Vec<Write> {
        match (step, answer) {
            (Step::Start, Ok(CpeResponse::SetParameterValues { .. })) => {
                for object in &self.progress.test.objects {
                    let path = format!("{object}{}", state_name(object));
                    if context.tree.get(&path).is_some() {
                        context.tree.set_value(&path, ValueType::String, "Requested", context.now);
                    }
                }
                self.begin_waiting(context.now);
                let service = self.test().is_some_and(|test| test.kind() == TestKind::EchoService);
                self.stage = if service { Stage::Test(Step::Collect) } else { Stage::Wait };
                vec![self.save_progress(Some(TaskState::Applied), context.now)]
            }
            (Step::StopSend, Ok(CpeResponse::SetParameterValues { .. })) => {
                self.stage = Stage::Test(Step::StopSee);
                vec![self.save_progress(Some(TaskState::Applied), context.now)]
            }
            (Step::StopSend, Err(fault)) => {
                let mut view = super::fault_view(&fault);
                if matches!(fault.code, 9001 | 9003 | 9007 | 9008) {
                    "The router cannot stop a test: it ends by itself.".clone_into(&mut view.message);
                }
                self.stage = Stage::End(End::fault(view));
                Vec::new()
            }
            (Step::Start, Err(fault)) => {
                if !self.drop_refused(&fault, context.tree) {
                    self.stage = Stage::End(End::fault(super::fault_view(&fault)));
                }
                Vec::new()
            }
            (_, Ok(_)) => {
                self.stage = Stage::End(End::fault(wrong_answer()));
                Vec::new()
            }
            (_, Err(fault)) => {
                self.stage = Stage::End(End::fault(super::fault_view(&fault)));
                Vec::new()
            }
        }
    }

    /// Whether the refused arguments can be left out: then it is asked again without them.
    fn drop_refused(&mut self, fault: &Fault, tree: &Tree) -> bool {
        let Some(test) = self.test() else { return false };
        let Ok(order) = diagnostics::order(test, tree, &self.progress.test.dropped) else { return false };
        let refused: Vec<String> = fault.parameters.iter().map(|one| one.name.clone()).collect();
        if refused.is_empty() || !refused.iter().all(|path| order.optional.contains(path)) {
            return false;
        }
        self.progress.test.dropped.extend(refused);
        self.progress.sent = false;
        true
    }
}

/// A test that its arguments allow no more time.
pub(crate) fn unfinished(test: &Test, state: &str) -> FaultView {
    let seconds = test.longest_ms() / 1000;
    let last = if state.is_empty() { String::new() } else { format!(" Its last word was “{state}”.") };
    let text = format!("The router did not finish the test within {seconds} s.{last}");
    FaultView { detail: state.to_owned(), ..FaultView::local(text) }
}

/// Everything that is known of some objects, as one number.
fn digest(objects: &[String], tree: &Tree) -> u64 {
    let mut hasher = DefaultHasher::new();
    for object in objects {
        for (path, node) in tree.below(object) {
            path.hash(&mut hasher);
            node.value.as_deref().hash(&mut hasher);
        }
    }
    hasher.finish()
}
