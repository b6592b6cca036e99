//! Which settings of a router make its subscriber's home what it is: found in a tree, to be set again after a factory
//! reset.

#[cfg(test)]
mod tests;

use crate::knowledge::is_secret;
use crate::views::is_number;
use model::device::DataModel;
use model::restore::{KeepSet, PlannedSecret, PlannedSet};
use model::task::SetValue;
use model::tree::ValueType;
use serde::{Deserialize, Serialize};
use store::Tree;

/// Values that are kept of one router, at most.
const MOST: usize = 2_000;
/// Names of a set that are shown.
const NAMES: usize = 12;

/// An object whose values are kept. `{i}` stands for any row.
struct Object {
    set: KeepSet,
    /// Below the root, ending in `.`
    path: &'static str,
    /// In the order in which they are set; only those that the router has and lets us set.
    fields: &'static [&'static str],
    /// One password under several names: the first that the router has takes it.
    secret: &'static [&'static str],
    /// Rows of this table may have to be added again.
    grows: bool,
    /// What tells a row from the others; empty: its number.
    identity: &'static [&'static str],
}

const fn object(set: KeepSet, path: &'static str, fields: &'static [&'static str]) -> Object {
    Object { set, path, fields, secret: &[], grows: false, identity: &[] }
}

const PORT_MAPPING: [&str; 9] = [
    "RemoteHost",
    "ExternalPort",
    "ExternalPortEndRange",
    "PortMappingProtocol",
    "InternalPort",
    "InternalClient",
    "PortMappingLeaseDuration",
    "PortMappingDescription",
    "PortMappingEnabled",
];
const PORT_MAPPING_IDENTITY: [&str; 3] = ["ExternalPort", "PortMappingProtocol", "RemoteHost"];
const LEASE: [&str; 3] = ["Chaddr", "Yiaddr", "Enable"];

const TR098: [Object; 7] = [
    object(
        KeepSet::HomeNetwork,
        "LANDevice.{i}.LANHostConfigManagement.",
        &[
            "DHCPServerEnable",
            "MinAddress",
            "MaxAddress",
            "SubnetMask",
            "IPRouters",
            "DNSServers",
            "DomainName",
            "DHCPLeaseTime",
            "ReservedAddresses",
        ],
    ),
    object(
        KeepSet::HomeNetwork,
        "LANDevice.{i}.LANHostConfigManagement.IPInterface.{i}.",
        &["IPInterfaceIPAddress", "IPInterfaceSubnetMask"],
    ),
    Object {
        grows: true,
        identity: &["Chaddr"],
        ..object(KeepSet::HomeNetwork, "LANDevice.{i}.LANHostConfigManagement.DHCPStaticAddress.{i}.", &LEASE)
    },
    Object {
        secret: &["KeyPassphrase", "PreSharedKey.1.KeyPassphrase", "PreSharedKey.1.PreSharedKey"],
        grows: true,
        ..object(
            KeepSet::Wifi,
            "LANDevice.{i}.WLANConfiguration.{i}.",
            &[
                "SSID",
                "BeaconType",
                "BasicEncryptionModes",
                "BasicAuthenticationMode",
                "WPAEncryptionModes",
                "WPAAuthenticationMode",
                "IEEE11iEncryptionModes",
                "IEEE11iAuthenticationMode",
                "SSIDAdvertisementEnabled",
                "Enable",
            ],
        )
    },
    Object {
        grows: true,
        identity: &PORT_MAPPING_IDENTITY,
        ..object(
            KeepSet::PortForwards,
            "WANDevice.{i}.WANConnectionDevice.{i}.WANPPPConnection.{i}.PortMapping.{i}.",
            &PORT_MAPPING,
        )
    },
    Object {
        grows: true,
        identity: &PORT_MAPPING_IDENTITY,
        ..object(
            KeepSet::PortForwards,
            "WANDevice.{i}.WANConnectionDevice.{i}.WANIPConnection.{i}.PortMapping.{i}.",
            &PORT_MAPPING,
        )
    },
    Object {
        secret: &["Password"],
        ..object(KeepSet::Internet, "WANDevice.{i}.WANConnectionDevice.{i}.WANPPPConnection.{i}.", &["Username"])
    },
];

const TR181: [Object; 8] = [
    object(KeepSet::HomeNetwork, "IP.Interface.{i}.IPv4Address.{i}.", &["IPAddress", "SubnetMask"]),
    object(KeepSet::HomeNetwork, "DHCPv4.Server.", &["Enable"]),
    object(
        KeepSet::HomeNetwork,
        "DHCPv4.Server.Pool.{i}.",
        &["MinAddress", "MaxAddress", "SubnetMask", "IPRouters", "DNSServers", "DomainName", "LeaseTime", "Enable"],
    ),
    Object {
        grows: true,
        identity: &["Chaddr"],
        ..object(KeepSet::HomeNetwork, "DHCPv4.Server.Pool.{i}.StaticAddress.{i}.", &LEASE)
    },
    Object { grows: true, ..object(KeepSet::Wifi, "WiFi.SSID.{i}.", &["LowerLayers", "SSID", "Enable"]) },
    Object {
        secret: &["Security.KeyPassphrase", "Security.SAEPassphrase", "Security.PreSharedKey"],
        grows: true,
        ..object(
            KeepSet::Wifi,
            "WiFi.AccessPoint.{i}.",
            &["SSIDReference", "Security.ModeEnabled", "SSIDAdvertisementEnabled", "IsolationEnable", "Enable"],
        )
    },
    Object {
        grows: true,
        identity: &["ExternalPort", "Protocol", "RemoteHost"],
        ..object(
            KeepSet::PortForwards,
            "NAT.PortMapping.{i}.",
            &[
                "Interface",
                "AllInterfaces",
                "RemoteHost",
                "ExternalPort",
                "ExternalPortEndRange",
                "Protocol",
                "InternalPort",
                "InternalClient",
                "LeaseDuration",
                "Description",
                "Enable",
            ],
        )
    },
    Object { secret: &["Password"], ..object(KeepSet::Internet, "PPP.Interface.{i}.", &["Username"]) },
];

fn data_model(tree: &Tree) -> DataModel {
    let mut found = tree.children("").map(|(path, _)| DataModel::of_path(path));
    found.find(|model| *model != DataModel::Unknown).unwrap_or_default()
}

fn root(tree: &Tree) -> &'static str {
    data_model(tree).root()
}

