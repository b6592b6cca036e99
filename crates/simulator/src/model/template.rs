//! The format of the built-in models: `models/README.md` describes it.

use super::builtin;
use super::value::{Sum, Value};
use super::{Limit, Model, ModelError, Node, NodeId, Object, Parameter, Rows, Table};
use crate::seed;
use cwmp::ValueType;

/// Spaces that one level is indented by.
const INDENT: usize = 2;

struct Line {
    /// In the file of the model, also for lines of a part.
    number: usize,
    depth: usize,
    text: String,
}

struct Reader {
    lines: std::iter::Peekable<std::vec::IntoIter<Line>>,
    nodes: Vec<Node>,
}

pub(super) fn read(text: &str) -> Result<Model, ModelError> {
    let mut headers = Vec::new();
    let mut lines = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let content = raw.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if lines.is_empty() && !raw.starts_with(' ') && (content.contains(": ") || !content.ends_with('.')) {
            let (key, value) = content.split_once(':').ok_or_else(|| at(index + 1, "a header is `key: value`"))?;
            headers.push((key, value.trim()));
            continue;
        }
        add_line(&mut lines, &headers, raw, index + 1, 0)?;
    }
    let header = |key: &str| {
        let found = headers.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
        found.ok_or_else(|| ModelError::Content { what: format!("the header `{key}` is missing") })
    };
    let number = |key: &str| {
        header(key)?.parse::<u32>().map_err(|_| ModelError::Content { what: format!("`{key}` is not a number") })
    };
    let mut reader = Reader { lines: lines.into_iter().peekable(), nodes: Vec::new() };
    let first =
        reader.lines.next().ok_or_else(|| ModelError::Content { what: "there is no root object".to_owned() })?;
    let root_name = first.text.trim_end_matches('.').into();
    let root = reader.object(1)?;
    if let Some(line) = reader.lines.next() {
        return Err(at(line.number, "there is one root object"));
    }
    let model = Model {
        name: header("name")?.to_owned(),
        manufacturer: header("manufacturer")?.to_owned(),
        oui: header("oui")?.to_owned(),
        product_class: header("product-class")?.to_owned(),
        serial_prefix: header("serial")?.to_owned(),
        namespace: format!("urn:dslforum-org:cwmp-{}", header("cwmp")?),
        versions: header("versions").map(|list| list.split(',').map(str::to_owned).collect()).unwrap_or_default(),
        clients: number("clients")?,
        access_points: number("access-points")?,
        root_name,
        root,
        nodes: reader.nodes,
        informed: Vec::new(),
        watched: Vec::new(),
    };
    Ok(model.finish())
}

/// Adds a line, or those of a part, with the headers filled in.
fn add_line(
    lines: &mut Vec<Line>,
    headers: &[(&str, &str)],
    raw: &str,
    number: usize,
    base: usize,
) -> Result<(), ModelError> {
    let content = raw.trim();
    let spaces = raw.len() - raw.trim_start().len();
    if !spaces.is_multiple_of(INDENT) {
        return Err(at(number, "lines are indented by two spaces a level"));
    }
    let depth = base + spaces / INDENT;
    if let Some(name) = content.strip_prefix("+ ") {
        let part = builtin::part(name).ok_or_else(|| at(number, format!("there is no part `{name}`")))?;
        return part.lines().try_for_each(|line| add_line(lines, headers, line, number, depth));
    }
    let mut text = content.to_owned();
    while let Some(start) = text.find("@{") {
        let end = text[start..].find('}').map(|end| start + end).ok_or_else(|| at(number, "`@{` without `}`"))?;
        let key = &text[start + 2..end];
        let value = headers.iter().find(|(name, _)| *name == key);
        let (_, value) = value.ok_or_else(|| at(number, format!("the header `{key}` is missing")))?;
        text.replace_range(start..=end, value);
    }
    lines.push(Line { number, depth, text });
    Ok(())
}

fn at(line: usize, what: impl Into<String>) -> ModelError {
    ModelError::Line { line, what: what.into() }
}

