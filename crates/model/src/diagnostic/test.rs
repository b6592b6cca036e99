//! What is asked for: one type for each test, with defaults that an agent rarely changes.

use crate::task::short_name;
use serde::{Deserialize, Serialize};

/// One test. Texts are checked by [`Test::check`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "test", rename_all = "snake_case")]
pub enum Test {
    /// ICMP echo: is something reachable, and how quickly does it answer? (IPPing)
    Ping(Ping),
    /// Which way do packets go? (TraceRoute)
    Traceroute(Trace),
    /// Do names resolve? (NSLookupDiagnostics)
    NameLookup(Lookup),
    /// How fast is downloading? (TR-143 DownloadDiagnostics)
    Download(SpeedDown),
    /// How fast is uploading? (TR-143 UploadDiagnostics)
    Upload(SpeedUp),
    /// As ping, with UDP to an echo server (UDPEchoDiagnostics).
    UdpEcho(UdpEcho),
    /// Which of some servers answers first? (ServerSelectionDiagnostics)
    ServerSelection(Selecting),
    /// Which Wi-Fi networks are around? (NeighboringWiFiDiagnostic)
    WifiNeighbours,
    /// The DSL line in itself; interrupts it (ADSLLineTest, WANDSLDiagnostics).
    DslLine(Line),
    /// ATM F5 loopback cells.
    AtmLoopback(Loopback),
    /// What the maker thinks a self-test is (SelfTestDiagnostics).
    SelfTest,
    /// UDP-based IP-layer capacity (TR-471, IPLayerCapacityMetrics).
    Capacity(CapacityTest),
    /// Records packets on an interface into a file (PacketCaptureDiagnostics).
    PacketCapture(Capture),
    /// Switches the device's UDP echo server on or off and reads its counters (UDPEchoConfig): no test, a service.
    EchoService(EchoService),
    /// Any other object that has a DiagnosticsState.
    Other(OtherTest),
}

/// A [`Test`] without its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestKind {
    Ping,
    Traceroute,
    NameLookup,
    Download,
    Upload,
    UdpEcho,
    ServerSelection,
    WifiNeighbours,
    DslLine,
    AtmLoopback,
    SelfTest,
    Capacity,
    PacketCapture,
    EchoService,
    Other,
}

