//! What pages show of a device, put together from its record and its tree.

use crate::knowledge::{self, is_secret};
use crate::reach::Told;
use model::Timestamp;
use model::device::{DataModel, DeviceRow, DeviceView, Fact, FactGroup, RadioView};
use model::task::TaskView;
use model::time::duration;
use model::tree::{Branch, ObjectView, ParameterView, TreeQuery, TreeView, ValueType};
use store::{DeviceRecord, Node, TaskRecord, Tree};

/// Hits of a search in a tree that are shown.
const HITS: usize = 200;

/// A task for the portal: secrets masked, the engine's own notes left out.
pub(crate) fn task_view(record: TaskRecord) -> TaskView {
    let kind = crate::session::scrubbed(&record.kind).unwrap_or(record.kind);
    TaskView {
        id: record.id,
        device: record.device,
        kind,
        state: record.state,
        by: record.by,
        created_at: record.created_at,
        updated_at: record.updated_at,
        steps: record.steps,
        note: record.note,
        outcome: record.outcome,
    }
}

pub(crate) fn device_view(row: DeviceRow, record: &DeviceRecord, tree: &Tree, told: Told) -> DeviceView {
    let facts = Facts { tree, root: record.data_model.root() };
    DeviceView {
        radios: facts.radios(record.data_model),
        groups: facts.groups(record),
        data_model: record.data_model,
        cwmp_version: record.cwmp_version.clone(),
        reach: told.reachability,
        ways: told.ways,
        reach_notes: told.notes,
        inform_interval: record.inform_interval,
        parameter_count: record.parameter_count,
        tree_read_at: record.tree_read_at,
        discovering: record.tree_read_at.is_none(),
        stuck: record.stuck.clone(),
        row,
    }
}

struct Facts<'a> {
    tree: &'a Tree,
    root: &'static str,
}

