//! Typed results from what was read of a test's objects. Everything is hostile: texts are cut, lists have an end.

use super::spots::{radio_table, state_name};
use crate::knowledge::is_secret;
use model::diagnostic::{
    Answer, Capacity, EchoCounters, Found, Hop, LoopTimes, Neighbour, Phase, PingTimes, Selection, Test, Throughput,
    micros,
};
use model::tree::ValueType;
use store::Tree;

const MAX_TEXT: usize = 256;
const MAX_HOPS: usize = 64;
const MAX_ANSWERS: usize = 64;
const MAX_NETWORKS: usize = 250;
/// Of a test that is shown as it is.
const MAX_VALUES: usize = 200;
/// Lists of the line's tones are long.
const MAX_VALUE: usize = 4096;

/// What the device says of a test's state, in the spelling of the first object that speaks for all: one that runs, else
/// one that failed, else the first.
pub(crate) fn said(objects: &[String], tree: &Tree) -> String {
    let states: Vec<String> = objects
        .iter()
        .map(|object| Object { tree, path: object }.text(state_name(object)).chars().take(64).collect())
        .collect();
    let first = |phase: Phase| states.iter().find(|state| Phase::of(state) == phase);
    let found = first(Phase::Running).or_else(|| first(Phase::Failed)).or_else(|| states.first());
    found.cloned().unwrap_or_default()
}

/// What a test found, from a tree that was just read.
pub(crate) fn findings(test: &Test, objects: &[String], tree: &Tree) -> Found {
    let first = objects.first().map_or("", String::as_str);
    let object = Object { tree, path: first };
    match test {
        Test::Ping(_) => Found::Ping(object.ping(false)),
        Test::UdpEcho(_) => Found::Ping(object.ping(true)),
        Test::Traceroute(_) => object.route(),
        Test::NameLookup(_) => object.names(),
        Test::Download(_) => Found::Speed(object.speed(false)),
        Test::Upload(_) => Found::Speed(object.speed(true)),
        Test::ServerSelection(_) => Found::Server(object.selection()),
        Test::WifiNeighbours => {
            let mut networks: Vec<Neighbour> = objects
                .iter()
                .flat_map(|path| {
                    let table = radio_table(path, tree).unwrap_or_else(|| format!("{path}Result."));
                    rows(tree, &table).into_iter().map(|row| neighbour(tree, &row, path)).collect::<Vec<_>>()
                })
                .take(MAX_NETWORKS)
                .collect();
            networks.sort_by_key(|one| std::cmp::Reverse(one.signal_dbm));
            Found::Neighbours { networks }
        }
        Test::AtmLoopback(_) => Found::Loopback(LoopTimes {
            answered: object.number("SuccessCount"),
            lost: object.number("FailureCount"),
            average_ms: object.number("AverageResponseTime"),
            minimum_ms: object.number("MinimumResponseTime"),
            maximum_ms: object.number("MaximumResponseTime"),
        }),
        Test::Capacity(asked) => {
            // In megabits per second, with decimals (TR-471).
            let rate = object.text("MaxIPLayerCapacity").trim().parse::<f64>().ok();
            let rate = rate.filter(|rate| rate.is_finite() && (0.0..1e9).contains(rate));
            Found::Capacity(Capacity {
                up: asked.upstream,
                bits_per_second: rate.map(|rate| (rate * 1_000_000.0).round() as u64),
                loss: object.text("LossRatioAtMax"),
                rtt_range: object.text("RTTRangeAtMax"),
            })
        }
        Test::EchoService(_) => Found::Echo(EchoCounters {
            enabled: ValueType::Boolean.same(&object.text("Enable"), "1"),
            packets_received: object.number("PacketsReceived"),
            packets_answered: object.number("PacketsResponded"),
            bytes_received: object.number("BytesReceived"),
            bytes_answered: object.number("BytesResponded"),
        }),
        Test::DslLine(_) | Test::SelfTest | Test::PacketCapture(_) | Test::Other(_) => object.values(),
    }
}

