//! A table while it is put together.

use super::{FORCED_INFORM, HIDDEN, KEY, NOTIFY_SHIFT, Node, OBJECT, STATUS_SHIFT, Table, WRITABLE};
use crate::document::Notify;
use model::knowledge::{Rules, Status};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// What is said of one path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Definition {
    pub about: String,
    pub writable: bool,
    pub hidden: bool,
    pub status: Status,
    pub forced_inform: bool,
    pub notify: Notify,
    pub rules: Option<Rules>,
}

/// Definitions by path. Objects above a path come into being with it.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    root: Branch,
    nodes: usize,
}

#[derive(Debug, Default)]
struct Branch {
    definition: Definition,
    key: bool,
    children: BTreeMap<(String, bool), Branch>,
}

impl Draft {
    /// Nodes so far.
    pub fn len(&self) -> usize {
        self.nodes
    }

    /// The definition at a path, made if there is none. Objects end in a dot. `None`: that is no path.
    pub fn entry(&mut self, path: &str) -> Option<&mut Definition> {
        self.branch(path).map(|branch| &mut branch.definition)
    }

    /// Marks a parameter as one that tells rows apart.
    pub fn set_key(&mut self, path: &str) {
        if let Some(branch) = self.branch(path) {
            branch.key = true;
        }
    }

    fn branch(&mut self, path: &str) -> Option<&mut Branch> {
        let (names, object) = match path.strip_suffix('.') {
            Some(names) => (names, true),
            None => (path, false),
        };
        let count = names.split('.').count();
        let fits = |name: &str| {
            name == "{i}"
                || (!name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')))
        };
        if count > 32 || path.len() > 1024 || !names.split('.').all(fits) {
            return None;
        }
        let mut branch = &mut self.root;
        for (index, name) in names.split('.').enumerate() {
            let is_object = object || index + 1 < count;
            let key = (name.to_owned(), is_object);
            let nodes = &mut self.nodes;
            branch = branch.children.entry(key).or_insert_with(|| {
                *nodes += 1;
                Branch::default()
            });
        }
        Some(branch)
    }

    pub fn finish(self, name: &str) -> Table {
        let mut strings = Interner::default();
        strings.id("");
        let mut rules: Vec<Rules> = Vec::new();
        let mut known: HashMap<Rules, u32> = HashMap::new();
        let top = Node { name: 0, first: 0, count: 0, about: 0, rules: 0, flags: OBJECT };
        let mut nodes = vec![top];
        let mut queue = VecDeque::from([(0usize, self.root.children)]);
        while let Some((parent, children)) = queue.pop_front() {
            nodes[parent].first = nodes.len() as u32;
            nodes[parent].count = children.len() as u32;
            for ((name, object), branch) in children {
                let Branch { definition, key, children } = branch;
                let rules_id = definition.rules.map_or(0, |own| {
                    *known.entry(own).or_insert_with_key(|own| {
                        rules.push(own.clone());
                        rules.len() as u32
                    })
                });
                let flag = |set: bool, flag: u16| if set { flag } else { 0 };
                let flags = flag(object, OBJECT)
                    | flag(definition.writable, WRITABLE)
                    | flag(definition.hidden, HIDDEN)
                    | flag(definition.forced_inform, FORCED_INFORM)
                    | flag(key, KEY)
                    | (definition.status as u16) << STATUS_SHIFT
                    | (definition.notify as u16) << NOTIFY_SHIFT;
                let about = strings.id(&definition.about);
                let node = Node { name: strings.id(&name), first: 0, count: 0, about, rules: rules_id, flags };
                nodes.push(node);
                queue.push_back((nodes.len() - 1, children));
            }
        }
        Table { name: name.to_owned(), text: strings.text, ends: strings.ends, rules, nodes }
    }
}

#[derive(Default)]
struct Interner {
    text: String,
    ends: Vec<u32>,
    ids: HashMap<String, u32>,
}

impl Interner {
    fn id(&mut self, text: &str) -> u32 {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let id = self.ends.len() as u32;
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.ids.insert(text.to_owned(), id);
        id
    }
}
