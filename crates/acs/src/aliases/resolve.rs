//! Looks aliases up in the tree of one device, when they are asked for.

use super::syntax::{From, Hop, Part, Pattern, Place, globs};
use super::{Alias, Aliases, current, value};
use model::Timestamp;
use model::alias::{Kind, Value};
use model::device::DataModel;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::{DeviceRecord, Node, Tree};

/// Rows of one table that are looked at.
const ROWS: usize = 512;
/// Objects that a hop may lead to.
const OBJECTS: usize = 32;

/// What an alias gives on one device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub path: String,
    /// `None`: the parameter is there, but has no value that makes sense: never read, empty (as passwords are), or out
    /// of its range.
    pub value: Option<Value>,
    pub read_at: Option<Timestamp>,
    pub writable: bool,
}

impl Found {
    pub fn number(&self) -> Option<f64> {
        self.value.as_ref().and_then(Value::number)
    }

    pub fn text(&self) -> Option<&str> {
        self.value.as_ref().and_then(Value::text)
    }
}

/// A row of a table: an object with its final dot.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Row {
    pub path: String,
}

/// Aliases on one device. Nothing is copied from the tree; what is not asked for costs nothing.
pub(crate) struct Resolver<'a> {
    pub aliases: Arc<Aliases>,
    pub tree: &'a Tree,
    pub data_model: DataModel,
    /// Parameters that were looked at and are there, if somebody wants to know: what a refresh has to read.
    seen: Option<RefCell<BTreeSet<String>>>,
}

impl<'a> Resolver<'a> {
    /// With the aliases as they are now.
    pub fn of(record: &DeviceRecord, tree: &'a Tree) -> Self {
        Self::with(current(), record.data_model, tree)
    }

    pub fn with(aliases: Arc<Aliases>, data_model: DataModel, tree: &'a Tree) -> Self {
        Self { aliases, tree, data_model, seen: None }
    }

    /// Notes which parameters answer, see [`Self::take_seen`].
    #[must_use]
    pub fn noting(mut self) -> Self {
        self.seen = Some(RefCell::default());
        self
    }

    /// The parameters that answered, by path.
    pub fn take_seen(&self) -> BTreeSet<String> {
        self.seen.as_ref().map(RefCell::take).unwrap_or_default()
    }

    /// The value of an alias of the whole device; of a table's column, that of its first row that has one.
    pub fn value(&self, name: &str) -> Option<Found> {
        let alias = self.aliases.get(name)?;
        let Some(table) = &alias.table else { return self.look(alias, self.data_model.root()) };
        let mut empty = None;
        for row in self.rows(table) {
            match self.look(alias, &row.path) {
                Some(found) if found.value.is_some() => return Some(found),
                found => empty = empty.or(found),
            }
        }
        empty
    }

    /// The rows of a table, in the order of its places and of their numbers.
    pub fn rows(&self, table: &str) -> Vec<Row> {
        let Some(alias) = self.aliases.get(table) else { return Vec::new() };
        let mut rows: Vec<Row> = Vec::new();
        for place in &alias.places {
            let mut found = Vec::new();
            self.each_object(place, self.data_model.root(), &mut |path| {
                found.push(path.to_owned());
                found.len() >= ROWS
            });
            found.sort_by_cached_key(|path| numbers(path));
            for path in found {
                if rows.len() < ROWS && !rows.iter().any(|row| row.path == path) {
                    rows.push(Row { path });
                }
            }
        }
        rows
    }

    /// A column of a row. `column` is the last word of the alias.
    pub fn column(&self, table: &str, row: &Row, column: &str) -> Option<Found> {
        self.look(self.aliases.get(&format!("{table}.{column}"))?, &row.path)
    }

    /// Rows that a parameter of the row names, such as the radio of a network.
    pub fn follow(&self, row: &Row, parameter: &str) -> Vec<Row> {
        let Some(value) = self.tree.value(&format!("{}{parameter}", row.path)) else { return Vec::new() };
        references(value).filter(|path| self.tree.get(path).is_some()).map(|path| Row { path }).collect()
    }

