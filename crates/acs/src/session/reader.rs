//! Reads parts of a tree in as few round trips as the device allows.
//!
//! A whole object costs two RPCs: GetParameterNames with NextLevel=false, then GetParameterValues with the partial path.
//! What a device refuses is asked again in a smaller way: level by level, by child objects, by leaf names in batches,
//! and by halves until the one bad name is found (9005). What is found out is kept in [`Capabilities`].
//!
//! Names that come level by level may take more requests than one session has: the values of the whole object are asked
//! for first, and a [`Bookmark`] says where the next session goes on.

mod bookmark;
mod hunt;
#[cfg(test)]
mod tests;
mod walk;

pub(crate) use bookmark::Bookmark;

use super::Capabilities;
use crate::knowledge::{is_secret, wire_type};
use cwmp::{AcsRequest, Fault, ParameterInfo, ParameterValue};
use hunt::Hunt;
use model::Timestamp;
use model::device::DataModel;
use model::task::{ValueChange, short_name};
use std::collections::{HashSet, VecDeque};
use store::{Node, Tree};
use walk::Walk;

/// Full batches that have to go well before a larger one is tried.
const GROW_AFTER: u8 = 4;

/// One step of a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Read {
    /// Ask for the children of "" to learn which data model it is, then read everything.
    FindRoot,
    /// All names below an object at once.
    Names {
        path: String,
    },
    /// All names below an object, one after the other.
    Walk(Walk),
    Values {
        names: Vec<String>,
    },
    /// The parameters that have not been read since the reading began.
    Rest,
    /// Find out which of some names is bad.
    Hunt(Hunt),
}

impl Read {
    fn names(path: &str) -> Self {
        Self::Names { path: path.to_owned() }
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
    /// What is read in the end. Empty as long as the root is not known.
    paths: Vec<String>,
    /// When the first values came: what is younger was read by this reading, in this session or an earlier one.
    since: Option<Timestamp>,
    /// Sessions before this one that it took.
    sessions: u16,
    /// The device has answered something.
    answered: bool,
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
        let mut todo: VecDeque<_> = names.map(|path| Read::names(path)).collect();
        todo.push_back(Read::Values { names: paths.to_vec() });
        Self { paths: paths.to_vec(), ..Self::new(todo, watch) }
    }

    /// Only values, of names that are known.
    pub fn values(names: Vec<String>) -> Self {
        Self::new(VecDeque::from([Read::Values { names }]), false)
    }

    fn new(todo: VecDeque<Read>, watch: bool) -> Self {
        Self {
            todo,
            out: None,
            paths: Vec::new(),
            since: None,
            sessions: 0,
            answered: false,
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
                Read::Names { .. } | Read::Walk(_) if !learnt.supports("GetParameterNames") => continue,
                Read::Names { path } => {
                    if !learnt.names_deep() {
                        self.begin_walk(Walk::new(&path), learnt);
                        continue;
                    }
                    let request = AcsRequest::GetParameterNames { path: path.clone(), next_level: false };
                    (Read::Names { path }, request)
                }
                Read::Walk(walk) if !walk.begun => {
                    self.begin_walk(walk, learnt);
                    continue;
                }
                Read::Walk(mut walk) => {
                    let Some(request) = walk.next(tree, learnt) else { continue };
                    (Read::Walk(walk), request)
                }
                Read::Rest => {
                    let names = self.unread(tree, learnt);
                    self.ask_values(names);
                    continue;
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
            self.todo.push_front(Read::names(root.root()));
        }
    }

    /// Whether the request that is out asks for a whole object.
    pub fn asks_whole_object(&self) -> bool {
        match &self.out {
            Some(Read::Names { .. }) => true,
            Some(Read::Walk(walk)) => walk.deep,
            Some(Read::Values { names }) => holds_object(names),
            Some(Read::Hunt(hunt)) => holds_object(hunt.question()),
            Some(Read::FindRoot | Read::Rest) | None => false,
        }
    }

    /// Whether nothing is left to ask.
    pub fn is_done(&self) -> bool {
        self.todo.is_empty() && self.out.is_none()
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
            Some(Read::Names { path }) => {
                self.take_names(&path, parameters, tree);
                let one_level =
                    !is_deep(&path, parameters) && parameters.iter().any(|info| is_child_object(&path, &info.name));
                self.forget_gone(&path, parameters, !one_level, tree);
                // It ignores NextLevel and tells one level only (rule 196): then every child is asked by itself. So are
                // empty tables, which look the same.
                if one_level {
                    self.todo.push_front(Read::Walk(Walk::below(&path)));
                }
            }
            Some(Read::Walk(walk)) => self.walked(walk, parameters, tree),
            other => self.out = other,
        }
    }

