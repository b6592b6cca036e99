//! A data model as it is asked: names sorted under their objects, texts and rules kept once.

mod codec;
mod draft;

pub(crate) use draft::Draft;

use model::knowledge::{Knowledge, NewField, Rules, Status};
use model::tree::ValueType;
use std::fmt;

const OBJECT: u16 = 1;
const WRITABLE: u16 = 2;
const HIDDEN: u16 = 4;
/// Two bits of [`Status`].
const STATUS_SHIFT: u16 = 3;
const FORCED_INFORM: u16 = 32;
/// Two bits of notification rules.
const NOTIFY_SHIFT: u16 = 6;
const KEY: u16 = 256;
const ALL_FLAGS: u16 = 511;

/// Parameters of a row that are offered when one is added.
const MAX_FIELDS: usize = 24;
/// Parts of a path that is looked up.
const MAX_PARTS: usize = 64;

/// One data model.
#[derive(Clone, PartialEq, Eq)]
pub struct Table {
    name: String,
    /// All texts one after the other, and where each ends.
    text: String,
    ends: Vec<u32>,
    rules: Vec<Rules>,
    /// In breadth-first order: the children of a node stand together, sorted by name. The first is above all roots.
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node {
    name: u32,
    /// Its children.
    first: u32,
    count: u32,
    about: u32,
    /// 0: none said.
    rules: u32,
    flags: u16,
}

impl Table {
    /// As in its file, such as `Device:2.19`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First part of its paths, such as `Device.`; of a model with several roots, the first.
    pub fn root(&self) -> String {
        let first = self.children(0).first();
        first.map_or_else(String::new, |node| format!("{}.", self.string(node.name)))
    }

    pub fn objects(&self) -> u32 {
        self.nodes[1..].iter().filter(|node| node.flags & OBJECT != 0).count() as u32
    }

    pub fn parameters(&self) -> u32 {
        self.nodes[1..].iter().filter(|node| node.flags & OBJECT == 0).count() as u32
    }

    /// Finds a parameter, or an object by its path with the final dot. Instance numbers, aliases in brackets and `{i}`
    /// itself stand for any row. No allocation.
    pub fn find(&self, path: &str) -> Option<Entry<'_>> {
        let mut at = 0;
        let mut rest = path;
        for _ in 0..MAX_PARTS {
            let (part, after) = split(rest)?;
            let object = after.is_some();
            at = self.child(at, part, object)?;
            match after {
                None | Some("") => return Some(Entry { table: self, node: at }),
                Some(after) => rest = after,
            }
        }
        None
    }

    fn children(&self, at: usize) -> &[Node] {
        let Node { first, count, .. } = self.nodes[at];
        &self.nodes[first as usize..(first + count) as usize]
    }

    fn child(&self, at: usize, part: &str, object: bool) -> Option<usize> {
        let named = self.named(at, part, object);
        let instance = || part.starts_with('[') || part.bytes().all(|byte| byte.is_ascii_digit());
        if named.is_none() && object && instance() { self.named(at, "{i}", true) } else { named }
    }

    fn named(&self, at: usize, name: &str, object: bool) -> Option<usize> {
        let found = self
            .children(at)
            .binary_search_by(|node| (self.string(node.name), node.flags & OBJECT != 0).cmp(&(name, object)));
        found.ok().map(|index| self.nodes[at].first as usize + index)
    }

    fn string(&self, id: u32) -> &str {
        let start = if id == 0 { 0 } else { self.ends[id as usize - 1] };
        &self.text[start as usize..self.ends[id as usize] as usize]
    }
}

/// The first part of a path, and what follows its dot. Dots inside brackets do not count.
fn split(path: &str) -> Option<(&str, Option<&str>)> {
    let end = if path.starts_with('[') { path.find(']')? + 1 } else { path.find('.').unwrap_or(path.len()) };
    let after = &path[end..];
    match after.strip_prefix('.') {
        _ if end == 0 => None,
        None if after.is_empty() => Some((path, None)),
        None => None,
        Some(after) => Some((&path[..end], Some(after))),
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("name", &self.name).field("nodes", &self.nodes.len()).finish_non_exhaustive()
    }
}

/// A parameter or an object of a [`Table`].
#[derive(Clone, Copy)]
pub struct Entry<'t> {
    table: &'t Table,
    node: usize,
}

impl<'t> Entry<'t> {
    fn node(self) -> &'t Node {
        &self.table.nodes[self.node]
    }

    fn has(self, flag: u16) -> bool {
        self.node().flags & flag != 0
    }

    pub fn is_object(self) -> bool {
        self.has(OBJECT)
    }

    /// A parameter: its value can be set. A table: rows can be added; a row: it can be deleted.
    pub fn writable(self) -> bool {
        self.has(WRITABLE)
    }

    /// Passwords and keys: the value reads back empty.
    pub fn hidden(self) -> bool {
        self.has(HIDDEN)
    }

    /// Comes with every Inform (TR-106 §3.6).
    pub fn forced_inform(self) -> bool {
        self.has(FORCED_INFORM)
    }

    /// A device may refuse active notification (fault 9009).
    pub fn can_deny_notification(self) -> bool {
        self.node().flags >> NOTIFY_SHIFT & 3 == crate::document::Notify::CanDeny as u16
    }

    /// Always reported actively; it cannot be turned off.
    pub fn always_notified(self) -> bool {
        self.node().flags >> NOTIFY_SHIFT & 3 == crate::document::Notify::ForceEnabled as u16
    }

    /// One sentence, or nothing.
    pub fn about(self) -> &'t str {
        self.table.string(self.node().about)
    }

    pub fn status(self) -> Status {
        match self.node().flags >> STATUS_SHIFT & 3 {
            0 => Status::Current,
            1 => Status::Deprecated,
            2 => Status::Obsoleted,
            _ => Status::Deleted,
        }
    }

    /// `None` for objects, and for parameters of which only the name is known.
    pub fn rules(self) -> Option<&'t Rules> {
        let rules = self.node().rules as usize;
        rules.checked_sub(1).map(|index| &self.table.rules[index])
    }

    /// The type as it is sent: a list is text. `None` if not known.
    pub fn value_type(self) -> Option<ValueType> {
        self.rules().map(|rules| if rules.list.is_some() { ValueType::String } else { rules.value_type })
    }

    /// All that is known of a parameter.
    pub fn knowledge(self) -> Knowledge {
        Knowledge {
            about: self.about().to_owned(),
            rules: self.rules().cloned().unwrap_or_default(),
            writable: self.writable(),
            hidden: self.hidden(),
            status: self.status(),
        }
    }

    /// What a new row of this table can be given: the parameters of its unique keys, then other writable ones, in the
    /// order of their names.
    pub fn new_row(self) -> Vec<NewField> {
        let Some(row) = self.table.named(self.node, "{i}", true) else { return Vec::new() };
        let first = self.table.nodes[row].first as usize;
        let mut fields: Vec<NewField> = (first..first + self.table.nodes[row].count as usize)
            .map(|node| Entry { table: self.table, node })
            .filter(|entry| !entry.is_object() && entry.writable() && entry.rules().is_some())
            .filter(|entry| entry.status() == Status::Current)
            .map(|entry| NewField {
                name: self.table.string(entry.node().name).to_owned(),
                key: entry.has(KEY),
                known: entry.knowledge(),
            })
            .collect();
        fields.sort_by_key(|field| !field.key);
        fields.truncate(MAX_FIELDS);
        fields
    }
}

#[cfg(test)]
mod tests;
