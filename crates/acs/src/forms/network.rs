//! The section “Home network” of a device.

use super::{above, column, is_told, level, number, once, setting, text, value, whole, yes};
use crate::aliases::{Found, Resolver, Row};
use model::Timestamp;
use model::alias::Value;
use model::device::DataModel;
use model::network::access::RemoteAccess;
use model::network::forward::{Forward, Forwards};
use model::network::{Host, Internet, Lan, Level, Line, LineValue, Medium, NetworkView};
use store::DeviceRecord;

/// Rows of a list that are shown.
const MOST: usize = 256;

pub(crate) fn view(resolver: &Resolver<'_>, record: &DeviceRecord) -> NetworkView {
    let wan = resolver.wan();
    let (hosts, hosts_read_at) = hosts(resolver);
    let lan = lan(resolver);
    let forwards = forwards(resolver, record, wan.as_ref());
    let internet = internet(resolver, wan.as_ref());
    let lines = lines(resolver);
    let remote = remote(resolver);
    let tables = ["lan.host", "ppp", "port_forward", "dsl", "optical"].into_iter();
    let mut refresh: Vec<String> = tables.flat_map(|table| resolver.rows(table)).map(|row| above(&row.path)).collect();
    let fields = lan.iter().flat_map(|lan| [&lan.address, &lan.from, &lan.dhcp]);
    refresh.extend(fields.flatten().map(|setting| above(&setting.path)));
    refresh.extend(forwards.as_ref().map(|forwards| forwards.table.clone()));
    refresh.extend(wan.map(|row| row.path));
    NetworkView { hosts, hosts_read_at, lan, forwards, internet, lines, remote, refresh: once(refresh) }
}

fn hosts(resolver: &Resolver<'_>) -> (Vec<Host>, Option<Timestamp>) {
    const TABLE: &str = "lan.host";
    let mut read_at = None;
    let mut hosts = Vec::new();
    for row in resolver.rows(TABLE).into_iter().take(MOST) {
        let get = |name: &str| text(resolver, TABLE, &row, name).unwrap_or_default();
        let found = resolver.column(TABLE, &row, "active").or_else(|| resolver.column(TABLE, &row, "mac"));
        read_at = read_at.max(found.and_then(|found| found.read_at));
        let mac = get("mac");
        hosts.push(Host {
            name: get("name"),
            address: get("ip"),
            maker: maker(&mac).to_owned(),
            mac,
            medium: medium(&get("medium"), &get("interface")),
            active: yes(resolver, TABLE, &row, "active"),
            lease: number(resolver, TABLE, &row, "lease").map(|seconds| seconds as u64),
            signal: level(number(resolver, TABLE, &row, "signal")),
        });
    }
    hosts.sort_by_key(|host| (host.active == Some(false), host.name.to_lowercase(), host.mac.clone()));
    (hosts, read_at)
}

/// Addresses that devices make up have their second-lowest bit set (IEEE 802, local administration).
fn maker(mac: &str) -> &'static str {
    let first = mac.get(..2).and_then(|byte| u8::from_str_radix(byte, 16).ok());
    if first.is_some_and(|byte| byte & 2 != 0) { "Private address" } else { "" }
}

fn medium(said: &str, interface: &str) -> Medium {
    match said {
        "cable" => Medium::Cable,
        "wifi" => Medium::Wifi,
        "usb" | "powerline" | "coax" => Medium::Other,
        _ if interface.contains(".WiFi.") || interface.contains("WLANConfiguration") => Medium::Wifi,
        _ if interface.contains("Ethernet") => Medium::Cable,
        _ => Medium::Unknown,
    }
}

fn lan(resolver: &Resolver<'_>) -> Option<Lan> {
    let get = |name: &str| value(resolver, name);
    let lan = Lan {
        address: get("lan.address"),
        mask: get("lan.mask"),
        dhcp: get("lan.dhcp"),
        from: get("lan.pool_from"),
        to: get("lan.pool_to"),
        dns: get("lan.dns"),
        lease: get("lan.lease"),
    };
    (lan.from.is_some() || lan.address.is_some()).then_some(lan)
}