    /// The first place that has a value; if none has, the first that is there at all.
    fn look(&self, alias: &Alias, here: &str) -> Option<Found> {
        let mut empty = None;
        for place in &alias.places {
            let mut hit = None;
            self.each_object_of_hops(place, here, alias, &mut |object| {
                let mut path = String::with_capacity(96);
                self.expand(&place.last, object, &mut path, &mut |path, node| {
                    let found = found(alias, place, path, node);
                    let full = found.value.is_some();
                    if full {
                        hit = Some(found);
                    } else if empty.is_none() {
                        empty = Some(found);
                    }
                    full
                })
            });
            if let Some(found) = hit {
                self.note(&found.path);
                return Some(found);
            }
        }
        if let Some(found) = &empty {
            self.note(&found.path);
        }
        empty
    }

    fn note(&self, path: &str) {
        if let Some(seen) = &self.seen {
            seen.borrow_mut().insert(path.to_owned());
        }
    }

    /// Calls `each` with every object that the hops of a place lead to; stops when it says so.
    fn each_object_of_hops(
        &self,
        place: &Place,
        here: &str,
        alias: &Alias,
        each: &mut dyn FnMut(&str) -> bool,
    ) -> bool {
        let mut objects = vec![here.to_owned()];
        for hop in &place.hops {
            let mut next: Vec<String> = Vec::new();
            for object in &objects {
                self.hop(hop, object, alias, &mut next);
            }
            next.truncate(OBJECTS);
            if next.is_empty() {
                return false;
            }
            objects = next;
        }
        objects.iter().any(|object| each(object))
    }

    fn hop(&self, hop: &Hop, object: &str, alias: &Alias, next: &mut Vec<String>) {
        let mut path = String::with_capacity(96);
        match hop {
            Hop::Up => next.extend(above(object).map(str::to_owned)),
            Hop::Follow(pattern) => {
                self.expand(pattern, object, &mut path, &mut |path, node| {
                    let targets = references(node.value.as_deref().unwrap_or_default());
                    next.extend(targets.filter(|target| self.tree.get(target).is_some()));
                    self.note(path);
                    next.len() >= OBJECTS
                });
            }
            Hop::Referring(pattern) => {
                self.expand(pattern, object, &mut path, &mut |path, node| {
                    let value = node.value.as_deref().unwrap_or_default();
                    if references(value).any(|target| target == object) {
                        self.note(path);
                        next.extend(path.rfind('.').map(|dot| path[..=dot].to_owned()));
                    }
                    next.len() >= OBJECTS
                });
            }
            Hop::Equal(pattern, column) => {
                let Some(table) = &alias.table else { return };
                let Some(own) = self.column(table, &Row { path: object.to_owned() }, column).and_then(|f| f.value)
                else {
                    return;
                };
                let is_mac = self.aliases.get(&format!("{table}.{column}")).is_some_and(|a| a.kind == Kind::Mac);
                let wanted = own.text().unwrap_or_default().to_ascii_uppercase();
                self.expand(pattern, object, &mut path, &mut |path, node| {
                    let value = node.value.as_deref().unwrap_or_default();
                    let same = if is_mac {
                        value.eq_ignore_ascii_case(&wanted) || value.replace('-', ":").eq_ignore_ascii_case(&wanted)
                    } else {
                        value.eq_ignore_ascii_case(&wanted)
                    };
                    if same {
                        next.extend(path.rfind('.').map(|dot| path[..=dot].to_owned()));
                    }
                    next.len() >= OBJECTS
                });
            }
        }
    }

    /// Everything that a pattern of objects means, seen from the root.
    pub(super) fn objects(&self, pattern: &Pattern) -> Vec<String> {
        let mut found = Vec::new();
        let mut path = String::with_capacity(96);
        self.expand(pattern, self.data_model.root(), &mut path, &mut |path, _| {
            found.push(path.to_owned());
            found.len() >= ROWS
        });
        found
    }

