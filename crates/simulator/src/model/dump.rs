//! The dump of a device as a model: CSV with the columns Parameter, Object, Writable, Value and Value type.

use super::value::Value;
use super::{Model, ModelError, Node, NodeId, Object, Parameter, Rows, Table};
use crate::seed;
use cwmp::ValueType;
use std::collections::BTreeMap;

/// A node while the tree grows.
#[derive(Default)]
struct Draft {
    children: BTreeMap<String, Draft>,
    writable: bool,
    /// Value and type, if it is a parameter.
    value: Option<(String, ValueType)>,
}

pub(super) fn read(name: &str, text: &str) -> Result<Model, ModelError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers()?.clone();
    let column = |wanted: &str| {
        headers
            .iter()
            .position(|header| header.trim().trim_start_matches('\u{feff}').eq_ignore_ascii_case(wanted))
            .ok_or_else(|| ModelError::Content { what: format!("the column `{wanted}` is missing") })
    };
    let columns =
        (column("Parameter")?, column("Object")?, column("Writable")?, column("Value")?, column("Value type")?);
    let mut root = Draft::default();
    for record in reader.records() {
        let record = record?;
        let field = |index: usize| record.get(index).unwrap_or_default();
        let path = field(columns.0).trim_end_matches('.');
        if !path.starts_with("InternetGatewayDevice") && !path.starts_with("Device.") && path != "Device" {
            continue; // what the exporting program knows about the device, not the device itself
        }
        let node = path.split('.').fold(&mut root, |node, part| node.children.entry(part.to_owned()).or_default());
        node.writable = is_true(field(columns.2));
        if !is_true(field(columns.1)) {
            let kind = field(columns.4);
            let kind = ValueType::from_xsd_name(kind.rsplit(':').next().unwrap_or(kind)).unwrap_or_default();
            node.value = Some((field(columns.3).to_owned(), kind));
        }
    }
    let (root_name, draft) = root.children.pop_first().filter(|_| root.children.is_empty()).ok_or_else(|| {
        ModelError::Content { what: "the table has no InternetGatewayDevice or Device, or both".to_owned() }
    })?;
    let info = |name: &str| {
        let value = draft.children.get("DeviceInfo")?.children.get(name)?.value.as_ref()?.0.trim();
        (!value.is_empty() && value != "REDACTED").then(|| value.to_owned())
    };
    let oui = info("ManufacturerOUI").filter(|oui| oui.len() == 6 && oui.bytes().all(|b| b.is_ascii_hexdigit()));
    let mut model = Model {
        name: name.to_owned(),
        manufacturer: info("Manufacturer").unwrap_or_else(|| name.to_owned()),
        // Locally administered: it belongs to no vendor.
        oui: oui.map_or_else(|| format!("02{}", seed::hex(seed::of_word(0, name), 4)), |oui| oui.to_ascii_uppercase()),
        product_class: info("ProductClass").or_else(|| info("ModelName")).unwrap_or_else(|| name.to_owned()),
        serial_prefix: "SIM".to_owned(),
        namespace: "urn:dslforum-org:cwmp-1-0".to_owned(),
        versions: Vec::new(),
        clients: 0,
        access_points: 0,
        root_name: root_name.into(),
        root: 0,
        nodes: Vec::new(),
        informed: Vec::new(),
        watched: Vec::new(),
    };
    let mut draft = draft;
    complete(&mut draft);
    model.root = insert(&mut model.nodes, "", draft);
    Ok(model.finish())
}

fn is_true(text: &str) -> bool {
    matches!(text.trim(), "true" | "TRUE" | "True" | "1")
}

/// Gives the device an identity and a management server of its own, whatever the dump holds there.
fn complete(root: &mut Draft) {
    use ValueType::{Boolean, DateTime, String, UnsignedInt};
    let mut set = |object: &str, name: &str, writable: bool, kind: ValueType, value: &str| {
        let object = root.children.entry(object.to_owned()).or_default();
        let node = object.children.entry(name.to_owned()).or_default();
        node.writable |= writable;
        // A type that the device reported is kept: vendors differ.
        let kind = node.value.take().map_or(kind, |(_, reported)| reported);
        node.value = Some((value.to_owned(), kind));
    };
    set("DeviceInfo", "SerialNumber", false, String, "${serial}");
    set("DeviceInfo", "UpTime", false, UnsignedInt, "${uptime}");
    for (name, writable, kind, value) in [
        ("URL", true, String, "${acs:url}"),
        ("Username", true, String, "${acs:user}"),
        ("Password", true, String, "${acs:password}"),
        ("PeriodicInformEnable", true, Boolean, "true"),
        ("PeriodicInformInterval", true, UnsignedInt, "${acs:interval}"),
        ("PeriodicInformTime", true, DateTime, crate::clock::UNKNOWN_TIME),
        ("ParameterKey", false, String, ""),
        ("ConnectionRequestURL", false, String, "${cr:url}"),
        ("ConnectionRequestUsername", true, String, "${serial}"),
        ("ConnectionRequestPassword", true, String, "${cr:password}"),
    ] {
        set("ManagementServer", name, writable, kind, value);
    }
}

fn insert(nodes: &mut Vec<Node>, name: &str, draft: Draft) -> NodeId {
    let numbered = |draft: &Draft| draft.children.keys().all(|key| key.parse::<u32>().is_ok());
    let node = if let Some((text, kind)) = draft.value {
        // Dumps are data: a `${` in one is text, unless `complete` wrote it, and those always parse.
        let value = Value::parse(&text).unwrap_or(Value::Literal(text.into()));
        let hidden = name == "Password" || name == "ConnectionRequestPassword";
        let salt = seed::of_word(nodes.len() as u64, name);
        Node::Parameter(Parameter { kind, writable: draft.writable, hidden, value, limits: Vec::new(), salt })
    } else if numbered(&draft) && (draft.writable || !draft.children.is_empty()) {
        let mut rows: Vec<_> = draft
            .children
            .into_iter()
            .filter_map(|(key, child)| Some((key.parse::<u32>().ok()?, insert(nodes, &key, child))))
            .collect();
        rows.sort_unstable();
        let alike = rows.first().map(|(_, row)| *row).filter(|row| matches!(nodes[*row as usize], Node::Object(_)));
        let added = draft.writable.then(|| {
            alike.unwrap_or_else(|| {
                nodes.push(Node::Object(Object::default()));
                (nodes.len() - 1) as NodeId
            })
        });
        Node::Table(Table { rows: Rows::Fixed(rows), growable: draft.writable, added })
    } else {
        let children =
            draft.children.into_iter().map(|(key, child)| (key.as_str().into(), insert(nodes, &key, child))).collect();
        Node::Object(Object { children })
    };
    nodes.push(node);
    (nodes.len() - 1) as NodeId
}