impl TestKind {
    pub const ALL: [Self; 15] = [
        Self::Ping,
        Self::Traceroute,
        Self::NameLookup,
        Self::Download,
        Self::Upload,
        Self::UdpEcho,
        Self::ServerSelection,
        Self::WifiNeighbours,
        Self::DslLine,
        Self::AtmLoopback,
        Self::SelfTest,
        Self::Capacity,
        Self::PacketCapture,
        Self::EchoService,
        Self::Other,
    ];

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ping => "Ping",
            Self::Traceroute => "Route",
            Self::NameLookup => "Name lookup",
            Self::Download => "Download speed",
            Self::Upload => "Upload speed",
            Self::UdpEcho => "UDP echo",
            Self::ServerSelection => "Server choice",
            Self::WifiNeighbours => "Wi-Fi neighbours",
            Self::DslLine => "DSL line test",
            Self::AtmLoopback => "ATM loopback",
            Self::SelfTest => "Self-test",
            Self::Capacity => "IP capacity",
            Self::PacketCapture => "Packet capture",
            Self::EchoService => "UDP echo service",
            Self::Other => "Another test",
        }
    }

    /// Whether it loads the line, so that nothing else may be measured meanwhile.
    pub fn loads_line(self) -> bool {
        matches!(self, Self::Download | Self::Upload | Self::Capacity | Self::DslLine)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ping {
    /// Name or address, at most 256 characters.
    pub host: String,
    /// 1 to 100.
    pub count: u32,
    /// 100 to 30,000 for each echo.
    pub timeout_ms: u32,
    /// Bytes of data in each packet, 1 to 65,535.
    pub size: u32,
    /// DSCP mark, 0 to 63.
    pub dscp: u8,
    /// Full path; empty: the router's own routing (rule 338).
    pub interface: String,
}

impl Default for Ping {
    fn default() -> Self {
        Self { host: String::new(), count: 5, timeout_ms: 2000, size: 56, dscp: 0, interface: String::new() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trace {
    pub host: String,
    /// 1 to 3 for each hop.
    pub tries: u32,
    pub timeout_ms: u32,
    pub size: u32,
    pub dscp: u8,
    /// 1 to 64.
    pub max_hops: u32,
    pub interface: String,
}

impl Default for Trace {
    fn default() -> Self {
        Self {
            host: String::new(),
            tries: 3,
            timeout_ms: 2000,
            size: 56,
            dscp: 0,
            max_hops: 30,
            interface: String::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lookup {
    /// Name to resolve; or an address, for its name.
    pub name: String,
    /// Name or address of the server to ask; empty: the router's own.
    pub server: String,
    pub timeout_ms: u32,
    /// 1 to 20.
    pub count: u32,
    pub interface: String,
}

impl Default for Lookup {
    fn default() -> Self {
        Self { name: String::new(), server: String::new(), timeout_ms: 3000, count: 1, interface: String::new() }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpeedDown {
    /// `http://` or `ftp://` without a login (rule 339). Empty: our own endpoint.
    pub url: String,
    pub interface: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpeedUp {
    pub url: String,
    /// Bytes to send: 1 kB to 1 GB.
    pub bytes: u64,
    pub interface: String,
}

impl SpeedUp {
    /// What is sent if nothing else is said.
    pub const BYTES: u64 = 10_000_000;
}

impl Default for SpeedUp {
    fn default() -> Self {
        Self { url: String::new(), bytes: Self::BYTES, interface: String::new() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UdpEcho {
    pub host: String,
    pub port: u16,
    pub count: u32,
    pub timeout_ms: u32,
    pub size: u32,
    /// Between two packets, 1 to 65,535 ms.
    pub interval_ms: u32,
    pub interface: String,
}

impl Default for UdpEcho {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 7,
            count: 10,
            timeout_ms: 2000,
            size: 64,
            interval_ms: 200,
            interface: String::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selecting {
    /// 1 to 10 names or addresses.
    pub hosts: Vec<String>,
    /// UDP echo instead of ICMP.
    pub udp: bool,
    pub count: u32,
    pub timeout_ms: u32,
    pub interface: String,
}

impl Default for Selecting {
    fn default() -> Self {
        Self { hosts: Vec::new(), udp: false, count: 3, timeout_ms: 2000, interface: String::new() }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// The DSL channel (TR-181) or WAN device (TR-098); empty: the first.
    pub interface: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Loopback {
    pub count: u32,
    pub timeout_ms: u32,
    /// The ATM link (TR-181) or WAN connection device (TR-098); empty: the first.
    pub interface: String,
}

impl Default for Loopback {
    fn default() -> Self {
        Self { count: 5, timeout_ms: 1000, interface: String::new() }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CapacityTest {
    /// Name or address of a TR-471 server.
    pub host: String,
    /// The router sends instead of receiving.
    pub upstream: bool,
    pub interface: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Capture {
    /// Required: what is listened on.
    pub interface: String,
    /// 1 to 600.
    pub seconds: u32,
    /// 0: no limit.
    pub packets: u32,
    /// Where the file goes; empty: it stays on the router.
    pub url: String,
    /// In the router's own syntax, mostly that of libpcap; at most 256 characters.
    pub filter: String,
}

impl Default for Capture {
    fn default() -> Self {
        Self { interface: String::new(), seconds: 30, packets: 0, url: String::new(), filter: String::new() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EchoService {
    pub enable: bool,
    /// The only address that is answered; required to switch it on, so that nobody else can use it.
    pub source: String,
    pub port: u16,
    /// Adds times and numbers of its own to the answers (Echo Plus).
    pub plus: bool,
    pub interface: String,
}

impl Default for EchoService {
    fn default() -> Self {
        Self { enable: true, source: String::new(), port: 7, plus: false, interface: String::new() }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtherTest {
    /// Full path of the object, ending in `.`
    pub object: String,
    /// Names below it and their values.
    pub arguments: Vec<(String, String)>,
}

impl Test {
    pub fn kind(&self) -> TestKind {
        match self {
            Self::Ping(_) => TestKind::Ping,
            Self::Traceroute(_) => TestKind::Traceroute,
            Self::NameLookup(_) => TestKind::NameLookup,
            Self::Download(_) => TestKind::Download,
            Self::Upload(_) => TestKind::Upload,
            Self::UdpEcho(_) => TestKind::UdpEcho,
            Self::ServerSelection(_) => TestKind::ServerSelection,
            Self::WifiNeighbours => TestKind::WifiNeighbours,
            Self::DslLine(_) => TestKind::DslLine,
            Self::AtmLoopback(_) => TestKind::AtmLoopback,
            Self::SelfTest => TestKind::SelfTest,
            Self::Capacity(_) => TestKind::Capacity,
            Self::PacketCapture(_) => TestKind::PacketCapture,
            Self::EchoService(_) => TestKind::EchoService,
            Self::Other(_) => TestKind::Other,
        }
    }

    /// What it is bound to; empty: the router's own routing, or the first there is.
    pub fn interface(&self) -> &str {
        match self {
            Self::Ping(Ping { interface, .. })
            | Self::Traceroute(Trace { interface, .. })
            | Self::NameLookup(Lookup { interface, .. })
            | Self::Download(SpeedDown { interface, .. })
            | Self::Upload(SpeedUp { interface, .. })
            | Self::UdpEcho(UdpEcho { interface, .. })
            | Self::ServerSelection(Selecting { interface, .. })
            | Self::DslLine(Line { interface })
            | Self::AtmLoopback(Loopback { interface, .. })
            | Self::Capacity(CapacityTest { interface, .. })
            | Self::PacketCapture(Capture { interface, .. })
            | Self::EchoService(EchoService { interface, .. }) => interface,
            Self::WifiNeighbours | Self::SelfTest | Self::Other(_) => "",
        }
    }

    /// What it is about, for lists: a host, a name, a URL; empty if nothing.
    pub fn target(&self) -> &str {
        match self {
            Self::Ping(Ping { host, .. })
            | Self::Traceroute(Trace { host, .. })
            | Self::UdpEcho(UdpEcho { host, .. })
            | Self::Capacity(CapacityTest { host, .. }) => host,
            Self::NameLookup(Lookup { name, .. }) => name,
            Self::Download(SpeedDown { url, .. }) | Self::Upload(SpeedUp { url, .. }) => url,
            Self::ServerSelection(Selecting { hosts, .. }) => hosts.first().map_or("", String::as_str),
            Self::Other(OtherTest { object, .. }) => object,
            _ => "",
        }
    }

    /// A few words for lists, such as `Ping example.net, 5 times`.
    pub fn title(&self) -> String {
        match self {
            Self::Ping(ping) => format!("Ping {}, {} times", ping.host, ping.count),
            Self::Traceroute(trace) => format!("Route to {}", trace.host),
            Self::NameLookup(lookup) => format!("Look up {}", lookup.name),
            Self::Download(_) => "Speed test, down".to_owned(),
            Self::Upload(_) => "Speed test, up".to_owned(),
            Self::UdpEcho(echo) => format!("UDP echo to {}, {} times", echo.host, echo.count),
            Self::ServerSelection(choice) => format!("Choose of {} servers", choice.hosts.len()),
            Self::WifiNeighbours => "Scan Wi-Fi neighbours".to_owned(),
            Self::DslLine(_) => "DSL line test".to_owned(),
            Self::AtmLoopback(_) => "ATM loopback".to_owned(),
            Self::SelfTest => "Self-test".to_owned(),
            Self::Capacity(test) => format!("IP capacity, {}", if test.upstream { "up" } else { "down" }),
            Self::PacketCapture(capture) => format!("Record packets for {} s", capture.seconds),
            Self::EchoService(EchoService { enable: true, .. }) => "Switch the UDP echo service on".to_owned(),
            Self::EchoService(_) => "Switch the UDP echo service off".to_owned(),
            Self::Other(other) => format!("Run {}", short_name(&other.object)),
        }
    }

    /// Milliseconds that it takes as a rule, from its start on the router.
    pub fn expected_ms(&self) -> i64 {
        match self {
            Self::Ping(ping) => i64::from(ping.count) * 1000 + 1500,
            Self::NameLookup(lookup) => i64::from(lookup.count) * 500 + 1500,
            Self::Traceroute(_) | Self::Download(_) | Self::Upload(_) => 12_000,
            Self::UdpEcho(echo) => i64::from(echo.count) * i64::from(echo.interval_ms) + 2000,
            Self::ServerSelection(choice) => choice.hosts.len() as i64 * i64::from(choice.count) * 500 + 2000,
            Self::WifiNeighbours => 10_000,
            Self::DslLine(_) => 90_000,
            Self::AtmLoopback(atm) => i64::from(atm.count) * 500 + 2000,
            Self::SelfTest | Self::Other(_) => 30_000,
            Self::Capacity(_) => 20_000,
            Self::PacketCapture(capture) => i64::from(capture.seconds) * 1000 + 5000,
            Self::EchoService(_) => 0,
        }
    }

    /// Milliseconds that its arguments allow it to take, with slack: after that it is given up (rule 337).
    pub fn longest_ms(&self) -> i64 {
        const SLACK: i64 = 20_000;
        const MOST: i64 = 15 * 60_000;
        let tries = |count: u32, timeout_ms: u32| i64::from(count) * (i64::from(timeout_ms) + 1000);
        let most = match self {
            Self::Ping(ping) => tries(ping.count, ping.timeout_ms),
            Self::Traceroute(trace) => tries(trace.tries * trace.max_hops, trace.timeout_ms),
            Self::NameLookup(lookup) => tries(lookup.count, lookup.timeout_ms),
            Self::Download(_) | Self::Upload(_) => 3 * 60_000,
            Self::UdpEcho(echo) => tries(echo.count, echo.timeout_ms + echo.interval_ms),
            Self::ServerSelection(choice) => choice.hosts.len() as i64 * tries(choice.count, choice.timeout_ms),
            Self::WifiNeighbours => 60_000,
            Self::DslLine(_) | Self::SelfTest | Self::Other(_) => 5 * 60_000,
            Self::AtmLoopback(atm) => tries(atm.count, atm.timeout_ms),
            Self::Capacity(_) => 2 * 60_000,
            Self::PacketCapture(capture) => i64::from(capture.seconds) * 1000 + 60_000,
            Self::EchoService(_) => 0,
        };
        (most + SLACK).min(MOST)
    }

    /// What it costs the subscriber, to be said before the button; empty: nothing.
    pub fn cost(&self) -> &'static str {
        match self {
            Self::DslLine(_) => "The line goes down for a minute or two: internet and phone stop meanwhile.",
            Self::Download(_) | Self::Upload(_) | Self::Capacity(_) => {
                "It fills the line for some seconds: calls and streams may stutter."
            }
            _ => "",
        }
    }
}
