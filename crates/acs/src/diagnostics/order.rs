//! The one SetParameterValues that starts a test: all its arguments, and the state last (rule 331).

use super::spots::{find, state_name};
use model::diagnostic::{Test, TestKind};
use store::{Node, Tree};

/// What starts a test.
#[derive(Debug, PartialEq)]
pub(crate) struct Order {
    /// Ending in `.`; empty for the echo service only if there is none.
    pub objects: Vec<String>,
    /// Full path and value, the states last.
    pub values: Vec<(String, String)>,
    /// Paths of those that the test can do without, should the device refuse them.
    pub optional: Vec<String>,
}

/// How much an argument matters.
#[derive(Clone, Copy, PartialEq)]
enum Need {
    /// Without it there is no test.
    Must,
    /// Asked for by a person: refuse rather than leave it out.
    Asked,
    /// Left out where the device does not have it.
    May,
    /// Brought back to its default, if it is there and something else.
    Reset,
}

/// The order, or why the device cannot take it. `dropped`: paths that it refused before and that can be left out.
pub(crate) fn order(test: &Test, tree: &Tree, dropped: &[String]) -> Result<Order, String> {
    let objects = find(test, tree);
    let label = test.kind().label();
    if objects.is_empty() {
        return Err(if tree.parameters() == 0 {
            "The settings of this router were never read: whether it has this test is not known. Refresh it first."
                .to_owned()
        } else {
            format!("This router has no such test: {}. Nothing was sent.", label.to_lowercase())
        });
    }
    let interface = interface(test, tree)?;
    let mut values = Vec::new();
    let mut optional = Vec::new();
    for object in &objects {
        for (name, value, need) in arguments(test, &interface) {
            let path = format!("{object}{name}");
            let node = tree.get(&path);
            let present = node.is_some_and(|node| need == Need::Must || node.writable);
            match need {
                Need::Must if !present => {
                    return Err(format!("This router's {} has no {name}. Nothing was sent.", label.to_lowercase()));
                }
                Need::Asked if !present => {
                    return Err(format!(
                        "This router's {} cannot be told {name}. Leave it as it is by default.",
                        label.to_lowercase()
                    ));
                }
                Need::May | Need::Reset if !present || dropped.contains(&path) => continue,
                Need::Reset if is_already(node, &value) => continue,
                Need::May | Need::Reset => optional.push(path.clone()),
                Need::Must | Need::Asked => {}
            }
            values.push((path, value));
        }
    }
    if test.kind() != TestKind::EchoService {
        values.extend(objects.iter().map(|object| (format!("{object}{}", state_name(object)), "Requested".to_owned())));
    }
    Ok(Order { objects, values, optional })
}

fn is_already(node: Option<&Node>, value: &str) -> bool {
    node.is_some_and(|node| node.value.as_deref().is_some_and(|now| now == value || node.value_type.same(now, value)))
}

/// The interface as the device's data model writes references (rule 338): with a final dot in TR-181, without in TR-098.
fn interface(test: &Test, tree: &Tree) -> Result<String, String> {
    let wanted = test.interface().trim_end_matches('.');
    if !wanted.is_empty() {
        let object = format!("{wanted}.");
        let known = tree.get(&object).is_some() && wanted.contains('.');
        if !known {
            let shown: String = wanted.chars().take(80).collect();
            return Err(format!("“{shown}” is not an interface of this router."));
        }
        return Ok(reference(&object));
    }
    // These name the thing that is tested; in TR-098 the object's place says it.
    let table = match test.kind() {
        TestKind::DslLine => "Device.DSL.Channel.",
        TestKind::AtmLoopback => "Device.ATM.Link.",
        _ => return Ok(String::new()),
    };
    let first = tree.children(table).map(|(path, _)| path).find(|path| path.ends_with('.'));
    Ok(first.map(reference).unwrap_or_default())
}

fn reference(object: &str) -> String {
    if object.starts_with("Device.") { object.to_owned() } else { object.trim_end_matches('.').to_owned() }
}

