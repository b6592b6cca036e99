//! Finding the bad name among many: GetParameterValues is all or nothing, and its fault does not say which (rule 185).

use super::{Reader, holds_object};
use crate::session::Capabilities;
use cwmp::Fault;
use store::Tree;

/// A question by halves. With one bad name of *n*, it is found in ⌈log₂ n⌉ further questions; what was not asked on
/// the way is asked together afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hunt {
    /// Together they were refused; at least two.
    suspects: Vec<String>,
    /// Nobody knows about these yet.
    rest: Vec<String>,
    /// A name is bad, not the number of names: 9005, or as many other names were answered.
    sure: bool,
    /// The first half was answered, the second is asked whole: if that is answered, too, both were too many at once.
    second_half: bool,
    fault: Fault,
}

impl Hunt {
    pub fn new(suspects: Vec<String>, fault: Fault) -> Self {
        Self { suspects, rest: Vec::new(), sure: fault.code == 9005, second_half: false, fault }
    }

    fn half(&self) -> usize {
        self.suspects.len() / 2
    }

    /// What to ask next.
    pub fn question(&self) -> &[String] {
        let (first, second) = self.suspects.split_at(self.half());
        if self.second_half { second } else { first }
    }
}

impl Reader {
    /// The device answered what was asked.
    pub(super) fn hunt_answered(&mut self, mut hunt: Hunt, tree: &mut Tree) {
        if hunt.second_half {
            // Each half by itself is no problem: together they were too many.
            if !holds_object(&hunt.suspects) {
                self.evidence.too_many = Some(hunt.suspects.len());
            }
            self.ask_values(hunt.rest);
        } else if hunt.sure {
            hunt.suspects = hunt.suspects.split_off(hunt.half());
            self.go_on(hunt, tree);
        } else {
            hunt.second_half = true;
            self.todo.push_front(super::Read::Hunt(hunt));
        }
    }

    /// The device refused what was asked.
    pub(super) fn hunt_refused(&mut self, mut hunt: Hunt, fault: &Fault, tree: &mut Tree, learnt: &mut Capabilities) {
        let second = hunt.suspects.split_off(hunt.half());
        if hunt.second_half {
            hunt.sure = true;
            hunt.second_half = false;
            hunt.suspects = second;
        } else if fault.code == 9004 {
            // Still too much: the usual way finds what fits.
            if !holds_object(&hunt.suspects) {
                learnt.asked_too_much(hunt.suspects.len());
            }
            self.ask_values(hunt.rest);
            self.ask_values(second);
            self.ask_values(hunt.suspects);
            return;
        } else {
            hunt.sure |= fault.code == 9005;
            hunt.rest.splice(0..0, second);
        }
        hunt.fault = fault.clone();
        self.go_on(hunt, tree);
    }

    fn go_on(&mut self, mut hunt: Hunt, tree: &mut Tree) {
        if hunt.suspects.len() > 1 {
            self.todo.push_front(super::Read::Hunt(hunt));
            return;
        }
        self.ask_values(hunt.rest);
        if let Some(name) = hunt.suspects.pop() {
            if name.ends_with('.') {
                // A whole object has smaller ways of its own.
                self.ask_values(vec![name]);
            } else {
                self.bad_name(name, &hunt.fault, tree);
            }
        }
    }

    pub(super) fn ask_values(&mut self, names: Vec<String>) {
        if !names.is_empty() {
            self.todo.push_front(super::Read::Values { names });
        }
    }
}
