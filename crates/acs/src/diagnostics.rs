//! Tests that devices run: where a device keeps them, what to write there, and what the results mean.
//!
//! | Module | What it does |
//! |---|---|
//! | [`spots`] | finds the objects of tests in a device's tree, wherever its data model or maker put them |
//! | [`order`] | the values of the one SetParameterValues that starts a test (rule 331) |
//! | [`findings`] | typed results from what was read |
//!
//! How a test goes through sessions is told in [`crate::session`].

mod findings;
mod order;
mod spots;
#[cfg(test)]
mod tests;

pub(crate) use findings::{findings, said};
pub(crate) use order::order;
pub(crate) use spots::{interfaces, state_name, supported};

use model::diagnostic::{Test, TestKind};
use model::task::TaskKind;
use store::Tree;

/// Whether one test cannot run while another does: they share an object (rule 335), or one loads the line so that the
/// other would measure that.
pub(crate) fn conflict(one: &Test, other: &Test) -> bool {
    let (a, b) = (one.kind(), other.kind());
    if a == TestKind::EchoService || b == TestKind::EchoService {
        return false;
    }
    let same_object = match (one, other) {
        (Test::Other(one), Test::Other(other)) => one.object == other.object,
        _ => a == b,
    };
    same_object || a.loads_line() || b.loads_line()
}

/// Whether a task would disturb a test that runs on these objects (rule 335: any change of an argument ends it).
pub(crate) fn disturbs(task: &TaskKind, test: &Test, objects: &[String]) -> bool {
    match task {
        TaskKind::Diagnose { test: other } => conflict(test, other),
        TaskKind::SetValues { values } => {
            values.iter().any(|value| objects.iter().any(|object| value.path.starts_with(object.as_str())))
        }
        _ => false,
    }
}

/// Whether the device's data model lets a running test be cancelled (rule 332). What no model knows may be tried: the
/// device refuses it with 9007 at worst.
pub(crate) fn stoppable(object: &str, tree: &Tree) -> bool {
    let state = format!("{object}{}", state_name(object));
    let Some(node) = tree.get(&state) else { return false };
    match crate::knowledge::known(&state, node, tree) {
        Some(known) if !known.rules.choices.is_empty() => {
            known.rules.choices.iter().any(|choice| choice.value == "Canceled")
        }
        _ => object.starts_with("Device."),
    }
}
