//! Objects in trees as real devices have them.

use super::*;
use model::Timestamp;
use model::diagnostic::{Found, Line, Lookup, OtherTest, Ping, SpeedDown, SpeedUp, Trace};
use model::tree::ValueType;

/// Path, value, writable; objects above come by themselves.
fn tree(nodes: &[(&str, &str, bool)]) -> Tree {
    let mut tree = Tree::default();
    for (path, value, writable) in nodes {
        tree.set_value(path, ValueType::String, value, Timestamp(0));
        tree.set_info(path, *writable);
    }
    tree
}

fn ping(host: &str) -> Ping {
    Ping { host: host.into(), ..Ping::default() }
}

#[test]
fn tests_are_found_wherever_a_device_keeps_them() {
    for object in [
        "InternetGatewayDevice.IPPingDiagnostics.",
        "Device.IP.Diagnostics.IPPing.",
        "Device.LAN.IPPingDiagnostics.",
        "Device.IPPingDiagnostics.",
        "InternetGatewayDevice.X_KESTREL_IPPingDiagnostics.",
    ] {
        let state = format!("{object}DiagnosticsState");
        let host = format!("{object}Host");
        let tree = tree(&[(&state, "None", true), (&host, "", true)]);
        let order = order(&Test::Ping(ping("a")), &tree, &[]).unwrap();
        assert_eq!(order.objects, [object]);
        assert_eq!(order.values, [(host, "a".to_owned()), (state, "Requested".to_owned())], "the state is last");
        assert_eq!(supported(&tree), [TestKind::Ping]);
    }
}

#[test]
fn the_standards_object_goes_before_a_makers_and_that_of_the_interface_before_all() {
    let known = tree(&[
        ("InternetGatewayDevice.IPPingDiagnostics.DiagnosticsState", "None", true),
        ("InternetGatewayDevice.IPPingDiagnostics.Host", "", true),
        ("InternetGatewayDevice.A.X_V_IPPingDiagnostics.DiagnosticsState", "None", true),
        ("InternetGatewayDevice.A.X_V_IPPingDiagnostics.Host", "", true),
        ("InternetGatewayDevice.WANDevice.1.WANDSLDiagnostics.LoopDiagnosticsState", "None", true),
        ("InternetGatewayDevice.WANDevice.2.WANDSLDiagnostics.LoopDiagnosticsState", "None", true),
    ]);
    let objects = |test: &Test| order(test, &known, &[]).unwrap().objects;
    assert_eq!(objects(&Test::Ping(ping("a"))), ["InternetGatewayDevice.IPPingDiagnostics."]);
    let line = |interface: &str| Test::DslLine(Line { interface: interface.into() });
    assert_eq!(objects(&line("")), ["InternetGatewayDevice.WANDevice.1.WANDSLDiagnostics."]);
    let second = order(&line("InternetGatewayDevice.WANDevice.2."), &known, &[]).unwrap();
    let state = "InternetGatewayDevice.WANDevice.2.WANDSLDiagnostics.LoopDiagnosticsState".to_owned();
    assert_eq!(second.values, [(state, "Requested".to_owned())]);
}

#[test]
fn a_device_without_the_test_is_told_apart_from_one_that_was_never_read() {
    let none = order(&Test::SelfTest, &tree(&[("Device.A", "1", false)]), &[]).unwrap_err();
    assert!(none.contains("no such test") && none.contains("Nothing was sent"), "{none}");
    let unknown = order(&Test::SelfTest, &Tree::default(), &[]).unwrap_err();
    assert!(unknown.contains("never read"), "{unknown}");
}

