//! Reads parts of a tree in as few round trips as the device allows.
//!
//! A whole object costs two RPCs: GetParameterNames with NextLevel=false, then GetParameterValues with the partial path.
//! What a device refuses is asked again in a smaller way: level by level, by child objects, by leaf names in batches,
//! and by halves until the one bad name is found (9005). What is found out is kept in [`Capabilities`].

mod hunt;
#[cfg(test)]
mod tests;

use super::Capabilities;
use crate::knowledge::is_secret;
use cwmp::{AcsRequest, Fault, ParameterInfo, ParameterValue};
use hunt::Hunt;
use model::Timestamp;
use model::device::DataModel;
use model::task::{ValueChange, short_name};
use std::collections::{HashSet, VecDeque};
use store::Tree;

/// Full batches that have to go well before a larger one is tried.
const GROW_AFTER: u8 = 4;

/// One step of a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Read {
    /// Ask for the children of "" to learn which data model it is, then read everything.
    FindRoot,
    Names {
        path: String,
        deep: bool,
        /// The deep question was refused: if this one is answered, the depth was the reason.
        instead: bool,
    },
    Values {
        names: Vec<String>,
    },
    /// Find out which of some names is bad.
    Hunt(Hunt),
}

impl Read {
    fn names(path: &str, deep: bool) -> Self {
        Self::Names { path: path.to_owned(), deep, instead: false }
    }

    fn values(path: &str) -> Self {
        Self::Values { names: vec![path.to_owned()] }
    }
}

/// What answers showed, until the next request is made.
#[derive(Debug, Default)]
struct Evidence {
    /// The empty path gave nothing.
    no_empty_path: bool,
    /// An object whose names came only level by level.
    level_by_level: bool,
    /// So many names were too many, because half of them were not.
    too_many: Option<usize>,
    /// Full batches in a row that went well.
    full_batches: u8,
    /// Listed, and refused to be read.
    unreadable: Vec<String>,
    /// Names were listed: what is not listed any more need not be remembered.
    listed: bool,
}

/// A reading under way. One request is out at a time.
#[derive(Debug)]
pub(crate) struct Reader {
    todo: VecDeque<Read>,
    out: Option<Read>,
    /// Names in one request when the one that is out was made.
    batch: usize,
    evidence: Evidence,
    /// Objects whose names the device has listed in this reading.
    listed: Vec<String>,
    /// Which root the device has is being tried.
    guessing: bool,
    /// Keep what changed, for the timeline.
    watch: bool,
    /// Values that came.
    pub read: u32,
    /// What changed against the tree before, as far as it is worth telling. Secrets are masked.
    pub changes: Vec<ValueChange>,
    /// The last fault that cost us something we wanted.
    pub fault: Option<Fault>,
    /// Requests sent.
    pub round_trips: u32,
}

impl Reader {
    /// Everything the device has.
    pub fn whole(data_model: DataModel, watch: bool) -> Self {
        let root = data_model.root();
        if root.is_empty() {
            return Self::new(VecDeque::from([Read::FindRoot]), watch);
        }
        Self::objects_and_leaves(&[root.to_owned()], watch)
    }

    /// Objects (ending in `.`; names and values) and single parameters (values).
    pub fn objects_and_leaves(paths: &[String], watch: bool) -> Self {
        let names = paths.iter().filter(|path| path.ends_with('.'));
        let mut todo: VecDeque<_> = names.map(|path| Read::names(path, true)).collect();
        todo.push_back(Read::Values { names: paths.to_vec() });
        Self::new(todo, watch)
    }

    /// Only values, of names that are known.
    pub fn values(names: Vec<String>) -> Self {
        Self::new(VecDeque::from([Read::Values { names }]), false)
    }

    fn new(todo: VecDeque<Read>, watch: bool) -> Self {
        Self {
            todo,
            out: None,
            batch: 0,
            evidence: Evidence::default(),
            listed: Vec::new(),
            guessing: false,
            watch,
            read: 0,
            changes: Vec::new(),
            fault: None,
            round_trips: 0,
        }
    }