/// Reads below one object.
struct Object<'a> {
    tree: &'a Tree,
    path: &'a str,
}

impl Object<'_> {
    fn text(&self, name: &str) -> String {
        let value = self.tree.value(&format!("{}{name}", self.path)).unwrap_or_default();
        value.chars().take(MAX_TEXT).collect()
    }

    fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.text(name).trim().parse().ok()
    }

    fn time(&self, name: &str) -> Option<i64> {
        micros(&self.text(name))
    }

    /// The first that says something.
    fn first(&self, names: &[&str]) -> String {
        names.iter().map(|name| self.text(name)).find(|text| !text.is_empty()).unwrap_or_default()
    }

    /// `micro`: the plain times are in microseconds already (UDPEchoDiagnostics).
    fn ping(&self, micro: bool) -> PingTimes {
        let answered = self.number("SuccessCount");
        let detailed = |name: &str| self.number::<u64>(&format!("{name}Detailed")).filter(|us| *us > 0);
        let has_detail = detailed("AverageResponseTime").is_some();
        let time = |name: &str| {
            if answered == Some(0) {
                return None;
            }
            let plain = || {
                // One of the first editions of TR-098 misspelt it.
                let also = (name == "MinimumResponseTime").then(|| self.number("MinimumResponseTmie")).flatten();
                self.number::<u64>(name).or(also).map(|time| if micro { time } else { time.saturating_mul(1000) })
            };
            if has_detail { detailed(name) } else { plain() }
        };
        PingTimes {
            address: self.text("IPAddressUsed"),
            answered,
            lost: self.number("FailureCount"),
            average_us: time("AverageResponseTime"),
            minimum_us: time("MinimumResponseTime"),
            maximum_us: time("MaximumResponseTime"),
            detailed: has_detail || micro,
        }
    }

    fn route(&self) -> Found {
        let hop = |row: String| {
            let row = Object { tree: self.tree, path: &row };
            let host = row.first(&["Host", "HopHost"]);
            let address = row.first(&["HostAddress", "HopHostAddress"]);
            let times = row.first(&["RTTimes", "HopRTTimes"]);
            let times_ms: Vec<u32> = times.split([',', ' ']).filter_map(|time| time.trim().parse().ok()).collect();
            // A hop that nobody answered for: some devices write zeros.
            let silent = host.is_empty() && address.is_empty() && times_ms.iter().all(|time| *time == 0);
            let error = row.first(&["ErrorCode", "HopErrorCode"]).trim().parse().unwrap_or(0);
            Hop { host, address, error, times_ms: if silent { Vec::new() } else { times_ms } }
        };
        let hops = rows(self.tree, &format!("{}RouteHops.", self.path)).into_iter().take(MAX_HOPS).map(hop).collect();
        Found::Route { address: self.text("IPAddressUsed"), response_ms: self.number("ResponseTime"), hops }
    }

    fn names(&self) -> Found {
        let answer = |row: String| {
            let row = Object { tree: self.tree, path: &row };
            let authoritative = match row.text("AnswerType").to_ascii_lowercase().as_str() {
                "authoritative" => Some(true),
                "nonauthoritative" => Some(false),
                _ => None,
            };
            let addresses = row.text("IPAddresses");
            let addresses = addresses.split(',').map(str::trim).filter(|address| !address.is_empty());
            Answer {
                status: row.text("Status"),
                authoritative,
                name: row.text("HostNameReturned"),
                addresses: addresses.map(str::to_owned).collect(),
                server: row.text("DNSServerIP"),
                response_ms: row.number("ResponseTime"),
            }
        };
        let rows = rows(self.tree, &format!("{}Result.", self.path));
        let answers = rows.into_iter().take(MAX_ANSWERS).map(answer).collect();
        Found::Names { succeeded: self.number("SuccessCount"), answers }
    }

    /// Rule 339.
    fn speed(&self, up: bool) -> Throughput {
        let names: &[&str] = if up {
            // TR-098 does not count the bytes of the test: it is the length that was asked for.
            &["TestBytesSent", "TestFileLength", "TotalBytesSent"]
        } else {
            &["TestBytesReceived", "TotalBytesReceived"]
        };
        let bytes = names.iter().find_map(|name| self.number::<u64>(name).filter(|bytes| *bytes > 0));
        let (rom, bom, eom) = (self.time("ROMTime"), self.time("BOMTime"), self.time("EOMTime"));
        let connect = self.time("TCPOpenRequestTime").zip(self.time("TCPOpenResponseTime"));
        let connect_us = connect.and_then(|(from, to)| u64::try_from(to.checked_sub(from)?).ok());
        Throughput { connect_us, ..Throughput::of(up, bytes, rom, bom, eom) }
    }

    fn selection(&self) -> Selection {
        // In microseconds for both protocols (TR-181 2.12 and later).
        Selection {
            fastest: self.text("FastestHost"),
            address: self.text("IPAddressUsed"),
            minimum_us: self.number("MinimumResponseTime"),
            average_us: self.number("AverageResponseTime"),
            maximum_us: self.number("MaximumResponseTime"),
        }
    }

    fn values(&self) -> Found {
        let shown = |(path, value): (&str, &str)| {
            let name = path.strip_prefix(self.path)?;
            let own = name.is_empty() || name.ends_with("DiagnosticsState") || is_secret(path);
            (!own).then(|| (name.to_owned(), value.chars().take(MAX_VALUE).collect::<String>()))
        };
        let read = self.tree.below(self.path).filter_map(|(path, node)| Some((path, node.value.as_deref()?)));
        Found::Values { values: read.filter_map(shown).take(MAX_VALUES).collect() }
    }
}