impl Facts<'_> {
    /// A parameter below the root that was read and is not empty.
    fn read(&self, path: &str) -> Option<(String, &str, Option<Timestamp>)> {
        let path = format!("{}{path}", self.root);
        let node = self.tree.get(&path)?;
        let value = node.value.as_deref().filter(|value| !value.is_empty())?;
        Some((path, value, node.read_at))
    }

    /// Rows of a table, by number.
    fn rows(&self, table: &str) -> Vec<String> {
        let table = if table.starts_with(self.root) { table.to_owned() } else { format!("{}{table}", self.root) };
        let mut rows: Vec<(u32, String)> = self
            .tree
            .children(&table)
            .filter_map(|(path, _)| {
                let number = path.strip_prefix(table.as_str())?.strip_suffix('.')?.parse().ok()?;
                Some((number, path.to_owned()))
            })
            .collect();
        rows.sort_unstable();
        rows.into_iter().map(|(_, path)| path).collect()
    }

    /// The first of some paths that has a value. `{i}` stands for any row.
    fn first(&self, paths: &[&str]) -> Option<(String, String, Option<Timestamp>)> {
        paths.iter().find_map(|path| self.expand(path))
    }

    fn expand(&self, path: &str) -> Option<(String, String, Option<Timestamp>)> {
        let Some((table, rest)) = path.split_once("{i}") else {
            let (path, value, at) = self.read(path)?;
            return Some((path, value.to_owned(), at));
        };
        let rows = self.rows(table);
        rows.iter()
            .find_map(|row| self.expand(&format!("{}{rest}", row.trim_end_matches('.').strip_prefix(self.root)?)))
    }

    fn fact(&self, label: &str, paths: &[&str], say: impl Fn(&str) -> String) -> Fact {
        let found = self.first(paths);
        Fact {
            label: label.to_owned(),
            value: found.as_ref().map(|(_, value, _)| say(value)),
            identifier: false,
            read_at: found.as_ref().and_then(|(_, _, at)| *at),
            path: found.map(|(path, _, _)| path),
        }
    }

    fn text(&self, label: &str, paths: &[&str]) -> Fact {
        self.fact(label, paths, str::to_owned)
    }

    fn identifier(&self, label: &str, paths: &[&str]) -> Fact {
        Fact { identifier: true, ..self.text(label, paths) }
    }

    fn seconds(&self, label: &str, paths: &[&str]) -> Fact {
        self.fact(label, paths, |value| value.parse().map_or_else(|_| value.to_owned(), duration))
    }

    /// Cards of the summary. What a device does not have is left out, except what everyone asks for.
    fn groups(&self, record: &DeviceRecord) -> Vec<FactGroup> {
        const PPP: &str = "WANDevice.{i}.WANConnectionDevice.{i}.WANPPPConnection.{i}";
        const IP: &str = "WANDevice.{i}.WANConnectionDevice.{i}.WANIPConnection.{i}";
        const DSL: &str = "WANDevice.{i}.WANDSLInterfaceConfig";
        let own = |label: &str, value: &str, identifier| Fact {
            label: label.to_owned(),
            value: Some(value.to_owned()).filter(|value| !value.is_empty()),
            identifier,
            read_at: Some(record.last_inform),
            path: None,
        };
        let p = |prefix: &str, name: &str| format!("{prefix}.{name}");
        let rate = |value: &str| {
            value.parse::<f64>().map_or_else(|_| value.to_owned(), |kbit| format!("{:.1} Mbit/s", kbit / 1000.0))
        };
        let tenth = |unit: &'static str| {
            move |value: &str| {
                value
                    .parse::<f64>()
                    .map_or_else(|_| value.to_owned(), |v| format!("{:.1} {unit}", v / 10.0).replace('-', "−"))
            }
        };
        let dbm = |value: &str| match value.trim().parse::<f64>() {
            // TR-181 counts in thousandths of a dBm; vendors mostly say it plainly.
            Ok(v) if v.abs() >= 100.0 => format!("{:.1} dBm", v / 1000.0).replace('-', "−"),
            Ok(v) => format!("{v:.1} dBm").replace('-', "−"),
            Err(_) => value.to_owned(),
        };
        let memory = |value: &str| {
            value.parse::<f64>().map_or_else(|_| value.to_owned(), |kib| format!("{:.0} MB", kib / 1024.0))
        };
        let internet = vec![
            self.text(
                "Status",
                &[
                    &p(PPP, "ConnectionStatus"),
                    &p(IP, "ConnectionStatus"),
                    "PPP.Interface.{i}.ConnectionStatus",
                    "IP.Interface.{i}.Status",
                ],
            ),
            self.identifier(
                "IPv4",
                &[
                    &p(PPP, "ExternalIPAddress"),
                    &p(IP, "ExternalIPAddress"),
                    "IP.Interface.{i}.IPv4Address.{i}.IPAddress",
                ],
            ),
            self.identifier("IPv6", &["IP.Interface.{i}.IPv6Address.{i}.IPAddress"]),
            self.seconds("Connected for", &[&p(PPP, "Uptime"), &p(IP, "Uptime")]),
            self.fact(
                "Last error",
                &[
                    &p(PPP, "LastConnectionError"),
                    &p(IP, "LastConnectionError"),
                    "PPP.Interface.{i}.LastConnectionError",
                ],
                |value| if value == "ERROR_NONE" { "None".to_owned() } else { value.to_owned() },
            ),
            self.identifier("PPP user", &[&p(PPP, "Username"), "PPP.Interface.{i}.Username"]),
        ];
        let line = vec![
            self.text("Line", &[&p(DSL, "Status"), "DSL.Line.{i}.Status", "Optical.Interface.{i}.Status"]),
            self.fact("Down", &[&p(DSL, "DownstreamCurrRate"), "DSL.Channel.{i}.DownstreamCurrRate"], rate),
            self.fact("Up", &[&p(DSL, "UpstreamCurrRate"), "DSL.Channel.{i}.UpstreamCurrRate"], rate),
            self.fact(
                "Noise margin",
                &[&p(DSL, "DownstreamNoiseMargin"), "DSL.Line.{i}.DownstreamNoiseMargin"],
                tenth("dB"),
            ),
            self.fact("Light received", &["Optical.Interface.{i}.OpticalSignalLevel"], dbm),
        ];
        let router = vec![
            self.seconds("Running for", &["DeviceInfo.UpTime"]),
            own("Firmware", &record.software_version, false),
            own("Hardware", &record.hardware_version, false),
            self.fact("Memory free", &["DeviceInfo.MemoryStatus.Free"], memory),
            own("Comes from", &record.address, true),
            self.text("Provisioning code", &["DeviceInfo.ProvisioningCode"]),
        ];
        let home = vec![
            self.text("Devices known", &["LANDevice.{i}.Hosts.HostNumberOfEntries", "Hosts.HostNumberOfEntries"]),
            self.identifier(
                "Router's address",
                &[
                    "LANDevice.{i}.LANHostConfigManagement.IPInterface.{i}.IPInterfaceIPAddress",
                    "DHCPv4.Server.Pool.{i}.IPRouters",
                ],
            ),
            self.identifier(
                "Addresses from",
                &["LANDevice.{i}.LANHostConfigManagement.MinAddress", "DHCPv4.Server.Pool.{i}.MinAddress"],
            ),
            self.identifier(
                "Addresses to",
                &["LANDevice.{i}.LANHostConfigManagement.MaxAddress", "DHCPv4.Server.Pool.{i}.MaxAddress"],
            ),
        ];
        let always = ["Status", "IPv4", "Running for", "Firmware"];
        [("Internet", internet), ("Line", line), ("Router", router), ("Home network", home)]
            .into_iter()
            .map(|(title, facts)| FactGroup {
                title: title.to_owned(),
                facts: facts.into_iter().filter(|f| f.value.is_some() || always.contains(&f.label.as_str())).collect(),
            })
            .filter(|group| !group.facts.is_empty())
            .collect()
    }

    fn radios(&self, data_model: DataModel) -> Vec<RadioView> {
        let rows = match data_model {
            DataModel::Tr181 => self.rows("WiFi.Radio."),
            DataModel::Tr098 => {
                self.rows("LANDevice.").iter().flat_map(|lan| self.rows(&format!("{lan}WLANConfiguration."))).collect()
            }
            DataModel::Unknown => Vec::new(),
        };
        let mut radios: Vec<RadioView> = rows.iter().map(|row| self.radio(row, data_model)).collect();
        // TR-098 has one WLANConfiguration per network: guests share the radio of the first with the same band.
        if data_model == DataModel::Tr098 {
            let mut seen = Vec::new();
            radios.retain(|radio| {
                let new = !seen.contains(&radio.band);
                seen.push(radio.band.clone());
                new
            });
        }
        radios
    }

    fn radio(&self, row: &str, data_model: DataModel) -> RadioView {
        let node = |name: &str| self.tree.get(&format!("{row}{name}"));
        let value = |name: &str| node(name).and_then(|node| node.value.as_deref());
        let channel = node("Channel");
        let auto = node("AutoChannelEnable");
        let (ssid, clients) = match data_model {
            DataModel::Tr181 => self.network_of(row),
            _ => (value("SSID").map(str::to_owned), value("TotalAssociations").and_then(|v| v.parse().ok())),
        };
        RadioView {
            band: band(value("OperatingFrequencyBand"), value("Channel"), value("Standard"), row),
            ssid,
            channel: channel.and_then(|node| node.value.as_deref()).map(str::to_owned),
            channel_path: channel.map(|_| format!("{row}Channel")),
            channel_writable: channel.is_some_and(|node| node.writable),
            auto_channel: auto.and_then(|node| node.value.as_deref()).map(|value| ValueType::Boolean.same(value, "1")),
            auto_channel_path: auto.filter(|node| node.writable).map(|_| format!("{row}AutoChannelEnable")),
            clients,
            read_at: channel.and_then(|node| node.read_at),
        }
    }

    /// First SSID on a TR-181 radio, and the clients of all its access points.
    fn network_of(&self, radio: &str) -> (Option<String>, Option<u32>) {
        let refers = |reference: &str, to: &str| reference.trim_end_matches('.') == to.trim_end_matches('.');
        let ssids: Vec<String> = self
            .rows("WiFi.SSID.")
            .into_iter()
            .filter(|ssid| self.tree.value(&format!("{ssid}LowerLayers")).is_some_and(|lower| refers(lower, radio)))
            .collect();
        let name = ssids.first().and_then(|ssid| self.tree.value(&format!("{ssid}SSID"))).map(str::to_owned);
        let mut clients = None;
        for point in self.rows("WiFi.AccessPoint.") {
            let reference = self.tree.value(&format!("{point}SSIDReference")).unwrap_or_default();
            if ssids.iter().any(|ssid| refers(reference, ssid)) {
                let count: Option<u32> =
                    self.tree.value(&format!("{point}AssociatedDeviceNumberOfEntries")).and_then(|v| v.parse().ok());
                clients = count.map(|count| clients.unwrap_or(0) + count).or(clients);
            }
        }
        (name, clients)
    }
}

