//! Putting the steps of a guide together, one after the other, until one is open.

use super::{Facts, TaskFact};
use model::guide::{Choice, Evidence, Finding, Outcome, StepBehind, StepNow};
use model::task::{TaskKind, TaskState};
use model::{TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A step that somebody took, as stored with the guide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Passed {
    /// Of the step.
    pub step: String,
    /// Of the choice.
    pub choice: String,
    pub title: String,
    /// What was found when it was taken.
    pub found: String,
    pub finding: Finding,
    /// What the choice was called.
    pub chosen: String,
    pub by: String,
    pub at: Timestamp,
    /// What it has devices do; all of them have to be done.
    #[serde(default)]
    pub tasks: Vec<TaskId>,
    /// What was typed; never a secret.
    #[serde(default)]
    pub text: String,
}

/// What a choice does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Does {
    /// Has the device do something; the step is behind when it has.
    Task(TaskKind),
    /// Has the new router do something.
    Other(Vec<TaskKind>),
    /// The router with the typed serial number is the new one.
    Choose,
    /// The subscriber moves to the new router.
    MoveSubscriber,
    /// Goes on.
    Next,
    End(Outcome),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Move {
    pub key: &'static str,
    pub label: String,
    pub cost: Cow<'static, str>,
    pub does: Does,
    /// What has to be typed for it.
    pub asks: Option<&'static str>,
}

impl Move {
    pub fn new(key: &'static str, label: impl Into<String>, does: Does) -> Self {
        Self { key, label: label.into(), cost: "".into(), does, asks: None }
    }

    pub fn task(key: &'static str, label: impl Into<String>, kind: TaskKind) -> Self {
        Self::new(key, label, Does::Task(kind))
    }

    pub fn next(key: &'static str, label: impl Into<String>) -> Self {
        Self::new(key, label, Does::Next)
    }

    pub fn end(key: &'static str, label: impl Into<String>, outcome: Outcome) -> Self {
        Self::new(key, label, Does::End(outcome))
    }

    pub fn asks(self, what: &'static str) -> Self {
        Self { asks: Some(what), ..self }
    }

    pub fn costs(self, cost: impl Into<Cow<'static, str>>) -> Self {
        Self { cost: cost.into(), ..self }
    }
}

/// One step of a guide.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Step {
    pub key: &'static str,
    pub title: &'static str,
    pub found: String,
    pub finding: Finding,
    pub evidence: Vec<Evidence>,
    pub say: String,
    pub moves: Vec<Move>,
}

/// The key of the choice that goes on without what a step waits for.
pub(crate) const GO_ON: &str = "go-on";

/// The way so far.
pub(crate) struct Walk<'a> {
    pub facts: &'a Facts,
    passed: &'a [Passed],
    behind: Vec<StepBehind>,
    open: Option<(Step, Option<TaskId>)>,
}

impl<'a> Walk<'a> {
    pub fn new(passed: &'a [Passed], facts: &'a Facts) -> Self {
        Self { facts, passed, behind: Vec::new(), open: None }
    }

    /// A step that needs nothing.
    pub fn settled(&mut self, title: &str, found: impl Into<String>, finding: Finding) {
        self.behind.push(StepBehind {
            title: title.to_owned(),
            found: found.into(),
            finding,
            chosen: String::new(),
            by: None,
            task: None,
        });
    }

    /// How often a step was passed.
    pub fn was_passed(&self, step: &str) -> Option<&'a Passed> {
        self.passed.iter().rev().find(|passed| passed.step == step)
    }

    /// A step that somebody has to take: what was chosen if it is behind, `None` if it is open now.
    ///
    /// A step whose task runs is open and waits; one whose task failed is open again and says why.
    pub fn ask(&mut self, mut step: Step) -> Option<&'a str> {
        let Some(passed) = self.was_passed(step.key) else {
            self.open = Some((step, None));
            return None;
        };
        let facts = || passed.tasks.iter().filter_map(|task| Some((*task, self.facts.tasks.get(task)?)));
        let running = facts().find(|(_, fact)| !fact.state.ended());
        let failed = facts().find(|(_, fact)| fact.state != TaskState::Verified);
        match (running, failed) {
            (Some((task, _)), _) => {
                step.found.clone_from(&passed.found);
                step.finding = passed.finding;
                step.moves = vec![Move::next(GO_ON, "Go on without it")];
                self.open = Some((step, Some(task)));
                None
            }
            (None, Some((_, fact))) => {
                step.found = why(fact);
                step.finding = Finding::Weak;
                step.moves.push(Move::next(GO_ON, "Go on without it"));
                self.open = Some((step, None));
                None
            }
            (None, None) => {
                self.behind.push(StepBehind {
                    title: passed.title.clone(),
                    found: passed.found.clone(),
                    finding: passed.finding,
                    chosen: passed.chosen.clone(),
                    by: Some((passed.by.clone(), passed.at)),
                    task: passed.tasks.first().copied(),
                });
                Some(&passed.choice)
            }
        }
    }

    pub fn behind(&self) -> &[StepBehind] {
        &self.behind
    }

    /// The step that is open.
    pub fn open(&self) -> Option<&Step> {
        self.open.as_ref().map(|(step, _)| step)
    }

    /// What the open step waits for.
    pub fn waits_for(&self) -> Option<TaskId> {
        self.open.as_ref().and_then(|(_, task)| *task)
    }

    /// As the page shows it, without the running task.
    pub fn view(self) -> (Vec<StepBehind>, Option<StepNow>) {
        let now = self.open.map(|(step, _)| StepNow {
            key: step.key.to_owned(),
            title: step.title.to_owned(),
            found: step.found,
            finding: step.finding,
            evidence: step.evidence,
            say: step.say,
            choices: step.moves.iter().map(choice).collect(),
            running: None,
        });
        (self.behind, now)
    }
}

fn choice(of: &Move) -> Choice {
    Choice {
        key: of.key.to_owned(),
        label: of.label.clone(),
        cost: of.cost.to_string(),
        ends: matches!(of.does, Does::End(_)),
        asks: of.asks.map(str::to_owned),
    }
}

/// Why what was tried did not work out.
fn why(task: &TaskFact) -> String {
    match (&task.state, &task.problem) {
        (TaskState::Cancelled, _) => "It was cancelled.".to_owned(),
        (TaskState::Different, _) => "The router said yes, and reports something else.".to_owned(),
        (_, Some(problem)) => problem.clone(),
        _ => "The router did not do it.".to_owned(),
    }
}