/// Rows of a table, by number.
fn rows(tree: &Tree, table: &str) -> Vec<String> {
    let mut rows: Vec<(u32, String)> = tree
        .children(table)
        .filter_map(|(path, _)| {
            let number = path.strip_prefix(table)?.strip_suffix('.')?.parse().ok()?;
            Some((number, path.to_owned()))
        })
        .collect();
    rows.sort_unstable();
    rows.into_iter().map(|(_, path)| path).collect()
}

/// A network that was heard. Names differ by maker.
fn neighbour(tree: &Tree, row: &str, object: &str) -> Neighbour {
    let row = Object { tree, path: row };
    let channel = row.first(&["Channel", "ChannelInUse"]).trim().parse().ok().filter(|channel| *channel > 0);
    let mut band = row.first(&["OperatingFrequencyBand", "Band"]);
    if band.is_empty() {
        band = match channel {
            Some(1..=14) => "2.4GHz".to_owned(),
            Some(32..) => "5GHz".to_owned(),
            _ => String::new(),
        };
    }
    let signal = row.first(&["SignalStrength", "RSSI", "Signal", "SignalLevel"]);
    let signal: Option<i32> = signal.trim().trim_end_matches("dBm").trim().parse().ok();
    let radio = row.text("Radio");
    Neighbour {
        ssid: row.first(&["SSID", "ESSID", "Name"]),
        bssid: row.first(&["BSSID", "MACAddress"]),
        channel,
        signal_dbm: signal.filter(|dbm| (-200..0).contains(dbm)),
        band,
        security: row.first(&["SecurityModeEnabled", "SecurityMode", "Security", "BeaconType"]),
        width: row.first(&["OperatingChannelBandwidth", "Bandwidth"]),
        standards: row.first(&["OperatingStandards", "SupportedStandards", "Standard"]),
        radio: if radio.is_empty() && radio_table(object, tree).is_some() { object.to_owned() } else { radio },
    }
}