/// `2.4 GHz` and so on, from what the device says, else from the channel or the standard.
fn band(band: Option<&str>, channel: Option<&str>, standard: Option<&str>, row: &str) -> String {
    if let Some(band) = band.filter(|band| !band.is_empty()) {
        return band.replace("GHz", " GHz");
    }
    let channel: u32 = channel.and_then(|value| value.parse().ok()).unwrap_or(0);
    let five = channel > 14 || (channel == 0 && standard.is_some_and(|s| s.contains("ac") || s == "a"));
    match (five, channel) {
        (true, _) => "5 GHz".to_owned(),
        (false, 1..=14) => "2.4 GHz".to_owned(),
        _ => row.trim_end_matches('.').rsplit('.').next().map_or_else(String::new, |n| format!("Radio {n}")),
    }
}

/// A part of a tree: an object's children with the open branches above it, or the hits of a search.
pub(crate) fn tree_view(record: &DeviceRecord, tree: &Tree, query: &TreeQuery) -> TreeView {
    let mut path = query.path.clone();
    if !path.is_empty() && !path.ends_with('.') {
        path.push('.');
    }
    if path.is_empty() || tree.get(&path).is_none() {
        record.data_model.root().clone_into(&mut path);
    }
    let mut branches = Vec::new();
    let mut end = 0;
    while let Some(dot) = path[end..].find('.') {
        end += dot + 1;
        branches.push(Branch { path: path[..end].to_owned(), objects: objects(tree, &path[..end]) });
    }
    let needle = query.search.trim().to_lowercase();
    let mut truncated = false;
    let parameters = if needle.is_empty() {
        tree.children(&path)
            .filter(|(path, _)| !path.ends_with('.'))
            .map(|(path, node)| parameter(path, node, tree))
            .collect()
    } else {
        let hit = |(path, node): &(&str, &Node)| {
            let in_value = || {
                let value = node.value.as_deref().filter(|_| !is_secret(path));
                value.is_some_and(|value| value.to_lowercase().contains(&needle))
            };
            !path.ends_with('.') && (path.to_lowercase().contains(&needle) || in_value())
        };
        let mut hits: Vec<_> = tree.below(&path).filter(hit).take(HITS + 1).collect();
        truncated = hits.len() > HITS;
        hits.truncate(HITS);
        hits.into_iter().map(|(path, node)| parameter(path, node, tree)).collect()
    };
    let new_row = if needle.is_empty() { knowledge::new_row(&path, tree) } else { Vec::new() };
    TreeView {
        path,
        branches,
        parameters,
        new_row,
        truncated,
        total: tree.parameters() as u32,
        read_at: record.tree_read_at,
    }
}

