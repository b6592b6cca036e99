//! From files to tables: data types, components and base models put where they are used.

use crate::document::{Body, Document, Facets, Kind, Model, Object, Parameter, Syntax, parse};
use crate::table::{Draft, Table};
use crate::text::{MAX_SENTENCE, Scope, sentence};
use crate::{DataModelError, MAX_NODES, Result};
use model::knowledge::{Choice, Rules, Size, Status};
use model::tree::ValueType;
use std::collections::{BTreeSet, HashMap};

/// Types from types, components in components, models on models.
const MAX_CHAIN: usize = 16;
/// Characters of a model's name.
const MAX_NAME: usize = 100;
/// Objects and parameters that are gone through, those of components once for each use.
const MAX_WORK: usize = 3 * MAX_NODES;
/// Warnings that are told.
const MAX_WARNINGS: usize = 50;

/// What was read.
#[derive(Debug)]
pub struct Import {
    /// One for each `<model>` of the files.
    pub tables: Vec<Table>,
    /// What was left out and why, for a person.
    pub warnings: Vec<String>,
}

/// Reads the files of one import: name and contents. Files that others refer to may be among them, in any order; what is
/// missing is left out and told.
pub fn read(files: &[(String, Vec<u8>)]) -> Result<Import> {
    let mut nodes = 0;
    let documents: Vec<Document> =
        files.iter().map(|(name, bytes)| parse(name, bytes, &mut nodes)).collect::<Result<_>>()?;
    let mut library = Library::new(&documents);
    let models: Vec<&Model> = documents.iter().flat_map(|document| &document.models).collect();
    if models.is_empty() {
        let files = files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(DataModelError::NoModel { files });
    }
    let mut tables: Vec<Table> = Vec::new();
    for model in models {
        let mut draft = Draft::default();
        library.model(model, &mut draft, 0)?;
        let name: String = model.name.trim().chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
        let name = if name.is_empty() { "unnamed".to_owned() } else { name };
        if draft.len() == 0 {
            return Err(DataModelError::Empty(name));
        }
        tables.retain(|table| table.name() != name);
        tables.push(draft.finish(&name));
    }
    let mut warnings: Vec<String> = library.warnings.into_iter().collect();
    if warnings.len() > MAX_WARNINGS {
        let more = warnings.len() - MAX_WARNINGS;
        warnings.truncate(MAX_WARNINGS);
        warnings.push(format!("and {more} more of this kind"));
    }
    Ok(Import { tables, warnings })
}

/// Everything that can be referred to, by name.
struct Library<'d> {
    types: HashMap<&'d str, (&'d Syntax, &'d str)>,
    components: HashMap<&'d str, &'d Body>,
    models: HashMap<&'d str, &'d Model>,
    templates: HashMap<String, String>,
    /// Where what is not here would be: name → file, and the name that it has there.
    elsewhere: HashMap<&'d str, (&'d str, &'d str)>,
    warnings: BTreeSet<String>,
    /// Objects, parameters and uses of components that were gone through.
    work: usize,
}

impl<'d> Library<'d> {
    fn new(documents: &'d [Document]) -> Self {
        let mut library = Self {
            types: HashMap::new(),
            components: HashMap::new(),
            models: HashMap::new(),
            templates: HashMap::new(),
            elsewhere: HashMap::new(),
            warnings: BTreeSet::new(),
            work: 0,
        };
        for document in documents {
            for one in &document.data_types {
                library.types.entry(&one.name).or_insert((&one.syntax, &one.text));
            }
            for one in &document.components {
                library.components.entry(&one.name).or_insert(&one.body);
            }
            for one in &document.models {
                library.models.entry(&one.name).or_insert(one);
            }
            for (id, text) in &document.templates {
                library.templates.entry(id.clone()).or_insert_with(|| text.clone());
            }
            for import in &document.imports {
                for (here, there) in &import.names {
                    library.elsewhere.entry(here).or_insert((&import.file, there));
                }
            }
        }
        library
    }

    /// The file that would have `name`, for a warning.
    fn whence(&self, name: &str) -> String {
        self.elsewhere.get(name).map_or_else(String::new, |(file, _)| format!(" of {file}"))
    }

