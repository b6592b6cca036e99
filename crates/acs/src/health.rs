//! What was read of a home, put together by aliases.

#[cfg(test)]
mod tests;

use crate::aliases::{Found, Resolver, Row};
use model::Timestamp;
use model::alias::Value;
use model::health::{
    Connection, Health, HomeDevice, Internet, Line, LineKind, Link, Number, Radio, Read, RouterBox, Text, number, text,
};
use std::collections::HashMap;
use store::DeviceRecord;

/// Everything, in about as many look-ups as the device has values that somebody sees.
pub(crate) fn health(aliases: &Resolver<'_>, record: &DeviceRecord) -> Health {
    let internet = internet(aliases);
    let line = line(aliases);
    let home = home(aliases);
    let radios = radios(aliases);
    Health { internet, line, radios, home, router: router(aliases, record) }
}

fn as_number(found: Option<Found>) -> Number {
    let found = found?;
    Some(Read { value: found.number()?, at: found.read_at, path: found.path })
}

fn as_text(found: Option<Found>) -> Text {
    let found = found?;
    Some(Read { value: found.text()?.to_owned(), at: found.read_at, path: found.path })
}

fn link(status: &Text) -> Link {
    text(status).map_or(Link::Unknown, Link::parse)
}

fn internet(aliases: &Resolver<'_>) -> Internet {
    let row = aliases.wan();
    let of = |column: &str| aliases.column("wan.connection", row.as_ref()?, column);
    let status = as_text(of("status"));
    let error = as_text(of("error")).filter(|error| !error.value.eq_ignore_ascii_case("ERROR_NONE"));
    Internet {
        link: link(&status),
        status,
        error,
        ipv4: as_text(of("ipv4")),
        ipv6: as_text(of("ipv6")),
        prefix: as_text(of("prefix")),
        gateway: as_text(of("gateway")),
        dns: as_text(of("dns")),
        uptime: as_number(of("uptime")),
        user: as_text(of("user")),
        vlan: as_number(of("vlan")),
        sent: as_number(of("sent")),
        received: as_number(of("received")),
    }
}

fn line(aliases: &Resolver<'_>) -> Line {
    let of = |table: &str, row: &Row, column: &str| aliases.column(table, row, column);
    // A device may have both and use one: the first that tells a level.
    if let Some(row) = aliases.rows("optical").into_iter().find(|row| of("optical", row, "rx").is_some()) {
        let optical = |column: &str| of("optical", &row, column);
        let status = as_text(optical("status"));
        return Line {
            kind: LineKind::Optical,
            link: link(&status),
            status,
            rx: as_number(optical("rx")),
            tx: as_number(optical("tx")),
            rx_low: as_number(optical("rx_low")),
            rx_high: as_number(optical("rx_high")),
            ..Line::default()
        };
    }
    let Some(row) = aliases.rows("dsl").into_iter().find(|row| of("dsl", row, "margin_down").is_some()) else {
        return Line::default();
    };
    let dsl = |column: &str| of("dsl", &row, column);
    let status = as_text(dsl("status"));
    Line {
        kind: LineKind::Dsl,
        link: link(&status),
        status,
        standard: as_text(dsl("standard")),
        down: as_number(dsl("down")),
        up: as_number(dsl("up")),
        margin: as_number(dsl("margin_down")),
        margin_up: as_number(dsl("margin_up")),
        attenuation: as_number(dsl("attenuation_down")),
        errored: as_number(dsl("errored")),
        retrains: as_number(dsl("retrains")),
        ..Line::default()
    }
}

fn radios(aliases: &Resolver<'_>) -> Vec<Radio> {
    let neighbours = neighbours(aliases);
    let radio = |(row, band): (Row, String)| {
        let of = |column: &str| aliases.column("wifi.radio", &row, column);
        let yes = |column: &str| of(column).and_then(|found| found.value.as_ref().and_then(Value::yes));
        let networks = aliases.networks_of(&row, &band);
        let network = |row: &Row, column: &str| aliases.column("wifi.network", row, column);
        let ssid = networks.iter().find_map(|row| as_text(network(row, "ssid")));
        let clients = networks.iter().filter_map(|row| as_number(network(row, "clients"))).reduce(|mut sum, one| {
            sum.value += one.value;
            sum
        });
        let channel = as_number(of("channel_in_use"));
        let width = as_number(of("width"));
        let heard: Option<Vec<&(String, f64)>> =
            neighbours.as_ref().map(|all| all.iter().filter(|(other, _)| *other == band).collect());
        let overlapping = match (&heard, number(&channel)) {
            (Some(heard), Some(channel)) => {
                let reach = overlap(&band, number(&width));
                Some(heard.iter().filter(|(_, other)| (other - channel).abs() < reach).count() as u32)
            }
            _ => None,
        };
        Radio {
            neighbours: heard.map(|heard| heard.len() as u32),
            overlapping,
            ssid,
            on: yes("enabled"),
            auto: yes("auto"),
            busy: as_number(of("busy")),
            noise: as_number(of("noise")),
            clients,
            channel,
            width,
            band,
        }
    };
    aliases.radios().into_iter().map(radio).collect()
}

/// Channels closer than this share air: 5 for 20 MHz at 2.4 GHz, 4 at 5 GHz.
fn overlap(band: &str, width: Option<f64>) -> f64 {
    let width = width.unwrap_or(20.0);
    if band.starts_with("2.4") { 5.0 + (width - 20.0).max(0.0) / 10.0 } else { (width / 5.0).max(4.0) }
}