fn objects(tree: &Tree) -> &'static [Object] {
    match data_model(tree) {
        DataModel::Tr098 => &TR098,
        DataModel::Tr181 => &TR181,
        DataModel::Unknown => &[],
    }
}

/// What is kept of a router over a reset. Part of the task's progress: it survives a crash, and holds secrets.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Kept {
    /// Tables and objects that all of it stands in, ending in `.`: what has to be read to find it again.
    pub objects: Vec<String>,
    /// In the order in which they are set again.
    pub lines: Vec<KeptLine>,
    pub rows: Vec<KeptRow>,
}

/// One value.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptLine {
    pub set: Option<KeepSet>,
    /// Where it was.
    pub path: String,
    pub value_type: ValueType,
    /// `None`: a secret that nobody told us.
    pub value: Option<String>,
    /// The row it belongs to, in [`Kept::rows`].
    pub row: Option<usize>,
}

/// One row of a table that may have to be added again.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptRow {
    /// Ending in `.`
    pub table: String,
    pub number: u32,
    /// Values that tell it from other rows of the table; none: its number does.
    pub identity: Vec<(String, String)>,
    /// Its number after the reset, once it has one.
    pub now: Option<u32>,
}

// Values are secrets.
impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("lines", &self.lines.len()).field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

impl KeptRow {
    /// Where the row was, ending in `.`
    pub fn before(&self) -> String {
        format!("{}{}.", self.table, self.number)
    }

    /// Where the row is after the reset.
    pub fn after(&self) -> Option<String> {
        Some(format!("{}{}.", self.table, self.now?))
    }
}