impl Reader {
    fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        (self.nodes.len() - 1) as NodeId
    }

    /// Reads what is indented by `depth` and makes an object of it.
    fn object(&mut self, depth: usize) -> Result<NodeId, ModelError> {
        let mut object = Object::default();
        while let Some(line) = self.lines.next_if(|line| line.depth >= depth) {
            if line.depth > depth {
                return Err(at(line.number, "indented too far"));
            }
            if is_object(&line.text) {
                self.object_line(&line, &mut object)?;
            } else {
                let (name, parameter) = parameter(&line)?;
                let id = self.push(Node::Parameter(parameter));
                object.children.push((name.into(), id));
            }
        }
        Ok(self.push(Node::Object(object)))
    }

    /// `Name.` or `Name.{rows}.` or `Name.{rows}+.`; see [`is_object`].
    fn object_line(&mut self, line: &Line, parent: &mut Object) -> Result<(), ModelError> {
        let text = line.text.trim_end_matches('.');
        let Some((name, rows)) = text.split_once(".{") else {
            let id = self.object(line.depth + 1)?;
            let existing = parent.child(text);
            let Some(existing) = existing else {
                parent.children.push((text.into(), id));
                return Ok(());
            };
            let Node::Object(more) = &mut self.nodes[id as usize] else { unreachable!("object() makes objects") };
            let more = std::mem::take(&mut more.children);
            let Node::Object(object) = &mut self.nodes[existing as usize] else {
                return Err(at(line.number, "the name is taken"));
            };
            object.children.extend(more);
            return Ok(());
        };
        let (rows, growable) = match rows.strip_suffix('+') {
            Some(rows) => (rows, true),
            None => (rows, false),
        };
        let rows = rows.strip_suffix('}').ok_or_else(|| at(line.number, "`{` without `}`"))?;
        let row = self.object(line.depth + 1)?;
        let rows = read_rows(rows, row).map_err(|what| at(line.number, what))?;
        // A table may be given in several parts, each with rows of its own.
        let existing = parent.child(name);
        if let Some(id) = existing {
            let (Node::Table(Table { rows: Rows::Fixed(all), growable: can_grow, .. }), Rows::Fixed(more)) =
                (&mut self.nodes[id as usize], rows)
            else {
                return Err(at(line.number, "only tables with numbered rows can be continued"));
            };
            all.extend(more);
            *can_grow |= growable;
            return Ok(());
        }
        let id = self.push(Node::Table(Table { rows, growable, added: Some(row) }));
        parent.children.push((name.into(), id));
        Ok(())
    }
}

/// `1-4,7`, nothing, `random 0 3`, `clients 2*$1`, `hosts`
fn read_rows(text: &str, row: NodeId) -> Result<Rows, String> {
    let wrong = || format!("`{text}` are no rows");
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        [] => Ok(Rows::Fixed(Vec::new())),
        ["random", least, most] => {
            let number = |text: &str| text.parse().map_err(|_| wrong());
            Ok(Rows::Random { least: number(least)?, most: number(most)?, row })
        }
        ["clients", sum] => Ok(Rows::Clients { access_point: Sum::parse(sum)?, row }),
        ["hosts"] => Ok(Rows::Hosts { row }),
        [ranges] => {
            let mut rows = Vec::new();
            for range in ranges.split(',') {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                let first: u32 = first.parse().map_err(|_| wrong())?;
                let last: u32 = last.parse().map_err(|_| wrong())?;
                rows.extend((first..=last).map(|number| (number, row)));
            }
            Ok(Rows::Fixed(rows))
        }
        _ => Err(wrong()),
    }
}

/// Whether a line begins an object. A parameter's value may end in a dot, too: a reference to an object does.
fn is_object(text: &str) -> bool {
    let first = text.split(' ').next().unwrap_or_default();
    text.ends_with('.') && (first == text || first.contains(".{"))
}

