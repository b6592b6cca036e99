//! A device's parameters in memory, and how they are stored.
//!
//! [`codec`] turns a [`Tree`] into a blob of a few kilobytes and back; [`Names`] is the dictionary that all devices of
//! a model share.

pub mod codec;
pub(crate) mod dictionary;
pub(crate) mod hot;
mod names;
pub(crate) mod read;

pub use names::Names;

use model::Timestamp;
use model::tree::ValueType;
use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;

/// A device's parameters and objects, ordered by full path. Objects end in `.`
///
/// Whatever is set, the objects above it are there too, so that walking down from the root finds everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    nodes: BTreeMap<Box<str>, Node>,
    /// The whole tree was read once.
    pub complete: bool,
}

/// One parameter or object.
#[derive(Clone, Default, PartialEq)]
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
#[derive(Clone, PartialEq, Eq)]
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

    /// Stores a value as it was read at `at`; creates the parameter and the objects above it.
    ///
    /// `Some` if the value means something else than the one before ([`ValueType::same`]), or if there was none.
    pub fn set_value(&mut self, path: &str, value_type: ValueType, value: &str, at: Timestamp) -> Option<Change> {
        let node = self.node_mut(path);
        node.value_type = value_type;
        node.read_at = Some(at);
        let before = match node.value.take() {
            Some(before) if *before == *value => {
                node.value = Some(before);
                return None;
            }
            before => before,
        };
        node.value = Some(value.into());
        let same = before.as_deref().is_some_and(|before| value_type.same(before, value));
        (!same).then_some(Change { before })
    }

    /// What GetParameterNames tells of a node (TR-069 A.3.2.3). Creates it and the objects above it.
    pub fn set_info(&mut self, path: &str, writable: bool) {
        self.node_mut(path).writable = writable;
    }

    /// What GetParameterAttributes tells of a parameter (TR-069 A.3.2.5). Creates it and the objects above it.
    pub fn set_notification(&mut self, path: &str, notification: u8) {
        self.node_mut(path).notification = Some(notification);
    }

    /// Puts a node as it is, without creating what is above it.
    pub(crate) fn insert(&mut self, path: Box<str>, node: Node) {
        self.nodes.insert(path, node);
    }

    fn node_mut(&mut self, path: &str) -> &mut Node {
        if !self.nodes.contains_key(path) {
            // Parents of parents exist, so that the first one found ends the walk up.
            let mut end = path.trim_end_matches('.').rfind('.');
            while let Some(dot) = end {
                let parent = &path[..=dot];
                if self.nodes.contains_key(parent) {
                    break;
                }
                self.nodes.insert(parent.into(), Node::default());
                end = path[..dot].rfind('.');
            }
        }
        self.nodes.entry(path.into()).or_default()
    }

    /// The node itself and everything under it, in order of path. The empty prefix is everything; a prefix without a
    /// final dot is one parameter.
    pub fn below<'a>(&'a self, prefix: &str) -> impl Iterator<Item = (&'a str, &'a Node)> + use<'a> {
        let (start, end) = bounds(prefix);
        self.nodes.range::<str, _>((as_str(&start), as_str(&end))).map(|(path, node)| (&**path, node))
    }

    /// The direct children of an object: parameters, and objects with their final dot. The empty path gives the root.
    ///
    /// Costs one look-up a child; what is under the children is jumped over.
    pub fn children<'a>(&'a self, object: &str) -> impl Iterator<Item = (&'a str, &'a Node)> + use<'a> {
        let depth = object.len();
        let (_, end) = bounds(object);
        let mut from = Bound::Excluded(object.to_owned());
        std::iter::from_fn(move || {
            loop {
                let (path, node) = self.nodes.range::<str, _>((as_str(&from), as_str(&end))).next()?;
                let Some(dot) = path[depth..].find('.') else {
                    from = Bound::Excluded(path.to_string());
                    return Some((&**path, node));
                };
                let child = &path[..=depth + dot];
                from = Bound::Included(after_subtree(child));
                if child.len() == path.len() {
                    return Some((&**path, node));
                }
                // Something of this subtree sorts first, such as a blob written without its objects: look it up.
                if let Some((path, node)) = self.nodes.get_key_value(child) {
                    return Some((&**path, node));
                }
            }
        })
    }

    /// The first object at or below `object` whose path comes after `path`, which is `object` or something that comes
    /// after it. Called with its own answers it walks through all objects, each before what is in it.
    pub fn object_after(&self, object: &str, path: &str) -> Option<&str> {
        let rest = self.nodes.range::<str, _>((Bound::Excluded(path), Bound::Unbounded));
        rest.map(|(path, _)| &**path).take_while(|path| path.starts_with(object)).find(|path| path.ends_with('.'))
    }

    /// Drops the node and everything under it; how many there were.
    pub fn remove_below(&mut self, prefix: &str) -> usize {
        let doomed: Vec<Box<str>> = self.below(prefix).map(|(path, _)| path.into()).collect();
        for path in &doomed {
            self.nodes.remove(path);
        }
        doomed.len()
    }

    /// Drops what is under `prefix` and not in `known`; returns the dropped paths in order. The node `prefix` itself
    /// stays, and so do objects that still have something under them.
    pub fn retain_known(&mut self, prefix: &str, known: &HashSet<&str>) -> Vec<Box<str>> {
        let (start, end) = bounds(prefix);
        let mut dropped = Vec::new();
        let mut kept: &str = "";
        // From the end: whatever is kept under an object is met right before the object.
        for (path, _) in self.nodes.range::<str, _>((as_str(&start), as_str(&end))).rev() {
            let holds_kept = path.ends_with('.') && kept.starts_with(&**path);
            if known.contains(&**path) || holds_kept || **path == *prefix {
                kept = path;
            } else {
                dropped.push(path.clone());
            }
        }
        dropped.reverse();
        for path in &dropped {
            self.nodes.remove(path);
        }
        dropped
    }

    /// Parameters: nodes that are not objects. Counts them.
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

// Values may be secrets and a tree is long: neither is printed.
impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node")
            .field("value_length", &self.value.as_ref().map(|value| value.len()))
            .field("value_type", &self.value_type)
            .field("writable", &self.writable)
            .field("notification", &self.notification)
            .field("read_at", &self.read_at)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change")
            .field("before_length", &self.before.as_ref().map(|value| value.len()))
            .finish_non_exhaustive()
    }
}

/// The range that a prefix covers.
fn bounds(prefix: &str) -> (Bound<String>, Bound<String>) {
    match prefix {
        "" => (Bound::Unbounded, Bound::Unbounded),
        object if object.ends_with('.') => (Bound::Included(object.to_owned()), Bound::Excluded(after_subtree(object))),
        parameter => (Bound::Included(parameter.to_owned()), Bound::Included(parameter.to_owned())),
    }
}

/// The first text after everything that starts with `object`, which ends in a dot: `/` is the next byte.
fn after_subtree(object: &str) -> String {
    let mut end = String::with_capacity(object.len());
    end.push_str(&object[..object.len() - 1]);
    end.push('/');
    end
}

fn as_str(bound: &Bound<String>) -> Bound<&str> {
    match bound {
        Bound::Included(text) => Bound::Included(text),
        Bound::Excluded(text) => Bound::Excluded(text),
        Bound::Unbounded => Bound::Unbounded,
    }
}
