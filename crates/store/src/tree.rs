//! A device's parameters in memory.

use model::Timestamp;
use model::tree::ValueType;
use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;

/// A device's parameters and objects, ordered by full path. Objects end in `.`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    nodes: BTreeMap<Box<str>, Node>,
    /// The whole tree was read once.
    pub complete: bool,
}

/// One parameter or object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// `None`: an object, or a parameter that was never read.
    pub value: Option<Box<str>>,
    pub value_type: ValueType,
    pub writable: bool,
    /// 0 off, 1 passive, 2 active, 3–6 lightweight; `None` if never asked.
    pub notification: Option<u8>,
    pub read_at: Option<Timestamp>,
}

/// A value that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// `None`: the parameter was not known, or never read.
    pub before: Option<Box<str>>,
}

impl Tree {
    pub fn get(&self, path: &str) -> Option<&Node> {
        self.nodes.get(path)
    }

    pub fn value(&self, path: &str) -> Option<&str> {
        self.nodes.get(path)?.value.as_deref()
    }

    /// `Some` if the value differs from the one before, or is new. Creates the node and its parents.
    pub fn set_value(&mut self, path: &str, value_type: ValueType, value: &str, at: Timestamp) -> Option<Change> {
        let _ = (path, value_type, value, at);
        unimplemented!()
    }

    /// What GetParameterNames tells of a node. Creates it and its parents.
    pub fn set_info(&mut self, path: &str, writable: bool) {
        let _ = (path, writable);
        unimplemented!()
    }

    /// What GetParameterAttributes tells of a parameter. Creates it and its parents.
    pub fn set_notification(&mut self, path: &str, notification: u8) {
        let _ = (path, notification);
        unimplemented!()
    }

    /// The node itself and everything under it, in order of path. The empty prefix is everything.
    pub fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Node)> {
        self.nodes
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .map(|(path, node)| (&**path, node))
            .take_while(move |(path, _)| path.starts_with(prefix))
    }

    /// The direct children of an object: parameters, and objects with their final dot.
    pub fn children<'a>(&'a self, object: &'a str) -> impl Iterator<Item = (&'a str, &'a Node)> {
        self.below(object)
    }

    /// Drops the node and everything under it; how many there were.
    pub fn remove_below(&mut self, prefix: &str) -> usize {
        let _ = prefix;
        unimplemented!()
    }

    /// Drops what is under `prefix` and not in `known`; returns the dropped paths.
    pub fn retain_known(&mut self, prefix: &str, known: &HashSet<&str>) -> Vec<Box<str>> {
        let _ = (prefix, known);
        unimplemented!()
    }

    /// Parameters: nodes that are not objects.
    pub fn parameters(&self) -> usize {
        self.nodes.keys().filter(|path| !path.ends_with('.')).count()
    }

    /// Parameters and objects.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}
