//! Reading: GetParameterNames (A.3.2.3) and GetParameterValues (A.3.2.2).

use super::{FaultCode, Moment, Place, Tree};
use crate::model::{Node, Parameter, default_of};
use cwmp::{ParameterInfo, ParameterValue};

/// One thing met on a walk.
pub(super) struct Met<'a> {
    /// With a final dot unless it is a parameter.
    pub path: &'a str,
    pub writable: bool,
    pub parameter: Option<&'a Parameter>,
    pub rows: &'a [u32],
    pub added: bool,
}

impl Tree {
    /// Names at and below `path`; the next level only, without `path` itself, if `next_level`.
    pub fn names(&self, moment: Moment<'_>, path: &str, next_level: bool) -> Result<Vec<ParameterInfo>, FaultCode> {
        let mut names = Vec::new();
        let mut keep = |met: Met<'_>| {
            names.push(ParameterInfo { name: met.path.to_owned(), writable: met.writable });
        };
        match (path, next_level) {
            ("", true) => {
                keep(Met { path: &self.model.root_path(), writable: false, parameter: None, rows: &[], added: false });
            }
            ("", false) => self.walk(moment, &self.model.root_path(), usize::MAX, &mut keep)?,
            (path, true) if !path.ends_with('.') => {
                return Err(if self.find(moment, path).is_some() { 9003 } else { 9005 });
            }
            (path, true) => {
                self.walk(moment, path, 1, &mut |met| {
                    if met.path != path {
                        keep(met);
                    }
                })?;
            }
            (path, false) => self.walk(moment, path, usize::MAX, &mut keep)?,
        }
        Ok(names)
    }

    /// The values of full names and of everything below partial paths. An unknown name fails the whole call.
    pub fn read(&self, moment: Moment<'_>, names: &[String]) -> Result<Vec<ParameterValue>, FaultCode> {
        self.read_as(moment, names, false)
    }

    /// The same; `telling` also what should read back empty.
    pub fn read_as(
        &self,
        moment: Moment<'_>,
        names: &[String],
        telling: bool,
    ) -> Result<Vec<ParameterValue>, FaultCode> {
        let mut values = Vec::new();
        for name in names {
            self.walk(moment, name, usize::MAX, &mut |met| {
                if let Some(parameter) = met.parameter {
                    values.push(ParameterValue {
                        name: met.path.to_owned(),
                        value: if parameter.hidden && !telling {
                            default_of(parameter.kind).to_owned()
                        } else {
                            self.value(moment, met.path, parameter, met.rows, met.added)
                        },
                        value_type: parameter.kind,
                        untyped: false,
                    });
                }
            })?;
        }
        Ok(values)
    }

    /// Everything that can be set and be read, with its value.
    pub fn settings(&self, moment: Moment<'_>) -> Vec<(String, String)> {
        let mut settings = Vec::new();
        let root = self.walk(moment, "", usize::MAX, &mut |met| {
            if let Some(parameter) = met.parameter.filter(|parameter| parameter.writable && !parameter.hidden) {
                settings.push((met.path.to_owned(), self.value(moment, met.path, parameter, met.rows, met.added)));
            }
        });
        debug_assert!(root.is_ok(), "the root is always there");
        settings
    }

    /// Meets `path` (a full name, a partial path or nothing for the root) and what is below it, down to `depth` levels.
    pub(super) fn walk(
        &self,
        moment: Moment<'_>,
        path: &str,
        depth: usize,
        meet: &mut dyn FnMut(Met<'_>),
    ) -> Result<(), FaultCode> {
        let root = self.model.root_path();
        let path = if path.is_empty() { root.as_str() } else { path };
        let place = self.find(moment, path).ok_or(9005_u32)?;
        // A parameter has no final dot, everything else has one.
        if path.ends_with('.') == matches!(self.model.node(place.node), Node::Parameter(_)) {
            return Err(9005);
        }
        self.descend(moment, &mut path.to_owned(), place, depth, meet);
        Ok(())
    }

    fn descend(
        &self,
        moment: Moment<'_>,
        path: &mut String,
        place: Place,
        depth: usize,
        meet: &mut dyn FnMut(Met<'_>),
    ) {
        let length = path.len();
        let Place { rows, added, deletable, .. } = &place;
        let (parameter, writable) = match self.model.node(place.node) {
            Node::Parameter(parameter) => (Some(parameter), parameter.writable),
            Node::Object(_) => (None, *deletable),
            Node::Table(table) => (None, table.growable),
        };
        meet(Met { path, writable, parameter, rows, added: *added });
        if depth == 0 {
            return;
        }
        match self.model.node(place.node) {
            Node::Parameter(_) => {}
            Node::Object(object) => {
                for (name, node) in &object.children {
                    path.push_str(name);
                    if !matches!(self.model.node(*node), Node::Parameter(_)) {
                        path.push('.');
                    }
                    let below = Place { node: *node, rows: rows.clone(), added: *added, deletable: false };
                    self.descend(moment, path, below, depth - 1, meet);
                    path.truncate(length);
                }
            }
            Node::Table(table) => {
                for row in self.rows(moment, path, place.node, rows) {
                    path.push_str(&row.number.to_string());
                    path.push('.');
                    let mut rows = rows.clone();
                    rows.push(row.number);
                    let below = Place { node: row.node, rows, added: *added || row.added, deletable: table.growable };
                    self.descend(moment, path, below, depth - 1, meet);
                    path.truncate(length);
                }
            }
        }
    }
}