    /// The next request, or `None` when all is read. What the answers so far have shown is kept in `learnt`.
    pub fn next(&mut self, tree: &Tree, learnt: &mut Capabilities) -> Option<AcsRequest> {
        self.learn(tree, learnt);
        self.batch = learnt.batch();
        while let Some(read) = self.todo.pop_front() {
            let (read, request) = match read {
                Read::FindRoot => {
                    if !learnt.empty_path() {
                        self.guess_root();
                        continue;
                    }
                    (Read::FindRoot, AcsRequest::GetParameterNames { path: String::new(), next_level: true })
                }
                Read::Names { path, deep, instead } => {
                    if !learnt.supports("GetParameterNames") {
                        continue;
                    }
                    let deep = deep && learnt.names_deep();
                    let request = AcsRequest::GetParameterNames { path: path.clone(), next_level: !deep };
                    (Read::Names { path, deep, instead }, request)
                }
                Read::Values { names } => {
                    let names = self.fit(names, tree, learnt);
                    if names.is_empty() || !learnt.supports("GetParameterValues") {
                        continue;
                    }
                    (Read::Values { names: names.clone() }, AcsRequest::GetParameterValues { names })
                }
                Read::Hunt(hunt) => {
                    let names = hunt.question().to_vec();
                    (Read::Hunt(hunt), AcsRequest::GetParameterValues { names })
                }
            };
            self.out = Some(read);
            self.round_trips += 1;
            return Some(request);
        }
        None
    }

    /// Takes what the answers showed into what is known of the device.
    fn learn(&mut self, tree: &Tree, learnt: &mut Capabilities) {
        let evidence = &mut self.evidence;
        if std::mem::take(&mut evidence.no_empty_path) {
            learnt.empty_path = false;
        }
        if std::mem::take(&mut evidence.level_by_level) {
            learnt.names_deep = false;
        }
        if let Some(names) = evidence.too_many.take() {
            learnt.asked_too_much(names);
        }
        if evidence.full_batches >= GROW_AFTER {
            evidence.full_batches = 0;
            learnt.grow();
        }
        if std::mem::take(&mut evidence.listed) {
            let covered = |name: &str| self.listed.iter().any(|path| name.starts_with(path.as_str()));
            learnt.unreadable.retain(|name| !covered(name) || tree.get(name).is_some());
        }
        for name in evidence.unreadable.drain(..) {
            learnt.cannot_read(name);
        }
    }

    /// Tries both roots, the newer first; the wrong one answers 9005.
    fn guess_root(&mut self) {
        self.guessing = true;
        for root in [DataModel::Tr098, DataModel::Tr181] {
            self.todo.push_front(Read::values(root.root()));
            self.todo.push_front(Read::names(root.root(), true));
        }
    }

    /// Whether the request that is out asks for a whole object.
    pub fn asks_whole_object(&self) -> bool {
        match &self.out {
            Some(Read::Names { deep, .. }) => *deep,
            Some(Read::Values { names }) => holds_object(names),
            Some(Read::Hunt(hunt)) => holds_object(hunt.question()),
            Some(Read::FindRoot) | None => false,
        }
    }

    /// Cuts a list of names to what the device takes at once; puts the rest back.
    fn fit(&mut self, names: Vec<String>, tree: &Tree, learnt: &Capabilities) -> Vec<String> {
        let mut names = if learnt.values_partial() { names } else { leaves(&names, tree, learnt) };
        if names.len() > self.batch {
            let rest = names.split_off(self.batch);
            self.todo.push_front(Read::Values { names: rest });
        }
        names
    }

    /// GetParameterNamesResponse.
    pub fn on_names(&mut self, parameters: &[ParameterInfo], tree: &mut Tree) {
        match self.out.take() {
            Some(Read::FindRoot) => self.on_root(parameters, tree),
            Some(Read::Names { path, deep, instead }) => {
                self.evidence.level_by_level |= instead;
                self.evidence.listed = true;
                self.listed.push(path.clone());
                if self.guessing && DataModel::of_path(&path).root() == path && !parameters.is_empty() {
                    // Found: the other root need not be tried.
                    self.guessing = false;
                    let other = |name: &str| DataModel::of_path(name) != DataModel::of_path(&path);
                    self.todo.retain(|read| match read {
                        Read::Names { path, .. } => !other(path),
                        Read::Values { names } => !names.iter().any(|name| other(name)),
                        Read::FindRoot | Read::Hunt(_) => true,
                    });
                }
                for info in parameters.iter().filter(|info| info.name.starts_with(path.as_str())) {
                    tree.set_info(&info.name, info.writable);
                }
                let deeper = is_deep(&path, parameters);
                let objects = || parameters.iter().filter(|info| is_child_object(&path, &info.name)).rev();
                if deep || deeper {
                    // All that is below it; also from a device that ignores NextLevel and tells everything (rule 196).
                    let known: HashSet<&str> = parameters.iter().map(|info| info.name.as_str()).collect();
                    tree.retain_known(&path, &known);
                    // Others ignore NextLevel and tell one level only: then every child is asked by itself.
                    if !deeper {
                        for info in objects() {
                            self.todo.push_front(Read::names(&info.name, true));
                        }
                    }
                } else {
                    let known: HashSet<&str> = parameters.iter().map(|info| info.name.as_str()).collect();
                    let gone: Vec<String> = tree
                        .children(&path)
                        .filter(|(child, _)| !known.contains(child))
                        .map(|(child, _)| child.to_owned())
                        .collect();
                    for child in gone {
                        tree.remove_below(&child);
                    }
                    for info in objects() {
                        self.todo.push_front(Read::names(&info.name, false));
                    }
                }
            }
            other => self.out = other,
        }
    }

