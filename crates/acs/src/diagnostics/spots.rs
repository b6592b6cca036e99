//! Where a device keeps its tests. The standards moved them about (TR-098 and the first TR-106 devices have them at the
//! root, TR-181 below what they are about), and makers put them under names of their own: so they are found by what they
//! are called, wherever they are.

use model::diagnostic::{InterfaceChoice, OtherTest, Test, TestKind};
use std::collections::BTreeSet;
use store::Tree;

/// Interfaces that are offered.
const MAX_INTERFACES: usize = 40;

/// The parameter that starts a test, below its object. TR-098's line test has a name of its own.
pub(crate) fn state_name(object: &str) -> &'static str {
    if object.ends_with("WANDSLDiagnostics.") { "LoopDiagnosticsState" } else { "DiagnosticsState" }
}

/// Which test an object is by its name; a maker's prefix `X_<VENDOR>_` does not matter.
fn kind_of(object: &str) -> Option<TestKind> {
    let name = object.trim_end_matches('.').rsplit('.').next()?;
    let name = match name.strip_prefix("X_") {
        Some(rest) => rest.split_once('_').map_or(rest, |(_, name)| name),
        None => name,
    };
    Some(match name.to_ascii_lowercase().as_str() {
        "ipping" | "ippingdiagnostics" | "pingdiagnostics" => TestKind::Ping,
        "traceroute" | "traceroutediagnostics" => TestKind::Traceroute,
        "nslookupdiagnostics" | "nslookup" => TestKind::NameLookup,
        "downloaddiagnostics" => TestKind::Download,
        "uploaddiagnostics" => TestKind::Upload,
        "udpechodiagnostics" => TestKind::UdpEcho,
        "serverselectiondiagnostics" => TestKind::ServerSelection,
        "neighboringwifidiagnostic"
        | "neighboringwifidiagnostics"
        | "neighbouringwifidiagnostic"
        | "neighbouringwifidiagnostics" => TestKind::WifiNeighbours,
        "adsllinetest" | "wandsldiagnostics" => TestKind::DslLine,
        "f5loopback" | "wanatmf5loopbackdiagnostics" => TestKind::AtmLoopback,
        "selftestdiagnostics" => TestKind::SelfTest,
        "iplayercapacitymetrics" | "iplayercapacity" => TestKind::Capacity,
        "packetcapturediagnostics" => TestKind::PacketCapture,
        _ => return None,
    })
}

/// A table of neighbours right below a radio: ZTE has the radio itself scan.
pub(super) fn radio_table(radio: &str, tree: &Tree) -> Option<String> {
    let is_table = |path: &str| {
        let name = path[radio.len()..].trim_end_matches('.').to_ascii_lowercase();
        path.ends_with('.') && (name.ends_with("neighborap") || name.ends_with("neighbourap"))
    };
    tree.children(radio).map(|(path, _)| path).find(|path| is_table(path)).map(str::to_owned)
}

/// All objects with a test, in order of path.
fn objects(tree: &Tree) -> impl Iterator<Item = (&str, Option<TestKind>)> {
    tree.below("").filter_map(|(path, _)| {
        let object =
            path.strip_suffix("DiagnosticsState").map(|object| object.strip_suffix("Loop").unwrap_or(object))?;
        if !object.ends_with('.') {
            return None;
        }
        let kind = kind_of(object).or_else(|| radio_table(object, tree).map(|_| TestKind::WifiNeighbours));
        Some((object, kind))
    })
}

fn echo_config(tree: &Tree) -> Option<&str> {
    tree.below("").find_map(|(path, _)| path.strip_suffix("Enable").filter(|object| object.ends_with("UDPEchoConfig.")))
}

/// The objects of a test: one, or several that run together. Where there are more than one to choose from: that of the
/// interface, else the standard's before a maker's, else the first.
pub(super) fn find(test: &Test, tree: &Tree) -> Vec<String> {
    match test {
        Test::EchoService(_) => return echo_config(tree).map(str::to_owned).into_iter().collect(),
        Test::Other(OtherTest { object, .. }) => {
            let there = tree.get(&format!("{object}{}", state_name(object))).is_some();
            return there.then(|| object.clone()).into_iter().collect();
        }
        _ => {}
    }
    let kind = test.kind();
    let mut found: Vec<&str> = objects(tree).filter(|(_, one)| *one == Some(kind)).map(|(object, _)| object).collect();
    let by_radio = |object: &&str| radio_table(object, tree).is_some();
    if found.iter().any(|object| !by_radio(object)) {
        found.retain(|object| !by_radio(object));
    } else {
        return found.into_iter().map(str::to_owned).collect();
    }
    let wanted = test.interface();
    let below = |object: &&str| !wanted.is_empty() && object.starts_with(wanted.trim_end_matches('.'));
    let own = |object: &&str| object.contains(".X_");
    found.sort_by_key(|object| (!below(object), own(object)));
    found.into_iter().next().map(str::to_owned).into_iter().collect()
}

/// The tests that a device has. `Other` is among them if it has one that we have no name for.
pub(crate) fn supported(tree: &Tree) -> Vec<TestKind> {
    let mut kinds: BTreeSet<TestKind> = objects(tree).map(|(_, kind)| kind.unwrap_or(TestKind::Other)).collect();
    if echo_config(tree).is_some() {
        kinds.insert(TestKind::EchoService);
    }
    kinds.into_iter().collect()
}

/// Interfaces that IP tests can be bound to, with the device's own names for them.
pub(crate) fn interfaces(tree: &Tree) -> Vec<InterfaceChoice> {
    let is_interface = |path: &str| {
        let mut parts = path.trim_end_matches('.').rsplit('.');
        let numbered = parts.next().is_some_and(|row| row.bytes().all(|b| b.is_ascii_digit()));
        let table = parts.next().unwrap_or_default();
        let above = parts.next().unwrap_or_default();
        numbered
            && path.ends_with('.')
            && (matches!(table, "WANPPPConnection" | "WANIPConnection") || (table == "Interface" && above == "IP"))
    };
    let label = |path: &str| {
        let name = ["Name", "Alias"]
            .iter()
            .find_map(|name| tree.value(&format!("{path}{name}")).filter(|value| !value.trim().is_empty()));
        let end: Vec<&str> = path.trim_end_matches('.').rsplit('.').take(2).collect();
        let end = end.into_iter().rev().collect::<Vec<_>>().join(" ");
        name.map_or(end.clone(), |name| format!("{} ({end})", name.chars().take(64).collect::<String>()))
    };
    let found = tree.below("").map(|(path, _)| path).filter(|path| is_interface(path)).take(MAX_INTERFACES);
    found.map(|path| InterfaceChoice { path: path.to_owned(), label: label(path) }).collect()
}
