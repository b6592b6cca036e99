//! The definition of a model: what all devices of one kind have in common. It is shared; a device adds only what was
//! changed on it ([`crate::tree::Tree`]).

mod builtin;
mod dump;
pub(crate) mod notify;
mod template;
pub mod value;

pub use builtin::{builtin, builtin_names};

use cwmp::ValueType;
use std::path::Path;
use std::sync::Arc;
use value::{Sum, Value};

/// Why a model cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("there is no model `{0}`; built in are {names}", names = builtin_names().join(", "))]
    Unknown(String),
    #[error("line {line}: {what}")]
    Line { line: usize, what: String },
    #[error("{what}")]
    Content { what: String },
    #[error("the file cannot be read: {0}")]
    File(#[from] std::io::Error),
    #[error("the table cannot be read: {0}")]
    Csv(#[from] csv::Error),
}

/// Index of a node in its model.
pub(crate) type NodeId = u32;

/// One kind of device.
#[derive(Debug)]
pub struct Model {
    /// Short name, such as `kestrel-hg640`.
    pub name: String,
    pub manufacturer: String,
    /// Six hexadecimal digits in upper case.
    pub oui: String,
    pub product_class: String,
    /// What serial numbers begin with.
    pub serial_prefix: String,
    /// CWMP namespace, such as `urn:dslforum-org:cwmp-1-2`.
    pub namespace: String,
    /// SupportedCWMPVersions of its Informs; none if empty.
    pub versions: Vec<String>,
    /// How many things in the home use one such device.
    pub clients: u32,
    /// How many access points the clients spread over.
    pub access_points: u32,
    /// `InternetGatewayDevice` or `Device`.
    pub(crate) root_name: Box<str>,
    pub(crate) root: NodeId,
    pub(crate) nodes: Vec<Node>,
    /// Parameters that every Inform carries, as far as the model has them.
    pub(crate) informed: Vec<Box<str>>,
    /// Parameters that notify of changes unless somebody turns it off.
    pub(crate) watched: Vec<Box<str>>,
}

#[derive(Debug)]
pub(crate) enum Node {
    Object(Object),
    Table(Table),
    Parameter(Parameter),
}

#[derive(Debug, Default)]
pub(crate) struct Object {
    pub children: Vec<(Box<str>, NodeId)>,
}

impl Object {
    pub fn child(&self, name: &str) -> Option<NodeId> {
        self.children.iter().find(|(child, _)| **child == *name).map(|(_, id)| *id)
    }
}

#[derive(Debug)]
pub(crate) struct Table {
    pub rows: Rows,
    /// The ACS may add and delete rows.
    pub growable: bool,
    /// What an added row consists of; `None` for an empty one.
    pub added: Option<NodeId>,
}

/// The rows of a table before anybody adds or deletes one.
#[derive(Debug)]
pub(crate) enum Rows {
    Fixed(Vec<(u32, NodeId)>),
    /// As many rows as chance gives the device.
    Random {
        least: u32,
        most: u32,
        row: NodeId,
    },
    /// The clients that use an access point now.
    Clients {
        access_point: Sum,
        row: NodeId,
    },
    /// All clients of the home.
    Hosts {
        row: NodeId,
    },
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub kind: ValueType,
    pub writable: bool,
    /// Reads back empty, or as the default of its type: passwords and commands.
    pub hidden: bool,
    pub value: Value,
    /// By the innermost row; the last one holds for all that follow. Empty: only the type limits it.
    pub limits: Vec<Limit>,
    /// Differs for each parameter of the model.
    pub salt: u64,
}

/// What a value must satisfy beyond its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Range(i64, i64),
    OneOf(Vec<Box<str>>),
    /// Length in characters.
    Length(usize, usize),
}

impl Limit {
    pub fn allows(&self, value: &str) -> bool {
        match self {
            Self::Range(low, high) => value.trim().parse::<i64>().is_ok_and(|number| (*low..=*high).contains(&number)),
            Self::OneOf(choices) => choices.iter().any(|choice| **choice == *value),
            Self::Length(low, high) => (*low..=*high).contains(&value.chars().count()),
        }
    }
}