/// `Name type[*][?] value [ ; limits ]`
fn parameter(line: &Line) -> Result<(&str, Parameter), ModelError> {
    let mut words = line.text.splitn(2, char::is_whitespace);
    let name = words.next().unwrap_or_default();
    let rest = words.next().unwrap_or_default().trim_start();
    let (kind, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let flags = &kind[kind.trim_end_matches(['*', '?']).len()..];
    let (writable, hidden) = (flags.contains('*'), flags.contains('?'));
    let kind = match kind.trim_end_matches(['*', '?']) {
        "string" => ValueType::String,
        "int" => ValueType::Int,
        "uint" => ValueType::UnsignedInt,
        "long" => ValueType::Long,
        "ulong" => ValueType::UnsignedLong,
        "bool" => ValueType::Boolean,
        "time" => ValueType::DateTime,
        "base64" => ValueType::Base64,
        "hex" => ValueType::HexBinary,
        other => return Err(at(line.number, format!("`{other}` is not a type"))),
    };
    let (value, limits) = match rest.split_once(" ; ") {
        Some((value, limits)) => (value.trim(), limits.trim()),
        None => (rest.trim(), ""),
    };
    // A value that is only a limit: `Name string* ; a|b`
    let (value, limits) = match value.strip_prefix("; ") {
        Some(limits) => ("", limits.trim()),
        None => (value, limits),
    };
    let value = Value::parse(value).map_err(|what| at(line.number, what))?;
    let limits = limits.split(" / ").filter(|limit| !limit.is_empty()).map(limit).collect::<Result<_, _>>();
    let limits = limits.map_err(|what| at(line.number, what))?;
    let salt = seed::of_word(line.number as u64, name);
    Ok((name, Parameter { kind, writable, hidden, value, limits, salt }))
}

/// `1..13`, `a|b|c`, `length 8..63`
fn limit(text: &str) -> Result<Limit, String> {
    let wrong = || format!("`{text}` is not a limit");
    if let Some((low, high)) = text.strip_prefix("length ").and_then(|text| text.split_once("..")) {
        return Ok(Limit::Length(low.parse().map_err(|_| wrong())?, high.parse().map_err(|_| wrong())?));
    }
    if let Some((low, high)) = text.split_once("..") {
        return Ok(Limit::Range(low.parse().map_err(|_| wrong())?, high.parse().map_err(|_| wrong())?));
    }
    Ok(Limit::OneOf(text.split('|').map(Box::from).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "name: x\nmanufacturer: X\noui: 02A0E1\nproduct-class: X1\nserial: X\ncwmp: 1-2\nclients: 3\naccess-points: 1\n";

    #[test]
    fn a_value_may_refer_to_an_object() {
        let model = read(&format!("{HEADER}Device.\n  LowerLayers string* Device.WiFi.Radio.1.\n")).unwrap();
        let Node::Object(root) = model.node(model.root) else { panic!("not an object") };
        let Node::Parameter(lower) = model.node(root.child("LowerLayers").unwrap()) else { panic!("not a parameter") };
        assert_eq!(lower.value, Value::Literal("Device.WiFi.Radio.1.".into()));
    }

    #[test]
    fn parameters_tables_and_limits_are_read() {
        let body =
            "Device.\n  A string* b c ; x|y\n  T.{1-2,5}+.\n    N uint* 6 ; 1..13 / 36|40\n  T.{7}.\n    N uint 3\n";
        let model = read(&format!("{HEADER}{body}")).unwrap();
        let Node::Object(root) = model.node(model.root) else { panic!("not an object") };
        let Node::Parameter(a) = model.node(root.child("A").unwrap()) else { panic!("not a parameter") };
        assert!(a.writable && !a.hidden);
        assert_eq!(a.value, Value::Literal("b c".into()));
        assert!(a.limit(None).unwrap().allows("y") && !a.limit(None).unwrap().allows("z"));
        let Node::Table(table) = model.node(root.child("T").unwrap()) else { panic!("not a table") };
        let Rows::Fixed(rows) = &table.rows else { panic!("not fixed") };
        assert_eq!(rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 5, 7]);
        let Node::Object(row) = model.node(rows[1].1) else { panic!("not an object") };
        let Node::Parameter(n) = model.node(row.child("N").unwrap()) else { panic!("not a parameter") };
        assert!(n.limit(Some(1)).unwrap().allows("13") && !n.limit(Some(2)).unwrap().allows("13"));
        assert!(n.limit(Some(9)).unwrap().allows("40"));
        assert_eq!(n.fresh_value(), "1");
    }

    #[test]
    fn mistakes_name_their_line() {
        for (body, line) in [
            ("Device.\n   A string b\n", 10),
            ("Device.\n  A strange b\n", 10),
            ("Device.\n  A string ${wrong}\n", 10),
            ("Device.\n  T.{x}.\n    A string\n", 10),
            ("Device.\n  A string b\n    B string c\n", 11),
            ("Device.\n  A string\nDevice.\n", 11),
        ] {
            match read(&format!("{HEADER}{body}")) {
                Err(ModelError::Line { line: found, .. }) => assert_eq!(found, line, "{body}"),
                other => panic!("{body}: {other:?}"),
            }
        }
        assert!(matches!(read("Device.\n  A string b\n"), Err(ModelError::Content { .. })));
    }
}