#[test]
fn rule_338_an_interface_is_one_of_the_devices_own_in_its_own_spelling() {
    let modern = tree(&[
        ("Device.IP.Diagnostics.IPPing.DiagnosticsState", "None", true),
        ("Device.IP.Diagnostics.IPPing.Host", "", true),
        ("Device.IP.Diagnostics.IPPing.Interface", "Device.IP.Interface.7.", true),
        ("Device.IP.Interface.1.Name", "wan", false),
    ]);
    let asked = |interface: &str, tree: &Tree| {
        let test = Test::Ping(Ping { interface: interface.into(), ..ping("a") });
        order(&test, tree, &[]).map(|order| order.values[0].clone())
    };
    let path = "Device.IP.Diagnostics.IPPing.Interface".to_owned();
    for spelling in ["Device.IP.Interface.1", "Device.IP.Interface.1."] {
        assert_eq!(asked(spelling, &modern), Ok((path.clone(), "Device.IP.Interface.1.".to_owned())));
    }
    assert_eq!(asked("", &modern), Ok((path, String::new())), "what an earlier test left is taken back");
    for wrong in ["Device.IP.Interface.2.", "eth0", "Device", "Device.IP.Interface.1.Name"] {
        assert!(asked(wrong, &modern).unwrap_err().contains("not an interface"), "{wrong}");
    }
    let older = tree(&[
        ("InternetGatewayDevice.IPPingDiagnostics.DiagnosticsState", "None", true),
        ("InternetGatewayDevice.IPPingDiagnostics.Host", "", true),
        ("InternetGatewayDevice.IPPingDiagnostics.Interface", "", true),
        ("InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.Name", "internet", true),
    ]);
    let wan = "InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1";
    assert_eq!(asked(&format!("{wan}."), &older).unwrap().1, wan);
    assert_eq!(asked("", &older).unwrap().0, "InternetGatewayDevice.IPPingDiagnostics.Host", "nothing to take back");
    assert_eq!(interfaces(&older)[0].label, "internet (WANPPPConnection 1)");
    // A device that cannot be told the interface is not tested on another one.
    let without = tree(&[
        ("Device.IP.Diagnostics.IPPing.DiagnosticsState", "None", true),
        ("Device.IP.Diagnostics.IPPing.Host", "", true),
        ("Device.IP.Interface.1.Name", "wan", false),
    ]);
    assert!(asked("Device.IP.Interface.1.", &without).is_err());
}

#[test]
fn what_a_device_refused_is_left_out_if_the_test_can_do_without() {
    let tree = tree(&[
        ("Device.IP.Diagnostics.IPPing.DiagnosticsState", "None", true),
        ("Device.IP.Diagnostics.IPPing.Host", "", true),
        ("Device.IP.Diagnostics.IPPing.DataBlockSize", "32", true),
        ("Device.IP.Diagnostics.IPPing.Timeout", "1000", false),
    ]);
    let first = order(&Test::Ping(ping("a")), &tree, &[]).unwrap();
    assert_eq!(first.optional, ["Device.IP.Diagnostics.IPPing.DataBlockSize"], "Timeout cannot be set at all");
    let second = order(&Test::Ping(ping("a")), &tree, &first.optional).unwrap();
    assert_eq!(second.values.len(), first.values.len() - 1);
}

#[test]
fn zte_radios_scan_by_themselves() {
    let radio = |n: u32| format!("InternetGatewayDevice.LANDevice.1.WIFI.Radio.{n}.");
    let mut nodes = Vec::new();
    for n in [1, 2] {
        nodes.push((format!("{}DiagnosticsState", radio(n)), "Complete".to_owned(), true));
        nodes.push((format!("{}X_ZTE-COM_NeighborAP.1.SSID", radio(n)), format!("next door {n}"), false));
        nodes.push((format!("{}X_ZTE-COM_NeighborAP.1.RSSI", radio(n)), format!("-{n}0"), false));
        nodes.push((format!("{}X_ZTE-COM_NeighborAP.1.Channel", radio(n)), "36".to_owned(), false));
    }
    let nodes: Vec<_> = nodes.iter().map(|(path, value, w)| (path.as_str(), value.as_str(), *w)).collect();
    let tree = tree(&nodes);
    assert_eq!(supported(&tree), [TestKind::WifiNeighbours]);
    let order = order(&Test::WifiNeighbours, &tree, &[]).unwrap();
    assert_eq!(order.objects, [radio(1), radio(2)]);
    assert_eq!(order.values.len(), 2, "both radios in one request");
    let Found::Neighbours { networks } = findings(&Test::WifiNeighbours, &order.objects, &tree) else { panic!() };
    let heard: Vec<_> = networks.iter().map(|one| (one.ssid.as_str(), one.signal_dbm, one.band.as_str())).collect();
    assert_eq!(heard, [("next door 1", Some(-10), "5GHz"), ("next door 2", Some(-20), "5GHz")]);
    assert_eq!(networks[0].radio, radio(1));
}

