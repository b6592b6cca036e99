//! A file as it is written: what it defines and what it refers to, nothing resolved.

mod syntax;

pub(crate) use syntax::{Facets, Kind, Syntax};

use crate::xml::{Cursor, Element};
use crate::{DataModelError, MAX_NODES, Result};
use model::knowledge::Status;

/// Most definitions of one kind in one file.
const MAX_DEFINITIONS: usize = 20_000;

/// One file.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub data_types: Vec<DataType>,
    pub components: Vec<Component>,
    pub models: Vec<Model>,
    /// Text that `{{template|id}}` stands for.
    pub templates: Vec<(String, String)>,
    pub imports: Vec<Import>,
}

/// Definitions of another file that this one uses.
#[derive(Debug)]
pub(crate) struct Import {
    pub file: String,
    /// Names here, and names there if they differ.
    pub names: Vec<(String, String)>,
}

#[derive(Debug)]
pub(crate) struct DataType {
    pub name: String,
    pub base: String,
    pub text: String,
    pub syntax: Syntax,
}

#[derive(Debug)]
pub(crate) struct Component {
    pub name: String,
    pub body: Body,
}

#[derive(Debug)]
pub(crate) struct Model {
    pub name: String,
    pub base: String,
    pub body: Body,
}

/// What models and components hold.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub parameters: Vec<Parameter>,
    pub objects: Vec<Object>,
    /// Components to be put in: name, and the object they go under.
    pub includes: Vec<(String, String)>,
}

#[derive(Debug, Default)]
pub(crate) struct Object {
    /// With its final dot; relative to where a component is put.
    pub path: String,
    /// Rows can be added and deleted.
    pub writable: Option<bool>,
    pub status: Option<Status>,
    pub text: String,
    /// Parameters of unique keys.
    pub keys: Vec<String>,
    pub parameters: Vec<Parameter>,
}

#[derive(Debug, Default)]
pub(crate) struct Parameter {
    pub name: String,
    pub writable: Option<bool>,
    pub status: Option<Status>,
    pub text: String,
    pub syntax: Option<Syntax>,
    pub forced_inform: bool,
    pub notify: Notify,
}

/// What may be asked of notifications (TR-106 §3.6, `activeNotify`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notify {
    #[default]
    Normal,
    ForceEnabled,
    ForceDefaultEnabled,
    CanDeny,
}

/// Reads one file. `nodes` counts objects and parameters over all files of an import.
pub(crate) fn parse(file: &str, bytes: &[u8], nodes: &mut usize) -> Result<Document> {
    let mut cursor = Cursor::new(file, bytes)?;
    let found = cursor.root()?;
    if found != "document" {
        return Err(DataModelError::NotADataModel { file: file.to_owned(), found });
    }
    let mut walk = Walk { file, cursor, nodes };
    let mut document = Document::default();
    let mut definitions = 0;
    while let Some(element) = walk.cursor.child()? {
        definitions += 1;
        if definitions > MAX_DEFINITIONS {
            return Err(walk.too_many("definitions", MAX_DEFINITIONS));
        }
        match element.name {
            "dataType" => {
                let data_type = walk.data_type(&element)?;
                document.data_types.push(data_type);
            }
            "component" => {
                let body = walk.body()?;
                document.components.push(Component { name: element.text("name"), body });
            }
            "model" => {
                let body = walk.body()?;
                document.models.push(Model { name: element.text("name"), base: element.text("base"), body });
            }
            "template" => {
                let text = walk.cursor.text()?;
                document.templates.push((element.text("id"), text));
            }
            "import" => {
                let names = walk.import()?;
                document.imports.push(Import { file: element.text("file"), names });
            }
            _ => walk.cursor.skip()?,
        }
    }
    Ok(document)
}

struct Walk<'i, 'n> {
    file: &'i str,
    cursor: Cursor<'i>,
    nodes: &'n mut usize,
}

impl Walk<'_, '_> {
    fn too_many(&self, what: &'static str, most: usize) -> DataModelError {
        DataModelError::TooMany { file: self.file.to_owned(), what, most }
    }

    fn count(&mut self) -> Result<()> {
        *self.nodes += 1;
        if *self.nodes > MAX_NODES { Err(self.too_many("objects and parameters", MAX_NODES)) } else { Ok(()) }
    }