    /// The answer to the question for the root.
    fn on_root(&mut self, parameters: &[ParameterInfo], tree: &mut Tree) {
        let mut roots = parameters.iter().map(|info| DataModel::of_path(&info.name));
        let Some(root) = roots.find(|root| *root != DataModel::Unknown) else {
            // It answers nothing for the empty path (rule 195).
            self.evidence.no_empty_path = true;
            self.guess_root();
            return;
        };
        let path = root.root();
        self.todo.push_back(Read::names(path, true));
        self.todo.push_back(Read::values(path));
        // It ignored NextLevel and told everything: that need not be asked again.
        if is_deep(path, parameters) {
            self.out = self.todo.pop_front();
            self.on_names(parameters, tree);
        }
    }

    /// GetParameterValuesResponse. More, fewer or other names than asked for are taken as they come (rule 187).
    pub fn on_values(&mut self, parameters: &[ParameterValue], tree: &mut Tree, now: Timestamp) {
        match self.out.take() {
            Some(Read::Values { names }) if names.len() >= self.batch && !holds_object(&names) => {
                self.evidence.full_batches += 1;
            }
            Some(Read::Hunt(hunt)) => self.hunt_answered(hunt, tree),
            _ => {}
        }
        for parameter in parameters {
            if parameter.name.is_empty() || parameter.name.ends_with('.') {
                continue;
            }
            self.read += 1;
            let before = tree.set_value(&parameter.name, parameter.value_type, &parameter.value, now);
            let Some(before) = before else { continue };
            if self.watch && worth_telling(&parameter.name, tree) {
                self.changes.push(value_change(&parameter.name, before.before.as_deref(), &parameter.value));
            }
        }
    }

    /// A fault. `Err` if there is no smaller way to ask.
    pub fn on_fault(&mut self, fault: &Fault, tree: &mut Tree, learnt: &mut Capabilities) -> Result<(), Fault> {
        self.evidence.full_batches = 0;
        match self.out.take() {
            None => return Err(fault.clone()),
            Some(Read::FindRoot) => {
                learnt.empty_path = false;
                self.guess_root();
            }
            Some(Read::Names { path, deep, .. }) => match fault.code {
                9000 => learnt.refuses("GetParameterNames"),
                // The object is gone: so are its values.
                9005 => self.gone(&path, fault, tree),
                _ if deep => self.todo.push_front(Read::Names { path, deep: false, instead: true }),
                _ => self.fault = Some(fault.clone()),
            },
            Some(Read::Values { names }) => return self.smaller_values(names, fault, tree, learnt),
            Some(Read::Hunt(hunt)) => {
                if fault.code == 9000 {
                    return Err(fault.clone());
                }
                self.hunt_refused(hunt, fault, tree, learnt);
            }
        }
        Ok(())
    }

    /// The device does not know this object (any more): its values are not asked for.
    fn gone(&mut self, path: &str, fault: &Fault, tree: &mut Tree) {
        tree.remove_below(path);
        for read in &mut self.todo {
            if let Read::Values { names } = read {
                names.retain(|name| name != path);
            }
        }
        self.fault = Some(fault.clone());
    }

