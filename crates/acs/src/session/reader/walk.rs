//! Names level by level, where a device does not tell all of them at once (rule 196).

use super::{Read, Reader, is_deep};
use crate::session::Capabilities;
use cwmp::{AcsRequest, Fault, ParameterInfo};
use serde::{Deserialize, Serialize};
use store::Tree;

/// A walk through the objects of a tree in the order of their paths, each before what is in it. What an object holds is
/// in the tree once it was asked for, so that one path tells how far the walk is and the tree what is left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Walk {
    /// Object whose names are asked for.
    pub under: String,
    /// Everything up to this path is done; empty: nothing.
    after: String,
    /// Asked for last.
    asked: String,
    /// Ask for everything below each object; the device tells one level all the same.
    pub deep: bool,
    /// The deep question was refused: if this one is answered, the depth was the reason.
    instead: bool,
    /// What comes before it is on its way, see [`Reader::begin_walk`].
    pub begun: bool,
}

impl Walk {
    pub fn new(under: &str) -> Self {
        Self { under: under.to_owned(), ..Self::default() }
    }

    /// The question for everything at once was refused.
    pub fn instead(under: &str) -> Self {
        Self { instead: true, ..Self::new(under) }
    }

    /// The object itself was told, and nothing below its children.
    pub fn below(under: &str) -> Self {
        Self { after: under.to_owned(), deep: true, ..Self::new(under) }
    }

    fn place(&self, tree: &Tree) -> Option<String> {
        if self.after.is_empty() {
            return Some(self.under.clone());
        }
        tree.object_after(&self.under, &self.after).map(str::to_owned)
    }

    /// The next question; `None` when all is told.
    pub fn next(&mut self, tree: &Tree, learnt: &Capabilities) -> Option<AcsRequest> {
        self.asked = self.place(tree)?;
        self.deep &= learnt.names_deep();
        Some(AcsRequest::GetParameterNames { path: self.asked.clone(), next_level: !self.deep })
    }

    /// Leaves out everything below the object that was asked for last.
    fn skip(&mut self) {
        // The byte after the dot: behind all that begins with the object's path.
        self.after = format!("{}/", self.asked.trim_end_matches('.'));
    }
}

impl Reader {
    /// A walk takes a request for each object, the values of them all as a rule one: where the device takes a whole
    /// object they are asked for first, so that they are there however long the walk takes.
    pub(super) fn begin_walk(&mut self, walk: Walk, learnt: &Capabilities) {
        let mut waiting = false;
        if learnt.values_partial() {
            self.todo.retain_mut(|read| {
                let Read::Values { names } = read else { return true };
                let before = names.len();
                names.retain(|name| *name != walk.under);
                waiting |= names.len() < before;
                !names.is_empty()
            });
        }
        let values = Read::values(&walk.under);
        self.todo.push_front(Read::Walk(Walk { begun: true, ..walk }));
        if waiting {
            self.todo.push_front(values);
        }
    }

    /// The names of one object came.
    pub(super) fn walked(&mut self, mut walk: Walk, parameters: &[ParameterInfo], tree: &mut Tree) {
        self.evidence.level_by_level |= std::mem::take(&mut walk.instead);
        let path = walk.asked.clone();
        self.take_names(&path, parameters, tree);
        // From a device that ignores NextLevel and tells everything.
        let deeper = is_deep(&path, parameters);
        self.forget_gone(&path, parameters, deeper, tree);
        if deeper {
            walk.skip();
        } else {
            walk.after = path;
        }
        self.walk_on(walk, tree);
    }

    /// The device does not tell the names of one object.
    pub(super) fn walk_refused(&mut self, mut walk: Walk, fault: &Fault, tree: &mut Tree, learnt: &mut Capabilities) {
        match fault.code {
            9000 => {
                learnt.refuses("GetParameterNames");
                return;
            }
            // The object is gone: so are its values.
            9005 => {
                let gone = walk.asked.clone();
                self.gone(&gone, fault, tree);
                walk.skip();
            }
            _ if walk.deep => {
                walk.deep = false;
                walk.instead = true;
            }
            _ => {
                self.fault = Some(fault.clone());
                walk.skip();
            }
        }
        self.walk_on(walk, tree);
    }

    fn walk_on(&mut self, walk: Walk, tree: &Tree) {
        if walk.place(tree).is_some() {
            self.todo.push_front(Read::Walk(walk));
        }
    }
}
