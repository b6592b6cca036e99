//! The Wi-Fi section of a device.

use super::{above, column, is_told, level, number, once, text, whole, yes};
use crate::aliases::{Found, Resolver, Row, band_of};
use cwmp::time::CwmpTime;
use model::Timestamp;
use model::diagnostic::{Found as Finding, TestKind};
use model::task::{TaskKind, TaskOutcome};
use model::wifi::{Client, Neighbour, Neighbours, Network, PasswordSent, Radio, Role, WifiView, channel};
use store::TaskRecord;

/// Rows of a list that are shown.
const MOST: usize = 256;
/// What nobody has said for this long counts as old, in milliseconds.
const TOGETHER_MS: i64 = 60_000;

/// `tasks`: the newest ones of the device, newest first.
pub(crate) fn view(resolver: &Resolver<'_>, tasks: &[TaskRecord]) -> WifiView {
    let clients = clients(resolver);
    let bands = resolver.radios();
    let networks = networks(resolver, &bands, &clients, tasks);
    let radios = bands.iter().map(|(row, band)| radio(resolver, row, band)).collect();
    let neighbours = neighbours(resolver, &networks, tasks);
    let refresh = bands.iter().map(|(row, _)| row.path.clone());
    let tables = ["wifi.network", "wifi.client"].into_iter().flat_map(|table| resolver.rows(table));
    let mut refresh: Vec<String> = refresh.chain(tables.map(|row| above(&row.path))).collect();
    // Passwords and modes of TR-181 stand beside the networks.
    refresh.extend(networks.iter().filter_map(|network| network.security.as_ref()).map(|s| root_of(&s.path)));
    WifiView { radios, networks, clients, neighbours, refresh: once(refresh) }
}

/// The table that a parameter of one of its rows stands in.
fn root_of(path: &str) -> String {
    let parts: Vec<&str> = path.split('.').collect();
    let row = parts.iter().rposition(|part| crate::views::is_number(part)).unwrap_or(0);
    parts[..row].iter().fold(String::new(), |path, part| path + part + ".")
}

/// The radios alone.
pub(crate) fn radios(resolver: &Resolver<'_>) -> Vec<Radio> {
    resolver.radios().iter().map(|(row, band)| radio(resolver, row, band)).collect()
}

fn radio(resolver: &Resolver<'_>, row: &Row, band: &str) -> Radio {
    const TABLE: &str = "wifi.radio";
    let get = |name: &str| column(resolver, TABLE, row, name);
    let channel = get("channel");
    let possible = text(resolver, TABLE, row, "possible").unwrap_or_default();
    let mut networks = resolver.networks_of(row, band);
    networks.truncate(MOST);
    let network = |row: &Row, name: &str| resolver.column("wifi.network", row, name);
    let counts = networks.iter().filter_map(|row| whole(network(row, "clients")?.number()));
    Radio {
        band: band.to_owned(),
        ssid: networks.iter().find_map(|row| network(row, "ssid")?.text().map(str::to_owned)),
        on: get("enabled"),
        channel_in_use: whole(number(resolver, TABLE, row, "channel_in_use")),
        auto: get("auto"),
        possible: channel::parse_list(&possible),
        width: whole(number(resolver, TABLE, row, "width")),
        busy: whole(number(resolver, TABLE, row, "busy")),
        noise: level(number(resolver, TABLE, row, "noise")),
        clients: counts.reduce(u32::saturating_add),
        read_at: channel.as_ref().and_then(|channel| channel.read_at),
        channel,
    }
}