fn forwards(resolver: &Resolver<'_>, record: &DeviceRecord, wan: Option<&Row>) -> Option<Forwards> {
    const TABLE: &str = "port_forward";
    let tree = resolver.tree;
    let table = match resolver.data_model {
        DataModel::Tr181 => "Device.NAT.PortMapping.".to_owned(),
        _ => format!("{}PortMapping.", wan?.path),
    };
    let node = tree.get(&table)?;
    let mut read_at = None;
    let mut list = Vec::new();
    for row in resolver.rows(TABLE).into_iter().take(MOST) {
        let get = |name: &str| text(resolver, TABLE, &row, name).unwrap_or_default();
        let port = |name: &str| {
            let port = whole(number(resolver, TABLE, &row, name))?;
            u16::try_from(port).ok()
        };
        let first = resolver.column(TABLE, &row, "external");
        read_at = read_at.max(first.and_then(|found| found.read_at));
        list.push(Forward {
            description: get("description"),
            on: yes(resolver, TABLE, &row, "enabled"),
            protocol: get("protocol"),
            outside: port("external")
                .map(|first| (first, port("external_end").filter(|last| *last > first).unwrap_or(first))),
            inside: port("internal").filter(|port| *port > 0),
            client: get("client"),
            remote: get("remote"),
            can_delete: tree.get(&row.path).is_some_and(|node| node.writable),
            row: row.path,
        });
    }
    list.sort_by_key(|forward| (forward.outside, forward.protocol.clone()));
    Some(Forwards {
        can_add: node.writable,
        list,
        read_at: read_at.or(node.read_at),
        own_ports: own_ports(resolver, record),
        interface: match (resolver.data_model, wan) {
            (DataModel::Tr181, Some(row)) => row.path.clone(),
            _ => String::new(),
        },
        table,
    })
}

/// Ports on which the router itself is called from outside.
fn own_ports(resolver: &Resolver<'_>, record: &DeviceRecord) -> Vec<(u16, String)> {
    let mut ports = Vec::new();
    let port_of = |url: &str| {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = rest.split('/').next()?;
        host.rsplit_once(':')?.1.parse::<u16>().ok()
    };
    if let Some(port) = port_of(&record.connection_request_url) {
        ports.push((port, "Lastmile calls it there".to_owned()));
    }
    if let Some(remote) = remote(resolver)
        && remote.on.yes() == Some(true)
        && let Some(port) = remote.port.and_then(|port| port.value).and_then(|port| port.parse().ok())
    {
        ports.push((port, "its own pages are reached there".to_owned()));
    }
    ports
}

fn internet(resolver: &Resolver<'_>, wan: Option<&Row>) -> Internet {
    let of = |row: &Row, name: &str| text(resolver, "wan.connection", row, name).unwrap_or_default();
    let ppp = resolver.rows("ppp").into_iter().next();
    // Of several sessions the one that the connection runs over.
    let over = wan.and_then(|wan| {
        resolver
            .rows("ppp")
            .into_iter()
            .find(|row| row.path == wan.path || resolver.follow(wan, "LowerLayers").contains(row))
    });
    let is_ip = wan.is_some_and(|wan| wan.path.contains("WANIPConnection"));
    let ppp = over.or(if is_ip { None } else { ppp });
    let from = |name: &str| {
        let ppp = ppp.as_ref().and_then(|row| text(resolver, "ppp", row, name));
        ppp.or_else(|| wan.map(|wan| of(wan, name))).unwrap_or_default()
    };
    let uptime = ppp
        .as_ref()
        .and_then(|row| resolver.column("ppp", row, "uptime"))
        .or_else(|| wan.and_then(|wan| resolver.column("wan.connection", wan, "uptime")));
    let reset = ppp
        .as_ref()
        .and_then(|row| column(resolver, "ppp", row, "reset"))
        .or_else(|| wan.and_then(|wan| column(resolver, "wan.connection", wan, "reset")));
    let password = ppp.as_ref().and_then(|row| column(resolver, "ppp", row, "password"));
    Internet {
        kind: match (&ppp, wan) {
            (Some(_), _) => "PPP".to_owned(),
            (None, Some(_)) => "IP".to_owned(),
            (None, None) => String::new(),
        },
        status: from("status"),
        error: from("error"),
        uptime: uptime.as_ref().and_then(Found::number).map(|seconds| seconds as u64),
        address: wan.map(|wan| of(wan, "ipv4")).unwrap_or_default(),
        user: ppp.as_ref().and_then(|row| column(resolver, "ppp", row, "user")),
        told: password.as_ref().is_some_and(|password| is_told(resolver, password)),
        password,
        reset: reset.filter(|reset| reset.writable),
        read_at: uptime.as_ref().and_then(|found| found.read_at),
        uptime_path: uptime.map(|found| found.path).unwrap_or_default(),
    }
}

/// A value of a line with what is usual.
struct Usual {
    column: &'static str,
    normal: &'static str,
    unit: &'static str,
    level: fn(f64) -> Option<Level>,
}

