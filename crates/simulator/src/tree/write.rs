//! Writing: SetParameterValues (A.3.2.1), AddObject (A.3.2.6) and DeleteObject (A.3.2.7).

use super::{FaultCode, Grown, Moment, Row, Tree};
use crate::model::Node;
use cwmp::{ParameterFault, ParameterValue, ValueType};
use std::collections::HashSet;

/// Why SetParameterValues changed nothing.
#[derive(Debug, PartialEq, Eq)]
pub enum SetError {
    /// The call as a whole is wrong.
    Call(FaultCode),
    /// Parameters are at fault; the main code is 9003.
    Parameters(Vec<ParameterFault>),
}

/// The most that a table grows to.
const MOST_ROWS: usize = 256;

impl Tree {
    /// Sets all values or, if one of them is wrong, none.
    pub fn set(&mut self, moment: Moment<'_>, values: &[ParameterValue]) -> Result<(), SetError> {
        let mut seen = HashSet::new();
        if values.is_empty() || !values.iter().all(|value| seen.insert(value.name.as_str())) {
            return Err(SetError::Call(9003));
        }
        let wrong: Vec<_> = values
            .iter()
            .filter_map(|value| {
                let (code, text) = self.check(moment, value).err()?;
                Some(ParameterFault { name: value.name.clone(), code, text: text.to_owned() })
            })
            .collect();
        if !wrong.is_empty() {
            return Err(SetError::Parameters(wrong));
        }
        for value in values {
            self.values.insert(value.name.as_str().into(), canonical(value.value_type, &value.value).into());
            self.leave_auto_channel(moment, &value.name, &seen);
        }
        Ok(())
    }

    fn check(&self, moment: Moment<'_>, value: &ParameterValue) -> Result<(), (FaultCode, &'static str)> {
        let place = self.find(moment, &value.name).filter(|_| !value.name.ends_with('.'));
        let place = place.ok_or((9005, "Invalid parameter name"))?;
        let Node::Parameter(parameter) = self.model.node(place.node) else {
            return Err((9005, "Invalid parameter name"));
        };
        if !parameter.writable {
            return Err((9008, "Attempt to set a non-writable parameter"));
        }
        if parameter.kind != value.value_type {
            return Err((9006, "Invalid parameter type"));
        }
        let text = canonical(parameter.kind, &value.value);
        let limited = parameter.limit(place.rows.last().copied()).is_none_or(|limit| limit.allows(&text));
        if parameter.kind.check(&text).is_err() || !limited {
            return Err((9007, "Invalid parameter value"));
        }
        Ok(())
    }

    /// Whether the limits of the parameter at `path` allow a value, writable or not.
    #[cfg(test)]
    pub fn allows(&self, moment: Moment<'_>, path: &str, value: &str) -> bool {
        self.find(moment, path).is_some_and(|place| match self.model.node(place.node) {
            Node::Parameter(parameter) => {
                parameter.limit(place.rows.last().copied()).is_none_or(|limit| limit.allows(value))
            }
            Node::Object(_) | Node::Table(_) => false,
        })
    }

    /// Choosing a channel ends the automatic choice (TR-098 `Channel`, TR-181 `Device.WiFi.Radio.{i}.Channel`).
    fn leave_auto_channel(&mut self, moment: Moment<'_>, name: &str, all: &HashSet<&str>) {
        let Some(object) = name.strip_suffix(".Channel") else { return };
        let auto = format!("{object}.AutoChannelEnable");
        if !all.contains(auto.as_str()) {
            self.put(moment, &auto, "false");
        }
    }

    /// Adds a row to the table at `path` and says its number: one that was never used before.
    pub fn add(&mut self, moment: Moment<'_>, path: &str) -> Result<u32, FaultCode> {
        let place = self.find(moment, path).filter(|_| path.ends_with('.')).ok_or(9005_u32)?;
        let Node::Table(table) = self.model.node(place.node) else { return Err(9005) };
        let node = table.added.filter(|_| table.growable).ok_or(9005_u32)?;
        let grown = self.grown(moment, path)?;
        if grown.rows.len() >= MOST_ROWS {
            return Err(9004);
        }
        let number = grown.next;
        grown.next += 1;
        grown.rows.push(Row { number, node, added: true });
        Ok(number)
    }

