//! Reads parts of a tree in as few round trips as the device allows.
//!
//! A whole object costs two RPCs: GetParameterNames with NextLevel=false, then GetParameterValues with the partial path.
//! What a device refuses is asked again in a smaller way: level by level, by child objects, by leaf names in batches,
//! and by halves until the one bad name is found (9005). What is found out is kept in [`Capabilities`].

use super::Capabilities;
use crate::knowledge::is_secret;
use cwmp::{AcsRequest, Fault, ParameterInfo, ParameterValue};
use model::Timestamp;
use model::device::DataModel;
use model::task::{ValueChange, short_name};
use std::collections::{HashSet, VecDeque};
use store::Tree;

/// One step of a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Read {
    /// Ask for the children of "" to learn which data model it is, then read everything.
    FindRoot,
    Names {
        path: String,
        deep: bool,
    },
    Values {
        names: Vec<String>,
    },
}

/// A reading under way. One request is out at a time.
#[derive(Debug)]
pub(crate) struct Reader {
    todo: VecDeque<Read>,
    out: Option<Read>,
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
        let mut todo: VecDeque<_> = names.map(|path| Read::Names { path: path.clone(), deep: true }).collect();
        todo.push_back(Read::Values { names: paths.to_vec() });
        Self::new(todo, watch)
    }

    /// Only values, of names that are known.
    pub fn values(names: Vec<String>) -> Self {
        Self::new(VecDeque::from([Read::Values { names }]), false)
    }

    fn new(todo: VecDeque<Read>, watch: bool) -> Self {
        Self { todo, out: None, watch, read: 0, changes: Vec::new(), fault: None, round_trips: 0 }
    }

    /// The next request, or `None` when all is read.
    pub fn next(&mut self, tree: &Tree, learnt: &Capabilities) -> Option<AcsRequest> {
        while let Some(read) = self.todo.pop_front() {
            let (read, request) = match read {
                Read::FindRoot => {
                    (Read::FindRoot, AcsRequest::GetParameterNames { path: String::new(), next_level: true })
                }
                Read::Names { path, deep } => {
                    if !learnt.supports("GetParameterNames") {
                        continue;
                    }
                    let deep = deep && learnt.names_deep;
                    let request = AcsRequest::GetParameterNames { path: path.clone(), next_level: !deep };
                    (Read::Names { path, deep }, request)
                }
                Read::Values { names } => {
                    let names = self.fit(names, tree, learnt);
                    if names.is_empty() {
                        continue;
                    }
                    (Read::Values { names: names.clone() }, AcsRequest::GetParameterValues { names })
                }
            };
            self.out = Some(read);
            self.round_trips += 1;
            return Some(request);
        }
        None
    }

    /// Whether the request that is out asks for a whole object.
    pub fn asks_whole_object(&self) -> bool {
        match &self.out {
            Some(Read::Names { deep, .. }) => *deep,
            Some(Read::Values { names }) => names.iter().any(|name| name.ends_with('.')),
            Some(Read::FindRoot) | None => false,
        }
    }

    /// Cuts a list of names to what the device takes at once; puts the rest back.
    fn fit(&mut self, names: Vec<String>, tree: &Tree, learnt: &Capabilities) -> Vec<String> {
        let mut names = if learnt.values_partial { names } else { leaves(&names, tree) };
        let batch = usize::from(learnt.batch.max(1));
        if names.len() > batch {
            let rest = names.split_off(batch);
            self.todo.push_front(Read::Values { names: rest });
        }
        names
    }

    /// GetParameterNamesResponse.
    pub fn on_names(&mut self, parameters: &[ParameterInfo], tree: &mut Tree) {
        match self.out.take() {
            Some(Read::FindRoot) => {
                let mut roots = parameters.iter().map(|info| DataModel::of_path(&info.name));
                if let Some(root) = roots.find(|root| *root != DataModel::Unknown) {
                    let path = root.root().to_owned();
                    self.todo.push_back(Read::Names { path: path.clone(), deep: true });
                    self.todo.push_back(Read::Values { names: vec![path] });
                }
            }
            Some(Read::Names { path, deep }) => {
                let known: HashSet<&str> = parameters.iter().map(|info| info.name.as_str()).collect();
                for info in parameters.iter().filter(|info| info.name.starts_with(path.as_str())) {
                    tree.set_info(&info.name, info.writable);
                }
                if deep {
                    tree.retain_known(&path, &known);
                    // Some ignore NextLevel and tell one level only (rule 196): then every child is asked by itself.
                    let below = |info: &&ParameterInfo| info.name.starts_with(path.as_str()) && info.name != path;
                    let deeper = |name: &str| name[path.len()..].trim_end_matches('.').contains('.');
                    if !parameters.iter().filter(below).any(|info| deeper(&info.name)) {
                        let objects = parameters.iter().filter(|info| is_child_object(&path, &info.name));
                        for info in objects.rev() {
                            self.todo.push_front(Read::Names { path: info.name.clone(), deep: true });
                        }
                    }
                } else {
                    let gone: Vec<String> = tree
                        .children(&path)
                        .filter(|(child, _)| !known.contains(child))
                        .map(|(child, _)| child.to_owned())
                        .collect();
                    for child in gone {
                        tree.remove_below(&child);
                    }
                    // A device that ignores NextLevel sends grandchildren too: its direct children are enough.
                    let objects = parameters.iter().filter(|info| is_child_object(&path, &info.name));
                    for info in objects.rev() {
                        self.todo.push_front(Read::Names { path: info.name.clone(), deep: false });
                    }
                }
            }
            other => self.out = other,
        }
    }

    /// GetParameterValuesResponse. More, fewer or other names than asked for are taken as they come (rule 187).
    pub fn on_values(&mut self, parameters: &[ParameterValue], tree: &mut Tree, now: Timestamp) {
        self.out = None;
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
        let hopeless = |fault: &Fault| Err(fault.clone());
        match self.out.take() {
            None => hopeless(fault),
            Some(Read::FindRoot) => {
                // It does not know "": try both roots, the newer first; the wrong one answers 9005.
                for root in [DataModel::Tr098, DataModel::Tr181] {
                    let path = root.root().to_owned();
                    self.todo.push_front(Read::Values { names: vec![path.clone()] });
                    self.todo.push_front(Read::Names { path, deep: true });
                }
                Ok(())
            }
            Some(Read::Names { path, deep }) => {
                match fault.code {
                    9000 => {
                        learnt.unsupported.insert("GetParameterNames".to_owned());
                    }
                    // The object is gone: so are its values.
                    9005 => {
                        tree.remove_below(&path);
                        self.todo.retain(|read| !matches!(read, Read::Values { names } if *names == [path.as_str()]));
                        for read in &mut self.todo {
                            if let Read::Values { names } = read {
                                names.retain(|name| *name != path);
                            }
                        }
                        self.fault = Some(fault.clone());
                    }
                    _ if deep => {
                        learnt.names_deep = false;
                        self.todo.push_front(Read::Names { path, deep: false });
                    }
                    _ => self.fault = Some(fault.clone()),
                }
                Ok(())
            }
            Some(Read::Values { names }) => self.smaller_values(names, fault, tree, learnt),
        }
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
            let whole = names.iter().any(|name| name.ends_with('.'));
            // Too much at once (9002, 9004): remember it. A bad name (9005): only halve to find it.
            if matches!(fault.code, 9002 | 9004) && !whole {
                learnt.batch = (names.len() / 2).max(1) as u16;
            }
            let second = names.split_off(names.len() / 2);
            self.todo.push_front(Read::Values { names: second });
            self.todo.push_front(Read::Values { names });
            return Ok(());
        }
        let Some(name) = names.pop() else { return Ok(()) };
        if name.ends_with('.') {
            let below = leaves(std::slice::from_ref(&name), tree);
            if below.is_empty() {
                self.fault = Some(fault.clone());
                return Ok(());
            }
            if matches!(fault.code, 9003 | 9005) {
                learnt.values_partial = false;
                self.todo.push_front(Read::Values { names: below });
                return Ok(());
            }
            // Too large as one: its children, each by itself.
            let (objects, parameters): (Vec<_>, Vec<_>) =
                tree.children(&name).map(|(child, _)| child.to_owned()).partition(|child| child.ends_with('.'));
            for object in objects.into_iter().rev() {
                self.todo.push_front(Read::Values { names: vec![object] });
            }
            if !parameters.is_empty() {
                self.todo.push_front(Read::Values { names: parameters });
            }
            return Ok(());
        }
        if fault.code == 9005 {
            tree.remove_below(&name);
        }
        self.fault = Some(fault.clone());
        Ok(())
    }
}