impl Parameter {
    /// The limit in the row `innermost`.
    pub fn limit(&self, innermost: Option<u32>) -> Option<&Limit> {
        let last = self.limits.len().checked_sub(1)?;
        self.limits.get(innermost.map_or(0, |row| row.saturating_sub(1) as usize).min(last))
    }

    /// What the parameter is in a row that was just added.
    pub fn fresh_value(&self) -> String {
        match (self.limits.first(), self.kind) {
            (Some(Limit::OneOf(choices)), _) => choices.first().map_or_else(String::new, ToString::to_string),
            (Some(Limit::Range(low, high)), _) => 0.clamp(*low, *high).to_string(),
            _ => default_of(self.kind).to_owned(),
        }
    }
}

/// The value of a type that nobody has set.
pub(crate) fn default_of(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Boolean => "false",
        ValueType::Int | ValueType::UnsignedInt | ValueType::Long | ValueType::UnsignedLong => "0",
        ValueType::DateTime => crate::clock::UNKNOWN_TIME,
        ValueType::String | ValueType::Base64 | ValueType::HexBinary => "",
    }
}

impl Model {
    /// A built-in model by its name, or the dump of a device from a CSV file.
    ///
    /// The file has the columns Parameter, Object, Writable, Value and Value type; further ones are ignored.
    pub fn load(name_or_file: &str) -> Result<Arc<Self>, ModelError> {
        let path = Path::new(name_or_file);
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            let name = path.file_stem().map_or_else(|| "device".to_owned(), |stem| stem.to_string_lossy().into_owned());
            return Self::from_csv(&name, &std::fs::read_to_string(path)?);
        }
        builtin(name_or_file).ok_or_else(|| ModelError::Unknown(name_or_file.to_owned()))
    }

    /// Reads the dump of a device. `name` stands in where the dump does not say who made it.
    pub fn from_csv(name: &str, text: &str) -> Result<Arc<Self>, ModelError> {
        dump::read(name, text).map(Arc::new)
    }

    /// Reads a model in the format of `models/README.md`.
    pub fn from_template(text: &str) -> Result<Arc<Self>, ModelError> {
        template::read(text).map(Arc::new)
    }

    /// Finds the parameters with a part in every Inform.
    fn finish(mut self) -> Self {
        let mut paths = Vec::new();
        self.parameters(self.root, &mut self.root_path(), &mut paths);
        self.informed = paths.iter().filter(|path| notify::is_forced_inform(path)).cloned().collect();
        self.watched = paths.into_iter().filter(|path| notify::default_notification(path) > 0).collect();
        self
    }

    /// All parameters in numbered rows: those that are there whatever the time and the device.
    fn parameters(&self, id: NodeId, path: &mut String, found: &mut Vec<Box<str>>) {
        let length = path.len();
        let mut below = |name: &str, id: NodeId| {
            path.push_str(name);
            if matches!(self.node(id), Node::Parameter(_)) {
                found.push(path.as_str().into());
            } else {
                path.push('.');
                self.parameters(id, path, found);
            }
            path.truncate(length);
        };
        match self.node(id) {
            Node::Object(object) => {
                for (name, id) in &object.children {
                    below(name, *id);
                }
            }
            Node::Table(Table { rows: Rows::Fixed(rows), .. }) => {
                for (number, id) in rows {
                    below(&number.to_string(), *id);
                }
            }
            Node::Table(_) | Node::Parameter(_) => {}
        }
    }

    /// The root object with its final dot.
    pub fn root_path(&self) -> String {
        format!("{}.", self.root_name)
    }

    /// Whether all devices of the model have this object, table or parameter; numbered rows are not looked into.
    pub(crate) fn has(&self, path: &str) -> bool {
        let mut parts = path.trim_end_matches('.').split('.');
        parts.next() == Some(&*self.root_name)
            && parts
                .try_fold(self.root, |id, part| match self.node(id) {
                    Node::Object(object) => object.child(part),
                    Node::Table(_) | Node::Parameter(_) => None,
                })
                .is_some()
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }
}