    /// What every list of names tells.
    fn take_names(&mut self, path: &str, parameters: &[ParameterInfo], tree: &mut Tree) {
        self.answered = true;
        self.evidence.listed = true;
        if !self.listed.iter().any(|listed| path.starts_with(listed.as_str())) {
            self.listed.push(path.to_owned());
        }
        if self.guessing && DataModel::of_path(path).root() == path && !parameters.is_empty() {
            // Found: the other root need not be tried.
            self.guessing = false;
            self.paths = vec![path.to_owned()];
            let other = |name: &str| DataModel::of_path(name) != DataModel::of_path(path);
            self.todo.retain(|read| match read {
                Read::Names { path } => !other(path),
                Read::Walk(walk) => !other(&walk.under),
                Read::Values { names } => !names.iter().any(|name| other(name)),
                Read::FindRoot | Read::Hunt(_) | Read::Rest => true,
            });
        }
        for info in parameters.iter().filter(|info| info.name.starts_with(path)) {
            tree.set_info(&info.name, info.writable);
        }
    }

    /// Drops what a list of names does not have any more: of everything below `path`, or of what is directly in it.
    /// Values that came in this reading prove that they are there, whatever the list says.
    fn forget_gone(&self, path: &str, parameters: &[ParameterInfo], whole: bool, tree: &mut Tree) {
        let listed = parameters.iter().map(|info| info.name.as_str());
        if whole {
            let fresh = tree.below(path).filter(|(_, node)| self.is_fresh(node));
            let fresh: Vec<String> = fresh.map(|(path, _)| path.to_owned()).collect();
            let known: HashSet<&str> = listed.chain(fresh.iter().map(String::as_str)).collect();
            tree.retain_known(path, &known);
            return;
        }
        let known: HashSet<&str> = listed.collect();
        let gone = |child: &str| !known.contains(child) && !tree.below(child).any(|(_, node)| self.is_fresh(node));
        let gone: Vec<String> =
            tree.children(path).map(|(child, _)| child).filter(|child| gone(child)).map(str::to_owned).collect();
        for child in gone {
            tree.remove_below(&child);
        }
    }

    /// Whether a value came in this reading.
    fn is_fresh(&self, node: &Node) -> bool {
        self.since.is_some_and(|since| node.read_at.is_some_and(|at| at >= since))
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
        self.answered = true;
        self.paths = vec![path.to_owned()];
        self.todo.push_back(Read::names(path));
        self.todo.push_back(Read::values(path));
        // It ignored NextLevel and told everything: that need not be asked again.
        if is_deep(path, parameters) {
            self.out = self.todo.pop_front();
            self.on_names(parameters, tree);
        }
    }

    /// GetParameterValuesResponse. More, fewer or other names than asked for are taken as they come (rule 187).
    pub fn on_values(&mut self, parameters: &[ParameterValue], tree: &mut Tree, now: Timestamp) {
        self.answered = true;
        self.since.get_or_insert(now);
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
            let before = tree.set_value(&parameter.name, wire_type(parameter, tree), &parameter.value, now);
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
            // Asked for only when it is made into names.
            Some(Read::Rest) => {}
            Some(Read::Names { path }) => match fault.code {
                9000 => learnt.refuses("GetParameterNames"),
                // The object is gone: so are its values.
                9005 => self.gone(&path, fault, tree),
                _ => self.todo.push_front(Read::Walk(Walk::instead(&path))),
            },
            Some(Read::Walk(walk)) => self.walk_refused(walk, fault, tree, learnt),
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
        if self.todo.iter().any(|read| matches!(read, Read::Walk(walk) if walk.under == name)) {
            // Its names come first: without them there is nothing smaller to ask for.
            self.todo.push_back(Read::values(name));
            return;
        }
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