    /// By its own name, or by the one that an import gives it.
    fn lookup<T: Copy>(&self, all: &HashMap<&'d str, T>, name: &str) -> Option<T> {
        let there = || self.elsewhere.get(name).and_then(|(_, there)| all.get(there));
        all.get(name).or_else(there).copied()
    }

    fn model(&mut self, model: &'d Model, draft: &mut Draft, depth: usize) -> Result<()> {
        if !model.base.is_empty() {
            match self.lookup(&self.models, &model.base) {
                Some(base) if depth < MAX_CHAIN && !std::ptr::eq(base, model) => self.model(base, draft, depth + 1)?,
                Some(_) => return Err(DataModelError::Empty(model.name.clone())),
                None => {
                    let whence = self.whence(&model.base);
                    self.warnings.insert(format!(
                        "{} extends {}{whence}, which was not given: only what it adds was read",
                        model.name, model.base
                    ));
                }
            }
        }
        self.body(&model.body, "", draft, 0)
    }

    fn body(&mut self, body: &'d Body, prefix: &str, draft: &mut Draft, depth: usize) -> Result<()> {
        // Components that use each other could keep this busy for ever without a single new path.
        self.work += 1 + body.includes.len() + body.parameters.len();
        self.work += body.objects.iter().map(|object| 1 + object.parameters.len()).sum::<usize>();
        if draft.len() > MAX_NODES || self.work > MAX_WORK {
            let file = "This model".to_owned();
            return Err(DataModelError::TooMany { file, what: "objects and parameters", most: MAX_NODES });
        }
        for (name, path) in &body.includes {
            match self.lookup(&self.components, name) {
                Some(component) if depth < MAX_CHAIN => {
                    self.body(component, &format!("{prefix}{path}"), draft, depth + 1)?;
                }
                Some(_) => {
                    self.warnings.insert(format!("component {name} contains itself"));
                }
                None => {
                    let whence = self.whence(name);
                    self.warnings.insert(format!("component {name}{whence} was not given and is left out"));
                }
            }
        }
        for parameter in &body.parameters {
            self.parameter(parameter, prefix, Status::Current, draft);
        }
        for object in &body.objects {
            self.object(object, prefix, draft);
        }
        Ok(())
    }

    fn object(&mut self, object: &'d Object, prefix: &str, draft: &mut Draft) {
        let path = format!("{prefix}{}", object.path);
        let scope =
            Scope { parameter: "", object: name_of(&path), units: "", type_text: "", templates: &self.templates };
        let about = sentence(&object.text, &scope);
        let Some(definition) = draft.entry(&path) else {
            self.warnings.insert(format!("“{}” is not the path of an object and is left out", short(&path)));
            return;
        };
        if !about.is_empty() {
            definition.about = about;
        }
        definition.writable = object.writable.unwrap_or(definition.writable);
        definition.status = object.status.unwrap_or(definition.status);
        let (status, writable) = (definition.status, definition.writable);
        // A table is where AddObject goes: the object above its rows.
        if let Some(table) = path.strip_suffix("{i}.")
            && let Some(definition) = draft.entry(table)
        {
            definition.writable |= writable;
        }
        for parameter in &object.parameters {
            self.parameter(parameter, &path, status, draft);
        }
        for key in &object.keys {
            // Keys may be parameters of other objects; those are no fields of a row.
            if object.parameters.iter().any(|parameter| parameter.name == *key) {
                draft.set_key(&format!("{path}{key}"));
            }
        }
    }

    fn parameter(&mut self, parameter: &'d Parameter, object: &str, above: Status, draft: &mut Draft) {
        let path = format!("{object}{}", parameter.name);
        let resolved = parameter.syntax.as_ref().map(|syntax| self.syntax(syntax));
        let type_text = resolved.as_ref().map_or("", |(_, text)| *text);
        let units = resolved.as_ref().map_or("", |(rules, _)| rules.units.as_str());
        let scope =
            Scope { parameter: name_of(&path), object: name_of(object), units, type_text, templates: &self.templates };
        let about = sentence(&parameter.text, &scope);
        let Some(definition) = draft.entry(&path).filter(|_| !path.ends_with('.')) else {
            self.warnings.insert(format!("“{}” is not the path of a parameter and is left out", short(&path)));
            return;
        };
        if !about.is_empty() {
            definition.about = about;
        }
        definition.writable = parameter.writable.unwrap_or(definition.writable);
        definition.status = parameter.status.unwrap_or(definition.status).max(above);
        definition.forced_inform |= parameter.forced_inform;
        definition.notify = parameter.notify;
        definition.hidden |= parameter.syntax.as_ref().is_some_and(|syntax| syntax.hidden);
        if let Some((rules, _)) = resolved {
            definition.rules = Some(rules);
        }
    }

