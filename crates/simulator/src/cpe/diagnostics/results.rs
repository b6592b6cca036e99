//! What tests without traffic find: plausible, and the same again for the same device and target.

use crate::clock;
use crate::cpe::state::{State, moment};
use crate::seed;

/// Networks in the neighbourhood are called like this.
const NAMES: [&str; 8] =
    ["Harbour House", "fritz-next-door", "Café Lumen", "TP-Link_4F20", "Bakery", "", "Kestrel-77A1", "Studio 5"];

impl State {
    fn argument(&self, object: &str, name: &str, now: i64) -> String {
        self.tree.inner_value(moment!(self, now), &format!("{object}{name}")).unwrap_or_default()
    }

    fn count(&self, object: &str, name: &str, now: i64) -> i64 {
        self.argument(object, name, now).parse().unwrap_or(1)
    }

    fn say(&mut self, object: &str, name: &str, value: impl ToString, now: i64) {
        self.tree.put(moment!(self, now), &format!("{object}{name}"), &value.to_string());
    }

    /// Empties a table and fills it anew.
    fn rows(&mut self, table: &str, rows: &[Vec<(&str, String)>], now: i64) {
        let old: Vec<String> = self
            .tree
            .names(moment!(self, now), table, true)
            .unwrap_or_default()
            .into_iter()
            .map(|info| info.name)
            .collect();
        for row in old {
            self.tree.shrink(moment!(self, now), &row);
        }
        for row in rows {
            let Some(number) = self.tree.grow(moment!(self, now), table) else { return };
            for (name, value) in row {
                self.say(&format!("{table}{number}."), name, value, now);
            }
        }
    }

    /// How long a test takes, in thousandths of what the pace makes of a second.
    pub(super) fn test_seconds(&self, object: &str, now: i64) -> i64 {
        let count = |name: &str| self.count(object, name, now);
        match kind(object) {
            "IPPing" | "IPPingDiagnostics" | "F5Loopback" | "WANATMF5LoopbackDiagnostics" => {
                1000 * count("NumberOfRepetitions")
            }
            "TraceRoute" | "TraceRouteDiagnostics" => 4000,
            "UDPEchoDiagnostics" => count("InterTransmissionTime") * count("NumberOfRepetitions"),
            "NSLookupDiagnostics" => 300 * count("NumberOfRepetitions"),
            "ADSLLineTest" | "WANDSLDiagnostics" => 30_000,
            "PacketCaptureDiagnostics" => 1000 * count("Duration"),
            _ => 5000,
        }
    }