    /// Rows of a table's place.
    fn each_object(&self, place: &Place, here: &str, each: &mut dyn FnMut(&str) -> bool) {
        let mut path = String::with_capacity(96);
        self.expand(&place.last, here, &mut path, &mut |path, _| each(path));
    }

    /// Calls `each` with everything that a pattern means, seen from an object; stops when it says so, and returns that.
    fn expand(
        &self,
        pattern: &Pattern,
        here: &str,
        path: &mut String,
        each: &mut dyn FnMut(&str, &Node) -> bool,
    ) -> bool {
        path.clear();
        path.push_str(match pattern.from {
            From::Here => here,
            From::Root => self.data_model.root(),
            From::Model(root) if root == self.data_model.root() => root,
            From::Model(_) => return false,
        });
        self.walk(&pattern.parts, pattern.object, path, each)
    }

    fn walk(&self, parts: &[Part], object: bool, path: &mut String, each: &mut dyn FnMut(&str, &Node) -> bool) -> bool {
        let Some((part, rest)) = parts.split_first() else { return false };
        let (length, last) = (path.len(), rest.is_empty());
        let dotted = !last || object;
        match part {
            Part::Name(name) => {
                path.push_str(name);
                if dotted {
                    path.push('.');
                }
                let stop = match self.tree.get(path) {
                    Some(node) if last => each(path, node),
                    Some(_) => self.walk(rest, object, path, each),
                    None => false,
                };
                path.truncate(length);
                stop
            }
            Part::Row | Part::Glob(_) => {
                // Numbers in their order, so that the first row is the first.
                let mut children: Vec<&str> = self
                    .tree
                    .children(path)
                    .filter(|(child, _)| child.ends_with('.') == dotted)
                    .filter(|(child, _)| {
                        let name = child[length..].trim_end_matches('.');
                        match part {
                            Part::Glob(pieces) => globs(pieces, name),
                            _ => crate::views::is_number(name),
                        }
                    })
                    .map(|(child, _)| child)
                    .collect();
                if *part == Part::Row && children.len() > 9 {
                    children.sort_by_key(|child| child[length..].trim_end_matches('.').parse::<u64>().unwrap_or(0));
                }
                for child in children {
                    path.truncate(length);
                    path.push_str(&child[length..]);
                    let stop = match (last, self.tree.get(path)) {
                        (true, Some(node)) => each(path, node),
                        (false, _) => self.walk(rest, object, path, each),
                        (true, None) => false,
                    };
                    if stop {
                        path.truncate(length);
                        return true;
                    }
                }
                path.truncate(length);
                false
            }
        }
    }
}

fn found(alias: &Alias, place: &Place, path: &str, node: &Node) -> Found {
    let raw = node.value.as_deref().unwrap_or_default();
    Found {
        path: path.to_owned(),
        value: value::read(alias, place.scale, raw),
        read_at: node.value.as_ref().and(node.read_at),
        writable: node.writable,
    }
}

/// The objects that a value names, each with its final dot.
pub(super) fn references(value: &str) -> impl Iterator<Item = String> + '_ {
    value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(|item| {
        let mut path = item.to_owned();
        if !path.ends_with('.') {
            path.push('.');
        }
        path
    })
}

/// The row above a row; of what is no row, the object above it.
fn above(object: &str) -> Option<&str> {
    let mut end = object.trim_end_matches('.');
    loop {
        end = &end[..end.rfind('.')?];
        let last = end.rsplit('.').next()?;
        if crate::views::is_number(last) {
            return object.get(..=end.len());
        }
        if !end.contains('.') {
            return None;
        }
    }
}

/// The numbers in a path, by which rows are sorted.
fn numbers(path: &str) -> Vec<u64> {
    path.split('.').filter_map(|part| part.parse().ok()).collect()
}