fn parameter(path: &str, node: &Node, tree: &Tree) -> ParameterView {
    let secret = is_secret(path);
    ParameterView {
        path: path.to_owned(),
        value: node.value.as_deref().map(|value| if secret { String::new() } else { value.to_owned() }),
        value_type: knowledge::reported_type(node).or_else(|| knowledge::value_type(path)).unwrap_or(node.value_type),
        writable: node.writable,
        notification: node.notification,
        read_at: node.read_at,
        secret,
        known: knowledge::known(path, node, tree).map(Box::new),
    }
}

/// The child objects of one object, rows in the order of their numbers.
fn objects(tree: &Tree, path: &str) -> Vec<ObjectView> {
    let mut found: Vec<ObjectView> = tree
        .children(path)
        .filter(|(child, _)| child.ends_with('.'))
        .map(|(child, node)| {
            let name = child[path.len()..].trim_end_matches('.').to_owned();
            let is_row = is_number(&name);
            let mut parameters = 0;
            let mut has_children = false;
            for (below, _) in tree.below(child) {
                if below.ends_with('.') {
                    has_children |= below.len() > child.len();
                } else {
                    parameters += 1;
                }
            }
            let mut rows = tree.children(child).filter(|(grandchild, _)| grandchild.ends_with('.')).peekable();
            let no_rows = rows.peek().is_none();
            let all_rows = rows.all(|(row, _)| is_number(row[child.len()..].trim_end_matches('.')));
            let is_table = !is_row && if no_rows { node.writable && parameters == 0 } else { all_rows };
            let hint = if is_row { hint(tree, child) } else { None };
            let about = knowledge::about(child);
            ObjectView {
                path: child.to_owned(),
                name,
                hint,
                about,
                parameters,
                has_children,
                writable: node.writable,
                is_row,
                is_table,
            }
        })
        .collect();
    found.sort_by_cached_key(|object| (object.name.parse::<u32>().unwrap_or(0), object.name.clone()));
    found
}

pub(crate) fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit())
}

/// What a person calls a row.
fn hint(tree: &Tree, row: &str) -> Option<String> {
    const NAMES: [&str; 8] = [
        "SSID",
        "Name",
        "HostName",
        "PortMappingDescription",
        "Description",
        "OperatingFrequencyBand",
        "Alias",
        "MACAddress",
    ];
    let value = |name: &&str| tree.value(&format!("{row}{name}")).filter(|value| !value.is_empty());
    NAMES.iter().find_map(value).map(|value| value.chars().take(60).collect())
}