fn networks(
    resolver: &Resolver<'_>,
    bands: &[(Row, String)],
    clients: &[Client],
    tasks: &[TaskRecord],
) -> Vec<Network> {
    const TABLE: &str = "wifi.network";
    let mut all = Vec::new();
    for (radio, band) in bands {
        let mut has_home = false;
        for row in resolver.networks_of(radio, band).into_iter().take(MOST) {
            let get = |name: &str| column(resolver, TABLE, &row, name);
            let ssid = get("ssid");
            let name = ssid.as_ref().and_then(|ssid| ssid.value.clone()).unwrap_or_default();
            let isolated = yes(resolver, TABLE, &row, "isolated") == Some(true);
            let said = text(resolver, TABLE, &row, "role").unwrap_or_default();
            let role = match () {
                () if isolated || is_guest(&name) || is_guest(&said) => Role::Guest,
                () if has_home => Role::Other,
                () => Role::Home,
            };
            has_home |= role == Role::Home;
            let password = get("password");
            let modes = text(resolver, TABLE, &row, "security_modes").unwrap_or_default();
            let here: Vec<&Client> = clients.iter().filter(|one| one.network == name && one.band == *band).collect();
            all.push(Network {
                role,
                on: get("enabled"),
                security: get("security"),
                modes: modes.split(',').map(str::trim).filter(|mode| !mode.is_empty()).map(str::to_owned).collect(),
                sent: password.as_ref().and_then(|password| sent(&password.path, tasks, &here)),
                told: password.as_ref().is_some_and(|password| is_told(resolver, password)),
                password,
                password_wpa3: get("password_wpa3").filter(|setting| setting.writable),
                clients: whole(number(resolver, TABLE, &row, "clients")),
                ssid,
                row: row.path,
                band: band.clone(),
            });
        }
    }
    all
}

fn is_guest(name: &str) -> bool {
    let name = name.to_lowercase();
    ["guest", "gast", "invit", "visitor"].iter().any(|word| name.contains(word))
}

/// The newest change of a password that the router took, and who has used the network since. Everything at home has to
/// sign in again with the new password: what is connected after it, knows it.
fn sent(path: &str, tasks: &[TaskRecord], clients: &[&Client]) -> Option<PasswordSent> {
    let newest = tasks.iter().find(|task| {
        let sets =
            matches!(&task.kind, TaskKind::SetValues { values } if values.iter().any(|value| value.path == path));
        sets && task.outcome.as_ref().is_some_and(|outcome| outcome.unconfirmed().any(|open| open == path))
    })?;
    if !matches!(newest.outcome, Some(TaskOutcome::Changed { .. })) {
        return None;
    }
    let at = newest.updated_at;
    let rejoined = clients.iter().find(|client| {
        let seen = client.read_at.is_some_and(|read| read.since(at) > 0);
        let joined = client.since.map_or_else(
            // A router that does not tell since when: whoever is there a minute later has come back.
            || client.read_at.is_some_and(|read| read.since(at) > TOGETHER_MS),
            |since| since.since(at) > 0,
        );
        client.active && seen && joined
    });
    Some(PasswordSent { at, by: newest.by.clone(), confirmed_by: rejoined.map(|client| client.name.clone()) })
}

fn clients(resolver: &Resolver<'_>) -> Vec<Client> {
    const TABLE: &str = "wifi.client";
    let mut clients: Vec<Client> = Vec::new();
    for row in resolver.rows(TABLE).into_iter().take(MOST) {
        let get = |name: &str| text(resolver, TABLE, &row, name);
        let Some(mac) = get("mac") else { continue };
        let access_point = Row { path: above(&above(&row.path)) };
        let band = get("band")
            .map_or_else(|| resolver.band(&access_point), |band| band_of(Some(&band), None, None, &access_point.path));
        let signal = resolver.column(TABLE, &row, "signal");
        let read = resolver.column(TABLE, &row, "mac").and_then(|found| found.read_at);
        let active = yes(resolver, TABLE, &row, "active");
        let since = resolver.tree.value(&format!("{}AssociationTime", row.path)).and_then(|time| moment(time, read));
        clients.push(Client {
            name: get("name").filter(|name| !name.trim().is_empty()).unwrap_or_else(|| mac.clone()),
            band,
            network: get("ssid").unwrap_or_default(),
            signal: level(signal.as_ref().and_then(Found::number)),
            rate: whole(number(resolver, TABLE, &row, "rate_down")),
            retransmissions: whole(number(resolver, TABLE, &row, "retransmissions")),
            since,
            active: active != Some(false),
            read_at: signal.and_then(|found| found.read_at).or(read),
            mac,
        });
    }
    clients.sort_by_key(|client| (!client.active, client.signal.unwrap_or(0), client.name.clone()));
    clients
}