/// What has to be read of a router before these sets can be kept: whole objects, so that new rows are found.
pub(crate) fn to_read(tree: &Tree, sets: &[KeepSet]) -> Vec<String> {
    let root = root(tree);
    let mut paths: Vec<String> = Vec::new();
    for object in objects(tree).iter().filter(|object| sets.contains(&object.set)) {
        // The last table, or the object itself: what stands above it does not grow.
        let above = object.path.strip_suffix("{i}.").unwrap_or(object.path);
        for path in expand(tree, root, above) {
            if !paths.iter().any(|one| path.starts_with(one.as_str())) {
                paths.retain(|one| !one.starts_with(path.as_str()));
                paths.push(path);
            }
        }
    }
    paths
}

/// All that is to be kept of these sets, as the tree has it. `secrets` are passwords that somebody typed, by path.
pub(crate) fn collect(tree: &Tree, sets: &[KeepSet], secrets: &[SetValue]) -> Kept {
    let mut kept = Kept { objects: to_read(tree, sets), ..Kept::default() };
    let mut sets = sets.to_vec();
    sets.sort_unstable();
    sets.dedup();
    for set in sets {
        for object in objects(tree).iter().filter(|object| object.set == set) {
            for place in expand(tree, root(tree), object.path) {
                if place.starts_with("Device.IP.Interface.") && !is_home_address(tree, &place) {
                    continue;
                }
                keep_object(&mut kept, tree, object, &place, secrets);
            }
        }
    }
    kept.lines.truncate(MOST);
    kept
}

fn keep_object(kept: &mut Kept, tree: &Tree, object: &Object, place: &str, secrets: &[SetValue]) {
    let settable = |name: &str| tree.get(&format!("{place}{name}")).filter(|node| node.writable);
    let row = object.grows.then(|| row_of(place)).flatten().map(|(table, number)| {
        let identity = object.identity.iter().map(|name| {
            let value = tree.value(&format!("{place}{name}")).unwrap_or_default();
            ((*name).to_owned(), value.to_owned())
        });
        kept.rows.push(KeptRow { table, number, identity: identity.collect(), now: None });
        kept.rows.len() - 1
    });
    let mut keep = |name: &str, value_type, value| {
        kept.lines.push(KeptLine { set: Some(object.set), path: format!("{place}{name}"), value_type, value, row });
    };
    for name in object.fields {
        let Some(node) = settable(name) else { continue };
        if let Some(value) = node.value.as_deref().filter(|_| !is_secret(&format!("{place}{name}"))) {
            keep(name, node.value_type, Some(value.to_owned()));
        }
    }
    if let Some((name, node)) = object.secret.iter().find_map(|name| Some((*name, settable(name)?)))
        && is_protected(tree, place)
    {
        let path = format!("{place}{name}");
        let typed = secrets.iter().find(|secret| secret.path == path).map(|secret| secret.value.as_str());
        let value = typed.or(node.value.as_deref()).filter(|value| is_told(value)).map(str::to_owned);
        keep(name, node.value_type, value);
    }
}

/// What the sets of a router hold, for a person to choose from.
pub(crate) fn plan(tree: &Tree) -> Vec<PlannedSet> {
    let mut sets = Vec::new();
    for set in KeepSet::ALL {
        let kept = collect(tree, &[set], &[]);
        let settings = kept.lines.iter().filter(|line| line.value.is_some() && !is_secret(&line.path)).count();
        let unknown = kept.lines.iter().filter(|line| line.value.is_none());
        let unknown: Vec<PlannedSecret> =
            unknown.map(|line| PlannedSecret { path: line.path.clone(), of: owner(tree, &line.path) }).collect();
        let mut names: Vec<String> = kept.lines.iter().filter_map(|line| name_in(tree, set, line)).collect();
        names.dedup();
        names.truncate(NAMES);
        if settings > 0 || !unknown.is_empty() {
            sets.push(PlannedSet { set, settings: settings as u32, names, unknown });
        }
    }
    sets
}