/// Names below the object, values, and how much they matter.
fn arguments(test: &Test, interface: &str) -> Vec<(&'static str, String, Need)> {
    use Need::{Asked, May, Must, Reset};
    let asked = |asked: bool| if asked { Asked } else { May };
    let mut all: Vec<(&'static str, String, Need)> = Vec::new();
    let by_place = matches!(test.kind(), TestKind::DslLine | TestKind::AtmLoopback);
    match (interface.is_empty(), by_place) {
        (true, true) => {}
        (true, false) => all.push(("Interface", String::new(), Reset)),
        (false, true) => all.push(("Interface", interface.to_owned(), May)),
        (false, false) => all.push(("Interface", interface.to_owned(), Asked)),
    }
    let dscp = |dscp: u8| ("DSCP", dscp.to_string(), if dscp > 0 { Asked } else { Reset });
    match test {
        Test::Ping(ping) => {
            all.push(("ProtocolVersion", "Any".to_owned(), Reset));
            all.push(("Host", ping.host.clone(), Must));
            all.push(("NumberOfRepetitions", ping.count.to_string(), May));
            all.push(("Timeout", ping.timeout_ms.to_string(), May));
            all.push(("DataBlockSize", ping.size.to_string(), May));
            all.push(dscp(ping.dscp));
        }
        Test::Traceroute(trace) => {
            all.push(("ProtocolVersion", "Any".to_owned(), Reset));
            all.push(("Host", trace.host.clone(), Must));
            all.push(("NumberOfTries", trace.tries.to_string(), May));
            all.push(("Timeout", trace.timeout_ms.to_string(), May));
            all.push(("DataBlockSize", trace.size.to_string(), May));
            all.push(dscp(trace.dscp));
            all.push(("MaxHopCount", trace.max_hops.to_string(), May));
        }
        Test::NameLookup(lookup) => {
            all.push(("HostName", lookup.name.clone(), Must));
            all.push(("DNSServer", lookup.server.clone(), if lookup.server.is_empty() { Reset } else { Asked }));
            all.push(("Timeout", lookup.timeout_ms.to_string(), May));
            all.push(("NumberOfRepetitions", lookup.count.to_string(), May));
        }
        Test::Download(speed) => {
            all.push(("ProtocolVersion", "Any".to_owned(), Reset));
            all.push(("DownloadURL", speed.url.clone(), Must));
            all.extend(one_file());
        }
        Test::Upload(speed) => {
            all.push(("ProtocolVersion", "Any".to_owned(), Reset));
            all.push(("UploadURL", speed.url.clone(), Must));
            all.push(("TestFileLength", speed.bytes.to_string(), Must));
            all.extend(one_file());
        }
        Test::UdpEcho(echo) => {
            all.push(("ProtocolVersion", "Any".to_owned(), Reset));
            all.push(("Host", echo.host.clone(), Must));
            all.push(("Port", echo.port.to_string(), Must));
            all.push(("NumberOfRepetitions", echo.count.to_string(), May));
            all.push(("Timeout", echo.timeout_ms.to_string(), May));
            all.push(("DataBlockSize", echo.size.to_string(), May));
            all.push(("InterTransmissionTime", echo.interval_ms.to_string(), May));
        }
        Test::ServerSelection(choice) => {
            all.push(("ProtocolVersion", "Any".to_owned(), Reset));
            all.push(("HostList", choice.hosts.join(","), Must));
            let protocol = if choice.udp { "UDP Echo" } else { "ICMP" };
            all.push(("Protocol", protocol.to_owned(), asked(choice.udp)));
            all.push(("NumberOfRepetitions", choice.count.to_string(), May));
            all.push(("Timeout", choice.timeout_ms.to_string(), May));
        }
        Test::AtmLoopback(atm) => {
            all.push(("NumberOfRepetitions", atm.count.to_string(), May));
            all.push(("Timeout", atm.timeout_ms.to_string(), May));
        }
        Test::Capacity(test) => {
            // The list replaced the single host in TR-181 2.16.
            all.push(("ServerList", test.host.clone(), May));
            all.push(("Host", test.host.clone(), May));
            let role = if test.upstream { "Sender" } else { "Receiver" };
            all.push(("Role", role.to_owned(), asked(test.upstream)));
        }
        Test::PacketCapture(capture) => {
            all.push(("Duration", capture.seconds.to_string(), Must));
            all.push(("PacketCount", capture.packets.to_string(), asked(capture.packets > 0)));
            let target = if capture.url.is_empty() { Reset } else { Asked };
            all.push(("FileTarget", capture.url.clone(), target));
            let filter = if capture.filter.is_empty() { Reset } else { Asked };
            all.push(("FilterExpression", capture.filter.clone(), filter));
        }
        Test::EchoService(echo) => {
            if echo.enable {
                all.push(("SourceIPAddress", echo.source.clone(), Must));
                all.push(("UDPPort", echo.port.to_string(), Must));
                all.push(("EchoPlusEnabled", u8::from(echo.plus).to_string(), asked(echo.plus)));
            } else {
                all.clear();
            }
            all.push(("Enable", u8::from(echo.enable).to_string(), Must));
        }
        Test::WifiNeighbours | Test::SelfTest | Test::Other(_) => all.clear(),
        Test::DslLine(_) => {}
    }
    all
}

/// One connection and one file, whatever was measured before (TR-143 Annex A.4: both change what is counted).
fn one_file() -> [(&'static str, String, Need); 3] {
    [
        ("TimeBasedTestDuration", "0".to_owned(), Need::Reset),
        ("NumberOfConnections", "1".to_owned(), Need::Reset),
        ("EthernetPriority", "0".to_owned(), Need::Reset),
    ]
}