/// A time of the device; one after its reading is none.
fn moment(text: &str, read: Option<Timestamp>) -> Option<Timestamp> {
    let (CwmpTime::Utc(at) | CwmpTime::Local(at)) = CwmpTime::parse(text)? else { return None };
    read.is_none_or(|read| at.0 <= read.0 + TOGETHER_MS).then_some(at)
}

fn neighbours(resolver: &Resolver<'_>, own: &[Network], tasks: &[TaskRecord]) -> Neighbours {
    const TABLE: &str = "neighbour";
    let rows = resolver.rows(TABLE);
    let bssid = |row: &Row| text(resolver, "wifi.network", row, "bssid");
    let ours: Vec<String> = own.iter().filter_map(|network| bssid(&Row { path: network.row.clone() })).collect();
    let mut scanned_at = None;
    let mut list = Vec::new();
    for row in rows.iter().take(MOST) {
        let found = resolver.column(TABLE, row, "signal");
        let (Some(channel), Some(signal)) =
            (whole(number(resolver, TABLE, row, "channel")), level(found.as_ref().and_then(Found::number)))
        else {
            continue;
        };
        scanned_at = scanned_at.max(found.and_then(|found| found.read_at));
        if text(resolver, TABLE, row, "bssid").is_some_and(|bssid| ours.contains(&bssid)) {
            continue;
        }
        let band = text(resolver, TABLE, row, "band");
        list.push(Neighbour {
            ssid: text(resolver, TABLE, row, "ssid").unwrap_or_default().chars().take(64).collect(),
            channel,
            band: band_of(band.as_deref(), Some(f64::from(channel)), None, &row.path),
            signal,
            width: whole(number(resolver, TABLE, row, "width")).unwrap_or(20),
        });
    }
    let state = "Device.WiFi.NeighboringWiFiDiagnostic.DiagnosticsState";
    let can_scan = crate::diagnostics::supported(resolver.tree).contains(&TestKind::WifiNeighbours);
    // Complete with no rows: a scan that found nobody.
    if scanned_at.is_none() && resolver.tree.value(state).is_some_and(|state| state.starts_with("Complete")) {
        scanned_at = resolver.tree.get(state).and_then(|node| node.read_at);
    }
    // A scan that was run from here, wherever the maker keeps its results.
    if let Some((at, found)) = scan(tasks).filter(|(at, _)| scanned_at.is_none_or(|read| *at > read)) {
        scanned_at = Some(at);
        list = found.iter().filter(|one| !ours.contains(&one.bssid.to_ascii_uppercase())).filter_map(heard).collect();
    }
    list.sort_by_key(|neighbour| (std::cmp::Reverse(neighbour.signal), neighbour.channel));
    Neighbours { scanned_at, list, can_scan }
}

/// The newest scan that has ended, with when.
fn scan(tasks: &[TaskRecord]) -> Option<(Timestamp, &[model::diagnostic::Neighbour])> {
    tasks.iter().find_map(|task| match &task.outcome {
        Some(TaskOutcome::Diagnosed { result }) => match &result.found {
            Finding::Neighbours { networks } => Some((task.updated_at, networks.as_slice())),
            _ => None,
        },
        _ => None,
    })
}

fn heard(one: &model::diagnostic::Neighbour) -> Option<Neighbour> {
    let channel = one.channel?;
    let band = Some(one.band.as_str()).filter(|band| !band.is_empty());
    let digits: String = one.width.chars().take_while(char::is_ascii_digit).collect();
    Some(Neighbour {
        ssid: one.ssid.chars().take(64).collect(),
        channel,
        band: band_of(band, Some(f64::from(channel)), None, ""),
        signal: one.signal_dbm?,
        width: digits.parse().unwrap_or(20),
    })
}