/// What a line of a set is called, if it names something.
fn name_in(tree: &Tree, set: KeepSet, line: &KeptLine) -> Option<String> {
    let value = || line.value.clone().filter(|value| !value.is_empty());
    let name = model::task::short_name(&line.path);
    let short = |text: String| text.chars().take(64).collect();
    match (set, name) {
        (KeepSet::Wifi, "SSID") | (KeepSet::Internet, "Username") => value().map(short),
        (KeepSet::HomeNetwork, "MinAddress") => {
            let to = tree.value(&line.path.replace("MinAddress", "MaxAddress")).unwrap_or_default();
            value().map(|from| short(format!("{from} to {to}")))
        }
        (KeepSet::PortForwards, "ExternalPort") => {
            let row = &line.path[..line.path.len() - name.len()];
            let field = |name: &str| tree.value(&format!("{row}{name}")).unwrap_or_default().to_owned();
            let protocol = field("Protocol") + &field("PortMappingProtocol");
            let about = field("Description") + &field("PortMappingDescription");
            value().map(|port| short(format!("{about} {protocol} {port}").trim().to_owned()))
        }
        _ => None,
    }
}

/// What a password opens: the network's name, the user's name.
fn owner(tree: &Tree, path: &str) -> String {
    let parent = |path: &str| path.trim_end_matches('.').rfind('.').map(|dot| path[..=dot].to_owned());
    let mut place = parent(path);
    while let Some(here) = place {
        let read = |name: &str| tree.value(&format!("{here}{name}")).filter(|value| !value.is_empty());
        let through = read("SSIDReference").and_then(|ssid| {
            let ssid = ssid.trim_end_matches('.');
            tree.value(&format!("{ssid}.SSID")).filter(|value| !value.is_empty())
        });
        if let Some(found) = through.or_else(|| read("SSID")).or_else(|| read("Username")) {
            return found.chars().take(64).collect();
        }
        place = parent(&here).filter(|above| above.matches('.').count() > 1);
    }
    model::task::short_name(path).to_owned()
}

/// Whether a value that a device reads back for a secret is one: not empty, and no row of stars.
pub(crate) fn is_told(value: &str) -> bool {
    !value.is_empty() && !value.chars().all(|c| c == '*' || c == '•')
}

/// Whether a network asks for its password, or the object is none.
fn is_protected(tree: &Tree, place: &str) -> bool {
    let open = |name: &str, words: &[&str]| {
        tree.value(&format!("{place}{name}")).is_some_and(|value| words.contains(&value.trim()))
    };
    !open("Security.ModeEnabled", &["None", "WEP-64", "WEP-128"]) && !open("BeaconType", &["None", "Basic"])
}

/// An address of the router at home: private, and set by hand.
fn is_home_address(tree: &Tree, place: &str) -> bool {
    let read = |name: &str| tree.value(&format!("{place}{name}")).unwrap_or_default();
    let private = read("IPAddress").parse().is_ok_and(|ip: std::net::Ipv4Addr| ip.is_private());
    private && matches!(read("AddressingType"), "Static" | "")
}

/// The table and number of a row, from its path.
pub(crate) fn row_of(place: &str) -> Option<(String, u32)> {
    let bare = place.strip_suffix('.')?;
    let dot = bare.rfind('.')?;
    Some((bare[..=dot].to_owned(), bare[dot + 1..].parse().ok()?))
}

/// The objects that a path with `{i}` stands for in a tree, rows in the order of their numbers.
fn expand(tree: &Tree, root: &str, path: &str) -> Vec<String> {
    let mut places = vec![root.to_owned()];
    let mut rest = path;
    while !rest.is_empty() {
        let (fixed, after) = rest.split_once("{i}.").map_or((rest, None), |(fixed, after)| (fixed, Some(after)));
        for place in &mut places {
            place.push_str(fixed);
        }
        let Some(after) = after else { break };
        places = places.iter().flat_map(|table| rows(tree, table)).collect();
        rest = after;
    }
    places.retain(|place| tree.get(place).is_some());
    places
}

/// The rows of a table, by number.
pub(crate) fn rows(tree: &Tree, table: &str) -> Vec<String> {
    let mut rows: Vec<(u32, String)> = tree
        .children(table)
        .filter_map(|(path, _)| {
            let name = path.strip_prefix(table)?.strip_suffix('.').filter(|name| is_number(name))?;
            Some((name.parse().ok()?, path.to_owned()))
        })
        .collect();
    rows.sort_unstable();
    rows.into_iter().map(|(_, path)| path).collect()
}