#[test]
fn the_state_of_several_objects_is_that_of_the_slowest() {
    let tree = tree(&[("A.1.DiagnosticsState", "Complete", true), ("A.2.DiagnosticsState", "Requested", true)]);
    let objects = ["A.1.".to_owned(), "A.2.".to_owned()];
    assert_eq!(said(&objects, &tree), "Requested");
    assert_eq!(said(&objects[..1], &tree), "Complete");
    assert_eq!(said(&["B.".to_owned()], &tree), "");
}

#[test]
fn ping_times_are_read_in_micro_and_in_milliseconds() {
    let plain = tree(&[
        ("I.SuccessCount", "3", false),
        ("I.FailureCount", "1", false),
        ("I.AverageResponseTime", "28", false),
        ("I.MinimumResponseTmie", "20", false),
        ("I.MaximumResponseTime", "88", false),
    ]);
    let read = |tree: &Tree| {
        let Found::Ping(times) = findings(&Test::Ping(ping("a")), &["I.".to_owned()], tree) else { panic!() };
        times
    };
    let times = read(&plain);
    assert_eq!((times.sent(), times.lost), (Some(4), Some(1)));
    assert_eq!((times.minimum_us, times.average_us, times.maximum_us), (Some(20_000), Some(28_000), Some(88_000)));
    assert!(!times.detailed);
    let detailed = tree(&[
        ("I.SuccessCount", "4", false),
        ("I.FailureCount", "0", false),
        ("I.AverageResponseTime", "1", false),
        ("I.AverageResponseTimeDetailed", "612", false),
        ("I.MinimumResponseTimeDetailed", "431", false),
        ("I.MaximumResponseTimeDetailed", "1204", false),
    ]);
    assert_eq!((read(&detailed).average_us, read(&detailed).detailed), (Some(612), true));
    let lost =
        tree(&[("I.SuccessCount", "0", false), ("I.FailureCount", "4", false), ("I.AverageResponseTime", "0", false)]);
    assert_eq!(read(&lost).average_us, None, "no answer has no time");
}