/// Whether `name` is an object directly below `path`.
fn is_child_object(path: &str, name: &str) -> bool {
    name.strip_prefix(path)
        .and_then(|rest| rest.strip_suffix('.'))
        .is_some_and(|child| !child.is_empty() && !child.contains('.'))
}

/// The names with every partial path replaced by the parameters that are known below it.
fn leaves(names: &[String], tree: &Tree) -> Vec<String> {
    let mut all = Vec::new();
    for name in names {
        if name.ends_with('.') {
            all.extend(tree.below(name).map(|(path, _)| path).filter(|path| !path.ends_with('.')).map(str::to_owned));
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

#[cfg(test)]
mod tests {
    use super::*;
    use model::tree::ValueType;

    fn info(name: &str) -> ParameterInfo {
        ParameterInfo { name: name.to_owned(), writable: true }
    }

    fn value(name: &str, value: &str) -> ParameterValue {
        ParameterValue { name: name.to_owned(), value: value.to_owned(), value_type: ValueType::String }
    }

    fn fault(code: u32) -> Fault {
        Fault { code, ..Fault::default() }
    }

    /// A device of a few parameters that refuses what the test says.
    struct Device {
        names: Vec<&'static str>,
        refuse: fn(&AcsRequest) -> Option<u32>,
    }

    impl Device {
        fn run(
            &self,
            reader: &mut Reader,
            tree: &mut Tree,
            learnt: &mut Capabilities,
        ) -> Result<Vec<AcsRequest>, Fault> {
            let mut asked = Vec::new();
            while let Some(request) = reader.next(tree, learnt) {
                assert!(asked.len() < 100, "does not end: {asked:#?}");
                asked.push(request.clone());
                if let Some(code) = (self.refuse)(&request) {
                    reader.on_fault(&fault(code), tree, learnt)?;
                    continue;
                }
                match request {
                    AcsRequest::GetParameterNames { path, next_level } => {
                        let mut found: Vec<String> = Vec::new();
                        for name in self.names.iter().filter(|name| name.starts_with(&path)) {
                            let mut end = path.len();
                            while let Some(dot) = name[end..].find('.') {
                                end += dot + 1;
                                found.push(name[..end].to_owned());
                                if next_level {
                                    break;
                                }
                            }
                            if !next_level || !name[path.len()..].contains('.') {
                                found.push((*name).to_owned());
                            }
                        }
                        found.sort();
                        found.dedup();
                        let found: Vec<_> = found.iter().map(|name| info(name)).collect();
                        reader.on_names(&found, tree);
                    }
                    AcsRequest::GetParameterValues { names } => {
                        let mut found = Vec::new();
                        for name in names {
                            let hit = |n: &&&str| **n == name || (name.ends_with('.') && n.starts_with(&name));
                            found.extend(self.names.iter().filter(hit).map(|n| value(n, "v")));
                        }
                        reader.on_values(&found, tree, Timestamp(1));
                    }
                    other => panic!("{other:?}"),
                }
            }
            Ok(asked)
        }
    }

    const NAMES: [&str; 5] =
        ["Device.A.1.X", "Device.A.1.Y", "Device.A.2.X", "Device.B.Z", "Device.DeviceInfo.SoftwareVersion"];

    fn read(refuse: fn(&AcsRequest) -> Option<u32>, data_model: DataModel) -> (Vec<AcsRequest>, Tree, Capabilities) {
        let device = Device { names: NAMES.to_vec(), refuse };
        let (mut tree, mut learnt) = (Tree::default(), Capabilities::default());
        let mut reader = Reader::whole(data_model, false);
        let asked = device.run(&mut reader, &mut tree, &mut learnt).expect("readable");
        for name in NAMES {
            assert_eq!(tree.value(name), Some("v"), "{name}");
        }
        (asked, tree, learnt)
    }

    #[test]
    fn a_whole_tree_takes_two_requests() {
        let (asked, tree, learnt) = read(|_| None, DataModel::Tr181);
        assert_eq!(asked.len(), 2);
        assert_eq!(tree.parameters(), 5);
        assert_eq!(learnt, Capabilities::default());
    }

    #[test]
    fn an_unknown_root_is_found() {
        let (asked, ..) = read(|_| None, DataModel::Unknown);
        assert_eq!(asked.len(), 3);
        // … also when the device does not take the empty path (rule 195) and the first guess is wrong.
        let (asked, ..) = read(
            |request| match request {
                AcsRequest::GetParameterNames { path, .. } if path.is_empty() || path.starts_with('I') => Some(9005),
                AcsRequest::GetParameterValues { names } if names[0].starts_with('I') => Some(9005),
                _ => None,
            },
            DataModel::Unknown,
        );
        assert!(asked.len() <= 4, "{asked:#?}");
    }

    #[test]
    fn rule_196_level_by_level_when_the_deep_question_is_refused() {
        let (_, _, learnt) = read(
            |request| match request {
                AcsRequest::GetParameterNames { next_level: false, .. } => Some(9002),
                _ => None,
            },
            DataModel::Tr181,
        );
        assert!(!learnt.names_deep);
    }

    #[test]
    fn rule_196_a_device_that_ignores_next_level_is_walked() {
        let (mut tree, learnt) = (Tree::default(), Capabilities::default());
        let mut reader = Reader::whole(DataModel::Tr181, false);
        let mut asked = Vec::new();
        while let Some(request) = reader.next(&tree, &learnt) {
            let AcsRequest::GetParameterNames { path, .. } = request else { break };
            let children: &[&str] = match path.as_str() {
                "Device." => &["Device.", "Device.WiFi.", "Device.Version"],
                "Device.WiFi." => &["Device.WiFi.Radio."],
                "Device.WiFi.Radio." => &["Device.WiFi.Radio.Channel"],
                other => panic!("{other}"),
            };
            asked.push(path);
            let infos: Vec<_> = children.iter().map(|name| info(name)).collect();
            reader.on_names(&infos, &mut tree);
        }
        assert_eq!(asked, ["Device.", "Device.WiFi.", "Device.WiFi.Radio."]);
        assert!(tree.get("Device.WiFi.Radio.Channel").is_some());
        assert!(learnt.names_deep, "an empty table looks the same: nothing is learnt from it");
    }

    #[test]
    fn leaf_names_when_partial_paths_are_refused() {
        let (_, _, learnt) = read(
            |request| match request {
                AcsRequest::GetParameterValues { names } if names.iter().any(|n| n.ends_with('.')) => Some(9005),
                _ => None,
            },
            DataModel::Tr181,
        );
        assert!(!learnt.values_partial);
    }

    #[test]
    fn too_much_at_once_is_asked_by_children() {
        let (asked, _, learnt) = read(
            |request| match request {
                AcsRequest::GetParameterValues { names } if names == &["Device."] => Some(9004),
                _ => None,
            },
            DataModel::Tr181,
        );
        assert!(learnt.values_partial);
        assert_eq!(asked.len(), 2 + 3);
    }

    #[test]
    fn rule_185_one_bad_name_of_64_is_found_by_halves() {
        let names: Vec<String> = (0..64).map(|i| format!("Device.P{i}")).collect();
        let mut tree = Tree::default();
        for name in &names {
            tree.set_info(name, true);
        }
        let mut learnt = Capabilities::default();
        let mut reader = Reader::values(names);
        let (mut asked, mut read) = (0, 0);
        while let Some(AcsRequest::GetParameterValues { names }) = reader.next(&tree, &learnt) {
            asked += 1;
            if names.iter().any(|name| name == "Device.P37") {
                reader.on_fault(&fault(9005), &mut tree, &mut learnt).expect("asks smaller");
            } else {
                read += names.len();
                let values: Vec<_> = names.iter().map(|name| value(name, "1")).collect();
                reader.on_values(&values, &mut tree, Timestamp(1));
            }
        }
        assert_eq!(read, 63);
        assert!(asked <= 13, "{asked}");
        assert!(tree.get("Device.P37").is_none());
        assert_eq!(learnt.batch, 128, "a bad name says nothing about sizes");
    }

    #[test]
    fn what_the_device_no_longer_has_is_dropped() {
        let mut tree = Tree::default();
        tree.set_value("Device.A.9.X", ValueType::String, "old", Timestamp(0));
        let device = Device { names: NAMES.to_vec(), refuse: |_| None };
        let mut reader = Reader::objects_and_leaves(&["Device.A.".to_owned()], false);
        device.run(&mut reader, &mut tree, &mut Capabilities::default()).expect("readable");
        assert!(tree.get("Device.A.9.X").is_none());
        assert_eq!(tree.value("Device.A.2.X"), Some("v"));
        assert_eq!(tree.value("Device.B.Z"), None, "not asked for");
    }

    #[test]
    fn changes_of_settings_are_told_and_secrets_masked() {
        let mut tree = Tree::default();
        for name in ["Device.A.SSID", "Device.A.KeyPassphrase", "Device.A.UpTime"] {
            tree.set_info(name, !name.ends_with("UpTime"));
            tree.set_value(name, ValueType::String, "before", Timestamp(0));
        }
        let mut reader = Reader::objects_and_leaves(&["Device.A.SSID".to_owned()], true);
        reader.next(&tree, &Capabilities::default());
        let values =
            [value("Device.A.SSID", "b"), value("Device.A.KeyPassphrase", "hunter22"), value("Device.A.UpTime", "9")];
        reader.on_values(&values, &mut tree, Timestamp(1));
        let told: Vec<_> = reader.changes.iter().map(|c| (c.path.as_str(), c.after.as_deref())).collect();
        assert_eq!(told, [("Device.A.SSID", Some("b")), ("Device.A.KeyPassphrase", Some(""))]);
    }
}