    /// Deletes the row at `path` with everything below it.
    pub fn delete(&mut self, moment: Moment<'_>, path: &str) -> Result<(), FaultCode> {
        let place = self.find(moment, path).filter(|_| path.ends_with('.')).ok_or(9005_u32)?;
        let number = *place.rows.last().ok_or(9005_u32)?;
        if !place.deletable {
            return Err(9005);
        }
        let table = path.trim_end_matches('.').rfind('.').map(|dot| &path[..=dot]).ok_or(9005_u32)?;
        self.grown(moment, table)?.rows.retain(|row| row.number != number);
        self.values.retain(|name, _| !name.starts_with(path));
        self.attributes.retain(|name, _| !name.starts_with(path));
        self.tables.retain(|name, _| !name.starts_with(path));
        Ok(())
    }

    /// Adds a row to a table that the ACS may not touch: the device itself has something new. Its number, if there is
    /// such a table with room.
    pub fn grow(&mut self, moment: Moment<'_>, path: &str) -> Option<u32> {
        let Node::Table(table) = self.model.node(self.find(moment, path)?.node) else { return None };
        let node = table.added?;
        let grown = self.grown(moment, path).ok().filter(|grown| grown.rows.len() < MOST_ROWS)?;
        let number = grown.next;
        grown.next += 1;
        grown.rows.push(Row { number, node, added: false });
        Some(number)
    }

    /// Takes a row away that [`Self::grow`] added.
    pub fn shrink(&mut self, moment: Moment<'_>, path: &str) {
        let parts = path.trim_end_matches('.').rsplit_once('.');
        let Some((table, number)) = parts.and_then(|(table, number)| Some((table, number.parse::<u32>().ok()?))) else {
            return;
        };
        if let Ok(grown) = self.grown(moment, &format!("{table}.")) {
            grown.rows.retain(|row| row.number != number);
            self.values.retain(|name, _| !name.starts_with(path));
            self.attributes.retain(|name, _| !name.starts_with(path));
        }
    }

    /// Sets a value from a file that the device wrote itself; passes over what it does not know or may not be set.
    pub fn restore(&mut self, moment: Moment<'_>, path: &str, value: &str) {
        let Some(place) = self.find(moment, path) else { return };
        let Node::Parameter(parameter) = self.model.node(place.node) else { return };
        let value = ParameterValue {
            name: path.to_owned(),
            value: value.to_owned(),
            value_type: parameter.kind,
            untyped: false,
        };
        if self.check(moment, &value).is_ok() {
            self.values.insert(path.into(), value.value.into());
        }
    }

    /// The rows of a table as this device's own, to change them.
    fn grown(&mut self, moment: Moment<'_>, path: &str) -> Result<&mut Grown, FaultCode> {
        let place = self.find(moment, path).ok_or(9005_u32)?;
        let rows = self.rows(moment, path, place.node, &place.rows);
        Ok(self.tables.entry(path.into()).or_insert_with(|| {
            let next = rows.iter().map(|row| row.number).max().unwrap_or(0) + 1;
            Grown { rows, next }
        }))
    }
}

/// One way to write each value: `true` for `1`, `7` for ` 007`.
pub(super) fn canonical(kind: ValueType, value: &str) -> String {
    let trimmed = value.trim();
    match kind {
        ValueType::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "1" | "true" => "true".to_owned(),
            "0" | "false" => "false".to_owned(),
            _ => value.to_owned(),
        },
        ValueType::Int | ValueType::UnsignedInt | ValueType::Long | ValueType::UnsignedLong => {
            trimmed.parse::<i128>().map_or_else(|_| value.to_owned(), |number| number.to_string())
        }
        _ => value.to_owned(),
    }
}