fn above_is_good(good: f64, fair: f64, number: f64) -> Level {
    if number >= good {
        Level::Good
    } else if number >= fair {
        Level::Fair
    } else {
        Level::Bad
    }
}

const DSL: [Usual; 11] = [
    Usual { column: "down", normal: "", unit: "kbit/s", level: |_| None },
    Usual { column: "up", normal: "", unit: "kbit/s", level: |_| None },
    Usual { column: "down_max", normal: "", unit: "kbit/s", level: |_| None },
    Usual { column: "margin_down", normal: "6 dB or more", unit: "dB", level: |n| Some(above_is_good(6.0, 4.0, n)) },
    Usual { column: "margin_up", normal: "6 dB or more", unit: "dB", level: |n| Some(above_is_good(6.0, 4.0, n)) },
    Usual { column: "attenuation_down", normal: "less is a shorter line", unit: "dB", level: |_| None },
    Usual { column: "attenuation_up", normal: "less is a shorter line", unit: "dB", level: |_| None },
    Usual {
        column: "errored",
        normal: "under 10 s in 15 min",
        unit: "s",
        level: |n| Some(above_is_good(-10.0, -60.0, -n)),
    },
    Usual { column: "severely_errored", normal: "none", unit: "s", level: |n| Some(above_is_good(0.0, -5.0, -n)) },
    Usual { column: "crc", normal: "", unit: "", level: |_| None },
    Usual { column: "retrains", normal: "under 3 a day", unit: "", level: |n| Some(above_is_good(-2.0, -5.0, -n)) },
];

const OPTICAL: [Usual; 4] = [
    Usual {
        column: "rx",
        normal: "−27 to −8 dBm",
        unit: "dBm",
        level: |n| Some(if n > -8.0 { Level::Bad } else { above_is_good(-25.0, -27.0, n) }),
    },
    Usual { column: "tx", normal: "0.5 to 5 dBm", unit: "dBm", level: |_| None },
    Usual {
        column: "temperature",
        normal: "under 70 °C",
        unit: "°C",
        level: |n| Some(above_is_good(-70.0, -80.0, -n)),
    },
    Usual { column: "errors", normal: "", unit: "", level: |_| None },
];

fn lines(resolver: &Resolver<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    for (table, title, usual) in [("dsl", "DSL line", &DSL[..]), ("optical", "Optical line", &OPTICAL[..])] {
        for row in resolver.rows(table).into_iter().take(2) {
            let label = |column: &str| {
                let alias = format!("{table}.{column}");
                resolver.aliases.get(&alias).map_or_else(|| column.to_owned(), |alias| alias.label.clone())
            };
            let mut values = Vec::new();
            for column in ["status", "standard"] {
                if let Some(found) = resolver.column(table, &row, column)
                    && let Some(said) = found.text()
                {
                    let level = (column == "status").then(|| if said == "up" { Level::Good } else { Level::Bad });
                    let value = match said {
                        "up" => "In sync".to_owned(),
                        "down" => "No sync".to_owned(),
                        "connecting" => "Synchronizing".to_owned(),
                        other => other.to_owned(),
                    };
                    let read_at = found.read_at;
                    values.push(LineValue { label: label(column), value, level, read_at, ..LineValue::default() });
                }
            }
            for one in usual {
                let Some(found) = resolver.column(table, &row, one.column) else { continue };
                let Some(number) = found.number() else { continue };
                values.push(LineValue {
                    label: label(one.column),
                    value: Value::Number(number).say(one.unit),
                    measured: Value::Number(number).measured(one.unit),
                    normal: one.normal.to_owned(),
                    level: (one.level)(number),
                    read_at: found.read_at,
                });
            }
            if !values.is_empty() {
                let read_at = values.iter().filter_map(|value| value.read_at).max();
                lines.push(Line { title: title.to_owned(), values, read_at });
            }
        }
    }
    lines
}

/// Access to the router's own pages from outside, without its end.
pub(crate) fn remote(resolver: &Resolver<'_>) -> Option<RemoteAccess> {
    let root = resolver.data_model.root();
    let tree = resolver.tree;
    let find = |name: &str| {
        let path = format!("{root}UserInterface.RemoteAccess.{name}");
        let node = tree.get(&path)?;
        let found = Found { path, value: None, read_at: node.read_at, writable: node.writable };
        Some(setting(tree, &found, false))
    };
    let protocol = find("Protocol").and_then(|protocol| protocol.value).unwrap_or_default();
    Some(RemoteAccess { on: find("Enable")?, port: find("Port"), protocol, closing: None })
}