    fn import(&mut self) -> Result<Vec<(String, String)>> {
        let mut names = Vec::new();
        while let Some(child) = self.cursor.child()? {
            if names.len() < MAX_DEFINITIONS {
                let name = child.text("name");
                let there = child.get("ref").map_or_else(|| name.clone(), str::to_owned);
                names.push((name, there));
            }
            self.cursor.skip()?;
        }
        Ok(names)
    }

    fn data_type(&mut self, element: &Element) -> Result<DataType> {
        let mut data_type = DataType {
            name: element.text("name"),
            base: element.text("base"),
            text: String::new(),
            syntax: Syntax::default(),
        };
        while let Some(child) = self.cursor.child()? {
            if child.name == "description" {
                data_type.text = self.cursor.text()?;
            } else {
                data_type.syntax.take(&mut self.cursor, &child)?;
            }
        }
        if !data_type.base.is_empty() && data_type.syntax.kind == Kind::Unknown {
            data_type.syntax.kind = Kind::Named(data_type.base.clone());
        }
        Ok(data_type)
    }

    fn body(&mut self) -> Result<Body> {
        let mut body = Body::default();
        while let Some(child) = self.cursor.child()? {
            match child.name {
                "object" => {
                    self.count()?;
                    let object = self.object(&child)?;
                    body.objects.push(object);
                }
                "parameter" => {
                    self.count()?;
                    let parameter = self.parameter(&child)?;
                    body.parameters.push(parameter);
                }
                "component" => {
                    if body.includes.len() < MAX_DEFINITIONS {
                        body.includes.push((child.text("ref"), child.text("path")));
                    }
                    self.cursor.skip()?;
                }
                _ => self.cursor.skip()?,
            }
        }
        Ok(body)
    }

    fn object(&mut self, element: &Element) -> Result<Object> {
        let mut object = Object {
            path: name_of(element),
            writable: element.get("access").map(|access| access != "readOnly"),
            status: status(element),
            ..Object::default()
        };
        if !object.path.is_empty() && !object.path.ends_with('.') {
            object.path.push('.');
        }
        while let Some(child) = self.cursor.child()? {
            match child.name {
                "description" => object.text = self.cursor.text()?,
                "parameter" => {
                    self.count()?;
                    let parameter = self.parameter(&child)?;
                    object.parameters.push(parameter);
                }
                "uniqueKey" => {
                    while let Some(key) = self.cursor.child()? {
                        if key.name == "parameter" && object.keys.len() < 64 {
                            object.keys.push(key.text("ref"));
                        }
                        self.cursor.skip()?;
                    }
                }
                _ => self.cursor.skip()?,
            }
        }
        Ok(object)
    }

    fn parameter(&mut self, element: &Element) -> Result<Parameter> {
        let mut parameter = Parameter {
            name: name_of(element),
            writable: element.get("access").map(|access| access != "readOnly"),
            status: status(element),
            forced_inform: element.is("forcedInform", "true"),
            notify: match element.get("activeNotify") {
                Some("forceEnabled") => Notify::ForceEnabled,
                Some("forceDefaultEnabled") => Notify::ForceDefaultEnabled,
                Some("canDeny") => Notify::CanDeny,
                _ => Notify::Normal,
            },
            ..Parameter::default()
        };
        while let Some(child) = self.cursor.child()? {
            match child.name {
                "description" => parameter.text = self.cursor.text()?,
                "syntax" => {
                    // An order in a parameter's clothes reads back as nothing, too, but what is written is no secret.
                    let command = child.is("command", "true");
                    let hidden = child.is("hidden", "true") || child.is("secured", "true");
                    let mut syntax = Syntax { hidden: hidden && !command, ..Syntax::default() };
                    while let Some(inner) = self.cursor.child()? {
                        syntax.take(&mut self.cursor, &inner)?;
                    }
                    parameter.syntax = Some(syntax);
                }
                _ => self.cursor.skip()?,
            }
        }
        Ok(parameter)
    }
}

/// What is defined or, with `base`, what of another model is changed.
fn name_of(element: &Element) -> String {
    element.get("name").or_else(|| element.get("base")).unwrap_or_default().trim().to_owned()
}

fn status(element: &Element) -> Option<Status> {
    match element.get("status")? {
        "deprecated" => Some(Status::Deprecated),
        "obsoleted" => Some(Status::Obsoleted),
        "deleted" => Some(Status::Deleted),
        _ => Some(Status::Current),
    }
}