/// Band and channel of every network that the last scan heard; `None` if there was no scan.
fn neighbours(aliases: &Resolver<'_>) -> Option<Vec<(String, f64)>> {
    let rows = aliases.rows("neighbour");
    if rows.is_empty() {
        return None;
    }
    let one = |row: &Row| {
        let channel = aliases.column("neighbour", row, "channel")?.number()?;
        let band = aliases.column("neighbour", row, "band").and_then(|found| found.text().map(str::to_owned));
        Some((crate::aliases::band_of(band.as_deref(), Some(channel), None, &row.path), channel))
    };
    Some(rows.iter().filter_map(one).collect())
}

/// The devices of the home: hosts, joined with what the radios say of them, and those that only the radios know.
fn home(aliases: &Resolver<'_>) -> Vec<HomeDevice> {
    let mut clients: HashMap<String, Row> = HashMap::new();
    for row in aliases.rows("wifi.client") {
        let mac = aliases.column("wifi.client", &row, "mac").and_then(|found| found.text().map(str::to_owned));
        // The first says most: access points stand before the tables of a mesh.
        if let Some(mac) = mac {
            clients.entry(mac).or_insert(row);
        }
    }
    let mut home = Vec::new();
    for row in aliases.rows("lan.host") {
        let of = |column: &str| aliases.column("lan.host", &row, column);
        let Some(mac) = as_text(of("mac")) else { continue };
        let client = clients.remove(&mac.value);
        let active = of("active").and_then(|found| found.value.as_ref().and_then(Value::yes));
        let wifi = client.as_ref().map(|client| wifi_part(aliases, client));
        let at = newest(mac.at, wifi.as_ref().and_then(|wifi| wifi.at));
        let mut device = HomeDevice {
            name: as_text(of("name")).map(|name| name.value).unwrap_or_default(),
            ip: as_text(of("ip")),
            active: active.unwrap_or(client.is_some()) || client.is_some(),
            connection: medium(aliases, &row),
            signal: as_number(of("signal")),
            rate: as_number(of("rate")),
            retransmissions: None,
            mac: mac.value,
            at,
        };
        if let Some(wifi) = wifi {
            device.connection = wifi.connection;
            device.signal = wifi.signal.or(device.signal);
            device.rate = wifi.rate.or(device.rate);
            device.retransmissions = wifi.retransmissions;
        }
        home.push(device);
    }
    for (mac, row) in clients {
        let wifi = wifi_part(aliases, &row);
        let name = as_text(aliases.column("wifi.client", &row, "name")).map(|name| name.value).unwrap_or_default();
        let ip = as_text(aliases.column("wifi.client", &row, "ip"));
        home.push(HomeDevice { name, mac, ip, active: true, ..wifi });
    }
    // Weakest first; what has no signal after what has one; what is away last.
    home.sort_by(|a, b| {
        let key = |one: &HomeDevice| (!one.active, number(&one.signal).unwrap_or(0.0));
        let ((away_a, a_signal), (away_b, b_signal)) = (key(a), key(b));
        away_a.cmp(&away_b).then(a_signal.total_cmp(&b_signal)).then_with(|| a.title().cmp(b.title()))
    });
    home
}

fn wifi_part(aliases: &Resolver<'_>, row: &Row) -> HomeDevice {
    let of = |column: &str| aliases.column("wifi.client", row, column);
    let channel = of("channel").and_then(|found| found.number());
    let band = of("band").and_then(|found| found.text().map(str::to_owned));
    let band = match (&band, channel) {
        (None, None) => String::new(),
        _ => crate::aliases::band_of(band.as_deref(), channel, None, ""),
    };
    let signal = as_number(of("signal"));
    HomeDevice {
        at: signal.as_ref().and_then(|signal| signal.at),
        connection: Connection::Wifi(band),
        rate: as_number(of("rate_down")),
        retransmissions: as_number(of("retransmissions")),
        signal,
        ..HomeDevice::default()
    }
}

fn newest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.max(b)
}

/// How a host is connected, by what the host table says.
fn medium(aliases: &Resolver<'_>, row: &Row) -> Connection {
    let of = |column: &str| aliases.column("lan.host", row, column).and_then(|found| found.text().map(str::to_owned));
    match of("medium").as_deref() {
        Some("cable") => return Connection::Cable,
        Some("wifi") => return Connection::Wifi(String::new()),
        _ => {}
    }
    match of("interface") {
        Some(path) if path.contains("WiFi.") || path.contains("WLANConfiguration") => Connection::Wifi(String::new()),
        Some(path) if path.contains("Ethernet") => Connection::Cable,
        _ => Connection::Unknown,
    }
}

fn router(aliases: &Resolver<'_>, record: &DeviceRecord) -> RouterBox {
    let of = |name: &str| as_number(aliases.value(name));
    let memory_used = of("box.memory_used").or_else(|| {
        let (total, free) = (of("box.memory_total")?, of("box.memory_free")?);
        let used = (total.value > 0.0).then(|| (100.0 * (1.0 - free.value / total.value)).clamp(0.0, 100.0))?;
        Some(Read { value: used, ..free })
    });
    RouterBox {
        uptime: of("box.uptime"),
        memory_used,
        cpu: of("box.cpu"),
        temperature: of("box.temperature"),
        firmware: record.software_version.clone(),
        boots_day: 0,
        boots_week: 0,
    }
}
