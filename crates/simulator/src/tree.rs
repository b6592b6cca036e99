//! The parameter tree of one device: the shared model, and over it only what was changed on this device.

mod attributes;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use write::SetError;

use crate::facts::Facts;
use crate::model::value::Surroundings;
use crate::model::{Model, Node, NodeId, Parameter, Rows};
use attributes::Attribute;
use std::collections::HashMap;
use std::sync::Arc;

/// A CWMP fault code (A.5.1).
pub type FaultCode = u32;

/// A device's parameters.
#[derive(Debug)]
pub struct Tree {
    model: Arc<Model>,
    /// Values that were set, by full name.
    values: HashMap<Box<str>, Box<str>>,
    attributes: HashMap<Box<str>, Attribute>,
    /// Tables whose rows were added to or deleted from, by path with the final dot.
    tables: HashMap<Box<str>, Grown>,
}

/// Rows of a table that differ from the model's.
#[derive(Debug, Default)]
struct Grown {
    rows: Vec<Row>,
    /// The number of the next row: never one that was used before (A.3.2.6).
    next: u32,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    number: u32,
    node: NodeId,
    /// By the ACS, not by the model.
    added: bool,
}

/// What surrounds the tree at one moment: needed to say a value.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    pub facts: &'a Facts,
    pub surroundings: &'a Surroundings,
    /// Milliseconds since 1970.
    pub now: i64,
}

/// A place in the tree.
#[derive(Clone, Debug)]
struct Place {
    node: NodeId,
    /// Row numbers on the way, outermost first.
    rows: Vec<u32>,
    /// Inside a row that the ACS added.
    added: bool,
    /// The place is itself a row, and of a table that can lose it.
    deletable: bool,
}

impl Tree {
    pub fn new(model: Arc<Model>) -> Self {
        Self { model, values: HashMap::new(), attributes: HashMap::new(), tables: HashMap::new() }
    }

    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Back to the factory settings.
    pub fn reset(&mut self) {
        self.values.clear();
        self.attributes.clear();
        self.tables.clear();
    }

    /// Finds an object, a table, a row or a parameter. The final dot of an object does not matter here.
    fn find(&self, moment: Moment<'_>, path: &str) -> Option<Place> {
        let mut parts = path.strip_suffix('.').unwrap_or(path).split('.');
        if parts.next() != Some(&*self.model.root_name) {
            return None;
        }
        let mut place = Place { node: self.model.root, rows: Vec::new(), added: false, deletable: false };
        let mut length = self.model.root_name.len() + 1;
        for part in parts {
            match self.model.node(place.node) {
                Node::Object(object) => {
                    place.node = object.child(part)?;
                    place.deletable = false;
                }
                Node::Table(table) => {
                    let number = part.parse().ok().filter(|_| !part.starts_with(['0', '+']))?;
                    let row = self.rows(moment, path.get(..length)?, place.node, &place.rows);
                    let row = row.into_iter().find(|row| row.number == number)?;
                    place.node = row.node;
                    place.rows.push(number);
                    place.added |= row.added;
                    place.deletable = table.growable;
                }
                Node::Parameter(_) => return None,
            }
            length += part.len() + 1;
        }
        Some(place)
    }

    /// The rows of the table `node` at `path` (with its final dot) that are inside `outer` rows.
    fn rows(&self, moment: Moment<'_>, path: &str, node: NodeId, outer: &[u32]) -> Vec<Row> {
        if let Some(grown) = self.tables.get(path) {
            return grown.rows.clone();
        }
        let Node::Table(table) = self.model.node(node) else { return Vec::new() };
        let facts = moment.facts;
        let with = |number: u32, node: NodeId| Row { number, node, added: false };
        match &table.rows {
            Rows::Fixed(rows) => rows.iter().map(|(number, node)| with(*number, *node)).collect(),
            Rows::Random { least, most, row } => {
                let chance = crate::seed::of_word(facts.seed, path);
                let count = crate::seed::between(chance, i64::from(*least), i64::from(*most)) as u32;
                (1..=count).map(|number| with(number, *row)).collect()
            }
            Rows::Clients { access_point, row } => {
                facts.clients_on(access_point.of(outer), moment.now).map(|number| with(number, *row)).collect()
            }
            Rows::Hosts { row } => (1..=facts.clients).map(|number| with(number, *row)).collect(),
        }
    }

    /// What the parameter at `path` holds, also if it reads back empty.
    fn value(&self, moment: Moment<'_>, path: &str, parameter: &Parameter, rows: &[u32], added: bool) -> String {
        if let Some(value) = self.values.get(path) {
            return value.to_string();
        }
        if added && parameter.writable {
            return parameter.fresh_value();
        }
        let count = |table: &str| {
            let parent = path.rfind('.').map_or("", |dot| &path[..=dot]);
            let table = format!("{parent}{table}.");
            self.find(moment, &table).map_or(0, |place| self.rows(moment, &table, place.node, &place.rows).len())
        };
        parameter.value.evaluate(&crate::model::value::Context {
            facts: moment.facts,
            surroundings: moment.surroundings,
            now: moment.now,
            rows,
            salt: parameter.salt,
            narrow: matches!(parameter.kind, cwmp::ValueType::UnsignedInt | cwmp::ValueType::Int),
            count: &count,
        })
    }

    /// The value of a full name as the device itself knows it, passwords included.
    pub fn inner_value(&self, moment: Moment<'_>, path: &str) -> Option<String> {
        let place = self.find(moment, path)?;
        match self.model.node(place.node) {
            Node::Parameter(parameter) => Some(self.value(moment, path, parameter, &place.rows, place.added)),
            Node::Object(_) | Node::Table(_) => None,
        }
    }

    /// Sets a value without asking whether the ACS might: the device itself or somebody at its web page did it.
    /// False if there is no such parameter.
    pub fn put(&mut self, moment: Moment<'_>, path: &str, value: &str) -> bool {
        let found = self.find(moment, path).is_some_and(|p| matches!(self.model.node(p.node), Node::Parameter(_)));
        if found {
            self.values.insert(path.into(), value.into());
        }
        found
    }
}