    /// Fills in what a test found; its state.
    pub(super) fn test_results(&mut self, object: &str, now: i64) -> &'static str {
        match kind(object) {
            "IPPing" | "IPPingDiagnostics" => self.ping(object, 1000, now),
            "UDPEchoDiagnostics" => self.ping(object, 1, now),
            "TraceRoute" | "TraceRouteDiagnostics" => self.route(object, now),
            "NSLookupDiagnostics" => self.lookup(object, now),
            "ServerSelectionDiagnostics" => self.selection(object, now),
            "ADSLLineTest" | "WANDSLDiagnostics" => self.line(object, now),
            "F5Loopback" | "WANATMF5LoopbackDiagnostics" => {
                let cells = self.count(object, "NumberOfRepetitions", now);
                for (name, value) in [
                    ("SuccessCount", cells),
                    ("FailureCount", 0),
                    ("AverageResponseTime", 13),
                    ("MinimumResponseTime", 11),
                    ("MaximumResponseTime", 17),
                ] {
                    self.say(object, name, value, now);
                }
                "Complete"
            }
            "SelfTestDiagnostics" => {
                self.say(object, "Results", "memory ok; flash ok; radio ok", now);
                "Complete"
            }
            "IPLayerCapacityMetrics" => {
                self.say(object, "MaxIPLayerCapacity", "938.42", now);
                self.say(object, "LossRatioAtMax", "0.000010", now);
                self.say(object, "RTTRangeAtMax", "0.0042", now);
                "Complete"
            }
            "PacketCaptureDiagnostics" => {
                let seconds = self.count(object, "Duration", now);
                let row = vec![
                    ("FileLocation", "file:///var/capture/1.pcap".to_owned()),
                    ("StartTime", clock::date_time(now - seconds * 1000)),
                    ("EndTime", clock::date_time(now)),
                    ("Count", (40 * seconds).to_string()),
                ];
                self.rows(&format!("{object}PacketCaptureResult."), &[row], now);
                "Complete"
            }
            _ => self.neighbours(object, now),
        }
    }

    fn chance(&self, word: &str) -> u64 {
        seed::of_word(self.facts.seed, word)
    }

    /// Microseconds to a host and back.
    fn distance(&self, host: &str) -> i64 {
        seed::between(self.chance(host), 8_200, 31_000)
    }

    /// `unit`: microseconds in one of the plain times.
    fn ping(&mut self, object: &str, unit: i64, now: i64) -> &'static str {
        let host = self.argument(object, "Host", now);
        if host.ends_with(".invalid") {
            return "Error_CannotResolveHostName";
        }
        let count = self.count(object, "NumberOfRepetitions", now);
        let silent = host.starts_with("203.0.113.");
        let (answered, lost) = if silent { (0, count) } else { (count, 0) };
        self.say(object, "SuccessCount", answered, now);
        self.say(object, "FailureCount", lost, now);
        let near = self.distance(&host);
        let times = if silent { [0; 3] } else { [near + 2_300, near, near + 9_100] };
        for (name, micros) in ["Average", "Minimum", "Maximum"].into_iter().zip(times) {
            self.say(object, &format!("{name}ResponseTime"), micros / unit, now);
            self.say(object, &format!("{name}ResponseTimeDetailed"), micros, now);
        }
        let own = self.facts.wan_address();
        self.say(object, "IPAddressUsed", own, now);
        "Complete"
    }

    fn route(&mut self, object: &str, now: i64) -> &'static str {
        let host = self.argument(object, "Host", now);
        if host.ends_with(".invalid") {
            return "Error_CannotResolveHostName";
        }
        let hops = seed::between(self.chance(&host), 4, 7);
        if hops > self.count(object, "MaxHopCount", now) || host.starts_with("203.0.113.") {
            return "Error_MaxHopCountExceeded";
        }
        let tries = self.count(object, "NumberOfTries", now);
        let far = self.distance(&host);
        let last = if host.parse::<std::net::IpAddr>().is_ok() { host.clone() } else { "198.51.100.200".to_owned() };
        let old = !object.starts_with("Device.");
        let name = |modern: &'static str, older: &'static str| if old { older } else { modern };
        let rows: Vec<_> = (1..=hops)
            .map(|hop| {
                let times: Vec<String> =
                    (0..tries).map(|one| ((far * hop / hops) / 1000 + one % 2).to_string()).collect();
                let (called, address) = match hop {
                    1 => ("gw.isp.example".to_owned(), "198.51.100.1".to_owned()),
                    hop if hop == hops => (host.clone(), last.clone()),
                    // One that does not say who it is.
                    3 => (String::new(), String::new()),
                    hop => (format!("core{hop}.isp.example"), format!("198.51.100.{}", hop * 8)),
                };
                let times = if called.is_empty() { vec!["0".to_owned(); tries as usize] } else { times };
                vec![
                    (name("Host", "HopHost"), called),
                    (name("HostAddress", "HopHostAddress"), address),
                    (name("ErrorCode", "HopErrorCode"), "0".to_owned()),
                    (name("RTTimes", "HopRTTimes"), times.join(",")),
                ]
            })
            .collect();
        self.rows(&format!("{object}RouteHops."), &rows, now);
        self.say(object, "ResponseTime", far / 1000, now);
        let own = self.facts.wan_address();
        self.say(object, "IPAddressUsed", own, now);
        "Complete"
    }

    fn lookup(&mut self, object: &str, now: i64) -> &'static str {
        let (host, server) = (self.argument(object, "HostName", now), self.argument(object, "DNSServer", now));
        if server.starts_with("203.0.113.") || server.ends_with(".invalid") {
            return "Error_DNSServerNotResolved";
        }
        let server = if server.is_empty() { "198.51.100.53".to_owned() } else { server };
        let count = self.count(object, "NumberOfRepetitions", now);
        let found = !host.ends_with(".invalid");
        let address = format!("192.0.2.{}", seed::between(self.chance(&host), 1, 254));
        let row = |one: i64| {
            let mut row = vec![
                ("Status", if found { "Success" } else { "Error_HostNameNotResolved" }.to_owned()),
                ("AnswerType", if found { "NonAuthoritative" } else { "None" }.to_owned()),
                ("DNSServerIP", server.clone()),
                ("ResponseTime", (12 + one * 3).to_string()),
            ];
            if found {
                row.push(("HostNameReturned", host.clone()));
                row.push(("IPAddresses", format!("{address},2001:db8::{one:x}")));
            }
            row
        };
        let rows: Vec<_> = (0..count).map(row).collect();
        self.rows(&format!("{object}Result."), &rows, now);
        self.say(object, "SuccessCount", if found { count } else { 0 }, now);
        "Complete"
    }

    fn selection(&mut self, object: &str, now: i64) -> &'static str {
        let list = self.argument(object, "HostList", now);
        let hosts = list.split(',').filter(|host| !host.ends_with(".invalid"));
        let Some(fastest) = hosts.min_by_key(|host| self.distance(host)).map(str::to_owned) else {
            return "Error_CannotResolveHostName";
        };
        let near = self.distance(&fastest);
        for (name, value) in [
            ("MinimumResponseTime", near),
            ("AverageResponseTime", near + 1_900),
            ("MaximumResponseTime", near + 6_000),
        ] {
            self.say(object, name, value, now);
        }
        self.say(object, "FastestHost", fastest, now);
        let own = self.facts.wan_address();
        self.say(object, "IPAddressUsed", own, now);
        "Complete"
    }

    fn line(&mut self, object: &str, now: i64) -> &'static str {
        let list =
            |from: i64, step: i64| (0..64).map(|tone| (from - tone * step).to_string()).collect::<Vec<_>>().join(",");
        let values = [
            ("ACTPSDds", "-399".to_owned()),
            ("ACTPSDus", "-378".to_owned()),
            ("ACTATPds", "142".to_owned()),
            ("ACTATPus", "61".to_owned()),
            ("HLOGpsds", list(-40, 4)),
            ("QLNpsds", list(-1200, 2)),
            ("SNRpsds", list(480, 5)),
            ("BITSpsds", list(14, 0)),
            ("LATNpbds", "182".to_owned()),
            ("SATNds", "176".to_owned()),
        ];
        for (name, value) in values {
            self.say(object, name, value, now);
        }
        "Complete"
    }

    fn neighbours(&mut self, object: &str, now: i64) -> &'static str {
        let modern = object.starts_with("Device.");
        let count = seed::between(self.chance("neighbours"), 7, 14);
        let row = |one: i64| {
            let chance = self.chance(&format!("neighbour {one}"));
            let five = one % 3 == 0;
            let channels: &[u32] = if five { &[36, 44, 52, 100] } else { &[1, 6, 6, 11, 11, 13] };
            let radio = if five { 2 } else { 1 };
            vec![
                ("Radio", if modern { format!("Device.WiFi.Radio.{radio}.") } else { String::new() }),
                ("SSID", NAMES[(chance % NAMES.len() as u64) as usize].to_owned()),
                ("BSSID", mac(chance)),
                ("Channel", channels[(chance / 7) as usize % channels.len()].to_string()),
                ("SignalStrength", seed::between(chance / 3, -91, -48).to_string()),
                ("SecurityModeEnabled", if one % 5 == 4 { "None" } else { "WPA2" }.to_owned()),
                ("OperatingFrequencyBand", if five { "5GHz" } else { "2.4GHz" }.to_owned()),
                ("OperatingStandards", if five { "ac" } else { "n" }.to_owned()),
                ("OperatingChannelBandwidth", if five { "80MHz" } else { "20MHz" }.to_owned()),
            ]
        };
        let rows: Vec<_> = (0..count).map(row).collect();
        self.rows(&format!("{object}Result."), &rows, now);
        "Complete"
    }
}

/// The last name of an object, without a maker's prefix.
fn kind(object: &str) -> &str {
    let name = object.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    match name.strip_prefix("X_") {
        Some(rest) => rest.split_once('_').map_or(rest, |(_, name)| name),
        None => name,
    }
}

/// A locally administered address.
fn mac(chance: u64) -> String {
    let bytes = chance.to_be_bytes();
    let rest: Vec<String> = bytes[..5].iter().map(|byte| format!("{byte:02X}")).collect();
    format!("06:{}", rest.join(":"))
}