#[test]
fn routes_names_and_speeds_are_read_in_both_data_models() {
    let route = |host: &str, address: &str, times: &str| {
        let nodes = [
            (format!("I.RouteHops.1.{host}"), "gw".to_owned()),
            (format!("I.RouteHops.1.{address}"), "192.0.2.1".to_owned()),
            (format!("I.RouteHops.1.{times}"), "1,2,1".to_owned()),
            (format!("I.RouteHops.2.{times}"), "0,0,0".to_owned()),
            (format!("I.RouteHops.10.{address}"), "198.51.100.1".to_owned()),
            (format!("I.RouteHops.10.{times}"), "20".to_owned()),
        ];
        let nodes: Vec<_> = nodes.iter().map(|(path, value)| (path.as_str(), value.as_str(), false)).collect();
        findings(&Test::Traceroute(Trace::default()), &["I.".to_owned()], &tree(&nodes))
    };
    let old = route("HopHost", "HopHostAddress", "HopRTTimes");
    assert_eq!(old, route("Host", "HostAddress", "RTTimes"));
    let Found::Route { hops, .. } = old else { panic!() };
    assert_eq!(hops.iter().map(|hop| hop.times_ms.len()).collect::<Vec<_>>(), [3, 0, 1], "in the order of numbers");

    let known = tree(&[
        ("I.SuccessCount", "1", false),
        ("I.Result.1.Status", "Success", false),
        ("I.Result.1.AnswerType", "NonAuthoritative", false),
        ("I.Result.1.IPAddresses", "192.0.2.1, 2001:db8::1", false),
        ("I.Result.1.ResponseTime", "14", false),
    ]);
    let Found::Names { succeeded, answers } =
        findings(&Test::NameLookup(Lookup::default()), &["I.".to_owned()], &known)
    else {
        panic!()
    };
    assert_eq!((succeeded, answers[0].authoritative, answers[0].addresses.len()), (Some(1), Some(false), 2));

    let known = tree(&[
        ("I.ROMTime", "2026-11-22T10:00:00.000000Z", false),
        ("I.BOMTime", "2026-11-22T10:00:00.020000Z", false),
        ("I.EOMTime", "2026-11-22T10:00:01.020000Z", false),
        ("I.TestBytesReceived", "12500000", false),
        ("I.TestFileLength", "1250000", true),
        ("I.TotalBytesSent", "1300000", false),
    ]);
    let speed = |test: Test| {
        let Found::Speed(speed) = findings(&test, &["I.".to_owned()], &known) else { panic!() };
        speed.bits_per_second
    };
    assert_eq!(speed(Test::Download(SpeedDown::default())), Some(100_000_000));
    assert_eq!(speed(Test::Upload(SpeedUp::default())), Some(10_000_000), "TR-098 does not count the test's own bytes");
}

#[test]
fn what_a_device_says_is_bounded_and_its_secrets_are_left_out() {
    let mut tree = Tree::default();
    for n in 0..1000 {
        let path = format!("Device.X.Result.{n}.SSID");
        tree.set_value(&path, ValueType::String, &"x".repeat(9000), Timestamp(0));
    }
    tree.set_value("Device.X.DiagnosticsState", ValueType::String, &"Z".repeat(9000), Timestamp(0));
    tree.set_value("Device.X.A.Password", ValueType::String, "hunter22", Timestamp(0));
    let objects = ["Device.X.".to_owned()];
    let Found::Neighbours { networks } = findings(&Test::WifiNeighbours, &objects, &tree) else { panic!() };
    assert!(networks.len() <= 250 && networks.iter().all(|one| one.ssid.len() <= 256));
    let Found::Values { values } = findings(&Test::Other(OtherTest::default()), &objects, &tree) else { panic!() };
    assert!(values.len() <= 200 && values.iter().all(|(_, value)| value.len() <= 4096));
    assert!(!values.iter().any(|(name, _)| name.contains("Password")));
    assert!(said(&objects, &tree).len() <= 64);
}

#[test]
fn rule_335_tests_that_would_disturb_one_another_do_not_run_together() {
    let (ping, route) = (Test::Ping(ping("a")), Test::Traceroute(Trace::default()));
    let speed = Test::Download(SpeedDown::default());
    assert!(conflict(&ping, &ping) && !conflict(&ping, &route));
    assert!(conflict(&ping, &speed) && conflict(&speed, &Test::Upload(SpeedUp::default())));
    let objects = ["Device.IP.Diagnostics.IPPing.".to_owned()];
    let set = |path: &str| TaskKind::SetValues {
        values: vec![model::task::SetValue { path: path.into(), value: String::new(), value_type: None }],
    };
    assert!(disturbs(&set("Device.IP.Diagnostics.IPPing.Host"), &ping, &objects));
    assert!(!disturbs(&set("Device.WiFi.Radio.1.Channel"), &ping, &objects));
}