    /// A syntax with the types that it derives from, and the description of the nearest named type.
    fn syntax(&mut self, syntax: &'d Syntax) -> (Rules, &'d str) {
        let mut facets = syntax.facets.clone();
        let mut list = syntax.list;
        let mut kind = &syntax.kind;
        let mut text = "";
        let mut chain = 0;
        let value_type = loop {
            match kind {
                Kind::Plain(plain) => break *plain,
                Kind::Decimal => {
                    facets.ranges.clear();
                    break ValueType::String;
                }
                Kind::Unknown => break ValueType::String,
                Kind::Named(name) => match self.lookup(&self.types, name) {
                    Some((base, about)) if chain < MAX_CHAIN => {
                        facets = facets.over(&base.facets);
                        list = list.or(base.list);
                        if text.is_empty() {
                            text = about;
                        }
                        kind = &base.kind;
                        chain += 1;
                    }
                    Some(_) => {
                        self.warnings.insert(format!("data type {name} derives from itself"));
                        break ValueType::String;
                    }
                    None => {
                        if let Some((plain, base)) = well_known(name) {
                            facets = facets.over(&base);
                            break plain;
                        }
                        let whence = self.whence(name);
                        self.warnings.insert(format!("data type {name}{whence} was not given and is taken as text"));
                        break ValueType::String;
                    }
                },
            }
        };
        let Facets { sizes, ranges, mut choices, patterns, choices_from, null_value, units } = facets;
        if let Some(value) = null_value.filter(|_| choices.is_empty() && !choices_from.is_empty()) {
            choices.push(Choice { value, read_only: false });
        }
        let units = units.chars().take(40).collect();
        let default = syntax.default.clone();
        (Rules { value_type, list, sizes, ranges, choices, patterns, choices_from, units, default }, text)
    }
}

/// Data types of TR-106 that files import from elsewhere, as far as a value can be checked by them.
fn well_known(name: &str) -> Option<(ValueType, Facets)> {
    let sized = |max| Facets { sizes: vec![Size { min: 0, max: Some(max) }], ..Facets::default() };
    let known = match name {
        "IPAddress" | "IPv4Address" | "IPv6Address" => (ValueType::String, sized(45)),
        "IPPrefix" | "IPv4Prefix" | "IPv6Prefix" => (ValueType::String, sized(49)),
        "MACAddress" => (ValueType::String, sized(17)),
        "Alias" | "_AliasCommon" | "_AliasCWMP" => (ValueType::String, sized(64)),
        "URL" | "URI" => (ValueType::String, sized(2048)),
        "UUID" => (ValueType::String, sized(36)),
        "StatsCounter32" | "Order" => (ValueType::UnsignedInt, Facets::default()),
        "StatsCounter64" => (ValueType::UnsignedLong, Facets::default()),
        "Dbm1000" => (ValueType::Int, Facets::default()),
        "DiagnosticsState" => {
            let choice = |value: &str, read_only| Choice { value: value.to_owned(), read_only };
            let choices = vec![
                choice("None", true),
                choice("Requested", false),
                choice("Canceled", false),
                choice("Complete", true),
                choice("Error", true),
            ];
            (ValueType::String, Facets { choices, ..Facets::default() })
        }
        _ => return None,
    };
    Some(known)
}

/// The last name of a path.
fn name_of(path: &str) -> &str {
    path.split('.').rfind(|name| !name.is_empty() && *name != "{i}").unwrap_or_default()
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_SENTENCE / 2).collect()
}

#[cfg(test)]
mod tests;