    fn smaller_values(
        &mut self,
        mut names: Vec<String>,
        fault: &Fault,
        tree: &mut Tree,
        learnt: &mut Capabilities,
    ) -> Result<(), Fault> {
        if fault.code == 9000 {
            return Err(fault.clone());
        }
        if names.len() > 1 {
            if fault.code == 9004 {
                // Too much at once: remembered, if it was the number of names.
                if !holds_object(&names) {
                    learnt.asked_too_much(names.len());
                }
                let second = names.split_off(names.len() / 2);
                self.todo.push_front(Read::Values { names: second });
                self.todo.push_front(Read::Values { names });
            } else {
                self.todo.push_front(Read::Hunt(Hunt::new(names, fault.clone())));
            }
            return Ok(());
        }
        let Some(name) = names.pop() else { return Ok(()) };
        if name.ends_with('.') {
            self.smaller_object(&name, fault, tree, learnt);
        } else {
            self.bad_name(name, fault, tree);
        }
        Ok(())
    }

    /// The values of a whole object were refused.
    fn smaller_object(&mut self, name: &str, fault: &Fault, tree: &Tree, learnt: &mut Capabilities) {
        let below = leaves(&[name.to_owned()], tree, learnt);
        if below.is_empty() {
            self.fault = Some(fault.clone());
            return;
        }
        if matches!(fault.code, 9003 | 9005) {
            learnt.values_partial = false;
            self.todo.push_front(Read::Values { names: below });
            return;
        }
        // Too large as one: its children, each by itself.
        let (objects, parameters): (Vec<_>, Vec<_>) =
            tree.children(name).map(|(child, _)| child.to_owned()).partition(|child| child.ends_with('.'));
        for object in objects.into_iter().rev() {
            self.todo.push_front(Read::values(&object));
        }
        if !parameters.is_empty() {
            self.todo.push_front(Read::Values { names: parameters });
        }
    }

    /// The one parameter that cannot be read. What the device itself lists stays known, and is skipped from now on
    /// (rule 372); anything else it does not have.
    fn bad_name(&mut self, name: String, fault: &Fault, tree: &mut Tree) {
        let listed = self.listed.iter().any(|path| name.starts_with(path.as_str())) && tree.get(&name).is_some();
        if listed {
            self.evidence.unreadable.push(name);
        } else if fault.code == 9005 {
            tree.remove_below(&name);
        }
        self.fault = Some(fault.clone());
    }
}

/// Whether an answer tells more than the children of `path`.
fn is_deep(path: &str, parameters: &[ParameterInfo]) -> bool {
    parameters
        .iter()
        .any(|info| info.name.strip_prefix(path).is_some_and(|rest| rest.trim_end_matches('.').contains('.')))
}

fn holds_object(names: &[String]) -> bool {
    names.iter().any(|name| name.ends_with('.'))
}

/// Whether `name` is an object directly below `path`.
fn is_child_object(path: &str, name: &str) -> bool {
    name.strip_prefix(path)
        .and_then(|rest| rest.strip_suffix('.'))
        .is_some_and(|child| !child.is_empty() && !child.contains('.'))
}

/// The names with every partial path replaced by the parameters that are known below it and can be read.
fn leaves(names: &[String], tree: &Tree, learnt: &Capabilities) -> Vec<String> {
    let mut all = Vec::new();
    for name in names {
        if name.ends_with('.') {
            let below = tree.below(name).map(|(path, _)| path);
            let readable = |path: &&str| !path.ends_with('.') && !learnt.unreadable.contains(*path);
            all.extend(below.filter(readable).map(str::to_owned));
        } else {
            all.push(name.clone());
        }
    }
    all
}

/// A change as the timeline keeps it: secrets without their value, long values cut.
pub(crate) fn value_change(path: &str, before: Option<&str>, after: &str) -> ValueChange {
    let secret = is_secret(path);
    let shown = |value: &str| if secret { String::new() } else { value.chars().take(200).collect() };
    ValueChange { path: path.to_owned(), before: before.map(shown), wanted: None, after: Some(shown(after)) }
}

/// Whether a changed value belongs into the timeline: settings do; of what only reports, the few that people ask for.
/// Counters, times and levels move all the time.
fn worth_telling(path: &str, tree: &Tree) -> bool {
    const REPORTED: [&str; 8] = [
        "SoftwareVersion",
        "HardwareVersion",
        "ModelName",
        "ExternalIPAddress",
        "ConnectionStatus",
        "BSSID",
        "LastConnectionError",
        "RootDataModelVersion",
    ];
    let name = short_name(path);
    // Told elsewhere, or changed by our own doing in every session.
    if name == "ParameterKey" || name == "ConnectionRequestURL" {
        return false;
    }
    REPORTED.contains(&name) || tree.get(path).is_some_and(|node| node.writable)
}
